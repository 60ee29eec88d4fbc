package glyph

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Every row of a glyph is as wide as the others, or what follows it would be torn.
func TestGlyphsAreWhole(t *testing.T) {
	for r, glyph := range font {
		all := strings.Fields(glyph)
		if len(all) != rows {
			t.Errorf("%q has %d rows", r, len(all))
		}
		for _, row := range all {
			if len(row) != len(all[0]) || strings.Trim(row, "#.") != "" {
				t.Errorf("%q has a row %q beside %q", r, row, all[0])
			}
		}
	}
}

func TestLines(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		tall bool
		want string
	}{
		"half blocks": {"12", false, "▄█  ▀▀█\n █  █▀▀\n▀▀▀ ▀▀▀"},
		"whole ones":  {"7", true, "██████\n    ██\n    ██\n  ██  \n  ██  "},
		"nothing":     {"", false, "\n\n"},
	} {
		lines, ok := Lines(c.text, c.tall)
		if got := strings.Join(lines, "\n"); !ok || got != c.want {
			t.Errorf("%s: %q is drawn\n%s\nwant\n%s", name, c.text, got, c.want)
		}
	}
	lines, _ := Lines("≥1,204 → 3.0s", false)
	for _, l := range lines {
		if ansi.StringWidth(l) != ansi.StringWidth(lines[0]) {
			t.Errorf("lines of different widths:\n%s", strings.Join(lines, "\n"))
		}
	}
	if _, ok := Lines("注", false); ok {
		t.Error("a sign that the font does not have is drawn")
	}
}
