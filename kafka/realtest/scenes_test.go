package realtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	segmentio "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"

	"regroup/kafka"
	"regroup/kafka/admin"
	"regroup/kafka/kafkatest"
	"regroup/kafka/records"
	"regroup/model"
)

// eager are the assignors of librdkafka that take everything from everybody.
var eager = []string{"partition.assignment.strategy=range", "partition.assignment.strategy=roundrobin"}

const (
	cooperative     = "partition.assignment.strategy=cooperative-sticky"
	javaCooperative = "partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
	javaRange       = "partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor"
	javaRoundRobin  = "partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor"

	// The members of a group must have one in common, also with a static member's former self.
	javaAndRange      = ",org.apache.kafka.clients.consumer.RangeAssignor"
	javaAndRoundRobin = ",org.apache.kafka.clients.consumer.RoundRobinAssignor"
)

// scenes are played side by side, each in a group of its own.
var scenes = []scenario{
	// Those that take longest come first.
	{model.CauseMaxPollExceeded, "a Java consumer takes too long between two polls", func(s *stage) {
		limit := pick(s, 9000, 6000, 12000)
		session := pick(s, "session.timeout.ms=5000", "session.timeout.ms=45000", "session.timeout.ms=6000")
		s.javaMember("stays", s.topic)
		s.javaMember("slow", s.topic, fmt.Sprintf("max.poll.interval.ms=%d", limit), session)
		s.settled(2)
		s.because(1, func() { s.java.Slow(s, s.member("slow"), limit+15000) })
	}},
	{model.CauseMaxPollExceeded, "the reader of a kcat's output stops reading", func(s *stage) {
		s.kcat("stays", pick(s, eager...))
		blocked := s.blockedKcat("blocked", pick(s, eager...), pick(s, "max.poll.interval.ms=12000", "max.poll.interval.ms=15000"))
		s.settled(2)
		s.because(1, blocked)
	}},
	{model.CauseSessionTimeout, "a kcat is killed", func(s *stage) {
		s.kcat("stays", pick(s, eager...))
		victim := s.kcat("victim", pick(s, eager...),
			pick(s, "session.timeout.ms=6000", "session.timeout.ms=3000", "session.timeout.ms=10000"),
			pick(s, "auto.commit.interval.ms=1000", "auto.commit.interval.ms=5000", "auto.commit.interval.ms=200"))
		s.settled(2)
		s.because(1, func() { victim.Kill(s) })
	}},
	{model.CauseSessionTimeout, "a kcat freezes", func(s *stage) {
		s.kcat("stays", cooperative)
		victim := s.kcat("victim", cooperative, pick(s, "session.timeout.ms=6000", "session.timeout.ms=8000"))
		s.settled(2)
		s.because(1, func() { victim.Pause(s) })
	}},
	{model.CauseSessionTimeout, "a franz-go consumer is killed", func(s *stage) {
		s.franz("stays").start(s, s.c)
		victim := s.franz("victim").start(s, s.c)
		s.settled(2)
		s.because(1, func() { victim.Kill(s) })
	}},
	{model.CauseSessionTimeout, "the only member, a kcat, is killed", func(s *stage) {
		victim := s.kcat("victim", pick(s, "session.timeout.ms=3000", "session.timeout.ms=6000"))
		s.settled(1)
		s.because(0, func() { victim.Kill(s) })
	}},
	{model.CauseSessionTimeout, "a consumer of the consumer protocol (franz-go) is killed", func(s *stage) {
		s.javaConsumer("stays", s.topic)
		victim := s.franz("victim", func(m *goMember) { m.Server = true }).start(s, s.c)
		s.settled(2)
		s.because(1, func() { victim.Kill(s) })
	}},

	{model.CauseMemberJoined, "a kcat joins another", func(s *stage) {
		s.kcat("first", pick(s, eager...))
		s.settled(1)
		s.because(2, func() { s.kcat("second", pick(s, eager...)) })
	}},
	{model.CauseMemberJoined, "a Java consumer joins a kcat", func(s *stage) {
		s.kcat("first", "partition.assignment.strategy=range")
		s.settled(1)
		s.because(2, func() { s.javaMember("second", s.topic, javaRange) })
	}},
	{model.CauseMemberJoined, "the first member of a group, of franz-go, joins", func(s *stage) {
		s.because(1, func() { s.franz("only").start(s, s.c) })
	}},
	{model.CauseMemberJoined, "a Java consumer joins a group of the consumer protocol", func(s *stage) {
		s.javaConsumer("first", s.topic)
		s.settled(1)
		s.because(2, func() { s.javaConsumer("second", s.topic) })
	}},

	{model.CauseMemberRestarted, "a static kcat is killed and started again", func(s *stage) {
		s.kcat("stays")
		victim := s.kcat("static", "group.instance.id=static", "session.timeout.ms=20000")
		s.settled(2)
		victim.Kill(s)
		s.restarted(2, "static", func() { s.kcat("static", "group.instance.id=static", "session.timeout.ms=20000") })
	}},
	{model.CauseMemberRestarted, "a static Java consumer is closed and started again", func(s *stage) {
		s.javaMember("stays", s.topic)
		s.javaMember("static", s.topic, "group.instance.id=static", "session.timeout.ms=20000")
		s.settled(2)
		s.java.Stop(s, s.member("static"))
		s.restarted(2, "static", func() {
			s.javaMember("static", s.topic, "group.instance.id=static", "session.timeout.ms=20000")
		})
	}},

	{model.CauseMemberLeft, "a kcat leaves", func(s *stage) {
		s.kcat("stays", pick(s, eager...))
		leaver := s.kcat("leaver", pick(s, eager...), pick(s, "auto.commit.interval.ms=1000", "auto.commit.interval.ms=5000"))
		s.settled(2)
		s.because(1, func() { leaver.Leave(s) })
	}},
	{model.CauseMemberLeft, "a Java consumer is closed", func(s *stage) {
		s.javaMember("stays", s.topic, pick(s, javaRange, javaCooperative))
		s.javaMember("leaver", s.topic, pick(s, javaRange, javaCooperative), "auto.commit.interval.ms=5000")
		s.settled(2)
		s.because(1, func() { s.java.Stop(s, s.member("leaver")) })
	}},
	{model.CauseMemberLeft, "the last member, of franz-go, leaves", func(s *stage) {
		leaver := s.franz("leaver").start(s, s.c)
		s.settled(1)
		s.because(0, func() { leaver.Leave(s) })
	}},
	{model.CauseMemberLeft, "a Java consumer of the consumer protocol is closed", func(s *stage) {
		s.javaConsumer("stays", s.topic)
		s.javaConsumer("leaver", s.topic)
		s.settled(2)
		s.because(1, func() { s.java.Stop(s, s.member("leaver")) })
	}},

	{model.CausePartitionsAdded, "a topic of two kcats gets more partitions", func(s *stage) {
		s.kcat("one", pick(s, eager...))
		s.kcat("two", pick(s, eager...))
		s.settled(2)
		s.because(2, s.addPartitions)
	}},
	{model.CausePartitionsAdded, "a topic of a Java consumer gets more partitions", func(s *stage) {
		s.javaMember("one", s.topic, pick(s, javaRange, javaCooperative))
		s.settled(1)
		s.because(1, s.addPartitions)
	}},
	{model.CausePartitionsAdded, "a topic of a group of the consumer protocol gets more partitions", func(s *stage) {
		s.javaConsumer("one", s.topic)
		s.settled(1)
		s.because(1, s.addPartitions)
	}},

	{model.CauseTopicCreated, "a topic that a kcat's pattern matches is created", func(s *stage) {
		s.kcat("one", "topic=^"+s.topic+"(-new)?$")
		s.settled(1)
		s.because(1, s.createTopic)
	}},
	{model.CauseTopicCreated, "a topic that a Java consumer's pattern matches is created", func(s *stage) {
		s.javaMember("one", "^"+s.topic+"(-new)?$")
		s.javaMember("two", "^"+s.topic+"(-new)?$")
		s.settled(2)
		s.because(2, s.createTopic)
	}},
	{model.CauseTopicDeleted, "a topic that a kcat's pattern matches is deleted", func(s *stage) {
		s.kcat("one", "topic=^"+s.topic+"(-new)?$")
		s.settled(1)
		s.because(1, s.deleteTopic)
	}},
	{model.CauseTopicDeleted, "a topic that a Java consumer's pattern matches is deleted", func(s *stage) {
		// One that commits by itself tries to commit what it read of the deleted topic for minutes before it joins again.
		s.javaMember("one", "^"+s.topic+"(-new)?$", pick(s, javaRange, javaCooperative), "enable.auto.commit=false")
		s.settled(1)
		s.because(1, s.deleteTopic)
	}},

	{model.CauseSubscriptionChanged, "a Java consumer subscribes to another topic as well", func(s *stage) {
		s.javaMember("stays", s.topic)
		s.javaMember("changes", s.topic)
		s.settled(2)
		s.because(2, func() { s.java.Subscribe(s, s.member("changes"), s.topic+","+s.topic+"-new") })
	}},
	{model.CauseSubscriptionChanged, "a franz-go consumer subscribes to another topic as well", func(s *stage) {
		s.franz("stays").start(s, s.c)
		client := s.franz("changes").join(s, s.c)
		s.settled(2)
		s.because(2, func() { client.AddConsumeTopics(s.topic + "-new") })
	}},
	{model.CauseSubscriptionChanged, "a Java consumer of the consumer protocol subscribes to another topic as well", func(s *stage) {
		s.javaConsumer("stays", s.topic)
		s.javaConsumer("changes", s.topic)
		s.settled(2)
		s.because(2, func() { s.java.Subscribe(s, s.member("changes"), s.topic+","+s.topic+"-new") })
	}},

	{model.CauseAssignorChanged, "a static kcat comes back with another assignor", func(s *stage) {
		static := s.kcat("static", "group.instance.id=static", "session.timeout.ms=20000", "partition.assignment.strategy=range,roundrobin")
		s.settled(1)
		static.Kill(s)
		s.because(1, func() {
			s.kcat("static", "group.instance.id=static", "session.timeout.ms=20000", "partition.assignment.strategy=roundrobin,range")
		})
	}},
	{model.CauseAssignorChanged, "a static Java consumer comes back with another assignor", func(s *stage) {
		s.javaMember("static", s.topic, "group.instance.id=static", "session.timeout.ms=20000", javaRange+javaAndRoundRobin)
		s.settled(1)
		s.java.Stop(s, s.member("static"))
		s.because(1, func() {
			s.javaMember("static", s.topic, "group.instance.id=static", "session.timeout.ms=20000", javaRoundRobin+javaAndRange)
		})
	}},

	{model.CauseRemovedByAdmin, "a kcat is removed", func(s *stage) {
		s.kcat("stays", pick(s, eager...))
		s.kcat("removed", pick(s, eager...))
		s.settled(2)
		s.because(2, func() { s.remove(s.member("removed")) })
	}},
	{model.CauseRemovedByAdmin, "a Java consumer is removed", func(s *stage) {
		s.javaMember("stays", s.topic)
		s.javaMember("removed", s.topic)
		s.settled(2)
		s.because(2, func() { s.remove(s.member("removed")) })
	}},

	{model.CauseCoordinatorMoved, "the coordinator of two consumers of kafka-go moves", func(s *stage) {
		s.segment("one")
		s.segment("two")
		s.settled(2)
		s.because(2, func() { moveCoordinator(s, s.c, s.group) })
	}},
	{model.CauseCoordinatorMoved, "the coordinator of a consumer of kafka-go moves", func(s *stage) {
		s.segment("one")
		s.settled(1)
		s.because(1, func() { moveCoordinator(s, s.c, s.group) })
	}},

	{model.CauseMemberJoined, "a kcat joins another, cooperatively", func(s *stage) {
		s.kcat("first", cooperative)
		s.settled(1)
		s.because(2, func() { s.kcat("second", cooperative) })
	}},
	{model.CauseMemberJoined, "a Java consumer joins another, cooperatively", func(s *stage) {
		s.javaMember("first", s.topic, javaCooperative)
		s.settled(1)
		s.because(2, func() { s.javaMember("second", s.topic, javaCooperative) })
	}},
	{model.CauseMemberJoined, "a franz-go consumer joins another, cooperatively", func(s *stage) {
		s.franz("first").start(s, s.c)
		s.settled(1)
		s.because(2, func() { s.franz("second").start(s, s.c) })
	}},
}

