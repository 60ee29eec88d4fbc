package group

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/uitest"
)

func LookAt(tb testing.TB, g *model.GroupView, width, height int) *uitest.Viewer {
	return uitest.Look(tb, New(g.ID), uitest.ViewOf(g), width, height)
}

func TestGroupFrames(t *testing.T) {
	for _, name := range []string{"stable", "reconciling"} {
		for _, size := range uitest.FrameSizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.Width, size.Height), func(t *testing.T) {
				golden.RequireEqual(t, LookAt(t, uitest.Scenes()[name], size.Width, size.Height).Frame().Text()+"\n")
			})
		}
	}
}

// The panes that a scene is about, in both sizes.
func TestGroupPanes(t *testing.T) {
	const top, members, partitions, rebalance, last, events = "", "MEMBERS", "PARTITIONS", "REBALANCE", "LAST REBALANCE", "EVENTS"
	for name, titles := range map[string][]string{
		"rebalancing": {top, members, rebalance}, "syncing": {members, rebalance}, "syncing-unknown": {members, rebalance},
		"idle": {members}, "flags": {members, partitions}, "storm": {members, partitions, last}, "hostile": {top, members, partitions, last, events},
		"stale": {top}, "gone": {top}, "share": {top, members, partitions}, "empty": {top, members, partitions},
		"unread": {members, partitions, last}, "stormy": {top, last, events}, "arrived": {members, last},
	} {
		t.Run(name, func(t *testing.T) {
			var drawn string
			for _, size := range uitest.FrameSizes {
				drawn += LookAt(t, uitest.Scenes()[name], size.Width, size.Height).Frame().Parts(titles...)
			}
			golden.RequireEqual(t, drawn)
		})
	}
}

// What the tracker makes of polls and records, as the program shows it.
func TestTrackedGroups(t *testing.T) {
	for name, v := range uitest.Tracked() {
		t.Run(name, func(t *testing.T) {
			w := uitest.Look(t, New("g"), v, 120, 38)
			w.F.Now = v.At
			golden.RequireEqual(t, w.Frame().Text()+"\n")
		})
	}
}

// What a frame must tell, without colours: the golden frames show how.
func TestGroupTells(t *testing.T) {
	for name, c := range map[string]struct {
		group *model.GroupView
		says  []string
	}{
		"a partition that moved, and from whom": {uitest.OneConsumer(), []string{"myorders-3   C  ◂ B", "¬myorders-2   B  ◂", "new"}},
		"a rebalance: who owned what before it, and who joins": {uitest.UnderWay(), []string{
			"may read 0,1", "joining", "(A)", "(B)", "(C)", "rebalancing for 2.3s", "in progress", "1 joining", "members keep consuming until their next heartbeat tells them to rejoin",
			"A┈┈", "¬nobody"}},
		"everybody has joined: nobody reads before the leader has synced": {uitest.Syncing(), []string{
			"was 0,1", "[0-3]  until stable", "paused until the leader's assignment arrives", "A─··"}},
		"KIP-848: who waits for what, and who holds it": {uitest.Reconciling(), []string{
			"group epoch 5", "uniform (server)", "−3▸C", "+3◂B", "waiting for B", "revoking 1", "B  ▸ C", "waiting for myorders-3, still owned by  B", "billing-1"}},
		"a member without partitions": {uitest.Idle(), []string{"1 idle", "idle"}},
		"every flag, in words": {uitest.Flagged(), []string{
			"no commit", "! 296", "commit below log start", "! 0  commit beyond", "log end unknown", "topic does not exist", "topic was recreated", "commits were not",
			"–    none", "[0] [4]  unassigned", "lag ≥1,204", "myorders-0: no committed offset"}},
		"a storm: how many rebalances at least": {uitest.Storm(), []string{"≥ 3 rebalances", "0.6–1.0s", "1–7 of 200", "between two polls"}},
		"a group that is stale":                 {uitest.Stale(), []string{"Stale for 14s: broker 2, its coordinator, does not answer. Last known values of 12:04:29 are shown."}},
		"a group that was deleted":              {uitest.Gone(), []string{"✕ Dead", "The group was deleted 4s ago. Last known values are shown."}},
		"a share group":                         {uitest.ShareGroup(), []string{"share group", "several members consume a partition at the same time", "¬idle"}},
		"a group without members":               {uitest.Empty(), []string{"○ Empty", "no members", "╌"}},
	} {
		t.Run(name, func(t *testing.T) { LookAt(t, c.group, 120, 38).Has(c.says...) })
	}
}

