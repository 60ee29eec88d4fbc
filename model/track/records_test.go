package track

import (
	"slices"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

func TestRecordsTellOfRebalances(t *testing.T) {
	type told struct {
		from, to string
		summary  string
	}
	for _, c := range []struct {
		name         string
		why          string
		observations []model.Observation
		want         []told
	}{
		{
			"a generation", "the record is all there is: who, what, when",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(5, 7, "A:0,1", "B:2,3")},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"a poll after the record", "it tells the same once more",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(5, 7, "A:0,1", "B:2,3"), Poll(5.5, Classic("A:0,1", "B:2,3"))},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"a poll before the record", "records take some milliseconds, and polls do not wait",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Poll(5.001, Classic("A:0,1", "B:2,3")), Written(5, 7, "A:0,1", "B:2,3")},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"a poll that was asked before the record and answered after it", "it shows the group of before",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(5, 7, "A:0,1", "B:2,3"), Poll(5, InState(model.StatePreparingRebalance, "A:", "B:")), Poll(6, Classic("A:0,1", "B:2,3"))},
			[]told{{"–", "7", "B joined, 2 of 4 moved"}},
		},
		{
			"nothing changed hands", "a member asked for it: it is a generation all the same",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(5, 7, "A:0,1,2,3"), Written(9, 8, "A:0,1,2,3")},
			[]told{{"–", "7", "no partitions moved"}, {"7", "8", "no partitions moved"}},
		},
		{
			"a generation that was superseded", "generation 8 stabilised, and its leader never synced",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(5, 7, "A:0,1,2,3"), Written(9, 9, "A:0,1", "C:2,3")},
			[]told{{"–", "7", "no partitions moved"}, {"7", "9", "B joined, 2 of 4 moved, 1 superseded"}},
		},
		{
			"the record that says what the first poll saw", "it was written before that: nothing happened since",
			[]model.Observation{on(Second(0)), Poll(5.01, Classic("A:0,1", "B:2,3")), Written(5, 7, "A:0,1", "B:2,3")},
			nil,
		},
		{
			"a new group", "its creation is no rebalance",
			[]model.Observation{on(Second(0)), Poll(0), Written(5, 0), Written(8, 1, "A:0,1,2,3"), Poll(9, Classic("A:0,1,2,3"))},
			[]told{{"0", "1", "A joined, 4 partitions assigned"}},
		},
		{
			"the last one leaves", "an empty group is a generation",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(5, 7, "A:0,1,2,3"), Written(9, 8)},
			[]told{{"–", "7", "no partitions moved"}, {"7", "8", "A left, 4 partitions unassigned"}},
		},
		{
			"a static member comes back", "the coordinator answers it without a rebalance, and writes the member's new id (KIP-345)",
			[]model.Observation{on(Second(0)), Poll(0, Classic("A!:0,1", "B!:2,3")), Written(5, 7, "A!:0,1", "B!:2,3"), restarted(Written(9, 7, "A!:0,1", "B!/2:2,3"))},
			[]told{{"–", "7", "no partitions moved"}, {"7", "7", "B restarted, no partitions moved"}},
		},
		{
			"a rebalance that is given up", "the coordinator moved in the middle of it, the new one knows the old generation only",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Probed(5, model.StatePreparingRebalance),
				Poll(5.2, InState(model.StatePreparingRebalance, "A:", "B:")), Poll(6, Classic("A:0,1,2,3")), Poll(7, Classic("A:0,1,2,3")), Poll(8.5, Classic("A:0,1,2,3")),
			},
			[]told{{"–", "7", "no partitions moved"}},
		},
		{
			"records that stop coming", "what polls show for two seconds, and no record explains, is told as counted",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"),
				Poll(5, Classic("A:0,1", "B:2,3")), Poll(6, Classic("A:0,1", "B:2,3")), Poll(7, Classic("A:0,1", "B:2,3")),
			},
			[]told{{"–", "7", "no partitions moved"}, {"7", "≈8", "B joined, 2 of 4 moved"}},
		},
		{
			"a tail that turns itself off", "from then on polls tell",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"),
				&model.TailStatus{At: Second(4), State: model.TailTooBusy, Reason: "9 MiB/s"}, Poll(5, Classic("A:0,1", "B:2,3")),
			},
			[]told{{"–", "7", "no partitions moved"}, {"7", "≈8", "B joined, 2 of 4 moved"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			var got []told
			for _, e := range events {
				if r := e.Rebalance; e.Kind == model.RebalanceCompleted {
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
func restarted(r *model.Records) *model.Records {
	r.Records[0].Generation.JoinEnded = Second(0)
	return r
}

func TestMomentsAreExactWhereRecordsAndQuickLooksTell(t *testing.T) {
	_, events := observe(
		on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Poll(4.9, Classic("A:0,1,2,3")),
		Probed(5, model.StatePreparingRebalance), Probed(8, model.StateCompletingRebalance), Written(8.01, 8, "A:0,1", "B:2,3"),
	)
	r := events[len(events)-1].Rebalance
	if r == nil || r.Began != (model.Moment{NotBefore: Second(4.975), NotAfter: Second(5)}) {
		t.Fatalf("began %v; want between the two looks", r)
	}
	// The only differences of the clocks that records have shown are 5 ms.
	if r.JoinEnded != model.Exactly(Second(7.995)) || r.Ended != model.Exactly(Second(8.015)) || !r.Recorded.Equal(Second(8.01)) {
		t.Errorf("the join ended %v, the rebalance %v; want the record's times by this machine's clock", r.JoinEnded, r.Ended)
	}
	if r.LeaderAfter != 1 || r.LeaderBefore != 1 {
		t.Errorf("leader %s before, %s after; want A", r.LeaderBefore, r.LeaderAfter)
	}
}

// A group that is being created is listed when the record of that is on all replicas; its first member joined before.
func TestTheFirstRebalanceMayHaveBegunBeforeTheGroupWasListed(t *testing.T) {
	_, events := observe(on(Second(0)), Poll(0), Written(4.95, 0), Probed(5, model.StatePreparingRebalance), Written(8, 1, "A:0,1,2,3"))
	r := events[len(events)-1].Rebalance
	if r == nil || r.From.String() != "0" || r.To.String() != "1" || r.Began.NotBefore.After(Second(4.95)) || r.Began.NotAfter != Second(5) {
		t.Errorf("%+v; want a beginning that may lie before the first look that could have seen it", r)
	}
}

// Looks that are far apart on a busy machine find the group prepared twice, for two generations.
func TestARebalanceThatBeganBetweenTwoLooksThatSawTheSame(t *testing.T) {
	late := Probed(8, model.StateCompletingRebalance)
	late.Groups[0].Changed.NotBefore = Second(7.5)
	_, events := observe(
		on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Poll(4.9, Classic("A:0,1,2,3")),
		Probed(5, model.StatePreparingRebalance), Written(6, 8, "A:0,1", "B:2,3"), late, Written(8.01, 9, "A:0,1,2,3"),
	)
	r := events[len(events)-1].Rebalance
	if r == nil || r.To.Number != 9 || r.Began.NotBefore.Before(Second(6)) || r.Began.NotBefore.After(Second(6.1)) || r.Began.NotAfter.Before(Second(7.5)) {
		t.Errorf("%+v; want that it began any time after generation 8", r)
	}
}

func TestHistoryTellsWhatWasBefore(t *testing.T) {
	past := Written(-3600, 41, "A:0,1", "B:2,3")
	tr, events := observe(
		on(Second(0)), Poll(0, Classic("A:0,1", "B:2,3")),
		&model.History{At: Second(1), Broker: 1, Group: "g", Records: past.Records, Complete: true},
		Written(5, 42, "A:0,1,2,3"),
	)
	g := tr.View().Group("g")
	r := g.LastRebalance()
	if r == nil || r.From.String() != "41" || r.To.String() != "42" || len(events) == 0 {
		t.Fatalf("the rebalance after is %+v; want 41 → 42", r)
	}
	tr, _ = observe(
		Poll(0, Classic("A:0,1", "B:2,3")),
		&model.History{At: Second(1), Broker: 1, Group: "g", Records: past.Records, Complete: true},
	)
	g = tr.View().Group("g")
	if g.Generation.String() != "41" || g.Leader != 1 || !g.RebalancedAt.Equal(Second(-3600)) || g.LastRebalance() != nil {
		t.Errorf("generation %s, leader %s, rebalanced at %v, %v; want what the record says, and no rebalance of it", g.Generation, g.Leader, g.RebalancedAt, g.LastRebalance())
	}
	if timeout := g.Members[1].SessionTimeout; timeout != model.Some(10*time.Second) {
		t.Errorf("session timeout %s; want the record's", timeout)
	}

	tr, _ = observe(
		Poll(0, Classic("A:0,1,2", "B:3")),
		&model.History{At: Second(1), Broker: 1, Group: "g", Records: past.Records, Complete: true},
	)
	if g = tr.View().Group("g"); g.Generation.Kind == model.GenerationExact {
		t.Errorf("generation %s, but the group owns something else now: another generation has been since", g.Generation)
	}
}
