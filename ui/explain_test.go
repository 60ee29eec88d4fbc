package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
	"regroup/ui/uitest"
)

func TestExplainFrames(t *testing.T) {
	for name, c := range map[string]struct {
		view    *model.View
		options Options
		keys    []string
	}{
		"storm":      {uitest.Payments(), Options{}, []string{"e"}},
		"lag":        {uitest.Payments(), Options{}, []string{"down", "down", "e", "right", "right", "right", "right"}},
		"partition":  {uitest.ExplainScene(nil), Options{Group: "1consumer"}, []string{"e"}},
		"member":     {uitest.ExplainScene(nil), Options{Group: "1consumer"}, []string{"shift+tab", "shift+tab", "e"}},
		"card":       {uitest.ExplainScene(nil), Options{Group: "1consumer"}, []string{"enter", "e", "right", "right", "right"}},
		"converging": {uitest.ViewOf(uitest.Reconciling()), Options{Group: "1consumer"}, []string{"e", "left", "left"}},
		"killed": {uitest.ExplainScene(func(v *model.View) {
			v.Lab.Consumers[3].State, v.Lab.Consumers[3].Since = model.LabKilled, uitest.BubbleStart.Add(-6200*time.Millisecond)
		}), Options{Group: "1consumer", Lab: uitest.Lab{}, StartInLab: true}, []string{"down", "down", "e"}},
		"source": {uitest.Payments(), Options{}, []string{"e", "right"}},
	} {
		t.Run(name, func(t *testing.T) {
			var drawn string
			for _, size := range []struct{ width, height int }{{120, 40}, {80, 24}} {
				atDesk(t, size.width, size.height, c.options, func(d desk) {
					d.show(c.view)
					d.Press(c.keys...)
					drawn += explanation(t, d)
				})
			}
			golden.RequireEqual(t, drawn)
		})
	}
}

// explanation is the lower part of the frame; the screen above has frames of its own.
func explanation(t *testing.T, d desk) string {
	t.Helper()
	frame := d.Frame().Text() + "\n"
	from := strings.Index(frame, " EXPLAIN ")
	if from < 0 {
		t.Fatalf("nothing is explained:\n%s", frame)
	}
	return frame[from:]
}

func TestExplainFollowsThePerson(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press("e")
		d.sees("a storm is explained first", "▸STORM")
		d.Press("j", "j", "esc", "e")
		d.sees("the selected group is explained, and the screen is still there", "EXPLAIN", "▸STATE", "GROUP", "payments-settlement")
		d.Press("right", "right")
		d.sees("→ goes to the next column", "▸MEMBERS")
		d.Press("shift+tab")
		d.sees("and shift+tab back", "▸ASSIGNOR")
		first := d.selected()
		d.Press("j")
		if d.selected() == first {
			t.Error("j moves the cursor of the list")
		}
		d.sees("the explained column stays the same", "▸ASSIGNOR")
		d.Press("?")
		d.sees("help covers all", "HELP", "explain")
		d.Press("esc", "esc")
		d.misses("esc closes", "EXPLAIN")
		d.Press("e", "e")
		d.misses("e closes what e opened", "EXPLAIN")
		d.Press(":", "e", "x", "p", "enter")
		d.sees("the command does the same", "EXPLAIN")
		d.Press("tab", "enter")
		d.sees("enter opens the group, and the explanation goes along", "EXPLAIN", "PARTITIONS", "▸myorders-0")
		d.Press("esc", "esc")
		d.sees("back in the groups", "Groups 10")
		d.Press("/", "e")
		d.misses("in the filter, e is a letter", "EXPLAIN")
	})
}

// Keys of the screen work while it is explained: a presenter kills a consumer and watches the result.
func TestExplainLeavesKeysToTheScreen(t *testing.T) {
	atDesk(t, 120, 40, Options{Lab: uitest.Lab{}, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(uitest.ExplainScene(nil))
		d.Press("e", "X")
		d.sees("the lab was asked", "killing consumer-1 failed", "EXPLAIN")
		d.Press("N")
		d.sees("the form takes all keys", "NEW CONSUMER", "group.id")
		d.Type("e")
		d.sees("also e", "1consumere")
		d.Press("esc")
		d.sees("and its esc is its own", "EXPLAIN")
	})
}

