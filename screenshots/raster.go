package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// raster draws frames as pixels.
type raster struct {
	face   *typeface
	margin int // pixels around the cells
	radius int // of the corners
}

func newRaster(size int) (*raster, error) {
	face, err := newTypeface(size)
	if err != nil {
		return nil, err
	}
	return &raster{face: face, margin: face.width, radius: face.width * 3 / 4}, nil
}

// place is the position of a cell.
func (r *raster) place(x, y, width int) image.Rectangle {
	at := image.Pt(r.margin+x*r.face.width, r.margin+y*r.face.height)
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(width*r.face.width, r.face.height))}
}

// draw draws a frame with a thin edge around it.
func (r *raster) draw(f *frame) (*image.RGBA, error) {
	picture := image.NewRGBA(image.Rect(0, 0, 2*r.margin+f.columns*r.face.width, 2*r.margin+f.rows*r.face.height))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(f.ground), image.Point{}, draw.Src)
	r.edge(picture, f.ground)
	for y := range f.rows {
		for x := range f.columns {
			if err := r.cell(picture, f.at(x, y), x, y); err != nil {
				return nil, err
			}
		}
	}
	return picture, nil
}

func (r *raster) cell(picture *image.RGBA, c cell, x, y int) error {
	if c.width == 0 {
		return nil // drawn with the wide cell before it
	}
	place := r.place(x, y, c.width)
	draw.Draw(picture, place, image.NewUniform(c.ground), image.Point{}, draw.Src)
	if c.underline {
		line := image.Rect(place.Min.X, place.Min.Y+r.face.baseline+2*r.face.stroke, place.Max.X, place.Min.Y+r.face.baseline+3*r.face.stroke)
		draw.Draw(picture, line, image.NewUniform(c.ink), image.Point{}, draw.Src)
	}
	if c.text == " " {
		return nil
	}
	mask, err := r.face.glyph(c)
	if err != nil {
		return err
	}
	draw.DrawMask(picture, place, image.NewUniform(c.ink), image.Point{}, mask, image.Point{}, draw.Over)
	return nil
}

// edge rounds the corners and draws a line around the picture, so that its edge shows on a page of the same colour.
func (r *raster) edge(picture *image.RGBA, ground color.RGBA) {
	line, size := edgeColour(ground), picture.Bounds().Size()
	thick := max(1, r.face.stroke/2)
	for y := range size.Y {
		for x := range size.X {
			// The distance from the rectangle between the centres of the corners' circles.
			dx := max(r.radius-x, x-(size.X-1-r.radius), 0)
			dy := max(r.radius-y, y-(size.Y-1-r.radius), 0)
			switch out, inner := dx*dx+dy*dy, r.radius-thick; {
			case out > r.radius*r.radius:
				picture.SetRGBA(x, y, color.RGBA{})
			case out > inner*inner:
				picture.SetRGBA(x, y, line)
			}
		}
	}
}

// edgeColour stands out a little from the background.
func edgeColour(ground color.RGBA) color.RGBA {
	if int(ground.R)+int(ground.G)+int(ground.B) < 3*128 {
		return mix(ground, color.RGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}, 0.16)
	}
	return mix(ground, color.RGBA{A: 0xff}, 0.16)
}

// stillSize is the size of the font in stills, in pixels: twice that of most screens.
const stillSize = 28

// encodePNG draws a frame as a PNG.
func encodePNG(r *raster, f *frame) ([]byte, error) {
	picture, err := r.draw(f)
	if err != nil {
		return nil, err
	}
	colours := map[color.RGBA]int{}
	count(colours, picture)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&out, newPalette(colours).reduce(picture))
	return out.Bytes(), err
}
