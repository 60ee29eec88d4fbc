package main

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"time"
)

// filmSize is the size of the font in films, in pixels.
const filmSize = 18

// moment is a frame and its time since the beginning of the film.
type moment struct {
	frame *frame
	after time.Duration
}

const (
	tick = 10 * time.Millisecond // unit of the delays in a GIF
	// lastFrame is how long the last frame is shown before the film starts over.
	lastFrame = 3 * time.Second
)

// encodeGIF draws moments as an animated GIF in real time. Each picture after the first holds only the changes.
func encodeGIF(r *raster, moments []moment) ([]byte, error) {
	colours := map[color.RGBA]int{}
	for _, m := range moments { // drawn twice: all at once would not fit into the memory of a small machine
		picture, err := r.draw(m.frame)
		if err != nil {
			return nil, err
		}
		count(colours, picture)
	}
	all := newPalette(colours)
	var out gif.GIF
	var before *image.Paletted
	for i, m := range moments {
		picture, err := r.draw(m.frame)
		if err != nil {
			return nil, err
		}
		now := all.reduce(picture)
		until := m.after + lastFrame
		if i+1 < len(moments) {
			until = moments[i+1].after
		}
		out.Image = append(out.Image, changed(before, now))
		out.Delay = append(out.Delay, int(until/tick)-int(m.after/tick))
		out.Disposal = append(out.Disposal, gif.DisposalNone)
		before = now
	}
	size := before.Bounds().Size()
	out.Config = image.Config{ColorModel: all.colours, Width: size.X, Height: size.Y}
	var encoded bytes.Buffer
	err := gif.EncodeAll(&encoded, &out)
	return encoded.Bytes(), err
}

// changed is the part of a picture that differs from the one before; equal pixels in it are transparent.
func changed(before, now *image.Paletted) *image.Paletted {
	if before == nil {
		return now
	}
	var area image.Rectangle
	size := now.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			if before.Pix[y*before.Stride+x] != now.Pix[y*now.Stride+x] {
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if area.Empty() {
		area = image.Rect(0, 0, 1, 1) // a GIF has no frames without pixels
	}
	part := image.NewPaletted(area, now.Palette)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if to := now.ColorIndexAt(x, y); to != before.ColorIndexAt(x, y) {
				part.SetColorIndex(x, y, to)
			}
		}
	}
	return part
}
