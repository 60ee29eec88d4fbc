package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"
)

// shows is what a terminal shows after a program has written something.
func shows(t *testing.T, columns, rows int, output string) *frame {
	t.Helper()
	emulator := vt.NewEmulator(columns, rows)
	emulator.SetDefaultForegroundColor(dark.ink)
	emulator.SetDefaultBackgroundColor(dark.ground)
	if _, err := emulator.WriteString(output); err != nil {
		t.Fatal(err)
	}
	return capture(emulator)
}

func TestCapture(t *testing.T) {
	red, blue := color.RGBA{R: 0xff, A: 0xff}, color.RGBA{B: 0xff, A: 0xff}
	for _, c := range []struct {
		why, output string
		want        cell
	}{
		{"the terminal's own colours", "x", cell{text: "x", width: 1, ink: dark.ink, ground: dark.ground}},
		{"24 bits of colour", "\x1b[38;2;255;0;0;48;2;0;0;255mx", cell{text: "x", width: 1, ink: red, ground: blue}},
		{"reverse", "\x1b[38;2;255;0;0;48;2;0;0;255;7mx", cell{text: "x", width: 1, ink: blue, ground: red}},
		{"reverse of the terminal's own", "\x1b[7mx", cell{text: "x", width: 1, ink: dark.ground, ground: dark.ink}},
		{"faint goes into the ground", "\x1b[2mx", cell{text: "x", width: 1, ink: mix(dark.ink, dark.ground, faintness), ground: dark.ground}},
		{"bold, italic and underlined", "\x1b[1;3;4mx", cell{text: "x", width: 1, ink: dark.ink, ground: dark.ground, bold: true, italic: true, underline: true}},
		{"wide", "東", cell{text: "東", width: 2, ink: dark.ink, ground: dark.ground}},
		{"nothing", "", cell{text: " ", width: 1, ink: dark.ink, ground: dark.ground}},
	} {
		if got := shows(t, 4, 1, c.output).at(0, 0); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.why, got, c.want)
		}
	}
}

func pixels(t *testing.T, size int, f *frame) (*raster, *image.RGBA) {
	t.Helper()
	r, err := newRaster(size)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := r.draw(f)
	if err != nil {
		t.Fatal(err)
	}
	return r, picture
}

// Between blocks and between lines in cells side by side, and one above the other, no ground is seen.
func TestShapesJoin(t *testing.T) {
	for _, c := range []struct {
		output        string
		along         image.Point // the direction to go from the middle of the first cell, all through ink
		columns, rows int
	}{
		{"██", image.Pt(1, 0), 2, 1}, {"█\r\n█", image.Pt(0, 1), 1, 2}, {"▆▇", image.Pt(1, 0), 2, 1},
		{"──", image.Pt(1, 0), 2, 1}, {"━─", image.Pt(1, 0), 2, 1}, {"┌┐", image.Pt(1, 0), 2, 1}, {"├┤", image.Pt(1, 0), 2, 1},
		{"│\r\n│", image.Pt(0, 1), 1, 2}, {"┬\r\n┴", image.Pt(0, 1), 1, 2}, {"┏\r\n┗", image.Pt(0, 1), 1, 2},
	} {
		for size := 12; size <= 30; size++ {
			r, picture := pixels(t, size, shows(t, c.columns, c.rows, c.output))
			from := r.place(0, 0, 1)
			end := r.place(c.columns-1, c.rows-1, 1)
			middle := from.Min.Add(from.Size().Div(2))
			for at := middle; at.X < end.Min.X+from.Dx()/2 || at.Y < end.Min.Y+from.Dy()/2; at = at.Add(c.along) {
				if picture.RGBAAt(at.X, at.Y) != dark.ink {
					t.Fatalf("%q at size %d: a gap at %v", c.output, size, at)
				}
			}
		}
	}
}

// Every eighth is higher than the one below it, whatever the size.
func TestEighthsGrow(t *testing.T) {
	for size := 12; size <= 30; size++ {
		r, picture := pixels(t, size, shows(t, 8, 1, "▁▂▃▄▅▆▇█"))
		before := 0
		for x := range 8 {
			place, height := r.place(x, 0, 1), 0
			for y := place.Min.Y; y < place.Max.Y; y++ {
				if picture.RGBAAt(place.Min.X, y) == dark.ink {
					height++
				}
			}
			if height <= before {
				t.Errorf("size %d: eighth %d is %d pixels high, the one before %d", size, x+1, height, before)
			}
			before = height
		}
	}
}

