package model

import (
	"slices"
	"time"
)

// stickinessOf is how many partitions moved, and how many of them had to, over the rebalances where that is known.
func stickinessOf(rebalances []*Rebalance) Maybe[Stickiness] {
	var sum Stickiness
	some := false
	for _, r := range rebalances {
		if s, known := r.Stickiness.Get(); known {
			sum.Moved, sum.Needed, some = sum.Moved+s.Moved, sum.Needed+s.Needed, true
		}
	}
	if !some {
		return None[Stickiness]()
	}
	return Some(sum)
}

// reckonedAtOnce is how many rebalances of a group are reckoned at a time: in a storm, those before tell no more.
const reckonedAtOnce = 4

// reckon begins to follow what a rebalance costs, and tells those before of it.
func (t *Tracker) reckon(p *pass, g *group, next *GroupView, r *Rebalance, was *settlement) {
	for _, k := range g.reckonings {
		k.next(r, g.handed)
	}
	lookedAt := g.asked
	if p.record == nil {
		lookedAt = g.askedBefore // the look of this pass has not told of the partitions yet
	}
	before := make([]partitionBefore, 0, len(r.Moves))
	for _, move := range r.Moves {
		b := partitionBefore{TopicPartition: move.TopicPartition, owned: g.ownedSince(move), stopped: g.killed(r, move.From)}
		if i, found := slices.BinarySearchFunc(g.view.Partitions, move.TopicPartition, comparePartition); found {
			st := &g.partitions[i]
			b.commit, b.lag, b.end, b.lookedAt = st.newest, st.calmLag, st.calmEnd, lookedAt
			b.peak = g.view.Partitions[i].Lag
			if r.lost(move.From) {
				b.least = t.leastLagSince(&st.lagHistory, st.newest)
			}
		}
		g.handed.tell(&b)
		before = append(before, b)
	}
	k := newReckoning(r, before, was.members)
	r.Cost, _ = k.cost(t.at)
	if r.Cost.Complete {
		return
	}
	g.reckonings = append(g.reckonings, k)
	if len(g.reckonings) > reckonedAtOnce {
		g.reckonings[0].close()
		t.tellCosts(g, next)
	}
}

// leastLagSince is the least of a partition's lags since a commit, as far as they are remembered.
func (t *Tracker) leastLagSince(h *history, last Maybe[commitSeen]) Maybe[int64] {
	c, known := last.Get()
	if !known || c.at.IsZero() {
		return None[int64]()
	}
	since := int64(c.at.NotAfter.Sub(t.base) / PartitionLagStep)
	least := None[int64]()
	for i, lag := range slices.Backward(h.samples.items) {
		if h.step-int64(len(h.samples.items)-1-i) < since {
			break
		}
		if was, told := least.Get(); lag != unknownSample && (!told || lag < was) {
			least = Some(lag)
		}
	}
	return least
}

// ownedSince is when the owner that a partition goes from can have got it at the earliest; zero is unknown.
func (g *group) ownedSince(move Move) time.Time {
	for _, r := range slices.Backward(g.rebalances.items) {
		got, moved := r.moveOf(move.TopicPartition)
		switch {
		case !moved:
		case got.To != move.From:
			return time.Time{}
		case reconciles(r.Type):
			return r.Began.NotBefore
		default:
			return r.Ended.NotBefore
		}
	}
	return time.Time{}
}

// killed is when the lab killed the process of a member that is gone; zero if it did not, or it is not known.
func (g *group) killed(r *Rebalance, lane Lane) Moment {
	for _, m := range r.Left {
		for _, d := range g.deeds {
			if m.Lane == lane && d.kill && d.member == m.MemberID {
				return Exactly(d.at)
			}
		}
	}
	return Moment{}
}

// endReckonings tells what is known when nothing more will come: the group is gone.
func (t *Tracker) endReckonings(g *group, next *GroupView) {
	for _, k := range g.reckonings {
		k.close()
	}
	t.tellCosts(g, next)
}

// calm remembers the partitions as they are while the group is settled: what comes after is the next rebalance's.
func (g *group) calm(next *GroupView) {
	if !next.Unsettled.IsZero() {
		return
	}
	for i := range g.partitions {
		g.partitions[i].calmLag, g.partitions[i].calmEnd = next.Partitions[i].Lag, next.Partitions[i].LogEnd
	}
}

// reckonCommit hands a commit to what is still being reckoned.
func (t *Tracker) reckonCommit(g *group, tp TopicPartition, seen commitSeen) {
	g.handed.commit(tp, seen)
	for _, k := range g.reckonings {
		k.commit(tp, seen)
	}
}

// newestCommit of a partition, as far as it is known.
func (g *group) newestCommit(tp TopicPartition) Maybe[commitSeen] {
	i, found := slices.BinarySearchFunc(g.view.Partitions, tp, comparePartition)
	if !found {
		return None[commitSeen]()
	}
	return g.partitions[i].newest
}

// reckonLook hands what a poll saw of a group's partitions to what is still being reckoned, and tells what is known now.
func (t *Tracker) reckonLook(p *pass, g *group, next *GroupView) (changed bool) {
	if len(g.reckonings) == 0 {
		return false
	}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		for _, k := range g.reckonings {
			k.look(v.TopicPartition, v.Lag, v.LogEnd, v.Committed, Moment{p.At, p.ended})
		}
	}
	return t.tellCosts(g, next)
}

// tellCosts writes what rebalances cost into them, as far as it is known now.
func (t *Tracker) tellCosts(g *group, next *GroupView) (changed bool) {
	for _, k := range g.reckonings {
		cost, news := k.cost(t.at)
		if !news {
			continue
		}
		revised := *k.r
		revised.Cost = cost
		k.r = t.reviseRebalance(g, k.r, &revised)
		changed = true
		if cost.Complete {
			t.emit(Event{Kind: CostKnown, Group: next.ID, Rebalance: k.r, Detail: "the cost is known: " + k.r.Summary()})
		}
	}
	if changed {
		next.Rebalances = g.rebalances.newest(GroupRebalancesKept)
	}
	g.reckonings = slices.DeleteFunc(g.reckonings, func(k *reckoning) bool { return k.told.Complete })
	return changed
}

// reviseRebalance puts a rebalance of which more is known now in the place of what was told of it.
func (t *Tracker) reviseRebalance(g *group, was, now *Rebalance) *Rebalance {
	for _, kept := range []*tail[*Rebalance]{&g.rebalances, &t.rebalances} {
		if i := slices.Index(kept.items, was); i >= 0 {
			kept.replace(i, func(*Rebalance) *Rebalance { return now })
		}
	}
	return now
}
