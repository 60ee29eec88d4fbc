package records

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Main(m)) }

var record = flag.Bool("record", false, "write testdata/records.jsonl anew, from what the real broker wrote")

// A real broker writes records of every kind that regroup reads; every one of them, with its tombstone, is read as
// Kafka's own classes read it, and the newest of them say what the coordinator says of the group.
func TestRealBroker(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic, prefix, consumer, classic, byHand = "records", "records-", "records-848", "records-classic", "records-by-hand"
	c.CreateTopic(t, topic, 6)
	for partition := range int32(6) {
		c.Produce(t, topic, partition, 20)
	}
	client := c.Client(t)
	modern := func(arguments ...string) *kafkatest.Process {
		return c.ConsoleConsumer(t, append([]string{"--topic", topic, "--group", consumer, "--consumer-property", "group.protocol=consumer", "--from-beginning"}, arguments...)...)
	}
	members := []*kafkatest.Process{
		modern(), c.Kcat(t, "-G", classic, topic),
		c.ConsoleConsumer(t, "--topic", topic, "--group", classic, "--from-beginning", "--consumer-property", "client.id=eins"),
	}
	awaitStable(t, client, consumer, classic)
	// The first member has to give partitions up, which it is written down to have been asked for.
	members = append(members,
		modern("--consumer-property", "group.instance.id=fixed", "--consumer-property", "client.rack=r1"),
		c.ConsoleConsumer(t, "--topic", topic, "--group", classic, "--consumer-property", "group.instance.id=static",
			"--consumer-property", "session.timeout.ms=6000")) // it leaves without a word
	var states map[string]kmsg.ConsumerGroupDescribeResponseGroup
	kafkatest.Eventually(t, func() string {
		states = describeConsumer(t, client, consumer)
		if g := states[consumer]; len(g.Members) != 2 || g.State != "Stable" {
			return fmt.Sprintf("%d members, %s", len(g.Members), g.State)
		}
		return ""
	})
	heartbeatByHand(t, client, byHand)
	compareWithCoordinator(t, readOracle(t, oracle(t, c, prefix)), states[consumer], describeClassic(t, client, classic))

	admin := kadm.NewClient(client)
	kafkatest.Eventually(t, func() string {
		for _, group := range []string{consumer, classic} {
			if committed, err := admin.FetchOffsets(t.Context(), group); err != nil || len(committed[topic]) == 0 {
				return fmt.Sprintf("%s has committed %v, %v", group, committed, err)
			}
		}
		return ""
	})
	for _, m := range members {
		m.Leave(t)
	}
	kafkatest.Eventually(t, func() string {
		for _, group := range []string{consumer, classic} {
			if answer, err := admin.DeleteGroup(t.Context(), group); !errors.Is(err, kerr.GroupIDNotFound) {
				return fmt.Sprintf("%s is deleted now, or cannot be: %v %v", group, err, answer.Err)
			}
		}
		return ""
	})
	printed := oracle(t, c, prefix)
	lines := readOracle(t, printed)
	written := make(map[string]int)
	for i := range lines {
		lines[i].compare(t)
		written[fmt.Sprint(lines[i].Kind, lines[i].Value == nil)]++
		if v := lines[i].Value; v != nil && len(v.PartitionsPendingRevocation) > 0 {
			written["pending"]++
		}
	}
	for _, kind := range []Kind{KindCommit, KindGeneration, KindEpoch, KindMember, KindTargetEpoch, KindTarget, KindCurrent} {
		for _, tombstone := range []bool{false, true} {
			if written[fmt.Sprint(kind, tombstone)] == 0 {
				t.Errorf("the broker wrote no record of kind %d with tombstone %v: %v", kind, tombstone, written)
			}
		}
	}
	if written["pending"] == 0 {
		t.Error("no member was ever asked to give up a partition")
	}
	if *record && !t.Failed() {
		if err := os.WriteFile("testdata/records.jsonl", thinned(printed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// thinned leaves out most of the commits: they differ in their numbers only.
func thinned(printed []byte) []byte {
	var kept []byte
	commits := 0
	for line := range bytes.Lines(printed) {
		if bytes.Contains(line, []byte(`"kind":1,`)) {
			if commits++; commits%8 != 1 {
				continue
			}
		}
		kept = append(kept, line...)
	}
	return kept
}

// oracle has Kafka's own classes read the records of the groups whose names begin so.
func oracle(t *testing.T, c *kafkatest.Cluster, prefix string) []byte {
	t.Helper()
	source, err := filepath.Abs("testdata/Oracle.java")
	if err != nil {
		t.Fatal(err)
	}
	printed, err := c.Tool(t.Context(), source, c.Bootstrap(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(printed)
}

func awaitStable(t *testing.T, client *kgo.Client, groups ...string) {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		listed, err := kadm.NewClient(client).ListGroups(t.Context())
		if err != nil {
			return err.Error()
		}
		for _, group := range groups {
			if state := listed[group].State; state != "Stable" {
				return fmt.Sprintf("%s is %q", group, state)
			}
		}
		return ""
	})
}

func describeConsumer(t *testing.T, client *kgo.Client, group string) map[string]kmsg.ConsumerGroupDescribeResponseGroup {
	t.Helper()
	request := kmsg.NewPtrConsumerGroupDescribeRequest()
	request.Groups = []string{group}
	answer, err := request.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]kmsg.ConsumerGroupDescribeResponseGroup{group: answer.Groups[0]}
}

func describeClassic(t *testing.T, client *kgo.Client, group string) kadm.DescribedGroup {
	t.Helper()
	awaitStable(t, client, group)
	described, err := kadm.NewClient(client).DescribeGroups(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	return described[group]
}

// heartbeatByHand joins and leaves a consumer group with all that a member can say: a regular expression, an assignor.
func heartbeatByHand(t *testing.T, client *kgo.Client, group string) {
	t.Helper()
	request := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	regex, assignor, rack := "records.*", "range", "r2"
	request.Group, request.MemberID, request.MemberEpoch = group, "AAAAAAAAAAAAAAAAAAAAAA", 0
	request.SubscribedTopicRegex, request.ServerAssignor, request.RackID = &regex, &assignor, &rack
	request.RebalanceTimeoutMillis, request.Topics = 12_345, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
	for _, epoch := range []int32{0, -1} {
		request.MemberEpoch = epoch
		answer, err := request.RequestWith(t.Context(), client)
		if err != nil || answer.ErrorCode != 0 {
			t.Fatalf("heartbeat of %s: %v, %v", group, err, answer)
		}
	}
}

// compareWithCoordinator holds the newest records of two groups against what their coordinators answer.
func compareWithCoordinator(t *testing.T, lines []oracleLine, consumer kmsg.ConsumerGroupDescribeResponseGroup, classic kadm.DescribedGroup) {
	t.Helper()
	var epoch, targetEpoch int32
	current := make(map[string]*model.CurrentRecord)
	target := make(map[string]*model.TargetRecord)
	member := make(map[string]*model.MemberRecord)
	var generation *model.GenerationRecord
	for i := range lines {
		r, err := Decode(lines[i].bytes(t))
		switch {
		case err != nil: // compare says which
		case r.Group == classic.Group && r.Generation != nil:
			generation = r.Generation
		case r.Group != consumer.Group:
		case r.Epoch != nil:
			epoch = r.Epoch.Epoch
		case r.TargetEpoch != nil:
			targetEpoch = r.TargetEpoch.Epoch
		case r.Current != nil:
			current[r.Current.ID] = r.Current
		case r.Target != nil:
			target[r.Target.ID] = r.Target
		case r.Member != nil:
			member[r.Member.ID] = r.Member
		}
	}
	if epoch != consumer.Epoch || targetEpoch != consumer.AssignmentEpoch {
		t.Errorf("epochs %d and %d, the coordinator says %d and %d", epoch, targetEpoch, consumer.Epoch, consumer.AssignmentEpoch)
	}
	for _, m := range consumer.Members {
		if got := current[m.MemberID]; got == nil || got.Epoch != m.MemberEpoch || !slices.Equal(got.Assigned, described(m.Assignment)) {
			t.Errorf("member %s: %+v, the coordinator says epoch %d and %v", m.MemberID, got, m.MemberEpoch, m.Assignment)
		}
		if got := target[m.MemberID]; got == nil || !slices.Equal(got.Partitions, described(m.TargetAssignment)) {
			t.Errorf("member %s: target %+v, the coordinator says %v", m.MemberID, got, m.TargetAssignment)
		}
		if got := member[m.MemberID]; got == nil || got.ClientID != m.ClientID || got.Host != strings.TrimPrefix(m.ClientHost, "/") || !slices.Equal(got.Subscription, m.SubscribedTopics) {
			t.Errorf("member %s: %+v, the coordinator says %+v", m.MemberID, got, m)
		}
	}
	if len(consumer.Members) != 2 || generation == nil || len(generation.Members) != len(classic.Members) || generation.Assignor != classic.Protocol {
		t.Fatalf("generation %+v, the coordinator says %+v", generation, classic)
	}
	for _, m := range classic.Members {
		i := slices.IndexFunc(generation.Members, func(got model.Member) bool { return got.ID == m.MemberID })
		if i < 0 {
			t.Errorf("member %s is not in the record", m.MemberID)
			continue
		}
		assigned, _ := m.Assigned.AsConsumer()
		var want []model.TopicPartition
		for _, topic := range assigned.Topics {
			for _, number := range topic.Partitions {
				want = append(want, model.TopicPartition{Topic: topic.Topic, Partition: number})
			}
		}
		slices.SortFunc(want, model.TopicPartition.Compare)
		if got := generation.Members[i]; !slices.Equal(got.Assignment, want) || got.ClientID != m.ClientID || "/"+got.Host != m.ClientHost {
			t.Errorf("member %s: %+v, the coordinator says %+v", m.MemberID, got, m)
		}
	}
}

func described(assignment kmsg.Assignment) (all []model.TopicIDPartition) {
	for _, topic := range assignment.TopicPartitions {
		numbers := slices.Sorted(slices.Values(topic.Partitions))
		for _, number := range numbers {
			all = append(all, model.TopicIDPartition{TopicID: TopicID(topic.TopicID), Partition: number})
		}
	}
	return all
}
