package ui

import (
	"context"
	"fmt"
	"image/color"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"

	"regroup/model"
	"regroup/ui/groups"
	"regroup/ui/kit"
	"regroup/ui/uitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(v *model.View)
		wait   time.Duration
		want   []string
	}{
		{"live", func(*model.View) {}, 0, []string{"regroup  prod-eu · 3 brokers · Kafka 4.3 · offsets topic: read", "● live  every 1s  38ms  25 requests"}},
		{"counted", func(v *model.View) { v.GenerationsExact, v.Tail = false, model.TailStatus{} }, 0, []string{"offsets topic: not read"}},
		{"stale", func(*model.View) {}, 12 * time.Second, []string{"○ stale 12s"}},
		{"not stale yet", func(*model.View) {}, 3 * time.Second, []string{"● live"}},
		{"slow on purpose", func(v *model.View) { v.Interval = 10 * time.Second }, 12 * time.Second, []string{"● live  every 10s"}},
		{"a broker is down", func(v *model.View) { v.Brokers[1].Answered = false }, 0, []string{"3 brokers, 1 down", "● live"}},
		{"all are", func(v *model.View) {
			for i := range v.Brokers {
				v.Brokers[i].Answered, v.Brokers[i].LastSeen = false, uitest.Before(40*time.Second)
			}
		}, 0, []string{"3 brokers, 3 down", "○ no answer 40s"}},
		{"an error", func(v *model.View) {
			v.Errs = []model.SourceError{{Broker: model.Some[int32](2), Address: "b2:9092", Operation: "OffsetFetch", Problem: "not authorised", Unknown: "offsets of 3 groups"}, {}}
		}, 0, []string{`! OffsetFetch on broker 2 (b2:9092): not authorised; unknown: offsets of 3 groups`, "! 1 more"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			atDesk(t, 120, 40, Options{}, func(d desk) {
				v := uitest.Payments()
				c.change(v)
				d.show(v)
				d.Wait(c.wait)
				d.sees(c.name, c.want...)
			})
		})
	}
	atDesk(t, 80, 24, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.sees("where it is narrow, what matters stays", "prod-eu · 3 brokers", "● live", "38ms")
		d.source.End()
		d.Settle()
		d.sees("a source that ended", "■ ended")
	})
}

func TestProblemsPage(t *testing.T) {
	atDesk(t, 80, 24, Options{}, func(d desk) {
		v := uitest.Payments()
		v.Brokers[2].Answered, v.Brokers[2].Problem = false, "connection refused"
		for i := range 30 {
			v.Errs = append(v.Errs, model.SourceError{Group: fmt.Sprint("group-", i), Operation: "OffsetFetch", Problem: "coordinator is loading", Advice: "it is tried again with the next poll"})
		}
		d.show(v)
		d.Press("!")
		d.sees("all of it", "ERRORS", "broker 3, 10.0.0.3:9092: connection refused", `OffsetFetch of group "group-0"`)
		d.Press("pgdown", "pgdown", "pgdown", "pgdown")
		d.sees("and it scrolls", `OffsetFetch of group "group-29"`)
		d.Press("q")
		d.sees("q closes the page, not the program", "sort lag")
		if d.Quit() {
			t.Error("the program ended")
		}
	})
}

