// Package panes draws what several screens show: one rebalance, the events of a group, the ownership strip, and
// the large shapes of presentation mode.
package panes

import (
	"fmt"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// Rebalance is what one rebalance is drawn from.
type Rebalance struct {
	F        kit.Frame
	G        *model.GroupView
	Index    int // into g.Rebalances; -1 is the one that is under way, or none
	Topics   kit.Topics
	Readings *ownership.Readings
	Cards    *CardCache
	Width    int // of a line
	Extent   Extent
}

// Extent is how much of a rebalance is shown.
type Extent int

// The extents.
const (
	InPane Extent = iota
	Alone         // in a pane from which there is no way to the others
	OnCard        // all of it
)

// Lines is the pane's text without its heading, one fact a line.
func (p Rebalance) Lines() []text.Line {
	switch {
	case p.Index >= 0:
		return p.card(p.G.Rebalances[p.Index])
	case p.G.Rebalancing():
		return p.underWay()
	}
	th := p.F.Theme
	seen := ""
	if !p.G.FirstSeen.IsZero() {
		seen = ", " + text.Age(p.F.Now, p.G.FirstSeen) + " ago"
	}
	lines := []text.Line{text.Of(text.S(th.Dim, " none since regroup first saw the group"+seen))}
	if !p.G.RebalancedAt.IsZero() {
		lines = append(lines, text.Of(text.S(th.Dim, " the last one before was "), text.S(th.Text, text.Age(p.F.Now, p.G.RebalancedAt)+" ago"),
			text.S(th.Dim, ", "+text.Clock(p.F.Now, p.G.RebalancedAt)+", according to __consumer_offsets")))
	}
	return append(lines, p.Arrived()...)
}

// Heading is the heading of the pane: the generations, and the place among the rebalances.
func (p Rebalance) Heading(width int, focused bool) text.Line {
	th := p.F.Theme
	if p.Index < 0 {
		if !p.G.Rebalancing() {
			return th.Section(width, focused, "LAST REBALANCE")
		}
		return th.Section(width, focused, "REBALANCE "+p.G.Generation.String()+" → …", text.S(th.Warn, "in progress"), text.Space(2), p.place())
	}
	r := p.G.Rebalances[p.Index]
	title := "REBALANCE " + r.From.String() + " → " + r.To.String()
	if p.Index == len(p.G.Rebalances)-1 {
		title = "LAST " + title
	}
	var notes []text.Span
	if p.Extent != Alone {
		notes = append(notes, p.place(), text.Space(2))
	}
	notes = append(notes, text.S(th.Text, text.Clock(p.F.Now, r.Ended.NotAfter)), text.S(th.Dim, "  "+text.Age(p.F.Now, r.Ended.NotAfter)+" ago"))
	if phrase.Several(r) {
		notes = append(notes, text.Space(2), text.S(th.Warn, fmt.Sprintf("≥ %d rebalances", r.AtLeast)))
	}
	return th.Section(width, focused, title, notes...)
}

// place is where this rebalance stands among those of the group: ◂ 2 of 5 ▸, the newest is the last.
func (p Rebalance) place() text.Span {
	if p.Extent == Alone {
		return text.Span{}
	}
	n := len(p.G.Rebalances)
	left, right := "◂ ", " ▸"
	if p.Index == 0 || n == 0 {
		left = "  "
	}
	if p.Index < 0 || p.Index == n-1 && !p.G.Rebalancing() {
		right = ""
	}
	if p.Index < 0 {
		return text.S(p.F.Theme.Dim, fmt.Sprintf("%s%d earlier", left, n))
	}
	return text.S(p.F.Theme.Dim, fmt.Sprintf("%s%d of %d%s", left, p.Index+1, n, right))
}

// card is what happened, what is read first at the top: the pane may have room for a part of it only.
func (p Rebalance) card(r *model.Rebalance) []text.Line {
	words := p.Cards.Of(r, p.Topics)
	lines := append(p.Why(r), p.Who(r)...)
	lines = append(lines, p.Moved(r, words), p.Time(r), p.Paused(r), p.Cost(r))
	lines = append(lines, p.Changes(r)...)
	lines = append(lines, p.Arrived()...)
	lines = append(lines, p.Labelled("before", p.assignment(words.before, true)...))
	after := append(p.assignment(words.after, false), text.S(p.F.Theme.Dim, "  "+text.Plural(r.MembersAfter, "member")))
	return append(lines, p.Labelled("after", after...))
}

// underWay is what is known of a rebalance that has not ended.
func (p Rebalance) underWay() []text.Line {
	th := p.F.Theme
	var joining []model.MemberRef
	for i := range p.G.Members {
		m := &p.G.Members[i]
		if !m.AssignmentKnown && len(m.Assignment) == 0 {
			joining = append(joining, m.MemberRef)
		}
	}
	var lines []text.Line
	if _, of := ownership.Converged(p.G); p.G.Type != model.TypeConsumer || of == 0 { // else the meter of convergence says it
		lines = append(lines, p.Labelled("since", text.S(th.Warn.Bold(true), text.Duration(p.F.Now.Sub(p.G.RebalancingSince)))))
	}
	if len(joining) > 0 {
		lines = append(lines, p.Labelled("joining", p.people(joining, false)...))
	}
	switch p.Readings.Rebalance().Evidence {
	case ownership.ProtocolUnknown:
		if p.G.Assignor != "" {
			lines = append(lines, p.Labelled("meanwhile", text.S(th.Text, "members may keep consuming: whether "+text.Clean(p.G.Assignor)+" is eager or incremental is unknown")))
		}
	case ownership.Rejoining:
		lines = append(lines, p.Labelled("meanwhile", text.S(th.Text, "members keep consuming until their next heartbeat tells them to rejoin")))
	case ownership.Revoked:
		lines = append(lines, p.Labelled("meanwhile", text.S(th.Warn, "paused until the leader's assignment arrives")))
	}
	lines = append(lines, p.converging()...)
	return append(lines, p.Labelled("before", p.assignment(p.Cards.before(p.G, p.Topics), true)...))
}
