package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The drawing's units are pixels of a screen with a font of 14.
const (
	svgSize   = 14.0
	svgWidth  = 8.5 // of a cell
	svgHeight = 17.0
	svgStroke = 1.0 // of a light box line
	svgMargin = svgWidth
)

// fonts are asked for in this order. Each run of text is given the width of its cells, so that it stays in its columns
// in whichever is there.
const fonts = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

// svg writes a frame as a drawing: text is text; block elements and box lines are shapes, which join in any font.
type svg struct {
	out bytes.Buffer
}

func encodeSVG(f *frame) []byte {
	var s svg
	width, height := float64(f.columns)*svgWidth+2*svgMargin, float64(f.rows)*svgHeight+2*svgMargin
	fmt.Fprintf(&s.out, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s">`+"\n", short(width), short(height))
	fmt.Fprintf(&s.out, `<style>text{font:%spx %s}.b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}</style>`+"\n", short(svgSize), fonts)
	fmt.Fprintf(&s.out, `<rect x="0.5" y="0.5" width="%s" height="%s" rx="6" fill="%s" stroke="%s"/>`+"\n",
		short(width-1), short(height-1), hex(f.ground), hex(edgeColour(f.ground)))
	s.out.WriteString(`<g shape-rendering="crispEdges">` + "\n")
	for y := range f.rows {
		s.grounds(f, y)
		s.shapes(f, y)
	}
	s.out.WriteString("</g>\n")
	for y := range f.rows {
		s.texts(f, y)
	}
	s.out.WriteString("</svg>\n")
	return s.out.Bytes()
}

func (s *svg) rectangle(left, top, right, bottom float64, fill color.RGBA, solid float64) {
	fmt.Fprintf(&s.out, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"`, short(svgMargin+left), short(svgMargin+top), short(right-left), short(bottom-top), hex(fill))
	if solid < 1 {
		fmt.Fprintf(&s.out, ` fill-opacity="%s"`, short(solid))
	}
	s.out.WriteString("/>\n")
}

// run is where the cells end that look like the one at x.
func run(f *frame, x, y int, like func(a, b cell) bool) int {
	end := x + 1
	for end < f.columns && like(f.at(x, y), f.at(end, y)) {
		end++
	}
	return end
}

func (s *svg) grounds(f *frame, y int) {
	for x := 0; x < f.columns; {
		end := run(f, x, y, func(a, b cell) bool { return a.ground == b.ground })
		if ground := f.at(x, y).ground; ground != f.ground {
			s.rectangle(float64(x)*svgWidth, float64(y)*svgHeight, float64(end)*svgWidth, float64(y+1)*svgHeight, ground, 1)
		}
		x = end
	}
}

// drawn says that a cell is a shape and no text.
func drawn(c cell) ([]rectangle, bool) {
	r, _ := utf8.DecodeRuneInString(c.text)
	return shape(r, svgWidth/svgHeight, svgStroke/svgWidth)
}

func (s *svg) shapes(f *frame, y int) {
	for x := 0; x < f.columns; {
		c := f.at(x, y)
		parts, ok := drawn(c)
		if !ok {
			x++
			continue
		}
		end := x + 1
		if len(parts) == 1 && parts[0].left == 0 && parts[0].right == 1 { // a line or a bar over many cells is one
			end = run(f, x, y, func(a, b cell) bool { return a.text == b.text && a.ink == b.ink })
		}
		for _, p := range parts {
			right := float64(x) + p.right
			if end > x+1 {
				right = float64(end)
			}
			s.rectangle((float64(x)+p.left)*svgWidth, (float64(y)+p.top)*svgHeight, right*svgWidth, (float64(y)+p.bottom)*svgHeight, c.ink, p.solid)
		}
		x = end
	}
}

// texts writes the words of a row. Signs that many fonts lack stand alone: what is put in their place has another width.
func (s *svg) texts(f *frame, y int) {
	for x := 0; x < f.columns; {
		c := f.at(x, y)
		if _, ok := drawn(c); ok || c.text == "" || c.text == " " {
			x++
			continue
		}
		end := x + c.width
		if plain(c) {
			end = run(f, x, y, func(a, b cell) bool {
				return plain(b) && b.ink == a.ink && b.bold == a.bold && b.italic == a.italic && b.underline == a.underline
			})
		}
		var word strings.Builder
		for i := x; i < end; i++ {
			word.WriteString(f.at(i, y).text)
		}
		text, _, _ := strings.Cut(word.String(), "  ") // two blanks would be shown as one
		s.word(strings.TrimRight(text, " "), c, x, y)
		x += max(c.width, utf8.RuneCountInString(text))
	}
}

// plain says that every font has the text of a cell, in the width of the others.
func plain(c cell) bool { return len(c.text) == 1 && c.text[0] < utf8.RuneSelf }

func (s *svg) word(text string, c cell, x, y int) {
	cells, adjust := len(text), ""
	if !plain(c) {
		cells, adjust = c.width, ` lengthAdjust="spacingAndGlyphs"`
	}
	fmt.Fprintf(&s.out, `<text x="%s" y="%s" textLength="%s"%s fill="%s"`, short(svgMargin+float64(x)*svgWidth),
		short(svgMargin+float64(y)*svgHeight+((spacing-ascent-descent)/2+ascent)*svgSize), short(float64(cells)*svgWidth), adjust, hex(c.ink))
	if class := strings.Fields(strings.Repeat("b ", one(c.bold)) + strings.Repeat("i ", one(c.italic)) + strings.Repeat("u", one(c.underline))); len(class) > 0 {
		fmt.Fprintf(&s.out, ` class="%s"`, strings.Join(class, " "))
	}
	s.out.WriteByte('>')
	_ = xml.EscapeText(&s.out, []byte(text)) // a buffer takes all
	s.out.WriteString("</text>\n")
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// short is a number with two digits after the point at most.
func short(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}
