package model

import (
	"slices"
	"testing"
)

// What a source tells late, twice, or no longer: none of it is something that happened.
func TestWhatSourcesTellLate(t *testing.T) {
	refused := func(seconds float64) *TailStatus {
		return &TailStatus{At: second(seconds), State: TailRefused, Reason: "not authorised"}
	}
	tried := func(seconds float64) *TailStatus { return &TailStatus{At: second(seconds), State: TailStarting} }
	away := func(s *Snapshot) *Snapshot { // broker 2 has left the cluster long ago
		s.Brokers = slices.DeleteFunc(s.Brokers, func(b Broker) bool { return b.ID == 2 })
		return s
	}
	failing := poll(0)
	failing.Errs = []SourceError{{Broker: Some[int32](2), Address: "host:9092", Operation: "OffsetFetch", Group: "a", Problem: "not authorised"}}
	const lost = "source_lost __consumer_offsets is not read: not authorised; generations are counted from polls"
	for _, c := range []struct {
		why          string
		observations []Observation
		want         []string
	}{
		{
			"a poll that a quick look has overtaken shows the rebalance that is over",
			[]Observation{
				poll(0, classic("A:0,1")), pulse(5, StatePreparingRebalance), pulse(5.1, StateUnknown),
				poll(5.05, inState(StatePreparingRebalance, "A", "B")), poll(5.2, classic("A:0", "B:1")), poll(6, classic("A:0", "B:1")),
			},
			[]string{
				"state Stable → PreparingRebalance", "rebalance_began a rebalance began", "state PreparingRebalance → Stable",
				"member_joined B joined: B on 10.0.0.1", "rebalance B joined, 1 of 2 moved",
			},
		},
		{
			"the tail is refused, and tried again in vain",
			[]Observation{on(second(0)), refused(1), tried(60), refused(61), tried(120), refused(121)},
			[]string{lost},
		},
		{
			"the tail is refused, and then allowed",
			[]Observation{refused(1), tried(60), on(second(61))},
			[]string{lost, "source_found __consumer_offsets is read again: generations are exact"},
		},
		{
			"the tail begins",
			[]Observation{tried(0), on(second(1))},
			nil,
		},
		{
			"what failed on a broker that is none any more does not work again",
			[]Observation{failing, away(poll(1))},
			[]string{`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised`},
		},
	} {
		if _, events := observe(c.observations...); !slices.Equal(lines(events), c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.why, lines(events), c.want)
		}
	}
	tr, _ := observe(refused(1), tried(60))
	if shown := tr.View().Tail; shown.State != TailRefused || shown.Reason == "" {
		t.Errorf("while it is tried again the view says %+v, want what is the matter", shown)
	}
}

// The past of a group that is opened in the middle of a rebalance does not change who was in it before.
func TestThePastIsReadInTheMiddleOfARebalance(t *testing.T) {
	past := written(1, 7, "A:0,1,2,3").Records[0]
	_, events := observe(
		on(second(2)), poll(2, classic("A:0,1,2,3")), pulse(5, StatePreparingRebalance), poll(5.1, inState(StatePreparingRebalance, "A", "B")),
		&History{At: second(5.2), Broker: 1, Group: "g", Records: []Record{past}}, written(6, 8, "A:0,1", "B:2,3"),
	)
	if told := rebalancesTold(events); !slices.Equal(told, []string{"7 → 8: B joined, 2 of 4 moved"}) {
		t.Errorf("told was %q", told)
	}
}

// Records tell in which state a member of a consumer group is; polls do not, and may not go on telling when they have ended.
func TestStatesOfMembersEndWithTheRecords(t *testing.T) {
	group := consumerWithEpochs(StateReconciling, 6, "A:0,1", "B:>2")
	observations := []Observation{
		on(second(0)), poll(0, group),
		stepped(1, Record{Current: &CurrentRecord{ID: member("B").ID, Epoch: 6, State: MemberUnreleasedPartitions}}),
	}
	state := func(more ...Observation) MemberState {
		tr, _ := observe(slices.Concat(observations, more)...)
		return tr.View().Group("g").Member(2).State
	}
	if is := state(poll(2, group)); is != MemberUnreleasedPartitions {
		t.Errorf("while records are read B is %q", is)
	}
	if is := state(&TailStatus{At: second(2), State: TailFailed}, poll(3, group)); is != MemberStateUnknown {
		t.Errorf("when they are read no more B is still %q", is)
	}
}

// A partition of a consumer group that comes back to its owner before the group has settled has not moved.
func TestAPartitionThatComesBackHasNotMoved(t *testing.T) {
	tr, _ := observe(
		poll(0, consumer(StateStable, 5, "A:0,1", "B:")),
		poll(1, consumer(StateReconciling, 6, "A:1", "B:0")), poll(2, consumer(StateReconciling, 7, "A:0,1", "B:", "C:>1")),
	)
	if p := tr.View().Group("g").Partitions[0]; p.Owner != 1 || p.MovedFrom != Nobody || !p.MovedAt.IsZero() {
		t.Errorf("partition 0 of %s came from %s at %s", p.Owner, p.MovedFrom, p.MovedAt)
	}
}

// A pause cannot have begun before its owner had the partition, however long it may have been without a sign of life.
func TestNobodyStopsBeforeHavingBegun(t *testing.T) {
	tr, _ := observe(
		on(second(0)), poll(0, classic("A:0")), written(100, 7, "A:0"), written(101, 8, "A:0,1", "B:"), written(105, 9, "B:0,1"), poll(106, classic("B:0,1")),
	)
	r := tr.View().Group("g").LastRebalance()
	if stopped := r.Cost.Pauses[1].Stopped.NotBefore; stopped.Before(second(101)) {
		t.Errorf("A, which got partition 1 at %s, is told to have stopped at %s", second(101), stopped)
	}
}
