package model

import (
	"math"
	"testing"
	"time"
)

// near allows for what a float64 cannot hold.
func near(got Maybe[float64], want float64) bool {
	value, known := got.Get()
	return known && math.Abs(value-want) < 1e-6
}

func TestCommitRate(t *testing.T) {
	// every feeds a commit that makes perSecond and is committed each so many seconds, polled each second until the last.
	every := func(perSecond, each, until int64) (h commitHistory) {
		for s := range until + 1 {
			h.add(time.Duration(s)*time.Second, perSecond*(s/each)*each, false)
		}
		return h
	}
	unknown := math.NaN()
	for _, c := range []struct {
		reason   string
		history  commitHistory
		now      int64
		caughtUp bool
		want     float64
	}{
		{"nothing seen", commitHistory{}, 0, false, unknown},
		{"one look shows no rate", every(100, 1, 0), 0, false, unknown},
		{"one step: when the one before was made is not known", every(100, 1, 1), 1, false, unknown},
		{"two steps a second apart", every(100, 1, 2), 2, false, 100},
		{"committed every second", every(100, 1, 60), 60, false, 100},
		{"committed every five seconds, just now", every(100, 5, 60), 60, false, 100},
		{"committed every five seconds, four seconds ago", every(100, 5, 64), 64, false, 100},
		{"committed every three seconds", every(100, 3, 61), 61, false, 100},
		{"six seconds of silence: the rate falls", every(100, 1, 60), 66, false, 100 * 10.0 / 16},
		{"silent for longer than the window", every(100, 1, 60), 75, false, 0},
		{"never stepped, and there is lag: a step may still come", every(0, 1, 5), 5, false, unknown},
		{"never stepped for the whole window", every(0, 1, 10), 10, false, 0},
		{"never stepped, and nothing is left to commit", every(0, 1, 1), 1, true, 0},
	} {
		got := c.history.rate(time.Duration(c.now)*time.Second, c.caughtUp)
		if value, known := got.Get(); known != !math.IsNaN(c.want) || known && math.Abs(value-c.want) > 11 {
			t.Errorf("%s: rate %s, want %f", c.reason, got, c.want)
		}
	}
}

func TestCommitSetBack(t *testing.T) {
	var h commitHistory
	for s := range 20 {
		h.add(time.Duration(s)*time.Second, int64(1000+100*s), false)
	}
	if h.add(20*time.Second, 50, false) {
		t.Error("a commit that was set back counts as an advance")
	}
	if got := h.rate(20*time.Second, false); got.Known() {
		t.Errorf("rate after the offsets were reset is %s, want unknown", got)
	}
	for s := 21; s < 24; s++ {
		h.add(time.Duration(s)*time.Second, int64(50+10*(s-20)), false)
	}
	if got := h.rate(23*time.Second, false); !near(got, 10) {
		t.Errorf("rate %s, want 10, from after the reset only", got)
	}
}

// endsOf is a log end that was polled every second and stood at at(second).
func endsOf(seconds int, at func(second int) int64) *endHistory {
	h := &endHistory{}
	for s := range seconds + 1 {
		h.add(time.Duration(s)*time.Second, at(s))
	}
	return h
}

func TestProduceRate(t *testing.T) {
	steady := func(s int) int64 { return int64(100 * s) }
	idle := func(int) int64 { return 500 }
	stopped := func(s int) int64 { return int64(100 * min(s, 40)) }
	for _, c := range []struct {
		reason string
		h      *endHistory
		now    int
		want   float64
	}{
		{"one look shows no rate", endsOf(0, steady), 0, math.NaN()},
		{"two looks", endsOf(1, steady), 1, 100},
		{"the window", endsOf(30, steady), 30, 100},
		{"an hour and more: thinned out, the same rate", endsOf(5000, steady), 5000, 100},
		{"nothing arrives", endsOf(30, idle), 30, 0},
		{"stopped four seconds ago: six of ten seconds", endsOf(44, stopped), 44, 60},
		{"stopped a minute ago", endsOf(100, stopped), 100, 0},
	} {
		got := c.h.rate(time.Duration(c.now) * time.Second)
		if value, known := got.Get(); known != !math.IsNaN(c.want) || known && math.Abs(value-c.want) > 1e-6 {
			t.Errorf("%s: rate %s, want %f", c.reason, got, c.want)
		}
	}
}

