package card

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/uitest"
)

func lookAtCard(tb testing.TB, g *model.GroupView, width, height int) *uitest.Viewer {
	return uitest.Look(tb, New(g.ID, nil), uitest.ViewOf(g), width, height)
}

func TestCardFrames(t *testing.T) {
	for _, size := range uitest.FrameSizes {
		t.Run(fmt.Sprintf("timed-out-%dx%d", size.Width, size.Height), func(t *testing.T) {
			golden.RequireEqual(t, lookAtCard(t, uitest.TimedOut(), size.Width, size.Height).Frame().Text()+"\n")
		})
	}
}

// The panes of the other cards, in both sizes.
func TestCardPanes(t *testing.T) {
	for name, g := range uitest.CardScenes() {
		t.Run(name, func(t *testing.T) {
			var drawn string
			for _, size := range uitest.FrameSizes {
				drawn += lookAtCard(t, g, size.Width, size.Height).Frame().Parts("TIMELINE", "LAST REBALANCE", "REBALANCE", "BEFORE", "PAUSES")
			}
			golden.RequireEqual(t, drawn)
		})
	}
}

// What the tracker makes of polls and records, as the program shows it.
func TestTrackedCards(t *testing.T) {
	for name, v := range uitest.Tracked() {
		t.Run(name, func(t *testing.T) {
			w := uitest.Look(t, New("g", nil), v, 120, 38)
			w.F.Now = v.At
			golden.RequireEqual(t, w.Frame().Parts("TIMELINE", "LAST REBALANCE", "REBALANCE", "BEFORE", "PAUSES"))
		})
	}
}

// What a card must tell, in words: the golden frames show how.
func TestCardTells(t *testing.T) {
	for name, c := range map[string]struct {
		group *model.GroupView
		says  []string
	}{
		"why, with the evidence, and what else happened": {uitest.TimedOut(), []string{
			"why       session timeout  likely", "the last commit for A's 2 partitions was 45.1 s to 45.2 s earlier; session.timeout.ms is 45 s",
			"also      partitions added  possible  topic myorders has 1 new partition"}},
		"who left, by everything that names it": {uitest.TimedOut(), []string{"left      (A) consumer-1 10.0.0.5  member id consumer-1-9e3779b1"}},
		"a generation that nobody read by":      {uitest.TimedOut(), []string{"REBALANCE 5 → 7", "generation 6 was superseded before SyncGroup", "¬≥ 2", "¬polls"}},
		"the leader changed":                    {uitest.TimedOut(), []string{"leader    (A) →  B"}},
		"the leader did not":                    {uitest.OneConsumer(), []string{"leader     A  unchanged"}},
		"the phases; what polls bound is marked": {uitest.TimedOut(), []string{
			"join ≈0.5s   sync 12ms", "began ≈12:04:38.98   join ended 12:04:39.488   sync 12:04:39.500"}},
		"what moved that need not have": {uitest.TimedOut(), []string{"2 of 4 (1 necessary)   myorders 0,1  A  →  B"}},
		"before and after, side by side": {uitest.TimedOut(), []string{
			"BEFORE ── generation 5", "AFTER ── generation 7, 2 members", "(A) 0,1", "– left −0,1▸B", "B  2 +0,1◂A"}},
		"the cost, while it grows": {uitest.TimedOut(), []string{
			"paused    ≥45s  1 of 2 still paused", "+4,512 lag   37 records reprocessed   consumer time lost ≤46s   still counting",
			"PAUSES ── still counting", "myorders-0  ≥45s", "▸  still paused", "myorders-1  38–41s", "+290 lag   37 records reprocessed"}},
		"the cost, when it is complete": {uitest.OneConsumer(), []string{
			"paused    3.0–3.3s  the moved partition", "PAUSES ── the longest first", "¬still counting", "consumer time lost ≤12s"}},
		"what only polling saw is unknown, and never 0": {uitest.PolledOnly(), []string{
			"REBALANCE ≈4 → ≈5", "time      2.0–4.0s", "between two polls", "paused    –", "cost      –", "began 12:04:33.0–34.0   settled 12:04:36.0–37.0",
			"counted by regroup", "¬leader    ", "¬necessary"}},
		"several rebalances in one": {uitest.Storm(), []string{"3 generations passed unseen"}},
		"a storm, as a cluster on the time axis": {uitest.Stormy(), []string{
			"20 rebalances, last 1h", "p max.poll exceeded", "j joined", "t session timeout", "f second cooperative", "pfpjptfpjpt", "18 in 10m: storm"}},
		"what is under way": {uitest.UnderWay(), []string{"REBALANCE 5 → …", "in progress", "joining", "consumer-4"}},
		"KIP-848: every member, what it has and what it is to have": {uitest.Reconciling(), []string{
			"1 of 3 converged, epoch bumped 1.2s ago   1 pending", "group 5   target 5   members  5 A C  4 B", "2,3     → 2", "revoking myorders-3 for  C",
			"waiting for myorders-3, still owned by  B", "0,1     ✓ converged"}},
		"KIP-848: how it stands afterwards": {uitest.Arrived(), []string{
			"BEFORE ── group epoch 4", "target 0s   converged 5.1s", "target computed 12:04:36.800", "epochs    group 5   target 5   members  5 A B C", "¬waits"}},
	} {
		t.Run(name, func(t *testing.T) { lookAtCard(t, c.group, 120, 38).Has(c.says...) })
	}
}

