package tour

import (
	"fmt"
	"time"

	"regroup/model"
)

// joining is consumers that join a group one after the other, until there is nothing left to own.
func joining() *chapter {
	of := []string{groupOrders}
	return &chapter{
		title: "Who owns what",
		scene: sceneNamed("one-by-one"),
		steps: []Step{
			{
				Name: "one", Title: "One consumer owns every partition",
				Caption: "A consumer group is a name that consumers share. The topic has four partitions and the group one member, so that member reads all four. Nobody else has to be told: the group's coordinator, one of the brokers, keeps the list.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 1}},
				Play: func(*Moment) []Phase {
					return []Phase{{
						Missing: func(m *Moment) string { return m.shared(groupOrders, "0,1,2,3") },
						Facts:   func(m *Moment) []string { return told(m.coordination(groupOrders)) },
					}}
				},
			},
			{
				Name: "second", Title: "A second consumer joins: JoinGroup, then SyncGroup",
				Caption: "The newcomer sends JoinGroup to the coordinator. The first member learns of it with its next heartbeat, stops reading and joins again. One of them is the leader: it computes who gets what, and SyncGroup carries that to all.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 1}},
				Play: joins("0,1 | 2,3", func(m *Moment, r *model.Rebalance) string {
					g := m.group(groupOrders)
					switch {
					case !g.Coordinator.Known():
						return "it is not known which broker coordinates the group"
					case g.Member(g.Leader) == nil:
						return "it is not known who leads the group"
					case r.JoinEnded.IsZero():
						return "it is not known when the last member had joined"
					}
					return ""
				}),
			},
			{
				Name: "third", Title: "A third: 0,1 | 2 | 3",
				Caption: "Four partitions and three members: somebody has two. The range assignor gives the first member one more, so that it owns 0 and 1 and the others 2 and 3. A partition is read by exactly one member of the group, never by two.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 2}},
				Play: joins("0,1 | 2 | 3", nil),
			},
			{
				Name: "fourth", Title: "A fourth: one partition each",
				Caption: "As many members as partitions: this is the most that can work at the same time. The number of partitions of a topic is the limit of its parallelism in a group.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 3}},
				Play: joins("0 | 1 | 2 | 3", nil),
			},
			{
				Name: "fifth", Title: "A fifth has nothing to do",
				Caption: "There is nothing left to own: the fifth member is idle. It is not useless, for it takes over as soon as somebody goes. But it reads nothing now, and it made everybody stop for a rebalance.",
				Screen:  model.TourGroup, Groups: of, Needs: []Need{{groupOrders, 4}},
				Play: joins("0 | 1 | 2 | 3 | –", func(m *Moment, _ *model.Rebalance) string {
					if idle := m.group(groupOrders).Idle; idle != 1 {
						return fmt.Sprintf("%d members are idle, not one", idle)
					}
					return ""
				}),
			},
		},
	}
}

// shared says what is not as it should be of who owns what in a group.
func (m *Moment) shared(group, want string) string {
	if missing := m.unsettled(group, len(m.consumers(group))); missing != "" {
		return missing
	}
	if got := m.shares(group); got != want {
		return fmt.Sprintf("the members own %s, not %s yet", got, want)
	}
	return ""
}

// joins starts a consumer, and waits until the partitions are shared as told because of it.
func joins(shares string, also func(*Moment, *model.Rebalance) string) func(*Moment) []Phase {
	return func(m *Moment) []Phase {
		consumers := len(m.consumers(groupOrders))
		return []Phase{{
			Do: func(*Moment) []model.LabAction {
				return []model.LabAction{{Kind: model.LabStartConsumer, Group: groupOrders}}
			},
			Missing: func(m *Moment) string {
				if missing := m.unsettled(groupOrders, consumers+1); missing != "" {
					return missing
				}
				r := m.because(model.CauseMemberJoined, model.Certain)
				switch {
				case r == nil:
					return "no rebalance because a member joined has been seen yet"
				case also != nil && also(m, r) != "":
					return also(m, r)
				}
				return m.shared(groupOrders, shares)
			},
			Facts: func(m *Moment) []string {
				if g := m.group(groupOrders); g != nil && g.Rebalancing() {
					return told(m.protocol(groupOrders))
				}
				return told(m.protocol(groupOrders), m.coordination(groupOrders))
			},
		}}
	}
}

// twoPartitions is a group with more members than its topic has partitions.
func twoPartitions() *chapter {
	return &chapter{
		title: "More consumers than partitions",
		scene: sceneNamed("two-partitions"),
		steps: []Step{{
			Name: "two-partitions", Title: "Two partitions, three consumers",
			Caption: "The same rule with fewer partitions: two of three members own one each, the third waits. More consumers than partitions do not make a group faster. More partitions would.",
			Screen:  model.TourGroup, Groups: []string{"1"}, Needs: []Need{{"1", 3}},
			Play: func(*Moment) []Phase {
				return []Phase{{
					Missing: func(m *Moment) string { return m.shared("1", "0 | 1 | –") },
					Facts:   func(m *Moment) []string { return told(m.owns("1")) },
				}}
			},
		}},
	}
}

// since is how long ago a moment was.
func (m *Moment) since(at time.Time) time.Duration { return m.Now.Sub(at) }
