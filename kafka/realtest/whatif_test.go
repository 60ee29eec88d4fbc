package realtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"regroup/kafka/forecast"
	"regroup/kafka/kafkatest"
	"regroup/model"
	"regroup/model/whatif"
)

const (
	javaSticky     = "partition.assignment.strategy=org.apache.kafka.clients.consumer.StickyAssignor"
	serverUniform  = "group.remote.assignor=uniform"
	serverRange    = "group.remote.assignor=range"
	whatIfPrefix   = "whatif-"
	serverProtocol = "group.protocol=consumer"
)

// whatIfScene is what is done to a group of Java consumers.
type whatIfScene struct {
	name     string
	settings []string // the assignor
	topics   []int32  // how many partitions each has
	members  []string // a slash is followed by the group.instance.id
	joins    []string
	unknown  bool // the client ids of joining members are unknown
	leaves   []string
	adds     int32 // to the first topic
	long     bool  // played in the long variant only
}

var whatIfScenes = []whatIfScene{
	{name: "range-join", settings: []string{javaRange}, topics: []int32{8}, members: []string{"b", "d", "f"}, joins: []string{"c"}},
	{name: "range-unknown", settings: []string{javaRange}, topics: []int32{7}, members: []string{"b", "d"}, joins: []string{"c"}, unknown: true},
	{name: "range-leave-add", settings: []string{javaRange}, topics: []int32{5, 3}, members: []string{"a", "b", "c"}, leaves: []string{"b"}, adds: 2, long: true},
	{name: "range-static", settings: []string{javaRange}, topics: []int32{7}, members: []string{"a/z", "b/y", "c"}, joins: []string{"a2"}},
	{name: "roundrobin-join", settings: []string{javaRoundRobin}, topics: []int32{13, 2}, members: []string{"a", "c"}, joins: []string{"b"}},
	{name: "roundrobin-static", settings: []string{javaRoundRobin}, topics: []int32{12}, members: []string{"a/z", "b/y", "c"}, adds: 3, long: true},
	{name: "sticky-join", settings: []string{javaSticky}, topics: []int32{7}, members: []string{"a", "b", "c"}, joins: []string{"d"}},
	{name: "sticky-leave", settings: []string{javaSticky}, topics: []int32{9, 3}, members: []string{"a", "b", "c", "d"}, leaves: []string{"c"}, long: true},
	{name: "cooperative-join", settings: []string{javaCooperative}, topics: []int32{7}, members: []string{"a", "b", "c"}, joins: []string{"d"}},
	{name: "cooperative-leave", settings: []string{javaCooperative}, topics: []int32{12}, members: []string{"a", "b", "c"}, leaves: []string{"a"}, long: true},
	{name: "cooperative-add", settings: []string{javaCooperative}, topics: []int32{4}, members: []string{"a", "b", "c"}, adds: 5},
	{name: "uniform-join", settings: []string{serverProtocol, serverUniform}, topics: []int32{8}, members: []string{"a", "b", "c"}, joins: []string{"d"}},
	{name: "uniform-leave", settings: []string{serverProtocol, serverUniform}, topics: []int32{7, 4}, members: []string{"a", "b", "c"}, leaves: []string{"a"}, long: true},
	{name: "server-range-join", settings: []string{serverProtocol, serverRange}, topics: []int32{5, 4}, members: []string{"a", "b"}, joins: []string{"c"}, long: true},
}

// TestWhatIfOfJava: what is foretold of groups of Java consumers is what they then do, or what their brokers do. Java's
// sticky assignors break ties in another way than sarama's: of those, numbers are compared.
func TestWhatIfOfJava(t *testing.T) {
	c := kafkatest.Shared(t)
	w := watch(t, c, whatIfPrefix)
	java := c.JavaMembers(t)
	var wait sync.WaitGroup
	for _, s := range whatIfScenes {
		if s.long && !long() {
			continue
		}
		wait.Go(func() { s.play(t, c, w, java) })
	}
	wait.Wait()
}

