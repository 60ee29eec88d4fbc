package ui

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
)

// timedOut is a group after a member had crashed: one generation was overtaken, a partition is not read yet, and the
// leader was the one who is gone.
func timedOut() *model.GroupView {
	g := oneConsumer()
	r := rebalance(5, 4, 0.5, "AABC", "BBBC", 2)
	r.To, r.AtLeast, r.Overtaken = exact(7), 2, 1
	r.Left = []model.MemberRef{ref(1)}
	judged(r, model.CauseSessionTimedOut, model.Likely,
		"the commits of A's partitions stopped 45.1s before it was gone, about its session timeout (45s); those of the others went on")
	r.LeaderBefore, r.LeaderAfter, g.Leader = 1, 2, 2
	r.Also = []model.Verdict{{Cause: model.CausePartitionsAdded, Confidence: model.Possible, Evidence: "myorders has 4 partitions, it had 3 within a minute before"}}
	r.Began.NotBefore = r.Began.NotBefore.Add(-24 * time.Millisecond)
	r.Cost.Complete, r.Cost.PausedAtLeast, r.Cost.PausedAtMost = false, 45*time.Second, model.None[time.Duration]()
	r.Cost.LagAdded, r.Cost.ReadAgain, r.Cost.Idle = model.Some[int64](4_512), model.Some[int64](37), 46*time.Second
	r.Cost.Pauses[0].AtLeast, r.Cost.Pauses[0].AtMost, r.Cost.Pauses[0].Resumed = 45*time.Second, model.None[time.Duration](), false
	r.Cost.Pauses[1].AtLeast, r.Cost.Pauses[1].AtMost = 38*time.Second, model.Some(41*time.Second)
	r.Cost.Pauses[1].ReadAgain = model.Some[int64](37)
	r.Cost.Pauses[0].Stopped, r.Cost.Pauses[0].Started.NotAfter = model.Moment{NotBefore: ago(9), NotAfter: ago(4)}, time.Time{}
	r.Stickiness = model.Some(model.Stickiness{Moved: 2, Needed: 1})
	g.Rebalances = append(g.Rebalances, r)
	g.Generation = exact(7)
	g.Members = g.Members[1:]
	g.Ownership = append(g.Ownership, unsettled(4, 5, "AABC"), settled(3.5, 7, "BBBC"))
	return g
}

// stormy is a group that has rebalanced twenty times within minutes after an hour of calm, for changing causes.
func stormy() *model.GroupView {
	g := oneConsumer()
	g.Rebalances = nil
	causes := []model.Cause{
		model.CausePollTookTooLong, model.CauseMemberJoined, model.CausePollTookTooLong, model.CauseSessionTimedOut, model.CauseCooperativeFollowUp,
	}
	for i := range int32(20) {
		age := float64(600 - 30*(i-2))
		switch {
		case i < 2:
			age = float64(3000 - 700*i)
		case i >= 14:
			age = float64(100 - 4*(i-14))
		}
		r := rebalance(200+i, age, 0.9, "AABC", "ABBC", 3)
		judged(r, causes[i%5], model.Likely, "B was back 6.1s after it had gone, and its commits had stopped for 5m 2s, about its max.poll.interval.ms (5m)")
		if i%4 != 1 {
			r.Left = []model.MemberRef{ref(2)}
		} else {
			r.Joined = []model.MemberRef{ref(2)}
		}
		g.Rebalances = append(g.Rebalances, r)
	}
	g.Generation = exact(220)
	g.Storm = model.Storm{Active: true, Recent: 18, Usual: model.Some(0.3)}
	g.Stickiness = model.Some(model.Stickiness{Moved: 20, Needed: 3})
	return g
}

// polledOnly is a group of which only polls tell: counts, intervals, and no card of what it cost.
func polledOnly() *model.GroupView {
	g := oneConsumer()
	for _, r := range g.Rebalances {
		r.From.Kind, r.To.Kind = model.GenerationCounted, model.GenerationCounted
		r.Verdict = model.Verdict{Cause: model.CauseMemberJoined, Confidence: model.Possible, Evidence: "C is new and nobody left"}
		r.Cost, r.JoinEnded, r.Recorded, r.Stickiness = model.Cost{}, model.Moment{}, time.Time{}, model.None[model.Stickiness]()
		r.LeaderBefore, r.LeaderAfter = model.Nobody, model.Nobody
		r.Began.NotBefore = r.Began.NotBefore.Add(-time.Second)
		r.Ended.NotBefore = r.Ended.NotBefore.Add(-time.Second)
	}
	g.Generation.Kind, g.Leader = model.GenerationCounted, model.Nobody
	return g
}

