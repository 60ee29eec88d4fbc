package phrase

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// WhoWidth is the width of the columns before the moves, the same in all lines unless there are very many members.
func WhoWidth(th *theme.Theme, events []*model.Event, width int) int {
	widest := 26
	for _, e := range events {
		if e.Kind == model.RebalanceCompleted && e.Rebalance != nil {
			if w := generationsAndMembers(th, e.Rebalance).Width(); w <= width/3 {
				widest = max(widest, w)
			}
		}
	}
	return widest
}

// EventLine is an event in the feed of its group.
func EventLine(f kit.Frame, e *model.Event, width int) text.Line {
	th := f.Theme
	at := e.At
	if e.Kind == model.RebalanceCompleted && e.Rebalance != nil { // the same time as on its card
		at = e.Rebalance.End()
	}
	line := text.Of(text.S(th.Aged(th.Text, f.Now.Sub(at), 4*kit.FreshFor), " "+text.Clock(f.Now, at)), text.Space(3))
	return append(line, EventText(th, e, width)...)
}

// EventText is an event in words; width is that of the columns before the moves.
func EventText(th *theme.Theme, e *model.Event, width int) text.Line {
	switch {
	case e.Kind == model.RebalanceCompleted && e.Rebalance != nil:
		return Rebalance(th, e.Rebalance, width)
	case e.Kind == model.MemberJoined:
		return text.Of(text.Space(11), kit.Chip(th, e.Member.Slot), text.S(th.Text, " "+text.Name(e.Member.ClientID)+" joined"), text.S(th.Dim, "  "+text.Clean(e.Member.Host)))
	case e.Kind == model.MemberLeft:
		return text.Of(text.Space(11), kit.ChipOver(th, e.Member.Slot), text.S(th.Text, " "+text.Name(e.Member.ClientID)+" left"), text.S(th.Dim, "  "+text.Clean(e.Member.Host)))
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
		style, sign = Alert(th, e)
		sign = " " + sign
	}
	return text.Of(text.Space(11), text.S(style, sign+" "+text.Clean(e.Detail)))
}

// Rebalance is a rebalance in one line of a feed, without its time.
func Rebalance(th *theme.Theme, r *model.Rebalance, width int) text.Line {
	line := generationsAndMembers(th, r)
	line = line.Fit(max(width, line.Width()), text.Left)
	line = append(line, text.S(th.Text, fmt.Sprintf("%-16s", Moves(r))),
		text.S(th.Dim, fmt.Sprintf("%-9s", Took(r))), text.Space(2), text.S(th.Text, Cause(r)))
	if word := Confidence(r.Verdict); word != "" {
		line = append(line, text.Space(2), text.S(ConfidenceStyle(th, r.Verdict.Confidence), word))
	}
	return line
}

// generationsAndMembers are the generations of a rebalance, and the members that joined and left.
func generationsAndMembers(th *theme.Theme, r *model.Rebalance) text.Line {
	line := text.Of(text.S(th.Strong, fmt.Sprintf("%9s", r.From.String()+" → "+r.To.String())), text.Space(2))
	for _, part := range []struct {
		word    string
		members []model.MemberRef
		over    bool
	}{{"joined", r.Joined, false}, {"left", r.Left, true}, {"restarted", r.Restarted, false}} {
		for i, m := range part.members {
			if i == 4 {
				line = append(line, text.S(th.Dim, fmt.Sprintf("… %d", len(part.members))))
				break
			}
			if i > 0 {
				line = append(line, text.Space(1))
			}
			if part.over {
				line = append(line, kit.ChipOver(th, m.Slot))
			} else {
				line = append(line, kit.Chip(th, m.Slot))
			}
		}
		if len(part.members) > 0 {
			line = append(line, text.S(th.Text, " "+part.word+"  "))
		}
	}
	return line
}

// Alert is the style and the sign of an alert or of its end.
func Alert(t *theme.Theme, e *model.Event) (style lipgloss.Style, sign string) {
	if e.Alert != nil && e.Alert.Over {
		return t.Good, "✓ "
	}
	return t.Bad, "! "
}
