package events

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// Widths of the columns of the table. A name that is longer moves what follows it: nothing is cut.
const (
	groupWidth  = 24
	typeWidth   = 11
	stepWidth   = 9
	changeWidth = 30
	timeFormat  = "15:04:05.000"
)

// AppendRow appends the event as a line for people; nothing if no line tells of it. Control characters of names are
// shown as escapes.
func AppendRow(b []byte, e *model.Event) []byte {
	if !Told(e) {
		return b
	}
	words, detail, at := string(e.Kind), e.Detail, e.At
	switch e.Kind {
	case model.RebalanceCompleted:
		words, detail = string(TypeRebalance), rebalanceWords(e.Rebalance)
		at = time.Time(middle(e.Rebalance.Ended))
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

// AppendDroppedRow appends the line that says how many events are missing here.
func AppendDroppedRow(b []byte, count int) []byte {
	return appendRow(b, time.Time{}, "", string(TypeDropped), fmt.Sprintf("%s not shown: they were not read fast enough", text.Plural(count, "event")))
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

// fit fills s up to width cells.
func fit(s string, width int) string { return s + strings.Repeat(" ", max(0, width-text.Width(s))) }

func stateWord(s model.GroupState) string {
	if s == model.StateUnknown {
		return "–"
	}
	return string(s)
}

// rebalanceWords are what a rebalance was, most telling first.
func rebalanceWords(r *model.Rebalance) string {
	words := fit(r.From.String()+" → "+r.To.String(), stepWidth) + " " + fit(r.Summary(), changeWidth)
	var parts []string
	if took := durationWords(r.Began, r.Ended); took != "" {
		parts = append(parts, "took "+took)
	}
	first, second := "join ", "sync "
	if r.Type == model.TypeConsumer { // KIP-848: the coordinator computes a target, the members converge on it
		first, second = "target ", "converged "
	}
	if join := durationWords(r.Began, r.JoinEnded); join != "" {
		parts = append(parts, first+join)
	}
	if sync := durationWords(r.JoinEnded, r.Ended); sync != "" {
		parts = append(parts, second+sync)
	}
	cause := causeOf(r.Verdict)
	parts = append(parts, fmt.Sprintf("%s (%s)", model.Cause(cause.Name).Words(), cause.Confidence))
	for _, also := range r.Also {
		parts = append(parts, fmt.Sprintf("and %s (%s)", also.Cause.Words(), also.Confidence))
	}
	return words + "  " + strings.Join(parts, ", ")
}

func costWords(r *model.Rebalance) string {
	c := &r.Cost
	var parts []string
	if len(c.Pauses) > 0 {
		paused := "≥ " + text.Duration(c.PausedAtLeast)
		if most, ok := c.PausedAtMost.Get(); ok {
			paused = text.DurationBetween(c.PausedAtLeast, most)
		}
		parts = append(parts, "paused "+paused)
	}
	if lag, ok := c.LagAdded.Get(); ok {
		parts = append(parts, "+"+text.Count(lag)+" lag")
	}
	if again, ok := c.Reprocessed.Get(); ok {
		parts = append(parts, text.Count(again)+" read again")
	}
	most := ""
	if r.Protocol() == model.ProtocolEager && c.ConsumerTimeLost > 0 { // each read on until it had heard of the rebalance
		most = "≤"
	}
	parts = append(parts, "members idle "+most+text.Duration(c.ConsumerTimeLost)+" in all")
	return strings.Join(parts, ", ")
}

// durationWords is the time between two moments; "" if it is not known.
func durationWords(from, to model.Moment) string {
	middle, ends := elapsed(from, to)
	if !middle.Known() {
		return ""
	}
	least, most := ends[0].Or(0), ends[1].Or(0)
	return text.DurationBetween(time.Duration(least*1e6), time.Duration(most*1e6))
}
