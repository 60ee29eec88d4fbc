package ui

import (
	tea "charm.land/bubbletea/v2"

	"regroup/ui/strip"
)

// click gives the focus to the pane that was hit, and selects what was hit in it.
func (s *groupScreen) click(f frame, m tea.Mouse) {
	if m.Button != tea.MouseLeft {
		return
	}
	for p, r := range s.panes {
		if !r.contains(m.X, m.Y) {
			continue
		}
		s.focus = pane(p)
		line := m.Y - r.y
		switch s.focus {
		case paneMembers:
			s.members.Select(s.members.RowAt(line - 1))
		case panePartitions:
			s.clickPartitions(f, m.X-r.x, line-1)
		case paneStrip:
			first, count := strip.Window(len(s.stripRows), strip.Rows(r.h-1), s.stripSelected())
			if line > 0 && line <= count {
				s.partitions.Select(s.stripRows[first+line-1].String())
			}
		}
	}
}

// clickPartitions selects a row, or sorts by the column whose title was hit.
func (s *groupScreen) clickPartitions(f frame, x, line int) {
	if line != 0 {
		s.partitions.Select(s.partitions.RowAt(line))
		return
	}
	for order, column := range orderColumns {
		if s.partitions.ColumnAt(x) == column {
			s.order = partitionOrder(order)
			s.rearrange(f)
		}
	}
}

func (s *groupScreen) wheel(f frame, m tea.Mouse) {
	step := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[m.Button]
	switch {
	case s.panes[paneMembers].contains(m.X, m.Y):
		s.members.Wheel(m.Button)
	case s.panes[panePartitions].contains(m.X, m.Y):
		s.partitions.Wheel(m.Button)
	case s.panes[paneStrip].contains(m.X, m.Y):
		s.moveInStrip(step)
	case s.panes[paneRebalance].contains(m.X, m.Y):
		s.turn(f, step)
	case s.panes[paneEvents].contains(m.X, m.Y):
		s.scrollEvents(step)
	}
}
