package lag

import "regroup/model"

// CommitsKept bounds the samples of a partition's commits: one for each fifth of the RateWindow, and one for either end.
const CommitsKept = 6

// CommitHistory is a group's committed offset of a partition over time. It advances in steps (every five seconds by
// default): a rate from step to step does not depend on where between two steps the window happens to begin.
type CommitHistory struct {
	samples [CommitsKept]offsetAt
	n       int8
	// initial: samples[0] is the commit as regroup first saw it, and no step.
	initial bool
}

// Reset forgets everything: the commit is unknown, or belongs to another topic.
func (h *CommitHistory) Reset() { h.n = 0 }

// Add takes the commit that a poll saw and reports whether it advanced. stepped: a commit that is seen for the first time
// was made since the previous observation.
func (h *CommitHistory) Add(at Instant, committed int64, stepped bool) bool {
	if h.n == 0 {
		h.samples[0], h.n, h.initial = offsetAt{at, committed}, 1, !stepped
		return stepped
	}
	last := h.samples[h.n-1]
	switch {
	case committed == last.offset || at < last.at:
		return false
	case committed < last.offset: // the group was reset to an earlier offset
		h.samples[0], h.n, h.initial = offsetAt{at, committed}, 1, true
		return false
	}
	steps := h.n
	if h.initial {
		steps--
	}
	if steps > 1 && last.at-h.samples[h.n-2].at < model.RateWindow/5 {
		h.n-- // too close to the previous sample: this one replaces it
	}
	if h.n == CommitsKept {
		h.dropOldest()
	}
	h.samples[h.n] = offsetAt{at, committed}
	h.n++
	for h.n > 2 && (h.initial || h.samples[0].at < at-model.RateWindow) {
		h.dropOldest()
	}
	return true
}

func (h *CommitHistory) dropOldest() {
	copy(h.samples[:], h.samples[1:h.n])
	h.n--
	h.initial = false
}

// Rate is the offsets a second by which the commit advanced in the RateWindow before now. caughtUp: nothing is left to
// commit.
func (h *CommitHistory) Rate(now Instant, caughtUp bool) model.Maybe[float64] {
	if h.n == 0 {
		return model.None[float64]()
	}
	first, last := h.samples[0], h.samples[h.n-1]
	silence := now - last.at
	switch {
	case silence >= model.RateWindow && silence > last.at-first.at:
		return model.Some(0.0)
	case h.n == 1 && h.initial && caughtUp && silence >= shortestRate:
		return model.Some(0.0) // no step can be due
	case h.n == 1 || h.initial:
		return model.None[float64]()
	}
	until := last.at
	if silence > model.RateWindow/2 {
		until = now
	}
	if until-first.at < shortestRate {
		return model.None[float64]()
	}
	return model.Some(float64(last.offset-first.offset) / (until - first.at).Seconds())
}
