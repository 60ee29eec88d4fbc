package text_test

import (
	"image/color"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"regroup/model"
	"regroup/ui/text"
)

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
		why  string
	}{
		{-time.Second, "0s", "two clocks disagree: never negative"},
		{0, "0s", "nothing"},
		{900 * time.Microsecond, "<1ms", "not nothing"},
		{14 * time.Millisecond, "14ms", "a quick answer"},
		{100 * time.Millisecond, "0.1s", "tenths begin"},
		{2999 * time.Millisecond, "2.9s", "rounded down"},
		{9999 * time.Millisecond, "9.9s", "does not become 10.0s"},
		{48 * time.Second, "48s", ""},
		{59999 * time.Millisecond, "59s", "does not become 60s"},
		{11*time.Minute + 59*time.Second, "11m", ""},
		{47 * time.Hour, "47h", "hours until two days"},
		{6 * 24 * time.Hour, "6d", ""},
		{math.MaxInt64, "106,751d", "the longest there is"},
	} {
		if got := text.Duration(c.d); got != c.want {
			t.Errorf("Duration(%d) = %q, want %q: %s", c.d, got, c.want, c.why)
		}
	}
}

func TestDurationBetween(t *testing.T) {
	for _, c := range []struct {
		low, high time.Duration
		want, why string
	}{
		{3 * time.Second, 3 * time.Second, "3.0s", "exact"},
		{3 * time.Second, 3*time.Second + time.Millisecond, "3.0s", "the same as far as it is shown"},
		{0, time.Second, "≤1.0s", "seen between two polls only"},
		{400 * time.Millisecond, 1400 * time.Millisecond, "0.4–1.4s", "the unit once"},
		{50 * time.Second, 70 * time.Second, "50s–2m", "two units, and the upper one is not less than the truth"},
		{488 * time.Millisecond, 512 * time.Millisecond, "≈0.5s", "within 24 ms"},
		{2990 * time.Millisecond, 3014 * time.Millisecond, "≈3.0s", "the same on both sides of a border"},
		{0, 24 * time.Millisecond, "≤24ms", "not even that it took any time is known"},
		{2101 * time.Millisecond, 2501 * time.Millisecond, "2.1–2.6s", "rounded outwards"},
	} {
		if got := text.DurationBetween(c.low, c.high); got != c.want {
			t.Errorf("DurationBetween(%v, %v) = %q, want %q: %s", c.low, c.high, got, c.want, c.why)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want, why string }{
		{text.Count(0), "0", ""},
		{text.Count(999), "999", "no separator yet"},
		{text.Count(int64(1204)), "1,204", ""},
		{text.Count(-1234567), "-1,234,567", "the sign is no digit"},
		{text.Plural(1, "member"), "1 member", ""},
		{text.Plural(0, "member"), "0 members", ""},
		{text.Lag(model.None[int64](), false), "–", "unknown is not 0"},
		{text.Lag(model.None[int64](), true), "–", "at least nothing says nothing"},
		{text.Lag(model.Some[int64](1204), true), "≥1,204", "a part is unknown"},
		{text.Rate(0), "0/s", ""},
		{text.Rate(0.01), "<0.1/s", "slow is not stopped"},
		{text.Rate(9.96), "10/s", "no 10.0"},
		{text.Rate(1204.4), "1,204/s", ""},
		{text.Rate(math.NaN()), "–", "0 by 0"},
		{text.Name(""), `""`, "an empty name is a name"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q: %s", c.got, c.want, c.why)
		}
	}
}

func TestAgeAndClock(t *testing.T) {
	now := time.Date(2025, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ got, want, why string }{
		{text.Age(now, time.Time{}), "–", "never seen"},
		{text.Age(now, now.Add(time.Second)), "0s", "the future is now"},
		{text.Age(now, now.Add(-2900*time.Millisecond)), "2s", "no tenths: it would flicker"},
		{text.Age(now, now.Add(-3*time.Hour)), "3h", ""},
		{text.Clock(now, now.Add(-time.Minute)), "11:59:00", ""},
		{text.Clock(now, now.Add(-25*time.Hour)), "03 Mar", "another day"},
		{text.Clock(now, time.Time{}), "–", "unknown"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q: %s", c.got, c.want, c.why)
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want, why string }{
		{"payments", "payments", "nothing to do"},
		{"zahlungen-größe", "zahlungen-größe", "letters are letters"},
		{"注文", "注文", "wide letters too"},
		{"e\u0301", "e\u0301", "a mark on its character"},
		{"\x1b[2Jgone", `\x1b[2Jgone`, "an escape is shown"},
		{"a\nb\tc\r", `a\nb\tc\r`, "a name has one line"},
		{"a\u0085b\u009bc", `a\x85b\x9bc`, "C1 controls are controls"},
		{"a\x7f", `a\x7f`, "delete"},
		{"\xff\xfe", `\xff\xfe`, "not UTF-8"},
		{"evil\u202etxt.exe", `evil\u202etxt.exe`, "right-to-left override"},
		{"a\u2066b\u2069", `a\u2066b\u2069`, "isolates"},
		{"a\u200bb", `a\u200bb`, "two names that look the same are told apart"},
		{"a\u00a0b", `a\xa0b`, "a blank that is no space"},
		{"\u0301a", `\u0301a`, "a mark would stand on what is left of the name"},
		{"a\u0301\u0301\u0301", "a\u0301\u0301" + `\u0301`, "stacked marks reach into other lines"},
		{"a\ufe0f", `a\ufe0f`, "width depends on the terminal"},
		{"a\u2028b", `a\u2028b`, "line separator"},
		{"\u3164", `\u3164`, "a letter that draws nothing"},
		{"\U000e0041", `\U000e0041`, "tag characters"},
	} {
		if got := text.Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q: %s", c.in, got, c.want, c.why)
		}
	}
}

func TestCleanIsSafeForEveryString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "runes") {
			raw = rapid.String().Draw(t, "string")
		}
		clean := text.Clean(raw)
		for _, r := range clean {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q has %U", clean, r)
			}
		}
		if ansi.Strip(clean) != clean {
			t.Fatalf("%q holds an escape sequence", clean)
		}
		if text.Clean(clean) != clean {
			t.Fatalf("%q is cleaned again to %q", clean, text.Clean(clean))
		}
	})
}

