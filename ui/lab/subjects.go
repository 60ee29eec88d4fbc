package lab

import (
	"regroup/ui/kit"
	"regroup/ui/subject"
)

// Subjects are the selected consumer, the chosen producer, and their group.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	if f.View.Lab == nil {
		return nil, cursor
	}
	if c := s.selected(); c != nil {
		all = append(all, subject.Subject{Kind: subject.Consumer, Name: c.Name})
	}
	if s.producer < len(f.View.Lab.Producers) {
		all = append(all, subject.Subject{Kind: subject.Producer, Name: f.View.Lab.Producers[s.producer].Topic})
	}
	g := s.chosen(f)
	if g == nil {
		return all, subject.First(all)
	}
	all = append(all, subject.OfGroup(g.ID, subject.State, subject.Assignor, subject.Lag, subject.Strip)...)
	if r := g.LastRebalance(); r != nil && !g.Rebalancing() {
		all = append(all, subject.OfRebalance(r)...)
	} else {
		all = append(all, subject.OfGroup(g.ID, subject.Last, subject.Storm)...)
	}
	return all, subject.First(all)
}
