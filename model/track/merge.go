package track

import (
	"slices"
	"time"

	"regroup/model"
	"regroup/model/lag"
)

// Several sources show the same rebalance. Each fact is taken from the first of these that has it:
//
//	fact                     recorded                           probed                       polled
//	generation               exact                              –                            exact epochs; counted
//	members, assignments     the generation, epochs             –                            once the records are overdue
//	leader                   the generation                     –                            –
//	began                    the epoch; the conversion          first probe that shows it    first poll that shows it
//	join ended               currentStateTimestamp; the target  between two probes           –
//	ended                    the record's timestamp             between two probes           between two polls
//	commits                  each, to the millisecond           –                            between two polls
//
// recorded: by a record of __consumer_offsets; probed: by ListGroups with a filter of states; polled: by a description.

// sighting is what one source shows of a group's members at one moment.
type sighting struct {
	at       lag.Instant // the observation
	moment   time.Time   // that it speaks of, by regroup's clock
	answered time.Time   // it was so by then
	// recorded is what a record adds; nil where a poll shows it. What probes saw is in the group's state already.
	recorded *recordedFacts
}

// recordedFacts are what a record of __consumer_offsets adds to the members that it shows. Times are by regroup's clock.
type recordedFacts struct {
	began      model.Moment // zero is unknown
	joinEnded  time.Time    // zero is unknown
	ended      time.Time
	written    time.Time          // by the coordinator's clock
	leader     string             // the member id
	contiguous bool               // the records since the generation before have all been read
	stable     []model.ProbeTimes // probes that found the group stable before the join ended, or about then; the newest first
	superseded bool               // the target was replaced before every member had reached it
}

// accepts reports whether the members of a poll are taken: not if records have shown, or are about to show, the same and
// more, nor if a probe that was sent later has shown another state.
func (t *Tracker) accepts(p *poll, g *group, sg *model.Group) bool {
	if g.state.stable == nil || !sg.MembersKnown {
		return true
	}
	if p.At.Before(g.probe.sentAt) {
		return false // the poll may show what was before the probe
	}
	if !t.follows(g) {
		return true
	}
	if p.At.Before(g.records.readAt) {
		return false // it was sent before the newest record was read
	}
	phase := model.PhaseOf(sg)
	classic := !g.view.Type.Reconciles()
	switch {
	case phase == model.PhaseUnclear, phase.Rebalancing() && classic:
		return true
	case !g.state.rebalancing() && phase == model.PhaseStable && g.state.stable.Shows(sg),
		phase.Rebalancing() && sg.Generation == g.state.generation && g.reports(sg.Members):
		g.records.inTime()
		return true
	}
	if !g.records.overdue(p.At, sg.Members) {
		return false
	}
	g.records.inTime()
	if classic {
		// No record was written, so no generation came to be: the rebalance was abandoned, as by a coordinator that moved.
		g.state.generationDue = false
	}
	return true
}

// inTime notes that polls show no more than the records.
func (r *recordMarks) inTime() { r.overdueSince, r.overdueMembers = time.Time{}, nil }

// overdue reports whether a poll has shown these members for longer than their records may take.
func (r *recordMarks) overdue(asked time.Time, members []model.Member) bool {
	if r.overdueSince.IsZero() || !model.SameMembers(r.overdueMembers, members) {
		r.overdueSince, r.overdueMembers = asked, members
	}
	return asked.Sub(r.overdueSince) >= model.RecordGrace
}

// phase is the phase that is shown. A rebalance whose target was superseded has ended, whatever came of it.
func (s *sighting) phase(sg *model.Group) model.Phase {
	if s.recorded != nil && s.recorded.superseded {
		return model.PhaseStable
	}
	return model.PhaseOf(sg)
}

// leader is the leader's slot; only a record has it.
func (s *sighting) leader(members []model.MemberView) model.Slot {
	if s.recorded == nil {
		return model.Nobody
	}
	return leaderAmong(members, s.recorded.leader)
}

// joinEndedAfter reports whether a join ended after a moment at which the group was stable: the generation is another
// one, even if nothing came of it.
func (s *sighting) joinEndedAfter(stable time.Time) bool {
	return s.recorded != nil && s.recorded.joinEnded.After(stable)
}

// offsetsBefore is when the offsets that are known were asked for: those of a poll are folded in after its members.
func (s *sighting) offsetsBefore(g *group) time.Time {
	if s.recorded == nil {
		return g.polls.offsetsBefore
	}
	return g.polls.offsets
}

