package model

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// readAt makes records ones that were read at another moment than right after they were written.
func readAt(seconds float64, r *Records) *Records {
	r.At = second(seconds)
	return r
}

// gap is the status of a tail that works and has passed over records once.
func gap(seconds float64) *TailStatus {
	s := on(second(seconds))
	s.Gaps = 1
	return s
}

// stepped are records of a consumer group g, written one after another within a millisecond.
func stepped(seconds float64, records ...Record) *Records {
	for i := range records {
		r := &records[i]
		r.Group, r.Partition, r.Offset, r.Written = "g", 7, int64(seconds*1000)+int64(i), second(seconds)
	}
	return &Records{At: second(seconds + 0.005), Broker: 1, Records: records}
}

func epoch(n int32) Record       { return Record{Epoch: &EpochRecord{Epoch: n}} }
func targetEpoch(n int32) Record { return Record{TargetEpoch: &TargetEpochRecord{Epoch: n}} }

func enters(name string) Record {
	m := member(name)
	return Record{Member: &MemberRecord{ID: m.ID, ClientID: m.ClientID, Host: m.Host, Subscription: m.Subscription}}
}

func withIDs(list string) []TopicIDPartition {
	var named []TopicIDPartition
	for _, tp := range partitions(list) {
		named = append(named, TopicIDPartition{"id-" + tp.Topic, tp.Partition})
	}
	return named
}

func aims(name, list string) Record {
	return Record{Target: &TargetRecord{ID: member(name).ID, Partitions: withIDs(list)}}
}

func owns(name string, epoch int32, list, pending string) Record {
	c := CurrentRecord{ID: member(name).ID, Epoch: epoch, State: MemberStable, Assigned: withIDs(list), PendingRevocation: withIDs(pending)}
	if pending != "" {
		c.State = MemberUnrevokedPartitions
	}
	return Record{Current: &c}
}

// consumerWithEpochs is a consumer group whose members tell their epochs.
func consumerWithEpochs(state GroupState, number int32, members ...string) Group {
	g := consumer(state, number, members...)
	for i := range g.Members {
		g.Members[i].Epoch = Some(number)
	}
	return g
}

func rebalancesTold(events []Event) []string {
	var told []string
	for _, e := range events {
		if r := e.Rebalance; e.Kind == RebalanceCompleted {
			told = append(told, fmt.Sprintf("%s → %s: %s", r.From, r.To, r.Summary()))
		}
	}
	return told
}

