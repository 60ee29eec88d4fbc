package card

import (
	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// present draws the card for a projector: its numbers, the cause, who came and went, and both assignments.
func (s *Screen) present(f kit.Frame, g *model.GroupView) string {
	pane := s.pane(f, g)
	page := panes.Page{
		Head:    []text.Line{phrase.GroupTitle(f, g, pane.Width), pane.Heading(pane.Width, true)},
		Numbers: panes.GroupNumbers(f, g),
	}
	lines, sides := made(pane.Lines()...), 0
	if pane.Index >= 0 {
		r := g.Rebalances[pane.Index]
		page.Numbers = pane.Numbers(r)
		lines = made(append(append(pane.Why(r), pane.Who(r)...), nil)...)
		sides = len(pane.pages.of(r, s.cards.Of(r, s.topics), s.topics).sides)
	}
	return page.Draw(f, len(lines)+1+panes.LeastRows(sides), func(width, height int) []string {
		if pane.Index >= 0 {
			lines = append(lines, pane.tallSides(g.Rebalances[pane.Index], height-len(lines)-1)...)
		}
		return s.lines(f, lines, width, height)
	})
}

// tallSides is who owned what before and after, in rows as large as the height allows.
func (p cardPane) tallSides(r *model.Rebalance, height int) []lateLine {
	words := p.pages.of(r, p.Cards.Of(r, p.Topics), p.Topics)
	half := (p.Width - kit.BandGap) / 2
	size := panes.RowSize(p.F, len(words.sides), half, height)
	lines := p.sides(r, words)
	if size.Lines <= 1 {
		return lines
	}
	was, is, most := r.Before.ByOwner(), r.After.ByOwner(), 0
	for _, owned := range []map[model.Slot][]model.TopicPartition{was, is} {
		for _, tps := range owned {
			most = max(most, len(tps))
		}
	}
	lines = lines[:1] // the headings
	for i := range words.sides {
		row := &words.sides[i]
		left, right := panes.Owner{Slot: row.lane, Owns: was[row.lane]}, panes.Owner{Slot: row.lane, Owns: is[row.lane]}
		if row.lane == model.Nobody {
			left.Sign, right.Sign, left.Look, right.Look = "–", "–", panes.Outline, panes.Outline
		} else if row.gone {
			right.Look = panes.Outline
		}
		before, after := p.tallSide(&left, size.Lines, half, most), p.tallSide(&right, size.Lines, half, most)
		for l := range size.Lines {
			lines = append(lines, made(append(before[l].Fit(half+kit.BandGap, text.Left), after[l]...))...)
		}
		lines = append(lines, made(make([]text.Line, size.Gap)...)...)
	}
	return lines
}

// tallSide is the letter of a member and what it owns.
func (p cardPane) tallSide(row *panes.Owner, lines, width, most int) []text.Line {
	side := panes.Letter(p.F.Theme, row, lines)
	letter := side[0].Width() + 2
	for i, owned := range panes.NewBlocks(p.F.Theme, p.Topics, lines, width-letter, most).Draw(p.F.Theme, row) {
		side[i] = append(side[i].Fit(letter, text.Left), owned...)
	}
	return side
}
