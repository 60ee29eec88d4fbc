package track

import (
	"maps"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/cause"
	"regroup/model/ownership"
)

// phase says whether a snapshot shows a group between two rebalances or in one.
type phase uint8

const (
	unclearPhase   phase = iota // neither can be told: an unknown state, or a type whose partitions have no single owner
	settledPhase                // everybody has what it is to have, or nobody is there
	unsettledPhase              // a rebalance is under way
)

// phaseOf judges by what a group says of itself. A consumer group (KIP-848) that calls itself stable while a member is
// not yet at its target is still on its way.
func phaseOf(sg *model.Group) phase {
	switch {
	case sg.Type == model.TypeShare:
		return unclearPhase
	case sg.State.Rebalancing():
		return unsettledPhase
	case sg.State == model.StateEmpty && len(sg.Members) == 0:
		return settledPhase
	case sg.State != model.StateStable || len(sg.Members) == 0:
		return unclearPhase
	case sg.Type.Reconciles() && slices.ContainsFunc(sg.Members, onItsWay):
		return unsettledPhase
	}
	return settledPhase
}

// phaseOf is phaseOf the group, but for a target that was overtaken: its rebalance has ended, whatever came of it.
func (p *pass) phaseOf(sg *model.Group) phase {
	if p.record != nil && p.record.overtaken {
		return settledPhase
	}
	return phaseOf(sg)
}

// untoldGenerations is how many settled snapshots in a row may come without the generation that was told before.
const untoldGenerations = 3

// awaitsGeneration says that the generation is missing from a settled snapshot of a group that had it so far: it changed
// while the source looked, which cannot tell then whether the members are of the old one or the new. The next look will.
func (g *group) awaitsGeneration(sg *model.Group) bool {
	if sg.Generation.Kind == model.GenerationExact {
		g.untold = 0
	}
	if !g.pollsTell || g.settled == nil || g.settled.Generation.Kind != model.GenerationExact || sg.Generation.Kind == model.GenerationExact || g.untold == untoldGenerations {
		return false
	}
	g.untold++
	return true
}

func onItsWay(m model.Member) bool {
	if !m.AssignmentKnown || !m.TargetKnown {
		return false
	}
	return !slices.Equal(model.SortedCopy(m.Assignment), model.SortedCopy(m.Target))
}

// unsettle notes that a rebalance is under way.
func (t *Tracker) unsettle(began model.Moment, g *group, next *model.GroupView) {
	entering := next.Unsettled.IsZero()
	if entering {
		next.Unsettled = t.at
	}
	if g.settled != nil {
		// A classic group leaves these states for the next generation only.
		g.stepDue = g.stepDue || !next.Type.Reconciles()
		if entering {
			g.began, g.joinEnded, g.calmed = began, model.Moment{}, model.Moment{}
			t.emit(model.Event{Kind: model.RebalanceBegan, Group: next.ID, Detail: "a rebalance began"})
		}
	}
	was := g.owners
	if g.settled != nil && !next.Type.Reconciles() {
		g.owners = g.settled.Owners
	} else {
		g.owners = model.OwnersAmong(next.Members)
	}
	if entering || !maps.Equal(was, g.owners) {
		t.addSpan(g, next, true)
	}
}

