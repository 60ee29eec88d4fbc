package ui

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/ui/uitest"
)

// The sizes of a frame in a terminal of 120×40 and of 80×24: the shell takes two lines.
var frameSizes = []struct{ width, height int }{{120, 38}, {80, 22}}

// viewer is a person in front of one screen.
type viewer struct {
	tb     testing.TB
	screen screen
	f      frame
	asked  []tea.Msg // what the screen asked the shell for
}

func look(tb testing.TB, s screen, v *model.View, width, height int) *viewer {
	w := &viewer{tb: tb, screen: s, f: frameOf(v, width, height)}
	s.observe(w.f)
	s.render(w.f) // the mouse counts from what was drawn
	return w
}

func lookAt(tb testing.TB, g *model.GroupView, width, height int) *viewer {
	return look(tb, newGroupScreen(g.ID), viewOf(g), width, height)
}

var testKeys = map[string]tea.Key{
	"tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape},
	"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"space": {Code: tea.KeySpace, Text: " "}, "backspace": {Code: tea.KeyBackspace}, "end": {Code: tea.KeyEnd},
}

func (w *viewer) press(keys ...string) *viewer {
	w.tb.Helper()
	for _, k := range keys {
		pressed, named := testKeys[k]
		if !named {
			pressed = tea.Key{Code: []rune(k)[0], Text: k}
		}
		w.send(tea.KeyPressMsg(pressed))
	}
	return w
}

func (w *viewer) write(s string) *viewer {
	for _, r := range s {
		w.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return w
}

func (w *viewer) send(msg tea.Msg) {
	if cmd := w.screen.update(w.f, msg); cmd != nil {
		w.asked = append(w.asked, cmd())
	}
	w.screen.render(w.f)
}

// show has the screen take in another view.
func (w *viewer) show(v *model.View) *viewer {
	w.f.view = v
	w.screen.observe(w.f)
	return w
}

func (w *viewer) frame() *uitest.Frame {
	w.tb.Helper()
	return uitest.Draw(w.tb, w.screen.render(w.f), w.f.width, w.f.height)
}

// has fails the test unless all of the texts stand on the screen; a text after ¬ must not.
func (w *viewer) has(texts ...string) *viewer {
	w.tb.Helper()
	f := w.frame()
	for _, s := range texts {
		if rest, not := strings.CutPrefix(s, "¬"); not {
			if f.Has(rest) {
				w.tb.Errorf("%q stands on the screen:\n%s", rest, f.Text())
			}
		} else if !f.Has(s) {
			w.tb.Errorf("%q does not stand on the screen:\n%s", s, f.Text())
		}
	}
	return w
}

func stale() *model.GroupView {
	g := oneConsumer()
	g.StaleSince = ago(14)
	return g
}

func gone() *model.GroupView {
	g := oneConsumer()
	g.State, g.GoneSince = model.StateDead, ago(4)
	return g
}

func shareGroup() *model.GroupView {
	return &model.GroupView{
		ID: "clicks", Type: model.TypeShare, State: model.StateStable, Coordinator: model.Some[int32](1), MembersKnown: true,
		Members: []model.MemberView{{MemberRef: ref(1), AssignmentKnown: true}, {MemberRef: ref(2), AssignmentKnown: true}},
	}
}

func empty() *model.GroupView {
	g := oneConsumer()
	g.State, g.Members, g.Unsettled = model.StateEmpty, nil, time.Time{}
	for i := range g.Partitions {
		g.Partitions[i].Owner, g.Partitions[i].Subscribed = model.Nobody, false
	}
	g.Ownership = append(g.Ownership, settled(2, 6, "...."))
	return g
}

func scenes() map[string]*model.GroupView {
	return map[string]*model.GroupView{
		"stable": oneConsumer(), "rebalancing": underWay(), "syncing": syncing(), "syncing-unknown": ownAssignor(), "reconciling": reconciling(), "idle": idle(), "flags": flagged(), "storm": storm(),
		"hostile": hostile(), "stale": stale(), "gone": gone(), "share": shareGroup(), "empty": empty(),
		"unread": timedOut(), "stormy": stormy(), "arrived": arrived(),
	}
}

func TestGroupFrames(t *testing.T) {
	for name, g := range scenes() {
		for _, size := range frameSizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.width, size.height), func(t *testing.T) {
				golden.RequireEqual(t, lookAt(t, g, size.width, size.height).frame().Text()+"\n")
			})
		}
	}
}

