package track

import (
	"slices"

	"regroup/model"
	"regroup/model/ownership"
)

// seeHandoffs takes in the handoffs that a poll shows of a KIP-848 group whose records are not read. A member that is
// asked to revoke something is shown without it from then on (ConsumerGroupDescribe has only what it may keep), and is at
// the target's epoch when it has.
func (t *Tracker) seeHandoffs(p *poll, g *group, sg *model.Group) {
	if !sg.Type.Reconciles() || !sg.MembersKnown {
		return
	}
	asked := g.polls.members
	if g.polls.members = p.At; asked.IsZero() || g.state.stable == nil || t.follows(g) {
		return
	}
	if len(g.handoffs) == 0 && g.reports(sg.Members) {
		return // nothing is on its way
	}
	at := model.Moment{NotBefore: asked, NotAfter: p.answered}
	now := make(map[string]*model.Member, len(sg.Members))
	for i := range sg.Members {
		now[sg.Members[i].ID] = &sg.Members[i]
	}
	g.handoffs.ConfirmRevoked(p.answered, now)
	before := make(map[string][]model.TopicPartition, len(g.members))
	for i := range g.members {
		m := &g.members[i]
		owned := slices.Collect(ownership.NotIn(model.SortedCopy(m.Assignment), m.PendingRevocation)) // as polls show it
		before[m.ID] = owned
		still := now[m.ID]
		switch {
		case still == nil:
			g.handoffs.Revoke(owned, nil, at, nil, g.newestCommit)
		case still.Epoch.Known() && still.Epoch == sg.AssignmentEpoch:
			g.handoffs.Revoke(owned, model.SortedCopy(still.Assignment), at, nil, g.newestCommit)
		default:
			g.handoffs.Revoke(owned, model.SortedCopy(still.Assignment), at, still, g.newestCommit)
		}
	}
	for i := range sg.Members {
		m := &sg.Members[i]
		g.handoffs.Assign(before[m.ID], model.SortedCopy(m.Assignment), at, g.newestCommit)
	}
}
