package ui

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// barWidth is the cells of the bar that shows how long a rebalance took.
const barWidth = 24

// rebalancePane is what one rebalance is drawn from.
type rebalancePane struct {
	f        frame
	g        *model.GroupView
	index    int // into g.Rebalances; -1 is the one that is under way, or none
	oneTopic bool
	between  between
	cards    *cardCache
	alone    bool // there is no way to the others
}

// lines is the pane's text without its heading, one fact a line.
func (p rebalancePane) lines() []text.Line {
	switch {
	case p.index >= 0:
		return p.card(p.g.Rebalances[p.index])
	case !p.g.Unsettled.IsZero():
		return p.underWay()
	}
	th := p.f.theme
	seen := ""
	if !p.g.FirstSeen.IsZero() {
		seen = ", " + text.Age(p.f.now, p.g.FirstSeen) + " ago"
	}
	return []text.Line{text.Of(text.S(th.Dim, " none since regroup began to look"+seen))}
}

func (p rebalancePane) heading(width int, focused bool) text.Line {
	th := p.f.theme
	if p.index < 0 {
		if p.g.Unsettled.IsZero() {
			return th.Section(width, focused, "LAST REBALANCE")
		}
		return th.Section(width, focused, "REBALANCE "+p.g.Generation.String()+" → …", text.S(th.Warn, "under way"), text.Space(2), p.place())
	}
	r := p.g.Rebalances[p.index]
	title := "REBALANCE " + r.From.String() + " → " + r.To.String()
	if p.index == len(p.g.Rebalances)-1 {
		title = "LAST " + title
	}
	notes := []text.Span{p.place(), text.Space(2), text.S(th.Text, text.Clock(p.f.now, r.Ended.NotAfter)),
		text.S(th.Dim, "  "+text.Age(p.f.now, r.Ended.NotAfter)+" ago")}
	if r.AtLeast > 1 {
		notes = append(notes, text.Space(2), text.S(th.Warn, fmt.Sprintf("≥ %d rebalances", r.AtLeast)))
	}
	return th.Section(width, focused, title, notes...)
}

// place is where this rebalance stands among those of the group: ◂ 2 of 5 ▸, the newest is the last.
func (p rebalancePane) place() text.Span {
	if p.alone {
		return text.Span{}
	}
	n := len(p.g.Rebalances)
	left, right := "◂ ", " ▸"
	if p.index == 0 || n == 0 {
		left = "  "
	}
	if p.index < 0 || p.index == n-1 && p.g.Unsettled.IsZero() {
		right = ""
	}
	if p.index < 0 {
		return text.S(p.f.theme.Dim, fmt.Sprintf("%s%d before", left, n))
	}
	return text.S(p.f.theme.Dim, fmt.Sprintf("%s%d of %d%s", left, p.index+1, n, right))
}

// labelled is a line with its name in the left column.
func (p rebalancePane) labelled(label string, line ...text.Span) text.Line {
	return append(text.Of(text.S(p.f.theme.Dim, fmt.Sprintf("   %-10s", label))), line...)
}

func (p rebalancePane) card(r *model.Rebalance) []text.Line {
	var lines []text.Line
	words := p.cards.of(r, p.oneTopic)
	lines = append(lines, p.labelled("took", p.duration(r)...))
	for _, who := range []struct {
		label   string
		members []model.MemberRef
	}{{"joined", r.Joined}, {"left", r.Left}, {"restarted", r.Restarted}} {
		if len(who.members) > 0 {
			lines = append(lines, p.labelled(who.label, p.people(who.members, who.label == "left")...))
		}
	}
	lines = append(lines, p.labelled("moved", p.moves(r, words)...))
	lines = append(lines, p.labelled("before", p.assignment(words.before, true)...))
	after := append(p.assignment(words.after, false), text.S(p.f.theme.Dim, "  "+text.Plural(r.MembersAfter, "member")))
	lines = append(lines, p.labelled("after", after...))
	if r.AssignorBefore != r.AssignorAfter {
		lines = append(lines, p.labelled("assignor", text.S(p.f.theme.Warn, name(r.AssignorBefore)+" → "+name(r.AssignorAfter))))
	}
	if r.AtLeast > 1 {
		lines = append(lines, p.labelled("counted", text.S(p.f.theme.Warn,
			fmt.Sprintf("at least %d rebalances passed between two polls; only what they did together is known", r.AtLeast))))
	}
	return lines
}

func name(assignor string) string {
	if assignor == "" {
		return text.Unknown
	}
	return text.Clean(assignor)
}

// underWay is what is known of a rebalance that has not ended.
func (p rebalancePane) underWay() []text.Line {
	th := p.f.theme
	var joining []model.MemberRef
	for i := range p.g.Members {
		m := &p.g.Members[i]
		if !m.AssignmentKnown && len(m.Assignment) == 0 {
			joining = append(joining, m.MemberRef)
		}
	}
	lines := []text.Line{p.labelled("since", text.S(th.Warn.Bold(true), text.Duration(p.f.now.Sub(p.g.Unsettled))))}
	if len(joining) > 0 {
		lines = append(lines, p.labelled("joining", p.people(joining, false)...))
	}
	lines = append(lines, p.waiting()...)
	return append(lines, p.labelled("before", p.assignment(p.cards.before(p.g, p.oneTopic), true)...))
}

