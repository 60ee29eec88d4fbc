package ui

import (
	"slices"
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/player"
	"regroup/ui/text"
	"regroup/ui/tour"
)

// shellKeys are the keys that work everywhere, unless the focused pane binds them.
type shellKeys struct {
	quit, kill, help, command, back, refresh, lab, explain, pause, errors, big, suspend key.Binding
}

var keys = shellKeys{
	quit:    key.NewBinding(key.WithKeys("q"), key.WithHelp("q", "quit")),
	kill:    key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "quit from anywhere")),
	help:    key.NewBinding(key.WithKeys("?", "f1"), key.WithHelp("?", "help")),
	command: key.NewBinding(key.WithKeys(":"), key.WithHelp(":", "command")),
	back:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
	refresh: key.NewBinding(key.WithKeys("r"), key.WithHelp("r", "poll now")),
	lab:     key.NewBinding(key.WithKeys("l"), key.WithHelp("l", "lab")),
	explain: key.NewBinding(key.WithKeys("e"), key.WithHelp("e", "explain")),
	pause:   key.NewBinding(key.WithKeys("p"), key.WithHelp("p", "pause / resume")),
	errors:  key.NewBinding(key.WithKeys("!"), key.WithHelp("!", "errors")),
	big:     key.NewBinding(key.WithKeys("B"), key.WithHelp("B", "presentation mode")),
	suspend: key.NewBinding(key.WithKeys("ctrl+z"), key.WithHelp("ctrl+z", "suspend (fg resumes)")),
}

// wideFooter is the width in cells from which the footer shows the key of the command line; the help always shows it.
const wideFooter = 130

// shellFooter are the shell's keys in the footer.
func (a *App) shellFooter() []key.Binding {
	always := append([]key.Binding{keys.back, keys.help, keys.explain, keys.lab, tour.Begin, keys.quit}, player.InFooter...)
	if a.width >= wideFooter {
		always = append(always, keys.command)
	}
	return slices.DeleteFunc(a.shellKeys().Bindings(), func(b key.Binding) bool {
		return !slices.ContainsFunc(always, func(one key.Binding) bool { return one.Help() == b.Help() })
	})
}

// screenKeys are those of the screen on top.
func (a *App) screenKeys() kit.Keys { return a.top().Keys(a.frame()) }

// tourHints are the tour's keys that have an effect on the current step.
func (a *App) tourHints() kit.Keys { return tour.Hints(a.options.Tour, a.touring()) }

// shellKeys are the shell's keys that work now, for the footer and the help: those that the screen does not bind.
func (a *App) shellKeys() kit.Keys {
	if a.top().Typing() { // every key but ctrl+c is text
		return kit.Keys{killKey}
	}
	hints := a.tourHints()
	if a.touring() == nil && !a.inLab() { // the key works everywhere, but is shown only in the lab
		hints = nil
	}
	return slices.Concat(a.player.Keys(), hints, a.ownKeys()).Without(a.screenKeys())
}

// The keys that work also while a page lies over the screen; the first one works in every state.
var (
	killKey    = kit.Key{Binding: keys.kill, Do: quit}
	suspendKey = kit.Key{Binding: keys.suspend, Do: func(kit.Frame) tea.Cmd { return tea.Suspend }}
)

// ownKeys are the shell's keys and what they do here.
func (a *App) ownKeys() kit.Keys {
	var all kit.Keys
	if len(a.stack) > 1 {
		all = append(all, kit.Does(keys.back, a.pop))
	}
	all = append(all, kit.Does(keys.command, func() { a.command = newCommandLine() }), kit.Does(keys.help, a.openHelp))
	if a.options.Lab != nil && !a.inLab() {
		all = append(all, kit.Key{Binding: keys.lab, Do: func(kit.Frame) tea.Cmd { return a.openLab("") }})
	}
	if a.player == nil {
		all = append(all, kit.Does(keys.refresh, a.refresh), kit.Does(keys.pause, a.pause))
	}
	return append(all,
		kit.Does(keys.errors, a.openErrors), kit.Does(keys.big, a.switchDensity),
		kit.Key{Binding: keys.quit, Do: quit}, kit.Does(keys.explain, a.openExplain), suspendKey, killKey)
}

func quit(kit.Frame) tea.Cmd { return tea.Quit }

