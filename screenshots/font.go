package main

import (
	"fmt"
	"image"
	"image/draw"
	"unicode/utf8"

	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"github.com/go-fonts/dejavu/dejavusansmonoboldoblique"
	"github.com/go-fonts/dejavu/dejavusansmonooblique"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// style is one of the four styles of the font.
type style struct{ bold, italic bool }

var styles = map[style][]byte{
	{false, false}: dejavusansmono.TTF, {true, false}: dejavusansmonobold.TTF,
	{false, true}: dejavusansmonooblique.TTF, {true, true}: dejavusansmonoboldoblique.TTF,
}

// advance, ascent and descent are the font's, relative to its size; spacing is the height of a line.
const (
	advance = 0.602
	ascent  = 0.76 // of capitals and digits and a little above: centred in the line
	descent = 0.24
	spacing = 1.22
)

// typeface is the font in one size. It is not safe for concurrent use.
type typeface struct {
	size          int // pixels
	width, height int // of a cell, pixels
	baseline      int // from a cell's top
	stroke        int // of a light box line
	faces         map[style]font.Face
	fonts         map[style]*sfnt.Font
	glyphs        map[glyphKey]*image.Alpha
	buffer        sfnt.Buffer
}

type glyphKey struct {
	text  string
	style style
}

func newTypeface(size int) (*typeface, error) {
	t := &typeface{
		size: size, width: int(advance*float64(size) + 0.5), height: int(spacing*float64(size) + 0.5), stroke: max(1, (size+7)/14),
		faces: map[style]font.Face{}, fonts: map[style]*sfnt.Font{}, glyphs: map[glyphKey]*image.Alpha{},
	}
	t.baseline = int((spacing-ascent-descent)/2*float64(size) + ascent*float64(size) + 0.5)
	for c, content := range styles {
		parsed, err := opentype.Parse(content)
		if err != nil {
			return nil, fmt.Errorf("the font: %w", err)
		}
		face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return nil, fmt.Errorf("the font at %d pixels: %w", size, err)
		}
		t.fonts[c], t.faces[c] = parsed, face
	}
	return t, nil
}

// levels is the number of shades at the edge of a letter. Few keep the palette small.
const levels = 7

// glyph is the mask of a cell's text. A text without a glyph in the font is an error: a box in its place would show
// something that the program does not.
func (t *typeface) glyph(c cell) (*image.Alpha, error) {
	key := glyphKey{c.text, style{c.bold, c.italic}}
	if mask, ok := t.glyphs[key]; ok {
		return mask, nil
	}
	mask := image.NewAlpha(image.Rect(0, 0, t.width*max(1, c.width), t.height))
	r, _ := utf8.DecodeRuneInString(c.text)
	if parts, ok := shape(r, float64(t.width)/float64(t.height), float64(t.stroke)/float64(t.width)); ok {
		t.fill(mask, parts)
	} else if err := t.write(mask, c.text, key.style); err != nil {
		return nil, err
	}
	t.glyphs[key] = mask
	return mask, nil
}

func (t *typeface) write(mask *image.Alpha, text string, c style) error {
	x := fixed.I(mask.Bounds().Dx()) // a wide glyph stands in the middle of its cells
	var letters []rune
	for _, r := range text {
		index, err := t.fonts[c].GlyphIndex(&t.buffer, r)
		if err != nil || index == 0 {
			return fmt.Errorf("the font has no glyph for %q (%U)", r, r)
		}
		letters = append(letters, r)
	}
	wide, _ := t.faces[c].GlyphAdvance(letters[0])
	dot := fixed.Point26_6{X: (x - wide) / 2, Y: fixed.I(t.baseline)}
	for _, r := range letters { // combining marks go over the first
		bounds, glyph, at, _, ok := t.faces[c].Glyph(dot, r)
		if !ok {
			return fmt.Errorf("the glyph for %q (%U) cannot be drawn", r, r)
		}
		draw.DrawMask(mask, bounds, image.Opaque, image.Point{}, glyph, at, draw.Over)
	}
	for i, a := range mask.Pix {
		step := (int(a)*levels + 127) / 255
		mask.Pix[i] = uint8(step * 255 / levels)
	}
	return nil
}

// fill draws rectangles with edges on whole pixels, at least one pixel thick.
func (t *typeface) fill(mask *image.Alpha, parts []rectangle) {
	span := func(from, to float64, length int) (int, int) {
		a, b := int(from*float64(length)+0.5), int(to*float64(length)+0.5)
		if b == a {
			b = min(a+1, length)
			a = b - 1
		}
		return a, b
	}
	for _, p := range parts {
		left, right := span(p.left, p.right, mask.Bounds().Dx())
		top, bottom := span(p.top, p.bottom, mask.Bounds().Dy())
		for y := top; y < bottom; y++ {
			for x := left; x < right; x++ {
				mask.Pix[mask.PixOffset(x, y)] = uint8(p.solid*255 + 0.5)
			}
		}
	}
}
