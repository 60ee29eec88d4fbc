package group

import (
	"charm.land/bubbles/v2/key"

	"regroup/ui/kit"
	"regroup/ui/table"
)

// groupKeys are the keys of the group screen. Which of them count depends on the pane that has the focus.
type groupKeys struct {
	next, previous, earlier, later, narrower, wider, sort, filter, clear key.Binding
	card, start, leave, kill, whatIf                                     key.Binding
}

func newGroupKeys() groupKeys {
	bind := func(help, what string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
	}
	return groupKeys{
		next:     bind("tab", "pane", "tab"),
		previous: bind("shift+tab", "pane before", "shift+tab"),
		earlier:  bind("←", "earlier rebalance", "left"),
		later:    bind("→", "later rebalance", "right"),
		narrower: bind("+", "less time, larger", "+", "="),
		wider:    bind("-", "more time", "-"),
		sort:     bind("s", "sort", "s"),
		filter:   bind("/", "filter", "/"),
		clear:    bind("esc", "clear filter", "esc"),
		card:     bind("enter", "card", "enter"),
		start:    bind("n", "new one", "n"),
		leave:    bind("x", "leave", "x"),
		kill:     bind("X", "kill -9", "X"),
		whatIf:   bind("w", "what if", "w"),
	}
}

// Bindings are the keys that work now, those of the pane with the focus first.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	if s.removing != nil {
		return []key.Binding{removeKeys.yes, removeKeys.no}
	}
	var all []key.Binding
	if s.filter.Value() != "" {
		all = append(all, k.clear)
	}
	if s.lab != nil { // who has a lab is here to use it: where it is narrow, these stay
		all = append(all, k.start, k.leave, k.kill)
	}
	if s.removable() {
		all = append(all, removeKeys.ask)
	}
	if s.rebalances {
		all = append(all, k.card)
	}
	if s.foresees && s.known {
		all = append(all, k.whatIf)
	}
	all = append(all, k.next)
	switch s.focus {
	case paneStrip:
		all = append(all, k.wider, k.narrower)
	case panePartitions:
		all = append(all, k.sort, k.filter)
	}
	earlier, later := k.earlier, k.later
	if s.focus == paneRebalance { // only there: elsewhere l is the lab
		earlier.SetKeys("left", "h")
		later.SetKeys("right", "l")
	}
	all = append(all, earlier, later)
	switch s.focus {
	case paneMembers, panePartitions:
		all = append(all, table.Bindings()...)
	case paneStrip, paneEvents:
		all = append(all, table.Up, table.Down)
	}
	for _, more := range []key.Binding{k.sort, k.filter, k.wider, k.narrower} {
		if !bound(all, more) {
			all = append(all, more)
		}
	}
	return append(all, k.previous)
}

func bound(all []key.Binding, b key.Binding) bool {
	for _, other := range all {
		if other.Help() == b.Help() {
			return true
		}
	}
	return false
}

// Keys are the keys of this screen for the page of all keys.
func Keys() []kit.KeyTable {
	g := newGroupKeys()
	return []kit.KeyTable{
		{Title: "A group", Bindings: []key.Binding{g.next, g.previous, g.card, g.whatIf, g.earlier, g.later, g.filter, g.clear, g.sort, g.narrower, g.wider}},
		{Title: "The members of a group", Note: "On a cluster of your own.", Bindings: []key.Binding{removeKeys.ask, removeKeys.yes, removeKeys.no}},
		{Title: "The members of a group of the lab", Bindings: []key.Binding{g.start, g.leave, g.kill}},
	}
}
