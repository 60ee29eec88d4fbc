//go:build unix

package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"regroup/cli/tour"
	"regroup/kafka/kafkatest"
	"regroup/model/ownership"
	"regroup/ui/text"
)

// measuredTimes is the number of measurements.
const measuredTimes = 3

// The cost of a third consumer that joins: the table in docs/tour.md, as regroup measures it on a real cluster with Kafka's
// own settings. The steps verify that an eager group pauses as a whole, and the others only what moves.
//
//	REGROUP_TEST_KAFKA=required REGROUP_TEST_LONG=1 go test ./cli -run TestPausesOnRealKafka -v
func TestPausesOnRealKafka(t *testing.T) {
	if os.Getenv("REGROUP_TEST_LONG") == "" {
		t.Skip("it measures for some minutes: set REGROUP_TEST_LONG=1")
	}
	cluster := kafkatest.Start(t, kafkatest.Options{})
	w := startTour(t, "assignors", tour.Options{Pace: 1}, cluster.Brokers()...)
	var table strings.Builder
	table.WriteString("| group | moved | paused | pause of the whole group | longest pause of a partition |\n|---|---|---|---|---|\n")
	row := func(group string) {
		c := w.compared(group)
		all := "none"
		if c.AllStopped.Count > 0 {
			all = text.DurationBetween(c.AllStopped.AtLeast(), c.AllStopped.AtMost())
		}
		fmt.Fprintf(&table, "| %s | %d of %d | %d of %d | %s | %s |\n", group, c.Moved, c.Of, c.Stopped, c.Of, all, text.DurationBetween(c.Longest.AtLeast(), c.Longest.AtMost()))
	}
	for range measuredTimes {
		must(t, w.guide.Go("assignors"))
		w.holds("assignors")
		for _, group := range []string{"range", "roundrobin", "sticky", "cooperative"} {
			row(group)
		}
		w.guide.Next()
		w.holds("consumer-protocol")
		row("kip848")
	}
	t.Logf("a third consumer joins:\n%s", table.String())
}

// compared is the comparison of a group of the step, by its name in the scene.
func (w *tourRun) compared(group string) ownership.Comparison {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.view.Groups {
		if strings.HasSuffix(g.ID, "-"+group) {
			return ownership.Compare(g, w.view.Tour.Began)
		}
	}
	w.t.Fatalf("group %s does not exist", group)
	return ownership.Comparison{}
}
