package track

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// readAt makes records ones that were read at another moment than right after they were written.
func readAt(seconds float64, r *model.Records) *model.Records {
	r.At = Second(seconds)
	return r
}

// gap is the status of a tail that works and has passed over records once.
func gap(seconds float64) *model.TailStatus {
	s := on(Second(seconds))
	s.Gaps = 1
	return s
}

// stepped are records of a consumer group g, written one after another within a millisecond.
func stepped(seconds float64, records ...model.Record) *model.Records {
	for i := range records {
		r := &records[i]
		r.Group, r.Partition, r.Offset, r.Written = "g", 7, int64(seconds*1000)+int64(i), Second(seconds)
	}
	return &model.Records{At: Second(seconds + 0.005), Broker: 1, Records: records}
}

func epoch(n int32) model.Record { return model.Record{Epoch: &model.EpochRecord{Epoch: n}} }
func targetEpoch(n int32) model.Record {
	return model.Record{TargetEpoch: &model.TargetEpochRecord{Epoch: n}}
}

func enters(name string) model.Record {
	m := Member(name)
	return model.Record{Member: &model.MemberRecord{ID: m.ID, ClientID: m.ClientID, Host: m.Host, Subscription: m.Subscription}}
}

func withIDs(list string) []model.TopicIDPartition {
	var named []model.TopicIDPartition
	for _, tp := range Partitions(list) {
		named = append(named, model.TopicIDPartition{TopicID: "id-" + tp.Topic, Partition: tp.Partition})
	}
	return named
}

func aims(name, list string) model.Record {
	return model.Record{Target: &model.TargetRecord{ID: Member(name).ID, Partitions: withIDs(list)}}
}

func owns(name string, epoch int32, list, pending string) model.Record {
	c := model.CurrentRecord{ID: Member(name).ID, Epoch: epoch, State: model.MemberStable, Assigned: withIDs(list), PendingRevocation: withIDs(pending)}
	if pending != "" {
		c.State = model.MemberUnrevokedPartitions
	}
	return model.Record{Current: &c}
}

// consumerWithEpochs is a consumer group whose members tell their epochs.
func consumerWithEpochs(state model.GroupState, number int32, members ...string) model.Group {
	g := consumer(state, number, members...)
	for i := range g.Members {
		g.Members[i].Epoch = model.Some(number)
	}
	return g
}

func rebalancesTold(events []model.Event) []string {
	var told []string
	for _, e := range events {
		if r := e.Rebalance; e.Kind == model.RebalanceCompleted {
			told = append(told, fmt.Sprintf("%s → %s: %s", r.From, r.To, r.Summary()))
		}
	}
	return told
}

