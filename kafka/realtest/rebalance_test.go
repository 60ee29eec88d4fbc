package realtest

import (
	"fmt"
	"testing"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// A group of the classic protocol waits for all its members to join again. While one of them is paused, it stays in the
// middle of a rebalance: the time to look at what is shown then.
func inTheMiddle(t *testing.T, c *kafkatest.Cluster, prefix string) {
	group, topic := prefix+"middle", prefix+"middle"
	c.CreateTopic(t, topic, 4)
	// The first group of a cluster creates __consumer_offsets, whose coordinators are loading for a moment: a poll then is
	// incomplete, and a group that appears after it may have existed before.
	commit(t, c, "before-"+group, topic, map[int32]int64{0: 0})
	w := watch(t, c, prefix)
	first := kcat(t, c, "first", group, "-X", "session.timeout.ms=45000", topic)
	before := w.untilStable(t, group, 1)
	if g := w.happened(model.GroupAppeared, group); len(g) != 1 {
		t.Errorf("the group appeared %d times", len(g))
	}

	first.Pause(t)
	kcat(t, c, "second", group, topic)
	middle := w.untilGroup(t, group, func(g *model.GroupView) string {
		switch {
		case g.State != model.StatePreparingRebalance:
			return "not preparing a rebalance"
		case len(g.Members) != 2:
			return fmt.Sprintf("%d members, want the old and the joining one", len(g.Members))
		}
		return ""
	})
	for _, m := range middle.Members {
		switch m.ClientID {
		case "first":
			if !m.AssignmentPrevious || len(m.Assignment) != 4 {
				t.Errorf("the member of before owned 4 partitions, and is shown as %s", describe(middle))
			}
		case "second":
			if m.AssignmentKnown || m.AssignmentProblem == "" {
				t.Errorf("the joining member has no assignment yet, and is shown as %s", describe(middle))
			}
		default:
			t.Errorf("a stranger is in the group: %s", describe(middle))
		}
	}
	if middle.Joining != 1 {
		t.Errorf("one member is joining, %d are shown", middle.Joining)
	}
	if !middle.Rebalancing() {
		t.Error("a rebalance is under way, and the group is shown as settled")
	}
	if len(middle.Partitions) != 4 {
		t.Errorf("the group had 4 partitions before, %d are shown now", len(middle.Partitions))
	}
	for _, p := range middle.Partitions {
		if p.Owner != before.Members[0].Slot || !p.OwnerPrevious {
			t.Errorf("%s belonged to %s, and is shown with %s (previous %v)", p.TopicPartition, before.Members[0].Slot, p.Owner, p.OwnerPrevious)
		}
	}

	first.Resume(t)
	w.untilStable(t, group, 2)
	rebalances := w.happened(model.RebalanceCompleted, group)
	last := rebalances[len(rebalances)-1].Rebalance
	if len(last.Joined) != 1 || last.Joined[0].ClientID != "second" || len(last.Left) != 0 || len(last.Moves) != 2 {
		t.Errorf("the second member joined and took over 2 of 4 partitions; reported was %s: %+v", last.Summary(), last)
	}
	w.noInvention(t, group)
}

func TestInTheMiddleOfARebalance(t *testing.T) {
	inTheMiddle(t, kafkatest.Shared(t), "middle-")
}

// Members that join, leave, and are killed: what is reported is what the brokers' logs have.
func TestMembersComeAndGo(t *testing.T) {
	c := kafkatest.Shared(t)
	c.CreateTopic(t, "members", 4)
	w := watch(t, c, "members-")
	const group = "members-classic"
	kcat(t, c, "stays", group, "members")
	w.untilStable(t, group, 1)
	leaver := kcat(t, c, "leaver", group, "members")
	w.untilStable(t, group, 2)
	leaver.Leave(t)
	g := w.untilStable(t, group, 1)
	if lane := g.Members[0].Slot; lane != 1 {
		t.Errorf("the member that stayed was A, and is %s now", lane)
	}
	victim := kcat(t, c, "victim", group, "members")
	g = w.untilStable(t, group, 2)
	victim.Kill(t)
	w.untilStable(t, group, 1)

	var reported []string
	for _, e := range w.happened(model.RebalanceCompleted, group) {
		for _, m := range e.Rebalance.Joined {
			reported = append(reported, "+"+m.ClientID)
		}
		for _, m := range e.Rebalance.Left {
			reported = append(reported, "-"+m.ClientID)
		}
	}
	if got, want := fmt.Sprint(reported), "[+stays +leaver -leaver +victim -victim]"; got != want {
		t.Errorf("reported: %s, want %s\n%s", got, want, w.story(group))
	}
	if reported := w.noInvention(t, group); reported != 5 {
		t.Errorf("%d rebalances were reported, want 5\n%s", reported, w.story(group))
	}
	if lane := g.Members[1].Slot; lane != 3 {
		t.Errorf("the third member is %s, want C: a letter is not given twice", lane)
	}
}

// The epochs of a group of the consumer protocol (KIP-848) are the coordinator's own.
func TestConsumerProtocol(t *testing.T) {
	c := kafkatest.Shared(t)
	c.CreateTopic(t, "kip848", 4)
	w := watch(t, c, "kip848")
	const group = "kip848"
	start := func(name string) *kafkatest.Process {
		return c.ConsoleConsumer(t, "--topic", "kip848", "--group", group, "--consumer-property", "group.protocol=consumer",
			"--consumer-property", "client.id="+name)
	}
	start("one")
	w.untilStable(t, group, 1)
	two := start("two")
	g := w.untilStable(t, group, 2)
	if g.Type != model.TypeConsumer || g.Generation.Kind != model.GenerationExact {
		t.Errorf("want a consumer group with an exact epoch: %s", describe(g))
	}
	two.Leave(t)
	g = w.untilStable(t, group, 1)

	newest := int32(-1)
	for _, e := range c.LogEvents(t, group) {
		if e.Group == group && e.Kind == kafkatest.Targeted {
			newest = max(newest, e.Generation)
		}
	}
	if epoch := g.Generation.Exact(); epoch != model.Some(newest) {
		t.Errorf("the group's epoch is shown as %s, the coordinator computed its assignment for %d", epoch, newest)
	}
	w.noInvention(t, group)
	moved := 0
	for _, e := range w.happened(model.RebalanceCompleted, group) {
		moved += len(e.Rebalance.Moves)
	}
	if moved != 4+2+2 {
		t.Errorf("4 partitions were taken, 2 handed over and 2 given back; reported were %d moves\n%s", moved, w.story(group))
	}
}
