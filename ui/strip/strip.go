// Package strip draws the owners of partitions over time: one row per partition, a block while one member owned it, dots
// while it had no active consumer.
package strip

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// The signs of a row, readable without colour: ──A── is owned and read, ╌╌╌ is owned by nobody. ··· is not
// read by anybody: a rebalance, or an owner that had stopped or not begun. ┈┈┈ is owned, and whether it was read is not
// known.
const (
	owned   = "─"
	nobody  = "╌"
	gap     = "·"
	doubt   = "┈"
	seam    = "▏" // another generation begins and no gap was seen
	pointer = "▸ "
)

// labelKept is the widest that a row's label gets, in cells.
const labelKept = 24

// Strip is what is drawn.
type Strip struct {
	Theme      *theme.Theme
	Timeline   *ownership.Timeline
	Partitions []model.TopicPartition
	Selected   int // the row that stays in sight; -1 is none
	// Pitch is the lines from one partition to the next: from 2 on, the last of them is blank. 0 is 1.
	Pitch  int
	Now    time.Time
	Window time.Duration // how far back the left edge is
}

// Window is the part of n rows that is drawn where there is room for so many: from first, count of them. The selected
// one is in its middle as far as the ends allow.
func Window(n, room, selected int) (first, count int) {
	count = max(0, min(n, room))
	first = min(max(0, selected-count/2), n-count)
	return first, count
}

// Rows is how many partitions fit into a height; the axis takes a line.
func Rows(height int) int {
	if height < 3 {
		return height
	}
	return height - 1
}

// Lines draws the strip in exactly height lines of exactly width cells.
func (s Strip) Lines(width, height int) []text.Line {
	if width <= 0 || height <= 0 {
		return nil
	}
	pitch := max(1, s.Pitch)
	bars := max(1, pitch-1)
	first, count := Window(len(s.Partitions), Rows(height)/pitch, s.Selected)
	shown := s.Partitions[first : first+count]
	label, cut := s.labelWidth(shown, width)
	track := width - label
	if cut = cut && s.oneTopic(); cut { // what is left of the name would say nothing
		label = 0
		for _, tp := range shown {
			label = max(label, 4+len(strconv.Itoa(int(tp.Partition))))
		}
		track = width - label
	}
	lines := make([]text.Line, 0, height)
	if track < 2 { // no room for a picture
		for i, tp := range shown {
			lines = append(lines, s.label(tp, width, first+i == s.Selected, false))
		}
	} else {
		p := s.painter(track)
		for i, tp := range shown {
			for line := range bars {
				name := text.Of(text.Space(label))
				if line == bars/2 {
					name = s.label(tp, label, first+i == s.Selected, cut)
				}
				lines = append(lines, append(name, p.row(tp, line != bars/2)...))
			}
			if pitch > 1 {
				lines = append(lines, nil)
			}
		}
		if height > len(lines) && len(s.Timeline.Spans) > 0 && count > 0 {
			lines = append(lines, append(text.Of(text.Space(label)), s.axis(p.cells)...))
		}
	}
	for i := range lines {
		lines[i] = lines[i].Fit(width, text.Left)
	}
	for len(lines) < height {
		lines = append(lines, text.Of(text.Space(width)))
	}
	return lines
}

// oneTopic says that the number alone tells a partition from the others.
func (s Strip) oneTopic() bool {
	return !slices.ContainsFunc(s.Partitions, func(tp model.TopicPartition) bool { return tp.Topic != s.Partitions[0].Topic })
}

// labelWidth is how wide the labels become, and whether that cuts one of them.
func (s Strip) labelWidth(shown []model.TopicPartition, width int) (label int, cut bool) {
	widest := 0
	for _, tp := range shown {
		widest = max(widest, text.Width(Label(tp, labelKept)))
	}
	widest += 4 // a sign and a blank before it, two blanks behind it
	return min(widest, width*2/5), widest > width*2/5
}

func (s Strip) label(tp model.TopicPartition, width int, selected, bare bool) text.Line {
	sign, style := "  ", s.Theme.Text
	if selected {
		sign, style = pointer, s.Theme.Strong
	}
	if s.Timeline.Now.Alarming(tp) {
		style = s.Theme.Warn.Bold(selected)
	}
	name := strconv.Itoa(int(tp.Partition))
	if !bare {
		name = Label(tp, max(1, width-4))
	}
	return text.Of(text.S(s.Theme.Info, sign), text.S(style, name)).Fit(width, text.Left)
}

