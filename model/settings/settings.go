// Package settings is the table of a demo consumer's settings: the form, the configuration, scene files, validation,
// explanations and the documentation all follow from it.
package settings

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/nearest"
)

// Kind is what a setting's values are.
type Kind int

// The kinds of settings.
const (
	Choice       Kind = iota // one of Choices
	Text                     // any text; "" is unset
	Number                   // a whole number
	Milliseconds             // a whole number of milliseconds, as in Kafka's own settings
	Fraction                 // a number of milliseconds that need not be whole
)

// Setting is one row of the table.
type Setting struct {
	Name    string // Kafka's, or in its style
	Kind    Kind
	Default string // of demo consumers, as [Setting.Set] takes it; "" is unset
	Min     int64  // of numbers
	Max     int64
	Choices []string
	Help    string // at most 58 characters, which is the room for it in the form
	Zero    string // what 0 stands for where it is no number of its own; "" where it is
	Kafka   string // the default of Apache Kafka's Java consumer, as pages print it; "" where it has none

	// Protocol is the group protocol that the setting takes effect with; "" is both.
	Protocol model.GroupProtocol
	// Demo marks a setting of the demo's consumers alone.
	Demo bool
	// Unique marks a value that two members of a group must not share. It has no place in settings of several consumers.
	Unique bool

	field func(*model.ConsumerSettings) any // a pointer to the value
}

const (
	sessionTimeout = "session.timeout.ms"
	heartbeat      = "heartbeat.interval.ms"

	maxInt32       = math.MaxInt32 // Kafka's own limit for these settings
	maxPollRecords = 100_000       // keeps a slip of the finger from making a consumer that never answers
	maxProcessing  = int64(time.Hour / time.Millisecond)
)

