package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"regroup/ui/text"
)

// renderLines draws lines, each cut to width.
func renderLines(lines []text.Line, width int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.Truncate(width).Render(nil)
	}
	return out
}

func renderSpans(spans []text.Span, width int) []string {
	lines := make([]text.Line, len(spans))
	for i, s := range spans {
		lines[i] = text.Of(s)
	}
	return renderLines(lines, width)
}

// canvas is the lines of a screen that panes are put on, from left to right in each line.
type canvas struct {
	lines []canvasLine
	width int
}

type canvasLine struct {
	strings.Builder
	from int    // where the last piece begins
	last string // its width is measured only if another one follows
}

func newCanvas(width, height int) *canvas {
	return &canvas{lines: make([]canvasLine, max(0, height)), width: width}
}

// put writes lines that are at most as wide as the place; what is beyond it is left out.
func (c *canvas) put(r rect, lines []string) {
	for i, line := range lines {
		y := r.y + i
		if i >= r.h || y < 0 || y >= len(c.lines) || r.w <= 0 || r.x+r.w > c.width {
			return
		}
		l := &c.lines[y]
		l.WriteString(strings.Repeat(" ", max(0, r.x-l.from-ansi.StringWidth(l.last))))
		l.WriteString(line)
		l.from, l.last = r.x, line
	}
}

func (c *canvas) String() string {
	size := 0
	for i := range c.lines {
		size += c.lines[i].Len() + 1
	}
	var b strings.Builder
	b.Grow(size)
	for i := range c.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.lines[i].String())
	}
	return b.String()
}
