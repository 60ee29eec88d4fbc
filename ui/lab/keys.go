package lab

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
)

var bindings = struct {
	start, form, leave, kill, crash, restart, pause, slower, faster, more, less, add, save, open, next key.Binding
}{
	start:   key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "new consumer")),
	form:    key.NewBinding(key.WithKeys("N"), key.WithHelp("N", "with settings")),
	leave:   key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "leave")),
	kill:    key.NewBinding(key.WithKeys("X"), key.WithHelp("X", "kill -9")),
	crash:   key.NewBinding(key.WithKeys("c"), key.WithHelp("c", "crash before a commit")),
	restart: key.NewBinding(key.WithKeys("R"), key.WithHelp("R", "restart")),
	pause:   key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "pause")),
	slower:  key.NewBinding(key.WithKeys(">"), key.WithHelp(">", "slower")),
	faster:  key.NewBinding(key.WithKeys("<"), key.WithHelp("<", "faster")),
	more:    key.NewBinding(key.WithKeys("]"), key.WithHelp("]", "produce more")),
	less:    key.NewBinding(key.WithKeys("["), key.WithHelp("[", "produce less")),
	add:     key.NewBinding(key.WithKeys("a"), key.WithHelp("a", "add a partition")),
	save:    key.NewBinding(key.WithKeys("S"), key.WithHelp("S", "save as a scene")),
	open:    key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "open the group")),
	next:    key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "next producer")),
}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	k := bindings
	return []kit.KeyTable{
		{Title: "The lab", Bindings: []key.Binding{k.start, k.form, k.leave, k.kill, k.crash, k.restart, k.pause, k.slower, k.faster, k.more, k.less, k.add, k.save, k.open, k.next}},
		{Title: "The settings of a new consumer", Bindings: formBindings},
	}
}

// Keys act on the selected consumer, on the chosen producer, and on the table; what the platform lacks is disabled.
func (s *Screen) Keys(f kit.Frame) kit.Keys {
	switch {
	case s.form != nil:
		return s.form.keys(s.submit, func() { s.form = nil })
	case !s.exists || f.View == nil || f.View.Lab == nil:
		return nil
	}
	k := bindings
	next := kit.Does(k.next, func() { s.producer = (s.producer + 1) % len(f.View.Lab.Producers) })
	next.SetEnabled(len(f.View.Lab.Producers) > 1)
	return slices.Concat(s.actionKeys(f.View.Lab), kit.Keys{
		kit.Asks(k.save, kit.Command{Line: "save "}), {Binding: k.open, Do: func(kit.Frame) tea.Cmd { return s.open() }}, next,
	}, kit.ListKeys(s.table, s.moved))
}

// actionKeys are those that have the lab do something.
func (s *Screen) actionKeys(lab *model.LabSnapshot) kit.Keys {
	on := func(b key.Binding, kind model.LabActionKind, do func(kit.Frame) tea.Cmd) kit.Key {
		b.SetEnabled(!derive.LabLacks(lab, kind))
		return kit.Key{Binding: b, Do: do}
	}
	treat := func(b key.Binding, kind model.LabActionKind) kit.Key {
		return on(b, kind, func(kit.Frame) tea.Cmd { return s.treat(kind) })
	}
	k := bindings
	if c := s.selected(); c != nil && c.State == model.LabPaused {
		k.pause.SetHelp("space", "resume")
	}
	return kit.Keys{
		on(k.start, model.LabStartConsumer, func(f kit.Frame) tea.Cmd {
			return kit.AskLab(model.LabAction{Kind: model.LabStartConsumer, Group: s.startIn(f)})
		}),
		treat(k.leave, model.LabLeave), treat(k.kill, model.LabKill), treat(k.pause, model.LabPause),
		on(k.slower, model.LabSlow, func(f kit.Frame) tea.Cmd { return s.slow(f, slower) }),
		on(k.faster, model.LabSlow, func(f kit.Frame) tea.Cmd { return s.slow(f, faster) }),
		on(k.more, model.LabRate, func(f kit.Frame) tea.Cmd { return s.produce(f, more) }),
		on(k.less, model.LabRate, func(f kit.Frame) tea.Cmd { return s.produce(f, less) }),
		on(k.add, model.LabAddPartitions, func(f kit.Frame) tea.Cmd {
			topic, _ := s.produced(f)
			return kit.AskLab(model.LabAction{Kind: model.LabAddPartitions, Topic: topic})
		}),
		treat(k.crash, model.LabCrash), treat(k.restart, model.LabRestart),
		on(k.form, model.LabStartConsumer, func(f kit.Frame) tea.Cmd {
			s.form = newLabForm(s.startIn(f), lastSettings(s.consumers, s.group))
			return nil
		}),
	}
}

// submit starts the consumer that the form describes.
func (s *Screen) submit(action model.LabAction) tea.Cmd {
	s.form = nil
	s.group, s.wanted = action.Group, action.Group
	return kit.AskLab(action)
}
