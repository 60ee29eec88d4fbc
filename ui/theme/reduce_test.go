package theme

import (
	"image/color"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
)

// What has no meaning has no colour: on a terminal with few colours it is drawn in a grey, and stays apart from the
// ground that it is drawn on.
func TestReducedGreysAreGrey(t *testing.T) {
	for _, dark := range []bool{true, false} {
		for _, profile := range []colorprofile.Profile{colorprofile.ANSI256, colorprofile.ANSI} {
			th := For(dark).Reduced(profile)
			for name, style := range map[string]lipgloss.Style{
				"text": th.Text, "dim": th.Dim, "column": th.Column, "faint": th.Faint, "heading": th.Heading, "quiet": th.Quiet,
				"half aged": th.Aged(th.Text, time.Second, 2*time.Second),
			} {
				shown := profile.Convert(style.GetForeground())
				if r, g, b, _ := shown.RGBA(); r != g || g != b {
					t.Errorf("dark %v, %s: %s is drawn in %v", dark, profile, name, shown)
				}
			}
			bright := Named(HighContrast, dark).Reduced(profile)
			for name, style := range texts(bright) {
				if c := Contrast(profile.Convert(style.GetForeground()), profile.Convert(bright.Ground)); c < 7 && profile == colorprofile.ANSI256 {
					t.Errorf("dark %v, %s: %s has a contrast of %.1f where contrast is what is asked for", dark, profile, name, c)
				}
			}
			selected := profile.Convert(th.Selected)
			for name, style := range map[string]lipgloss.Style{"text": th.Text, "dim": th.Dim, "strong": th.Strong} {
				if c := Contrast(profile.Convert(style.GetForeground()), selected); c < 2.4 {
					t.Errorf("dark %v, %s: %s on the selected row has a contrast of %.1f", dark, profile, name, c)
				}
			}
		}
	}
}

// A warning must not look like an error, nor a member like either.
func TestSixteenColoursKeepTheirMeaning(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := For(dark).Reduced(colorprofile.ANSI)
		seen := map[color.Color]string{}
		for name, style := range map[string]lipgloss.Style{"good": th.Good, "info": th.Info, "warn": th.Warn, "bad": th.Bad} {
			shown := colorprofile.ANSI.Convert(style.GetForeground())
			if other, twice := seen[shown]; twice {
				t.Errorf("dark %v: %s and %s look the same", dark, name, other)
			}
			seen[shown] = name
		}
		for lane := model.Slot(1); lane <= 6; lane++ {
			now, over := th.LaneColour(lane), th.Fade(th.LaneColour(lane), 0.4)
			if n, o := now.(ansi.BasicColor), over.(ansi.BasicColor); n == o || n&7 != o&7 {
				t.Errorf("dark %v: lane %s is %v, and %v when it is over: not the same hue", dark, lane, n, o)
			}
		}
		if a, b := th.LaneColour(1), th.LaneColour(2); a == b || b == th.Bad.GetForeground() {
			t.Errorf("dark %v: the first two members are drawn in %v and %v", dark, a, b)
		}
	}
}
