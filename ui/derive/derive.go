// Package derive computes what screens ask of a view and the view does not state. It draws nothing and uses the model only.
package derive

import (
	"slices"
	"time"

	"regroup/model"
)

// Connected says that some broker has answered, now or before: what a poll without that found is not the cluster's state.
func Connected(v *model.View) bool {
	if v == nil || v.PolledAt.IsZero() {
		return false
	}
	for _, b := range v.Brokers {
		if b.Answered || !b.LastSeen.IsZero() {
			return true
		}
	}
	return len(v.Brokers) == 0 && len(v.Errs) == 0
}

// Unanswered counts the brokers that did not answer the last poll.
func Unanswered(brokers []model.Broker) int {
	n := 0
	for _, b := range brokers {
		if !b.Answered {
			n++
		}
	}
	return n
}

// Events is the events that a person who looks at a group wants to see, newest first: those of the group, of its
// topics, of its coordinator, and what the lab did. The steps of a rebalance are left out: the rebalance itself tells them.
func Events(v *model.View, g *model.GroupView) []*model.Event {
	told := map[string]bool{} // the members whose coming or going a rebalance tells
	for _, r := range g.Rebalances {
		for _, m := range slices.Concat(r.Joined, r.Left, r.Restarted) {
			told[m.MemberID] = true
		}
	}
	topics := map[string]bool{}
	for i := range g.Partitions {
		topics[g.Partitions[i].Topic] = true
	}
	var events []*model.Event
	for i := len(v.Events) - 1; i >= 0; i-- {
		if e := &v.Events[i]; concerns(e, g, topics) && !step(e, told) {
			events = append(events, e)
		}
	}
	return events
}

// concerns says that an event has to do with a group.
func concerns(e *model.Event, g *model.GroupView, topics map[string]bool) bool {
	switch {
	case e.Group != "":
		return e.Group == g.ID
	case e.Topic != "":
		return topics[e.Topic]
	case e.Broker.Known():
		return e.Broker == g.Coordinator
	}
	return false
}

// step says that an event is part of a rebalance that is told as a whole.
func step(e *model.Event, told map[string]bool) bool {
	switch e.Kind {
	case model.RebalanceBegan, model.CostKnown, model.VerdictRevised:
		return true
	case model.MemberJoined, model.MemberLeft:
		return told[e.Member.MemberID]
	case model.StateChanged:
		return e.To != model.StateEmpty && e.To != model.StateDead
	}
	return false
}

// InStorm says that a group rebalances so often that something must be wrong; not of one that is gone, or old news.
func InStorm(g *model.GroupView) bool {
	return g.Storm.Active && g.GoneSince.IsZero() && g.StaleSince.IsZero()
}

// RebalancedAt is when a group last rebalanced, also before regroup ran; zero is unknown.
func RebalancedAt(g *model.GroupView) time.Time {
	if r := g.LastRebalance(); r != nil {
		return r.End()
	}
	return g.RebalancedAt
}

// LabLacks reports whether the platform cannot do an action of the lab.
func LabLacks(lab *model.LabSnapshot, kind model.LabActionKind) bool {
	for _, lack := range lab.Lacks {
		if len(lack) > len(kind) && lack[:len(kind)] == string(kind) && lack[len(kind)] == ':' {
			return true
		}
	}
	return false
}