func TestRecordsThatComeLateOrTwiceOrNotAtAll(t *testing.T) {
	for _, c := range []struct {
		name         string
		why          string
		observations []Observation
		want         []string
	}{
		{
			"a gap", "what was passed over may have been the generation before: it was not overtaken",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), gap(3), written(5, 9, "A:0,1", "B:2,3")},
			[]string{"– → 7: nothing moved", "7 → 9: B joined, 2 of 4 moved, ≥ 2 rebalances"},
		},
		{
			"a gap long ago", "everything since has been read",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), gap(1), written(2, 7, "A:0,1,2,3"), gap(3),
				written(5, 9, "A:0,1", "B:2,3"),
			},
			[]string{"– → 7: nothing moved", "7 → 9: B joined, 2 of 4 moved, 1 overtaken"},
		},
		{
			"a tail that was off", "nobody knows what was written meanwhile",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"),
				&TailStatus{At: second(3), State: TailFailed}, on(second(4)), written(5, 9, "A:0,1", "B:2,3"),
			},
			[]string{"– → 7: nothing moved", "7 → 9: B joined, 2 of 4 moved, ≥ 2 rebalances"},
		},
		{
			"records of seconds ago", "polls have told what came of them, and it does not come undone",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(1, 7, "A:0,1,2,3"),
				poll(5, classic("A:0", "B:1", "C:2,3")), poll(7.5, classic("A:0", "B:1", "C:2,3")),
				readAt(8, written(3, 8, "A:0,1", "B:2,3")), readAt(8, written(4, 9, "A:0", "B:1", "C:2,3")),
				written(9, 10, "A:0", "B:1,2,3"),
			},
			[]string{"– → 7: nothing moved", "7 → ≈8: B, C joined, 3 of 4 moved", "9 → 10: C left, 2 of 4 moved"},
		},
		{
			"the same again", "a reader that begins anew a little earlier",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), written(3, 8),
				readAt(4, written(2, 7, "A:0,1,2,3")), readAt(4, written(3, 8)), written(5, 9, "A:0,1,2,3"),
			},
			[]string{"– → 7: nothing moved", "7 → 8: A left, 4 of 4 without an owner", "8 → 9: A joined, 4 of 4 moved"},
		},
		{
			"an empty group that was made again while the tail was off", "its creation is no rebalance",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), written(3, 8),
				&TailStatus{At: second(3.5), State: TailFailed}, on(second(4)), written(5, 0), written(6, 1, "A:0,1,2,3"),
			},
			[]string{"– → 7: nothing moved", "7 → 8: A left, 4 of 4 without an owner", "0 → 1: A joined, 4 of 4 moved"},
		},
		{
			"Kafka Connect", "its workers own no partitions that anybody could read: who is there is what there is to tell",
			[]Observation{
				on(second(0)), poll(0, connect("A:?")), connected(written(2, 7, "A:?")), poll(2.5, connect("A:?")),
				connected(written(3, 8, "A:?", "B:?")), poll(4, connect("A:?", "B:?")), poll(7, connect("A:?", "B:?")),
			},
			[]string{"– → 7: nothing moved", "7 → 8: B joined, nothing moved"},
		},
		{
			"a consumer group and a gap", "the picture of the members may be wrong: polls tell until they have told where it is",
			[]Observation{
				on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1,2,3")), gap(1),
				// B was there for a moment: 6 and 7 were passed over.
				stepped(2, epoch(8), enters("C"), aims("A", "0,1"), aims("C", "2,3"), targetEpoch(8), owns("A", 8, "0,1", ""), owns("C", 8, "2,3", "")),
				poll(3, consumerWithEpochs(StateStable, 8, "A:0,1", "C:2,3")), poll(6, consumerWithEpochs(StateStable, 8, "A:0,1", "C:2,3")),
				stepped(7, enters("D"), epoch(9), aims("C", "2"), aims("D", "3"), targetEpoch(9), owns("A", 9, "0,1", ""), owns("C", 9, "2", ""), owns("D", 9, "3", "")),
			},
			[]string{"5 → 8: B joined, 2 of 4 moved, ≥ 3 rebalances", "8 → 9: C joined, 1 of 4 moved"},
		},
		{
			"from classic to consumer", "an online migration: the coordinator goes on counting, and so do the rebalances",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"),
				stepped(3, Record{Generation: &GenerationRecord{Tombstone: true}}, enters("A"), epoch(7), aims("A", "0,1,2,3"), targetEpoch(7), owns("A", 7, "0,1,2,3", "")),
				poll(4, consumerWithEpochs(StateStable, 7, "A:0,1,2,3")), poll(6.5, consumerWithEpochs(StateStable, 7, "A:0,1,2,3")),
				stepped(7, enters("B"), epoch(8), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(8)),
				stepped(8, owns("A", 8, "0,1", ""), owns("B", 8, "2,3", "")),
			},
			[]string{"– → 7: nothing moved", "7 → 8: B joined, 2 of 4 moved"},
		},
		{
			"from consumer to classic", "the last member of the new protocol leaves: the others are written down, and rebalance for that",
			[]Observation{
				on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1", "B:2,3")),
				downgraded(2, "A", written(2, 5, "B:2,3")), poll(2.99, inState(StateCompletingRebalance, "B:")),
				written(3, 6, "B:0,1,2,3"), poll(4, classic("B:0,1,2,3")), written(5, 7, "B:0,1", "C:2,3"),
			},
			[]string{"5 → 6: A left, 2 of 4 moved", "6 → 7: C joined, 2 of 4 moved"},
		},
		{
			"from consumer to classic on the way to a target", "the epoch never came to an end",
			[]Observation{
				on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1,2,3")),
				stepped(1, enters("B"), epoch(6), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(6), owns("A", 5, "0,1", "2,3"), owns("B", 6, "", "")),
				downgraded(2, "A", written(2, 6, "B:")), written(3, 7, "B:0,1,2,3"),
			},
			[]string{"5 → 7: B joined, A left, 4 of 4 moved, 1 overtaken"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			if got := rebalancesTold(events); !slices.Equal(got, c.want) {
				t.Errorf("%s: told\n%q\nwant\n%q", c.why, got, c.want)
			}
		})
	}
}

// downgraded puts before a classic generation what a coordinator writes when the last member that is no classic one leaves:
// everything of the consumer group is deleted.
func downgraded(seconds float64, leaver string, generation *Records) *Records {
	var records []Record
	ids := []string{member(leaver).ID}
	for _, m := range generation.Records[0].Generation.Members {
		ids = append(ids, m.ID)
	}
	for _, id := range ids {
		records = append(records, Record{Current: &CurrentRecord{ID: id, Tombstone: true}}, Record{Target: &TargetRecord{ID: id, Tombstone: true}})
	}
	records = append(records, Record{TargetEpoch: &TargetEpochRecord{Tombstone: true}})
	for _, id := range ids {
		records = append(records, Record{Member: &MemberRecord{ID: id, Tombstone: true}})
	}
	return stepped(seconds, append(records, Record{Epoch: &EpochRecord{Tombstone: true}}, generation.Records[0])...)
}

