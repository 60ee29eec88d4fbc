package panes

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/glyph"
	"regroup/ui/kit"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
	"regroup/ui/travel"
)

// RowSize is the largest shape in which all rows of a list have room: one line where the density is not that of a
// presentation, or there are too many of them.
func RowSize(f kit.Frame, rows, width, height int) table.Size {
	sizes := []table.Size{{Lines: 5, Gap: 1}, {Lines: 3, Gap: 1}, {Lines: 3}, {}}
	switch {
	case f.Density != kit.Presentation:
		return table.Size{}
	case width < roomyWidth:
		sizes = sizes[1:]
	}
	return table.Fit(rows, height, sizes...)
}

// LeastRows is the lines in which all rows have a shape that is seen from afar.
func LeastRows(rows int) int { return table.Size{Lines: 3}.Need(rows) }

// Look is how a block is drawn.
type Look int

// The looks: a solid block is owned now; an outline is not, not any more, or not yet.
const (
	Solid Look = iota
	Outline
)

// Owner is a row of a list: a member, a demo consumer or, without a slot, nobody.
type Owner struct {
	Slot         model.Slot
	Sign         string // in place of the letter where there is none
	Look         Look
	Name, About  text.Line
	Owns         []model.TopicPartition // sorted
	Awaited      []model.TopicPartition // of these, the ones that have yet to arrive
	Instead      text.Line              // stands there in place of partitions
	Number, Unit string                 // at the right edge
}

// NobodyRow is the row of what nobody reads, which is there also when that is nothing: rows that come and go make all
// others jump.
func NobodyRow(unread []model.TopicPartition) Owner {
	return Owner{Sign: "–", Look: Outline, Name: text.Of(text.Plain("none")), Owns: unread}
}

// style is the colour of a row.
func (o *Owner) style(th *theme.Theme) lipgloss.Style {
	switch {
	case o.Slot != model.Nobody && o.Look == Solid:
		return th.Chip(o.Slot)
	case o.Slot != model.Nobody:
		return th.Lane(o.Slot)
	case len(o.Owns) > 0:
		return th.Warn
	}
	return th.Dim
}

// Owners is the rows of a list, nobody's at the end, in a table of rows with several lines.
type Owners struct {
	F        kit.Frame
	Table    *table.Table
	Size     table.Size
	Topics   kit.Topics
	Rows     []Owner
	Journeys []travel.Journey
}

// The columns of the owners.
const (
	ownerSign = iota
	ownerName
	ownerOwns
	ownerNumber
)

// Lines draws the rows that are in sight.
func (o Owners) Lines(width, height int) []string {
	name, most := 8, 0
	for i := range o.Rows {
		r := &o.Rows[i]
		name = max(name, r.Name.Width(), r.About.Width())
		if r.Slot != model.Nobody {
			most = max(most, len(r.Owns))
		}
	}
	o.Table.Size, o.Table.Untitled = o.Size, true
	o.Table.SetColumns(table.Column{Min: letterWidth(o.Size.Lines)}, table.Column{Min: min(name, max(8, width/5))},
		table.Column{Min: 6, Max: width}, table.Column{Min: 6, Max: 10, Align: text.Right, Priority: 1})
	var blocks Blocks
	var way *travel.Overlay
	return strings.Split(o.Table.View(o.F.Theme, width, height, true, func(i int) table.Row {
		if blocks.Width == 0 { // it depends on the width that the column has got
			blocks = NewBlocks(o.F.Theme, o.Topics, o.Size.Lines, o.Table.Width(ownerOwns), most)
			way = o.stage(blocks).Overlay(o.Journeys, o.F.Now)
		}
		return o.row(&o.Rows[i], way.OverAll(i*(o.Size.Lines+o.Size.Gap), blocks.Draw(o.F.Theme, &o.Rows[i])))
	}), "\n")
}

func (o Owners) row(r *Owner, owned []text.Line) table.Row {
	th := o.F.Theme
	name := r.Name
	if r.Slot == model.Nobody && len(r.About) == 0 {
		name = name.Restyle(r.style(th))
	}
	return table.Row{Tall: [][]text.Line{
		ownerSign: Letter(th, r, o.Size.Lines), ownerName: o.stacked(name, r.About), ownerOwns: owned,
		ownerNumber: o.stacked(text.Of(text.S(th.Strong, r.Number)), text.Of(text.S(th.Dim, r.Unit))),
	}}
}

// stacked is a cell with a line in the middle, and one below it.
func (o Owners) stacked(first, below text.Line) []text.Line {
	lines := make([]text.Line, o.Size.Lines)
	lines[o.Size.Lines/2], lines[o.Size.Lines/2+1] = first, below
	return lines
}

// stage is where partitions move: from row to row, beside what stands in them.
func (o Owners) stage(b Blocks) travel.Stage {
	pitch := o.Size.Lines + o.Size.Gap
	row := func(lane model.Slot) int {
		i := slices.IndexFunc(o.Rows, func(r Owner) bool { return r.Slot == lane && r.Look == Solid && lane != model.Nobody })
		if i < 0 {
			return len(o.Rows) - 1
		}
		return i
	}
	return travel.Stage{
		Width: b.Width, Steep: 3, Topics: o.Topics, Sprite: b.sprite,
		Row: func(lane model.Slot) int { return row(lane) * pitch },
		Taken: func(line int) int {
			if i := line / pitch; line >= 0 && i < len(o.Rows) && line%pitch < o.Size.Lines {
				return b.Draw(o.F.Theme, &o.Rows[i])[line%pitch].Width()
			}
			return 0
		},
		Slot: func(lane model.Slot, tp model.TopicPartition) int { return b.begin(&o.Rows[row(lane)], tp) },
	}
}

