package ownership

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// rebalanced is one whose moments are exact, in seconds: a classic group under the range assignor. Moves are like "0:A>B",
// with – for nobody.
func rebalanced(began, joined, ended float64, moves ...string) *model.Rebalance {
	r := &model.Rebalance{
		Group: "g", Type: model.TypeClassic, AtLeast: 1, From: model.Generation{Number: 4, Kind: model.GenerationExact}, To: model.Generation{Number: 5, Kind: model.GenerationExact},
		Began: model.Exactly(Second(began)), JoinEnded: model.Exactly(Second(joined)), Ended: model.Exactly(Second(ended)), SeenAt: Second(ended),
		AssignorBefore: "range", AssignorAfter: "range", Before: model.Assignment{}, After: model.Assignment{},
	}
	for _, description := range moves {
		var n int32
		var from, to rune
		if _, err := fmt.Sscanf(description, "%d:%c>%c", &n, &from, &to); err != nil {
			panic(err)
		}
		m := model.Move{TopicPartition: model.TopicPartition{Topic: "t", Partition: n}, From: laneOf(from), To: laneOf(to)}
		if m.From != m.To {
			r.Moves = append(r.Moves, m)
		}
		if m.From != model.Nobody {
			r.Before[m.TopicPartition] = m.From
		}
		if m.To != model.Nobody {
			r.After[m.TopicPartition] = m.To
		}
	}
	return r
}

func laneOf(letter rune) model.Slot {
	if letter == '–' {
		return model.Nobody
	}
	return model.Slot(letter - 'A' + 1)
}

// by gives a rebalance its cause; left are the letters of who is gone.
func by(cause model.Cause, left string, r *model.Rebalance) *model.Rebalance {
	r.Verdict = model.Verdict{Cause: cause, Confidence: model.Likely}
	for _, letter := range left {
		r.Left = append(r.Left, model.MemberRef{Slot: laneOf(letter)})
	}
	return r
}

func assignedBy(assignor string, r *model.Rebalance) *model.Rebalance {
	r.AssignorBefore, r.AssignorAfter = assignor, assignor
	return r
}

func consumerGroup(r *model.Rebalance) *model.Rebalance {
	r.Type = model.TypeConsumer
	return assignedBy("uniform", r)
}

func commitOf(offset int64, at float64) Commit {
	return Commit{Offset: offset, At: model.Exactly(Second(at))}
}

func commitWithin(offset int64, from, to float64) Commit {
	return Commit{Offset: offset, At: model.Moment{NotBefore: Second(from), NotAfter: Second(to)}}
}

// knew is what was known of t-0 before: the newest commit, and its lag.
func knew(c Commit, lag int64) PartitionBefore {
	return PartitionBefore{
		TopicPartition: model.TopicPartition{Topic: "t", Partition: 0}, Commit: model.Some(c), Lag: model.Some(lag), End: model.Some(c.Offset + lag), PolledAt: c.At.NotBefore,
	}
}

// polled tells of t-0 what a poll sees that takes 10 ms.
func polled(k *CostTracker, at float64, commit, end int64) {
	k.Poll(model.TopicPartition{Topic: "t", Partition: 0}, model.Some(max(0, end-commit)), model.Some(end), model.Some(commit), model.Moment{NotBefore: Second(at), NotAfter: Second(at + 0.010)})
}

func tailed(k *CostTracker, commits ...Commit) {
	for _, c := range commits {
		k.Commit(model.TopicPartition{Topic: "t", Partition: 0}, c)
	}
}

// words is a cost in a line, its pauses in more if there are several.
func costWords(c model.Cost) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s..%s lag %s again %s idle %s", c.PausedAtLeast, c.PausedAtMost, c.LagAdded, c.Reprocessed, c.ConsumerTimeLost)
	if c.Complete {
		b.WriteString(" complete")
	}
	for _, p := range c.Pauses {
		if p.Quiet {
			fmt.Fprintf(&b, ", %s quiet", p.TopicPartition)
		}
		if p.Resumed {
			fmt.Fprintf(&b, ", %s read", p.TopicPartition)
		}
		if len(c.Pauses) > 1 {
			fmt.Fprintf(&b, " %s..%s", p.AtLeast, p.AtMost)
		}
	}
	return b.String()
}

