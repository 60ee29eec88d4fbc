package ui

import (
	"slices"

	"regroup/model"
	"regroup/ui/text"
)

// renderBig is the lab for a projector: the chosen group's consumers with what they own, and what arrives.
func (s *labScreen) renderBig(f frame, lab *model.LabSnapshot, g *model.GroupView) string {
	s.place = rect{} // clicks are for the list with its columns
	th := f.theme
	title := text.Of(text.S(th.Strong, text.Name(s.group)))
	var numbers []bigFact
	var banner []text.Line
	if g != nil {
		title, numbers = bigTitle(f, g), bigGroupFacts(f, g)
	}
	if len(lab.Producers) > 0 {
		p := &lab.Producers[s.producer]
		banner = append(banner, text.Of(text.S(th.Dim, text.Name(p.Topic)+"  "), text.S(labStyle(th, p.State), labSign(p.State)+" "),
			text.S(th.Strong, text.Maybe(p.Rate, text.Rate)), text.S(th.Dim, " arrive")))
	}
	page := newBigPage(f, banner, title, numbers, bigFeed(f, s.events, bigFeedMost))
	rows := s.bigConsumers(f, g, page.width)
	page.compose(rows.least())
	page.add(rows.draw(page.room())...)
	return page.render()
}

// bigConsumers are the consumers of the chosen group, and nobody below them.
func (s *labScreen) bigConsumers(f frame, g *model.GroupView, width int) *bigRows {
	th := f.theme
	b := &bigRows{th: th, oneTopic: g == nil || oneTopic(g), now: f.now, width: width, selected: -1}
	if g != nil && !f.still {
		b.journeys = journeys(g, f.now)
	}
	expected := inFlight(b.journeys, f.now)
	for _, c := range s.consumers {
		if c.Group != s.group {
			continue
		}
		if c == s.selected() {
			b.selected = len(b.rows)
		}
		row := bigRow{
			lane: labLane(g, c), over: c.State.Ended() || expelledUnawares(g, c), owns: slices.SortedFunc(slices.Values(c.Owns), model.TopicPartition.Compare),
			expectation: expected, name: text.Of(text.S(th.Strong, text.Clean(c.Name))),
			about: text.Of(text.S(labStyle(th, c.State), labSign(c.State)+" "+text.Clean(string(c.State)))),
		}
		if !c.State.Ended() {
			row.right, row.rightAbout, row.rightStyle = text.Maybe(c.Rate, text.Rate), "read", th.Strong
		}
		if len(c.Owns) == 0 && c.State == model.LabRunning {
			row.instead = text.Of(text.S(th.Warn, "nothing"))
		}
		b.rows = append(b.rows, row)
	}
	if g != nil {
		unread := slices.DeleteFunc(unreadNow(g, betweenOwners(g), stoppedOwners(g, f.view.Lab)), func(tp model.TopicPartition) bool {
			return !g.Unsettled.IsZero() && s.stillReads(g, tp)
		})
		b.rows = append(b.rows, bigNobody(f, unread))
	}
	return b
}

// stillReads says that a consumer has not heard of the rebalance yet and goes on: the lab is told by itself.
func (s *labScreen) stillReads(g *model.GroupView, tp model.TopicPartition) bool {
	return slices.ContainsFunc(s.consumers, func(c *model.LabConsumer) bool {
		return c.Group == g.ID && c.State == model.LabRunning && slices.Contains(c.Owns, tp)
	})
}

// travels says that a partition is on its way between two of the consumers, where they are drawn large.
func (s *labScreen) travels(f frame) bool {
	g := s.chosen(f)
	return f.big && g != nil && s.form == nil && len(journeys(g, f.now)) > 0
}