// Terminals send escape and a key right after it as they send alt and the key.
func TestEscapeAndAnotherKeyAtOnce(t *testing.T) {
	quickly := func(d desk, then tea.Key) {
		then.Mod |= tea.ModAlt
		d.Send(tea.KeyPressMsg(then))
	}
	for _, c := range []struct {
		why   string
		press []string
		then  tea.Key
		sees  string
	}{
		{"a letter", []string{"enter"}, tea.Key{Code: '?'}, "THIS PANE"},
		{"a capital, as the terminal tells it", []string{"enter"}, tea.Key{Code: 's', ShiftedCode: 'S', Mod: tea.ModShift}, "sort lag ▴"},
		{"a capital, as another does", []string{"enter"}, tea.Key{Code: 's', Mod: tea.ModShift}, "sort lag ▴"},
		{"escape twice: out of the help, out of the group", []string{"enter", "?"}, tea.Key{Code: tea.KeyEscape}, "sort lag ▾"},
		{"in the line for commands alt moves by words", []string{":"}, tea.Key{Code: 'b'}, ":"},
	} {
		atDesk(t, 80, 24, Options{}, func(d desk) {
			d.show(uitest.Payments())
			d.Press(c.press...)
			quickly(d, c.then)
			d.sees(c.why, c.sees)
			if d.Quit() {
				t.Errorf("%s: the program ended", c.why)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		atDesk(t, size[0], size[1], Options{}, func(d desk) {
			d.show(uitest.Payments())
			d.Press("?")
			d.sees("the keys of the pane", "THIS PANE", "filter", "reverse", "EVERYWHERE")
			d.misses("keys that do not work are not told of", "lab", "esc         back")
			d.Golden(map[int]string{120: "120x40", 80: "80x24"}[size[0]])
			d.Press("esc", "enter", "?")
			d.sees("on another screen, other keys", " back ", "rebalance")
			d.Press("?")
			d.misses("? closes it too", "THIS PANE")
		})
	}
	atDesk(t, 60, 12, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press("?")
		d.Wheel(5, 5, tea.MouseWheelDown)
		d.misses("the wheel scrolls", "THIS PANE")
		for range 20 {
			d.Press("pgdown")
		}
		d.sees("to the end and no further", "✕ Dead")
	})
}

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  []string
		why   string
	}{
		{"group payroll", []string{"payroll", "MEMBERS"}, "opens a group"},
		{"group nobody", []string{`! there is no group "nobody" among the 10 of this cluster`}, "an unknown group"},
		{"group", []string{"! :group needs an argument: :group NAME", "sort lag"}, "nothing to open"},
		{"grups", []string{`! there is no command "grups": did you mean :groups?`}, "a typing error"},
		{"frobnicate", []string{`! there is no command "frobnicate": tab lists the commands`}, "nothing like it"},
		{"gro", []string{`! "gro" is ambiguous: :groups or :group`}, "two begin like this"},
		{"ref", []string{"polling now"}, "the beginning is enough if it is the only one"},
		{"sort size", []string{`! "size" is not a sort column: name, state, members, lag, behind, rebalance`}, "no such column"},
		{"sort lag sideways", []string{`! "sideways" is not an order: asc or desc`}, "no such order"},
		{"theme pink", []string{`! "pink" is not a theme: auto, dark, light`}, "no such theme"},
		{"groups now", []string{`! :groups takes no argument, and got "now"`}, "too much"},
		{"lab", []string{"! there is no lab here: it comes with regroup demo"}, "no lab"},
		{"save mine.yaml", []string{"! there is no lab here to save"}, "nothing to save"},
		{"save", []string{"! :save needs an argument: :save FILE"}, "to which file?"},
		{"", []string{"sort lag"}, "nothing at all"},
	} {
		atDesk(t, 120, 40, Options{}, func(d desk) {
			d.show(uitest.Payments())
			d.Press(":")
			d.Type(c.typed)
			d.sees("what is typed is seen", ":"+c.typed)
			d.Press("enter")
			d.sees(":"+c.typed+": "+c.why, c.want...)
			if c.typed == "ref" && d.source.Refreshed() != 1 {
				t.Error("the source was not asked to poll")
			}
			d.Wait(errorKept + time.Second)
			d.misses("a message goes by itself", "! there is", "! :group")
		})
	}
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press(":", "q", "u", "i", "t", "enter")
		if !d.Quit() {
			t.Error(":quit does not quit")
		}
	})
}

func TestCommandCompletion(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press(":")
		d.sees("all that there is", "groups  group  lab  compare  tour  step")
		d.Press("g", "tab", "tab")
		d.sees("tab goes through them", ":group ▏")
		d.Press("shift+tab")
		d.sees("and back", ":groups▏")
		d.Press("tab", "p", "a", "y", "m")
		d.sees("names of groups", "payments  payments-audit  payments-mirror  payments-settlement")
		d.Press("tab", "tab", "enter")
		d.sees("the one that tab put there is opened", "payments-audit", "MEMBERS")
		d.Press("esc", ":", "x", "esc")
		d.misses("esc closes the line", ":x")
		d.Press(":", "backspace")
		d.sees("so does deleting beyond its beginning", "sort lag")
	})
}

func TestPause(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.ViewOfGroups(uitest.StableGroup("a", 1, 1, 111)))
		d.Press("p")
		d.Wait(2 * time.Second)
		d.show(uitest.ViewOfGroups(uitest.StableGroup("a", 1, 1, 222)))
		d.sees("what is shown stands still", "111", "‖ paused 2s (p resumes)")
		d.misses("what came since is kept", "222")
		d.Press("p")
		d.sees("and goes on with the newest", "222", "● live")
	})
}

