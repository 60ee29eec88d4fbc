// Package compare is the screen that shows the newest rebalance of several groups side by side on one time scale.
package compare

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/strip"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// Screen shows groups side by side: what the newest rebalance did to each, and for how long nobody read which
// partition, all on one scale of time.
type Screen struct {
	kit.Scroller
	only []string // the groups, in this order; nil is all that have rebalanced
}

// New compares these groups; nil compares all that have rebalanced.
func New(groups []string) *Screen { return &Screen{only: groups} }

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	return []kit.KeyTable{{
		Title: "Groups side by side", Note: "`c` in the list of groups or `:compare` opens it.", Bindings: New(nil).Keys(kit.Frame{}).Bindings(),
	}}
}

// Keys scroll.
func (s *Screen) Keys(kit.Frame) kit.Keys { return s.Scroller.Keys() }

// Update handles the mouse wheel.
func (s *Screen) Update(_ kit.Frame, msg tea.Msg) tea.Cmd {
	if wheel, is := msg.(tea.MouseWheelMsg); is {
		s.Wheel(wheel.Button)
	}
	return nil
}

// Observe has nothing to keep of a view.
func (s *Screen) Observe(kit.Frame) {}

// Typing is false: there is no field.
func (s *Screen) Typing() bool { return false }

// Animated reports whether a group is rebalancing.
func (s *Screen) Animated(f kit.Frame) bool {
	return slices.ContainsFunc(s.groups(f), func(g *model.GroupView) bool { return g.Rebalancing() })
}

// groups are those that are shown.
func (s *Screen) groups(f kit.Frame) []*model.GroupView {
	if f.View == nil {
		return nil
	}
	var shown []*model.GroupView
	if s.only == nil {
		return lastRebalanced(f.View)
	}
	for _, name := range s.only {
		if g := f.View.Group(name); g != nil {
			shown = append(shown, g)
		}
	}
	return shown
}

// lastRebalanced are the groups whose last rebalance was seen last, at most compareMost of them, by their names.
func lastRebalanced(v *model.View) []*model.GroupView {
	shown := slices.DeleteFunc(slices.Clone(v.Groups), func(g *model.GroupView) bool { return len(g.Rebalances) == 0 })
	if len(shown) > compareMost {
		slices.SortStableFunc(shown, func(a, b *model.GroupView) int { return b.LastRebalance().SeenAt.Compare(a.LastRebalance().SeenAt) })
		shown = shown[:compareMost]
		slices.SortFunc(shown, func(a, b *model.GroupView) int { return strings.Compare(a.ID, b.ID) })
	}
	return shown
}

// comparisons are what is shown of each group. In a step of the tour only what has happened since its actions counts.
func (s *Screen) comparisons(f kit.Frame) []ownership.Comparison {
	var since time.Time
	if f.View != nil && f.View.Tour != nil && s.only != nil {
		if since = f.View.Tour.Began; since.IsZero() {
			since = f.View.At // it is being prepared: what happens now is not what is to be compared
		}
	}
	var all []ownership.Comparison
	for _, g := range s.groups(f) {
		all = append(all, ownership.Compare(g, since))
	}
	return all
}

// timeScale puts times of rebalances on cells.
type timeScale struct {
	from, to time.Duration
	cells    int
}

func (t timeScale) cell(d time.Duration) int {
	span := max(time.Millisecond, t.to-t.from)
	return int(max(0, min(int64(t.cells), (int64(d-t.from)*int64(t.cells)+int64(span)/2)/int64(span))))
}

const (
	compareLabel = 24  // cells of what a row is about
	compareTook  = 12  // cells of how long it took
	compareWide  = 100 // cells of a screen whose heading has room for all of its words
	compareMost  = 12  // groups, of those that nobody named
)