// table is in the order of the form and of the documentation. The defaults are chosen so that what happens can be watched,
// and differ from Kafka's only where those would make one wait: a crash is noticed after 6 s, the least that a cluster allows
// by default, a member learns of a rebalance within 2 s, and a consumer that takes more than 0.3 s per record, with enough
// records before it, exceeds max.poll.interval.ms after 15 s.
var table = []Setting{
	{
		Name: "group.protocol", Default: string(model.ProtocolClassic), Kafka: "classic",
		Choices: []string{string(model.ProtocolClassic), string(model.ProtocolConsumer)},
		Help:    "consumer: the coordinator assigns, not a member (KIP-848)",
		field:   func(s *model.ConsumerSettings) any { return &s.GroupProtocol },
	},
	{
		Name: sessionTimeout, Kind: Milliseconds, Default: "6000", Min: 3, Max: maxInt32, Kafka: "45s",
		Help:  "a member is removed after this long without a heartbeat",
		field: func(s *model.ConsumerSettings) any { return &s.SessionTimeout },
	},
	{
		Name: heartbeat, Kind: Milliseconds, Default: "0", Max: maxInt32, Kafka: "3s", Zero: "a third of session.timeout.ms",
		Help:  "time between heartbeats, which announce rebalances",
		field: func(s *model.ConsumerSettings) any { return &s.HeartbeatInterval },
	},
	{
		Name: "max.poll.interval.ms", Kind: Milliseconds, Default: "15000", Min: 2, Max: maxInt32, Kafka: "5m",
		Help:  "a member that does not poll for this long leaves its group",
		field: func(s *model.ConsumerSettings) any { return &s.MaxPollInterval },
	},
	{
		Name: "max.poll.records", Kind: Number, Default: "50", Min: 1, Max: maxPollRecords, Kafka: "500",
		Help:  "most records that one poll returns",
		field: func(s *model.ConsumerSettings) any { return &s.MaxPollRecords },
	},
	{
		Name: "fetch.min.bytes", Kind: Number, Default: "1", Min: 1, Max: maxInt32, Kafka: "1",
		Help:  "a broker waits for this many bytes to answer a fetch",
		field: func(s *model.ConsumerSettings) any { return &s.FetchMinBytes },
	},
	{
		Name: "fetch.max.wait.ms", Kind: Milliseconds, Default: "500", Min: 1, Max: maxInt32, Kafka: "500ms",
		Help:  "longest time that a broker waits for fetch.min.bytes",
		field: func(s *model.ConsumerSettings) any { return &s.FetchMaxWait },
	},
	{
		Name: "partition.assignment.strategy", Default: "range", Kafka: "range, cooperative-sticky",
		Choices:  []string{"range", "roundrobin", "sticky", "cooperative-sticky"},
		Help:     "assignor of the classic protocol, the same for all members",
		Protocol: model.ProtocolClassic,
		field:    func(s *model.ConsumerSettings) any { return &s.Assignor },
	},
	{
		Name: "group.remote.assignor", Default: "uniform",
		Choices:  []string{"uniform", "range"},
		Help:     "assignor of the consumer protocol, run by the coordinator",
		Protocol: model.ProtocolConsumer,
		field:    func(s *model.ConsumerSettings) any { return &s.RemoteAssignor },
	},
	{
		Name: "commit.mode", Default: string(model.CommitAuto), Demo: true,
		Choices: []string{string(model.CommitAuto), string(model.CommitSync), string(model.CommitAsync)},
		Help:    "auto: by a timer; sync, async: after each record",
		field:   func(s *model.ConsumerSettings) any { return &s.CommitMode },
	},
	{
		Name: "auto.commit.interval.ms", Kind: Milliseconds, Default: "1000", Min: 1, Max: maxInt32, Kafka: "5s",
		Help:  "time between automatic commits",
		field: func(s *model.ConsumerSettings) any { return &s.AutoCommitInterval },
	},
	{
		Name: "processing.ms", Kind: Fraction, Default: "10", Max: maxProcessing, Demo: true,
		Help:  "time that a demo consumer takes per record",
		field: func(s *model.ConsumerSettings) any { return &s.ProcessingTime },
	},
	{
		Name: "group.instance.id", Kind: Text, Kafka: "unset", Unique: true,
		Help:  "static member: away for a session without a rebalance",
		field: func(s *model.ConsumerSettings) any { return &s.InstanceID },
	},
}

// All are the settings in the order in which they are shown.
func All() []Setting { return slices.Clone(table) }

// Names are the names of all settings.
func Names() []string {
	names := make([]string, len(table))
	for i, s := range table {
		names[i] = s.Name
	}
	return names
}

