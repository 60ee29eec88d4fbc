package ui

import (
	"time"

	"regroup/model"
	"regroup/ui/strip"
	"regroup/ui/text"
)

func (s *groupScreen) render(f frame) string {
	c := newCanvas(f.width, f.height)
	g := s.group(f)
	if g == nil {
		s.panes = [paneCount]rect{}
		c.put(rect{margin, f.height / 3, f.width - 2*margin, 2}, s.absent(f))
		return c.String()
	}
	if s.cardShown() {
		return s.renderCard(f, g)
	}
	if f.big {
		return s.renderBig(f, g)
	}
	banner := append(s.removeQuestion(f), groupBanner(f, g)...)
	b := s.between
	members := membersPane{f: f, g: g, table: s.members, oneTopic: s.oneTopic, between: b, lab: s.lab, unread: s.unread, stopped: s.stopped}
	if !f.still {
		members.journeys = journeys(g, f.now)
		members.expected = inFlight(members.journeys, f.now)
	}
	partitions := partitionsPane{f: f, g: g, table: s.partitions, rows: s.rows, order: s.order, filter: s.filter, typing: s.filtering, between: b, stopped: s.stopped}
	rebalance := rebalancePane{f: f, g: g, index: s.shown(g), oneTopic: s.oneTopic, between: b, cards: &s.cards, width: f.width - 2*margin}
	card := rebalance.lines()

	rects := layoutGroup(f.width, f.height, groupNeeds{
		banner: len(banner), members: 3 + len(g.Members), strip: 2 + len(s.stripRows),
		partitions: 2 + max(1, len(s.rows)), rebalance: 1 + len(card), events: 1 + max(1, len(s.events)),
	}, s.focus)
	s.panes = rects.panes
	c.put(rects.title, []string{groupTitle(f, g, rects.title.w).Render(nil)})
	c.put(rects.banner, renderLines(banner, rects.banner.w))
	if r := rects.panes[paneMembers]; !r.empty() {
		c.put(r, members.lines(r.w, r.h, s.focus == paneMembers))
	}
	if r := rects.panes[paneStrip]; !r.empty() {
		c.put(r, s.strip(f, g, r))
	}
	if r := rects.panes[panePartitions]; !r.empty() {
		c.put(r, partitions.lines(r.w, r.h, s.focus == panePartitions))
	}
	if r := rects.panes[paneRebalance]; !r.empty() {
		c.put(r, renderLines(append([]text.Line{rebalance.heading(r.w, s.focus == paneRebalance)}, card...), r.w))
	}
	if r := rects.panes[paneEvents]; !r.empty() {
		s.top = min(s.top, max(0, len(s.events)-(r.h-1)))
		c.put(r, eventLines(f, s.events, s.top, s.focus == paneEvents, r))
	}
	return c.String()
}

// absent says why there is no group to show.
func (s *groupScreen) absent(f frame) []string {
	th := f.theme
	if f.view == nil {
		return []string{text.Of(text.S(th.Dim, "waiting for the first answer of the cluster")).Render(nil)}
	}
	return renderLines([]text.Line{
		text.Of(text.S(th.Warn, "The cluster does not list a group "), text.S(th.Strong, text.Name(s.id)), text.S(th.Warn, ".")),
		text.Of(text.S(th.Dim, "It appears here as soon as it does.")),
	}, f.width-2*margin)
}

func (s *groupScreen) strip(f frame, g *model.GroupView, r rect) []string {
	th := f.theme
	window := stripWindows[s.shownWindow(f)]
	notes := []text.Span{text.S(th.Dim, "last "+windowName(window))}
	first, count := strip.Window(len(s.stripRows), strip.Rows(r.h-1), s.stripSelected())
	if count < len(s.stripRows) {
		notes = append(notes, text.S(th.Dim, "  "+text.Count(first+1)+"–"+text.Count(first+count)+" of "+text.Count(len(s.stripRows))))
	}
	picture := s.picture(f, g)
	lines := append([]text.Line{th.Section(r.w, s.focus == paneStrip, "WHO OWNED WHAT", notes...)}, picture.Lines(r.w, r.h-1)...)
	return renderLines(lines, r.w)
}

// picture is the strip with what the screen has chosen of it.
func (s *groupScreen) picture(f frame, g *model.GroupView) strip.Strip {
	picture := pictureOf(f, g, s.stripRows, s.stopped)
	picture.Selected, picture.Window, picture.Missed = s.stripSelected(), stripWindows[s.shownWindow(f)], s.missed
	return picture
}

// pictureOf is who owned what in a group, in the rows of partitions, as far back as it fits.
func pictureOf(f frame, g *model.GroupView, rows []model.TopicPartition, stopped map[model.Lane]time.Time) strip.Strip {
	return strip.Strip{
		Theme: f.theme, Spans: g.Ownership, Partitions: rows, Selected: -1,
		Now: f.now, Window: stripWindows[fittingWindow(g, f.now)], Protocol: g.Protocol(), Rebalances: g.Rebalances,
		Joined: joinedAt(g), Stopped: stopped, Appeared: appeared(g, f.view.At),
	}
}

func windowName(d time.Duration) string {
	if d <= time.Minute {
		return text.Count(int64(d/time.Second)) + "s"
	}
	return text.Duration(d)
}
