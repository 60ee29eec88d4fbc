package records

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"regroup/model"
)

// oracleLine is a record as testdata/Oracle.java prints it: its bytes, and what Kafka's own classes read in them.
type oracleLine struct {
	Partition  int32
	Offset     int64
	Written    int64
	KeyBytes   string
	ValueBytes *string // nil is a tombstone
	Kind       Kind
	Key        struct {
		Group, GroupID, Topic, MemberID string
		Partition                       int32
	}
	Value *oracleValue

	Subscriptions, Assignments map[string][]string // by member, of a generation
}

type oracleValue struct {
	// A commit.
	Offset int64
	// A generation.
	ProtocolType          string
	Generation            int32
	Protocol, Leader      string
	CurrentStateTimestamp int64
	Members               []struct {
		MemberID, GroupInstanceID, ClientID, ClientHost string
		RebalanceTimeout, SessionTimeout                int32
	}
	// The epochs.
	Epoch, AssignmentEpoch int32
	// A member.
	InstanceID, RackID, ClientID, ClientHost string
	SubscribedTopicNames                     []string
	SubscribedTopicRegex, ServerAssignor     string
	RebalanceTimeoutMS                       int32 `json:"rebalanceTimeoutMs"`
	ClassicMemberMetadata                    *struct{}
	// A target and a current assignment.
	TopicPartitions, AssignedPartitions, PartitionsPendingRevocation []oraclePartitions
	MemberEpoch, PreviousMemberEpoch                                 int32
	State                                                            int8
}

type oraclePartitions struct {
	TopicID    string
	Partitions []int32
}

func readOracle(t testing.TB, printed []byte) (lines []oracleLine) {
	t.Helper()
	scanner := bufio.NewScanner(bytes.NewReader(printed))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line oracleLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", scanner.Text(), err)
		}
		lines = append(lines, line)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// recorded are the records that a broker of Apache Kafka 4.3.1 wrote in TestRealBroker, with the oracle's reading.
