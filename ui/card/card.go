// Package card is the screen of one rebalance: its timeline, cause, phases and cost, and the assignments before and after.
package card

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/strip"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// pauseName is the widest that a partition's name gets among the pauses.
const pauseName = 28

// pauseBarWidth is the cells of the bar of the longest pause.
const pauseBarWidth = 20

// Screen is a rebalance of a group, with everything that is known of it.
type Screen struct {
	kit.Scroller
	id       string
	cursor   panes.Cursor
	topics   kit.Topics
	readings *ownership.Readings
	cards    panes.CardCache
	pages    pageCache
}

// New shows one of a group's rebalances; nil is the newest, or the one that is under way.
func New(group string, r *model.Rebalance) *Screen {
	return &Screen{id: group, cursor: panes.Cursor{Chosen: r}}
}

var bindings = struct{ earlier, later, close key.Binding }{
	earlier: key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←", "earlier")),
	later:   key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("→", "later")),
	close:   key.NewBinding(key.WithKeys("esc", "enter"), key.WithHelp("esc", "back")),
}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	return []kit.KeyTable{{Title: "The card of a rebalance", Bindings: New("", nil).Keys(kit.Frame{}).Bindings()}}
}

// Keys turn to other rebalances, close the card, and scroll.
func (s *Screen) Keys(kit.Frame) kit.Keys {
	k := bindings
	return append(kit.Keys{
		{Binding: k.earlier, Do: func(f kit.Frame) tea.Cmd { return s.turn(f, -1) }},
		{Binding: k.later, Do: func(f kit.Frame) tea.Cmd { return s.turn(f, +1) }},
		kit.Asks(k.close, kit.Back{}),
	}, s.Scroller.Keys()...)
}

// Typing is false: there is no field.
func (s *Screen) Typing() bool { return false }

// group is the group in a view; nil before it was seen.
func (s *Screen) group(f kit.Frame) *model.GroupView {
	if f.View == nil {
		return nil
	}
	return f.View.Group(s.id)
}

// Observe works out what the card needs of the group.
func (s *Screen) Observe(f kit.Frame) {
	if g := s.group(f); g != nil {
		s.topics, s.readings = kit.TopicsOf(g), ownership.Now(g, f.View.Lab)
	}
}

// Animated reports whether the group is rebalancing: its times count.
func (s *Screen) Animated(f kit.Frame) bool {
	g := s.group(f)
	return g != nil && g.Rebalancing()
}

// Update handles the mouse wheel.
func (s *Screen) Update(_ kit.Frame, msg tea.Msg) tea.Cmd {
	if wheel, is := msg.(tea.MouseWheelMsg); is {
		s.Wheel(wheel.Button)
	}
	return nil
}

func (s *Screen) turn(f kit.Frame, step int) tea.Cmd {
	s.cursor.Turn(s.group(f), step)
	return kit.Ask(kit.Turned{Group: s.id, Rebalance: s.cursor.Chosen})
}

// pane is the rebalance that is shown.
func (s *Screen) pane(f kit.Frame, g *model.GroupView) cardPane {
	return cardPane{panes.Rebalance{
		F: f, G: g, Index: s.cursor.Shown(g), Topics: s.topics, Readings: s.readings, Cards: &s.cards, Width: f.Width - 2*kit.Margin, Extent: panes.OnCard,
	}, &s.pages}
}

// Render draws the group, its timeline, and one of its rebalances, as far down as it was scrolled.
func (s *Screen) Render(f kit.Frame) string {
	g := s.group(f)
	if g == nil {
		c := kit.NewCanvas(f.Width, f.Height)
		c.Put(kit.Box(kit.Margin, f.Height/3, f.Width-2*kit.Margin, 2), panes.Absent(f, s.id))
		return c.String()
	}
	if f.Density == kit.Presentation {
		return s.present(f, g)
	}
	c := kit.NewCanvas(f.Width, f.Height)
	inner := f.Width - 2*kit.Margin
	y := 0
	if f.Height >= kit.AiryHeight {
		y++
	}
	c.Put(kit.Box(kit.Margin, y, inner, 1), []string{phrase.GroupTitle(f, g, inner).Render(nil)})
	y++
	pane := s.pane(f, g)
	line := timeline{theme: f.Theme, rebalances: g.Rebalances, selected: pane.Index, now: f.Now}
	axis := line.lines(inner - 3)
	if f.Height < 20 && len(axis) > 2 {
		axis = axis[1:]
	}
	if f.Height >= kit.AiryHeight {
		y++
	}
	if len(axis) > 0 && f.Height >= 12 {
		c.Put(kit.Box(kit.Margin, y, inner, 1), []string{line.heading(inner, false).Render(nil)})
		c.Put(kit.Box(kit.Margin+2, y+1, inner-3, len(axis)), kit.RenderLines(axis, inner-3))
		y += 1 + len(axis)
		if f.Height >= kit.AiryHeight {
			y++
		}
	}
	lines := append([]lateLine{{line: pane.Heading(inner, true)}}, pane.page()...)
	c.Put(kit.Box(kit.Margin, y, inner, f.Height-y), s.lines(f, lines, inner, f.Height-y))
	return c.String()
}

