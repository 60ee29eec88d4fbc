package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// greys are what is not meant to have a colour, by number of the terminal's palette.
type greys struct{ text, dim, faint, heading, quiet string }

// Reduced is the theme on a terminal with so many colours. The renderer finds the nearest colours by itself, but the
// nearest to a blue grey is a teal or a loud blue, and the nearest to orange among 16 is red: where there are few, a
// colour would mean what nobody meant.
func (t *Theme) Reduced(colours colorprofile.Profile) *Theme {
	reduced := *t
	reduced.colours = colours
	switch colours {
	case colorprofile.ANSI256:
		reduced.to256()
	case colorprofile.ANSI:
		reduced.to16()
	}
	return &reduced
}

func (t *Theme) to256() {
	bar, selected, all := "236", "238", greys{"252", "245", "238", "248", "241"}
	if !t.Dark {
		bar, selected, all = "253", "251", greys{"236", "242", "251", "240", "247"}
	}
	if t.name == HighContrast {
		bar, selected, all = "235", "236", greys{"231", "252", "245", "231", "250"}
		if !t.Dark {
			bar, selected, all = "255", "254", greys{"16", "237", "243", "16", "240"}
		}
	}
	t.grey(all)
	t.Bar = t.Text.Background(lipgloss.Color(bar))
	t.Selected = lipgloss.Color(selected)
}

// to16 makes dim text the lighter of the two greys where it is dark: the other cannot be read on the ground of the
// selected row.
func (t *Theme) to16() {
	all := greys{"15", "7", "8", "7", "8"}
	selected, signs, lanes := "4", []string{"10", "14", "11", "9"}, []string{"14", "11", "13", "10", "9", "12"}
	if !t.Dark {
		all = greys{"0", "8", "7", "8", "8"}
		selected, signs, lanes = "14", []string{"2", "4", "3", "1"}, []string{"6", "3", "5", "2", "1", "4"}
	}
	switch {
	case t.name == HighContrast && t.Dark:
		all.dim, all.heading = "15", "15"
	case t.name == HighContrast:
		all.dim, all.heading = "0", "0"
	case t.name == ColourBlind && t.Dark: // green is what looks like yellow and red
		signs, lanes = []string{"14", "12", "11", "9"}, []string{"14", "11", "12", "9", "15", "13"}
	case t.name == ColourBlind:
		signs, lanes = []string{"6", "4", "3", "1"}, []string{"6", "1", "4", "3", "0", "5"}
	}
	t.grey(all)
	t.Bar = t.Text
	t.Selected = lipgloss.Color(selected)
	for i, style := range []*lipgloss.Style{&t.Good, &t.Info, &t.Warn, &t.Bad} {
		*style = style.Foreground(lipgloss.Color(signs[i]))
	}
	t.Match = t.Info.Bold(true)
	t.lanes = make([]color.Color, len(lanes))
	for i, number := range lanes {
		t.lanes[i] = lipgloss.Color(number)
	}
}

func (t *Theme) grey(g greys) {
	paint := func(style lipgloss.Style, number string) lipgloss.Style {
		return style.Foreground(lipgloss.Color(number))
	}
	t.Text, t.Dim, t.Column = paint(t.Text, g.text), paint(t.Dim, g.dim), paint(t.Column, g.dim)
	t.Faint, t.Heading, t.Quiet = paint(t.Faint, g.faint), paint(t.Heading, g.heading), paint(t.Quiet, g.quiet)
}
