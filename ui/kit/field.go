package kit

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/text"
	"regroup/ui/theme"
)

// fieldLimit is the longest text that a field takes, in characters. Kafka does not limit a group's name; screens do.
const fieldLimit = 256

// Field is one line that the user types: the filter of a list, a command.
type Field struct{ input textinput.Model }

// NewField is an empty field.
func NewField() Field {
	input := textinput.New()
	input.CharLimit = fieldLimit
	input.KeyMap.Paste.SetEnabled(false) // it would read the clipboard of the machine regroup runs on; the terminal pastes as tea.PasteMsg
	input.Focus()
	return Field{input: input}
}

// Update edits the text; true if it changed.
func (f *Field) Update(msg tea.Msg) bool {
	before := f.input.Value()
	f.input, _ = f.input.Update(msg) // its commands blink a cursor that is not drawn
	return f.input.Value() != before
}

// Value is the text.
func (f *Field) Value() string { return f.input.Value() }

// Set puts a text there, as if it had been typed.
func (f *Field) Set(s string) {
	f.input.SetValue(s)
	f.input.CursorEnd()
}

// Line is the text with a bar where the next character goes, while the field is being typed in.
func (f *Field) Line(t *theme.Theme, typing bool) text.Line {
	value := []rune(f.input.Value())
	if !typing {
		return text.Of(text.S(t.Strong, text.Clean(string(value))))
	}
	at := min(f.input.Position(), len(value))
	return text.Of(
		text.S(t.Strong, text.Clean(string(value[:at]))), text.S(t.Info, "▏"), text.S(t.Strong, text.Clean(string(value[at:]))),
	)
}
