package group

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/table"
	"regroup/ui/text"
)

var bindings = struct {
	next, previous, earlier, later, narrower, wider, sort, filter, accept, clear key.Binding
	card, start, leave, kill, whatIf, remove, yes, no                            key.Binding
}{
	next:     key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "pane")),
	previous: key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "previous pane")),
	earlier:  key.NewBinding(key.WithKeys("left"), key.WithHelp("←", "earlier rebalance")),
	later:    key.NewBinding(key.WithKeys("right"), key.WithHelp("→", "later rebalance")),
	narrower: key.NewBinding(key.WithKeys("+", "="), key.WithHelp("+", "zoom in")),
	wider:    key.NewBinding(key.WithKeys("-"), key.WithHelp("-", "zoom out")),
	sort:     key.NewBinding(key.WithKeys("s"), key.WithHelp("s", "sort")),
	filter:   key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "filter")),
	accept:   key.NewBinding(key.WithKeys("enter", "tab")),
	clear:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "clear filter")),
	card:     key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "card")),
	start:    key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "new consumer")),
	leave:    key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "leave")),
	kill:     key.NewBinding(key.WithKeys("X"), key.WithHelp("X", "kill -9")),
	whatIf:   key.NewBinding(key.WithKeys("w"), key.WithHelp("w", "what if")),
	remove:   key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "remove the member")),
	yes:      key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "confirm")),
	no:       key.NewBinding(key.WithKeys("n", "esc", "q"), key.WithHelp("n", "cancel")),
}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	k := bindings
	return []kit.KeyTable{
		{Title: "A group", Bindings: []key.Binding{k.next, k.previous, k.card, k.whatIf, k.earlier, k.later, k.filter, k.clear, k.sort, k.narrower, k.wider}},
		{Title: "The members of a group", Note: "Not in the demo.", Bindings: []key.Binding{k.remove, k.yes, k.no}},
		{Title: "The members of a group of the lab", Bindings: []key.Binding{k.start, k.leave, k.kill}},
	}
}

// Keys are those of the question or of the filter while one is open, else those of the group and of the pane with the focus.
func (s *Screen) Keys(f kit.Frame) kit.Keys {
	k, g := bindings, s.group(f)
	switch {
	case s.removing != nil:
		return kit.Keys{{Binding: k.yes, Do: func(kit.Frame) tea.Cmd { return s.remove() }}, kit.Does(k.no, func() { s.removing = nil })}
	case s.filtering:
		accept := kit.Does(k.accept, func() { s.filtering = false })
		return append(kit.Keys{accept, s.clearKey()}, kit.ArrowKeys(s.partitions)...)
	}
	var all kit.Keys
	if s.filter.Value() != "" {
		all = append(all, s.clearKey())
	}
	if s.lab != nil { // a lab is there to be used: where it is narrow, these stay
		all = append(all, s.labKeys(f)...)
	}
	if s.removable(f) {
		all = append(all, kit.Key{Binding: k.remove, Do: s.askRemove})
	}
	if g != nil && (len(g.Rebalances) > 0 || g.Rebalancing()) {
		all = append(all, kit.Asks(k.card, kit.OpenCard{Group: s.id, Rebalance: s.cursor.Chosen}))
	}
	if f.Can.Has(kit.AnswerWhatIf) && g != nil {
		all = append(all, kit.Asks(k.whatIf, kit.OpenWhatIf{Group: s.id}))
	}
	all = append(all, kit.Does(k.next, func() { s.moveFocus(f, +1) }))
	all = append(all, s.paneKeys(f, g)...)
	return append(all, kit.Does(k.previous, func() { s.moveFocus(f, -1) }))
}

func (s *Screen) clearKey() kit.Key {
	return kit.Key{Binding: bindings.clear, Do: func(f kit.Frame) tea.Cmd {
		s.filtering = false
		s.filter.Set("")
		s.rearrange(f)
		return nil
	}}
}

