package panes

import (
	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// Events is the pane of a group's events, from the one at top on.
func Events(f kit.Frame, events []*model.Event, top int, focused bool, r kit.Rect) []string {
	th := f.Theme
	lines := []text.Line{th.Section(r.W, focused, "EVENTS", text.S(th.Dim, text.Count(len(events))))}
	shown := events[top:min(len(events), top+max(0, r.H-1))]
	width := phrase.WhoWidth(th, shown, r.W)
	for _, e := range shown {
		lines = append(lines, phrase.EventLine(f, e, width))
	}
	if len(events) == 0 {
		lines = append(lines, text.Of(text.S(th.Dim, " no events since regroup started")))
	}
	return kit.RenderLines(lines, r.W)
}
