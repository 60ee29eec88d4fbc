package table

// layout is which columns are shown and how wide they are.
type layout struct {
	columns []placed
	width   int // of a row, without the scroll bar
}

type placed struct {
	index int // in the table's columns
	x     int // the first cell
	width int
}

// arrange leaves out columns until the rest fits with its smallest widths, and then gives the room that is left to those
// that want more: the most important ones first, of equal ones the leftmost.
func arrange(columns []Column, width int, bar bool) layout {
	if bar {
		width--
	}
	shown := make([]int, 0, len(columns))
	need := gutter - gap
	for i, c := range columns {
		if c.Min > 0 {
			shown = append(shown, i)
			need += gap + c.Min
		}
	}
	for need > width {
		drop := leastImportant(columns, shown)
		if drop < 0 {
			break
		}
		need -= gap + columns[shown[drop]].Min
		shown = append(shown[:drop], shown[drop+1:]...)
	}
	widths := grow(columns, shown, width-need)
	l := layout{width: max(0, width)}
	x := gutter
	for i, index := range shown {
		l.columns = append(l.columns, placed{index: index, x: x, width: widths[i]})
		x += widths[i] + gap
	}
	return l
}

// leastImportant is the place in shown of the column to leave out next; -1 if all must stay.
func leastImportant(columns []Column, shown []int) int {
	drop := -1
	for place, i := range shown {
		p := columns[i].Priority
		if p > 0 && (drop < 0 || p >= columns[shown[drop]].Priority) {
			drop = place
		}
	}
	return drop
}

// grow gives room to the columns in the order of their priorities. A negative room takes from the widest instead, so
// that columns which must stay share a terminal that is too narrow for them.
func grow(columns []Column, shown []int, room int) []int {
	widths := make([]int, len(shown))
	highest := 0
	for place, i := range shown {
		widths[place] = columns[i].Min
		highest = max(highest, columns[i].Priority)
	}
	for ; room < 0; room++ {
		widest := -1
		for place, w := range widths {
			if w > 1 && (widest < 0 || w > widths[widest]) {
				widest = place
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	for p := 0; p <= highest && room > 0; p++ {
		for place, i := range shown {
			if columns[i].Priority == p {
				more := max(0, min(room, columns[i].Max-columns[i].Min))
				widths[place] += more
				room -= more
			}
		}
	}
	return widths
}
