package group

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/travel"
	"regroup/ui/uitest"
)

// after is a person who looks at a group so long after its partitions have moved.
func after(t *testing.T, g *model.GroupView, since time.Duration, width, height int) *uitest.Viewer {
	v := uitest.Look(t, New(g.ID), uitest.ViewOf(g), width, height)
	for i := range g.Partitions {
		if at := g.Partitions[i].MovedAt; !at.IsZero() {
			v.F.Now = at.Add(since)
		}
	}
	return v
}

// The phases of a move. What moves is read at every moment: where it was, on its way, or where it is.
func TestTravelFrames(t *testing.T) {
	for name, g := range map[string]*model.GroupView{"one": uitest.OneConsumer(), "four": uitest.Shuffled()} {
		t.Run(name, func(t *testing.T) {
			var drawn string
			for _, ms := range []int{0, 250, 500, 750, 1000, 1600} {
				drawn += fmt.Sprintf("── after %d ms\n", ms) + after(t, g, time.Duration(ms)*time.Millisecond, 120, 38).Frame().Part("MEMBERS") + "\n"
			}
			golden.RequireEqual(t, drawn)
		})
	}
}

func TestNothingTravels(t *testing.T) {
	for name, c := range map[string]struct {
		group  *model.GroupView
		since  time.Duration
		motion kit.Motion
	}{
		"it has arrived":                              {uitest.OneConsumer(), time.Second, kit.Animated},
		"regroup was told to keep still":              {uitest.OneConsumer(), travel.TravelTime / 2, kit.Still},
		"the next rebalance tells it all anew":        {uitest.UnderWay(), travel.TravelTime / 2, kit.Animated},
		"too many members for the eye":                {uitest.Large(65, 200), travel.TravelTime / 2, kit.Animated},
		"more ways than the eye can follow at a time": {uitest.Storm(), travel.TravelTime / 2, kit.Animated},
	} {
		t.Run(name, func(t *testing.T) {
			w := after(t, c.group, c.since, 120, 38)
			w.F.Motion = c.motion
			for y := range 7 {
				if line := w.Frame().Line(y); strings.ContainsAny(line, "▓▒") {
					t.Errorf("something travels: %s", line)
				}
			}
			if c.motion == kit.Animated && w.Screen.(kit.Traveller).Travels(w.F) {
				t.Error("the shell is asked for fast ticks")
			}
		})
	}
}

// In a consumer group (KIP-848) each goes as soon as its new owner has it, while others are still waited for.
func TestTravelsBeforeTheRebalanceIsOver(t *testing.T) {
	g := uitest.OneConsumer()
	g.Type, g.State, g.RebalancingSince = model.TypeConsumer, model.StateReconciling, uitest.Ago(2)
	w := after(t, g, time.Second/2, 120, 38)
	if !w.Screen.(kit.Traveller).Travels(w.F) || !strings.ContainsAny(w.Frame().Text(), "▓▒") {
		t.Errorf("nothing travels:\n%s", w.Frame().Text())
	}
}

// Whatever moves and whenever somebody looks: what stands in a row stays, and every partition of the group can be read.
func TestTravelHidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.IntRange(1, 5).Draw(t, "members")
		owner := rapid.Map(rapid.IntRange(1, members), func(i int) model.Slot { return model.Slot(i) })
		g := uitest.OneConsumer()
		g.Members, g.Partitions, g.Unassigned = nil, nil, 0
		a := model.Assignment{}
		for i := range int32(rapid.IntRange(1, 8).Draw(t, "partitions")) {
			a[uitest.Orders(i)] = owner.Draw(t, "owner")
			q := uitest.Partition(i, a[uitest.Orders(i)])
			q.MovedFrom, q.MovedAt = model.Slot(rapid.IntRange(0, members+1).Draw(t, "from")), uitest.SceneNow
			g.Partitions = append(g.Partitions, q)
		}
		for lane := model.Slot(1); int(lane) <= members; lane++ {
			g.Members = append(g.Members, uitest.Member(lane, a))
		}
		f := uitest.FrameOf(uitest.ViewOf(g), 120, 38)
		f.Now = uitest.SceneNow.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
		js := travel.Journeys(g, f.Now)
		p := membersPane{f: f, g: g, topics: kit.OneTopic, readings: ownership.Now(g, nil), journeys: js, expected: travel.InFlight(js, f.Now)}
		width := rapid.IntRange(0, 60).Draw(t, "width")
		o := p.stageOf(width).Overlay(js, f.Now)
		for i := range g.Members {
			base := p.owns(&g.Members[i], width)
			over := o.Over(i, base)
			if !strings.HasPrefix(over.String(), base.String()) {
				t.Fatalf("%q stands where %q was", over.String(), base.String())
			}
			if w := over.Width(); w > max(width, base.Width()) {
				t.Fatalf("%q is %d wide, the column %d", over.String(), w, width)
			}
		}
	})
}
