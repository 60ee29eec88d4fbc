package track

import (
	"slices"
	"time"

	"regroup/model"
	"regroup/model/cause"
	"regroup/model/lag"
	"regroup/model/ownership"
	"regroup/model/ring"
)

// costsAtOnce is how many rebalances of a group have their costs followed at a time: in a storm, earlier ones show no more.
const costsAtOnce = 4

// keepRebalance adds its cause and its cost to a complete rebalance, and keeps it.
func (t *Tracker) keepRebalance(s sighting, g *group, next *model.GroupView, r *model.Rebalance, before, now *ownership.StableAssignment) {
	r.Stickiness = ownership.Stickiness(before.Owners, now.Owners, before.Members, now.Members)
	r.Verdict, r.Also = cause.Judge(t.evidenceOf(g, r, before, now))
	t.followCost(s, g, next, r, before)
	g.rebalances.Add(r, model.GroupRebalancesKept)
	t.rebalances.Add(r, model.RebalancesKept)
	next.Rebalances = g.rebalances.Newest(model.GroupRebalancesKept)
	next.Stickiness = stickinessOf(next.Rebalances)
	for range r.AtLeast { // not for a static member that restarted
		g.rebalanceCount.Add(s.at) // not when it ended: distances of records' times count what the machine slept
	}
	next.Storm = g.rebalanceCount.Storm(s.at)
	t.emit(model.Event{Kind: model.RebalanceCompleted, Group: next.ID, Rebalance: r, Detail: r.Summary()})
}

// stickinessOf is how many partitions moved, and how many of them had to, over the rebalances where that is known.
func stickinessOf(rebalances []*model.Rebalance) model.Maybe[model.Stickiness] {
	sum := model.None[model.Stickiness]()
	for _, r := range rebalances {
		if s, known := r.Stickiness.Get(); known {
			total := sum.Or(model.Stickiness{})
			sum = model.Some(model.Stickiness{Moved: total.Moved + s.Moved, Necessary: total.Necessary + s.Necessary})
		}
	}
	return sum
}

// followCost begins to follow what a rebalance costs. The rebalance is also one after those that are followed already.
func (t *Tracker) followCost(s sighting, g *group, next *model.GroupView, r *model.Rebalance, before *ownership.StableAssignment) {
	for _, k := range g.costs {
		k.NextRebalance(r, g.handoffs)
	}
	offsetsAt := s.offsetsBefore(g)
	moved := make([]ownership.PartitionBefore, 0, len(r.Moves))
	for _, move := range r.Moves {
		b := ownership.PartitionBefore{TopicPartition: move.TopicPartition, OwnedSince: g.ownedSince(move), OwnerEnded: g.killed(r, move.From)}
		if i, found := slices.BinarySearchFunc(g.view.Partitions, move.TopicPartition, comparePartition); found {
			p := &g.partitions[i]
			b.Commit, b.Lag, b.End, b.PolledAt = p.newest, p.baselineLag, p.baselineEnd, offsetsAt
			b.PeakLag = g.view.Partitions[i].Lag
			if r.Lost(move.From) {
				b.LeastLag = t.leastLagSince(&p.lagHistory, p.newest)
			}
		}
		g.handoffs.Complete(&b)
		moved = append(moved, b)
	}
	k := ownership.NewCostTracker(r, moved, before.Members)
	r.Cost, _ = k.Cost(t.at)
	if r.Cost.Complete {
		return
	}
	g.costs = append(g.costs, k)
	if len(g.costs) > costsAtOnce {
		g.costs[0].Close()
		t.updateCosts(g, next)
	}
}

// leastLagSince is the least of a partition's lags since a commit, as far as its history goes.
func (t *Tracker) leastLagSince(h *lag.History, last model.Maybe[ownership.Commit]) model.Maybe[int64] {
	c, known := last.Get()
	if !known || c.At.IsZero() {
		return model.None[int64]()
	}
	since := int64(c.At.NotAfter.Sub(t.base) / model.PartitionLagStep)
	least := model.None[int64]()
	for i, sample := range slices.Backward(h.Samples.Items) {
		if h.Step-int64(len(h.Samples.Items)-1-i) < since {
			break
		}
		if was, known := least.Get(); sample != lag.UnknownLag && (!known || sample < was) {
			least = model.Some(sample)
		}
	}
	return least
}

