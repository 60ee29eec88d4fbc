package kit

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"regroup/ui/text"
)

// What all screens keep of their width and height, in cells.
const (
	AiryHeight = 30 // from here on there are blank lines around the title
	Margin     = 1  // at the left and the right edge
	BandGap    = 3  // between two panes side by side
)

// SparkTop is the lag below which a sparkline does not reach the top of its line.
const SparkTop = 100

// RenderLines draws lines, each cut to width.
func RenderLines(lines []text.Line, width int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.Truncate(width).Render(nil)
	}
	return out
}

// RenderSpans draws a line a span, each cut to width.
func RenderSpans(spans []text.Span, width int) []string {
	lines := make([]text.Line, len(spans))
	for i, s := range spans {
		lines[i] = text.Of(s)
	}
	return RenderLines(lines, width)
}

// Canvas is the lines of a screen that panes are put on, from left to right in each line.
type Canvas struct {
	lines []canvasLine
	width int
}

type canvasLine struct {
	strings.Builder
	from int    // where the last piece begins
	last string // its width is measured only if another one follows
}

// NewCanvas is an empty canvas.
func NewCanvas(width, height int) *Canvas {
	return &Canvas{lines: make([]canvasLine, max(0, height)), width: width}
}

// Put writes lines that are at most as wide as the place; what is beyond it is left out.
func (c *Canvas) Put(r Rect, lines []string) {
	for i, line := range lines {
		y := r.Y + i
		if i >= r.H || y < 0 || y >= len(c.lines) || r.W <= 0 || r.X+r.W > c.width {
			return
		}
		l := &c.lines[y]
		l.WriteString(strings.Repeat(" ", max(0, r.X-l.from-ansi.StringWidth(l.last))))
		l.WriteString(line)
		l.from, l.last = r.X, line
	}
}

func (c *Canvas) String() string {
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

// Rect is a place on the screen, in cells from the top left corner below the header.
type Rect struct{ X, Y, W, H int }

// Box is the place of so many cells, its top left corner first.
func Box(x, y, w, h int) Rect { return Rect{X: x, Y: y, W: w, H: h} }

// Empty reports whether the place has no cell.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Contains reports whether a cell is in the place.
func (r Rect) Contains(x, y int) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }
