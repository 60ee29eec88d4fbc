package realtest

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// groupOn finds a name of a group that broker id coordinates.
func groupOn(t testing.TB, c *kafkatest.Cluster, prefix string, id int32) string {
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

// setSessionTimeout sets for how long the coordinator waits for members of a group of the consumer protocol: there it is
// not the members that decide.
func setSessionTimeout(t testing.TB, c *kafkatest.Cluster, group, milliseconds string) {
	t.Helper()
	setting := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	setting.Name, setting.Value = "consumer.session.timeout.ms", &milliseconds
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeGroupConfig, group
	resource.Configs = append(resource.Configs, setting)
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = append(request.Resources, resource)
	answer, err := request.RequestWith(t.Context(), c.Client(t))
	must(t, err)
	must(t, kerr.ErrorForCode(answer.Resources[0].ErrorCode))
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
	setSessionTimeout(t, c, consumer, "45000")
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
	settled := make(map[string][]int32) // the generations until everybody had joined
	told := make(map[string]int)
	for _, id := range groups {
		settled[id], told[id] = logged(t, c, id), w.noInvention(t, id)
	}
	unharmed := func(t *testing.T) {
		t.Helper()
		for _, id := range groups {
			if now := logged(t, c, id); len(now) != len(settled[id]) {
				t.Errorf("the fault made group %s rebalance (generations %v, then %v): nothing can be said of false rebalances", id, settled[id], now)
			}
			if now := w.noInvention(t, id); now != told[id] {
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
		w.until(t, movedFrom(2, groups[1], consumer))
		if len(w.happened(model.CoordinatorMoved, groups[1])) == 0 {
			t.Errorf("the coordinator moved, and no event says so:\n%s", w.story(groups[1]))
		}
		c.StartBroker(t, 2)
		w.until(t, healthy)
		unharmed(t)
	})
	t.Run("shut down in order and started again", func(t *testing.T) {
		c.Shutdown(t, 1)
		w.until(t, movedFrom(1, groups[0]))
		c.StartBroker(t, 1)
		w.until(t, healthy)
		unharmed(t)
	})
	t.Run("paused and resumed", func(t *testing.T) {
		c.Pause(t, 3)
		w.until(t, silent(3))
		// Long enough that others take over: when it wakes up, it still takes itself for the coordinator.
		w.until(t, movedFrom(3, groups[2]))
		c.Resume(t, 3)
		w.until(t, healthy)
		unharmed(t)
	})
}

// movedFrom waits until groups of a broker are live at another coordinator.
func movedFrom(id int32, groups ...string) func(*model.View) string {
	return func(v *model.View) string {
		for _, group := range groups {
			g := v.Group(group)
			if g == nil || !g.StaleSince.IsZero() || g.Coordinator == model.Some(id) || !g.Coordinator.Known() {
				return fmt.Sprintf("group %s is not live at a coordinator other than %d", group, id)
			}
		}
		return ""
	}
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
