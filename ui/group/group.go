// Package group is the screen of one group: members, ownership strip, partitions, rebalances and events.
package group

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/table"
	"regroup/ui/travel"
)

// Screen shows one group: its members, who owned what, its partitions, its rebalances, its events.
type Screen struct {
	id    string
	focus pane

	members    *table.Table
	partitions *table.Table
	rows       []int                  // the partitions that are shown, as indexes into the group's
	stripRows  []model.TopicPartition // the same in the order of their names, so that rows stay where they are
	order      partitionOrder
	filter     kit.Field
	filtering  bool
	topics     kit.Topics
	readings   *ownership.Readings
	paused     []model.TopicPartition

	window int // into stripWindows; -1 is the one that fits
	cursor panes.Cursor
	top    int // the first event that is shown

	lab    map[string]*model.LabConsumer // the group's demo consumers by member id; nil without a lab
	events []*model.Event
	cards  panes.CardCache

	removing *model.MemberRef // whether this one is to be removed was asked, and not answered yet

	panes [paneCount]kit.Rect // where they were drawn last, for the mouse
}

// New shows the group with this id, also before it is seen.
func New(id string) *Screen {
	return &Screen{
		id: id, focus: panePartitions, window: -1,
		members: table.New(), partitions: table.New(), filter: kit.NewField(),
	}
}

// Typing reports whether a filter is typed.
func (s *Screen) Typing() bool { return s.filtering }

// group is the group in a view; nil before it was seen.
func (s *Screen) group(f kit.Frame) *model.GroupView {
	if f.View == nil {
		return nil
	}
	return f.View.Group(s.id)
}

// Observe works out what all panes show, and keeps the selections.
func (s *Screen) Observe(f kit.Frame) {
	g := s.group(f)
	s.keepRemoving(g)
	if g == nil {
		return
	}
	s.topics = kit.TopicsOf(g)
	s.readings = ownership.Now(g, f.View.Lab)
	s.paused = s.readings.Paused()
	s.members.SetRows(memberRows(g, len(s.paused) > 0 || f.Density == kit.Presentation))
	s.arrange(g)
	s.events = derive.Events(f.View, g)
	s.observeLab(f.View.Lab)
}

func (s *Screen) observeLab(lab *model.LabSnapshot) {
	s.lab = nil
	if lab == nil {
		return
	}
	for i := range lab.Consumers {
		c := &lab.Consumers[i]
		if c.Group != s.id {
			continue
		}
		if s.lab == nil {
			s.lab = map[string]*model.LabConsumer{}
		}
		if c.MemberID != "" { // one that was killed is a member until its session times out
			s.lab[c.MemberID] = c
		}
	}
}

// arrange filters and sorts the partitions.
func (s *Screen) arrange(g *model.GroupView) {
	s.rows = partitionRows(g, s.order, s.filter.Value())
	rows := s.rows
	s.partitions.SetRows(len(rows), func(i int) string { return g.Partitions[rows[i]].TopicPartition.String() })
	named := s.rows
	if s.order != orderPartition {
		named = slices.Sorted(slices.Values(s.rows))
	}
	s.stripRows = make([]model.TopicPartition, len(named))
	for i, row := range named {
		s.stripRows[i] = g.Partitions[row].TopicPartition
	}
}

// Update handles the mouse, text for the filter, and what the card was turned to.
func (s *Screen) Update(f kit.Frame, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Turned:
		if msg.Group == s.id {
			s.cursor.Chosen = msg.Rebalance
		}
	case tea.KeyPressMsg, tea.PasteMsg:
		if s.filtering && s.filter.Update(msg) {
			s.rearrange(f)
		}
	case tea.MouseClickMsg:
		s.click(f, tea.Mouse(msg))
	case kit.DoubleClick:
		s.click(f, tea.Mouse(msg))
	case tea.MouseWheelMsg:
		s.wheel(f, tea.Mouse(msg))
	}
	return nil
}

func (s *Screen) rearrange(f kit.Frame) {
	if g := s.group(f); g != nil {
		s.arrange(g)
	}
}

// shownWindow is the index of the time that the strip looks back.
func (s *Screen) shownWindow(f kit.Frame) int {
	if g := s.group(f); g != nil && s.window < 0 {
		return panes.FittingWindow(g, f.Now)
	}
	return max(0, s.window)
}

// stripSelected is the row of the strip that shows the selected partition; -1 if none does.
func (s *Screen) stripSelected() int {
	id := s.partitions.Selected()
	return slices.IndexFunc(s.stripRows, func(tp model.TopicPartition) bool { return tp.String() == id })
}

func (s *Screen) moveInStrip(step int) {
	if n := len(s.stripRows); n > 0 {
		s.partitions.Select(s.stripRows[min(max(0, s.stripSelected()+step), n-1)].String())
	}
}

func (s *Screen) scrollEvents(step int) {
	s.top = min(max(0, s.top+step), max(0, len(s.events)-1))
}

// Animated reports whether the group is rebalancing, or something new fades.
func (s *Screen) Animated(f kit.Frame) bool {
	g := s.group(f)
	if g == nil {
		return false
	}
	if g.Rebalancing() {
		return true
	}
	for i := range g.Members {
		if kit.Freshness(f.Now, g.Members[i].Since) > 0 {
			return true
		}
	}
	for i := range g.Partitions {
		if kit.Freshness(f.Now, g.Partitions[i].MovedAt) > 0 {
			return true
		}
	}
	return false
}

// Travels says that a partition is on its way between two of the members.
func (s *Screen) Travels(f kit.Frame) bool {
	g := s.group(f)
	return g != nil && len(travel.Journeys(g, f.Now)) > 0
}