// blockedKcat starts a kcat whose output is a pipe, and returns what stops the reading of it. It polls no more then, and
// its other threads go on.
func (s *stage) blockedKcat(name string, settings ...string) (block func()) {
	s.Helper()
	read, write, err := os.Pipe()
	kafkatest.Must(s, err)
	command := exec.Command("kcat", append([]string{"-b", s.c.Bootstrap(), "-D", strings.Repeat("-", 2000)}, s.kcatArguments(name, settings...)...)...)
	command.Stdout = write
	s.c.Program(s, "kcat", command)
	kafkatest.Must(s, write.Close())
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		buffer := make([]byte, 1<<16)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := read.Read(buffer); err != nil {
				return
			}
		}
	}()
	s.Cleanup(func() { _ = read.Close() })
	return func() {
		close(stop)
		<-stopped
	}
}

func (s *stage) addPartitions() {
	s.Helper()
	_, err := s.c.Admin(s).UpdatePartitions(s.Context(), stagePartitions+2, s.topic)
	kafkatest.Must(s, err)
}

func (s *stage) createTopic() {
	s.Helper()
	s.c.CreateTopic(s, s.topic+"-new", 2)
}

func (s *stage) deleteTopic() {
	s.Helper()
	answer, err := s.c.Admin(s).DeleteTopics(s.Context(), s.topic+"-new")
	kafkatest.Must(s, err)
	kafkatest.Must(s, answer.Error())
}