// run is neighbouring cells of a row that are drawn as one block.
type run struct {
	from, to int
	span     int // of the first cell
	gap      bool
	blank    bool // regroup was not looking yet, or there was no such partition
	lane     model.Slot
	seam     bool // it touches the block before it, and another generation begins
	bare     bool // it has no letter in it
	alarming bool // it is now, and nobody reads although the group is stable
}

// painter draws the rows of a strip.
type painter struct {
	Strip
	cells     []column
	intervals []ownership.Interval // of the partition that is drawn
	shown     []int                // the interval that each cell shows
	pens      *pens
}

func (s Strip) painter(width int) *painter {
	return &painter{Strip: s, cells: s.columns(width), shown: make([]int, width), pens: s.pens()}
}

// runs joins the cells of a row.
func (p *painter) runs(tp model.TopicPartition) []run {
	var all []run
	for i, c := range p.cells {
		next := run{from: i, to: i + 1, span: c.span, blank: c.span < 0}
		if !next.blank {
			reading := p.intervals[p.shown[i]].Reading
			next.blank = reading.Evidence == ownership.NotCreated
			next.gap = c.gap && !next.blank && (reading.Kind == ownership.Unknown || reading.Kind == ownership.NoActiveConsumer || reading.Kind == ownership.Unassigned)
			if !next.gap && !next.blank {
				next.lane = p.owner(c, tp)
			}
		}
		if n := len(all); n > 0 {
			last := &all[n-1]
			touches := !last.gap && !next.gap && !last.blank && !next.blank
			next.seam = touches && p.Timeline.Spans[last.span].Generation != p.Timeline.Spans[next.span].Generation
			if last.gap == next.gap && last.blank == next.blank && last.lane == next.lane && !next.seam {
				last.to, last.span = i+1, next.span
				continue
			}
		}
		all = append(all, next)
	}
	return all
}

// row is a line of a partition; one that is bare has no letters in its blocks.
func (p *painter) row(tp model.TopicPartition, bare bool) text.Line {
	p.read(tp)
	runs := p.runs(tp)
	if n := len(runs); n > 0 && !runs[n-1].gap && !runs[n-1].blank {
		runs[n-1].alarming = p.Timeline.Now.Alarming(tp)
	}
	line := make(text.Line, 0, 4*len(runs))
	for _, r := range runs {
		r.bare = bare
		line = p.block(line, r)
	}
	return line
}

// pens are the styles of blocks as spans without text: a frame has hundreds of blocks and a few looks.
type pens struct {
	theme *theme.Theme
	dim   text.Span
	alarm pen
	made  map[look]pen
}

type look struct {
	lane model.Slot
	over bool
}

type pen struct{ fill, letter, gap text.Span }

func (s Strip) pens() *pens {
	warn := text.S(s.Theme.Warn, "")
	return &pens{theme: s.Theme, dim: text.S(s.Theme.Dim, ""), alarm: pen{warn, text.S(s.Theme.Warn.Bold(true), ""), warn}, made: map[look]pen{}}
}

func (p *pens) of(lane model.Slot, over bool) pen {
	l := look{lane, over}
	made, known := p.made[l]
	if !known {
		fill, letter := p.theme.Block(lane, over)
		made = pen{text.S(fill, ""), text.S(letter, ""), text.S(fill.Foreground(letter.GetForeground()), "")}
		p.made[l] = made
	}
	return made
}

func written(s text.Span, what string) text.Span {
	s.Text = what
	return s
}

// signs is a row of each sign to cut from.
var signs = map[string]string{owned: strings.Repeat(owned, 512), doubt: strings.Repeat(doubt, 512), nobody: strings.Repeat(nobody, 512), gap: strings.Repeat(gap, 512)}

func repeat(sign string, n int) string {
	if row := signs[sign]; n*len(sign) <= len(row) {
		return row[:n*len(sign)]
	}
	return strings.Repeat(sign, n)
}

