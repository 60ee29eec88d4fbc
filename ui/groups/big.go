package groups

import (
	"regroup/model"
	"regroup/ui/glyph"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// renderBig is the groups for a projector: name, state, members, lag and the last rebalance of each.
func (s *Screen) renderBig(f kit.Frame) string {
	s.places = groupsPlaces{} // clicks are for the list with its columns
	th := f.Theme
	var feed []text.Line
	for i := range s.shown.feed[:min(len(s.shown.feed), panes.BigFeedMost)] {
		feed = append(feed, bigFeedItem(f, &s.shown.feed[i]))
	}
	inside := f
	inside.Width -= 2 * kit.Margin
	page := panes.NewBigPage(f, nil, s.title(inside), nil, feed)
	rows := s.shown.rows
	if len(rows) == 0 {
		page.Compose(0)
		page.Add(s.empty(f)...)
		return page.Render()
	}
	large := glyph.Height + 1
	page.Compose(len(rows) * large)
	pitch := 1
	for _, p := range []int{large, 2} {
		if len(rows)*p-1 <= page.Room() {
			pitch = p
			break
		}
	}
	if pitch == 1 && page.Room() >= 3*large { // all of them have no room in any case
		pitch = large
	}
	shown := min(len(rows), (page.Room()+min(1, pitch-1))/pitch)
	first := min(max(0, s.list.Index()-shown/2), len(rows)-shown)
	for i := first; i < first+shown; i++ {
		lines := bigGroup(f, rows[i], s.shown.filter, i == s.list.Index() && !s.onFeed, page.Width, pitch)
		if room := page.Room(); len(lines) > room {
			lines = lines[:room]
		}
		page.Add(lines...)
	}
	if hidden := len(rows) - shown; hidden > 0 && page.Room() > 0 {
		page.Add(text.Of(text.S(th.Dim, "  "+text.Count(hidden)+" more")))
	}
	return page.Render()
}

// bigGroup is a group in so many lines, the last of them blank where there are several.
func bigGroup(f kit.Frame, g *model.GroupView, filter string, selected bool, width, height int) []text.Line {
	th := f.Theme
	mark, name := text.Space(2), th.Text.Bold(true)
	if selected {
		mark, name = text.S(th.Info, "▸ "), th.Strong
	}
	lag, _ := phrase.LagStyles(th, g)
	members := append(memberCount(th, g), text.S(th.Dim, " "+phrase.Plural(len(g.Members), "member", "members")))
	who := append(text.Of(mark), text.Highlight(text.Name(g.ID), filter, name, th.Match)...)
	state := append(append(groupState(th, g), text.Space(3)), members...)
	number := text.Lag(g.Lag, g.LagIncomplete)
	if height <= glyph.Height {
		right := text.Of(text.S(lag, number), text.S(th.Dim, " lag"))
		left := append(who.Fit(min(max(20, who.Width()), width/2), text.Left), text.Space(3))
		lines := []text.Line{text.Between(append(left, state...), right, width)}
		return append(lines, make([]text.Line, height-1)...)
	}
	left := []text.Line{who, append(text.Of(text.Space(2)), state...), append(text.Of(text.Space(2)), lastRebalance(f, g)...)}
	drawn, known := glyph.Lines(number, false)
	if !known {
		drawn = []string{"", number, ""}
	}
	lines := make([]text.Line, height)
	for i := range left {
		lines[i] = text.Between(left[i], text.Of(text.S(lag, drawn[i])), width)
	}
	lines[1] = text.Between(left[1], text.Of(text.S(th.Dim, "lag  "), text.S(lag, drawn[1])), width)
	return lines
}

// bigFeedItem is a line of the feed of all groups.
func bigFeedItem(f kit.Frame, item *feedItem) text.Line {
	th := f.Theme
	line := text.Of(text.S(th.Dim, text.Clock(f.Now, item.at)), text.Space(2))
	switch {
	case item.underway != nil:
		return text.Of(text.S(th.Warn.Bold(true), "now"), text.Space(7), text.S(th.Strong, text.Name(item.group)), text.S(th.Warn, "  "+underwayWords(item.underway)))
	case item.rebalance != nil:
		return append(append(line, text.S(th.Text, text.Name(item.group)), text.Space(2)), panes.BigRebalance(f, item.rebalance)...)
	}
	if item.group != "" {
		line = append(line, text.S(th.Text, text.Name(item.group)), text.Space(2))
	}
	return append(line, text.S(th.Text, text.Clean(item.event.Detail)))
}