func TestGroupThatIsNotThere(t *testing.T) {
	uitest.Look(t, New("evil\x1b[2J"), nil, 80, 22).Has("waiting for the first poll").
		Show(uitest.ViewOf(uitest.OneConsumer())).Has(`does not list a group evil\x1b[2J`)
	w := uitest.Look(t, New("1consumer"), &model.View{}, 80, 22).Has("does not list a group 1consumer")
	w.Show(uitest.ViewOf(uitest.OneConsumer())).Has("¬does not list", "generation 5")
}

func TestGroupOfWhichAPartIsUnknown(t *testing.T) {
	g := uitest.OneConsumer()
	g.MembersKnown, g.Members = false, nil
	v := uitest.ViewOf(g)
	v.Errs = []model.SourceError{{Group: g.ID, Operation: "DescribeGroups", Problem: "not authorised\x1b[2J", Advice: "grant DESCRIBE"}}
	uitest.Look(t, New(g.ID), v, 120, 38).Has("members unknown", "assignments are unknown", `DescribeGroups of group "1consumer": not authorised\x1b[2J; grant DESCRIBE`)

	g = uitest.OneConsumer()
	g.Members[1].AssignmentKnown, g.Members[1].Assignment, g.Members[1].AssignmentProblem = false, nil, "cannot decode"
	LookAt(t, g, 120, 38).Has("– cannot decode")
}

func TestPanesAndFocus(t *testing.T) {
	w := LookAt(t, uitest.Storm(), 80, 12)
	w.Has("PARTITIONS ━━", "¬EVENTS", "¬REBALANCE 2")
	w.Press("tab").Has("LAST REBALANCE 219 → 220 ━━")
	w.Press("tab").Has("EVENTS ━━")
	w.Press("tab").Has("MEMBERS ━━", "WHO OWNED WHAT ──")
	w.Press("tab").Has("WHO OWNED WHAT ━━")
	w.Press("shift+tab", "shift+tab").Has("EVENTS ━━")
	w = LookAt(t, uitest.Storm(), 60, 22) // too narrow for two side by side
	w.Has("WHO OWNED WHAT", "¬MEMBERS").Press("tab", "tab", "tab").Has("MEMBERS ━━", "¬WHO OWNED WHAT")
}

func TestGoThroughRebalances(t *testing.T) {
	w := LookAt(t, uitest.OneConsumer(), 120, 38).Has("LAST REBALANCE 4 → 5", "2 of 2", "joined     C  consumer-3", "1 of 4   myorders-3  B  →  C")
	w.Press("left").Has("REBALANCE 3 → 4", "1 of 2 ▸", "¬LAST REBALANCE", "myorders 2,3  A  →  B")
	w.Press("left").Has("REBALANCE 3 → 4")
	newer := uitest.OneConsumer()
	newer.Rebalances = append(newer.Rebalances, uitest.Rebalance(5, 1, 0.5, "AABC", "AAAA", 1))
	w.Show(uitest.ViewOf(newer)).Has("REBALANCE 3 → 4", "1 of 3 ▸") // the chosen one stays
	w.Press("right", "right").Has("LAST REBALANCE 5 → 6", "3 of 3")
	w.Press("left", "right")
	newest := uitest.OneConsumer()
	newest.Rebalances = append(newer.Rebalances, uitest.Rebalance(6, 0.5, 0.2, "AAAA", "BBBB", 1))
	w.Show(uitest.ViewOf(newest)).Has("LAST REBALANCE 6 → 7") // the newest is followed

	w = LookAt(t, uitest.UnderWay(), 120, 38).Has("REBALANCE 5 → …", "◂ 2 earlier")
	w.Press("left").Has("REBALANCE 4 → 5", "2 of 2 ▸").Press("right").Has("REBALANCE 5 → …")
	w.Press("tab", "h", "h").Has("REBALANCE 3 → 4").Press("l").Has("REBALANCE 4 → 5")
}

