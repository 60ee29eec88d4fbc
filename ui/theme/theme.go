// Package theme holds every visual choice: colours, styles and signs. Nothing else in ui names a colour.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"regroup/model"
)

// Theme is one look. Screens use its styles and never make their own colours. The renderer reduces the colours to what
// the terminal has; letters and signs carry every meaning, so that without colour nothing is lost.
type Theme struct {
	Dark bool

	Text     lipgloss.Style // what is read
	Strong   lipgloss.Style // what is read first
	Dim      lipgloss.Style // what is only there to be looked up: units, ages, hosts
	Faint    lipgloss.Style // rules, empty sparkline cells
	Quiet    lipgloss.Style // a sparkline that says nothing new
	Heading  lipgloss.Style // MEMBERS, PARTITIONS
	Column   lipgloss.Style // column titles
	Good     lipgloss.Style // stable, live
	Info     lipgloss.Style // keys, links, moving
	Warn     lipgloss.Style // joining, growing lag
	Bad      lipgloss.Style // failed, storm
	Match    lipgloss.Style // the part of a name that the filter matched
	Bar      lipgloss.Style // the header and the footer
	Selected color.Color    // the background of the selected row; spans keep their own foreground
	Ground   color.Color    // what the colours were chosen for
	// SetsGround says that the terminal's own background is not good enough, even if it is as dark or as light as the theme.
	SetsGround bool

	lanes []color.Color
	ink   color.Color // on a lane's solid colour
	over  float64     // how far a lane's colour steps back when it is over

	name    string               // one of [Names]
	colours colorprofile.Profile // what the terminal has, as far as [Theme.Reduced] was told
}

// For returns the plain theme for a dark or a light background.
func For(dark bool) *Theme { return Named(Auto, dark) }

func build(dark bool, p *palette) *Theme {
	fg := func(hex string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(hex)) }
	t := &Theme{
		Dark: dark, Text: fg(p.text), Strong: fg(p.strong).Bold(true), Dim: fg(p.dim), Faint: fg(p.faint),
		Heading: fg(p.heading).Bold(true), Column: fg(p.dim), Good: fg(p.good), Info: fg(p.info), Warn: fg(p.warn), Bad: fg(p.bad),
		Match: fg(p.info).Bold(true), Bar: fg(p.text).Background(lipgloss.Color(p.bar)),
		Selected: lipgloss.Color(p.selected), Ground: lipgloss.Color(p.ground), ink: lipgloss.Color(p.ink), over: p.over,
	}
	t.Quiet = lipgloss.NewStyle().Foreground(mix(t.Faint.GetForeground(), t.Dim.GetForeground(), 0.4))
	for _, hex := range p.lanes {
		t.lanes = append(t.lanes, lipgloss.Color(hex))
	}
	return t
}

// LaneColour is the colour of a lane's letter; lanes beyond the palette begin again, the letter tells them apart.
func (t *Theme) LaneColour(l model.Slot) color.Color { return t.lanes[(int(l)-1)%len(t.lanes)] }

// Chip is the style of a lane's letter on its solid colour: the sign for "this member".
func (t *Theme) Chip(l model.Slot) lipgloss.Style {
	if l == model.Nobody {
		return t.Dim
	}
	return lipgloss.NewStyle().Background(t.LaneColour(l)).Foreground(t.ink).Bold(true)
}

// Lane is the style of text in a lane's colour.
func (t *Theme) Lane(l model.Slot) lipgloss.Style {
	if l == model.Nobody {
		return t.Dim
	}
	return lipgloss.NewStyle().Foreground(t.LaneColour(l))
}

// State is the sign and the style of a group's state. The sign tells the states apart without colour.
func (t *Theme) State(s model.GroupState) (sign string, style lipgloss.Style) {
	switch s {
	case model.StateStable:
		return "●", t.Good
	case model.StatePreparingRebalance:
		return "◐", t.Warn
	case model.StateCompletingRebalance, model.StateAssigning:
		return "◓", t.Warn
	case model.StateReconciling:
		return "◑", t.Info
	case model.StateEmpty, model.StateNotReady:
		return "○", t.Dim
	case model.StateDead:
		return "✕", t.Bad
	}
	return "?", t.Dim
}
