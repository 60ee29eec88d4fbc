package group

import (
	"slices"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// stripPitch is the lines of a partition in the strip of a presentation, with the blank one below it.
const stripPitch = 3

// present draws the group for a projector: its numbers, its members with what they own, and the strip where there is room
// for both or it has the focus.
func (s *Screen) present(f kit.Frame, g *model.GroupView, banner []text.Line) string {
	s.panes = [paneCount]kit.Rect{}
	page := panes.Page{
		Head:    append([]text.Line{phrase.GroupTitle(f, g, f.Width-2*kit.Margin)}, banner...),
		Numbers: panes.GroupNumbers(f, g), Feed: panes.Feed(f, s.events),
	}
	members, picture := s.membersPane(f, g), len(s.stripRows)*stripPitch+2
	if s.focused(f) == paneStrip {
		return page.Draw(f, picture, func(width, height int) []string { return s.strip(f, kit.Box(0, 0, width, height)) })
	}
	return page.Draw(f, panes.LeastRows(s.members.Len()), func(width, height int) []string {
		size := panes.RowSize(f, s.members.Len(), width, height)
		need := size.Need(s.members.Len())
		below := height - need - 2
		if size.Lines <= 1 || len(g.Members) == 0 {
			return members.lines(width, height, true)
		}
		large := panes.Owners{F: f, Table: s.members, Size: size, Topics: s.topics, Rows: members.owners(), Journeys: members.journeys}
		if below < picture {
			return large.Lines(width, height)
		}
		lines := append(large.Lines(width, need), "", "")
		return append(lines, s.strip(f, kit.Box(0, 0, width, min(below, picture+len(s.stripRows))))...)
	})
}

// owners are the members as large rows.
func (p membersPane) owners() []panes.Owner {
	rows := make([]panes.Owner, 0, len(p.g.Members)+1)
	for i := range p.g.Members {
		rows = append(rows, p.owner(&p.g.Members[i]))
	}
	return append(rows, panes.NobodyRow(p.paused))
}

func (p membersPane) owner(m *model.MemberView) panes.Owner {
	th := p.f.Theme
	row := panes.Owner{
		Slot: m.Slot, Name: text.Of(text.S(th.Strong, text.Name(m.ClientID))), About: p.note(m),
		Owns: m.Assignment, Number: text.Maybe(m.Lag, text.Count[int64]), Unit: "lag",
	}
	if m.Slot == p.g.Leader && len(row.About) == 0 {
		row.About = text.Of(text.S(th.Warn, phrase.LeaderSign), text.S(th.Dim, " leader"))
	}
	for tp := range p.expected {
		row.Awaited = append(row.Awaited, tp)
	}
	for _, t := range p.readings.Waiting(m.Slot) { // places are left for these
		row.Awaited = append(row.Awaited, t.Partitions...)
		row.Owns = slices.SortedFunc(slices.Values(slices.Concat(row.Owns, t.Partitions)), model.TopicPartition.Compare)
	}
	if p.readings.Stopped(m.Slot) && len(m.Assignment) > 0 { // what it owned is in the row of nobody
		row.Look, row.Instead = panes.Outline, text.Of(text.S(th.Dim, "was "), text.S(th.Lane(m.Slot), kit.List(m.Assignment, p.topics)))
	} else if len(row.Owns) == 0 || m.AssignmentPrevious || !m.AssignmentKnown {
		row.Instead = p.owns(m, p.f.Width)
	}
	return row
}
