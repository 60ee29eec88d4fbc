package model

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// rebalanced is one whose moments are exact, in seconds: a classic group under the range assignor. Moves are like "0:A>B",
// with – for nobody.
func rebalanced(began, joined, ended float64, moves ...string) *Rebalance {
	r := &Rebalance{
		Group: "g", Type: TypeClassic, AtLeast: 1, From: Generation{4, GenerationExact}, To: Generation{5, GenerationExact},
		Began: Exactly(second(began)), JoinEnded: Exactly(second(joined)), Ended: Exactly(second(ended)), SeenAt: second(ended),
		AssignorBefore: "range", AssignorAfter: "range", Before: Assignment{}, After: Assignment{},
	}
	for _, description := range moves {
		var n int32
		var from, to rune
		if _, err := fmt.Sscanf(description, "%d:%c>%c", &n, &from, &to); err != nil {
			panic(err)
		}
		m := Move{TopicPartition{"t", n}, laneOf(from), laneOf(to)}
		if m.From != m.To {
			r.Moves = append(r.Moves, m)
		}
		if m.From != Nobody {
			r.Before[m.TopicPartition] = m.From
		}
		if m.To != Nobody {
			r.After[m.TopicPartition] = m.To
		}
	}
	return r
}

func laneOf(letter rune) Lane {
	if letter == '–' {
		return Nobody
	}
	return Lane(letter - 'A' + 1)
}

// by gives a rebalance its cause; left are the letters of who is gone.
func by(cause Cause, left string, r *Rebalance) *Rebalance {
	r.Verdict = Verdict{Cause: cause, Confidence: Likely}
	for _, letter := range left {
		r.Left = append(r.Left, MemberRef{Lane: laneOf(letter)})
	}
	return r
}

func assignedBy(assignor string, r *Rebalance) *Rebalance {
	r.AssignorBefore, r.AssignorAfter = assignor, assignor
	return r
}

func consumerGroup(r *Rebalance) *Rebalance {
	r.Type = TypeConsumer
	return assignedBy("uniform", r)
}

func commitOf(offset int64, at float64) commitSeen {
	return commitSeen{offset: offset, at: Exactly(second(at))}
}

func commitWithin(offset int64, from, to float64) commitSeen {
	return commitSeen{offset: offset, at: Moment{second(from), second(to)}}
}

// knew is what was known of t-0 before: the newest commit, and its lag.
func knew(c commitSeen, lag int64) partitionBefore {
	return partitionBefore{
		TopicPartition: TopicPartition{"t", 0}, commit: Some(c), lag: Some(lag), end: Some(c.offset + lag), lookedAt: c.at.NotBefore,
	}
}

// polled tells of t-0 what a poll sees that takes 10 ms.
func polled(k *reckoning, at float64, commit, end int64) {
	k.look(TopicPartition{"t", 0}, Some(max(0, end-commit)), Some(end), Some(commit), Moment{second(at), second(at + 0.010)})
}

func tailed(k *reckoning, commits ...commitSeen) {
	for _, c := range commits {
		k.commit(TopicPartition{"t", 0}, c)
	}
}

