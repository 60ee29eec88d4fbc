package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"regroup/model"
)

func lookAtLab(tb testing.TB, v *model.View, width, height int) *viewer {
	return look(tb, newLabScreen(fakeLab{}, "1consumer"), v, width, height)
}

func TestLabFrames(t *testing.T) {
	lacking := labScene()
	lacking.Lab.Lacks = []string{"pause: no SIGSTOP on windows", "resume: no SIGCONT on windows"}
	under := labScene()
	under.Groups[0] = underWay()
	bare := &model.View{At: sceneNow, Lab: &model.LabSnapshot{At: sceneNow}}
	for name, c := range map[string]struct {
		view *model.View
		keys []string
	}{
		"running": {labScene(), nil}, "lacking": {lacking, nil}, "rebalancing": {under, nil}, "form": {labScene(), []string{"N"}}, "bare": {bare, nil},
	} {
		for _, size := range frameSizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.width, size.height), func(t *testing.T) {
				golden.RequireEqual(t, lookAtLab(t, c.view, size.width, size.height).press(c.keys...).frame().Text()+"\n")
			})
		}
	}
}

func TestLabKeys(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want model.LabAction
		why  string
	}{
		{[]string{"n"}, model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer"}, "with the settings of the group's last one"},
		{[]string{"end", "n"}, model.LabAction{Kind: model.LabStartConsumer, Group: "2consumer"}, "in the group of the selected consumer"},
		{[]string{"x"}, model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"}, ""},
		{[]string{"down", "down", "X"}, model.LabAction{Kind: model.LabKill, Consumer: "consumer-3"}, "rows are sorted by group, then by start"},
		{[]string{"c"}, model.LabAction{Kind: model.LabCrash, Consumer: "consumer-1", Records: crashRecords}, ""},
		{[]string{"R"}, model.LabAction{Kind: model.LabRestart, Consumer: "consumer-1"}, ""},
		{[]string{"down", "down", "down", "R"}, model.LabAction{Kind: model.LabRestart, Consumer: "consumer-5"}, "it was killed, and comes back"},
		{[]string{"space"}, model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"}, ""},
		{[]string{"j", "space"}, model.LabAction{Kind: model.LabResume, Consumer: "consumer-2"}, "it is paused"},
		{[]string{">"}, model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: 10 * time.Millisecond}, "the first step"},
		{[]string{"down", "down", ">"}, model.LabAction{Kind: model.LabSlow, Consumer: "consumer-3", ProcessingTime: 5 * time.Second}, "from two seconds"},
		{[]string{"down", "down", "<"}, model.LabAction{Kind: model.LabSlow, Consumer: "consumer-3", ProcessingTime: time.Second}, "from two seconds"},
		{[]string{"]"}, model.LabAction{Kind: model.LabRate, Topic: "myorders", Rate: 100}, "from 50"},
		{[]string{"["}, model.LabAction{Kind: model.LabRate, Topic: "myorders", Rate: 20}, "from 50"},
		{[]string{"a"}, model.LabAction{Kind: model.LabAddPartitions, Topic: "myorders"}, "one more"},
	} {
		w := lookAtLab(t, labScene(), 120, 38).press(c.keys...)
		if len(w.asked) != 1 || w.asked[0] != any(labActionMsg{c.want}) {
			t.Errorf("%v asks for %v, want %+v: %s", c.keys, w.asked, c.want, c.why)
		}
	}
	w := lookAtLab(t, labScene(), 120, 38).press("end", "enter")
	if len(w.asked) != 1 || w.asked[0] != any(openGroupMsg{"2consumer"}) {
		t.Errorf("enter asks for %v", w.asked)
	}
}

func TestLabRefusesWhatMakesNoSense(t *testing.T) {
	w := lookAtLab(t, labScene(), 120, 38).press("down", "down", "down", "x")
	if len(w.asked) != 1 || !w.asked[0].(noticeMsg).bad || !strings.Contains(w.asked[0].(noticeMsg).text, "consumer-5 has ended") {
		t.Errorf("x on one that was killed asks for %v", w.asked)
	}
	w = lookAtLab(t, labScene(), 120, 38).press("<")
	if len(w.asked) != 1 || w.asked[0] != any(noticeMsg{"consumer-1 is as fast as it can", true}) {
		t.Errorf("< at full speed asks for %v", w.asked)
	}
	v := labScene()
	for kind, keys := range map[model.LabActionKind][]string{
		model.LabPause: {"space"}, model.LabKill: {"X"}, model.LabSlow: {"<", ">"}, model.LabRate: {"[", "]"}, model.LabAddPartitions: {"a"},
		model.LabStartConsumer: {"n", "N"}, model.LabLeave: {"x"}, model.LabCrash: {"c"}, model.LabRestart: {"R"},
	} {
		v.Lab.Lacks = []string{string(kind) + ": not here"}
		w := lookAtLab(t, v, 120, 38).has("not on this platform: " + string(kind) + ": not here")
		for _, k := range keys {
			for _, b := range w.screen.bindings() {
				if b.Help().Key == k && b.Enabled() {
					t.Errorf("%s lacks, its key %s is on", kind, k)
				}
			}
			if w.press(k); len(w.asked) > 0 {
				t.Errorf("%s lacks, and %s asks for %v", kind, k, w.asked)
			}
		}
	}
}

func TestNoLab(t *testing.T) {
	w := look(t, newLabScreen(nil, ""), labScene(), 80, 22).has("There is no lab here", "regroup demo")
	if w.press("n", "x", "enter"); len(w.asked) > 0 {
		t.Errorf("without a lab, keys ask for %v", w.asked)
	}
	look(t, newLabScreen(fakeLab{}, ""), &model.View{}, 80, 22).has("waiting for the lab's first consumer")
	look(t, newLabScreen(fakeLab{}, ""), nil, 80, 22).has("waiting for the lab's first consumer")
}

func TestLabChoosesTheGroupItWasOpenedFor(t *testing.T) {
	look(t, newLabScreen(fakeLab{}, "2consumer"), labScene(), 120, 38).has("▸ 2consumer", "WHO OWNED WHAT ── 2consumer")
	w := look(t, newLabScreen(fakeLab{}, "audit"), labScene(), 120, 38).has("WHO OWNED WHAT ── audit  is not there yet")
	w.press("n")
	if w.asked[0] != any(labActionMsg{model.LabAction{Kind: model.LabStartConsumer, Group: "audit"}}) {
		t.Errorf("n asks for %v: a group without consumers gets its first", w.asked)
	}
	w.press("down").has("WHO OWNED WHAT ── 1consumer")
}

// The selected consumer stays selected while others come and go.
func TestLabKeepsTheSelected(t *testing.T) {
	w := lookAtLab(t, labScene(), 120, 38).press("down", "down")
	v := labScene()
	v.Lab.Consumers = append([]model.LabConsumer{labConsumer(7, "1consumer", 7, model.LabStarting, nil)}, v.Lab.Consumers[1:]...)
	w.show(v).has("▸ 1consumer   C   consumer-3", "◌ starting").press("x")
	if w.asked[0] != any(labActionMsg{model.LabAction{Kind: model.LabLeave, Consumer: "consumer-3"}}) {
		t.Errorf("x asks for %v", w.asked)
	}
}

func TestLabForm(t *testing.T) {
	w := lookAtLab(t, labScene(), 120, 38).press("N").has("group.id", "1consumer▏", "session.timeout.ms", "10000", "group.instance.id")
	if !w.screen.typing() {
		t.Error("the form is typed in, and the shell may take its keys")
	}
	w.press("tab").press("right").has("◂ consumer ▸").press("left").has("◂ classic ▸")
	w.press("tab").write("x").press("enter").has("! accepted is a number of milliseconds").press("backspace").has("¬! accepted")
	w.press("down").write("20000").press("enter").has("! accepted is 0 to 9999, below session.timeout.ms")
	for range 6 { // 0 and 20000
		w.press("backspace")
	}
	w.write("0")
	w.press("up", "up", "up", "up").write("pay-1")                    // group.instance.id, from the first field upwards
	w.press("up", "backspace").write("2s")                            // processing time: 0 becomes 2s
	w.press("up", "up", "right").has("◂ sync ▸")                      // commit.mode
	w.press("up", "up", "left").has("◂ cooperative-sticky ▸").press() // the assignor
	w.press("enter").has("¬NEW CONSUMER", "CONSUMERS")
	want := model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer", Settings: &model.ConsumerSettings{
		GroupProtocol: model.ProtocolClassic, SessionTimeout: 10 * time.Second, MaxPollInterval: 30 * time.Second, MaxPollRecords: 500, FetchMinBytes: 1, FetchMaxWait: 500 * time.Millisecond,
		AutoCommitInterval: time.Second, Assignor: "cooperative-sticky", RemoteAssignor: "uniform", CommitMode: model.CommitSync, InstanceID: "pay-1", ProcessingTime: 2 * time.Second,
	}}
	if len(w.asked) != 1 {
		t.Fatalf("the form asks for %v", w.asked)
	}
	got := w.asked[0].(labActionMsg).action
	if got.Kind != want.Kind || got.Group != want.Group || *got.Settings != *want.Settings {
		t.Errorf("the form asks for %+v, want %+v", *got.Settings, *want.Settings)
	}
	w = lookAtLab(t, labScene(), 120, 38).press("N", "esc").has("¬NEW CONSUMER")
	if w.screen.typing() || len(w.asked) > 0 {
		t.Errorf("a form that was cancelled asks for %v", w.asked)
	}
}

