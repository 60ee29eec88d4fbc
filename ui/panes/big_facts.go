package panes

import (
	"fmt"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/text"
)

// BigFacts of a rebalance are what its card says in numbers.
func (p Rebalance) BigFacts(r *model.Rebalance) []BigFact {
	th := p.F.Theme
	name := "GENERATION"
	if phrase.CountsEpochs(r.Type) {
		name = "GROUP EPOCH"
	}
	unread := text.Unknown
	if len(r.Cost.Pauses) > 0 || r.Cost.Complete {
		unread = phrase.Pause(r.Cost.PausedAtLeast, r.Cost.PausedAtMost)
	}
	return []BigFact{
		{name, phrase.Generations(r), th.Strong}, {"MOVED", fmt.Sprintf("%d/%d", len(r.Moves), r.Partitions()), th.Strong},
		{"UNREAD FOR", unread, th.Bad.Bold(true)}, {"TOOK", phrase.Took(r), th.Dim},
	}
}

// BigTitle is the group in one line.
func BigTitle(f kit.Frame, g *model.GroupView) text.Line {
	th := f.Theme
	sign, style := th.State(g.State)
	var facts kit.Facts
	facts.Add(0, text.S(th.Strong, text.Name(g.ID)))
	facts.Add(0, text.S(style.Bold(true), sign+" "+text.Clean(string(g.State))))
	if line := phrase.AssignorFact(th, g); line != nil {
		facts.Add(2, line...)
	}
	if derive.InStorm(g) {
		facts.Add(1, phrase.StormLine(th, g)...)
	}
	return facts.Fit(f.Width-2*kit.Margin, 3)
}

// BigGroupFacts are the numbers of a group.
func BigGroupFacts(f kit.Frame, g *model.GroupView) []BigFact {
	th := f.Theme
	name := "GENERATION"
	if phrase.CountsEpochs(g.Type) {
		name = "GROUP EPOCH"
	}
	lag, _ := phrase.LagStyles(th, g)
	members, _ := phrase.Members(g)
	facts := []BigFact{{name, g.Generation.String(), th.Strong}, {"MEMBERS", members, th.Strong}, {"LAG", text.Lag(g.Lag, g.LagIncomplete), lag}}
	switch {
	case g.Rebalancing():
		facts = append(facts, BigFact{"REBALANCING FOR", text.Duration(f.Now.Sub(g.RebalancingSince)), th.Warn.Bold(true)})
	case g.LastRebalance() != nil:
		age := text.Age(f.Now, g.LastRebalance().End())
		if f.Width >= bigWide {
			age += " ago"
		}
		facts = append(facts, BigFact{"LAST REBALANCE", age, th.Dim})
	}
	return facts
}

// BigNobody is the row of what nobody reads, which is there also when that is nothing: rows that come and go make all
// others jump.
func BigNobody(f kit.Frame, unread []model.TopicPartition) BigRow {
	style := f.Theme.Dim
	if len(unread) > 0 {
		style = f.Theme.Warn.Bold(true)
	}
	return BigRow{Nobody: true, Name: text.Of(text.S(style, "nobody")), Owns: unread}
}

// BigFeed is the newest of what happened, without what only a closer look needs.
func BigFeed(f kit.Frame, events []*model.Event, most int) []text.Line {
	th := f.Theme
	var lines []text.Line
	for _, e := range events[:min(most, len(events))] {
		at, words := e.At, phrase.EventText(th, e, 0)
		if e.Kind == model.RebalanceCompleted && e.Rebalance != nil {
			at, words = e.Rebalance.End(), BigRebalance(f, e.Rebalance)
		} else if len(words) > 1 { // it begins where a list has the generations
			words = words[1:]
		}
		age := f.Now.Sub(at)
		lines = append(lines, append(text.Of(text.S(th.Dim, text.Clock(f.Now, at)), text.Space(2)), words...))
		if age > phrase.Fades {
			lines[len(lines)-1] = lines[len(lines)-1].Restyle(th.Dim)
		}
	}
	return lines
}

// BigRebalance is a rebalance in a line.
func BigRebalance(f kit.Frame, r *model.Rebalance) text.Line {
	th := f.Theme
	line := text.Of(text.S(th.Strong, phrase.Generations(r)), text.Space(2))
	line = append(line, phrase.Who(th, r, 0)...)
	return append(line, text.S(th.Text, "  "+phrase.Moves(r)), text.S(th.Dim, "  "+phrase.Took(r)))
}
