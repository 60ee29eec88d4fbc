package ui

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/spark"
	"regroup/ui/text"
	"regroup/ui/theme"
)

const (
	// stormMeter is the cells of the meter of a storm beside its number.
	stormMeter = 5
	// stormsShown is how many storms are told of below the feed.
	stormsShown = 3
	// stormSpark is the cells of the picture of a storm: a minute each.
	stormSpark = 10
)

// inStorm says that a group rebalances so often that something must be wrong; not of one that is gone, or old news.
func inStorm(g *model.GroupView) bool {
	return g.Storm.Active && g.GoneSince.IsZero() && g.StaleSince.IsZero()
}

// rebalancedAt is when a group last rebalanced, also before regroup ran; zero is unknown.
func rebalancedAt(g *model.GroupView) time.Time {
	if r := g.LastRebalance(); r != nil {
		return r.End()
	}
	return g.RebalancedAt
}

// stormLine is how often the group rebalances, in words and against its own usual.
func stormLine(t *theme.Theme, g *model.GroupView) text.Line {
	line := text.Of(text.S(t.Bad, fmt.Sprintf("%d in %s: storm", g.Storm.Recent, text.Duration(model.StormWindow))))
	if usual, known := g.Storm.Usual.Get(); known {
		full, empty := meter(float64(g.Storm.Recent), usual)
		line = append(line, text.Space(2), text.S(t.Bad, full), text.S(t.Dim, empty))
	}
	return line
}

// meter is how much more than usual there is. Each cell doubles, so that the last one means sixteen times as much.
func meter(now, usual float64) (full, empty string) {
	cells := 1 + int(math.Round(math.Log2(max(1, now/max(usual, 0.1)))))
	cells = min(stormMeter, max(1, cells))
	return strings.Repeat("▰", cells), strings.Repeat("▱", stormMeter-cells)
}

// stickyNote tells of partitions that moved and need not have.
func stickyNote(r *model.Rebalance) string {
	s, known := r.Stickiness.Get()
	if !known || s.Moved <= s.Needed {
		return ""
	}
	return ", " + text.Count(s.Needed) + " had to"
}

// stormsOf is the groups that are in a storm, the worst first.
func stormsOf(v *model.View) []*model.GroupView {
	var storms []*model.GroupView
	for _, g := range v.Groups {
		if inStorm(g) {
			storms = append(storms, g)
		}
	}
	slices.SortStableFunc(storms, func(a, b *model.GroupView) int { return cmp.Compare(b.Storm.Recent, a.Storm.Recent) })
	return storms
}

// renderStorms draws the storms below what was drawn before.
func renderStorms(b *strings.Builder, f frame, storms []*model.GroupView) {
	b.WriteString("\n\n")
	heading := f.theme.Section(f.width-2, false, "STORMS", text.S(f.theme.Dim, "rebalances in "+text.Duration(model.StormWindow)))
	append(text.Line{text.Space(1)}, heading...).Append(b, nil)
	for _, line := range stormLines(f, storms) {
		b.WriteByte('\n')
		line.Append(b, nil)
	}
}

// stormLines tell of each storm: how it grew, how often against the usual, how many partitions moved in vain, and why.
func stormLines(f frame, storms []*model.GroupView) []text.Line {
	t := f.theme
	name := 0
	for _, g := range storms {
		name = max(name, min(30, text.Width(text.Name(g.ID))))
	}
	var lines []text.Line
	for i, g := range storms {
		if i == stormsShown {
			break
		}
		line := text.Of(text.Space(3)).Fit(3, text.Left)
		line = append(line, text.Of(text.S(t.Strong, text.Name(g.ID))).Fit(name+2, text.Left)...)
		line = append(line, text.S(t.Calm(t.Bad), stormPicture(f.now, g)), text.Space(2))
		words := fmt.Sprintf("%d in %s", g.Storm.Recent, text.Duration(model.StormWindow))
		if usual, known := g.Storm.Usual.Get(); known {
			words += ", usually " + text.Often(usual, model.StormWindow)
		}
		line = append(line, text.S(t.Bad, words), text.Space(2))
		if s, known := g.Stickiness.Get(); known && s.Moved > s.Needed {
			line = append(line, text.S(t.Warn, fmt.Sprintf("%s moved, %s had to", text.Count(s.Moved), text.Count(s.Needed))), text.Space(2))
		}
		if r := worst(g); r != nil {
			line = append(line, text.S(t.Text, causeWords(r)), text.S(t.Dim, "  "+text.Clean(r.Verdict.Evidence)))
		}
		lines = append(lines, line.Truncate(f.width-1))
	}
	return lines
}

// stormPicture is how many rebalances there were in each part of the window.
func stormPicture(now time.Time, g *model.GroupView) string {
	counts := make([]int64, stormSpark)
	for _, r := range g.Rebalances {
		if age := now.Sub(r.End()); age >= 0 && age < model.StormWindow {
			counts[stormSpark-1-int(age*stormSpark/model.StormWindow)] += int64(max(1, r.AtLeast))
		}
	}
	return spark.Line(counts, stormSpark, 2)
}

// worst is the newest rebalance of the family that weighs most: what is behind a storm is not the member that comes back.
func worst(g *model.GroupView) *model.Rebalance {
	var worst *model.Rebalance
	for _, r := range g.Rebalances {
		if worst == nil || familyOf(r).weight >= familyOf(worst).weight {
			worst = r
		}
	}
	return worst
}
