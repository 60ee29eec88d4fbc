package panes

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// barWidth is the cells of the bar that shows how long a rebalance took.
const barWidth = 24

// labelWidth is the cells of the column of the names of facts, the margin before it included.
const labelWidth = 13

// Labelled is a line with its name in the left column.
func (p Rebalance) Labelled(label string, line ...text.Span) text.Line {
	return append(text.Of(text.S(p.F.Theme.Dim, fmt.Sprintf("   %-*s", labelWidth-3, label))), line...)
}

// sentence is a fact in words, over as many lines as it takes on the card, cut to one elsewhere.
func (p Rebalance) sentence(label string, before []text.Span, words string) []text.Line {
	th := p.F.Theme
	words = text.Clean(words)
	if p.Extent != OnCard || words == "" {
		return []text.Line{p.Labelled(label, append(before, text.S(th.Dim, words))...)}
	}
	if used := text.Line(before).Width(); used+text.Width(words) > p.Width-labelWidth && used > 0 {
		lines := []text.Line{p.Labelled(label, before...)}
		return append(lines, p.sentence("", nil, words)...)
	}
	var lines []text.Line
	for i, part := range strings.Split(ansi.Wordwrap(words, max(10, p.Width-labelWidth), ""), "\n") {
		if i > 0 {
			label, before = "", nil
		}
		lines = append(lines, p.Labelled(label, append(before, text.S(th.Dim, part))...))
	}
	return lines
}

// Why is the cause, how sure it is, what it is concluded from, and what else happened.
func (p Rebalance) Why(r *model.Rebalance) []text.Line {
	th := p.F.Theme
	style := th.Strong
	if f := phrase.FamilyOf(r); f == phrase.FamilyPoll || f == phrase.FamilyTimedOut {
		style = th.Bad.Bold(true)
	}
	lines := p.sentence("why", p.verdict(r.Verdict, text.S(style, phrase.Cause(r))), r.Verdict.Evidence)
	for i, v := range r.Also {
		label := ""
		if i == 0 {
			label = "also"
		}
		lines = append(lines, p.sentence(label, p.verdict(v, text.S(th.Text, text.Clean(v.Cause.Words()))), v.Evidence)...)
	}
	return lines
}

func (p Rebalance) verdict(v model.Verdict, cause text.Span) []text.Span {
	spans := []text.Span{cause, text.Space(2)}
	if word := phrase.Confidence(v); word != "" {
		spans = append(spans, text.S(phrase.ConfidenceStyle(p.F.Theme, v.Confidence), word), text.Space(2))
	}
	return spans
}

// Who is a line each for those who joined, left and came back; on the card a line for each of them.
func (p Rebalance) Who(r *model.Rebalance) []text.Line {
	var lines []text.Line
	for _, who := range []struct {
		label   string
		members []model.MemberRef
	}{{"joined", r.Joined}, {"left", r.Left}, {"restarted", r.Restarted}} {
		over := who.label == "left"
		if p.Extent != OnCard {
			if len(who.members) > 0 {
				lines = append(lines, p.Labelled(who.label, p.people(who.members, over)...))
			}
			continue
		}
		label := who.label
		for _, m := range who.members {
			line := p.people([]model.MemberRef{m}, over)
			if m.MemberID != "" {
				line = append(line, text.S(p.F.Theme.Dim, "  member id "+text.Clean(m.MemberID)))
			}
			lines = append(lines, p.Labelled(label, line...))
			label = ""
		}
	}
	return lines
}

func (p Rebalance) people(members []model.MemberRef, over bool) []text.Span {
	th := p.F.Theme
	var spans []text.Span
	room := p.Width
	for i, m := range members {
		if room -= len(m.ClientID) + 4; room < 0 { // the rest is cut off anyway
			break
		}
		if i > 0 {
			spans = append(spans, text.Space(3))
		}
		if over {
			spans = append(spans, kit.ChipOver(th, m.Slot))
		} else {
			spans = append(spans, kit.Chip(th, m.Slot))
		}
		spans = append(spans, text.S(th.Text, " "+text.Name(m.ClientID)))
		if m.InstanceID != "" {
			spans = append(spans, text.S(th.Dim, " "+text.Clean(m.InstanceID)))
		}
		if m.Host != "" {
			spans = append(spans, text.S(th.Dim, " "+text.Clean(m.Host)))
		}
	}
	return spans
}

