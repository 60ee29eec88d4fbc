// Package modeltest builds observations for tests.
package modeltest

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
)

// Start is when the observations of the tests begin.
var Start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Second is a moment of a test, to the millisecond.
func Second(n float64) time.Time {
	return Start.Add(time.Duration(math.Round(n*1000)) * time.Millisecond)
}

// Poll is a complete snapshot in which all three brokers answered.
func Poll(seconds float64, groups ...model.Group) *model.Snapshot {
	s := &model.Snapshot{
		At: Second(seconds), Interval: time.Second, Requests: 19,
		Cluster: model.Cluster{ID: "cluster", Name: "local"}, Groups: groups,
	}
	for id := int32(1); id <= 3; id++ {
		s.Brokers = append(s.Brokers, model.Broker{ID: id, Address: fmt.Sprintf("host:909%d", id), Answered: true})
	}
	topics := map[string]int32{}
	for _, g := range groups {
		for _, o := range g.Partitions {
			topics[o.Topic] = max(topics[o.Topic], o.Partition+1)
		}
	}
	for name, partitions := range topics {
		s.Topics = append(s.Topics, model.Topic{Name: name, ID: "id-" + name, Partitions: partitions})
	}
	slices.SortFunc(s.Topics, func(a, b model.Topic) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// Without makes brokers unreachable, and drops the groups that they coordinate.
func Without(s *model.Snapshot, ids ...int32) *model.Snapshot {
	for i := range s.Brokers {
		if slices.Contains(ids, s.Brokers[i].ID) {
			s.Brokers[i].Answered, s.Brokers[i].Problem = false, "connection refused"
			s.Errs = append(s.Errs, model.SourceError{Broker: model.Some(s.Brokers[i].ID), Address: s.Brokers[i].Address, Operation: "ListGroups", Problem: "connection refused"})
		}
	}
	s.Groups = slices.DeleteFunc(s.Groups, func(g model.Group) bool { return slices.Contains(ids, g.Coordinator.Or(0)) })
	return s
}

// Retired is a snapshot after a broker left the cluster for good: other brokers coordinate its groups.
func Retired(s *model.Snapshot, id int32) *model.Snapshot {
	s = Without(s, id)
	s.Errs = nil
	return s
}

// Partial makes a snapshot one of its groups only.
func Partial(s *model.Snapshot) *model.Snapshot {
	s.Partial = true
	return s
}

// Classic is a stable classic group named g with members like "A:0,1" that own partitions of the topic t. A member's
// name is its client id; "A/2" is its second member id, "A!" a static member, and "A:?" one whose assignment is not known.
func Classic(members ...string) model.Group {
	g := model.Group{
		ID: "g", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Coordinator: model.Some[int32](1),
		Assignor: "range", MembersKnown: true, OffsetsKnown: true,
	}
	if len(members) == 0 {
		g.State, g.Assignor = model.StateEmpty, ""
	}
	for _, m := range members {
		g.Members = append(g.Members, Member(m))
	}
	return WithOffsets(g, 0, 100, 100, 100, 100)
}

// Member is a member by its description, as in [Classic].
func Member(description string) model.Member {
	name, owned, _ := strings.Cut(description, ":")
	client, incarnation, _ := strings.Cut(name, "/")
	client, static := strings.CutSuffix(client, "!")
	m := model.Member{ID: client + "-id" + incarnation, ClientID: client, Host: "10.0.0.1", Subscription: []string{"t"}}
	if static {
		m.InstanceID = "instance-" + client
	}
	if owned == "?" {
		m.AssignmentProblem = "cannot decode: garbage"
		return m
	}
	m.AssignmentKnown = true
	m.Assignment = Partitions(owned)
	return m
}

// Partitions reads "0,1" as partitions of the topic t.
func Partitions(list string) []model.TopicPartition {
	var tps []model.TopicPartition
	for _, number := range strings.Split(list, ",") {
		var n int32
		if _, err := fmt.Sscan(number, &n); err == nil {
			tps = append(tps, model.TopicPartition{Topic: "t", Partition: n})
		}
	}
	return tps
}

// WithOffsets gives a group commits on the topic t whose logs all end at the same offset.
func WithOffsets(g model.Group, end int64, commits ...int64) model.Group {
	g.Partitions = nil
	for i, c := range commits {
		g.Partitions = append(g.Partitions, model.PartitionOffset{
			TopicPartition: model.TopicPartition{Topic: "t", Partition: int32(i)},
			Committed:      model.Some(c), LogStart: model.Some[int64](0), LogEnd: model.Some(max(end, c)),
		})
	}
	return g
}

// Rebalancing is a classic group in the middle of a rebalance, as a broker answers that tells nothing of its members'
// subscriptions and assignments then.
func Rebalancing(state model.GroupState, members ...string) model.Group {
	g := Classic(members...)
	g.State, g.Assignor = state, ""
	for i := range g.Members {
		m := &g.Members[i]
		m.AssignmentKnown, m.Assignment, m.Subscription = false, nil, nil
		m.AssignmentProblem = "the group is rebalancing"
	}
	return g
}

// Named renames a group.
func Named(id string, g model.Group) model.Group { g.ID = id; return g }

// CoordinatedBy gives a group another coordinator.
func CoordinatedBy(broker int32, g model.Group) model.Group {
	g.Coordinator = model.Some(broker)
	return g
}

// Generation gives a group the coordinator's own generation.
func Generation(n int32, g model.Group) model.Group {
	g.Generation = model.Generation{Number: n, Kind: model.GenerationExact}
	return g
}

// Lines are events as a feed would show them.
func Lines(events []model.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, string(e.Kind)+" "+e.Detail)
	}
	return out
}

