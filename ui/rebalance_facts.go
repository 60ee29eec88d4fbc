package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/text"
)

// barWidth is the cells of the bar that shows how long a rebalance took.
const barWidth = 24

// labelWidth is the cells of the column of the names of facts, the margin before it included.
const labelWidth = 13

// labelled is a line with its name in the left column.
func (p rebalancePane) labelled(label string, line ...text.Span) text.Line {
	return append(text.Of(text.S(p.f.theme.Dim, fmt.Sprintf("   %-*s", labelWidth-3, label))), line...)
}

// sentence is a fact in words, over as many lines as it takes on the card, cut to one elsewhere.
func (p rebalancePane) sentence(label string, before []text.Span, words string) []text.Line {
	th := p.f.theme
	words = text.Clean(words)
	if !p.whole || words == "" {
		return []text.Line{p.labelled(label, append(before, text.S(th.Dim, words))...)}
	}
	if used := text.Line(before).Width(); used+text.Width(words) > p.width-labelWidth && used > 0 {
		lines := []text.Line{p.labelled(label, before...)}
		return append(lines, p.sentence("", nil, words)...)
	}
	var lines []text.Line
	for i, part := range strings.Split(ansi.Wordwrap(words, max(10, p.width-labelWidth), ""), "\n") {
		if i > 0 {
			label, before = "", nil
		}
		lines = append(lines, p.labelled(label, append(before, text.S(th.Dim, part))...))
	}
	return lines
}

// why is the cause, how sure it is, what it is concluded from, and what else happened.
func (p rebalancePane) why(r *model.Rebalance) []text.Line {
	th := p.f.theme
	style := th.Strong
	if f := familyOf(r); f == familyPoll || f == familyTimedOut {
		style = th.Bad.Bold(true)
	}
	lines := p.sentence("why", p.verdict(r.Verdict, text.S(style, causeWords(r))), r.Verdict.Evidence)
	for i, v := range r.Also {
		label := ""
		if i == 0 {
			label = "also"
		}
		lines = append(lines, p.sentence(label, p.verdict(v, text.S(th.Text, text.Clean(v.Cause.Words()))), v.Evidence)...)
	}
	return lines
}

func (p rebalancePane) verdict(v model.Verdict, cause text.Span) []text.Span {
	spans := []text.Span{cause, text.Space(2)}
	if word := confidenceWord(v); word != "" {
		spans = append(spans, text.S(confidenceStyle(p.f.theme, v.Confidence), word), text.Space(2))
	}
	return spans
}

// who is a line each for those who joined, left and came back; on the card a line for each of them.
func (p rebalancePane) who(r *model.Rebalance) []text.Line {
	var lines []text.Line
	for _, who := range []struct {
		label   string
		members []model.MemberRef
	}{{"joined", r.Joined}, {"left", r.Left}, {"restarted", r.Restarted}} {
		over := who.label == "left"
		if !p.whole {
			if len(who.members) > 0 {
				lines = append(lines, p.labelled(who.label, p.people(who.members, over)...))
			}
			continue
		}
		label := who.label
		for _, m := range who.members {
			line := p.people([]model.MemberRef{m}, over)
			if m.MemberID != "" {
				line = append(line, text.S(p.f.theme.Dim, "  member id "+text.Clean(m.MemberID)))
			}
			lines = append(lines, p.labelled(label, line...))
			label = ""
		}
	}
	return lines
}

