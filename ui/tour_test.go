package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
	"regroup/ui/tour"
	"regroup/ui/uitest"
)

// fakeTour records its calls.
type fakeTour struct{ asked []string }

func (t *fakeTour) Names() []string { return []string{"one", "crash"} }
func (t *fakeTour) Next()           { t.asked = append(t.asked, "next") }
func (t *fakeTour) Back()           { t.asked = append(t.asked, "back") }
func (t *fakeTour) End()            { t.asked = append(t.asked, "end") }
func (t *fakeTour) Go(name string) error {
	t.asked = append(t.asked, "go "+name)
	if name == "nowhere" {
		return errors.New("the tour has no step nowhere")
	}
	return nil
}

// touringView is the lab in a step of the tour.
func touringView(change func(t *model.TourStatus)) *model.View {
	v := uitest.LabScene()
	t := &model.TourStatus{
		At: uitest.SceneNow, Step: "crash", Number: 9, Of: 20, Title: "A crash: nothing happens for session.timeout.ms",
		Caption: "kill -9: no LeaveGroup was sent. The coordinator only sees that heartbeats are missing, and waits for the session timeout. Meanwhile lag grows on the partitions of the dead member, and on nobody else's. Then comes the rebalance.",
		Screen:  model.TourGroup, Groups: []string{"1consumer"}, Began: uitest.SceneNow.Add(-2 * time.Second),
		Progress: model.TourWaiting, Missing: "the coordinator waits for a heartbeat", Facts: []string{"lag of its partitions 34, of all others 2"},
		Countdown: &model.TourCountdown{Words: "C consumer-3: session", From: uitest.BubbleStart.Add(-2 * time.Second), Till: uitest.BubbleStart.Add(4 * time.Second), Earliest: uitest.BubbleStart.Add(2 * time.Second)},
	}
	change(t)
	v.Tour = t
	return v
}

func TestTourFrames(t *testing.T) {
	for name, change := range map[string]func(*model.TourStatus){
		"waiting": func(*model.TourStatus) {},
		"holds": func(t *model.TourStatus) {
			t.Progress, t.Missing, t.Countdown = model.TourVerified, "", nil
			t.NextAt = uitest.BubbleStart.Add(4 * time.Second)
		},
		"failed": func(t *model.TourStatus) { t.Progress, t.Countdown = model.TourFailed, nil },
		"lab":    func(t *model.TourStatus) { t.Screen = model.TourLab },
		"groups": func(t *model.TourStatus) { t.Screen = model.TourGroups },
	} {
		t.Run(name, func(t *testing.T) {
			var drawn string
			for _, size := range []struct{ width, height int }{{120, 40}, {80, 24}, {60, 12}} {
				atDesk(t, size.width, size.height, Options{Lab: uitest.Lab{}, Tour: &fakeTour{}}, func(d desk) {
					d.show(touringView(change))
					lines := strings.Split(d.Frame().Text(), "\n")
					bar := 1 + tour.Height(d.app.touring(), size.height) // and the footer
					drawn += fmt.Sprintf("── %d×%d\n%s\n", size.width, size.height, strings.Join(lines[len(lines)-bar:], "\n"))
				})
			}
			golden.RequireEqual(t, drawn)
		})
	}
}

func TestTourKeys(t *testing.T) {
	tour := &fakeTour{}
	atDesk(t, 120, 40, Options{Lab: uitest.Lab{}, Tour: tour, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(uitest.LabScene())
		d.sees("the lab offers the tour", "T guided tour")
		d.Press("T")
		d.show(touringView(func(*model.TourStatus) {}))
		d.sees("the step's screen is opened", "MEMBERS", "crash  9 of 20", "space next step")
		d.Press("space", "backspace")
		d.Press("l")
		d.show(touringView(func(s *model.TourStatus) { s.Facts = nil }))
		d.sees("another screen opened during a step stays", "CONSUMERS", "crash  9 of 20")
		d.Press("space")
		d.show(touringView(func(s *model.TourStatus) { s.Step, s.Number = "zombie", 10 }))
		d.sees("with the next step its screen comes", "MEMBERS", "zombie  10 of 20")
		d.Press(":")
		d.Type("step crash")
		d.Press("enter", ":")
		d.Type("step nowhere")
		d.Press("enter")
		d.sees("a step that there is not", "the tour has no step nowhere")
		d.show(touringView(func(s *model.TourStatus) { s.Number = 20 }))
		d.Press("space")
		d.sees("there is none after the last", "this is the last step")
		d.Press("T")
		d.show(uitest.LabScene())
		d.misses("the tour is over", "of 20")
	})
	want := []string{"go ", "next", "back", "next", "go crash", "go nowhere", "end"}
	if !slices.Equal(tour.asked, want) {
		t.Errorf("the tour was asked for %q, want %q", tour.asked, want)
	}
}

func TestCompareOpensFromTheGroups(t *testing.T) {
	atDesk(t, 80, 24, Options{}, func(d desk) {
		d.show(uitest.ComparedView())
		d.sees("the list offers it", "c compare")
		d.Press("c")
		d.sees("all that have rebalanced", "SIDE BY SIDE", "cooperative", "kip848", "range")
		d.Press("e")
		d.sees("the first of them is explained", "WHY cooperative", "MOVED cooperative", "TIME cooperative")
		d.Press("left", "left", "left", "left")
		d.sees("and the last", "COST range", "▸")
		d.Press("esc", "pgdown", "pgup", "esc")
		d.sees("and back", "sort lag")
	})
}

// The three keys of the tour are visible at every width.
func TestTourFooterHasTheWayBack(t *testing.T) {
	for _, width := range []int{80, 100, 120} {
		atDesk(t, width, 24, Options{Lab: uitest.Lab{}, Tour: &fakeTour{}}, func(d desk) {
			d.show(touringView(func(*model.TourStatus) {}))
			d.sees(fmt.Sprintf("%d columns", width), "space next step", "backspace previous", "T end the tour", "? help", "e explain")
		})
	}
}

// In a short terminal the tour shows every partition of its group, and the lag of every member beside its caption.
func TestTourShowsEveryPartitionOnAProjector(t *testing.T) {
	atDesk(t, 80, 24, Options{Lab: uitest.Lab{}, Tour: &fakeTour{}}, func(d desk) {
		d.show(touringView(func(*model.TourStatus) {}))
		d.sees("partitions and members", "myorders-0", "myorders-1", "myorders-2", "myorders-3", "LAG  LAST 60s", "LAST REBALANCE")
		d.misses("the events give way", "EVENTS")
		d.Press("tab", "tab")
		d.sees("until they are asked for", "EVENTS")
	})
}

func TestTourOfARecordingHasNoLab(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(touringView(func(t *model.TourStatus) { t.Screen = model.TourLab }))
		if frame := d.Frame(); frame.Has("There is no lab here") || !frame.Has("MEMBERS") {
			t.Errorf("it is\n%s", frame.Text())
		}
	})
}
