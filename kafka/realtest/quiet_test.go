package realtest

import (
	"fmt"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// Brokers die, freeze, hand over and come back, topics and groups come and go, and the brokers' clocks are minutes away
// from regroup's: none of it is a rebalance. Every card has its line in the brokers' log, and the times of the cards are
// regroup's own.
func TestNoFalseRebalance(t *testing.T) {
	kafkatest.RequireClock(t)
	ahead := []time.Duration{3 * time.Minute}
	if long() {
		ahead = append(ahead, -4*time.Minute)
	}
	for _, ahead := range ahead {
		t.Run("clocks ahead by "+ahead.String(), func(t *testing.T) {
			noFalseRebalance(t, kafkatest.Start(t, kafkatest.Options{ClockAhead: ahead}), ahead)
		})
	}
}

func noFalseRebalance(t *testing.T, c *kafkatest.Cluster, ahead time.Duration) {
	const prefix, topic = "quiet-", "quiet-topic"
	c.CreateTopic(t, topic, 6)
	w := watch(t, c, prefix)
	produce(t, c, 100*time.Millisecond, map[string]int32{topic: 6})
	compareClocks(t, c, prefix, topic)
	groups := quietGroups(t, c, prefix, topic)
	healthy := func() {
		t.Helper()
		for _, id := range groups {
			w.untilGroup(t, id, func(g *model.GroupView) string {
				if !g.StaleSince.IsZero() || !g.GoneSince.IsZero() {
					return "is not live"
				}
				return stable(1)(g)
			})
		}
		w.until(t, func(v *model.View) string {
			for _, b := range v.Brokers {
				if !b.Answered {
					return fmt.Sprintf("broker %d does not answer: %s", b.ID, b.Problem)
				}
			}
			return ""
		})
	}
	healthy()
	logs := chronicles(t, c, prefix)
	began := make(map[string]int)
	for _, id := range groups {
		began[id] = len(logs[id].completed)
	}

	for _, fault := range []struct {
		what string
		do   func()
	}{
		{"a coordinator moves", func() { moveCoordinator(t, c, groups[0]) }},
		{"a broker is killed and started again", func() {
			c.Kill(t, 2)
			w.until(t, silent(2))
			w.untilHappened(t, model.SourceLost, "")
			w.until(t, movedFrom(2, groups...))
			w.untilHappened(t, model.CoordinatorMoved, groups[1])
			c.StartBroker(t, 2)
		}},
		{"a broker is shut down in order and started again", func() {
			c.Shutdown(t, 1)
			w.until(t, movedFrom(1, groups...))
			c.StartBroker(t, 1)
		}},
		{"a broker freezes until others take over, and wakes up", func() {
			c.Pause(t, 3)
			w.until(t, silent(3))
			// Long enough that others take over: when it wakes up, it still takes itself for the coordinator.
			w.until(t, movedFrom(3, groups...))
			c.Resume(t, 3)
		}},
		{"topics and groups come and go", func() { comeAndGo(t, c, prefix) }},
	} {
		fault.do()
		healthy()
		logs := chronicles(t, c, prefix)
		for _, id := range groups {
			if cards := len(w.cards(id)); cards != len(logs[id].completed) {
				t.Errorf("%s: group %s has %d generations in the logs, reported are %d:\n%s\n%s", fault.what, id, len(logs[id].completed), cards, w.story(id), logs[id])
			}
			if gone := w.happened(model.GroupGone, id); len(gone) > 0 {
				t.Errorf("%s: group %s was never deleted; reported was:\n%s", fault.what, id, w.story(id))
			}
			if now := len(logs[id].completed); now != began[id] {
				t.Logf("%s: group %s rebalanced by the brokers' logs", fault.what, id)
				began[id] = now
			}
		}
	}

	logs, truths := chronicles(t, c, prefix), readTruth(t, c, prefix)
	for _, id := range groups {
		w.compareExactly(t, id, logs[id], truths[id])
		for _, r := range w.cards(id) {
			at := logs[id].completed[r.To.Number].At.Add(-ahead)
			if off := r.Ended.NotBefore.Sub(at); off.Abs() > time.Second {
				t.Errorf("group %s, %s → %s: ended at %s by this machine's clock, reported is %s", id, r.From, r.To, clock(at), clock(r.Ended.NotBefore))
			}
		}
	}
}

// quietGroups are groups whose members outlive the loss of a coordinator: one of kcat on each broker, one of the Java
// client, one of the consumer protocol.
func quietGroups(t *testing.T, c *kafkatest.Cluster, prefix, topic string) (groups []string) {
	t.Helper()
	for id := range int32(3) {
		group := groupOn(t, c, fmt.Sprintf("%s%d-", prefix, id+1), id+1)
		groups = append(groups, group)
		kcat(t, c, group, group, "-X", "session.timeout.ms=60000", topic)
	}
	java := c.JavaMembers(t)
	classic, consumer := prefix+"java", groupOn(t, c, prefix+"consumer-", 2)
	java.Start(t, classic, topic, "group.id="+classic, "session.timeout.ms=60000")
	setSessionTimeout(t, c, consumer, "60000")
	java.Start(t, consumer, topic, "group.id="+consumer, "group.protocol=consumer")
	return append(groups, classic, consumer)
}

// comeAndGo creates and deletes topics and groups that have nothing to do with the others.
func comeAndGo(t *testing.T, c *kafkatest.Cluster, prefix string) {
	t.Helper()
	admin := c.Admin(t)
	for i := range 5 {
		name := fmt.Sprintf("%sother%d", prefix, i)
		c.CreateTopic(t, name, 2)
		commit(t, c, name, name, map[int32]int64{0: 0})
		_, err := admin.DeleteGroup(t.Context(), name)
		kafkatest.Must(t, err)
		_, err = admin.DeleteTopic(t.Context(), name)
		kafkatest.Must(t, err)
	}
}
