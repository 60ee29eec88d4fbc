package track

import (
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// lagging is a group of which produced records a second arrive and consumed are committed past, from second 0 on,
// with a lag of 1000 in the beginning; it is polled until the last second.
func lagging(produced, consumed func(second int) int64, until int, members ...string) *model.GroupView {
	tr := NewTracker()
	end, commit := int64(100_000), int64(99_000)
	for s := range until + 1 {
		tr.Observe(Poll(float64(s), WithOffsets(Classic(members...), end, commit)))
		end += produced(s)
		commit += consumed(s)
	}
	return tr.View().Group("g")
}

func TestTrend(t *testing.T) {
	per := func(n int64) func(int) int64 { return func(int) int64 { return n } }
	fives := func(perSecond int64) func(int) int64 { // committed every five seconds
		return func(s int) int64 {
			if s%5 == 4 {
				return 5 * perSecond
			}
			return 0
		}
	}
	for _, c := range []struct {
		reason             string
		produced, consumed func(int) int64
		until              int
		members            []string
		want               model.Trend
	}{
		{"less than the window seen", per(100), per(50), 5, []string{"A:0"}, model.TrendUnknown},
		{"more arrives than is read", per(100), per(50), 30, []string{"A:0"}, model.TrendGrowing},
		{"more is read than arrives", per(100), per(110), 30, []string{"A:0"}, model.TrendFalling},
		{"a little more arrives than is read, always", per(1000), per(990), 30, []string{"A:0"}, model.TrendGrowing},
		{"as much", per(100), per(100), 30, []string{"A:0"}, model.TrendSteady},
		{"as much, committed in steps of five seconds, just after one", per(100), fives(100), 30, []string{"A:0"}, model.TrendSteady},
		{"the same, just before one", per(100), fives(100), 34, []string{"A:0"}, model.TrendSteady},
		{"nothing arrives, nothing is read, there is lag and an owner", per(0), per(0), 30, []string{"A:0"}, model.TrendStalled},
		{"it arrives, nothing is read", per(100), per(0), 30, []string{"A:0"}, model.TrendStalled},
		{"nothing is read because nobody owns anything: it is not stuck, it is not there", per(100), per(0), 30, nil, model.TrendGrowing},
	} {
		g := lagging(c.produced, c.consumed, c.until, c.members...)
		if g.Trend != c.want {
			t.Errorf("%s: trend %q, want %q (history %v)", c.reason, g.Trend, c.want, g.LagHistory)
		}
	}
}

func TestRatesOfAGroup(t *testing.T) {
	g := lagging(func(int) int64 { return 100 }, func(int) int64 { return 40 }, 30, "A:0")
	p := &g.Partitions[0]
	if !Near(g.ProduceRate, 100) || !Near(p.ProduceRate, 100) {
		t.Errorf("produce rate %s, of the partition %s; want 100", g.ProduceRate, p.ProduceRate)
	}
	if !Near(g.ConsumeRate, 40) || !Near(p.ConsumeRate, 40) || !Near(g.Members[0].ConsumeRate, 40) {
		t.Errorf("consume rate %s, of the partition %s, of A %s; want 40", g.ConsumeRate, p.ConsumeRate, g.Members[0].ConsumeRate)
	}
	if !p.CommittedAt.Equal(Second(30)) {
		t.Errorf("committed at %s, want at the last poll", p.CommittedAt)
	}
	// 1000 + 30 × 60 records of lag: 28 seconds' worth, all of which regroup saw arrive.
	if behind := g.Behind.Or(-1); (behind-28*time.Second).Abs() > 200*time.Millisecond || g.BehindApprox {
		t.Errorf("behind %s (approximate: %t), want 28 s from the history", g.Behind, g.BehindApprox)
	}
}

func TestCaughtUpIsNotBehind(t *testing.T) {
	tr, _ := observe(Poll(0, WithOffsets(Classic("A:0"), 100, 100)))
	if g := tr.View().Group("g"); g.Behind != model.Some(time.Duration(0)) || g.BehindApprox {
		t.Errorf("behind %s, want 0 s at the first look", g.Behind)
	}
}

func TestSkewIdleUnowned(t *testing.T) {
	for _, c := range []struct {
		reason        string
		group         model.Group
		skew          model.Maybe[float64]
		idle, unowned int
	}{
		{"even", Classic("A:0,1", "B:2,3"), model.Some(1.0), 0, 0},
		{"three to one, the mean is two", Classic("A:0,1,2", "B:3"), model.Some(1.5), 0, 0},
		{"more members than partitions: those left over are idle", Classic("A:0,1,2,3", "B:", "C:"), model.Some(3.0), 2, 0},
		{"a subscribed partition that nobody owns", Classic("A:0", "B:1,2"), model.Some(4.0 / 3), 0, 1},
		{"nobody there: nobody is idle, and nothing is subscribed to", Classic(), model.None[float64](), 0, 0},
		{"an assignment that cannot be read may be of any size", Classic("A:0", "B:?"), model.None[float64](), 0, 0},
		{"nobody owns anything: there is no mean to compare with", Classic("A:"), model.None[float64](), 1, 4},
		{"between owners nothing of this can be said", Rebalancing(model.StatePreparingRebalance, "A", "B"), model.None[float64](), 0, 0},
	} {
		tr, _ := observe(Poll(0, c.group))
		g := tr.View().Group("g")
		if g.Skew != c.skew || g.Idle != c.idle || g.Unassigned != c.unowned {
			t.Errorf("%s: skew %s, idle %d, unowned %d; want %s, %d, %d", c.reason, g.Skew, g.Idle, g.Unassigned, c.skew, c.idle, c.unowned)
		}
	}
}

func TestCommittedAt(t *testing.T) {
	noCommit := func(g model.Group) model.Group { g.Partitions[0].Committed = model.None[int64](); return g }
	at := func(commit int64) model.Group { return WithOffsets(Classic("A:0"), 100, commit) }
	for _, c := range []struct {
		reason string
		polls  []model.Observation
		want   model.Maybe[float64] // the second
	}{
		{"a commit that was there is of an unknown time", []model.Observation{Poll(0, at(50)), Poll(1, at(50))}, model.None[float64]()},
		{"the first commit, made while regroup looks", []model.Observation{Poll(0, noCommit(at(0))), Poll(1, at(50)), Poll(2, at(50))}, model.Some(1.0)},
		{"one that advanced", []model.Observation{Poll(0, at(50)), Poll(1, at(50)), Poll(2, at(60)), Poll(3, at(60))}, model.Some(2.0)},
		{"one that was set back did not advance", []model.Observation{Poll(0, at(50)), Poll(1, at(60)), Poll(2, at(10))}, model.Some(1.0)},
	} {
		tr, _ := observe(c.polls...)
		got := tr.View().Group("g").Partitions[0].CommittedAt
		if seconds, known := c.want.Get(); known && !got.Equal(Second(seconds)) || !known && !got.IsZero() {
			t.Errorf("%s: committed at %s, want second %s", c.reason, got, c.want)
		}
	}
}
