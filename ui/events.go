package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

const (
	// feedKept is how far back the feed goes: more than anybody scrolls.
	feedKept = 200
	// feedFades is the age at which a line of the feed has stepped back.
	feedFades = 2 * time.Minute
)

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
			parts = append(parts, who.members[0].Lane.String()+" "+who.did)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, who.did))
		}
	}
	if r.AssignorBefore != r.AssignorAfter && r.AssignorBefore != "" && r.AssignorAfter != "" {
		parts = append(parts, "assignor "+shortAssignor(r.AssignorAfter))
	}
	switch {
	case r.MembersAfter == 0 && len(r.Left) > 0:
		parts = append(parts, "nobody is left")
	case len(r.Moves) > 0:
		parts = append(parts, fmt.Sprintf("%d moved", len(r.Moves)))
	default:
		parts = append(parts, "nothing moved")
	}
	return strings.Join(parts, ", ")
}

// kind is what made a rebalance that nobody has judged, as far as who was there before and after shows it.
func kind(r *model.Rebalance) string {
	switch {
	case several(r):
		return fmt.Sprintf("≥%d rebalances in one", r.AtLeast)
	case len(r.Restarted) > 0:
		return "static member restarted"
	case r.AssignorBefore != r.AssignorAfter && r.AssignorBefore != "" && r.AssignorAfter != "":
		return "assignor changed"
	case r.MembersAfter == 0 && len(r.Left) > 0:
		return "last member left"
	case len(r.Joined) > 0 && len(r.Left) > 0:
		return "members joined and left"
	case len(r.Joined) > 0:
		return "member joined"
	case len(r.Left) > 0:
		return "member left"
	}
	return "same members"
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

func (s *groupsScreen) renderFeed(f frame, height int) string {
	width := 0
	for i := range min(len(s.shown.feed), height+20) {
		width = max(width, text.Width(text.Name(s.shown.feed[i].group)))
	}
	s.feed.SetColumns(feedColumns(width)...)
	return s.feed.View(f.theme, f.width, height, s.onFeed, func(i int) table.Row { return s.feedRow(f, &s.shown.feed[i]) })
}

func (s *groupsScreen) feedRow(f frame, item *feedItem) table.Row {
	t := f.theme
	switch {
	case item.underway != nil:
		return underwayRow(f, item)
	case item.event != nil:
		return eventRow(f, item, s.feed.Width(feedGeneration) > 0)
	}
	age, r := f.now.Sub(item.at), item.rebalance
	moved := fmt.Sprintf("%d of %d moved", len(r.Moves), r.Partitions())
	duration := took(r)
	if split := phases(r); text.Width(split) <= s.feed.Width(feedTook) {
		duration = split
	}
	cause := t.Aged(familyOf(r).style(t), age, feedFades)
	return table.Row{Cells: []text.Line{
		feedTime:       text.Of(text.S(t.Dim, text.Clock(f.now, item.at))),
		feedGroup:      text.Of(text.S(t.Aged(t.Text, age, feedFades), text.Name(item.group))),
		feedGeneration: text.Of(text.S(t.Aged(t.Strong, age, feedFades), generations(r))),
		feedWho:        who(t, r, age),
		feedMoved:      text.Of(text.S(t.Aged(t.Text, age, feedFades), moved)),
		feedTook:       text.Of(text.S(t.Dim, duration)),
		feedCause:      text.Of(text.S(cause, severalWords(r)+causeWords(r))),
		feedConfidence: text.Of(text.S(t.Dim, confidenceWord(r.Verdict))),
	}}
}

// severalWords stand before the cause where several rebalances passed unseen: one cause is not all there was to it.
func severalWords(r *model.Rebalance) string {
	if several(r) && r.Verdict.Cause != "" {
		return fmt.Sprintf("≥%d: ", r.AtLeast)
	}
	return ""
}

// generations is "4 → 5"; where neither is known, an arrow alone would say nothing.
func generations(r *model.Rebalance) string {
	if r.From.Kind == model.GenerationUnknown && r.To.Kind == model.GenerationUnknown {
		return text.Unknown
	}
	return r.From.String() + " → " + r.To.String()
}

// who is the letters of those who joined, left or came back, and what they did; those of many stand for the rest.
func who(t *theme.Theme, r *model.Rebalance, age time.Duration) text.Line {
	const letters = 3
	var line text.Line
	for _, part := range []struct {
		members []model.MemberRef
		did     string
		gone    bool
	}{{r.Joined, "joined", false}, {r.Left, "left", true}, {r.Restarted, "restarted", false}} {
		if len(part.members) == 0 {
			continue
		}
		if len(line) > 0 {
			line = append(line, text.Space(1))
		}
		for _, m := range part.members[:min(len(part.members), letters)] {
			style := t.Chip(m.Lane)
			if part.gone || age > feedFades {
				style = t.ChipOver(m.Lane)
			}
			line = append(line, text.S(style, " "+m.Lane.String()+" "))
		}
		did := " " + part.did
		if more := len(part.members) - letters; more > 0 {
			did = fmt.Sprintf(" +%d %s", more, part.did)
		}
		line = append(line, text.S(t.Aged(t.Text, age, feedFades), did))
	}
	if len(line) == 0 {
		return text.Of(text.S(t.Dim, text.Unknown))
	}
	return line
}

// underwayRow is a rebalance that has not ended: how long ago it began, and who is known to be in it.
func underwayRow(f frame, item *feedItem) table.Row {
	t, g := f.theme, item.underway
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
		feedTook:       text.Of(text.S(t.Warn, text.Age(f.now, item.at))),
		feedCause:      stateLine(t, g.State),
	}}
}