// Moved is how many partitions moved, how many of the moves were necessary, and between which members.
func (p Rebalance) Moved(r *model.Rebalance, words *CardWords) text.Line {
	th := p.F.Theme
	moved, assigned, unassigned := r.MoveCounts()
	var counts []string
	if moved > 0 || assigned+unassigned == 0 {
		counts = append(counts, fmt.Sprintf("%d of %d", moved, r.Partitions()))
	}
	if assigned > 0 {
		counts = append(counts, text.Plural(assigned, "partition")+" assigned")
	}
	if unassigned > 0 {
		counts = append(counts, text.Plural(unassigned, "partition")+" unassigned")
	}
	spans := []text.Span{text.S(th.Strong, strings.Join(counts, ", "))}
	if s, known := r.Stickiness.Get(); known && s.Moved > s.Necessary {
		spans = append(spans, text.S(th.Warn, " ("+text.Count(s.Necessary)+" necessary)"))
	} else if known && s.Moved > 0 && p.Extent == OnCard {
		spans = append(spans, text.S(th.Dim, " (all necessary)"))
	}
	room := p.Width
	for _, m := range words.moves {
		if room -= len(m.What); room < 0 {
			break
		}
		spans = append(spans, text.Space(3), text.S(th.Text, m.What+" "), kit.Chip(th, m.From), text.S(th.Dim, " → "), kit.Chip(th, m.To))
	}
	return p.Labelled("moved", spans...)
}

// atMost is the longest that it can have been from one moment to another; the shortest where nothing limits it.
func atMost(from, to model.Moment) time.Duration {
	least, most := from.Until(to)
	return most.Or(least)
}

// Time is a bar of the phases on the scale of the group's longest rebalance, and how long each took. What is only
// possible is hatched.
func (p Rebalance) Time(r *model.Rebalance) text.Line {
	th := p.F.Theme
	longest := time.Millisecond
	for _, other := range p.G.Rebalances {
		longest = max(longest, atMost(other.Began, other.Ended))
	}
	atLeast, _ := r.Began.Until(r.Ended)
	most := atMost(r.Began, r.Ended)
	longest = max(longest, most)
	cells := func(d time.Duration) int { return int((min(d, longest)*barWidth + longest - 1) / longest) }
	if r.Began.IsZero() || r.Ended.IsZero() {
		return p.Labelled("time", text.S(th.Dim, text.Unknown))
	}
	first, second := phrase.PhaseNames(r.Type)
	spans := []text.Span{text.S(th.Strong, phrase.Took(r))}
	solid := cells(atLeast)
	if !r.JoinEnded.IsZero() {
		sync := min(cells(atMost(r.JoinEnded, r.Ended)), solid)
		joined := max(0, solid-sync)
		bar := []text.Span{
			text.S(th.Calm(th.Warn), strings.Repeat("█", joined)), text.S(th.Calm(th.Info), strings.Repeat("▓", sync)),
			text.S(th.Calm(th.Warn), strings.Repeat("░", max(0, cells(most)-solid))),
		}
		spans = append(bar, text.Space(2),
			text.S(th.Warn, first+" "+phrase.Lasted(r.Began, r.JoinEnded)), text.Space(3), text.S(th.Info, second+" "+phrase.Lasted(r.JoinEnded, r.Ended)))
	} else {
		spans = append(spans, text.Space(2),
			text.S(th.Calm(th.Warn), strings.Repeat("█", solid)), text.S(th.Calm(th.Warn), strings.Repeat("░", max(0, cells(most)-solid))))
	}
	if r.Recorded.IsZero() && atLeast != most {
		spans = append(spans, text.S(th.Dim, "  between two polls"))
	}
	return p.Labelled("time", spans...)
}