// words is a cost in a line, its pauses in more if there are several.
func (c Cost) words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s..%s lag %s again %s idle %s", c.PausedAtLeast, c.PausedAtMost, c.LagAdded, c.ReadAgain, c.Idle)
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
	joined := func() *Rebalance { return by(CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>B", "1:A>A")) }
	crashed := func() *Rebalance {
		return by(CauseSessionTimedOut, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B"))
	}
	timeouts := func(session, poll float64) []MemberView {
		return []MemberView{{
			MemberRef: MemberRef{Lane: laneA}, SessionTimeout: Some(second(session).Sub(start)), RebalanceTimeout: Some(second(poll).Sub(start)),
		}}
	}
	for _, c := range []struct {
		reason    string
		rebalance *Rebalance
		before    []partitionBefore
		members   []MemberView
		then      func(k *reckoning)
		asked     float64
		want      string
	}{
		{
			"nobody had it before, and yet it was committed: somebody did meanwhile, and no pause is claimed",
			consumerGroup(by(CauseMemberJoined, "", rebalanced(10, 10.001, 13, "0:–>B"))),
			[]partitionBefore{{TopicPartition: TopicPartition{"t", 0}, commit: Some(commitOf(100, 12)), took: Exactly(second(12.5))}}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 13.5)) }, 14,
			"0s..1.5s lag – again 0 idle 2.5s, t-0 read",
		},
		{
			"KIP-848: A takes long to give it up, and commits what it has committed before as it does: it may have stopped when it was asked to",
			consumerGroup(by(CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]partitionBefore{{
				TopicPartition: TopicPartition{"t", 0}, commit: Some(commitSeen{offset: 100, at: Exactly(second(17.9)), since: second(9)}), lag: Some[int64](20),
				gave: Exactly(second(18)), took: Exactly(second(20)),
			}}, nil,
			func(k *reckoning) { tailed(k, commitOf(100, 20.5)) }, 21,
			"2s..10.5s lag – again 0 idle 10s, t-0 read",
		},
		{
			"somebody has set the offset to where nothing is: that is not read again",
			crashed(), []partitionBefore{{TopicPartition: TopicPartition{"t", 0}, commit: Some(commitOf(99999, 1)), lag: Some[int64](0), end: Some[int64](120)}}, nil,
			func(k *reckoning) { tailed(k, commitOf(130, 14)) }, 14,
			"3.012s..13s lag – again – idle 3.012s, t-0 read",
		},
		{
			"just ended: A had given it up by the end of the join, B cannot have begun; both stood still",
			joined(), []partitionBefore{knew(commitOf(100, 12.9), 20)}, nil, nil, 13.012,
			"12ms..– lag – again – idle 6.024s",
		},
		{
			"the new owner commits: read again at the latest then",
			joined(), []partitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 18)); polled(k, 19, 110, 150) },
			19, "12ms..5.1s lag 20 again 0 idle 6.024s complete, t-0 read",
		},
		{
			"A's auto-commit was 5 s ago, but it read until it noticed C, which came at 10",
			joined(), []partitionBefore{knew(commitOf(100, 5.1), 20)}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 18)) },
			18, "12ms..8s lag – again – idle 6.024s, t-0 read",
		},
		{
			"nobody knows why: A may have stopped before the rebalance began",
			by(CauseUnknown, "", joined()), []partitionBefore{knew(commitOf(100, 5.1), 20)}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 18)) },
			18, "12ms..12.9s lag – again – idle 6.024s, t-0 read",
		},
		{
			"a crash: its last commit was 9 s before the coordinator noticed, and nobody reads in the session timeout either; " +
				"that it read on until it was removed (cut off, not crashed) cannot be ruled out",
			crashed(), []partitionBefore{knew(commitOf(100, 1), 20)}, timeouts(9, 300),
			func(k *reckoning) { tailed(k, commitOf(110, 14)) },
			14, "3.012s..13s lag – again – idle 3.012s, t-0 read",
		},
		{
			"the same of a process that the lab has killed: then it is known to have stopped",
			crashed(), []partitionBefore{func() partitionBefore {
				b := knew(commitOf(100, 1), 20)
				b.stopped = Exactly(second(2))
				return b
			}()}, timeouts(9, 300),
			func(k *reckoning) { tailed(k, commitOf(110, 14)) },
			14, "11.012s..12s lag – again – idle 3.012s, t-0 read",
		},
		{
			"a last commit of long ago says little of a partition that is quiet: a member that neither polls nor sends " +
				"heartbeats is gone within its timeouts",
			crashed(), []partitionBefore{knew(commitOf(100, -3600), 0)}, timeouts(9, 30),
			func(k *reckoning) { tailed(k, commitOf(110, 14)) },
			14, "3.012s..35s lag – again 0 idle 3.012s, t-0 read",
		},
		{
			"a clean leave: its last commit was its last act",
			by(CauseMemberLeft, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B")),
			[]partitionBefore{knew(commitOf(100, 9.99), 0)}, nil,
			func(k *reckoning) { tailed(k, commitOf(103, 13.1)); polled(k, 14, 103, 103) },
			14, "3.012s..3.11s lag 0 again 0 idle 3.012s complete, t-0 read",
		},
		{
			"two left: who began it and who left in the middle nobody knows",
			by(CauseMemberLeft, "AC", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B")),
			[]partitionBefore{knew(commitOf(100, 9.99), 0)}, nil,
			func(k *reckoning) { tailed(k, commitOf(103, 13.1)) },
			14, "12ms..3.11s lag – again 0 idle 3.012s, t-0 read",
		},
		{
			"offsets that fall back are read a second time",
			joined(), []partitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *reckoning) { tailed(k, commitOf(60, 13.5), commitOf(130, 18)); polled(k, 19, 130, 130) },
			19, "12ms..600ms lag 0 again 40 idle 6.024s complete, t-0 read",
		},
		{
			"records that come late, twice and in no order",
			joined(), []partitionBefore{knew(commitOf(100, 12.0), 20)}, nil,
			func(k *reckoning) {
				tailed(k, commitOf(130, 18), commitOf(120, 15), commitOf(104, 12.9), commitOf(120, 15), commitOf(101, 12.1))
			},
			19, "12ms..2.1s lag – again 0 idle 6.024s, t-0 read",
		},
		{
			"nothing there to read, and no commit of the same offset again: nobody misses anything",
			joined(), []partitionBefore{knew(commitOf(100, 3), 0)}, nil,
			func(k *reckoning) { polled(k, 14, 100, 100); polled(k, 15, 100, 100) },
			15, "12ms..– lag 0 again – idle 6.024s, t-0 quiet",
		},
		{
			"nothing was ever committed and nothing arrives: a group that begins at the end misses nothing",
			joined(), []partitionBefore{{TopicPartition: TopicPartition{"t", 0}}}, nil,
			func(k *reckoning) {
				for _, at := range []float64{14, 15} {
					k.look(TopicPartition{"t", 0}, None[int64](), Some[int64](40), None[int64](), Exactly(second(at)))
				}
			},
			15, "12ms..– lag – again – idle 6.024s, t-0 quiet",
		},
		{
			"nothing was ever committed, but something arrives and nobody reads it",
			joined(), []partitionBefore{{TopicPartition: TopicPartition{"t", 0}}}, nil,
			func(k *reckoning) {
				for _, at := range []float64{14, 15} {
					k.look(TopicPartition{"t", 0}, None[int64](), Some(int64(at)), None[int64](), Exactly(second(at)))
				}
			},
			15, "12ms..– lag – again – idle 6.024s",
		},
		{
			"it was quiet until something arrived",
			joined(), []partitionBefore{knew(commitOf(100, 3), 0)}, nil,
			func(k *reckoning) { polled(k, 14, 100, 100); polled(k, 15, 100, 107) },
			15, "12ms..– lag 7 again – idle 6.024s",
		},
		{
			"a minute later what is unknown stays so",
			joined(), []partitionBefore{knew(commitOf(100, 3), 0)}, nil,
			func(k *reckoning) { polled(k, 72, 100, 100); tailed(k) },
			73.012, "12ms..– lag 0 again – idle 6.024s complete, t-0 quiet",
		},
		{
			"no commit was ever seen: from when the partition was read is not known, nor whether anything is read again",
			joined(), nil, nil,
			func(k *reckoning) { tailed(k, commitOf(60, 13.5)) },
			14, "12ms..3.5s lag – again – idle 6.024s, t-0 read",
		},
		{
			"polls alone: a commit that could have been made before the end is nobody's",
			func() *Rebalance {
				r := joined()
				r.Began, r.JoinEnded, r.Ended = Moment{second(9), second(10)}, Moment{}, Moment{second(13), second(14)}
				r.From.Kind, r.To.Kind = GenerationCounted, GenerationCounted
				return r
			}(),
			[]partitionBefore{knew(commitWithin(100, 8, 9.010), 20)}, nil,
			func(k *reckoning) {
				polled(k, 14, 104, 120)
				polled(k, 15, 104, 130)
				polled(k, 16, 112, 130)
				polled(k, 17, 112, 131)
			},
			17, "0s..7.01s lag 6 again – idle 8s complete, t-0 read",
		},
		{
			"the poll that shows the rebalance shows a commit that the old owner made since the poll before",
			joined(), []partitionBefore{func() partitionBefore {
				b := knew(commitWithin(100, 8, 9.010), 20)
				b.lookedAt = second(14)
				return b
			}()}, nil,
			func(k *reckoning) { polled(k, 14, 150, 200); polled(k, 15, 150, 200) },
			15, "12ms..– lag 30 again – idle 6.024s",
		},
		{
			"clocks that are translated: all moments are intervals, and whether there was a commit in between is not claimed",
			func() *Rebalance {
				r := joined()
				r.JoinEnded, r.Ended = Moment{second(12.995), second(13.005)}, Moment{second(13.007), second(13.017)}
				return r
			}(),
			[]partitionBefore{knew(commitWithin(100, 12.895, 12.905), 20)}, nil,
			func(k *reckoning) { tailed(k, commitWithin(105, 13.095, 13.105)) },
			14, "2ms..210ms lag – again – idle 6.024s, t-0 read",
		},
		{
			"several rebalances under a name that is not known to be eager: B may have had it long",
			func() *Rebalance {
				r := assignedBy("our-own", joined())
				r.AtLeast, r.To.Number = 3, 7
				return r
			}(),
			[]partitionBefore{knew(commitOf(100, 9.9), 20)}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 12), commitOf(120, 18)) },
			18, "0s..8s lag – again 0 idle 3.012s, t-0 read",
		},
		{
			"a new partition: its pause begins with the rebalance",
			by(CausePartitionsAdded, "", rebalanced(10, 13, 13.012, "0:–>B", "1:A>A")), nil, nil,
			func(k *reckoning) { tailed(k, commitOf(3, 14)); polled(k, 15, 3, 3) },
			15, "3.012s..4s lag – again – idle 6.024s complete, t-0 read",
		},
		{
			"the group is empty: nobody waits for anything, and nobody reads until further notice; whoever sets offsets by hand does not read",
			by(CauseMemberLeft, "A", rebalanced(10, 10, 10.001, "0:A>–")),
			[]partitionBefore{knew(commitOf(100, 9.99), 5)}, nil,
			func(k *reckoning) { polled(k, 50, 100, 145); tailed(k, commitOf(50, 52)) },
			52, "1ms..– lag 40 again – idle 0s",
		},
		{
			"and after a minute of that, it is as long as the last look saw it so",
			by(CauseMemberLeft, "A", rebalanced(10, 10, 10.001, "0:A>–")),
			[]partitionBefore{knew(commitOf(100, 9.99), 5)}, nil,
			func(k *reckoning) { polled(k, 70, 100, 145) },
			71, "58s..– lag 40 again – idle 0s complete",
		},
		{
			"rebalance after rebalance: somebody comes and reads it then",
			by(CauseMemberLeft, "A", rebalanced(10, 10, 10.001, "0:A>–")),
			[]partitionBefore{knew(commitOf(100, 9.99), 5)}, nil,
			func(k *reckoning) {
				k.next(by(CauseMemberJoined, "", rebalanced(30, 33, 33.010, "0:–>B")), nil)
				tailed(k, commitOf(110, 34))
			},
			34, "23.01s..24.01s lag – again 0 idle 0s, t-0 read",
		},
		{
			"B loses it again before it has committed: the pause goes on until C does",
			joined(), []partitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *reckoning) { k.next(rebalanced(14, 15, 15.020, "0:B>C"), nil); tailed(k, commitOf(110, 16)) },
			16, "12ms..3.1s lag – again 0 idle 6.024s, t-0 read",
		},
		{
			"cooperative: A learns from the sync that it is to give it up, and commits once more; B has it after the follow-up",
			assignedBy("cooperative-sticky", by(CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>–", "1:A>A"))),
			[]partitionBefore{knew(commitOf(100, 12.9), 20)}, nil,
			func(k *reckoning) {
				tailed(k, commitOf(104, 13.020))
				k.next(assignedBy("cooperative-sticky", rebalanced(13.030, 13.100, 13.110, "0:–>B", "1:A>A")), nil)
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
			consumerGroup(by(CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]partitionBefore{func() partitionBefore {
				b := knew(commitOf(100, 12), 20)
				b.gave, b.took = Exactly(second(12.1)), Exactly(second(15))
				return b
			}()}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 16)) },
			25, "2.9s..4s lag – again 0 idle 5s, t-0 read",
		},
		{
			"KIP-848, where only beginning and end are known",
			consumerGroup(by(CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]partitionBefore{knew(commitOf(100, 8), 20)}, nil,
			func(k *reckoning) { tailed(k, commitOf(110, 16), commitOf(120, 26)) },
			26, "0s..16s lag – again – idle 15s, t-0 read",
		},
		{
			"nothing moved: nothing is to come, but everybody stood still",
			by(CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>A", "1:B>B")), nil, nil, nil,
			13.012, "0s..– lag – again – idle 6.024s complete",
		},
		{
			"the longest of several counts, but for a quiet one; sums are of what is known",
			by(CauseMemberLeft, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:A>B")),
			[]partitionBefore{
				knew(commitOf(100, 9.99), 0),
				{TopicPartition: TopicPartition{"t", 1}, commit: Some(commitOf(50, 9)), lag: Some[int64](3), end: Some[int64](53)},
			}, nil,
			func(k *reckoning) {
				polled(k, 14, 100, 100)
				tp := TopicPartition{"t", 1}
				k.commit(tp, commitOf(48, 14))
				k.look(tp, Some[int64](11), Some[int64](59), Some[int64](48), Moment{second(14.5), second(14.5)})
			},
			15, "3.012s..5s lag 8 again 2 idle 3.012s, t-0 quiet 3.012s..–, t-1 read 3.012s..5s",
		},
	} {
		k := newReckoning(c.rebalance, c.before, c.members)
		if c.then != nil {
			c.then(k)
		}
		got, changed := k.cost(second(c.asked))
		if !changed {
			t.Errorf("%s: nothing to tell", c.reason)
		}
		if got.words() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got.words(), c.want)
		}
		if again, changed := k.cost(second(c.asked)); changed || again.words() != got.words() {
			t.Errorf("%s: asked again, it is %s", c.reason, again.words())
		}
	}
}