// What a frame must tell, without colours: the golden frames show how.
func TestGroupTells(t *testing.T) {
	for name, c := range map[string]struct {
		group *model.GroupView
		says  []string
	}{
		"a partition that moved, and from whom": {oneConsumer(), []string{"myorders-3   C  ◂ B", "¬myorders-2   B  ◂", "new"}},
		"a rebalance: who owned what before it, and who joins": {underWay(), []string{
			"may read 0,1", "joining", "(A)", "(B)", "(C)", "rebalancing for 2.3s", "under way", "1 joining", "they read on until they have heard of it, at the next heartbeat",
			"A┈┈", "¬nobody"}},
		"everybody has joined: nobody reads before the leader has synced": {syncing(), []string{
			"was 0,1", "[0-3]  until it has settled", "nobody, until the leader has handed out the partitions", "A─··"}},
		"KIP-848: who waits for what, and who holds it": {reconciling(), []string{
			"group epoch 5", "uniform (server)", "−3▸C", "+3◂B", "waits for B", "lets go", "B  ▸ C", "waits for myorders-3, still held by  B", "billing-1"}},
		"a member without partitions": {idle(), []string{"1 idle", "idle"}},
		"every flag, in words": {flagged(), []string{
			"no commit", "! 296", "commit below log start", "! 0  commit beyond", "log end unknown", "topic does not exist", "topic was recreated", "commits were not",
			"–    nobody", "[0] [4]  read by nobody", "lag ≥1,204", "myorders-0: the group never committed here"}},
		"a storm: how many rebalances at least": {storm(), []string{"≥ 3 rebalances", "0.6–1.0s", "1–7 of 200", "between two polls"}},
		"a group that is stale":                 {stale(), []string{"Stale for 14s: broker 2, its coordinator, does not answer. This is from 12:04:29."}},
		"a group that was deleted":              {gone(), []string{"✕ Dead", "The group was deleted 4s ago. This is the last that was seen of it."}},
		"a share group":                         {shareGroup(), []string{"share group", "members share partitions record by record", "¬idle"}},
		"a group without members":               {empty(), []string{"○ Empty", "nobody is in the group", "╌"}},
	} {
		t.Run(name, func(t *testing.T) { lookAt(t, c.group, 120, 38).has(c.says...) })
	}
}

func TestGroupThatIsNotThere(t *testing.T) {
	look(t, newGroupScreen("evil\x1b[2J"), nil, 80, 22).has("waiting for the first answer").
		show(viewOf(oneConsumer())).has(`does not list a group evil\x1b[2J`)
	w := look(t, newGroupScreen("1consumer"), &model.View{}, 80, 22).has("does not list a group 1consumer")
	w.show(viewOf(oneConsumer())).has("¬does not list", "generation 5")
}

func TestGroupOfWhichAPartIsUnknown(t *testing.T) {
	g := oneConsumer()
	g.MembersKnown, g.Members = false, nil
	v := viewOf(g)
	v.Errs = []model.SourceError{{Group: g.ID, Operation: "DescribeGroups", Problem: "not authorised\x1b[2J", Advice: "grant DESCRIBE"}}
	look(t, newGroupScreen(g.ID), v, 120, 38).has("members unknown", "who owns what is unknown", `DescribeGroups of group "1consumer": not authorised\x1b[2J; grant DESCRIBE`)

	g = oneConsumer()
	g.Members[1].AssignmentKnown, g.Members[1].Assignment, g.Members[1].AssignmentProblem = false, nil, "cannot decode"
	lookAt(t, g, 120, 38).has("– cannot decode")
}

func TestPanesAndFocus(t *testing.T) {
	w := lookAt(t, storm(), 80, 12)
	w.has("PARTITIONS ━━", "¬EVENTS", "¬REBALANCE 2")
	w.press("tab").has("LAST REBALANCE 219 → 220 ━━")
	w.press("tab").has("EVENTS ━━")
	w.press("tab").has("MEMBERS ━━", "WHO OWNED WHAT ──")
	w.press("tab").has("WHO OWNED WHAT ━━")
	w.press("shift+tab", "shift+tab").has("EVENTS ━━")
	w = lookAt(t, storm(), 60, 22) // too narrow for two side by side
	w.has("WHO OWNED WHAT", "¬MEMBERS").press("tab", "tab", "tab").has("MEMBERS ━━", "¬WHO OWNED WHAT")
}