// remove removes a member as regroup does at somebody's request.
func (s *stage) remove(clientID string) {
	s.Helper()
	v, _ := s.w.now()
	members := v.Group(s.group).Members
	i := slices.IndexFunc(members, func(m model.MemberView) bool { return m.ClientID == clientID })
	if i < 0 {
		s.Fatalf("there is no member %s: %s", clientID, describe(v.Group(s.group)))
	}
	remover, err := admin.New(kafka.Config{Brokers: s.c.Brokers()})
	kafkatest.Must(s, err)
	kafkatest.Must(s, remover.RemoveMembers(s.Context(), s.group, []admin.Removal{{MemberID: members[i].MemberID}}))
	s.w.observe(&model.AdminAction{
		At: time.Now(), Group: s.group, Removed: []string{members[i].MemberID}, Words: clientID + " was removed from the group",
	})
}

// moveCoordinator makes another broker the coordinator of a group, by making it the leader of the group's partition of
// __consumer_offsets. Groups of the same partition move as well.
func moveCoordinator(t testing.TB, c *kafkatest.Cluster, group string) {
	t.Helper()
	const topic = "__consumer_offsets"
	admin := c.Admin(t)
	topics, err := admin.ListTopicsWithInternal(t.Context(), topic)
	kafkatest.Must(t, err)
	partition := topics[topic].Partitions[records.PartitionOf(group, len(topics[topic].Partitions))]
	replicas := append(slices.Clone(partition.Replicas[1:]), partition.Replicas[0])
	if replicas[0] == partition.Leader { // the preferred one was not in charge
		replicas = append(replicas[1:], replicas[0])
	}
	var move kadm.AlterPartitionAssignmentsReq
	move.Assign(topic, partition.Partition, replicas)
	moved, err := admin.AlterPartitionAssignments(t.Context(), move)
	kafkatest.Must(t, err)
	kafkatest.Must(t, moved.Error())
	kafkatest.Eventually(t, func() string {
		if _, err := admin.ElectLeaders(t.Context(), kadm.ElectPreferredReplica, kadm.TopicsSet{topic: {partition.Partition: {}}}); err != nil {
			return err.Error()
		}
		if found := admin.FindGroupCoordinators(t.Context(), group)[group]; found.Err != nil || found.NodeID != replicas[0] {
			return fmt.Sprintf("the coordinator of group %s is broker %d, and should be %d: %v", group, found.NodeID, replicas[0], found.Err)
		}
		return ""
	})
}

// segment joins a consumer of segmentio's kafka-go in the test's own process. It is one of those that join again, under the
// same member id, when their coordinator moves; most others only look for the new one.
func (s *stage) segment(name string) {
	s.Helper()
	reader := segmentio.NewReader(segmentio.ReaderConfig{
		Brokers: s.c.Brokers(), GroupID: s.group, Topic: s.topic, Dialer: &segmentio.Dialer{ClientID: s.member(name)},
		HeartbeatInterval: 500 * time.Millisecond, SessionTimeout: 10 * time.Second, RebalanceTimeout: 10 * time.Second,
		JoinGroupBackoff: time.Second, CommitInterval: time.Second, MaxWait: 500 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = reader.ReadMessage(ctx) // it tries again by itself
		}
	}()
	s.Cleanup(func() {
		cancel()
		<-done
		_ = reader.Close() // its coordinator may be gone
	})
}