func recorded(t testing.TB) []oracleLine {
	t.Helper()
	printed, err := os.ReadFile("testdata/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return readOracle(t, printed)
}

func (l *oracleLine) bytes(t testing.TB) (key, value []byte) {
	t.Helper()
	key, err := hex.DecodeString(l.KeyBytes)
	if err != nil {
		t.Fatal(err)
	}
	if l.ValueBytes == nil {
		return key, nil
	}
	value, err = hex.DecodeString(*l.ValueBytes)
	if err != nil {
		t.Fatal(err)
	}
	return key, append([]byte{}, value...) // never nil: that is a tombstone
}

// compare decodes a line's bytes and holds what comes out against what the oracle read.
func (l *oracleLine) compare(t testing.TB) {
	t.Helper()
	got, err := Decode(l.bytes(t))
	if l.Kind > KindCurrent && errors.Is(err, ErrUnrecognised) || l.Kind == KindPartitionMetadata && errors.Is(err, ErrIgnored) {
		return // a resolved regular expression, or of a share or streams group; the tombstone of what no broker writes now
	}
	if err != nil {
		t.Errorf("partition %d offset %d, kind %d: %v", l.Partition, l.Offset, l.Kind, err)
		return
	}
	if want := l.want(); !reflect.DeepEqual(got, want) {
		t.Errorf("partition %d offset %d, kind %d:\n got %s\nwant %s", l.Partition, l.Offset, l.Kind, show(got), show(want))
	}
}

func show(r model.Record) string {
	text, _ := json.Marshal(r)
	return string(text)
}

// want is the record that the oracle's reading amounts to.
func (l *oracleLine) want() model.Record {
	record := model.Record{Group: l.Key.Group + l.Key.GroupID}
	gone := l.Value == nil
	value := oracleValue{Offset: -1}
	if !gone {
		value = *l.Value
	}
	member := l.Key.MemberID
	switch l.Kind {
	case KindCommit, KindLegacyCommit:
		at := model.TopicPartition{Topic: l.Key.Topic, Partition: l.Key.Partition}
		record.Commit = &model.CommitRecord{TopicPartition: at, Offset: value.Offset, Tombstone: gone}
	case KindGeneration:
		record.Generation = &model.GenerationRecord{Tombstone: gone}
		if !gone {
			record.Generation = l.wantGeneration()
		}
	case KindEpoch:
		record.Epoch = &model.EpochRecord{Tombstone: gone, Epoch: value.Epoch}
	case KindMember:
		record.Member = &model.MemberRecord{Tombstone: gone, ID: member}
		if !gone {
			slices.Sort(value.SubscribedTopicNames)
			record.Member = &model.MemberRecord{
				ID: member, InstanceID: value.InstanceID, ClientID: value.ClientID, Host: strings.TrimPrefix(value.ClientHost, "/"),
				Rack: value.RackID, Subscription: value.SubscribedTopicNames, Regex: value.SubscribedTopicRegex,
				RebalanceTimeout: time.Duration(value.RebalanceTimeoutMS) * time.Millisecond,
				ServerAssignor:   value.ServerAssignor, Classic: value.ClassicMemberMetadata != nil,
			}
		}
	case KindTargetEpoch:
		record.TargetEpoch = &model.TargetEpochRecord{Tombstone: gone, Epoch: value.AssignmentEpoch}
	case KindTarget:
		record.Target = &model.TargetRecord{Tombstone: gone, ID: member, Partitions: wantPartitions(value.TopicPartitions)}
	case KindCurrent:
		record.Current = &model.CurrentRecord{Tombstone: gone, ID: member}
		if !gone {
			record.Current = &model.CurrentRecord{
				ID: member, Epoch: value.MemberEpoch, PreviousEpoch: value.PreviousMemberEpoch,
				State:    []model.MemberState{model.MemberStable, model.MemberUnrevokedPartitions, model.MemberUnreleasedPartitions}[value.State],
				Assigned: wantPartitions(value.AssignedPartitions), PendingRevocation: wantPartitions(value.PartitionsPendingRevocation),
			}
		}
	}
	return record
}

func (l *oracleLine) wantGeneration() *model.GenerationRecord {
	v := l.Value
	g := &model.GenerationRecord{
		ProtocolType: v.ProtocolType, Generation: v.Generation, Assignor: v.Protocol, Leader: v.Leader,
		JoinEnded: time.UnixMilli(v.CurrentStateTimestamp),
	}
	for _, m := range v.Members {
		member := model.Member{
			ID: m.MemberID, InstanceID: m.GroupInstanceID, ClientID: m.ClientID, Host: strings.TrimPrefix(m.ClientHost, "/"),
			Subscription: l.Subscriptions[m.MemberID], AssignmentKnown: true,
			SessionTimeout:   model.Some(time.Duration(m.SessionTimeout) * time.Millisecond),
			RebalanceTimeout: model.Some(time.Duration(m.RebalanceTimeout) * time.Millisecond),
		}
		for _, name := range l.Assignments[m.MemberID] {
			dash := strings.LastIndexByte(name, '-')
			number, _ := strconv.ParseInt(name[dash+1:], 10, 32)
			member.Assignment = append(member.Assignment, model.TopicPartition{Topic: name[:dash], Partition: int32(number)})
		}
		slices.SortFunc(member.Assignment, model.TopicPartition.Compare)
		g.Members = append(g.Members, member)
	}
	slices.SortFunc(g.Members, func(a, b model.Member) int { return strings.Compare(a.ID, b.ID) })
	return g
}

func wantPartitions(reported []oraclePartitions) (all []model.TopicIDPartition) {
	for _, topic := range reported {
		for _, number := range topic.Partitions {
			all = append(all, model.TopicIDPartition{TopicID: topic.TopicID, Partition: number})
		}
	}
	slices.SortFunc(all, func(a, b model.TopicIDPartition) int {
		if a.TopicID != b.TopicID {
			return strings.Compare(a.TopicID, b.TopicID)
		}
		return int(a.Partition - b.Partition)
	})
	return all
}
