package ui

import (
	"fmt"
	"maps"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/text"
)

// renderBig is the group for a projector: its numbers, its members with what they own, the picture where there is room
// for both or it has the focus, and the last thing that happened.
func (s *groupScreen) renderBig(f frame, g *model.GroupView) string {
	s.panes = [paneCount]rect{}
	page := newBigPage(f, append(s.removeQuestion(f), groupBanner(f, g)...), bigTitle(f, g), bigGroupFacts(f, g), bigFeed(f, s.events, bigFeedMost))
	members := s.bigMembers(f, g, page.width)
	picture := len(s.stripRows)*bigStripPitch + 1
	if s.focus == paneStrip {
		page.compose(picture)
		page.add(s.bigStrip(f, g, page.width, page.room())...)
		return page.render()
	}
	page.compose(members.least())
	rows := members.need(page.room())
	if below := page.room() - rows - 2; below >= picture {
		page.add(members.draw(rows)...)
		page.add(nil, nil)
		page.add(s.bigStrip(f, g, page.width, min(below, picture+len(s.stripRows)))...)
		return page.render()
	}
	page.add(members.draw(page.room())...)
	return page.render()
}

// bigTitle is the group in one line.
func bigTitle(f frame, g *model.GroupView) text.Line {
	th := f.theme
	sign, style := th.State(g.State)
	facts := []fact{
		{text.Of(text.S(th.Strong, text.Name(g.ID))), 0},
		{text.Of(text.S(style.Bold(true), sign+" "+text.Clean(string(g.State)))), 0},
	}
	if line := assignorFact(th, g); line != nil {
		facts = append(facts, fact{line, 2})
	}
	if inStorm(g) {
		facts = append(facts, fact{stormLine(th, g), 1})
	}
	return fitFacts(facts, f.width-2*margin, 3)
}

func bigGroupFacts(f frame, g *model.GroupView) []bigFact {
	th := f.theme
	name := "GENERATION"
	if countsEpochs(g.Type) {
		name = "GROUP EPOCH"
	}
	lag, _ := lagStyles(th, g)
	members, _ := memberWords(g)
	facts := []bigFact{{name, g.Generation.String(), th.Strong}, {"MEMBERS", members, th.Strong}, {"LAG", text.Lag(g.Lag, g.LagIncomplete), lag}}
	switch {
	case !g.Unsettled.IsZero():
		facts = append(facts, bigFact{"REBALANCING FOR", text.Duration(f.now.Sub(g.Unsettled)), th.Warn.Bold(true)})
	case g.LastRebalance() != nil:
		age := text.Age(f.now, g.LastRebalance().End())
		if f.width >= bigWide {
			age += " ago"
		}
		facts = append(facts, bigFact{"LAST REBALANCE", age, th.Dim})
	}
	return facts
}

func (s *groupScreen) bigMembers(f frame, g *model.GroupView, width int) *bigRows {
	b := &bigRows{th: f.theme, oneTopic: s.oneTopic, now: f.now, width: width, selected: s.members.Index()}
	if !f.still {
		b.journeys = journeys(g, f.now)
	}
	expected := inFlight(b.journeys, f.now)
	pane := membersPane{f: f, g: g, table: s.members, oneTopic: s.oneTopic, between: s.between, lab: s.lab, unread: s.unread, stopped: s.stopped}
	for i := range g.Members {
		b.rows = append(b.rows, pane.big(&g.Members[i], expected))
	}
	if g.MembersKnown && len(g.Members) == 0 {
		b.rows = append(b.rows, bigRow{nobody: true, name: text.Of(text.S(f.theme.Warn, "nobody")), instead: text.Of(text.S(f.theme.Dim, "nobody is in the group"))})
		return b
	}
	b.rows = append(b.rows, bigNobody(f, s.unread))
	return b
}

