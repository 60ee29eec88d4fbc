package realtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// commit commits as a tool does, without being a member. What is committed is taken from there on.
func commit(t testing.TB, c *kafkatest.Cluster, group, topic string, offsets map[int32]int64) {
	t.Helper()
	commits := make(kadm.Offsets)
	for partition, offset := range offsets {
		commits.AddOffset(topic, partition, offset, -1)
	}
	admin := c.Admin(t)
	kafkatest.Eventually(t, func() string { // the coordinator may still be coming up
		if err := admin.CommitAllOffsets(t.Context(), group, commits); err != nil {
			return err.Error()
		}
		return ""
	})
}

// fields are the words of the lines of a tool's table, without its headings.
func fields(output, prefix string) (rows [][]string) {
	for line := range strings.Lines(output) {
		if words := strings.Fields(line); len(words) > 0 && strings.HasPrefix(words[0], prefix) {
			rows = append(rows, words)
		}
	}
	return rows
}

// sameRows compares what regroup and a tool say, line by line, whatever the order.
func sameRows(t *testing.T, what string, got, want [][]string) {
	t.Helper()
	flat := func(rows [][]string) (lines []string) {
		for _, row := range rows {
			lines = append(lines, strings.Join(row, " "))
		}
		slices.Sort(lines)
		return lines
	}
	g, w := flat(got), flat(want)
	if len(w) == 0 {
		t.Errorf("%s: Kafka's tool says nothing, so nothing was compared", what)
	}
	if !slices.Equal(g, w) {
		t.Errorf("%s:\nregroup:\n  %s\nKafka's tool:\n  %s", what, strings.Join(g, "\n  "), strings.Join(w, "\n  "))
	}
}

// offsetRows are the lines of kafka-consumer-groups.sh --describe: what is committed or owned.
func offsetRows(g *model.GroupView) (rows [][]string) {
	dash := func(m model.Maybe[int64]) string {
		if n, known := m.Get(); known {
			return fmt.Sprint(n)
		}
		return "-"
	}
	for _, p := range g.Partitions {
		if !p.Committed.Known() && p.Owner == model.Nobody {
			continue
		}
		owner := []string{"-", "-", "-"}
		if m := g.Member(p.Owner); m != nil {
			owner = []string{m.MemberID, "/" + m.Host, m.ClientID}
		}
		rows = append(rows, append([]string{
			g.ID, p.Topic, fmt.Sprint(p.Partition), dash(p.Committed), dash(p.LogEnd), dash(p.Lag),
		}, owner...))
	}
	return rows
}

// memberRows are the first five columns of --describe --members.
func memberRows(g *model.GroupView) (rows [][]string) {
	for _, m := range g.Members {
		rows = append(rows, []string{g.ID, m.MemberID, "/" + m.Host, m.ClientID, fmt.Sprint(len(m.Assignment))})
	}
	return rows
}

// stateRow is the line of --describe --state. Where there is no assignor, Kafka's tool writes a dash, or before 4.0
// nothing: here it is nothing.
func stateRow(g *model.GroupView, addresses []string) []string {
	coordinator := g.Coordinator.Or(-1)
	row := []string{g.ID, addresses[coordinator-1], fmt.Sprintf("(%d)", coordinator)}
	if g.Assignor != "" {
		row = append(row, g.Assignor)
	}
	return append(row, string(g.State), fmt.Sprint(len(g.Members)))
}

// scene sets up groups of every kind, with the given prefix, that stay as they are.
type scene struct {
	prefix          string
	consumerGroups  bool // KIP-848
	types           bool // share and streams groups
	describedGroups []string
}

