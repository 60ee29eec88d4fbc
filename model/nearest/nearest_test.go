package nearest

import (
	"strings"
	"testing"
	"testing/quick"
)

func TestDidYouMean(t *testing.T) {
	names := []string{"session.timeout.ms", "max.poll.records", "max.poll.interval.ms", "rate", "Keys", "rate"}
	for _, c := range []struct{ typed, want, why string }{
		{"sesion.timeout.ms", `; did you mean "session.timeout.ms"?`, "a letter is missing"},
		{"arte", `; did you mean "rate"?`, "two letters changed places, and two things have the name"},
		{"session.timeout", `; did you mean "session.timeout.ms"?`, "the beginning"},
		{"max.poll", `; did you mean "max.poll.records" or "max.poll.interval.ms"?`, "the beginning of two"},
		{"keys", `; did you mean "Keys"?`, "another case"},
		{"zookeeper", "", "nothing is near"},
		{strings.Repeat("session.timeout.ms", 100), "", "too long to be a name"},
	} {
		if got := DidYouMean(c.typed, names); got != c.want {
			t.Errorf("%.40q gives %q, want %q: %s", c.typed, got, c.want, c.why)
		}
	}
	if got := DidYouMean("a", []string{strings.Repeat("a", longest+1), "b"}); got != `; did you mean "b"?` {
		t.Errorf("a candidate that is too long to be looked at gives %q", got)
	}
	if got := DidYouMean("a\x1b", []string{"a\x1b["}); strings.ContainsRune(got, '\x1b') {
		t.Errorf("a control character is in %q", got)
	}
}

// A distance is the same both ways, none to itself, and at most the longer one's length.
func TestDistance(t *testing.T) {
	err := quick.Check(func(a, b string) bool {
		d := Distance(a, b)
		return d == Distance(b, a) && (d == 0) == (a == b) && d <= max(len([]rune(a)), len([]rune(b)))
	}, nil)
	if err != nil {
		t.Error(err)
	}
}