func TestADowngradeBeginsWhereItIsWrittenDown(t *testing.T) {
	tr, events := observe(
		on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1", "B:2,3")), downgraded(2, "A", written(2, 5, "B:2,3")),
	)
	if g := tr.View().Group("g"); g.Type != TypeClassic || g.State != StatePreparingRebalance || g.Unsettled.IsZero() || rebalancesTold(events) != nil {
		t.Errorf("a %s group in state %s, with %q; want a classic one that rebalances", g.Type, g.State, rebalancesTold(events))
	}
	r := lastRebalance(t, tr.Observe(written(3, 6, "B:0,1,2,3")))
	if r.Began != Exactly(second(2.005)) || r.Ended != Exactly(second(3.005)) || r.AtLeast != 1 || r.Verdict.Cause != CauseMemberLeft {
		t.Errorf("%s began %v, ended %v: %v", r.Summary(), r.Began, r.Ended, r.Verdict)
	}
}

// connect is a group of Kafka Connect's workers.
func connect(members ...string) Group {
	g := classic(members...)
	g.ProtocolType, g.Assignor = "connect", "sessioned"
	for i := range g.Members {
		g.Members[i].Subscription = nil
	}
	return g
}

func connected(r *Records) *Records {
	rec := r.Records[0].Generation
	rec.ProtocolType, rec.Assignor = "connect", "sessioned"
	for i := range rec.Members {
		rec.Members[i].Subscription, rec.Members[i].AssignmentProblem = nil, "assignments of connect are not read"
	}
	return r
}

func lastRebalance(t *testing.T, events []Event) *Rebalance {
	t.Helper()
	for _, e := range slices.Backward(events) {
		if e.Kind == RebalanceCompleted {
			return e.Rebalance
		}
	}
	t.Fatal("no rebalance was told")
	return nil
}

func contains(m Moment, at time.Time) bool { return !at.Before(m.NotBefore) && !at.After(m.NotAfter) }

func TestMomentsContainTheTruth(t *testing.T) {
	for _, c := range []struct {
		name         string
		why          string
		began        float64
		joinEnded    float64 // 0 is not known
		observations []Observation
	}{
		{
			"a rebalance that was given up", "its join says nothing of the next one", 100, 0,
			[]Observation{
				poll(0, classic("A:0,1,2,3")), pulse(5, StatePreparingRebalance), pulse(8, StateCompletingRebalance),
				poll(9, coordinatedBy(2, classic("A:0,1,2,3"))), poll(99, coordinatedBy(1, classic("A:0,1,2,3"))),
				pulse(100, StatePreparingRebalance), poll(103, classic("A:0,1", "B:2,3")),
			},
		},
		{
			"a join that was overtaken", "the group prepares again, and the end of the second join is not seen", 5, 0,
			[]Observation{
				poll(0, classic("A:0,1,2,3")), pulse(5, StatePreparingRebalance), pulse(8, StateCompletingRebalance),
				pulse(9, StatePreparingRebalance), pulse(12, StateUnknown), poll(13, classic("A:0,1", "B:2,3")),
			},
		},
		{
			"a quick look that saw the next one begin", "the record of this one was not read yet", 4.97, 4.98,
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), poll(4.9, classic("A:0,1,2,3")),
				pulse(5.04, StatePreparingRebalance), readAt(5.08, written(5, 8, "A:0,1", "B:2,3")),
			},
		},
		{
			"a record that is late", "polls saw nothing of it: members and partitions are the same", 4, 4.98,
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), poll(3, classic("A:0,1,2,3")),
				poll(6, classic("A:0,1,2,3")), poll(7, classic("A:0,1,2,3")), poll(8, classic("A:0,1,2,3")),
				readAt(8.5, written(5, 8, "A:0,1,2,3")),
			},
		},
		{
			"a consumer group of which polls told the end", "the next epoch's beginning is its own", 50, 0,
			[]Observation{
				on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1,2,3")),
				stepped(10, enters("B"), epoch(6), aims("B", "2,3"), Record{Target: &TargetRecord{ID: "A-id", Partitions: []TopicIDPartition{{"of a new topic", 0}}}}),
				poll(20, consumerWithEpochs(StateStable, 6, "A:0,1", "B:2,3")), poll(23, consumerWithEpochs(StateStable, 6, "A:0,1", "B:2,3")),
				stepped(50, enters("C"), epoch(7), aims("B", "2"), aims("C", "3"), targetEpoch(7)),
				stepped(51, owns("A", 7, "0,1", ""), owns("B", 7, "2", ""), owns("C", 7, "3", "")),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			r := lastRebalance(t, events)
			// Records are translated by the 5 ms that they took.
			if m := (Moment{r.Began.NotBefore.Add(-5 * time.Millisecond), r.Began.NotAfter}); !contains(m, second(c.began)) {
				t.Errorf("%s: began %v, which does not contain %v", c.why, r.Began, second(c.began))
			}
			if m := r.JoinEnded; c.joinEnded == 0 && r.Type == TypeClassic && !m.IsZero() || c.joinEnded != 0 && !contains(Moment{m.NotBefore.Add(-5 * time.Millisecond), m.NotAfter}, second(c.joinEnded)) {
				t.Errorf("%s: the join ended %v", c.why, m)
			}
		})
	}
}

