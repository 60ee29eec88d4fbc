package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// What is drawn for a projector: few things, and each of them large. A terminal of 80×24 cells is what a large font
// leaves of a screen, so all of it must do with that.

// bigRow is a member, a demo consumer or nobody: whose row it is, what is said of it, and what it owns.
type bigRow struct {
	lane        model.Lane
	over        bool // it has gone
	nobody      bool
	name, about text.Line
	owns        []model.TopicPartition
	instead     text.Line // what stands there in place of partitions
	right       string    // the number at the right edge
	rightAbout  string
	rightStyle  lipgloss.Style
	expectation map[model.TopicPartition]bool
}

// expect leaves places for partitions that the row is to own and does not yet.
func (r *bigRow) expect(tps []model.TopicPartition) {
	if r.expectation == nil {
		r.expectation = map[model.TopicPartition]bool{}
	}
	for _, tp := range tps {
		r.owns, r.expectation[tp] = append(r.owns, tp), true
	}
	slices.SortFunc(r.owns, model.TopicPartition.Compare)
}

// bigRows are rows with the partitions between them.
type bigRows struct {
	th       *theme.Theme
	rows     []bigRow
	selected int
	oneTopic bool
	journeys []journey
	now      time.Time

	width, height int
	lines, gap    int // of a row, and blank ones after it
	first, shown  int
	name          int // cells of the names
	right         int
	chipWidth     int
}

// arrange chooses the largest shapes of which all rows fit; where none do, the rows around the selected one are shown.
func (b *bigRows) arrange() {
	for _, size := range []struct{ lines, gap int }{{5, 1}, {3, 1}, {3, 0}, {1, 1}, {1, 0}} {
		b.lines, b.gap = size.lines, size.gap
		if size.lines == 5 && b.width < bigWide {
			continue
		}
		if len(b.rows)*b.pitch()-b.gap <= b.height {
			break
		}
	}
	b.shown = max(0, min(len(b.rows), (b.height+b.gap)/b.pitch()))
	b.first = min(max(0, b.selected-b.shown/2), len(b.rows)-b.shown)
	b.measure()
}

func (b *bigRows) pitch() int { return b.lines + b.gap }

// measure shares the width: what is owned gets what names and numbers leave.
func (b *bigRows) measure() {
	most := 1
	for _, r := range b.rows {
		b.name = max(b.name, r.name.Width(), r.about.Width())
		b.right = max(b.right, text.Width(r.right), text.Width(r.rightAbout))
		if !r.nobody {
			most = max(most, len(r.owns))
		}
	}
	b.name = min(b.name, max(8, b.width/5))
	if b.width < 50 {
		b.right = 0
	}
	widths := []int{9, 7, 5}
	if b.lines == 5 {
		widths = []int{13, 11, 9, 7}
	}
	if b.lines == 1 || !b.oneTopic {
		widths = []int{5}
	}
	for _, w := range widths {
		if b.chipWidth = w; (most+1)*(w+1) <= b.area() { // and one is on its way
			break
		}
	}
}

// letter is the cells of the block with a row's letter, the mark of the selected row before it included.
func (b *bigRows) letter() int {
	switch b.lines {
	case 1:
		return 2 + 3
	case 3:
		return 2 + 7
	}
	return 2 + 11
}

func (b *bigRows) left() int { return b.letter() + 2 + b.name + 2 }

// area is the cells of what is owned.
func (b *bigRows) area() int {
	right := 0
	if b.right > 0 {
		right = b.right + 2
	}
	return max(0, b.width-b.left()-right)
}

// least is the lines in which all rows have a shape that is seen from afar.
func (b *bigRows) least() int { return 3 * len(b.rows) }

// need is the lines that the rows take of a height.
func (b *bigRows) need(height int) int {
	b.height = height
	b.arrange()
	return max(0, b.shown*b.pitch()-b.gap)
}

// draw makes exactly height lines.
func (b *bigRows) draw(height int) []text.Line {
	b.height = height
	b.arrange()
	owned := make([][]text.Line, len(b.rows))
	for i := b.first; i < b.first+b.shown; i++ {
		owned[i] = b.owned(&b.rows[i])
	}
	var way *overlay
	if len(b.journeys) > 0 {
		way = b.stage(owned).overlay(b.journeys, b.now)
	}
	lines := make([]text.Line, 0, b.height)
	for y := range b.height {
		i, line := b.first+y/b.pitch(), y%b.pitch()
		if i >= b.first+b.shown {
			break
		}
		var left, middle, right text.Line
		if line < b.lines {
			left, middle, right = b.leftOf(i, line), owned[i][line], b.rightOf(i, line)
		}
		all := append(left.Fit(b.left(), text.Left), way.over(y, middle).Fit(b.area(), text.Left)...)
		if b.right > 0 {
			all = append(append(all, text.Space(2)), right.Fit(b.right, text.Right)...)
		}
		lines = append(lines, all.Truncate(b.width))
	}
	for len(lines) < b.height {
		lines = append(lines, nil)
	}
	return lines
}