// paneKeys are those of the panes, those of the one with the focus first.
func (s *Screen) paneKeys(f kit.Frame, g *model.GroupView) kit.Keys {
	k, focus := bindings, s.focused(f)
	zoom := kit.Keys{
		kit.Does(k.wider, func() { s.window = min(len(panes.StripWindows)-1, s.shownWindow(f)+1) }),
		kit.Does(k.narrower, func() { s.window = max(0, s.shownWindow(f)-1) }),
	}
	list := kit.Keys{
		kit.Does(k.sort, func() { s.order = (s.order + 1) % orderCount; s.rearrange(f) }),
		kit.Does(k.filter, func() { s.focus, s.filtering = panePartitions, true }),
	}
	if f.Density == kit.Presentation { // the partitions are not listed
		list = nil
	}
	if focus == paneRebalance { // only there: elsewhere l is the lab
		k.earlier.SetKeys("left", "h")
		k.later.SetKeys("right", "l")
	}
	turn := kit.Keys{kit.Does(k.earlier, func() { s.cursor.Turn(g, -1) }), kit.Does(k.later, func() { s.cursor.Turn(g, +1) })}
	switch focus {
	case paneMembers:
		return slices.Concat(turn, kit.ListKeys(s.members, nil), list, zoom)
	case panePartitions:
		return slices.Concat(list, turn, kit.ListKeys(s.partitions, nil), zoom)
	case paneStrip:
		return slices.Concat(zoom, turn, upDown(s.moveInStrip), list)
	case paneEvents:
		return slices.Concat(turn, upDown(s.scrollEvents), list, zoom)
	}
	return slices.Concat(turn, list, zoom)
}

// upDown are the keys of a list that moves by one only.
func upDown(move func(step int)) kit.Keys {
	return kit.Keys{kit.Does(kit.Unlisted(table.Up), func() { move(-1) }), kit.Does(kit.Unlisted(table.Down), func() { move(+1) })}
}

// labKeys start a consumer in the group, and end the selected one; what the platform lacks is disabled.
func (s *Screen) labKeys(f kit.Frame) kit.Keys {
	on := func(b key.Binding, kind model.LabActionKind, do func(kit.Frame) tea.Cmd) kit.Key {
		b.SetEnabled(!derive.LabLacks(f.View.Lab, kind))
		return kit.Key{Binding: b, Do: do}
	}
	k := bindings
	return kit.Keys{
		on(k.start, model.LabStartConsumer, func(kit.Frame) tea.Cmd {
			return kit.AskLab(model.LabAction{Kind: model.LabStartConsumer, Group: s.id})
		}),
		on(k.leave, model.LabLeave, func(f kit.Frame) tea.Cmd { return s.end(f, model.LabLeave) }),
		on(k.kill, model.LabKill, func(f kit.Frame) tea.Cmd { return s.end(f, model.LabKill) }),
	}
}

// end asks the lab to end the selected member; of a member that is not the lab's, to remove it from the group.
func (s *Screen) end(f kit.Frame, kind model.LabActionKind) tea.Cmd {
	g := s.group(f)
	if g == nil {
		return nil
	}
	var consumer *model.LabConsumer
	i := s.members.Index()
	if i < len(g.Members) {
		consumer = s.lab[g.Members[i].MemberID]
	}
	switch {
	case consumer == nil && i < len(g.Members) && f.Can.Has(kit.RemoveMembers) && kind == model.LabLeave:
		return s.askRemove(f)
	case consumer == nil:
		return kit.Refuse("the selected member is not one of the lab's consumers: select one with tab and the arrows")
	case consumer.State.Ended():
		return kit.Refuse(text.Clean(consumer.Name) + " has ended; the group notices at its session timeout")
	}
	return kit.AskLab(model.LabAction{Kind: kind, Consumer: consumer.Name})
}

// focused is the pane with the focus: in presentation mode only the members and the strip can have it.
func (s *Screen) focused(f kit.Frame) pane {
	if f.Density == kit.Presentation && s.focus != paneStrip {
		return paneMembers
	}
	return s.focus
}

// moveFocus gives the focus to the next pane or to the one before.
func (s *Screen) moveFocus(f kit.Frame, step int) {
	count := paneCount
	if f.Density == kit.Presentation {
		count = paneStrip + 1
	}
	s.focus = (s.focused(f) + pane(step) + count) % count
}
