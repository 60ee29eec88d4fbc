package groups

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
)

// feedKept is how far back the feed goes: more than anybody scrolls.
const feedKept = 200

// feedItem is a line of the feed: a rebalance that ended, one that is under way, or another event.
type feedItem struct {
	id    string // stays the same while the line is in the feed
	at    time.Time
	group string // "" concerns none

	rebalance *model.Rebalance // one that ended
	underway  *model.GroupView // one that is under way
	event     *model.Event     // something else
}

// makeFeed lists what happened, newest first; rebalances that are under way come before all that is over.
func makeFeed(v *model.View) []feedItem {
	var items []feedItem
	for _, g := range v.Groups {
		if rebalancing(g) && g.StaleSince.IsZero() && g.GoneSince.IsZero() && len(items) < feedKept {
			items = append(items, feedItem{id: "now " + g.ID, at: unsettledSince(g), group: g.ID, underway: g})
		}
	}
	underway := len(items)
	for _, r := range v.Rebalances {
		at := r.End()
		items = append(items, feedItem{id: fmt.Sprintf("rebalance %s %d %d %s", r.From, r.To.Number, at.UnixNano(), r.Group), at: at, group: r.Group, rebalance: r})
	}
	for i := range v.Events {
		if e := &v.Events[i]; inFeed(e.Kind) {
			items = append(items, feedItem{id: fmt.Sprintf("%s %d %s %s", e.Kind, e.At.UnixNano(), e.Group, e.Detail), at: e.At, group: e.Group, event: e})
		}
	}
	slices.SortStableFunc(items[underway:], func(a, b feedItem) int { return b.at.Compare(a.at) })
	return items[:min(len(items), feedKept)]
}

// inFeed leaves out what a rebalance tells better: its beginning, its states, who joined and left, what it cost.
func inFeed(k model.EventKind) bool {
	switch k {
	case model.StateChanged, model.MemberJoined, model.MemberLeft, model.RebalanceBegan, model.RebalanceCompleted, model.CostKnown, model.VerdictRevised:
		return false
	}
	return true
}

// gist is a rebalance in a few words: who joined and left, and how much moved.
func gist(r *model.Rebalance) string {
	var parts []string
	for _, who := range []struct {
		members []model.MemberRef
		did     string
	}{{r.Joined, "joined"}, {r.Left, "left"}, {r.Restarted, "restarted"}} {
		switch n := len(who.members); {
		case n == 1:
			parts = append(parts, who.members[0].Slot.String()+" "+who.did)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, who.did))
		}
	}
	if r.AssignorBefore != r.AssignorAfter && r.AssignorBefore != "" && r.AssignorAfter != "" {
		parts = append(parts, "assignor "+shortAssignor(r.AssignorAfter))
	}
	switch moved, assigned, _ := r.MoveCounts(); {
	case r.MembersAfter == 0 && len(r.Left) > 0:
		parts = append(parts, "now empty")
	case moved > 0:
		parts = append(parts, fmt.Sprintf("%d moved", moved))
	case assigned > 0:
		parts = append(parts, fmt.Sprintf("%d assigned", assigned))
	default:
		parts = append(parts, "no moves")
	}
	return strings.Join(parts, ", ")
}

// The columns of the feed.
const (
	feedTime = iota
	feedGroup
	feedGeneration
	feedWho
	feedMoved
	feedTook
	feedCause
	feedConfidence
)

// feedColumns are the columns. Where it is narrow, what is left says when, which group, who and why.
func feedColumns(nameWidth int) []table.Column {
	name := min(max(nameWidth, leastName), 30)
	return []table.Column{
		feedTime:       {Min: 8},
		feedGroup:      {Min: leastName, Max: name},
		feedGeneration: {Min: 9, Max: 13, Align: text.Right, Priority: 2},
		feedWho:        {Min: 15, Max: 22},
		feedMoved:      {Min: 12, Max: 16, Priority: 3},
		feedTook:       {Min: 9, Max: 24, Align: text.Right, Priority: 4},
		feedCause:      {Min: 18, Max: 24, Priority: 1},
		feedConfidence: {Min: 8, Max: 8, Priority: 5},
	}
}

func (s *Screen) renderFeed(f kit.Frame, height int) string {
	width := 0
	for i := range min(len(s.shown.feed), height+20) {
		width = max(width, text.Width(text.Name(s.shown.feed[i].group)))
	}
	s.feed.SetColumns(feedColumns(width)...)
	return s.feed.View(f.Theme, f.Width, height, s.onFeed, func(i int) table.Row { return s.feedRow(f, &s.shown.feed[i]) })
}

