package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/strip"
	"regroup/ui/text"
)

// openCardMsg asks the screen of a group to show the card of one of its rebalances.
type openCardMsg struct {
	group     string
	rebalance *model.Rebalance
}

// openCard opens a group and in it the card; going back leads to where it was asked for.
func openCard(group string, r *model.Rebalance) tea.Cmd {
	return tea.Sequence(
		func() tea.Msg { return openGroupMsg{group} },
		func() tea.Msg { return openCardMsg{group, r} },
	)
}

// cardPage is a rebalance on the whole of the group's screen.
type cardPage struct {
	open   bool
	direct bool // it was opened from elsewhere: going back leads there
	top    int  // the first line that is shown
	most   int  // the largest top, as of the last draw
	page   int  // visible lines, as of the last draw
}

func (c *cardPage) scroll(lines int) { c.top = max(0, min(c.top+lines, c.most)) }

// pauseName is the widest that a partition's name gets among the pauses.
const pauseName = 28

// pauseBarWidth is the cells of the bar of the longest pause.
const pauseBarWidth = 20

func (c *cardPage) wheel(button tea.MouseButton) {
	c.scroll(map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[button])
}

// cardShown says that the card is on the screen.
func (s *groupScreen) cardShown() bool { return s.card.open && s.rebalances }

func (s *groupScreen) openCard(msg openCardMsg) {
	if msg.group != s.id {
		return
	}
	s.chosen = msg.rebalance
	s.card = cardPage{open: true, direct: true}
}

// pressCard is a key while the card is open; esc closes it.
func (s *groupScreen) pressCard(f frame, msg tea.KeyPressMsg) tea.Cmd {
	k := s.keys
	switch {
	case key.Matches(msg, k.closeCard):
		direct := s.card.direct
		s.card = cardPage{}
		if direct {
			return func() tea.Msg { return backMsg{} }
		}
	case msg.String() == "left" || msg.String() == "h":
		s.turn(f, -1)
	case msg.String() == "right" || msg.String() == "l":
		s.turn(f, +1)
	case key.Matches(msg, k.scrollUp):
		s.card.scroll(-1)
	case key.Matches(msg, k.scrollDown):
		s.card.scroll(1)
	case key.Matches(msg, k.pageUp):
		s.card.scroll(-s.card.page)
	case key.Matches(msg, k.pageDown):
		s.card.scroll(s.card.page)
	}
	return nil
}

// cardBindings are the keys while the card is open.
func (s *groupScreen) cardBindings() []key.Binding {
	k := s.keys
	earlier, later := k.earlier, k.later
	earlier.SetKeys("left", "h")
	later.SetKeys("right", "l")
	earlier.SetHelp("←", "earlier")
	later.SetHelp("→", "later")
	return []key.Binding{earlier, later, k.closeCard, k.scrollUp, k.scrollDown, k.pageUp, k.pageDown}
}

// renderCard draws the card: the group, its timeline, and one of its rebalances, as far down as it was scrolled.
func (s *groupScreen) renderCard(f frame, g *model.GroupView) string {
	s.panes = [paneCount]rect{}
	if f.big {
		return s.renderBigCard(f, g)
	}
	c := newCanvas(f.width, f.height)
	inner := f.width - 2*margin
	y := 0
	if f.height >= airyHeight {
		y++
	}
	c.put(rect{margin, y, inner, 1}, []string{groupTitle(f, g, inner).Render(nil)})
	y++
	index := s.shown(g)
	line := timeline{theme: f.theme, rebalances: g.Rebalances, selected: index, now: f.now}
	axis := line.lines(inner - 3)
	if f.height < 20 && len(axis) > 2 {
		axis = axis[1:]
	}
	if f.height >= airyHeight {
		y++
	}
	if len(axis) > 0 && f.height >= 12 {
		c.put(rect{margin, y, inner, 1}, []string{line.heading(inner, false).Render(nil)})
		c.put(rect{margin + 2, y + 1, inner - 3, len(axis)}, renderLines(axis, inner-3))
		y += 1 + len(axis)
		if f.height >= airyHeight {
			y++
		}
	}
	pane := rebalancePane{f: f, g: g, index: index, oneTopic: s.oneTopic, between: s.between, cards: &s.cards, width: inner, whole: true}
	lines := append([]lateLine{{line: pane.heading(inner, true)}}, pane.page()...)
	s.card.page = max(1, f.height-y)
	s.card.most = max(0, len(lines)-s.card.page)
	s.card.scroll(0)
	var drawn []string
	for _, l := range lines[s.card.top:min(len(lines), s.card.top+s.card.page)] {
		drawn = append(drawn, l.get().Truncate(inner).Render(nil))
	}
	if s.card.top < s.card.most && len(drawn) > 1 {
		more := text.Of(text.S(f.theme.Dim, "   ↓ "+text.Plural(len(lines)-s.card.top-len(drawn)+1, "more line")))
		drawn[len(drawn)-1] = more.Truncate(inner).Render(nil)
	}
	c.put(rect{margin, y, inner, f.height - y}, drawn)
	return c.String()
}

