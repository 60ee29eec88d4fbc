package track

import (
	"fmt"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"regroup/model"
	. "regroup/model/modeltest"
)

// manyGroups is a complete snapshot of groups with three members that own ten partitions. All groups read the same
// topic, or each its own; moving says that records are produced and consumed from poll to poll.
func manyGroups(groups, round int, shared, moving bool) *model.Snapshot {
	const width = 10
	s := &model.Snapshot{At: Second(float64(round)), Interval: time.Second, Brokers: []model.Broker{{ID: 1, Answered: true}}}
	step := int64(0)
	if moving {
		step = int64(round)
	}
	for i := range groups {
		topic := "orders"
		if !shared {
			topic = fmt.Sprintf("orders-%05d", i)
		}
		g := model.Group{
			ID: fmt.Sprintf("group-%05d", i), Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable,
			Coordinator: model.Some[int32](1), Assignor: "range", MembersKnown: true, OffsetsKnown: true,
			Members: make([]model.Member, 3), Partitions: make([]model.PartitionOffset, width),
		}
		for m := range g.Members {
			g.Members[m] = model.Member{
				ID: fmt.Sprintf("consumer-%d-5d2c1c1e-aaaa-bbbb-cccc-%06d", m, i), ClientID: fmt.Sprintf("consumer-%d", m),
				Host: "10.0.0.1", Subscription: []string{topic}, AssignmentKnown: true,
			}
		}
		for n := range int32(width) {
			tp := model.TopicPartition{Topic: topic, Partition: n}
			owner := &g.Members[n%3]
			owner.Assignment = append(owner.Assignment, tp)
			g.Partitions[n] = model.PartitionOffset{
				TopicPartition: tp, Committed: model.Some(1000 + 90*step), LogStart: model.Some[int64](0), LogEnd: model.Some(1100 + 100*step),
			}
		}
		s.Groups = append(s.Groups, g)
		if !shared || i == 0 {
			s.Topics = append(s.Topics, model.Topic{Name: topic, ID: "id-" + topic, Partitions: width})
		}
	}
	return s
}

var benchmarkCases = []struct {
	name           string
	groups         int
	shared, moving bool
}{
	{"1000 groups, own topics, moving", 1_000, false, true},
	{"10000 groups, own topics, moving", 10_000, false, true},
	{"10000 groups, one topic, moving", 10_000, true, true},
	{"10000 groups, own topics, idle", 10_000, false, false},
}

// BenchmarkObserve is one poll folded in, and the view after it.
func BenchmarkObserve(b *testing.B) {
	for _, c := range benchmarkCases {
		b.Run(c.name, func(b *testing.B) {
			tr, round := NewTracker(), 0
			for range 2 * model.LagHistoryKept {
				tr.Observe(manyGroups(c.groups, round, c.shared, c.moving))
				round++
			}
			var viewed time.Duration
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				s := manyGroups(c.groups, round, c.shared, c.moving)
				round++
				b.StartTimer()
				tr.Observe(s)
				began := time.Now()
				tr.View()
				viewed += time.Since(began)
			}
			b.ReportMetric(float64(viewed.Microseconds())/float64(b.N), "view-µs/op")
		})
	}
}

// BenchmarkGroupCost is the memory that a tracker and its newest view hold for a group of ten partitions and three
// members, with its histories full.
func BenchmarkGroupCost(b *testing.B) {
	const groups = 1_000
	b.Logf("PartitionView %d B, partition %d B, GroupView %d B, group %d B", unsafe.Sizeof(model.PartitionView{}), unsafe.Sizeof(partition{}),
		unsafe.Sizeof(model.GroupView{}), unsafe.Sizeof(group{}))
	for _, c := range benchmarkCases[1:] {
		b.Run(c.name, func(b *testing.B) {
			held := 0.0
			for range b.N {
				before := Heap()
				tr := NewTracker()
				for round := range 3600 {
					tr.Observe(manyGroups(groups, round, c.shared, c.moving))
					if !c.moving && round > 2*model.LagHistoryKept {
						break
					}
				}
				held = float64(Heap()-before) / groups
				runtime.KeepAlive(tr.View())
				runtime.KeepAlive(tr)
			}
			b.ReportMetric(held, "B/group")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkRebalanceMemory is what the tracker holds of a group after so many rebalances that records told of: the same,
// however many they were, once the rings are full.
func BenchmarkRebalanceMemory(b *testing.B) {
	for _, rebalances := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("%d rebalances", rebalances), func(b *testing.B) {
			held := 0.0
			for range b.N {
				before := Heap()
				tr := NewTracker()
				tr.Observe(on(Second(0)))
				tr.Observe(Poll(0, Classic("A:0,1,2,3")))
				for n := range rebalances {
					at := float64(n+1) * 2
					members := []string{"A:0,1", "B:2,3"}
					if n%2 == 0 {
						members = []string{"A:0", fmt.Sprintf("C/%d:1,2,3", n)}
					}
					tr.Observe(Written(at, int32(n+1), members...))
					tr.Observe(Poll(at+1, WithOffsets(Classic(members...), int64(n), int64(n), int64(n+5), int64(n), int64(n))))
				}
				held = float64(Heap() - before)
				runtime.KeepAlive(tr.View())
				runtime.KeepAlive(tr)
			}
			b.ReportMetric(held, "B/group")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rebalances), "ns/rebalance")
			b.ReportMetric(0, "ns/op")
		})
	}
}
