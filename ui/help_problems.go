package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// openProblems makes the page of what is being said and of everything that could not be read, as of when it was opened.
func (a *App) openProblems() *help {
	v, started, said := a.view, a.started, a.notice.text
	return &help{title: "WHAT COULD NOT BE READ", lines: func(t *theme.Theme, width int) []text.Line {
		var lines []text.Line
		if said != "" { // the footer may have had no room for all of it
			lines = append(wrapped(t, said, width), nil)
		}
		if v == nil {
			return append(lines, text.Of(text.S(t.Dim, "Nothing is known yet: regroup has been connecting since "+text.Clock(started, started)+".")))
		}
		if v.RecordingLost != "" {
			lines = append(lines, wrapped(t, "nothing is recorded any more: "+v.RecordingLost, width)...)
		}
		lines = append(lines, problemLines(t, v, width)...)
		if words := tailProblem(&v.Tail, v.GenerationsExact); words != "" {
			lines = append(lines, wrapped(t, words, width)...)
		}
		if len(lines) == 0 {
			return []text.Line{text.Of(text.S(t.Good, "● "), text.S(t.Text, "Everything was read."))}
		}
		return lines
	}}
}

// problemLines tell of each broker that does not answer and of each error of the newest poll, wrapped to a width.
func problemLines(t *theme.Theme, v *model.View, width int) []text.Line {
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
		lines = append(lines, wrapped(t, fmt.Sprintf("broker %d, %s: %s", b.ID, b.Address, words), width)...)
	}
	for _, e := range v.Errs {
		lines = append(lines, wrapped(t, e.Error(), width)...)
	}
	return lines
}

// tailProblem is why the generations are counted, in full; "" if nobody wanted more, or they are not.
func tailProblem(s *model.TailStatus, generationsExact bool) string {
	why, _ := tailWords(s)
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

// wrapped is a sentence over as many lines as it takes, with a sign before the first.
func wrapped(t *theme.Theme, words string, width int) []text.Line {
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
