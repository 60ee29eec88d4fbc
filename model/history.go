package model

import "time"

// instant is a moment counted from the tracker's first observation. Differences of time.Time follow the monotonic
// clock where there is one, so a wall clock that is set back neither reorders observations nor bends a rate.
type instant = time.Duration

// tail holds the newest of what was appended. Slices that it hands out stay as they are: it writes only behind them,
// and moves on to a new array when the old one is full.
type tail[T any] struct{ items []T }

// add appends an item and forgets what is older than the newest kept ones.
func (t *tail[T]) add(item T, kept int) {
	if n := len(t.items); n >= kept && n == cap(t.items) {
		fresh := make([]T, kept-1, kept+kept/2)
		copy(fresh, t.items[n-kept+1:])
		t.items = fresh
	}
	t.items = append(t.items, item)
}

// replace changes the item at i for those who ask from now on.
func (t *tail[T]) replace(i int, change func(T) T) {
	fresh := make([]T, len(t.items), cap(t.items))
	copy(fresh, t.items)
	fresh[i] = change(fresh[i])
	t.items = fresh
}

// newest hands out at most kept items, oldest first.
func (t *tail[T]) newest(kept int) []T {
	n := len(t.items)
	return t.items[max(0, n-kept):n:n]
}

// unknownSample stands for an unknown lag in a history.
const unknownSample int64 = -1

// history is a row of samples, one a step of time.
type history struct {
	samples tail[int64]
	step    int64 // the number of the newest sample's step
	run     int   // how many samples at the end are equal
}

// add takes the sample of the step that at lies in, and says whether what newest hands out changed. Each step keeps its
// first sample. Steps without one repeat the sample before if there are at most bridge of them (the source polls
// more slowly than the step), and are unknown if there are more (the source was away).
func (h *history) add(at instant, value, bridge int64, every time.Duration, kept int) bool {
	step := int64(at / every)
	if len(h.samples.items) > 0 {
		if step <= h.step {
			return false
		}
		missing := step - h.step - 1
		filler := unknownSample
		if missing <= bridge {
			filler = h.samples.items[len(h.samples.items)-1]
		}
		changed := false
		for range min(missing, int64(kept)) {
			changed = h.push(filler, kept) || changed
		}
		h.step = step
		return h.push(value, kept) || changed
	}
	h.step = step
	return h.push(value, kept)
}

// push appends a sample. A history that is full of one value does not change by the same value again: a group in which
// nothing happens stays the same value from view to view, and costs nothing.
func (h *history) push(value int64, kept int) bool {
	if n := len(h.samples.items); n > 0 && h.samples.items[n-1] == value {
		if h.run >= kept {
			return false
		}
		h.run++
	} else {
		h.run = 1
	}
	h.samples.add(value, kept)
	return true
}

// bridged is how many steps without a sample a source explains that pauses for interval and takes took: the pause may
// be about to double as it backs off.
func bridged(interval, took, every time.Duration) int64 {
	return int64((2*interval+took)/every) + 1
}
