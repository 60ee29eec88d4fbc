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
	lines  []strings.Builder
	filled []int // the cells that are written in each line
	width  int
}

func newCanvas(width, height int) *canvas {
	height = max(0, height)
	return &canvas{lines: make([]strings.Builder, height), filled: make([]int, height), width: width}
}

// put writes lines that are at most as wide as the place; what is beyond it is left out.
func (c *canvas) put(r rect, lines []string) {
	for i, line := range lines {
		y := r.y + i
		if i >= r.h || y < 0 || y >= len(c.lines) || r.w <= 0 || r.x+r.w > c.width {
			return
		}
		c.lines[y].WriteString(strings.Repeat(" ", max(0, r.x-c.filled[y])))
		c.lines[y].WriteString(line)
		c.filled[y] = r.x + ansi.StringWidth(line)
	}
}

func (c *canvas) String() string {
	var b strings.Builder
	for i := range c.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.lines[i].String())
	}
	return b.String()
}