func (s *scene) setUp(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	orders, audit := s.prefix+"orders", s.prefix+"audit"
	c.CreateTopic(t, orders, 4)
	c.CreateTopic(t, audit, 2)
	for partition := range int32(3) { // the fourth stays empty
		c.Produce(t, orders, partition, 10+int(partition))
	}
	c.Produce(t, audit, 0, 5)

	// Two groups that commit to the same topic at different offsets, one of which commits to another topic too.
	commit(t, c, s.prefix+"empty", orders, map[int32]int64{0: 4, 1: 11})
	commit(t, c, s.prefix+"empty", audit, map[int32]int64{0: 5})
	commit(t, c, s.prefix+"other", orders, map[int32]int64{0: 9})
	// A commit beyond the end of the log.
	commit(t, c, s.prefix+"beyond", audit, map[int32]int64{0: 500, 1: 0})

	// A group of two clients that are not ours and not alike. Java commits often, so that it is done soon.
	mixed := s.prefix + "mixed"
	c.ConsoleConsumer(t, "--topic", orders, "--group", mixed, "--from-beginning", "--consumer-property", "auto.commit.interval.ms=100")
	c.Kcat(t, "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=100", "-X", "client.id=kcat-1", "-G", mixed, orders)
	// Members that own partitions and never commit.
	c.Kcat(t, "-X", "enable.auto.commit=false", "-G", s.prefix+"silent", orders, audit)
	// A group whose members left.
	commit(t, c, s.prefix+"left", audit, map[int32]int64{0: 1})
	left := c.Kcat(t, "-X", "enable.auto.commit=false", "-G", s.prefix+"left", audit)

	s.describedGroups = []string{"beyond", "empty", "left", "mixed", "other", "silent"}
	if s.consumerGroups {
		c.ConsoleConsumer(t, "--topic", orders, "--group", s.prefix+"new", "--from-beginning",
			"--consumer-property", "group.protocol=consumer", "--consumer-property", "auto.commit.interval.ms=100")
		s.describedGroups = append(s.describedGroups, "new")
	}
	if s.types {
		c.ConsoleShareConsumer(t, "--topic", orders, "--group", s.prefix+"share")
		joinStreams(t, c, s.prefix+"streams", orders)
	}
	w := watch(t, c, s.prefix)
	w.untilStable(t, s.prefix+"left", 1)
	left.Leave(t)
}

// joinStreams makes a streams group (KIP-1071) with one member, without a Kafka Streams program.
func joinStreams(t *testing.T, c *kafkatest.Cluster, group, topic string) {
	t.Helper()
	client := c.Client(t)
	join := kmsg.NewPtrStreamsGroupHeartbeatRequest()
	join.Group, join.MemberID, join.ProcessID = group, "streams-member-1", kmsg.StringPtr("process-1")
	join.RebalanceTimeoutMillis = 60_000
	join.ActiveTasks = []kmsg.TaskIDs{} // joining members have none; nil is no change
	join.StandbyTasks = []kmsg.TaskIDs{}
	join.WarmupTasks = []kmsg.TaskIDs{}
	subtopology := kmsg.NewStreamsGroupHeartbeatRequestTopologySubtopology()
	subtopology.SubtopologyID, subtopology.SourceTopics = "0", []string{topic}
	topology := kmsg.NewStreamsGroupHeartbeatRequestTopology()
	topology.Subtopologies = append(topology.Subtopologies, subtopology)
	join.Topology = &topology
	kafkatest.Eventually(t, func() string {
		// The library does not know of itself that this request is for the coordinator.
		found := kadm.NewClient(client).FindGroupCoordinators(t.Context(), group)
		if err := found.Error(); err != nil {
			return fmt.Sprintf("find the coordinator: %v", err)
		}
		answer, err := join.RequestWith(t.Context(), client.Broker(int(found[group].NodeID)))
		if err == nil && answer.ErrorCode != 0 {
			err = errors.New("it was refused")
			if answer.ErrorMessage != nil {
				err = errors.New(*answer.ErrorMessage)
			}
		}
		if err != nil {
			return fmt.Sprintf("join a streams group: %v", err)
		}
		return ""
	})
}

