package ui

import (
	"time"

	"regroup/model"
)

// stoppedOwners are the members that surely do not read any more what they own, or owned before the rebalance that is
// under way, and since when: those whose process the lab knows to be dead or to stand still, and those that the group has
// given up.
func stoppedOwners(g *model.GroupView, lab *model.LabSnapshot) map[model.Lane]time.Time {
	var all map[model.Lane]time.Time
	note := func(lane model.Lane, since time.Time) {
		if all == nil {
			all = map[model.Lane]time.Time{}
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
			lane := labLane(g, c)
			if m := g.Member(lane); lane != model.Nobody && (m == nil || m.MemberID == c.MemberID) {
				note(lane, c.Since)
			}
		}
	}
	if g.Unsettled.IsZero() || !g.MembersKnown {
		return all
	}
	for i := range g.Partitions {
		if q := &g.Partitions[i]; q.OwnerPrevious && q.Owner != model.Nobody && g.Member(q.Owner) == nil {
			note(q.Owner, g.Unsettled)
		}
	}
	return all
}

// joinedAt is when the join of an eager rebalance that is under way had ended, and with it everybody had stopped; zero is
// that it goes on: members read on until they have heard of it, with the answer to their next heartbeat.
func joinedAt(g *model.GroupView) time.Time {
	switch {
	case g.State != model.StateCompletingRebalance:
		return time.Time{}
	case g.StateSince.IsZero():
		return g.Unsettled
	}
	return g.StateSince
}

// rateNow is the rate at which an owner commits; of one that has stopped it is from before that, and unknown now.
func rateNow(rate model.Maybe[float64], owner model.Lane, stopped map[model.Lane]time.Time) model.Maybe[float64] {
	if _, dead := stopped[owner]; dead {
		return model.None[float64]()
	}
	return rate
}

// mayRead reports whether members may still read what they owned before the rebalance that is under way. Only an eager
// one surely stops all of them, once every member has rejoined.
func mayRead(g *model.GroupView) bool {
	return g.Protocol() != model.ProtocolEager || joinedAt(g).IsZero()
}

// appeared is when those of a group's partitions appeared that it has had to do with for less than a minute, and for
// shorter than regroup has looked at it: at the earliest that their lags' histories allow.
func appeared(g *model.GroupView, at time.Time) map[model.TopicPartition]time.Time {
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
