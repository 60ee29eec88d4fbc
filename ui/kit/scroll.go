package kit

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// wheelLines is how far one notch of the mouse wheel scrolls.
const wheelLines = 3

// Scroller is how far down a page is scrolled. The zero value is at the top.
type Scroller struct {
	top  int // the first line that is shown
	page int // visible lines, as of the last draw
	most int // the largest top, as of the last draw
}

// ScrollBindings are the keys of a scroller.
var ScrollBindings = struct{ Up, Down, PageUp, PageDown key.Binding }{
	Up:       key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑ ↓", "scroll")),
	Down:     key.NewBinding(key.WithKeys("down", "j")),
	PageUp:   table.PageUp,
	PageDown: key.NewBinding(key.WithKeys("pgdown", "space", "ctrl+f", "ctrl+d"), key.WithHelp("pgdn", "page down")),
}

// Keys scroll by a line and by a page.
func (s *Scroller) Keys() Keys {
	b := ScrollBindings
	return s.KeysOf(b.Up, b.Down, b.PageUp, b.PageDown)
}

// KeysOf are the same by other bindings.
func (s *Scroller) KeysOf(up, down, pageUp, pageDown key.Binding) Keys {
	return Keys{
		Does(up, func() { s.By(-1) }), Does(down, func() { s.By(1) }),
		Does(pageUp, func() { s.By(-s.page) }), Does(pageDown, func() { s.By(s.page) }),
	}
}

// By scrolls by some lines, down or up, as far as there is something to see.
func (s *Scroller) By(lines int) { s.top = max(0, min(s.top+lines, s.most)) }

// Wheel scrolls by a notch of the mouse wheel.
func (s *Scroller) Wheel(button tea.MouseButton) {
	s.By(map[tea.MouseButton]int{tea.MouseWheelUp: -wheelLines, tea.MouseWheelDown: wheelLines}[button])
}

// Window is the lines from and below to that are shown of so many, in a height.
func (s *Scroller) Window(lines, height int) (from, to int) {
	s.page = max(1, height)
	s.most = max(0, lines-s.page)
	s.By(0)
	return s.top, min(lines, s.top+s.page)
}

// Scrolls reports whether there is more than was drawn.
func (s *Scroller) Scrolls() bool { return s.most > 0 }

// More stands in place of the last line while there are lines below it: how many, with that one.
func (s *Scroller) More(th *theme.Theme) (line text.Line, more bool) {
	below := s.most - s.top
	if below <= 0 {
		return nil, false
	}
	return text.Of(text.S(th.Dim, "↓ "+text.Plural(below+1, "more line"))), true
}
