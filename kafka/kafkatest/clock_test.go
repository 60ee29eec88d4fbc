package kafkatest

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	if !long() {
		t.Skip("REGROUP_TEST_LONG=1 tries it")
	}
	RequireClock(t)
	const ahead = 3 * time.Minute
	c := Start(t, Options{Brokers: 1, ClockAhead: ahead})
	c.CreateTopic(t, "kt-clock", 1)
	before := time.Now()
	c.Kcat(t, "-G", "kt-clock", "kt-clock")
	var told []LogEvent
	Eventually(t, func() string {
		if told = c.LogEvents(t, "kt-clock"); len(told) == 0 {
			return "the log tells nothing of the group"
		}
		return ""
	})
	if at := told[0].At; at.Before(before.Add(ahead-time.Second)) || at.After(time.Now().Add(ahead)) {
		t.Errorf("the brokers' clocks are %s ahead; something that happened after %s is told at %s", ahead, before.UTC(), at)
	}
}