// leftOf is a line of who it is: the letter large, the name, and what there is to say.
func (b *bigRows) leftOf(i, line int) text.Line {
	r, middle := &b.rows[i], b.lines/2
	mark := text.Space(2)
	if i == b.selected && line == middle {
		mark = text.S(b.th.Info, "▸ ")
	}
	var letter []text.Line
	size := b.letter() - 2
	switch {
	case r.nobody && len(r.owns) == 0:
		letter = hollowBlock("–", b.th.Dim, size, b.lines)
	case r.nobody:
		letter = hollowBlock("–", b.th.Warn, size, b.lines)
	case r.lane == model.Nobody: // it has no letter yet, or never had one
		letter = hollowBlock("?", b.th.Dim, size, b.lines)
	case r.over:
		letter = hollowBlock(r.lane.String(), b.th.Lane(r.lane), size, b.lines)
	default:
		letter = solidBlock(r.lane.String(), b.th.Chip(r.lane), size, b.lines)
	}
	out := append(text.Of(mark), letter[line].Fit(size+2, text.Left)...)
	switch line {
	case middle:
		return append(out, r.name.Fit(b.name, text.Left)...)
	case middle + 1:
		return append(out, r.about.Fit(b.name, text.Left)...)
	}
	return out
}

func (b *bigRows) rightOf(i, line int) text.Line {
	r := &b.rows[i]
	switch line - b.lines/2 {
	case 0:
		return text.Of(text.S(r.rightStyle, r.right))
	case 1:
		return text.Of(text.S(b.th.Dim, r.rightAbout))
	}
	return nil
}

// owned draws what a row owns: a block a partition, or fewer wide ones where they do not fit.
func (b *bigRows) owned(r *bigRow) []text.Line {
	out := make([]text.Line, b.lines)
	if len(r.owns) == 0 || len(r.instead) > 0 {
		out[b.lines/2] = r.instead.Truncate(b.area())
		return out
	}
	for _, c := range b.chips(r) {
		for i, line := range c.lines {
			if c.x > 0 {
				out[i] = append(out[i], text.Space(c.x-out[i].Width()))
			}
			out[i] = append(out[i], line...)
		}
	}
	for i := range out {
		out[i] = out[i].Truncate(b.area())
	}
	return out
}

type bigChip struct {
	tp    model.TopicPartition // the first of them
	x     int
	lines []text.Line
}

// chips are the blocks of a row and where they stand.
func (b *bigRows) chips(r *bigRow) []bigChip {
	var chips []bigChip
	add := func(tp model.TopicPartition, label string, hollow bool) {
		x := 0
		if n := len(chips); n > 0 {
			x = chips[n-1].x + chips[n-1].lines[0].Width() + 1
		}
		width := max(b.chipWidth, text.Width(label)+2)
		lines := hollowBlock(label, b.th.Lane(r.lane), width, b.lines)
		switch {
		case r.nobody:
			lines = hollowBlock(label, b.th.Warn, width, b.lines)
		case !hollow && !r.over:
			lines = solidBlock(label, b.th.Chip(r.lane), width, b.lines)
		}
		chips = append(chips, bigChip{tp, x, lines})
	}
	if b.oneTopic && len(r.owns)*(b.chipWidth+1)-1 <= b.area() {
		for _, tp := range r.owns {
			add(tp, fmt.Sprint(tp.Partition), r.expectation[tp])
		}
		return chips
	}
	for _, o := range byTopic(r.owns) {
		words := make([]string, len(o.numbers))
		for i, n := range o.numbers {
			words[i] = n.String()
		}
		label := strings.Join(words, ",")
		if !b.oneTopic {
			label = text.Clean(o.topic) + " " + label
		}
		if text.Width(label)+2 > b.area() {
			label = text.Count(o.count)
		}
		add(model.TopicPartition{Topic: o.topic, Partition: o.numbers[0].from}, label, false)
	}
	return chips
}

// stage is the partitions of the rows that are shown.
func (b *bigRows) stage(owned [][]text.Line) stage {
	find := func(lane model.Lane) int {
		for i := range b.rows {
			if b.rows[i].lane == lane && !b.rows[i].over {
				return i
			}
		}
		return len(b.rows)
	}
	return stage{
		width: b.area(), steep: 3, oneTopic: b.oneTopic,
		row: func(lane model.Lane) int { return (min(find(lane), b.first+b.shown) - b.first) * b.pitch() },
		taken: func(line int) int {
			if i := b.first + line/b.pitch(); line >= 0 && i < b.first+b.shown && line%b.pitch() < b.lines {
				return owned[i][line%b.pitch()].Width()
			}
			return 0
		},
		slot: func(lane model.Lane, tp model.TopicPartition) int {
			if i := find(lane); i < len(b.rows) {
				for _, c := range b.chips(&b.rows[i]) {
					if c.tp == tp {
						return c.x
					}
				}
			}
			return 0
		},
		sprite: func(label string, lane model.Lane, shade int) []text.Line {
			return b.sprite(label, lane, shade)
		},
	}
}

// sprite is a block on its way; its trail gets thinner with age.
func (b *bigRows) sprite(label string, lane model.Lane, shade int) []text.Line {
	width := max(b.chipWidth, text.Width(label)+2)
	if shade == 0 {
		if lane == model.Nobody {
			return hollowBlock(label, b.th.Warn, width, b.lines)
		}
		return solidBlock(label, b.th.Chip(lane), width, b.lines)
	}
	lines := make([]text.Line, b.lines)
	for i := range lines {
		if thin := b.lines / 2; shade == 1 && i > 0 && i < b.lines-1 || i == thin {
			lines[i] = sprite(b.th, strings.Repeat(" ", width), lane, shade)
		}
	}
	return lines
}
