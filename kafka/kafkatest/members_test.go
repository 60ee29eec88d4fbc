package kafkatest

import (
	"strings"
	"testing"
)

func javaMembers(t *testing.T, c *Cluster) {
	c.CreateTopic(t, "kt-java", 2)
	members := c.JavaMembers(t)
	completed := func() (generations []int32) {
		for _, event := range c.LogEvents(t, "kt-java") {
			if event.Kind.Completed() {
				generations = append(generations, event.Generation)
			}
		}
		return generations
	}
	// Between two polls it may take three seconds, and then it takes four.
	members.Start(t, "one", "kt-java", "group.id=kt-java", "max.poll.interval.ms=3000", "heartbeat.interval.ms=500")
	Eventually(t, func() string { return differ(completed(), 1) })
	members.Slow(t, "one", 4000)
	Eventually(t, func() string { return differ(completed(), 1, 2, 3) })
	reason := ""
	for _, event := range c.LogEvents(t, "kt-java") {
		if event.Kind == Departed {
			reason = event.Reason
		}
	}
	if !strings.Contains(reason, "poll timeout") {
		t.Errorf("a member was too slow; the log says that it left because of %q", reason)
	}
	members.Stop(t, "one")
	Eventually(t, func() string { return differ(completed(), 1, 2, 3, 4) })
	Eventually(t, func() string {
		if !members.Stopped("one") {
			return "the member has not said that it stopped"
		}
		return ""
	})
}
