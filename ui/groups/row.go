package groups

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/spark"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// The columns of the groups, in order.
const (
	columnGroup = iota
	columnState
	columnAssignor
	columnMembers
	columnParts
	columnLag
	columnSpark
	columnBehind
	columnGeneration
	columnLast
)

const (
	leastName = 12
	mostName  = 44
	// wholeName is how much of a name is never given up for a further column.
	wholeName = 24
	// sparkWidth is six seconds a cell.
	sparkWidth = 10
)

// groupWidths are the widths that what is listed needs.
type groupWidths struct {
	name, members, parts, lag int
	storm                     bool // some group is in one
}

func (w *groupWidths) add(g *model.GroupView, name string) {
	w.name = max(w.name, text.Width(name))
	members, more := phrase.Members(g)
	w.members = max(w.members, text.Width(members)+text.Width(more))
	owned, all := partitionWords(g)
	w.parts = max(w.parts, text.Width(owned)+text.Width(all))
	w.storm = w.storm || derive.InStorm(g)
	w.lag = max(w.lag, text.Width(outOfRangeSign(g)+text.Lag(g.Lag, g.LagIncomplete))+1)
}

// groupColumns are the columns. Where it is narrow, the assignor goes first and then the columns from the right; name,
// state and lag never do. While there is a storm, the last column says so before sparklines are drawn.
func groupColumns(w groupWidths) []table.Column {
	name := min(max(w.name, leastName), mostName)
	last := table.Column{Title: "LAST REBALANCE", Min: 14, Max: 80, Priority: 5}
	if w.storm {
		last.Min, last.Priority = 5+text.Width("99 in 10m: storm"), 2
	}
	return []table.Column{
		columnGroup:      {Title: "GROUP", Min: min(name, wholeName), Max: name},
		columnState:      {Title: "STATE", Min: 13},
		columnAssignor:   {Title: "ASSIGNOR", Min: 11, Priority: 7},
		columnMembers:    {Title: "MEMBERS", Min: max(7, w.members), Align: text.Right, Priority: 1},
		columnParts:      {Title: "PARTS", Min: max(5, w.parts), Align: text.Right, Priority: 4},
		columnLag:        {Title: "LAG", Min: max(7, w.lag), Align: text.Right},
		columnSpark:      {Title: "LAST 60s", Min: sparkWidth, Priority: 3},
		columnBehind:     {Title: "BEHIND", Min: 6, Align: text.Right, Priority: 3},
		columnGeneration: {Title: "GEN", Min: 5, Align: text.Right, Priority: 6},
		columnLast:       last,
	}
}

// groupRow draws a group; what the filter matched in its name stands out.
func groupRow(f kit.Frame, g *model.GroupView, filter string) table.Row {
	t := f.Theme
	nameStyle := t.Text
	if rebalancing(g) || g.Trend == model.TrendStalled {
		nameStyle = t.Strong
	}
	lag, history := phrase.LagStyles(t, g)
	row := table.Row{Cells: []text.Line{
		columnGroup:      text.Highlight(text.Name(g.ID), filter, nameStyle, t.Match),
		columnState:      groupState(t, g),
		columnAssignor:   text.Of(text.S(t.Dim, assignor(g))),
		columnMembers:    memberCount(t, g),
		columnParts:      partitionCount(t, g),
		columnLag:        lagCell(g, lag, t.Bad),
		columnSpark:      text.Of(text.S(history, spark.Line(g.LagHistory, sparkWidth, max(kit.SparkTop, spark.Calm(g.LagHistory))))),
		columnBehind:     text.Of(text.S(lag.Bold(false), text.Maybe(g.Behind, text.Duration))),
		columnGeneration: text.Of(text.S(t.Dim, g.Generation.String())),
		columnLast:       lastRebalance(f, g),
	}}
	if !g.GoneSince.IsZero() || !g.StaleSince.IsZero() {
		row.Back = &t.Dim
	}
	return row
}

// groupState is the sign and the word of a group's state; of one that is gone or stale, that.
func groupState(t *theme.Theme, g *model.GroupView) text.Line {
	if !g.GoneSince.IsZero() {
		return text.Of(text.S(t.Dim, "✕ Deleted"))
	}
	return phrase.State(t, g.State)
}

// assignor is the assignor of a group of consumers (the server assignor of a KIP-848 group), or the type of another group.
func assignor(g *model.GroupView) string {
	switch {
	case g.Type == model.TypeShare || g.Type == model.TypeStreams:
		return text.Clean(string(g.Type))
	case g.ProtocolType != "" && g.ProtocolType != "consumer":
		return text.Clean(g.ProtocolType)
	case g.Assignor == "":
		return text.Unknown
	}
	return shortAssignor(g.Assignor)
}

