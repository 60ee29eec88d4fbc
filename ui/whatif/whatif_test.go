package whatif

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
	"regroup/model/whatif"
	"regroup/ui/kit"
	"regroup/ui/subject"
	"regroup/ui/uitest"
)

// inTurn is a test assignor: partitions are assigned in turn, with members of unknown id last or first.
func inTurn(q whatif.WhatIf) (*whatif.Forecast, error) {
	if words := q.Obstacle(); words != "" {
		return nil, errors.New(words)
	}
	if q.NextAssignor() == "secret" {
		return nil, errors.New("of the assignor \"secret\" nothing is known")
	}
	seats := q.Members()
	deal := func(seats []whatif.Member) whatif.Outcome {
		o := whatif.Outcome{After: model.Assignment{}, Undetermined: map[model.TopicPartition]bool{}}
		for _, s := range seats {
			o.Order = append(o.Order, s.Slot)
		}
		for _, t := range q.Topics() {
			for p := range t.Then {
				tp := model.TopicPartition{Topic: t.Topic, Partition: p}
				if len(seats) > 0 {
					o.After[tp] = seats[int(p)*len(seats)/int(t.Then)].Slot
				}
				if strings.HasSuffix(q.NextAssignor(), "sticky") {
					o.Undetermined[tp] = true
				}
			}
		}
		return o
	}
	outcomes, certainty := []whatif.Outcome{deal(seats)}, whatif.CertaintyExact
	if n := len(seats); n > 1 && seats[n-1].Joins && seats[n-1].ClientID == "" {
		outcomes = append(outcomes, deal(append([]whatif.Member{seats[n-1]}, seats[:n-1]...)))
	}
	if strings.HasSuffix(q.NextAssignor(), "sticky") {
		certainty = whatif.CertaintyNumbers
	}
	if q.Group.Type == model.TypeConsumer {
		certainty = whatif.CertaintyExample
	}
	f := q.Forecast(outcomes, certainty)
	if certainty == whatif.CertaintyExample {
		q.Widen(f, whatif.BalanceTotal)
	}
	f.Notes = []string{fmt.Sprintf("%s goes by the order of the member ids.", f.Assignor), "Members notice partitions that are added within metadata.max.age.ms."}
	return f, nil
}

// wonder opens the screen of a group and presses keys.
func wonder(tb testing.TB, g *model.GroupView, width, height int, keys ...string) *uitest.Viewer {
	tb.Helper()
	s := New(g.ID, inTurn, []string{"range", "roundrobin", "sticky", "cooperative-sticky"})
	w := uitest.Look(tb, s, uitest.ViewOf(g), width, height)
	foresee(w)
	for _, k := range keys {
		w.Press(k)
		foresee(w)
	}
	return w
}

func TestWhatIfFrames(t *testing.T) {
	limits := func(g *model.GroupView) *model.GroupView {
		for i := range g.Members {
			g.Members[i].RebalanceTimeout = model.Some(5 * time.Minute)
		}
		return g
	}
	for _, tc := range []struct {
		name  string
		group *model.GroupView
		keys  []string
	}{
		{"as-it-is", limits(uitest.OneConsumer()), nil},
		{"one-joins", limits(uitest.OneConsumer()), []string{"+"}},
		{"id-unknown", limits(uitest.OneConsumer()), []string{"+", "c"}},
		{"all-at-once", limits(uitest.OneConsumer()), []string{"+", "+", "down", "x", "P", "P"}},
		{"sticky", limits(uitest.OneConsumer()), []string{"a", "a"}},
		{"idle", limits(uitest.OneConsumer()), []string{"+", "+", "+"}},
		{"all-leave", limits(uitest.OneConsumer()), []string{"x", "down", "x", "down", "x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var drawn string
			for _, size := range uitest.FrameSizes {
				drawn += wonder(t, tc.group, size.Width, size.Height, tc.keys...).Frame().Parts("WHAT IF", "FORECAST", "NOW", "PARTITION BY PARTITION")
			}
			golden.RequireEqual(t, drawn)
		})
	}
}

func TestWhatIfSaysWhy(t *testing.T) {
	rebalancing := uitest.OneConsumer()
	rebalancing.RebalancingSince = uitest.Ago(2)
	empty := uitest.OneConsumer()
	empty.Members, empty.State = nil, model.StateEmpty
	regex := uitest.OneConsumer()
	regex.Members[1].Subscription = nil
	custom := uitest.OneConsumer()
	custom.Assignor = "secret"
	for _, tc := range []struct {
		why   string
		group *model.GroupView
		says  string
	}{
		{"rebalancing", rebalancing, "The group is rebalancing"},
		{"unknown subscriptions", empty, "The group is empty"},
		{"deleted", uitest.Gone(), "The group was deleted"},
		{"a share group", uitest.ShareGroup(), "Members of a share group"},
		{"a regular expression of the coordinator", regex, "The subscription of B (consumer-2) is unknown"},
		{"a custom assignor", custom, "nothing is known"},
	} {
		t.Run(tc.says, func(t *testing.T) {
			for _, size := range uitest.FrameSizes {
				wonder(t, tc.group, size.Width, size.Height).Press("+", "x", "P", "c", "0", "down").Has(tc.says)
			}
		})
	}
}