func TestRecordsThatComeLateOrTwiceOrNotAtAll(t *testing.T) {
	for _, c := range []struct {
		name         string
		why          string
		observations []model.Observation
		want         []string
	}{
		{
			"a gap", "what was passed over may have been the generation before: it was not superseded",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), gap(3), Written(5, 9, "A:0,1", "B:2,3")},
			[]string{"– → 7: no partitions moved", "7 → 9: B joined, 2 of 4 moved, ≥ 2 rebalances"},
		},
		{
			"a gap long ago", "everything since has been read",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), gap(1), Written(2, 7, "A:0,1,2,3"), gap(3),
				Written(5, 9, "A:0,1", "B:2,3"),
			},
			[]string{"– → 7: no partitions moved", "7 → 9: B joined, 2 of 4 moved, 1 superseded"},
		},
		{
			"a tail that was off", "nobody knows what was written meanwhile",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"),
				&model.TailStatus{At: Second(3), State: model.TailFailed}, on(Second(4)), Written(5, 9, "A:0,1", "B:2,3"),
			},
			[]string{"– → 7: no partitions moved", "7 → 9: B joined, 2 of 4 moved, ≥ 2 rebalances"},
		},
		{
			"records of seconds ago", "polls have told what came of them, and it does not come undone",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(1, 7, "A:0,1,2,3"),
				Poll(5, Classic("A:0", "B:1", "C:2,3")), Poll(7.5, Classic("A:0", "B:1", "C:2,3")),
				readAt(8, Written(3, 8, "A:0,1", "B:2,3")), readAt(8, Written(4, 9, "A:0", "B:1", "C:2,3")),
				Written(9, 10, "A:0", "B:1,2,3"),
			},
			[]string{"– → 7: no partitions moved", "7 → ≈8: B, C joined, 3 of 4 moved (2 necessary)", "9 → 10: C left, 2 of 4 moved"},
		},
		{
			"the same again", "a reader that begins anew a little earlier",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Written(3, 8),
				readAt(4, Written(2, 7, "A:0,1,2,3")), readAt(4, Written(3, 8)), Written(5, 9, "A:0,1,2,3"),
			},
			[]string{"– → 7: no partitions moved", "7 → 8: A left, 4 partitions unassigned", "8 → 9: A joined, 4 partitions assigned"},
		},
		{
			"an empty group that was made again while the tail was off", "its creation is no rebalance",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Written(3, 8),
				&model.TailStatus{At: Second(3.5), State: model.TailFailed}, on(Second(4)), Written(5, 0), Written(6, 1, "A:0,1,2,3"),
			},
			[]string{"– → 7: no partitions moved", "7 → 8: A left, 4 partitions unassigned", "0 → 1: A joined, 4 partitions assigned"},
		},
		{
			"Kafka Connect", "its workers own no partitions that anybody could read: who is there is what there is to tell",
			[]model.Observation{
				on(Second(0)), Poll(0, connect("A:?")), connected(Written(2, 7, "A:?")), Poll(2.5, connect("A:?")),
				connected(Written(3, 8, "A:?", "B:?")), Poll(4, connect("A:?", "B:?")), Poll(7, connect("A:?", "B:?")),
			},
			[]string{"– → 7: no partitions moved", "7 → 8: B joined, no partitions moved"},
		},
		{
			"a consumer group and a gap", "the picture of the members may be wrong: polls tell until they have told where it is",
			[]model.Observation{
				on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1,2,3")), gap(1),
				// B was there for a moment: 6 and 7 were passed over.
				stepped(2, epoch(8), enters("C"), aims("A", "0,1"), aims("C", "2,3"), targetEpoch(8), owns("A", 8, "0,1", ""), owns("C", 8, "2,3", "")),
				Poll(3, consumerWithEpochs(model.StateStable, 8, "A:0,1", "C:2,3")), Poll(6, consumerWithEpochs(model.StateStable, 8, "A:0,1", "C:2,3")),
				stepped(7, enters("D"), epoch(9), aims("C", "2"), aims("D", "3"), targetEpoch(9), owns("A", 9, "0,1", ""), owns("C", 9, "2", ""), owns("D", 9, "3", "")),
			},
			[]string{"5 → 8: B joined, 2 of 4 moved, ≥ 3 rebalances", "8 → 9: C joined, 1 of 4 moved"},
		},
		{
			"from classic to consumer", "an online migration: the coordinator goes on counting, and so do the rebalances",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"),
				stepped(3, model.Record{Generation: &model.GenerationRecord{Tombstone: true}}, enters("A"), epoch(7), aims("A", "0,1,2,3"), targetEpoch(7), owns("A", 7, "0,1,2,3", "")),
				Poll(4, consumerWithEpochs(model.StateStable, 7, "A:0,1,2,3")), Poll(6.5, consumerWithEpochs(model.StateStable, 7, "A:0,1,2,3")),
				stepped(7, enters("B"), epoch(8), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(8)),
				stepped(8, owns("A", 8, "0,1", ""), owns("B", 8, "2,3", "")),
			},
			[]string{"– → 7: no partitions moved", "7 → 8: B joined, 2 of 4 moved"},
		},
		{
			"from consumer to classic", "the last member of the new protocol leaves: the others are written down, and rebalance for that",
			[]model.Observation{
				on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1", "B:2,3")),
				downgraded(2, "A", Written(2, 5, "B:2,3")), Poll(2.99, InState(model.StateCompletingRebalance, "B:")),
				Written(3, 6, "B:0,1,2,3"), Poll(4, Classic("B:0,1,2,3")), Written(5, 7, "B:0,1", "C:2,3"),
			},
			[]string{"5 → 6: A left, 2 of 4 moved", "6 → 7: C joined, 2 of 4 moved"},
		},
		{
			"from consumer to classic on the way to a target", "the epoch never came to an end",
			[]model.Observation{
				on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1,2,3")),
				stepped(1, enters("B"), epoch(6), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(6), owns("A", 5, "0,1", "2,3"), owns("B", 6, "", "")),
				downgraded(2, "A", Written(2, 6, "B:")), Written(3, 7, "B:0,1,2,3"),
			},
			[]string{"5 → 7: B joined, A left, 4 of 4 moved, 1 superseded"},
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
func downgraded(seconds float64, leaver string, generation *model.Records) *model.Records {
	var records []model.Record
	ids := []string{Member(leaver).ID}
	for _, m := range generation.Records[0].Generation.Members {
		ids = append(ids, m.ID)
	}
	for _, id := range ids {
		records = append(records, model.Record{Current: &model.CurrentRecord{ID: id, Tombstone: true}}, model.Record{Target: &model.TargetRecord{ID: id, Tombstone: true}})
	}
	records = append(records, model.Record{TargetEpoch: &model.TargetEpochRecord{Tombstone: true}})
	for _, id := range ids {
		records = append(records, model.Record{Member: &model.MemberRecord{ID: id, Tombstone: true}})
	}
	return stepped(seconds, append(records, model.Record{Epoch: &model.EpochRecord{Tombstone: true}}, generation.Records[0])...)
}

func TestADowngradeBeginsWhereItIsWrittenDown(t *testing.T) {
	tr, events := observe(
		on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1", "B:2,3")), downgraded(2, "A", Written(2, 5, "B:2,3")),
	)
	if g := tr.View().Group("g"); g.Type != model.TypeClassic || g.State != model.StatePreparingRebalance || !g.Rebalancing() || rebalancesTold(events) != nil {
		t.Errorf("a %s group in state %s, with %q; want a classic one that rebalances", g.Type, g.State, rebalancesTold(events))
	}
	r := lastRebalance(t, tr.Observe(Written(3, 6, "B:0,1,2,3")))
	if r.Began != model.Exactly(Second(2.005)) || r.Ended != model.Exactly(Second(3.005)) || r.AtLeast != 1 || r.Verdict.Cause != model.CauseMemberLeft {
		t.Errorf("%s began %v, ended %v: %v", r.Summary(), r.Began, r.Ended, r.Verdict)
	}
}

// connect is a group of Kafka Connect's workers.
func connect(members ...string) model.Group {
	g := Classic(members...)
	g.ProtocolType, g.Assignor = "connect", "sessioned"
	for i := range g.Members {
		g.Members[i].Subscription = nil
	}
	return g
}

func connected(r *model.Records) *model.Records {
	rec := r.Records[0].Generation
	rec.ProtocolType, rec.Assignor = "connect", "sessioned"
	for i := range rec.Members {
		rec.Members[i].Subscription, rec.Members[i].AssignmentProblem = nil, "assignments of connect are not read"
	}
	return r
}

func lastRebalance(t *testing.T, events []model.Event) *model.Rebalance {
	t.Helper()
	for _, e := range slices.Backward(events) {
		if e.Kind == model.RebalanceCompleted {
			return e.Rebalance
		}
	}
	t.Fatal("no rebalance was told")
	return nil
}

func contains(m model.Moment, at time.Time) bool {
	return !at.Before(m.NotBefore) && !at.After(m.NotAfter)
}

func TestMomentsContainTheTruth(t *testing.T) {
	for _, c := range []struct {
		name         string
		why          string
		began        float64
		joinEnded    float64 // 0 is not known
		observations []model.Observation
	}{
		{
			"a rebalance that was given up", "its join says nothing of the next one", 100, 0,
			[]model.Observation{
				Poll(0, Classic("A:0,1,2,3")), Probed(5, model.StatePreparingRebalance), Probed(8, model.StateCompletingRebalance),
				Poll(9, CoordinatedBy(2, Classic("A:0,1,2,3"))), Poll(99, CoordinatedBy(1, Classic("A:0,1,2,3"))),
				Probed(100, model.StatePreparingRebalance), Poll(103, Classic("A:0,1", "B:2,3")),
			},
		},
		{
			"a join that was superseded", "the group prepares again, and the end of the second join is not seen", 5, 0,
			[]model.Observation{
				Poll(0, Classic("A:0,1,2,3")), Probed(5, model.StatePreparingRebalance), Probed(8, model.StateCompletingRebalance),
				Probed(9, model.StatePreparingRebalance), Probed(12, model.StateUnknown), Poll(13, Classic("A:0,1", "B:2,3")),
			},
		},
		{
			"a quick look that saw the next one begin", "the record of this one was not read yet", 4.97, 4.98,
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Poll(4.9, Classic("A:0,1,2,3")),
				Probed(5.04, model.StatePreparingRebalance), readAt(5.08, Written(5, 8, "A:0,1", "B:2,3")),
			},
		},
		{
			"a record that is late", "polls saw nothing of it: members and partitions are the same", 4, 4.98,
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Poll(3, Classic("A:0,1,2,3")),
				Poll(6, Classic("A:0,1,2,3")), Poll(7, Classic("A:0,1,2,3")), Poll(8, Classic("A:0,1,2,3")),
				readAt(8.5, Written(5, 8, "A:0,1,2,3")),
			},
		},
		{
			"a consumer group of which polls told the end", "the next epoch's beginning is its own", 50, 0,
			[]model.Observation{
				on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1,2,3")),
				stepped(10, enters("B"), epoch(6), aims("B", "2,3"), model.Record{Target: &model.TargetRecord{ID: "A-id", Partitions: []model.TopicIDPartition{{TopicID: "of a new topic", Partition: 0}}}}),
				Poll(20, consumerWithEpochs(model.StateStable, 6, "A:0,1", "B:2,3")), Poll(23, consumerWithEpochs(model.StateStable, 6, "A:0,1", "B:2,3")),
				stepped(50, enters("C"), epoch(7), aims("B", "2"), aims("C", "3"), targetEpoch(7)),
				stepped(51, owns("A", 7, "0,1", ""), owns("B", 7, "2", ""), owns("C", 7, "3", "")),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			r := lastRebalance(t, events)
			// Records are translated by the 5 ms that they took.
			if m := (model.Moment{NotBefore: r.Began.NotBefore.Add(-5 * time.Millisecond), NotAfter: r.Began.NotAfter}); !contains(m, Second(c.began)) {
				t.Errorf("%s: began %v, which does not contain %v", c.why, r.Began, Second(c.began))
			}
			if m := r.JoinEnded; c.joinEnded == 0 && r.Type == model.TypeClassic && !m.IsZero() || c.joinEnded != 0 && !contains(model.Moment{NotBefore: m.NotBefore.Add(-5 * time.Millisecond), NotAfter: m.NotAfter}, Second(c.joinEnded)) {
				t.Errorf("%s: the join ended %v", c.why, m)
			}
		})
	}
}