// settle compares what is settled now with what was settled before, and returns the rebalance between them; nil if
// there was none, or if regroup does not know what was before.
func (t *Tracker) settle(p *pass, g *group, next *model.GroupView, sg *model.Group) *model.Rebalance {
	now, was := ownership.StableAssignmentOf(next), g.settled
	wasUnsettled := !next.Unsettled.IsZero()
	next.Unsettled = time.Time{}
	if was == nil {
		now.Generation = firstSeen(sg)
		next.Generation = now.Generation
		g.settled, g.owners = now, now.Owners
		t.addSpan(g, next, false)
		return nil
	}

	d := ownership.Diff(was, now)
	step := stepBetween(was.Generation, sg, &d, g.stepDue || p.isNewTo(g))
	now.Generation, next.Generation = step.to, step.to
	if maps.Equal(was.Owners, now.Owners) {
		now.Owners = was.Owners
	}
	g.settled, g.owners, g.stepDue = now, now.Owners, false
	if wasUnsettled || step.happened {
		t.addSpan(g, next, false)
	}
	if !step.happened {
		return nil
	}
	r := &model.Rebalance{
		Group: next.ID, Type: next.Type, From: step.from(was.Generation), To: step.to, AtLeast: step.atLeast,
		Before: was.Owners, After: now.Owners,
		Joined: d.Joined, Left: d.Left, Restarted: d.Restarted, Moves: d.Moves,
		MembersAfter: len(now.Members), ProtocolType: next.ProtocolType, AssignorBefore: was.Assignor, AssignorAfter: now.Assignor,
		LeaderBefore: g.view.Leader, SeenAt: t.at,
	}
	t.date(p, g, r, wasUnsettled)
	orderMoments(r)
	if p.record != nil { // polls do not know the leader
		r.LeaderAfter = leaderAmong(now.Members, p.record.leader)
	}
	next.Leader, next.RebalancedAt = r.LeaderAfter, r.Ended.NotAfter
	t.complete(p, g, next, r, was, now)
	return r
}

// complete judges a rebalance and keeps it.
func (t *Tracker) complete(p *pass, g *group, next *model.GroupView, r *model.Rebalance, was, now *ownership.StableAssignment) {
	r.Stickiness = ownership.Stickiness(was.Owners, now.Owners, was.Members, now.Members)
	r.Verdict, r.Also = cause.Judge(t.evidenceOf(g, r, was, now))
	t.reckon(p, g, next, r, was)
	g.rebalances.Add(r, model.GroupRebalancesKept)
	t.rebalances.Add(r, model.RebalancesKept)
	next.Rebalances = g.rebalances.Newest(model.GroupRebalancesKept)
	next.Stickiness = stickinessOf(next.Rebalances)
	for range r.AtLeast { // none for a static member that came back
		g.pace.Add(p.at) // not when it ended: distances of records' times count what the machine slept
	}
	next.Storm = g.pace.Storm(p.at)
	t.emit(model.Event{Kind: model.RebalanceCompleted, Group: next.ID, Rebalance: r, Detail: r.Summary()})
	g.coordinatorMoved = false
}

// appending is how long a coordinator may go on calling a group unsettled after its leader has synced: until all replicas
// have the record of it. Polls and quick looks see that; the record says when it was written.
const appending = 100 * time.Millisecond

// date writes down when a rebalance was, as exactly as it is known.
func (t *Tracker) date(p *pass, g *group, r *model.Rebalance, wasUnsettled bool) {
	facts := p.record
	r.Began = model.Moment{NotBefore: g.settledAt, NotAfter: p.ended}
	if facts != nil {
		r.Began.NotBefore = g.lastSettledBefore(facts.change(r))
	}
	if wasUnsettled && !facts.joinedBefore(g.began) {
		settled := r.Began.NotBefore
		r.Began = g.began
		if r.From.Exact() == model.Some(int32(0)) && !r.Began.NotBefore.IsZero() {
			// Its members join a group that others are shown only when the record of its creation is replicated.
			r.Began.NotBefore = model.Later(r.Began.NotBefore.Add(-appending), model.Earlier(r.Began.NotBefore, settled.Add(-translation)))
		}
	}
	if facts == nil {
		r.Ended = model.Moment{NotBefore: g.settledAt, NotAfter: p.ended}
		if wasUnsettled {
			r.Ended.NotBefore, r.JoinEnded = g.unsettledAt, g.joinEnded
			r.Ended = g.calmedWithin(r.Ended)
			r.Ended.NotBefore = model.Later(r.Began.NotBefore, r.Ended.NotBefore.Add(-appending))
		}
		return
	}
	r.Ended, r.Recorded = model.Exactly(facts.ended), facts.written
	if !facts.joinEnded.IsZero() && r.AtLeast > 0 { // a static member that comes back does not join anew
		r.JoinEnded = model.Exactly(facts.joinEnded)
		r.Began.NotAfter = model.Earlier(r.Began.NotAfter, facts.joinEnded)
	}
	r.Began.NotBefore = model.Later(r.Began.NotBefore, g.calmBefore(r, facts))
	if !facts.began.IsZero() {
		r.Began = facts.began
	}
	if r.Type == model.TypeClassic && !wasUnsettled && r.AtLeast == 1 && r.MembersAfter == 0 && len(r.Left) == 1 && len(r.Joined) == 0 && !r.JoinEnded.IsZero() {
		r.Began = r.JoinEnded // the only member went: there was nobody to wait for
	}
	if facts.contiguous {
		r.Overtaken = max(0, r.AtLeast-1)
	}
}

