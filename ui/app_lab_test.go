package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/group"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/uitest"
)

// The keys that the help shows for a screen must not be the same twice, or one of them does nothing.
func TestNoKeyMeansTwoThings(t *testing.T) {
	screens := map[string]*uitest.Viewer{"lab": lookAtLab(t, uitest.LabScene(), 120, 38), "form": lookAtLab(t, uitest.LabScene(), 120, 38).Press("N")}
	inGroup := uitest.Look(t, group.New("1consumer"), uitest.LabScene(), 120, 38)
	for pane := range 5 {
		screens[fmt.Sprintf("group, after %d tabs", pane)] = inGroup
		for name, w := range screens {
			seen := map[string]kit.Key{}
			for _, b := range w.Screen.Keys(w.F) {
				if b.Do == nil {
					t.Errorf("%s: %q does nothing", name, b.Help().Desc)
				}
				for _, k := range b.Keys() {
					if other, twice := seen[k]; twice {
						t.Errorf("%s: %q is %q and %q", name, k, other.Help().Desc, b.Help().Desc)
					}
					seen[k] = b
				}
			}
		}
		inGroup.Press("tab")
	}
}

// What is typed into the form is text: the footer must not offer to quit with q.
func TestFooterOfTheForm(t *testing.T) {
	atDesk(t, 120, 40, Options{Lab: uitest.Lab{}, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(uitest.LabScene())
		d.Press("N")
		d.sees("how to get out", "enter start the consumer", "esc cancel")
		d.misses("keys that are text here", "q quit", "? help", ": command")
	})
}

// Commands run side by side; what keys ask for must be done in their order all the same.
func TestLabActionsAreDoneInOrder(t *testing.T) {
	lab := &uitest.SlowLab{Took: 10 * time.Second}
	atDesk(t, 120, 40, Options{Lab: lab, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(uitest.LabScene())
		d.Press("]", "]", "]", "n")
		d.Wait(time.Minute)
		var rates []float64
		for _, action := range lab.Done[:3] {
			rates = append(rates, action.Rate)
		}
		if want := []float64{100, 200, 500}; !slices.Equal(rates, want) || lab.Done[3].Kind != model.LabStartConsumer {
			t.Errorf("the lab did %+v, want the rates %v and then a start", lab.Done, want)
		}
	})
}

// The key begins a command line; the path is typed; where the file is, or why there is none, is said.
func TestLabIsSaved(t *testing.T) {
	var done []model.LabAction
	for _, c := range []struct {
		why  string
		lab  lab.Lab
		said string
	}{
		{"it was written", uitest.Lab{Done: &done}, "saved: regroup demo --scene /home/anna/mine.yaml starts it again"},
		{"it was not", uitest.Lab{}, "! saving the lab failed: it is there already"},
	} {
		atDesk(t, 120, 40, Options{Lab: c.lab, Group: "1consumer", StartInLab: true}, func(d desk) {
			d.show(uitest.LabScene())
			d.Press("S")
			d.sees(c.why, ":save ▏")
			d.Type("mine.yaml")
			d.Press("enter")
			d.sees(c.why, c.said)
		})
	}
}

// For the session of a consumer that was killed its group still names it as the owner: nobody reads what it owned all the
// same, and its rate is from before.
func TestAnOwnerThatIsDeadReadsNothing(t *testing.T) {
	v := uitest.LabScene()
	c := &v.Lab.Consumers[3]
	c.State, c.Since, c.Rate = model.LabKilled, uitest.SceneNow.Add(-4*time.Second), model.None[float64]()
	uitest.Look(t, group.New("1consumer"), v, 120, 38).
		Has("none                  [2] [3]  no active consumer", "302       –  killed", "302       –  paused", "604   199/s", "C··", "B··", "A──")
	big := group.New("1consumer")
	f := bigFrame(big, v, uitest.SceneNow, 80, 22)
	if drawn := ansi.Strip(big.Render(f)); !strings.Contains(drawn, "was 3") || !strings.Contains(drawn, "╎   3   ╎") {
		t.Errorf("the partition of the one that was killed is not nobody's:\n%s", drawn)
	}
	// A static member that came back under another member id is another process.
	v.Lab.Consumers[3].MemberID = "before it was restarted"
	uitest.Look(t, group.New("1consumer"), v, 120, 38).Has("¬killed", "¬[3]")
}
