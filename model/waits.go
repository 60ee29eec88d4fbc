package model

import "slices"

// waitsAmong are the partitions that members of a consumer group have been asked to give up and still hold.
func waitsAmong(members []MemberView) []Wait {
	var waits []Wait
	for i := range members {
		for _, tp := range members[i].PendingRevocation {
			wait := Wait{TopicPartition: tp, Holder: members[i].Lane}
			for j := range members {
				if j != i && slices.Contains(members[j].Target, tp) {
					wait.Waiter = members[j].Lane
				}
			}
			waits = append(waits, wait)
		}
	}
	slices.SortFunc(waits, func(a, b Wait) int { return a.Compare(b.TopicPartition) })
	return waits
}

// supplement adds to what a poll says of the members what only records tell, where it is still so.
func (g *group) supplement(sg *Group) *Group {
	if !g.followed && len(g.said) == 0 {
		return sg
	}
	var members []Member
	for i := range sg.Members {
		at := slices.IndexFunc(g.said, func(m Member) bool { return m.ID == sg.Members[i].ID })
		if at < 0 {
			continue
		}
		was := &g.said[at]
		if !was.SessionTimeout.Known() && !was.RebalanceTimeout.Known() && was.State == MemberStateUnknown {
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
		if was.Epoch == m.Epoch && m.State == MemberStateUnknown {
			m.State, m.PendingRevocation = was.State, was.PendingRevocation
		}
	}
	if members == nil {
		return sg
	}
	supplemented := *sg
	supplemented.Members = members
	return &supplemented
}

// rebase makes what a poll said of a consumer group what the next records change.
func (t *Tracker) rebase(p *pass, g *group, sg *Group) {
	if sg.Type != TypeConsumer || !sg.MembersKnown || sg.Generation.Kind != GenerationExact {
		return
	}
	if g.converging == nil {
		g.converging = &convergence{}
	}
	g.converging.base(p, sg)
}