func TestAConsumerGroupKeepsNothingOfASnapshot(t *testing.T) {
	s := Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1", "B:2,3"))
	tr := NewTracker()
	tr.Observe(on(Second(0)))
	tr.Observe(s)
	for i := range s.Groups[0].Members {
		s.Groups[0].Members[i].Assignment[0].Partition = 99
	}
	tr.Observe(stepped(2, enters("C"), epoch(6)))
	if owned := tr.View().Group("g").Members[0].Assignment; !slices.Equal(owned, Partitions("0,1")) {
		t.Errorf("A owns %v: the snapshot was kept", owned)
	}
}

// What a member has not given up yet it still reads: a poll, which does not tell, does not take it away.
func TestAPollLeavesWhatIsPendingWithItsOwner(t *testing.T) {
	half := consumerWithEpochs(model.StateReconciling, 6, "A:0,1", "B:>2,3")
	half.Members[0].Epoch = model.Some[int32](5)
	tr, _ := observe(
		on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1,2,3")),
		stepped(2, enters("B"), epoch(6), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(6), owns("A", 5, "0,1", "2,3"), owns("B", 6, "", "")),
		Poll(3, half), Poll(6, half),
	)
	g := tr.View().Group("g")
	for _, v := range g.Partitions {
		if v.Owner != 1 {
			t.Errorf("%s has owner %s, but A has not given it up", v.TopicPartition, v.Owner)
		}
	}
	if owned := g.Members[0].Assignment; !slices.Equal(owned, Partitions("0,1,2,3")) {
		t.Errorf("A owns %v", owned)
	}
}

