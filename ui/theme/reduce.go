package theme

import (
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Reduced is the theme on a terminal with so many colours. The renderer finds the nearest colours by itself; only the
// grounds of the bars and of the selected row need choosing: the nearest to a dark blue grey is a loud blue.
func (t *Theme) Reduced(colours colorprofile.Profile) *Theme {
	reduced := *t
	reduced.colours = colours
	switch colours {
	case colorprofile.ANSI256:
		bar, selected := "236", "238"
		if !t.Dark {
			bar, selected = "253", "251"
		}
		reduced.Bar = t.Bar.Background(lipgloss.Color(bar))
		reduced.Selected = lipgloss.Color(selected)
	case colorprofile.ANSI: // dim text is nearest to the only grey: it must not be the ground as well
		reduced.Bar = t.Bar.UnsetBackground()
		reduced.Selected = lipgloss.Color("4")
		if !t.Dark {
			reduced.Selected = lipgloss.Color("14")
		}
	}
	return &reduced
}
