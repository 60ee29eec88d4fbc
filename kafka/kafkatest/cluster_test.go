package kafkatest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestShared(t *testing.T) {
	c := Shared(t)
	t.Run("clients and tools agree", func(t *testing.T) { clientsAndTools(t, c) })
	t.Run("the log tells of generations", func(t *testing.T) { generations(t, c) })
	if !long() {
		return
	}
	t.Run("members of the Java client", func(t *testing.T) { javaMembers(t, c) })
	t.Run("brokers fail and come back", func(t *testing.T) { faults(t, c) })
}

// long says that what takes its time is to be tried, too. The tests that are written with it would notice within the hour
// if it did not work: it is for whoever changes it.
func long() bool { return os.Getenv("REGROUP_TEST_LONG") == "1" }

func clientsAndTools(t *testing.T, c *Cluster) {
	c.CreateTopic(t, "kt-agree", 2)
	c.Produce(t, "kt-agree", 1, 7)
	if got := c.Topics(t, "--describe", "--topic", "kt-agree"); !strings.Contains(got, "PartitionCount: 2") {
		t.Errorf("kafka-topics.sh says of a topic with two partitions:\n%s", got)
	}
	offsets := make(kadm.Offsets)
	offsets.AddOffset("kt-agree", 1, 3, -1)
	if err := c.Admin(t).CommitAllOffsets(t.Context(), "kt-agree", offsets); err != nil {
		t.Fatal(err)
	}
	fields := []string{"kt-agree", "kt-agree", "1", "3", "7", "4", "-", "-", "-"}
	output := c.Groups(t, "--describe", "--group", "kt-agree")
	if !slices.ContainsFunc(strings.Split(output, "\n"), func(line string) bool { return slices.Equal(strings.Fields(line), fields) }) {
		t.Errorf("kafka-consumer-groups.sh has no line %q:\n%s", fields, output)
	}
	if _, err := c.Tool(t.Context(), "org.apache.kafka.tools.TopicCommand", "--no-such-option"); err == nil || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("a tool that fails says why: %v", err)
	}
}

func generations(t *testing.T, c *Cluster) {
	c.CreateTopic(t, "kt-generations", 2)
	first := c.Kcat(t, "-G", "kt-generations", "kt-generations")
	completed := func() (generations []int32) {
		for _, event := range c.LogEvents(t, "kt-generations") {
			if event.Kind.Completed() {
				generations = append(generations, event.Generation)
			}
		}
		return generations
	}
	Eventually(t, func() string { return differ(completed(), 1) })
	second := c.Kcat(t, "-G", "kt-generations", "kt-generations")
	Eventually(t, func() string { return differ(completed(), 1, 2) })
	second.Leave(t)
	Eventually(t, func() string { return differ(completed(), 1, 2, 3) })
	first.Leave(t)
	Eventually(t, func() string { return differ(completed(), 1, 2, 3, 4) })
	last := c.LogEvents(t, "kt-generations")
	if kind := last[len(last)-1].Kind; kind != Emptied {
		t.Errorf("the last one left, and the log's last word is %q", kind)
	}
}

func differ(got []int32, want ...int32) string {
	if slices.Equal(got, want) {
		return ""
	}
	return fmt.Sprintf("generations %v, want %v", got, want)
}

func faults(t *testing.T, c *Cluster) {
	client := c.Client(t)
	alive := func() int { // as any broker sees it now: kadm may answer with what it saw seconds ago
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		answer, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, client)
		if err != nil {
			return -1
		}
		return len(answer.Brokers)
	}
	want := func(count int) func() string {
		return func() string {
			if got := alive(); got != count {
				return fmt.Sprintf("%d brokers alive, want %d", got, count)
			}
			return ""
		}
	}
	c.Kill(t, 2)
	Eventually(t, want(2))
	c.StartBroker(t, 2)
	Eventually(t, want(3))
	t.Run("left broken by a test", func(t *testing.T) {
		c.Pause(t, 3)
		Eventually(t, want(2))
	})
	if problem := want(3)(); problem != "" {
		t.Errorf("after the test that broke it the cluster is not whole: %s", problem)
	}
}

func TestStop(t *testing.T) {
	c := Start(t, Options{Brokers: 1})
	if got, err := c.Admin(t).BrokerMetadata(t.Context()); err != nil || got.Cluster != c.ID {
		t.Errorf("cluster id %q, want %q: %v", got.Cluster, c.ID, err)
	}
	broker := c.brokers[0].process
	c.stop()
	if broker.Running() {
		t.Error("the broker runs after the end of its cluster")
	}
	if _, err := os.Stat(c.dir); !os.IsNotExist(err) {
		t.Errorf("the files are there after the end of the cluster: %v", err)
	}
}
