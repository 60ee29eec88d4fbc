package ui

import (
	"slices"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// groupEvents is the events that a person who looks at a group wants to see, newest first: those of the group, of its
// topics, of its coordinator, and what the lab did. The steps of a rebalance are left out: the rebalance itself tells them.
func groupEvents(v *model.View, g *model.GroupView) []*model.Event {
	told := map[string]bool{} // the members whose coming or going a rebalance tells
	for _, r := range g.Rebalances {
		for _, m := range slices.Concat(r.Joined, r.Left, r.Restarted) {
			told[m.MemberID] = true
		}
	}
	topics := map[string]bool{}
	for i := range g.Partitions {
		topics[g.Partitions[i].Topic] = true
	}
	var events []*model.Event
	for i := len(v.Events) - 1; i >= 0; i-- {
		if e := &v.Events[i]; concerns(e, g, topics) && !step(e, told) {
			events = append(events, e)
		}
	}
	return events
}

// concerns says that an event has to do with a group.
func concerns(e *model.Event, g *model.GroupView, topics map[string]bool) bool {
	switch {
	case e.Group != "":
		return e.Group == g.ID
	case e.Topic != "":
		return topics[e.Topic]
	case e.Broker.Known():
		return e.Broker == g.Coordinator
	}
	return false
}

// step says that an event is part of a rebalance that is told as a whole.
func step(e *model.Event, told map[string]bool) bool {
	switch e.Kind {
	case model.RebalanceBegan, model.CostKnown, model.VerdictRevised:
		return true
	case model.MemberJoined, model.MemberLeft:
		return told[e.Member.MemberID]
	case model.StateChanged:
		return e.To != model.StateEmpty && e.To != model.StateDead
	}
	return false
}

// eventLines is the pane of a group's events, from the one at top on.
func eventLines(f frame, events []*model.Event, top int, focused bool, r rect) []string {
	th := f.theme
	lines := []text.Line{th.Section(r.w, focused, "EVENTS", text.S(th.Dim, text.Count(len(events))))}
	shown := events[top:min(len(events), top+max(0, r.h-1))]
	width := whoWidth(th, shown, r.w)
	for _, e := range shown {
		lines = append(lines, eventLine(f, e, width))
	}
	if len(events) == 0 {
		lines = append(lines, text.Of(text.S(th.Dim, " nothing has happened since regroup began to look")))
	}
	return renderLines(lines, r.w)
}

// whoWidth is the width of what stands before what moved, the same in all lines unless there are very many members.
func whoWidth(th *theme.Theme, events []*model.Event, width int) int {
	widest := 26
	for _, e := range events {
		if e.Kind == model.RebalanceCompleted && e.Rebalance != nil {
			if w := cameAndWent(th, e.Rebalance).Width(); w <= width/3 {
				widest = max(widest, w)
			}
		}
	}
	return widest
}

// eventLine is one event in a feed of its group.
func eventLine(f frame, e *model.Event, width int) text.Line {
	th := f.theme
	at := e.At
	if e.Kind == model.RebalanceCompleted && e.Rebalance != nil { // as its card says it, and not when it was heard of
		at = e.Rebalance.End()
	}
	line := text.Of(text.S(th.Aged(th.Text, f.now.Sub(at), 4*freshFor), " "+text.Clock(f.now, at)), text.Space(3))
	return append(line, eventText(th, e, width)...)
}

// eventText is an event in words; width is that of what stands before what moved.
func eventText(th *theme.Theme, e *model.Event, width int) text.Line {
	switch {
	case e.Kind == model.RebalanceCompleted && e.Rebalance != nil:
		return rebalanceSummary(th, e.Rebalance, width)
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
	case model.LabActed, model.AdminActed:
		style, sign = th.Info, " ⚑ "
	case model.LagAlerted:
		style, sign = alertLook(th, e)
		sign = " " + sign
	}
	return text.Of(text.Space(11), text.S(style, sign+" "+text.Clean(e.Detail)))
}
