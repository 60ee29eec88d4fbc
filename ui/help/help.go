// Package help draws the pages over the screen: the keys that work and the meaning of the signs, and the list of errors.
package help

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Page is a page over the screen.
type Page struct {
	kit.Scroller
	title string
	// lines renders the page for a width. It is called for each frame: the terminal may be resized while the page is open.
	lines func(t *theme.Theme, width int) []text.Line
}

var closeBinding = key.NewBinding(key.WithKeys("esc", "q", "?", "!", "enter", "f1"), key.WithHelp("esc", "close"))

// Keys close the page and scroll it.
func (p *Page) Keys(closePage func()) kit.Keys {
	return append(kit.Keys{kit.Does(closeBinding, closePage)}, p.Scroller.Keys()...)
}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	return []kit.KeyTable{{Title: "The help", Bindings: (&Page{}).Keys(nil).Bindings()}}
}

// Render draws exactly height lines: a heading, and the part of the page that fits.
func (p *Page) Render(t *theme.Theme, width, height int) string {
	lines := p.lines(t, width-4)
	first := 0 // the line of the heading
	if height >= kit.AiryHeight {
		first = 1
	}
	from, to := p.Window(len(lines), height-first-2)
	var notes []text.Span
	if p.Scrolls() {
		notes = append(notes, text.S(t.Dim, "lines "+text.Count(from+1)+"–"+text.Count(to)+" of "+text.Count(len(lines))))
	}
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch at := from + i - first - 2; {
		case i == first:
			append(text.Line{text.Space(1)}, t.Section(width-2, true, p.title, notes...)...).Append(&b, nil)
		case i > first+1 && at < to:
			append(text.Line{text.Space(2)}, lines[at]...).Truncate(width).Append(&b, nil)
		}
	}
	return b.String()
}

// Command is a command of the command line and the name of its argument; "" takes none.
type Command struct{ Name, Argument string }

// New makes the page of the keys that work now, on the screen and everywhere.
func New(here, everywhere kit.Keys, commands []Command) *Page {
	return &Page{title: "HELP", lines: func(t *theme.Theme, width int) []text.Line {
		left := []block{keyBlock(t, "THIS PANE", here.Bindings()), keyBlock(t, "EVERYWHERE", everywhere.Bindings()), commandBlock(t, commands)}
		right := []block{keyBlock(t, "IN LISTS", table.Bindings()), signBlock(t), stateBlock(t)}
		return twoColumns(t, left, right, width)
	}}
}

// Errors makes the page of the message in the footer and of all errors, as of the time it was opened.
func Errors(v *model.View, started time.Time, notice string) *Page {
	return &Page{title: "ERRORS", lines: func(t *theme.Theme, width int) []text.Line {
		var lines []text.Line
		if notice != "" { // the footer may have cut it
			lines = append(phrase.Wrapped(t, notice, width), nil)
		}
		if v == nil {
			return append(lines, text.Of(text.S(t.Dim, "Connecting since "+text.Clock(started, started)+".")))
		}
		if v.RecordingLost != "" {
			lines = append(lines, phrase.Wrapped(t, "recording stopped: "+v.RecordingLost, width)...)
		}
		lines = append(lines, phrase.Problems(t, v, width)...)
		if words := phrase.TailProblem(&v.Tail, v.GenerationsExact); words != "" {
			lines = append(lines, phrase.Wrapped(t, words, width)...)
		}
		if len(lines) == 0 {
			return []text.Line{text.Of(text.S(t.Good, "● "), text.S(t.Text, "no errors"))}
		}
		return lines
	}}
}

// block is a titled list on the help page.
type block struct {
	title string
	rows  []blockRow
}

type blockRow struct{ left, right text.Line }

func keyBlock(t *theme.Theme, title string, bindings []key.Binding) block {
	b := block{title: title}
	for _, k := range bindings {
		if k.Enabled() && k.Help().Key != "" {
			b.rows = append(b.rows, blockRow{text.Of(text.S(t.Match, k.Help().Key)), text.Of(text.S(t.Text, k.Help().Desc))})
		}
	}
	return b
}

func commandBlock(t *theme.Theme, commands []Command) block {
	b := block{title: "COMMANDS"}
	for _, c := range commands {
		b.rows = append(b.rows, blockRow{text.Of(text.S(t.Match, ":"+c.Name)), text.Of(text.S(t.Text, c.Argument))})
	}
	return b
}

// signBlock is the meaning of the signs of all screens.
func signBlock(t *theme.Theme) block {
	sign := func(style text.Span, words string) blockRow {
		return blockRow{text.Of(style), text.Of(text.S(t.Text, words))}
	}
	return block{"SIGNS", []blockRow{
		sign(text.S(t.Chip(1), " A "), "a member (keeps its letter)"),
		sign(text.S(t.ChipOver(1), "(A)"), "a former member or owner"),
		sign(text.S(t.Warn, phrase.LeaderSign), "the group leader"),
		sign(text.S(t.Dim, text.Unknown), "unknown (not 0)"),
		sign(text.S(t.Text, "≥"), "at least: part is unknown"),
		sign(text.S(t.Text, "≈"), "counted or estimated"),
		sign(text.S(t.Warn, "█░"), "lower and upper bound"),
		sign(text.S(t.Bad, "▰▱"), "each cell doubles the rate"),
		sign(text.S(t.Warn, "2 +1"), "members and joining members"),
		sign(text.S(t.Warn, "6/8"), "assigned of all partitions"),
		sign(text.S(t.Warn, "↑"), "lag is growing"),
		sign(text.S(t.Good, "↓"), "lag is falling"),
		sign(text.S(t.Bad, "!"), "lag without commits"),
		sign(text.S(t.Bad, "≠"), "commit outside the log"),
		sign(text.S(t.Dim, `\x1b`), "escaped control character"),
	}}
}

func stateBlock(t *theme.Theme) block {
	b := block{title: "STATES"}
	for _, s := range []struct {
		state model.GroupState
		words string
	}{
		{model.StateStable, "assignment complete"},
		{model.StatePreparingRebalance, "PreparingRebalance: members rejoin"},
		{model.StateCompletingRebalance, "CompletingRebalance: leader assigns"},
		{model.StateAssigning, "coordinator computes the target"},
		{model.StateReconciling, "members converge on the target"},
		{model.StateEmpty, "no members, only offsets"},
		{model.StateDead, "not known to the coordinator"},
	} {
		b.rows = append(b.rows, blockRow{phrase.State(t, s.state), text.Of(text.S(t.Text, s.words))})
	}
	return b
}

// twoColumns arranges blocks in two columns, or in one if the width does not suffice for two.
func twoColumns(t *theme.Theme, left, right []block, width int) []text.Line {
	const least, between = 36, 3
	if width < 2*least+between {
		return stack(t, append(left, right...), width)
	}
	half := (width - between) / 2
	l, r := stack(t, left, half), stack(t, right, width-between-half)
	return kit.Abreast(l, r, half+between)
}

// stack arranges blocks in one column.
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
		label := 10 // aligned from block to block, unless that cuts words
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
