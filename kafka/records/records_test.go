package records

import (
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// What a real broker wrote is read as Kafka's own classes read it.
func TestRecordedRecords(t *testing.T) {
	kinds := make(map[Kind]bool)
	for _, line := range recorded(t) {
		line.compare(t)
		kinds[line.Kind] = true
	}
	for kind := KindCommit; kind <= KindCurrent; kind++ {
		if !kinds[kind] && kind != KindPartitionMetadata {
			t.Errorf("no record of kind %d was recorded", kind)
		}
	}
}

// A record that was cut off, wherever, breaks its schema, and nothing else happens.
func TestCutOff(t *testing.T) {
	for _, line := range recorded(t) {
		if line.Kind > KindCurrent || line.Kind == KindPartitionMetadata {
			continue
		}
		key, value := line.bytes(t)
		for i := range key {
			if _, err := Decode(key[:i], value); !errors.Is(err, ErrUndecodable) {
				t.Errorf("kind %d, %d bytes of a key of %d: %v", line.Kind, i, len(key), err)
			}
		}
		for i := range value {
			if _, err := Decode(key, value[:i]); !errors.Is(err, ErrUndecodable) {
				t.Errorf("kind %d, %d bytes of a value of %d: %v", line.Kind, i, len(value), err)
			}
		}
	}
}

// keyOf is a key of a kind, for the group g and the member m.
func keyOf(kind Kind) []byte {
	key := binary.BigEndian.AppendUint16(nil, uint16(kind))
	switch kind {
	case KindLegacyCommit, KindCommit:
		return append(key, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 3)
	case KindMember, KindTarget, KindCurrent:
		return append(key, 0, 1, 'g', 0, 1, 'm')
	}
	return append(key, 0, 1, 'g')
}

func TestWhatSaysNothing(t *testing.T) {
	for _, test := range []struct {
		why        string
		key, value []byte
		want       error
	}{
		{"partition metadata, which Kafka 4.1 writes no more", keyOf(KindPartitionMetadata), []byte{0, 0, 1, 0}, ErrIgnored},
		{"and its tombstone", keyOf(KindPartitionMetadata), nil, ErrIgnored},
		{"a share group's member", keyOf(10), []byte{0, 0, 1}, ErrUnrecognised},
		{"a resolved regular expression", keyOf(16), []byte{0, 0, 1}, ErrUnrecognised},
		{"a kind of a Kafka to come", keyOf(99), []byte{0, 0}, ErrUnrecognised},
		{"a negative kind", keyOf(-1), []byte{0, 0}, ErrUnrecognised},
		{"a commit of a newer version", keyOf(KindCommit), []byte{0, 5, 0, 0}, ErrUnrecognised},
		{"a generation of a newer version", keyOf(KindGeneration), []byte{0, 5, 0, 0}, ErrUnrecognised},
		{"a member of a newer version", keyOf(KindMember), []byte{0, 1, 0, 0}, ErrUnrecognised},
		{"a version below 0", keyOf(KindEpoch), []byte{0xff, 0xff, 0, 0}, ErrUnrecognised},
		{"an empty value, which is no tombstone", keyOf(KindEpoch), []byte{}, ErrUndecodable},
		{"no key", nil, nil, ErrUndecodable},
		{"a commit for a partition below 0", []byte{0, 1, 0, 1, 'g', 0, 1, 't', 0xff, 0xff, 0xff, 0xff}, nil, ErrUndecodable},
		{"a group that is null", []byte{0, 2, 0xff, 0xff}, nil, ErrUndecodable},
		{"a number of five bytes that is above 32 bits", keyOf(KindTarget), []byte{0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f}, ErrUndecodable},
		{"an array that is null where there must be one", keyOf(KindTarget), []byte{0, 0, 0, 0}, ErrUndecodable},
		{"a commit of an offset below 0", keyOf(KindCommit), slices.Concat([]byte{0, 0}, slices.Repeat([]byte{0xff}, 8), make([]byte, 10)), ErrUndecodable},
	} {
		if record, err := Decode(test.key, test.value); !errors.Is(err, test.want) {
			t.Errorf("%s: %s, %v", test.why, show(record), err)
		}
	}
}

// A length that the bytes do not hold is not believed: nothing is allocated by it.
func TestLengthsAreNotBelieved(t *testing.T) {
	much := []byte{0xff, 0xff, 0xff, 0xff, 0x07} // 2³¹−1, as a compact length
	padding := make([]byte, 200)
	for _, test := range []struct {
		why   string
		kind  Kind
		value []byte
	}{
		{"members of a generation", KindGeneration, slices.Concat([]byte{0, 3, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, make([]byte, 8), []byte{0x7f, 0xff, 0xff, 0xff}, padding)},
		{"as many members as there are bytes", KindGeneration, slices.Concat([]byte{0, 3, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, make([]byte, 8), []byte{0, 0, 0, 200}, padding)},
		{"members of a flexible generation", KindGeneration, slices.Concat([]byte{0, 4, 1, 0, 0, 0, 1, 0, 0}, make([]byte, 8), much, padding)},
		{"topics of a target", KindTarget, slices.Concat([]byte{0, 0}, much, padding)},
		{"partitions of a topic", KindTarget, slices.Concat([]byte{0, 0, 2}, make([]byte, 16), much, padding)},
		{"subscribed topics", KindMember, slices.Concat([]byte{0, 0, 0, 0, 1, 1}, much, padding)},
		{"a string", KindMember, slices.Concat([]byte{0, 0}, much, padding)},
		{"tagged fields", KindEpoch, slices.Concat([]byte{0, 0, 0, 0, 0, 1}, much, padding)},
		{"a tagged field's bytes", KindEpoch, slices.Concat([]byte{0, 0, 0, 0, 0, 1, 1, 0}, much, padding)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(keyOf(test.kind), test.value)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrUndecodable) {
			t.Errorf("%s: %v", test.why, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<10 {
			t.Errorf("%s: %d bytes allocated for %d", test.why, took, len(test.value))
		}
	}
}

// Every version of a generation that Kafka has written since 2.8 and before is read, of another library's writing.
func TestVersionsOfAGeneration(t *testing.T) {
	for version := range int16(5) {
		value := kmsg.NewGroupMetadataValue()
		value.Version, value.ProtocolType, value.Generation = version, "consumer", 7
		value.Protocol, value.Leader = kmsg.StringPtr("range"), kmsg.StringPtr("m2")
		value.CurrentStateTimestamp = 1_700_000_000_123
		for _, id := range []string{"m2", "m1"} {
			m := kmsg.NewGroupMetadataValueMember()
			m.MemberID, m.ClientID, m.ClientHost = id, "c-"+id, "/10.0.0.5"
			m.InstanceID = kmsg.StringPtr("i-" + id)
			m.RebalanceTimeoutMillis, m.SessionTimeoutMillis = 300_000, 45_000
			m.Subscription, m.Assignment = kafkatest.Subscription("t"), kafkatest.Assignment(map[string][]int32{"t": {1, 0}})
			value.Members = append(value.Members, m)
		}
		record, err := Decode(keyOf(KindGeneration), value.AppendTo(nil))
		if err != nil {
			t.Errorf("version %d: %v", version, err)
			continue
		}
		want := &model.GenerationRecord{ProtocolType: "consumer", Generation: 7, Assignor: "range", Leader: "m2"}
		for _, id := range []string{"m1", "m2"} {
			want.Members = append(want.Members, model.Member{
				ID: id, ClientID: "c-" + id, Host: "10.0.0.5", Subscription: []string{"t"}, AssignmentKnown: true,
				Assignment:     []model.TopicPartition{{Topic: "t", Partition: 0}, {Topic: "t", Partition: 1}},
				SessionTimeout: model.Some(45 * time.Second),
			})
			m := &want.Members[len(want.Members)-1]
			if version >= 1 {
				m.RebalanceTimeout = model.Some(5 * time.Minute)
			}
			if version >= 3 {
				m.InstanceID = "i-" + id
			}
		}
		if version >= 2 {
			want.JoinEnded = time.UnixMilli(1_700_000_000_123)
		}
		if !reflect.DeepEqual(record.Generation, want) {
			t.Errorf("version %d:\n got %+v\nwant %+v", version, record.Generation, want)
		}
	}
}

// What the members of other protocols have in their bytes is theirs alone; what cannot be read is told as such.
func TestMembersThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ why, protocolType, problem string }{
		{"Kafka Connect", "connect", `protocol type "connect" has an assignment format of its own`},
		{"a consumer whose assignor writes what it likes", "consumer", "cannot decode: "},
	} {
		value := kmsg.NewGroupMetadataValue()
		value.Version, value.ProtocolType, value.Generation = 3, test.protocolType, 1
		m := kmsg.NewGroupMetadataValueMember()
		m.MemberID, m.Subscription, m.Assignment = "m", []byte{1}, []byte{0, 0, 0x7f}
		value.Members = append(value.Members, m)
		record, err := Decode(keyOf(KindGeneration), value.AppendTo(nil))
		if err != nil {
			t.Errorf("%s: %v", test.why, err)
			continue
		}
		got := record.Generation.Members[0]
		if got.AssignmentKnown || got.Subscription != nil || len(got.AssignmentProblem) < len(test.problem) || got.AssignmentProblem[:len(test.problem)] != test.problem {
			t.Errorf("%s: %+v", test.why, got)
		}
	}
}

// FuzzRecord reads whatever bytes there are. Nothing may panic; exactly one kind is set, or there is an error; and what
// another library reads of the same bytes is the same.
func FuzzRecord(f *testing.F) {
	for _, line := range recorded(f) {
		key, value := line.bytes(f)
		f.Add(key, value, value == nil)
	}
	f.Fuzz(func(t *testing.T, key, value []byte, tombstone bool) {
		if tombstone {
			value = nil
		} else if value == nil {
			value = []byte{}
		}
		record, err := Decode(key, value)
		set := 0
		for _, is := range []bool{record.Commit != nil, record.Generation != nil, record.Epoch != nil, record.Member != nil, record.TargetEpoch != nil, record.Target != nil, record.Current != nil} {
			if is {
				set++
			}
		}
		if err != nil {
			if set != 0 || !errors.Is(err, ErrIgnored) && !errors.Is(err, ErrUndecodable) && !errors.Is(err, ErrUnrecognised) {
				t.Errorf("%s with %v", show(record), err)
			}
			return
		}
		if set != 1 {
			t.Errorf("%d kinds are set: %s", set, show(record))
		}
		if record.Generation != nil && !tombstone {
			var other kmsg.GroupMetadataValue
			if err := other.ReadFrom(value); err != nil || other.Generation != record.Generation.Generation || len(other.Members) != len(record.Generation.Members) {
				t.Errorf("kmsg reads %+v, %v; we %s", other, err, show(record))
			}
		}
		if record.Commit != nil && !tombstone {
			var other kmsg.OffsetCommitValue
			if err := other.ReadFrom(value); err != nil || other.Offset != record.Commit.Offset {
				t.Errorf("kmsg reads %+v, %v; we %s", other, err, show(record))
			}
		}
	})
}

// The numbers are those of Java: Utils.abs("…".hashCode()) % 50.
func TestPartitionOf(t *testing.T) {
	for _, test := range []struct {
		group string
		want  int32
		why   string
	}{
		{"group", 47, "98629247"},
		{"tail-g1", 37, "-1546494137: the absolute value counts, and not the number without its sign's bit (11)"},
		{"my-consumer-group", 13, "1513705513"},
		{"Zürich", 12, "not ASCII"},
		{"日本", 47, "three bytes a character in UTF-8, one unit in Java"},
		{"😀-emoji", 38, "two units for one character"},
		{"polygenelubricants", 0, "-2147483648, whose absolute value is no int: 0"},
		{"", 0, "nothing"},
		{"pulse-g1", 28, "as a broker of Apache Kafka 4.3 says in its log"},
		{"pulse-static", 36, "the same"},
		{"\xff\xff", 6, "2097056: Java makes a U+FFFD of each of these bytes"},
	} {
		if got := PartitionOf(test.group, 50); got != test.want {
			t.Errorf("%q: %d, want %d (%s)", test.group, got, test.want, test.why)
		}
	}
}
