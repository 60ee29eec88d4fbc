package ui

import (
	"regexp"
	"testing"
	"unicode"

	"regroup/model"
	"regroup/ui/card"
	"regroup/ui/group"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/uitest"
)

func TestNamesSendNothingToTheTerminal(t *testing.T) {
	g := uitest.Hostile()
	card := card.New(g.ID, nil)
	uitest.Look(t, card, uitest.ViewOf(g), 200, 50).Has("TIMELINE", "BEFORE", "PAUSES")
	removing := uitest.Look(t, group.New(g.ID), uitest.ViewOf(g), 200, 50)
	removing.F.Can = kit.RemoveMembers
	removing.Show(uitest.ViewOf(g)).Press("tab", "tab", "tab", "x").Has("Remove ")
	for _, s := range []kit.Screen{group.New(g.ID), lab.New(uitest.Lab{}, g.ID), card, removing.Screen} {
		v := uitest.ViewOf(g)
		v.Lab = &model.LabSnapshot{
			Consumers: []model.LabConsumer{{Name: g.ID, Group: g.ID, Note: g.ID, State: model.LabState(g.ID), LastRecord: &model.LabRecord{Key: g.ID, Value: g.ID}}},
			Producers: []model.LabProducer{{Topic: g.ID, Note: g.ID, State: model.LabState(g.ID)}}, Lacks: []string{g.ID},
		}
		drawn := uitest.Look(t, s, v, 200, 50).Screen.Render(uitest.FrameOf(v, 200, 50))
		rest := sgr.ReplaceAllString(drawn, "")
		for _, r := range rest {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("%U reaches the terminal: %q", r, rest)
			}
		}
	}
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// The group's screen shows the rebalance that its card was turned to, and the card the one that the group's screen shows.
func TestTheGroupFollowsItsCard(t *testing.T) {
	w := lookAtGroup(t, uitest.TimedOut(), 120, 38).Press("left", "enter")
	if want := any(kit.OpenCard{Group: "1consumer", Rebalance: w.F.View.Groups[0].Rebalances[1]}); len(w.Asked) != 1 || w.Asked[0] != want {
		t.Fatalf("enter asked for %v, want %v", w.Asked, want)
	}
	card := uitest.Look(t, card.New("1consumer", w.F.View.Groups[0].Rebalances[1]), w.F.View, 120, 38).Has("REBALANCE 4 → 5").Press("left")
	w.Send(card.Asked[0])
	w.Has("REBALANCE 3 → 4")
}
