package track

import (
	"slices"
	"time"

	"regroup/model"
	"regroup/model/lag"
	"regroup/model/ownership"
	"regroup/model/ring"
)

// stickinessOf is how many partitions moved, and how many of them had to, over the rebalances where that is known.
func stickinessOf(rebalances []*model.Rebalance) model.Maybe[model.Stickiness] {
	var sum model.Stickiness
	some := false
	for _, r := range rebalances {
		if s, known := r.Stickiness.Get(); known {
			sum.Moved, sum.Needed, some = sum.Moved+s.Moved, sum.Needed+s.Needed, true
		}
	}
	if !some {
		return model.None[model.Stickiness]()
	}
	return model.Some(sum)
}

// reckonedAtOnce is how many rebalances of a group are reckoned at a time: in a storm, those before tell no more.
const reckonedAtOnce = 4

// reckon begins to follow what a rebalance costs, and tells those before of it.
func (t *Tracker) reckon(p *pass, g *group, next *model.GroupView, r *model.Rebalance, was *ownership.StableAssignment) {
	for _, k := range g.reckonings {
		k.NextRebalance(r, g.handed)
	}
	lookedAt := g.asked
	if p.record == nil {
		lookedAt = g.askedBefore // the look of this pass has not told of the partitions yet
	}
	before := make([]ownership.PartitionBefore, 0, len(r.Moves))
	for _, move := range r.Moves {
		b := ownership.PartitionBefore{TopicPartition: move.TopicPartition, OwnedSince: g.ownedSince(move), OwnerEnded: g.killed(r, move.From)}
		if i, found := slices.BinarySearchFunc(g.view.Partitions, move.TopicPartition, comparePartition); found {
			st := &g.partitions[i]
			b.Commit, b.Lag, b.End, b.PolledAt = st.newest, st.calmLag, st.calmEnd, lookedAt
			b.PeakLag = g.view.Partitions[i].Lag
			if r.Lost(move.From) {
				b.LeastLag = t.leastLagSince(&st.lagHistory, st.newest)
			}
		}
		g.handed.Complete(&b)
		before = append(before, b)
	}
	k := ownership.NewCostTracker(r, before, was.Members)
	r.Cost, _ = k.Cost(t.at)
	if r.Cost.Complete {
		return
	}
	g.reckonings = append(g.reckonings, k)
	if len(g.reckonings) > reckonedAtOnce {
		g.reckonings[0].Close()
		t.tellCosts(g, next)
	}
}

// leastLagSince is the least of a partition's lags since a commit, as far as they are remembered.
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
		if was, told := least.Get(); sample != lag.UnknownSample && (!told || sample < was) {
			least = model.Some(sample)
		}
	}
	return least
}

// ownedSince is when the owner that a partition goes from can have got it at the earliest; zero is unknown.
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

// killed is when the lab killed the process of a member that is gone; zero if it did not, or it is not known.
func (g *group) killed(r *model.Rebalance, lane model.Lane) model.Moment {
	for _, m := range r.Left {
		for _, d := range g.deeds {
			if m.Lane == lane && d.Killed && d.Member == m.MemberID {
				return model.Exactly(d.At)
			}
		}
	}
	return model.Moment{}
}

// endReckonings tells what is known when nothing more will come: the group is gone.
func (t *Tracker) endReckonings(g *group, next *model.GroupView) {
	for _, k := range g.reckonings {
		k.Close()
	}
	t.tellCosts(g, next)
}

// calm remembers the partitions as they are while the group is settled: what comes after is the next rebalance's.
func (g *group) calm(next *model.GroupView) {
	if !next.Unsettled.IsZero() {
		return
	}
	for i := range g.partitions {
		g.partitions[i].calmLag, g.partitions[i].calmEnd = next.Partitions[i].Lag, next.Partitions[i].LogEnd
	}
}

// reckonCommit hands a commit to what is still being reckoned.
func (t *Tracker) reckonCommit(g *group, tp model.TopicPartition, seen ownership.Commit) {
	g.handed.Commit(tp, seen)
	for _, k := range g.reckonings {
		k.Commit(tp, seen)
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

// reckonLook hands what a poll saw of a group's partitions to what is still being reckoned, and tells what is known now.
func (t *Tracker) reckonLook(p *pass, g *group, next *model.GroupView) (changed bool) {
	if len(g.reckonings) == 0 {
		return false
	}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		for _, k := range g.reckonings {
			k.Poll(v.TopicPartition, v.Lag, v.LogEnd, v.Committed, model.Moment{NotBefore: p.At, NotAfter: p.ended})
		}
	}
	return t.tellCosts(g, next)
}

// tellCosts writes what rebalances cost into them, as far as it is known now.
func (t *Tracker) tellCosts(g *group, next *model.GroupView) (changed bool) {
	for _, k := range g.reckonings {
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
	g.reckonings = slices.DeleteFunc(g.reckonings, func(k *ownership.CostTracker) bool { return k.Reported.Complete })
	return changed
}

// reviseRebalance puts a rebalance of which more is known now in the place of what was told of it.
func (t *Tracker) reviseRebalance(g *group, was, now *model.Rebalance) *model.Rebalance {
	for _, kept := range []*ring.Ring[*model.Rebalance]{&g.rebalances, &t.rebalances} {
		if i := slices.Index(kept.Items, was); i >= 0 {
			kept.Replace(i, func(*model.Rebalance) *model.Rebalance { return now })
		}
	}
	return now
}
