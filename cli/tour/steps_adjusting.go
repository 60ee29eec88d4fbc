package tour

import (
	"fmt"

	"regroup/model"
	"regroup/ui/text"
)

// adjusting has intervals without failures, on a new scene.
func adjusting() *chapter {
	of, three := []string{groupOrders}, []Need{{groupOrders, 3}}
	return &chapter{title: "Heartbeats and new partitions", scene: sceneNamed("tour"), steps: []Step{
		{
			Name: "heartbeat", Title: "Why heartbeat.interval.ms is a third of session.timeout.ms",
			Caption: "So that one or two lost heartbeats do not end a session. This member is paused for half of the session timeout and misses heartbeats. Its next one still comes in time, and the group does not rebalance.",
			Screen:  model.TourLab, Groups: of, Needs: three, Play: heartbeat,
		},
		{
			Name: "add-partitions", Title: "An admin adds partitions: 4 become 6",
			Caption: "Members notice it only when they refresh their metadata (metadata.max.age.ms: here 2 s, by default 5 minutes). Then one rejoins, and the group rebalances. Keys may now be in other partitions than before.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: addPartitions,
		},
	}}
}

func heartbeat(m *Moment) []Phase {
	v := m.victim(m.consumers(groupOrders)[0])
	none := func(m *Moment) string {
		if r := m.rebalance(groupOrders, func(*model.Rebalance) bool { return true }); r != nil {
			return "the group rebalanced: " + why(r)
		}
		return ""
	}
	facts := func(*Moment) []string {
		return []string{fmt.Sprintf("session timeout %s, heartbeat interval %s", text.Duration(v.session), text.Duration(v.beat))}
	}
	return []Phase{
		{
			Do: does(model.LabPause, v.name),
			Missing: func(m *Moment) string {
				if m.since(m.Phase) < v.session/2 {
					return "heartbeats are missing"
				}
				return ""
			},
			Facts:     facts,
			Countdown: func(m *Moment) *model.TourCountdown { return v.countdown(m.Phase) },
		},
		{
			Do: does(model.LabResume, v.name),
			Missing: func(m *Moment) string {
				if rebalanced := none(m); rebalanced != "" {
					return rebalanced
				}
				if m.since(m.Phase) < v.session {
					return "it runs again, but a session timeout has not passed yet"
				}
				if c := m.consumer(v.name); c == nil || c.MemberID != v.member {
					return v.name + " is not the same member as before"
				}
				return m.unstable(groupOrders, 3)
			},
			Facts: func(m *Moment) []string {
				return append([]string{"no rebalance"}, facts(m)...)
			},
		},
	}
}

func addPartitions(*Moment) []Phase {
	// Soon after the topic was created, the members may have noticed that instead.
	added := func(m *Moment) *model.Rebalance {
		return m.because(model.CausePartitionsAdded, model.Certain, model.Likely)
	}
	return []Phase{{
		Do: func(*Moment) []model.LabAction {
			return []model.LabAction{{Kind: model.LabAddPartitions, Topic: topicOrders, Partitions: 6}}
		},
		Missing: func(m *Moment) string {
			switch {
			case m.group(groupOrders) != nil && m.group(groupOrders).Rebalancing():
				return "a member has noticed, and the group rebalances"
			case added(m) == nil:
				return "no member has noticed yet"
			}
			return m.assigned(groupOrders, "0,1 | 2,3 | 4,5")
		},
		Facts: func(m *Moment) []string {
			r := added(m)
			if r == nil {
				return nil
			}
			return nonEmpty(fmt.Sprintf("noticed after %s", text.Duration(r.Began.NotAfter.Sub(m.Began))), why(r), m.shares(groupOrders))
		},
	}}
}
