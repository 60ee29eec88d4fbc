package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/ui/card"
	"regroup/ui/group"
	"regroup/ui/groups"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/theme"
	"regroup/ui/uitest"
)

// bigScreens are what is drawn for a projector, each with what is on it.
func bigScreens() map[string]func() (kit.Screen, *model.View) {
	group := func(g *model.GroupView, keys ...string) func() (kit.Screen, *model.View) {
		return func() (kit.Screen, *model.View) {
			s, v := group.New(g.ID), uitest.ViewOf(g)
			f := uitest.FrameOf(v, 80, 22)
			f.Density = kit.Presentation
			s.Observe(f)
			for _, k := range keys {
				kit.Press(s, f, uitest.Key(k))
			}
			return s, v
		}
	}
	card := func(g *model.GroupView) func() (kit.Screen, *model.View) {
		return func() (kit.Screen, *model.View) { return card.New(g.ID, nil), uitest.ViewOf(g) }
	}
	list := func(v *model.View) func() (kit.Screen, *model.View) {
		return func() (kit.Screen, *model.View) {
			var s kit.Screen = groups.New(true)
			f := kit.Frame{View: v, Now: uitest.SceneNow}
			s.Update(f, s.(kit.Worker).Work(f)())
			return s, v
		}
	}
	all := map[string]func() (kit.Screen, *model.View){
		"group": group(uitest.OneConsumer()), "picture": group(uitest.OneConsumer(), "tab"), "card": card(uitest.OneConsumer()), "now": card(uitest.UnderWay()),
		"rebalancing": group(uitest.UnderWay()), "syncing": group(uitest.Syncing()), "reconciling": group(uitest.Reconciling()), "idle": group(uitest.Idle()), "storm": group(uitest.Storm()), "empty": group(uitest.Empty()),
		"storm-card": card(uitest.Storm()), "storm-picture": group(uitest.Storm(), "tab"), "unread": group(uitest.TimedOut()), "hostile": group(uitest.Hostile()), "hostile-card": card(uitest.Hostile()),
		"share": group(uitest.ShareGroup()), "gone": group(uitest.Gone()),
		"groups": list(uitest.Payments()), "many": list(uitest.Many(200)), "none": list(uitest.ViewOfGroups()),
		"lab": func() (kit.Screen, *model.View) { return lab.New(uitest.Lab{}, "1consumer"), uitest.LabScene() },
		"lab-empty": func() (kit.Screen, *model.View) {
			return lab.New(uitest.Lab{}, ""), &model.View{Lab: &model.LabSnapshot{}}
		},
	}
	return all
}

func bigFrame(s kit.Screen, v *model.View, now time.Time, width, height int) kit.Frame {
	f := uitest.FrameOf(v, width, height)
	f.Density, f.Now = kit.Presentation, now
	s.Observe(f)
	return f
}

// momentOf is when what is on a screen happens: the groups' scenes have a time of their own.
func momentOf(name string) time.Time {
	if name == "groups" || name == "many" {
		return uitest.BubbleStart
	}
	return uitest.SceneNow
}

func TestBigFrames(t *testing.T) {
	sizes := []struct{ width, height int }{{80, 22}, {120, 38}, {200, 58}}
	for name, sizes := range map[string][]struct{ width, height int }{
		"group": sizes, "picture": sizes[:1], "card": sizes[:2], "rebalancing": sizes[:1], "reconciling": sizes[:1],
		"groups": sizes, "many": sizes[:1], "lab": sizes[:2], "empty": sizes[:1],
	} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.width, size.height), func(t *testing.T) {
				s, v := bigScreens()[name]()
				drawn := s.Render(bigFrame(s, v, momentOf(name), size.width, size.height))
				golden.RequireEqual(t, uitest.Draw(t, drawn, size.width, size.height).Text()+"\n")
			})
		}
	}
	t.Run("move", func(t *testing.T) {
		var moments string
		for _, ms := range []int{0, 300, 600, 1000} {
			s, v := bigScreens()["group"]()
			drawn := s.Render(bigFrame(s, v, uitest.Ago(6).Add(time.Duration(ms)*time.Millisecond), 80, 22))
			lines := strings.Split(uitest.Draw(t, drawn, 80, 22).Text(), "\n")
			moments += fmt.Sprintf("── after %d ms\n%s\n", ms, strings.Join(lines[7:19], "\n"))
		}
		golden.RequireEqual(t, moments)
	})
}

