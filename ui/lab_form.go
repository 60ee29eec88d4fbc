package ui

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
	"regroup/ui/text"
	"regroup/ui/theme"
)

// labForm asks for the settings of a new consumer, by Kafka's names.
type labForm struct {
	fields []labField
	focus  int
}

// labField is one setting: text, or one of a few choices.
type labField struct {
	name, hint string
	choices    []string // nil is free text
	choice     int
	input      field
	read       func(s *model.ConsumerSettings, value string) error // nil is the group
	problem    string                                              // what is wrong with the value, in words
}

func (l *labField) value() string {
	if l.choices != nil {
		return l.choices[l.choice]
	}
	return strings.TrimSpace(l.input.value())
}

// lastSettings are those of the consumer of a group that was started last, else Kafka's own defaults.
func lastSettings(consumers []*model.LabConsumer, group string) model.ConsumerSettings {
	for _, c := range slices.Backward(consumers) {
		if c.Group == group {
			settings := c.Settings
			settings.InstanceID = "" // two members with one instance id fence each other off
			return settings
		}
	}
	return model.ConsumerSettings{
		GroupProtocol: model.ProtocolClassic, SessionTimeout: 45 * time.Second, HeartbeatInterval: 3 * time.Second, MaxPollInterval: 5 * time.Minute, MaxPollRecords: 500,
		FetchMinBytes: 1, FetchMaxWait: 500 * time.Millisecond, AutoCommitInterval: 5 * time.Second, Assignor: "range", CommitMode: model.CommitAuto,
	}
}

func newLabForm(group string, s model.ConsumerSettings) *labForm {
	millis := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	heartbeat := ""
	if s.HeartbeatInterval > 0 {
		heartbeat = millis(s.HeartbeatInterval)
	}
	written := func(name, hint, value string, read func(*model.ConsumerSettings, string) error) labField {
		f := labField{name: name, hint: hint, input: newField(), read: read}
		f.input.set(value)
		return f
	}
	chosen := func(name, hint, value string, choices []string, read func(*model.ConsumerSettings, string) error) labField {
		return labField{name: name, hint: hint, choices: choices, choice: max(0, slices.Index(choices, value)), read: read}
	}
	return &labForm{fields: []labField{
		written("group.id", "the group to join", group, nil),
		chosen("group.protocol", "consumer: the broker assigns (KIP-848)", string(s.GroupProtocol),
			[]string{string(model.ProtocolClassic), string(model.ProtocolConsumer)},
			func(s *model.ConsumerSettings, v string) error { s.GroupProtocol = model.GroupProtocol(v); return nil }),
		written("session.timeout.ms", "without a heartbeat for so long it is expelled", millis(s.SessionTimeout),
			duration(1, func(s *model.ConsumerSettings, d time.Duration) { s.SessionTimeout = d })),
		written("heartbeat.interval.ms", "empty is a third of the session timeout", heartbeat,
			func(s *model.ConsumerSettings, v string) error {
				if v == "" {
					s.HeartbeatInterval = 0
					return nil
				}
				return duration(1, func(s *model.ConsumerSettings, d time.Duration) { s.HeartbeatInterval = d })(s, v)
			}),
		written("max.poll.interval.ms", "processing longer than that leaves the group", millis(s.MaxPollInterval),
			duration(1, func(s *model.ConsumerSettings, d time.Duration) { s.MaxPollInterval = d })),
		written("max.poll.records", "records of one poll", strconv.Itoa(s.MaxPollRecords),
			number(1, func(s *model.ConsumerSettings, n int) { s.MaxPollRecords = n })),
		written("fetch.min.bytes", "the broker waits for so much", strconv.Itoa(int(s.FetchMinBytes)),
			number(1, func(s *model.ConsumerSettings, n int) { s.FetchMinBytes = int32(n) })),
		written("fetch.max.wait.ms", "but no longer than that", millis(s.FetchMaxWait),
			duration(0, func(s *model.ConsumerSettings, d time.Duration) { s.FetchMaxWait = d })),
		chosen("partition.assignment.strategy", "group.remote.assignor of protocol consumer", s.Assignor,
			[]string{"range", "uniform", "roundrobin", "sticky", "cooperative-sticky"}, readAssignor),
		chosen("commit mode", "by a timer, before the next record, or without waiting", string(s.CommitMode),
			[]string{string(model.CommitAuto), string(model.CommitSync), string(model.CommitAsync)},
			func(s *model.ConsumerSettings, v string) error { s.CommitMode = model.CommitMode(v); return nil }),
		written("auto.commit.interval.ms", "the timer of auto", millis(s.AutoCommitInterval),
			duration(1, func(s *model.ConsumerSettings, d time.Duration) { s.AutoCommitInterval = d })),
		written("processing time, ms", "that each record takes", millis(s.ProcessingTime),
			duration(0, func(s *model.ConsumerSettings, d time.Duration) { s.ProcessingTime = d })),
		written("group.instance.id", "empty is a dynamic member", s.InstanceID,
			func(s *model.ConsumerSettings, v string) error { s.InstanceID = v; return nil }),
	}}
}