func TestWhatIsKnownLaterChangesTheCost(t *testing.T) {
	r := by(CauseUnknown, "A", rebalanced(10, 13, 13.012, "0:A>B"))
	k := newReckoning(r, []partitionBefore{knew(commitOf(100, 9.9), 0)}, nil)
	if c, _ := k.cost(second(13.1)); c.PausedAtLeast != 12*time.Millisecond {
		t.Fatalf("paused at least %s before the verdict", c.PausedAtLeast)
	}
	revised := *r
	revised.Verdict = Verdict{Cause: CauseMemberLeft, Confidence: Likely}
	k.revise(&revised)
	if c, changed := k.cost(second(13.2)); !changed || c.PausedAtLeast != 3012*time.Millisecond {
		t.Errorf("paused at least %s once A is known to have left", c.PausedAtLeast)
	}
}

func TestAReckoningIsClosedBeforeItsTime(t *testing.T) {
	k := newReckoning(rebalanced(10, 13, 13.012, "0:A>B"), []partitionBefore{knew(commitOf(100, 9.9), 0)}, nil)
	if c, _ := k.cost(second(13.1)); c.Complete {
		t.Fatal("complete from the beginning")
	}
	k.close()
	if c, changed := k.cost(second(13.2)); !changed || !c.Complete || c.PausedAtMost.Known() {
		t.Errorf("closed, it is %s", c.words())
	}
}