// The last records that a leader wrote are read from its successor, whose clock is another one.
func TestASuccessorsClockIsItsOwn(t *testing.T) {
	from := func(broker int32, r *model.Records) *model.Records { r.Broker = broker; return r }
	other := from(2, Written(3, 1))
	other.Records[0].Group, other.Records[0].Partition = "other", 8
	_, events := observe(
		on(Second(0)), Poll(0, Classic("A:0,1,2,3")), ahead(Written(2, 7, "A:0,1,2,3")), other,
		from(2, ahead(Written(5, 8, "A:0,1", "B:2,3"))), from(2, Written(10, 9, "A:0,1,2,3")),
	)
	if r := lastRebalance(t, events); r.Ended != model.Exactly(Second(10.005)) {
		t.Errorf("ended %v, want what the successor's clock says", r.Ended)
	}
}

// A target that is replaced before all have reached it ends a rebalance, and the group is no more stable for that.
func TestAnSupersededTargetIsNoCalm(t *testing.T) {
	tr, _ := observe(
		on(Second(0)), Poll(0, consumerWithEpochs(model.StateStable, 5, "A:0,1,2,3")),
		stepped(2, enters("B"), epoch(6), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(6), owns("A", 5, "0,1", "2,3"), owns("B", 6, "", "")),
	)
	events := tr.Observe(stepped(4, enters("C"), epoch(7), aims("A", "0"), aims("B", "2,3"), aims("C", "1"), targetEpoch(7), owns("A", 5, "0", "1,2,3")))
	for _, e := range events {
		if e.Kind == model.StateChanged {
			t.Errorf("told: %s", e.Detail)
		}
	}
	if told := rebalancesTold(events); len(told) != 1 || tr.View().Group("g").State != model.StateReconciling {
		t.Errorf("told %q, and the group is %s", told, tr.View().Group("g").State)
	}
}