func TestGoThroughRebalances(t *testing.T) {
	w := lookAt(t, oneConsumer(), 120, 38).has("LAST REBALANCE 4 → 5", "2 of 2", "joined     C  consumer-3", "1 of 4   myorders-3  B  →  C")
	w.press("left").has("REBALANCE 3 → 4", "1 of 2 ▸", "¬LAST REBALANCE", "myorders 2,3  A  →  B")
	w.press("left").has("REBALANCE 3 → 4")
	newer := oneConsumer()
	newer.Rebalances = append(newer.Rebalances, rebalance(5, 1, 0.5, "AABC", "AAAA", 1))
	w.show(viewOf(newer)).has("REBALANCE 3 → 4", "1 of 3 ▸") // the chosen one stays
	w.press("right", "right").has("LAST REBALANCE 5 → 6", "3 of 3")
	w.press("left", "right")
	newest := oneConsumer()
	newest.Rebalances = append(newer.Rebalances, rebalance(6, 0.5, 0.2, "AAAA", "BBBB", 1))
	w.show(viewOf(newest)).has("LAST REBALANCE 6 → 7") // the newest is followed

	w = lookAt(t, underWay(), 120, 38).has("REBALANCE 5 → …", "◂ 2 before")
	w.press("left").has("REBALANCE 4 → 5", "2 of 2 ▸").press("right").has("REBALANCE 5 → …")
	w.press("tab", "h", "h").has("REBALANCE 3 → 4").press("l").has("REBALANCE 4 → 5")
}

func TestSortAndFilterPartitions(t *testing.T) {
	first := func(w *viewer) string {
		_, y, _ := w.frame().Find("OWNER")
		return strings.Fields(strings.Trim(w.frame().Line(y+1), " ▸"))[0]
	}
	w := lookAt(t, oneConsumer(), 120, 38)
	if got := first(w); got != "myorders-0" {
		t.Errorf("by partition, the first is %s", got)
	}
	w.press("down", "down", "s").has("LAG▾") // the selected one stays selected
	if got := first(w); got != "myorders-3" {
		t.Errorf("by lag, the first is %s", got)
	}
	w.has("▸ myorders-2").press("s").has("OWNER▴").press("s").has("PARTITION▴")
	w.press("/").write("RS-3").has("/RS-3▏", "1 of 4", "▸ myorders-3")
	if !w.screen.typing() {
		t.Error("a filter is typed, and the shell may take its keys")
	}
	w.press("enter").has("/RS-3", "¬▏")
	if w.screen.typing() {
		t.Error("after enter, keys are commands again")
	}
	w.press("/").write("x").has("no partition matches the filter").press("esc").has("¬/RS", "myorders-0")
	w.press("/").write("-1").press("enter", "esc").has("¬/-1", "myorders-3")
}

func TestStripFollowsTheSelectedAndZooms(t *testing.T) {
	w := lookAt(t, storm(), 120, 38).has("last 60s", "1–7 of 200")
	w.press("end").has("194–200 of 200", "▸ myorders-199")
	w.press("tab", "tab", "tab", "tab").has("WHO OWNED WHAT ━━").press("up").has("▸ myorders-198")
	w.press("+").has("last 30s").press("+", "+").has("last 15s").press("-", "-", "-", "-").has("last 5m")
}

func TestAYoungStripIsNotLeftBlank(t *testing.T) {
	g := oneConsumer()
	for _, c := range []struct {
		age  float64
		want string
	}{{3, "last 15s"}, {15, "last 15s"}, {16, "last 30s"}, {31, "last 60s"}, {3000, "last 60s"}} {
		g.Ownership = []model.OwnershipSpan{settled(c.age, 1, "AABC")}
		lookAt(t, g, 120, 38).has(c.want)
	}
	g.Ownership = nil
	lookAt(t, g, 120, 38).has("last 60s").press("-").has("last 2m")
}

func TestGroupMouse(t *testing.T) {
	w := lookAt(t, oneConsumer(), 120, 38)
	click := func(s string) {
		x, y, ok := w.frame().Find(s)
		if !ok {
			t.Fatalf("%q is not on the screen", s)
		}
		w.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	}
	click("consumer-2")
	w.has("MEMBERS ━━", "▸  B    consumer-2")
	click("10,586") // the end of myorders-2 stands nowhere else
	w.has("PARTITIONS ━━")
	click("LAG  LAST")
	w.has("LAG▾")
	click("myorders-1  ─")
	w.has("WHO OWNED WHAT ━━", "▸ myorders-1")
	x, y, _ := w.frame().Find("LAST REBALANCE")
	w.send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	w.has("REBALANCE 3 → 4")
}