// lateLine is a line that is made when it is drawn: of hundreds, a screen shows a few.
type lateLine struct {
	line text.Line
	make func() text.Line // nil: line is made already
}

func (l lateLine) get() text.Line {
	if l.make != nil {
		return l.make()
	}
	return l.line
}

func made(lines ...text.Line) []lateLine {
	out := make([]lateLine, len(lines))
	for i, l := range lines {
		out[i].line = l
	}
	return out
}

// page is all there is to say of a rebalance.
func (p rebalancePane) page() []lateLine {
	if p.index < 0 {
		return made(p.lines()...)
	}
	r := p.g.Rebalances[p.index]
	words, page := p.cards.of(r, p.oneTopic), p.cards.pageOf(r, p.oneTopic)
	facts := append(p.why(r), p.who(r)...)
	facts = append(facts, p.moved(r, words), p.time(r), p.moments(r), p.unread(r), p.cost(r))
	facts = append(facts, p.changes(r)...)
	facts = append(facts, p.arrived()...)
	lines := append(made(append(facts, nil)...), p.sides(r, page)...)
	if len(page.pauses) > 0 {
		lines = append(lines, lateLine{})
		lines = append(lines, p.pauses(r, page)...)
	}
	return lines
}

// moments are the times of day at which the phases ended; a time that lies between two is marked.
func (p rebalancePane) moments(r *model.Rebalance) text.Line {
	th := p.f.theme
	first, second := phaseNames(r.Type)
	firstDone := "ended"
	if countsEpochs(r.Type) {
		firstDone = "computed"
	}
	spans := []text.Span{text.S(th.Dim, "began "), text.S(th.Text, clockOf(p.f.now, r.Began))}
	if !r.JoinEnded.IsZero() {
		spans = append(spans, text.S(th.Dim, "   "+first+" "+firstDone+" "), text.S(th.Text, clockOf(p.f.now, r.JoinEnded)))
	}
	if r.JoinEnded.IsZero() {
		second = "settled"
	}
	spans = append(spans, text.S(th.Dim, "   "+second+" "), text.S(th.Text, clockOf(p.f.now, r.Ended)))
	return p.labelled("", spans...)
}

// clockOf is a moment's time of day to the millisecond; ≈ says that it is not known so well, – that it is not at all.
func clockOf(now time.Time, m model.Moment) string {
	if m.IsZero() {
		return text.Unknown
	}
	at := m.NotAfter.In(now.Location())
	if m.NotBefore.IsZero() {
		return "before " + at.Format("15:04:05")
	}
	switch width := m.NotAfter.Sub(m.NotBefore); {
	case width <= 0:
		return at.Format("15:04:05.000")
	case width <= 100*time.Millisecond:
		return "≈" + m.NotBefore.Add(width/2).In(now.Location()).Format("15:04:05.00")
	}
	return m.NotBefore.In(now.Location()).Format("15:04:05.0") + "–" + at.Format("05.0")
}

// sides is who owned what before and after, side by side.
func (p rebalancePane) sides(r *model.Rebalance, words *pageWords) []lateLine {
	th := p.f.theme
	half, number := (p.width-bandGap)/2, "generation "
	if countsEpochs(r.Type) {
		number = "group epoch "
	}
	head := func(width int, title, note string) text.Line {
		return th.Section(width, false, title, text.S(th.Dim, note)).Fit(width, text.Left)
	}
	right := p.width - bandGap - half
	lines := made(append(append(head(half, "BEFORE", number+r.From.String()), text.Space(bandGap)),
		head(right, "AFTER", number+r.To.String()+", "+text.Plural(r.MembersAfter, "member"))...))
	for i := range words.sides {
		row := &words.sides[i]
		lines = append(lines, lateLine{make: func() text.Line {
			return append(append(p.sideBefore(row).Fit(half, text.Left), text.Space(bandGap)), p.sideAfter(row)...)
		}})
	}
	if len(words.sides) == 0 {
		lines = append(lines, made(text.Of(text.S(th.Dim, "   nobody owned anything, before or after")))...)
	}
	return lines
}

