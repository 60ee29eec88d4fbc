package events

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// Minimum widths of the columns. Nothing is truncated.
const (
	groupWidth  = 24
	typeWidth   = 11
	stepWidth   = 9
	changeWidth = 30
	timeFormat  = "15:04:05.000"
)

// AppendRow appends the event as a line for people, or nothing if it has no line. Control characters in names are escaped.
func AppendRow(b []byte, e *model.Event) []byte {
	if !HasLine(e) {
		return b
	}
	words, detail, at := string(e.Kind), e.Detail, e.At
	switch e.Kind {
	case model.RebalanceCompleted:
		words, detail = string(TypeRebalance), rebalanceWords(e.Rebalance)
		at = time.Time(instant(e.Rebalance.Ended.Middle()))
	case model.CostKnown:
		words, detail = string(TypeCost), fit(e.Rebalance.To.String(), stepWidth)+" "+costWords(e.Rebalance)
	case model.VerdictRevised:
		words, detail = string(TypeCause), fit(e.Rebalance.To.String(), stepWidth)+" "+e.Detail
	case model.StateChanged:
		words, detail = string(TypeState), stateWord(e.From)+" → "+stateWord(e.To)
	case model.GroupAppeared:
		words, detail = string(TypeGroup), "appeared"
	case model.GroupGone:
		words, detail = string(TypeGroup), "gone"
	case model.CoordinatorMoved:
		words = "coordinator"
	case model.SourceLost, model.SourceFound:
		words = string(TypeSource)
	case model.LagAlerted:
		words = "lag alert"
	}
	return appendRow(b, at, e.Group, words, detail)
}

// AppendDroppedRow appends the line about dropped events.
func AppendDroppedRow(b []byte, count int) []byte {
	return appendRow(b, time.Time{}, "", string(TypeDropped), fmt.Sprintf("%s dropped: the reader is too slow", text.Plural(count, "event")))
}

func appendRow(b []byte, at time.Time, group, words, detail string) []byte {
	clock := "–"
	if !at.IsZero() {
		clock = at.Local().Format(timeFormat)
	}
	name := "–"
	if group != "" {
		name = text.Name(group)
	}
	line := fit(clock, len(timeFormat)) + "  " + fit(name, groupWidth) + " " + fit(words, typeWidth) + " " + text.Clean(detail)
	return append(append(b, strings.TrimRight(line, " ")...), '\n')
}

// fit pads s to width cells.
func fit(s string, width int) string { return s + strings.Repeat(" ", max(0, width-text.Width(s))) }

func stateWord(s model.GroupState) string {
	if s == model.StateUnknown {
		return "–"
	}
	return string(s)
}

// rebalanceWords describe a rebalance.
func rebalanceWords(r *model.Rebalance) string {
	words := fit(r.From.String()+" → "+r.To.String(), stepWidth) + " " + fit(r.Summary(), changeWidth)
	first, second := phrase.PhaseNames(r.Type)
	var parts []string
	for _, phase := range []struct {
		name     string
		from, to model.Moment
	}{{"took", r.Began, r.Ended}, {first, r.Began, r.JoinEnded}, {second, r.JoinEnded, r.Ended}} {
		if lasted := phrase.Lasted(phase.from, phase.to); lasted != text.Unknown {
			parts = append(parts, phase.name+" "+lasted)
		}
	}
	cause := causeOf(r.Verdict)
	parts = append(parts, fmt.Sprintf("%s (%s)", model.Cause(cause.Name).Words(), cause.Confidence))
	for _, also := range r.Also {
		parts = append(parts, fmt.Sprintf("and %s (%s)", also.Cause.Words(), also.Confidence))
	}
	return words + "  " + strings.Join(parts, ", ")
}

// costWords describe the known parts of a cost.
func costWords(r *model.Rebalance) string {
	c := &r.Cost
	var parts []string
	if len(c.Pauses) > 0 {
		parts = append(parts, "paused "+phrase.Pause(c.PausedAtLeast, c.PausedAtMost))
	}
	if c.LagAdded.Known() {
		parts = append(parts, phrase.LagAdded(c.LagAdded))
	}
	if c.Reprocessed.Known() {
		parts = append(parts, phrase.Reprocessed(c.Reprocessed))
	}
	if lost := phrase.ConsumerTimeLost(r); lost != "" {
		parts = append(parts, lost)
	}
	return strings.Join(parts, ", ")
}