// A sign that the font lacks is no picture with a box in it.
func TestMissingGlyph(t *testing.T) {
	r, err := newRaster(14)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.draw(shows(t, 4, 1, "東")); err == nil || !strings.Contains(err.Error(), "東") {
		t.Errorf("error %v", err)
	}
	if _, err := r.draw(shows(t, 40, 1, "●◐◓◑○▸▾▴★⚑✓✕→←≈≥≤–…·")); err != nil {
		t.Error(err)
	}
}

// The pictures of an animation, each drawn over the ones before, are the frames.
func TestChanged(t *testing.T) {
	colours := color.Palette{color.RGBA{}, dark.ink, dark.ground, color.RGBA{R: 0xff, A: 0xff}}
	rapid.Check(t, func(t *rapid.T) {
		const side = 6
		some := func(label string) *image.Paletted {
			p := image.NewPaletted(image.Rect(0, 0, side, side), colours)
			p.Pix = rapid.SliceOfN(rapid.Uint8Range(1, 3), side*side, side*side).Draw(t, label)
			return p
		}
		before, now := some("before"), some("now")
		canvas := image.NewRGBA(before.Bounds())
		draw.Draw(canvas, canvas.Bounds(), changed(nil, before), image.Point{}, draw.Over)
		part := changed(before, now)
		draw.Draw(canvas, part.Bounds(), part, part.Bounds().Min, draw.Over)
		for i := range now.Pix {
			if x, y := i%side, i/side; canvas.RGBAAt(x, y) != color.RGBAModel.Convert(now.At(x, y)) {
				t.Fatalf("at %d,%d", x, y)
			}
		}
	})
}

// An animation takes the time that the film took, however its frames lie.
func TestFilmTakesItsTime(t *testing.T) {
	r, err := newRaster(12)
	if err != nil {
		t.Fatal(err)
	}
	var moments []moment
	for i, after := range []int{0, 84, 171, 1012, 1099} {
		moments = append(moments, moment{shows(t, 4, 1, strings.Repeat("x", i)), time.Duration(after) * time.Millisecond})
	}
	encoded, err := encodeGIF(r, moments)
	if err != nil {
		t.Fatal(err)
	}
	film, err := gif.DecodeAll(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, d := range film.Delay {
		sum += d
	}
	if took := time.Duration(sum) * tick; took != 1090*time.Millisecond+lastFrame || len(film.Image) != len(moments) {
		t.Errorf("%d frames in %s", len(film.Image), took)
	}
}

// Frequent colours do not change; a rare one becomes a similar one.
func TestPalette(t *testing.T) {
	counts := map[color.RGBA]int{{R: 200, G: 200, B: 201, A: 0xff}: 1}
	for i := range 300 {
		counts[color.RGBA{R: uint8(i), G: uint8(i), B: uint8(i / 256 * 200), A: 0xff}] = 1000 - i
	}
	p := newPalette(counts)
	if len(p.colours) != paletteSize {
		t.Errorf("%d colours", len(p.colours))
	}
	for c, n := range counts {
		got := p.colours[p.index[c]].(color.RGBA)
		if n > 1000-255 && got != c {
			t.Errorf("%v is frequent and became %v", c, got)
		}
		if c.B == 201 && got != (color.RGBA{R: 200, G: 200, A: 0xff}) && got.R != 200 {
			t.Errorf("%v became %v", c, got)
		}
	}
}

// What changes from run to run is no structure; what names the parts of a screen is.
func TestStructure(t *testing.T) {
	f := shows(t, 70, 6, strings.Join([]string{
		` MEMBERS ── 3 ─────────────   WHO OWNED WHAT ── last 60s ──────`,
		`    PARTITION▴  OWNER   LAG  LAST 60s    IN`,
		`  ▸ myorders-0   A       16  ▂▂▂▂▂▂▂▂  9.1/s`,
		`    why       member left  certain  consumer-3 was killed (SIGKILL)`,
		``,
		` n new consumer   ? help`,
	}, "\r\n"))
	want := "MEMBERS  WHO OWNED WHAT\nPARTITION  OWNER  LAG  LAST  IN\nwhy\nn new consumer  ? help\n"
	if got := structure(f); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