func (p rebalancePane) people(members []model.MemberRef, over bool) []text.Span {
	th := p.f.theme
	var spans []text.Span
	room := p.width
	for i, m := range members {
		if room -= len(m.ClientID) + 4; room < 0 { // the rest is cut off anyway
			break
		}
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

// moved says how many partitions changed hands, how many of them had to, and which went from whom to whom.
func (p rebalancePane) moved(r *model.Rebalance, words *cardWords) text.Line {
	th := p.f.theme
	spans := []text.Span{text.S(th.Strong, fmt.Sprintf("%d of %d", len(r.Moves), r.Partitions()))}
	if s, known := r.Stickiness.Get(); known && s.Moved > s.Needed {
		spans = append(spans, text.S(th.Warn, ", "+text.Count(s.Needed)+" had to"))
	} else if known && s.Moved > 0 && p.whole {
		spans = append(spans, text.S(th.Dim, ", all had to"))
	}
	room := p.width
	for _, m := range words.moves {
		if room -= len(m.what); room < 0 {
			break
		}
		spans = append(spans, text.Space(3), text.S(th.Text, m.what+" "), chip(th, m.from), text.S(th.Dim, " → "), chip(th, m.to))
	}
	return p.labelled("moved", spans...)
}

// time is a bar of the phases on the scale of the group's longest rebalance, and how long each took. What is only
// possible is hatched.
func (p rebalancePane) time(r *model.Rebalance) text.Line {
	th := p.f.theme
	longest := time.Millisecond
	for _, other := range p.g.Rebalances {
		_, most := spanned(other.Began, other.Ended)
		longest = max(longest, most)
	}
	atLeast, atMost := spanned(r.Began, r.Ended)
	longest = max(longest, atMost)
	cells := func(d time.Duration) int { return int((min(d, longest)*barWidth + longest - 1) / longest) }
	if r.Began.IsZero() || r.Ended.IsZero() {
		return p.labelled("time", text.S(th.Dim, text.Unknown))
	}
	first, second := phaseNames(r.Type)
	spans := []text.Span{text.S(th.Strong, took(r))}
	solid := cells(atLeast)
	if !r.JoinEnded.IsZero() {
		_, syncMost := spanned(r.JoinEnded, r.Ended)
		sync := min(cells(syncMost), solid)
		joined := max(0, solid-sync)
		bar := []text.Span{
			text.S(th.Calm(th.Warn), strings.Repeat("█", joined)), text.S(th.Calm(th.Info), strings.Repeat("▓", sync)),
			text.S(th.Calm(th.Warn), strings.Repeat("░", max(0, cells(atMost)-solid))),
		}
		spans = append(bar, text.Space(2),
			text.S(th.Warn, first+" "+lasted(r.Began, r.JoinEnded)), text.Space(3), text.S(th.Info, second+" "+lasted(r.JoinEnded, r.Ended)))
	} else {
		spans = append(spans, text.Space(2),
			text.S(th.Calm(th.Warn), strings.Repeat("█", solid)), text.S(th.Calm(th.Warn), strings.Repeat("░", max(0, cells(atMost)-solid))))
	}
	if r.Recorded.IsZero() && atLeast != atMost {
		spans = append(spans, text.S(th.Dim, "  between two polls"))
	}
	return p.labelled("time", spans...)
}

// unread is for how long nobody read the partitions that moved, and how many of them are read again.
func (p rebalancePane) unread(r *model.Rebalance) text.Line {
	th, c := p.f.theme, &r.Cost
	switch {
	case !counted(c):
		return p.labelled("unread", text.S(th.Dim, text.Unknown))
	case len(c.Pauses) == 0:
		return p.labelled("unread", text.S(th.Dim, "no partition changed hands"))
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
	spans := []text.Span{text.S(style.Bold(true), pauseWords(c.PausedAtLeast, c.PausedAtMost)), text.Space(2)}
	words := "the partition that moved"
	switch {
	case late > 0 && c.Complete:
		return p.labelled("unread", append(spans, text.S(style, fmt.Sprintf("%d of %d never seen read again", late, len(c.Pauses))))...)
	case late > 0:
		return p.labelled("unread", append(spans, text.S(style, fmt.Sprintf("%d of %d not read yet", late, len(c.Pauses))))...)
	case quiet == len(c.Pauses):
		words = "nothing was there to read: nobody misses anything"
	case len(c.Pauses) > 1:
		words = fmt.Sprintf("at longest, of the %s that moved", text.Count(len(c.Pauses)))
	}
	return p.labelled("unread", append(spans, text.S(th.Dim, words))...)
}

// cost is what it cost the group as a whole.
func (p rebalancePane) cost(r *model.Rebalance) text.Line {
	th, c := p.f.theme, &r.Cost
	if !counted(c) {
		return p.labelled("cost", text.S(th.Dim, text.Unknown))
	}
	part := func(known bool, words string) text.Span {
		if known {
			return text.S(th.Text, words)
		}
		return text.S(th.Dim, words)
	}
	spans := []text.Span{
		part(c.LagAdded.Known(), lagAdded(c.LagAdded)), text.Space(3), part(c.ReadAgain.Known(), readAgain(c.ReadAgain)), text.Space(3),
		text.S(th.Text, memberSeconds(r)),
	}
	if !c.Complete {
		spans = append(spans, text.S(th.Warn, "   still counting"))
	}
	return p.labelled("cost", spans...)
}

// changes are the leader and the assignor, where they are others now, and what is to be said of the generations.
func (p rebalancePane) changes(r *model.Rebalance) []text.Line {
	th := p.f.theme
	var lines []text.Line
	if r.LeaderBefore != r.LeaderAfter && (r.LeaderBefore != model.Nobody || p.whole) {
		lines = append(lines, p.labelled("leader", chipOver(th, r.LeaderBefore), text.S(th.Dim, " → "), chip(th, r.LeaderAfter)))
	} else if p.whole && r.LeaderAfter != model.Nobody {
		lines = append(lines, p.labelled("leader", chip(th, r.LeaderAfter), text.S(th.Dim, " as before")))
	}
	if r.AssignorBefore != r.AssignorAfter {
		lines = append(lines, p.labelled("assignor", text.S(th.Warn, name(r.AssignorBefore)+" → "+name(r.AssignorAfter))))
	}
	for i, words := range generationWords(r) {
		label := ""
		if i == 0 {
			label = "counted"
			if !several(r) && r.Overtaken > 0 {
				label = "between"
			}
		}
		lines = append(lines, p.labelled(label, text.S(th.Warn, words)))
	}
	return lines
}

func name(assignor string) string {
	if assignor == "" {
		return text.Unknown
	}
	return text.Clean(assignor)
}

// assignment is who owns what, a chip and its partitions for each lane, as far as the line can hold them.
func (p rebalancePane) assignment(owners []ownerWords, over bool) []text.Span {
	th := p.f.theme
	if len(owners) == 0 {
		return []text.Span{text.S(th.Dim, "nobody owned anything")}
	}
	var spans []text.Span
	room := p.width
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

// longestPauses is the pauses, the longest first.
func longestPauses(c *model.Cost) []*model.Pause {
	all := make([]*model.Pause, len(c.Pauses))
	for i := range c.Pauses {
		all[i] = &c.Pauses[i]
	}
	slices.SortStableFunc(all, func(a, b *model.Pause) int {
		if a.Resumed != b.Resumed {
			if b.Resumed {
				return -1
			}
			return 1
		}
		return int(max(-1, min(1, b.AtMost.Or(b.AtLeast)-a.AtMost.Or(a.AtLeast))))
	})
	return all
}
