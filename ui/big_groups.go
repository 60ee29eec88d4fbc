package ui

import (
	"fmt"

	"regroup/model"
	"regroup/ui/glyph"
	"regroup/ui/text"
)

// renderBig is the groups for a projector: name, state, members, lag and the last rebalance of each.
func (s *groupsScreen) renderBig(f frame) string {
	s.places = groupsPlaces{} // clicks are for the list with its columns
	th := f.theme
	var feed []text.Line
	for i := range s.shown.feed[:min(len(s.shown.feed), bigFeedMost)] {
		feed = append(feed, bigFeedItem(f, &s.shown.feed[i]))
	}
	inside := f
	inside.width -= 2 * margin
	page := newBigPage(f, nil, s.title(inside), nil, feed)
	rows := s.shown.rows
	if len(rows) == 0 {
		page.compose(0)
		page.add(s.empty(f)...)
		return page.render()
	}
	large := glyph.Height + 1
	page.compose(len(rows) * large)
	pitch := 1
	for _, p := range []int{large, 2} {
		if len(rows)*p-1 <= page.room() {
			pitch = p
			break
		}
	}
	if pitch == 1 && page.room() >= 3*large { // all of them have no room in any case
		pitch = large
	}
	shown := min(len(rows), (page.room()+min(1, pitch-1))/pitch)
	first := min(max(0, s.list.Index()-shown/2), len(rows)-shown)
	for i := first; i < first+shown; i++ {
		lines := bigGroup(f, rows[i], s.shown.filter, i == s.list.Index() && !s.onFeed, page.width, pitch)
		if room := page.room(); len(lines) > room {
			lines = lines[:room]
		}
		page.add(lines...)
	}
	if hidden := len(rows) - shown; hidden > 0 && page.room() > 0 {
		page.add(text.Of(text.S(th.Dim, "  "+text.Count(hidden)+" more")))
	}
	return page.render()
}

// bigGroup is a group in so many lines, the last of them blank where there are several.
func bigGroup(f frame, g *model.GroupView, filter string, selected bool, width, height int) []text.Line {
	th := f.theme
	mark, name := text.Space(2), th.Text.Bold(true)
	if selected {
		mark, name = text.S(th.Info, "▸ "), th.Strong
	}
	lag, _ := lagStyles(th, g)
	members := append(memberCount(th, g), text.S(th.Dim, " "+plural(len(g.Members), "member", "members")))
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
func bigFeedItem(f frame, item *feedItem) text.Line {
	th := f.theme
	line := text.Of(text.S(th.Dim, text.Clock(f.now, item.at)), text.Space(2))
	switch {
	case item.underway != nil:
		return text.Of(text.S(th.Warn.Bold(true), "now"), text.Space(7), text.S(th.Strong, text.Name(item.group)), text.S(th.Warn, "  "+underwayWords(item.underway)))
	case item.rebalance != nil:
		return append(append(line, text.S(th.Text, text.Name(item.group)), text.Space(2)), bigRebalance(f, item.rebalance)...)
	}
	if item.group != "" {
		line = append(line, text.S(th.Text, text.Name(item.group)), text.Space(2))
	}
	return append(line, text.S(th.Text, text.Clean(item.event.Detail)))
}

// bigFacts of a rebalance are what its card says in numbers.
func (p rebalancePane) bigFacts(r *model.Rebalance) []bigFact {
	th := p.f.theme
	name := "GENERATION"
	if countsEpochs(r.Type) {
		name = "GROUP EPOCH"
	}
	unread := text.Unknown
	if len(r.Cost.Pauses) > 0 || r.Cost.Complete {
		unread = pauseWords(r.Cost.PausedAtLeast, r.Cost.PausedAtMost)
	}
	return []bigFact{
		{name, generations(r), th.Strong}, {"MOVED", fmt.Sprintf("%d/%d", len(r.Moves), r.Partitions()), th.Strong},
		{"UNREAD FOR", unread, th.Bad.Bold(true)}, {"TOOK", took(r), th.Dim},
	}
}
