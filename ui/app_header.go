package ui

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/explain"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// A poll is late after this number of intervals, and after at least this time.
const (
	lateIntervals = 3
	lateAfter     = 3 * time.Second
)

// segment is a part of the header; in a narrow terminal the least important ones are omitted.
type segment struct {
	line      text.Line
	important int         // segments with larger numbers are omitted later
	shorter   []text.Line // alternatives before it is omitted, the longest first
}

// header is the line with the cluster and the age of the view.
func (a *App) header() text.Line {
	left, right := a.identity(), a.freshness()
	for {
		l, r := joinSegments(left, a.separator()), append(joinSegments(right, text.Of(text.Space(2))), text.Space(1))
		if l.Width()+r.Width()+2 <= a.width || len(left)+len(right) <= 2 {
			return text.Between(l, r, a.width)
		}
		if shorten(left) {
			continue
		}
		i, j := weakest(left), weakest(right)
		if j < 0 || i >= 0 && left[i].important <= right[j].important {
			left = append(left[:i], left[i+1:]...)
		} else {
			right = append(right[:j], right[j+1:]...)
		}
	}
}

// shorten replaces a segment by its shorter alternative; false if none has one.
func shorten(segments []segment) bool {
	for i, s := range segments {
		if len(s.shorter) > 0 {
			segments[i].line, segments[i].shorter = s.shorter[0], s.shorter[1:]
			return true
		}
	}
	return false
}

func (a *App) separator() text.Line { return text.Of(text.S(a.theme.Dim, " · ")) }

// weakest is the index of the least important segment, the rightmost of equal ones; -1 if there is none.
func weakest(segments []segment) int {
	w := -1
	for i, s := range segments {
		if w < 0 || s.important <= segments[w].important {
			w = i
		}
	}
	return w
}

func joinSegments(segments []segment, between text.Line) text.Line {
	var line text.Line
	for i, s := range segments {
		if i > 0 {
			line = append(line, between...)
		}
		line = append(line, s.line...)
	}
	return line
}

// identity names the cluster.
func (a *App) identity() []segment {
	t := a.theme
	name := text.Of(text.Space(1), text.S(t.Match, "regroup"))
	v := a.view
	if v == nil {
		return []segment{{line: name, important: 9}}
	}
	if v.Cluster.Name != "" {
		name = append(name, text.Space(2), text.S(t.Strong, text.Clean(v.Cluster.Name)))
	}
	out := []segment{{line: name, important: 9}}
	if v.RecordingLost != "" {
		out = append(out, segment{line: text.Of(text.S(t.Bad, "recording stopped")), important: 8})
	}
	if len(v.Brokers) > 0 {
		brokers := text.Of(text.S(t.Text, text.Plural(len(v.Brokers), "broker")))
		if down := derive.Unanswered(v.Brokers); down > 0 {
			brokers = append(brokers, text.S(t.Bad, fmt.Sprintf(", %d down", down)))
		}
		out = append(out, segment{line: brokers, important: 7})
	}
	if v.Cluster.Version != "" {
		out = append(out, segment{line: text.Of(text.S(t.Text, "Kafka "+text.Clean(v.Cluster.Version))), important: 2})
	}
	if derive.Connected(v) {
		out = append(out, a.generations(v))
	}
	return out
}

// generations is whether the offsets topic is read, from which exact generations come; the demo cluster reports them directly.
func (a *App) generations(v *model.View) segment {
	t := a.theme
	state := phrase.Tail(&v.Tail)
	switch {
	case v.Tail.State == model.TailOn && state == "":
		return segment{line: text.Of(text.S(t.Text, "offsets topic: "), text.S(t.Good, "read")), important: 1}
	case v.GenerationsExact:
		return segment{line: text.Of(text.S(t.Good, "generations exact")), important: 1}
	}
	topic := text.Of(text.S(t.Text, "offsets topic: "), text.S(t.Warn, state))
	counted := text.Of(text.S(t.Text, "generations counted"))
	return segment{
		line: append(slices.Clone(topic), text.S(t.Text, " (generations counted)")), important: 1, shorter: []text.Line{topic, counted},
	}
}

// feed is the source of the views and its state.
func (a *App) feed() explain.Feed {
	v := a.view
	switch {
	case a.options.Player != nil:
		return explain.Recording
	case !a.paused.IsZero():
		return explain.Paused
	case a.ended:
		return explain.Ended
	case !derive.Connected(v):
		return explain.Connecting
	case len(v.Brokers) > 0 && derive.Unanswered(v.Brokers) == len(v.Brokers):
		return explain.Silent
	case a.now.Sub(v.PolledAt) > max(lateAfter, lateIntervals*v.Interval):
		return explain.Late
	}
	return explain.Live
}

// freshness is the age of the view, and the duration and requests of the last poll.
func (a *App) freshness() []segment {
	t, v := a.theme, a.view
	state := func(line text.Line) segment { return segment{line: line, important: 8} }
	feed := a.feed()
	switch feed {
	case explain.Recording:
		return []segment{state(text.Of(text.S(t.Info, "a recording")))}
	case explain.Paused:
		return []segment{state(text.Of(text.S(t.Warn, "‖ paused "+text.Age(a.now, a.paused)+" (p resumes)")))}
	case explain.Ended:
		return []segment{state(text.Of(text.S(t.Dim, "■ ended")))}
	case explain.Connecting:
		return []segment{state(text.Of(text.S(t.Warn, "◌ connecting "+text.Age(a.now, a.started))))}
	}
	age := text.Age(a.now, a.lastAnswer())
	out := []segment{}
	switch feed {
	case explain.Silent:
		out = append(out, state(text.Of(text.S(t.Bad, "○ no answer "+age))))
	case explain.Late:
		out = append(out, state(text.Of(text.S(t.Bad, "○ stale "+age))))
	default:
		out = append(out, state(text.Of(text.S(t.Good, "● "), text.S(t.Good.Bold(true), "live"))))
	}
	return append(out,
		segment{line: text.Of(text.S(t.Dim, "every "+interval(v.Interval))), important: 4},
		segment{line: text.Of(text.S(t.Text, text.Duration(v.Took))), important: 5},
		segment{line: text.Of(text.S(t.Dim, text.Plural(v.Requests, "request"))), important: 3},
	)
}

// interval is the poll interval as written in the configuration: 250ms, 1s, 2.5s.
func interval(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d%time.Second == 0 && d < 10*time.Second:
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return text.Duration(d)
}

// lastAnswer is the time of the last answer of any broker.
func (a *App) lastAnswer() time.Time {
	at := time.Time{}
	for _, b := range a.view.Brokers {
		if b.LastSeen.After(at) {
			at = b.LastSeen
		}
	}
	if at.IsZero() {
		return a.view.PolledAt
	}
	return at
}

// problem is the line below the header with the first error; nil if there is none.
func (a *App) problem() text.Line {
	if !derive.Connected(a.view) || len(a.view.Errs) == 0 {
		return nil // until a broker has answered, the screen itself lists the errors
	}
	errs := a.view.Errs
	line := text.Of(text.S(a.theme.Bad, " ! "), text.S(a.theme.Text, text.Clean(errs[0].Error())))
	more := text.Of(text.S(a.theme.Dim, "! shows all "))
	if len(errs) > 1 {
		more = text.Of(text.S(a.theme.Dim, fmt.Sprintf("! %d more ", len(errs)-1)))
	}
	return text.Between(line, more, a.width)
}
