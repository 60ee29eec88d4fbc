package tour

import (
	"fmt"
	"strings"

	"regroup/model"
	"regroup/model/ownership"
)

// comparing has the same event in groups with different assignors and protocols.
func comparing() *chapter {
	classic := []string{"range", "roundrobin", "sticky", "cooperative"}
	protocols := []string{"range", "cooperative", "kip848"}
	return &chapter{title: "Assignors and protocols", scene: sceneNamed("assignors"), steps: []Step{
		{
			Name: "assignors", Title: "Four assignors, the same event: a third consumer joins",
			Caption: "range and roundrobin ignore the previous assignment, sticky keeps what it can; these are eager: all members revoke all partitions and stop until the rebalance completes. cooperative-sticky revokes only what moves.",
			Screen:  model.TourCompare, Groups: classic, Needs: two(classic...),
			Play: func(*Moment) []Phase {
				return []Phase{thirdJoins(classic, func(m *Moment, by map[string]ownership.Comparison) string {
					switch {
					case by["sticky"].Moved > by["range"].Moved || by["sticky"].Moved >= by["roundrobin"].Moved:
						return "sticky moved as many partitions as the assignors that ignore the previous assignment"
					case by["cooperative"].Moved != by["sticky"].Moved:
						return "cooperative-sticky and sticky moved different numbers of partitions"
					}
					return ""
				})}
			},
		},
		{
			Name: "consumer-protocol", Title: "group.protocol=consumer (KIP-848): no stop-the-world",
			Caption: "Without a leader and JoinGroup: the coordinator computes a target assignment, and its heartbeat responses tell each member what to revoke and what is assigned. Members with nothing to revoke keep consuming.",
			Screen:  model.TourCompare, Groups: protocols, Needs: two(protocols...),
			Play: func(*Moment) []Phase {
				return []Phase{thirdJoins(protocols, func(m *Moment, _ map[string]ownership.Comparison) string {
					if g := m.group("kip848"); g.Type != model.TypeConsumer {
						return fmt.Sprintf("the group is a %s group", g.Type)
					}
					return ""
				})}
			},
		},
	}}
}

func two(groups ...string) []Need {
	var all []Need
	for _, group := range groups {
		all = append(all, Need{group, 2})
	}
	return all
}

// startThird starts a third consumer in each group.
func (m *Moment) startThird(groups []string) (actions []model.LabAction) {
	for _, group := range groups {
		settings := m.scene.consumer(group, 2, m.pace)
		actions = append(actions, model.LabAction{Kind: model.LabStartConsumer, Group: group, Settings: &settings})
	}
	return actions
}

// thirdJoins starts a third consumer in each group, and expects pauses of all partitions of an eager group, and only of the
// moved partitions of the others.
func thirdJoins(groups []string, also func(*Moment, map[string]ownership.Comparison) string) Phase {
	compared := func(m *Moment) map[string]ownership.Comparison {
		by := map[string]ownership.Comparison{}
		for _, group := range groups {
			if g := m.group(group); g != nil {
				by[group] = ownership.Compare(g, m.Began)
			}
		}
		return by
	}
	return Phase{
		Do: func(m *Moment) []model.LabAction { return m.startThird(groups) },
		Missing: func(m *Moment) string {
			by := compared(m)
			for _, group := range groups {
				if missing := m.unstable(group, 3); missing != "" {
					return missing
				}
				c := by[group]
				if missing := stopped(&c); missing != "" {
					return group + ": " + missing
				}
			}
			return also(m, by)
		},
		Facts: func(m *Moment) []string {
			var moved []string
			by := compared(m)
			for _, group := range groups {
				if c := by[group]; len(c.Rebalances) > 0 {
					moved = append(moved, fmt.Sprintf("%s %d", group, c.Moved))
				}
			}
			if len(moved) == 0 {
				return nil
			}
			return []string{"moved: " + strings.Join(moved, ", ")}
		},
	}
}

// stopped reports how the pauses of a rebalance differ from those of its protocol; "" is not at all.
func stopped(c *ownership.Comparison) string {
	for _, row := range c.Rows {
		if row.Ongoing {
			return fmt.Sprintf("%s is still paused", row.TopicPartition)
		}
	}
	switch {
	case len(c.Rebalances) == 0 || c.Moved == 0:
		return "no partition has moved yet"
	case c.Group.Protocol() == model.ProtocolEager && c.Stopped != c.Of:
		return fmt.Sprintf("only %d of %d partitions were paused", c.Stopped, c.Of)
	case c.Group.Protocol() != model.ProtocolEager && c.Stopped != c.Moved:
		return fmt.Sprintf("%d partitions were paused, but %d moved", c.Stopped, c.Moved)
	}
	return ""
}
