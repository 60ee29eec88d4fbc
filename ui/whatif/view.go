package whatif

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/model/whatif"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// leastSides is the minimum number of members shown beside long notes.
const leastSides = 3

// Render draws the question, the forecast, and both assignments side by side.
func (s *Screen) Render(f kit.Frame) string {
	c := kit.NewCanvas(f.Width, f.Height)
	inner := f.Width - 2*kit.Margin
	y := 0
	if f.Height >= kit.AiryHeight {
		y++
	}
	put := func(lines []text.Line) {
		c.Put(kit.Box(kit.Margin, y, inner, f.Height-y), kit.RenderLines(lines, inner))
		y += len(lines)
	}
	g := s.question.Group
	if g != nil {
		put([]text.Line{phrase.GroupTitle(f, g, inner)})
		if f.Height >= kit.AiryHeight {
			y++
		}
	}
	if words := s.obstacle(); words != "" {
		if !s.known {
			words = "Waiting for the first poll."
		}
		put([]text.Line{f.Theme.Section(inner, true, "WHAT IF")})
		put(setIn(f.Theme.Warn, text.Clean(words), inner-3))
		return c.String()
	}
	put(s.changes(f, inner))
	if f.Height >= kit.AiryHeight {
		y++
	}
	switch {
	case s.forecast == nil && s.problem != "":
		put([]text.Line{f.Theme.Section(inner, false, "FORECAST")})
		put(setIn(f.Theme.Warn, text.Clean(s.problem), inner-3))
		return c.String()
	case s.forecast == nil:
		put([]text.Line{f.Theme.Section(inner, false, "FORECAST", text.S(f.Theme.Dim, "computing"))})
		return c.String()
	}
	put(s.facts(f, inner))
	if f.Height >= kit.AiryHeight {
		y++
	}
	notes := s.notes(f.Theme, inner)
	room := f.Height - y
	sides := 1 + len(s.forecast.Members) + s.unassignedLines()
	if sides+len(notes)+1 > room { // assignments have precedence over notes
		sides = max(min(sides, 1+leastSides), min(sides, room-len(notes)-1))
	}
	put(s.sides(f, inner, sides))
	if picture := s.picture(f, inner); f.Height-y >= len(picture)+len(notes)+2 {
		y++
		put(picture)
	}
	if y+len(notes) < f.Height {
		y++
	}
	if over := y + len(notes) - f.Height; over > 0 && len(notes) > 0 {
		notes = notes[:max(0, len(notes)-over)]
	}
	put(notes)
	return c.String()
}

// setIn wraps and indents words.
func setIn(style lipgloss.Style, words string, width int) []text.Line {
	var lines []text.Line
	for _, part := range strings.Split(ansi.Wordwrap(words, max(10, width), ""), "\n") {
		lines = append(lines, text.Of(text.Space(3), text.S(style, part)))
	}
	return lines
}

// notes are the wrapped notes of the forecast.
func (s *Screen) notes(th *theme.Theme, width int) []text.Line {
	var notes []text.Line
	for _, note := range s.forecast.Notes {
		lines := setIn(th.Dim, text.Clean(note), width-3)
		lines[0][0] = text.S(th.Dim, " · ")
		notes = append(notes, lines...)
	}
	return notes
}

// whatIfLabel is the width of the labels, including the space around them.
const whatIfLabel = 15

func whatIfLine(th *theme.Theme, label string, spans ...text.Span) text.Line {
	return append(text.Of(text.S(th.Dim, fmt.Sprintf("   %-*s", whatIfLabel-3, label))), spans...)
}

