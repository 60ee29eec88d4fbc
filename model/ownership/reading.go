// Package ownership is who reads each partition, since when and how surely, and what a rebalance costs: handoffs, pauses,
// and how many partitions had to move.
package ownership

import (
	"slices"
	"time"

	"regroup/model"
)

// Reading is whether a partition is read, by which member, since when, and how that is known. The zero value is unknown.
type Reading struct {
	Kind Kind
	// Reader is the member that reads the partition. Where it is not read, the member that it was last assigned to, or that
	// its target assignment names; Nobody if there is none.
	Reader   model.Slot
	Since    model.Moment // when it began to be so; zero is unknown
	Evidence Evidence
}

// Kind is whether a partition is read.
type Kind uint8

// The kinds. A partition that is still paused, one without an active consumer and one that is unassigned are three
// different things: the first resumes by itself, the second when the group has found out, the third after a rebalance.
const (
	Unknown          Kind = iota
	Read                  // its owner reads it, or would if there were records: nothing speaks against it
	MayRead               // its owner may still read it, or may have stopped
	StillPaused           // it is assigned to a member that has not been seen to read it yet
	NoActiveConsumer      // its owner does not read any more
	Unassigned            // no member is assigned it
)

// Evidence is what a reading is concluded from.
type Evidence uint8

// The evidence, by the kind of reading that it is for.
const (
	NoEvidence Evidence = iota

	Assigned    // Read: the newest assignment
	Resumed     // Read: its owner has committed, or its position advanced, since it was assigned the partition
	Incremental // Read: members of an incremental group keep reading while it rebalances, until they revoke

	Rejoining       // MayRead: members of an eager group read on until their next heartbeat tells them to rejoin
	Syncing         // MayRead: the leader's assignment may have arrived already
	ProtocolUnknown // MayRead: an eager member has stopped, an incremental one reads on
	SinceLastCommit // MayRead: its owner was last seen to read at a commit, and has stopped at some time since

	NoCommitYet // StillPaused: its owner has not committed since it was assigned the partition
	InTransit   // StillPaused: the previous owner has revoked it, and its new owner's next heartbeat brings it (KIP-848)

	ProcessEnded  // NoActiveConsumer: the lab knows that the owner's process has ended
	ProcessPaused // NoActiveConsumer: the lab has paused the owner's process
	Removed       // NoActiveConsumer: its owner is not a member any more
	Revoked       // NoActiveConsumer: its owner has revoked it for the rebalance

	NotAssigned   // Unassigned: members subscribe to the topic, and it is in no member's assignment
	NotSubscribed // Unassigned: no member subscribes to the topic
	NoMembers     // Unassigned: the group is empty

	AssignmentUnknown // Unknown: a member's assignment is not known, or the members share partitions
	Moved             // Unknown: it changed its owner in a rebalance, and when is not known
	NotCreated        // Unknown: it did not exist yet
)

// Paused reports whether members subscribe to the partition and none is known to read it.
func (r Reading) Paused() bool {
	switch r.Kind {
	case StillPaused, NoActiveConsumer:
		return true
	case Unassigned:
		return r.Evidence == NotAssigned
	}
	return false
}

// Readings are who reads what in a group at one moment. Only its timeline is not safe for concurrent use.
type Readings struct {
	Group *model.GroupView
	Lab   *model.LabSnapshot // nil where there is no lab
	Convergence
	partitions []Reading              // in the order of the group's partitions
	inactive   map[model.Slot]Reading // members that do not read what they own, or owned before the rebalance under way
	rebalance  Reading                // what a rebalance of a classic group does to a partition that had an owner before it
	opaque     bool                   // a member owns partitions that are not known
	timeline   *Timeline
}

// Now is who reads what in a group, by its newest view and what the lab knows of its processes; lab may be nil.
func Now(g *model.GroupView, lab *model.LabSnapshot) *Readings {
	r := &Readings{Group: g, Lab: lab, Convergence: converge(g), inactive: inactiveOwners(g, lab), partitions: make([]Reading, len(g.Partitions))}
	stable := !g.Rebalancing()
	if !stable && !g.Type.Reconciles() {
		r.rebalance = inRebalance(g.Protocol(), rejoined(g))
	}
	for i := range g.Members {
		m := &g.Members[i]
		joins := !stable && !m.AssignmentPrevious && !m.Since.IsZero()
		r.opaque = r.opaque || !m.AssignmentKnown && !joins
	}
	for i := range g.Partitions {
		r.partitions[i] = r.reading(&g.Partitions[i])
	}
	if last := g.LastRebalance(); last != nil && stable {
		r.addPauses(&last.Cost)
	}
	return r
}

