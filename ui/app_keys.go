package ui

import (
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/text"
)

// shellKeys are the keys that work everywhere, unless the pane that has the focus uses them itself.
type shellKeys struct {
	quit, kill, help, command, back, refresh, lab, explain, pause, problems, big, suspend key.Binding
}

var keys = shellKeys{
	quit:     key.NewBinding(key.WithKeys("q"), key.WithHelp("q", "quit")),
	kill:     key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "quit, whatever is open")),
	help:     key.NewBinding(key.WithKeys("?", "f1"), key.WithHelp("?", "help")),
	command:  key.NewBinding(key.WithKeys(":"), key.WithHelp(":", "command")),
	back:     key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
	refresh:  key.NewBinding(key.WithKeys("r"), key.WithHelp("r", "poll now")),
	lab:      key.NewBinding(key.WithKeys("l"), key.WithHelp("l", "lab")),
	explain:  explainKeys.open,
	pause:    key.NewBinding(key.WithKeys("p"), key.WithHelp("p", "hold the display, or go on")),
	problems: key.NewBinding(key.WithKeys("!"), key.WithHelp("!", "what could not be read, and why")),
	big:      key.NewBinding(key.WithKeys("B"), key.WithHelp("B", "few large things, or many small")),
	suspend:  key.NewBinding(key.WithKeys("ctrl+z"), key.WithHelp("ctrl+z", "to the shell; fg comes back")),
}

// wideFooter is the cells from which on the footer has room for the key of commands; the help has it always.
const wideFooter = 130

// shellFooter are the shell's keys that the footer always shows.
func (a *App) shellFooter() []key.Binding {
	var out []key.Binding
	for _, b := range a.shellBindings() {
		switch b.Help() {
		case keys.command.Help():
			if a.width >= wideFooter {
				out = append(out, b)
			}
		case playerKeys.pause.Help(), playerKeys.next.Help(), keys.back.Help(), keys.help.Help(), keys.explain.Help(), keys.lab.Help(), tourKeys.begin.Help(), keys.quit.Help():
			out = append(out, b)
		}
	}
	return out
}

// shellBindings are the shell's keys that work now: those that the screen does not use itself.
func (a *App) shellBindings() []key.Binding {
	if a.top().Typing() { // all but ctrl+c is text
		return []key.Binding{keys.kill}
	}
	all := append(append(a.playerBindings(), a.tourHints()...), keys.back, keys.command, keys.help, keys.lab, keys.refresh, keys.pause, keys.problems, keys.big, keys.quit, keys.explain, keys.suspend, keys.kill)
	var out []key.Binding
	for _, b := range all {
		isBack, isLab := b.Help() == keys.back.Help(), b.Help() == keys.lab.Help()
		isLive := b.Help() == keys.refresh.Help() || b.Help() == keys.pause.Help()
		if isLive && a.options.Player != nil {
			continue
		}
		if b.Help() == tourKeys.begin.Help() && !a.inLab() { // the lab is where one comes from; it works everywhere
			continue
		}
		if isBack && len(a.stack) == 1 || isLab && (a.options.Lab == nil || a.inLab()) || a.screenHas(b) {
			continue
		}
		out = append(out, b)
	}
	return out
}

// screenHas says whether the screen uses one of the binding's keys.
func (a *App) screenHas(b key.Binding) bool {
	for _, k := range b.Keys() {
		if a.screenTakes(kit.KeyName(k)) {
			return true
		}
	}
	return false
}

func (a *App) screenTakes(k interface{ String() string }) bool {
	return key.Matches(k, a.top().Bindings()...)
}

// afterEscape is the key that followed escape so quickly that the two came as one with alt, as from fast fingers or over a
// slow line: terminals send the same for both.
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

// key gives a key to the first who wants it: what is open over the screen, the screen, the shell.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	if then, is := afterEscape(msg); is && a.command == nil && !a.top().Typing() { // where text is typed, alt moves by words
		return tea.Batch(a.key(tea.KeyPressMsg{Code: tea.KeyEscape}), a.key(then))
	}
	switch {
	case key.Matches(msg, keys.kill):
		return tea.Quit
	case a.command != nil:
		return a.command.update(msg, a)
	case a.help != nil:
		if key.Matches(msg, keys.suspend) {
			return tea.Suspend
		}
		a.helpKey(msg)
		return nil
	case a.explain != nil && a.explainKey(msg):
		return nil
	case !a.top().Typing() && key.Matches(msg, a.playerBindings()...):
		a.playerKey(msg)
		return nil
	case !a.top().Typing() && key.Matches(msg, a.tourBindings()...):
		a.tourKey(msg)
		return nil
	case a.top().Typing() || a.screenTakes(msg):
		return a.top().Update(a.frame(), msg)
	}
	return a.shellKey(msg)
}

func (a *App) shellKey(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keys.quit):
		return tea.Quit
	case key.Matches(msg, keys.suspend):
		return tea.Suspend
	case key.Matches(msg, keys.help):
		a.help = a.openHelp()
	case key.Matches(msg, keys.explain):
		a.openExplain()
	case key.Matches(msg, keys.problems):
		a.help = a.openProblems()
	case key.Matches(msg, keys.big):
		a.setBig(!a.big)
	case key.Matches(msg, keys.command):
		a.command = newCommandLine()
	case key.Matches(msg, keys.back) && len(a.stack) > 1:
		a.pop()
	case key.Matches(msg, keys.refresh) && a.options.Player == nil:
		a.refresh()
	case key.Matches(msg, keys.pause) && a.options.Player == nil:
		a.pause()
	case key.Matches(msg, keys.lab) && a.options.Lab != nil && !a.inLab():
		return a.openLab("")
	default:
		return a.top().Update(a.frame(), msg)
	}
	return nil
}

// mouse gives a mouse message to the screen, counted from the screen's corner; quick clicks in pairs become double clicks.
func (a *App) mouse(msg tea.MouseMsg) tea.Cmd {
	m := msg.Mouse()
	if a.help != nil {
		a.help.wheel(m.Button)
		return nil
	}
	whole := a.arrange()
	bottom := whole.y + whole.height // where the player's bar is, if there is one
	if _, clicked := msg.(tea.MouseClickMsg); clicked && a.options.Player != nil && m.Y == bottom {
		a.playerClick(m.X)
		return nil
	}
	if a.explain != nil && m.Y >= a.place.y+a.place.height {
		a.explain.wheel(m.Button)
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
