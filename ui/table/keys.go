package table

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// wheelRows is how far one notch of the mouse wheel scrolls.
const wheelRows = 3

// The keys of every list.
var (
	Up       = key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑ k", "row up"))
	Down     = key.NewBinding(key.WithKeys("down", "j"), key.WithHelp("↓ j", "row down"))
	PageUp   = key.NewBinding(key.WithKeys("pgup", "ctrl+b", "ctrl+u"), key.WithHelp("pgup", "page up"))
	PageDown = key.NewBinding(key.WithKeys("pgdown", "ctrl+f", "ctrl+d"), key.WithHelp("pgdn", "page down"))
	Home     = key.NewBinding(key.WithKeys("home", "g"), key.WithHelp("home g", "first row (follow)"))
	End      = key.NewBinding(key.WithKeys("end", "G"), key.WithHelp("end G", "last row"))
)

// Bindings are the keys of [Table.Keys], for the help.
func Bindings() []key.Binding { return []key.Binding{Up, Down, PageUp, PageDown, Home, End} }

// Key is a key of a table, and how it moves the selection.
type Key struct {
	Binding key.Binding
	Move    func()
}

// Keys are the keys that move the selection.
func (t *Table) Keys() []Key {
	page := max(1, t.rowsVisible-1) // a row of the old page stays in sight
	return []Key{
		{Up, func() { t.MoveTo(t.at - 1) }}, {Down, func() { t.MoveTo(t.at + 1) }},
		{PageUp, func() { t.MoveTo(t.at - page) }}, {PageDown, func() { t.MoveTo(t.at + page) }},
		{Home, t.Top}, {End, func() { t.MoveTo(t.rows - 1) }},
	}
}

// Wheel scrolls by the mouse wheel; false if the button is not the wheel's.
func (t *Table) Wheel(button tea.MouseButton) bool {
	switch button {
	case tea.MouseWheelUp:
		t.Scroll(-wheelRows)
	case tea.MouseWheelDown:
		t.Scroll(wheelRows)
	default:
		return false
	}
	return true
}

// IndexAt is the index of the row at a line of what was drawn last (0 is the titles, if there are any); -1 if there is none.
func (t *Table) IndexAt(y int) int {
	if y -= t.titleLines(); y < 0 {
		return -1
	}
	visible, line := y/t.Size.pitch(), y%t.Size.pitch()
	if i := t.top + visible; line < t.Size.lines() && visible < t.rowsVisible && i < t.rows {
		return i
	}
	return -1
}

// RowAt is the ID of the row at a line, as [Table.IndexAt]; "" if there is none.
func (t *Table) RowAt(y int) string {
	if i := t.IndexAt(y); i >= 0 {
		return t.id(i)
	}
	return ""
}

// ColumnAt is the index of the column at a cell of what was drawn last; -1 if there is none.
func (t *Table) ColumnAt(x int) int {
	for _, c := range t.drawn.columns {
		if x >= c.x && x < c.x+c.width {
			return c.index
		}
	}
	return -1
}

// Width is how many cells a column has in the draw under way (the function that makes cells may ask) or in the last one;
// 0 if it was left out.
func (t *Table) Width(column int) int {
	for _, c := range t.drawn.columns {
		if c.index == column {
			return c.width
		}
	}
	return 0
}