func TestSortAndFilterPartitions(t *testing.T) {
	first := func(w *uitest.Viewer) string {
		_, y, _ := w.Frame().Find("OWNER")
		return strings.Fields(strings.Trim(w.Frame().Line(y+1), " ▸"))[0]
	}
	w := LookAt(t, uitest.OneConsumer(), 120, 38)
	if got := first(w); got != "myorders-0" {
		t.Errorf("by partition, the first is %s", got)
	}
	w.Press("down", "down", "s").Has("LAG▾") // the selected one stays selected
	if got := first(w); got != "myorders-3" {
		t.Errorf("by lag, the first is %s", got)
	}
	w.Has("▸ myorders-2").Press("s").Has("OWNER▴").Press("s").Has("PARTITION▴")
	w.Press("/").Write("RS-3").Has("/RS-3▏", "1 of 4", "▸ myorders-3")
	if !w.Screen.Typing() {
		t.Error("a filter is typed, and the shell may take its keys")
	}
	w.Press("enter").Has("/RS-3", "¬▏")
	if w.Screen.Typing() {
		t.Error("after enter, keys are commands again")
	}
	w.Press("/").Write("x").Has("no partition matches the filter").Press("esc").Has("¬/RS", "myorders-0")
	w.Press("/").Write("-1").Press("enter", "esc").Has("¬/-1", "myorders-3")
}

func TestStripFollowsTheSelectedAndZooms(t *testing.T) {
	w := LookAt(t, uitest.Storm(), 120, 38).Has("last 60s", "1–7 of 200")
	w.Press("end").Has("194–200 of 200", "▸ myorders-199")
	w.Press("tab", "tab", "tab", "tab").Has("WHO OWNED WHAT ━━").Press("up").Has("▸ myorders-198")
	w.Press("+").Has("last 30s").Press("+", "+").Has("last 15s").Press("-", "-", "-", "-").Has("last 5m")
}

func TestAYoungStripIsNotLeftBlank(t *testing.T) {
	g := uitest.OneConsumer()
	for _, c := range []struct {
		age  float64
		want string
	}{{3, "last 15s"}, {15, "last 15s"}, {16, "last 30s"}, {31, "last 60s"}, {3000, "last 60s"}} {
		g.Ownership = []model.OwnershipSpan{uitest.Settled(c.age, 1, "AABC")}
		LookAt(t, g, 120, 38).Has(c.want)
	}
	g.Ownership = nil
	LookAt(t, g, 120, 38).Has("last 60s").Press("-").Has("last 2m")
}

func TestGroupMouse(t *testing.T) {
	w := LookAt(t, uitest.OneConsumer(), 120, 38)
	click := func(s string) {
		x, y, ok := w.Frame().Find(s)
		if !ok {
			t.Fatalf("%q is not on the screen", s)
		}
		w.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	}
	click("consumer-2")
	w.Has("MEMBERS ━━", "▸  B    consumer-2")
	click("10,586") // the end of myorders-2 stands nowhere else
	w.Has("PARTITIONS ━━")
	click("LAG  LAST")
	w.Has("LAG▾")
	click("myorders-1  ─")
	w.Has("WHO OWNED WHAT ━━", "▸ myorders-1")
	x, y, _ := w.Frame().Find("LAST REBALANCE")
	w.Send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	w.Has("REBALANCE 3 → 4")
}

