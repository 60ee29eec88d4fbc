package records

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

func TestAssignment(t *testing.T) {
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
		got, err := Assignment(test.bytes)
		if (err != nil) != test.fails || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
}

func TestSubscription(t *testing.T) {
	for _, test := range []struct {
		name  string
		bytes []byte
		want  []string
		known bool
	}{
		{"no bytes say nothing", nil, nil, false},
		{"topics are sorted and reported once", kafkatest.Subscription("b", "a", "b"), []string{"a", "b"}, true},
		{"no topics are known to be none", kafkatest.Subscription(), []string{}, true},
		{"version 1 without what version 1 adds, as some clients send", []byte{0, 1, 0, 0, 0, 1, 0, 1, 'a', 0xff, 0xff, 0xff, 0xff}, []string{"a"}, true},
	} {
		got, err := Subscription(test.bytes)
		if err != nil || !slices.Equal(got, test.want) || (got != nil) != test.known {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
}

func TestHost(t *testing.T) {
	for _, test := range []struct{ reported, want, why string }{
		{"/10.0.0.5", "10.0.0.5", "as Kafka tells it"},
		{"127.0.0.1:54170", "127.0.0.1", "with a port, as kfake does"},
		{"/10.0.0.5:9", "10.0.0.5", "both"},
		{"[2001:db8::7]:54170", "2001:db8::7", "a port after brackets is a port"},
		{"2001:db8::7:5417", "2001:db8::7:5417", "no brackets: the digits belong to the address"},
		{"/0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1", "as Java writes IPv6"},
		{"fe80::1%eth0", "fe80::1%eth0", "with a zone"},
		{"consumer.example:80", "consumer.example:80", "a name, of which nothing is known"},
		{"10.0.0.5:", "10.0.0.5:", "no port"},
		{"", "", "nothing reported"},
	} {
		if got := Host(test.reported); got != test.want {
			t.Errorf("%q: %q, want %q: %s", test.reported, got, test.want, test.why)
		}
	}
}

// Whatever is assigned, it is read back, sorted.
func TestAssignmentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owned := rapid.MapOf(rapid.StringMatching(`[a-z._-]{1,20}`), rapid.SliceOfDistinct(rapid.Int32Min(0), rapid.ID[int32])).Draw(t, "owned")
		got, err := Assignment(kafkatest.Assignment(owned))
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

// FuzzSubscription and FuzzAssignment feed the decoders what hostile members may join with: nothing may panic, and what
// is read must be valid.
func FuzzSubscription(f *testing.F) {
	f.Add(kafkatest.Subscription("a", "b"))
	meta := kmsg.NewConsumerMemberMetadata()
	rack := "rack"
	meta.Version, meta.Topics, meta.Rack, meta.Generation = 3, []string{"a"}, &rack, 4
	meta.OwnedPartitions = []kmsg.ConsumerMemberMetadataOwnedPartition{{Topic: "a", Partitions: []int32{0}}}
	f.Add(meta.AppendTo(nil))
	f.Add([]byte{0xff, 0xff, 0x7f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, metadata []byte) {
		topics, err := Subscription(metadata)
		if err != nil && topics != nil {
			t.Errorf("%v and %v", topics, err)
		}
		if err == nil && (topics == nil) != (len(metadata) == 0) {
			t.Errorf("%v of %d bytes", topics, len(metadata))
		}
		for i := 1; i < len(topics); i++ {
			if topics[i-1] >= topics[i] {
				t.Errorf("%q: not sorted, or reported twice", topics)
			}
		}
	})
}

func FuzzAssignment(f *testing.F) {
	f.Add(kafkatest.Assignment(map[string][]int32{"a": {0, 1}, "b": {7}}))
	f.Add([]byte{0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, assigned []byte) {
		partitions, err := Assignment(assigned)
		if err != nil && partitions != nil {
			t.Errorf("%v and %v", partitions, err)
		}
		for i, tp := range partitions {
			if tp.Partition < 0 || i > 0 && partitions[i-1].Compare(tp) >= 0 {
				t.Errorf("%v: negative, not sorted, or reported twice", partitions)
			}
		}
	})
}