// waitingShown is how many of those who wait get a line of their own.
const waitingShown = 6

// waiting is who waits for what, and who still holds it.
func (p rebalancePane) waiting() []text.Line {
	th := p.f.theme
	var lines []text.Line
	for i := range p.g.Members {
		lane := p.g.Members[i].Lane
		waits := p.between.waits[lane]
		for _, holder := range lanes(waits) {
			if len(lines) == waitingShown {
				return append(lines, p.labelled("", text.S(th.Dim, "… "+text.Plural(p.between.waiting, "partition")+" in all")))
			}
			line := text.Of(chip(th, lane), text.S(th.Text, " waits for "+named(waits[holder])))
			if holder != model.Nobody {
				line = append(line, text.S(th.Dim, ", still held by "), chip(th, holder))
			}
			lines = append(lines, p.labelled("waiting", line...))
		}
	}
	return lines
}

// duration is how long it took, and a bar on the scale of the group's longest rebalance; what is only possible is hatched.
func (p rebalancePane) duration(r *model.Rebalance) []text.Span {
	th := p.f.theme
	atLeast, atMost := r.Duration()
	longest := time.Millisecond
	for _, other := range p.g.Rebalances {
		_, most := other.Duration()
		longest = max(longest, most)
	}
	cells := func(d time.Duration) int { return int((d*barWidth + longest - 1) / longest) }
	solid := cells(atLeast)
	maybe := max(0, cells(atMost)-solid)
	spans := []text.Span{
		text.S(th.Strong, fmt.Sprintf("%-9s", text.DurationBetween(atLeast, atMost))),
		text.S(th.Calm(th.Warn), strings.Repeat("█", solid)), text.S(th.Calm(th.Warn), strings.Repeat("░", maybe)),
	}
	if atLeast != atMost {
		spans = append(spans, text.S(th.Dim, "  between two polls"))
	}
	return spans
}

func (p rebalancePane) people(members []model.MemberRef, over bool) []text.Span {
	th := p.f.theme
	var spans []text.Span
	for i, m := range members {
		if i > 0 {
			spans = append(spans, text.Space(3))
		}
		if over {
			spans = append(spans, chipOver(th, m.Lane))
		} else {
			spans = append(spans, chip(th, m.Lane))
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

// moves says how many partitions changed hands, and which from whom to whom.
func (p rebalancePane) moves(r *model.Rebalance, words *cardWords) []text.Span {
	th := p.f.theme
	spans := []text.Span{text.S(th.Strong, fmt.Sprintf("%d of %d", len(r.Moves), max(len(r.Before), len(r.After))))}
	room := p.f.width
	for _, m := range words.moves {
		if room -= len(m.what); room < 0 {
			break
		}
		spans = append(spans, text.Space(3), text.S(th.Text, m.what+" "), chip(th, m.from), text.S(th.Dim, " → "), chip(th, m.to))
	}
	return spans
}

// assignment is who owns what, a chip and its partitions for each lane, as far as the line can hold them.
func (p rebalancePane) assignment(owners []ownerWords, over bool) []text.Span {
	th := p.f.theme
	if len(owners) == 0 {
		return []text.Span{text.S(th.Dim, "nobody owned anything")}
	}
	var spans []text.Span
	room := p.f.width
	for i, o := range owners {
		if i > 0 {
			spans = append(spans, text.Space(3))
		}
		sign := chip(th, o.lane)
		if over {
			sign = chipOver(th, o.lane)
		}
		spans = append(spans, sign, text.S(th.Text, " "+o.what))
		if room -= len(o.what); room < 0 { // the rest is cut off anyway
			break
		}
	}
	return spans
}

// rebalanceSummary is a rebalance in one line of a feed, without its time.
func rebalanceSummary(th *theme.Theme, r *model.Rebalance) text.Line {
	line := text.Of(text.S(th.Strong, fmt.Sprintf("%9s", r.From.String()+" → "+r.To.String())), text.Space(2))
	for _, who := range []struct {
		word    string
		members []model.MemberRef
		over    bool
	}{{"joined", r.Joined, false}, {"left", r.Left, true}, {"restarted", r.Restarted, false}} {
		for i, m := range who.members {
			if i == 4 {
				line = append(line, text.S(th.Dim, fmt.Sprintf("… %d", len(who.members))))
				break
			}
			if i > 0 {
				line = append(line, text.Space(1))
			}
			if who.over {
				line = append(line, chipOver(th, m.Lane))
			} else {
				line = append(line, chip(th, m.Lane))
			}
		}
		if len(who.members) > 0 {
			line = append(line, text.S(th.Text, " "+who.word+"  "))
		}
	}
	atLeast, atMost := r.Duration()
	line = line.Fit(max(32, line.Width()), text.Left)
	return append(line, text.S(th.Text, fmt.Sprintf("%-18s", fmt.Sprintf("%d of %d moved", len(r.Moves), max(len(r.Before), len(r.After))))),
		text.S(th.Dim, text.DurationBetween(atLeast, atMost)))
}
