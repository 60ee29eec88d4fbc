package realtest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka/kafkatest"
	"regroup/model"
	"regroup/model/ownership"
)

// A classic Kafka Streams application is cooperative: while an instance joins or is missed, the others keep reading the
// partitions that they keep. No partition is shown as unread while records of it are still processed.
func TestAKafkaStreamsApplicationKeepsReading(t *testing.T) {
	c := kafkatest.Shared(t)
	const application, from, to = "streams", "streams-from", "streams-to"
	c.CreateTopic(t, from, 6)
	appended := "LogAppendTime" // when a record was processed, by the clock of this machine
	_, err := c.Admin(t).CreateTopic(t.Context(), 1, 3, map[string]*string{"message.timestamp.type": &appended}, to)
	kafkatest.Must(t, err)
	produce(t, c, 20*time.Millisecond, map[string]int32{from: 6})
	w := watch(t, c, application)
	start := func(name string) *kafkatest.Process {
		return c.StreamsInstance(t, name, application, from, to, "commit.interval.ms=100", "heartbeat.interval.ms=3000", "session.timeout.ms=9000", "linger.ms=0")
	}
	start("one")
	w.untilStable(t, application, 1)
	leaving := start("two")
	w.untilStable(t, application, 2)
	leaving.Leave(t)
	w.untilStable(t, application, 1)
	start("three")
	w.untilStable(t, application, 2)
	g := w.untilGroup(t, application, reckoned)

	t.Logf("reported was:\n%s", w.story(application))
	rebalancedBy(t, g, "stream", model.ProtocolIncremental)
	followUps := 0
	for _, r := range g.Rebalances {
		if r.Verdict.Cause == model.CauseSecondCooperative {
			followUps++
		}
	}
	if followUps < 2 {
		t.Errorf("an instance joined twice, and took over in a second rebalance each time; %d of those were reported", followUps)
	}
	processed := processedIn(t, c, from, to)
	if !readThrough(t, g, processed) {
		t.Error("no record of a partition that stayed was processed during a rebalance: the test shows nothing")
	}
	for _, r := range g.Rebalances {
		for _, p := range r.Cost.Pauses {
			for _, at := range processed[p.TopicPartition] {
				if at.After(p.Stopped.NotAfter.Add(tolerance)) && at.Before(p.Started.NotBefore.Add(-tolerance)) {
					t.Errorf("%s → %s: %s is shown as unread from %s to %s, and a record of it was processed at %s", r.From, r.To, p.TopicPartition,
						clock(p.Stopped.NotAfter), clock(p.Started.NotBefore), clock(at))
				}
			}
		}
	}
}

// What regroup does not know it does not claim: an assignor under a name of its own may be cooperative, as one of these
// is, or eager.
func TestAnAssignorOfItsOwnMayKeepReading(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic = "own-assignors"
	groups := map[string]string{"own-by-region": "by-region", "own-by-shelf": "by-shelf"}
	classes := map[string]string{"own-by-region": "Members$ByRegion", "own-by-shelf": "Members$ByShelf"}
	c.CreateTopic(t, topic, 6)
	produce(t, c, 20*time.Millisecond, map[string]int32{topic: 6})
	commits := &commitLog{advanced: make(map[string]map[model.TopicPartition][]time.Time), newest: make(map[string]map[model.TopicPartition]int64)}
	with := everything
	with.bend = commits.note
	w := watchWith(t, c, "own-", with)
	java := c.JavaMembers(t)
	each := func(do func(group string)) {
		for group := range groups {
			do(group)
		}
	}
	start := func(name string) {
		each(func(group string) {
			java.Start(t, group+name, topic, "group.id="+group, "partition.assignment.strategy="+classes[group],
				"auto.commit.interval.ms=50", "heartbeat.interval.ms=3000", "session.timeout.ms=9000")
		})
	}
	stable := func(members int) { each(func(group string) { w.untilStable(t, group, members) }) }
	start("-1")
	stable(1)
	start("-2")
	stable(2)
	start("-3")
	stable(3)
	each(func(group string) { java.Stop(t, group+"-3") })
	stable(2)

	each(func(group string) {
		g := w.untilGroup(t, group, reckoned)
		t.Logf("reported was:\n%s", w.story(group))
		rebalancedBy(t, g, groups[group], model.ProtocolUnknown)
	})
	v, _ := w.now()
	if !readThrough(t, v.Group("own-by-region"), commits.of("own-by-region")) {
		t.Error("no member committed what it went on to read during a rebalance: the test shows nothing")
	}
}

