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

// renderBig is the lab for a projector: the chosen group's consumers with what they own, and what arrives.
func (s *Screen) renderBig(f kit.Frame, lab *model.LabSnapshot, g *model.GroupView) string {
	s.place = kit.Rect{} // clicks are for the list with its columns
	th := f.Theme
	title := text.Of(text.S(th.Strong, text.Name(s.group)))
	var numbers []panes.BigFact
	var banner []text.Line
	if g != nil {
		title, numbers = panes.BigTitle(f, g), panes.BigGroupFacts(f, g)
	}
	if len(lab.Producers) > 0 {
		p := &lab.Producers[s.producer]
		banner = append(banner, text.Of(text.S(th.Dim, text.Name(p.Topic)+"  "), text.S(phrase.LabStyle(th, p.State), phrase.LabSign(p.State)+" "),
			text.S(th.Strong, text.Maybe(p.Rate, text.Rate)), text.S(th.Dim, " arrive")))
	}
	page := panes.NewBigPage(f, banner, title, numbers, panes.BigFeed(f, s.events, panes.BigFeedMost))
	rows := s.bigConsumers(f, g, page.Width)
	page.Compose(rows.Least())
	page.Add(rows.Draw(page.Room())...)
	return page.Render()
}

// bigConsumers are the consumers of the chosen group, and nobody below them.
func (s *Screen) bigConsumers(f kit.Frame, g *model.GroupView, width int) *panes.BigRows {
	th := f.Theme
	b := &panes.BigRows{Th: th, OneTopic: g == nil || kit.OneTopic(g), Now: f.Now, Width: width, Selected: -1}
	if g != nil && !f.Still {
		b.Journeys = travel.Journeys(g, f.Now)
	}
	expected := travel.InFlight(b.Journeys, f.Now)
	for _, c := range s.consumers {
		if c.Group != s.group {
			continue
		}
		if c == s.selected() {
			b.Selected = len(b.Rows)
		}
		row := panes.BigRow{
			Lane: ownership.LaneOf(g, c.MemberID), Over: c.State.Ended() || ownership.Expelled(g, c), Owns: slices.SortedFunc(slices.Values(c.Owns), model.TopicPartition.Compare),
			Expectation: expected, Name: text.Of(text.S(th.Strong, text.Clean(c.Name))),
			About: text.Of(text.S(phrase.LabStyle(th, c.State), phrase.LabSign(c.State)+" "+text.Clean(string(c.State)))),
		}
		if !c.State.Ended() {
			row.Right, row.RightAbout, row.RightStyle = text.Maybe(c.Rate, text.Rate), "read", th.Strong
		}
		if len(c.Owns) == 0 && c.State == model.LabRunning {
			row.Instead = text.Of(text.S(th.Warn, "nothing"))
		}
		b.Rows = append(b.Rows, row)
	}
	if g != nil {
		paused := s.readingsOf(f, g).Paused()
		if g.Rebalancing() { // what a process still reports stands in its row
			paused = slices.DeleteFunc(paused, s.reported)
		}
		b.Rows = append(b.Rows, panes.BigNobody(f, paused))
	}
	return b
}

// reported says that a running consumer of the chosen group reports that it owns a partition.
func (s *Screen) reported(tp model.TopicPartition) bool {
	return slices.ContainsFunc(s.consumers, func(c *model.LabConsumer) bool {
		return c.Group == s.group && c.State == model.LabRunning && slices.Contains(c.Owns, tp)
	})
}

// Travels says that a partition is on its way between two of the consumers, where they are drawn large.
func (s *Screen) Travels(f kit.Frame) bool {
	g := s.chosen(f)
	return f.Big && g != nil && s.form == nil && len(travel.Journeys(g, f.Now)) > 0
}
