package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// start is when the observations of the tests begin.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// second is a moment of a test, to the millisecond.
func second(n float64) time.Time {
	return start.Add(time.Duration(math.Round(n*1000)) * time.Millisecond)
}

// poll is a complete snapshot in which all three brokers answered.
func poll(seconds float64, groups ...Group) *Snapshot {
	s := &Snapshot{
		At: second(seconds), Interval: time.Second, Requests: 19,
		Cluster: Cluster{ID: "cluster", Name: "local"}, Groups: groups,
	}
	for id := int32(1); id <= 3; id++ {
		s.Brokers = append(s.Brokers, Broker{ID: id, Address: fmt.Sprintf("host:909%d", id), Answered: true})
	}
	topics := map[string]int32{}
	for _, g := range groups {
		for _, o := range g.Partitions {
			topics[o.Topic] = max(topics[o.Topic], o.Partition+1)
		}
	}
	for name, partitions := range topics {
		s.Topics = append(s.Topics, Topic{Name: name, ID: "id-" + name, Partitions: partitions})
	}
	slices.SortFunc(s.Topics, func(a, b Topic) int { return strings.Compare(a.Name, b.Name) })
	return s
}

// without makes brokers not answer, and drops the groups that they coordinate.
func without(s *Snapshot, ids ...int32) *Snapshot {
	for i := range s.Brokers {
		if slices.Contains(ids, s.Brokers[i].ID) {
			s.Brokers[i].Answered, s.Brokers[i].Problem = false, "connection refused"
			s.Errs = append(s.Errs, SourceError{Broker: Some(s.Brokers[i].ID), Address: s.Brokers[i].Address, Operation: "ListGroups", Problem: "connection refused"})
		}
	}
	s.Groups = slices.DeleteFunc(s.Groups, func(g Group) bool { return slices.Contains(ids, g.Coordinator.Or(0)) })
	return s
}

// retired makes a broker one that left the cluster so long ago that its groups are with others.
func retired(s *Snapshot, id int32) *Snapshot {
	s = without(s, id)
	s.Errs = nil
	return s
}

// partial makes a snapshot speak of its groups only.
func partial(s *Snapshot) *Snapshot {
	s.Partial = true
	return s
}

// classic is a stable classic group named g with members like "A:0,1" that own partitions of the topic t. A member's
// name is its client id; "A/2" is its second member id, "A!" a static member, and "A:?" one whose assignment is not known.
func classic(members ...string) Group {
	g := Group{
		ID: "g", Type: TypeClassic, ProtocolType: "consumer", State: StateStable, Coordinator: Some[int32](1),
		Assignor: "range", MembersKnown: true, OffsetsKnown: true,
	}
	if len(members) == 0 {
		g.State, g.Assignor = StateEmpty, ""
	}
	for _, m := range members {
		g.Members = append(g.Members, member(m))
	}
	return withOffsets(g, 0, 100, 100, 100, 100)
}

func member(description string) Member {
	name, owned, _ := strings.Cut(description, ":")
	client, incarnation, _ := strings.Cut(name, "/")
	client, static := strings.CutSuffix(client, "!")
	m := Member{ID: client + "-id" + incarnation, ClientID: client, Host: "10.0.0.1", Subscription: []string{"t"}}
	if static {
		m.InstanceID = "instance-" + client
	}
	if owned == "?" {
		m.AssignmentProblem = "cannot decode: garbage"
		return m
	}
	m.AssignmentKnown = true
	m.Assignment = partitions(owned)
	return m
}

// partitions reads "0,1" as partitions of the topic t.
func partitions(list string) []TopicPartition {
	var tps []TopicPartition
	for _, number := range strings.Split(list, ",") {
		var n int32
		if _, err := fmt.Sscan(number, &n); err == nil {
			tps = append(tps, TopicPartition{"t", n})
		}
	}
	return tps
}

// withOffsets gives a group commits on the topic t whose logs all end at the same offset.
func withOffsets(g Group, end int64, commits ...int64) Group {
	g.Partitions = nil
	for i, c := range commits {
		g.Partitions = append(g.Partitions, PartitionOffset{
			TopicPartition: TopicPartition{"t", int32(i)},
			Committed:      Some(c), LogStart: Some[int64](0), LogEnd: Some(max(end, c)),
		})
	}
	return g
}

// rebalancing is a classic group in the middle of a rebalance, as a broker answers that tells nothing of its members'
// subscriptions and assignments then.
func rebalancing(state GroupState, members ...string) Group {
	g := classic(members...)
	g.State, g.Assignor = state, ""
	for i := range g.Members {
		m := &g.Members[i]
		m.AssignmentKnown, m.Assignment, m.Subscription = false, nil, nil
		m.AssignmentProblem = "the group is rebalancing"
	}
	return g
}

func named(id string, g Group) Group { g.ID = id; return g }

func coordinatedBy(broker int32, g Group) Group { g.Coordinator = Some(broker); return g }

func generation(n int32, g Group) Group {
	g.Generation = Generation{Number: n, Kind: GenerationExact}
	return g
}

// observe feeds a new tracker and returns it with all events.
func observe(observations ...Observation) (*Tracker, []Event) {
	t := NewTracker()
	var events []Event
	for _, o := range observations {
		events = append(events, t.Observe(o)...)
		t.View()
	}
	return t, events
}

// lines are events as a feed would show them.
func lines(events []Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, string(e.Kind)+" "+e.Detail)
	}
	return out
}

func wantLines(t *testing.T, got []Event, want ...string) {
	t.Helper()
	if !slices.Equal(lines(got), want) {
		t.Errorf("events:\n  %s\nwant:\n  %s", strings.Join(lines(got), "\n  "), strings.Join(want, "\n  "))
	}
}