func (r *Readings) reading(q *model.PartitionView) Reading {
	switch {
	case len(r.Group.Members) == 0 && !r.Group.MembersKnown:
		return Reading{}
	case len(r.Group.Members) == 0:
		return Reading{Kind: Unassigned, Evidence: NoMembers}
	case q.Owner != model.Nobody:
		return r.Member(q.Owner)
	}
	target := r.Target(q.TopicPartition)
	switch {
	case target != model.Nobody:
		return Reading{Kind: StillPaused, Reader: target, Evidence: InTransit}
	case !q.Subscribed:
		return Reading{Kind: Unassigned, Evidence: NotSubscribed}
	case r.opaque, r.Group.Type == model.TypeShare: // several members share a partition, so it has no owner (KIP-932)
		return Reading{Evidence: AssignmentUnknown}
	}
	return Reading{Kind: Unassigned, Evidence: NotAssigned}
}

// addPauses marks the partitions of the last rebalance that were not seen read again. Where a group does not commit, that
// shows nothing.
func (r *Readings) addPauses(c *model.Cost) {
	for i := range c.Pauses {
		p := &c.Pauses[i]
		at := r.index(p.TopicPartition)
		if at < 0 || r.partitions[at].Kind != Read {
			continue
		}
		switch {
		case p.Resumed:
			r.partitions[at].Since, r.partitions[at].Evidence = p.Started, Resumed
		case !c.Complete && p.StillPaused() && p.LagAdded.Known():
			r.partitions[at] = Reading{Kind: StillPaused, Reader: r.partitions[at].Reader, Since: p.Stopped, Evidence: NoCommitYet}
		}
	}
}

// index is the place of a partition in the group; -1 if the group does not know it.
func (r *Readings) index(tp model.TopicPartition) int {
	i, found := slices.BinarySearchFunc(r.Group.Partitions, tp, func(q model.PartitionView, tp model.TopicPartition) int { return q.Compare(tp) })
	if !found {
		return -1
	}
	return i
}

// Of is the reading of a partition; unknown if the group does not know the partition.
func (r *Readings) Of(tp model.TopicPartition) Reading {
	if i := r.index(tp); i >= 0 {
		return r.partitions[i]
	}
	return Reading{}
}

// Paused are the partitions that members subscribe to and none is known to read, in order.
func (r *Readings) Paused() []model.TopicPartition {
	var all []model.TopicPartition
	for i := range r.partitions {
		if r.partitions[i].Paused() {
			all = append(all, r.Group.Partitions[i].TopicPartition)
		}
	}
	return all
}

// Alarming reports whether a partition is paused although its group is stable: no rebalance under way will resume it.
func (r *Readings) Alarming(tp model.TopicPartition) bool {
	return !r.Group.Rebalancing() && r.Of(tp).Paused()
}

// Member is how a member reads the partitions that it owns, or owned before the rebalance under way.
func (r *Readings) Member(slot model.Slot) Reading {
	if inactive, is := r.inactive[slot]; is {
		return inactive
	}
	if reading := r.rebalance; reading.Kind != Unknown {
		reading.Reader = slot
		return reading
	}
	return Reading{Kind: Read, Reader: slot, Evidence: Assigned}
}

// Rebalance is what the rebalance of a classic group under way does to the partitions that had an owner before it; its kind
// is Unknown if none is under way, or the coordinator assigns the partitions (KIP-848).
func (r *Readings) Rebalance() Reading { return r.rebalance }

// Stopped reports whether a member does not read any more what it owns, or owned before the rebalance under way: its process
// has ended or is paused, or the group has removed it.
func (r *Readings) Stopped(slot model.Slot) bool {
	_, stopped := r.inactive[slot]
	return stopped
}

// ConsumeRate is the rate of a member's commits. Of a member that does not read any more it is from before that, and
// unknown now.
func (r *Readings) ConsumeRate(rate model.Maybe[float64], slot model.Slot) model.Maybe[float64] {
	if r.Stopped(slot) {
		return model.None[float64]()
	}
	return rate
}