// A move stands out and fades, by the clock that the frame brings.
func TestAMoveFades(t *testing.T) {
	w := LookAt(t, uitest.OneConsumer(), 120, 38)
	moved := w.F.View.Groups[0].Partitions[3].MovedAt
	ground := func(after time.Duration) string {
		w.F.Now = moved.Add(after)
		f := w.Frame()
		_, y, _ := f.Find("OWNER")
		return fmt.Sprint(f.Background(60, y+4))
	}
	early, late, over := ground(time.Second), ground(7*time.Second), ground(kit.FreshFor)
	if early == late || late == over || over != fmt.Sprint(nil) && over != "<nil>" {
		t.Errorf("the row is %s after a second, %s after seven, %s at the end", early, late, over)
	}
	w.F.Now = moved.Add(kit.FreshFor - time.Millisecond)
	if !w.Screen.Animated(w.F) {
		t.Error("something fades, and the shell does not tick faster")
	}
	w.Has("◂ B")
	w.F.Now = moved.Add(kit.FreshFor)
	if w.Screen.Animated(w.F) {
		t.Error("nothing fades any more, and the shell ticks on")
	}
	w.Has("¬◂ B", "¬new")
	if a, b := w.Screen.Render(w.F), w.Screen.Render(w.F); a != b {
		t.Error("drawing twice gives two pictures")
	}
}

