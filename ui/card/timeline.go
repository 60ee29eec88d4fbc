package card

import (
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/spark"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// timelineWindows are the times that a timeline can look back.
var timelineWindows = []time.Duration{
	30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour,
	6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour,
}

const (
	// timelineWhole is the age up to which all rebalances are shown; one that is older is shown while it is selected.
	timelineWhole = time.Hour
	// timelineTop is how many rebalances in one cell reach the top of it, at least.
	timelineTop = 4
)

// timeline is the rebalances of a group on a time axis: a letter each for the family of their causes, and above it how
// many there are in one place, so that a storm is seen as what it is.
type timeline struct {
	theme      *theme.Theme
	rebalances []*model.Rebalance // oldest first
	selected   int                // -1 is none
	now        time.Time
}

// window is how far back the left edge is.
func (t timeline) window() time.Duration {
	back := time.Duration(0)
	for i, r := range t.rebalances {
		if age := t.now.Sub(r.End()); age <= timelineWhole || i == t.selected {
			back = max(back, age)
		}
	}
	for _, w := range timelineWindows {
		if back <= w {
			return w
		}
	}
	return back
}

// cell is what a cell of the axis stands for.
type cell struct {
	count    int
	family   phrase.Family // the heaviest
	selected bool
}

func (t timeline) cells(width int, window time.Duration) []cell {
	cells := make([]cell, width)
	for i, r := range t.rebalances {
		age := max(0, t.now.Sub(r.End()))
		if age > window {
			continue
		}
		c := &cells[int(int64(width-1)*int64((window-age)/time.Millisecond)/int64(window/time.Millisecond))]
		c.count += max(1, r.AtLeast)
		if f := phrase.FamilyOf(r); c.family.Letter == "" || f.Weight > c.family.Weight {
			c.family = f
		}
		c.selected = c.selected || i == t.selected
	}
	return cells
}

// heading tells what the letters mean: only those that are there.
func (t timeline) heading(width int, focused bool) text.Line {
	window := t.window()
	notes := []text.Span{text.S(t.theme.Dim, text.Plural(len(t.rebalances), "rebalance")+", last "+panes.WindowName(window)), text.Space(2)}
	seen := map[phrase.Family]bool{}
	for _, r := range t.rebalances {
		if f := phrase.FamilyOf(r); !seen[f] && t.now.Sub(r.End()) <= window {
			seen[f] = true
			notes = append(notes, text.S(f.Style(t.theme).Bold(true), f.Letter), text.S(t.theme.Dim, " "+f.Words+"  "))
		}
	}
	last := &notes[len(notes)-1]
	last.Text = strings.TrimRight(last.Text, " ")
	return t.theme.Section(width, focused, "TIMELINE", notes...)
}

// lines draws the axis in width cells: how many, which, when. The first is left out where one cell never has several.
func (t timeline) lines(width int) []text.Line {
	if width <= 0 || len(t.rebalances) == 0 {
		return nil
	}
	window := t.window()
	cells := t.cells(width, window)
	var bars, letters text.Line
	several := false
	counts := make([]int64, 0, width)
	for _, c := range cells {
		counts = append(counts, int64(c.count))
		several = several || c.count > 1
	}
	heights := []rune(spark.Line(counts, width, timelineTop))
	for i, c := range cells {
		if c.count == 0 {
			bars, letters = extend(bars, text.Space(1)), extend(letters, text.S(t.theme.Faint, "─"))
			continue
		}
		style := c.family.Style(t.theme)
		bars = append(bars, text.S(t.theme.Calm(style), string(heights[i])))
		if c.selected {
			style = style.Bold(true).Reverse(true)
		}
		letters = append(letters, text.S(style, c.family.Letter))
	}
	if several {
		return []text.Line{bars, letters, t.axis(cells, window)}
	}
	return []text.Line{letters, t.axis(cells, window)}
}

// extend appends a span, to the last one if they look the same.
func extend(line text.Line, s text.Span) text.Line {
	if n := len(line); n > 0 {
		last := line[n-1]
		last.Text = s.Text
		if last == s {
			line[n-1].Text += s.Text
			return line
		}
	}
	return append(line, s)
}

// axis points at the selected one and writes its time beside it; the ends of the axis are written where there is room.
func (t timeline) axis(cells []cell, window time.Duration) text.Line {
	width := len(cells)
	left, right := panes.WindowName(window)+" ago", "now"
	pointer, from := "", -1
	for i, c := range cells {
		if c.selected {
			pointer, from = "▲ "+text.Clock(t.now, t.rebalances[t.selected].End()), i
			if i+text.Width(pointer) > width { // to the left of it
				pointer = strings.TrimPrefix(pointer, "▲ ") + " ▲"
				from = i + 1 - text.Width(pointer)
			}
		}
	}
	if from < 0 && pointer != "" { // no room for its time
		pointer, from = "", -1
	}
	var line text.Line
	at := 0
	put := func(x int, s text.Span) {
		if x >= at && x+text.Width(s.Text) <= width {
			line = append(line, text.Space(x-at), s)
			at = x + text.Width(s.Text)
		}
	}
	if from < 0 || text.Width(left) < from {
		put(0, text.S(t.theme.Dim, left))
	}
	if from >= 0 {
		put(from, text.S(t.theme.Strong, pointer))
	}
	if x := width - text.Width(right); x > at {
		put(x, text.S(t.theme.Dim, right))
	}
	return line
}