func TestKeysThatEndTheProgram(t *testing.T) {
	for _, keys := range [][]string{{"q"}, {"ctrl+c"}, {"/", "ctrl+c"}, {":", "ctrl+c"}, {"?", "ctrl+c"}, {"enter", "q"}} {
		atDesk(t, 120, 40, Options{}, func(d desk) {
			d.show(uitest.Payments())
			d.Press(keys...)
			if !d.Quit() {
				t.Errorf("%v does not end the program", keys)
			}
		})
	}
}

func TestAnySizeIsDrawn(t *testing.T) {
	for _, keys := range [][]string{{}, {"?"}, {"!"}, {":"}, {"/", "x"}, {"enter"}, {"tab"}} {
		atDesk(t, 120, 40, Options{Mouse: true}, func(d desk) {
			d.show(uitest.Payments())
			d.Press(keys...)
			for _, size := range [][2]int{{10, 3}, {1, 1}, {0, 0}, {40, 8}, {41, 9}, {39, 40}, {120, 7}, {300, 100}, {80, 24}, {60, 15}} {
				d.Resize(size[0], size[1])
				if size[0] > 0 {
					d.Frame() // fails if it does not fit
				}
				d.Click(size[0]-1, size[1]-1)
				d.Wheel(0, 0, tea.MouseWheelDown)
				d.Press("j", "k")
			}
		})
	}
	atDesk(t, 10, 3, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.sees("one line says what is too small", "needs 40×8")
		d.Resize(60, 5)
		d.sees("in full where there is room", "60×5 is too small: regroup needs 40×8")
	})
}

func TestTheme(t *testing.T) {
	textColour := func(d desk) color.Color {
		x, y, _ := d.Frame().Find("payout-ledger")
		return d.Frame().Foreground(x, y)
	}
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		dark := textColour(d)
		d.Background(color.White)
		if textColour(d) == dark {
			t.Error("auto does not follow the terminal's background")
		}
		d.Press(":", "t", "h", "space", "d", "a", "r", "k", "enter")
		if textColour(d) != dark {
			t.Error(":theme dark is not dark")
		}
	})
	atDesk(t, 120, 40, Options{Theme: "dark"}, func(d desk) {
		d.show(uitest.Payments())
		dark := textColour(d)
		d.Background(color.White)
		if textColour(d) != dark {
			t.Error("a theme that was asked for changes with the background")
		}
	})
}

// Asked for by name, a theme brings its ground along, unless the terminal is known to have it.
func TestThemeGround(t *testing.T) {
	for _, c := range []struct {
		theme   string
		told    color.Color // what the terminal says of its background; nil is nothing
		colours colorprofile.Profile
		sets    bool
		why     string
	}{
		{"auto", nil, colorprofile.TrueColor, false, "the terminal's own look"},
		{"auto", color.White, colorprofile.TrueColor, false, "the theme follows the terminal"},
		{"light", color.White, colorprofile.TrueColor, false, "it is light already"},
		{"light", color.Black, colorprofile.TrueColor, true, "dark text on dark ground cannot be read"},
		{"light", nil, colorprofile.TrueColor, true, "it may be dark"},
		{"dark", color.White, colorprofile.ANSI, true, "the other way round"},
		{"dark", color.White, colorprofile.ASCII, false, "NO_COLOR"},
		{"colour-blind", color.White, colorprofile.TrueColor, false, "it follows the terminal, as auto does"},
		{"colour-blind", nil, colorprofile.TrueColor, true, "nobody knows what it would stand on"},
		{"high-contrast", color.Black, colorprofile.TrueColor, true, "the ground is half of a contrast"},
	} {
		atDesk(t, 120, 40, Options{Theme: c.theme}, func(d desk) {
			d.Send(tea.ColorProfileMsg{Profile: c.colours})
			if c.told != nil {
				d.Background(c.told)
			}
			if sets := d.View().BackgroundColor != nil; sets != c.sets {
				t.Errorf("theme %s: sets the ground: %v, want %v: %s", c.theme, sets, c.sets, c.why)
			}
		})
	}
}

