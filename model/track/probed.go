package track

import (
	"slices"

	"regroup/model"
)

// observeProbe takes in which groups began or ended a rebalance between two state probes.
func (t *Tracker) observeProbe(p *model.StateProbe) {
	for i := range p.Groups {
		now := &p.Groups[i]
		g := t.groups[now.Group]
		if g.gone() || g.state.stable == nil {
			continue // the next poll shows it
		}
		before := g.probe.state
		g.probe.state = *now
		g.probe.state.Group = g.view.ID
		if p.Asked.Before(g.records.readAt) || g.view.Coordinator.Known() && g.view.Coordinator != model.Some(p.Broker) {
			continue
		}
		g.probe.sentAt = p.Asked
		t.foldProbe(g, before.State, now)
	}
}

func (t *Tracker) foldProbe(g *group, before model.GroupState, now *model.ProbedState) {
	times := &g.state.times
	changed := now.Changed
	if changed.NotBefore.IsZero() {
		changed.NotBefore = times.stable
	}
	switch {
	case g.view.Type.Reconciles() && t.follows(g):
		// Their records are exact to the millisecond.
	case now.State == model.StateUnknown:
		times.stableAgain = changed
	default:
		began, joinEnded := changed, model.Moment{}
		if now.State == model.StateCompletingRebalance && before == model.StatePreparingRebalance {
			// If the record of the generation before came meanwhile, this one began between two probes that both saw it prepared.
			began.NotBefore, joinEnded = model.Earlier(times.stable, changed.NotBefore), changed
		}
		t.foldProbed(g, now.State, began)
		times.joinEnded = joinEnded // not that of a generation that was superseded
	}
}

// foldProbed takes in that a probe found a group rebalancing.
func (t *Tracker) foldProbed(g *group, state model.GroupState, changed model.Moment) {
	next := *g.view
	switch next.State {
	case state:
	case model.StateUnknown: // it has just appeared
		next.State, next.StateSince = state, t.at
	default:
		t.changeState(&next, state)
	}
	t.begin(model.PhaseOf(&model.Group{Type: next.Type, State: state}), changed, g, &next)
	g.state.times.rebalancing = model.Later(g.state.times.rebalancing, changed.NotAfter)
	next.Partitions = slices.Clone(next.Partitions)
	showOwners(g, &next, next.Partitions, t.at)
	t.show(g, next)
}

// beginProbed: a probe may have seen the next rebalance begin before the record of the one before was read.
func (t *Tracker) beginProbed(g *group, facts *recordedFacts) {
	probe := g.probe.state
	if probe.State == model.StatePreparingRebalance && !g.state.rebalancing() && probe.Changed.NotBefore.After(facts.joinEnded) {
		began := probe.Changed
		began.NotBefore = model.Later(began.NotBefore, facts.ended)
		began.NotAfter = model.Later(began.NotAfter, facts.ended)
		t.foldProbed(g, model.StatePreparingRebalance, began)
	}
}