// A projector's terminal may be of any size, and whatever is on its way may be anywhere.
func TestBigFitsAnySize(t *testing.T) {
	screens := bigScreens()
	var names []string
	for name := range screens {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "screen")
		width, height := rapid.IntRange(10, 220).Draw(t, "width"), rapid.IntRange(3, 70).Draw(t, "height")
		s, v := screens[name]()
		now := uitest.Ago(6).Add(time.Duration(rapid.IntRange(-1000, 9000).Draw(t, "ms")) * time.Millisecond)
		lines := strings.Split(s.Render(bigFrame(s, v, now, width, height)), "\n")
		if len(lines) > height {
			t.Fatalf("%s: %d lines in %d", name, len(lines), height)
		}
		for y, line := range lines {
			if w := ansi.StringWidth(line); w > width {
				t.Fatalf("%s at %d×%d: line %d is %d wide: %q", name, width, height, y, w, ansi.Strip(line))
			}
		}
	})
}

// B and :big go there and back, and nothing of what was chosen is lost.
func TestBigIsSwitchedWhileItRuns(t *testing.T) {
	atDesk(t, 80, 24, Options{Group: "1consumer"}, func(d desk) {
		d.show(uitest.ViewOf(uitest.OneConsumer()))
		d.sees("many small ones", "PARTITIONS")
		d.Press("B")
		d.sees("few large ones", "LAST REBALANCE", "█  A  █")
		if d.Frame().Has("PARTITIONS") {
			t.Error("the partitions are still listed")
		}
		d.Press("tab")
		d.sees("the picture has the focus", "gen ")
		d.Press(":", "b", "i", "g", "enter")
		d.sees("and back", "PARTITIONS")
	})
}

// A row that somebody chose for a key stays in sight however many there are.
func TestBigShowsTheSelected(t *testing.T) {
	s, v := bigScreens()["storm"]()
	f := bigFrame(s, v, uitest.SceneNow, 80, 22)
	kit.Press(s, f, uitest.Key("end"))
	if drawn := ansi.Strip(s.Render(f)); !strings.Contains(drawn, "▸ ") {
		t.Errorf("the selected member is not in sight:\n%s", drawn)
	}
}

func TestBigWithoutColour(t *testing.T) {
	s, v := bigScreens()["syncing"]()
	drawn := ansi.Strip(s.Render(bigFrame(s, v, uitest.SceneNow, 80, 22)))
	for _, shape := range []string{"█  A  █", "╎   0   ╎", "none", "joining"} {
		if !strings.Contains(drawn, shape) {
			t.Errorf("%q does not stand there without colour:\n%s", shape, drawn)
		}
	}
}

// What a frame costs side by side: many small things, few large ones, and while a partition is on its way.
func BenchmarkBigAndSmall(b *testing.B) {
	for _, c := range []struct {
		name    string
		density kit.Density
		now     time.Time
	}{{"small", kit.Dense, uitest.SceneNow}, {"small, moving", kit.Dense, uitest.Ago(5.5)}, {"big", kit.Presentation, uitest.SceneNow}, {"big, moving", kit.Presentation, uitest.Ago(5.5)}} {
		for _, name := range []string{"group", "storm", "groups", "lab", "card"} {
			b.Run(name+", "+c.name, func(b *testing.B) {
				s, v := bigScreens()[name]()
				f := bigFrame(s, v, c.now, 200, 58)
				f.Density = c.density
				b.ReportAllocs()
				for b.Loop() {
					s.Render(f)
				}
			})
		}
	}
}

// Whatever the look, a frame says the same.
func TestLooksSayTheSame(t *testing.T) {
	for _, name := range theme.Names() {
		for _, dark := range []bool{true, false} {
			s, v := bigScreens()["group"]()
			f := bigFrame(s, v, uitest.SceneNow, 120, 38)
			want := ansi.Strip(s.Render(f))
			f.Theme = theme.Named(name, dark)
			if got := ansi.Strip(s.Render(f)); got != want {
				t.Errorf("%s says\n%s", name, got)
			}
		}
	}
}