// block appends what a run looks like.
func (p *painter) block(line text.Line, r run) text.Line {
	width := r.to - r.from
	switch {
	case r.blank:
		return append(line, text.Space(width))
	case r.gap:
		return append(line, written(p.pens.dim, repeat(gap, width)))
	}
	pen := p.pens.of(r.lane, r.span < len(p.Timeline.Spans)-1)
	word := r.lane.String()
	if r.lane == model.Nobody {
		word = fitting(width, " unassigned ", " – ", "")
		if r.alarming {
			pen = p.pens.alarm
		}
	}
	if r.bare {
		word = ""
	}
	from := 0
	if r.seam {
		if width == 1 && !r.bare { // a block of one cell is its letter
			return append(line, written(pen.letter, cut(r.lane.String(), 1)))
		}
		line, from = append(line, written(pen.fill, seam)), 1
	}
	word = cut(word, width-from)
	left := from + (width-from-text.Width(word))/2
	right := left + text.Width(word)
	line = append(p.fill(line, r, pen, from, left), written(pen.letter, word))
	return p.fill(line, r, pen, right, width)
}

// fill appends the cells of a run from one to another, without its letter.
func (p *painter) fill(line text.Line, r run, pen pen, from, to int) text.Line {
	for from < to {
		sign, next := p.sign(r, from), from+1
		for next < to && p.sign(r, next) == sign {
			next++
		}
		style := pen.fill
		if sign == doubt || sign == gap {
			style = pen.gap
		}
		line = append(line, written(style, repeat(sign, next-from)))
		from = next
	}
	return line
}

// sign is how a cell of a run is drawn.
func (p *painter) sign(r run, cell int) string {
	if r.lane == model.Nobody {
		return nobody
	}
	switch p.intervals[p.shown[r.from+cell]].Kind {
	case ownership.MayRead, ownership.StillPaused:
		return doubt
	case ownership.NoActiveConsumer:
		return gap
	}
	return owned
}

// cut makes a word that is wider than its place the sign of having been cut.
func cut(word string, width int) string {
	if text.Width(word) > width {
		return text.Ellipsis
	}
	return word
}

// fitting is the first of the words that leaves a cell on both sides.
func fitting(width int, words ...string) string {
	for _, w := range words {
		if text.Width(w)+2 <= width {
			return w
		}
	}
	return ""
}

// axis writes each generation under the place where it begins, and now under the right edge. The newest have the right
// of way.
func (s Strip) axis(cells []column) text.Line {
	const now = "now"
	marks := []mark{{at: max(0, len(cells)-len(now)), text: now}}
	free := marks[0].at - 1 // the first cell that must stay blank
	for i := len(cells) - 1; i >= 0; i-- {
		c := cells[i]
		if c.span < 0 || c.gap || !s.begins(cells, i) {
			continue
		}
		label := s.Timeline.Spans[c.span].Generation.String()
		at := i
		if len(marks) == 1 { // the one that holds now may stand left of its place
			at = min(at, free-text.Width(label))
		}
		if at < 0 || at+text.Width(label) > free {
			continue
		}
		marks = append(marks, mark{at: at, text: label})
		free = at - 1
	}
	return s.marks(marks, len(cells))
}

type mark struct {
	at   int
	text string
}

// begins says that the cell is the first of its generation.
func (s Strip) begins(cells []column, i int) bool {
	for before := i - 1; before >= 0; before-- {
		b := cells[before]
		if b.span < 0 {
			return true
		}
		if !b.gap {
			return s.Timeline.Spans[b.span].Generation != s.Timeline.Spans[cells[i].span].Generation
		}
	}
	return true
}

// marks writes marks, which come from right to left. The leftmost generation says what the numbers are, if there is room.
func (s Strip) marks(marks []mark, width int) text.Line {
	if n := len(marks) - 1; n > 0 {
		oldest := &marks[n]
		if word := "gen " + oldest.text; oldest.at+text.Width(word) < marks[n-1].at {
			oldest.text = word
		}
	}
	var line text.Line
	at := 0
	for i := len(marks) - 1; i >= 0; i-- {
		style := s.Theme.Dim
		if i < 2 { // what holds now
			style = s.Theme.Text
		}
		line = append(line, text.Space(marks[i].at-at), text.S(style, marks[i].text))
		at = marks[i].at + text.Width(marks[i].text)
	}
	return line.Fit(width, text.Left)
}
