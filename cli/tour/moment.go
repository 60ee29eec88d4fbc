package tour

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"regroup/model"
)

// Moment is what a step can observe at one time. Names of groups are those of the scene, without prefix.
type Moment struct {
	View  *model.View
	Now   time.Time
	Began time.Time // of the step's actions
	Phase time.Time // beginning of the current phase

	scene *playing
	pace  float64
}

// group is a group; nil if it does not exist yet.
func (m *Moment) group(name string) *model.GroupView { return m.View.Group(m.scene.Prefix + name) }

// settings are the settings of the consumers of a group.
func (m *Moment) settings(group string) model.ConsumerSettings {
	return m.scene.consumer(group, 0, m.pace)
}

// consumers are the consumers of a group that run and are not leaving, in the order of their start.
func (m *Moment) consumers(group string) []*model.LabConsumer {
	if m.View.Lab == nil {
		return nil
	}
	var running []*model.LabConsumer
	for i := range m.View.Lab.Consumers {
		c := &m.View.Lab.Consumers[i]
		if c.Group == m.scene.Prefix+group && !c.State.Ended() && c.State != model.LabLeaving {
			running = append(running, c)
		}
	}
	return running
}

// newest is the last started consumer; nil if the group has none.
func (m *Moment) newest(group string) *model.LabConsumer {
	all := m.consumers(group)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// consumer is a consumer, also if it ended a while ago; nil if there is none with this name.
func (m *Moment) consumer(name string) *model.LabConsumer { return m.View.Lab.Consumer(name) }

// member is a consumer as a member of its group; nil if it is none.
func (m *Moment) member(c *model.LabConsumer) *model.MemberView {
	g := m.View.Group(c.Group)
	if g == nil || c.MemberID == "" {
		return nil
	}
	i := slices.IndexFunc(g.Members, func(v model.MemberView) bool { return v.MemberID == c.MemberID })
	if i < 0 {
		return nil
	}
	return &g.Members[i]
}

// joins reports whether the coordinator has a consumer as a member, but the consumer has not got its assignment yet.
func (m *Moment) joins(c *model.LabConsumer) bool {
	g := m.View.Group(c.Group)
	return g != nil && slices.ContainsFunc(g.Members, func(v model.MemberView) bool { return v.ClientID == c.Name && v.MemberID != c.MemberID })
}

// unstable is the reason why a group is not stable with this number of consumers; "" if there is none.
func (m *Moment) unstable(group string, consumers int) string {
	running := m.consumers(group)
	for _, c := range running {
		if c.State == model.LabStarting && m.joins(c) {
			return c.Name + " is joining"
		}
		if c.State != model.LabRunning {
			return fmt.Sprintf("%s is %s", c.Name, c.State)
		}
		if m.member(c) == nil {
			return c.Name + " has not joined yet"
		}
	}
	g := m.group(group)
	switch {
	case len(running) != consumers:
		return fmt.Sprintf("%s: %d of %d consumers are running", group, len(running), consumers)
	case consumers == 0:
		return ""
	case g == nil:
		return fmt.Sprintf("group %s does not exist yet", group)
	case g.Rebalancing() || g.State != model.StateStable:
		return fmt.Sprintf("group %s is rebalancing", group)
	case len(g.Members) != consumers:
		return fmt.Sprintf("group %s has %d members, and not %d yet", group, len(g.Members), consumers)
	case len(g.Partitions) == 0 || g.Unassigned > 0 || slices.ContainsFunc(g.Members, func(v model.MemberView) bool { return !v.AssignmentKnown }):
		return fmt.Sprintf("group %s: not all partitions are assigned yet", group)
	}
	return ""
}

// shares is the assignment of a group, from the first consumer to the last: "0,1 | 2 | 3"; "" is unknown.
func (m *Moment) shares(group string) string {
	var shares []string
	for _, c := range m.consumers(group) {
		v := m.member(c)
		if v == nil || !v.AssignmentKnown {
			return ""
		}
		shares = append(shares, numbers(v.Assignment))
	}
	return strings.Join(shares, " | ")
}

// numbers are the numbers of partitions: "0,1"; "–" is none.
func numbers(partitions []model.TopicPartition) string {
	if len(partitions) == 0 {
		return "–"
	}
	var all []string
	for _, tp := range partitions {
		all = append(all, strconv.Itoa(int(tp.Partition)))
	}
	return strings.Join(all, ",")
}

// rebalances are the rebalances of a group since the step's actions, oldest first.
func (m *Moment) rebalances(group string) []*model.Rebalance {
	g := m.group(group)
	if g == nil {
		return nil
	}
	first := len(g.Rebalances)
	for first > 0 && g.Rebalances[first-1].SeenAt.After(m.Began) {
		first--
	}
	return g.Rebalances[first:]
}

// rebalance is the newest of them for which is returns true; nil if there is none.
func (m *Moment) rebalance(group string, is func(r *model.Rebalance) bool) *model.Rebalance {
	for _, r := range slices.Backward(m.rebalances(group)) {
		if is(r) {
			return r
		}
	}
	return nil
}

// because is the newest rebalance of the group orders with this cause, among others perhaps, and one of these confidences.
func (m *Moment) because(cause model.Cause, sure ...model.Confidence) *model.Rebalance {
	return m.rebalance(groupOrders, func(r *model.Rebalance) bool {
		return slices.ContainsFunc(append([]model.Verdict{r.Verdict}, r.Also...), func(v model.Verdict) bool {
			return v.Cause == cause && slices.Contains(sure, v.Confidence)
		})
	})
}

// ready is what is missing of the step's needs; "" is nothing.
func (s *Step) ready(m *Moment) string {
	for _, need := range s.Needs {
		for _, c := range m.consumers(need.Group) {
			if c.ProcessingTime != c.Settings.ProcessingTime {
				return fmt.Sprintf("%s still has the processing time of an earlier step", c.Name)
			}
		}
		if missing := m.unstable(need.Group, need.Consumers); missing != "" {
			return missing
		}
		if missing := m.uncommitted(need.Group, need.Consumers); missing != "" {
			return missing
		}
	}
	return ""
}

// uncommitted is a partition without a commit, whose lag is unknown; "" if there is none.
func (m *Moment) uncommitted(group string, consumers int) string {
	g := m.group(group)
	if consumers == 0 || g == nil {
		return ""
	}
	for _, p := range g.Partitions {
		if !p.Committed.Known() {
			return fmt.Sprintf("group %s has not committed in partition %d yet", group, p.Partition)
		}
	}
	return ""
}

// repairs are the actions that establish the step's needs.
func (s *Step) repairs(m *Moment) []model.LabAction {
	if m.View.Lab == nil {
		return nil
	}
	var actions []model.LabAction
	for _, need := range s.Needs {
		running := m.consumers(need.Group)
		for i, c := range running {
			if c.State == model.LabPaused {
				actions = append(actions, model.LabAction{Kind: model.LabResume, Consumer: c.Name})
			}
			switch {
			case i >= need.Consumers:
				actions = append(actions, model.LabAction{Kind: model.LabLeave, Consumer: c.Name})
			case c.ProcessingTime != c.Settings.ProcessingTime:
				actions = append(actions, model.LabAction{Kind: model.LabSlow, Consumer: c.Name, ProcessingTime: c.Settings.ProcessingTime})
			}
		}
		for i := len(running); i < need.Consumers; i++ {
			settings := m.scene.consumer(need.Group, i, m.pace)
			actions = append(actions, model.LabAction{Kind: model.LabStartConsumer, Group: need.Group, Settings: &settings})
		}
	}
	return actions
}