// Blocks draws partitions as blocks of several lines.
type Blocks struct {
	theme  *theme.Theme
	topics kit.Topics
	lines  int // 3 or more
	Width  int // of the column
	chip   int // cells of a block
}

// NewBlocks chooses blocks of which so many, and one more that is on its way, have room in the column.
func NewBlocks(th *theme.Theme, topics kit.Topics, lines, width, most int) Blocks {
	widths := []int{9, 7, 5}
	if lines >= 5 {
		widths = []int{13, 11, 9, 7}
	}
	if topics == kit.ManyTopics {
		widths = []int{5}
	}
	b := Blocks{theme: th, topics: topics, lines: lines, Width: width}
	for _, b.chip = range widths {
		if (max(1, most)+1)*(b.chip+1) <= width {
			break
		}
	}
	return b
}

// Draw draws what a row owns from left to right: a block for each partition where they fit, else one for each topic.
func (b Blocks) Draw(th *theme.Theme, r *Owner) []text.Line {
	lines := make([]text.Line, b.lines)
	if len(r.Owns) == 0 || len(r.Instead) > 0 {
		lines[b.lines/2] = r.Instead.Truncate(b.Width)
		return lines
	}
	add := func(label string, look Look) {
		drawn := block(label, r.style(th), max(b.chip, text.Width(label)+2), b.lines, r.Look)
		if look != r.Look {
			drawn = block(label, th.Lane(r.Slot), max(b.chip, text.Width(label)+2), b.lines, look)
		}
		for i, line := range drawn {
			if len(lines[i]) > 0 {
				lines[i] = append(lines[i], text.Space(1))
			}
			lines[i] = append(lines[i], line...)
		}
	}
	if b.each(r) {
		for _, tp := range r.Owns {
			look := r.Look
			if slices.Contains(r.Awaited, tp) {
				look = Outline
			}
			add(fmt.Sprint(tp.Partition), look)
		}
	} else {
		for _, o := range kit.ByTopic(r.Owns) {
			label := o.String()
			if b.topics == kit.ManyTopics {
				label = text.Clean(o.Topic) + " " + label
			}
			if text.Width(label)+2 > b.Width {
				label = text.Count(o.Count)
			}
			add(label, r.Look)
		}
	}
	for i := range lines {
		lines[i] = lines[i].Truncate(b.Width)
	}
	return lines
}

// each reports whether the partitions of a row have a block each.
func (b Blocks) each(r *Owner) bool {
	return b.topics == kit.OneTopic && len(r.Owns)*(b.chip+1)-1 <= b.Width
}

// begin is the cell at which the block of a partition begins.
func (b Blocks) begin(r *Owner, tp model.TopicPartition) int {
	if !b.each(r) || r.Slot == model.Nobody {
		return 0
	}
	return max(0, slices.Index(r.Owns, tp)) * (b.chip + 1)
}

// sprite is a block on its way; its trail gets thinner with age.
func (b Blocks) sprite(label string, lane model.Slot, shade int) []text.Line {
	width := max(b.chip, text.Width(label)+2)
	switch {
	case shade > 0:
		lines := make([]text.Line, b.lines)
		for i := range lines {
			if shade == 1 && i > 0 && i < b.lines-1 || i == b.lines/2 {
				lines[i] = travel.Sprite(b.theme, strings.Repeat(" ", width), lane, shade)
			}
		}
		return lines
	case lane == model.Nobody:
		return block(label, b.theme.Warn, width, b.lines, Outline)
	}
	return block(label, b.theme.Chip(lane), width, b.lines, Solid)
}

// letterWidth is the cells of the block with the letter of a member.
func letterWidth(lines int) int { return 2*lines + 1 }

// Letter is the letter of a row as a block.
func Letter(th *theme.Theme, r *Owner, lines int) []text.Line {
	sign := r.Sign
	if sign == "" {
		sign = r.Slot.String()
	}
	return block(sign, r.style(th), letterWidth(lines), lines, r.Look)
}

// block is a label in a block of 3 lines or more, on solid colour or in an outline: its shape says which without colour.
func block(label string, style lipgloss.Style, width, height int, look Look) []text.Line {
	edge, side := style, text.S(style, "╎")
	top, bottom := "┌"+strings.Repeat("╌", max(0, width-2))+"┐", "└"+strings.Repeat("╌", max(0, width-2))+"┘"
	inside := make([]string, height-2)
	inside[(height-2)/2] = label
	if look == Solid {
		edge = lipgloss.NewStyle().Foreground(style.GetBackground())
		side = text.S(edge.Background(style.GetBackground()), "█")
		top, bottom = strings.Repeat("▄", width), strings.Repeat("▀", width)
		if drawn, known := glyph.Lines(label, false); known && len(drawn) == len(inside) && text.Width(drawn[0])+4 <= width {
			inside = drawn
		}
	}
	lines := []text.Line{text.Of(text.S(edge, top))}
	for _, words := range inside {
		left := max(0, (width-2-text.Width(words))/2)
		right := max(0, width-2-left-text.Width(words))
		lines = append(lines, text.Of(side, text.S(style, strings.Repeat(" ", left)+words+strings.Repeat(" ", right)), side).Truncate(width))
	}
	return append(lines, text.Of(text.S(edge, bottom)))
}