// Render draws the groups one below the other, on one scale of time.
func (s *Screen) Render(f kit.Frame) string {
	c := kit.NewCanvas(f.Width, f.Height)
	inner := f.Width - 2*kit.Margin
	all := s.comparisons(f)
	scale := timeScale{to: 100 * time.Millisecond, cells: max(8, inner-compareLabel-compareTook-2)}
	for _, one := range all {
		for _, row := range one.Rows {
			scale.from, scale.to = min(scale.from, row.From), max(scale.to, row.To)
		}
	}
	th := f.Theme
	words := "pauses of the partitions"
	if s.only == nil && len(all) == compareMost {
		words = fmt.Sprintf("the %d groups that rebalanced last; ", compareMost) + words
	}
	if f.Width >= compareWide {
		words += ", from the start of the rebalance"
	}
	head := th.Section(inner, false, "SIDE BY SIDE", text.S(th.Dim, words))
	room := f.Height - 2
	blank := 0
	if f.Height >= kit.AiryHeight {
		room--
		blank = 1
	}
	var lines []text.Line
	for _, merge := range []bool{false, true} { // where there is no room for each partition, those alike share a line
		lines = nil
		for i := range all {
			lines = append(lines, s.lines(f, &all[i], scale, merge, inner)...)
			if blank > 0 && !merge {
				lines = append(lines, nil)
			}
		}
		if len(lines) <= room {
			break
		}
	}
	if len(all) == 0 {
		lines = []text.Line{text.Of(text.S(th.Dim, " no rebalance since regroup started"))}
	}
	from, to := s.Window(len(lines), room)
	c.Put(kit.Box(kit.Margin, blank, inner, 1), kit.RenderLines([]text.Line{head}, inner))
	c.Put(kit.Box(kit.Margin, blank+1, inner, room), kit.RenderLines(lines[from:to], inner))
	c.Put(kit.Box(kit.Margin, f.Height-1, inner, 1), kit.RenderLines([]text.Line{s.axis(f, scale)}, inner))
	return c.String()
}

// lines are a group: a summary, and a bar for each paused partition.
func (s *Screen) lines(f kit.Frame, c *ownership.Comparison, scale timeScale, merge bool, width int) []text.Line {
	lines := []text.Line{s.title(f, c, width)}
	rows := c.Rows
	if merge {
		rows = merged(rows)
	}
	for i := range rows {
		lines = append(lines, s.row(f, &rows[i], scale))
	}
	if kept := c.Of - c.Stopped - c.MayStop; len(c.Rebalances) > 0 && kept > 0 {
		label := text.Of(text.Space(3), text.S(f.Theme.Text, text.Plural(kept, "partition")+" kept")).Fit(compareLabel, text.Left)
		lines = append(lines, append(label, text.S(f.Theme.Calm(f.Theme.Good), strings.Repeat("─", scale.cells)), text.S(f.Theme.Good, "  never paused")))
	}
	return lines
}

// merged makes one row of those that moved, as long as the longest of them.
func merged(rows []ownership.PausedTime) []ownership.PausedTime {
	var out []ownership.PausedTime
	for _, row := range rows {
		if n := len(out); n > 0 && !row.Kept && !out[n-1].Kept {
			last := &out[n-1]
			count := last.Count + row.Count
			open, earlier := last.Ongoing || row.Ongoing, last.StartUnknown || row.StartUnknown
			if row.AtMost() > last.AtMost() {
				*last = row
			}
			last.Count, last.Ongoing, last.StartUnknown = count, open, earlier
			continue
		}
		out = append(out, row)
	}
	return out
}

func (s *Screen) title(f kit.Frame, c *ownership.Comparison, width int) text.Line {
	th, g := f.Theme, c.Group
	sign, style := th.State(g.State)
	line := text.Of(text.S(style, sign+" "), text.S(th.Strong, text.Name(g.ID)), text.Space(2))
	if width >= 100 {
		line = append(line, phrase.AssignorFact(th, g)...)
	}
	if len(c.Rebalances) == 0 {
		return append(line, text.S(th.Dim, "  no rebalance yet"))
	}
	figures := text.Of(
		text.S(th.Strong, fmt.Sprintf("%d of %d", c.Moved, c.Of)), text.S(th.Dim, " moved   "),
		text.S(stoppedStyle(f, c), stopped(c)), text.S(th.Dim, " stopped   longest "),
		text.S(th.Strong, unreadFor(&c.Longest)))
	if c.AllStopped.Count > 0 && width >= 100 {
		figures = append(figures, text.S(th.Dim, "   whole group stopped "), text.S(th.Bad.Bold(true), unreadFor(&c.AllStopped)))
	}
	return text.Between(line, figures, width)
}

