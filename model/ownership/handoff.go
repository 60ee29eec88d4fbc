package ownership

import (
	"iter"
	"slices"
	"time"

	"regroup/model"
)

// Handoffs are the partitions of a consumer group (KIP-848) whose owner has changed since the group was stable. There each is
// handed off by itself: the coordinator asks the owner to revoke it, learns from a heartbeat that it has, and assigns it with
// the new owner's next heartbeat. When all are handed off the rebalance has ended, and its cost tracker gets these.
type Handoffs map[model.TopicPartition]*Handoff

// Handoff is the revocation and the assignment of one partition. It has no owner between the two.
type Handoff struct {
	revoked, assigned       model.Moment        // revoked.NotAfter is zero while the previous owner may not have revoked it yet
	revoker                 string              // by polls alone: the member id of that owner, while it may not have revoked it
	revokeEpoch             model.Maybe[int32]  // the epoch of that member, which advances when it has revoked it
	lastCommit, firstCommit model.Maybe[Commit] // the newest before it was assigned, and the earliest since
	severalOwners           bool                // it was handed off more than once
}

// Apply adds what one member owns now, including what it was asked to revoke, and what it owned before; both sorted. newest
// is the newest commit of a partition.
func (h Handoffs) Apply(was, now []model.TopicPartition, at model.Moment, newest func(model.TopicPartition) model.Maybe[Commit]) {
	h.Revoke(was, now, at, nil, newest)
	h.Assign(was, now, at, newest)
}

// Revoke adds what a member does not own any more. A revoker may only have been asked to revoke it so far; nil: it was revoked.
func (h Handoffs) Revoke(was, now []model.TopicPartition, at model.Moment, revoker *model.Member, newest func(model.TopicPartition) model.Maybe[Commit]) {
	for tp := range NotIn(was, now) {
		if before := h[tp]; before != nil {
			before.severalOwners = true
			continue
		}
		h[tp] = &Handoff{revoked: at, lastCommit: newest(tp)}
		if revoker != nil {
			h[tp].revoked.NotAfter, h[tp].revoker, h[tp].revokeEpoch = time.Time{}, revoker.ID, revoker.Epoch
		}
	}
}

// ConfirmRevoked confirms the revocations of the members whose epoch has advanced by a moment, or that have left.
func (h Handoffs) ConfirmRevoked(by time.Time, now map[string]*model.Member) {
	for _, handoff := range h {
		if m := now[handoff.revoker]; handoff.revoker != "" && (m == nil || m.Epoch != handoff.revokeEpoch) {
			handoff.revoker, handoff.revoked.NotAfter = "", by
		}
	}
}

// Pending are the partitions that a member was asked to revoke and has not, sorted.
func (h Handoffs) Pending(m *model.Member) []model.TopicPartition {
	var pending []model.TopicPartition
	for tp, handoff := range h {
		if handoff.revoker == m.ID && m.Epoch.Known() {
			pending = append(pending, tp)
		}
	}
	slices.SortFunc(pending, model.TopicPartition.Compare)
	return pending
}

// Assign adds what a member owns that it did not own before.
func (h Handoffs) Assign(was, now []model.TopicPartition, at model.Moment, newest func(model.TopicPartition) model.Maybe[Commit]) {
	for tp := range NotIn(now, was) {
		handoff := h[tp]
		if handoff == nil { // it had no owner
			handoff = &Handoff{lastCommit: newest(tp)}
			h[tp] = handoff
		}
		if !handoff.assigned.IsZero() {
			continue
		}
		if handoff.assigned = at; handoff.revoker != "" {
			handoff.revoker, handoff.revoked.NotAfter = "", at.NotAfter
		}
	}
}

// NotIn iterates over the partitions of one sorted list that are not in another.
func NotIn(some, others []model.TopicPartition) iter.Seq[model.TopicPartition] {
	return func(yield func(model.TopicPartition) bool) {
		for _, tp := range some {
			if _, found := slices.BinarySearchFunc(others, tp, model.TopicPartition.Compare); !found && !yield(tp) {
				return
			}
		}
	}
}

// Commit adds a commit of any partition. Commits have to come in the order in which they were made.
func (h Handoffs) Commit(tp model.TopicPartition, c Commit) {
	switch handoff := h[tp]; {
	case handoff == nil:
	case handoff.assigned.IsZero():
		handoff.lastCommit = model.Some(c)
	case !handoff.firstCommit.Known() && c.At.NotBefore.After(handoff.assigned.NotAfter):
		handoff.firstCommit = model.Some(c)
	}
}

// Complete adds the handoff of a partition to what is known of it when its rebalance has ended. Of one that was handed off more
// than once it adds nothing: which owner was the last before is not known here.
func (h Handoffs) Complete(b *PartitionBefore) {
	if handoff := h[b.TopicPartition]; handoff != nil && !handoff.severalOwners {
		b.Revoked, b.Assigned, b.Commit, b.firstCommit = handoff.revoked, handoff.assigned, handoff.lastCommit, handoff.firstCommit
	}
}
