package kit

import (
	"regroup/ui/text"
)

// fact is a part of a line that is left out where there is no room: the one with the highest number first. 0 stays.
type fact struct {
	line     text.Line
	priority int
}

// Facts are the parts of a line, from left to right.
type Facts []fact

// Add appends a part; priority 0 is never left out.
func (f *Facts) Add(priority int, line ...text.Span) { *f = append(*f, fact{line, priority}) }

// Fit puts facts side by side, gap cells apart, leaving out what does not fit.
func (f Facts) Fit(width, gap int) text.Line {
	for {
		var line text.Line
		drop := -1
		for i, one := range f {
			if len(line) > 0 {
				line = append(line, text.Space(gap))
			}
			line = append(line, one.line...)
			if one.priority > 0 && (drop < 0 || one.priority >= f[drop].priority) {
				drop = i
			}
		}
		if drop < 0 || line.Width() <= width {
			return line.Truncate(width)
		}
		f = append(f[:drop:drop], f[drop+1:]...)
	}
}

// Abreast sets lines beside others, which begin after width cells.
func Abreast(left, right []text.Line, width int) []text.Line {
	lines := make([]text.Line, max(len(left), len(right)))
	for i := range lines {
		if i < len(left) {
			lines[i] = left[i]
		}
		if i < len(right) {
			lines[i] = append(lines[i].Fit(width, text.Left), right[i]...)
		}
	}
	return lines
}
