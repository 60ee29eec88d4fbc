package lab

import (
	"charm.land/bubbles/v2/key"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/table"
)

// labKeys are the keys of the lab. What the platform lacks, or what makes no sense for the selected consumer, is off.
type labKeys struct {
	start, form, leave, kill, crash, restart, pause, slower, faster, more, less, add, save, open, next key.Binding
}

func newLabKeys() labKeys {
	bind := func(help, what string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
	}
	return labKeys{
		start:   bind("n", "new consumer", "n"),
		form:    bind("N", "with settings", "N"),
		leave:   bind("x", "leave", "x"),
		kill:    bind("X", "kill -9", "X"),
		crash:   bind("c", "crash before a commit", "c"),
		restart: bind("R", "restart", "R"),
		pause:   bind("space", "pause", "space"),
		slower:  bind(">", "slower", ">"),
		faster:  bind("<", "faster", "<"),
		more:    bind("]", "produce more", "]"),
		less:    bind("[", "produce less", "["),
		add:     bind("a", "add a partition", "a"),
		save:    bind("S", "save as a scene", "S"),
		open:    bind("enter", "open the group", "enter"),
		next:    bind("tab", "next producer", "tab"),
	}
}

// observe switches keys on and off.
func (k *labKeys) observe(lab *model.LabSnapshot, c *model.LabConsumer) {
	can := func(b *key.Binding, kind model.LabActionKind) { b.SetEnabled(!derive.LabLacks(lab, kind)) }
	can(&k.start, model.LabStartConsumer)
	can(&k.form, model.LabStartConsumer)
	can(&k.leave, model.LabLeave)
	can(&k.kill, model.LabKill)
	can(&k.crash, model.LabCrash)
	can(&k.restart, model.LabRestart)
	can(&k.pause, model.LabPause)
	can(&k.slower, model.LabSlow)
	can(&k.faster, model.LabSlow)
	can(&k.more, model.LabRate)
	can(&k.less, model.LabRate)
	can(&k.add, model.LabAddPartitions)
	k.next.SetEnabled(len(lab.Producers) > 1)
	word := "pause"
	if c != nil && c.State == model.LabPaused {
		word = "resume"
	}
	k.pause.SetHelp("space", word)
}

func (s *Screen) Bindings() []key.Binding {
	if s.form != nil {
		return formBindings()
	}
	if !s.exists {
		return nil
	}
	k := s.keys
	all := []key.Binding{k.start, k.leave, k.kill, k.pause, k.slower, k.faster, k.more, k.less, k.add, k.crash, k.restart, k.form, k.save, k.open, k.next}
	return append(all, table.Bindings()...)
}

// Keys are the keys of this screen for the page of all keys.
func Keys() []kit.KeyTable {
	l := newLabKeys()
	return []kit.KeyTable{
		{Title: "The lab", Bindings: []key.Binding{l.start, l.form, l.leave, l.kill, l.crash, l.restart, l.pause, l.slower, l.faster, l.more, l.less, l.add, l.save, l.open, l.next}},
		{Title: "The settings of a new consumer", Bindings: formBindings()},
	}
}
