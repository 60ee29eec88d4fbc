package group

import (
	"maps"
	"slices"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/text"
	"regroup/ui/travel"
)

// renderBig is the group for a projector: its numbers, its members with what they own, the picture where there is room
// for both or it has the focus, and the last thing that happened.
func (s *Screen) renderBig(f kit.Frame, g *model.GroupView) string {
	s.panes = [paneCount]kit.Rect{}
	page := panes.NewBigPage(f, append(s.removeQuestion(f), groupBanner(f, g)...), panes.BigTitle(f, g), panes.BigGroupFacts(f, g), panes.BigFeed(f, s.events, panes.BigFeedMost))
	members := s.bigMembers(f, g, page.Width)
	picture := len(s.stripRows)*bigStripPitch + 1
	if s.focused(f) == paneStrip {
		page.Compose(picture)
		page.Add(s.bigStrip(f, page.Width, page.Room())...)
		return page.Render()
	}
	page.Compose(members.Least())
	rows := members.Need(page.Room())
	if below := page.Room() - rows - 2; below >= picture {
		page.Add(members.Draw(rows)...)
		page.Add(nil, nil)
		page.Add(s.bigStrip(f, page.Width, min(below, picture+len(s.stripRows)))...)
		return page.Render()
	}
	page.Add(members.Draw(page.Room())...)
	return page.Render()
}

func (s *Screen) bigMembers(f kit.Frame, g *model.GroupView, width int) *panes.BigRows {
	b := &panes.BigRows{Th: f.Theme, OneTopic: s.oneTopic, Now: f.Now, Width: width, Selected: s.members.Index()}
	if !f.Still {
		b.Journeys = travel.Journeys(g, f.Now)
	}
	expected := travel.InFlight(b.Journeys, f.Now)
	pane := membersPane{f: f, g: g, table: s.members, oneTopic: s.oneTopic, lab: s.lab, readings: s.readings, paused: s.paused}
	for i := range g.Members {
		b.Rows = append(b.Rows, pane.big(&g.Members[i], expected))
	}
	if g.MembersKnown && len(g.Members) == 0 {
		b.Rows = append(b.Rows, panes.BigRow{Nobody: true, Name: text.Of(text.S(f.Theme.Warn, "nobody")), Instead: text.Of(text.S(f.Theme.Dim, "nobody is in the group"))})
		return b
	}
	b.Rows = append(b.Rows, panes.BigNobody(f, s.paused))
	return b
}

// big is a member as a row for a projector.
func (p membersPane) big(m *model.MemberView, expected map[model.TopicPartition]bool) panes.BigRow {
	th := p.f.Theme
	row := panes.BigRow{
		Lane: m.Slot, Owns: m.Assignment, Expectation: expected, Name: text.Of(text.S(th.Strong, text.Name(m.ClientID))), About: p.note(m),
		Right: text.Maybe(m.Lag, text.Count[int64]), RightAbout: "lag", RightStyle: th.Strong,
	}
	if m.Slot == p.g.Leader && len(row.About) == 0 {
		row.About = text.Of(text.S(th.Warn, phrase.LeaderSign), text.S(th.Dim, " leader"))
	}
	if waits := p.readings.Waiting(m.Slot); len(waits) > 0 {
		row.Owns, row.Expectation = slices.Clone(m.Assignment), maps.Clone(expected)
		for _, t := range waits {
			row.Expect(t.Partitions)
		}
	}
	if row.Over = p.readings.Stopped(m.Slot); row.Over && len(m.Assignment) > 0 { // what it owned is in the row of nobody
		row.Owns, row.Instead = nil, text.Of(text.S(th.Dim, "was "), text.S(th.Lane(m.Slot), kit.List(m.Assignment, p.oneTopic)))
		return row
	}
	if len(row.Owns) == 0 || m.AssignmentPrevious || !m.AssignmentKnown {
		row.Instead = p.owns(m, p.f.Width)
	}
	return row
}

// bigStripPitch is the lines of a partition in the picture, with the blank one below it.
const bigStripPitch = 3

func (s *Screen) bigStrip(f kit.Frame, width, height int) []text.Line {
	pitch := 1
	for _, p := range []int{4, bigStripPitch, 2} {
		if len(s.stripRows)*p+1 <= height {
			pitch = p
			break
		}
	}
	picture := s.picture(f)
	picture.Pitch = pitch
	return picture.Lines(width, height)
}
