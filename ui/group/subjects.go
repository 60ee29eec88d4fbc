package group

import (
	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/subject"
)

// Subjects go through the screen from the top: the title, and what is selected in each of the panes.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	g := s.group(f)
	if g == nil {
		all = subject.OfGroup(s.id, subject.State)
		return all, all[0]
	}
	all = subject.OfGroup(s.id, subject.State, subject.Generation, subject.Assignor, subject.Lag, subject.Behind, subject.Storm)
	at := [paneCount]int{}
	at[paneMembers] = len(all)
	if i := s.members.Index(); i < len(g.Members) {
		all = append(all, subject.Subject{Kind: subject.Member, Group: s.id, Slot: g.Members[i].Slot})
	} else if s.members.Len() > len(g.Members) {
		all = append(all, subject.Subject{Kind: subject.Member, Group: s.id, Slot: model.Nobody})
	} else {
		all = append(all, subject.OfGroup(s.id, subject.Members)...)
	}
	if g.Type == model.TypeConsumer {
		all = append(all, subject.OfGroup(s.id, subject.Convergence)...)
	}
	at[paneStrip] = len(all)
	all = append(all, subject.OfGroup(s.id, subject.Strip)...)
	at[panePartitions] = len(all)
	if i := s.partitions.Index(); i < len(s.rows) {
		all = append(all, subject.Subject{Kind: subject.Partition, Group: s.id, Partition: g.Partitions[s.rows[i]].TopicPartition})
	} else {
		all = append(all, subject.OfGroup(s.id, subject.Parts)...)
	}
	at[paneRebalance] = len(all)
	all = append(all, panes.OfCard(g, s.cursor)...)
	at[paneEvents] = len(all)
	if s.top < len(s.events) {
		all = append(all, subject.Subject{Kind: subject.Event, Group: s.id, Event: s.events[s.top]})
	} else {
		at[paneEvents] = 0
	}
	return all, all[at[s.focus]]
}
