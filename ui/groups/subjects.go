package groups

import (
	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/subject"
)

// explainColumns are the columns of the groups, in their order, and how often a group rebalances.
var explainColumns = []subject.Kind{
	subject.State, subject.Assignor, subject.Members, subject.Parts, subject.Lag, subject.History, subject.Behind, subject.Generation,
	subject.Last, subject.Storm,
}

// striking is the column of a group that is most worth a word.
func striking(g *model.GroupView) int {
	want := subject.State
	switch {
	case g == nil:
	case derive.InStorm(g):
		want = subject.Storm
	case g.Trend == model.TrendStalled && !g.State.Rebalancing():
		want = subject.Lag
	}
	for i, kind := range explainColumns {
		if kind == want {
			return i
		}
	}
	return 0
}

// Subjects are the columns of the selected group, or what the selected line of the feed is about.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	if s.onFeed && s.feed.Index() < len(s.shown.feed) {
		switch item := s.shown.feed[s.feed.Index()]; {
		case item.rebalance != nil:
			all = append(subject.OfRebalance(item.rebalance), subject.OfGroup(item.group, explainColumns...)...)
		case item.event != nil:
			all = []subject.Subject{{Kind: subject.Event, Event: item.event}}
			if item.group != "" {
				all = append(all, subject.OfGroup(item.group, explainColumns...)...)
			}
		default:
			all = subject.OfGroup(item.group, explainColumns...)
		}
		return all, all[0]
	}
	if s.list.Len() == 0 {
		return nil, cursor
	}
	id := s.list.Selected()
	all = subject.OfGroup(id, explainColumns...)
	return all, all[striking(f.View.Group(id))]
}
