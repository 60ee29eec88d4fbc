package track

import (
	"slices"

	"regroup/model"
	"regroup/model/ownership"
)

// seeHandovers takes in what a poll shows to have changed hands in a group whose members tell at every moment what they
// own, where no records tell of it. A member that is asked to give something up is shown without it from then on
// (ConsumerGroupDescribe has only what it may keep), and is at the target's epoch when it has.
func (t *Tracker) seeHandovers(p *pass, g *group, sg *model.Group) {
	if !sg.Type.Reconciles() || !sg.MembersKnown {
		return
	}
	asked := g.saidAt
	if g.saidAt = p.At; asked.IsZero() || g.settled == nil || t.follows(g) {
		return
	}
	if len(g.handed) == 0 && model.SameMembers(g.said, sg.Members) {
		return // nothing is on its way
	}
	at := model.Moment{NotBefore: asked, NotAfter: p.ended}
	now := make(map[string]*model.Member, len(sg.Members))
	for i := range sg.Members {
		now[sg.Members[i].ID] = &sg.Members[i]
	}
	g.handed.ConfirmRevoked(p.ended, now)
	was := make(map[string][]model.TopicPartition, len(g.said))
	for i := range g.said {
		m := &g.said[i]
		was[m.ID] = slices.Collect(ownership.NotIn(model.SortedCopy(m.Assignment), m.PendingRevocation)) // as polls tell it
		still := now[m.ID]
		if still == nil {
			g.handed.Revoke(was[m.ID], nil, at, nil, g.newestCommit)
			continue
		}
		var giver *model.Member
		if !still.Epoch.Known() || still.Epoch != sg.AssignmentEpoch {
			giver = still
		}
		g.handed.Revoke(was[m.ID], model.SortedCopy(still.Assignment), at, giver, g.newestCommit)
	}
	for i := range sg.Members {
		g.handed.Assign(was[sg.Members[i].ID], model.SortedCopy(sg.Members[i].Assignment), at, g.newestCommit)
	}
}