// reckoned waits for what the rebalances of a group cost.
func reckoned(g *model.GroupView) string {
	for _, r := range g.Rebalances {
		if !r.Cost.Complete {
			return fmt.Sprintf("the cost of %s → %s is not complete", r.From, r.To)
		}
	}
	return ""
}

// rebalancedBy checks what is shown of a group and its rebalances: its protocol, and no partition that stopped besides
// those that moved.
func rebalancedBy(t *testing.T, g *model.GroupView, assignor string, protocol model.RebalanceProtocol) {
	t.Helper()
	if g.Assignor != assignor || g.Protocol() != protocol {
		t.Errorf("group %s: assignor %s (%s groups, protocol %d), want %s (protocol %d)", g.ID, g.Assignor, g.ProtocolType, g.Protocol(), assignor, protocol)
	}
	for _, r := range g.Rebalances {
		if r.Protocol() != protocol {
			t.Errorf("group %s, %s → %s: protocol %d, want %d", g.ID, r.From, r.To, r.Protocol(), protocol)
		}
	}
	if c := ownership.Compare(g, time.Time{}); c.AllStopped.Count > 0 || c.Stopped > c.Moved || (c.MayStop > 0) != (protocol == model.ProtocolUnknown) {
		t.Errorf("group %s: %d partitions moved, %d are shown as stopped and %d as perhaps (the whole group: %v)", g.ID, c.Moved, c.Stopped, c.MayStop, c.AllStopped.Count > 0)
	}
}

// readThrough says whether a partition was read during a rebalance in which its owner stayed the same.
func readThrough(t *testing.T, g *model.GroupView, read map[model.TopicPartition][]time.Time) bool {
	t.Helper()
	during := 0
	for _, r := range g.Rebalances {
		for tp, lane := range r.Before {
			if r.After[tp] != lane {
				continue
			}
			for _, at := range read[tp] {
				if at.After(r.Began.NotAfter.Add(tolerance)) && at.Before(r.Ended.NotBefore.Add(-tolerance)) {
					during++
				}
			}
		}
	}
	t.Logf("group %s: partitions that stayed were read %d times during rebalances", g.ID, during)
	return during > 0
}

// processedIn is when each partition's records were copied to another topic, whose records have their times from the
// broker and the number of the partition as their keys.
func processedIn(t *testing.T, c *kafkatest.Cluster, from, to string) map[model.TopicPartition][]time.Time {
	t.Helper()
	ends, err := kadm.NewClient(c.Client(t)).ListEndOffsets(t.Context(), to)
	kafkatest.Must(t, err)
	end, _ := ends.Lookup(to, 0)
	client := c.Client(t, kgo.ConsumeTopics(to), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all := make(map[model.TopicPartition][]time.Time)
	for next := int64(0); next < end.Offset; {
		fetches := client.PollFetches(ctx)
		kafkatest.Must(t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			partition, err := strconv.ParseInt(string(r.Key), 10, 32)
			kafkatest.Must(t, err)
			tp := model.TopicPartition{Topic: from, Partition: int32(partition)}
			all[tp] = append(all[tp], r.Timestamp)
		})
	}
	return all
}

// commitLog is when groups committed more than before, by their coordinators' clock.
type commitLog struct {
	mutex    sync.Mutex
	advanced map[string]map[model.TopicPartition][]time.Time
	newest   map[string]map[model.TopicPartition]int64
}

// note takes in the commits of an observation, and leaves it as it is.
func (l *commitLog) note(o model.Observation) model.Observation {
	records, is := o.(*model.Records)
	if !is {
		return o
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, r := range records.Records {
		if r.Commit == nil || r.Commit.Tombstone {
			continue
		}
		if l.advanced[r.Group] == nil {
			l.advanced[r.Group], l.newest[r.Group] = make(map[model.TopicPartition][]time.Time), make(map[model.TopicPartition]int64)
		}
		tp := r.Commit.TopicPartition
		if r.Commit.Offset > l.newest[r.Group][tp] {
			l.newest[r.Group][tp] = r.Commit.Offset
			l.advanced[r.Group][tp] = append(l.advanced[r.Group][tp], r.Written)
		}
	}
	return o
}

// of is a copy: the group goes on committing.
func (l *commitLog) of(group string) map[model.TopicPartition][]time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return maps.Clone(l.advanced[group])
}