func TestWhatARebalanceCosts(t *testing.T) {
	joined := func() *model.Rebalance {
		return by(model.CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>B", "1:A>A"))
	}
	crashed := func() *model.Rebalance {
		return by(model.CauseSessionTimeout, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B"))
	}
	timeouts := func(session, poll float64) []model.MemberView {
		return []model.MemberView{{
			MemberRef: model.MemberRef{Slot: laneA}, SessionTimeout: model.Some(Second(session).Sub(Start)), RebalanceTimeout: model.Some(Second(poll).Sub(Start)),
		}}
	}
	for _, c := range []struct {
		reason    string
		rebalance *model.Rebalance
		before    []PartitionBefore
		members   []model.MemberView
		then      func(k *CostTracker)
		asked     float64
		want      string
	}{
		{
			"nobody had it before, and yet it was committed: somebody did meanwhile, and no pause is claimed",
			consumerGroup(by(model.CauseMemberJoined, "", rebalanced(10, 10.001, 13, "0:–>B"))),
			[]PartitionBefore{{TopicPartition: model.TopicPartition{Topic: "t", Partition: 0}, Commit: model.Some(commitOf(100, 12)), Assigned: model.Exactly(Second(12.5))}}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 13.5)) }, 14,
			"0s..1.5s lag – again 0 idle 2.5s, t-0 read",
		},
		{
			"KIP-848: A takes long to give it up, and commits what it has committed before as it does: it may have stopped when it was asked to",
			consumerGroup(by(model.CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]PartitionBefore{{
				TopicPartition: model.TopicPartition{Topic: "t", Partition: 0}, Commit: model.Some(Commit{Offset: 100, At: model.Exactly(Second(17.9)), Since: Second(9)}), Lag: model.Some[int64](20),
				Revoked: model.Exactly(Second(18)), Assigned: model.Exactly(Second(20)),
			}}, nil,
			func(k *CostTracker) { tailed(k, commitOf(100, 20.5)) }, 21,
			"2s..10.5s lag – again 0 idle 10s, t-0 read",
		},
		{
			"somebody has set the offset to where nothing is: that is not read again",
			crashed(), []PartitionBefore{{TopicPartition: model.TopicPartition{Topic: "t", Partition: 0}, Commit: model.Some(commitOf(99999, 1)), Lag: model.Some[int64](0), End: model.Some[int64](120)}}, nil,
			func(k *CostTracker) { tailed(k, commitOf(130, 14)) }, 14,
			"3.012s..13s lag – again – idle 3.012s, t-0 read",
		},
		{
			"just ended: A had given it up by the end of the join, B cannot have begun; both stood still",
			joined(), []PartitionBefore{knew(commitOf(100, 12.9), 20)}, nil, nil, 13.012,
			"12ms..– lag – again – idle 6.024s",
		},
		{
			"the new owner commits: read again at the latest then",
			joined(), []PartitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 18)); polled(k, 19, 110, 150) },
			19, "12ms..5.1s lag 20 again 0 idle 6.024s complete, t-0 read",
		},
		{
			"A's auto-commit was 5 s ago, but it read until it noticed C, which came at 10",
			joined(), []PartitionBefore{knew(commitOf(100, 5.1), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 18)) },
			18, "12ms..8s lag – again – idle 6.024s, t-0 read",
		},
		{
			"nobody knows why: A may have stopped before the rebalance began",
			by(model.CauseUnknown, "", joined()), []PartitionBefore{knew(commitOf(100, 5.1), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 18)) },
			18, "12ms..12.9s lag – again – idle 6.024s, t-0 read",
		},
		{
			"a crash: its last commit was 9 s before the coordinator noticed, and nobody reads in the session timeout either; " +
				"that it read on until it was removed (cut off, not crashed) cannot be ruled out",
			crashed(), []PartitionBefore{knew(commitOf(100, 1), 20)}, timeouts(9, 300),
			func(k *CostTracker) { tailed(k, commitOf(110, 14)) },
			14, "3.012s..13s lag – again – idle 3.012s, t-0 read",
		},
		{
			"the same of a process that the lab has killed: then it is known to have stopped",
			crashed(), []PartitionBefore{func() PartitionBefore {
				b := knew(commitOf(100, 1), 20)
				b.OwnerEnded = model.Exactly(Second(2))
				return b
			}()}, timeouts(9, 300),
			func(k *CostTracker) { tailed(k, commitOf(110, 14)) },
			14, "11.012s..12s lag – again – idle 3.012s, t-0 read",
		},
		{
			"a last commit of long ago says little of a partition that is quiet: a member that neither polls nor sends " +
				"heartbeats is gone within its timeouts",
			crashed(), []PartitionBefore{knew(commitOf(100, -3600), 0)}, timeouts(9, 30),
			func(k *CostTracker) { tailed(k, commitOf(110, 14)) },
			14, "3.012s..35s lag – again 0 idle 3.012s, t-0 read",
		},
		{
			"a clean leave: its last commit was its last act",
			by(model.CauseMemberLeft, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B")),
			[]PartitionBefore{knew(commitOf(100, 9.99), 0)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(103, 13.1)); polled(k, 14, 103, 103) },
			14, "3.012s..3.11s lag 0 again 0 idle 3.012s complete, t-0 read",
		},
		{
			"two left: who began it and who left in the middle nobody knows",
			by(model.CauseMemberLeft, "AC", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B")),
			[]PartitionBefore{knew(commitOf(100, 9.99), 0)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(103, 13.1)) },
			14, "12ms..3.11s lag – again 0 idle 3.012s, t-0 read",
		},
		{
			"offsets that fall back are read a second time",
			joined(), []PartitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(60, 13.5), commitOf(130, 18)); polled(k, 19, 130, 130) },
			19, "12ms..600ms lag 0 again 40 idle 6.024s complete, t-0 read",
		},
		{
			"records that come late, twice and in no order",
			joined(), []PartitionBefore{knew(commitOf(100, 12.0), 20)}, nil,
			func(k *CostTracker) {
				tailed(k, commitOf(130, 18), commitOf(120, 15), commitOf(104, 12.9), commitOf(120, 15), commitOf(101, 12.1))
			},
			19, "12ms..2.1s lag – again 0 idle 6.024s, t-0 read",
		},
		{
			"nothing there to read, and no commit of the same offset again: nobody misses anything",
			joined(), []PartitionBefore{knew(commitOf(100, 3), 0)}, nil,
			func(k *CostTracker) { polled(k, 14, 100, 100); polled(k, 15, 100, 100) },
			15, "12ms..– lag 0 again – idle 6.024s, t-0 quiet",
		},
		{
			"nothing was ever committed and nothing arrives: a group that begins at the end misses nothing",
			joined(), []PartitionBefore{{TopicPartition: model.TopicPartition{Topic: "t", Partition: 0}}}, nil,
			func(k *CostTracker) {
				for _, at := range []float64{14, 15} {
					k.Poll(model.TopicPartition{Topic: "t", Partition: 0}, model.None[int64](), model.Some[int64](40), model.None[int64](), model.Exactly(Second(at)))
				}
			},
			15, "12ms..– lag – again – idle 6.024s, t-0 quiet",
		},
		{
			"nothing was ever committed, but something arrives and nobody reads it",
			joined(), []PartitionBefore{{TopicPartition: model.TopicPartition{Topic: "t", Partition: 0}}}, nil,
			func(k *CostTracker) {
				for _, at := range []float64{14, 15} {
					k.Poll(model.TopicPartition{Topic: "t", Partition: 0}, model.None[int64](), model.Some(int64(at)), model.None[int64](), model.Exactly(Second(at)))
				}
			},
			15, "12ms..– lag – again – idle 6.024s",
		},
		{
			"it was quiet until something arrived",
			joined(), []PartitionBefore{knew(commitOf(100, 3), 0)}, nil,
			func(k *CostTracker) { polled(k, 14, 100, 100); polled(k, 15, 100, 107) },
			15, "12ms..– lag 7 again – idle 6.024s",
		},
		{
			"a minute later what is unknown stays so",
			joined(), []PartitionBefore{knew(commitOf(100, 3), 0)}, nil,
			func(k *CostTracker) { polled(k, 72, 100, 100); tailed(k) },
			73.012, "12ms..– lag 0 again – idle 6.024s complete, t-0 quiet",
		},
		{
			"no commit was ever seen: from when the partition was read is not known, nor whether anything is read again",
			joined(), nil, nil,
			func(k *CostTracker) { tailed(k, commitOf(60, 13.5)) },
			14, "12ms..3.5s lag – again – idle 6.024s, t-0 read",
		},
		{
			"polls alone: a commit that could have been made before the end is nobody's",
			func() *model.Rebalance {
				r := joined()
				r.Began, r.JoinEnded, r.Ended = model.Moment{NotBefore: Second(9), NotAfter: Second(10)}, model.Moment{}, model.Moment{NotBefore: Second(13), NotAfter: Second(14)}
				r.From.Kind, r.To.Kind = model.GenerationCounted, model.GenerationCounted
				return r
			}(),
			[]PartitionBefore{knew(commitWithin(100, 8, 9.010), 20)}, nil,
			func(k *CostTracker) {
				polled(k, 14, 104, 120)
				polled(k, 15, 104, 130)
				polled(k, 16, 112, 130)
				polled(k, 17, 112, 131)
			},
			17, "0s..7.01s lag 6 again – idle 8s complete, t-0 read",
		},
		{
			"the poll that shows the rebalance shows a commit that the old owner made since the poll before",
			joined(), []PartitionBefore{func() PartitionBefore {
				b := knew(commitWithin(100, 8, 9.010), 20)
				b.PolledAt = Second(14)
				return b
			}()}, nil,
			func(k *CostTracker) { polled(k, 14, 150, 200); polled(k, 15, 150, 200) },
			15, "12ms..– lag 30 again – idle 6.024s",
		},
		{
			"clocks that are translated: all moments are intervals, and whether there was a commit in between is not claimed",
			func() *model.Rebalance {
				r := joined()
				r.JoinEnded, r.Ended = model.Moment{NotBefore: Second(12.995), NotAfter: Second(13.005)}, model.Moment{NotBefore: Second(13.007), NotAfter: Second(13.017)}
				return r
			}(),
			[]PartitionBefore{knew(commitWithin(100, 12.895, 12.905), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitWithin(105, 13.095, 13.105)) },
			14, "2ms..210ms lag – again – idle 6.024s, t-0 read",
		},
		{
			"several rebalances under a name that is not known to be eager: B may have had it long",
			func() *model.Rebalance {
				r := assignedBy("our-own", joined())
				r.AtLeast, r.To.Number = 3, 7
				return r
			}(),
			[]PartitionBefore{knew(commitOf(100, 9.9), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 12), commitOf(120, 18)) },
			18, "0s..8s lag – again 0 idle 3.012s, t-0 read",
		},
		{
			"a new partition: its pause begins with the rebalance",
			by(model.CausePartitionsAdded, "", rebalanced(10, 13, 13.012, "0:–>B", "1:A>A")), nil, nil,
			func(k *CostTracker) { tailed(k, commitOf(3, 14)); polled(k, 15, 3, 3) },
			15, "3.012s..4s lag – again – idle 6.024s complete, t-0 read",
		},
		{
			"the group is empty: nobody waits for anything, and nobody reads until further notice; whoever sets offsets by hand does not read",
			by(model.CauseMemberLeft, "A", rebalanced(10, 10, 10.001, "0:A>–")),
			[]PartitionBefore{knew(commitOf(100, 9.99), 5)}, nil,
			func(k *CostTracker) { polled(k, 50, 100, 145); tailed(k, commitOf(50, 52)) },
			52, "1ms..– lag 40 again – idle 0s",
		},
		{
			"and after a minute of that, it is as long as the last look saw it so",
			by(model.CauseMemberLeft, "A", rebalanced(10, 10, 10.001, "0:A>–")),
			[]PartitionBefore{knew(commitOf(100, 9.99), 5)}, nil,
			func(k *CostTracker) { polled(k, 70, 100, 145) },
			71, "58s..– lag 40 again – idle 0s complete",
		},
		{
			"rebalance after rebalance: somebody comes and reads it then",
			by(model.CauseMemberLeft, "A", rebalanced(10, 10, 10.001, "0:A>–")),
			[]PartitionBefore{knew(commitOf(100, 9.99), 5)}, nil,
			func(k *CostTracker) {
				k.NextRebalance(by(model.CauseMemberJoined, "", rebalanced(30, 33, 33.010, "0:–>B")), nil)
				tailed(k, commitOf(110, 34))
			},
			34, "23.01s..24.01s lag – again 0 idle 0s, t-0 read",
		},
		{
			"B loses it again before it has committed: the pause goes on until C does",
			joined(), []PartitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *CostTracker) {
				k.NextRebalance(rebalanced(14, 15, 15.020, "0:B>C"), nil)
				tailed(k, commitOf(110, 16))
			},
			16, "12ms..3.1s lag – again 0 idle 6.024s, t-0 read",
		},
		{
			"cooperative: A learns from the sync that it is to give it up, and commits once more; B has it after the follow-up",
			assignedBy("cooperative-sticky", by(model.CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>–", "1:A>A"))),
			[]PartitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *CostTracker) {
				tailed(k, commitOf(104, 13.020))
				k.NextRebalance(assignedBy("cooperative-sticky", rebalanced(13.030, 13.100, 13.110, "0:–>B", "1:A>A")), nil)
				tailed(k, commitOf(106, 13.5))
			},
			14, "10ms..480ms lag – again 0 idle 0s, t-0 read",
		},
		{
			"cooperative: A reads what it keeps, B waits for its first",
			assignedBy("cooperative-sticky", rebalanced(13.030, 13.100, 13.110, "0:–>B", "1:A>A")), nil, nil, nil,
			13.110, "10ms..– lag – again – idle 80ms",
		},
		{
			"KIP-848: each partition changes hands by itself, somewhere between beginning and end",
			consumerGroup(by(model.CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]PartitionBefore{func() PartitionBefore {
				b := knew(commitOf(100, 12), 20)
				b.Revoked, b.Assigned = model.Exactly(Second(12.1)), model.Exactly(Second(15))
				return b
			}()}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 16)) },
			25, "2.9s..4s lag – again 0 idle 5s, t-0 read",
		},
		{
			"KIP-848, where only beginning and end are known",
			consumerGroup(by(model.CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]PartitionBefore{knew(commitOf(100, 8), 20)}, nil,
			func(k *CostTracker) { tailed(k, commitOf(110, 16), commitOf(120, 26)) },
			26, "0s..16s lag – again – idle 15s, t-0 read",
		},
		{
			"nothing moved: nothing is to come, but everybody stood still",
			by(model.CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>A", "1:B>B")), nil, nil, nil,
			13.012, "0s..– lag – again – idle 6.024s complete",
		},
		{
			"the longest of several counts, but for a quiet one; sums are of what is known",
			by(model.CauseMemberLeft, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:A>B")),
			[]PartitionBefore{
				knew(commitOf(100, 9.99), 0),
				{TopicPartition: model.TopicPartition{Topic: "t", Partition: 1}, Commit: model.Some(commitOf(50, 9)), Lag: model.Some[int64](3), End: model.Some[int64](53)},
			}, nil,
			func(k *CostTracker) {
				polled(k, 14, 100, 100)
				tp := model.TopicPartition{Topic: "t", Partition: 1}
				k.Commit(tp, commitOf(48, 14))
				k.Poll(tp, model.Some[int64](11), model.Some[int64](59), model.Some[int64](48), model.Moment{NotBefore: Second(14.5), NotAfter: Second(14.5)})
			},
			15, "3.012s..5s lag 8 again 2 idle 3.012s, t-0 quiet 3.012s..–, t-1 read 3.012s..5s",
		},
	} {
		k := NewCostTracker(c.rebalance, c.before, c.members)
		if c.then != nil {
			c.then(k)
		}
		got, changed := k.Cost(Second(c.asked))
		if !changed {
			t.Errorf("%s: nothing to tell", c.reason)
		}
		if costWords(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, costWords(got), c.want)
		}
		if again, changed := k.Cost(Second(c.asked)); changed || costWords(again) != costWords(got) {
			t.Errorf("%s: asked again, it is %s", c.reason, costWords(again))
		}
	}
}

