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
	"regroup/model/whatif"
	"regroup/ui/explain"
)

// inTurn is a made-up assignor: partitions go round the members, those whose id is not known last or first.
func inTurn(q whatif.WhatIf) (*whatif.Forecast, error) {
	if words := q.Obstacle(); words != "" {
		return nil, errors.New(words)
	}
	if q.AssignorThen() == "secret" {
		return nil, errors.New("of the assignor \"secret\" nothing is known")
	}
	seats := q.Seats()
	deal := func(seats []whatif.Seat) whatif.Outcome {
		o := whatif.Outcome{After: model.Assignment{}, Loose: map[model.TopicPartition]bool{}}
		for _, s := range seats {
			o.Order = append(o.Order, s.Lane)
		}
		for _, t := range q.Topics() {
			for p := range t.Then {
				tp := model.TopicPartition{Topic: t.Topic, Partition: p}
				if len(seats) > 0 {
					o.After[tp] = seats[int(p)*len(seats)/int(t.Then)].Lane
				}
				if strings.HasSuffix(q.AssignorThen(), "sticky") {
					o.Loose[tp] = true
				}
			}
		}
		return o
	}
	outcomes, certainty := []whatif.Outcome{deal(seats)}, whatif.CertaintyExact
	if n := len(seats); n > 1 && seats[n-1].Joins && seats[n-1].ClientID == "" {
		outcomes = append(outcomes, deal(append([]whatif.Seat{seats[n-1]}, seats[:n-1]...)))
	}
	if strings.HasSuffix(q.AssignorThen(), "sticky") {
		certainty = whatif.CertaintyNumbers
	}
	if q.Group.Type == model.TypeConsumer {
		certainty = whatif.CertaintyExample
	}
	f := q.Answer(outcomes, certainty)
	if certainty == whatif.CertaintyExample {
		q.Bounded(f, false)
	}
	f.Notes = []string{fmt.Sprintf("%s goes by the order of the member ids.", f.Assignor), "Members notice partitions that are added within metadata.max.age.ms."}
	return f, nil
}

// wonder opens the page on a group, with what a person presses.
func wonder(tb testing.TB, g *model.GroupView, width, height int, keys ...string) *viewer {
	tb.Helper()
	s, is := newWhatIf(g.ID, inTurn, []string{"range", "roundrobin", "sticky", "cooperative-sticky"}).(*whatIf)
	if !is {
		tb.Fatal("another screen")
	}
	w := look(tb, s, viewOf(g), width, height)
	w.foresee()
	for _, k := range keys {
		w.press(k)
		w.foresee()
	}
	return w
}

// foresee does the work that the screen asks for, as the shell does after every message.
func (w *viewer) foresee() *viewer {
	w.tb.Helper()
	if cmd := w.screen.(worker).work(w.f); cmd != nil {
		w.send(cmd())
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
		{"as-it-is", limits(oneConsumer()), nil},
		{"one-joins", limits(oneConsumer()), []string{"+"}},
		{"id-unknown", limits(oneConsumer()), []string{"+", "c"}},
		{"all-at-once", limits(oneConsumer()), []string{"+", "+", "down", "x", "P", "P"}},
		{"sticky", limits(oneConsumer()), []string{"a", "a"}},
		{"idle", limits(oneConsumer()), []string{"+", "+", "+"}},
		{"all-leave", limits(oneConsumer()), []string{"x", "down", "x", "down", "x"}},
	} {
		for _, size := range frameSizes {
			t.Run(fmt.Sprintf("%s-%d", tc.name, size.width), func(t *testing.T) {
				golden.RequireEqual(t, wonder(t, tc.group, size.width, size.height, tc.keys...).frame().Text()+"\n")
			})
		}
	}
}

func TestWhatIfSaysWhy(t *testing.T) {
	rebalancing := oneConsumer()
	rebalancing.Unsettled = ago(2)
	empty := oneConsumer()
	empty.Members, empty.State = nil, model.StateEmpty
	regex := oneConsumer()
	regex.Members[1].Subscription = nil
	custom := oneConsumer()
	custom.Assignor = "secret"
	for _, tc := range []struct {
		why   string
		group *model.GroupView
		says  string
	}{
		{"what comes next depends on where that ends", rebalancing, "The group is rebalancing"},
		{"nobody tells what they would read", empty, "Nobody is in the group"},
		{"the last that was seen of it", gone(), "The group was deleted"},
		{"records are shared", shareGroup(), "Members of a share group"},
		{"only the coordinator knows", regex, "What B (consumer-2) subscribes to is not known"},
		{"an assignor of somebody's own", custom, "nothing is known"},
	} {
		t.Run(tc.says, func(t *testing.T) {
			for _, size := range frameSizes {
				wonder(t, tc.group, size.width, size.height).press("+", "x", "P", "c", "0", "down").has(tc.says)
			}
		})
	}
}

