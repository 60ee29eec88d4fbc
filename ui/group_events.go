package ui

import (
	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// groupEvents is the events of a group that a person wants to see, newest first. The steps of a rebalance are left out:
// the rebalance itself tells them.
func groupEvents(v *model.View, id string) []*model.Event {
	var events []*model.Event
	for i := len(v.Events) - 1; i >= 0; i-- {
		e := &v.Events[i]
		if e.Group != id {
			continue
		}
		switch e.Kind {
		case model.RebalanceBegan:
			continue
		case model.StateChanged:
			if e.To != model.StateEmpty && e.To != model.StateDead {
				continue
			}
		}
		events = append(events, e)
	}
	return events
}

// eventLine is one event in a feed of its group.
func eventLine(f frame, e *model.Event) text.Line {
	th := f.theme
	age := f.now.Sub(e.At)
	line := text.Of(text.S(th.Aged(th.Text, age, 4*freshFor), " "+text.Clock(f.now, e.At)), text.Space(3))
	return append(line, eventText(th, e)...)
}

func eventText(th *theme.Theme, e *model.Event) text.Line {
	switch {
	case e.Kind == model.RebalanceCompleted && e.Rebalance != nil:
		return rebalanceSummary(th, e.Rebalance)
	case e.Kind == model.MemberJoined:
		return text.Of(text.Space(11), chip(th, e.Member.Lane), text.S(th.Text, " "+text.Name(e.Member.ClientID)+" joined"), text.S(th.Dim, "  "+text.Clean(e.Member.Host)))
	case e.Kind == model.MemberLeft:
		return text.Of(text.Space(11), chipOver(th, e.Member.Lane), text.S(th.Text, " "+text.Name(e.Member.ClientID)+" left"), text.S(th.Dim, "  "+text.Clean(e.Member.Host)))
	case e.Kind == model.StateChanged:
		sign, style := th.State(e.To)
		return text.Of(text.Space(11), text.S(style, " "+sign+"  "+string(e.To)))
	}
	style, sign := th.Text, " · "
	switch e.Kind {
	case model.SourceLost, model.TopicGone, model.TopicRecreated, model.GroupGone:
		style, sign = th.Warn, " ! "
	case model.LabActed:
		style, sign = th.Info, " ⚑ "
	}
	return text.Of(text.Space(11), text.S(style, sign+" "+text.Clean(e.Detail)))
}
