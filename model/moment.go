package model

import "time"

// Moment is when something happened, as far as it is known: not before one instant and not after another.
// Equal instants are exact.
type Moment struct{ NotBefore, NotAfter time.Time }

// Exactly is a moment that is known to the instant.
func Exactly(at time.Time) Moment { return Moment{NotBefore: at, NotAfter: at} }

// IsZero reports whether nothing is known of the moment.
func (m Moment) IsZero() bool { return m.NotBefore.IsZero() && m.NotAfter.IsZero() }

// Exact reports whether the moment is known to the instant.
func (m Moment) Exact() bool { return !m.IsZero() && m.NotBefore.Equal(m.NotAfter) }

// Earlier is the earlier of two instants; a zero time is not special.
func Earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Later is the later of two instants; a zero time is not special.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Middle is the middle between the bounds, or the only bound that is known.
func (m Moment) Middle() time.Time {
	switch {
	case m.NotBefore.IsZero():
		return m.NotAfter
	case m.NotAfter.IsZero():
		return m.NotBefore
	}
	return m.NotBefore.Add(m.NotAfter.Sub(m.NotBefore) / 2)
}

// Until is the time from a moment to a later one. Neither is negative. It is at least 0 and at most unknown where the
// bounds do not limit it.
func (m Moment) Until(later Moment) (atLeast time.Duration, atMost Maybe[time.Duration]) {
	if !m.NotAfter.IsZero() && !later.NotBefore.IsZero() {
		atLeast = max(0, later.NotBefore.Sub(m.NotAfter))
	}
	if !m.NotBefore.IsZero() && !later.NotAfter.IsZero() {
		atMost = Some(max(atLeast, later.NotAfter.Sub(m.NotBefore)))
	}
	return atLeast, atMost
}
