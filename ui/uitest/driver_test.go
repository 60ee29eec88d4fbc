package uitest_test

import (
	"fmt"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"regroup/model"
	"regroup/ui/uitest"
)

// counter is a small program: it counts ticks, views and keys, and shows them.
type counter struct {
	source             *uitest.Source
	ticks, views, keys int
	order              string
	size               string
}

type tick struct{}

func (c counter) Init() tea.Cmd {
	return tea.Batch(c.next, tea.Tick(time.Second, func(time.Time) tea.Msg { return tick{} }))
}

func (c counter) next() tea.Msg {
	v, open := <-c.source.Views()
	if !open {
		return nil
	}
	return v
}

func (c counter) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tick:
		c.ticks++
		return c, tea.Tick(time.Second, func(time.Time) tea.Msg { return tick{} })
	case *model.View:
		c.views++
		return c, c.next
	case tea.WindowSizeMsg:
		c.size = fmt.Sprintf("%dx%d", msg.Width, msg.Height)
	case tea.KeyPressMsg:
		c.keys++
		switch msg.String() {
		case "q":
			return c, tea.Quit
		case "S":
			say := func(s string) tea.Cmd { return func() tea.Msg { return s } }
			return c, tea.Sequence(say("a"), nil, tea.Batch(say("b")), say("c"))
		}
	case string:
		c.order += msg
	case tea.MouseClickMsg:
		c.order += fmt.Sprintf("%d,%d", msg.X, msg.Y)
	}
	return c, nil
}

func (c counter) View() tea.View {
	red := lipgloss.NewStyle().Foreground(lipgloss.Color("#ff0000"))
	return tea.NewView(fmt.Sprintf("%s ticks %d\nviews %d keys %d 注 %s %s", red.Render("red"), c.ticks, c.views, c.keys, c.order, c.size))
}

func TestDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := uitest.NewSource(t)
		d := uitest.New(t, counter{source: source}, 40, 4)
		source.Show(&model.View{})
		d.Press("a", "S", "ctrl+x", "shift+tab")
		d.Click(3, 1)
		d.Wait(10*time.Second + time.Millisecond)
		f := d.Frame()
		if got, want := f.Text(), "red ticks 10\nviews 1 keys 4 注 abc3,1 40x4\n\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if x, y, ok := f.Find("注 abc"); !ok || x != 15 || y != 1 {
			t.Errorf("found at %d,%d, %v", x, y, ok)
		}
		if f.Has("nothing of the kind") {
			t.Error("found what is not there")
		}
		if r, g, b, _ := f.Foreground(0, 0).RGBA(); (color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8)}) != (color.RGBA{R: 255}) {
			t.Errorf("red is %v", f.Foreground(0, 0))
		}
		d.Profile(colorprofile.ASCII)
		if c := d.Frame().Foreground(0, 0); c != nil {
			t.Errorf("without colours, red is %v", c)
		}
		d.Press("q")
		if !d.Quit() {
			t.Error("q did not end the program")
		}
	})
}