func (s *Screen) feedRow(f kit.Frame, item *feedItem) table.Row {
	t := f.Theme
	switch {
	case item.underway != nil:
		return underwayRow(f, item)
	case item.event != nil:
		return eventRow(f, item, s.feed.Width(feedGeneration) > 0)
	}
	age, r := f.Now.Sub(item.at), item.rebalance
	moved := phrase.Moves(r)
	duration := phrase.Took(r)
	if split := phrase.Phases(r); text.Width(split) <= s.feed.Width(feedTook) {
		duration = split
	}
	cause := t.Aged(phrase.FamilyOf(r).Style(t), age, phrase.Fades)
	return table.Row{Cells: []text.Line{
		feedTime:       text.Of(text.S(t.Dim, text.Clock(f.Now, item.at))),
		feedGroup:      text.Of(text.S(t.Aged(t.Text, age, phrase.Fades), text.Name(item.group))),
		feedGeneration: text.Of(text.S(t.Aged(t.Strong, age, phrase.Fades), phrase.Generations(r))),
		feedWho:        phrase.Who(t, r, age),
		feedMoved:      text.Of(text.S(t.Aged(t.Text, age, phrase.Fades), moved)),
		feedTook:       text.Of(text.S(t.Dim, duration)),
		feedCause:      text.Of(text.S(cause, phrase.SeveralWords(r)+phrase.Cause(r))),
		feedConfidence: text.Of(text.S(t.Dim, phrase.Confidence(r.Verdict))),
	}}
}

// underwayRow is a rebalance that has not ended: how long ago it began, and who is known to be in it.
func underwayRow(f kit.Frame, item *feedItem) table.Row {
	t, g := f.Theme, item.underway
	to := text.Unknown
	if g.Generation.Kind != model.GenerationUnknown {
		to = g.Generation.String() + " → …"
	}
	members := underwayWords(g)
	return table.Row{Cells: []text.Line{
		feedTime:       text.Of(text.S(t.Warn.Bold(true), "now")),
		feedGroup:      text.Of(text.S(t.Strong, text.Name(item.group))),
		feedGeneration: text.Of(text.S(t.Strong, to)),
		feedWho:        text.Of(text.S(t.Warn, members)),
		feedMoved:      nil,
		feedTook:       text.Of(text.S(t.Warn, text.Age(f.Now, item.at))),
		feedCause:      phrase.State(t, g.State),
	}}
}

// underwayWords is what is known of a rebalance that has not ended.
func underwayWords(g *model.GroupView) string {
	switch {
	case g.Joining > 0:
		return text.Count(g.Joining) + " joining"
	case g.State == model.StatePreparingRebalance:
		return "members rejoin"
	case g.State == model.StateReconciling:
		return "converging"
	}
	return "assigning"
}

// eventRow is anything that is not a rebalance, in its own words.
func eventRow(f kit.Frame, item *feedItem, generationShown bool) table.Row {
	t, age := f.Theme, f.Now.Sub(item.at)
	style, sign := t.Text, ""
	switch item.event.Kind {
	case model.SourceLost, model.GroupGone, model.TopicGone:
		style = t.Bad
	case model.SourceFound, model.GroupAppeared:
		style = t.Good
	case model.LabActed, model.AdminActed:
		style, sign = t.Info, "⚑ "
	case model.LagAlerted:
		style, sign = phrase.Alert(t, item.event)
	case model.CoordinatorMoved, model.TopicRecreated, model.PartitionsAdded:
		style = t.Warn
	}
	about := item.group
	if about == "" {
		about = cmp.Or(item.event.Topic, brokerName(item.event), "cluster")
	}
	cells := []text.Line{
		feedTime:  text.Of(text.S(t.Dim, text.Clock(f.Now, item.at))),
		feedGroup: text.Of(text.S(t.Aged(t.Text, age, phrase.Fades), text.Clean(about))),
	}
	if !generationShown { // its place is what the words begin at otherwise
		cells = append(cells, nil)
	}
	return table.Row{Wide: true, Cells: append(cells, text.Of(text.S(t.Aged(style, age, phrase.Fades), sign+text.Clean(item.event.Detail))))}
}

func brokerName(e *model.Event) string {
	if id, known := e.Broker.Get(); known {
		return fmt.Sprintf("broker %d", id)
	}
	return ""
}