// A consumer that sends no heartbeat is given up between a heartbeat interval before its session's end and the end.
func TestSessionCountsDown(t *testing.T) {
	for _, c := range []struct {
		why   string
		after time.Duration
		state model.LabState
		lane  model.Lane
		says  string
	}{
		{"it has just stopped", 0, model.LabPaused, 2, "████▒▒ 6.6–10s"},
		{"its last heartbeat may have been a third of the session before", 4 * time.Second, model.LabPaused, 2, "██▒▒░░ 2.6–6.0s"},
		{"it may be over", 7 * time.Second, model.LabKilled, 2, "▒▒░░░░ ≤3.0s"},
		{"it is over", 10 * time.Second, model.LabPaused, 2, ""},
		{"the group has removed it", time.Second, model.LabPaused, 9, ""},
		{"it runs", time.Second, model.LabRunning, 2, ""},
	} {
		v := labScene()
		d := &v.Lab.Consumers[1]
		d.State, d.Since, d.MemberID, d.Owns = c.state, sceneNow.Add(-c.after), ref(c.lane).MemberID, nil
		w := lookAtLab(t, v, 120, 38)
		row := ""
		for _, line := range strings.Split(w.frame().Text(), "\n") {
			if strings.Contains(line, "consumer-2") {
				row = line
				break
			}
		}
		if c.says == "" && strings.ContainsAny(row, "█▒░") || !strings.Contains(row, c.says) {
			t.Errorf("%s: the row is %q, want %q in it", c.why, row, c.says)
		}
		if w.screen.animated(w.f) != (c.says != "") {
			t.Errorf("%s: animated is %v", c.why, w.screen.animated(w.f))
		}
	}
}

