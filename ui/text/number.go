package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"regroup/model"
)

// Unknown is the sign for what is not known. It is never an empty cell and never 0.
const Unknown = "–"

// Count writes a number with thousands separators: 1,204.
func Count[N int | int32 | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// Plural is a number and its word: "1 member", "2 members".
func Plural[N int | int32 | int64](n N, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return Count(n) + " " + word + "s"
}

// Maybe writes a value that may be unknown.
func Maybe[T any](m model.Maybe[T], write func(T) string) string {
	if v, known := m.Get(); known {
		return write(v)
	}
	return Unknown
}

// Lag writes a lag; ≥ says that a part of it is unknown.
func Lag(lag model.Maybe[int64], incomplete bool) string {
	n, known := lag.Get()
	if !known {
		return Unknown
	}
	if incomplete {
		return "≥" + Count(n)
	}
	return Count(n)
}

// Rate writes records a second: 210/s, 1,204/s, 0.4/s. A rate that would round to nothing without being it is <0.1/s.
func Rate(perSecond float64) string {
	switch {
	case math.IsNaN(perSecond) || math.IsInf(perSecond, 0):
		return Unknown
	case perSecond <= 0:
		return "0/s"
	case perSecond < 0.1:
		return "<0.1/s"
	case perSecond < 9.95:
		return strconv.FormatFloat(perSecond, 'f', 1, 64) + "/s"
	}
	return Count(int64(math.Round(perSecond))) + "/s"
}

// Duration writes a duration in its largest fitting unit, rounded down: 12ms, 2.9s, 48s, 11m, 3h, 6d. A negative one
// (two clocks disagree) is 0s.
func Duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < time.Millisecond:
		return "<1ms"
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < 10*time.Second:
		tenths := d.Milliseconds() / 100
		return fmt.Sprintf("%d.%ds", tenths/10, tenths%10)
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return Count(int64(d/(24*time.Hour))) + "d"
}

// Age is how long ago a moment was, in whole seconds or larger units, so that it moves once a second and no more.
// The zero time is unknown.
func Age(now, at time.Time) string {
	if at.IsZero() {
		return Unknown
	}
	d := now.Sub(at)
	if d < 10*time.Second {
		return fmt.Sprintf("%ds", max(0, d/time.Second))
	}
	return Duration(d)
}

// DurationBetween writes a duration that is known to lie between two: 3.0s, 0.4–1.4s, ≤1.0s; ≈0.5s where the two are
// so near to each other that one number tells both. The upper one is rounded up, so that the truth lies between what is written.
func DurationBetween(atLeast, atMost time.Duration) string {
	low, high := Duration(atLeast), Duration(roundedUp(atMost))
	width, middle := atMost-atLeast, atLeast+(atMost-atLeast)/2
	switch {
	case width <= 0 || Duration(atMost) == low && width < time.Millisecond*2:
		return Duration(atMost)
	case atLeast >= time.Millisecond && width*nearly <= middle:
		return "≈" + Duration(middle+shownStep(middle)/2)
	case atLeast < time.Millisecond:
		return "≤" + high
	case unit(low) == unit(high):
		return strings.TrimSuffix(low, unit(low)) + "–" + high
	}
	return low + "–" + high
}

// nearly is how many times as long as its uncertainty a duration must be to be told by one number.
const nearly = 20

// shownStep is the smallest difference that [Duration] shows between durations of this size.
func shownStep(d time.Duration) time.Duration {
	switch {
	case d < 100*time.Millisecond:
		return time.Millisecond
	case d < 10*time.Second:
		return 100 * time.Millisecond
	case d < time.Minute:
		return time.Second
	case d < time.Hour:
		return time.Minute
	case d < 48*time.Hour:
		return time.Hour
	}
	return 24 * time.Hour
}

func roundedUp(d time.Duration) time.Duration {
	step := shownStep(d)
	return (d + step - 1).Truncate(step)
}

func unit(duration string) string { return strings.TrimLeft(duration, "<0123456789.,") }

// Clock is a moment's time of day in the zone of now, or its date if it was on another day.
func Clock(now, at time.Time) string {
	if at.IsZero() {
		return Unknown
	}
	at = at.In(now.Location())
	if now.Sub(at) >= 24*time.Hour {
		return at.Format("02 Jan")
	}
	return at.Format("15:04:05")
}

// Often is how often something happens, as a number in a window where it is often, and in words that one can remember
// where it is rare: 3, 1.5, "2 an hour", "1 a day".
func Often(perWindow float64, window time.Duration) string {
	perDay := perWindow * float64(24*time.Hour/window)
	switch {
	case perWindow >= 10:
		return strconv.Itoa(int(math.Round(perWindow)))
	case perWindow >= 0.95:
		return strings.TrimSuffix(strconv.FormatFloat(perWindow, 'f', 1, 64), ".0")
	case perDay >= 24:
		return strconv.Itoa(int(math.Round(perDay/24))) + " an hour"
	case perDay >= 1:
		return strconv.Itoa(int(math.Round(perDay))) + " a day"
	case perWindow > 0:
		return "less than 1 a day"
	}
	return "none"
}
