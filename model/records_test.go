package model

import (
	"slices"
	"testing"
	"time"
)

// written is a record of group g that was written at a moment and read 5 ms later, with members as classic has them.
// The join ended 20 ms before.
func written(seconds float64, number int32, members ...string) *Records {
	rec := GenerationRecord{ProtocolType: "consumer", Generation: number, JoinEnded: second(seconds - 0.02)}
	for _, m := range classic(members...).Members {
		m.SessionTimeout, m.RebalanceTimeout = Some(10*time.Second), Some(5*time.Minute)
		rec.Members = append(rec.Members, m)
	}
	if len(rec.Members) > 0 {
		rec.Leader, rec.Assignor = rec.Members[0].ID, "range"
	}
	return &Records{
		At: second(seconds + 0.005), Broker: 1,
		Records: []Record{{Group: "g", Partition: 7, Offset: int64(number), Written: second(seconds), Generation: &rec}},
	}
}

// pulse is a quick look, 25 ms after the one before, that found group g in another state.
func pulse(seconds float64, state GroupState) *Pulse {
	return &Pulse{At: second(seconds), Asked: second(seconds), Broker: 1, Groups: []PulsedState{{
		Group: "g", State: state, Changed: Moment{second(seconds - 0.025), second(seconds)},
	}}}
}

// inState is the group in a state of a rebalance, as a poll sees it.
func inState(state GroupState, members ...string) Group {
	g := classic(members...)
	g.State, g.Assignor = state, ""
	for i := range g.Members {
		g.Members[i].AssignmentKnown, g.Members[i].Assignment, g.Members[i].Subscription = false, nil, nil
	}
	return g
}

func TestRecordsTellOfRebalances(t *testing.T) {
	type told struct {
		from, to string
		summary  string
	}
	for _, c := range []struct {
		name         string
		why          string
		observations []Observation
		want         []told
	}{
		{
			"a generation", "the record is all there is: who, what, when",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(5, 7, "A:0,1", "B:2,3")},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"a poll after the record", "it tells the same once more",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(5, 7, "A:0,1", "B:2,3"), poll(5.5, classic("A:0,1", "B:2,3"))},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"a poll before the record", "records take some milliseconds, and polls do not wait",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), poll(5.001, classic("A:0,1", "B:2,3")), written(5, 7, "A:0,1", "B:2,3")},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"a poll that was asked before the record and answered after it", "it shows the group of before",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(5, 7, "A:0,1", "B:2,3"), poll(5, inState(StatePreparingRebalance, "A:", "B:")), poll(6, classic("A:0,1", "B:2,3"))},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"nothing changed hands", "a member asked for it: it is a generation all the same",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(5, 7, "A:0,1,2,3"), written(9, 8, "A:0,1,2,3")},
			[]told{{"–", "7", "nothing moved"}, {"7", "8", "nothing moved"}},
		},
		{
			"a generation that was overtaken", "generation 8 stabilised, and its leader never synced",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(5, 7, "A:0,1,2,3"), written(9, 9, "A:0,1", "C:2,3")},
			[]told{{"–", "7", "nothing moved"}, {"7", "9", "B joined, 2 of 4 moved, 1 overtaken"}},
		},
		{
			"the record that says what the first poll saw", "it was written before that: nothing happened since",
			[]Observation{on(second(0)), poll(5.01, classic("A:0,1", "B:2,3")), written(5, 7, "A:0,1", "B:2,3")},
			nil,
		},
		{
			"a new group", "its creation is no rebalance",
			[]Observation{on(second(0)), poll(0), written(5, 0), written(8, 1, "A:0,1,2,3"), poll(9, classic("A:0,1,2,3"))},
			[]told{{"0", "1", "A joined, 4 of 4 moved"}},
		},
		{
			"the last one leaves", "an empty group is a generation",
			[]Observation{on(second(0)), poll(0, classic("A:0,1,2,3")), written(5, 7, "A:0,1,2,3"), written(9, 8)},
			[]told{{"–", "7", "nothing moved"}, {"7", "8", "A left, 4 of 4 without an owner"}},
		},
		{
			"a static member comes back", "the coordinator answers it without a rebalance, and writes the member's new id (KIP-345)",
			[]Observation{on(second(0)), poll(0, classic("A!:0,1", "B!:2,3")), written(5, 7, "A!:0,1", "B!:2,3"), restarted(written(9, 7, "A!:0,1", "B!/2:2,3"))},
			[]told{{"–", "7", "nothing moved"}, {"7", "7", "B restarted, nothing moved"}},
		},
		{
			"a rebalance that is given up", "the coordinator moved in the middle of it, the new one knows the old generation only",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), pulse(5, StatePreparingRebalance),
				poll(5.2, inState(StatePreparingRebalance, "A:", "B:")), poll(6, classic("A:0,1,2,3")), poll(7, classic("A:0,1,2,3")), poll(8.5, classic("A:0,1,2,3")),
			},
			[]told{{"–", "7", "nothing moved"}},
		},
		{
			"records that stop coming", "what polls show for two seconds, and no record explains, is told as counted",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"),
				poll(5, classic("A:0,1", "B:2,3")), poll(6, classic("A:0,1", "B:2,3")), poll(7, classic("A:0,1", "B:2,3")),
			},
			[]told{{"–", "7", "nothing moved"}, {"7", "≈8", "B joined, 2 of 4 moved"}},
		},
		{
			"a tail that turns itself off", "from then on polls tell",
			[]Observation{
				on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"),
				&TailStatus{At: second(4), State: TailTooBusy, Reason: "9 MiB/s"}, poll(5, classic("A:0,1", "B:2,3")),
			},
			[]told{{"–", "7", "nothing moved"}, {"7", "≈8", "B joined, 2 of 4 moved"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			var got []told
			for _, e := range events {
				if r := e.Rebalance; e.Kind == RebalanceCompleted {
					got = append(got, told{r.From.String(), r.To.String(), r.Summary()})
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: told\n%v\nwant\n%v", c.why, got, c.want)
			}
		})
	}
}

