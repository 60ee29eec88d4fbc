package ownership

import (
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// movedIn is a rebalance from one moment to another, with a pause of each partition that moved.
func movedIn(from, joined, to float64, before, after model.Assignment, cause model.Cause) *model.Rebalance {
	r := &model.Rebalance{
		Type: model.TypeClassic, AtLeast: 1, SeenAt: Second(to), Before: before, After: after, Verdict: model.Verdict{Cause: cause, Confidence: model.Certain},
		Began: model.Moment{NotBefore: Second(from), NotAfter: Second(from + 0.1)}, JoinEnded: model.Exactly(Second(joined)), Ended: model.Exactly(Second(to)),
	}
	for _, tp := range r.After.Partitions() {
		if before[tp] != after[tp] {
			r.Cost.Pauses = append(r.Cost.Pauses, model.Pause{
				TopicPartition: tp, Stopped: model.Moment{NotBefore: Second(from - 0.5), NotAfter: Second(from + 0.2)}, Started: model.Moment{NotBefore: Second(to), NotAfter: Second(to + 1)},
			})
		}
	}
	return r
}

// What kept its owner under an assignor that regroup does not know may have stopped, or not.
func TestCompareOfAnUnknownProtocol(t *testing.T) {
	ab, abc := ownedBy(1, 1, 2, 2), ownedBy(1, 1, 2, 3)
	joined := assignedBy("by-region", movedIn(10, 12, 12.1, ab, abc, model.CauseMemberJoined))
	again := assignedBy("cooperative-sticky", movedIn(12.2, 13, 13.1, abc, abc, model.CauseSecondCooperative))
	restart := assignedBy("by-region", movedIn(10, 12, 12.1, abc, abc, model.CauseMemberRestarted))
	restart.AtLeast = 0
	unseen := assignedBy("by-region", movedIn(10, 12, 12.1, ab, abc, model.CauseMemberJoined))
	unseen.Began.NotBefore = time.Time{}
	for _, c := range []struct {
		why              string
		rebalances       []*model.Rebalance
		stopped, mayStop int
		till             time.Duration // of those that may have stopped
		earlier          bool
	}{
		{"only what moved has stopped for certain", []*model.Rebalance{joined}, 1, 3, 2100 * time.Millisecond, false},
		{"a second half does not say what happened in the first", []*model.Rebalance{joined, again}, 1, 3, 3100 * time.Millisecond, false},
		{"a static member that comes back stops nobody", []*model.Rebalance{restart}, 0, 0, 0, false},
		{"a beginning that was not seen is not made up", []*model.Rebalance{unseen}, 1, 3, 2000 * time.Millisecond, true},
	} {
		g := model.GroupView{Type: model.TypeClassic, Assignor: "by-region", Rebalances: c.rebalances, Partitions: make([]model.PartitionView, 4)}
		got := Compare(&g, Second(0))
		if got.Stopped != c.stopped || got.MayStop != c.mayStop || got.AllStopped.Count > 0 || got.Longest.Kept {
			t.Errorf("%s: %d stopped, %d may have, longest %+v", c.why, got.Stopped, got.MayStop, got.Longest)
		}
		if c.mayStop == 0 {
			continue
		}
		if row := got.Rows[len(got.Rows)-1]; !row.Kept || row.Count != c.mayStop || row.AtLeast() > 0 || row.To != c.till || row.StartUnknown != c.earlier {
			t.Errorf("%s: those that may have stopped are %+v", c.why, row)
		}
	}
}

func ownedBy(lanes ...model.Slot) model.Assignment {
	a := model.Assignment{}
	for i, lane := range lanes {
		a[model.TopicPartition{Topic: "orders", Partition: int32(i)}] = lane
	}
	return a
}

func TestCompare(t *testing.T) {
	ab, abc := ownedBy(1, 1, 2, 2), ownedBy(1, 1, 2, 3)
	three := make([]model.PartitionView, 4)
	joined := movedIn(10, 12, 12.1, ab, abc, model.CauseMemberJoined)
	restart := movedIn(10, 12, 12.1, abc, abc, model.CauseMemberRestarted)
	restart.AtLeast = 0
	half := movedIn(10, 11, 11.1, ab, ownedBy(1, 1, 2, model.Nobody), model.CauseMemberJoined)
	delete(half.After, model.TopicPartition{Topic: "orders", Partition: 3})
	half.Cost.Pauses = []model.Pause{{TopicPartition: model.TopicPartition{Topic: "orders", Partition: 3}, Stopped: model.Moment{NotBefore: Second(10.5), NotAfter: Second(11.2)}}}
	// regroup began to look when it was under way already.
	before := movedIn(10, 12, 12.1, ab, abc, model.CauseMemberJoined)
	before.Began.NotBefore = time.Time{}
	before.Cost.Pauses[0].Stopped.NotBefore = time.Time{}
	emptied := movedIn(10, 12, 12.1, ab, nil, model.CauseSessionTimeout)
	for _, tp := range ab.Partitions() { // nobody has them 14 s after, either
		emptied.Cost.Pauses = append(emptied.Cost.Pauses, model.Pause{
			TopicPartition: tp, Stopped: model.Moment{NotBefore: Second(9.5), NotAfter: Second(10.2)}, Started: model.Moment{NotBefore: Second(14)},
		})
	}
	follow := movedIn(11.2, 13, 13.1, half.After, abc, model.CauseSecondCooperative)
	for _, c := range []struct {
		why             string
		group           model.GroupView
		since           time.Time
		moved, stopped  int
		whole           bool
		atLeast, atMost time.Duration // of the longest
	}{
		{"an eager group stops as a whole", model.GroupView{Type: model.TypeClassic, Assignor: "range", Rebalances: []*model.Rebalance{joined}}, Second(0), 1, 4, true, 1900 * time.Millisecond, 3600 * time.Millisecond},
		{"a cooperative one only what moves", model.GroupView{Type: model.TypeClassic, Assignor: "cooperative-sticky", Rebalances: []*model.Rebalance{joined}}, Second(0), 1, 1, false, 1900 * time.Millisecond, 3600 * time.Millisecond},
		{"its halves are one: taken in the first, given in the second", model.GroupView{Type: model.TypeClassic, Assignor: "cooperative-sticky", Rebalances: []*model.Rebalance{half, follow}}, Second(0), 1, 1, false, 1900 * time.Millisecond, 3600 * time.Millisecond},
		{"a static member that comes back stops nobody", model.GroupView{Type: model.TypeClassic, Assignor: "range", Rebalances: []*model.Rebalance{restart}}, Second(0), 0, 0, false, 0, 0},
		{"a beginning that was not seen is not made up", model.GroupView{Type: model.TypeClassic, Assignor: "range", Rebalances: []*model.Rebalance{before}}, time.Time{}, 1, 4, true, 1900 * time.Millisecond, 2900 * time.Millisecond},
		{"the last member has gone, and with it who reads", model.GroupView{Type: model.TypeClassic, Assignor: "", Rebalances: []*model.Rebalance{emptied}}, Second(0), 4, 4, false, 3800 * time.Millisecond, 4500 * time.Millisecond},
		{"the cooperative halves left one to nobody", model.GroupView{Type: model.TypeClassic, Assignor: "cooperative-sticky", Rebalances: []*model.Rebalance{half}}, Second(0), 1, 1, false, 0, 700 * time.Millisecond},
		{"what was before does not count", model.GroupView{Type: model.TypeClassic, Assignor: "range", Rebalances: []*model.Rebalance{joined}}, Second(13), 0, 0, false, 0, 0},
		{"nothing was seen", model.GroupView{}, Second(0), 0, 0, false, 0, 0},
	} {
		c.group.Partitions = three
		for i, r := range c.group.Rebalances {
			shared := *r // by several of these
			c.group.Rebalances[i] = assignedBy(c.group.Assignor, &shared)
		}
		got := Compare(&c.group, c.since)
		if got.Moved != c.moved || got.Stopped != c.stopped || got.Of != 4 || (got.AllStopped.Count > 0) != c.whole || got.Longest.AtLeast() != c.atLeast || got.Longest.AtMost() != c.atMost {
			t.Errorf("%s: %d moved, %d stopped, longest %s to %s: %+v", c.why, got.Moved, got.Stopped, got.Longest.AtLeast(), got.Longest.AtMost(), got)
		}
		for _, row := range got.Rows {
			if seen := !got.Rebalances[0].Began.NotBefore.IsZero(); row.StartUnknown == seen || row.From < -time.Minute {
				t.Errorf("%s: a row from %s, earlier %t", c.why, row.From, row.StartUnknown)
			}
		}
	}
}
