package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/ui/text"
)

// after is a person who looks at a group so long after its partitions have moved.
func after(t *testing.T, g *model.GroupView, since time.Duration, width, height int) *viewer {
	v := look(t, newGroupScreen(g.ID), viewOf(g), width, height)
	for i := range g.Partitions {
		if at := g.Partitions[i].MovedAt; !at.IsZero() {
			v.f.now = at.Add(since)
		}
	}
	return v
}

// shuffled is the classic scene just after all four partitions changed hands.
func shuffled() *model.GroupView {
	g := oneConsumer()
	now := assigned("CABA")
	for i := range g.Partitions {
		q := &g.Partitions[i]
		q.MovedFrom, q.MovedAt, q.Owner = q.Owner, ago(6), now[q.TopicPartition]
	}
	g.Partitions[3].MovedFrom = 4 // D is not there any more
	for i := range g.Members {
		g.Members[i].Assignment = owns(now, g.Members[i].Lane)
	}
	return g
}

// The phases of a move. What moves is read at every moment: where it was, on its way, or where it is.
func TestTravelFrames(t *testing.T) {
	for name, g := range map[string]*model.GroupView{"one": oneConsumer(), "four": shuffled()} {
		for _, ms := range []int{0, 250, 500, 750, 1000, 1600} {
			t.Run(fmt.Sprintf("%s-%dms", name, ms), func(t *testing.T) {
				frame := after(t, g, time.Duration(ms)*time.Millisecond, 120, 38).frame()
				golden.RequireEqual(t, strings.Join(strings.Split(frame.Text(), "\n")[:9], "\n")+"\n")
			})
		}
	}
}

func TestNothingTravels(t *testing.T) {
	for name, c := range map[string]struct {
		group *model.GroupView
		since time.Duration
		still bool
	}{
		"it has arrived":                              {oneConsumer(), travelTime, false},
		"regroup was told to keep still":              {oneConsumer(), travelTime / 2, true},
		"the next rebalance tells it all anew":        {underWay(), travelTime / 2, false},
		"too many members for the eye":                {large(mostRows+1, 200), travelTime / 2, false},
		"more ways than the eye can follow at a time": {storm(), travelTime / 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := after(t, c.group, c.since, 120, 38)
			w.f.still = c.still
			for y := range 7 {
				if line := w.frame().Line(y); strings.ContainsAny(line, "▓▒") {
					t.Errorf("something travels: %s", line)
				}
			}
			if !c.still && w.screen.(traveller).travels(w.f) {
				t.Error("the shell is asked for fast ticks")
			}
		})
	}
}

// In a consumer group (KIP-848) each goes as soon as its new owner has it, while others are still waited for.
func TestTravelsBeforeTheRebalanceIsOver(t *testing.T) {
	g := oneConsumer()
	g.Type, g.State, g.Unsettled = model.TypeConsumer, model.StateReconciling, ago(2)
	w := after(t, g, travelTime/2, 120, 38)
	if !w.screen.(traveller).travels(w.f) || !strings.ContainsAny(w.frame().Text(), "▓▒") {
		t.Errorf("nothing travels:\n%s", w.frame().Text())
	}
}

// Whatever moves and whenever somebody looks: what stands in a row stays, and every partition of the group can be read.
func TestTravelHidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.IntRange(1, 5).Draw(t, "members")
		owner := rapid.Map(rapid.IntRange(1, members), func(i int) model.Lane { return model.Lane(i) })
		g := oneConsumer()
		g.Members, g.Partitions, g.Unowned = nil, nil, 0
		a := model.Assignment{}
		for i := range int32(rapid.IntRange(1, 8).Draw(t, "partitions")) {
			a[orders(i)] = owner.Draw(t, "owner")
			q := partition(i, a[orders(i)])
			q.MovedFrom, q.MovedAt = model.Lane(rapid.IntRange(0, members+1).Draw(t, "from")), sceneNow
			g.Partitions = append(g.Partitions, q)
		}
		for lane := model.Lane(1); int(lane) <= members; lane++ {
			g.Members = append(g.Members, member(lane, a))
		}
		f := frameOf(viewOf(g), 120, 38)
		f.now = sceneNow.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
		js := journeys(g, f.now)
		p := membersPane{f: f, g: g, oneTopic: true, between: betweenOwners(g), journeys: js, expected: inFlight(js, f.now)}
		width := rapid.IntRange(0, 60).Draw(t, "width")
		o := p.stageOf(width).overlay(js, f.now)
		for i := range g.Members {
			base := p.owns(&g.Members[i], width)
			over := o.over(i, base)
			if !strings.HasPrefix(over.String(), base.String()) {
				t.Fatalf("%q stands where %q was", over.String(), base.String())
			}
			if w := over.Width(); w > max(width, base.Width()) {
				t.Fatalf("%q is %d wide, the column %d", over.String(), w, width)
			}
		}
	})
}

func TestWayIsWalkedFromEndToEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) point {
			return point{rapid.IntRange(0, 40).Draw(t, name+" x"), rapid.IntRange(0, 9).Draw(t, name+" y")}
		}
		w := way{from: at("from"), to: at("to"), column: rapid.IntRange(0, 40).Draw(t, "column"), steep: rapid.IntRange(1, 5).Draw(t, "steep")}
		if w.point(0) != w.from || w.point(w.length()) != w.to {
			t.Fatalf("%+v goes from %v to %v", w, w.point(0), w.point(w.length()))
		}
		for i := range w.length() {
			p, q := w.point(i), w.point(i+1)
			if distance(p.x, q.x)+distance(p.y, q.y) > 1 {
				t.Fatalf("%+v jumps from %v to %v", w, p, q)
			}
		}
	})
}

func TestOverlayKeepsWhatStandsThere(t *testing.T) {
	o := &overlay{width: 6, lines: map[int][]text.Span{}}
	o.put(point{4, 0}, []text.Line{{text.Plain("abc")}})
	o.put(point{-1, 0}, []text.Line{{text.Plain("xy")}})
	for base, want := range map[string]string{"": "y   ab", "1": "1   ab", "12345": "12345b", "1234567": "1234567"} {
		if got := o.over(0, text.Line{text.Plain(base)}).String(); got != want {
			t.Errorf("over %q: %q, want %q", base, got, want)
		}
	}
}
