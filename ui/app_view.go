package ui

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"regroup/ui/explain"
	"regroup/ui/text"
	"regroup/ui/theme"
	"regroup/ui/tour"
)

// The smallest supported terminal.
const (
	leastWidth  = 40
	leastHeight = 8
)

// place is the position of the screen, in lines of the terminal.
type place struct{ y, height int }

// arrange computes the position of the screen: below the header and the line with the first error.
func (a *App) arrange() place {
	y := 1
	if a.problem() != nil {
		y++
	}
	below := 1 + tour.Height(a.touring(), a.height) // the footer
	if a.player != nil {
		below++
	}
	return place{y, max(0, a.height-y-below)}
}

// shared is the position of the top screen: an explanation takes its lower lines, or all of few.
func (a *App) shared() place {
	p := a.arrange()
	if a.explain != nil {
		p.height -= explain.Height(p.height)
	}
	return p
}

// View draws the terminal.
func (a *App) View() tea.View {
	v := tea.NewView(a.content())
	v.AltScreen = true
	v.WindowTitle = "regroup"
	if a.setsGround() {
		v.BackgroundColor = a.theme.Ground
	}
	if a.options.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// setsGround reports whether the terminal's background must be set for the selected theme: light text is not readable on a light
// background. It is restored when the program ends.
func (a *App) setsGround() bool {
	fits := a.bgKnown && a.darkBg == a.theme.Dark
	return a.themeName != theme.Auto && (!fits || a.theme.SetsGround) && a.colours > colorprofile.ASCII
}

func (a *App) content() string {
	switch {
	case a.width <= 0 || a.height <= 0:
		return "" // the terminal has not reported its size yet
	case a.width < leastWidth || a.height < leastHeight:
		return a.tooSmall()
	}
	whole := a.arrange()
	a.place = a.shared()
	var b strings.Builder
	a.header().Append(&b, a.theme.Bar.GetBackground())
	if line := a.problem(); line != nil {
		b.WriteByte('\n')
		line.Truncate(a.width).Append(&b, nil)
	}
	b.WriteByte('\n')
	switch {
	case a.help != nil:
		b.WriteString(a.help.Render(a.theme, a.width, whole.height))
	case a.explain == nil:
		b.WriteString(a.top().Render(a.frame()))
	default:
		if a.place.height > 0 {
			b.WriteString(a.top().Render(a.frame()))
			b.WriteByte('\n')
		}
		b.WriteString(a.explain.Render(a.theme, a.explainContext(), a.width, whole.height-a.place.height))
	}
	b.WriteByte('\n')
	for _, line := range a.tourBar().Lines(a.height) {
		line.Append(&b, a.theme.Bar.GetBackground())
		b.WriteByte('\n')
	}
	if a.player != nil {
		a.player.Line(a.theme, a.width).Append(&b, a.theme.Bar.GetBackground())
		b.WriteByte('\n')
	}
	a.footer().Append(&b, a.theme.Bar.GetBackground())
	return b.String()
}

// tooSmall is a line with the required size; q and ctrl+c still work.
func (a *App) tooSmall() string {
	words := fmt.Sprintf("%d×%d is too small: regroup needs %d×%d", a.width, a.height, leastWidth, leastHeight)
	for _, shorter := range []string{fmt.Sprintf("needs %d×%d", leastWidth, leastHeight), "too small"} {
		if text.Width(words) > a.width {
			words = shorter
		}
	}
	return text.Of(text.S(a.theme.Warn, words)).Truncate(a.width).Render(nil)
}

// footer is the command line, a notice, or the keys of the focused pane.
func (a *App) footer() text.Line {
	inner := a.width - 2
	var line text.Line
	switch {
	case a.command != nil:
		line = a.command.line(a, inner)
	case a.notice.Text != "":
		style, sign := a.theme.Info, "· "
		if a.notice.Bad {
			style, sign = a.theme.Bad, "! "
		}
		line = text.Of(text.S(style, sign+text.Clean(a.notice.Text)))
		if line.Width() > inner {
			line = text.Between(line, text.Of(text.S(a.theme.Dim, "! shows all")), inner)
		}
	case a.help != nil:
		line = a.keyLine(a.help.Keys(nil).Bindings(), inner)
	case a.explain != nil && !a.top().Typing():
		panel := a.explain.Keys(nil)
		line = a.keyLine(slices.Concat(panel.Bindings(), []key.Binding{explain.Hint}, a.screenKeys().Without(panel).Bindings()), inner)
	default:
		line = a.footerKeys(inner)
	}
	return append(text.Line{text.Space(1)}, line.Fit(a.width-1, text.Left)...)
}

// onStage is the number of the screen's keys before the shell's: in the tour its next and previous keys, in the lab the keys that
// stop and pause a consumer.
func (a *App) onStage(bindings []key.Binding) int {
	switch {
	case a.top().Typing():
		return 0
	case a.touring() != nil:
		return len(a.tourHints())
	case a.inLab():
		return min(4, len(bindings))
	}
	return 0
}

// footerKeys are the screen's keys, most important first, followed by the shell's.
func (a *App) footerKeys(width int) text.Line {
	const between = 3
	bindings := a.screenKeys().Bindings()
	shell := a.shellFooter()
	if a.touring() != nil && !a.top().Typing() {
		bindings = append(a.tourHints().Bindings(), bindings...)
	}
	for _, spare := range []key.Binding{keys.lab, keys.back, keys.quit, tour.Begin} {
		if a.keyLine(slices.Concat(bindings[:a.onStage(bindings)], shell), math.MaxInt).Width() <= width {
			break
		}
		shell = slices.DeleteFunc(shell, func(b key.Binding) bool { return b.Help() == spare.Help() })
	}
	always := a.keyLine(shell, width)
	line := a.keyLine(bindings, width-between-always.Width())
	if len(line) > 0 {
		line = append(line, text.Space(between))
	}
	return append(line, always...)
}
