package group

import "regroup/ui/kit"

// pane is a part of the group screen that can have the focus.
type pane int

// The panes, in the order in which tab goes through them.
const (
	paneMembers pane = iota
	paneStrip
	panePartitions
	paneRebalance
	paneEvents
	paneCount
)

// groupNeeds is how many lines each part could use, its heading included; 0 is not wanted at all.
type groupNeeds struct{ banner, members, strip, partitions, rebalance, events int }

// groupRects is where the parts of the group screen are; a part that has no room is empty.
type groupRects struct {
	title, banner kit.Rect
	panes         [paneCount]kit.Rect
}

// Widths and heights at which the layout changes, in cells.
const (
	bandWidth  = 70 // members and strip side by side
	bandNarrow = 90 // the members take more of the band
)

// section is one of the horizontal parts that share the height.
type section struct {
	panes  []pane
	need   int
	least  int // below it the section is left out
	weight int // its share of the lines that not all can have
	good   int // lines, if it needs them, that are worth more than the events; 0 is the least
	enough int // lines that are worth more than blank ones between the sections; 0 is all it needs
	height int
}

// layoutGroup computes every place of the group screen. Where there is not enough room for all, the pane with the focus
// is always there and gets most of it; what was left out comes back when tab reaches it.
func layoutGroup(width, height int, need groupNeeds, focus pane) groupRects {
	var r groupRects
	inner := max(0, width-2*kit.Margin)
	y := 0
	if height >= kit.AiryHeight {
		y++
	}
	r.title = kit.Box(kit.Margin, y, inner, min(1, max(0, height-y)))
	y++
	if need.banner > 0 && y < height {
		r.banner = kit.Box(kit.Margin, y, inner, min(need.banner, height-y))
		y += r.banner.H
	}
	if height >= kit.AiryHeight {
		y++
	}
	sections := visible(groupSections(width, need, focus), height-y, focus)
	gap := share(sections, height-y, focus)
	for _, s := range sections {
		r.place(s, y, inner)
		y += s.height + gap
	}
	return r
}

func groupSections(width int, need groupNeeds, focus pane) []section {
	band := section{panes: []pane{paneMembers, paneStrip}, need: max(need.members, need.strip), least: 5, good: 6, weight: 3}
	if width < bandWidth { // one of the two; the picture, unless the other one was asked for
		band.panes, band.need = []pane{paneStrip}, need.strip
		if focus == paneMembers {
			band.panes, band.need = []pane{paneMembers}, need.members
		}
	}
	return []section{
		band,
		{panes: []pane{panePartitions}, need: need.partitions, least: 4, good: 6, weight: 3},
		{panes: []pane{paneRebalance}, need: need.rebalance, least: 4, weight: 2},
		{panes: []pane{paneEvents}, need: need.events, least: 3, weight: 1, enough: 7},
	}
}

// roomy is the height beyond which blank lines are worth more than lines of its own.
func (s section) roomy() int {
	if s.enough > 0 {
		return min(s.need, s.enough)
	}
	return s.need
}

func (s section) has(p pane) bool {
	for _, own := range s.panes {
		if own == p {
			return true
		}
	}
	return false
}

// visible leaves out sections from the bottom until the rest fits, but never the one with the focus. The events go as soon
// as that lets one see four partitions, and who owned them.
func visible(sections []section, height int, focus pane) []section {
	shown := make([]section, 0, len(sections))
	least, good := 0, 0
	for _, s := range sections {
		if s.need > 0 || s.has(focus) {
			s.least = min(s.least, max(s.need, 2))
			shown = append(shown, s)
			least += s.least
			good += max(s.least, min(s.need, s.good))
		}
	}
	if last := len(shown) - 1; last > 0 && good > height && shown[last].has(paneEvents) && !shown[last].has(focus) {
		least -= shown[last].least
		shown = shown[:last]
	}
	for i := len(shown) - 1; i >= 0 && least > height; i-- {
		if len(shown) > 1 && !shown[i].has(focus) {
			least -= shown[i].least
			shown = append(shown[:i], shown[i+1:]...)
		}
	}
	return shown
}

// share gives the sections their heights and returns the blank lines between two. A line at a time goes to the section
// that has the least for its weight.
func share(sections []section, height int, focus pane) (gap int) {
	wanted := len(sections) - 1
	for i := range sections {
		s := &sections[i]
		if s.has(focus) {
			s.weight *= 2
		}
		s.height = min(s.least, max(0, height))
		height -= s.height
		wanted += max(0, s.roomy()-s.height)
	}
	if wanted <= height {
		gap = 1
		height -= len(sections) - 1
	}
	for ; height > 0; height-- {
		poorest := -1
		for i, s := range sections {
			if s.height < s.need && (poorest < 0 || s.height*sections[poorest].weight < sections[poorest].height*s.weight) {
				poorest = i
			}
		}
		if poorest < 0 {
			break
		}
		sections[poorest].height++
	}
	return gap
}

func (r *groupRects) place(s section, y, inner int) {
	if len(s.panes) == 1 {
		r.panes[s.panes[0]] = kit.Box(kit.Margin, y, inner, s.height)
		return
	}
	share := 55
	if inner < bandNarrow {
		share = 60 // a member's lag and what is special about it have to stand beside each other
	}
	left := (inner - kit.BandGap) * share / 100
	r.panes[s.panes[0]] = kit.Box(kit.Margin, y, left, s.height)
	r.panes[s.panes[1]] = kit.Box(kit.Margin+left+kit.BandGap, y, inner-kit.BandGap-left, s.height)
}
