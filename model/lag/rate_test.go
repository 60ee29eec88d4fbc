package lag

import (
	"math"
	"testing"
	"time"

	. "regroup/model/modeltest"
)

func TestCommitRate(t *testing.T) {
	// every feeds a commit that makes perSecond and is committed each so many seconds, polled each second until the last.
	every := func(perSecond, each, until int64) (h CommitHistory) {
		for s := range until + 1 {
			h.Add(time.Duration(s)*time.Second, perSecond*(s/each)*each, false)
		}
		return h
	}
	unknown := math.NaN()
	for _, c := range []struct {
		reason   string
		history  CommitHistory
		now      int64
		caughtUp bool
		want     float64
	}{
		{"nothing seen", CommitHistory{}, 0, false, unknown},
		{"one poll shows no rate", every(100, 1, 0), 0, false, unknown},
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
		got := c.history.Rate(time.Duration(c.now)*time.Second, c.caughtUp)
		if value, known := got.Get(); known != !math.IsNaN(c.want) || known && math.Abs(value-c.want) > 11 {
			t.Errorf("%s: rate %s, want %f", c.reason, got, c.want)
		}
	}
}

func TestCommitSetBack(t *testing.T) {
	var h CommitHistory
	for s := range 20 {
		h.Add(time.Duration(s)*time.Second, int64(1000+100*s), false)
	}
	if h.Add(20*time.Second, 50, false) {
		t.Error("a commit that was set back counts as an advance")
	}
	if got := h.Rate(20*time.Second, false); got.Known() {
		t.Errorf("rate after the offsets were reset is %s, want unknown", got)
	}
	for s := 21; s < 24; s++ {
		h.Add(time.Duration(s)*time.Second, int64(50+10*(s-20)), false)
	}
	if got := h.Rate(23*time.Second, false); !Near(got, 10) {
		t.Errorf("rate %s, want 10, from after the reset only", got)
	}
}

// endsOf is a log end that was polled every second and stood at at(second).
func endsOf(seconds int, at func(second int) int64) *LogEndHistory {
	h := &LogEndHistory{}
	for s := range seconds + 1 {
		h.Add(time.Duration(s)*time.Second, at(s))
	}
	return h
}

func TestProduceRate(t *testing.T) {
	steady := func(s int) int64 { return int64(100 * s) }
	idle := func(int) int64 { return 500 }
	stopped := func(s int) int64 { return int64(100 * min(s, 40)) }
	for _, c := range []struct {
		reason string
		h      *LogEndHistory
		now    int
		want   float64
	}{
		{"one poll shows no rate", endsOf(0, steady), 0, math.NaN()},
		{"two polls", endsOf(1, steady), 1, 100},
		{"the window", endsOf(30, steady), 30, 100},
		{"an hour and more: thinned out, the same rate", endsOf(5000, steady), 5000, 100},
		{"nothing arrives", endsOf(30, idle), 30, 0},
		{"stopped four seconds ago: six of ten seconds", endsOf(44, stopped), 44, 60},
		{"stopped a minute ago", endsOf(100, stopped), 100, 0},
	} {
		got := c.h.Rate(time.Duration(c.now) * time.Second)
		if value, known := got.Get(); known != !math.IsNaN(c.want) || known && math.Abs(value-c.want) > 1e-6 {
			t.Errorf("%s: rate %s, want %f", c.reason, got, c.want)
		}
	}
}

func TestAge(t *testing.T) {
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
		h      *LogEndHistory
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
		{"an extrapolation of a thousand years is unknown", endsOf(60, func(s int) int64 { return 1<<50 + int64(s/60) }), 60, 0, -1, 0, false},
	} {
		got, approx := c.h.Age(c.offset, time.Duration(c.now)*time.Second)
		age, known := got.Get()
		if known != (c.want >= 0) || known && (age-c.want).Abs() > c.within || approx != c.approx {
			t.Errorf("%s: age %s, approximate %t; want %s, %t", c.reason, got, approx, c.want, c.approx)
		}
	}
}

func TestEndHistoryIsBounded(t *testing.T) {
	for _, pace := range []time.Duration{100 * time.Millisecond, time.Second, time.Minute} {
		h := &LogEndHistory{}
		for i := range 20_000 {
			h.Add(time.Duration(i)*pace, int64(i*i))
			if len(h.Samples) > EndsKept {
				t.Fatalf("polled each %s: %d samples, want at most %d", pace, len(h.Samples), EndsKept)
			}
			for j := 1; j < len(h.Samples); j++ {
				if h.Samples[j-1].at >= h.Samples[j].at || h.Samples[j-1].offset > h.Samples[j].offset {
					t.Fatalf("polled each %s: samples out of order: %v", pace, h.Samples)
				}
			}
		}
		if oldest := h.Samples[len(h.Samples)-1].at - h.Samples[0].at; oldest > endsSpan*2 {
			t.Errorf("polled each %s: remembers %s", pace, oldest)
		}
	}
}
