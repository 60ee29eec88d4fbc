package lab

import (
	"slices"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/text"
	"regroup/ui/travel"
)

// present draws the lab for a projector: the consumers around the selected one with what they own, and what nobody does.
func (s *Screen) present(f kit.Frame, lab *model.LabSnapshot, g *model.GroupView) string {
	s.place = kit.Rect{} // clicks are for the list with its columns
	page := panes.Page{Head: []text.Line{text.Of(text.S(f.Theme.Strong, text.Name(s.group)))}, Feed: panes.Feed(f, s.events)}
	if g != nil {
		page.Head, page.Numbers = []text.Line{phrase.GroupTitle(f, g, f.Width-2*kit.Margin)}, panes.GroupNumbers(f, g)
	}
	if s.producer < len(lab.Producers) {
		page.Head = append(page.Head, producerLine(f.Theme, &lab.Producers[s.producer], f.Width-2*kit.Margin))
	}
	large := s.owners(f, g)
	return page.Draw(f, panes.LeastRows(len(large.Rows)), func(width, height int) []string {
		if large.Size = panes.RowSize(f, len(large.Rows), width, height); large.Size.Lines <= 1 {
			return s.consumerLines(f, kit.Box(0, 0, width, height))
		}
		return large.Lines(width, height)
	})
}

// owners are the consumers as large rows, and nobody's.
func (s *Screen) owners(f kit.Frame, g *model.GroupView) panes.Owners {
	all := panes.Owners{F: f, Table: s.table, Topics: kit.OneTopic}
	var expected, paused []model.TopicPartition
	if g != nil {
		all.Topics = kit.TopicsOf(g)
		if f.Motion == kit.Animated {
			all.Journeys = travel.Journeys(g, f.Now)
		}
		for tp := range travel.InFlight(all.Journeys, f.Now) {
			expected = append(expected, tp)
		}
		if paused = s.readingsOf(f, g).Paused(); g.Rebalancing() { // what a process still reports stands in its row
			paused = slices.DeleteFunc(paused, s.reported)
		}
	}
	for _, c := range s.consumers {
		row := s.owner(f, c)
		row.Awaited = expected
		all.Rows = append(all.Rows, row)
	}
	all.Rows = append(all.Rows, panes.NobodyRow(paused))
	return all
}

func (s *Screen) owner(f kit.Frame, c *model.LabConsumer) panes.Owner {
	th, g := f.Theme, f.View.Group(c.Group)
	row := panes.Owner{
		Slot: ownership.SlotOf(g, c.MemberID), Name: text.Of(text.S(th.Strong, text.Clean(c.Name))),
		About: text.Of(text.S(phrase.LabStyle(th, c.State), phrase.LabSign(c.State)+" "+text.Clean(string(c.State)))),
		Owns:  slices.SortedFunc(slices.Values(c.Owns), model.TopicPartition.Compare),
	}
	if c.State.Ended() || ownership.Expelled(g, c) {
		row.Look = panes.Outline
	} else {
		row.Number, row.Unit = text.Maybe(c.Rate, text.Rate), "read"
	}
	if row.Slot == model.Nobody { // it has no letter yet, or never had one
		row.Sign, row.Look = "?", panes.Outline
	}
	if len(c.Owns) == 0 && c.State == model.LabRunning {
		row.Instead = text.Of(text.S(th.Warn, "nothing"))
	}
	return row
}

// reported says that a running consumer of the chosen group reports that it owns a partition.
func (s *Screen) reported(tp model.TopicPartition) bool {
	return slices.ContainsFunc(s.consumers, func(c *model.LabConsumer) bool {
		return c.Group == s.group && c.State == model.LabRunning && slices.Contains(c.Owns, tp)
	})
}

// Travels reports whether a partition moves between two of the consumers, where they are drawn large.
func (s *Screen) Travels(f kit.Frame) bool {
	g := s.chosen(f)
	return f.Density == kit.Presentation && g != nil && s.form == nil && len(travel.Journeys(g, f.Now)) > 0
}
