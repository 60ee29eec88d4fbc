package track

import (
	"slices"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

// What a source tells late, twice, or no longer: none of it is something that happened.
func TestWhatSourcesTellLate(t *testing.T) {
	refused := func(seconds float64) *model.TailStatus {
		return &model.TailStatus{At: Second(seconds), State: model.TailRefused, Reason: "not authorised"}
	}
	tried := func(seconds float64) *model.TailStatus {
		return &model.TailStatus{At: Second(seconds), State: model.TailStarting}
	}
	away := func(s *model.Snapshot) *model.Snapshot { // broker 2 has left the cluster long ago
		s.Brokers = slices.DeleteFunc(s.Brokers, func(b model.Broker) bool { return b.ID == 2 })
		return s
	}
	failing := Poll(0)
	failing.Errs = []model.SourceError{{Broker: model.Some[int32](2), Address: "host:9092", Operation: "OffsetFetch", Group: "a", Problem: "not authorised"}}
	const lost = "source_lost __consumer_offsets is not read: not authorised; generations are counted from polls"
	for _, c := range []struct {
		why          string
		observations []model.Observation
		want         []string
	}{
		{
			"a poll that a quick look has superseded shows the rebalance that is over",
			[]model.Observation{
				Poll(0, Classic("A:0,1")), Probed(5, model.StatePreparingRebalance), Probed(5.1, model.StateUnknown),
				Poll(5.05, InState(model.StatePreparingRebalance, "A", "B")), Poll(5.2, Classic("A:0", "B:1")), Poll(6, Classic("A:0", "B:1")),
			},
			[]string{
				"state Stable → PreparingRebalance", "rebalance_began a rebalance began", "state PreparingRebalance → Stable",
				"member_joined B joined: B on 10.0.0.1", "rebalance B joined, 1 of 2 moved",
			},
		},
		{
			"the tail is refused, and tried again in vain",
			[]model.Observation{on(Second(0)), refused(1), tried(60), refused(61), tried(120), refused(121)},
			[]string{lost},
		},
		{
			"the tail is refused, and then allowed",
			[]model.Observation{refused(1), tried(60), on(Second(61))},
			[]string{lost, "source_found __consumer_offsets is read again: generations are exact"},
		},
		{
			"the tail begins",
			[]model.Observation{tried(0), on(Second(1))},
			nil,
		},
		{
			"what failed on a broker that is none any more does not work again",
			[]model.Observation{failing, away(Poll(1))},
			[]string{`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised`},
		},
	} {
		if _, events := observe(c.observations...); !slices.Equal(Lines(events), c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.why, Lines(events), c.want)
		}
	}
	tr, _ := observe(refused(1), tried(60))
	if shown := tr.View().Tail; shown.State != model.TailRefused || shown.Reason == "" {
		t.Errorf("while it is tried again the view says %+v, want what is the matter", shown)
	}
}

// The past of a group that is opened in the middle of a rebalance does not change who was in it before.
func TestThePastIsReadInTheMiddleOfARebalance(t *testing.T) {
	past := Written(1, 7, "A:0,1,2,3").Records[0]
	_, events := observe(
		on(Second(2)), Poll(2, Classic("A:0,1,2,3")), Probed(5, model.StatePreparingRebalance), Poll(5.1, InState(model.StatePreparingRebalance, "A", "B")),
		&model.History{At: Second(5.2), Broker: 1, Group: "g", Records: []model.Record{past}}, Written(6, 8, "A:0,1", "B:2,3"),
	)
	if told := rebalancesTold(events); !slices.Equal(told, []string{"7 → 8: B joined, 2 of 4 moved"}) {
		t.Errorf("told was %q", told)
	}
}

// Records tell in which state a member of a consumer group is; polls do not, and may not go on telling when they have ended.
func TestStatesOfMembersEndWithTheRecords(t *testing.T) {
	group := consumerWithEpochs(model.StateReconciling, 6, "A:0,1", "B:>2")
	observations := []model.Observation{
		on(Second(0)), Poll(0, group),
		stepped(1, model.Record{Current: &model.CurrentRecord{ID: Member("B").ID, Epoch: 6, State: model.MemberUnreleasedPartitions}}),
	}
	state := func(more ...model.Observation) model.MemberState {
		tr, _ := observe(slices.Concat(observations, more)...)
		return tr.View().Group("g").Member(2).State
	}
	if is := state(Poll(2, group)); is != model.MemberUnreleasedPartitions {
		t.Errorf("while records are read B is %q", is)
	}
	if is := state(&model.TailStatus{At: Second(2), State: model.TailFailed}, Poll(3, group)); is != model.MemberStateUnknown {
		t.Errorf("when they are read no more B is still %q", is)
	}
}

// A partition of a consumer group that comes back to its owner before the group has settled has not moved.
func TestAPartitionThatComesBackHasNotMoved(t *testing.T) {
	tr, _ := observe(
		Poll(0, consumer(model.StateStable, 5, "A:0,1", "B:")),
		Poll(1, consumer(model.StateReconciling, 6, "A:1", "B:0")), Poll(2, consumer(model.StateReconciling, 7, "A:0,1", "B:", "C:>1")),
	)
	if p := tr.View().Group("g").Partitions[0]; p.Owner != 1 || p.MovedFrom != model.Nobody || !p.MovedAt.IsZero() {
		t.Errorf("partition 0 of %s came from %s at %s", p.Owner, p.MovedFrom, p.MovedAt)
	}
}

// A pause cannot have begun before its owner had the partition, however long it may have been without a sign of life.
func TestNobodyStopsBeforeHavingBegun(t *testing.T) {
	tr, _ := observe(
		on(Second(0)), Poll(0, Classic("A:0")), Written(100, 7, "A:0"), Written(101, 8, "A:0,1", "B:"), Written(105, 9, "B:0,1"), Poll(106, Classic("B:0,1")),
	)
	r := tr.View().Group("g").LastRebalance()
	if stopped := r.Cost.Pauses[1].Stopped.NotBefore; stopped.Before(Second(101)) {
		t.Errorf("A, which got partition 1 at %s, is told to have stopped at %s", Second(101), stopped)
	}
}
