package tour

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"regroup/model"
)

// Moment is what a step sees. Groups are called as the scene calls them.
type Moment struct {
	View  *model.View
	Now   time.Time
	Began time.Time // the step's actions
	Phase time.Time // the phase under way began

	scene *playing
	pace  float64
}

// group finds a group; nil if there is none yet.
func (m *Moment) group(name string) *model.GroupView { return m.View.Group(m.scene.Prefix + name) }

// settings are those that the consumers of a group have in this scene.
func (m *Moment) settings(group string) model.ConsumerSettings {
	return m.scene.consumer(group, 0, m.pace)
}

// consumers are those of a group whose processes have not ended and were not asked to, in the order in which they began.
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

// newest is the consumer that was started last; nil if the group has none.
func (m *Moment) newest(group string) *model.LabConsumer {
	all := m.consumers(group)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// consumer finds a consumer by its name, also one that has ended a while ago; nil if it is not there.
func (m *Moment) consumer(name string) *model.LabConsumer {
	if m.View.Lab == nil {
		return nil
	}
	i := slices.IndexFunc(m.View.Lab.Consumers, func(c model.LabConsumer) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &m.View.Lab.Consumers[i]
}

// member finds the member that a consumer is in its group; nil if it is none.
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

// joins says that a consumer is in its group as a member that it does not know itself to be yet: it waits for its partitions.
func (m *Moment) joins(c *model.LabConsumer) bool {
	g := m.View.Group(c.Group)
	return g != nil && slices.ContainsFunc(g.Members, func(v model.MemberView) bool { return v.ClientID == c.Name && v.MemberID != c.MemberID })
}

// unsettled says what keeps so many consumers of a group from being in it and at work; "" is nothing.
func (m *Moment) unsettled(group string, consumers int) string {
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
		return fmt.Sprintf("group %s is not there yet", group)
	case g.Rebalancing() || g.State != model.StateStable:
		return fmt.Sprintf("group %s rebalances", group)
	case len(g.Members) != consumers:
		return fmt.Sprintf("group %s has %d members, not %d yet", group, len(g.Members), consumers)
	case len(g.Partitions) == 0 || g.Unassigned > 0 || slices.ContainsFunc(g.Members, func(v model.MemberView) bool { return !v.AssignmentKnown }):
		return fmt.Sprintf("group %s: not every partition has an owner yet", group)
	}
	return ""
}

// shares says who owns what of a group's partitions, from the first consumer to the last: "0,1 | 2 | 3".
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

// numbers are the partitions' numbers: "0,1"; "–" is none.
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

// rebalances are those of a group that regroup has come to know since the step's actions, oldest first.
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

// rebalance is the newest of them that is as asked for; nil if there is none.
func (m *Moment) rebalance(group string, is func(r *model.Rebalance) bool) *model.Rebalance {
	for _, r := range slices.Backward(m.rebalances(group)) {
		if is(r) {
			return r
		}
	}
	return nil
}

// because is the newest rebalance of the group of orders that had this cause, the first or a further one, with one of these
// confidences.
func (m *Moment) because(cause model.Cause, sure ...model.Confidence) *model.Rebalance {
	return m.rebalance(groupOrders, func(r *model.Rebalance) bool {
		return slices.ContainsFunc(append([]model.Verdict{r.Verdict}, r.Also...), func(v model.Verdict) bool {
			return v.Cause == cause && slices.Contains(sure, v.Confidence)
		})
	})
}

// ready says what the step needs and is not there; "" is nothing.
func (s *Step) ready(m *Moment) string {
	for _, need := range s.Needs {
		for _, c := range m.consumers(need.Group) {
			if c.ProcessingTime != c.Settings.ProcessingTime {
				return fmt.Sprintf("%s is as slow as it was made", c.Name)
			}
		}
		if missing := m.unsettled(need.Group, need.Consumers); missing != "" {
			return missing
		}
		if missing := m.uncommitted(need.Group, need.Consumers); missing != "" {
			return missing
		}
	}
	return ""
}

// uncommitted says where a group's consumers have not committed yet: until then nothing is known of lag.
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

// repairs are what brings about what the step needs.
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
