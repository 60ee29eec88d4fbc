package ui

import (
	"fmt"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// rebalancePane is what one rebalance is drawn from.
type rebalancePane struct {
	f        frame
	g        *model.GroupView
	index    int // into g.Rebalances; -1 is the one that is under way, or none
	oneTopic bool
	between  between
	cards    *cardCache
	alone    bool // there is no way to the others
	width    int  // of a line
	whole    bool // it is the card: nothing is left out
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
	lines := []text.Line{text.Of(text.S(th.Dim, " none since regroup began to look"+seen))}
	if !p.g.RebalancedAt.IsZero() {
		lines = append(lines, text.Of(text.S(th.Dim, " the last one before that was "), text.S(th.Text, text.Age(p.f.now, p.g.RebalancedAt)+" ago"),
			text.S(th.Dim, ", "+text.Clock(p.f.now, p.g.RebalancedAt)+", as __consumer_offsets tells")))
	}
	return append(lines, p.arrived()...)
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
	var notes []text.Span
	if !p.alone {
		notes = append(notes, p.place(), text.Space(2))
	}
	notes = append(notes, text.S(th.Text, text.Clock(p.f.now, r.Ended.NotAfter)), text.S(th.Dim, "  "+text.Age(p.f.now, r.Ended.NotAfter)+" ago"))
	if several(r) {
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

// card is what happened, what is read first at the top: the pane may have room for a part of it only.
func (p rebalancePane) card(r *model.Rebalance) []text.Line {
	words := p.cards.of(r, p.oneTopic)
	lines := append(p.why(r), p.who(r)...)
	lines = append(lines, p.moved(r, words), p.time(r), p.unread(r), p.cost(r))
	lines = append(lines, p.changes(r)...)
	lines = append(lines, p.arrived()...)
	lines = append(lines, p.labelled("before", p.assignment(words.before, true)...))
	after := append(p.assignment(words.after, false), text.S(p.f.theme.Dim, "  "+text.Plural(r.MembersAfter, "member")))
	return append(lines, p.labelled("after", after...))
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
	var lines []text.Line
	if _, of := converged(p.g); p.g.Type != model.TypeConsumer || of == 0 { // else the meter of convergence says it
		lines = append(lines, p.labelled("since", text.S(th.Warn.Bold(true), text.Duration(p.f.now.Sub(p.g.Unsettled)))))
	}
	if len(joining) > 0 {
		lines = append(lines, p.labelled("joining", p.people(joining, false)...))
	}
	switch protocol := p.g.Protocol(); {
	case protocol == model.ProtocolUnknown && p.g.Assignor != "":
		lines = append(lines, p.labelled("reading", text.S(th.Text, "members may keep reading: whether "+text.Clean(p.g.Assignor)+" is eager or incremental is unknown")))
	case protocol == model.ProtocolEager && mayRead(p.g):
		lines = append(lines, p.labelled("reading", text.S(th.Text, "they read on until they have heard of it, at the next heartbeat")))
	case protocol == model.ProtocolEager:
		lines = append(lines, p.labelled("reading", text.S(th.Warn, "nobody, until the leader has handed out the partitions")))
	}
	lines = append(lines, p.converging()...)
	return append(lines, p.labelled("before", p.assignment(p.cards.before(p.g, p.oneTopic), true)...))
}

// rebalanceSummary is a rebalance in one line of a feed, without its time.
func rebalanceSummary(th *theme.Theme, r *model.Rebalance, width int) text.Line {
	line := cameAndWent(th, r)
	line = line.Fit(max(width, line.Width()), text.Left)
	line = append(line, text.S(th.Text, fmt.Sprintf("%-16s", fmt.Sprintf("%d of %d moved", len(r.Moves), r.Partitions()))),
		text.S(th.Dim, fmt.Sprintf("%-9s", took(r))), text.Space(2), text.S(th.Text, causeWords(r)))
	if word := confidenceWord(r.Verdict); word != "" {
		line = append(line, text.Space(2), text.S(confidenceStyle(th, r.Verdict.Confidence), word))
	}
	return line
}

// cameAndWent is the generations of a rebalance, and who joined and left.
func cameAndWent(th *theme.Theme, r *model.Rebalance) text.Line {
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
	return line
}
