package kit

import "charm.land/bubbles/v2/key"

// KeyName is a key by its name, for key.Matches.
type KeyName string

func (k KeyName) String() string { return string(k) }

// WithoutKeys leaves out the bindings of which another has a key.
func WithoutKeys(bindings, taken []key.Binding) []key.Binding {
	var out []key.Binding
	for _, b := range bindings {
		free := true
		for _, k := range b.Keys() {
			free = free && !key.Matches(KeyName(k), taken...)
		}
		if free {
			out = append(out, b)
		}
	}
	return out
}

// KeyTable is the keys of one place, as the page of all keys shows them: the bindings that the place itself uses.
type KeyTable struct {
	Title, Note string
	Bindings    []key.Binding
}
