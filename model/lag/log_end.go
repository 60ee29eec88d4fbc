package lag

import (
	"slices"
	"sort"
	"time"

	"regroup/model"
)

// What the history of a log end keeps. Older samples are farther apart, so that an hour fits in a few dozen of them.
const (
	EndsKept = 32
	endsSpan = time.Hour
	// endsSpread: compaction leaves samples that are at least their age divided by endsSpread apart.
	endsSpread = 3
)

// offsetAt is an offset that was observed at an instant.
type offsetAt struct {
	at     Instant
	offset int64
}

// LogEndHistory is the log end of a partition over time, linear between samples. All groups that consume the partition
// share it.
type LogEndHistory struct{ Samples []offsetAt }

// Add takes the log end that a poll saw. It returns false where the log end went back, which restarts the history.
func (h *LogEndHistory) Add(at Instant, end int64) bool {
	n := len(h.Samples)
	if n > 0 {
		last := &h.Samples[n-1]
		switch {
		case at <= last.at:
			return true // added for another group already
		case end < last.offset:
			h.Samples = append(h.Samples[:0], offsetAt{at, end})
			return false
		case n > 1 && end == last.offset && end == h.Samples[n-2].offset:
			last.at = at // a constant log end is kept as its first and its last sample
			return true
		}
	}
	if n >= EndsKept {
		h.compact(at)
	}
	h.Samples = append(h.Samples, offsetAt{at, end})
	return true
}

// compact drops old samples, and enough of them that it is rarely needed.
func (h *LogEndHistory) compact(now Instant) {
	n := len(h.Samples)
	kept := make([]offsetAt, 0, n)
	kept = append(kept, h.Samples[n-1])
	for i := n - 2; i >= 0; i-- {
		s := h.Samples[i]
		if now-s.at > endsSpan {
			break
		}
		if kept[len(kept)-1].at-s.at >= (now-s.at)/endsSpread || i == 0 {
			kept = append(kept, s)
		}
	}
	// A source that polls more often than once a second fills the history with recent samples only: drop every other one.
	for len(kept) > EndsKept*3/4 {
		thinned := kept[:1]
		for i := 2; i < len(kept); i += 2 {
			thinned = append(thinned, kept[i])
		}
		kept = thinned
	}
	slices.Reverse(kept)
	h.Samples = append(h.Samples[:0], kept...)
}

// shortestRate is the shortest time over which a rate is computed: over less it would show little but the jitter of polls.
const shortestRate = 500 * time.Millisecond

// Rate is the records a second that were produced in the RateWindow before now.
func (h *LogEndHistory) Rate(now Instant) model.Maybe[float64] {
	n := len(h.Samples)
	if n < 2 {
		return model.None[float64]()
	}
	last := h.Samples[n-1]
	since, from := h.Samples[0].at, float64(h.Samples[0].offset)
	if begin := now - model.RateWindow; begin > since {
		since, from = begin, h.endAt(begin)
	}
	if now-since < shortestRate {
		return model.None[float64]()
	}
	return model.Some(max(0, float64(last.offset)-from) / (now - since).Seconds())
}

// endAt is the log end at an instant not before the first sample.
func (h *LogEndHistory) endAt(at Instant) float64 {
	i := sort.Search(len(h.Samples), func(i int) bool { return h.Samples[i].at > at })
	if i == len(h.Samples) {
		return float64(h.Samples[i-1].offset)
	}
	before, after := h.Samples[i-1], h.Samples[i]
	part := float64(at-before.at) / float64(after.at-before.at)
	return float64(before.offset) + part*float64(after.offset-before.offset)
}

// oldestAge limits extrapolation: an age beyond it is unknown.
const oldestAge = 365 * 24 * time.Hour

// Age is how old the record at an offset below the log end is: the time since the log end passed it. If that was before
// the history began, it is extrapolated by the rate over the whole history, and approx is true. It is unknown if nothing
// was produced since.
func (h *LogEndHistory) Age(offset int64, now Instant) (age model.Maybe[time.Duration], approx bool) {
	n := len(h.Samples)
	i := sort.Search(n, func(i int) bool { return h.Samples[i].offset > offset })
	if i == n {
		return model.None[time.Duration](), false
	}
	if i > 0 {
		before, after := h.Samples[i-1], h.Samples[i]
		part := float64(offset+1-before.offset) / float64(after.offset-before.offset)
		passed := before.at + time.Duration(part*float64(after.at-before.at))
		return model.Some(max(0, now-passed)), false
	}
	first, last := h.Samples[0], h.Samples[n-1]
	if last.offset == first.offset || last.at-first.at < shortestRate {
		return model.None[time.Duration](), false
	}
	rate := float64(last.offset-first.offset) / float64(last.at-first.at) // records a nanosecond
	before := float64(first.offset-offset) / rate
	if before > float64(oldestAge) {
		return model.None[time.Duration](), false
	}
	return model.Some(now - first.at + time.Duration(before)), true
}