// lines are those of the rebalance that are in sight.
func (s *Screen) lines(f kit.Frame, lines []lateLine, width, height int) []string {
	from, to := s.Window(len(lines), height)
	var drawn []string
	for _, l := range lines[from:to] {
		drawn = append(drawn, l.get().Truncate(width).Render(nil))
	}
	if more, is := s.More(f.Theme); is && len(drawn) > 1 {
		drawn[len(drawn)-1] = append(text.Of(text.Space(3)), more...).Truncate(width).Render(nil)
	}
	return drawn
}

// cardPane is a rebalance with all that there is to say of it.
type cardPane struct {
	panes.Rebalance
	pages *pageCache
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
func (p cardPane) page() []lateLine {
	if p.Index < 0 {
		return made(p.Lines()...)
	}
	r := p.G.Rebalances[p.Index]
	words := p.Cards.Of(r, p.Topics)
	page := p.pages.of(r, words, p.Topics)
	facts := append(p.Why(r), p.Who(r)...)
	facts = append(facts, p.Moved(r, words), p.Time(r), p.moments(r), p.Paused(r), p.Cost(r))
	facts = append(facts, p.Changes(r)...)
	facts = append(facts, p.Arrived()...)
	lines := append(made(append(facts, nil)...), p.sides(r, page)...)
	if len(page.pauses) > 0 {
		lines = append(lines, lateLine{})
		lines = append(lines, p.pauses(r, page)...)
	}
	return lines
}

// moments are the times of day at which the phases ended; a time that lies between two is marked.
func (p cardPane) moments(r *model.Rebalance) text.Line {
	th := p.F.Theme
	first, second := phrase.PhaseNames(r.Type)
	firstDone := "ended"
	if phrase.CountsEpochs(r.Type) {
		firstDone = "computed"
	}
	spans := []text.Span{text.S(th.Dim, "began "), text.S(th.Text, clockOf(p.F.Now, r.Began))}
	if !r.JoinEnded.IsZero() {
		spans = append(spans, text.S(th.Dim, "   "+first+" "+firstDone+" "), text.S(th.Text, clockOf(p.F.Now, r.JoinEnded)))
	}
	if r.JoinEnded.IsZero() {
		second = "settled"
	}
	spans = append(spans, text.S(th.Dim, "   "+second+" "), text.S(th.Text, clockOf(p.F.Now, r.Ended)))
	return p.Labelled("", spans...)
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
func (p cardPane) sides(r *model.Rebalance, words *pageWords) []lateLine {
	th := p.F.Theme
	half, number := (p.Width-kit.BandGap)/2, "generation "
	if phrase.CountsEpochs(r.Type) {
		number = "group epoch "
	}
	head := func(width int, title, note string) text.Line {
		return th.Section(width, false, title, text.S(th.Dim, note)).Fit(width, text.Left)
	}
	right := p.Width - kit.BandGap - half
	lines := made(append(append(head(half, "BEFORE", number+r.From.String()), text.Space(kit.BandGap)),
		head(right, "AFTER", number+r.To.String()+", "+text.Plural(r.MembersAfter, "member"))...))
	for i := range words.sides {
		row := &words.sides[i]
		lines = append(lines, lateLine{make: func() text.Line {
			return append(append(p.sideBefore(row).Fit(half, text.Left), text.Space(kit.BandGap)), p.sideAfter(row)...)
		}})
	}
	if len(words.sides) == 0 {
		lines = append(lines, made(text.Of(text.S(th.Dim, "   no assignments before or after")))...)
	}
	return lines
}

// sideBefore is what a lane owned.
func (p cardPane) sideBefore(row *sideWords) text.Line {
	th := p.F.Theme
	line := text.Of(text.Space(3))
	switch {
	case row.before != "":
		line = append(line, kit.ChipOver(th, row.lane), text.S(th.Text, " "+row.before))
	case row.was:
		line = append(line, kit.ChipOver(th, row.lane), text.S(th.Dim, " no partitions"))
	}
	return line
}

// sideAfter is what a lane kept, what it got and from whom, and what it gave away and to whom.
func (p cardPane) sideAfter(row *sideWords) text.Line {
	th := p.F.Theme
	line := text.Of(text.Space(3))
	switch {
	case row.gone && row.lane == model.Nobody:
		return nil
	case row.gone:
		line = append(line, text.S(th.Dim, " – left"))
	case row.lane == model.Nobody:
		line = append(line, text.S(th.Warn.Bold(true), " – "), text.S(th.Warn, " unassigned"))
	default:
		line = append(line, kit.Chip(th, row.lane))
	}
	if row.kept != "" {
		line = append(line, text.S(th.Text, " "+row.kept))
	}
	for _, m := range row.gained {
		line = append(line, text.S(th.Lane(row.lane).Bold(true), " +"+m.What), text.S(th.Dim, "◂"), text.S(th.Lane(m.From), m.From.String()))
	}
	for _, m := range row.lost {
		line = append(line, text.S(th.Dim, " −"+m.What+"▸"), text.S(th.Lane(m.To), m.To.String()))
	}
	if !row.gone && row.kept == "" && len(row.gained) == 0 && row.lane != model.Nobody {
		line = append(line, text.S(th.Warn, " idle"))
	}
	return line
}

// pauses is for how long nobody read each partition that moved, the longest first.
func (p cardPane) pauses(r *model.Rebalance, words *pageWords) []lateLine {
	th := p.F.Theme
	note := text.S(th.Dim, "the longest first")
	if !r.Cost.Complete {
		note = text.S(th.Warn, "still counting")
	}
	lines := made(th.Section(p.Width, false, "PAUSES", note))
	for _, q := range words.pauses {
		lines = append(lines, lateLine{make: func() text.Line { return p.pause(q, words.longest, words.name, r.Cost.Complete) }})
	}
	return lines
}

func (p cardPane) pause(q *model.Pause, longest time.Duration, name int, complete bool) text.Line {
	th := p.F.Theme
	cells := func(d time.Duration) int { return int((d*pauseBarWidth + longest - 1) / longest) }
	style, solid := th.Calm(th.Bad), cells(q.AtLeast)
	hatched := max(0, cells(q.AtMost.Or(0))-solid)
	bar := text.Of(text.S(style, strings.Repeat("█", solid)), text.S(style, strings.Repeat("░", hatched)))
	if !q.AtMost.Known() {
		bar = append(bar, text.S(th.Bad, "▸"))
	}
	line := text.Of(text.Space(3)).Fit(3, text.Left)
	line = append(line, text.Of(text.S(th.Text, strip.Label(q.TopicPartition, name))).Fit(name+2, text.Left)...)
	line = append(line, text.Of(text.S(th.Strong, phrase.Pause(q.AtLeast, q.AtMost))).Fit(12, text.Left)...)
	line = append(line, bar.Fit(pauseBarWidth+3, text.Left)...)
	switch {
	case q.Quiet:
		return append(line, text.S(th.Dim, "nothing to read"))
	case !q.Resumed && complete:
		return append(line, text.S(th.Bad, "not seen resumed"))
	case !q.Resumed:
		return append(line, text.S(th.Bad, "still paused"))
	}
	return append(line, text.S(th.Dim, phrase.LagAdded(q.LagAdded)+"   "+phrase.Reprocessed(q.Reprocessed)))
}

// Subjects are the rebalance first, then the group.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	g := s.group(f)
	if g == nil {
		all = subject.OfGroup(s.id, subject.State)
		return all, all[0]
	}
	all = append(panes.OfCard(g, s.cursor), subject.OfGroup(s.id, subject.Timeline, subject.State, subject.Storm)...)
	return all, all[0]
}