// changes are the question: the group now, and after the change.
func (s *Screen) changes(f kit.Frame, width int) []text.Line {
	th, q := f.Theme, &s.question
	note := text.S(th.Dim, "a forecast: nothing is changed")
	if !q.Changed() {
		note = text.S(th.Dim, "+ x P a change it; unchanged, this is the next rebalance")
	}
	lines := []text.Line{th.Section(width, true, "WHAT IF", note)}

	now, then := len(q.Group.Members), len(q.Members())
	members := []text.Span{text.S(th.Strong, text.Count(now))}
	if len(q.Joining)+len(q.Leaving) > 0 {
		members = []text.Span{text.S(th.Text, text.Count(now)+" → "), text.S(th.Strong, text.Count(then))}
	}
	for _, lane := range q.Leaving {
		members = append(members, text.Space(3), kit.ChipOver(th, lane), text.S(th.Text, " leaves"))
	}
	for i, client := range q.Joining {
		if i == lettersShown {
			members = append(members, text.S(th.Dim, fmt.Sprintf("   and %d more", len(q.Joining)-i)))
			break
		}
		members = append(members, text.Space(3), kit.Chip(th, q.SlotOfJoining(i)))
		if client != "" {
			members = append(members, text.S(th.Text, " "+text.Clean(client)))
		}
		if i == len(q.Joining)-1 {
			members = append(members, text.S(th.Text, " "+phrase.Plural(len(q.Joining), "joins", "join")))
			if client == "" {
				members = append(members, text.S(th.Dim, ", client.id unknown"))
			}
		}
	}
	lines = append(lines, whatIfLine(th, "members", members...), s.topicsLine(th))

	assignor := []text.Span{text.S(th.Strong, phrase.Assignor(q.NextAssignor()))}
	if q.ChangesAssignor() {
		assignor = []text.Span{text.S(th.Text, phrase.Assignor(q.Group.Assignor)+" → "), text.S(th.Strong, phrase.Assignor(q.NextAssignor()))}
	}
	switch {
	case q.Group.Type == model.TypeConsumer:
		assignor = append(assignor, text.S(th.Dim, " (server)"))
	case q.NextProtocol() == model.ProtocolIncremental:
		assignor = append(assignor, text.S(th.Dim, " (incremental)"))
	case q.NextProtocol() == model.ProtocolEager:
		assignor = append(assignor, text.S(th.Dim, " (eager)"))
	}
	return append(lines, whatIfLine(th, "assignor", assignor...))
}

// lettersShown is how many joining members are named.
const lettersShown = 3

func (s *Screen) topicsLine(th *theme.Theme) text.Line {
	topics := s.question.Topics()
	var spans []text.Span
	for i, t := range topics {
		if i > 0 {
			spans = append(spans, text.Space(3))
		}
		style := th.Text
		if t.Topic == s.topic && len(topics) > 1 {
			style = th.Match // P adds partitions to it
		}
		spans = append(spans, text.S(style, text.Clean(t.Topic)+" "))
		if t.Then != t.Now {
			spans = append(spans, text.S(th.Text, text.Count(t.Now)+" → "))
		}
		spans = append(spans, text.S(th.Strong, text.Count(t.Then)))
	}
	if len(topics) == 0 {
		spans = append(spans, text.S(th.Dim, "no subscribed topic exists"))
	}
	return whatIfLine(th, "partitions", spans...)
}

// facts are the forecast in numbers.
func (s *Screen) facts(f kit.Frame, width int) []text.Line {
	th, a := f.Theme, s.forecast
	lines := []text.Line{th.Section(width, false, "FORECAST", s.certainty(th)...)}
	lines = append(lines, whatIfLine(th, "moves", s.movedSpans(th)...))
	stops := []text.Span{text.S(th.Good, "nothing: no partition moves")}
	switch {
	case a.Stops.Scope == whatif.StopsAll:
		stops = []text.Span{text.S(th.Warn, "all "+text.Plural(len(a.Before), "partition")), text.S(th.Dim, ", until every member has rejoined"+s.atMost())}
		if len(s.question.Members()) == 0 {
			stops = stops[:1]
		}
	case a.Moved.Most > 0:
		stops = []text.Span{text.S(th.Good, "only partitions that move"), text.S(th.Dim, "; the others are consumed throughout")}
		if a.Stops.Rebalances > 1 {
			stops = append(stops, text.S(th.Dim, ", over two rebalances"))
		}
	case s.question.Group.Type != model.TypeConsumer:
		stops = []text.Span{text.S(th.Good, "nothing"), text.S(th.Dim, ": members keep consuming while they rejoin")}
	}
	lines = append(lines, whatIfLine(th, "stops", stops...))
	if idle := s.idleSpans(th); len(idle) > 0 {
		lines = append(lines, whatIfLine(th, "idle", idle...))
	}
	return lines
}

// atMost is how long members may take to rejoin, where that is known.
func (s *Screen) atMost() string {
	var longest time.Duration
	members := s.question.Group.Members
	for i := range members {
		limit, known := members[i].RebalanceTimeout.Get()
		if !known {
			return ""
		}
		longest = max(longest, limit)
	}
	return " (at most " + text.Duration(longest) + ")"
}

