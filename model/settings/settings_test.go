package settings_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"regroup/model"
	"regroup/model/settings"
)

func TestDefaultsAreAccepted(t *testing.T) {
	defaults := settings.Defaults()
	for _, s := range settings.All() {
		if got := s.Get(defaults); got != s.Default {
			t.Errorf("%s is %q by default, and Get says %q", s.Name, s.Default, got)
		}
		if s.Help == "" || len(s.Help) > 58 || strings.HasSuffix(s.Help, ".") {
			t.Errorf("%s has the help %q", s.Name, s.Help)
		}
	}
	complete := settings.Complete(model.ConsumerSettings{})
	if err := settings.Validate(complete); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	if complete.ProcessingTime != 0 {
		t.Errorf("full speed became a processing time of %s", complete.ProcessingTime)
	}
	if s := settings.Complete(model.ConsumerSettings{SessionTimeout: 9 * time.Second}); s.HeartbeatInterval != 3*time.Second {
		t.Errorf("a heartbeat interval of %s belongs to a session timeout of 9s, wanted a third", s.HeartbeatInterval)
	}
}

func TestValidateNamesTheSetting(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*model.ConsumerSettings)
	}{
		{"group.protocol", func(s *model.ConsumerSettings) { s.GroupProtocol = "streams" }},
		{"session.timeout.ms", func(s *model.ConsumerSettings) { s.SessionTimeout = -1 }},
		{"session.timeout.ms", func(s *model.ConsumerSettings) { s.SessionTimeout = 1000 * time.Hour }},
		{"heartbeat.interval.ms", func(s *model.ConsumerSettings) { s.HeartbeatInterval = s.SessionTimeout }},
		{"max.poll.interval.ms", func(s *model.ConsumerSettings) { s.MaxPollInterval = time.Nanosecond }},
		{"max.poll.records", func(s *model.ConsumerSettings) { s.MaxPollRecords = -1 }},
		{"max.poll.records", func(s *model.ConsumerSettings) { s.MaxPollRecords = 100_001 }},
		{"fetch.min.bytes", func(s *model.ConsumerSettings) { s.FetchMinBytes = -1 }},
		{"fetch.max.wait.ms", func(s *model.ConsumerSettings) { s.FetchMaxWait = -time.Second }},
		{"auto.commit.interval.ms", func(s *model.ConsumerSettings) { s.AutoCommitInterval = time.Microsecond }},
		{"commit.mode", func(s *model.ConsumerSettings) { s.CommitMode = "never" }},
		{"partition.assignment.strategy", func(s *model.ConsumerSettings) { s.Assignor = "best" }},
		{"group.remote.assignor", func(s *model.ConsumerSettings) { s.RemoteAssignor = "sticky" }},
		{"processing.ms", func(s *model.ConsumerSettings) { s.ProcessingTime = 2 * time.Hour }},
	} {
		s := settings.Complete(settings.Defaults())
		test.change(&s)
		var refused *settings.Error
		if err := settings.Validate(s); !errors.As(err, &refused) || refused.Name != test.name {
			t.Errorf("%+v gave %v, wanted it to name %s", s, err, test.name)
		}
	}
}

func TestValuesAreParsed(t *testing.T) {
	for _, test := range []struct{ name, value, stored, says string }{
		{"session.timeout.ms", "+6000", "6000", ""},
		{"session.timeout.ms", "6s", "", `is "6s"; accepted: a number of milliseconds, 3 to 2147483647`},
		{"session.timeout.ms", "1.5", "", "accepted: a number of milliseconds"},
		{"session.timeout.ms", "0", "", "accepted: "},
		{"session.timeout.ms", "99999999999999999999", "", "accepted: "},
		{"heartbeat.interval.ms", "0", "0", ""},
		{"heartbeat.interval.ms", "x", "", "0 is a third of session.timeout.ms"},
		{"max.poll.records", "", "", `is ""; accepted: a whole number, 1 to 100000`},
		{"partition.assignment.strategy", "stiky", "", `accepted: range, roundrobin, sticky, cooperative-sticky; did you mean "sticky"?`},
		{"processing.ms", "0.5", "0.5", ""},
		{"processing.ms", "NaN", "", "accepted: a number of milliseconds, 0 to 3600000"},
		{"group.instance.id", "pay-1", "pay-1", ""},
		{"group.protocol", "a\x1b\n" + strings.Repeat("b", 500), "", `\x1b\n`},
	} {
		s, known := settings.Named(test.name)
		if !known {
			t.Fatalf("there is no %s", test.name)
		}
		var in model.ConsumerSettings
		err := s.Set(&in, test.value)
		if test.says == "" {
			if err != nil || s.Get(in) != test.stored {
				t.Errorf("%s: %q is stored as %q (%v), want %q", test.name, test.value, s.Get(in), err, test.stored)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.says) || len(err.Error()) > 300 {
			t.Errorf("%s: %q gives %v, want in it %s", test.name, test.value, err, test.says)
		}
		if in != (model.ConsumerSettings{}) {
			t.Errorf("%s: %q was refused, and %+v stored", test.name, test.value, in)
		}
	}
	if _, known := settings.Named("session.timeout"); known {
		t.Error("a setting that does not exist was found")
	}
}

// Every value that can be stored is read again as it was.
func TestValuesAreReadAsTheyArePrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := settings.Complete(model.ConsumerSettings{
			SessionTimeout: time.Duration(rapid.IntRange(5000, 90_000).Draw(t, "session")) * time.Millisecond,
			MaxPollRecords: rapid.IntRange(1, 100_000).Draw(t, "records"),
			ProcessingTime: time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "processing")),
			InstanceID:     rapid.String().Draw(t, "instance"),
		})
		var out model.ConsumerSettings
		for _, s := range settings.All() {
			if value := s.Get(in); value != "" {
				if err := s.Set(&out, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		if out != in {
			t.Errorf("%+v was read as %+v", in, out)
		}
	})
}