// stopped is how many partitions stopped: a range where that is not known of those that stayed.
func stopped(c *ownership.Comparison) string {
	if c.MayStop > 0 {
		return fmt.Sprintf("%d–%d of %d", c.Stopped, c.Stopped+c.MayStop, c.Of)
	}
	return fmt.Sprintf("%d of %d", c.Stopped, c.Of)
}

func stoppedStyle(f kit.Frame, c *ownership.Comparison) (style lipgloss.Style) {
	switch {
	case c.MayStop > 0:
		return f.Theme.Strong
	case c.Stopped == c.Of:
		return f.Theme.Bad.Bold(true)
	}
	return f.Theme.Good.Bold(true)
}

// row is a bar: solid while the partitions were certainly paused, hatched while they may have been.
func (s *Screen) row(f kit.Frame, p *ownership.PausedTime, scale timeScale) text.Line {
	th := f.Theme
	label := text.Of(text.Space(3))
	switch {
	case p.Kept:
		label = append(label, text.S(th.Text, text.Plural(p.Count, "partition")+" kept"))
	case p.Count > 1:
		label = append(label, text.S(th.Text, text.Plural(p.Count, "partition")+" moved"))
	default:
		label = append(label, text.S(th.Text, strip.Label(p.TopicPartition, compareLabel-12)+" "), kit.Chip(th, p.Old), text.S(th.Dim, "→"), kit.Chip(th, p.New))
	}
	from, sureFrom, sureTo, to := scale.cell(p.From), scale.cell(p.CertainFrom), scale.cell(p.CertainTo), scale.cell(p.To)
	if to == from { // however short it was, it was
		to = min(scale.cells, from+1)
		from = to - 1
	}
	bar := th.Calm(th.Bad)
	line := append(label.Fit(compareLabel, text.Left),
		text.S(th.Faint, strings.Repeat("·", from)), text.S(bar, strings.Repeat("░", max(0, min(sureFrom, to)-from))),
		text.S(bar, strings.Repeat("█", max(0, sureTo-sureFrom))), text.S(bar, strings.Repeat("░", max(0, to-max(sureTo, from)))),
		text.S(th.Faint, strings.Repeat("·", max(0, scale.cells-to))))
	line = line.Fit(compareLabel+scale.cells, text.Left)
	if p.Ongoing {
		return append(line, text.S(th.Bad, "  still paused"))
	}
	return append(line, text.S(th.Text, "  "+unreadFor(p)))
}

// unreadFor is for how long nobody read: at least and at most, or only at least where it is not known what there was
// before, or what comes after.
func unreadFor(p *ownership.PausedTime) string {
	switch {
	case (p.StartUnknown || p.Ongoing) && p.AtLeast() == 0:
		return "unknown"
	case p.StartUnknown || p.Ongoing:
		return "≥ " + text.Duration(p.AtLeast())
	}
	return text.DurationBetween(p.AtLeast(), p.AtMost())
}

// axis is the scale of time: a mark where the rebalance began, and one at the end.
func (s *Screen) axis(f kit.Frame, scale timeScale) text.Line {
	zero := scale.cell(0)
	end := text.Duration(scale.to)
	mark, at := "↑ start", compareLabel+zero
	if zero+text.Width(mark)+2+text.Width(end) > scale.cells {
		mark = "start ↑"
		at -= text.Width(mark) - 1
	}
	line := text.Of(text.Space(at), text.S(f.Theme.Dim, mark))
	line = line.Fit(max(line.Width()+2, compareLabel+scale.cells-text.Width(end)), text.Left)
	return append(line, text.S(f.Theme.Dim, end))
}

// Subjects are what the newest rebalance of each group did, and what it cost.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	for _, c := range s.comparisons(f) {
		if len(c.Rebalances) == 0 {
			continue
		}
		for _, subject := range subject.OfRebalance(c.Rebalances[len(c.Rebalances)-1]) {
			subject.Group = c.Group.ID // its name stands with each of them
			all = append(all, subject)
		}
	}
	return all, subject.First(all)
}