// afterEscape returns the key pressed right after escape: terminals send the same bytes for escape and a key in quick
// succession as for the key with alt.
func afterEscape(msg tea.KeyPressMsg) (then tea.KeyPressMsg, is bool) {
	printable := msg.Code > ' ' && msg.Code < tea.KeyExtended && unicode.IsPrint(msg.Code)
	if msg.Mod&^tea.ModShift != tea.ModAlt || !printable && msg.Code != tea.KeyEscape {
		return msg, false
	}
	then = msg
	then.Mod &^= tea.ModAlt
	switch {
	case !printable:
	case then.Mod == 0:
		then.Text = string(then.Code)
	case then.ShiftedCode != 0:
		then.Text = string(then.ShiftedCode)
	default:
		then.Text = string(unicode.ToUpper(then.Code))
	}
	return then, true
}

// key passes a key to the first that binds it: an overlay, the screen, the shell.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	typing := a.top().Typing()
	if then, is := afterEscape(msg); is && a.command == nil && !typing { // in a text field, alt moves by words
		return tea.Batch(a.key(tea.KeyPressMsg{Code: tea.KeyEscape}), a.key(then))
	}
	f := a.frame()
	if cmd, kill := (kit.Keys{killKey}).Press(f, msg); kill {
		return cmd
	}
	switch {
	case a.command != nil:
		return a.command.press(msg, a)
	case a.help != nil:
		over := append(a.help.Keys(func() { a.help = nil }), suspendKey)
		cmd, _ := over.Press(f, msg)
		return cmd
	}
	if !typing {
		var over kit.Keys
		if a.explain != nil {
			over = a.explain.Keys(func() { a.explain = nil })
		}
		over = slices.Concat(over, a.player.Keys(), tour.Keys(a.options.Tour, a.touring()))
		if cmd, done := over.Press(f, msg); done {
			return cmd
		}
	}
	if cmd, done := kit.Press(a.top(), f, msg); done {
		return cmd
	}
	cmd, _ := a.ownKeys().Press(f, msg)
	return cmd
}

// mouse passes a mouse message to the screen, relative to the screen's corner; two quick clicks become a double click.
func (a *App) mouse(msg tea.MouseMsg) tea.Cmd {
	m := msg.Mouse()
	if a.help != nil {
		a.help.Wheel(m.Button)
		return nil
	}
	whole := a.arrange()
	bottom := whole.y + whole.height // where the player's bar is, if there is one
	if _, clicked := msg.(tea.MouseClickMsg); clicked && a.player != nil && m.Y == bottom {
		a.player.Click(m.X)
		return nil
	}
	if a.explain != nil && m.Y >= a.place.y+a.place.height {
		a.explain.Wheel(m.Button)
		return nil
	}
	inside := m.Y >= a.place.y && m.Y < a.place.y+a.place.height
	m.Y -= a.place.y
	if !inside {
		return nil
	}
	switch msg.(type) {
	case tea.MouseClickMsg:
		if a.second(m) {
			return a.top().Update(a.frame(), kit.DoubleClick(m))
		}
		return a.top().Update(a.frame(), tea.MouseClickMsg(m))
	case tea.MouseReleaseMsg:
		return a.top().Update(a.frame(), tea.MouseReleaseMsg(m))
	case tea.MouseWheelMsg:
		return a.top().Update(a.frame(), tea.MouseWheelMsg(m))
	case tea.MouseMotionMsg:
		return a.top().Update(a.frame(), tea.MouseMotionMsg(m))
	}
	return nil
}

// second says that a click makes a pair with the one before.
func (a *App) second(m tea.Mouse) bool {
	at := a.clock()
	pair := m.Button == tea.MouseLeft && m == a.click.mouse && at.Sub(a.click.at) <= doubleClick
	a.click = lastClick{m, at}
	if pair {
		a.click = lastClick{} // a third click begins a new pair
	}
	return pair
}

// keyLine shows bindings as "enter open   / filter", as many as fit.
func (a *App) keyLine(bindings []key.Binding, width int) text.Line {
	const between = 3
	var line text.Line
	for _, b := range bindings {
		if !b.Enabled() || b.Help().Key == "" {
			continue
		}
		item := text.Of(text.S(a.theme.Match, b.Help().Key), text.Space(1), text.S(a.theme.Dim, b.Help().Desc))
		if len(line) > 0 {
			item = append(text.Of(text.Space(between)), item...)
		}
		if line.Width()+item.Width() > width {
			break
		}
		line = append(line, item...)
	}
	return line
}