// underwayWords is what is known of a rebalance that has not ended.
func underwayWords(g *model.GroupView) string {
	switch {
	case g.Joining > 0:
		return text.Count(g.Joining) + " joining"
	case g.State == model.StatePreparingRebalance:
		return "members join"
	case g.State == model.StateReconciling:
		return "partitions move"
	}
	return "being assigned"
}

// eventRow is anything that is not a rebalance, in its own words.
func eventRow(f frame, item *feedItem, generationShown bool) table.Row {
	t, age := f.theme, f.now.Sub(item.at)
	style, sign := t.Text, ""
	switch item.event.Kind {
	case model.SourceLost, model.GroupGone, model.TopicGone:
		style = t.Bad
	case model.SourceFound, model.GroupAppeared:
		style = t.Good
	case model.LabActed, model.AdminActed:
		style, sign = t.Info, "⚑ "
	case model.LagAlerted:
		style, sign = alertLook(t, item.event)
	case model.CoordinatorMoved, model.TopicRecreated, model.PartitionsAdded:
		style = t.Warn
	}
	about := item.group
	if about == "" {
		about = cmp.Or(item.event.Topic, brokerName(item.event), "cluster")
	}
	cells := []text.Line{
		feedTime:  text.Of(text.S(t.Dim, text.Clock(f.now, item.at))),
		feedGroup: text.Of(text.S(t.Aged(t.Text, age, feedFades), text.Clean(about))),
	}
	if !generationShown { // its place is what the words begin at otherwise
		cells = append(cells, nil)
	}
	return table.Row{Wide: true, Cells: append(cells, text.Of(text.S(t.Aged(style, age, feedFades), sign+text.Clean(item.event.Detail))))}
}

// alertLook is the style and the sign of an alert, and of its end.
func alertLook(t *theme.Theme, e *model.Event) (style lipgloss.Style, sign string) {
	if e.Alert != nil && e.Alert.Over {
		return t.Good, "✓ "
	}
	return t.Bad, "! "
}

func brokerName(e *model.Event) string {
	if id, known := e.Broker.Get(); known {
		return fmt.Sprintf("broker %d", id)
	}
	return ""
}