// compare waits until the scene stands, and compares it with what Kafka's own tools say.
func (s *scene) compare(t *testing.T, c *kafkatest.Cluster) *model.View {
	t.Helper()
	w := watch(t, c, s.prefix)
	caughtUp := func(members int) func(g *model.GroupView) string {
		return func(g *model.GroupView) string {
			if problem := stable(members)(g); problem != "" {
				return problem
			}
			if lag, known := g.Lag.Get(); !known || lag != 0 {
				return "has not read everything yet"
			}
			return ""
		}
	}
	w.untilGroup(t, s.prefix+"mixed", caughtUp(2))
	w.untilStable(t, s.prefix+"silent", 1)
	w.untilGroup(t, s.prefix+"left", func(g *model.GroupView) string {
		if g.State != model.StateEmpty {
			return "not empty"
		}
		return ""
	})
	if s.consumerGroups {
		w.untilGroup(t, s.prefix+"new", caughtUp(1))
	}
	offsets := c.Groups(t, "--describe", "--all-groups", "--offsets")
	members := c.Groups(t, "--describe", "--all-groups", "--members")
	states := c.Groups(t, "--describe", "--all-groups", "--state")
	view, _ := w.now()
	var offsetLines, memberLines, stateLines [][]string
	for _, name := range s.describedGroups {
		g := view.Group(s.prefix + name)
		if g == nil {
			t.Errorf("there is no group %s", s.prefix+name)
			continue
		}
		offsetLines = append(offsetLines, offsetRows(g)...)
		memberLines = append(memberLines, memberRows(g)...)
		stateLines = append(stateLines, stateRow(g, c.Brokers()))
	}
	sameRows(t, "offsets", offsetLines, fields(lagOfBeyond(offsets), s.prefix))
	sameRows(t, "members", memberLines, first(fields(members, s.prefix), 5))
	sameRows(t, "states", stateLines, fields(strings.ReplaceAll(states, " - ", " "), s.prefix))
	s.compareListing(t, c, view)
	return view
}

// lagOfBeyond corrects the one thing that Kafka's tool says and regroup must not: a negative lag.
func lagOfBeyond(output string) string {
	return strings.ReplaceAll(output, " -495 ", " 0 ")
}

func first(rows [][]string, columns int) [][]string {
	for i := range rows {
		rows[i] = rows[i][:columns]
	}
	return rows
}

// compareListing compares types, states and coordinators of all groups with what another client library is reported.
func (s *scene) compareListing(t *testing.T, c *kafkatest.Cluster, view *model.View) {
	t.Helper()
	var got, want [][]string
	for _, g := range view.Groups {
		got = append(got, []string{g.ID, string(g.Type), string(g.State), g.ProtocolType, g.Coordinator.String()})
	}
	for _, shard := range c.Client(t).RequestSharded(t.Context(), kmsg.NewPtrListGroupsRequest()) {
		if shard.Err != nil {
			t.Fatalf("list the groups of broker %d: %v", shard.Meta.NodeID, shard.Err)
		}
		for _, g := range shard.Resp.(*kmsg.ListGroupsResponse).Groups {
			if strings.HasPrefix(g.Group, s.prefix) {
				want = append(want, []string{g.Group, strings.ToLower(g.GroupType), g.GroupState, g.ProtocolType, fmt.Sprint(shard.Meta.NodeID)})
			}
		}
	}
	sameRows(t, "listing", got, want)
}

func TestSameFactsAsKafkasOwnTools(t *testing.T) {
	c := kafkatest.Shared(t)
	s := &scene{prefix: "facts-", consumerGroups: true, types: true}
	s.setUp(t, c)
	view := s.compare(t, c)

	beyond := view.Group("facts-beyond")
	if lag, known := beyond.Lag.Get(); !known || lag != 0 {
		t.Errorf("a commit beyond the end makes a lag of %s, want 0", beyond.Lag)
	}
	if flag := beyond.Partitions[0].Flag; flag != model.LagBeyondEnd {
		t.Errorf("a commit beyond the end is flagged %q", flag)
	}
	silent := view.Group("facts-silent")
	if silent.Lag.Known() {
		t.Errorf("a group that never committed has lag %s, want unknown", silent.Lag)
	}
	if len(silent.Partitions) != 6 {
		t.Errorf("a member without commits owns 6 partitions, %d are shown", len(silent.Partitions))
	}
	for _, p := range silent.Partitions {
		if p.Owner == model.Nobody || p.Flag != model.LagNoCommit {
			t.Errorf("%s of a member without commits: owner %s, flag %q", p.TopicPartition, p.Owner, p.Flag)
		}
	}
	if g := view.Group("facts-new"); g.Type != model.TypeConsumer || g.Generation.Kind != model.GenerationExact || !g.Members[0].TargetKnown {
		t.Errorf("a live group of the consumer protocol is shown as %s", describe(g))
	}
	for id, kind := range map[string]model.GroupType{"facts-share": model.TypeShare, "facts-streams": model.TypeStreams} {
		if g := view.Group(id); g == nil || g.Type != kind {
			t.Errorf("there is no group %s of type %s", id, kind)
		}
	}
}
