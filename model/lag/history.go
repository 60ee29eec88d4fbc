package lag

import (
	"time"

	"regroup/model/ring"
)

// Instant is a moment counted from the tracker's first observation. Differences of time.Time follow the monotonic
// clock where there is one, so a wall clock that is set back neither reorders observations nor bends a rate.
type Instant = time.Duration

// UnknownLag stands for an unknown lag in a history.
const UnknownLag int64 = -1

// History is a series of samples, one for each step of time.
type History struct {
	Samples ring.Ring[int64]
	Step    int64 // the number of the newest sample's step
	run     int   // how many samples at the end are equal
}

// Add takes the sample of the step that at lies in, and reports whether the newest samples changed. Each step keeps its
// first sample. Up to gap steps in a row without a sample repeat the sample before (the source polls more slowly than the
// step); more of them are unknown (the source was away).
func (h *History) Add(at Instant, value, gap int64, every time.Duration, kept int) bool {
	step := int64(at / every)
	if len(h.Samples.Items) > 0 {
		if step <= h.Step {
			return false
		}
		missing := step - h.Step - 1
		filler := UnknownLag
		if missing <= gap {
			filler = h.Samples.Items[len(h.Samples.Items)-1]
		}
		changed := false
		for range min(missing, int64(kept)) {
			changed = h.push(filler, kept) || changed
		}
		h.Step = step
		return h.push(value, kept) || changed
	}
	h.Step = step
	return h.push(value, kept)
}

// push appends a sample. A history that is full of one value does not change by the same value again: an idle group keeps
// its view and costs nothing.
func (h *History) push(value int64, kept int) bool {
	if n := len(h.Samples.Items); n > 0 && h.Samples.Items[n-1] == value {
		if h.run >= kept {
			return false
		}
		h.run++
	} else {
		h.run = 1
	}
	h.Samples.Add(value, kept)
	return true
}

// ExpectedGap is how many steps without a sample the pace of polling explains: polls start an interval after the last one
// ended, and the interval may be about to double as the source backs off.
func ExpectedGap(interval, took, every time.Duration) int64 {
	return int64((2*interval+took)/every) + 1
}
