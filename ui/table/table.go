// Package table is a list of rows with columns. Drawing costs what is visible, whatever the number of rows; a row is
// selected by its ID, so it stays selected while rows come, go and change places.
//
// Use: [New] with columns, [Table.SetRows] whenever the list of IDs may have changed, [Table.Update], [Table.Wheel] and [Table.RowAt]
// for the keys and the mouse, [Table.View] with a function that makes the cells of a visible row.
package table

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"

	"regroup/ui/text"
	"regroup/ui/theme"
)

// gutter is the margin at the left, where the selected row has its mark.
const gutter = 3

// gap is the cells between two columns.
const gap = 2

// Column is one column. Its zero value is a column of no width that is never shown.
type Column struct {
	Title string
	Align text.Align
	Min   int // cells; where there is less room, columns are left out
	Max   int // cells; the column takes so many if there is room; Min if it is smaller
	// Priority 0 is never left out. Else the column with the highest number goes first; of equal ones, the rightmost.
	Priority int
}

// Row is a row as it is drawn: a cell for each column, in the order of the columns. Missing cells are blank.
type Row struct {
	Cells []text.Line
	// Tall is the lines of the cells in a table whose rows have several, from the top. A cell without is in Cells, and
	// stands in the middle.
	Tall [][]text.Line
	// Wide lets the last of the cells reach to the right edge, over the columns for which there is no cell.
	Wide bool
	// Back makes the whole row step back: cells are drawn in this style instead of their own. Nil is not.
	Back *lipgloss.Style
	// Ground is the row's background while it is not the selected one; nil is the terminal's.
	Ground color.Color
}

// Size is the lines of a row, and the blank lines between two. The zero value is one line.
type Size struct{ Lines, Gap int }

func (s Size) lines() int { return max(1, s.Lines) }
func (s Size) pitch() int { return s.lines() + s.Gap }

// Need is the lines that so many rows take.
func (s Size) Need(rows int) int { return max(0, rows*s.pitch()-s.Gap) }

// Fit is the first of the sizes in which all rows have room in a height; where they have it in none, the last.
func Fit(rows, height int, sizes ...Size) Size {
	for _, s := range sizes {
		if s.Need(rows) <= height {
			return s
		}
	}
	return sizes[len(sizes)-1]
}

// Table is the state of the list: what is selected, what is visible. Make it with [New].
type Table struct {
	// Untitled leaves out the line of titles.
	Untitled bool
	// Shy marks no row while the table does not have the focus: for a list that is mostly read and seldom chosen from.
	Shy bool
	// Size is that of the rows. Rows of several lines have no background, only the mark.
	Size Size

	columns []Column
	rows    int
	id      func(row int) string

	selected string // the ID; "" is none
	at       int    // its index
	moved    bool   // the user has chosen a row; until then the first row is selected, whichever it is
	top      int    // the index of the first visible row

	sortColumn int // its title bears the mark; -1 is none
	descending bool

	rowsVisible int // as of the last draw
	drawn       layout
}

// New makes a table without rows.
func New(columns ...Column) *Table {
	return &Table{columns: columns, sortColumn: -1, rowsVisible: 1}
}

// SetColumns changes the columns: their widths may depend on what is in them.
func (t *Table) SetColumns(columns ...Column) { t.columns = columns }

// SortedBy puts the sign of the order beside a column's title; -1 is none. The order itself is the caller's.
func (t *Table) SortedBy(column int, descending bool) {
	t.sortColumn, t.descending = column, descending
}

// SetRows says how many rows there are, and the ID of each in order; the table keeps the function. The selected row stays
// selected wherever it is now. If it is gone, the one that took its place is; before the user has moved, it is always the
// first.
func (t *Table) SetRows(rows int, id func(row int) string) {
	t.rows, t.id = rows, id
	if rows == 0 {
		t.selected, t.at, t.top = "", 0, 0
		return
	}
	switch i := t.find(t.selected); {
	case !t.moved:
		t.at = 0
	case i >= 0:
		t.at = i
	}
	t.selectAt(t.at)
}

// find is the index of a row; -1 if there is none of that ID.
func (t *Table) find(id string) int {
	for i := range t.rows {
		if t.id(i) == id {
			return i
		}
	}
	return -1
}

// Len is the number of rows.
func (t *Table) Len() int { return t.rows }

// Selected is the ID of the selected row; "" if there is none.
func (t *Table) Selected() string { return t.selected }

// Index is the place of the selected row; 0 if there is none.
func (t *Table) Index() int { return t.at }

// Select selects a row by its ID, as if the user had; false if there is no such row.
func (t *Table) Select(id string) bool {
	i := t.find(id)
	if i < 0 {
		return false
	}
	t.MoveTo(i)
	return true
}

// MoveTo selects the row at an index, or the nearest there is.
func (t *Table) MoveTo(i int) {
	t.moved = true
	t.selectAt(i)
}

// Top goes back to the first row, and stays on it while rows change places.
func (t *Table) Top() {
	t.selectAt(0)
	t.moved = false
}

