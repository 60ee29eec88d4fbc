package group

import (
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/strip"
	"regroup/ui/text"
)

// Render draws the panes that the size has room for.
func (s *Screen) Render(f kit.Frame) string {
	c := kit.NewCanvas(f.Width, f.Height)
	g := s.group(f)
	if g == nil {
		s.panes = [paneCount]kit.Rect{}
		c.Put(kit.Box(kit.Margin, f.Height/3, f.Width-2*kit.Margin, 2), panes.Absent(f, s.id))
		return c.String()
	}
	banner := append(s.removeQuestion(f), groupBanner(f, g)...)
	if f.Density == kit.Presentation {
		return s.present(f, g, banner)
	}
	members := s.membersPane(f, g)
	partitions := partitionsPane{f: f, g: g, table: s.partitions, rows: s.rows, order: s.order, filter: s.filter, typing: s.filtering, reading: s.readings}
	rebalance := panes.Rebalance{F: f, G: g, Index: s.cursor.Shown(g), Topics: s.topics, Readings: s.readings, Cards: &s.cards, Width: f.Width - 2*kit.Margin}
	card := rebalance.Lines()

	rects := layoutGroup(f.Width, f.Height, groupNeeds{
		banner: len(banner), members: 3 + len(g.Members), strip: 2 + len(s.stripRows),
		partitions: 2 + max(1, len(s.rows)), rebalance: 1 + len(card), events: 1 + max(1, len(s.events)),
	}, s.focus)
	s.panes = rects.panes
	c.Put(rects.title, []string{phrase.GroupTitle(f, g, rects.title.W).Render(nil)})
	c.Put(rects.banner, kit.RenderLines(banner, rects.banner.W))
	if r := rects.panes[paneMembers]; !r.Empty() {
		c.Put(r, members.lines(r.W, r.H, s.focus == paneMembers))
	}
	if r := rects.panes[paneStrip]; !r.Empty() {
		c.Put(r, s.strip(f, r))
	}
	if r := rects.panes[panePartitions]; !r.Empty() {
		c.Put(r, partitions.lines(r.W, r.H, s.focus == panePartitions))
	}
	if r := rects.panes[paneRebalance]; !r.Empty() {
		c.Put(r, kit.RenderLines(append([]text.Line{rebalance.Heading(r.W, s.focus == paneRebalance)}, card...), r.W))
	}
	if r := rects.panes[paneEvents]; !r.Empty() {
		s.top = min(s.top, max(0, len(s.events)-(r.H-1)))
		c.Put(r, panes.Events(f, s.events, s.top, s.focus == paneEvents, r))
	}
	return c.String()
}

// strip is who owned what over time, in a place.
func (s *Screen) strip(f kit.Frame, r kit.Rect) []string {
	th := f.Theme
	window := panes.StripWindows[s.shownWindow(f)]
	notes := []text.Span{text.S(th.Dim, "last "+panes.WindowName(window))}
	picture := s.picture(f)
	if f.Density == kit.Presentation {
		for _, picture.Pitch = range []int{4, stripPitch, 2, 1} {
			if len(s.stripRows)*picture.Pitch+1 < r.H {
				break
			}
		}
	}
	first, count := strip.Window(len(s.stripRows), strip.Rows(r.H-1), s.stripSelected())
	if count < len(s.stripRows) && picture.Pitch <= 1 {
		notes = append(notes, text.S(th.Dim, "  "+text.Count(first+1)+"–"+text.Count(first+count)+" of "+text.Count(len(s.stripRows))))
	}
	lines := append([]text.Line{th.Section(r.W, s.focused(f) == paneStrip, "WHO OWNED WHAT", notes...)}, picture.Lines(r.W, r.H-1)...)
	return kit.RenderLines(lines, r.W)
}

// picture is the strip with what the screen has chosen of it.
func (s *Screen) picture(f kit.Frame) strip.Strip {
	picture := panes.Picture(f, s.readings, s.stripRows)
	picture.Selected, picture.Window = s.stripSelected(), panes.StripWindows[s.shownWindow(f)]
	return picture
}
