package groups

import (
	"strings"

	"regroup/model"
	"regroup/ui/glyph"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
)

// present draws the groups for a projector: name, state, members and the last rebalance of each, and its lag large.
func (s *Screen) present(f kit.Frame) string {
	s.places = groupsPlaces{} // clicks are for the list with its columns
	inside := f
	inside.Width -= 2 * kit.Margin
	page := panes.Page{Head: []text.Line{s.title(inside)}}
	if n := min(len(s.shown.feed), 2); n > 0 {
		page.Feed = strings.Split(s.renderFeed(inside, n), "\n")
	}
	large, rows := table.Size{Lines: glyph.Height, Gap: 1}, len(s.shown.rows)
	return page.Draw(f, large.Need(rows), func(width, height int) []string {
		size := table.Fit(rows, height, large, table.Size{Gap: 1}, table.Size{})
		if size == (table.Size{}) && height >= 3*large.Need(1) { // not all of them have room in any case
			size = large
		}
		switch {
		case rows == 0:
			return kit.RenderLines(s.empty(f), width)
		case size.Lines <= 1:
			return strings.Split(s.renderRows(inside, height, size), "\n")
		}
		s.list.Size, s.list.Untitled = size, true
		lag := 0
		for _, g := range s.shown.rows {
			lag = max(lag, text.Width(lagLines(g)[0]))
		}
		s.list.SetColumns(table.Column{Min: 20, Max: width}, table.Column{Min: lag + 5, Align: text.Right})
		return strings.Split(s.list.View(f.Theme, width, height, !s.onFeed, func(i int) table.Row { return s.tallRow(f, s.shown.rows[i]) }), "\n")
	})
}

// lagLines is a group's lag in large glyphs.
func lagLines(g *model.GroupView) []string {
	number := text.Lag(g.Lag, g.LagIncomplete)
	if drawn, known := glyph.Lines(number, false); known {
		return drawn
	}
	return []string{strings.Repeat(" ", text.Width(number)), number, ""}
}

func (s *Screen) tallRow(f kit.Frame, g *model.GroupView) table.Row {
	th := f.Theme
	name, drawn := text.Highlight(text.Name(g.ID), s.shown.filter, th.Strong, th.Match), lagLines(g)
	members := append(memberCount(th, g), text.S(th.Dim, " "+phrase.Plural(len(g.Members), "member", "members")))
	state := append(append(groupState(th, g), text.Space(3)), members...)
	style, _ := phrase.LagStyles(th, g)
	lag := make([]text.Line, len(drawn))
	for i := range drawn {
		lag[i] = text.Of(text.S(style, drawn[i]))
	}
	lag[1] = append(text.Of(text.S(th.Dim, "lag  ")), lag[1]...)
	return table.Row{Tall: [][]text.Line{{name, state, lastRebalance(f, g)}, lag}}
}