func (t *Table) selectAt(i int) {
	if t.rows == 0 {
		return
	}
	t.at = min(max(i, 0), t.rows-1)
	t.selected = t.id(t.at)
	t.reveal()
}

// reveal scrolls as little as is needed to show the selected row and no blank lines.
func (t *Table) reveal() {
	t.top = max(min(t.top, t.at), t.at-t.rowsVisible+1)
	t.top = max(0, min(t.top, t.rows-t.rowsVisible))
}

// Scroll moves the window by rows, and the selection with it where it would leave the window.
func (t *Table) Scroll(rows int) {
	t.top = max(0, min(t.top+rows, t.rows-t.rowsVisible))
	t.MoveTo(min(max(t.at, t.top), t.top+t.rowsVisible-1))
}

// View draws exactly height lines of at most width cells: the titles, then as many rows as fit. cells makes the row at an
// index of what SetRows was given; it is called for visible rows only. Without the focus the selected row is marked,
// but its background is that of the others.
func (t *Table) View(th *theme.Theme, width, height int, focused bool, cells func(i int) Row) string {
	if height <= 0 || width <= 0 {
		return ""
	}
	room, pitch := height-t.titleLines(), t.Size.pitch()
	t.rowsVisible = max(1, (room+t.Size.Gap)/pitch)
	t.reveal()
	bar := t.rows > t.rowsVisible && width > gutter
	t.drawn = arrange(t.columns, width, bar)

	var b strings.Builder
	if !t.Untitled {
		t.titles(th).Append(&b, nil)
	}
	var row Row
	for y := range room {
		if y > 0 || !t.Untitled {
			b.WriteByte('\n')
		}
		visible, line := y/pitch, y%pitch
		i := t.top + visible
		if i >= t.rows || visible >= t.rowsVisible || line >= t.Size.lines() {
			continue
		}
		if line == 0 {
			row = cells(i)
		}
		t.row(&b, th, i, line, visible, bar, focused, row)
	}
	return b.String()
}

func (t *Table) titleLines() int {
	if t.Untitled {
		return 0
	}
	return 1
}

func (t *Table) titles(th *theme.Theme) text.Line {
	line := text.Of(text.Space(min(gutter, t.drawn.width)))
	for n, c := range t.drawn.columns {
		title := text.Of(text.S(th.Column, t.columns[c.index].Title))
		if c.index == t.sortColumn {
			sign := "▾"
			if !t.descending {
				sign = "▴"
			}
			title = text.Of(text.S(th.Info, t.columns[c.index].Title), text.S(th.Info, sign))
		}
		line = append(line, title.Fit(c.width, t.columns[c.index].Align)...)
		if n < len(t.drawn.columns)-1 {
			line = append(line, text.Space(gap))
		}
	}
	return line.Truncate(t.drawn.width)
}

// row draws a line of a row.
func (t *Table) row(b *strings.Builder, th *theme.Theme, i, at, visible int, bar, focused bool, row Row) {
	mark, middle := text.Space(gutter), t.Size.lines()/2
	if i == t.at && (focused || !t.Shy) && at == middle {
		style := th.Dim
		if focused {
			style = th.Info
		}
		mark = text.S(style, " ▸ ")
	}
	line := make(text.Line, 1, 4*len(t.drawn.columns)+4)
	line[0] = mark
	for n, c := range t.drawn.columns {
		cell := row.cell(c.index, at, at == middle)
		if row.Back != nil {
			cell = cell.Restyle(*row.Back)
		}
		if row.Wide && c.index == len(row.Cells)-1 {
			line = append(line, cell...)
			break
		}
		line = append(line, cell.Fit(c.width, t.columns[c.index].Align)...)
		if n < len(t.drawn.columns)-1 {
			line = append(line, text.Space(gap))
		}
	}
	line = line.Fit(t.drawn.width, text.Left)
	if bar {
		line = append(line, t.scrollbar(th, visible))
	}
	switch {
	case t.Size.lines() > 1:
		line.Append(b, nil)
	case i == t.at && focused:
		line.Append(b, th.Selected)
	default:
		line.Append(b, row.Ground)
	}
}

// cell is the line of a cell that stands in a line of the row.
func (r Row) cell(column, line int, middle bool) text.Line {
	switch {
	case column < len(r.Tall) && r.Tall[column] != nil:
		if line < len(r.Tall[column]) {
			return r.Tall[column][line]
		}
	case middle && column < len(r.Cells):
		return r.Cells[column]
	}
	return nil
}

// scrollbar is the cell at the right edge of a visible line: the part of all rows that is visible is marked.
func (t *Table) scrollbar(th *theme.Theme, line int) text.Span {
	rows, n := t.rowsVisible, t.rows
	size := max(1, rows*rows/n)
	from := 0
	if n > rows {
		from = t.top * (rows - size) / (n - rows)
	}
	if line >= from && line < from+size {
		return text.S(th.Dim, "┃")
	}
	return text.S(th.Faint, "│")
}