func TestFitIsExact(t *testing.T) {
	letters := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", " ", "注", "é", "e\u0301", "…", "▇"}))
	rapid.Check(t, func(t *rapid.T) {
		var line text.Line
		for range rapid.IntRange(0, 4).Draw(t, "spans") {
			line = append(line, text.Plain(strings.Join(letters.Draw(t, "text"), "")))
		}
		width := rapid.IntRange(0, 20).Draw(t, "width")
		before := line.String()
		for _, align := range []text.Align{text.Left, text.Right} {
			if got := line.Fit(width, align); got.Width() != width || ansi.StringWidth(got.String()) != width {
				t.Fatalf("%q fitted to %d is %q, %d wide", before, width, got.String(), got.Width())
			}
		}
		cut := line.Truncate(width)
		if cut.Width() > width {
			t.Fatalf("%q cut to %d is %q", before, width, cut.String())
		}
		if line.Width() > width && width > 0 && !strings.HasSuffix(cut.String(), text.Ellipsis) {
			t.Fatalf("%q cut to %d is %q: nobody sees that it was cut", before, width, cut.String())
		}
		if line.String() != before {
			t.Fatalf("fitting changed the line from %q to %q", before, line.String())
		}
	})
}

func TestBetween(t *testing.T) {
	line := func(s string) text.Line { return text.Of(text.Plain(s)) }
	for _, c := range []struct {
		left, right string
		width       int
		want, why   string
	}{
		{"ab", "yz", 8, "ab    yz", "both fit"},
		{"abcdef", "yz", 8, "abcd… yz", "left gives way"},
		{"abcdefgh", "uvwxyz", 8, "abc… uv…", "but not more than half"},
		{"a", "uvwxyz", 4, "a u…", "a short left leaves the rest"},
		{"abc", "xyz", 0, "", "no room at all"},
	} {
		if got := text.Between(line(c.left), line(c.right), c.width).String(); got != c.want {
			t.Errorf("Between(%q, %q, %d) = %q, want %q: %s", c.left, c.right, c.width, got, c.want, c.why)
		}
	}
}

func TestHighlight(t *testing.T) {
	hit := lipgloss.NewStyle().Bold(true)
	for _, c := range []struct{ s, needle, want, why string }{
		{"payments", "pay", "[pay]ments", ""},
		{"Payments-PAY", "pay", "[Pay]ments-[PAY]", "every part, whatever the case"},
		{"payments", "", "payments", "no filter"},
		{"payments", "x", "payments", "no match"},
		{"İx", "x", "İ[x]", "a letter whose cases differ in bytes before the match"},
	} {
		got := ""
		for _, s := range text.Highlight(c.s, c.needle, lipgloss.NewStyle(), hit) {
			if (text.Of(s).Render(nil)) != s.Text {
				got += "[" + s.Text + "]"
			} else {
				got += s.Text
			}
		}
		if got != c.want {
			t.Errorf("Highlight(%q, %q) = %s, want %s: %s", c.s, c.needle, got, c.want, c.why)
		}
	}
}

func TestRender(t *testing.T) {
	red := lipgloss.NewStyle().Foreground(lipgloss.Color("#ff0000")).Bold(true)
	chip := lipgloss.NewStyle().Background(lipgloss.Color("4"))
	row := color.RGBA{R: 1, G: 2, B: 3, A: 255}
	for _, c := range []struct {
		line       text.Line
		background color.Color
		want, why  string
	}{
		{text.Of(text.Plain("a")), nil, "a", "no style, no escape"},
		{text.Of(text.S(red, "a"), text.S(red, "b")), nil, "\x1b[0;1;38;2;255;0;0mab\x1b[m", "a style is set once"},
		{text.Of(text.Plain("a"), text.S(red, "b")), row, "\x1b[0;48;2;1;2;3ma\x1b[0;1;38;2;255;0;0;48;2;1;2;3mb\x1b[m", "every span stands on the row's background"},
		{text.Of(text.S(chip, "A")), row, "\x1b[0;44mA\x1b[m", "a span's own background wins"},
		{text.Of(text.S(red, "")), row, "", "nothing to draw"},
	} {
		if got := c.line.Render(c.background); got != c.want {
			t.Errorf("got %q, want %q: %s", got, c.want, c.why)
		}
	}
}