// TestWhatIfFollowsTheGroup: the changes of the question stay while the group changes.
func TestWhatIfFollowsTheGroup(t *testing.T) {
	w := wonder(t, uitest.OneConsumer(), 120, 38, "+")
	w.Has("3 → 4", "consumer-4")
	g := uitest.OneConsumer()
	g.RebalancingSince = uitest.Ago(1)
	foresee(w.Show(uitest.ViewOf(g))).Has("The group is rebalancing", "¬FORECAST")
	g = uitest.OneConsumer()
	a := uitest.Assigned("ABCD")
	g.Generation = uitest.Exact(6)
	g.Members = []model.MemberView{uitest.Member(1, a), uitest.Member(2, a), uitest.Member(3, a), uitest.Member(4, a)}
	foresee(w.Show(uitest.ViewOf(g))).Has("4 → 5", "consumer-5", "FORECAST")
	foresee(w.Press("-")).Has("¬→ 5")
}

// TestWhatIfAnswersLate: a forecast of an old question is not shown.
func TestWhatIfAnswersLate(t *testing.T) {
	w := wonder(t, uitest.OneConsumer(), 120, 38)
	w.Press("+")
	late := w.Screen.(kit.Worker).Work(w.F)
	if late == nil {
		t.Fatal("nothing was asked")
	}
	foresee(w.Press("0"))
	w.Send(late())
	w.Has("¬THEN ── 4 members", "THEN ── 3 members")
	if foresee(w); !w.Frame().Has("THEN ── 3 members") {
		t.Error("the newer question has no forecast")
	}
}

func TestWhatIfGuessesTheClientID(t *testing.T) {
	for _, tc := range []struct {
		why   string
		have  []string
		guess string
	}{
		{"numbered members", []string{"consumer-1", "consumer-2", "consumer-10"}, "consumer-11"},
		{"equal client ids", []string{"billing", "billing"}, "billing"},
		{"a single one does not predict the next", []string{"billing"}, ""},
		{"the number may be that of a host", []string{"host-17"}, ""},
		{"the Java default, one process each", []string{"consumer-1consumer-1", "consumer-1consumer-1"}, "consumer-1consumer-1"},
		{"the Java default, one process", []string{"consumer-1consumer-1"}, "consumer-1consumer-1"},
		{"the Java default, several in a process: the next may be in it or not", []string{"consumer-1consumer-1", "consumer-1consumer-2"}, ""},
		{"no pattern", []string{"a", "b"}, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			g := uitest.OneConsumer()
			g.Members = g.Members[:len(tc.have)]
			for i, client := range tc.have {
				g.Members[i].ClientID = client
			}
			s := wonder(t, g, 120, 38, "+").Screen.(*Screen)
			if got := s.question.Joining; !slices.Equal(got, []string{tc.guess}) {
				t.Errorf("guessed %q, want %q", got, tc.guess)
			}
		})
	}
}

// A client.id may contain control characters, and an obstacle quotes it.
func TestWhatIfDoesNotObeyAName(t *testing.T) {
	g := uitest.OneConsumer()
	g.Members[1].ClientID, g.Members[1].Subscription = "a\x1b[2J\nb", nil
	if drawn := wonder(t, g, 120, 38).Screen.Render(uitest.FrameOf(uitest.ViewOf(g), 120, 38)); strings.Contains(drawn, "\x1b[2J") || !strings.Contains(drawn, `a\x1b[2J`) {
		t.Errorf("drawn is %q", drawn)
	}
}

func TestWhatIfIsExplained(t *testing.T) {
	w := wonder(t, uitest.OneConsumer(), 120, 38)
	all, cursor := w.Screen.(kit.Explained).Subjects(w.F)
	if cursor.Kind != subject.Member || !slices.ContainsFunc(all, cursor.Same) {
		t.Errorf("under the cursor is %v of %v, want the member that is selected", cursor, all)
	}
	w.Press("down")
	if _, next := w.Screen.(kit.Explained).Subjects(w.F); next.Slot == cursor.Slot {
		t.Errorf("one row further it is still %v", next)
	}
}

// foresee runs the screen's command, as the shell does after every message.
func foresee(w *uitest.Viewer) *uitest.Viewer {
	if cmd := w.Screen.(kit.Worker).Work(w.F); cmd != nil {
		w.Send(cmd())
	}
	return w
}
