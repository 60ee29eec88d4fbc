package panes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
	"regroup/ui/travel"
)

// What is drawn for a projector: few things, and each of them large. A terminal of 80×24 cells is what a large font
// leaves of a screen, so all of it must do with that.

// BigRow is a member, a demo consumer or nobody: whose row it is, what is said of it, and what it owns.
type BigRow struct {
	Lane        model.Slot
	Over        bool // it has gone
	Nobody      bool
	Name, About text.Line
	Owns        []model.TopicPartition
	Instead     text.Line // what stands there in place of partitions
	Right       string    // the number at the right edge
	RightAbout  string
	RightStyle  lipgloss.Style
	Expectation map[model.TopicPartition]bool
}

// Expect leaves places for partitions that the row is to own and does not yet.
func (r *BigRow) Expect(tps []model.TopicPartition) {
	if r.Expectation == nil {
		r.Expectation = map[model.TopicPartition]bool{}
	}
	for _, tp := range tps {
		r.Owns, r.Expectation[tp] = append(r.Owns, tp), true
	}
	slices.SortFunc(r.Owns, model.TopicPartition.Compare)
}

// BigRows are rows with the partitions between them.
type BigRows struct {
	Th       *theme.Theme
	Rows     []BigRow
	Selected int
	OneTopic bool
	Journeys []travel.Journey
	Now      time.Time

	Width, height int
	lines, gap    int // of a row, and blank ones after it
	first, shown  int
	name          int // cells of the names
	right         int
	chipWidth     int
}

// arrange chooses the largest shapes of which all rows fit; where none do, the rows around the selected one are shown.
func (b *BigRows) arrange() {
	for _, size := range []struct{ lines, gap int }{{5, 1}, {3, 1}, {3, 0}, {1, 1}, {1, 0}} {
		b.lines, b.gap = size.lines, size.gap
		if size.lines == 5 && b.Width < bigWide {
			continue
		}
		if len(b.Rows)*b.pitch()-b.gap <= b.height {
			break
		}
	}
	b.shown = max(0, min(len(b.Rows), (b.height+b.gap)/b.pitch()))
	b.first = min(max(0, b.Selected-b.shown/2), len(b.Rows)-b.shown)
	b.measure()
}

func (b *BigRows) pitch() int { return b.lines + b.gap }

// measure shares the width: what is owned gets what names and numbers leave.
func (b *BigRows) measure() {
	most := 1
	for _, r := range b.Rows {
		b.name = max(b.name, r.Name.Width(), r.About.Width())
		b.right = max(b.right, text.Width(r.Right), text.Width(r.RightAbout))
		if !r.Nobody {
			most = max(most, len(r.Owns))
		}
	}
	b.name = min(b.name, max(8, b.Width/5))
	if b.Width < 50 {
		b.right = 0
	}
	widths := []int{9, 7, 5}
	if b.lines == 5 {
		widths = []int{13, 11, 9, 7}
	}
	if b.lines == 1 || !b.OneTopic {
		widths = []int{5}
	}
	for _, w := range widths {
		if b.chipWidth = w; (most+1)*(w+1) <= b.area() { // and one is on its way
			break
		}
	}
}

// letter is the cells of the block with a row's letter, the mark of the selected row before it included.
func (b *BigRows) letter() int {
	switch b.lines {
	case 1:
		return 2 + 3
	case 3:
		return 2 + 7
	}
	return 2 + 11
}

func (b *BigRows) left() int { return b.letter() + 2 + b.name + 2 }

// area is the cells of what is owned.
func (b *BigRows) area() int {
	right := 0
	if b.right > 0 {
		right = b.right + 2
	}
	return max(0, b.Width-b.left()-right)
}

// Least is the lines in which all rows have a shape that is seen from afar.
func (b *BigRows) Least() int { return 3 * len(b.Rows) }

// Need is the lines that the rows take of a height.
func (b *BigRows) Need(height int) int {
	b.height = height
	b.arrange()
	return max(0, b.shown*b.pitch()-b.gap)
}

// Draw makes exactly height lines.
func (b *BigRows) Draw(height int) []text.Line {
	b.height = height
	b.arrange()
	owned := make([][]text.Line, len(b.Rows))
	for i := b.first; i < b.first+b.shown; i++ {
		owned[i] = b.owned(&b.Rows[i])
	}
	var way *travel.Overlay
	if len(b.Journeys) > 0 {
		way = b.stage(owned).Overlay(b.Journeys, b.Now)
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
		all := append(left.Fit(b.left(), text.Left), way.Over(y, middle).Fit(b.area(), text.Left)...)
		if b.right > 0 {
			all = append(append(all, text.Space(2)), right.Fit(b.right, text.Right)...)
		}
		lines = append(lines, all.Truncate(b.Width))
	}
	for len(lines) < b.height {
		lines = append(lines, nil)
	}
	return lines
}

