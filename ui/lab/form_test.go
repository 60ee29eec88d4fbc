package lab

import (
	"slices"
	"testing"
	"time"

	"regroup/model"
)

func TestFormValues(t *testing.T) {
	for _, c := range []struct {
		value string
		want  time.Duration
		fails bool
		why   string
	}{
		{"200", 200 * time.Millisecond, false, "Kafka's way: milliseconds"},
		{"2s", 2 * time.Second, false, "a time with its unit"},
		{"0", 0, true, "a timeout of nothing"},
		{"-5", 0, true, "a negative one"},
		{"", 0, true, "nothing"},
		{"99999999999999999999", 0, true, "more than there is"},
	} {
		form := newLabForm("g", model.ConsumerSettings{})
		session := &form.fields[slices.IndexFunc(form.fields, func(f labField) bool { return f.name == "session.timeout.ms" })]
		session.input.Set(c.value)
		var got model.ConsumerSettings
		err := session.store(&got)
		if (err != nil) != c.fails || err == nil && got.SessionTimeout != c.want {
			t.Errorf("%q is %v, %v, want %v: %s", c.value, got.SessionTimeout, err, c.want, c.why)
		}
	}
}
