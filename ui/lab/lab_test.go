package lab

import (
	"context"
	"fmt"
	"slices"
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

func LookAtLab(tb testing.TB, v *model.View, width, height int) *uitest.Viewer {
	return uitest.Look(tb, New(uitest.Lab{}, "1consumer"), v, width, height)
}

func TestLabFrames(t *testing.T) {
	lacking := uitest.LabScene()
	lacking.Lab.Lacks = []string{"pause: no SIGSTOP on windows", "resume: no SIGCONT on windows"}
	under := uitest.LabScene()
	under.Groups[0] = uitest.UnderWay()
	bare := &model.View{At: uitest.SceneNow, Lab: &model.LabSnapshot{At: uitest.SceneNow}}
	for _, size := range uitest.FrameSizes {
		t.Run(fmt.Sprintf("running-%dx%d", size.Width, size.Height), func(t *testing.T) {
			golden.RequireEqual(t, LookAtLab(t, uitest.LabScene(), size.Width, size.Height).Frame().Text()+"\n")
		})
	}
	for name, c := range map[string]struct {
		view  *model.View
		keys  []string
		parts []string
	}{
		"lacking": {lacking, nil, []string{"", "CONSUMERS"}}, "rebalancing": {under, nil, []string{"CONSUMERS", "WHO OWNED WHAT", "REBALANCE"}},
		"form": {uitest.LabScene(), []string{"N"}, []string{"NEW CONSUMER"}}, "bare": {bare, nil, []string{"CONSUMERS", "PRODUCERS"}},
	} {
		t.Run(name, func(t *testing.T) {
			var drawn string
			for _, size := range uitest.FrameSizes {
				drawn += LookAtLab(t, c.view, size.Width, size.Height).Press(c.keys...).Frame().Parts(c.parts...)
			}
			golden.RequireEqual(t, drawn)
		})
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
		w := LookAtLab(t, uitest.LabScene(), 120, 38).Press(c.keys...)
		if len(w.Asked) != 1 || w.Asked[0] != any(kit.DoLab{Action: c.want}) {
			t.Errorf("%v asks for %v, want %+v: %s", c.keys, w.Asked, c.want, c.why)
		}
	}
	w := LookAtLab(t, uitest.LabScene(), 120, 38).Press("end", "enter")
	if len(w.Asked) != 1 || w.Asked[0] != any(kit.OpenGroup{ID: "2consumer"}) {
		t.Errorf("enter asks for %v", w.Asked)
	}
}

func TestLabRefusesWhatMakesNoSense(t *testing.T) {
	w := LookAtLab(t, uitest.LabScene(), 120, 38).Press("down", "down", "down", "x")
	if len(w.Asked) != 1 || !w.Asked[0].(kit.Notice).Bad || !strings.Contains(w.Asked[0].(kit.Notice).Text, "consumer-5 has ended") {
		t.Errorf("x on one that was killed asks for %v", w.Asked)
	}
	w = LookAtLab(t, uitest.LabScene(), 120, 38).Press("<")
	if len(w.Asked) != 1 || w.Asked[0] != any(kit.Notice{Text: "consumer-1 is at full speed", Bad: true}) {
		t.Errorf("< at full speed asks for %v", w.Asked)
	}
	v := uitest.LabScene()
	for kind, keys := range map[model.LabActionKind][]string{
		model.LabPause: {"space"}, model.LabKill: {"X"}, model.LabSlow: {"<", ">"}, model.LabRate: {"[", "]"}, model.LabAddPartitions: {"a"},
		model.LabStartConsumer: {"n", "N"}, model.LabLeave: {"x"}, model.LabCrash: {"c"}, model.LabRestart: {"R"},
	} {
		v.Lab.Lacks = []string{string(kind) + ": not here"}
		w := LookAtLab(t, v, 120, 38).Has("not on this platform: " + string(kind) + ": not here")
		for _, k := range keys {
			for _, b := range w.Screen.Keys(w.F) {
				if b.Help().Key == k && b.Enabled() {
					t.Errorf("%s lacks, its key %s is on", kind, k)
				}
			}
			if w.Press(k); len(w.Asked) > 0 {
				t.Errorf("%s lacks, and %s asks for %v", kind, k, w.Asked)
			}
		}
	}
}

func TestNoLab(t *testing.T) {
	w := uitest.Look(t, New(nil, ""), uitest.LabScene(), 80, 22).Has("There is no lab here", "regroup demo")
	if w.Press("n", "x", "enter"); len(w.Asked) > 0 {
		t.Errorf("without a lab, keys ask for %v", w.Asked)
	}
	uitest.Look(t, New(uitest.Lab{}, ""), &model.View{}, 80, 22).Has("waiting for the lab's first consumer")
	uitest.Look(t, New(uitest.Lab{}, ""), nil, 80, 22).Has("waiting for the lab's first consumer")
}

func TestLabChoosesTheGroupItWasOpenedFor(t *testing.T) {
	uitest.Look(t, New(uitest.Lab{}, "2consumer"), uitest.LabScene(), 120, 38).Has("▸ 2consumer", "WHO OWNED WHAT ── 2consumer")
	w := uitest.Look(t, New(uitest.Lab{}, "audit"), uitest.LabScene(), 120, 38).Has("WHO OWNED WHAT ── audit  not created yet")
	w.Press("n")
	if w.Asked[0] != any(kit.DoLab{Action: model.LabAction{Kind: model.LabStartConsumer, Group: "audit"}}) {
		t.Errorf("n asks for %v: a group without consumers gets its first", w.Asked)
	}
	w.Press("down").Has("WHO OWNED WHAT ── 1consumer")
}

// The selected consumer stays selected while others come and go.
func TestLabKeepsTheSelected(t *testing.T) {
	w := LookAtLab(t, uitest.LabScene(), 120, 38).Press("down", "down")
	v := uitest.LabScene()
	v.Lab.Consumers = append([]model.LabConsumer{uitest.LabConsumer(7, "1consumer", 7, model.LabStarting, nil)}, v.Lab.Consumers[1:]...)
	w.Show(v).Has("▸ 1consumer   C   consumer-3", "◌ starting").Press("x")
	if w.Asked[0] != any(kit.DoLab{Action: model.LabAction{Kind: model.LabLeave, Consumer: "consumer-3"}}) {
		t.Errorf("x asks for %v", w.Asked)
	}
}

func TestLabForm(t *testing.T) {
	w := LookAtLab(t, uitest.LabScene(), 120, 38).Press("N").Has("group.id", "1consumer▏", "session.timeout.ms", "10000", "group.instance.id")
	if !w.Screen.Typing() {
		t.Error("the form is typed in, and the shell may take its keys")
	}
	w.Press("tab").Press("right").Has("◂ consumer ▸").Press("left").Has("◂ classic ▸")
	w.Press("tab").Write("x").Press("enter").Has("! accepted: a number of milliseconds").Press("backspace").Has("¬! accepted")
	w.Press("down").Write("20000").Press("enter").Has("! accepted: 0 to 9999, below session.timeout.ms")
	for range 6 { // 0 and 20000
		w.Press("backspace")
	}
	w.Write("0")
	w.Press("up", "up", "up", "up").Write("pay-1")                    // group.instance.id, from the first field upwards
	w.Press("up", "backspace").Write("2s")                            // processing time: 0 becomes 2s
	w.Press("up", "up", "right").Has("◂ sync ▸")                      // commit.mode
	w.Press("up", "up", "left").Has("◂ cooperative-sticky ▸").Press() // the assignor
	w.Press("enter").Has("¬NEW CONSUMER", "CONSUMERS")
	want := model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer", Settings: &model.ConsumerSettings{
		GroupProtocol: model.ProtocolClassic, SessionTimeout: 10 * time.Second, MaxPollInterval: 30 * time.Second, MaxPollRecords: 500, FetchMinBytes: 1, FetchMaxWait: 500 * time.Millisecond,
		AutoCommitInterval: time.Second, Assignor: "cooperative-sticky", RemoteAssignor: "uniform", CommitMode: model.CommitSync, InstanceID: "pay-1", ProcessingTime: 2 * time.Second,
	}}
	if len(w.Asked) != 1 {
		t.Fatalf("the form asks for %v", w.Asked)
	}
	got := w.Asked[0].(kit.DoLab).Action
	if got.Kind != want.Kind || got.Group != want.Group || *got.Settings != *want.Settings {
		t.Errorf("the form asks for %+v, want %+v", *got.Settings, *want.Settings)
	}
	w = LookAtLab(t, uitest.LabScene(), 120, 38).Press("N", "esc").Has("¬NEW CONSUMER")
	if w.Screen.Typing() || len(w.Asked) > 0 {
		t.Errorf("a form that was cancelled asks for %v", w.Asked)
	}
}

