package recording_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"regroup/cli/recording"
	"regroup/model"
)

// polled is what the nth poll of a second of a busy cluster sees: every partition is written to and read, not evenly.
func polled(groups, partitions int, n int64) *model.Snapshot {
	at := time.Unix(1_700_000_000+n, n*7_919_993)
	s := &model.Snapshot{
		At: at, Took: 20 * time.Millisecond, Requests: 19, Interval: time.Second, Cluster: model.Cluster{ID: "c", Name: "prod", Version: "4.3"},
		Brokers: []model.Broker{{ID: 1, Address: "kafka-1:9092", Answered: true, LastSeen: at}, {ID: 2, Address: "kafka-2:9092", Answered: true, LastSeen: at}},
	}
	for g := range groups {
		topic := fmt.Sprintf("orders-%d", g)
		s.Topics = append(s.Topics, model.Topic{Name: topic, ID: fmt.Sprintf("%022d", g), Partitions: int32(partitions)})
		group := model.Group{
			ID: fmt.Sprintf("billing-%d", g), Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: "range",
			Coordinator: model.Some(int32(g % 2)), MembersKnown: true, OffsetsKnown: true,
		}
		for m := range 4 {
			id := fmt.Sprintf("consumer-%d-%08x-%08x", m, g*7919, m*104729)
			member := model.Member{ID: id, ClientID: fmt.Sprintf("consumer-%d", m), Host: fmt.Sprintf("10.0.0.%d", m), Subscription: []string{topic}, AssignmentKnown: true}
			for p := m; p < partitions; p += 4 {
				member.Assignment = append(member.Assignment, model.TopicPartition{Topic: topic, Partition: int32(p)})
			}
			group.Members = append(group.Members, member)
		}
		for p := range partitions {
			end := int64(g)*1000 + n*int64(50+(g*31+p*17)%90) + int64(p*p)%13*(n%7)
			group.Partitions = append(group.Partitions, model.PartitionOffset{
				TopicPartition: model.TopicPartition{Topic: topic, Partition: int32(p)},
				Committed:      model.Some(end - (n*int64(p+3))%97), LogStart: model.Some[int64](0), LogEnd: model.Some(end),
			})
		}
		s.Groups = append(s.Groups, group)
	}
	return s
}

// How large a recording gets, and what it costs the tracker's goroutine, for one poll a second.
func BenchmarkRecord(b *testing.B) {
	for _, groups := range []int{10, 1000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "session.regroup")
			w, err := recording.Create(path, "test", recording.Settings{})
			must(b, err)
			n := int64(0)
			for b.Loop() {
				b.StopTimer()
				s := polled(groups, 8, n)
				n++
				b.StartTimer()
				w.Record(s)
			}
			must(b, w.Close())
			info, err := os.Stat(path)
			must(b, err)
			b.ReportMetric(float64(info.Size())/float64(n)*60/1024, "KiB/min")
		})
	}
}

// How long a replay waits for an observation.
func BenchmarkNext(b *testing.B) {
	for _, groups := range []int{10, 1000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "session.regroup")
			w, err := recording.Create(path, "test", recording.Settings{})
			must(b, err)
			for n := range int64(20) {
				w.Record(polled(groups, 8, n))
			}
			must(b, w.Close())
			r, err := recording.Open(path)
			must(b, err)
			defer r.Close() //nolint:errcheck // read only
			for b.Loop() {
				if _, _, err := r.Next(); err != nil {
					must(b, r.Rewind())
				}
			}
		})
	}
}
