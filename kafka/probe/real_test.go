package probe

import (
	"context"
	"fmt"
	"testing"
	"time"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/kafka/poll"
	"regroup/model"
)

// The broker's own log says when it began to prepare a rebalance: between two probes.
func TestProbesBracketWhatTheBrokerLogs(t *testing.T) {
	kafkatest.Require(t, "kcat")
	c := kafkatest.Shared(t)
	c.CreateTopic(t, "pulsed", 4)
	p := newPoller(t, kafka.Config{Brokers: c.Brokers()}, poll.Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	changes := make(chan *model.StateProbe, 1000) // a reader that is slow holds probes up
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		New(p.Brokers(), Options{}).Run(ctx, func(change *model.StateProbe) { changes <- change })
	}()
	defer func() { cancel(); <-done }()
	for round := range 3 {
		// The first member learns of the second by its next heartbeat, up to three seconds later: until then the group
		// is being prepared.
		group := fmt.Sprintf("pulsed-%d", round)
		c.Kcat(t, "-q", "-G", group, "pulsed")
		kafkatest.Eventually(t, func() string {
			for _, e := range c.LogEvents(t, group) {
				if e.Kind == kafkatest.Assigned {
					return ""
				}
			}
			return "the first member has no assignment"
		})
		c.Kcat(t, "-q", "-G", group, "pulsed")
		began := time.Time{}
		kafkatest.Eventually(t, func() string {
			for _, e := range c.LogEvents(t, group) {
				if e.Kind == kafkatest.Preparing && e.Generation == 1 {
					began = e.At
					return ""
				}
			}
			return "the log does not tell of the second member"
		})
		for {
			got := nextChange(t, changes, group)
			if got.Changed.NotAfter.Before(began) || got.State == model.StateUnknown {
				continue // the rebalance of the first member, whose end a slow probe may see after the second joined
			}
			const millisecond = time.Millisecond // to which the log is rounded
			if got.State != model.StatePreparingRebalance || got.Changed.NotBefore.After(began.Add(millisecond)) {
				t.Errorf("the log says that %s rebalances since %s: %+v", group, began, got)
			}
			t.Logf("%s rebalances since %s; known to %s", group, began.Format(time.TimeOnly+".000"), got.Changed.NotAfter.Sub(got.Changed.NotBefore))
			break
		}
	}
}