// WantLines compares events with the lines of a feed.
func WantLines(t *testing.T, got []model.Event, want ...string) {
	t.Helper()
	if !slices.Equal(Lines(got), want) {
		t.Errorf("events:\n  %s\nwant:\n  %s", strings.Join(Lines(got), "\n  "), strings.Join(want, "\n  "))
	}
}

// Written is a record of group g that was written at a moment and read 5 ms later, with members as classic has them.
// The join ended 20 ms before.
func Written(seconds float64, number int32, members ...string) *model.Records {
	rec := model.GenerationRecord{ProtocolType: "consumer", Generation: number, JoinEnded: Second(seconds - 0.02)}
	for _, m := range Classic(members...).Members {
		m.SessionTimeout, m.RebalanceTimeout = model.Some(10*time.Second), model.Some(5*time.Minute)
		rec.Members = append(rec.Members, m)
	}
	if len(rec.Members) > 0 {
		rec.Leader, rec.Assignor = rec.Members[0].ID, "range"
	}
	return &model.Records{
		At: Second(seconds + 0.005), Broker: 1,
		Records: []model.Record{{Group: "g", Partition: 7, Offset: int64(number), Written: Second(seconds), Generation: &rec}},
	}
}

// Probed is a state probe, 25 ms after the previous one, that found group g in another state.
func Probed(seconds float64, state model.GroupState) *model.StateProbe {
	return &model.StateProbe{At: Second(seconds), Asked: Second(seconds), Broker: 1, Groups: []model.ProbedState{{
		Group: "g", State: state, Changed: model.Moment{NotBefore: Second(seconds - 0.025), NotAfter: Second(seconds)},
	}}}
}

// InState is the group in a state of a rebalance, as a poll sees it.
func InState(state model.GroupState, members ...string) model.Group {
	g := Classic(members...)
	g.State, g.Assignor = state, ""
	for i := range g.Members {
		g.Members[i].AssignmentKnown, g.Members[i].Assignment, g.Members[i].Subscription = false, nil, nil
	}
	return g
}

// TpOf is a partition of the topic t.
func TpOf(n int32) model.TopicPartition { return model.TopicPartition{Topic: "t", Partition: n} }

// Judged is a member as records show it: session.timeout.ms 10 s, max.poll.interval.ms 5 min.
func Judged(lane model.Slot) model.MemberView {
	return model.MemberView{
		MemberRef: model.MemberRef{
			Slot: lane, MemberID: "id-" + lane.String(), ClientID: "consumer-" + lane.String(), Host: "10.0.0.5",
		},
		Subscription: []string{"t"}, AssignmentKnown: true,
		SessionTimeout: model.Some(10 * time.Second), RebalanceTimeout: model.Some(5 * time.Minute),
	}
}

// Near allows for what a float64 cannot hold.
func Near(got model.Maybe[float64], want float64) bool {
	value, known := got.Get()
	return known && math.Abs(value-want) < 1e-6
}

// Held counts the elements of all slices (with the room behind them) and maps that can be reached from a value.
func Held(value any) int {
	type place struct {
		at     uintptr
		length int
		typ    reflect.Type
	}
	seen := map[place]bool{}
	count := 0
	var walk func(v reflect.Value)
	first := func(p place) bool { was := seen[p]; seen[p] = true; return !was }
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && first(place{v.Pointer(), 0, v.Type()}) {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Slice:
			if !v.IsNil() && first(place{v.Pointer(), v.Len(), v.Type()}) {
				count += v.Cap()
				for i := range v.Len() {
					walk(v.Index(i))
				}
			}
		case reflect.Map:
			if !v.IsNil() && first(place{v.Pointer(), 0, v.Type()}) {
				count += v.Len()
				for entries := v.MapRange(); entries.Next(); {
					walk(entries.Key())
					walk(entries.Value())
				}
			}
		}
	}
	walk(reflect.ValueOf(value))
	return count
}

// Heap is the bytes in use after a garbage collection.
func Heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// InstantAt is a moment of a test in milliseconds after its start.
func InstantAt(ms int) time.Time { return Start.Add(time.Duration(ms) * time.Millisecond) }

// SecondsOf writes a moment in seconds since the start of the test; – is unknown.
func SecondsOf(m model.Moment) string {
	bound := func(at time.Time) string {
		if at.IsZero() {
			return "–"
		}
		return fmt.Sprintf("%.4g", at.Sub(Second(0)).Seconds())
	}
	return bound(m.NotBefore) + ".." + bound(m.NotAfter)
}
