package track

import (
	"slices"
	"sort"

	"regroup/model"
)

// waitsAmong are the partitions that members of a consumer group have been asked to give up and still hold.
func waitsAmong(members []model.MemberView) []model.Wait {
	var waits []model.Wait
	for i := range members {
		for _, tp := range members[i].PendingRevocation {
			waits = append(waits, model.Wait{TopicPartition: tp, Holder: members[i].Lane})
		}
	}
	if waits == nil {
		return nil
	}
	wanted := make(map[model.TopicPartition]model.Lane)
	for i := range members {
		for _, tp := range members[i].Target {
			wanted[tp] = members[i].Lane
		}
	}
	for i := range waits {
		if w := &waits[i]; wanted[w.TopicPartition] != w.Holder {
			w.Waiter = wanted[w.TopicPartition]
		}
	}
	slices.SortFunc(waits, func(a, b model.Wait) int { return a.Compare(b.TopicPartition) })
	return waits
}

// supplement adds to what a poll says of the members what only records tell, where it is still so. Where they do not
// follow the group, only what a member has been asked to give up is known, from the polls before.
func (g *group) supplement(sg *model.Group, followed bool) *model.Group {
	var members []model.Member
	for i := range sg.Members {
		at := memberIndex(g.said, sg.Members[i].ID)
		if at < 0 {
			continue
		}
		was := &g.said[at]
		var pending []model.TopicPartition
		if !followed {
			pending = g.handed.Pending(&sg.Members[i])
		}
		if !was.SessionTimeout.Known() && !was.RebalanceTimeout.Known() && was.State == model.MemberStateUnknown && len(pending) == 0 {
			continue
		}
		if members == nil {
			members = slices.Clone(sg.Members)
		}
		m := &members[i]
		if !m.SessionTimeout.Known() {
			m.SessionTimeout = was.SessionTimeout
		}
		if !m.RebalanceTimeout.Known() {
			m.RebalanceTimeout = was.RebalanceTimeout
		}
		switch {
		case followed && was.Epoch == m.Epoch && m.State == model.MemberStateUnknown:
			m.State, m.PendingRevocation = was.State, was.PendingRevocation
		case len(pending) > 0:
			m.State, m.PendingRevocation = model.MemberUnrevokedPartitions, pending
		default:
			continue
		}
		m.Assignment = m.Reads() // polls tell nothing of what it has not given up yet
	}
	if members == nil {
		return sg
	}
	supplemented := *sg
	supplemented.Members = members
	return &supplemented
}

// memberIndex is where a member is among those that are sorted by id; -1 if it is not there. As in laneIndex, nothing is
// copied: this runs for each member of each group.
func memberIndex(members []model.Member, id string) int {
	i := sort.Search(len(members), func(i int) bool { return members[i].ID >= id })
	if i == len(members) || members[i].ID != id {
		return -1
	}
	return i
}

// rebase makes what a poll said of a consumer group what the next records change.
func (t *Tracker) rebase(p *pass, g *group, next *model.GroupView, sg *model.Group) {
	if sg.Type != model.TypeConsumer || !sg.MembersKnown || sg.Generation.Kind != model.GenerationExact {
		return
	}
	if g.converging == nil {
		g.converging = &convergence{}
	}
	if t.follows(g) && sg.Generation.Exact() != g.converging.epoch {
		clear(g.handed) // records of it are missing
	}
	g.converging.base(p, g, next, sg)
}
