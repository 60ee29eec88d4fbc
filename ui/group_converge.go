package ui

import (
	"fmt"
	"slices"
	"strings"

	"regroup/model"
	"regroup/ui/text"
)

const (
	// convergeMeter is the cells of the meter of convergence.
	convergeMeter = 8
	// convergeShown is how many members the pane tells of; the card of more.
	convergeShown = 6
	convergeWhole = 100
)

// atTarget says that a member of a KIP-848 group owns what it is to own, and knows it. known is false where its target
// or what it owns is not known.
func atTarget(g *model.GroupView, m *model.MemberView) (arrived, known bool) {
	if !m.TargetKnown || !m.AssignmentKnown && len(m.Assignment) == 0 {
		return false, false
	}
	if epoch, has := m.Epoch.Get(); has {
		if of, has := g.AssignmentEpoch.Get(); has && epoch < of {
			return false, true
		}
	}
	if len(m.PendingRevocation) > 0 || len(m.Assignment) != len(m.Target) {
		return false, true
	}
	for _, tp := range m.Target {
		if !slices.Contains(m.Assignment, tp) {
			return false, true
		}
	}
	return true, true
}

// converged is how many members are at their target, and of how many that is known.
func converged(g *model.GroupView) (there, of int) {
	for i := range g.Members {
		arrived, known := atTarget(g, &g.Members[i])
		if known {
			of++
		}
		if arrived {
			there++
		}
	}
	return there, of
}

// converging is how far a KIP-848 group is on its way to its target: a meter, the epochs, and what each member that has
// not arrived owns now and is to own. Nil of a group of another type.
func (p rebalancePane) converging() []text.Line {
	if p.g.Type != model.TypeConsumer {
		return nil
	}
	var lines []text.Line
	if there, of := converged(p.g); of > 0 {
		lines = append(lines, p.convergence(there, of))
	}
	lines = append(lines, p.epochs())
	return append(lines, p.targets()...)
}

// arrived is how a KIP-848 group stands after its last rebalance; nil of another type, and beside an earlier rebalance.
func (p rebalancePane) arrived() []text.Line {
	if p.g.Type != model.TypeConsumer || p.index != len(p.g.Rebalances)-1 || len(p.g.Members) == 0 {
		return nil
	}
	lines := []text.Line{p.epochs()}
	if there, of := converged(p.g); of > there {
		lines = append([]text.Line{p.convergence(there, of)}, append(lines, p.targets()...)...)
	}
	return lines
}

func (p rebalancePane) convergence(there, of int) text.Line {
	th := p.f.theme
	cells := there * convergeMeter / of
	spans := []text.Span{
		text.S(th.Calm(th.Info), strings.Repeat("▰", cells)), text.S(th.Faint, strings.Repeat("▱", convergeMeter-cells)), text.Space(2),
		text.S(th.Strong, fmt.Sprintf("%d of %d", there, of)), text.S(th.Text, " at target"),
	}
	if !p.g.Unsettled.IsZero() {
		spans = append(spans, text.S(th.Dim, ", the epoch moved "), text.S(th.Warn.Bold(true), text.Duration(p.f.now.Sub(p.g.Unsettled))), text.S(th.Dim, " ago"))
	}
	if p.between.waiting > 0 {
		spans = append(spans, text.S(th.Info, fmt.Sprintf("   %s waited for", text.Count(p.between.waiting))))
	}
	return p.labelled("converged", spans...)
}

// epochs is the group's, that of the target, and those of the members, with the members that are at each.
func (p rebalancePane) epochs() text.Line {
	th, g := p.f.theme, p.g
	spans := []text.Span{text.S(th.Dim, "group "), text.S(th.Strong, g.Generation.String()),
		text.S(th.Dim, "   target for "), text.S(th.Strong, g.AssignmentEpoch.String())}
	at := map[int32][]model.Lane{}
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
		at[epoch] = append(at[epoch], g.Members[i].Lane)
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
	return p.labelled("epochs", spans...)
}

// lettersOf names a few lanes and counts more.
func lettersOf(all []model.Lane) string {
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
func (p rebalancePane) targets() []text.Line {
	th := p.f.theme
	var late, there []*model.MemberView
	for i := range p.g.Members {
		m := &p.g.Members[i]
		switch arrived, known := atTarget(p.g, m); {
		case arrived:
			there = append(there, m)
		case known:
			late = append(late, m)
		}
	}
	shown, most := late, convergeShown
	if p.whole {
		shown, most = append(late, there...), convergeWhole
	}
	has, to := p.sideWidths(shown[:min(len(shown), most)])
	var lines []text.Line
	for i, m := range shown {
		if i == most {
			lines = append(lines, p.labelled("", text.S(th.Dim, "… "+text.Plural(len(shown)-i, "more member"))))
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
func (p rebalancePane) owned(tps []model.TopicPartition) string {
	if len(tps) == 0 {
		return nothingOwned
	}
	return list(tps, p.oneTopic)
}

// sideWidths are the widths of what members own and of what they are to own.
func (p rebalancePane) sideWidths(members []*model.MemberView) (has, to int) {
	most := max(len(nothingOwned), (p.width-labelWidth)/5)
	for _, m := range members {
		has = max(has, min(most, text.Width(p.owned(m.Assignment))))
		to = max(to, min(most, text.Width(p.owned(m.Target))))
	}
	return has, to
}

func (p rebalancePane) target(label string, m *model.MemberView, has, to int) text.Line {
	th := p.f.theme
	side := func(tps []model.TopicPartition, width int) text.Line {
		style := th.Text
		if len(tps) == 0 {
			style = th.Dim
		}
		return text.Of(text.S(style, p.owned(tps))).Fit(width, text.Left)
	}
	line := text.Of(chip(th, m.Lane), text.Space(1))
	line = append(line, side(m.Assignment, has)...)
	if arrived, _ := atTarget(p.g, m); arrived {
		return p.labelled(label, append(line, text.S(th.Good, " ✓ at its target"))...)
	}
	line = append(line, text.S(th.Dim, " → "))
	line = append(line, side(m.Target, to)...)
	return p.labelled(label, append(append(line, text.Space(1)), p.wanting(m)...)...)
}

// wanting is what a member waits for and who holds it, and what it is to let go.
func (p rebalancePane) wanting(m *model.MemberView) text.Line {
	th := p.f.theme
	waits, gives := p.between.waits[m.Lane], p.between.gives[m.Lane]
	var line text.Line
	for _, holder := range lanes(waits) {
		line = append(line, text.S(th.Info, " waits for "+named(waits[holder])))
		if holder != model.Nobody {
			line = append(line, text.S(th.Dim, ", still held by "), chip(th, holder))
		}
	}
	for _, to := range lanes(gives) {
		word := " lets go of "
		if len(m.PendingRevocation) > 0 {
			word = " was asked to let go of "
		}
		line = append(line, text.S(th.Warn, word+named(gives[to])))
		if to != model.Nobody {
			line = append(line, text.S(th.Dim, " for "), chip(th, to))
		}
	}
	if len(line) == 0 {
		line = append(line, text.S(th.Dim, " has not heard of it yet"))
	}
	return line
}
