// Package phrase words groups, rebalances, events and errors for the lines that several screens share.
package phrase

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// GroupTitle is the title line of a group.
func GroupTitle(f kit.Frame, g *model.GroupView, width int) text.Line {
	th := f.Theme
	sign, style := th.State(g.State)
	state := string(g.State)
	if g.State == model.StateUnknown {
		state = "state unknown"
	}
	var facts kit.Facts
	facts.Add(0, text.S(th.Strong, text.Name(g.ID)))
	facts.Add(0, text.S(style, sign+" "+text.Clean(state)))
	facts.Add(2, GenerationFact(th, g)...)
	if line := AssignorFact(th, g); line != nil {
		facts.Add(5, line...)
	}
	if broker, known := g.Coordinator.Get(); known {
		facts.Add(7, text.S(th.Dim, "coordinator "), text.S(th.Text, fmt.Sprint(broker)))
	}
	if g.Leader != model.Nobody {
		facts.Add(7, text.S(th.Dim, "leader "), text.S(th.Lane(g.Leader).Bold(true), g.Leader.String()))
	}
	facts.Add(1, LagFact(th, g)...)
	if behind, known := g.Behind.Get(); known {
		facts.Add(4, text.S(th.Text, text.Duration(behind)), text.S(th.Dim, " behind"))
	}
	switch {
	case g.Rebalancing():
		facts.Add(3, text.S(th.Warn, "rebalancing for "+text.Duration(f.Now.Sub(g.RebalancingSince))))
	case g.LastRebalance() != nil:
		facts.Add(6, text.S(th.Dim, "rebalanced "), text.S(th.Text, text.Age(f.Now, g.LastRebalance().End())), text.S(th.Dim, " ago"))
	case !g.RebalancedAt.IsZero(): // before regroup started
		facts.Add(6, text.S(th.Dim, "rebalanced "), text.S(th.Text, text.Age(f.Now, g.RebalancedAt)), text.S(th.Dim, " ago"))
	}
	if derive.InStorm(g) {
		facts.Add(3, text.S(th.Bad.Bold(true), fmt.Sprintf("%d in %s: storm", g.Storm.Recent, text.Duration(model.StormWindow))))
	}
	if g.Trend == model.TrendGrowing || g.Trend == model.TrendStalled {
		facts.Add(8, text.S(th.Warn, "lag "+string(g.Trend)))
	}
	return facts.Fit(width, 3)
}

// GenerationFact is the generation of a group, or its epochs.
func GenerationFact(th *theme.Theme, g *model.GroupView) text.Line {
	word := "generation "
	if CountsEpochs(g.Type) {
		word = "group epoch "
	}
	line := text.Of(text.S(th.Dim, word), text.S(th.Strong, g.Generation.String()))
	if epoch, known := g.AssignmentEpoch.Get(); known && g.Generation.Exact() != model.Some(epoch) {
		line = append(line, text.S(th.Dim, ", assigned for "), text.S(th.Text, fmt.Sprint(epoch)))
	}
	return line
}

// AssignorFact is the assignor and its rebalance protocol; server is that of a KIP-848 group.
func AssignorFact(th *theme.Theme, g *model.GroupView) text.Line {
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

// LagFact is the lag of a group, in the style of its trend.
func LagFact(th *theme.Theme, g *model.GroupView) text.Line {
	style := th.Strong
	if g.Trend == model.TrendGrowing || g.Trend == model.TrendStalled {
		style = th.Warn.Bold(true)
	}
	return text.Of(text.S(th.Dim, "lag "), text.S(style, text.Lag(g.Lag, g.LagIncomplete)))
}

// State is the sign and the name of a state; PreparingRebalance and CompletingRebalance are shortened to their first word.
func State(t *theme.Theme, s model.GroupState) text.Line {
	sign, style := t.State(s)
	word := string(s)
	switch s {
	case model.StatePreparingRebalance:
		word = "Preparing"
	case model.StateCompletingRebalance:
		word = "Completing"
	case model.StateUnknown:
		word = "unknown"
	}
	return text.Of(text.S(style, sign+" "+text.Clean(word)))
}

// Members is the number of members, and of those that are joining or idle.
func Members(g *model.GroupView) (members, more string) {
	n := len(g.Members)
	switch {
	case !g.MembersKnown:
		return text.Unknown, ""
	case g.Joining > 0 && n >= g.Joining:
		return text.Count(n - g.Joining), " +" + text.Count(g.Joining)
	case g.Idle > 0:
		return text.Count(n), " " + text.Count(g.Idle) + " idle"
	}
	return text.Count(n), ""
}

// LagStyles are the styles of a group's lag and of its sparkline, by its trend.
func LagStyles(t *theme.Theme, g *model.GroupView) (lag, history lipgloss.Style) {
	n, known := g.Lag.Get()
	switch {
	case !known:
		return t.Dim, t.Dim
	case g.Trend == model.TrendStalled:
		return t.Bad.Bold(true), t.Bad
	case g.Trend == model.TrendGrowing:
		return t.Warn.Bold(true), t.Warn
	case n == 0:
		return t.Dim, t.Faint
	case g.Trend == model.TrendFalling:
		return t.Strong, t.Good
	}
	return t.Strong, t.Quiet
}

// StormLine is the rebalance rate of a group, in words and compared with its usual rate.
func StormLine(t *theme.Theme, g *model.GroupView) text.Line {
	line := text.Of(text.S(t.Bad, fmt.Sprintf("%d in %s: storm", g.Storm.Recent, text.Duration(model.StormWindow))))
	if usual, known := g.Storm.Usual.Get(); known {
		full, empty := meter(float64(g.Storm.Recent), usual)
		line = append(line, text.Space(2), text.S(t.Bad, full), text.S(t.Dim, empty))
	}
	return line
}

// stormMeter is the width of the meter in cells.
const stormMeter = 5

// meter compares a rate with the usual rate. Each cell doubles the rate: five cells are sixteen times the usual rate.
func meter(now, usual float64) (full, empty string) {
	cells := 1 + int(math.Round(math.Log2(max(1, now/max(usual, 0.1)))))
	cells = min(stormMeter, max(1, cells))
	return strings.Repeat("▰", cells), strings.Repeat("▱", stormMeter-cells)
}

// LeaderSign marks the group leader, which computes the assignment.
const LeaderSign = "★"

// Plural is the form of a word that agrees with a number.
func Plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
