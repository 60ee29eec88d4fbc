package whatif

import (
	"regroup/ui/kit"
	"regroup/ui/subject"
)

// Subjects are what a question is about: the group, and the member that is selected.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	all = subject.OfGroup(s.id, subject.Assignor, subject.Members, subject.Parts, subject.State, subject.Generation)
	cursor = all[0]
	g := f.View.Group(s.id)
	if g == nil {
		return all, cursor
	}
	for i := range g.Members {
		m := subject.Subject{Kind: subject.Member, Group: s.id, Lane: g.Members[i].Slot}
		all = append(all, m)
		if g.Members[i].MemberID == s.selected {
			cursor = m
		}
	}
	return all, cursor
}