func TestFormValues(t *testing.T) {
	for _, c := range []struct {
		value string
		want  time.Duration
		fails bool
		why   string
	}{
		{"200", 200 * time.Millisecond, false, "Kafka's way: milliseconds"},
		{"2s", 2 * time.Second, false, "a time with its unit"},
		{"0", 0, true, "a timeout of nothing"},
		{"-5", 0, true, "a negative one"},
		{"", 0, true, "nothing"},
		{"99999999999999999999", 0, true, "more than there is"},
	} {
		form := newLabForm("g", model.ConsumerSettings{})
		session := &form.fields[slices.IndexFunc(form.fields, func(f labField) bool { return f.name == "session.timeout.ms" })]
		session.input.set(c.value)
		var got model.ConsumerSettings
		err := session.store(&got)
		if (err != nil) != c.fails || err == nil && got.SessionTimeout != c.want {
			t.Errorf("%q is %v, %v, want %v: %s", c.value, got.SessionTimeout, err, c.want, c.why)
		}
	}
}

func TestLabActionsSayHowItWent(t *testing.T) {
	var done []model.LabAction
	for _, action := range []model.LabAction{
		{Kind: model.LabStartConsumer, Group: "g"}, {Kind: model.LabLeave, Consumer: "c"}, {Kind: model.LabKill, Consumer: "c"},
		{Kind: model.LabCrash, Consumer: "c", Records: 3}, {Kind: model.LabRestart, Consumer: "c"},
		{Kind: model.LabPause, Consumer: "c"}, {Kind: model.LabResume, Consumer: "c"}, {Kind: model.LabSlow, Consumer: "c", ProcessingTime: time.Second},
		{Kind: model.LabSlow, Consumer: "c"}, {Kind: model.LabRate, Topic: "t", Rate: 20}, {Kind: model.LabAddPartitions},
	} {
		said := doLab(context.Background(), fakeLab{&done}, action)().(noticeMsg)
		if said.bad || said.text == "" || said.text == string(action.Kind) {
			t.Errorf("%+v went well, and %q is said", action, said.text)
		}
		if done[len(done)-1] != action {
			t.Errorf("the lab was asked for %+v, want %+v", done[len(done)-1], action)
		}
		failed := doLab(context.Background(), fakeLab{}, action)().(noticeMsg)
		if !failed.bad || !strings.HasSuffix(failed.text, ` failed: no process \x1b[2J`) {
			t.Errorf("%+v failed, and %q is said", action, failed.text)
		}
	}
	if said := doLab(context.Background(), nil, model.LabAction{})().(noticeMsg); !said.bad {
		t.Errorf("without a lab, %q is said", said.text)
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct{ value, up, down float64 }{
		{0, 1, 0}, {1, 2, 0}, {3, 5, 2}, {50, 100, 20}, {10000, 10000, 5000}, {99999, 10000, 10000},
	} {
		if up, down := stepUp(producerRates, c.value), stepDown(producerRates, c.value); up != c.up || down != c.down {
			t.Errorf("from %g it goes up to %g and down to %g, want %g and %g", c.value, up, down, c.up, c.down)
		}
	}
}

func TestLabMouse(t *testing.T) {
	w := lookAtLab(t, labScene(), 120, 38)
	x, y, _ := w.frame().Find("consumer-4")
	w.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	w.has("▸ 2consumer", "WHO OWNED WHAT ── 2consumer")
	w.send(doubleClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	if len(w.asked) != 1 || w.asked[0] != any(openGroupMsg{"2consumer"}) {
		t.Errorf("a double click asks for %v", w.asked)
	}
}

func TestLabAtAnySize(t *testing.T) {
	crowd := labScene()
	crowd.Groups[0] = storm()
	for i := range 60 {
		crowd.Lab.Consumers = append(crowd.Lab.Consumers, labConsumer(10+i, "1consumer", model.Lane(i%30+1), model.LabRunning, owns(assigned("ABCABC"), model.Lane(i%3+1))))
	}
	crowd.Lab.Lacks = []string{"pause: no SIGSTOP"}
	views := map[string]*model.View{"scene": labScene(), "crowd": crowd, "bare": {Lab: &model.LabSnapshot{}}, "none": {}}
	keys := rapid.SliceOfN(rapid.SampledFrom([]string{"n", "N", "x", "X", "space", ">", "<", "]", "[", "a", "tab", "up", "down", "end", "enter", "esc", "left", "right"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 140).Draw(t, "width"), rapid.IntRange(1, 50).Draw(t, "height")
		s := newLabScreen(fakeLab{}, rapid.SampledFrom([]string{"", "1consumer", "2consumer", "audit"}).Draw(t, "group"))
		f := frameOf(views[rapid.SampledFrom([]string{"scene", "crowd", "bare", "none"}).Draw(t, "view")], width, height)
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
	})
}

// The keys that the help shows for a screen must not be the same twice, or one of them does nothing.
func TestNoKeyMeansTwoThings(t *testing.T) {
	screens := map[string]*viewer{"lab": lookAtLab(t, labScene(), 120, 38), "form": lookAtLab(t, labScene(), 120, 38).press("N")}
	group := look(t, newGroupScreen("1consumer"), labScene(), 120, 38)
	for pane := range paneCount {
		group.screen.(*groupScreen).focus = pane
		screens[fmt.Sprintf("group pane %d", pane)] = group
		for name, w := range screens {
			seen := map[string]key.Binding{}
			for _, b := range w.screen.bindings() {
				for _, k := range b.Keys() {
					if other, twice := seen[k]; twice {
						t.Errorf("%s: %q is %q and %q", name, k, other.Help().Desc, b.Help().Desc)
					}
					seen[k] = b
				}
			}
		}
	}
}

func BenchmarkLabRender(b *testing.B) {
	v := labScene()
	v.Groups[0] = large(200, 1000)
	s := newLabScreen(fakeLab{}, "1consumer")
	f := frameOf(v, 120, 38)
	s.observe(f)
	b.ReportAllocs()
	for b.Loop() {
		s.render(f)
	}
}

// Who presses a key five times wants five steps, also before the lab tells of the first.
func TestLabKeysInARow(t *testing.T) {
	w := lookAtLab(t, labScene(), 120, 38)
	var slowed []time.Duration
	var rates []float64
	for _, k := range []string{">", ">", ">", "<", "]", "]", "["} {
		w.press(k)
		action := w.asked[len(w.asked)-1].(labActionMsg).action
		if action.Kind == model.LabSlow {
			slowed = append(slowed, action.ProcessingTime)
		} else {
			rates = append(rates, action.Rate)
		}
	}
	if want := []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 20 * time.Millisecond}; !slices.Equal(slowed, want) {
		t.Errorf("it takes %v a record, want %v", slowed, want)
	}
	if want := []float64{100, 200, 100}; !slices.Equal(rates, want) {
		t.Errorf("it produces %v, want %v", rates, want)
	}
	f := frameOf(labScene(), 120, 38)
	f.now = f.now.Add(askedFor)
	s := w.screen.(*labScreen)
	if got := s.latest(f, "consumer consumer-1", 7); got != 7 {
		t.Errorf("what was asked for long ago is believed: %v", got)
	}
}

// A consumer that was paused for longer than its session lasts believes to own what others read by now.
func TestPausedForTooLong(t *testing.T) {
	v := labScene()
	lookAtLab(t, v, 120, 38).has("  B   consumer-2  ‖ paused     2").has("¬" + noLonger)
	g := v.Groups[0]
	g.Members = slices.Clone(g.Members)
	g.Members = slices.DeleteFunc(g.Members, func(m model.MemberView) bool { return m.MemberID == ref(2).MemberID })
	lookAtLab(t, v, 120, 38).has("consumer-2  ‖ paused    " + noLonger + " (2)")
}

// What is typed into the form is text: the footer must not offer to quit with q.
func TestFooterOfTheForm(t *testing.T) {
	atDesk(t, 120, 40, Options{Lab: fakeLab{}, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(labScene())
		d.Press("N")
		d.sees("how to get out", "enter start the consumer", "esc cancel")
		d.misses("keys that are text here", "q quit", "? help", ": command")
	})
}

// Commands run side by side; what keys ask for must be done in their order all the same.
func TestLabActionsAreDoneInOrder(t *testing.T) {
	lab := &slowLab{took: 10 * time.Second}
	atDesk(t, 120, 40, Options{Lab: lab, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(labScene())
		d.Press("]", "]", "]", "n")
		d.Wait(time.Minute)
		var rates []float64
		for _, action := range lab.done[:3] {
			rates = append(rates, action.Rate)
		}
		if want := []float64{100, 200, 500}; !slices.Equal(rates, want) || lab.done[3].Kind != model.LabStartConsumer {
			t.Errorf("the lab did %+v, want the rates %v and then a start", lab.done, want)
		}
	})
}

// The key begins a command line; the path is typed; where the file is, or why there is none, is said.
func TestLabIsSaved(t *testing.T) {
	var done []model.LabAction
	for _, c := range []struct {
		why  string
		lab  Lab
		said string
	}{
		{"it was written", fakeLab{&done}, "saved: regroup demo --scene /home/anna/mine.yaml starts it again"},
		{"it was not", fakeLab{}, "! saving the lab failed: it is there already"},
	} {
		atDesk(t, 120, 40, Options{Lab: c.lab, Group: "1consumer", StartInLab: true}, func(d desk) {
			d.show(labScene())
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
	v := labScene()
	c := &v.Lab.Consumers[3]
	c.State, c.Since, c.Rate = model.LabKilled, sceneNow.Add(-4*time.Second), model.None[float64]()
	look(t, newGroupScreen("1consumer"), v, 120, 38).
		has("nobody                [2] [3]  read by nobody", "302       –  killed", "302       –  paused", "604   199/s", "C··", "B··", "A──")
	big := newGroupScreen("1consumer")
	f := bigFrame(big, v, sceneNow, 80, 22)
	if drawn := ansi.Strip(big.render(f)); !strings.Contains(drawn, "was 3") || !strings.Contains(drawn, "╎   3   ╎") {
		t.Errorf("the partition of the one that was killed is not nobody's:\n%s", drawn)
	}
	// A static member that came back under another member id is another process.
	v.Lab.Consumers[3].MemberID = "before it was restarted"
	look(t, newGroupScreen("1consumer"), v, 120, 38).has("¬killed", "¬[3]")
}
