package tour

import (
	"fmt"
	"strings"

	"regroup/model"
	"regroup/ui/phrase"
)

// owns is the assignment of each consumer of a group: "A consumer-1 owns 0,1 · B consumer-2 is idle".
func (m *Moment) owns(group string) string {
	var parts []string
	for _, c := range m.consumers(group) {
		v := m.member(c)
		switch {
		case v == nil:
			parts = append(parts, c.Name+" has not joined yet")
		case !v.AssignmentKnown:
			parts = append(parts, fmt.Sprintf("%s %s is joining", v.Slot, c.Name))
		case len(v.Assignment) == 0:
			parts = append(parts, fmt.Sprintf("%s %s is idle", v.Slot, c.Name))
		default:
			parts = append(parts, fmt.Sprintf("%s %s owns %s", v.Slot, c.Name, numbers(v.Assignment)))
		}
	}
	return strings.Join(parts, " · ")
}

// protocol is the current phase of the classic protocol, or how long each phase of the last rebalance took.
func (m *Moment) protocol(group string) string {
	g := m.group(group)
	if g == nil {
		return ""
	}
	switch g.State {
	case model.StatePreparingRebalance:
		return "JoinGroup: the coordinator waits until every member has rejoined"
	case model.StateCompletingRebalance:
		return "SyncGroup: the members wait for the leader's assignment"
	}
	r := m.rebalance(group, func(*model.Rebalance) bool { return true })
	if r == nil || g.Rebalancing() || r.JoinEnded.IsZero() {
		return ""
	}
	return fmt.Sprintf("JoinGroup took %s, SyncGroup %s", phrase.Lasted(r.Began, r.JoinEnded), phrase.Lasted(r.JoinEnded, r.Ended))
}

// coordination is the coordinator and the leader of a group.
func (m *Moment) coordination(group string) string {
	g := m.group(group)
	if g == nil {
		return ""
	}
	words := ""
	if broker, known := g.Coordinator.Get(); known {
		words = fmt.Sprintf("coordinator: broker %d", broker)
	}
	if leader := g.Member(g.Leader); leader != nil {
		words = strings.TrimPrefix(words+fmt.Sprintf(" · leader: %s %s", leader.Slot, leader.ClientID), " · ")
	}
	return words
}

// why is a rebalance with its cause and confidence.
func why(r *model.Rebalance) string {
	return fmt.Sprintf("%s → %s: %s, %s (%s)", r.From, r.To, r.Summary(), r.Verdict.Cause.Words(), r.Verdict.Confidence)
}

// nonEmpty leaves out empty facts.
func nonEmpty(facts ...string) []string {
	var all []string
	for _, f := range facts {
		if f != "" {
			all = append(all, f)
		}
	}
	return all
}
