package phrase

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Problems tell of each broker that does not answer and of each error of the newest poll, wrapped to a width.
func Problems(t *theme.Theme, v *model.View, width int) []text.Line {
	var lines []text.Line
	for _, b := range v.Brokers {
		if b.Answered {
			continue
		}
		words := b.Problem
		if words == "" {
			words = "no answer"
		}
		if !b.LastSeen.IsZero() {
			words += ", last answered " + b.LastSeen.Local().Format("15:04:05")
		}
		lines = append(lines, Wrapped(t, fmt.Sprintf("broker %d, %s: %s", b.ID, b.Address, words), width)...)
	}
	for _, e := range v.Errs {
		lines = append(lines, Wrapped(t, e.Error(), width)...)
	}
	return lines
}

// TailProblem is why the generations are counted, in full; "" if nobody wanted more, or they are not.
func TailProblem(s *model.TailStatus, generationsExact bool) string {
	why, _ := Tail(s)
	if generationsExact || why == "" || s.State == model.TailOff && s.Reason == "" {
		return ""
	}
	words := "generations are counted: " + why
	if s.Reason != "" {
		words += ": " + s.Reason
	}
	if n := len(s.Lost); n > 0 && s.State == model.TailOn {
		words += fmt.Sprintf("; nothing is known of the groups in partitions %v", s.Lost)
	}
	if s.Undecodable > 0 {
		words += fmt.Sprintf("; %d records broke their schema", s.Undecodable)
	}
	return words
}

// Wrapped is a sentence over as many lines as it takes, with a sign before the first.
func Wrapped(t *theme.Theme, words string, width int) []text.Line {
	var lines []text.Line
	for i, part := range strings.Split(ansi.Wrap(text.Clean(words), max(10, width-2), "/:,"), "\n") {
		sign := text.Space(2)
		if i == 0 {
			sign = text.S(t.Bad, "! ")
		}
		lines = append(lines, text.Of(sign, text.S(t.Text, part)))
	}
	return lines
}

// Tail is why __consumer_offsets does not tell the generations, and the same in a word or two; "" where there is
// nothing to say.
func Tail(s *model.TailStatus) (why, short string) {
	switch s.State {
	case model.TailStarting:
		return "__consumer_offsets is being opened", "opening"
	case model.TailRefused:
		return "READ on __consumer_offsets refused", "READ refused"
	case model.TailTooBusy:
		return "__consumer_offsets is too busy", "too busy"
	case model.TailFailed:
		return "__consumer_offsets cannot be read", "unreadable"
	case model.TailAbsent:
		return "no __consumer_offsets yet", "none yet"
	case model.TailOn:
		if n := len(s.Lost); n > 0 {
			return fmt.Sprintf("%s of __consumer_offsets without a leader", text.Plural(n, "partition")), fmt.Sprintf("%d unread", n)
		}
		return "", ""
	}
	return "__consumer_offsets is not read", "tail off"
}
