package model

import (
	"iter"
	"slices"
	"time"
)

// handovers are the partitions of a consumer group (KIP-848) that changed hands since it last settled. There each does so
// by itself: the coordinator asks the old owner to give it up, learns from its heartbeat that it has, and tells the new
// owner with that one's next heartbeat. When all have, the rebalance has ended, and its reckoning is told of these.
type handovers map[TopicPartition]*handover

// handover is one of them. Until took is known, nobody has the partition.
type handover struct {
	gave, took   Moment            // gave.NotAfter is zero as long as the old owner may not have given it up yet
	giver        string            // the member id of that owner, as long as it may not have, where only polls tell
	asked        Maybe[int32]      // its epoch then: that moves on when it has
	last, first  Maybe[commitSeen] // the newest commit before it was taken, and the earliest since
	everReturned bool              // it went through several hands
}

// step takes in what one member owns now, what it has been asked to give up included, and owned before; both sorted.
// newest is the newest commit of a partition.
func (h handovers) step(was, now []TopicPartition, at Moment, newest func(TopicPartition) Maybe[commitSeen]) {
	h.give(was, now, at, nil, newest)
	h.take(was, now, at, newest)
}

// give takes in what a member does not own any more. A giver has only been asked for it, as far as is known; nil has
// given it up.
func (h handovers) give(was, now []TopicPartition, at Moment, giver *Member, newest func(TopicPartition) Maybe[commitSeen]) {
	for tp := range notIn(was, now) {
		if before := h[tp]; before != nil {
			before.everReturned = true
			continue
		}
		h[tp] = &handover{gave: at, last: newest(tp)}
		if giver != nil {
			h[tp].gave.NotAfter, h[tp].giver, h[tp].asked = time.Time{}, giver.ID, giver.Epoch
		}
	}
}

// given says of the members that have moved on by a moment, or are gone, that they have given up what they were asked for.
func (h handovers) given(by time.Time, now map[string]*Member) {
	for _, o := range h {
		if m := now[o.giver]; o.giver != "" && (m == nil || m.Epoch != o.asked) {
			o.giver, o.gave.NotAfter = "", by
		}
	}
}

// pending is what a member has been asked to give up, and has not, sorted.
func (h handovers) pending(m *Member) []TopicPartition {
	var pending []TopicPartition
	for tp, o := range h {
		if o.giver == m.ID && m.Epoch.Known() {
			pending = append(pending, tp)
		}
	}
	slices.SortFunc(pending, TopicPartition.Compare)
	return pending
}

// take takes in what a member owns that it did not own before.
func (h handovers) take(was, now []TopicPartition, at Moment, newest func(TopicPartition) Maybe[commitSeen]) {
	for tp := range notIn(now, was) {
		o := h[tp]
		if o == nil { // nobody had it
			o = &handover{last: newest(tp)}
			h[tp] = o
		}
		if !o.took.IsZero() {
			continue
		}
		if o.took = at; o.giver != "" {
			o.giver, o.gave.NotAfter = "", at.NotAfter
		}
	}
}

// notIn goes through the partitions of one sorted list that are not in another.
func notIn(some, others []TopicPartition) iter.Seq[TopicPartition] {
	return func(yield func(TopicPartition) bool) {
		for _, tp := range some {
			if _, found := slices.BinarySearchFunc(others, tp, TopicPartition.Compare); !found && !yield(tp) {
				return
			}
		}
	}
}

// commit takes in a commit of any partition, in the order in which they were made.
func (h handovers) commit(tp TopicPartition, c commitSeen) {
	switch o := h[tp]; {
	case o == nil:
	case o.took.IsZero():
		o.last = Some(c)
	case !o.first.Known() && c.at.NotBefore.After(o.took.NotAfter):
		o.first = Some(c)
	}
}

// tell adds to what is known of a partition when its rebalance has ended. Of one that went through several hands it tells
// nothing: who was the last to have it before is not known here.
func (h handovers) tell(b *partitionBefore) {
	if o := h[b.TopicPartition]; o != nil && !o.everReturned {
		b.gave, b.took, b.commit, b.first = o.gave, o.took, o.last, o.first
	}
}

// seeHandovers takes in what a poll shows to have changed hands in a group whose members tell at every moment what they
// own, where no records tell of it. A member that is asked to give something up is shown without it from then on
// (ConsumerGroupDescribe has only what it may keep), and is at the target's epoch when it has.
func (t *Tracker) seeHandovers(p *pass, g *group, sg *Group) {
	if !reconciles(sg.Type) || !sg.MembersKnown {
		return
	}
	asked := g.saidAt
	if g.saidAt = p.At; asked.IsZero() || g.settled == nil || t.follows(g) {
		return
	}
	if len(g.handed) == 0 && sameMembers(g.said, sg.Members) {
		return // nothing is on its way
	}
	at := Moment{asked, p.ended}
	now := make(map[string]*Member, len(sg.Members))
	for i := range sg.Members {
		now[sg.Members[i].ID] = &sg.Members[i]
	}
	g.handed.given(p.ended, now)
	was := make(map[string][]TopicPartition, len(g.said))
	for i := range g.said {
		m := &g.said[i]
		was[m.ID] = slices.Collect(notIn(sortedCopy(m.Assignment), m.PendingRevocation)) // as polls tell it
		still := now[m.ID]
		if still == nil {
			g.handed.give(was[m.ID], nil, at, nil, g.newestCommit)
			continue
		}
		var giver *Member
		if !still.Epoch.Known() || still.Epoch != sg.AssignmentEpoch {
			giver = still
		}
		g.handed.give(was[m.ID], sortedCopy(still.Assignment), at, giver, g.newestCommit)
	}
	for i := range sg.Members {
		g.handed.take(was[sg.Members[i].ID], sortedCopy(sg.Members[i].Assignment), at, g.newestCommit)
	}
}
