package track

import (
	"time"

	"regroup/model"
)

// observeHistory takes in what was written of a group before regroup was started.
func (t *Tracker) observeHistory(h *model.History) {
	g := t.groups[h.Group]
	if g.gone() || len(h.Records) == 0 {
		return
	}
	broker := t.clock(h.Broker)
	next := *g.view
	changed := false
	for i := range h.Records {
		r := &h.Records[i]
		changed = t.backfill(g, &next, r, broker.local(r.Written)) || changed
	}
	if changed {
		t.show(g, next)
	}
}

// backfill takes in one record of the past.
func (t *Tracker) backfill(g *group, next *model.GroupView, r *model.Record, written time.Time) (changed bool) {
	rec := r.Generation
	if rebalanceRecord(r) && written.After(next.RebalancedAt) && len(g.rebalances.Items) == 0 {
		next.RebalancedAt, changed = written, true
	}
	st := &g.state
	if rec == nil || rec.Tombstone || st.stable == nil || st.stable.Generation.Kind == model.GenerationExact {
		return changed
	}
	if !st.stable.Shows(&model.Group{Members: rec.Members}) {
		return changed // something happened since, which another record tells
	}
	generation := model.Generation{Number: rec.Generation, Kind: model.GenerationExact}
	st.stable.Generation, st.generation = generation, generation
	st.leader = leaderAmong(st.stable.Members, rec.Leader)
	g.records.contiguous = t.tail.State == model.TailOn
	// While the group rebalances, its members are not those of the stable assignment.
	next.Members, st.stable.Members = withTimeouts(next.Members, rec), withTimeouts(st.stable.Members, rec)
	for i := range g.members {
		m := &g.members[i]
		if at := memberIndex(rec.Members, m.ID); at >= 0 {
			m.SessionTimeout, m.RebalanceTimeout = rec.Members[at].SessionTimeout, rec.Members[at].RebalanceTimeout
		}
	}
	if n := len(g.spans.Items); n > 0 {
		g.spans.Replace(n-1, func(s model.OwnershipSpan) model.OwnershipSpan { s.Generation = generation; return s })
		next.Ownership = g.spans.Newest(model.OwnershipKept)
	}
	return true
}

// rebalanceRecord reports whether a record was written by a rebalance.
func rebalanceRecord(r *model.Record) bool {
	rec := r.Generation
	return r.Epoch != nil && !r.Epoch.Tombstone || r.Current != nil && !r.Current.Tombstone || rec != nil && !rec.Tombstone && rec.Generation > 0
}