// A move stands out and fades, by the clock that the frame brings.
func TestAMoveFades(t *testing.T) {
	w := lookAt(t, oneConsumer(), 120, 38)
	moved := w.f.view.Groups[0].Partitions[3].MovedAt
	ground := func(after time.Duration) string {
		w.f.now = moved.Add(after)
		f := w.frame()
		_, y, _ := f.Find("OWNER")
		return fmt.Sprint(f.Background(60, y+4))
	}
	early, late, over := ground(time.Second), ground(7*time.Second), ground(freshFor)
	if early == late || late == over || over != fmt.Sprint(nil) && over != "<nil>" {
		t.Errorf("the row is %s after a second, %s after seven, %s at the end", early, late, over)
	}
	w.f.now = moved.Add(freshFor - time.Millisecond)
	if !w.screen.animated(w.f) {
		t.Error("something fades, and the shell does not tick faster")
	}
	w.has("◂ B")
	w.f.now = moved.Add(freshFor)
	if w.screen.animated(w.f) {
		t.Error("nothing fades any more, and the shell ticks on")
	}
	w.has("¬◂ B", "¬new")
	if a, b := w.screen.render(w.f), w.screen.render(w.f); a != b {
		t.Error("drawing twice gives two pictures")
	}
}

func TestLabKeysInTheGroup(t *testing.T) {
	v := labScene()
	w := look(t, newGroupScreen("1consumer"), v, 120, 38).has("paused")
	w.press("n", "x").press("tab", "tab", "tab", "down", "X")
	want := []tea.Msg{
		labActionMsg{model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer"}},
		labActionMsg{model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"}},
		labActionMsg{model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"}},
	}
	if fmt.Sprint(w.asked) != fmt.Sprint(want) {
		t.Errorf("asked for %v, want %v", w.asked, want)
	}
	v.Lab.Lacks = []string{"kill: no signals here"}
	w.asked = nil
	w.show(v).press("X")
	v.Lab.Consumers[1].State = model.LabKilled // it is a member until its session times out
	w.show(v).has("killed").press("x")
	v.Lab.Consumers = nil
	w.show(v).press("n", "x")
	if len(w.asked) != 1 || !w.asked[0].(noticeMsg).bad {
		t.Errorf("asked for %v: only that the killed one has ended was to be said", w.asked)
	}
	w = lookAt(t, oneConsumer(), 120, 38).press("n", "x", "X")
	if len(w.asked) > 0 {
		t.Errorf("without a lab, its keys asked for %v", w.asked)
	}
}

func TestNamesSendNothingToTheTerminal(t *testing.T) {
	g := hostile()
	card := newGroupScreen(g.ID)
	look(t, card, viewOf(g), 200, 50).press("enter").has("TIMELINE", "BEFORE", "UNREAD")
	removing := newGroupScreen(g.ID).(*groupScreen)
	removing.removes, removing.removing = true, &g.Members[1].MemberRef
	for _, s := range []screen{newGroupScreen(g.ID), newLabScreen(fakeLab{}, g.ID), card, removing} {
		v := viewOf(g)
		v.Lab = &model.LabSnapshot{
			Consumers: []model.LabConsumer{{Name: g.ID, Group: g.ID, Note: g.ID, State: model.LabState(g.ID), LastRecord: &model.LabRecord{Key: g.ID, Value: g.ID}}},
			Producers: []model.LabProducer{{Topic: g.ID, Note: g.ID, State: model.LabState(g.ID)}}, Lacks: []string{g.ID},
		}
		drawn := look(t, s, v, 200, 50).screen.render(frameOf(v, 200, 50))
		rest := sgr.ReplaceAllString(drawn, "")
		for _, r := range rest {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("%U reaches the terminal: %q", r, rest)
			}
		}
	}
}

func TestGroupAtAnySize(t *testing.T) {
	all := scenes()
	names := []string{"stable", "rebalancing", "reconciling", "idle", "flags", "storm", "hostile", "stale", "gone", "share", "empty", "unread", "stormy", "arrived"}
	keys := rapid.SliceOfN(rapid.SampledFrom([]string{"tab", "shift+tab", "up", "down", "left", "right", "s", "/", "x", "n", "enter", "esc", "+", "-", "end"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 140).Draw(t, "width"), rapid.IntRange(1, 50).Draw(t, "height")
		g := all[rapid.SampledFrom(names).Draw(t, "scene")]
		s := newGroupScreen(g.ID)
		f := frameOf(viewOf(g), width, height)
		s.observe(f)
		for _, k := range keys.Draw(t, "keys") {
			pressed, named := testKeys[k]
			if !named {
				pressed = tea.Key{Code: []rune(k)[0], Text: k}
			}
			s.update(f, tea.KeyPressMsg(pressed))
			fits(t, s.render(f), width, height)
		}
		fits(t, s.render(f), width, height)
		s.update(f, tea.MouseClickMsg{X: rapid.IntRange(0, width).Draw(t, "x"), Y: rapid.IntRange(0, height).Draw(t, "y"), Button: tea.MouseLeft})
		fits(t, s.render(f), width, height)
	})
}

// fits fails unless what is drawn has exactly height lines of at most width cells.
func fits(t *rapid.T, drawn string, width, height int) {
	lines := strings.Split(drawn, "\n")
	if len(lines) != height {
		t.Fatalf("%d lines, want %d", len(lines), height)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > width {
			t.Fatalf("line %d is %d wide, want at most %d: %q", i, w, width, ansi.Strip(l))
		}
	}
}

// A frame is drawn after every message: 2 ms are the limit.
func BenchmarkGroupRender(b *testing.B) {
	under := large(200, 1000)
	under.Unsettled = ago(1)
	moving := large(200, 1000)
	moving.Type, moving.Unsettled = model.TypeConsumer, ago(1)
	for i := range moving.Members {
		m := &moving.Members[i]
		m.TargetKnown, m.Target = true, moving.Members[(i+1)%len(moving.Members)].Assignment
	}
	for _, c := range []struct {
		name  string
		group *model.GroupView
	}{{"settled", large(200, 1000)}, {"rebalancing", under}, {"reconciling", moving}} {
		for _, card := range []bool{false, true} {
			name := c.name
			if card {
				name += "-card"
			}
			b.Run(name, func(b *testing.B) {
				for _, r := range c.group.Rebalances {
					judged(r, model.CausePollTookTooLong, model.Likely, "its commits had stopped for 5m 2s, about its max.poll.interval.ms (5m)")
				}
				s := newGroupScreen(c.group.ID)
				f := frameOf(viewOf(c.group), 120, 38)
				s.observe(f)
				if card {
					s.update(f, tea.KeyPressMsg{Code: tea.KeyEnter})
				}
				b.ReportAllocs()
				for b.Loop() {
					s.render(f)
				}
			})
		}
	}
}

// Another rebalance is shown: nothing of what was worked out for the one before helps.
func BenchmarkTurnToAnotherCard(b *testing.B) {
	g := large(200, 1000)
	for _, r := range g.Rebalances {
		judged(r, model.CausePollTookTooLong, model.Likely, "its commits had stopped for 5m 2s")
	}
	s := newGroupScreen(g.ID)
	f := frameOf(viewOf(g), 120, 38)
	s.observe(f)
	s.update(f, tea.KeyPressMsg{Code: tea.KeyEnter})
	keys := []rune{tea.KeyLeft, tea.KeyRight}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.update(f, tea.KeyPressMsg{Code: keys[i%2]})
		s.render(f)
	}
}

func BenchmarkGroupObserve(b *testing.B) {
	g := large(200, 1000)
	s := newGroupScreen(g.ID)
	f := frameOf(viewOf(g), 120, 38)
	b.ReportAllocs()
	for b.Loop() {
		s.observe(f)
	}
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// What a member of a KIP-848 group keeps, gives and gets stands in one column: other columns give way to it.
func TestOwnsHasRoomForWhatIsOnTheWay(t *testing.T) {
	for _, width := range []int{80, 100, 120, 160} {
		g := reconciling()
		for i := range g.Members {
			g.Members[i].ClientID, g.Members[i].InstanceID = "a-consumer-with-a-long-name", "and-a-long-instance"
			g.Members[i].Host = "192.168.100.100"
		}
		all := owns(assigned("BBBB"), 2)
		g.Members[0].Assignment, g.Members[0].Target = nil, nil
		g.Members[1].Assignment, g.Members[1].Target = all, []model.TopicPartition{all[0], all[1], all[3]}
		g.Members[2].Assignment, g.Members[2].Target = nil, all[2:3]
		lookAt(t, g, width, 38).has(" 0,1,3  −2▸C", "+2◂B")
	}
}

// A partition that was added while regroup looked was nobody's before only because there was none.
func TestARowBeginsWithItsPartition(t *testing.T) {
	g := oneConsumer()
	g.Partitions[3].LagHistory = g.Partitions[3].LagHistory[:4]
	for i := range g.Ownership {
		g.Ownership[i].Owners = maps.Clone(g.Ownership[i].Owners)
		if i < 4 {
			delete(g.Ownership[i].Owners, orders(3))
		}
	}
	g.Rebalances = nil
	w := lookAt(t, g, 120, 38)
	for _, line := range strings.Split(w.frame().Text(), "\n") {
		if at := strings.Index(line, "myorders-3 "); at >= 0 && strings.HasSuffix(line, "C─") && strings.Contains(line[at:], "nobody") {
			t.Errorf("nobody owned what there was not: %s", line[at:])
		}
	}
	w.has("myorders-3                                ")
}
