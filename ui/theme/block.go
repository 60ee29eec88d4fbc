package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
)

// Fade is a colour on its way into the background: gone 0 leaves it as it is, 1 is the background.
func (t *Theme) Fade(c color.Color, gone float64) color.Color {
	if basic, is := c.(ansi.BasicColor); is && t.colours == colorprofile.ANSI && gone > 0 {
		return basic ^ 8 // the other one of the same hue: the nearest to a mixture would be another lane's
	}
	return mix(c, t.ink, gone)
}

// glow is how much of a lane's colour is in the ground of a row that has just changed: text must still be read on it.
const glow = 0.13

// Glow is a background that still shows a bit of a lane's colour, for a row that has just changed; strength is 0 to 1.
// Few colours have no such tints: there it is a grey, or nothing.
func (t *Theme) Glow(l model.Slot, strength float64) color.Color {
	switch t.colours {
	case colorprofile.ANSI256:
		step := int(3 * min(1, max(0, strength)))
		if t.Dark {
			return lipgloss.ANSIColor(233 + step)
		}
		return lipgloss.ANSIColor(255 - step)
	case colorprofile.ANSI:
		return nil
	}
	if l == model.Nobody {
		return t.Fade(t.Dim.GetForeground(), 1-glow*strength)
	}
	return t.Fade(t.LaneColour(l), 1-glow*strength)
}

// Block is how a stretch of time is drawn during which a lane owned a partition: the line that fills it and the letter
// in it. What is over steps back.
func (t *Theme) Block(l model.Slot, over bool) (fill, letter lipgloss.Style) {
	if l == model.Nobody {
		return t.Faint, t.Dim
	}
	ground, ink := t.LaneColour(l), t.ink
	if over {
		ground = t.Fade(ground, t.over)
		if strong := t.Strong.GetForeground(); t.colours != colorprofile.ANSI && Contrast(strong, ground) > Contrast(ink, ground) {
			ink = strong
		}
	}
	block := lipgloss.NewStyle().Background(ground)
	line := mix(ground, t.ink, 0.16)
	if t.colours == colorprofile.ANSI256 || t.colours == colorprofile.ANSI {
		line = ground // the nearest colours would be another lane's
	}
	return block.Foreground(line), block.Foreground(ink).Bold(true)
}

// Graph is the style of a sparkline or a bar in a lane's colour: large areas are calmer than letters.
func (t *Theme) Graph(l model.Slot) lipgloss.Style {
	if l == model.Nobody {
		return t.Dim
	}
	return lipgloss.NewStyle().Foreground(t.Fade(t.LaneColour(l), 0.3))
}

// Calm is a style in a colour that does not shout, for a large area of it.
func (t *Theme) Calm(style lipgloss.Style) lipgloss.Style {
	return style.Foreground(t.Fade(style.GetForeground(), 0.3))
}

// ChipOver is a chip of what is over: a previous owner, a member that left.
func (t *Theme) ChipOver(l model.Slot) lipgloss.Style {
	_, letter := t.Block(l, true)
	return letter
}

// mix goes from one colour to another; share is how far, 0 to 1.
func mix(from, to color.Color, share float64) color.Color {
	share = min(1, max(0, share))
	r1, g1, b1, _ := from.RGBA()
	r2, g2, b2, _ := to.RGBA()
	part := func(a, b uint32) uint8 { return uint8((float64(a)*(1-share) + float64(b)*share) / 0x101) }
	return color.RGBA{R: part(r1, r2), G: part(g1, g2), B: part(b1, b2), A: 0xff}
}