// leftOf is a line of who it is: the letter large, the name, and what there is to say.
func (b *BigRows) leftOf(i, line int) text.Line {
	r, middle := &b.Rows[i], b.lines/2
	mark := text.Space(2)
	if i == b.Selected && line == middle {
		mark = text.S(b.Th.Info, "▸ ")
	}
	var letter []text.Line
	size := b.letter() - 2
	switch {
	case r.Nobody && len(r.Owns) == 0:
		letter = hollowBlock("–", b.Th.Dim, size, b.lines)
	case r.Nobody:
		letter = hollowBlock("–", b.Th.Warn, size, b.lines)
	case r.Lane == model.Nobody: // it has no letter yet, or never had one
		letter = hollowBlock("?", b.Th.Dim, size, b.lines)
	case r.Over:
		letter = hollowBlock(r.Lane.String(), b.Th.Lane(r.Lane), size, b.lines)
	default:
		letter = solidBlock(r.Lane.String(), b.Th.Chip(r.Lane), size, b.lines)
	}
	out := append(text.Of(mark), letter[line].Fit(size+2, text.Left)...)
	switch line {
	case middle:
		return append(out, r.Name.Fit(b.name, text.Left)...)
	case middle + 1:
		return append(out, r.About.Fit(b.name, text.Left)...)
	}
	return out
}

func (b *BigRows) rightOf(i, line int) text.Line {
	r := &b.Rows[i]
	switch line - b.lines/2 {
	case 0:
		return text.Of(text.S(r.RightStyle, r.Right))
	case 1:
		return text.Of(text.S(b.Th.Dim, r.RightAbout))
	}
	return nil
}

// owned draws what a row owns: a block a partition, or fewer wide ones where they do not fit.
func (b *BigRows) owned(r *BigRow) []text.Line {
	out := make([]text.Line, b.lines)
	if len(r.Owns) == 0 || len(r.Instead) > 0 {
		out[b.lines/2] = r.Instead.Truncate(b.area())
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
func (b *BigRows) chips(r *BigRow) []bigChip {
	var chips []bigChip
	add := func(tp model.TopicPartition, label string, hollow bool) {
		x := 0
		if n := len(chips); n > 0 {
			x = chips[n-1].x + chips[n-1].lines[0].Width() + 1
		}
		width := max(b.chipWidth, text.Width(label)+2)
		lines := hollowBlock(label, b.Th.Lane(r.Lane), width, b.lines)
		switch {
		case r.Nobody:
			lines = hollowBlock(label, b.Th.Warn, width, b.lines)
		case !hollow && !r.Over:
			lines = solidBlock(label, b.Th.Chip(r.Lane), width, b.lines)
		}
		chips = append(chips, bigChip{tp, x, lines})
	}
	if b.OneTopic && len(r.Owns)*(b.chipWidth+1)-1 <= b.area() {
		for _, tp := range r.Owns {
			add(tp, fmt.Sprint(tp.Partition), r.Expectation[tp])
		}
		return chips
	}
	for _, o := range kit.ByTopic(r.Owns) {
		words := make([]string, len(o.Numbers))
		for i, n := range o.Numbers {
			words[i] = n.String()
		}
		label := strings.Join(words, ",")
		if !b.OneTopic {
			label = text.Clean(o.Topic) + " " + label
		}
		if text.Width(label)+2 > b.area() {
			label = text.Count(o.Count)
		}
		add(model.TopicPartition{Topic: o.Topic, Partition: o.Numbers[0].From}, label, false)
	}
	return chips
}

// stage is the partitions of the rows that are shown.
func (b *BigRows) stage(owned [][]text.Line) travel.Stage {
	find := func(lane model.Slot) int {
		for i := range b.Rows {
			if b.Rows[i].Lane == lane && !b.Rows[i].Over {
				return i
			}
		}
		return len(b.Rows)
	}
	return travel.Stage{
		Width: b.area(), Steep: 3, OneTopic: b.OneTopic,
		Row: func(lane model.Slot) int { return (min(find(lane), b.first+b.shown) - b.first) * b.pitch() },
		Taken: func(line int) int {
			if i := b.first + line/b.pitch(); line >= 0 && i < b.first+b.shown && line%b.pitch() < b.lines {
				return owned[i][line%b.pitch()].Width()
			}
			return 0
		},
		Slot: func(lane model.Slot, tp model.TopicPartition) int {
			if i := find(lane); i < len(b.Rows) {
				for _, c := range b.chips(&b.Rows[i]) {
					if c.tp == tp {
						return c.x
					}
				}
			}
			return 0
		},
		Sprite: func(label string, lane model.Slot, shade int) []text.Line {
			return b.sprite(label, lane, shade)
		},
	}
}

// sprite is a block on its way; its trail gets thinner with age.
func (b *BigRows) sprite(label string, lane model.Slot, shade int) []text.Line {
	width := max(b.chipWidth, text.Width(label)+2)
	if shade == 0 {
		if lane == model.Nobody {
			return hollowBlock(label, b.Th.Warn, width, b.lines)
		}
		return solidBlock(label, b.Th.Chip(lane), width, b.lines)
	}
	lines := make([]text.Line, b.lines)
	for i := range lines {
		if thin := b.lines / 2; shade == 1 && i > 0 && i < b.lines-1 || i == thin {
			lines[i] = travel.Sprite(b.Th, strings.Repeat(" ", width), lane, shade)
		}
	}
	return lines
}
