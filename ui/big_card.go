package ui

import (
	"regroup/model"
	"regroup/ui/text"
)

// renderBigCard is a rebalance for a projector: its numbers, why, who came and went, and who owned what before and after.
func (s *groupScreen) renderBigCard(f frame, g *model.GroupView) string {
	pane := rebalancePane{f: f, g: g, index: s.shown(g), oneTopic: s.oneTopic, between: s.between, cards: &s.cards, width: f.width - 2*margin, whole: true}
	if pane.index < 0 {
		page := newBigPage(f, nil, bigTitle(f, g), bigGroupFacts(f, g), nil)
		page.compose(8)
		page.add(pane.heading(page.width, true))
		page.add(pane.lines()...)
		return page.render()
	}
	r := g.Rebalances[pane.index]
	page := newBigPage(f, []text.Line{pane.heading(f.width-2*margin, true)}, bigTitle(f, g), pane.bigFacts(r), nil)
	facts := append(pane.why(r), pane.who(r)...)
	before, after := s.bigSides(f, r, page.width/2-1), s.bigSides(f, r, page.width/2-1)
	for i := range before.rows {
		before.rows[i].owns, after.rows[i].owns = owned(r.Before, before.rows[i].lane), owned(r.After, after.rows[i].lane)
	}
	page.compose(len(facts) + 2 + before.least())
	page.add(facts...)
	if room := page.room() - 2; room > 0 && len(before.rows) > 0 {
		th := f.theme
		page.add(nil)
		page.add(append(text.Of(text.S(th.Dim, "BEFORE")).Fit(page.width/2+1, text.Left), text.S(th.Dim, "AFTER")))
		left, right := before.draw(room), after.draw(room)
		for i := range left {
			page.add(append(left[i].Fit(page.width/2+1, text.Left), right[i]...))
		}
	}
	return page.render()
}

// bigSides is a row for everybody who owned something, came or went.
func (s *groupScreen) bigSides(f frame, r *model.Rebalance, width int) *bigRows {
	b := &bigRows{th: f.theme, oneTopic: s.oneTopic, now: f.now, width: width, selected: -1}
	for _, row := range s.cards.pageOf(r, s.oneTopic).sides {
		b.rows = append(b.rows, bigRow{lane: row.lane, nobody: row.lane == model.Nobody, over: row.gone})
	}
	return b
}

// owned is what a lane owns by an assignment, in order.
func owned(a model.Assignment, lane model.Lane) []model.TopicPartition {
	var all []model.TopicPartition
	for _, tp := range a.Partitions() {
		if lane != model.Nobody && a[tp] == lane {
			all = append(all, tp)
		}
	}
	return all
}