// sideBefore is what a lane owned.
func (p rebalancePane) sideBefore(row *sideWords) text.Line {
	th := p.f.theme
	line := text.Of(text.Space(3))
	switch {
	case row.before != "":
		line = append(line, chipOver(th, row.lane), text.S(th.Text, " "+row.before))
	case row.was:
		line = append(line, chipOver(th, row.lane), text.S(th.Dim, " owned nothing"))
	}
	return line
}

// sideAfter is what a lane kept, what it got and from whom, and what it gave away and to whom.
func (p rebalancePane) sideAfter(row *sideWords) text.Line {
	th := p.f.theme
	line := text.Of(text.Space(3))
	switch {
	case row.gone && row.lane == model.Nobody:
		return nil
	case row.gone:
		line = append(line, text.S(th.Dim, " – left"))
	case row.lane == model.Nobody:
		line = append(line, text.S(th.Warn.Bold(true), " – "), text.S(th.Warn, " nobody reads"))
	default:
		line = append(line, chip(th, row.lane))
	}
	if row.kept != "" {
		line = append(line, text.S(th.Text, " "+row.kept))
	}
	for _, m := range row.gained {
		line = append(line, text.S(th.Lane(row.lane).Bold(true), " +"+m.what), text.S(th.Dim, "◂"), text.S(th.Lane(m.from), m.from.String()))
	}
	for _, m := range row.lost {
		line = append(line, text.S(th.Dim, " −"+m.what+"▸"), text.S(th.Lane(m.to), m.to.String()))
	}
	if !row.gone && row.kept == "" && len(row.gained) == 0 && row.lane != model.Nobody {
		line = append(line, text.S(th.Warn, " idle"))
	}
	return line
}

// pauses is for how long nobody read each partition that moved, the longest first.
func (p rebalancePane) pauses(r *model.Rebalance, words *pageWords) []lateLine {
	th := p.f.theme
	note := text.S(th.Dim, "the longest first")
	if !r.Cost.Complete {
		note = text.S(th.Warn, "still counting")
	}
	lines := made(th.Section(p.width, false, "UNREAD", note))
	for _, q := range words.pauses {
		lines = append(lines, lateLine{make: func() text.Line { return p.pause(q, words.longest, words.name, r.Cost.Complete) }})
	}
	return lines
}

func (p rebalancePane) pause(q *model.Pause, longest time.Duration, name int, complete bool) text.Line {
	th := p.f.theme
	cells := func(d time.Duration) int { return int((d*pauseBarWidth + longest - 1) / longest) }
	style, solid := th.Calm(th.Bad), cells(q.AtLeast)
	hatched := max(0, cells(q.AtMost.Or(0))-solid)
	bar := text.Of(text.S(style, strings.Repeat("█", solid)), text.S(style, strings.Repeat("░", hatched)))
	if !q.AtMost.Known() {
		bar = append(bar, text.S(th.Bad, "▸"))
	}
	line := text.Of(text.Space(3)).Fit(3, text.Left)
	line = append(line, text.Of(text.S(th.Text, strip.Label(q.TopicPartition, name))).Fit(name+2, text.Left)...)
	line = append(line, text.Of(text.S(th.Strong, pauseWords(q.AtLeast, q.AtMost))).Fit(12, text.Left)...)
	line = append(line, bar.Fit(pauseBarWidth+3, text.Left)...)
	switch {
	case q.Quiet:
		return append(line, text.S(th.Dim, "nothing to read"))
	case !q.Resumed && complete:
		return append(line, text.S(th.Bad, "never seen read again"))
	case !q.Resumed:
		return append(line, text.S(th.Bad, "not read yet"))
	}
	return append(line, text.S(th.Dim, lagAdded(q.LagAdded)+"   "+readAgain(q.ReadAgain)))
}