// restarted makes a record one that was written without a join.
func restarted(r *Records) *Records {
	r.Records[0].Generation.JoinEnded = second(0)
	return r
}

func TestMomentsAreExactWhereRecordsAndQuickLooksTell(t *testing.T) {
	_, events := observe(
		on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), poll(4.9, classic("A:0,1,2,3")),
		pulse(5, StatePreparingRebalance), pulse(8, StateCompletingRebalance), written(8.01, 8, "A:0,1", "B:2,3"),
	)
	r := events[len(events)-1].Rebalance
	if r == nil || r.Began != (Moment{second(4.975), second(5)}) {
		t.Fatalf("began %v; want between the two looks", r)
	}
	// The only differences of the clocks that records have shown are 5 ms.
	if r.JoinEnded != Exactly(second(7.995)) || r.Ended != Exactly(second(8.015)) || !r.Recorded.Equal(second(8.01)) {
		t.Errorf("the join ended %v, the rebalance %v; want the record's times by this machine's clock", r.JoinEnded, r.Ended)
	}
	if r.LeaderAfter != 1 || r.LeaderBefore != 1 {
		t.Errorf("leader %s before, %s after; want A", r.LeaderBefore, r.LeaderAfter)
	}
}

// A group that is being created is listed when the record of that is on all replicas; its first member joined before.
func TestTheFirstRebalanceMayHaveBegunBeforeTheGroupWasListed(t *testing.T) {
	_, events := observe(on(second(0)), poll(0), written(4.95, 0), pulse(5, StatePreparingRebalance), written(8, 1, "A:0,1,2,3"))
	r := events[len(events)-1].Rebalance
	if r == nil || r.From.String() != "0" || r.To.String() != "1" || r.Began.NotBefore.After(second(4.95)) || r.Began.NotAfter != second(5) {
		t.Errorf("%+v; want a beginning that may lie before the first look that could have seen it", r)
	}
}

// Looks that are far apart on a busy machine find the group prepared twice, for two generations.
func TestARebalanceThatBeganBetweenTwoLooksThatSawTheSame(t *testing.T) {
	late := pulse(8, StateCompletingRebalance)
	late.Groups[0].Changed.NotBefore = second(7.5)
	_, events := observe(
		on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), poll(4.9, classic("A:0,1,2,3")),
		pulse(5, StatePreparingRebalance), written(6, 8, "A:0,1", "B:2,3"), late, written(8.01, 9, "A:0,1,2,3"),
	)
	r := events[len(events)-1].Rebalance
	if r == nil || r.To.Number != 9 || r.Began.NotBefore.Before(second(6)) || r.Began.NotBefore.After(second(6.1)) || r.Began.NotAfter.Before(second(7.5)) {
		t.Errorf("%+v; want that it began any time after generation 8", r)
	}
}

func TestHistoryTellsWhatWasBefore(t *testing.T) {
	past := written(-3600, 41, "A:0,1", "B:2,3")
	tr, events := observe(
		on(second(0)), poll(0, classic("A:0,1", "B:2,3")),
		&History{At: second(1), Broker: 1, Group: "g", Records: past.Records, Complete: true},
		written(5, 42, "A:0,1,2,3"),
	)
	g := tr.View().Group("g")
	r := g.LastRebalance()
	if r == nil || r.From.String() != "41" || r.To.String() != "42" || len(events) == 0 {
		t.Fatalf("the rebalance after is %+v; want 41 → 42", r)
	}
	tr, _ = observe(
		poll(0, classic("A:0,1", "B:2,3")),
		&History{At: second(1), Broker: 1, Group: "g", Records: past.Records, Complete: true},
	)
	g = tr.View().Group("g")
	if g.Generation.String() != "41" || g.Leader != 1 || !g.RebalancedAt.Equal(second(-3600)) || g.LastRebalance() != nil {
		t.Errorf("generation %s, leader %s, rebalanced at %v, %v; want what the record says, and no rebalance of it", g.Generation, g.Leader, g.RebalancedAt, g.LastRebalance())
	}
	if timeout := g.Members[1].SessionTimeout; timeout != Some(10*time.Second) {
		t.Errorf("session timeout %s; want the record's", timeout)
	}

	tr, _ = observe(
		poll(0, classic("A:0,1,2", "B:3")),
		&History{At: second(1), Broker: 1, Group: "g", Records: past.Records, Complete: true},
	)
	if g = tr.View().Group("g"); g.Generation.Kind == GenerationExact {
		t.Errorf("generation %s, but the group owns something else now: another generation has been since", g.Generation)
	}
}
