package cause

import (
	"fmt"
	"strconv"
	"time"

	"regroup/model"
)

// span is a duration, or a time relative to another, that is known to lie between two bounds.
type span struct{ least, most time.Duration }

// between is the time from one moment to another; negative where the second came first.
func between(from, to model.Moment) span {
	return span{least: to.NotBefore.Sub(from.NotAfter), most: to.NotAfter.Sub(from.NotBefore)}
}

// overlaps reports whether two spans have a value in common.
func (s span) overlaps(other span) bool { return s.most >= other.least && s.least <= other.most }

// unbounded is longer than anything whose beginning regroup sees: a duration that began at an unknown time has no
// upper bound.
const unbounded = 365 * 24 * time.Hour

func (s span) String() string {
	switch least, most := durationWords(s.least), durationWords(s.most); {
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

// durationWords is a duration in a sentence: "120 ms", "10.4 s", "5 min", "2.5 h".
func durationWords(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return oneDecimal(d.Seconds()) + " s"
	case d < 2*time.Hour:
		return oneDecimal(d.Minutes()) + " min"
	}
	return oneDecimal(d.Hours()) + " h"
}

// oneDecimal is a number with one decimal, unless that is 0.
func oneDecimal(n float64) string {
	return strconv.FormatFloat(float64(int64(n*10+0.5))/10, 'f', -1, 64)
}

// count is "1 partition" or "2 partitions".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// verb is the form of a verb for a subject of n things.
func verb(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}
