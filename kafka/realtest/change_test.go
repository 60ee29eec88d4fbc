package realtest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

func TestGroupIsDeletedWhileWatching(t *testing.T) {
	c := kafkatest.Shared(t)
	c.CreateTopic(t, "deleted-group", 1)
	commit(t, c, "deleted-group", "deleted-group", map[int32]int64{0: 0})
	commit(t, c, "deleted-group-not", "deleted-group", map[int32]int64{0: 0})
	w := watch(t, c, "deleted-group")
	w.untilGroup(t, "deleted-group", empty)
	_, err := c.Admin(t).DeleteGroup(t.Context(), "deleted-group")
	kafkatest.Must(t, err)
	w.untilHappened(t, model.GroupGone, "deleted-group")
	v, _ := w.now()
	if g := v.Group("deleted-group"); g == nil || g.GoneSince.IsZero() {
		t.Error("the row of a group that was just deleted says so; it does not")
	}
	if g := v.Group("deleted-group-not"); g == nil || !g.GoneSince.IsZero() {
		t.Error("the group that was not deleted is not there")
	}
	commit(t, c, "deleted-group", "deleted-group", map[int32]int64{0: 0})
	w.untilGroup(t, "deleted-group", func(g *model.GroupView) string {
		if !g.GoneSince.IsZero() {
			return "was made again, and is shown as gone"
		}
		return empty(g)
	})
}

func empty(g *model.GroupView) string {
	if g.State != model.StateEmpty {
		return "not empty"
	}
	return ""
}

// partition waits until a partition of a group is as it should be.
func (w *watcher) untilPartition(t *testing.T, group string, tp model.TopicPartition, problem func(model.PartitionView) string) {
	t.Helper()
	w.untilGroup(t, group, func(g *model.GroupView) string {
		for _, p := range g.Partitions {
			if p.TopicPartition == tp {
				return problem(p)
			}
		}
		return "has no partition " + tp.String()
	})
}

func TestTopicIsDeletedAndCreatedAgainWhileWatching(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic, group = "recreated", "recreated"
	tp := model.TopicPartition{Topic: topic}
	c.CreateTopic(t, topic, 1)
	c.Produce(t, topic, 0, 20)
	// kcat would end with the topic; the Java client goes on.
	member := c.ConsoleConsumer(t, "--topic", topic, "--group", group, "--from-beginning",
		"--consumer-property", "auto.commit.interval.ms=100", "--consumer-property", "metadata.max.age.ms=1000")
	w := watch(t, c, group)
	w.untilPartition(t, group, tp, func(p model.PartitionView) string {
		if p.Lag != model.Some(int64(0)) || p.Committed != model.Some(int64(20)) {
			return "20 records are not read and committed yet"
		}
		return ""
	})
	admin := c.Admin(t)
	_, err := admin.DeleteTopic(t.Context(), topic)
	kafkatest.Must(t, err)
	if e := w.untilHappened(t, model.TopicGone, ""); e.Topic != topic {
		t.Errorf("the topic that is gone is %q, want %q", e.Topic, topic)
	}
	c.CreateTopic(t, topic, 1)
	c.Produce(t, topic, 0, 3)
	if e := w.untilHappened(t, model.TopicRecreated, ""); e.Topic != topic {
		t.Errorf("the topic that was created again is %q, want %q", e.Topic, topic)
	}
	member.Leave(t)
	// As if the commit had survived, which depends on the release: it is of the topic that had the name before.
	commit(t, c, group, topic, map[int32]int64{0: 20})
	w.untilPartition(t, group, tp, func(p model.PartitionView) string {
		if p.LogEnd != model.Some(int64(3)) || p.Committed != model.Some(int64(20)) {
			return "the new topic has 3 records, and the commit is 20"
		}
		if p.Lag != model.Some(int64(0)) || p.Flag == model.LagPlain {
			return "a commit beyond the end has lag 0 and a flag"
		}
		return ""
	})
	w.noInvention(t, group)
}

func TestRecordsAreDeletedWhileWatching(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic, group = "trimmed", "trimmed"
	c.CreateTopic(t, topic, 1)
	c.Produce(t, topic, 0, 20)
	commit(t, c, group, topic, map[int32]int64{0: 5})
	w := watch(t, c, group)
	tp := model.TopicPartition{Topic: topic}
	lag := func(want int64, flag model.LagFlag) func(model.PartitionView) string {
		return func(p model.PartitionView) string {
			if p.Lag != model.Some(want) || p.Flag != flag {
				return "lag " + p.Lag.String() + " with flag " + string(p.Flag)
			}
			return ""
		}
	}
	w.untilPartition(t, group, tp, lag(15, model.LagPlain))
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, 0, 12, -1)
	_, err := c.Admin(t).DeleteRecords(t.Context(), offsets)
	kafkatest.Must(t, err)
	w.untilPartition(t, group, tp, lag(8, model.LagBelowStart)) // what can still be read
	c.Groups(t, "--group", group, "--topic", topic, "--reset-offsets", "--to-latest", "--execute")
	w.untilPartition(t, group, tp, lag(0, model.LagPlain))
}

func TestPartitionsAreAddedWhileWatching(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic, group = "grows", "grows"
	c.CreateTopic(t, topic, 2)
	w := watch(t, c, group)
	kcat(t, c, "member", group, topic)
	w.untilStable(t, group, 1)
	_, err := c.Admin(t).UpdatePartitions(t.Context(), 5, topic)
	kafkatest.Must(t, err)
	if e := w.untilHappened(t, model.PartitionsAdded, ""); e.Topic != topic {
		t.Errorf("partitions were added to %q, want %q", e.Topic, topic)
	}
	w.untilGroup(t, group, func(g *model.GroupView) string {
		if len(g.Partitions) != 5 || len(g.Members) != 1 || len(g.Members[0].Assignment) != 5 {
			return "5 partitions with an owner are expected"
		}
		return stable(1)(g)
	})
	moves := 0
	for _, e := range w.happened(model.RebalanceCompleted, group) {
		for _, move := range e.Rebalance.Moves {
			if move.From == model.Nobody {
				moves++
			}
		}
	}
	if moves != 5 {
		t.Errorf("2 and then 3 partitions found an owner; reported were %d moves\n%s", moves, w.story(group))
	}
	w.noInvention(t, group)
}
