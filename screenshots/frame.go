package main

import (
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// cell is one cell of the terminal; its colours include reverse and faint.
type cell struct {
	text                    string // a grapheme; "" is the second half of a wide one
	width                   int    // 1 or 2; 0 is the second half of a wide one
	ink, ground             color.RGBA
	bold, italic, underline bool
}

// frame is the terminal at one moment.
type frame struct {
	columns, rows int
	cells         []cell // row by row
	ground        color.RGBA
}

func (f *frame) at(x, y int) cell { return f.cells[y*f.columns+x] }

// same reports whether both frames show the same.
func (f *frame) same(other *frame) bool {
	if other == nil || f.ground != other.ground || len(f.cells) != len(other.cells) {
		return false
	}
	for i, c := range f.cells {
		if c != other.cells[i] {
			return false
		}
	}
	return true
}

// lines are the rows as text, without the blanks at their ends.
func (f *frame) lines() []string {
	out := make([]string, f.rows)
	for y := range out {
		var line strings.Builder
		for x := range f.columns {
			line.WriteString(f.at(x, y).text)
		}
		out[y] = strings.TrimRight(line.String(), " ")
	}
	return out
}

func (f *frame) text() string { return strings.Join(f.lines(), "\n") }

// faintness is the share of the background in the colour of faint text.
const faintness = 0.45

// capture copies the screen of an emulator.
func capture(emulator *vt.Emulator) *frame {
	f := &frame{columns: emulator.Width(), rows: emulator.Height(), ground: opaque(emulator.BackgroundColor())}
	for y := range f.rows {
		for x := range f.columns {
			f.cells = append(f.cells, cellOf(emulator.CellAt(x, y), opaque(emulator.ForegroundColor()), f.ground))
		}
	}
	return f
}

func cellOf(from *uv.Cell, ink, ground color.RGBA) cell {
	c := cell{text: " ", width: 1, ink: ink, ground: ground}
	if from == nil {
		return c
	}
	c.text, c.width = from.Content, from.Width
	if c.text == "" && c.width != 0 {
		c.text = " "
	}
	style := from.Style
	if style.Fg != nil {
		c.ink = opaque(style.Fg)
	}
	if style.Bg != nil {
		c.ground = opaque(style.Bg)
	}
	if style.Attrs&uv.AttrReverse != 0 {
		c.ink, c.ground = c.ground, c.ink
	}
	if style.Attrs&uv.AttrFaint != 0 {
		c.ink = mix(c.ink, c.ground, faintness)
	}
	c.bold, c.italic = style.Attrs&uv.AttrBold != 0, style.Attrs&uv.AttrItalic != 0
	c.underline = style.Underline != uv.UnderlineNone
	if style.Attrs&uv.AttrConceal != 0 {
		c.text = " "
	}
	return c
}

func opaque(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 0xff}
}

// mix is a colour between two; share is that of the second one, 0 to 1.
func mix(from, to color.RGBA, share float64) color.RGBA {
	part := func(a, b uint8) uint8 { return uint8(float64(a)*(1-share) + float64(b)*share + 0.5) }
	return color.RGBA{R: part(from.R, to.R), G: part(from.G, to.G), B: part(from.B, to.B), A: 0xff}
}