func shortAssignor(name string) string {
	return text.Clean(strings.Replace(name, "cooperative-", "coop-", 1))
}

func memberCount(t *theme.Theme, g *model.GroupView) text.Line {
	members, more := phrase.Members(g)
	style := t.Text
	if len(g.Members) == 0 {
		style = t.Dim
	}
	return text.Of(text.S(style, members), text.S(t.Warn, more))
}

// partitionWords are how many partitions have an owner, if not all do, and how many there are.
func partitionWords(g *model.GroupView) (owned, all string) {
	n := len(g.Partitions)
	switch {
	case n == 0:
		return "", text.Unknown
	case g.Unassigned > 0:
		return text.Count(n - g.Unassigned), "/" + text.Count(n)
	}
	return "", text.Count(n)
}

func partitionCount(t *theme.Theme, g *model.GroupView) text.Line {
	owned, all := partitionWords(g)
	style := t.Text
	switch {
	case g.Unassigned > 0:
		style = t.Warn
	case len(g.Partitions) == 0:
		style = t.Dim
	}
	return text.Of(text.S(style, owned), text.S(style, all))
}

// lagCell is the lag and a sign for where it goes, which always has its cell so that the numbers stand in line.
func lagCell(g *model.GroupView, style, bad lipgloss.Style) text.Line {
	sign := " "
	switch g.Trend {
	case model.TrendGrowing:
		sign = "↑"
	case model.TrendFalling:
		sign = "↓"
	case model.TrendStalled:
		sign = "!"
	}
	return text.Of(text.S(bad, outOfRangeSign(g)), text.S(style, text.Lag(g.Lag, g.LagIncomplete)), text.S(style, sign))
}

// outOfRangeSign stands before a lag that is not the whole truth: some commit lies outside its log.
func outOfRangeSign(g *model.GroupView) string {
	if g.OutOfRange > 0 {
		return "≠"
	}
	return ""
}

// lastRebalance is the newest that is known of the group's rebalances: the one under way, or the age and the gist of the last.
func lastRebalance(f kit.Frame, g *model.GroupView) text.Line {
	t := f.Theme
	switch {
	case !g.GoneSince.IsZero():
		return text.Of(text.S(t.Dim, "deleted "+text.Age(f.Now, g.GoneSince)+" ago"))
	case !g.StaleSince.IsZero():
		words := "stale for " + text.Age(f.Now, g.StaleSince)
		if id, known := g.Coordinator.Get(); known {
			words += fmt.Sprintf(": broker %d does not answer", id)
		}
		return text.Of(text.S(t.Dim, words))
	case rebalancing(g):
		return rebalancingNow(f, g)
	}
	var line text.Line
	if g.OutOfRange > 0 { // rare, and worse than any rebalance: it comes first, so that it is not what is cut off
		line = text.Of(text.S(t.Bad, text.Count(g.OutOfRange)+" out of range"), text.Space(2))
	}
	r := g.LastRebalance()
	switch {
	case derive.InStorm(g):
		return append(append(line, text.S(t.Bad.Bold(true), fmt.Sprintf("%-4s", text.Age(f.Now, derive.RebalancedAt(g)))), text.Space(1)), phrase.StormLine(t, g)...)
	case r == nil && g.RebalancedAt.IsZero():
		return append(line, text.S(t.Dim, text.Unknown))
	case r == nil: // before regroup ran
		return append(line, text.S(t.Dim, text.Age(f.Now, g.RebalancedAt)))
	}
	return append(line, text.S(t.Text, fmt.Sprintf("%-4s", text.Age(f.Now, r.End()))), text.Space(1), text.S(t.Dim, gist(r)+stickyNote(r)))
}

// rebalancingNow says how long a rebalance has been under way and who is in it.
func rebalancingNow(f kit.Frame, g *model.GroupView) text.Line {
	line := text.Of(text.S(f.Theme.Warn.Bold(true), "now "), text.Space(1))
	if derive.InStorm(g) {
		return append(line, phrase.StormLine(f.Theme, g)...)
	}
	var parts []string
	if since := unsettledSince(g); !since.IsZero() {
		parts = append(parts, text.Age(f.Now, since))
	}
	if g.Joining > 0 {
		parts = append(parts, fmt.Sprintf("%d joining", g.Joining))
	}
	return append(line, text.S(f.Theme.Warn, strings.Join(parts, ", ")))
}

// unsettledSince is when the rebalance that is under way was first seen; zero if regroup did not see it begin.
func unsettledSince(g *model.GroupView) time.Time {
	if !g.Rebalancing() {
		return g.StateSince
	}
	return g.RebalancingSince
}
