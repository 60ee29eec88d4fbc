package kafka

import (
	"slices"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"regroup/model"
)

func TestDecodeAssignment(t *testing.T) {
	// Version 0, topics: "t" with the partitions 2 and 0, no user data.
	valid := []byte{0, 0, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}
	for _, test := range []struct {
		name  string
		bytes []byte
		want  []model.TopicPartition
		fails bool
	}{
		{"no bytes are no partitions", nil, nil, false},
		{"partitions are sorted", valid, []model.TopicPartition{{Topic: "t", Partition: 0}, {Topic: "t", Partition: 2}}, false},
		{"cut off", valid[:15], nil, true},
		{"more topics than bytes", []byte{0, 0, 0x7f, 0xff, 0xff, 0xff}, nil, true},
		{"fewer than no topics", []byte{0, 0, 0x80, 0, 0, 0}, nil, true},
		{"null topics", []byte{0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nil, false},
		{"a negative partition", []byte{0, 0, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, nil, true},
		{"bytes after the end", append(slices.Clone(valid), 1), nil, true},
		{"text", []byte("hello, I am a custom protocol"), nil, true},
	} {
		got, err := decodeAssignment(test.bytes)
		if (err != nil) != test.fails || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
}

func TestDecodeSubscription(t *testing.T) {
	for _, test := range []struct {
		name  string
		bytes []byte
		want  []string
		known bool
	}{
		{"no bytes say nothing", nil, nil, false},
		{"topics are sorted and told once", subscription("b", "a", "b"), []string{"a", "b"}, true},
		{"no topics are known to be none", subscription(), []string{}, true},
		{"version 1 without what version 1 adds, as some clients send", []byte{0, 1, 0, 0, 0, 1, 0, 1, 'a', 0xff, 0xff, 0xff, 0xff}, []string{"a"}, true},
	} {
		got, err := decodeSubscription(test.bytes)
		if err != nil || !slices.Equal(got, test.want) || (got != nil) != test.known {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
}

func TestClientHost(t *testing.T) {
	for _, test := range []struct{ told, want, why string }{
		{"/10.0.0.5", "10.0.0.5", "as Kafka tells it"},
		{"127.0.0.1:54170", "127.0.0.1", "with a port, as kfake does"},
		{"/10.0.0.5:9", "10.0.0.5", "both"},
		{"[2001:db8::7]:54170", "2001:db8::7", "a port after brackets is a port"},
		{"2001:db8::7:5417", "2001:db8::7:5417", "no brackets: the digits belong to the address"},
		{"/0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1", "as Java writes IPv6"},
		{"fe80::1%eth0", "fe80::1%eth0", "with a zone"},
		{"consumer.example:80", "consumer.example:80", "a name, of which nothing is known"},
		{"10.0.0.5:", "10.0.0.5:", "no port"},
		{"", "", "nothing told"},
	} {
		if got := clientHost(test.told); got != test.want {
			t.Errorf("%q: %q, want %q: %s", test.told, got, test.want, test.why)
		}
	}
}

// Whatever is assigned, it is read back, sorted.
func TestAssignmentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owned := rapid.MapOf(rapid.StringMatching(`[a-z._-]{1,20}`), rapid.SliceOfDistinct(rapid.Int32Min(0), rapid.ID[int32])).Draw(t, "owned")
		got, err := decodeAssignment(assignment(owned))
		if err != nil {
			t.Fatal(err)
		}
		var want []model.TopicPartition
		for topic, partitions := range owned {
			for _, partition := range partitions {
				want = append(want, model.TopicPartition{Topic: topic, Partition: partition})
			}
		}
		slices.SortFunc(want, model.TopicPartition.Compare)
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// Bytes are remembered from one poll to the next, and forgotten after.
func TestPayloadsAreRememberedForAPoll(t *testing.T) {
	var p payloads
	bytes := assignment(map[string][]int32{"t": {1}})
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
	f.Add(subscription("a", "b"), assignment(map[string][]int32{"a": {0, 1}, "b": {7}}))
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
