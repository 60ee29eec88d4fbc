// Package text formats what a screen shows: lines of styled spans, numbers, ages, and names that come from a cluster.
//
// A cell or a line is a list of spans and not a string with escapes in it, because what is drawn under it (the
// background of a selected row) is known only when it is drawn, and because cutting must count cells and not bytes.
package text

import (
	"image/color"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Ellipsis stands where text was cut.
const Ellipsis = "…"

// Align says where text stands in a cell that is wider than it.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Right
)

// Span is text in one style. Make it with [S]; its text must be safe to draw, so pass names of the cluster through [Clean].
type Span struct {
	Text   string
	fg, bg color.Color
	attrs  attrs
}

type attrs uint8

const (
	bold attrs = 1 << iota
	faint
	italic
	underline
	reverse
	strike
)

// S is a span in the colours and attributes of style; its widths, paddings and borders do not matter.
//
// A span keeps these few bytes and not the style, which is large: a frame has a thousand spans.
func S(style lipgloss.Style, s string) Span {
	span := Span{Text: s, fg: set(style.GetForeground()), bg: set(style.GetBackground())}
	for _, a := range []struct {
		on  bool
		bit attrs
	}{
		{style.GetBold(), bold}, {style.GetFaint(), faint}, {style.GetItalic(), italic}, {style.GetUnderline(), underline},
		{style.GetReverse(), reverse}, {style.GetStrikethrough(), strike},
	} {
		if a.on {
			span.attrs |= a.bit
		}
	}
	return span
}

func set(c color.Color) color.Color {
	if _, none := c.(lipgloss.NoColor); none {
		return nil
	}
	return c
}

// Plain is a span in the terminal's own colours.
func Plain(s string) Span { return Span{Text: s} }

// Space is n blank cells; none if n is negative.
func Space(n int) Span { return Span{Text: strings.Repeat(" ", max(0, n))} }

// On returns the span with this background, whatever it had.
func (s Span) On(background color.Color) Span {
	s.bg = background
	return s
}

// Line is spans side by side; it never contains a line break.
type Line []Span

// Of makes a line.
func Of(spans ...Span) Line { return spans }

// Width is the number of cells that the line takes.
func (l Line) Width() int {
	w := 0
	for _, s := range l {
		w += Width(s.Text)
	}
	return w
}

// Width is the number of cells that a string without escapes takes.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return ansi.StringWidth(s)
		}
	}
	return len(s)
}

// Truncate cuts the line to at most width cells and ends it with … if anything was cut.
func (l Line) Truncate(width int) Line {
	if width <= 0 {
		return nil
	}
	if l.Width() <= width {
		return l
	}
	room := width - 1 // the sign takes a cell
	for i, s := range l {
		w := Width(s.Text)
		if w <= room {
			room -= w
			continue
		}
		s.Text = ansi.Truncate(s.Text, room, "") + Ellipsis
		return append(l[:i:i], s)
	}
	return l // not reached: the line is wider than the room
}

// Fit makes the line exactly width cells: it is cut, or filled with blanks on the side away from align.
func (l Line) Fit(width int, align Align) Line {
	w := l.Width()
	if w > width {
		l = l.Truncate(width)
		w = l.Width() // a wide character at the cut may leave a cell over
	}
	if w == width {
		return l
	}
	fill := Space(width - w)
	if align == Right {
		return append(Line{fill}, l...)
	}
	return append(l[:len(l):len(l)], fill)
}

// Restyle returns the line with every span in one style, for a row that is to step back as a whole.
func (l Line) Restyle(style lipgloss.Style) Line {
	out := make(Line, len(l))
	for i, s := range l {
		out[i] = S(style, s.Text)
	}
	return out
}

// Between puts right at the right edge of a line of width cells. Left is cut first, but keeps at least half of the width.
func Between(left, right Line, width int) Line {
	room := width - right.Width() - 1
	if left.Width() > room && room < width/2 {
		right = right.Truncate(width - min(left.Width(), width/2) - 1)
		room = width - right.Width() - 1
	}
	left = left.Fit(max(0, room), Left)
	return append(append(left, Space(width-left.Width()-right.Width())), right...).Truncate(width)
}

// String is the text of the line without its styles.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Render is the line as a terminal reads it. Spans without a background of their own get this one; nil is the terminal's.
func (l Line) Render(background color.Color) string {
	var b strings.Builder
	l.Append(&b, background)
	return b.String()
}

// Append is Render into a builder.
func (l Line) Append(b *strings.Builder, background color.Color) {
	if background != nil {
		background = set(background)
	}
	var pen Span // the style that the terminal has now, and no text
	for _, s := range l {
		if s.Text == "" {
			continue
		}
		if s.bg == nil {
			s.bg = background
		}
		if s.fg != pen.fg || s.bg != pen.bg || s.attrs != pen.attrs {
			s.appendSGR(b)
			pen = s
		}
		b.WriteString(s.Text)
	}
	if pen.fg != nil || pen.bg != nil || pen.attrs != 0 {
		b.WriteString(ansi.ResetStyle)
	}
}

// appendSGR writes the sequence that resets the pen and sets this span's style.
func (s Span) appendSGR(b *strings.Builder) {
	b.WriteString("\x1b[0")
	for i, code := range [...]string{";1", ";2", ";3", ";4", ";7", ";9"} {
		if s.attrs&(1<<i) != 0 {
			b.WriteString(code)
		}
	}
	appendColour(b, s.fg, 30)
	appendColour(b, s.bg, 40)
	b.WriteByte('m')
}

// appendColour writes a colour's parameters; base is 30 for the foreground and 40 for the background.
func appendColour(b *strings.Builder, c color.Color, base int) {
	var digits [20]byte
	number := func(n int) {
		b.WriteByte(';')
		b.Write(strconv.AppendInt(digits[:0], int64(n), 10))
	}
	switch c := c.(type) {
	case nil:
	case ansi.BasicColor:
		if c >= 8 { // the bright ones
			base += 60 - 8
		}
		number(base + int(c))
	case ansi.IndexedColor:
		number(base + 8)
		number(5)
		number(int(c))
	default:
		red, green, blue, _ := c.RGBA()
		number(base + 8)
		number(2)
		number(int(red >> 8))
		number(int(green >> 8))
		number(int(blue >> 8))
	}
}