// readAssignor takes the assignors that there are with the group protocol, which is read before it.
func readAssignor(s *model.ConsumerSettings, value string) error {
	s.Assignor = value
	switch consumer := s.GroupProtocol == model.ProtocolConsumer; {
	case consumer && value != "uniform" && value != "range":
		return errors.New("with group.protocol consumer: uniform or range")
	case !consumer && value == "uniform":
		return errors.New("only with group.protocol consumer")
	}
	return nil
}

// duration reads milliseconds, or a number with its unit: 200, 200ms, 2s.
func duration(least int64, set func(*model.ConsumerSettings, time.Duration)) func(*model.ConsumerSettings, string) error {
	return func(s *model.ConsumerSettings, value string) error {
		d, err := time.ParseDuration(value)
		if n, plain := strconv.ParseInt(value, 10, 32); plain == nil {
			d, err = time.Duration(n)*time.Millisecond, nil
		}
		if err != nil {
			return errors.New("not milliseconds, nor a time such as 2s")
		}
		if d.Milliseconds() < least {
			return fmt.Errorf("at least %d", least)
		}
		set(s, d)
		return nil
	}
}

func number(least int, set func(*model.ConsumerSettings, int)) func(*model.ConsumerSettings, string) error {
	return func(s *model.ConsumerSettings, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			return errors.New("not a whole number")
		}
		if n < int64(least) {
			return fmt.Errorf("at least %d", least)
		}
		set(s, int(n))
		return nil
	}
}

// The keys of the form; characters are typed into the field that has the focus.
var (
	formStart  = key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "start the consumer"))
	formCancel = key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "cancel"))
	formNext   = key.NewBinding(key.WithKeys("down", "tab"), key.WithHelp("↓ tab", "next setting"))
	formBefore = key.NewBinding(key.WithKeys("up", "shift+tab"), key.WithHelp("↑", "setting before"))
	formChoose = key.NewBinding(key.WithKeys("left", "right", "space"), key.WithHelp("← →", "choose"))
)

func formBindings() []key.Binding {
	return []key.Binding{formStart, formNext, formBefore, formChoose, formCancel}
}

// update takes in a key; closed says that the form is done with, action what it asks for, if anything.
func (l *labForm) update(msg tea.Msg) (action *model.LabAction, closed bool) {
	current := &l.fields[l.focus]
	k, isKey := msg.(tea.KeyPressMsg)
	switch {
	case isKey && key.Matches(k, formCancel):
		return nil, true
	case isKey && key.Matches(k, formStart):
		action = l.action()
		return action, action != nil
	case isKey && key.Matches(k, formNext):
		l.focus = (l.focus + 1) % len(l.fields)
	case isKey && key.Matches(k, formBefore):
		l.focus = (l.focus + len(l.fields) - 1) % len(l.fields)
	case current.choices != nil:
		if isKey && key.Matches(k, formChoose) {
			step := 1
			if k.String() == "left" {
				step = len(current.choices) - 1
			}
			current.choice = (current.choice + step) % len(current.choices)
		}
	default:
		if current.input.update(msg) {
			current.problem = ""
		}
	}
	return nil, false
}

// action is what the form asks for; nil if a value is wrong, and then the first wrong one has the focus.
func (l *labForm) action() *model.LabAction {
	settings := &model.ConsumerSettings{}
	wrong := -1
	for i := range l.fields {
		f := &l.fields[i]
		f.problem = ""
		var err error
		if f.read != nil {
			err = f.read(settings, f.value())
		} else if f.value() == "" {
			err = errors.New("a group needs a name")
		}
		if err != nil {
			f.problem = err.Error()
			if wrong < 0 {
				wrong = i
			}
		}
	}
	if wrong < 0 && settings.HeartbeatInterval >= settings.SessionTimeout {
		wrong = slices.IndexFunc(l.fields, func(f labField) bool { return f.name == "heartbeat.interval.ms" })
		l.fields[wrong].problem = "must be less than session.timeout.ms"
	}
	if wrong >= 0 {
		l.focus = wrong
		return nil
	}
	return &model.LabAction{Kind: model.LabStartConsumer, Group: l.fields[0].value(), Settings: settings}
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
	value := f.input.line(th, i == l.focus)
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
