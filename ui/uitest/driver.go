// Package uitest drives the screen in tests: it presses keys, clicks, resizes and waits, and reads what a terminal emulator
// draws.
//
// It works inside a bubble of testing/synctest, so that time is made up: waiting costs nothing, and a command is either
// finished or really waits for something.
//
//	synctest.Test(t, func(t *testing.T) {
//		source := uitest.NewSource(t)
//		d := uitest.New(t, ui.New(ui.Options{Source: source}), 120, 40)
//		source.Show(view)
//		d.Press("/", "p", "a", "y", "enter")
//		d.Golden("filtered")
//	})
package uitest

import (
	"fmt"
	"image/color"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// mostMessages is how many messages may follow from one: more is a program that talks to itself for ever.
const mostMessages = 10_000

// longestTick is more than any command sleeps.
const longestTick = time.Hour

// Driver is a person in front of the program.
type Driver struct {
	tb      testing.TB
	model   tea.Model
	width   int
	height  int
	profile colorprofile.Profile

	results chan tea.Msg
	done    chan struct{} // closed when the test ends: results are not wanted any more
	quit    bool
}

// New starts the program in a terminal of this size. It never answers what the program asks the terminal, as tmux may
// not. When the test ends, what the program still waits for must end too, such as a [Source] does.
func New(tb testing.TB, model tea.Model, width, height int) *Driver {
	d := &Driver{
		tb: tb, model: model, width: width, height: height, profile: colorprofile.TrueColor,
		results: make(chan tea.Msg), done: make(chan struct{}),
	}
	tb.Cleanup(func() {
		close(d.done)
		time.Sleep(longestTick) // made-up time: the ticks that are under way end
	})
	d.start(model.Init())
	d.settle()
	d.Resize(width, height)
	return d
}

// Profile makes the terminal one with fewer colours: colorprofile.ASCII is what NO_COLOR asks for.
func (d *Driver) Profile(p colorprofile.Profile) { d.profile = p }

// Quit says that the program has ended.
func (d *Driver) Quit() bool { return d.quit }

// Send hands the program messages and waits until all that follows from each is done.
func (d *Driver) Send(msgs ...tea.Msg) {
	d.tb.Helper()
	for _, msg := range msgs {
		d.update(msg)
		d.settle()
	}
}

// Settle waits until all that can happen now has happened.
func (d *Driver) Settle() { d.settle() }

// Wait lets time pass.
func (d *Driver) Wait(t time.Duration) {
	for end := time.Now().Add(t); time.Now().Before(end); {
		d.settle()
		select {
		case msg := <-d.results: // time passes no further than to the next thing that happens
			d.update(msg)
		case <-time.After(time.Until(end)):
		}
	}
	d.settle()
}

// Resize changes the terminal's size.
func (d *Driver) Resize(width, height int) {
	d.width, d.height = width, height
	d.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Background is the terminal's answer to the question for its background colour.
func (d *Driver) Background(c color.Color) { d.Send(tea.BackgroundColorMsg{Color: c}) }

// Press presses keys, named as bubbletea names them: "a", "A", "?", "enter", "esc", "up", "pgdown", "shift+tab", "ctrl+c".
func (d *Driver) Press(keys ...string) {
	d.tb.Helper()
	for _, k := range keys {
		d.Send(Key(k))
	}
}

// Type presses the key of every character.
func (d *Driver) Type(s string) {
	for _, r := range s {
		d.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// Click presses and releases the left button at a cell.
func (d *Driver) Click(x, y int) {
	m := tea.Mouse{X: x, Y: y, Button: tea.MouseLeft}
	d.Send(tea.MouseClickMsg(m), tea.MouseReleaseMsg(m))
}

// Wheel turns the wheel by one notch at a cell.
func (d *Driver) Wheel(x, y int, button tea.MouseButton) {
	d.Send(tea.MouseWheelMsg{X: x, Y: y, Button: button})
}

func (d *Driver) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() { // ends with the command, at the latest; the bubble of the test waits for it
		select {
		case d.results <- cmd():
		case <-d.done:
		}
	}()
}

// settle takes in results until every command has finished or waits.
func (d *Driver) settle() {
	d.tb.Helper()
	for range mostMessages {
		synctest.Wait()
		select {
		case msg := <-d.results:
			d.update(msg)
		default:
			return
		}
	}
	d.tb.Fatalf("more than %d messages follow from one", mostMessages)
}

func (d *Driver) update(msg tea.Msg) {
	if msg == nil || d.quit {
		return
	}
	if s, ok := msg.(step); ok {
		d.update(s.first)
		d.settle()
		d.start(inOrder(s.rest))
		return
	}
	if cmds, ordered := commands(msg); cmds != nil {
		if ordered {
			d.start(inOrder(cmds))
			return
		}
		for _, c := range cmds {
			d.start(c)
		}
		return
	}
	if _, quit := msg.(tea.QuitMsg); quit {
		d.quit = true
		return
	}
	var cmd tea.Cmd
	d.model, cmd = d.model.Update(msg)
	d.model.View() // as the program does after every message
	d.start(cmd)
}

// commands unpacks the messages of tea.Batch and tea.Sequence; that of the second has no exported type.
func commands(msg tea.Msg) (cmds []tea.Cmd, ordered bool) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		return batch, false
	}
	v := reflect.ValueOf(msg)
	if want := reflect.TypeFor[[]tea.Cmd](); v.Kind() == reflect.Slice && v.Type().ConvertibleTo(want) {
		return v.Convert(want).Interface().([]tea.Cmd), true
	}
	return nil, false
}

// step is the message of the first command of a sequence, and the commands that wait for it to be taken in.
type step struct {
	first tea.Msg
	rest  []tea.Cmd
}

func inOrder(cmds []tea.Cmd) tea.Cmd {
	cmds = slices.DeleteFunc(slices.Clone(cmds), func(c tea.Cmd) bool { return c == nil })
	if len(cmds) == 0 {
		return nil
	}
	return func() tea.Msg { return step{first: cmds[0](), rest: cmds[1:]} }
}

var namedKeys = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "space": tea.KeySpace,
}

var modifiers = []struct {
	prefix string
	mod    tea.KeyMod
}{{"ctrl+", tea.ModCtrl}, {"alt+", tea.ModAlt}, {"shift+", tea.ModShift}}

// Key is a key by its name, as [Driver.Press] names them. It panics if there is none of that name.
func Key(name string) tea.KeyPressMsg {
	var k tea.Key
	for _, m := range modifiers {
		if rest, has := strings.CutPrefix(name, m.prefix); has && rest != "" {
			k.Mod |= m.mod
			name = rest
		}
	}
	if code, ok := namedKeys[name]; ok {
		k.Code = code
		if code == tea.KeySpace {
			k.Text = " "
		}
		return tea.KeyPressMsg(k)
	}
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 || size != len(name) {
		panic(fmt.Sprintf("there is no key %q", name))
	}
	k.Code = r
	if k.Mod&^tea.ModShift == 0 {
		k.Text = name
	}
	return tea.KeyPressMsg(k)
}