func (s whatIfScene) play(t *testing.T, c *kafkatest.Cluster, w *watcher, java *kafkatest.JavaMembers) {
	group := whatIfPrefix + s.name
	var topics []string
	partitions := 0
	for i, n := range s.topics {
		topic := group + strings.Repeat("-1", i) // sorted as text with the numbers behind, this one would come first
		c.CreateTopic(t, topic, n)
		topics, partitions = append(topics, topic), partitions+int(n)
	}
	start := func(member string) {
		client, instance, static := strings.Cut(member, "/")
		settings := append([]string{"group.id=" + group, "metadata.max.age.ms=1000"}, s.settings...)
		if !slices.Contains(s.settings, serverProtocol) {
			settings = append(settings, "heartbeat.interval.ms=300", "session.timeout.ms=20000")
		}
		if static {
			settings = append(settings, "group.instance.id="+instance)
		}
		java.Start(t, group+"."+client, strings.Join(topics, ","), settings...)
	}
	for _, m := range s.members {
		start(m)
	}
	g := s.settled(t, w, group, len(s.members), partitions)

	q := whatif.WhatIf{Group: g, Joining: slices.Clone(s.joins), Adding: map[string]int32{topics[0]: s.adds}}
	for i := range q.Joining {
		if q.Joining[i] = group + "." + q.Joining[i]; s.unknown {
			q.Joining[i] = ""
		}
	}
	for i := range g.Members {
		if slices.ContainsFunc(s.leaves, func(m string) bool { return g.Members[i].ClientID == group+"."+m }) {
			q.Leaving = append(q.Leaving, g.Members[i].Slot)
		}
	}
	f, err := forecast.Compute(q)
	if err != nil {
		t.Errorf("%s: %v", s.name, err)
		return
	}
	if s.adds > 0 {
		_, err := c.Admin(t).UpdatePartitions(t.Context(), int(s.topics[0]+s.adds), topics[0])
		kafkatest.Must(t, err)
	}
	for _, m := range s.leaves {
		java.Stop(t, group+"."+m)
	}
	for _, m := range s.joins {
		start(m)
	}
	s.compare(t, &q, f, s.settled(t, w, group, len(s.members)+len(s.joins)-len(s.leaves), partitions+int(s.adds)))
}

// settled is the group once so many members own so many partitions.
func (s whatIfScene) settled(t *testing.T, w *watcher, group string, members, partitions int) *model.GroupView {
	return w.untilGroup(t, group, func(g *model.GroupView) string {
		if q := (whatif.WhatIf{Group: g}); q.Obstacle() != "" {
			return q.Obstacle()
		}
		owned := 0
		for i := range g.Members {
			if !g.Members[i].AssignmentKnown || g.Members[i].TargetKnown && !slices.Equal(g.Members[i].Target, g.Members[i].Assignment) {
				return "an assignment is on its way"
			}
			owned += len(g.Members[i].Assignment)
		}
		if g.State != model.StateStable || g.Rebalancing() || len(g.Members) != members || owned != partitions {
			return fmt.Sprintf("%s: %d members of %d own %d partitions of %d", g.State, len(g.Members), members, owned, partitions)
		}
		return ""
	})
}

// compare fails the test if what was foretold did not come.
func (s whatIfScene) compare(t *testing.T, q *whatif.WhatIf, f *whatif.Forecast, g *model.GroupView) {
	actual, counts, moved := model.Assignment{}, map[model.Slot]int{}, 0
	for i := range g.Members {
		for _, tp := range g.Members[i].Assignment {
			actual[tp] = g.Members[i].Slot
			counts[g.Members[i].Slot]++
		}
	}
	for tp, was := range f.Before {
		if actual[tp] != was {
			moved++
		}
	}
	came := slices.ContainsFunc(f.Outcomes, func(o whatif.Outcome) bool {
		for tp, lane := range o.After {
			if actual[tp] != lane && !o.Undetermined[tp] {
				return false
			}
		}
		return len(actual) == len(o.After)
	})
	wrong := ""
	for _, m := range f.Members {
		if n := counts[m.Slot]; !m.Leaves && (n < m.After.Least || n > m.After.Most) {
			wrong = fmt.Sprintf("%s owns %d, and %v were foretold", m.Slot, n, m.After)
		}
	}
	switch {
	case !came && f.Certainty != whatif.CertaintyExample:
		wrong = "none of the outcomes came"
	case moved < f.Moved.Least:
		wrong = fmt.Sprintf("%d moved, and at least %d were foretold", moved, f.Moved.Least)
	case moved > f.Moved.Most && f.Certainty != whatif.CertaintyExample:
		wrong = fmt.Sprintf("%d moved, and at most %d were foretold", moved, f.Moved.Most)
	}
	t.Logf("%s: %s, %d outcomes: foretold %v moved, %d did", s.name, f.Certainty, len(f.Outcomes), f.Moved, moved)
	if wrong != "" {
		t.Errorf("%s: %s\nbefore   %v\nforetold %v\nactual   %v", s.name, wrong, f.Before, f.Outcomes[0].After, actual)
	}
	if len(q.Joining) == 0 {
		return
	}
	if lane := q.SlotOfJoining(0); g.Member(lane) == nil {
		t.Errorf("%s: the joined member did not get the letter %s", s.name, lane)
	}
}
