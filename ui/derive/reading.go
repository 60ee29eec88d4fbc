// Package derive computes facts about a group that a view does not state: which members have stopped, which partitions
// nobody consumes, and what a KIP-848 group has still to hand off. It draws nothing and uses the model only.
package derive

import (
	"time"

	"regroup/model"
)

// Stopped are the members that surely do not read any more what they own, or owned before the rebalance that is
// under way, and since when: those whose process the lab knows to be dead or to stand still, and those that the group has
// given up.
func Stopped(g *model.GroupView, lab *model.LabSnapshot) map[model.Slot]time.Time {
	var all map[model.Slot]time.Time
	note := func(lane model.Slot, since time.Time) {
		if all == nil {
			all = map[model.Slot]time.Time{}
		}
		if at, known := all[lane]; !known || since.Before(at) {
			all[lane] = since
		}
	}
	if lab != nil {
		for i := range lab.Consumers {
			c := &lab.Consumers[i]
			if c.Group != g.ID || !c.State.Ended() && c.State != model.LabPaused || c.Since.IsZero() {
				continue
			}
			lane := LaneOf(g, c)
			if m := g.Member(lane); lane != model.Nobody && (m == nil || m.MemberID == c.MemberID) {
				note(lane, c.Since)
			}
		}
	}
	if !g.Rebalancing() || !g.MembersKnown {
		return all
	}
	for i := range g.Partitions {
		if q := &g.Partitions[i]; q.OwnerPrevious && q.Owner != model.Nobody && g.Member(q.Owner) == nil {
			note(q.Owner, g.RebalancingSince)
		}
	}
	return all
}

// JoinEnded is when the join of an eager rebalance that is under way had ended, and with it everybody had stopped; zero is
// that it goes on: members read on until they have heard of it, with the answer to their next heartbeat.
func JoinEnded(g *model.GroupView) time.Time {
	switch {
	case g.State != model.StateCompletingRebalance:
		return time.Time{}
	case g.StateSince.IsZero():
		return g.RebalancingSince
	}
	return g.StateSince
}

// RateNow is the rate at which an owner commits; of one that has stopped it is from before that, and unknown now.
func RateNow(rate model.Maybe[float64], owner model.Slot, stopped map[model.Slot]time.Time) model.Maybe[float64] {
	if _, dead := stopped[owner]; dead {
		return model.None[float64]()
	}
	return rate
}

// MayRead reports whether members may still read what they owned before the rebalance that is under way. Only an eager
// one surely stops all of them, once every member has rejoined.
func MayRead(g *model.GroupView) bool {
	return g.Protocol() != model.ProtocolEager || JoinEnded(g).IsZero()
}

// Appeared is when those of a group's partitions appeared that it has had to do with for less than a minute, and for
// shorter than regroup has looked at it: at the earliest that their lags' histories allow.
func Appeared(g *model.GroupView, at time.Time) map[model.TopicPartition]time.Time {
	var late map[model.TopicPartition]time.Time
	for i := range g.Partitions {
		q := &g.Partitions[i]
		samples := len(q.LagHistory)
		since := at.Add(-time.Duration(samples) * model.PartitionLagStep)
		if samples == 0 || samples >= model.PartitionLagKept || since.Sub(g.FirstSeen) < 2*model.PartitionLagStep {
			continue
		}
		if late == nil {
			late = map[model.TopicPartition]time.Time{}
		}
		late[q.TopicPartition] = since
	}
	return late
}

// Unread are the partitions that no member reads at this moment although members subscribe to them, in order:
// those that nobody owns, those whose owners have stopped, and those whose new owner has not begun.
func Unread(g *model.GroupView, b Between, stopped map[model.Slot]time.Time) []model.TopicPartition {
	if len(g.Members) == 0 {
		return nil
	}
	var all []model.TopicPartition
	late := map[model.TopicPartition]bool{}
	if r := g.LastRebalance(); r != nil && !r.Cost.Complete && !g.Rebalancing() {
		for i := range r.Cost.Pauses {
			if p := &r.Cost.Pauses[i]; !p.Resumed && !p.Quiet {
				late[p.TopicPartition] = true
			}
		}
	}
	for i := range g.Partitions {
		q := &g.Partitions[i]
		if _, dead := stopped[q.Owner]; dead || late[q.TopicPartition] || unowned(g, q, b) {
			all = append(all, q.TopicPartition)
		}
	}
	return all
}

// unowned says that nobody owns a partition now, as far as the group's protocol tells.
func unowned(g *model.GroupView, q *model.PartitionView, b Between) bool {
	nobodys := q.Owner == model.Nobody && q.Subscribed
	switch {
	case !g.Rebalancing():
		return nobodys
	case g.Type == model.TypeConsumer:
		return b.Target[q.TopicPartition] != model.Nobody && b.holder[q.TopicPartition] == model.Nobody
	}
	return nobodys || q.Owner != model.Nobody && !MayRead(g)
}

// Missed are the partitions that nobody reads although somebody should: those that no member of a settled group owns,
// those whose owner has stopped, and those whose new owner has not begun.
func Missed(g *model.GroupView, stopped map[model.Slot]time.Time) map[model.TopicPartition]bool {
	if len(g.Members) == 0 || g.Rebalancing() {
		return nil
	}
	var out map[model.TopicPartition]bool
	note := func(tp model.TopicPartition) {
		if out == nil {
			out = map[model.TopicPartition]bool{}
		}
		out[tp] = true
	}
	for i := range g.Partitions {
		q := &g.Partitions[i]
		if _, dead := stopped[q.Owner]; dead || q.Owner == model.Nobody && q.Subscribed {
			note(q.TopicPartition)
		}
	}
	if r := g.LastRebalance(); r != nil && !r.Cost.Complete {
		for i := range r.Cost.Pauses {
			if p := &r.Cost.Pauses[i]; !p.Resumed && !p.Quiet {
				note(p.TopicPartition)
			}
		}
	}
	return out
}
