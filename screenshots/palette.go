package main

import (
	"cmp"
	"image"
	"image/color"
	"maps"
	"slices"
)

// palette is up to 256 colours for pictures. The first is transparent.
type palette struct {
	colours color.Palette
	index   map[color.RGBA]uint8 // of every colour of the pictures that it was made for
}

const paletteSize = 256

// newPalette takes the most frequent colours as they are, and gives each other one the nearest of them. There is no
// dithering: it would make noise of flat ground. The others are steps at the edges of letters in a rare colour.
func newPalette(count map[color.RGBA]int) *palette {
	var none color.RGBA
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(number(a), number(b)))
	})
	p := &palette{colours: color.Palette{none}, index: map[color.RGBA]uint8{none: 0}}
	for _, c := range all {
		if c == none {
			continue
		}
		if len(p.colours) < paletteSize {
			p.index[c] = uint8(len(p.colours))
			p.colours = append(p.colours, c)
			continue
		}
		p.index[c] = p.nearest(c)
	}
	return p
}

func number(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

func (p *palette) nearest(c color.RGBA) uint8 {
	best, least := 1, -1
	for i, each := range p.colours[1:] {
		o := each.(color.RGBA)
		r, g, b := int(c.R)-int(o.R), int(c.G)-int(o.G), int(c.B)-int(o.B)
		if d := 2*r*r + 4*g*g + 3*b*b; least < 0 || d < least {
			best, least = i+1, d
		}
	}
	return uint8(best)
}

// count adds how many pixels of each colour a picture has.
func count(into map[color.RGBA]int, picture *image.RGBA) {
	for i := 0; i < len(picture.Pix); i += 4 {
		into[color.RGBA{R: picture.Pix[i], G: picture.Pix[i+1], B: picture.Pix[i+2], A: picture.Pix[i+3]}]++
	}
}

// reduce makes a picture one of the palette's colours.
func (p *palette) reduce(picture *image.RGBA) *image.Paletted {
	out := image.NewPaletted(picture.Bounds(), p.colours)
	for i := range out.Pix {
		from := picture.Pix[4*i : 4*i+4]
		out.Pix[i] = p.index[color.RGBA{R: from[0], G: from[1], B: from[2], A: from[3]}]
	}
	return out
}
