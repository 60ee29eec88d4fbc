package track

import (
	"maps"
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// state is where a group is in its rebalances. Only the transitions in this file change its phase:
//
//	          a poll, a record or a probe shows a rebalance
//	stable ──────────────────── begin ───────────────────► preparing → completing     (classic)
//	   ▲                                                   assigning → reconciling     (KIP-848)
//	   └────────────────────── complete ◄─────────────────────────┘
//
//	unclear: the group's state is unknown, or no member owns a partition alone. What was known before is kept.
//
// The view is built from the state and never read back as the state.
type state struct {
	phase      model.Phase
	stable     *ownership.StableAssignment // the newest; nil before the first
	owners     model.Assignment            // as the partitions show them; shared with spans and rebalances
	generation model.Generation
	leader     model.Slot
	// generationDue: a classic group was seen rebalancing, so it cannot become stable again in the same generation.
	generationDue    bool
	coordinatorMoved bool // since it was stable last
	times            times
}

// times are when a group was seen in which phase, and what is known of the rebalance under way. Zero is never, or unknown.
type times struct {
	since                time.Time // a rebalance is under way, seen since; zero if none is
	stable, stableBefore time.Time // the newest observation that saw the group stable, and the one before
	rebalancing          time.Time // the newest observation that saw it rebalancing
	listed               time.Time // its coordinator has had it, and listed it, since
	began                model.Moment
	joinEnded            model.Moment // by a state probe
	stableAgain          model.Moment // the newest state probe that found the rebalance over
}

// rebalancing reports whether a rebalance is under way.
func (s *state) rebalancing() bool { return !s.times.since.IsZero() }

// show writes the state into a view.
func (s *state) show(next *model.GroupView) {
	next.Phase, next.RebalancingSince, next.Generation, next.Leader = s.phase, s.times.since, s.generation, s.leader
}

// enter takes in which phase a group is in, with other members or after another phase. It returns the rebalance that is
// complete with it; nil if none is.
func (t *Tracker) enter(s sighting, phase model.Phase, g *group, next *model.GroupView, sg *model.Group) *model.Rebalance {
	g.state.phase = phase
	switch {
	case phase == model.PhaseStable:
		r := t.complete(s, g, next, sg)
		clear(g.handoffs)
		return r
	case phase.Rebalancing():
		t.begin(phase, s.beganWithin(g), g, next)
	default:
		g.state.owners = nil
		if next.Type != model.TypeShare { // several members may read a partition of a share group
			g.state.owners = model.OwnersOf(next.Members)
		}
	}
	return nil
}

// seen notes the moment at which an observation saw the phase.
func (s *state) seen(phase model.Phase, at time.Time) {
	switch {
	case phase == model.PhaseStable:
		s.times.stableBefore, s.times.stable = s.times.stable, at
	case phase.Rebalancing():
		s.times.rebalancing = at
	}
}

// begin notes that a rebalance is under way, and in which phase. When it began counts only for the first that shows it.
func (t *Tracker) begin(phase model.Phase, began model.Moment, g *group, next *model.GroupView) {
	st := &g.state
	st.phase = phase
	first := !st.rebalancing()
	if first {
		st.times.since = t.at
	}
	if st.stable != nil {
		st.generationDue = st.generationDue || !next.Type.Reconciles()
		if first {
			st.times.began, st.times.joinEnded, st.times.stableAgain = began, model.Moment{}, model.Moment{}
			t.emit(model.Event{Kind: model.RebalanceBegan, Group: next.ID, Detail: "a rebalance began"})
		}
	}
	before := st.owners
	if st.stable != nil && !next.Type.Reconciles() {
		st.owners = st.stable.Owners
	} else {
		st.owners = model.OwnersOf(next.Members)
	}
	if first || !maps.Equal(before, st.owners) {
		t.addSpan(g, next)
	}
}

// complete compares the assignment that is stable now with the one before, and returns the rebalance between them; nil
// if there was none, or if regroup does not know what was before.
func (t *Tracker) complete(s sighting, g *group, next *model.GroupView, sg *model.Group) *model.Rebalance {
	st := &g.state
	now, before := ownership.StableAssignmentOf(next), st.stable
	wasRebalancing := st.rebalancing()
	st.times.since = time.Time{}
	if before == nil {
		now.Generation = firstSeen(sg)
		st.generation, st.stable, st.owners = now.Generation, now, now.Owners
		t.addSpan(g, next)
		return nil
	}

	d := ownership.Diff(before, now)
	step := stepBetween(before.Generation, sg, &d, st.generationDue || s.joinEndedAfter(st.times.stable))
	now.Generation, st.generation = step.to, step.to
	if maps.Equal(before.Owners, now.Owners) {
		now.Owners = before.Owners
	}
	st.stable, st.owners, st.generationDue = now, now.Owners, false
	if wasRebalancing || step.happened {
		t.addSpan(g, next)
	}
	if !step.happened {
		return nil
	}
	r := &model.Rebalance{
		Group: next.ID, Type: next.Type, From: step.from(before.Generation), To: step.to, AtLeast: step.atLeast,
		Before: before.Owners, After: now.Owners,
		Joined: d.Joined, Left: d.Left, Restarted: d.Restarted, Moves: d.Moves, MembersAfter: len(now.Members),
		ProtocolType: next.ProtocolType, AssignorBefore: before.Assignor, AssignorAfter: now.Assignor,
		LeaderBefore: st.leader, LeaderAfter: s.leader(now.Members), SeenAt: t.at,
	}
	s.date(g, r, wasRebalancing)
	orderMoments(r)
	st.leader = r.LeaderAfter
	next.RebalancedAt = r.Ended.NotAfter
	t.keepRebalance(s, g, next, r, before, now)
	st.coordinatorMoved = false
	return r
}

// abandon ends a rebalance whose end will not be seen.
func (s *state) abandon() { s.times.since = time.Time{} }

// recreated restarts the count of an empty group at 0: it was deleted, and may be created again before a poll misses it.
func (s *state) recreated() {
	if s.stable != nil && len(s.stable.Members) == 0 {
		s.stable.Generation = model.Generation{Kind: model.GenerationExact}
	}
}

// generationStep is what lies between two stable assignments.
type generationStep struct {
	to       model.Generation
	atLeast  int
	happened bool // there is something to report
}

// from is the generation that the step led from. A count that regroup began by itself does not compare with the
// coordinator's: then it is unknown.
func (s *generationStep) from(before model.Generation) model.Generation {
	if before.Kind == model.GenerationCounted && s.to.Kind == model.GenerationExact && int(s.to.Number)-int(before.Number) != s.atLeast {
		return model.Generation{}
	}
	return before
}

// stepBetween goes by the coordinator's generations where they are known: each is a rebalance, even if nothing came of
// it. Otherwise a rebalance that was seen under way is one, and so is any difference but a static member's restart,
// which the coordinator answers without one (KIP-345). There may have been more in between: they count as one, so that
// the count is never more than the truth.
func stepBetween(from model.Generation, sg *model.Group, d *ownership.Difference, due bool) generationStep {
	counted := 0
	if due || len(d.Joined)+len(d.Left)+len(d.Moves) > 0 {
		counted = 1
	}
	step := generationStep{to: sg.Generation, atLeast: counted, happened: due || !d.None()}
	switch {
	case step.to.Kind == model.GenerationExact && from.Kind == model.GenerationExact:
		step.happened = step.to != from || !d.None()
		step.atLeast = int(step.to.Number) - int(from.Number)
		if step.atLeast < 0 { // the group was deleted and created again in between
			step.atLeast = 1
		}
	case step.to.Kind == model.GenerationExact:
	case counted > 0:
		step.to = model.Generation{Number: from.Number + 1, Kind: model.GenerationCounted}
	case from.Kind == model.GenerationUnknown:
		step.to = firstSeen(sg)
	default:
		step.to = from
	}
	return step
}

// firstSeen is the generation of a group that regroup sees for the first time: regroup's own count begins at 0, the
// rebalances seen so far. A group that never had members, and one whose members do not rebalance, has none.
func firstSeen(sg *model.Group) model.Generation {
	switch {
	case sg.Generation.Kind == model.GenerationExact:
		return sg.Generation
	case sg.Type == model.TypeShare || sg.Type == model.TypeStreams:
		return model.Generation{}
	case sg.ProtocolType == "" && len(sg.Members) == 0:
		return model.Generation{}
	}
	return model.Generation{Kind: model.GenerationCounted}
}

// atCreation is the generation of a group before its first member: each one since is a step. A classic group begins at 0.
// Consumer groups of Kafka 4.3 are created with epoch 1 and have 2 with the first member, where 3.9 has 0 and 1.
func atCreation(sg *model.Group) model.Generation {
	generation := firstSeen(sg)
	created := int32(0)
	if sg.Type.Reconciles() && generation.Number > 1 && !hasMemberOfFirstEpoch(sg) {
		created = 1
	}
	generation.Number = created
	return generation
}

func hasMemberOfFirstEpoch(sg *model.Group) bool {
	for i := range sg.Members {
		if sg.Members[i].Epoch == model.Some(int32(1)) {
			return true
		}
	}
	return false
}

// addSpan continues the strip of who owned what.
func (t *Tracker) addSpan(g *group, next *model.GroupView) {
	g.spans.Add(model.OwnershipSpan{
		From: t.at, Generation: g.state.generation, Rebalancing: g.state.rebalancing(), Owners: g.state.owners,
	}, model.OwnershipKept)
	next.Ownership = g.spans.Newest(model.OwnershipKept)
}
