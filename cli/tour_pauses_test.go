//go:build unix

package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"regroup/cli/tour"
	"regroup/kafka/kafkatest"
	"regroup/kafka/lab"
	"regroup/model"
)

const (
	// measuredLeast is the shortest time without a record that counts as a pause. The lab's consumers report four times a
	// second, and a machine that is busy makes pauses too.
	measuredLeast = 750 * time.Millisecond
	// measuredEvents is how often the event is played.
	measuredEvents = 3
)

// measuredScene is a topic of six partitions and five groups of two consumers, with Kafka's default timeouts. Two are not
// enough for 600 records a second at 4 ms each, so their batches are full, and take two seconds; three are.
func measuredScene() lab.Scene {
	scene := lab.Scene{
		Name: "pauses", Topics: []lab.Topic{{Name: "orders", Partitions: 6}},
		Producers: []lab.Producer{{Topic: "orders", Rate: model.Some(600.0)}},
		Settings: lab.Settings{
			"session.timeout.ms": "45000", "heartbeat.interval.ms": "3000", "max.poll.interval.ms": "300000",
			"max.poll.records": "500", "processing.ms": "4",
		},
	}
	for _, assignor := range lab.Assignors() {
		scene.Groups = append(scene.Groups, lab.Group{
			Name: assignor, Settings: lab.Settings{"partition.assignment.strategy": assignor},
			Consumers: []lab.Consumer{{Name: assignor + "-1"}, {Name: assignor + "-2"}},
		})
	}
	scene.Groups = append(scene.Groups, lab.Group{
		Name: "consumer", Settings: lab.Settings{"group.protocol": "consumer"}, Consumers: []lab.Consumer{{Name: "consumer-1"}, {Name: "consumer-2"}},
	})
	return scene
}

// readTimes are when each group was seen to have read on in each partition, by what its consumers report: each counts the
// records of its partitions.
type readTimes struct {
	mu   sync.Mutex
	at   map[string]map[model.TopicPartition][]time.Time
	last map[string]map[model.TopicPartition]progress
	view *model.View
}

// progress is how many records of a partition a consumer had counted.
type progress struct {
	consumer string
	records  int64
}

func (c *readTimes) take(o model.Observation) model.Observation {
	snapshot, is := o.(*model.LabSnapshot)
	if !is {
		return o
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, consumer := range snapshot.Consumers {
		if c.at[consumer.Group] == nil {
			c.at[consumer.Group], c.last[consumer.Group] = map[model.TopicPartition][]time.Time{}, map[model.TopicPartition]progress{}
		}
		for _, n := range consumer.Counts {
			now := progress{consumer.Name, n.Records}
			if was := c.last[consumer.Group][n.TopicPartition]; n.Records > 0 && was != now {
				c.last[consumer.Group][n.TopicPartition] = now
				c.at[consumer.Group][n.TopicPartition] = append(c.at[consumer.Group][n.TopicPartition], snapshot.At)
			}
		}
	}
	return o
}

func (c *readTimes) saw(v *model.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view = v
}

// pausesSince are the longest times without a record read since a moment, one for each partition in which that was a pause.
func (c *readTimes) pausesSince(group string, since time.Time) (pauses []time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.at[group] {
		var longest time.Duration
		for i := 1; i < len(times); i++ {
			if times[i].After(since) {
				longest = max(longest, times[i].Sub(times[i-1]))
			}
		}
		if longest >= measuredLeast {
			pauses = append(pauses, longest)
		}
	}
	slices.Sort(pauses)
	return pauses
}

// settled says that a group has so many members, has been quiet for a moment, and that every partition is read.
func (c *readTimes) settled(group string, members int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil {
		return false
	}
	g := c.view.Group(group)
	if g == nil || len(g.Members) != members || !g.Unsettled.IsZero() || g.State != model.StateStable || g.Unowned > 0 || len(g.Partitions) != 6 {
		return false
	}
	now := time.Now()
	for _, p := range g.Partitions {
		if now.Sub(p.CommittedAt) > 5*time.Second {
			return false
		}
	}
	return now.Sub(g.LastRebalance().SeenAt) > 3*time.Second
}

func (c *readTimes) compared(group string, since time.Time) model.Comparison {
	c.mu.Lock()
	defer c.mu.Unlock()
	return model.Compare(c.view.Group(group), since)
}

// How long the partitions of a group are not read when a third consumer joins: the eager assignors stop all of them, the
// incremental protocols only what moves. It prints the table that is in docs/tour.md:
//
//	REGROUP_TEST_KAFKA=required REGROUP_TEST_LONG=1 go test ./cli -run TestPausesOnRealKafka -v
func TestPausesOnRealKafka(t *testing.T) {
	if os.Getenv("REGROUP_TEST_LONG") == "" {
		t.Skip("it measures for some minutes: REGROUP_TEST_LONG=1 lets it")
	}
	cluster := kafkatest.Start(t, kafkatest.Options{})
	config := DefaultConfig()
	config.Brokers, config.Tail = cluster.Brokers(), tailOn
	scene := measuredScene().WithPrefix(fmt.Sprintf("pauses-%d-", os.Getpid()))
	guide := tour.New(tour.Options{})
	d := newDemo(config, scene, true, guide, false)
	seen := &readTimes{at: map[string]map[model.TopicPartition][]time.Time{}, last: map[string]map[model.TopicPartition]progress{}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- runSession(ctx, tap{seen: seen.saw, record: seen.take}, d.run, func(ctx context.Context, _ *session) error {
			<-ctx.Done()
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	wait := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("not seen: %s", what)
			}
		}
	}
	var table strings.Builder
	table.WriteString("| group | moved | stopped | longest pause | shortest pause of those that stopped |\n|---|---|---|---|---|\n")
	for _, group := range scene.Groups {
		var moved, stopped []int
		var longest, shortest []time.Duration
		var eager, beyond bool // more stopped than moved
		for event := range measuredEvents {
			wait(group.Name+" has two members", func() bool { return seen.settled(group.Name, 2) })
			time.Sleep(time.Duration(event) * time.Second) // their heartbeats are at another point each time
			began := time.Now()
			must(t, d.Do(ctx, model.LabAction{Kind: model.LabStartConsumer, Group: group.Name}))
			wait(group.Name+" has three members", func() bool { return seen.settled(group.Name, 3) })
			c, pauses := seen.compared(group.Name, began), seen.pausesSince(group.Name, began)
			moved, stopped = append(moved, c.Moved), append(stopped, len(pauses))
			if len(pauses) > 0 {
				longest, shortest = append(longest, pauses[len(pauses)-1]), append(shortest, pauses[0])
			}
			beyond = beyond || len(pauses) > c.Moved
			eager = c.Group.Eager()
			last := ""
			for _, member := range c.Group.Members {
				last = max(last, member.ClientID)
			}
			must(t, d.Do(ctx, model.LabAction{Kind: model.LabLeave, Consumer: last}))
			wait(last+" has left", func() bool { return seen.settled(group.Name, 2) })
		}
		if eager != beyond { // whoever is the last to learn of it stops only for a moment
			t.Errorf("%s: of 6 partitions %v moved, and %v stopped", group.Name, moved, stopped)
		}
		fmt.Fprintf(&table, "| %s | %v | %v | %s | %s |\n", strings.TrimPrefix(group.Name, scene.Prefix), moved, stopped, longest, shortest)
	}
	t.Logf("a third consumer joins, %d times:\n%s", measuredEvents, table.String())
}
