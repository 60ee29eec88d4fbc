package theme

import (
	"time"

	"charm.land/lipgloss/v2"
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
	style = style.Foreground(mix(from, t.Dim.GetForeground(), share))
	if share >= 0.5 {
		style = style.Bold(false)
	}
	return style
}