func TestAConsumerGroupKeepsNothingOfASnapshot(t *testing.T) {
	s := poll(0, consumerWithEpochs(StateStable, 5, "A:0,1", "B:2,3"))
	tr := NewTracker()
	tr.Observe(on(second(0)))
	tr.Observe(s)
	for i := range s.Groups[0].Members {
		s.Groups[0].Members[i].Assignment[0].Partition = 99
	}
	tr.Observe(stepped(2, enters("C"), epoch(6)))
	if owned := tr.View().Group("g").Members[0].Assignment; !slices.Equal(owned, partitions("0,1")) {
		t.Errorf("A owns %v: the snapshot was kept", owned)
	}
}

// What a member has not given up yet it still reads: a poll, which does not tell, does not take it away.
func TestAPollLeavesWhatIsPendingWithItsOwner(t *testing.T) {
	half := consumerWithEpochs(StateReconciling, 6, "A:0,1", "B:>2,3")
	half.Members[0].Epoch = Some[int32](5)
	tr, _ := observe(
		on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1,2,3")),
		stepped(2, enters("B"), epoch(6), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(6), owns("A", 5, "0,1", "2,3"), owns("B", 6, "", "")),
		poll(3, half), poll(6, half),
	)
	g := tr.View().Group("g")
	for _, v := range g.Partitions {
		if v.Owner != 1 {
			t.Errorf("%s has owner %s, but A has not given it up", v.TopicPartition, v.Owner)
		}
	}
	if owned := g.Members[0].Assignment; !slices.Equal(owned, partitions("0,1,2,3")) {
		t.Errorf("A owns %v", owned)
	}
}

// The last records that a leader wrote are read from its successor, whose clock is another one.
func TestASuccessorsClockIsItsOwn(t *testing.T) {
	from := func(broker int32, r *Records) *Records { r.Broker = broker; return r }
	other := from(2, written(3, 1))
	other.Records[0].Group, other.Records[0].Partition = "other", 8
	_, events := observe(
		on(second(0)), poll(0, classic("A:0,1,2,3")), ahead(written(2, 7, "A:0,1,2,3")), other,
		from(2, ahead(written(5, 8, "A:0,1", "B:2,3"))), from(2, written(10, 9, "A:0,1,2,3")),
	)
	if r := lastRebalance(t, events); r.Ended != Exactly(second(10.005)) {
		t.Errorf("ended %v, want what the successor's clock says", r.Ended)
	}
}

// A target that is replaced before all have reached it ends a rebalance, and the group is no more stable for that.
func TestAnOvertakenTargetIsNoCalm(t *testing.T) {
	tr, _ := observe(
		on(second(0)), poll(0, consumerWithEpochs(StateStable, 5, "A:0,1,2,3")),
		stepped(2, enters("B"), epoch(6), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(6), owns("A", 5, "0,1", "2,3"), owns("B", 6, "", "")),
	)
	events := tr.Observe(stepped(4, enters("C"), epoch(7), aims("A", "0"), aims("B", "2,3"), aims("C", "1"), targetEpoch(7), owns("A", 5, "0", "1,2,3")))
	for _, e := range events {
		if e.Kind == StateChanged {
			t.Errorf("told: %s", e.Detail)
		}
	}
	if told := rebalancesTold(events); len(told) != 1 || tr.View().Group("g").State != StateReconciling {
		t.Errorf("told %q, and the group is %s", told, tr.View().Group("g").State)
	}
}
