package theme

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/lucasb-eyer/go-colorful"

	"regroup/model"
)

// every calls f for each look on each ground.
func every(f func(name string, th *Theme)) {
	for _, name := range Names() {
		for _, dark := range []bool{true, false} {
			f(fmt.Sprintf("%s, dark ground %v", name, dark), Named(name, dark))
		}
	}
}

// Whatever is text can be read on whatever it is drawn on.
func TestTextStandsOutFromItsGround(t *testing.T) {
	every(func(name string, th *Theme) {
		least := 4.5
		if th.name == HighContrast {
			least = 7
		}
		check := func(what string, ink, ground color.Color) {
			t.Helper()
			if c := Contrast(ink, ground); c < least {
				t.Errorf("%s: %s has a contrast of %.2f, below %.1f", name, what, c, least)
			}
		}
		grounds := map[string]color.Color{"the ground": th.Ground, "the bar": th.Bar.GetBackground(), "the selected row": th.Selected}
		for lane := model.Slot(1); int(lane) <= len(th.lanes); lane++ {
			check(fmt.Sprintf("the letter of lane %s", lane), th.Chip(lane).GetForeground(), th.Chip(lane).GetBackground())
			over := th.ChipOver(lane)
			check(fmt.Sprintf("the letter of lane %s when it is over", lane), over.GetForeground(), over.GetBackground())
			for where, ground := range grounds {
				check(fmt.Sprintf("text in the colour of lane %s on %s", lane, where), th.LaneColour(lane), ground)
			}
			for _, style := range []lipgloss.Style{th.Text, th.Dim, th.Strong} {
				check(fmt.Sprintf("text on the glow of lane %s", lane), style.GetForeground(), th.Glow(lane, 1))
			}
		}
		for what, style := range texts(th) {
			for where, ground := range grounds {
				check(what+" on "+where, style.GetForeground(), ground)
			}
		}
	})
}

func texts(th *Theme) map[string]lipgloss.Style {
	return map[string]lipgloss.Style{
		"text": th.Text, "strong": th.Strong, "dim": th.Dim, "heading": th.Heading, "column": th.Column, "match": th.Match,
		"good": th.Good, "info": th.Info, "warn": th.Warn, "bad": th.Bad,
	}
}

// sight is what a person sees of a colour, as a matrix on linear sRGB: Machado, Oliveira and Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), where the kind of cone is missing.
type sight [3][3]float64

var sights = map[string]sight{
	"all cones":    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func (s sight) of(c color.Color) colorful.Color {
	shown, _ := colorful.MakeColor(c)
	r, g, b := shown.LinearRgb()
	row := func(i int) float64 { return min(1, max(0, s[i][0]*r+s[i][1]*g+s[i][2]*b)) }
	return colorful.LinearRgb(row(0), row(1), row(2))
}

// apart is how far apart two colours are for whom they are the nearest: CIEDE2000, where 1 is just noticed side by side.
func apart(a, b color.Color) (distance float64, who string) {
	distance = math.Inf(1)
	for name, s := range sights {
		if d := 100 * s.of(a).DistanceCIEDE2000(s.of(b)); d < distance {
			distance, who = d, name
		}
	}
	return distance, who
}

// Whoever lacks a kind of cone still tells neighbouring members apart, and what is good from what is bad.
func TestColourBlindColoursStayApart(t *testing.T) {
	for _, dark := range []bool{true, false} {
		for profile, least := range map[colorprofile.Profile]struct{ lanes, states float64 }{
			colorprofile.TrueColor: {15, 20}, colorprofile.ANSI256: {10, 15},
		} {
			th := Named(ColourBlind, dark).Reduced(profile)
			check := func(what string, a, b color.Color, least float64) {
				t.Helper()
				if d, who := apart(profile.Convert(a), profile.Convert(b)); d < least {
					t.Errorf("dark %v, %s: %s are %.1f apart with %s, below %.0f", dark, profile, what, d, who, least)
				}
			}
			first := model.Slot(1)
			for lane := first; int(lane) <= len(th.lanes); lane++ {
				check(fmt.Sprintf("lanes %s and %s", lane, lane+1), th.LaneColour(lane), th.LaneColour(lane+1), least.lanes)
				for other := first; other < lane && lane <= 4; other++ { // most groups have no more
					check(fmt.Sprintf("lanes %s and %s", other, lane), th.LaneColour(other), th.LaneColour(lane), least.lanes)
				}
			}
			states := []lipgloss.Style{th.Good, th.Info, th.Warn, th.Bad}
			for i := range states {
				for j := range i {
					check(fmt.Sprintf("states %d and %d", j, i), states[j].GetForeground(), states[i].GetForeground(), least.states)
				}
			}
		}
	}
}

// A name that there is not is the plain look: the configuration has refused it before.
func TestLooksFollowTheGround(t *testing.T) {
	for _, c := range []struct {
		name         string
		ground, dark bool
	}{
		{Auto, true, true}, {Auto, false, false}, {Dark, false, true}, {Light, true, false},
		{HighContrast, true, true}, {HighContrast, false, false}, {ColourBlind, true, true}, {ColourBlind, false, false}, {"", false, false},
	} {
		if th := Named(c.name, c.ground); th.Dark != c.dark {
			t.Errorf("%q on a ground that is dark: %v: the look is dark: %v", c.name, c.ground, th.Dark)
		}
	}
}

// A name without a palette would silently be auto.
func TestEveryNameHasAPaletteAndEveryPaletteAName(t *testing.T) {
	for _, name := range Names() {
		if name != Dark && name != Light && palettes[name] == nil {
			t.Errorf("%s has no palette", name)
		}
	}
	for name := range palettes {
		if !slices.Contains(Names(), name) {
			t.Errorf("the palette %s has no name", name)
		}
	}
}