// joinedBefore says that a join had ended by a moment: what began then is the next rebalance, of which a quick look told
// before the record of this one was read.
func (f *recordFacts) joinedBefore(began model.Moment) bool {
	return f != nil && !f.joinEnded.IsZero() && began.NotBefore.After(f.joinEnded)
}

// change is the first that is known of a rebalance: that its join ended, or where it had none, that it was over.
func (f *recordFacts) change(r *model.Rebalance) time.Time {
	if f.joinEnded.IsZero() || r.AtLeast == 0 {
		return f.ended
	}
	return f.joinEnded
}

// lastSettledBefore is when the group is last known to have been settled before a moment: the newest looks may have seen
// it settled again already.
func (g *group) lastSettledBefore(change time.Time) time.Time {
	known := []time.Time{g.settledAt, g.settledBefore}
	if n := len(g.rebalances.Items); n > 0 {
		known = append(known, g.rebalances.Items[n-1].Ended.NotBefore)
	}
	for _, at := range append(known, g.view.FirstSeen) {
		if !at.After(change) {
			return at
		}
	}
	return g.settledBefore
}

// order keeps the moments of a rebalance in their order: clocks that are translated and looks that overlap blur them.
func orderMoments(r *model.Rebalance) {
	r.Ended.NotBefore = model.Earlier(r.Ended.NotBefore, r.Ended.NotAfter)
	end := r.Ended.NotAfter
	for _, m := range []*model.Moment{&r.JoinEnded, &r.Began} {
		if m.IsZero() {
			continue
		}
		m.NotAfter = model.Earlier(m.NotAfter, end)
		m.NotBefore = model.Earlier(m.NotBefore, m.NotAfter)
		end = m.NotAfter
	}
}

// beganWithin is when the rebalance began that the pass is the first to see under way.
func (p *pass) beganWithin(g *group) model.Moment {
	if p.record != nil && !p.record.began.IsZero() {
		return p.record.began
	}
	return model.Moment{NotBefore: g.settledAt, NotAfter: p.ended}
}

// seenAt is the moment that the pass speaks of.
func (p *pass) seenAt(at time.Time) time.Time {
	if p.record != nil {
		return p.record.ended
	}
	return at
}

// isNewTo says that the pass is a record of a join that ended after the group was last seen settled: another generation,
// even if nothing came of it.
func (p *pass) isNewTo(g *group) bool {
	return p.record != nil && p.record.joinEnded.After(g.settledAt)
}

// generationStep is what lies between two settlements.
type generationStep struct {
	to       model.Generation
	atLeast  int
	happened bool // there is something to tell
}

// from is the generation that the step led from. A count that regroup began by itself does not compare with the
// coordinator's: then it is not known.
func (s *generationStep) from(was model.Generation) model.Generation {
	if was.Kind == model.GenerationCounted && s.to.Kind == model.GenerationExact && int(s.to.Number)-int(was.Number) != s.atLeast {
		return model.Generation{}
	}
	return was
}

// stepBetween judges by the coordinator's generations where there are any: each is a rebalance, even if nothing came
// of it. Otherwise a rebalance that was seen under way is one, and so is any difference but a static member's
// return, which the coordinator answers without one (KIP-345). How many there were in between nobody knows: it counts
// as one, so that the count is never more than the truth.
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
		if step.atLeast < 0 { // the group was deleted and made again in between
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

// addSpan continues the strip of who owned what.
func (t *Tracker) addSpan(g *group, next *model.GroupView, unsettled bool) {
	g.spans.Add(model.OwnershipSpan{From: t.at, Generation: next.Generation, Unsettled: unsettled, Owners: g.owners}, model.OwnershipKept)
	next.Ownership = g.spans.Newest(model.OwnershipKept)
}