// inactiveOwners are the members that have stopped.
func inactiveOwners(g *model.GroupView, lab *model.LabSnapshot) map[model.Slot]Reading {
	var all map[model.Slot]Reading
	add := func(slot model.Slot, since model.Moment, evidence Evidence) {
		if all == nil {
			all = map[model.Slot]Reading{}
		}
		if known, is := all[slot]; !is || known.Since.IsZero() || since.NotAfter.Before(known.Since.NotAfter) {
			all[slot] = Reading{Kind: NoActiveConsumer, Reader: slot, Since: since, Evidence: evidence}
		}
	}
	if lab != nil {
		for i := range lab.Consumers {
			c := &lab.Consumers[i]
			if c.Group != g.ID || !c.State.Ended() && c.State != model.LabPaused {
				continue
			}
			slot := SlotOf(g, c.MemberID)
			if m := g.Member(slot); slot == model.Nobody || m != nil && m.MemberID != c.MemberID {
				continue // a static member has come back under another id
			}
			evidence := ProcessEnded
			if c.State == model.LabPaused {
				evidence = ProcessPaused
			}
			add(slot, model.Exactly(c.Since), evidence) // zero in old recordings: unknown
		}
	}
	if !g.Rebalancing() || !g.MembersKnown {
		return all
	}
	for i := range g.Partitions {
		if q := &g.Partitions[i]; q.OwnerPrevious && q.Owner != model.Nobody && g.Member(q.Owner) == nil {
			add(q.Owner, model.Moment{NotAfter: g.RebalancingSince}, Removed)
		}
	}
	return all
}

// SlotOf is the letter of a member by its id; of one that is not in the group any more, by the group's rebalances. It is
// Nobody if the id is "" or not known.
func SlotOf(g *model.GroupView, memberID string) model.Slot {
	if g == nil || memberID == "" {
		return model.Nobody
	}
	for i := range g.Members {
		if g.Members[i].MemberID == memberID {
			return g.Members[i].Slot
		}
	}
	for _, r := range slices.Backward(g.Rebalances) {
		for _, members := range [][]model.MemberRef{r.Left, r.Joined, r.Restarted} {
			for _, m := range members {
				if m.MemberID == memberID {
					return m.Slot
				}
			}
		}
	}
	return model.Nobody
}

// Expelled reports whether a process of the lab was removed from its group and cannot know it: it was paused for longer than
// its session timeout.
func Expelled(g *model.GroupView, c *model.LabConsumer) bool {
	if c.State != model.LabPaused || c.MemberID == "" || len(c.Owns) == 0 || g == nil || !g.MembersKnown {
		return false
	}
	return !slices.ContainsFunc(g.Members, func(m model.MemberView) bool { return m.MemberID == c.MemberID })
}

// rejoined is by when every member has rejoined in the rebalance of a classic group under way; zero while some may not
// have.
func rejoined(g *model.GroupView) time.Time {
	switch {
	case g.State != model.StateCompletingRebalance:
		return time.Time{}
	case g.StateSince.IsZero():
		return g.RebalancingSince
	}
	return g.StateSince
}

// inRebalance is what a rebalance of a classic group under way does to a partition that had an owner before it. Only an
// eager one surely stops its members, once every member has rejoined.
func inRebalance(protocol model.RebalanceProtocol, rejoined time.Time) Reading {
	switch {
	case protocol == model.ProtocolIncremental:
		return Reading{Kind: Read, Evidence: Incremental}
	case protocol == model.ProtocolUnknown:
		return Reading{Kind: MayRead, Evidence: ProtocolUnknown}
	case rejoined.IsZero():
		return Reading{Kind: MayRead, Evidence: Rejoining}
	}
	return Reading{Kind: NoActiveConsumer, Since: model.Moment{NotAfter: rejoined}, Evidence: Revoked}
}

// LastCommit is the newest commit of the partitions that a member owns; zero if none was seen.
func LastCommit(g *model.GroupView, slot model.Slot) time.Time {
	newest := time.Time{}
	for i := range g.Partitions {
		if q := &g.Partitions[i]; q.Owner == slot {
			newest = model.Later(newest, q.CommittedAt)
		}
	}
	return newest
}

// LastReader is the member that lost a partition last, and the rebalance in which it did; nil if no kept rebalance shows
// one.
func LastReader(g *model.GroupView, tp model.TopicPartition) (model.Slot, *model.Rebalance) {
	for _, r := range slices.Backward(g.Rebalances) {
		if owner := r.Before[tp]; owner != model.Nobody && r.After[tp] != owner {
			return owner, r
		}
	}
	return model.Nobody, nil
}
