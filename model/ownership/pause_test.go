package ownership

import (
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

// A picture of who read what needs the moments and not the lengths: they are what the lengths are made of.
func TestBetweenWhichMomentsAPauseLies(t *testing.T) {
	crashed := func() *model.Rebalance {
		return by(model.CauseSessionTimeout, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B"))
	}
	for _, c := range []struct {
		reason    string
		rebalance *model.Rebalance
		before    []PartitionBefore
		then      func(k *CostTracker)
		want      string
	}{
		{
			"a crash: A may have read last at its last commit, or until it was removed",
			crashed(), []PartitionBefore{knew(commitOf(100, 1), 20)},
			func(k *CostTracker) { tailed(k, commitOf(110, 14)) },
			"stopped 1..10 started 13.01..14",
		},
		{
			"B has not committed yet: it may read or not",
			crashed(), []PartitionBefore{knew(commitOf(100, 1), 20)}, nil,
			"stopped 1..10 started 13.01..–",
		},
		{
			"no commit of A was ever seen",
			crashed(), nil, nil,
			"stopped –..10 started 13.01..–",
		},
		{
			"C came: A read until it noticed, and had stopped when all had joined",
			by(model.CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>B", "1:A>A")), []PartitionBefore{knew(commitOf(100, 5), 20)},
			func(k *CostTracker) { tailed(k, commitOf(110, 18)) },
			"stopped 10..13 started 13.01..18",
		},
		{
			"KIP-848 by polls alone: it changed hands at some time meanwhile",
			consumerGroup(by(model.CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]PartitionBefore{knew(commitOf(100, 8), 20)},
			func(k *CostTracker) { tailed(k, commitOf(120, 26)) },
			"stopped 10..– started 10..26",
		},
	} {
		k := NewCostTracker(c.rebalance, c.before, nil)
		if c.then != nil {
			c.then(k)
		}
		cost, _ := k.Cost(Second(30))
		p := cost.Pauses[0]
		if got := "stopped " + SecondsOf(p.Stopped) + " started " + SecondsOf(p.Started); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got, c.want)
		}
	}
}
