package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// combiningKept is how many marks may stand on one character; more of them would draw over the lines around it.
const combiningKept = 2

// Clean makes text of the cluster (a group's name, a record's key, an error of a broker) safe to draw: what a terminal
// would obey, or what would hide or reorder text, is shown as an escape instead. Everything else is kept.
//
// Shown as \x1b, \u202e and so on: control characters, invalid UTF-8, characters that turn the direction of writing
// around, characters without a width, blanks that are not the space, unassigned ones, and marks without a character to stand on.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	marks := combiningKept // as if full: a mark at the start would stand on whatever is drawn to the left of the name
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			marks = 0
		case unicode.In(r, unicode.Mn, unicode.Me) && !selector(r) && marks < combiningKept:
			b.WriteRune(r)
			marks++
		case visible(r):
			b.WriteRune(r)
			marks = 0
		default:
			b.WriteString(escaped(r))
			marks = 0
		}
		i += size
	}
	return b.String()
}

// Name is Clean for something that must not look absent: the empty name is "" with its quotes.
func Name(s string) string {
	if s == "" {
		return `""`
	}
	return Clean(s)
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// visible says that a character draws itself, in cells that can be counted.
func visible(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800: // letters and a symbol that draw nothing
		return false
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Mn, unicode.Me) && ansi.StringWidth(string(r)) > 0
}

// selector says that a character only changes how the one before it is drawn; terminals disagree about the width of both.
func selector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// Highlight splits clean text into spans so that every part that matches needle, whatever its case, has the style hit.
func Highlight(s, needle string, base, hit lipgloss.Style) Line {
	from, to := Find(s, needle)
	if from < 0 {
		return Line{S(base, s)}
	}
	line := Line{S(base, s[:from]), S(hit, s[from:to])}
	return append(line, Highlight(s[to:], needle, base, hit)...)
}

// Find returns where needle is in s, whatever its case, in bytes; -1 and -1 if it is not, or is empty.
func Find(s, needle string) (from, to int) {
	if needle == "" {
		return -1, -1
	}
	for i := range s {
		if n := foldedPrefix(s[i:], needle); n > 0 {
			return i, i + n
		}
	}
	return -1, -1
}

// foldedPrefix is how many bytes of s the needle matches from its start; 0 if it does not.
// It goes rune by rune because a letter's two cases may differ in bytes.
func foldedPrefix(s, needle string) int {
	n := 0
	for _, want := range needle {
		got, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || unicode.ToLower(got) != unicode.ToLower(want) {
			return 0
		}
		n += size
	}
	return n
}