func TestWhatIsKnownLaterChangesTheCost(t *testing.T) {
	r := by(model.CauseUnknown, "A", rebalanced(10, 13, 13.012, "0:A>B"))
	k := NewCostTracker(r, []PartitionBefore{knew(commitOf(100, 9.9), 0)}, nil)
	if c, _ := k.Cost(Second(13.1)); c.PausedAtLeast != 12*time.Millisecond {
		t.Fatalf("paused at least %s before the verdict", c.PausedAtLeast)
	}
	revised := *r
	revised.Verdict = model.Verdict{Cause: model.CauseMemberLeft, Confidence: model.Likely}
	k.Revise(&revised)
	if c, changed := k.Cost(Second(13.2)); !changed || c.PausedAtLeast != 3012*time.Millisecond {
		t.Errorf("paused at least %s once A is known to have left", c.PausedAtLeast)
	}
}

func TestAReckoningIsClosedBeforeItsTime(t *testing.T) {
	k := NewCostTracker(rebalanced(10, 13, 13.012, "0:A>B"), []PartitionBefore{knew(commitOf(100, 9.9), 0)}, nil)
	if c, _ := k.Cost(Second(13.1)); c.Complete {
		t.Fatal("complete from the beginning")
	}
	k.Close()
	if c, changed := k.Cost(Second(13.2)); !changed || !c.Complete || c.PausedAtMost.Known() {
		t.Errorf("closed, it is %s", costWords(c))
	}
}