// arrived is a KIP-848 group after it has converged.
func arrived() *model.GroupView {
	g := reconciling()
	g.State, g.Unsettled, g.Waits = model.StateStable, time.Time{}, nil
	now := assigned("AABC")
	for i := range g.Members {
		m := &g.Members[i]
		m.Assignment, m.Epoch, m.PendingRevocation, m.State = owns(now, m.Lane), model.Some[int32](5), nil, model.MemberStable
	}
	r := rebalance(4, 6.2, 5.1, "AABB", "AABC", 3)
	r.Type = model.TypeConsumer
	judged(r, model.CauseMemberJoined, model.Certain, "C came and nobody left")
	r.JoinEnded = r.Began
	g.Rebalances = append(g.Rebalances, r)
	g.Partitions[3].Owner = 3
	return g
}

func cardScenes() map[string]*model.GroupView {
	return map[string]*model.GroupView{
		"joined": oneConsumer(), "timed-out": timedOut(), "storm": stormy(), "polled": polledOnly(), "large": storm(), "hostile": hostile(),
		"under-way": underWay(), "reconciling": reconciling(), "arrived": arrived(),
	}
}

func TestCardFrames(t *testing.T) {
	for name, g := range cardScenes() {
		for _, size := range frameSizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.width, size.height), func(t *testing.T) {
				golden.RequireEqual(t, lookAt(t, g, size.width, size.height).press("enter").frame().Text()+"\n")
			})
		}
	}
}

// What a card must tell, in words: the golden frames show how.
func TestCardTells(t *testing.T) {
	for name, c := range map[string]struct {
		group *model.GroupView
		says  []string
	}{
		"why, with the evidence, and what else happened": {timedOut(), []string{
			"why       session timed out  likely", "the commits of A's partitions stopped 45.1s before it was gone", "the others went on",
			"also      partitions added  possible  myorders has 4 partitions"}},
		"who left, by everything that names it": {timedOut(), []string{"left      (A) consumer-1 10.0.0.5  member id consumer-1-9e3779b1"}},
		"a generation that nobody read by":      {timedOut(), []string{"REBALANCE 5 → 7", "generation 6 came and went: its leader never synced", "¬≥ 2", "¬polls"}},
		"the leader changed":                    {timedOut(), []string{"leader    (A) →  B"}},
		"the leader did not":                    {oneConsumer(), []string{"leader     A  as before"}},
		"the phases; what polls bound is marked": {timedOut(), []string{
			"join ≈0.5s   sync 12ms", "began ≈12:04:38.98   join ended 12:04:39.488   sync 12:04:39.500"}},
		"what moved that need not have": {timedOut(), []string{"2 of 4, 1 had to   myorders 0,1  A  →  B"}},
		"before and after, side by side": {timedOut(), []string{
			"BEFORE ── generation 5", "AFTER ── generation 7, 2 members", "(A) 0,1", "– left −0,1▸B", "B  2 +0,1◂A"}},
		"the cost, while it grows": {timedOut(), []string{
			"unread    ≥45s  1 of 2 not read yet", "+4,512 lag   37 read again   ≤46 member-seconds idle   still counting",
			"UNREAD ── still counting", "myorders-0  ≥45s", "▸  not read yet", "myorders-1  38–41s", "+290 lag   37 read again"}},
		"the cost, when it is complete": {oneConsumer(), []string{
			"unread    3.0–3.3s  the partition that moved", "UNREAD ── the longest first", "¬still counting", "≤12 member-seconds idle"}},
		"what only polling saw is unknown, and never 0": {polledOnly(), []string{
			"REBALANCE ≈4 → ≈5", "time      2.0–4.0s", "between two polls", "unread    –", "cost      –", "began 12:04:33.0–34.0   settled 12:04:36.0–37.0",
			"counted by regroup", "¬leader    ", "¬had to"}},
		"several rebalances in one": {storm(), []string{"3 generations in one: not all of them were seen"}},
		"a storm, as a cluster on the time axis": {stormy(), []string{
			"20 rebalances, last 1h", "p polls too slowly", "j joined", "t timed out", "f follow-up", "pfpjptfpjpt", "18 in 10m: storm"}},
		"what is under way": {underWay(), []string{"REBALANCE 5 → …", "under way", "joining", "consumer-4"}},
		"KIP-848: every member, what it has and what it is to have": {reconciling(), []string{
			"1 of 3 at target, the epoch moved 1.2s ago   1 waited for", "group 5   target for 5   members  5 A C  4 B", "2,3     → 2", "was asked to let go of myorders-3 for  C",
			"waits for myorders-3, still held by  B", "0,1     ✓ at its target"}},
		"KIP-848: how it stands afterwards": {arrived(), []string{
			"BEFORE ── group epoch 4", "target 0s   converged 5.1s", "target computed 12:04:36.800", "epochs    group 5   target for 5   members  5 A B C", "¬waits"}},
	} {
		t.Run(name, func(t *testing.T) { lookAt(t, c.group, 120, 38).press("enter").has(c.says...) })
	}
}

