package ui

import (
	"regroup/model"
	"regroup/ui/explain"
)

// explainColumns are the columns of the groups, in their order, and how often a group rebalances.
var explainColumns = []explain.Kind{
	explain.State, explain.Assignor, explain.Members, explain.Parts, explain.Lag, explain.History, explain.Behind, explain.Generation,
	explain.Last, explain.Storm,
}

// ofGroup are subjects of one group.
func ofGroup(id string, kinds ...explain.Kind) []explain.Subject {
	all := make([]explain.Subject, len(kinds))
	for i, kind := range kinds {
		all[i] = explain.Subject{Kind: kind, Group: id}
	}
	return all
}

// ofRebalance are the parts of a card.
func ofRebalance(r *model.Rebalance) []explain.Subject {
	var all []explain.Subject
	for _, kind := range []explain.Kind{explain.Why, explain.Moved, explain.Took, explain.Cost} {
		all = append(all, explain.Subject{Kind: kind, Rebalance: r})
	}
	return all
}

// striking is the column of a group that is most worth a word.
func striking(g *model.GroupView) int {
	want := explain.State
	switch {
	case g == nil:
	case inStorm(g):
		want = explain.Storm
	case g.Trend == model.TrendStalled && !g.State.Rebalancing():
		want = explain.Lag
	}
	for i, kind := range explainColumns {
		if kind == want {
			return i
		}
	}
	return 0
}

func (s *groupsScreen) subjects(f frame) (all []explain.Subject, cursor explain.Subject) {
	if s.onFeed && s.feed.Index() < len(s.shown.feed) {
		switch item := s.shown.feed[s.feed.Index()]; {
		case item.rebalance != nil:
			all = append(ofRebalance(item.rebalance), ofGroup(item.group, explainColumns...)...)
		case item.event != nil:
			all = []explain.Subject{{Kind: explain.Event, Event: item.event}}
			if item.group != "" {
				all = append(all, ofGroup(item.group, explainColumns...)...)
			}
		default:
			all = ofGroup(item.group, explainColumns...)
		}
		return all, all[0]
	}
	if s.list.Len() == 0 {
		return nil, cursor
	}
	id := s.list.Selected()
	all = ofGroup(id, explainColumns...)
	return all, all[striking(f.view.Group(id))]
}

// subjects go through the screen from the top: the title, and what is selected in each of the panes.
func (s *groupScreen) subjects(f frame) (all []explain.Subject, cursor explain.Subject) {
	g := s.group(f)
	if g == nil {
		all = ofGroup(s.id, explain.State)
		return all, all[0]
	}
	if s.cardShown() {
		all = append(s.ofCard(g), ofGroup(s.id, explain.Timeline, explain.State, explain.Storm)...)
		return all, all[0]
	}
	all = ofGroup(s.id, explain.State, explain.Generation, explain.Assignor, explain.Lag, explain.Behind, explain.Storm)
	at := [paneCount]int{}
	at[paneMembers] = len(all)
	if i := s.members.Index(); i < len(g.Members) {
		all = append(all, explain.Subject{Kind: explain.Member, Group: s.id, Lane: g.Members[i].Lane})
	} else if s.members.Len() > len(g.Members) {
		all = append(all, explain.Subject{Kind: explain.Member, Group: s.id, Lane: model.Nobody})
	} else {
		all = append(all, ofGroup(s.id, explain.Members)...)
	}
	if g.Type == model.TypeConsumer {
		all = append(all, ofGroup(s.id, explain.Convergence)...)
	}
	at[paneStrip] = len(all)
	all = append(all, ofGroup(s.id, explain.Strip)...)
	at[panePartitions] = len(all)
	if i := s.partitions.Index(); i < len(s.rows) {
		all = append(all, explain.Subject{Kind: explain.Partition, Group: s.id, Partition: g.Partitions[s.rows[i]].TopicPartition})
	} else {
		all = append(all, ofGroup(s.id, explain.Parts)...)
	}
	at[paneRebalance] = len(all)
	all = append(all, s.ofCard(g)...)
	at[paneEvents] = len(all)
	if s.top < len(s.events) {
		all = append(all, explain.Subject{Kind: explain.Event, Group: s.id, Event: s.events[s.top]})
	} else {
		at[paneEvents] = 0
	}
	return all, all[at[s.focus]]
}

// ofCard are the parts of the rebalance that is shown, or the one that is under way.
func (s *groupScreen) ofCard(g *model.GroupView) []explain.Subject {
	if i := s.shown(g); i >= 0 {
		return ofRebalance(g.Rebalances[i])
	}
	return ofGroup(s.id, explain.Last)
}

func (s *labScreen) subjects(f frame) (all []explain.Subject, cursor explain.Subject) {
	if f.view.Lab == nil {
		return nil, cursor
	}
	if c := s.selected(); c != nil {
		all = append(all, explain.Subject{Kind: explain.Consumer, Name: c.Name})
	}
	if s.producer < len(f.view.Lab.Producers) {
		all = append(all, explain.Subject{Kind: explain.Producer, Name: f.view.Lab.Producers[s.producer].Topic})
	}
	g := s.chosen(f)
	if g == nil {
		return all, first(all)
	}
	all = append(all, ofGroup(g.ID, explain.State, explain.Assignor, explain.Lag, explain.Strip)...)
	if r := g.LastRebalance(); r != nil && g.Unsettled.IsZero() {
		all = append(all, ofRebalance(r)...)
	} else {
		all = append(all, ofGroup(g.ID, explain.Last, explain.Storm)...)
	}
	return all, first(all)
}

// subjects are what a question is about: the group, and the member that is selected.
func (s *whatIf) subjects(f frame) (all []explain.Subject, cursor explain.Subject) {
	all = ofGroup(s.id, explain.Assignor, explain.Members, explain.Parts, explain.State, explain.Generation)
	cursor = all[0]
	g := f.view.Group(s.id)
	if g == nil {
		return all, cursor
	}
	for i := range g.Members {
		m := explain.Subject{Kind: explain.Member, Group: s.id, Lane: g.Members[i].Lane}
		all = append(all, m)
		if g.Members[i].MemberID == s.selected {
			cursor = m
		}
	}
	return all, cursor
}

// subjects are what the newest rebalance of each group did, and what it cost.
func (s *compareScreen) subjects(f frame) (all []explain.Subject, cursor explain.Subject) {
	for _, c := range s.comparisons(f) {
		if len(c.Rebalances) == 0 {
			continue
		}
		for _, subject := range ofRebalance(c.Rebalances[len(c.Rebalances)-1]) {
			subject.Group = c.Group.ID // its name stands with each of them
			all = append(all, subject)
		}
	}
	return all, first(all)
}

// first is the subject that comes first; none if there is none.
func first(all []explain.Subject) explain.Subject {
	if len(all) == 0 {
		return explain.Subject{}
	}
	return all[0]
}
