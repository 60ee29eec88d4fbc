package theme

import (
	"math"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Aged is a style that steps back with age: unchanged at 0, the colour of dim text from whole on. Bold ends half-way.
func (t *Theme) Aged(style lipgloss.Style, age, whole time.Duration) lipgloss.Style {
	share := float64(age) / float64(whole)
	if share <= 0 {
		return style
	}
	from := style.GetForeground()
	if _, none := from.(lipgloss.NoColor); none {
		from = t.Text.GetForeground()
	}
	if t.colours == colorprofile.ANSI { // between two of 16 colours lie others, which mean something else
		share = math.Floor(share + 0.5)
	}
	style = style.Foreground(mix(from, t.Dim.GetForeground(), share))
	if share >= 0.5 {
		style = style.Bold(false)
	}
	return style
}
