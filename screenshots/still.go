package main

import (
	"bytes"
	"image/color"
	"image/png"
)

// stillSize is the size of the font in stills, in pixels: twice what it is on most screens.
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
