//go:build unix

package cli

import (
	"testing"

	"regroup/cli/tour"
	"regroup/kafka/kafkatest"
)

// On a real cluster of three brokers the tour goes from its first step to its last as well, and leaves nothing behind.
func TestTourOnRealKafka(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t, kafkatest.Options{Properties: map[string]string{
		"group.min.session.timeout.ms":             "500", // else 6 s: the tour is played at a third of its pace
		"group.initial.rebalance.delay.ms":         "300", // as the embedded cluster does it
		"group.consumer.heartbeat.interval.ms":     "1000",
		"group.consumer.min.heartbeat.interval.ms": "500",
	}})
	w := startTour(t, "", tour.Options{Auto: true}, cluster.Brokers()...)
	w.holdsEach(w.guide.Names())
	w.end()
}