func TestBehind(t *testing.T) {
	steady := func(s int) int64 { return int64(1000 + 100*s) }
	burst := func(s int) int64 { // quiet for a minute, then 500 at once
		if s < 60 {
			return 1000
		}
		return 1500
	}
	quiet := func(int) int64 { return 1000 }
	for _, c := range []struct {
		reason string
		h      *endHistory
		now    int
		offset int64
		want   time.Duration // -1 is unknown
		within time.Duration
		approx bool
	}{
		{"the next record arrived five seconds ago", endsOf(60, steady), 60, 6500, 5 * time.Second, 20 * time.Millisecond, false},
		{"half a second ago: between two polls", endsOf(60, steady), 60, 6950, 500 * time.Millisecond, 20 * time.Millisecond, false},
		{"forty minutes ago, in the thinned part", endsOf(3600, steady), 3600, 1000 + 100*1200, 40 * time.Minute, 10 * time.Second, false},
		{"a burst after a quiet minute: its first record came with it, not a minute before", endsOf(63, burst), 63, 1000, 4 * time.Second, time.Second, false},
		{"before the history: extrapolated by its rate", endsOf(60, steady), 60, 0, 70 * time.Second, time.Second, true},
		{"before the history, and nothing arrived since: unknown", endsOf(60, quiet), 60, 900, -1, 0, false},
		{"at the end there is no next record", endsOf(60, steady), 60, 7000, -1, 0, false},
		{"an extrapolation of a thousand years is none", endsOf(60, func(s int) int64 { return 1<<50 + int64(s/60) }), 60, 0, -1, 0, false},
	} {
		got, approx := c.h.behind(c.offset, time.Duration(c.now)*time.Second)
		age, known := got.Get()
		if known != (c.want >= 0) || known && (age-c.want).Abs() > c.within || approx != c.approx {
			t.Errorf("%s: behind %s, approximate %t; want %s, %t", c.reason, got, approx, c.want, c.approx)
		}
	}
}

func TestEndHistoryIsBounded(t *testing.T) {
	for _, pace := range []time.Duration{100 * time.Millisecond, time.Second, time.Minute} {
		h := &endHistory{}
		for i := range 20_000 {
			h.add(time.Duration(i)*pace, int64(i*i))
			if len(h.samples) > endsKept {
				t.Fatalf("polled each %s: %d samples, want at most %d", pace, len(h.samples), endsKept)
			}
			for j := 1; j < len(h.samples); j++ {
				if h.samples[j-1].at >= h.samples[j].at || h.samples[j-1].offset > h.samples[j].offset {
					t.Fatalf("polled each %s: samples out of order: %v", pace, h.samples)
				}
			}
		}
		if oldest := h.samples[len(h.samples)-1].at - h.samples[0].at; oldest > endsSpan*2 {
			t.Errorf("polled each %s: remembers %s", pace, oldest)
		}
	}
}

