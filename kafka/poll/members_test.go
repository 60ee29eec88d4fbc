package poll

import (
	"slices"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// Bytes are remembered from one poll to the next, and forgotten after.
func TestPayloadsAreRememberedForAPoll(t *testing.T) {
	var p payloads
	bytes := kafkatest.Assignment(map[string][]int32{"t": {1}})
	first, err := p.assignment(bytes)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	p.turn()
	second, _ := p.assignment(bytes)
	if &first[0] != &second[0] {
		t.Error("the same bytes were decoded twice")
	}
	if topics, err := p.subscription(bytes); err == nil && slices.Equal(topics, []string{"t"}) {
		t.Error("an assignment's bytes are no subscription")
	}
	p.turn()
	p.turn()
	if len(p.now)+len(p.before) != 0 {
		t.Errorf("%d payloads that nobody has are remembered", len(p.now)+len(p.before))
	}
}

func TestConsumerSubscriptionByRegex(t *testing.T) {
	regex := "orders-.*"
	member := &sarama.ConsumerGroupMemberDescription{SubscribedTopicNames: []string{}, SubscribedTopicRegex: &regex}
	if got := consumerSubscription(member); got != nil {
		t.Errorf("which topics a regular expression matches only the coordinator knows, got %v", got)
	}
}

// FuzzMember feeds the decoders what hostile members may join with: nothing may panic, and what is read must be valid.
func FuzzMember(f *testing.F) {
	f.Add(kafkatest.Subscription("a", "b"), kafkatest.Assignment(map[string][]int32{"a": {0, 1}, "b": {7}}))
	meta := kmsg.NewConsumerMemberMetadata()
	rack := "rack"
	meta.Version, meta.Topics, meta.Rack, meta.Generation = 3, []string{"a"}, &rack, 4
	meta.OwnedPartitions = []kmsg.ConsumerMemberMetadataOwnedPartition{{Topic: "a", Partitions: []int32{0}}}
	f.Add(meta.AppendTo(nil), []byte{})
	f.Add([]byte{0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}, []byte{0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, metadata, assigned []byte) {
		group := &sarama.GroupDescription{ProtocolType: protocolConsumer, Members: map[string]*sarama.GroupMemberDescription{
			"m": {MemberId: "m", MemberMetadata: metadata, MemberAssignment: assigned},
		}}
		m := new(payloads).classicMembers(group, model.StateStable)[0]
		if m.AssignmentKnown == (m.AssignmentProblem != "") || !m.AssignmentKnown && m.Assignment != nil {
			t.Errorf("%+v: known, or a problem", m)
		}
		if !slices.IsSortedFunc(m.Assignment, model.TopicPartition.Compare) || !slices.IsSorted(m.Subscription) {
			t.Errorf("%+v: not sorted", m)
		}
		for _, tp := range m.Assignment {
			if tp.Partition < 0 {
				t.Errorf("%v: a negative partition", tp)
			}
		}
	})
}