// ownedSince is when the owner that a partition goes from was assigned it at the earliest; zero is unknown.
func (g *group) ownedSince(move model.Move) time.Time {
	for _, r := range slices.Backward(g.rebalances.Items) {
		got, moved := r.MoveOf(move.TopicPartition)
		switch {
		case !moved:
		case got.To != move.From:
			return time.Time{}
		case r.Type.Reconciles():
			return r.Began.NotBefore
		default:
			return r.Ended.NotBefore
		}
	}
	return time.Time{}
}

// killed is when the lab killed the process of a member that is gone; zero if it did not, or it is unknown.
func (g *group) killed(r *model.Rebalance, slot model.Slot) model.Moment {
	for _, m := range r.Left {
		for _, a := range g.actions {
			if m.Slot == slot && a.Killed && a.Member == m.MemberID {
				return model.Exactly(a.At)
			}
		}
	}
	return model.Moment{}
}

// closeCosts reports what is known when nothing more will come: the group is gone.
func (t *Tracker) closeCosts(g *group, next *model.GroupView) {
	for _, k := range g.costs {
		k.Close()
	}
	t.updateCosts(g, next)
}

// keepBaseline remembers the lags while the group is stable: what comes after belongs to the next rebalance.
func (g *group) keepBaseline(next *model.GroupView) {
	if g.state.rebalancing() {
		return
	}
	for i := range g.partitions {
		g.partitions[i].baselineLag, g.partitions[i].baselineEnd = next.Partitions[i].Lag, next.Partitions[i].LogEnd
	}
}

// addCommit hands a commit to all whose costs are followed.
func (g *group) addCommit(tp model.TopicPartition, c ownership.Commit) {
	g.handoffs.Commit(tp, c)
	for _, k := range g.costs {
		k.Commit(tp, c)
	}
}

// newestCommit of a partition, as far as it is known.
func (g *group) newestCommit(tp model.TopicPartition) model.Maybe[ownership.Commit] {
	i, found := slices.BinarySearchFunc(g.view.Partitions, tp, comparePartition)
	if !found {
		return model.None[ownership.Commit]()
	}
	return g.partitions[i].newest
}

// pollCosts hands what a poll saw of a group's partitions to all whose costs are followed.
func (t *Tracker) pollCosts(p *poll, g *group, next *model.GroupView) (changed bool) {
	if len(g.costs) == 0 {
		return false
	}
	at := model.Moment{NotBefore: p.At, NotAfter: p.answered}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		for _, k := range g.costs {
			k.Poll(v.TopicPartition, v.Lag, v.LogEnd, v.Committed, at)
		}
	}
	return t.updateCosts(g, next)
}

// updateCosts writes into rebalances what they cost, as far as it is known now.
func (t *Tracker) updateCosts(g *group, next *model.GroupView) (changed bool) {
	for _, k := range g.costs {
		cost, news := k.Cost(t.at)
		if !news {
			continue
		}
		revised := *k.Rebalance
		revised.Cost = cost
		k.Rebalance = t.reviseRebalance(g, k.Rebalance, &revised)
		changed = true
		if cost.Complete {
			t.emit(model.Event{Kind: model.CostKnown, Group: next.ID, Rebalance: k.Rebalance, Detail: "the cost is known: " + k.Rebalance.Summary()})
		}
	}
	if changed {
		next.Rebalances = g.rebalances.Newest(model.GroupRebalancesKept)
	}
	g.costs = slices.DeleteFunc(g.costs, func(k *ownership.CostTracker) bool { return k.Reported.Complete })
	return changed
}

// reviseRebalance replaces a rebalance by one of which more is known.
func (t *Tracker) reviseRebalance(g *group, was, now *model.Rebalance) *model.Rebalance {
	for _, kept := range []*ring.Ring[*model.Rebalance]{&g.rebalances, &t.rebalances} {
		if i := slices.Index(kept.Items, was); i >= 0 {
			kept.Replace(i, func(*model.Rebalance) *model.Rebalance { return now })
		}
	}
	return now
}
