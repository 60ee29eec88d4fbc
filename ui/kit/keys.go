package kit

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/table"
)

// Key is a binding and what it does. They are one value: the footer and the help list all keys that work, and every key
// that they list works.
type Key struct {
	key.Binding
	Do func(f Frame) tea.Cmd
}

// Does is a key that only changes what it is pressed on.
func Does(b key.Binding, do func()) Key {
	return Key{b, func(Frame) tea.Cmd { do(); return nil }}
}

// Asks is a key that asks the shell for something.
func Asks(b key.Binding, msg tea.Msg) Key {
	return Key{b, func(Frame) tea.Cmd { return Ask(msg) }}
}

// Keys are the keys that work now, most important first.
type Keys []Key

// Bindings are the keys without what they do.
func (k Keys) Bindings() []key.Binding {
	all := make([]key.Binding, len(k))
	for i := range k {
		all[i] = k[i].Binding
	}
	return all
}

// Press does what the first key that matches is for; done is false if there is none.
func (k Keys) Press(f Frame, msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	for _, one := range k {
		if key.Matches(msg, one.Binding) {
			return one.Do(f), true
		}
	}
	return nil, false
}

// Without leaves out the keys that have a key name in common with others.
func (k Keys) Without(others Keys) Keys {
	var out Keys
	for _, one := range k {
		if !others.Share(one.Binding) {
			out = append(out, one)
		}
	}
	return out
}

// Share reports whether one of the keys has a name in common with a binding.
func (k Keys) Share(b key.Binding) bool {
	for _, name := range b.Keys() {
		for _, one := range k {
			if key.Matches(keyName(name), one.Binding) {
				return true
			}
		}
	}
	return false
}

// keyName is a key by its name, for key.Matches.
type keyName string

func (k keyName) String() string { return string(k) }

// Press gives a key to a screen: to its keys, and where text is typed to the field. done is false if it has no use for it.
func Press(s Screen, f Frame, msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	if cmd, done = s.Keys(f).Press(f, msg); done || !s.Typing() {
		return cmd, done
	}
	return s.Update(f, msg), true
}

// ListKeys move the selection of a table; moved is called after each, and may be nil. The help has them in a list of
// their own, and the footer does not have them.
func ListKeys(t *table.Table, moved func(Frame) tea.Cmd) Keys {
	var all Keys
	for _, one := range t.Keys() {
		all = append(all, Key{Unlisted(one.Binding), func(f Frame) tea.Cmd {
			one.Move()
			if moved == nil {
				return nil
			}
			return moved(f)
		}})
	}
	return all
}

// ArrowKeys are those of [ListKeys] that are not text, for while a filter is typed.
func ArrowKeys(t *table.Table) Keys {
	var all Keys
	for _, one := range t.Keys() {
		if name := one.Binding.Keys()[0]; name != "home" && name != "end" { // these move in the field
			all = append(all, Does(key.NewBinding(key.WithKeys(name)), one.Move))
		}
	}
	return all
}

// Backspace leaves a field in which nothing is typed.
var Backspace = key.NewBinding(key.WithKeys("backspace"))

// Unlisted is a binding that neither the footer nor the help shows.
func Unlisted(b key.Binding) key.Binding {
	b.SetHelp("", "")
	return b
}

// KeyTable is the keys of one place, as the page of all keys shows them: the bindings that the place itself uses.
type KeyTable struct {
	Title, Note string
	Bindings    []key.Binding
}
