package phrase

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Problems lists the brokers that do not answer and the errors of the newest poll, wrapped to a width.
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

// TailProblem is why generations are counted, for the list of errors; "" if they are exact or the tail was not requested.
func TailProblem(s *model.TailStatus, generationsExact bool) string {
	state := Tail(s)
	if generationsExact || state == "" || s.State == model.TailOff && s.Reason == "" {
		return ""
	}
	words := "offsets topic: " + state
	if s.Reason != "" {
		words += ": " + s.Reason
	}
	words += " (generations counted)"
	if n := len(s.Lost); n > 0 && s.State == model.TailOn {
		words += fmt.Sprintf("; the groups in partitions %v are unknown", s.Lost)
	}
	if s.Undecodable > 0 {
		words += fmt.Sprintf("; %s could not be decoded", text.Plural(s.Undecodable, "record"))
	}
	return words
}

// Wrapped wraps a sentence, with a sign before the first line.
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

// Tail is why __consumer_offsets is not read completely; "" if it is.
func Tail(s *model.TailStatus) string {
	switch s.State {
	case model.TailStarting:
		return "being opened"
	case model.TailRefused:
		return "READ refused"
	case model.TailTooBusy:
		return "too busy"
	case model.TailFailed:
		return "not readable"
	case model.TailAbsent:
		return "does not exist yet"
	case model.TailOn:
		if n := len(s.Lost); n > 0 {
			return text.Plural(n, "partition") + " without leader"
		}
		return ""
	}
	return "not read"
}