// bigNobody is the row of what nobody reads, which is there also when that is nothing: rows that come and go make all
// others jump.
func bigNobody(f frame, unread []model.TopicPartition) bigRow {
	style := f.theme.Dim
	if len(unread) > 0 {
		style = f.theme.Warn.Bold(true)
	}
	return bigRow{nobody: true, name: text.Of(text.S(style, "nobody")), owns: unread}
}

// big is a member as a row for a projector.
func (p membersPane) big(m *model.MemberView, expected map[model.TopicPartition]bool) bigRow {
	th := p.f.theme
	row := bigRow{
		lane: m.Lane, owns: m.Assignment, expectation: expected, name: text.Of(text.S(th.Strong, text.Name(m.ClientID))), about: p.note(m),
		right: text.Maybe(m.Lag, text.Count[int64]), rightAbout: "lag", rightStyle: th.Strong,
	}
	if m.Lane == p.g.Leader && len(row.about) == 0 {
		row.about = text.Of(text.S(th.Warn, leaderSign), text.S(th.Dim, " leader"))
	}
	if waits := p.between.waits[m.Lane]; len(waits) > 0 {
		row.owns, row.expectation = slices.Clone(m.Assignment), maps.Clone(expected)
		for _, holder := range lanes(waits) {
			row.expect(waits[holder])
		}
	}
	if _, row.over = p.stopped[m.Lane]; row.over && len(m.Assignment) > 0 { // what it owned is in the row of nobody
		row.owns, row.instead = nil, text.Of(text.S(th.Dim, "was "), text.S(th.Lane(m.Lane), list(m.Assignment, p.oneTopic)))
		return row
	}
	if len(row.owns) == 0 || m.AssignmentPrevious || !m.AssignmentKnown {
		row.instead = p.owns(m, p.f.width)
	}
	return row
}

// bigStripPitch is the lines of a partition in the picture, with the blank one below it.
const bigStripPitch = 3

func (s *groupScreen) bigStrip(f frame, g *model.GroupView, width, height int) []text.Line {
	pitch := 1
	for _, p := range []int{4, bigStripPitch, 2} {
		if len(s.stripRows)*p+1 <= height {
			pitch = p
			break
		}
	}
	picture := s.picture(f, g)
	picture.Pitch = pitch
	return picture.Lines(width, height)
}

// bigFeed is the newest of what happened, without what only a closer look needs.
func bigFeed(f frame, events []*model.Event, most int) []text.Line {
	th := f.theme
	var lines []text.Line
	for _, e := range events[:min(most, len(events))] {
		at, words := e.At, eventText(th, e, 0)
		if e.Kind == model.RebalanceCompleted && e.Rebalance != nil {
			at, words = e.Rebalance.End(), bigRebalance(f, e.Rebalance)
		} else if len(words) > 1 { // it begins where a list has the generations
			words = words[1:]
		}
		age := f.now.Sub(at)
		lines = append(lines, append(text.Of(text.S(th.Dim, text.Clock(f.now, at)), text.Space(2)), words...))
		if age > feedFades {
			lines[len(lines)-1] = lines[len(lines)-1].Restyle(th.Dim)
		}
	}
	return lines
}

// bigRebalance is a rebalance in a line.
func bigRebalance(f frame, r *model.Rebalance) text.Line {
	th := f.theme
	line := text.Of(text.S(th.Strong, generations(r)), text.Space(2))
	line = append(line, who(th, r, 0)...)
	return append(line, text.S(th.Text, fmt.Sprintf("  %d of %d moved", len(r.Moves), r.Partitions())), text.S(th.Dim, "  "+took(r)))
}

// pressBig is what a key does other than on the screen with all panes: tab goes between the members and the picture.
func (s *groupScreen) pressBig(_ frame, msg tea.KeyPressMsg) (done bool) {
	if s.focus != paneStrip {
		s.focus = paneMembers
	}
	if !key.Matches(msg, s.keys.next, s.keys.previous) {
		return false
	}
	s.focus = paneStrip - s.focus + paneMembers
	return true
}
