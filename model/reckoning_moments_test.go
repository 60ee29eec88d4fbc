package model

import (
	"fmt"
	"testing"
	"time"
)

// seconds writes a moment as the seconds since the start of the test, – for what is not known.
func (m Moment) seconds() string {
	bound := func(at time.Time) string {
		if at.IsZero() {
			return "–"
		}
		return fmt.Sprintf("%.4g", at.Sub(second(0)).Seconds())
	}
	return bound(m.NotBefore) + ".." + bound(m.NotAfter)
}

// A picture of who read what needs the moments and not the lengths: they are what the lengths are made of.
func TestBetweenWhichMomentsAPauseLies(t *testing.T) {
	crashed := func() *Rebalance {
		return by(CauseSessionTimedOut, "A", rebalanced(10, 13, 13.012, "0:A>B", "1:B>B"))
	}
	for _, c := range []struct {
		reason    string
		rebalance *Rebalance
		before    []partitionBefore
		then      func(k *reckoning)
		want      string
	}{
		{
			"a crash: A may have read last at its last commit, or until it was removed",
			crashed(), []partitionBefore{knew(commitOf(100, 1), 20)},
			func(k *reckoning) { tailed(k, commitOf(110, 14)) },
			"stopped 1..10 started 13.01..14",
		},
		{
			"B has not committed yet: it may read or not",
			crashed(), []partitionBefore{knew(commitOf(100, 1), 20)}, nil,
			"stopped 1..10 started 13.01..–",
		},
		{
			"no commit of A was ever seen",
			crashed(), nil, nil,
			"stopped –..10 started 13.01..–",
		},
		{
			"C came: A read until it noticed, and had stopped when all had joined",
			by(CauseMemberJoined, "", rebalanced(10, 13, 13.012, "0:A>B", "1:A>A")), []partitionBefore{knew(commitOf(100, 5), 20)},
			func(k *reckoning) { tailed(k, commitOf(110, 18)) },
			"stopped 10..13 started 13.01..18",
		},
		{
			"KIP-848 by polls alone: it changed hands at some time meanwhile",
			consumerGroup(by(CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))),
			[]partitionBefore{knew(commitOf(100, 8), 20)},
			func(k *reckoning) { tailed(k, commitOf(120, 26)) },
			"stopped 10..– started 10..26",
		},
	} {
		k := newReckoning(c.rebalance, c.before, nil)
		if c.then != nil {
			c.then(k)
		}
		cost, _ := k.cost(second(30))
		p := cost.Pauses[0]
		if got := "stopped " + p.Stopped.seconds() + " started " + p.Started.seconds(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got, c.want)
		}
	}
}