// beganWithin is when the rebalance began that the sighting is the first to show.
func (s *sighting) beganWithin(g *group) model.Moment {
	if s.recorded != nil && !s.recorded.began.IsZero() {
		return s.recorded.began
	}
	return model.Moment{NotBefore: g.state.times.stable, NotAfter: s.answered}
}

// date writes into a complete rebalance when it was, as exactly as the sources know.
func (s *sighting) date(g *group, r *model.Rebalance, wasRebalancing bool) {
	if s.recorded != nil {
		r.Recorded = s.recorded.written
		if s.recorded.contiguous {
			r.Superseded = max(0, r.AtLeast-1)
		}
	}
	r.JoinEnded = s.joinEnded(g, r, wasRebalancing)
	r.Began = s.began(g, r, wasRebalancing)
	r.Ended = s.ended(g, r, wasRebalancing)
}

func (s *sighting) joinEnded(g *group, r *model.Rebalance, wasRebalancing bool) model.Moment {
	switch {
	case s.recorded != nil && !s.recorded.joinEnded.IsZero() && r.AtLeast > 0: // a static member that restarts does not rejoin
		return model.Exactly(s.recorded.joinEnded)
	case s.recorded == nil && wasRebalancing:
		return g.state.times.joinEnded
	}
	return model.Moment{}
}

func (s *sighting) ended(g *group, r *model.Rebalance, wasRebalancing bool) model.Moment {
	switch {
	case s.recorded != nil:
		return model.Exactly(s.recorded.ended)
	case wasRebalancing:
		ended := g.stableWithin(model.Moment{NotBefore: g.state.times.rebalancing, NotAfter: s.answered})
		ended.NotBefore = model.Later(r.Began.NotBefore, ended.NotBefore.Add(-appending))
		return ended
	}
	return model.Moment{NotBefore: g.state.times.stable, NotAfter: s.answered}
}

func (s *sighting) began(g *group, r *model.Rebalance, wasRebalancing bool) model.Moment {
	facts := s.recorded
	switch {
	case facts == nil && wasRebalancing:
		return g.beganSeen(r, g.state.times.stable)
	case facts == nil:
		return model.Moment{NotBefore: g.state.times.stable, NotAfter: s.answered}
	case !facts.began.IsZero():
		return facts.began
	case !wasRebalancing && onlyMemberLeft(r):
		return r.JoinEnded
	}
	began := model.Moment{NotBefore: g.lastStableBefore(facts.change(r)), NotAfter: s.answered}
	if wasRebalancing && !facts.joinedBefore(g.state.times.began) {
		began = g.beganSeen(r, began.NotBefore)
	}
	if !r.JoinEnded.IsZero() {
		began.NotAfter = model.Earlier(began.NotAfter, facts.joinEnded)
	}
	began.NotBefore = model.Later(began.NotBefore, g.stableProbeBefore(r, began, facts))
	return began
}

// beganSeen is when the rebalance began that was seen under way. stable is when the group was last stable before.
func (g *group) beganSeen(r *model.Rebalance, stable time.Time) model.Moment {
	began := g.state.times.began
	if r.From.Exact() == model.Some(int32(0)) && !began.NotBefore.IsZero() {
		// Members join a group that others are shown only when the record of its creation is replicated.
		began.NotBefore = model.Later(began.NotBefore.Add(-appending), model.Earlier(began.NotBefore, stable.Add(-translation)))
	}
	return began
}

// onlyMemberLeft: there was no member to wait for, so the join ended as it began.
func onlyMemberLeft(r *model.Rebalance) bool {
	return r.Type == model.TypeClassic && r.AtLeast == 1 && r.MembersAfter == 0 && len(r.Left) == 1 && len(r.Joined) == 0 && !r.JoinEnded.IsZero()
}

const (
	// appending is how long a coordinator may go on calling a group rebalancing after its leader has synced: until all
	// replicas have the record of it. Polls and probes see that; the record says when it was written.
	appending = 100 * time.Millisecond
	// translation is by how much a broker's time may be too late when it is translated to regroup's clock: about as long as
	// the quickest record takes from the one to the other.
	translation = 10 * time.Millisecond
)

// joinedBefore reports whether a join had ended by a moment: what began then is the next rebalance, which a probe saw
// before the record of this one was read.
func (f *recordedFacts) joinedBefore(began model.Moment) bool {
	return !f.joinEnded.IsZero() && began.NotBefore.After(f.joinEnded)
}

// change is the first that is known of a rebalance: that its join ended, or where it had none, that it was over.
func (f *recordedFacts) change(r *model.Rebalance) time.Time {
	if f.joinEnded.IsZero() || r.AtLeast == 0 {
		return f.ended
	}
	return f.joinEnded
}

