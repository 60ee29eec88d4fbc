package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/model/settings"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// labForm asks for the settings of a new consumer, by Kafka's names.
type labForm struct {
	fields []labField
	focus  int
}

// labField is the group, or one setting: text, or one of a few choices.
type labField struct {
	name, hint string
	choices    []string // nil is free text
	choice     int
	input      kit.Field
	setting    *settings.Setting // nil is the group
	problem    string            // why the value is not accepted
}

func (l *labField) value() string {
	if l.choices != nil {
		return l.choices[l.choice]
	}
	return strings.TrimSpace(l.input.Value())
}

// lastSettings are those of the consumer of a group that was started last, else the defaults.
func lastSettings(consumers []*model.LabConsumer, group string) model.ConsumerSettings {
	for _, c := range slices.Backward(consumers) {
		if c.Group == group {
			last := c.Settings
			last.InstanceID = "" // two members with one instance id fence each other off
			return last
		}
	}
	return settings.Defaults()
}

func newLabForm(group string, s model.ConsumerSettings) *labForm {
	first := labField{name: "group.id", hint: "the group to join", input: kit.NewField()}
	first.input.Set(group)
	form := &labForm{fields: []labField{first}}
	for _, setting := range settings.All() {
		f := labField{name: setting.Name, hint: setting.Hint(), choices: setting.Choices, setting: &setting, input: kit.NewField()}
		f.choice = max(0, slices.Index(f.choices, setting.Get(s)))
		f.input.Set(setting.Get(s))
		form.fields = append(form.fields, f)
	}
	return form
}

// store puts the field's value into the settings.
func (l *labField) store(in *model.ConsumerSettings) error {
	value := l.value()
	if l.setting == nil {
		if value == "" {
			return errors.New("a group needs a name")
		}
		return nil
	}
	if l.setting.Kind == settings.Milliseconds || l.setting.Kind == settings.Fraction {
		if d, err := time.ParseDuration(value); err == nil { // 2s for 2000
			value = strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64)
		}
	}
	err := l.setting.Set(in, value)
	var refused *settings.Error
	if errors.As(err, &refused) {
		return errors.New("accepted: " + refused.Accepted)
	}
	return err
}

// The keys of the form; characters are typed into the field that has the focus.
var (
	formStart        = key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "start the consumer"))
	formCancel       = key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "cancel"))
	formNext         = key.NewBinding(key.WithKeys("down", "tab"), key.WithHelp("↓ tab", "next setting"))
	formBefore       = key.NewBinding(key.WithKeys("up", "shift+tab"), key.WithHelp("↑", "previous setting"))
	formChoose       = key.NewBinding(key.WithKeys("right", "space"), key.WithHelp("← →", "choose"))
	formChooseBefore = key.NewBinding(key.WithKeys("left"))

	formBindings = []key.Binding{formStart, formNext, formBefore, formChoose, formChooseBefore, formCancel}
)

// keys start the consumer, go through the fields and through the choices of one, and close the form.
func (l *labForm) keys(start func(model.LabAction) tea.Cmd, cancel func()) kit.Keys {
	focus := func(step int) func() {
		return func() { l.focus = (l.focus + step + len(l.fields)) % len(l.fields) }
	}
	all := kit.Keys{
		{Binding: formStart, Do: func(kit.Frame) tea.Cmd {
			if action := l.action(); action != nil {
				return start(*action)
			}
			return nil
		}},
		kit.Does(formNext, focus(1)), kit.Does(formBefore, focus(-1)),
	}
	choose := func(step int) func() {
		return func() {
			f := &l.fields[l.focus]
			f.choice = (f.choice + step + len(f.choices)) % len(f.choices)
		}
	}
	if l.fields[l.focus].choices != nil {
		all = append(all, kit.Does(formChoose, choose(1)), kit.Does(formChooseBefore, choose(-1)))
	}
	return append(all, kit.Does(formCancel, cancel))
}

// edit takes a key or a paste as text of the field that has the focus.
func (l *labForm) edit(msg tea.Msg) {
	if f := &l.fields[l.focus]; f.choices == nil && f.input.Update(msg) {
		f.problem = ""
	}
}

// action is what the form asks for; nil if a value is wrong, and then the first wrong one has the focus.
func (l *labForm) action() *model.LabAction {
	var chosen model.ConsumerSettings
	wrong := -1
	for i := range l.fields {
		f := &l.fields[i]
		f.problem = ""
		if err := f.store(&chosen); err != nil {
			f.problem = err.Error()
			if wrong < 0 {
				wrong = i
			}
		}
	}
	var refused *settings.Error
	if wrong < 0 && errors.As(settings.Validate(settings.Complete(chosen)), &refused) {
		wrong = slices.IndexFunc(l.fields, func(f labField) bool { return f.name == refused.Name })
		l.fields[wrong].problem = "accepted: " + refused.Accepted
	}
	if wrong >= 0 {
		l.focus = wrong
		return nil
	}
	return &model.LabAction{Kind: model.LabStartConsumer, Group: l.fields[0].value(), Settings: &chosen}
}

func (l *labForm) height() int { return len(l.fields) }

// lines draws the form; where it does not fit, a window of it around the focus.
func (l *labForm) lines(th *theme.Theme, width, height int) []text.Line {
	lines := []text.Line{th.Section(width, true, "NEW CONSUMER", text.S(th.Dim, "enter starts it"))}
	room := max(0, height-1)
	first := max(0, min(l.focus-room/2, len(l.fields)-room))
	for i := first; i < min(len(l.fields), first+room); i++ {
		lines = append(lines, l.line(th, i))
	}
	return lines
}

func (l *labForm) line(th *theme.Theme, i int) text.Line {
	f := &l.fields[i]
	mark, style := "   ", th.Text
	if i == l.focus {
		mark, style = " ▸ ", th.Strong
	}
	value := f.input.Line(th, i == l.focus)
	if f.choices != nil {
		value = text.Of(text.S(style, f.value()))
		if i == l.focus {
			value = text.Of(text.S(th.Info, "◂ "), text.S(style, f.value()), text.S(th.Info, " ▸"))
		}
	}
	line := text.Of(text.S(th.Info, mark), text.S(style, fmt.Sprintf("%-31s", f.name)))
	line = append(append(line, value.Fit(24, text.Left)...), text.Space(2))
	if f.problem != "" {
		return append(line, text.S(th.Bad, "! "+f.problem))
	}
	return append(line, text.S(th.Dim, f.hint))
}
