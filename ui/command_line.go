package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/text"
)

// commandLine is the input line at the bottom.
type commandLine struct {
	field kit.Field
	typed string // the text that is completed, without the completion
	tab   int    // the inserted completion, counted from 1; 0 is none
}

var commandKeys = struct{ run, close, next, previous key.Binding }{
	run:      key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "run")),
	close:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "close")),
	next:     key.NewBinding(key.WithKeys("tab", "down"), key.WithHelp("tab", "complete")),
	previous: key.NewBinding(key.WithKeys("shift+tab", "up"), key.WithHelp("shift+tab", "complete, backwards")),
}

func newCommandLine() *commandLine { return &commandLine{field: kit.NewField()} }

// begin sets the text as if it had been typed.
func (c *commandLine) begin(line string) {
	c.field.Set(line)
	c.typed = line
}

// keys run and complete the typed text, and close the line.
func (c *commandLine) keys(a *App) kit.Keys {
	end := func() { a.command = nil }
	all := kit.Keys{
		{Binding: commandKeys.run, Do: func(kit.Frame) tea.Cmd {
			end()
			cmd, err := a.runCommand(c.field.Value())
			if err != nil {
				return kit.Refuse(err.Error())
			}
			return cmd
		}},
		kit.Does(commandKeys.next, func() { c.complete(a, 1) }),
		kit.Does(commandKeys.previous, func() { c.complete(a, -1) }),
		kit.Does(commandKeys.close, end),
	}
	if c.field.Value() == "" {
		all = append(all, kit.Does(kit.Backspace, end))
	}
	return all
}

// press handles a key while the line is open: keys that it does not bind are text.
func (c *commandLine) press(msg tea.KeyPressMsg, a *App) tea.Cmd {
	cmd, done := c.keys(a).Press(a.frame(), msg)
	if !done {
		c.edit(msg)
	}
	return cmd
}

// edit inserts a key or a paste as text.
func (c *commandLine) edit(msg tea.Msg) {
	if c.field.Update(msg) {
		c.typed, c.tab = c.field.Value(), 0
	}
}

// complete inserts the next or previous completion; after the last one the typed text.
func (c *commandLine) complete(a *App, step int) {
	all := a.completions(c.typed)
	n := len(all) + 1
	c.tab = (c.tab + step + n) % n
	if c.tab == 0 {
		c.field.Set(c.typed)
		return
	}
	c.field.Set(all[c.tab-1])
}

// completions are the lines that the typed text can be completed to.
func (a *App) completions(typed string) []string {
	name, argument, hasArgument := strings.Cut(typed, " ")
	if hasArgument {
		c, err := findCommand(name)
		if err != nil || c.candidates == nil {
			return nil
		}
		var out []string
		for _, candidate := range c.candidates(a, strings.TrimLeft(argument, " ")) {
			out = append(out, c.name+" "+candidate)
		}
		return out
	}
	var out []string
	for _, c := range commands() {
		if !strings.HasPrefix(c.name, name) {
			continue
		}
		line := c.name
		if c.argument != "" {
			line += " "
		}
		out = append(out, line)
	}
	return out
}

// line draws the typed text and the completions beside it, the inserted one highlighted.
func (c *commandLine) line(a *App, width int) text.Line {
	t := a.theme
	line := text.Of(text.S(t.Match, ":"))
	line = append(append(line, c.field.Line(t, true)...), text.Space(3))
	for i, full := range a.completions(c.typed) {
		word := strings.TrimSpace(full)
		if _, argument, has := strings.Cut(full, " "); has && argument != "" {
			word = argument
		}
		style := t.Dim
		if i == c.tab-1 {
			style = t.Strong
		}
		line = append(line, text.S(style, text.Clean(word)), text.Space(2))
		if line.Width() > width {
			break
		}
	}
	return line.Truncate(width)
}
