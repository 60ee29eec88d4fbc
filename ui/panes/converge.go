package panes

import (
	"fmt"
	"slices"
	"strings"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/text"
)

const (
	// convergeMeter is the cells of the meter of convergence.
	convergeMeter = 8
	// convergeShown is how many members the pane tells of; the card of more.
	convergeShown = 6
	convergeWhole = 100
)

// converging is how far a KIP-848 group is on its way to its target: a meter, the epochs, and what each member that has
// not arrived owns now and is to own. Nil of a group of another type.
func (p Rebalance) converging() []text.Line {
	if p.G.Type != model.TypeConsumer {
		return nil
	}
	var lines []text.Line
	if there, of := ownership.Converged(p.G); of > 0 {
		lines = append(lines, p.convergence(there, of))
	}
	lines = append(lines, p.epochs())
	return append(lines, p.targets()...)
}

// Arrived is how a KIP-848 group stands after its last rebalance; nil of another type, and beside an earlier rebalance.
func (p Rebalance) Arrived() []text.Line {
	if p.G.Type != model.TypeConsumer || p.Index != len(p.G.Rebalances)-1 || len(p.G.Members) == 0 {
		return nil
	}
	lines := []text.Line{p.epochs()}
	if there, of := ownership.Converged(p.G); of > there {
		lines = append([]text.Line{p.convergence(there, of)}, append(lines, p.targets()...)...)
	}
	return lines
}

func (p Rebalance) convergence(there, of int) text.Line {
	th := p.F.Theme
	cells := there * convergeMeter / of
	spans := []text.Span{
		text.S(th.Calm(th.Info), strings.Repeat("▰", cells)), text.S(th.Faint, strings.Repeat("▱", convergeMeter-cells)), text.Space(2),
		text.S(th.Strong, fmt.Sprintf("%d of %d", there, of)), text.S(th.Text, " converged"),
	}
	if p.G.Rebalancing() {
		spans = append(spans, text.S(th.Dim, ", epoch bumped "), text.S(th.Warn.Bold(true), text.Duration(p.F.Now.Sub(p.G.RebalancingSince))), text.S(th.Dim, " ago"))
	}
	if p.Readings.Pending > 0 {
		spans = append(spans, text.S(th.Info, fmt.Sprintf("   %s pending", text.Count(p.Readings.Pending))))
	}
	return p.Labelled("converged", spans...)
}

// epochs is the group's, that of the target, and those of the members, with the members that are at each.
func (p Rebalance) epochs() text.Line {
	th, g := p.F.Theme, p.G
	spans := []text.Span{text.S(th.Dim, "group "), text.S(th.Strong, g.Generation.String()),
		text.S(th.Dim, "   target "), text.S(th.Strong, g.AssignmentEpoch.String())}
	at := map[int32][]model.Slot{}
	var epochs []int32
	unknown := 0
	for i := range g.Members {
		epoch, known := g.Members[i].Epoch.Get()
		if !known {
			unknown++
			continue
		}
		if at[epoch] == nil {
			epochs = append(epochs, epoch)
		}
		at[epoch] = append(at[epoch], g.Members[i].Slot)
	}
	slices.Sort(epochs)
	spans = append(spans, text.S(th.Dim, "   members"))
	for _, epoch := range slices.Backward(epochs) {
		style := th.Text
		if g.Generation.Exact().Known() && epoch < g.Generation.Number {
			style = th.Warn
		}
		spans = append(spans, text.S(style, fmt.Sprintf("  %d", epoch)), text.S(th.Dim, " "+lettersOf(at[epoch])))
	}
	if unknown > 0 || len(g.Members) == 0 {
		spans = append(spans, text.S(th.Dim, "  "+text.Unknown))
	}
	return p.Labelled("epochs", spans...)
}

// lettersOf names a few lanes and counts more.
func lettersOf(all []model.Slot) string {
	const most = 8
	if len(all) > most {
		return "×" + text.Count(len(all))
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = l.String()
	}
	return strings.Join(names, " ")
}

// targets is a line a member: what it owns, what it is to own, and what it waits for. Those that have arrived come
// last, and only the card has them.
func (p Rebalance) targets() []text.Line {
	th := p.F.Theme
	var late, there []*model.MemberView
	for i := range p.G.Members {
		m := &p.G.Members[i]
		switch arrived, known := ownership.AtTarget(p.G, m); {
		case arrived:
			there = append(there, m)
		case known:
			late = append(late, m)
		}
	}
	shown, most := late, convergeShown
	if p.Extent == OnCard {
		shown, most = append(late, there...), convergeWhole
	}
	has, to := p.sideWidths(shown[:min(len(shown), most)])
	var lines []text.Line
	for i, m := range shown {
		if i == most {
			lines = append(lines, p.Labelled("", text.S(th.Dim, "… "+text.Plural(len(shown)-i, "more member"))))
			break
		}
		label := ""
		if i == 0 {
			label = "members"
		}
		lines = append(lines, p.target(label, m, has, to))
	}
	return lines
}

// nothingOwned stands for no partitions.
const nothingOwned = "nothing"

// owned is partitions in words.
func (p Rebalance) owned(tps []model.TopicPartition) string {
	if len(tps) == 0 {
		return nothingOwned
	}
	return kit.List(tps, p.Topics)
}

// sideWidths are the widths of what members own and of what they are to own.
func (p Rebalance) sideWidths(members []*model.MemberView) (has, to int) {
	most := max(len(nothingOwned), (p.Width-labelWidth)/5)
	for _, m := range members {
		has = max(has, min(most, text.Width(p.owned(m.Assignment))))
		to = max(to, min(most, text.Width(p.owned(m.Target))))
	}
	return has, to
}

func (p Rebalance) target(label string, m *model.MemberView, has, to int) text.Line {
	th := p.F.Theme
	side := func(tps []model.TopicPartition, width int) text.Line {
		style := th.Text
		if len(tps) == 0 {
			style = th.Dim
		}
		return text.Of(text.S(style, p.owned(tps))).Fit(width, text.Left)
	}
	line := text.Of(kit.Chip(th, m.Slot), text.Space(1))
	line = append(line, side(m.Assignment, has)...)
	if arrived, _ := ownership.AtTarget(p.G, m); arrived {
		return p.Labelled(label, append(line, text.S(th.Good, " ✓ converged"))...)
	}
	line = append(line, text.S(th.Dim, " → "))
	line = append(line, side(m.Target, to)...)
	return p.Labelled(label, append(append(line, text.Space(1)), p.wanting(m)...)...)
}

// wanting is what a member waits for, and what it is to revoke.
func (p Rebalance) wanting(m *model.MemberView) text.Line {
	th := p.F.Theme
	var line text.Line
	for _, t := range p.Readings.Waiting(m.Slot) {
		line = append(line, text.S(th.Info, " waiting for "+kit.Named(t.Partitions)))
		if t.With != model.Nobody {
			line = append(line, text.S(th.Dim, ", still owned by "), kit.Chip(th, t.With))
		}
	}
	for _, t := range p.Readings.Revoking(m.Slot) {
		word := " must revoke "
		if len(m.PendingRevocation) > 0 {
			word = " revoking "
		}
		line = append(line, text.S(th.Warn, word+kit.Named(t.Partitions)))
		if t.With != model.Nobody {
			line = append(line, text.S(th.Dim, " for "), kit.Chip(th, t.With))
		}
	}
	if len(line) == 0 {
		line = append(line, text.S(th.Dim, " not received yet"))
	}
	return line
}
