package uitest

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/theme"
)

// FrameSizes are those of a frame in a terminal of 120×40 and of 80×24: the shell takes two lines.
var FrameSizes = []struct{ Width, Height int }{{120, 38}, {80, 22}}

// Viewer is a person in front of one screen, without the shell around it.
type Viewer struct {
	tb     testing.TB
	Screen kit.Screen
	F      kit.Frame
	Asked  []tea.Msg // what the screen asked the shell for
}

// Look shows a view on a screen of this size.
func Look(tb testing.TB, s kit.Screen, v *model.View, width, height int) *Viewer {
	w := &Viewer{tb: tb, Screen: s, F: FrameOf(v, width, height)}
	s.Observe(w.F)
	s.Render(w.F) // the mouse counts from what was drawn
	return w
}

// Press presses keys, as [Driver.Press] names them.
func (w *Viewer) Press(keys ...string) *Viewer {
	w.tb.Helper()
	for _, k := range keys {
		w.key(Key(k))
	}
	return w
}

// Write presses the key of every character.
func (w *Viewer) Write(s string) *Viewer {
	for _, r := range s {
		w.key(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return w
}

func (w *Viewer) key(msg tea.KeyPressMsg) {
	cmd, _ := kit.Press(w.Screen, w.F, msg)
	w.do(cmd)
}

// Send hands the screen a message.
func (w *Viewer) Send(msg tea.Msg) { w.do(w.Screen.Update(w.F, msg)) }

func (w *Viewer) do(cmd tea.Cmd) {
	if cmd != nil {
		w.Asked = append(w.Asked, cmd())
	}
	w.Screen.Render(w.F)
}

// Show has the screen take in another view.
func (w *Viewer) Show(v *model.View) *Viewer {
	w.F.View = v
	w.Screen.Observe(w.F)
	return w
}

// Frame is what the screen shows.
func (w *Viewer) Frame() *Frame {
	w.tb.Helper()
	return Draw(w.tb, w.Screen.Render(w.F), w.F.Width, w.F.Height)
}

// Has fails the test unless all of the texts stand on the screen; a text after ¬ must not.
func (w *Viewer) Has(texts ...string) *Viewer {
	w.tb.Helper()
	f := w.Frame()
	for _, s := range texts {
		if rest, not := strings.CutPrefix(s, "¬"); not {
			if f.Has(rest) {
				w.tb.Errorf("%q stands on the screen:\n%s", rest, f.Text())
			}
		} else if !f.Has(s) {
			w.tb.Errorf("%q does not stand on the screen:\n%s", s, f.Text())
		}
	}
	return w
}

// Fits fails unless what is drawn has exactly height lines of at most width cells.
func Fits(t *rapid.T, drawn string, width, height int) {
	lines := strings.Split(drawn, "\n")
	if len(lines) != height {
		t.Fatalf("%d lines, want %d", len(lines), height)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > width {
			t.Fatalf("line %d is %d wide, want at most %d: %q", i, w, width, ansi.Strip(l))
		}
	}
}

// FrameOf is a frame at the moment of the group scenes.
func FrameOf(v *model.View, width, height int) kit.Frame {
	return kit.Frame{View: v, Now: SceneNow, Theme: theme.For(true), Width: width, Height: height}
}

// BenchmarkRender draws a screen again and again.
func BenchmarkRender(b *testing.B, s kit.Screen, g *model.GroupView) {
	f := FrameOf(ViewOf(g), 120, 38)
	s.Observe(f)
	b.ReportAllocs()
	for b.Loop() {
		s.Render(f)
	}
}