// Paused is how long the partitions that moved were paused, and how many of them still are.
func (p Rebalance) Paused(r *model.Rebalance) text.Line {
	th, c := p.F.Theme, &r.Cost
	switch {
	case !phrase.Counted(c):
		return p.Labelled("paused", text.S(th.Dim, text.Unknown))
	case len(c.Pauses) == 0:
		return p.Labelled("paused", text.S(th.Dim, "no partition moved"))
	}
	late, quiet := 0, 0
	for i := range c.Pauses {
		switch q := &c.Pauses[i]; {
		case q.Quiet:
			quiet++
		case !q.Resumed:
			late++
		}
	}
	style := th.Text
	if late > 0 || c.PausedAtLeast >= time.Second {
		style = th.Bad
	}
	spans := []text.Span{text.S(style.Bold(true), phrase.Pause(c.PausedAtLeast, c.PausedAtMost)), text.Space(2)}
	words := "the moved partition"
	switch {
	case late > 0 && c.Complete:
		return p.Labelled("paused", append(spans, text.S(style, fmt.Sprintf("%d of %d not seen resumed", late, len(c.Pauses))))...)
	case late > 0:
		return p.Labelled("paused", append(spans, text.S(style, fmt.Sprintf("%d of %d still paused", late, len(c.Pauses))))...)
	case quiet == len(c.Pauses):
		words = "nothing to consume"
	case len(c.Pauses) > 1:
		words = fmt.Sprintf("longest of %s moved partitions", text.Count(len(c.Pauses)))
	}
	return p.Labelled("paused", append(spans, text.S(th.Dim, words))...)
}

// Cost is what it cost the group as a whole.
func (p Rebalance) Cost(r *model.Rebalance) text.Line {
	th, c := p.F.Theme, &r.Cost
	if !phrase.Counted(c) {
		return p.Labelled("cost", text.S(th.Dim, text.Unknown))
	}
	part := func(known bool, words string) text.Span {
		if known {
			return text.S(th.Text, words)
		}
		return text.S(th.Dim, words)
	}
	spans := []text.Span{part(c.LagAdded.Known(), phrase.LagAdded(c.LagAdded)), text.Space(3), part(c.Reprocessed.Known(), phrase.Reprocessed(c.Reprocessed))}
	if lost := phrase.ConsumerTimeLost(r); lost != "" {
		spans = append(spans, text.Space(3), text.S(th.Text, lost))
	}
	if !c.Complete {
		spans = append(spans, text.S(th.Warn, "   still counting"))
	}
	return p.Labelled("cost", spans...)
}

// Changes are the leader and the assignor, where they are others now, and what is to be said of the generations.
func (p Rebalance) Changes(r *model.Rebalance) []text.Line {
	th := p.F.Theme
	var lines []text.Line
	if r.LeaderBefore != r.LeaderAfter && (r.LeaderBefore != model.Nobody || p.Extent == OnCard) {
		lines = append(lines, p.Labelled("leader", kit.ChipOver(th, r.LeaderBefore), text.S(th.Dim, " → "), kit.Chip(th, r.LeaderAfter)))
	} else if p.Extent == OnCard && r.LeaderAfter != model.Nobody {
		lines = append(lines, p.Labelled("leader", kit.Chip(th, r.LeaderAfter), text.S(th.Dim, " unchanged")))
	}
	if r.AssignorBefore != r.AssignorAfter {
		lines = append(lines, p.Labelled("assignor", text.S(th.Warn, phrase.Assignor(r.AssignorBefore)+" → "+phrase.Assignor(r.AssignorAfter))))
	}
	for i, words := range phrase.GenerationWords(r) {
		label := ""
		if i == 0 {
			label = "counted"
			if !phrase.Several(r) && r.Superseded > 0 {
				label = "between"
			}
		}
		lines = append(lines, p.Labelled(label, text.S(th.Warn, words)))
	}
	return lines
}

// assignment is who owns what, a chip and its partitions for each lane, as far as the line can hold them.
func (p Rebalance) assignment(owners []ownerWords, over bool) []text.Span {
	th := p.F.Theme
	if len(owners) == 0 {
		return []text.Span{text.S(th.Dim, "no assignments")}
	}
	var spans []text.Span
	room := p.Width
	for i, o := range owners {
		if i > 0 {
			spans = append(spans, text.Space(3))
		}
		sign := kit.Chip(th, o.lane)
		if over {
			sign = kit.ChipOver(th, o.lane)
		}
		spans = append(spans, sign, text.S(th.Text, " "+o.what))
		if room -= len(o.what); room < 0 { // the rest is cut off anyway
			break
		}
	}
	return spans
}
