package tour

import (
	"fmt"
	"time"

	"regroup/model"
)

// joining has consumers join a group one after the other, until the last one is idle.
func joining() *chapter {
	of := []string{groupOrders}
	return &chapter{
		title: "Partition assignment",
		scene: sceneNamed("one-by-one"),
		steps: []Step{
			{
				Name: "one", Title: "One consumer owns every partition",
				Caption: "Consumers with the same group.id form a consumer group. The topic has four partitions and the group has one member, so all four are assigned to it. One of the brokers, the group coordinator, keeps the list of members.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 1}},
				Play: func(*Moment) []Phase {
					return []Phase{{
						Missing: func(m *Moment) string { return m.assigned(groupOrders, "0,1,2,3") },
						Facts:   func(m *Moment) []string { return nonEmpty(m.coordination(groupOrders)) },
					}}
				},
			},
			{
				Name: "second", Title: "A second consumer joins: JoinGroup, then SyncGroup",
				Caption: "The new member sends JoinGroup to the coordinator. The first member's next heartbeat tells it to rejoin: it stops consuming and sends JoinGroup, too. One member, the leader, computes the assignment; SyncGroup distributes it.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 1}},
				Play: joins("0,1 | 2,3", func(m *Moment, r *model.Rebalance) string {
					g := m.group(groupOrders)
					switch {
					case !g.Coordinator.Known():
						return "the coordinator is not known yet"
					case g.Member(g.Leader) == nil:
						return "the leader is not known yet"
					case r.JoinEnded.IsZero():
						return "the end of the join phase is not known"
					}
					return ""
				}),
			},
			{
				Name: "third", Title: "A third: 0,1 | 2 | 3",
				Caption: "Four partitions and three members: one member has two. The range assignor gives the first member one more: it owns 0 and 1, the others own 2 and 3. A partition is always assigned to exactly one member of the group, never to two.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 2}},
				Play: joins("0,1 | 2 | 3", nil),
			},
			{
				Name: "fourth", Title: "A fourth: one partition each",
				Caption: "With as many members as partitions, the group has reached its maximum parallelism: the number of partitions limits how many members can consume at the same time.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 3}},
				Play: joins("0 | 1 | 2 | 3", nil),
			},
			{
				Name: "fifth", Title: "A fifth is idle",
				Caption: "No partition is left: the fifth member is idle. It is a standby that gets a partition as soon as another member leaves. But it consumes nothing now, and its join stopped all members for a rebalance.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 4}},
				Play: joins("0 | 1 | 2 | 3 | –", func(m *Moment, _ *model.Rebalance) string {
					if idle := m.group(groupOrders).Idle; idle != 1 {
						return fmt.Sprintf("%d members are idle instead of one", idle)
					}
					return ""
				}),
			},
		},
	}
}

// assigned reports how the assignment of a group differs from the expected one; "" is not at all.
func (m *Moment) assigned(group, want string) string {
	if missing := m.unstable(group, len(m.consumers(group))); missing != "" {
		return missing
	}
	if got := m.shares(group); got != want {
		return fmt.Sprintf("the members own %s, and not %s yet", got, want)
	}
	return ""
}

// joins starts a consumer, and expects an assignment because it joined.
func joins(shares string, also func(*Moment, *model.Rebalance) string) func(*Moment) []Phase {
	return func(m *Moment) []Phase {
		consumers := len(m.consumers(groupOrders))
		return []Phase{{
			Do: func(*Moment) []model.LabAction {
				return []model.LabAction{{Kind: model.LabStartConsumer, Group: groupOrders}}
			},
			Missing: func(m *Moment) string {
				if missing := m.unstable(groupOrders, consumers+1); missing != "" {
					return missing
				}
				r := m.because(model.CauseMemberJoined, model.Certain)
				switch {
				case r == nil:
					return "no rebalance by a joining member yet"
				case also != nil && also(m, r) != "":
					return also(m, r)
				}
				return m.assigned(groupOrders, shares)
			},
			Facts: func(m *Moment) []string {
				if g := m.group(groupOrders); g != nil && g.Rebalancing() {
					return nonEmpty(m.protocol(groupOrders))
				}
				return nonEmpty(m.protocol(groupOrders), m.coordination(groupOrders))
			},
		}}
	}
}

// twoPartitions has more members than partitions.
func twoPartitions() *chapter {
	return &chapter{
		title: "More consumers than partitions",
		scene: sceneNamed("two-partitions"),
		steps: []Step{{
			Name: "two-partitions", Title: "Two partitions, three consumers",
			Caption: "The same rule with fewer partitions: two of the three members own one each, the third is idle. More consumers than partitions do not make a group faster. More partitions can.",
			Screen:  model.TourGroup, Groups: []string{"1"}, Needs: []Need{{"1", 3}},
			Play: func(*Moment) []Phase {
				return []Phase{{
					Missing: func(m *Moment) string { return m.assigned("1", "0 | 1 | –") },
					Facts:   func(m *Moment) []string { return nonEmpty(m.owns("1")) },
				}}
			},
		}},
	}
}

// since is the time since at.
func (m *Moment) since(at time.Time) time.Duration { return m.Now.Sub(at) }