func TestACompleteCostStaysAsItIs(t *testing.T) {
	k := newReckoning(rebalanced(10, 13, 13.012, "0:A>B"), []partitionBefore{knew(commitOf(100, 9.9), 0)}, nil)
	told, _ := k.cost(second(13.012).Add(ReckonedFor))
	if !told.Complete {
		t.Fatal("not complete after its time")
	}
	tailed(k, commitOf(110, 14))
	polled(k, 80, 110, 500)
	k.next(rebalanced(81, 82, 83, "0:B>–"), nil)
	if c, changed := k.cost(second(90)); changed || c.words() != told.words() {
		t.Errorf("then it was %s, and now it is %s", told.words(), c.words())
	}
}

// However much is committed: a reckoning holds what moved, and nothing that comes makes it larger.
func TestAReckoningDoesNotGrow(t *testing.T) {
	r := rebalanced(10, 13, 13.012, "0:A>B", "1:A>B", "2:A>–", "3:B>B")
	k := newReckoning(r, nil, []MemberView{{MemberRef: MemberRef{Lane: laneA}, Subscription: make([]string, 1000)}})
	k.cost(second(13))
	before := held(k)
	for i := range 10_000 {
		at := 13 + float64(i)/1000
		k.commit(TopicPartition{"t", int32(i % 5)}, commitOf(int64(i), at))
		polled(k, at, int64(i), int64(2*i))
		if i%100 == 0 {
			k.next(rebalanced(at, at, at, "0:B>A", "2:–>B"), nil)
		}
		k.cost(second(at))
	}
	if after := held(k); after > before {
		t.Errorf("it held %d elements, and after 10,000 commits %d", before, after)
	}
}

func BenchmarkReckoning(b *testing.B) {
	const partitions = 1000
	r := rebalanced(10, 13, 13.012)
	for n := range int32(partitions) {
		r.Moves = append(r.Moves, Move{TopicPartition{"t", n}, laneA, laneB})
	}
	b.ReportAllocs()
	before := heap()
	k := newReckoning(r, nil, nil)
	size := heap() - before
	for i := 0; b.Loop(); i++ {
		k.commit(TopicPartition{"t", int32(i % partitions)}, commitOf(int64(i), 14+float64(i%1000)/1000))
	}
	b.ReportMetric(float64(size)/partitions, "B/partition")
}
