package ownership

import (
	"iter"
	"slices"
	"time"

	"regroup/model"
)

// Handoffs are the partitions of a consumer group (KIP-848) that changed hands since it last settled. There each does so
// by itself: the coordinator asks the old owner to give it up, learns from its heartbeat that it has, and tells the new
// owner with that one's next heartbeat. When all have, the rebalance has ended, and its reckoning is told of these.
type Handoffs map[model.TopicPartition]*Handoff

// Handoff is one of them. Until took is known, nobody has the partition.
type Handoff struct {
	revoked, assigned model.Moment        // gave.NotAfter is zero as long as the old owner may not have given it up yet
	revoker           string              // the member id of that owner, as long as it may not have, where only polls tell
	revokeEpoch       model.Maybe[int32]  // its epoch then: that moves on when it has
	last, first       model.Maybe[Commit] // the newest commit before it was taken, and the earliest since
	severalHands      bool                // it went through several hands
}

// Apply takes in what one member owns now, what it has been asked to give up included, and owned before; both sorted.
// newest is the newest commit of a partition.
func (h Handoffs) Apply(was, now []model.TopicPartition, at model.Moment, newest func(model.TopicPartition) model.Maybe[Commit]) {
	h.Revoke(was, now, at, nil, newest)
	h.Assign(was, now, at, newest)
}

// Revoke takes in what a member does not own any more. A giver has only been asked for it, as far as is known; nil has
// given it up.
func (h Handoffs) Revoke(was, now []model.TopicPartition, at model.Moment, giver *model.Member, newest func(model.TopicPartition) model.Maybe[Commit]) {
	for tp := range NotIn(was, now) {
		if before := h[tp]; before != nil {
			before.severalHands = true
			continue
		}
		h[tp] = &Handoff{revoked: at, last: newest(tp)}
		if giver != nil {
			h[tp].revoked.NotAfter, h[tp].revoker, h[tp].revokeEpoch = time.Time{}, giver.ID, giver.Epoch
		}
	}
}

// ConfirmRevoked says of the members that have moved on by a moment, or are gone, that they have given up what they were asked for.
func (h Handoffs) ConfirmRevoked(by time.Time, now map[string]*model.Member) {
	for _, o := range h {
		if m := now[o.revoker]; o.revoker != "" && (m == nil || m.Epoch != o.revokeEpoch) {
			o.revoker, o.revoked.NotAfter = "", by
		}
	}
}

// Pending is what a member has been asked to give up, and has not, sorted.
func (h Handoffs) Pending(m *model.Member) []model.TopicPartition {
	var pending []model.TopicPartition
	for tp, o := range h {
		if o.revoker == m.ID && m.Epoch.Known() {
			pending = append(pending, tp)
		}
	}
	slices.SortFunc(pending, model.TopicPartition.Compare)
	return pending
}

// Assign takes in what a member owns that it did not own before.
func (h Handoffs) Assign(was, now []model.TopicPartition, at model.Moment, newest func(model.TopicPartition) model.Maybe[Commit]) {
	for tp := range NotIn(now, was) {
		o := h[tp]
		if o == nil { // nobody had it
			o = &Handoff{last: newest(tp)}
			h[tp] = o
		}
		if !o.assigned.IsZero() {
			continue
		}
		if o.assigned = at; o.revoker != "" {
			o.revoker, o.revoked.NotAfter = "", at.NotAfter
		}
	}
}

// NotIn goes through the partitions of one sorted list that are not in another.
func NotIn(some, others []model.TopicPartition) iter.Seq[model.TopicPartition] {
	return func(yield func(model.TopicPartition) bool) {
		for _, tp := range some {
			if _, found := slices.BinarySearchFunc(others, tp, model.TopicPartition.Compare); !found && !yield(tp) {
				return
			}
		}
	}
}

// Commit takes in a commit of any partition, in the order in which they were made.
func (h Handoffs) Commit(tp model.TopicPartition, c Commit) {
	switch o := h[tp]; {
	case o == nil:
	case o.assigned.IsZero():
		o.last = model.Some(c)
	case !o.first.Known() && c.At.NotBefore.After(o.assigned.NotAfter):
		o.first = model.Some(c)
	}
}

// Complete adds to what is known of a partition when its rebalance has ended. Of one that went through several hands it tells
// nothing: who was the last to have it before is not known here.
func (h Handoffs) Complete(b *PartitionBefore) {
	if o := h[b.TopicPartition]; o != nil && !o.severalHands {
		b.Revoked, b.Assigned, b.Commit, b.first = o.revoked, o.assigned, o.last, o.first
	}
}