func TestThroughTheCards(t *testing.T) {
	w := lookAtCard(t, uitest.TimedOut(), 80, 22).Has("LAST REBALANCE 5 → 7", "3 of 3", "12:04:39 ▲", "¬PARTITIONS")
	w.Press("left").Has("REBALANCE 4 → 5", "2 of 3", "12:04:37 ▲", "member joined  certain")
	w.Press("h", "h").Has("REBALANCE 3 → 4", "1 of 3")
	w.Press("l", "right").Has("LAST REBALANCE 5 → 7", "more lines", "¬PAUSES")
	w.Press("space").Has("PAUSES", "¬more lines", "¬why ").Press("k").Press("pgup").Has("why ")
	dearer := uitest.TimedOut()
	dearer.Rebalances[2].Cost.Complete, dearer.Rebalances[2].Began = true, model.Exactly(uitest.Ago(4.1))
	w.Press("left", "right").Show(uitest.ViewOf(dearer)).Has("LAST REBALANCE 5 → 7", "¬still counting") // the same one, better known
	for _, k := range []string{"esc", "enter"} {
		w.Asked = nil
		if w.Press(k); len(w.Asked) != 1 || w.Asked[0] != any(kit.Back{}) {
			t.Errorf("%s asked for %v, want to go back", k, w.Asked)
		}
	}
}

// Another rebalance is shown: nothing of what was worked out for the one before helps.
func BenchmarkTurnToAnotherCard(b *testing.B) {
	g := uitest.Large(200, 1000)
	for _, r := range g.Rebalances {
		uitest.Judged(r, model.CauseMaxPollExceeded, model.Likely, "the last commit for B's 2 partitions was 5 min earlier")
	}
	s := New(g.ID, nil)
	f := uitest.FrameOf(uitest.ViewOf(g), 120, 38)
	s.Observe(f)
	keys := []rune{tea.KeyLeft, tea.KeyRight}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		kit.Press(s, f, tea.KeyPressMsg{Code: keys[i%2]})
		s.Render(f)
	}
}

func BenchmarkCardRender(b *testing.B) {
	for _, c := range uitest.LargeScenes() {
		b.Run(c.Name, func(b *testing.B) { uitest.BenchmarkRender(b, New(c.Group.ID, nil), c.Group) })
	}
}
