package group

import (
	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/strip"
)

// click gives the focus to the pane that was hit, and selects what was hit in it.
func (s *Screen) click(f kit.Frame, m tea.Mouse) {
	if m.Button != tea.MouseLeft {
		return
	}
	for p, r := range s.panes {
		if !r.Contains(m.X, m.Y) {
			continue
		}
		s.focus = pane(p)
		line := m.Y - r.Y
		switch s.focus {
		case paneMembers:
			s.members.Select(s.members.RowAt(line - 1))
		case panePartitions:
			s.clickPartitions(f, m.X-r.X, line-1)
		case paneStrip:
			first, count := strip.Window(len(s.stripRows), strip.Rows(r.H-1), s.stripSelected())
			if line > 0 && line <= count {
				s.partitions.Select(s.stripRows[first+line-1].String())
			}
		}
	}
}

// clickPartitions selects a row, or sorts by the column whose title was hit.
func (s *Screen) clickPartitions(f kit.Frame, x, line int) {
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

func (s *Screen) wheel(f kit.Frame, m tea.Mouse) {
	step := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[m.Button]
	switch {
	case s.panes[paneMembers].Contains(m.X, m.Y):
		s.members.Wheel(m.Button)
	case s.panes[panePartitions].Contains(m.X, m.Y):
		s.partitions.Wheel(m.Button)
	case s.panes[paneStrip].Contains(m.X, m.Y):
		s.moveInStrip(step)
	case s.panes[paneRebalance].Contains(m.X, m.Y):
		s.cursor.Turn(s.group(f), step)
	case s.panes[paneEvents].Contains(m.X, m.Y):
		s.scrollEvents(step)
	}
}