// Named finds a setting by its name.
func Named(name string) (Setting, bool) {
	i := slices.IndexFunc(table, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return table[i], true
}

// Applies says whether the setting takes effect with the group protocol.
func (s Setting) Applies(protocol model.GroupProtocol) bool {
	return s.Protocol == "" || s.Protocol == protocol
}

// Numeric says that the values are numbers.
func (s Setting) Numeric() bool { return s.Kind >= Number }

// Hint is what somebody who enters a value has to know: what 0 stands for, or else what the setting does.
func (s Setting) Hint() string {
	if s.Zero != "" {
		return "0 is " + s.Zero
	}
	return s.Help
}

// Accepted describes the values that the setting accepts.
func (s Setting) Accepted() string {
	switch s.Kind {
	case Choice:
		return strings.Join(s.Choices, ", ")
	case Text:
		return "a text"
	}
	what := "a number of milliseconds"
	if s.Kind == Number {
		what = "a whole number"
	}
	words := fmt.Sprintf("%s, %d to %d", what, s.Min, s.Max)
	if s.Zero != "" {
		words += "; 0 is " + s.Zero
	}
	return words
}

// Get is the value as [Setting.Set] takes it; "" is unset.
func (s Setting) Get(of model.ConsumerSettings) string {
	switch v := s.field(&of).(type) {
	case *model.GroupProtocol:
		return string(*v)
	case *model.CommitMode:
		return string(*v)
	case *string:
		return *v
	case *int:
		return s.number(float64(*v))
	case *int32:
		return s.number(float64(*v))
	case *time.Duration:
		return s.number(float64(*v) / float64(time.Millisecond))
	}
	panic("no value of " + s.Name)
}

// number prints a number. 0 is unset where it is not accepted.
func (s Setting) number(n float64) string {
	if n == 0 && s.Min > 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// Set parses a value and stores it. The error is an [Error] with what is accepted; then nothing is stored.
func (s Setting) Set(in *model.ConsumerSettings, value string) error {
	refused := &Error{s.Name, strconv.Quote(shorten(value)), s.Accepted() + nearest.DidYouMean(value, s.Choices)}
	var n float64
	switch s.Kind {
	case Choice:
		if !slices.Contains(s.Choices, value) {
			return refused
		}
	case Text:
	case Number, Milliseconds:
		whole, err := strconv.ParseInt(value, 10, 64)
		if err != nil || whole < s.Min || whole > s.Max {
			return refused
		}
		n = float64(whole)
	case Fraction:
		var err error
		n, err = strconv.ParseFloat(value, 64)
		if err != nil || !(n >= float64(s.Min) && n <= float64(s.Max)) { // so written, NaN fails
			return refused
		}
	}
	switch v := s.field(in).(type) {
	case *model.GroupProtocol:
		*v = model.GroupProtocol(value)
	case *model.CommitMode:
		*v = model.CommitMode(value)
	case *string:
		*v = value
	case *int:
		*v = int(n)
	case *int32:
		*v = int32(n)
	case *time.Duration:
		*v = time.Duration(math.Round(n * float64(time.Millisecond)))
	}
	return nil
}

// shorten keeps an error on one line.
func shorten(value string) string {
	const most = 60
	if runes := []rune(value[:min(len(value), 4*most)]); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}

// Error is a value that a setting does not accept.
type Error struct {
	Name     string // of the setting
	Value    string // as an error shows it
	Accepted string // what would be accepted instead
}

func (e *Error) Error() string { return e.Name + " " + e.Problem() }

// Problem is the error without the name of the setting.
func (e *Error) Problem() string { return "is " + e.Value + "; accepted: " + e.Accepted }

// Defaults are the settings of a demo consumer that is started without any.
func Defaults() model.ConsumerSettings {
	var d model.ConsumerSettings
	for _, s := range table {
		if s.Default == "" {
			continue
		}
		if err := s.Set(&d, s.Default); err != nil {
			panic(err) // a mistake in the table, seen by every test
		}
	}
	return d
}

// Complete fills in the defaults of what is unset. A processing time of 0 is full speed and stays.
func Complete(c model.ConsumerSettings) model.ConsumerSettings {
	for _, s := range table {
		if s.Default != "" && s.Get(c) == "" {
			_ = s.Set(&c, s.Default) // it is accepted: see Defaults
		}
	}
	if c.HeartbeatInterval == 0 {
		c.HeartbeatInterval = (c.SessionTimeout / 3).Truncate(time.Millisecond)
	}
	return c
}

// Validate checks settings that are complete. The error is an [Error] about the first value that is not accepted.
func Validate(c model.ConsumerSettings) error {
	for _, s := range table {
		value := s.Get(c)
		if value == "" && s.Default == "" {
			continue
		}
		var parsed model.ConsumerSettings
		if err := s.Set(&parsed, value); err != nil {
			return err
		}
	}
	if c.HeartbeatInterval >= c.SessionTimeout {
		s, _ := Named(heartbeat)
		session := c.SessionTimeout.Milliseconds()
		return &Error{heartbeat, s.Get(c), fmt.Sprintf("0 to %d, below %s (%d); a third of it is usual", session-1, sessionTimeout, session)}
	}
	return nil
}
