package lab

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"regroup/model"
)

// Settings are some of a consumer's settings, by Kafka's names, with values as a Kafka client takes them:
// "session.timeout.ms": "6000". [SettingNames] are the names that there are.
type Settings map[string]string

// setting is one setting that a scene can give.
type setting struct {
	name   string
	number bool
	set    func(s *model.ConsumerSettings, value string) error
	// get is the value as set takes it; "" is none, and leaves the default.
	get func(s model.ConsumerSettings) string
}

// settings are in the order in which they are written and applied.
var settings = []setting{
	word("group.protocol", func(s *model.ConsumerSettings) *model.GroupProtocol { return &s.GroupProtocol }),
	milliseconds("session.timeout.ms", func(s *model.ConsumerSettings) *time.Duration { return &s.SessionTimeout }),
	milliseconds("heartbeat.interval.ms", func(s *model.ConsumerSettings) *time.Duration { return &s.HeartbeatInterval }),
	milliseconds("max.poll.interval.ms", func(s *model.ConsumerSettings) *time.Duration { return &s.MaxPollInterval }),
	number("max.poll.records", func(s *model.ConsumerSettings) *int { return &s.MaxPollRecords }),
	number("fetch.min.bytes", func(s *model.ConsumerSettings) *int32 { return &s.FetchMinBytes }),
	milliseconds("fetch.max.wait.ms", func(s *model.ConsumerSettings) *time.Duration { return &s.FetchMaxWait }),
	word("commit.mode", func(s *model.ConsumerSettings) *model.CommitMode { return &s.CommitMode }),
	milliseconds("auto.commit.interval.ms", func(s *model.ConsumerSettings) *time.Duration { return &s.AutoCommitInterval }),
	assignor("partition.assignment.strategy", model.ProtocolClassic),
	assignor("group.remote.assignor", model.ProtocolConsumer),
	word("group.instance.id", func(s *model.ConsumerSettings) *string { return &s.InstanceID }),
	{name: "processing.ms", number: true, set: setProcessing, get: getProcessing},
}

// canonical is the value as it is written: 6000 for +6000.
func (s setting) canonical(value string) (string, error) {
	var alone model.ConsumerSettings
	if s.name == "group.remote.assignor" {
		alone.GroupProtocol = model.ProtocolConsumer // else it is not looked at
	}
	if err := s.set(&alone, value); err != nil {
		return "", err
	}
	return s.get(alone), nil
}

// SettingNames are the settings that a scene can give its consumers: Kafka's own, and commit.mode and processing.ms.
func SettingNames() []string {
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.name
	}
	return names
}

// SettingsOf are the settings in a scene's words. What is left at zero, and so at its default, is not among them, but for
// the processing time, where zero is full speed.
func SettingsOf(s model.ConsumerSettings) Settings {
	out := Settings{}
	for _, setting := range settings {
		if value := setting.get(s); value != "" {
			out[setting.name] = value
		}
	}
	return out
}

// Consumer are a consumer's settings in full: the defaults where nothing is said. The error names the setting.
func (s Settings) Consumer() (model.ConsumerSettings, error) {
	full := DefaultSettings()
	if s["group.protocol"] == string(model.ProtocolConsumer) {
		full.Assignor = "" // the default is one of the classic protocol: here the group's own choice is
	}
	for name := range s {
		if !slices.ContainsFunc(settings, func(known setting) bool { return known.name == name }) {
			return full, fmt.Errorf("there is no setting %q; there are %s", name, strings.Join(SettingNames(), ", "))
		}
	}
	for _, setting := range settings {
		value, given := s[setting.name]
		if !given {
			continue
		}
		if err := setting.set(&full, value); err != nil {
			return full, fmt.Errorf("%s %w", setting.name, err)
		}
	}
	full = withDefaults(full)
	return full, validateSettings(full)
}

// With are the settings with others over them.
func (s Settings) With(over Settings) Settings {
	out := Settings{}
	maps.Copy(out, s)
	maps.Copy(out, over)
	return out
}

// milliseconds is a setting that Kafka measures in whole milliseconds.
func milliseconds(name string, field func(*model.ConsumerSettings) *time.Duration) setting {
	return setting{
		name: name, number: true,
		set: func(s *model.ConsumerSettings, value string) error {
			n, err := wholeNumber(value)
			if err != nil {
				return fmt.Errorf("is %q; accepted is a number of milliseconds, 1 to %d", value, math.MaxInt32)
			}
			*field(s) = time.Duration(n) * time.Millisecond
			return nil
		},
		get: func(s model.ConsumerSettings) string { return wholeOrNone(field(&s).Milliseconds()) },
	}
}

func number[N int | int32](name string, field func(*model.ConsumerSettings) *N) setting {
	return setting{
		name: name, number: true,
		set: func(s *model.ConsumerSettings, value string) error {
			n, err := wholeNumber(value)
			if err != nil {
				return fmt.Errorf("is %q; accepted is a whole number, 1 to %d", value, math.MaxInt32)
			}
			*field(s) = N(n)
			return nil
		},
		get: func(s model.ConsumerSettings) string { return wholeOrNone(int64(*field(&s))) },
	}
}

// wholeNumber reads what a Kafka setting can be. 0 is not: it would be taken for a setting that is not given.
func wholeNumber(value string) (int32, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err == nil && n < 1 {
		err = strconv.ErrRange
	}
	return int32(n), err
}

func wholeOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// word is a setting that is a text.
func word[S ~string](name string, field func(*model.ConsumerSettings) *S) setting {
	return setting{
		name: name,
		set: func(s *model.ConsumerSettings, value string) error {
			if value == "" {
				return fmt.Errorf("is empty; leave it out instead")
			}
			*field(s) = S(value)
			return nil
		},
		get: func(s model.ConsumerSettings) string { return string(*field(&s)) },
	}
}

// assignor is the setting of the assignor where the group protocol is this one; with the other it is not looked at, so that
// a scene can have groups of both.
func assignor(name string, protocol model.GroupProtocol) setting {
	whole := word(name, func(s *model.ConsumerSettings) *string { return &s.Assignor })
	is := func(s model.ConsumerSettings) bool {
		return orDefault(s.GroupProtocol, model.ProtocolClassic) == protocol
	}
	return setting{
		name: name,
		set: func(s *model.ConsumerSettings, value string) error {
			if !is(*s) {
				return nil
			}
			return whole.set(s, value)
		},
		get: func(s model.ConsumerSettings) string {
			if !is(s) {
				return ""
			}
			return whole.get(s)
		},
	}
}

func setProcessing(s *model.ConsumerSettings, value string) error {
	d, err := parseProcessing(value)
	s.ProcessingTime = d
	return err
}

func getProcessing(s model.ConsumerSettings) string { return printProcessing(s.ProcessingTime) }

// parseProcessing reads milliseconds, which need not be whole.
func parseProcessing(value string) (time.Duration, error) {
	ms, err := strconv.ParseFloat(value, 64)
	if most := float64(maxProcessingTime / time.Millisecond); err != nil || !(ms >= 0 && ms <= most) { // so written, NaN fails
		return 0, fmt.Errorf("is %q; accepted is a number of milliseconds, 0 to %g", value, most)
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond))), nil
}

func printProcessing(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64)
}
