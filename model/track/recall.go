package track

import (
	"slices"
	"time"

	"regroup/model"
)

// observeHistory takes in what was written of a group before regroup looked.
func (t *Tracker) observeHistory(h *model.History) {
	g := t.groups[h.Group]
	if g == nil || len(h.Records) == 0 || !g.view.GoneSince.IsZero() {
		return
	}
	broker := t.clock(h.Broker)
	next := *g.view
	changed := false
	for i := range h.Records {
		r := &h.Records[i]
		changed = t.recall(g, &next, r, broker.local(r.Written)) || changed
	}
	if changed {
		t.replaceView(g, next)
	}
}

// recall takes in one record of the past.
func (t *Tracker) recall(g *group, next *model.GroupView, r *model.Record, written time.Time) (changed bool) {
	rec := r.Generation
	if r.Epoch != nil && !r.Epoch.Tombstone || r.Current != nil && !r.Current.Tombstone || rec != nil && !rec.Tombstone && rec.Generation > 0 {
		if written.After(next.RebalancedAt) && len(g.rebalances.Items) == 0 {
			next.RebalancedAt, changed = written, true
		}
	}
	if rec == nil || rec.Tombstone || g.settled == nil || g.settled.Generation.Kind == model.GenerationExact {
		return changed
	}
	sg := model.Group{Members: rec.Members}
	if !g.settled.Shows(&sg) {
		return changed // something happened since, which another record tells
	}
	generation := model.Generation{Number: rec.Generation, Kind: model.GenerationExact}
	g.settled.Generation, next.Generation = generation, generation
	g.followed = t.tail.State == model.TailOn
	next.Leader = leaderAmong(g.settled.Members, rec.Leader)
	// While the group rebalances, who is there is not who was there when it was settled.
	next.Members, g.settled.Members = withTimeouts(next.Members, rec), withTimeouts(g.settled.Members, rec)
	for i := range g.said {
		if at := memberIndex(rec.Members, g.said[i].ID); at >= 0 {
			g.said[i].SessionTimeout, g.said[i].RebalanceTimeout = rec.Members[at].SessionTimeout, rec.Members[at].RebalanceTimeout
		}
	}
	if n := len(g.spans.Items); n > 0 {
		g.spans.Replace(n-1, func(s model.OwnershipSpan) model.OwnershipSpan { s.Generation = generation; return s })
		next.Ownership = g.spans.Newest(model.OwnershipKept)
	}
	return true
}

// withTimeouts are members with the timeouts that a record tells of them.
func withTimeouts(members []model.MemberView, rec *model.GenerationRecord) []model.MemberView {
	members = slices.Clone(members)
	for i := range members {
		v := &members[i]
		if at := memberIndex(rec.Members, v.MemberID); at >= 0 {
			v.SessionTimeout, v.RebalanceTimeout = rec.Members[at].SessionTimeout, rec.Members[at].RebalanceTimeout
		}
	}
	return members
}