// lastStableBefore is when the group is last known to have been stable before a moment: the newest polls may have seen it
// stable again already.
func (g *group) lastStableBefore(change time.Time) time.Time {
	known := []time.Time{g.state.times.stable, g.state.times.stableBefore}
	if n := len(g.rebalances.Items); n > 0 {
		known = append(known, g.rebalances.Items[n-1].Ended.NotBefore)
	}
	for _, at := range append(known, g.view.FirstSeen) {
		if !at.After(change) {
			return at
		}
	}
	return g.state.times.stableBefore
}

// stableProbeBefore is when the newest of the probes was sent that found the group stable before this rebalance began;
// zero if none did. Where a rebalance has a join, the group is stable before its beginning and after its end only.
func (g *group) stableProbeBefore(r *model.Rebalance, began model.Moment, facts *recordedFacts) time.Time {
	// The group may have been stable between generations without a record, and the beginning is that of the first.
	if r.JoinEnded.IsZero() || r.AtLeast > 1 && !facts.contiguous {
		return time.Time{}
	}
	ended := r.JoinEnded.NotAfter
	if r.MembersAfter == 0 {
		ended = ended.Add(-translation) // there is no sync, so the group is stable again at once
	}
	// A coordinator lists a group when all replicas have the record of its creation, and none that it has not loaded.
	listed := g.state.times.listed.Add(appending)
	for _, probe := range facts.stable {
		if !probe.Answered.After(ended) && !probe.Asked.Before(listed) && !probe.Asked.After(began.NotAfter) {
			return probe.Asked
		}
	}
	return time.Time{}
}

// stableWithin narrows down when a rebalance ended to between two probes.
func (g *group) stableWithin(ended model.Moment) model.Moment {
	again := g.state.times.stableAgain
	narrowed := model.Moment{NotBefore: model.Later(ended.NotBefore, again.NotBefore), NotAfter: model.Earlier(ended.NotAfter, again.NotAfter)}
	if again.IsZero() || again.NotAfter.Before(g.state.times.rebalancing) || narrowed.NotAfter.Before(narrowed.NotBefore) {
		return ended
	}
	return narrowed
}

// orderMoments keeps the moments of a rebalance in their order: translated clocks and overlapping polls blur them.
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

// supplement adds to what a poll shows of the members what only records have, where it is still true. Where the group's
// records are not read, only what a member was asked to revoke is known, from the polls before.
func (g *group) supplement(sg *model.Group, followed bool) *model.Group {
	var members []model.Member
	for i := range sg.Members {
		known := g.member(sg.Members[i].ID)
		if known == nil {
			continue
		}
		var pending []model.TopicPartition
		if !followed {
			pending = g.handoffs.Pending(&sg.Members[i])
		}
		if !known.SessionTimeout.Known() && !known.RebalanceTimeout.Known() && known.State == model.MemberStateUnknown && len(pending) == 0 {
			continue
		}
		if members == nil {
			members = slices.Clone(sg.Members)
		}
		supplementMember(&members[i], &known.Member, pending, followed)
	}
	if members == nil {
		return sg
	}
	supplemented := *sg
	supplemented.Members = members
	return &supplemented
}

func supplementMember(m, known *model.Member, pending []model.TopicPartition, followed bool) {
	if !m.SessionTimeout.Known() {
		m.SessionTimeout = known.SessionTimeout
	}
	if !m.RebalanceTimeout.Known() {
		m.RebalanceTimeout = known.RebalanceTimeout
	}
	switch {
	case followed && known.Epoch == m.Epoch && m.State == model.MemberStateUnknown:
		m.State, m.PendingRevocation = known.State, known.PendingRevocation
	case len(pending) > 0:
		m.State, m.PendingRevocation = model.MemberUnrevokedPartitions, pending
	default:
		return
	}
	m.Assignment = m.Reads() // polls show nothing of what it has not revoked yet
}

// leaderAmong is the slot of the member that leads.
func leaderAmong(members []model.MemberView, id string) model.Slot {
	for i := range members {
		if members[i].MemberID == id {
			return members[i].Slot
		}
	}
	return model.Nobody
}

// withTimeouts are members with the timeouts of a record.
func withTimeouts(members []model.MemberView, rec *model.GenerationRecord) []model.MemberView {
	members = slices.Clone(members)
	for i := range members {
		v := &members[i]
		if at := memberIndex(rec.Members, v.MemberID); at >= 0 {
			v.SessionTimeout, v.RebalanceTimeout = rec.Members[at].SessionTimeout, rec.Members[at].RebalanceTimeout
		}
	}
	return members
}
