package groups

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/spark"
	"regroup/ui/text"
)

const (
	// stormsShown is how many storms are told of below the feed.
	stormsShown = 3
	// stormSpark is the cells of the picture of a storm: a minute each.
	stormSpark = 10
)

// stickyNote is how many of the moves were necessary, where some were not.
func stickyNote(r *model.Rebalance) string {
	s, known := r.Stickiness.Get()
	if !known || s.Moved <= s.Necessary {
		return ""
	}
	return " (" + text.Count(s.Necessary) + " necessary)"
}

// stormsOf is the groups that are in a storm, the worst first.
func stormsOf(v *model.View) []*model.GroupView {
	var storms []*model.GroupView
	for _, g := range v.Groups {
		if derive.InStorm(g) {
			storms = append(storms, g)
		}
	}
	slices.SortStableFunc(storms, func(a, b *model.GroupView) int { return cmp.Compare(b.Storm.Recent, a.Storm.Recent) })
	return storms
}

// renderStorms draws the storms below what was drawn before.
func renderStorms(b *strings.Builder, f kit.Frame, storms []*model.GroupView) {
	b.WriteString("\n\n")
	heading := f.Theme.Section(f.Width-2, false, "STORMS", text.S(f.Theme.Dim, "rebalances in "+text.Duration(model.StormWindow)))
	append(text.Line{text.Space(1)}, heading...).Append(b, nil)
	for _, line := range stormLines(f, storms) {
		b.WriteByte('\n')
		line.Append(b, nil)
	}
}

// stormLines tell of each storm: how it grew, how often against the usual, how many partitions moved in vain, and why.
func stormLines(f kit.Frame, storms []*model.GroupView) []text.Line {
	t := f.Theme
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
		line = append(line, text.S(t.Calm(t.Bad), stormPicture(f.Now, g)), text.Space(2))
		words := fmt.Sprintf("%d in %s", g.Storm.Recent, text.Duration(model.StormWindow))
		if usual, known := g.Storm.Usual.Get(); known {
			words += ", usually " + text.Often(usual, model.StormWindow)
		}
		line = append(line, text.S(t.Bad, words), text.Space(2))
		if s, known := g.Stickiness.Get(); known && s.Moved > s.Necessary {
			line = append(line, text.S(t.Warn, fmt.Sprintf("%s moved (%s necessary)", text.Count(s.Moved), text.Count(s.Necessary))), text.Space(2))
		}
		if r := worst(g); r != nil {
			line = append(line, text.S(t.Text, phrase.Cause(r)), text.S(t.Dim, "  "+text.Clean(r.Verdict.Evidence)))
		}
		lines = append(lines, line.Truncate(f.Width-1))
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
		if worst == nil || phrase.FamilyOf(r).Weight >= phrase.FamilyOf(worst).Weight {
			worst = r
		}
	}
	return worst
}