func (s *Screen) certainty(th *theme.Theme) []text.Span {
	a := s.forecast
	switch a.Certainty {
	case whatif.CertaintyExact:
		return []text.Span{text.S(th.Good, "exact")}
	case whatif.CertaintyOutcomes:
		of := text.Count(len(a.Outcomes))
		if a.Sampled {
			of = "≥" + of
		}
		spans := []text.Span{text.S(th.Warn, fmt.Sprintf("outcome %d of %s", s.shownOutcome()+1, of)), text.S(th.Dim, ": if the member ids sort ")}
		for i, lane := range a.Outcomes[s.shownOutcome()].Order {
			if i == 2*lettersShown {
				spans = append(spans, text.S(th.Dim, text.Ellipsis))
				break
			}
			spans = append(spans, text.S(th.Lane(lane).Bold(true), lane.String()), text.Space(1))
		}
		return spans
	case whatif.CertaintyNumbers:
		return []text.Span{text.S(th.Good, "partition counts are certain"), text.S(th.Dim, ", ~ is an example")}
	}
	return []text.Span{text.S(th.Warn, "an example"), text.S(th.Dim, "; only the ranges of partition counts are certain")}
}

func (s *Screen) shownOutcome() int { return min(s.outcome, len(s.forecast.Outcomes)-1) }

// movedSpans is how many partitions would move, and how many of the moves are necessary.
func (s *Screen) movedSpans(th *theme.Theme) []text.Span {
	a := s.forecast
	shown := len(a.Outcomes[s.shownOutcome()].Moves)
	of := " of " + text.Plural(len(a.Before), "partition")
	var spans []text.Span
	switch {
	case a.Certainty == whatif.CertaintyExample:
		spans = []text.Span{text.S(th.Strong, "at least "+text.Count(a.Moved.Least)), text.S(th.Text, of), text.S(th.Dim, "; "+text.Count(shown)+" in this example")}
	case a.Moved.Exactly():
		spans = []text.Span{text.S(th.Strong, text.Count(shown)), text.S(th.Text, of+s.necessary(shown))}
	case a.Certainty == whatif.CertaintyOutcomes:
		spans = []text.Span{
			text.S(th.Strong, text.Count(shown)), text.S(th.Text, of+s.necessary(shown)),
			text.S(th.Warn, fmt.Sprintf("   %d to %d by outcome", a.Moved.Least, a.Moved.Most)),
		}
	default:
		spans = []text.Span{text.S(th.Strong, fmt.Sprintf("%d to %d", a.Moved.Least, a.Moved.Most)), text.S(th.Text, of)}
	}
	if len(a.Added) > 0 {
		spans = append(spans, text.S(th.Info, fmt.Sprintf("   +%d new", len(a.Added))))
	}
	return spans
}

// necessary is how many of the moves an equally balanced assignment needs.
func (s *Screen) necessary(shown int) string {
	needed, known := s.forecast.Needed.Get()
	switch {
	case !known || shown == 0:
		return ""
	case needed >= shown:
		return " (all necessary)"
	}
	return fmt.Sprintf(" (%d necessary)", needed)
}

// idleSpans names the members that would own nothing.
func (s *Screen) idleSpans(th *theme.Theme) []text.Span {
	var sure, may []model.Slot
	for _, m := range s.forecast.Members {
		switch {
		case m.Leaves:
		case m.After.Most == 0:
			sure = append(sure, m.Slot)
		case m.After.Least == 0:
			may = append(may, m.Slot)
		}
	}
	var spans []text.Span
	for _, who := range []struct {
		lanes []model.Slot
		words string
	}{{sure, " would own nothing"}, {may, " may own nothing"}} {
		if len(who.lanes) == 0 {
			continue
		}
		if len(spans) > 0 {
			spans = append(spans, text.Space(3))
		}
		for i, lane := range who.lanes {
			if i == 2*lettersShown {
				spans = append(spans, text.S(th.Warn, fmt.Sprintf(" and %d more", len(who.lanes)-i)))
				break
			}
			spans = append(spans, kit.Chip(th, lane), text.Space(1))
		}
		spans = append(spans, text.S(th.Warn, strings.TrimPrefix(who.words, " ")))
	}
	return spans
}

// unassignedLines is the number of lines for unassigned partitions: 1 if there are any.
func (s *Screen) unassignedLines() int {
	for _, m := range s.forecast.Outcomes[s.shownOutcome()].Moves {
		if m.To == model.Nobody {
			return 1
		}
	}
	return 0
}