func TestACompleteCostStaysAsItIs(t *testing.T) {
	k := NewCostTracker(rebalanced(10, 13, 13.012, "0:A>B"), []PartitionBefore{knew(commitOf(100, 9.9), 0)}, nil)
	told, _ := k.Cost(Second(13.012).Add(CostWindow))
	if !told.Complete {
		t.Fatal("not complete after its time")
	}
	tailed(k, commitOf(110, 14))
	polled(k, 80, 110, 500)
	k.NextRebalance(rebalanced(81, 82, 83, "0:B>–"), nil)
	if c, changed := k.Cost(Second(90)); changed || costWords(c) != costWords(told) {
		t.Errorf("then it was %s, and now it is %s", costWords(told), costWords(c))
	}
}

// However much is committed: a reckoning holds what moved, and nothing that comes makes it larger.
func TestAReckoningDoesNotGrow(t *testing.T) {
	r := rebalanced(10, 13, 13.012, "0:A>B", "1:A>B", "2:A>–", "3:B>B")
	k := NewCostTracker(r, nil, []model.MemberView{{MemberRef: model.MemberRef{Slot: laneA}, Subscription: make([]string, 1000)}})
	k.Cost(Second(13))
	before := Held(k)
	for i := range 10_000 {
		at := 13 + float64(i)/1000
		k.Commit(model.TopicPartition{Topic: "t", Partition: int32(i % 5)}, commitOf(int64(i), at))
		polled(k, at, int64(i), int64(2*i))
		if i%100 == 0 {
			k.NextRebalance(rebalanced(at, at, at, "0:B>A", "2:–>B"), nil)
		}
		k.Cost(Second(at))
	}
	if after := Held(k); after > before {
		t.Errorf("it held %d elements, and after 10,000 commits %d", before, after)
	}
}

func BenchmarkReckoning(b *testing.B) {
	const partitions = 1000
	r := rebalanced(10, 13, 13.012)
	for n := range int32(partitions) {
		r.Moves = append(r.Moves, model.Move{TopicPartition: model.TopicPartition{Topic: "t", Partition: n}, From: laneA, To: laneB})
	}
	b.ReportAllocs()
	before := Heap()
	k := NewCostTracker(r, nil, nil)
	size := Heap() - before
	for i := 0; b.Loop(); i++ {
		k.Commit(model.TopicPartition{Topic: "t", Partition: int32(i % partitions)}, commitOf(int64(i), 14+float64(i%1000)/1000))
	}
	b.ReportMetric(float64(size)/partitions, "B/partition")
}