// lagging is a group of which produced records a second arrive and consumed are committed past, from second 0 on,
// with a lag of 1000 in the beginning; it is polled until the last second.
func lagging(produced, consumed func(second int) int64, until int, members ...string) *GroupView {
	tr := NewTracker()
	end, commit := int64(100_000), int64(99_000)
	for s := range until + 1 {
		tr.Observe(poll(float64(s), withOffsets(classic(members...), end, commit)))
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
		want               Trend
	}{
		{"less than the window seen", per(100), per(50), 5, []string{"A:0"}, TrendUnknown},
		{"more arrives than is read", per(100), per(50), 30, []string{"A:0"}, TrendGrowing},
		{"more is read than arrives", per(100), per(110), 30, []string{"A:0"}, TrendFalling},
		{"a little more arrives than is read, always", per(1000), per(990), 30, []string{"A:0"}, TrendGrowing},
		{"as much", per(100), per(100), 30, []string{"A:0"}, TrendSteady},
		{"as much, committed in steps of five seconds, just after one", per(100), fives(100), 30, []string{"A:0"}, TrendSteady},
		{"the same, just before one", per(100), fives(100), 34, []string{"A:0"}, TrendSteady},
		{"nothing arrives, nothing is read, there is lag and an owner", per(0), per(0), 30, []string{"A:0"}, TrendStalled},
		{"it arrives, nothing is read", per(100), per(0), 30, []string{"A:0"}, TrendStalled},
		{"nothing is read because nobody owns anything: it is not stuck, it is not there", per(100), per(0), 30, nil, TrendGrowing},
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
	if !near(g.ProduceRate, 100) || !near(p.ProduceRate, 100) {
		t.Errorf("produce rate %s, of the partition %s; want 100", g.ProduceRate, p.ProduceRate)
	}
	if !near(g.ConsumeRate, 40) || !near(p.ConsumeRate, 40) || !near(g.Members[0].ConsumeRate, 40) {
		t.Errorf("consume rate %s, of the partition %s, of A %s; want 40", g.ConsumeRate, p.ConsumeRate, g.Members[0].ConsumeRate)
	}
	if !p.CommittedAt.Equal(second(30)) {
		t.Errorf("committed at %s, want at the last poll", p.CommittedAt)
	}
	// 1000 + 30 × 60 records of lag: 28 seconds' worth, all of which regroup saw arrive.
	if behind := g.Behind.Or(-1); (behind-28*time.Second).Abs() > 200*time.Millisecond || g.BehindApprox {
		t.Errorf("behind %s (approximate: %t), want 28 s from the history", g.Behind, g.BehindApprox)
	}
}

func TestCaughtUpIsNotBehind(t *testing.T) {
	tr, _ := observe(poll(0, withOffsets(classic("A:0"), 100, 100)))
	if g := tr.View().Group("g"); g.Behind != Some(time.Duration(0)) || g.BehindApprox {
		t.Errorf("behind %s, want 0 s at the first look", g.Behind)
	}
}

func TestSkewIdleUnowned(t *testing.T) {
	for _, c := range []struct {
		reason        string
		group         Group
		skew          Maybe[float64]
		idle, unowned int
	}{
		{"even", classic("A:0,1", "B:2,3"), Some(1.0), 0, 0},
		{"three to one, the mean is two", classic("A:0,1,2", "B:3"), Some(1.5), 0, 0},
		{"more members than partitions: those left over are idle", classic("A:0,1,2,3", "B:", "C:"), Some(3.0), 2, 0},
		{"a subscribed partition that nobody owns", classic("A:0", "B:1,2"), Some(4.0 / 3), 0, 1},
		{"nobody there: nobody is idle, and nothing is subscribed to", classic(), None[float64](), 0, 0},
		{"an assignment that cannot be read may be of any size", classic("A:0", "B:?"), None[float64](), 0, 0},
		{"nobody owns anything: there is no mean to compare with", classic("A:"), None[float64](), 1, 4},
		{"between owners nothing of this can be said", rebalancing(StatePreparingRebalance, "A", "B"), None[float64](), 0, 0},
	} {
		tr, _ := observe(poll(0, c.group))
		g := tr.View().Group("g")
		if g.Skew != c.skew || g.Idle != c.idle || g.Unowned != c.unowned {
			t.Errorf("%s: skew %s, idle %d, unowned %d; want %s, %d, %d", c.reason, g.Skew, g.Idle, g.Unowned, c.skew, c.idle, c.unowned)
		}
	}
}

func TestCommittedAt(t *testing.T) {
	noCommit := func(g Group) Group { g.Partitions[0].Committed = None[int64](); return g }
	at := func(commit int64) Group { return withOffsets(classic("A:0"), 100, commit) }
	for _, c := range []struct {
		reason string
		polls  []Observation
		want   Maybe[float64] // the second
	}{
		{"a commit that was there is of an unknown time", []Observation{poll(0, at(50)), poll(1, at(50))}, None[float64]()},
		{"the first commit, made while regroup looks", []Observation{poll(0, noCommit(at(0))), poll(1, at(50)), poll(2, at(50))}, Some(1.0)},
		{"one that advanced", []Observation{poll(0, at(50)), poll(1, at(50)), poll(2, at(60)), poll(3, at(60))}, Some(2.0)},
		{"one that was set back did not advance", []Observation{poll(0, at(50)), poll(1, at(60)), poll(2, at(10))}, Some(1.0)},
	} {
		tr, _ := observe(c.polls...)
		got := tr.View().Group("g").Partitions[0].CommittedAt
		if seconds, known := c.want.Get(); known && !got.Equal(second(seconds)) || !known && !got.IsZero() {
			t.Errorf("%s: committed at %s, want second %s", c.reason, got, c.want)
		}
	}
}
