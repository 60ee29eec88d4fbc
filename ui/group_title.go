package ui

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// fact is a part of a line that is left out where there is no room: the one with the highest number first. 0 stays.
type fact struct {
	line     text.Line
	priority int
}

// fitFacts puts facts side by side, gap cells apart, leaving out what does not fit.
func fitFacts(facts []fact, width, gap int) text.Line {
	for {
		var line text.Line
		drop := -1
		for i, f := range facts {
			if len(line) > 0 {
				line = append(line, text.Space(gap))
			}
			line = append(line, f.line...)
			if f.priority > 0 && (drop < 0 || f.priority >= facts[drop].priority) {
				drop = i
			}
		}
		if drop < 0 || line.Width() <= width {
			return line.Truncate(width)
		}
		facts = append(facts[:drop:drop], facts[drop+1:]...)
	}
}

// groupTitle is the line about the group as a whole.
func groupTitle(f frame, g *model.GroupView, width int) text.Line {
	th := f.theme
	sign, style := th.State(g.State)
	state := string(g.State)
	if g.State == model.StateUnknown {
		state = "state unknown"
	}
	facts := []fact{
		{text.Of(text.S(th.Strong, text.Name(g.ID))), 0},
		{text.Of(text.S(style, sign+" "+text.Clean(state))), 0},
		{generationFact(th, g), 2},
	}
	if line := assignorFact(th, g); line != nil {
		facts = append(facts, fact{line, 5})
	}
	if broker, known := g.Coordinator.Get(); known {
		facts = append(facts, fact{text.Of(text.S(th.Dim, "coordinator "), text.S(th.Text, fmt.Sprint(broker))), 7})
	}
	if g.Leader != model.Nobody {
		facts = append(facts, fact{text.Of(text.S(th.Dim, "leader "), text.S(th.Lane(g.Leader).Bold(true), g.Leader.String())), 7})
	}
	facts = append(facts, fact{lagFact(th, g), 1})
	if behind, known := g.Behind.Get(); known {
		facts = append(facts, fact{text.Of(text.S(th.Text, text.Duration(behind)), text.S(th.Dim, " behind")), 4})
	}
	switch {
	case !g.Unsettled.IsZero():
		facts = append(facts, fact{text.Of(text.S(th.Warn, "rebalancing for "+text.Duration(f.now.Sub(g.Unsettled)))), 3})
	case g.LastRebalance() != nil:
		facts = append(facts, fact{text.Of(
			text.S(th.Dim, "rebalanced "), text.S(th.Text, text.Age(f.now, g.LastRebalance().End())), text.S(th.Dim, " ago")), 6})
	case !g.RebalancedAt.IsZero(): // before regroup ran
		facts = append(facts, fact{text.Of(
			text.S(th.Dim, "rebalanced "), text.S(th.Text, text.Age(f.now, g.RebalancedAt)), text.S(th.Dim, " ago")), 6})
	}
	if inStorm(g) {
		facts = append(facts, fact{text.Of(text.S(th.Bad.Bold(true), fmt.Sprintf("%d in %s: storm", g.Storm.Recent, text.Duration(model.StormWindow)))), 3})
	}
	if g.Trend == model.TrendGrowing || g.Trend == model.TrendStalled {
		facts = append(facts, fact{text.Of(text.S(th.Warn, "lag "+string(g.Trend))), 8})
	}
	return fitFacts(facts, width, 3)
}

func generationFact(th *theme.Theme, g *model.GroupView) text.Line {
	word := "generation "
	if countsEpochs(g.Type) {
		word = "group epoch "
	}
	line := text.Of(text.S(th.Dim, word), text.S(th.Strong, g.Generation.String()))
	if epoch, known := g.AssignmentEpoch.Get(); known && g.Generation.Exact() != model.Some(epoch) {
		line = append(line, text.S(th.Dim, ", assigned for "), text.S(th.Text, fmt.Sprint(epoch)))
	}
	return line
}

// assignorFact names the assignor and what its protocol means for those who keep their partitions.
func assignorFact(th *theme.Theme, g *model.GroupView) text.Line {
	if g.Type != model.TypeClassic && g.Type != model.TypeUnknown && g.Type != model.TypeConsumer {
		return text.Of(text.S(th.Dim, string(g.Type)+" group"))
	}
	if g.Assignor == "" {
		return nil
	}
	var protocol string
	switch p := g.Protocol(); {
	case g.Type == model.TypeConsumer:
		protocol = " (server)"
	case p == model.ProtocolIncremental:
		protocol = " (incremental)"
	case p == model.ProtocolEager:
		protocol = " (eager)"
	default:
		protocol = " (eager or incremental: unknown)"
	}
	return text.Of(text.S(th.Text, text.Clean(g.Assignor)), text.S(th.Dim, protocol))
}

func lagFact(th *theme.Theme, g *model.GroupView) text.Line {
	style := th.Strong
	if g.Trend == model.TrendGrowing || g.Trend == model.TrendStalled {
		style = th.Warn.Bold(true)
	}
	return text.Of(text.S(th.Dim, "lag "), text.S(style, text.Lag(g.Lag, g.LagIncomplete)))
}

// groupBanner says in words what a person must know before reading the rest: that it is old, or that a part of it
// cannot be known.
func groupBanner(f frame, g *model.GroupView) []text.Line {
	th := f.theme
	var lines []text.Line
	tell := func(style lipgloss.Style, what string) {
		for _, line := range strings.Split(ansi.Wordwrap(what, max(1, f.width-2*margin), ""), "\n") {
			lines = append(lines, text.Of(text.S(style, line)))
		}
	}
	switch {
	case !g.GoneSince.IsZero():
		tell(th.Bad, fmt.Sprintf("The group was deleted %s ago. This is the last that was seen of it.", text.Age(f.now, g.GoneSince)))
	case !g.StaleSince.IsZero():
		tell(th.Warn, fmt.Sprintf("Stale for %s: %s. This is from %s.",
			text.Age(f.now, g.StaleSince), coordinatorTrouble(f.view, g), text.Clock(f.now, g.StaleSince)))
	}
	for _, e := range f.view.Errs {
		if e.Group == g.ID {
			tell(th.Warn, text.Clean(e.Error()))
			break
		}
	}
	switch g.Type {
	case model.TypeShare:
		tell(th.Dim, "A share group (KIP-932): members share partitions record by record, so nobody owns one, and there are no committed offsets to read a lag from.")
	case model.TypeStreams:
		tell(th.Dim, "A streams group (KIP-1071): its members own tasks, which no request that regroup sends describes; type, state and coordinator are known.")
	default:
		if !g.MembersKnown && g.GoneSince.IsZero() {
			tell(th.Warn, "Its members could not be read: who owns what is unknown.")
		}
	}
	return lines
}

// coordinatorTrouble is why the coordinator does not answer, as far as it is known.
func coordinatorTrouble(v *model.View, g *model.GroupView) string {
	id, known := g.Coordinator.Get()
	if !known {
		return "no broker answers for it"
	}
	for _, b := range v.Brokers {
		if b.ID == id && b.Problem != "" {
			return fmt.Sprintf("broker %d, its coordinator, does not answer (%s)", id, text.Clean(b.Problem))
		}
	}
	return fmt.Sprintf("broker %d, its coordinator, does not answer", id)
}