func TestLabKeysInTheGroup(t *testing.T) {
	v := uitest.LabScene()
	w := uitest.Look(t, New("1consumer"), v, 120, 38).Has("paused")
	w.Press("n", "x").Press("tab", "tab", "tab", "down", "X")
	want := []tea.Msg{
		kit.DoLab{Action: model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer"}},
		kit.DoLab{Action: model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"}},
		kit.DoLab{Action: model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"}},
	}
	if fmt.Sprint(w.Asked) != fmt.Sprint(want) {
		t.Errorf("asked for %v, want %v", w.Asked, want)
	}
	v.Lab.Lacks = []string{"kill: no signals here"}
	w.Asked = nil
	w.Show(v).Press("X")
	v.Lab.Consumers[1].State = model.LabKilled // it is a member until its session times out
	w.Show(v).Has("killed").Press("x")
	v.Lab.Consumers = nil
	w.Show(v).Press("n", "x")
	if len(w.Asked) != 1 || !w.Asked[0].(kit.Notice).Bad {
		t.Errorf("asked for %v: only that the killed one has ended was to be said", w.Asked)
	}
	w = LookAt(t, uitest.OneConsumer(), 120, 38).Press("n", "x", "X")
	if len(w.Asked) > 0 {
		t.Errorf("without a lab, its keys asked for %v", w.Asked)
	}
}

func TestGroupAtAnySize(t *testing.T) {
	all := uitest.Scenes()
	names := []string{"stable", "rebalancing", "reconciling", "idle", "flags", "storm", "hostile", "stale", "gone", "share", "empty", "unread", "stormy", "arrived"}
	keys := rapid.SliceOfN(rapid.SampledFrom([]string{"tab", "shift+tab", "up", "down", "left", "right", "s", "/", "x", "n", "enter", "esc", "+", "-", "end"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 140).Draw(t, "width"), rapid.IntRange(1, 50).Draw(t, "height")
		g := all[rapid.SampledFrom(names).Draw(t, "scene")]
		s := New(g.ID)
		f := uitest.FrameOf(uitest.ViewOf(g), width, height)
		s.Observe(f)
		for _, k := range keys.Draw(t, "keys") {
			kit.Press(s, f, uitest.Key(k))
			uitest.Fits(t, s.Render(f), width, height)
		}
		uitest.Fits(t, s.Render(f), width, height)
		s.Update(f, tea.MouseClickMsg{X: rapid.IntRange(0, width).Draw(t, "x"), Y: rapid.IntRange(0, height).Draw(t, "y"), Button: tea.MouseLeft})
		uitest.Fits(t, s.Render(f), width, height)
	})
}

// A frame is drawn after every message: 2 ms are the limit.
func BenchmarkGroupRender(b *testing.B) {
	for _, c := range uitest.LargeScenes() {
		b.Run(c.Name, func(b *testing.B) { uitest.BenchmarkRender(b, New(c.Group.ID), c.Group) })
	}
}

func BenchmarkGroupObserve(b *testing.B) {
	g := uitest.Large(200, 1000)
	s := New(g.ID)
	f := uitest.FrameOf(uitest.ViewOf(g), 120, 38)
	b.ReportAllocs()
	for b.Loop() {
		s.Observe(f)
	}
}

// What a member of a KIP-848 group keeps, gives and gets stands in one column: other columns give way to it.
func TestOwnsHasRoomForWhatIsOnTheWay(t *testing.T) {
	for _, width := range []int{80, 100, 120, 160} {
		g := uitest.Reconciling()
		for i := range g.Members {
			g.Members[i].ClientID, g.Members[i].InstanceID = "a-consumer-with-a-long-name", "and-a-long-instance"
			g.Members[i].Host = "192.168.100.100"
		}
		all := uitest.Owns(uitest.Assigned("BBBB"), 2)
		g.Members[0].Assignment, g.Members[0].Target = nil, nil
		g.Members[1].Assignment, g.Members[1].Target = all, []model.TopicPartition{all[0], all[1], all[3]}
		g.Members[2].Assignment, g.Members[2].Target = nil, all[2:3]
		LookAt(t, g, width, 38).Has(" 0,1,3  −2▸C", "+2◂B")
	}
}

// A partition that was added while regroup looked was nobody's before only because there was none.
func TestARowBeginsWithItsPartition(t *testing.T) {
	g := uitest.OneConsumer()
	g.Partitions[3].LagHistory = g.Partitions[3].LagHistory[:4]
	for i := range g.Ownership {
		g.Ownership[i].Owners = maps.Clone(g.Ownership[i].Owners)
		if i < 4 {
			delete(g.Ownership[i].Owners, uitest.Orders(3))
		}
	}
	g.Rebalances = nil
	w := LookAt(t, g, 120, 38)
	for _, line := range strings.Split(w.Frame().Text(), "\n") {
		if at := strings.Index(line, "myorders-3 "); at >= 0 && strings.HasSuffix(line, "C─") && strings.Contains(line[at:], "nobody") {
			t.Errorf("nobody owned what there was not: %s", line[at:])
		}
	}
	w.Has("myorders-3                                ")
}

func TestWhatIfIsAKeyOfTheGroup(t *testing.T) {
	w := LookAt(t, uitest.OneConsumer(), 120, 38)
	if w.Press("w"); len(w.Asked) > 0 {
		t.Errorf("nobody foresees, and w asked for %v", w.Asked)
	}
	w.F.Can = kit.AnswerWhatIf
	w.Show(w.F.View)
	w.Press("w")
	if got, want := w.Asked, (kit.OpenWhatIf{Group: "1consumer"}); len(got) != 1 || got[0] != want {
		t.Errorf("w asked for %v", got)
	}
}

// A group of which nothing is known yet has no card, and enter does nothing.
func TestNoCard(t *testing.T) {
	g := uitest.Idle()
	g.RebalancedAt = uitest.Ago(3 * 3600)
	w := LookAt(t, g, 120, 38).Has("none since regroup first saw the group", "the last one before was 3h ago, 09:04:43", "rebalanced 3h ago").Press("enter")
	if len(w.Asked) > 0 {
		t.Errorf("enter asked for %v", w.Asked)
	}
	for _, b := range w.Screen.Keys(w.F) {
		if b.Help().Key == "enter" {
			t.Error("a key for a card is offered, and there is none")
		}
	}
}
