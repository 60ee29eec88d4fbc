package card

import (
	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/text"
)

// renderBigCard is a rebalance for a projector: its numbers, why, who came and went, and who owned what before and after.
func (s *Screen) renderBig(f kit.Frame, g *model.GroupView) string {
	pane := s.pane(f, g)
	if pane.Index < 0 {
		page := panes.NewBigPage(f, nil, panes.BigTitle(f, g), panes.BigGroupFacts(f, g), nil)
		page.Compose(8)
		page.Add(pane.Heading(page.Width, true))
		page.Add(pane.Lines()...)
		return page.Render()
	}
	r := g.Rebalances[pane.Index]
	page := panes.NewBigPage(f, []text.Line{pane.Heading(f.Width-2*kit.Margin, true)}, panes.BigTitle(f, g), pane.BigFacts(r), nil)
	facts := append(pane.Why(r), pane.Who(r)...)
	before, after := s.bigSides(f, r, page.Width/2-1), s.bigSides(f, r, page.Width/2-1)
	was, is := derive.ByOwner(r.Before), derive.ByOwner(r.After)
	delete(was, model.Nobody) // what nobody owns is not drawn as if somebody did
	delete(is, model.Nobody)
	for i := range before.Rows {
		before.Rows[i].Owns, after.Rows[i].Owns = was[before.Rows[i].Lane], is[before.Rows[i].Lane]
	}
	page.Compose(len(facts) + 2 + before.Least())
	page.Add(facts...)
	if room := page.Room() - 2; room > 0 && len(before.Rows) > 0 {
		th := f.Theme
		page.Add(nil)
		page.Add(append(text.Of(text.S(th.Dim, "BEFORE")).Fit(page.Width/2+1, text.Left), text.S(th.Dim, "AFTER")))
		left, right := before.Draw(room), after.Draw(room)
		for i := range left {
			page.Add(append(left[i].Fit(page.Width/2+1, text.Left), right[i]...))
		}
	}
	return page.Render()
}

// bigSides is a row for everybody who owned something, came or went.
func (s *Screen) bigSides(f kit.Frame, r *model.Rebalance, width int) *panes.BigRows {
	b := &panes.BigRows{Th: f.Theme, OneTopic: s.oneTopic, Now: f.Now, Width: width, Selected: -1}
	for _, row := range s.pages.of(r, s.cards.Of(r, s.oneTopic), s.oneTopic).sides {
		b.Rows = append(b.Rows, panes.BigRow{Lane: row.lane, Nobody: row.lane == model.Nobody, Over: row.gone})
	}
	return b
}
