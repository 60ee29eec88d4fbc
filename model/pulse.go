package model

import "slices"

// observePulse takes in which groups began or ended to rebalance between two quick looks.
func (t *Tracker) observePulse(p *Pulse) {
	for i := range p.Groups {
		now := &p.Groups[i]
		g := t.groups[now.Group]
		if g == nil || !g.view.GoneSince.IsZero() || g.settled == nil {
			continue // a poll tells of it in a moment
		}
		was := g.pulsed
		g.pulsed = *now
		g.pulsed.Group = g.view.ID
		if p.Asked.Before(g.recordAt) || g.view.Coordinator.Known() && g.view.Coordinator != Some(p.Broker) {
			continue
		}
		g.pulsedAt = p.Asked
		changed := now.Changed
		if changed.NotBefore.IsZero() {
			changed.NotBefore = g.settledAt
		}
		switch {
		case reconciles(g.view.Type) && t.follows(g):
			// Records tell of consumer groups to the instant.
		case now.State == StateUnknown:
			g.calmed = changed
		default:
			began, joinEnded := changed, Moment{}
			if now.State == StateCompletingRebalance && was.State == StatePreparingRebalance {
				// If the record of the generation before came meanwhile, this one began between two looks that both saw it prepared.
				began.NotBefore, joinEnded = Earlier(g.settledAt, changed.NotBefore), changed
			}
			t.pulse(g, now.State, began)
			g.joinEnded = joinEnded // not that of a generation that was overtaken
		}
	}
}

// pulse notes that a group is in a rebalancing state, as a quick look found it.
func (t *Tracker) pulse(g *group, state GroupState, changed Moment) {
	next := *g.view
	switch next.State {
	case state:
	case StateUnknown: // it has just appeared
		next.State, next.StateSince = state, t.at
	default:
		t.changeState(&next, state)
	}
	t.unsettle(changed, g, &next)
	g.unsettledAt = Later(g.unsettledAt, changed.NotAfter)
	next.Partitions = slices.Clone(next.Partitions)
	showOwners(g, &next, next.Partitions, t.at)
	t.replaceView(g, next)
}

// calmedWithin narrows down when a rebalance ended to between two quick looks.
func (g *group) calmedWithin(ended Moment) Moment {
	narrowed := Moment{Later(ended.NotBefore, g.calmed.NotBefore), Earlier(ended.NotAfter, g.calmed.NotAfter)}
	if g.calmed.IsZero() || g.calmed.NotAfter.Before(g.unsettledAt) || narrowed.NotAfter.Before(narrowed.NotBefore) {
		return ended
	}
	return narrowed
}
