package cause

import (
	"fmt"
	"strconv"
	"time"

	"regroup/model"
)

// spoken is a duration as a sentence says it: "120 ms", "10.4 s", "5 min", "2.5 h".
func spoken(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return tenths(d.Seconds()) + " s"
	case d < 2*time.Hour:
		return tenths(d.Minutes()) + " min"
	}
	return tenths(d.Hours()) + " h"
}

// tenths is a number with one decimal, unless that is 0.
func tenths(n float64) string {
	return strconv.FormatFloat(float64(int64(n*10+0.5))/10, 'f', -1, 64)
}

// spokenSpan is a duration that lies between two bounds. One that began at no known time has no upper bound.
func spokenSpan(s span) string {
	switch least, most := spoken(s.least), spoken(s.most); {
	case s.most > unbounded && s.least <= 0:
		return "some time"
	case s.most > unbounded:
		return "at least " + least
	case least == most:
		return least
	case s.least <= 0:
		return "at most " + most
	default:
		return least + " to " + most
	}
}

// unbounded is longer than anything that regroup sees the beginning of.
const unbounded = 365 * 24 * time.Hour

// count is a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// verb is the form of a verb that goes with so many.
func verb(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// span is a stretch of time whose length is known to lie between two bounds, or a window that one may lie in.
type span struct{ least, most time.Duration }

// between is the time from one moment to another; negative where the other came first.
func between(from, to model.Moment) span {
	return span{least: to.NotBefore.Sub(from.NotAfter), most: to.NotAfter.Sub(from.NotBefore)}
}

// meets says that a length may lie in a window.
func (s span) meets(window span) bool { return s.most >= window.least && s.least <= window.most }
