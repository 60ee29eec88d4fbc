package realtest

import (
	"fmt"
	"testing"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// groupOn finds a name of a group that broker id coordinates.
func groupOn(t *testing.T, c *kafkatest.Cluster, prefix string, id int32) string {
	t.Helper()
	admin := c.Admin(t)
	var name string
	kafkatest.Eventually(t, func() string {
		var names []string
		for i := range 30 {
			names = append(names, fmt.Sprintf("%s%d", prefix, i))
		}
		for _, found := range admin.FindGroupCoordinators(t.Context(), names...) {
			if found.Err == nil && found.NodeID == id && (name == "" || found.Name < name) {
				name = found.Name
			}
		}
		if name == "" {
			return fmt.Sprintf("broker %d coordinates none of %s", id, names)
		}
		return ""
	})
	return name
}

// A broker that dies or stops answering takes coordinators and leaders with it. None of that is a rebalance.
func TestBrokerFailsWhileWatching(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic, prefix = "faults", "faults-"
	c.CreateTopic(t, topic, 6)
	for partition := range int32(6) {
		c.Produce(t, topic, partition, 5)
	}
	var groups []string
	for id := range int32(3) {
		group := groupOn(t, c, fmt.Sprintf("%s%d-", prefix, id+1), id+1)
		groups = append(groups, group)
		// Members that survive the time that the group is without a coordinator.
		c.Kcat(t, "-X", "session.timeout.ms=45000", "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=100", "-G", group, topic)
	}
	consumer := groupOn(t, c, prefix+"consumer-", 2)
	c.ConsoleConsumer(t, "--topic", topic, "--group", consumer, "--from-beginning", "--consumer-property", "group.protocol=consumer",
		"--consumer-property", "auto.commit.interval.ms=100")
	groups = append(groups, consumer)

	w := watch(t, c, prefix)
	healthy := func(v *model.View) string {
		for _, b := range v.Brokers {
			if !b.Answered {
				return fmt.Sprintf("broker %d does not answer: %s", b.ID, b.Problem)
			}
		}
		for _, id := range groups {
			g := v.Group(id)
			switch {
			case g == nil:
				return "there is no group " + id
			case !g.StaleSince.IsZero() || !g.GoneSince.IsZero():
				return "not live: " + id + " " + describe(g)
			case stable(1)(g) != "":
				return stable(1)(g) + ": " + id + " " + describe(g)
			case g.Lag != model.Some(int64(0)):
				return "has not committed everything yet: " + id + " " + describe(g)
			}
		}
		return ""
	}
	w.until(t, healthy)
	settled := make(map[string]int) // rebalances until everybody had joined
	for _, id := range groups {
		settled[id] = len(w.happened(model.RebalanceCompleted, id))
	}
	unharmed := func(t *testing.T) {
		t.Helper()
		for _, id := range groups {
			logged := 0
			for _, e := range c.LogEvents(t, id) {
				if e.Group == id && e.Kind.Completed() {
					logged++
				}
			}
			if logged > 1 {
				t.Logf("the log has %d rebalances of %s: the fault did cause some", logged, id)
			} else if told := len(w.happened(model.RebalanceCompleted, id)); told != settled[id] {
				t.Errorf("group %s did not rebalance by the brokers' logs; told was:\n%s", id, w.story(id))
			}
			if gone := w.happened(model.GroupGone, id); len(gone) > 0 {
				t.Errorf("group %s was never deleted; told was:\n%s", id, w.story(id))
			}
		}
	}

	t.Run("killed and started again", func(t *testing.T) {
		c.Kill(t, 2)
		w.until(t, silent(2))
		lost := w.happened(model.SourceLost, "")
		if len(lost) == 0 {
			t.Error("a broker was lost, and no event says so")
		}
		moved := func(v *model.View) string {
			for _, id := range []string{groups[1], consumer} {
				g := v.Group(id)
				if g == nil || !g.StaleSince.IsZero() || g.Coordinator == model.Some(int32(2)) || !g.Coordinator.Known() {
					return "not live at another coordinator: " + id
				}
			}
			return ""
		}
		w.until(t, moved)
		if len(w.happened(model.CoordinatorMoved, groups[1])) == 0 {
			t.Errorf("the coordinator moved, and no event says so:\n%s", w.story(groups[1]))
		}
		c.StartBroker(t, 2)
		w.until(t, healthy)
		unharmed(t)
	})
	t.Run("paused and resumed", func(t *testing.T) {
		c.Pause(t, 3)
		w.until(t, silent(3))
		c.Resume(t, 3)
		w.until(t, healthy)
		unharmed(t)
	})
}

// silent waits for a broker to be missed, and for its groups to be shown as stale or at another coordinator: never as live there.
func silent(id int32) func(*model.View) string {
	return func(v *model.View) string {
		missed := false
		for _, b := range v.Brokers {
			missed = missed || b.ID == id && !b.Answered && b.Problem != ""
		}
		if !missed {
			return fmt.Sprintf("broker %d is not missed", id)
		}
		for _, g := range v.Groups {
			if g.Coordinator == model.Some(id) && g.StaleSince.IsZero() {
				return fmt.Sprintf("group %s of broker %d is shown as live", g.ID, id)
			}
		}
		return ""
	}
}
