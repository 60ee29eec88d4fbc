package model

import (
	"maps"
	"slices"
	"strings"
	"time"
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
func phaseOf(sg *Group) phase {
	switch {
	case sg.Type == TypeShare:
		return unclearPhase
	case sg.State.Rebalancing():
		return unsettledPhase
	case sg.State == StateEmpty && len(sg.Members) == 0:
		return settledPhase
	case sg.State != StateStable || len(sg.Members) == 0:
		return unclearPhase
	case reconciles(sg.Type) && slices.ContainsFunc(sg.Members, onItsWay):
		return unsettledPhase
	}
	return settledPhase
}

// phaseOf is phaseOf the group, but for a target that was overtaken: its rebalance has ended, whatever came of it.
func (p *pass) phaseOf(sg *Group) phase {
	if p.record != nil && p.record.overtaken {
		return settledPhase
	}
	return phaseOf(sg)
}

// untoldGenerations is how many settled snapshots in a row may come without the generation that was told before.
const untoldGenerations = 3

// awaitsGeneration says that the generation is missing from a settled snapshot of a group that had it so far: it changed
// while the source looked, which cannot tell then whether the members are of the old one or the new. The next look will.
func (g *group) awaitsGeneration(sg *Group) bool {
	if sg.Generation.Kind == GenerationExact {
		g.untold = 0
	}
	if !g.pollsTell || g.settled == nil || g.settled.generation.Kind != GenerationExact || sg.Generation.Kind == GenerationExact || g.untold == untoldGenerations {
		return false
	}
	g.untold++
	return true
}

// reconciles says that members of this type of group tell what they own at every moment of a rebalance.
func reconciles(groupType GroupType) bool {
	return groupType == TypeConsumer || groupType == TypeStreams
}

func onItsWay(m Member) bool {
	if !m.AssignmentKnown || !m.TargetKnown {
		return false
	}
	return !slices.Equal(sortedCopy(m.Assignment), sortedCopy(m.Target))
}

// unsettle notes that a rebalance is under way.
func (t *Tracker) unsettle(began Moment, g *group, next *GroupView) {
	entering := next.Unsettled.IsZero()
	if entering {
		next.Unsettled = t.at
	}
	if g.settled != nil {
		// A classic group leaves these states for the next generation only.
		g.stepDue = g.stepDue || !reconciles(next.Type)
		if entering {
			g.began, g.joinEnded, g.calmed = began, Moment{}, Moment{}
			t.emit(Event{Kind: RebalanceBegan, Group: next.ID, Detail: "a rebalance began"})
		}
	}
	was := g.owners
	if g.settled != nil && !reconciles(next.Type) {
		g.owners = g.settled.owners
	} else {
		g.owners = ownersAmong(next.Members)
	}
	if entering || !maps.Equal(was, g.owners) {
		t.addSpan(g, next, true)
	}
}

// settle compares what is settled now with what was settled before, and returns the rebalance between them; nil if
// there was none, or if regroup does not know what was before.
func (t *Tracker) settle(p *pass, g *group, next *GroupView, sg *Group) *Rebalance {
	now, was := settlementOf(next), g.settled
	wasUnsettled := !next.Unsettled.IsZero()
	next.Unsettled = time.Time{}
	if was == nil {
		now.generation = firstSeen(sg)
		next.Generation = now.generation
		g.settled, g.owners = now, now.owners
		t.addSpan(g, next, false)
		return nil
	}

	d := diff(was, now)
	step := stepBetween(was.generation, sg, &d, g.stepDue || p.isNewTo(g))
	now.generation, next.Generation = step.to, step.to
	if maps.Equal(was.owners, now.owners) {
		now.owners = was.owners
	}
	g.settled, g.owners, g.stepDue = now, now.owners, false
	if wasUnsettled || step.happened {
		t.addSpan(g, next, false)
	}
	if !step.happened {
		return nil
	}
	r := &Rebalance{
		Group: next.ID, Type: next.Type, From: step.from(was.generation), To: step.to, AtLeast: step.atLeast,
		Before: was.owners, After: now.owners,
		Joined: d.joined, Left: d.left, Restarted: d.restarted, Moves: d.moves,
		MembersAfter: len(now.members), ProtocolType: next.ProtocolType, AssignorBefore: was.assignor, AssignorAfter: now.assignor,
		LeaderBefore: g.view.Leader, SeenAt: t.at,
	}
	t.date(p, g, r, wasUnsettled)
	r.order()
	if p.record != nil { // polls do not know the leader
		r.LeaderAfter = leaderAmong(now.members, p.record.leader)
	}
	next.Leader, next.RebalancedAt = r.LeaderAfter, r.Ended.NotAfter
	t.complete(p, g, next, r, was, now)
	return r
}

// complete judges a rebalance and keeps it.
func (t *Tracker) complete(p *pass, g *group, next *GroupView, r *Rebalance, was, now *settlement) {
	r.Stickiness = stickiness(was.owners, now.owners, was.members, now.members)
	r.Verdict, r.Also = judge(t.evidenceOf(g, r, was, now))
	t.reckon(p, g, next, r, was)
	g.rebalances.add(r, GroupRebalancesKept)
	t.rebalances.add(r, RebalancesKept)
	next.Rebalances = g.rebalances.newest(GroupRebalancesKept)
	next.Stickiness = stickinessOf(next.Rebalances)
	for range r.AtLeast { // none for a static member that came back
		g.pace.add(p.at) // not when it ended: distances of records' times count what the machine slept
	}
	next.Storm = g.pace.storm(p.at)
	t.emit(Event{Kind: RebalanceCompleted, Group: next.ID, Rebalance: r, Detail: r.Summary()})
	g.coordinatorMoved = false
}

// appending is how long a coordinator may go on calling a group unsettled after its leader has synced: until all replicas
// have the record of it. Polls and quick looks see that; the record says when it was written.
const appending = 100 * time.Millisecond

// date writes down when a rebalance was, as exactly as it is known.
func (t *Tracker) date(p *pass, g *group, r *Rebalance, wasUnsettled bool) {
	facts := p.record
	r.Began = Moment{NotBefore: g.settledAt, NotAfter: p.ended}
	if facts != nil {
		r.Began.NotBefore = g.lastSettledBefore(facts.change(r))
	}
	if wasUnsettled && !facts.joinedBefore(g.began) {
		settled := r.Began.NotBefore
		r.Began = g.began
		if r.From.Exact() == Some(int32(0)) && !r.Began.NotBefore.IsZero() {
			// Its members join a group that others are shown only when the record of its creation is replicated.
			r.Began.NotBefore = Later(r.Began.NotBefore.Add(-appending), Earlier(r.Began.NotBefore, settled.Add(-translation)))
		}
	}
	if facts == nil {
		r.Ended = Moment{NotBefore: g.settledAt, NotAfter: p.ended}
		if wasUnsettled {
			r.Ended.NotBefore, r.JoinEnded = g.unsettledAt, g.joinEnded
			r.Ended = g.calmedWithin(r.Ended)
			r.Ended.NotBefore = Later(r.Began.NotBefore, r.Ended.NotBefore.Add(-appending))
		}
		return
	}
	r.Ended, r.Recorded = Exactly(facts.ended), facts.written
	if !facts.joinEnded.IsZero() && r.AtLeast > 0 { // a static member that comes back does not join anew
		r.JoinEnded = Exactly(facts.joinEnded)
		r.Began.NotAfter = Earlier(r.Began.NotAfter, facts.joinEnded)
	}
	r.Began.NotBefore = Later(r.Began.NotBefore, g.calmBefore(r, facts))
	if !facts.began.IsZero() {
		r.Began = facts.began
	}
	if r.Type == TypeClassic && !wasUnsettled && r.AtLeast == 1 && r.MembersAfter == 0 && len(r.Left) == 1 && len(r.Joined) == 0 && !r.JoinEnded.IsZero() {
		r.Began = r.JoinEnded // the only member went: there was nobody to wait for
	}
	if facts.contiguous {
		r.Overtaken = max(0, r.AtLeast-1)
	}
}

// joinedBefore says that a join had ended by a moment: what began then is the next rebalance, of which a quick look told
// before the record of this one was read.
func (f *recordFacts) joinedBefore(began Moment) bool {
	return f != nil && !f.joinEnded.IsZero() && began.NotBefore.After(f.joinEnded)
}

// change is the first that is known of a rebalance: that its join ended, or where it had none, that it was over.
func (f *recordFacts) change(r *Rebalance) time.Time {
	if f.joinEnded.IsZero() || r.AtLeast == 0 {
		return f.ended
	}
	return f.joinEnded
}

// lastSettledBefore is when the group is last known to have been settled before a moment: the newest looks may have seen
// it settled again already.
func (g *group) lastSettledBefore(change time.Time) time.Time {
	known := []time.Time{g.settledAt, g.settledBefore}
	if n := len(g.rebalances.items); n > 0 {
		known = append(known, g.rebalances.items[n-1].Ended.NotBefore)
	}
	for _, at := range append(known, g.view.FirstSeen) {
		if !at.After(change) {
			return at
		}
	}
	return g.settledBefore
}

// order keeps the moments of a rebalance in their order: clocks that are translated and looks that overlap blur them.
func (r *Rebalance) order() {
	r.Ended.NotBefore = Earlier(r.Ended.NotBefore, r.Ended.NotAfter)
	end := r.Ended.NotAfter
	for _, m := range []*Moment{&r.JoinEnded, &r.Began} {
		if m.IsZero() {
			continue
		}
		m.NotAfter = Earlier(m.NotAfter, end)
		m.NotBefore = Earlier(m.NotBefore, m.NotAfter)
		end = m.NotAfter
	}
}

// beganWithin is when the rebalance began that the pass is the first to see under way.
func (p *pass) beganWithin(g *group) Moment {
	if p.record != nil && !p.record.began.IsZero() {
		return p.record.began
	}
	return Moment{NotBefore: g.settledAt, NotAfter: p.ended}
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

// settlementOf is the settlement that a group's view shows.
func settlementOf(v *GroupView) *settlement {
	s := &settlement{members: v.Members, byID: make([]int, len(v.Members)), owners: ownersAmong(v.Members), assignor: v.Assignor}
	for i := range v.Members {
		s.opaque = s.opaque || !v.Members[i].AssignmentKnown
		s.byID[i] = i
	}
	slices.SortFunc(s.byID, func(a, b int) int { return strings.Compare(v.Members[a].MemberID, v.Members[b].MemberID) })
	return s
}

// generationStep is what lies between two settlements.
type generationStep struct {
	to       Generation
	atLeast  int
	happened bool // there is something to tell
}

// from is the generation that the step led from. A count that regroup began by itself does not compare with the
// coordinator's: then it is not known.
func (s *generationStep) from(was Generation) Generation {
	if was.Kind == GenerationCounted && s.to.Kind == GenerationExact && int(s.to.Number)-int(was.Number) != s.atLeast {
		return Generation{}
	}
	return was
}

// stepBetween judges by the coordinator's generations where there are any: each is a rebalance, even if nothing came
// of it. Otherwise a rebalance that was seen under way is one, and so is any difference but a static member's
// return, which the coordinator answers without one (KIP-345). How many there were in between nobody knows: it counts
// as one, so that the count is never more than the truth.
func stepBetween(from Generation, sg *Group, d *difference, due bool) generationStep {
	counted := 0
	if due || len(d.joined)+len(d.left)+len(d.moves) > 0 {
		counted = 1
	}
	step := generationStep{to: sg.Generation, atLeast: counted, happened: due || !d.none()}
	switch {
	case step.to.Kind == GenerationExact && from.Kind == GenerationExact:
		step.happened = step.to != from || !d.none()
		step.atLeast = int(step.to.Number) - int(from.Number)
		if step.atLeast < 0 { // the group was deleted and made again in between
			step.atLeast = 1
		}
	case step.to.Kind == GenerationExact:
	case counted > 0:
		step.to = Generation{Number: from.Number + 1, Kind: GenerationCounted}
	case from.Kind == GenerationUnknown:
		step.to = firstSeen(sg)
	default:
		step.to = from
	}
	return step
}

// firstSeen is the generation of a group that regroup sees for the first time: regroup's own count begins at 0, the
// rebalances seen so far. A group that never had members, and one whose members do not rebalance, has none.
func firstSeen(sg *Group) Generation {
	switch {
	case sg.Generation.Kind == GenerationExact:
		return sg.Generation
	case sg.Type == TypeShare || sg.Type == TypeStreams:
		return Generation{}
	case sg.ProtocolType == "" && len(sg.Members) == 0:
		return Generation{}
	}
	return Generation{Kind: GenerationCounted}
}

// addSpan continues the strip of who owned what.
func (t *Tracker) addSpan(g *group, next *GroupView, unsettled bool) {
	g.spans.add(OwnershipSpan{From: t.at, Generation: next.Generation, Unsettled: unsettled, Owners: g.owners}, OwnershipKept)
	next.Ownership = g.spans.newest(OwnershipKept)
}