func TestThroughTheCards(t *testing.T) {
	w := lookAt(t, timedOut(), 80, 22).press("enter").has("LAST REBALANCE 5 → 7", "3 of 3", "12:04:39 ▲", "¬PARTITIONS")
	w.press("left").has("REBALANCE 4 → 5", "2 of 3", "12:04:37 ▲", "member joined  certain")
	w.press("h", "h").has("REBALANCE 3 → 4", "1 of 3")
	w.press("l", "right").has("LAST REBALANCE 5 → 7", "more lines", "¬UNREAD")
	w.press("space").has("UNREAD", "¬more lines", "¬why ").press("k").press("pgup").has("why ")
	dearer := timedOut()
	dearer.Rebalances[2].Cost.Complete, dearer.Rebalances[2].Began = true, model.Exactly(ago(4.1))
	w.press("left", "right").show(viewOf(dearer)).has("LAST REBALANCE 5 → 7", "¬still counting") // the same one, better known
	w.press("esc").has("PARTITIONS", "¬TIMELINE").press("enter").has("TIMELINE").press("enter").has("¬TIMELINE")
	w.show(viewOf(shareGroup())).press("enter").has("¬TIMELINE")
}

// A group of which nothing is known yet has no card, and enter does nothing.
func TestNoCard(t *testing.T) {
	g := idle()
	g.RebalancedAt = ago(3 * 3600)
	w := lookAt(t, g, 120, 38).has("none since regroup began to look", "the last one before that was 3h ago, 09:04:43", "rebalanced 3h ago").press("enter").has("PARTITIONS", "¬TIMELINE")
	for _, b := range w.screen.bindings() {
		if b.Help().Key == "enter" {
			t.Error("a key for a card is offered, and there is none")
		}
	}
}

func TestGenerationsInWords(t *testing.T) {
	counted := func(n int32) model.Generation { return model.Generation{Number: n, Kind: model.GenerationCounted} }
	for _, c := range []struct {
		r    model.Rebalance
		want string
	}{
		{model.Rebalance{From: exact(4), To: exact(5), AtLeast: 1}, "[]"},
		{model.Rebalance{From: counted(4), To: counted(5), AtLeast: 1}, "[counted by regroup since it began to look, at least so many]"},
		{model.Rebalance{From: counted(4), To: counted(6), AtLeast: 2}, "[at least 2 rebalances passed between two polls; only what they did together is known]"},
		{model.Rebalance{From: exact(4), To: exact(6), AtLeast: 2}, "[2 generations in one: not all of them were seen, only what they did together is known]"},
		{model.Rebalance{From: exact(4), To: exact(6), AtLeast: 2, Overtaken: 1}, "[generation 5 came and went: its leader never synced]"},
	} {
		if got := fmt.Sprint(generationWords(&c.r)); got != c.want {
			t.Errorf("%v → %v: %s, want %s", c.r.From, c.r.To, got, c.want)
		}
	}
}

func TestOvertakenInWords(t *testing.T) {
	for _, c := range []struct {
		from, to  model.Generation
		overtaken int
		want      string
	}{
		{exact(5), exact(7), 1, "generation 6 came and went: its leader never synced"},
		{exact(5), exact(9), 3, "generations 6–8 came and went: their leaders never synced"},
		{exact(5), exact(9), 2, "2 generations came and went: their leaders never synced"},                                               // one of three is not accounted for
		{model.Generation{Number: 2, Kind: model.GenerationCounted}, exact(9), 1, "a generation came and went: its leader never synced"}, // which, is not known
	} {
		if got := overtakenWords(&model.Rebalance{From: c.from, To: c.to, Overtaken: c.overtaken}); got != c.want {
			t.Errorf("%v → %v, %d overtaken: %q, want %q", c.from, c.to, c.overtaken, got, c.want)
		}
	}
}

func TestLasted(t *testing.T) {
	at := func(seconds float64) time.Time { return sceneNow.Add(time.Duration(seconds * float64(time.Second))) }
	between := func(a, b float64) model.Moment { return model.Moment{NotBefore: at(a), NotAfter: at(b)} }
	exactly := func(s float64) model.Moment { return model.Exactly(at(s)) }
	for _, c := range []struct {
		why      string
		from, to model.Moment
		want     string
	}{
		{"known on both sides", exactly(0), exactly(3), "3.0s"},
		{"the beginning lies between two looks", between(-0.024, 0), exactly(3), "≈3.0s"},
		{"between two polls", between(0, 1), between(3, 4), "2.0–4.0s"},
		{"the beginning was not seen", model.Moment{NotAfter: at(0)}, exactly(3), "≥3.0s"},
		{"nothing is known of the beginning", model.Moment{}, exactly(3), "–"},
		{"it is not over", exactly(0), model.Moment{}, "–"},
		{"two clocks disagree", exactly(3), exactly(0), "0s"},
	} {
		if got := lasted(c.from, c.to); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}
