// Package strip draws who owned what: one row a partition, time from left to right, a block for as long as one member
// owned it, dots while nobody read it.
package strip

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// The signs of a row. They tell everything without colour: ──A── is owned and read, ╌╌╌ is owned by nobody. ··· is not
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
	Spans      []model.OwnershipSpan // oldest first, the last one is now
	Partitions []model.TopicPartition
	Selected   int // the row that stays in sight; -1 is none
	// Pitch is the lines from one partition to the next: from 2 on, the last of them is blank. 0 is 1.
	Pitch  int
	Now    time.Time
	Window time.Duration // how far back the left edge is
	// Missed are the partitions that nobody reads now although somebody should: without an owner, or with one that has not
	// begun. They stand out.
	Missed map[model.TopicPartition]bool
	// Rebalances tell by their pauses when a partition was not read although somebody owned it. The order does not matter.
	Rebalances []*model.Rebalance
	// Joined is when the join of the rebalance that is under way had ended; zero is that it goes on.
	Joined time.Time
	// Stopped are the owners that surely do not read any more, and since when.
	Stopped map[model.Slot]time.Time
	// Appeared is when partitions appeared that were not always there: what was before is blank.
	Appeared map[model.TopicPartition]time.Time
	// Protocol is the group's. What members did in a rebalance of the past goes by that rebalance's own, if it is in Rebalances.
	Protocol model.RebalanceProtocol
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
		cells, pens := s.columns(track), s.pens()
		for i, tp := range shown {
			for line := range bars {
				name := text.Of(text.Space(label))
				if line == bars/2 {
					name = s.label(tp, label, first+i == s.Selected, cut)
				}
				lines = append(lines, append(name, s.row(pens, cells, tp, line != bars/2)...))
			}
			if pitch > 1 {
				lines = append(lines, nil)
			}
		}
		if height > len(lines) && len(s.Spans) > 0 && count > 0 {
			lines = append(lines, append(text.Of(text.Space(label)), s.axis(cells)...))
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
	if s.Missed[tp] {
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
	missed   bool // it is now, and nobody reads
	reads    []reading
}

// runs joins the cells of a row.
func (s Strip) runs(cells []column, reads []reading, tp model.TopicPartition) []run {
	var all []run
	appeared := 0
	if at, late := s.Appeared[tp]; late {
		appeared = s.border(len(cells), at)
	}
	for i, c := range cells {
		next := run{from: i, to: i + 1, span: c.span, gap: c.gap, blank: c.span < 0 || i < appeared && s.owner(c, tp) == model.Nobody}
		switch {
		case next.blank:
			next.gap = false
		case c.gap:
			next.lane = s.keptThrough(c, tp)
			if (c.incremental || c.unsure) && reads != nil && reads[i] != unread { // it was let go later, or taken earlier
				next.lane = s.owner(c, tp)
			}
			next.gap = next.lane == model.Nobody
		default:
			next.lane = s.owner(c, tp)
		}
		if n := len(all); n > 0 {
			last := &all[n-1]
			touches := !last.gap && !next.gap && !last.blank && !next.blank
			next.seam = touches && s.Spans[last.span].Generation != s.Spans[next.span].Generation
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
func (s Strip) row(pens *pens, cells []column, tp model.TopicPartition, bare bool) text.Line {
	reads := s.reads(tp, cells)
	runs := s.runs(cells, reads, tp)
	if n := len(runs); n > 0 && !runs[n-1].gap && !runs[n-1].blank {
		runs[n-1].missed = s.Missed[tp]
	}
	line := make(text.Line, 0, 4*len(runs))
	for _, r := range runs {
		if reads != nil {
			r.reads = reads[r.from:r.to]
		}
		r.bare = bare
		line = s.block(line, pens, r)
	}
	return line
}

// pens are the styles of blocks as spans without text: a frame has hundreds of blocks and a few looks.
type pens struct {
	theme  *theme.Theme
	dim    text.Span
	missed pen
	made   map[look]pen
}

type look struct {
	lane model.Slot
	over bool
}

type pen struct{ fill, letter, gap text.Span }

func (s Strip) pens() *pens {
	warn := text.S(s.Theme.Warn, "")
	return &pens{theme: s.Theme, dim: text.S(s.Theme.Dim, ""), missed: pen{warn, text.S(s.Theme.Warn.Bold(true), ""), warn}, made: map[look]pen{}}
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
func (s Strip) block(line text.Line, pens *pens, r run) text.Line {
	width := r.to - r.from
	switch {
	case r.blank:
		return append(line, text.Space(width))
	case r.gap:
		return append(line, written(pens.dim, repeat(gap, width)))
	}
	pen := pens.of(r.lane, r.span < len(s.Spans)-1)
	word := r.lane.String()
	if r.lane == model.Nobody {
		word, r.reads = fitting(width, " nobody ", " – ", ""), nil
		if r.missed {
			pen = pens.missed
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
	line = append(r.fill(line, pen, from, left), written(pen.letter, word))
	return r.fill(line, pen, right, width)
}

// fill appends the cells of a run from one to another, without its letter.
func (r run) fill(line text.Line, pen pen, from, to int) text.Line {
	for from < to {
		next := to
		sign, style := owned, pen.fill
		if r.reads != nil {
			next = from + 1
			for next < to && r.reads[next] == r.reads[from] {
				next++
			}
			switch r.reads[from] {
			case perhaps:
				sign, style = doubt, pen.gap
			case unread:
				sign, style = gap, pen.gap
			}
		}
		if r.lane == model.Nobody {
			sign = nobody
		}
		line = append(line, written(style, repeat(sign, next-from)))
		from = next
	}
	return line
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
		label := s.Spans[c.span].Generation.String()
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
			return s.Spans[b.span].Generation != s.Spans[cells[i].span].Generation
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
