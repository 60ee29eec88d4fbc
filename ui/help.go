package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// help is a page over the screen: the keys of the pane that has the focus and what the signs mean, or a list of problems.
type help struct {
	title string
	// lines makes the page for a width. It is drawn anew each time: the terminal may be resized while it is open.
	lines func(t *theme.Theme, width int) []text.Line
	top   int // the first visible line
	page  int // visible lines, as of the last draw
	most  int // the largest top, as of the last draw
}

var helpKeys = struct{ close, up, down, pageUp, pageDown key.Binding }{
	close:    key.NewBinding(key.WithKeys("esc", "q", "?", "!", "enter", "f1"), key.WithHelp("esc", "close")),
	up:       key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑ ↓", "scroll")),
	down:     key.NewBinding(key.WithKeys("down", "j")),
	pageUp:   key.NewBinding(key.WithKeys("pgup", "ctrl+b", "ctrl+u")),
	pageDown: key.NewBinding(key.WithKeys("pgdown", "space", "ctrl+f", "ctrl+d"), key.WithHelp("pgdn", "next page")),
}

func helpBindings() []key.Binding {
	return []key.Binding{helpKeys.close, helpKeys.up, helpKeys.pageDown}
}

func (a *App) helpKey(msg tea.KeyPressMsg) {
	h := a.help
	switch {
	case key.Matches(msg, helpKeys.close):
		a.help = nil
	case key.Matches(msg, helpKeys.up):
		h.scroll(-1)
	case key.Matches(msg, helpKeys.down):
		h.scroll(1)
	case key.Matches(msg, helpKeys.pageUp):
		h.scroll(-h.page)
	case key.Matches(msg, helpKeys.pageDown):
		h.scroll(h.page)
	}
}

func (h *help) wheel(button tea.MouseButton) {
	switch button {
	case tea.MouseWheelUp:
		h.scroll(-3)
	case tea.MouseWheelDown:
		h.scroll(3)
	}
}

func (h *help) scroll(lines int) { h.top = max(0, min(h.top+lines, h.most)) }

// render draws exactly height lines: a heading, and as much of the page as fits.
func (h *help) render(t *theme.Theme, width, height int) string {
	lines := h.lines(t, width-4)
	first := 0 // the line of the heading
	if height >= kit.AiryHeight {
		first = 1
	}
	h.page = max(1, height-first-2)
	h.most = max(0, len(lines)-h.page)
	h.scroll(0)
	var notes []text.Span
	if h.most > 0 {
		notes = append(notes, text.S(t.Dim, "lines "+text.Count(h.top+1)+"–"+text.Count(min(len(lines), h.top+h.page))+" of "+text.Count(len(lines))))
	}
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch at := h.top + i - first - 2; {
		case i == first:
			append(text.Line{text.Space(1)}, t.Section(width-2, true, h.title, notes...)...).Append(&b, nil)
		case i > first+1 && at < len(lines):
			append(text.Line{text.Space(2)}, lines[at]...).Truncate(width).Append(&b, nil)
		}
	}
	return b.String()
}

// block is a titled list on the help page.
type block struct {
	title string
	rows  []blockRow
}

type blockRow struct{ left, right text.Line }

// openHelp makes the page from the bindings as they are now, so that it cannot tell of keys that do not work.
func (a *App) openHelp() *help {
	here := a.top().Bindings()
	inLists := kit.WithoutKeys(table.Bindings(), here)
	everywhere := a.shellBindings()
	return &help{title: "HELP", lines: func(t *theme.Theme, width int) []text.Line {
		left := []block{keyBlock(t, "THIS PANE", here), keyBlock(t, "EVERYWHERE", everywhere), a.commandBlock(t)}
		right := []block{keyBlock(t, "IN LISTS", inLists), signBlock(t), stateBlock(t)}
		return twoColumns(t, left, right, width)
	}}
}

func keyBlock(t *theme.Theme, title string, bindings []key.Binding) block {
	b := block{title: title}
	for _, k := range bindings {
		if k.Enabled() && k.Help().Key != "" {
			b.rows = append(b.rows, blockRow{text.Of(text.S(t.Match, k.Help().Key)), text.Of(text.S(t.Text, k.Help().Desc))})
		}
	}
	return b
}

