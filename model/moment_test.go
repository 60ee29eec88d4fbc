package model

import (
	"testing"
	"time"
)

func TestTheTimeBetweenTwoMomentsIsBounded(t *testing.T) {
	at := func(second int) time.Time {
		if second < 0 {
			return time.Time{}
		}
		return time.Unix(int64(1000+second), 0)
	}
	moment := func(notBefore, notAfter int) Moment { return Moment{NotBefore: at(notBefore), NotAfter: at(notAfter)} }
	for _, c := range []struct {
		why       string
		from, to  Moment
		atLeast   time.Duration
		atMost    time.Duration
		unlimited bool
	}{
		{"both exact", Exactly(at(1)), Exactly(at(4)), 3 * time.Second, 3 * time.Second, false},
		{"between two polls each", moment(1, 2), moment(4, 6), 2 * time.Second, 5 * time.Second, false},
		{"overlapping polls may show the same instant", moment(1, 4), moment(3, 6), 0, 5 * time.Second, false},
		{"the beginning was not seen", moment(-1, 2), Exactly(at(4)), 2 * time.Second, 0, true},
		{"the end was not seen yet", Exactly(at(1)), moment(4, -1), 3 * time.Second, 0, true},
		{"clocks that contradict each other by a little", Exactly(at(4)), Exactly(at(3)), 0, 0, false},
		{"nothing is known", Moment{}, Moment{}, 0, 0, true},
	} {
		atLeast, atMost := c.from.Until(c.to)
		if atLeast != c.atLeast || atMost.Known() == c.unlimited || atMost.Or(0) != c.atMost {
			t.Errorf("%s: %v to %v, want %v to %v", c.why, atLeast, atMost, c.atLeast, c.atMost)
		}
	}
}