// TestWhatIfFollowsTheGroup: what was asked stays asked while the group changes under it.
func TestWhatIfFollowsTheGroup(t *testing.T) {
	w := wonder(t, oneConsumer(), 120, 38, "+")
	w.has("3 → 4", "consumer-4")
	g := oneConsumer()
	g.Unsettled = ago(1)
	w.show(viewOf(g)).foresee().has("The group is rebalancing", "¬FORECAST")
	g = oneConsumer()
	a := assigned("ABCD")
	g.Generation = exact(6)
	g.Members = []model.MemberView{member(1, a), member(2, a), member(3, a), member(4, a)}
	w.show(viewOf(g)).foresee().has("4 → 5", "consumer-5", "FORECAST")
	w.press("-").foresee().has("¬→ 5")
}

// TestWhatIfAnswersLate: an answer to what is not asked any more is not shown.
func TestWhatIfAnswersLate(t *testing.T) {
	w := wonder(t, oneConsumer(), 120, 38)
	w.press("+")
	late := w.screen.(worker).work(w.f)
	if late == nil {
		t.Fatal("nothing was asked")
	}
	w.press("0").foresee()
	w.send(late())
	w.has("¬THEN ── 4 members", "THEN ── 3 members")
	if w.foresee(); !w.frame().Has("THEN ── 3 members") {
		t.Error("what was asked meanwhile was not answered")
	}
}

func TestWhatIfGuessesTheClientID(t *testing.T) {
	for _, tc := range []struct {
		why   string
		have  []string
		guess string
	}{
		{"they are numbered", []string{"consumer-1", "consumer-2", "consumer-10"}, "consumer-11"},
		{"all have the same", []string{"billing", "billing"}, "billing"},
		{"one alone says nothing of the next", []string{"billing"}, ""},
		{"the number may be one of a machine", []string{"host-17"}, ""},
		{"Java's own, each a process", []string{"consumer-1consumer-1", "consumer-1consumer-1"}, "consumer-1consumer-1"},
		{"Java's own, a process alone", []string{"consumer-1consumer-1"}, "consumer-1consumer-1"},
		{"Java's own, several in a process: the next may be in it or not", []string{"consumer-1consumer-1", "consumer-1consumer-2"}, ""},
		{"no pattern", []string{"a", "b"}, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			g := oneConsumer()
			g.Members = g.Members[:len(tc.have)]
			for i, client := range tc.have {
				g.Members[i].ClientID = client
			}
			s := wonder(t, g, 120, 38, "+").screen.(*whatIf)
			if got := s.question.Joining; !slices.Equal(got, []string{tc.guess}) {
				t.Errorf("guessed %q, want %q", got, tc.guess)
			}
		})
	}
}

// Anybody who may join chooses a client.id, and an obstacle tells it.
func TestWhatIfDoesNotObeyAName(t *testing.T) {
	g := oneConsumer()
	g.Members[1].ClientID, g.Members[1].Subscription = "a\x1b[2J\nb", nil
	if drawn := wonder(t, g, 120, 38).screen.render(frameOf(viewOf(g), 120, 38)); strings.Contains(drawn, "\x1b[2J") || !strings.Contains(drawn, `a\x1b[2J`) {
		t.Errorf("drawn is %q", drawn)
	}
}

func TestWhatIfIsAKeyOfTheGroup(t *testing.T) {
	w := lookAt(t, oneConsumer(), 120, 38)
	if w.press("w"); len(w.asked) > 0 {
		t.Errorf("nobody foresees, and w asked for %v", w.asked)
	}
	w.f.foresees = true
	w.show(w.f.view)
	w.press("w")
	if got, want := w.asked, (openWhatIfMsg{"1consumer"}); len(got) != 1 || got[0] != want {
		t.Errorf("w asked for %v", got)
	}
}

func TestWhatIfIsExplained(t *testing.T) {
	w := wonder(t, oneConsumer(), 120, 38)
	all, cursor := w.screen.(explained).subjects(w.f)
	if cursor.Kind != explain.Member || !slices.ContainsFunc(all, cursor.Same) {
		t.Errorf("under the cursor is %v of %v, want the member that is selected", cursor, all)
	}
	w.press("down")
	if _, next := w.screen.(explained).subjects(w.f); next.Lane == cursor.Lane {
		t.Errorf("one row further it is still %v", next)
	}
}