func (a *App) commandBlock(t *theme.Theme) block {
	b := block{title: "COMMANDS"}
	for _, c := range commands() {
		if (c.name == "lab" || c.name == "save") && a.options.Lab == nil || (c.name == "tour" || c.name == "step") && a.options.Tour == nil {
			continue
		}
		b.rows = append(b.rows, blockRow{text.Of(text.S(t.Match, ":"+c.name)), text.Of(text.S(t.Text, c.argument))})
	}
	return b
}

// signBlock explains what the signs of all screens mean.
func signBlock(t *theme.Theme) block {
	sign := func(style text.Span, words string) blockRow {
		return blockRow{text.Of(style), text.Of(text.S(t.Text, words))}
	}
	return block{"SIGNS", []blockRow{
		sign(text.S(t.Chip(1), " A "), "a member; the letter stays"),
		sign(text.S(t.ChipOver(1), "(A)"), "it was so; it is over"),
		sign(text.S(t.Warn, phrase.LeaderSign), "the leader: it assigns"),
		sign(text.S(t.Dim, text.Unknown), "unknown, which is not 0"),
		sign(text.S(t.Text, "≥"), "at least: a part is unknown"),
		sign(text.S(t.Text, "≈"), "counted or estimated"),
		sign(text.S(t.Warn, "█░"), "at least so long, at most"),
		sign(text.S(t.Bad, "▰▱"), "twice the usual, each"),
		sign(text.S(t.Warn, "2 +1"), "members, and how many join"),
		sign(text.S(t.Warn, "6/8"), "partitions owned, of all"),
		sign(text.S(t.Warn, "↑"), "the lag grows"),
		sign(text.S(t.Good, "↓"), "the lag falls"),
		sign(text.S(t.Bad, "!"), "lag, and no commits"),
		sign(text.S(t.Bad, "≠"), "a commit outside the log"),
		sign(text.S(t.Dim, `\x1b`), "a character that is not drawn"),
	}}
}

func stateBlock(t *theme.Theme) block {
	b := block{title: "STATES"}
	for _, s := range []struct {
		state model.GroupState
		words string
	}{
		{model.StateStable, "all partitions assigned"},
		{model.StatePreparingRebalance, "PreparingRebalance: who is in?"},
		{model.StateCompletingRebalance, "CompletingRebalance: who gets what?"},
		{model.StateAssigning, "by the coordinator"},
		{model.StateReconciling, "Reconciling: partitions change hands"},
		{model.StateEmpty, "no members, but offsets"},
		{model.StateDead, "unknown to coordinator"},
	} {
		b.rows = append(b.rows, blockRow{phrase.State(t, s.state), text.Of(text.S(t.Text, s.words))})
	}
	return b
}

// twoColumns sets blocks in two columns, or one below the other where there is no room for two.
func twoColumns(t *theme.Theme, left, right []block, width int) []text.Line {
	const least, between = 36, 3
	if width < 2*least+between {
		return stack(t, append(left, right...), width)
	}
	half := (width - between) / 2
	l, r := stack(t, left, half), stack(t, right, width-between-half)
	return kit.Abreast(l, r, half+between)
}

// stack sets blocks one below the other.
func stack(t *theme.Theme, blocks []block, width int) []text.Line {
	var lines []text.Line
	for _, b := range blocks {
		if len(b.rows) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, nil)
		}
		lines = append(lines, t.Section(width, false, b.title))
		label := 10 // in line from block to block, unless that costs words
		if width < 48 {
			label = 0
		}
		for _, row := range b.rows {
			label = max(label, row.left.Width())
		}
		for _, row := range b.rows {
			left := append(text.Line{text.Space(1)}, row.left...)
			lines = append(lines, append(left.Fit(1+label+2, text.Left), row.right...).Truncate(width))
		}
	}
	return lines
}

// helpKeyTables are the keys of this screen for the page of all keys.
func helpKeyTables() []kit.KeyTable {
	k := helpKeys
	return []kit.KeyTable{{Title: "The help", Bindings: []key.Binding{k.close, k.up, k.down, k.pageDown, k.pageUp}}}
}
