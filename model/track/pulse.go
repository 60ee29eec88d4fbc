package track

import (
	"slices"

	"regroup/model"
)

// observePulse takes in which groups began or ended to rebalance between two quick looks.
func (t *Tracker) observePulse(p *model.Pulse) {
	for i := range p.Groups {
		now := &p.Groups[i]
		g := t.groups[now.Group]
		if g == nil || !g.view.GoneSince.IsZero() || g.settled == nil {
			continue // a poll tells of it in a moment
		}
		was := g.pulsed
		g.pulsed = *now
		g.pulsed.Group = g.view.ID
		if p.Asked.Before(g.recordAt) || g.view.Coordinator.Known() && g.view.Coordinator != model.Some(p.Broker) {
			continue
		}
		g.pulsedAt = p.Asked
		changed := now.Changed
		if changed.NotBefore.IsZero() {
			changed.NotBefore = g.settledAt
		}
		switch {
		case g.view.Type.Reconciles() && t.follows(g):
			// Records tell of consumer groups to the instant.
		case now.State == model.StateUnknown:
			g.calmed = changed
		default:
			began, joinEnded := changed, model.Moment{}
			if now.State == model.StateCompletingRebalance && was.State == model.StatePreparingRebalance {
				// If the record of the generation before came meanwhile, this one began between two looks that both saw it prepared.
				began.NotBefore, joinEnded = model.Earlier(g.settledAt, changed.NotBefore), changed
			}
			t.pulse(g, now.State, began)
			g.joinEnded = joinEnded // not that of a generation that was overtaken
		}
	}
}

// pulse notes that a group is in a rebalancing state, as a quick look found it.
func (t *Tracker) pulse(g *group, state model.GroupState, changed model.Moment) {
	next := *g.view
	switch next.State {
	case state:
	case model.StateUnknown: // it has just appeared
		next.State, next.StateSince = state, t.at
	default:
		t.changeState(&next, state)
	}
	t.unsettle(changed, g, &next)
	g.unsettledAt = model.Later(g.unsettledAt, changed.NotAfter)
	next.Partitions = slices.Clone(next.Partitions)
	showOwners(g, &next, next.Partitions, t.at)
	t.replaceView(g, next)
}

// calmedWithin narrows down when a rebalance ended to between two quick looks.
func (g *group) calmedWithin(ended model.Moment) model.Moment {
	narrowed := model.Moment{NotBefore: model.Later(ended.NotBefore, g.calmed.NotBefore), NotAfter: model.Earlier(ended.NotAfter, g.calmed.NotAfter)}
	if g.calmed.IsZero() || g.calmed.NotAfter.Before(g.unsettledAt) || narrowed.NotAfter.Before(narrowed.NotBefore) {
		return ended
	}
	return narrowed
}