func TestLongMessageCanBeReadInFull(t *testing.T) {
	atDesk(t, 80, 24, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Send(kit.Notice{Text: "starting a consumer in payments failed: " + strings.Repeat("very ", 20) + "long\x1b[2J, and here it ends", Bad: true})
		d.misses("the end is cut", "and here it ends")
		d.sees("and the key that shows it is not", "! shows all")
		d.Press("!")
		d.sees("all of it", "and here it ends", `long\x1b[2J`)
		d.Press("esc")
		d.Wait(errorKept + time.Second)
		d.Press("!")
		d.sees("and not for ever", "no errors")
	})
}

// restlessScreen is a screen on which something moves for a while.
type restlessScreen struct {
	kit.Screen
	until time.Time
	seen  map[time.Time]bool
}

func (m *restlessScreen) Animated(f kit.Frame) bool {
	m.seen[f.Now] = true
	return f.Now.Before(m.until)
}

func TestTicksAreFastOnlyWhileSomethingMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &restlessScreen{Screen: groups.New(false), until: time.Now().Add(2 * time.Second), seen: map[time.Time]bool{}}
		a := New(Options{Source: uitest.NewSource(t)})
		a.stack = []page{{Screen: m}}
		d := uitest.New(t, a, 80, 24)
		d.Wait(2 * time.Second)
		if n := len(m.seen); n < 15 || n > 25 {
			t.Errorf("%d moments were drawn in two seconds of movement", n)
		}
		m.seen = map[time.Time]bool{}
		d.Wait(10 * time.Second)
		if n := len(m.seen); n < 9 || n > 12 {
			t.Errorf("%d moments were drawn in ten seconds of rest", n)
		}
	})
}

func TestStartsWhereItIsTold(t *testing.T) {
	atDesk(t, 120, 40, Options{Group: "payroll"}, func(d desk) {
		d.show(uitest.Payments())
		d.sees("in the group", "payroll", "MEMBERS")
		d.Press("esc")
		d.sees("with the list behind it", "sort lag")
	})
	atDesk(t, 120, 40, Options{Lab: idleLab{}, StartInLab: true}, func(d desk) {
		d.show(uitest.Payments())
		d.misses("in the lab, l has nowhere to lead", "l lab")
		d.Press("esc")
		d.sees("l leads back", "l lab", "sort lag")
		d.Press("l", "l")
		d.Press("esc")
		d.sees("one lab is enough", "sort lag")
	})
}

type idleLab struct{}

func (idleLab) Do(context.Context, model.LabAction) error    { return nil }
func (idleLab) Save(context.Context, string) (string, error) { return "", nil }

func TestRunNeedsATerminal(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	stdin := os.Stdin
	os.Stdin = file
	defer func() { os.Stdin = stdin }()
	err = Run(t.Context(), Options{})
	if err == nil || !strings.Contains(err.Error(), "standard input is not one") || !strings.Contains(err.Error(), "regroup groups") {
		t.Errorf("got %v", err)
	}
}

// On a stage nobody opens the help to find the keys that the demo is about.
func TestFooterHasTheKeysOfTheLab(t *testing.T) {
	for _, c := range []struct {
		width, height int
		keys          []string
		want          []string
	}{
		{120, 40, nil, []string{"n new consumer", "x leave", "X kill -9", "space pause", "> slower", "esc back", "e explain", "q quit"}},
		{80, 24, nil, []string{"n new consumer", "x leave", "X kill -9", "space pause", "? help", "e explain"}},
		{120, 40, []string{"enter"}, []string{"n new consumer", "x leave", "X kill -9", "tab pane", "esc back", "? help", "l lab", "q quit", "e explain"}},
		{80, 24, []string{"enter"}, []string{"n new consumer", "x leave", "q quit"}},
	} {
		atDesk(t, c.width, c.height, Options{Lab: uitest.Lab{}, Group: "1consumer", StartInLab: true}, func(d desk) {
			d.show(uitest.LabScene())
			d.Press(c.keys...)
			d.sees(fmt.Sprintf("%d columns, after %v", c.width, c.keys), c.want...)
		})
	}
}

func TestGoingToAndFroIsNotRepeatedByGoingBack(t *testing.T) {
	atDesk(t, 120, 40, Options{Lab: uitest.Lab{}, Group: "1consumer", StartInLab: true}, func(d desk) {
		d.show(uitest.LabScene())
		for range 3 {
			d.Press("enter")
			d.sees("in the group", "PARTITIONS")
			d.Press("l")
			d.sees("in the lab", "PRODUCERS")
		}
		d.Press("esc")
		d.sees("where the lab was opened", "PARTITIONS")
		d.Press("esc")
		d.sees("and then the groups", "sort lag")
	})
}
