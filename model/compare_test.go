package model

import (
	"testing"
	"time"
)

// movedIn is a rebalance from one moment to another, with a pause of each partition that moved.
func movedIn(from, joined, to float64, before, after Assignment, cause Cause) *Rebalance {
	r := &Rebalance{
		Type: TypeClassic, AtLeast: 1, SeenAt: second(to), Before: before, After: after, Verdict: Verdict{Cause: cause, Confidence: Certain},
		Began: Moment{second(from), second(from + 0.1)}, JoinEnded: Exactly(second(joined)), Ended: Exactly(second(to)),
	}
	for _, tp := range r.After.Partitions() {
		if before[tp] != after[tp] {
			r.Cost.Pauses = append(r.Cost.Pauses, Pause{
				TopicPartition: tp, Stopped: Moment{second(from - 0.5), second(from + 0.2)}, Started: Moment{second(to), second(to + 1)},
			})
		}
	}
	return r
}

func ownedBy(lanes ...Lane) Assignment {
	a := Assignment{}
	for i, lane := range lanes {
		a[TopicPartition{"orders", int32(i)}] = lane
	}
	return a
}

func TestCompare(t *testing.T) {
	ab, abc := ownedBy(1, 1, 2, 2), ownedBy(1, 1, 2, 3)
	three := make([]PartitionView, 4)
	joined := movedIn(10, 12, 12.1, ab, abc, CauseMemberJoined)
	restart := movedIn(10, 12, 12.1, abc, abc, CauseMemberRestarted)
	restart.AtLeast = 0
	half := movedIn(10, 11, 11.1, ab, ownedBy(1, 1, 2, Nobody), CauseMemberJoined)
	delete(half.After, TopicPartition{"orders", 3})
	half.Cost.Pauses = []Pause{{TopicPartition: TopicPartition{"orders", 3}, Stopped: Moment{second(10.5), second(11.2)}}}
	// regroup began to look when it was under way already.
	before := movedIn(10, 12, 12.1, ab, abc, CauseMemberJoined)
	before.Began.NotBefore = time.Time{}
	before.Cost.Pauses[0].Stopped.NotBefore = time.Time{}
	emptied := movedIn(10, 12, 12.1, ab, nil, CauseSessionTimedOut)
	for _, tp := range ab.Partitions() { // nobody has them 14 s after, either
		emptied.Cost.Pauses = append(emptied.Cost.Pauses, Pause{
			TopicPartition: tp, Stopped: Moment{second(9.5), second(10.2)}, Started: Moment{NotBefore: second(14)},
		})
	}
	follow := movedIn(11.2, 13, 13.1, half.After, abc, CauseCooperativeFollowUp)
	for _, c := range []struct {
		why             string
		group           GroupView
		since           time.Time
		moved, stopped  int
		whole           bool
		atLeast, atMost time.Duration // of the longest
	}{
		{"an eager group stops as a whole", GroupView{Type: TypeClassic, Assignor: "range", Rebalances: []*Rebalance{joined}}, second(0), 1, 4, true, 1900 * time.Millisecond, 3600 * time.Millisecond},
		{"a cooperative one only what moves", GroupView{Type: TypeClassic, Assignor: "cooperative-sticky", Rebalances: []*Rebalance{joined}}, second(0), 1, 1, false, 1900 * time.Millisecond, 3600 * time.Millisecond},
		{"its halves are one: taken in the first, given in the second", GroupView{Type: TypeClassic, Assignor: "cooperative-sticky", Rebalances: []*Rebalance{half, follow}}, second(0), 1, 1, false, 1900 * time.Millisecond, 3600 * time.Millisecond},
		{"a static member that comes back stops nobody", GroupView{Type: TypeClassic, Assignor: "range", Rebalances: []*Rebalance{restart}}, second(0), 0, 0, false, 0, 0},
		{"a beginning that was not seen is not made up", GroupView{Type: TypeClassic, Assignor: "range", Rebalances: []*Rebalance{before}}, time.Time{}, 1, 4, true, 1900 * time.Millisecond, 2900 * time.Millisecond},
		{"the last member has gone, and with it who reads", GroupView{Type: TypeClassic, Assignor: "", Rebalances: []*Rebalance{emptied}}, second(0), 4, 4, false, 3800 * time.Millisecond, 4500 * time.Millisecond},
		{"the cooperative halves left one to nobody", GroupView{Type: TypeClassic, Assignor: "cooperative-sticky", Rebalances: []*Rebalance{half}}, second(0), 1, 1, false, 0, 700 * time.Millisecond},
		{"what was before does not count", GroupView{Type: TypeClassic, Assignor: "range", Rebalances: []*Rebalance{joined}}, second(13), 0, 0, false, 0, 0},
		{"nothing was seen", GroupView{}, second(0), 0, 0, false, 0, 0},
	} {
		c.group.Partitions = three
		got := Compare(&c.group, c.since)
		if got.Moved != c.moved || got.Stopped != c.stopped || got.Of != 4 || (got.Whole.Count > 0) != c.whole || got.Longest.AtLeast() != c.atLeast || got.Longest.AtMost() != c.atMost {
			t.Errorf("%s: %d moved, %d stopped, longest %s to %s: %+v", c.why, got.Moved, got.Stopped, got.Longest.AtLeast(), got.Longest.AtMost(), got)
		}
		for _, row := range got.Rows {
			if seen := !got.Rebalances[0].Began.NotBefore.IsZero(); row.Earlier == seen || row.From < -time.Minute {
				t.Errorf("%s: a row from %s, earlier %t", c.why, row.From, row.Earlier)
			}
		}
	}
}
