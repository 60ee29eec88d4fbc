package lag

import (
	"time"

	"regroup/model/ring"
)

// Instant is a moment counted from the tracker's first observation. Differences of time.Time follow the monotonic
// clock where there is one, so a wall clock that is set back neither reorders observations nor bends a rate.
type Instant = time.Duration

// UnknownSample stands for an unknown lag in a history.
const UnknownSample int64 = -1

// History is a row of samples, one a step of time.
type History struct {
	Samples ring.Ring[int64]
	Step    int64 // the number of the newest sample's step
	run     int   // how many samples at the end are equal
}

// Add takes the sample of the step that at lies in, and says whether what newest hands out changed. Each step keeps its
// first sample. Steps without one repeat the sample before if there are at most bridge of them (the source polls
// more slowly than the step), and are unknown if there are more (the source was away).
func (h *History) Add(at Instant, value, bridge int64, every time.Duration, kept int) bool {
	step := int64(at / every)
	if len(h.Samples.Items) > 0 {
		if step <= h.Step {
			return false
		}
		missing := step - h.Step - 1
		filler := UnknownSample
		if missing <= bridge {
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

// push appends a sample. A history that is full of one value does not change by the same value again: a group in which
// nothing happens stays the same value from view to view, and costs nothing.
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

// Bridged is how many steps without a sample a source explains that pauses for interval and takes took: the pause may
// be about to double as it backs off.
func Bridged(interval, took, every time.Duration) int64 {
	return int64((2*interval+took)/every) + 1
}
