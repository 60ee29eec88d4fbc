package ui

import (
	"regroup/ui/phrase"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// openProblems makes the page of what is being said and of everything that could not be read, as of when it was opened.
func (a *App) openProblems() *help {
	v, started, said := a.view, a.started, a.notice.Text
	return &help{title: "WHAT COULD NOT BE READ", lines: func(t *theme.Theme, width int) []text.Line {
		var lines []text.Line
		if said != "" { // the footer may have had no room for all of it
			lines = append(phrase.Wrapped(t, said, width), nil)
		}
		if v == nil {
			return append(lines, text.Of(text.S(t.Dim, "Nothing is known yet: regroup has been connecting since "+text.Clock(started, started)+".")))
		}
		if v.RecordingLost != "" {
			lines = append(lines, phrase.Wrapped(t, "nothing is recorded any more: "+v.RecordingLost, width)...)
		}
		lines = append(lines, phrase.Problems(t, v, width)...)
		if words := phrase.TailProblem(&v.Tail, v.GenerationsExact); words != "" {
			lines = append(lines, phrase.Wrapped(t, words, width)...)
		}
		if len(lines) == 0 {
			return []text.Line{text.Of(text.S(t.Good, "● "), text.S(t.Text, "Everything was read."))}
		}
		return lines
	}}
}