// The values change with the view and with the clock.
func TestExplainLives(t *testing.T) {
	atDesk(t, 120, 40, Options{Lab: uitest.Lab{}, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(uitest.ExplainScene(func(v *model.View) {
			v.Lab.Consumers[0].State, v.Lab.Consumers[0].Since = model.LabKilled, uitest.BubbleStart.Add(-4*time.Second)
		}))
		d.Press("e")
		d.sees("at once", "Heartbeats stopped 4.0s ago; after 10s the coordinator")
		d.Wait(1500 * time.Millisecond)
		d.sees("a second and a half later, without a view", "Heartbeats stopped 5.5s ago")
		v := uitest.ExplainScene(func(v *model.View) {
			v.Lab.Consumers[0].State, v.Lab.Consumers[0].Since = model.LabKilled, uitest.BubbleStart.Add(-4*time.Second)
		})
		v.Groups[0].Members = v.Groups[0].Members[1:]
		d.show(v)
		d.sees("the member was removed", "The coordinator has removed it from the group")
		d.misses("no countdown any more", "Heartbeats stopped")
	})
}

// At every size all lines can be scrolled to, also without colour.
func TestExplainScrolls(t *testing.T) {
	atDesk(t, 80, 24, Options{Group: "1consumer"}, func(d desk) {
		d.Profile(colorprofile.ASCII)
		d.show(uitest.ExplainScene(nil))
		d.Press("shift+tab", "shift+tab", "e")
		d.sees("the beginning, and that there is more", "Member A (consumer-1)", "more lines")
		d.misses("the end is further down", "max.poll.interval.ms  5m")
		for range 9 {
			d.Press("pgdown")
		}
		d.sees("the end", "max.poll.interval.ms  5m")
		d.misses("no more below", "more line")
		d.Press("right")
		d.sees("another subject begins at its top", "Who owned what")
		d.Wheel(20, 15, tea.MouseWheelDown)
		d.Click(20, 4)
		d.sees("still there", "EXPLAIN")
	})
	for _, size := range [][2]int{{40, 8}, {200, 60}, {41, 9}} {
		atDesk(t, size[0], size[1], Options{Group: "1consumer"}, func(d desk) {
			d.show(uitest.ExplainScene(nil))
			d.Press("e")
			if lines := strings.Split(d.Frame().Text(), "\n"); len(lines) > size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			d.sees("it is explained", "EXPLAIN")
		})
	}
}

// Control characters in names from the cluster are escaped.
func TestExplainObeysNoName(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		g := uitest.StableGroup("evil\x1b[2J", 1, 1, 5)
		g.State, g.Assignor = "Odd\x1b[31m", "range\x07"
		d.show(uitest.ViewOfGroups(g))
		d.Press("e")
		d.sees("as text", `State Odd\x1b[31m`)
		d.Press("right")
		d.sees("as text", `range\x07`)
	})
}

// BenchmarkViewExplained is a frame of a group with an explanation below it.
func BenchmarkViewExplained(b *testing.B) {
	a := New(Options{Source: uitest.NewSource(b), Group: "1consumer"})
	a.started, a.now = uitest.BubbleStart, uitest.BubbleStart
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	a.handle(viewMsg{view: uitest.ExplainScene(nil), at: uitest.BubbleStart})
	a.openExplain()
	b.ReportAllocs()
	for b.Loop() {
		a.View()
	}
}

// BenchmarkExplanation is the explanation alone.
func BenchmarkExplanation(b *testing.B) {
	a := New(Options{Source: uitest.NewSource(b), Group: "1consumer"})
	a.started, a.now = uitest.BubbleStart, uitest.BubbleStart
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	a.handle(viewMsg{view: uitest.ExplainScene(nil), at: uitest.BubbleStart})
	a.openExplain()
	c := a.explainContext()
	b.ReportAllocs()
	for b.Loop() {
		a.explain.Render(a.theme, c, 120, 19)
	}
}