// A consumer that sends no heartbeat is given up between a heartbeat interval before its session's end and the end.
func TestSessionCountsDown(t *testing.T) {
	for _, c := range []struct {
		why   string
		after time.Duration
		state model.LabState
		lane  model.Slot
		says  string
	}{
		{"it has just stopped", 0, model.LabPaused, 2, "████▒▒ 6.6–10s"},
		{"its last heartbeat may have been a third of the session before", 4 * time.Second, model.LabPaused, 2, "██▒▒░░ 2.6–6.0s"},
		{"it may be over", 7 * time.Second, model.LabKilled, 2, "▒▒░░░░ ≤3.0s"},
		{"it is over", 10 * time.Second, model.LabPaused, 2, ""},
		{"the group has removed it", time.Second, model.LabPaused, 9, ""},
		{"it runs", time.Second, model.LabRunning, 2, ""},
	} {
		v := uitest.LabScene()
		d := &v.Lab.Consumers[1]
		d.State, d.Since, d.MemberID, d.Owns = c.state, uitest.SceneNow.Add(-c.after), uitest.Ref(c.lane).MemberID, nil
		w := LookAtLab(t, v, 120, 38)
		row := ""
		for _, line := range strings.Split(w.Frame().Text(), "\n") {
			if strings.Contains(line, "consumer-2") {
				row = line
				break
			}
		}
		if c.says == "" && strings.ContainsAny(row, "█▒░") || !strings.Contains(row, c.says) {
			t.Errorf("%s: the row is %q, want %q in it", c.why, row, c.says)
		}
		if w.Screen.Animated(w.F) != (c.says != "") {
			t.Errorf("%s: animated is %v", c.why, w.Screen.Animated(w.F))
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
		said := Do(context.Background(), uitest.Lab{Done: &done}, action)().(kit.Notice)
		if said.Bad || said.Text == "" || said.Text == string(action.Kind) {
			t.Errorf("%+v went well, and %q is said", action, said.Text)
		}
		if done[len(done)-1] != action {
			t.Errorf("the lab was asked for %+v, want %+v", done[len(done)-1], action)
		}
		failed := Do(context.Background(), uitest.Lab{}, action)().(kit.Notice)
		if !failed.Bad || !strings.HasSuffix(failed.Text, ` failed: no process \x1b[2J`) {
			t.Errorf("%+v failed, and %q is said", action, failed.Text)
		}
	}
	if said := Do(context.Background(), nil, model.LabAction{})().(kit.Notice); !said.Bad {
		t.Errorf("without a lab, %q is said", said.Text)
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
	w := LookAtLab(t, uitest.LabScene(), 120, 38)
	x, y, _ := w.Frame().Find("consumer-4")
	w.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	w.Has("▸ 2consumer", "WHO OWNED WHAT ── 2consumer")
	w.Send(kit.DoubleClick{X: x, Y: y, Button: tea.MouseLeft})
	if len(w.Asked) != 1 || w.Asked[0] != any(kit.OpenGroup{ID: "2consumer"}) {
		t.Errorf("a double click asks for %v", w.Asked)
	}
}

func TestLabAtAnySize(t *testing.T) {
	crowd := uitest.LabScene()
	crowd.Groups[0] = uitest.Storm()
	for i := range 60 {
		crowd.Lab.Consumers = append(crowd.Lab.Consumers, uitest.LabConsumer(10+i, "1consumer", model.Slot(i%30+1), model.LabRunning, uitest.Owns(uitest.Assigned("ABCABC"), model.Slot(i%3+1))))
	}
	crowd.Lab.Lacks = []string{"pause: no SIGSTOP"}
	views := map[string]*model.View{"scene": uitest.LabScene(), "crowd": crowd, "bare": {Lab: &model.LabSnapshot{}}, "none": {}}
	keys := rapid.SliceOfN(rapid.SampledFrom([]string{"n", "N", "x", "X", "space", ">", "<", "]", "[", "a", "tab", "up", "down", "end", "enter", "esc", "left", "right"}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 140).Draw(t, "width"), rapid.IntRange(1, 50).Draw(t, "height")
		s := New(uitest.Lab{}, rapid.SampledFrom([]string{"", "1consumer", "2consumer", "audit"}).Draw(t, "group"))
		f := uitest.FrameOf(views[rapid.SampledFrom([]string{"scene", "crowd", "bare", "none"}).Draw(t, "view")], width, height)
		s.Observe(f)
		for _, k := range keys.Draw(t, "keys") {
			kit.Press(s, f, uitest.Key(k))
			uitest.Fits(t, s.Render(f), width, height)
		}
		uitest.Fits(t, s.Render(f), width, height)
	})
}

func BenchmarkLabRender(b *testing.B) {
	v := uitest.LabScene()
	v.Groups[0] = uitest.Large(200, 1000)
	s := New(uitest.Lab{}, "1consumer")
	f := uitest.FrameOf(v, 120, 38)
	s.Observe(f)
	b.ReportAllocs()
	for b.Loop() {
		s.Render(f)
	}
}

// Who presses a key five times wants five steps, also before the lab tells of the first.
func TestLabKeysInARow(t *testing.T) {
	w := LookAtLab(t, uitest.LabScene(), 120, 38)
	var slowed []time.Duration
	var rates []float64
	for _, k := range []string{">", ">", ">", "<", "]", "]", "["} {
		w.Press(k)
		action := w.Asked[len(w.Asked)-1].(kit.DoLab).Action
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
	f := uitest.FrameOf(uitest.LabScene(), 120, 38)
	f.Now = f.Now.Add(askedFor)
	s := w.Screen.(*Screen)
	if got := s.latest(f, "consumer consumer-1", 7); got != 7 {
		t.Errorf("what was asked for long ago is believed: %v", got)
	}
}

// A consumer that was paused for longer than its session timeout still acts as an owner.
func TestPausedForTooLong(t *testing.T) {
	v := uitest.LabScene()
	LookAtLab(t, v, 200, 38).Has("  B   consumer-2  ‖ paused     2").Has("¬" + noLonger)
	g := v.Groups[0]
	g.Members = slices.Clone(g.Members)
	g.Members = slices.DeleteFunc(g.Members, func(m model.MemberView) bool { return m.MemberID == uitest.Ref(2).MemberID })
	LookAtLab(t, v, 200, 38).Has("consumer-2  ‖ paused    " + noLonger + " (2)")
}
