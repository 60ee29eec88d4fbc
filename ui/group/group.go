// Package group is the screen of one group: members, ownership strip, partitions, rebalances and events.
package group

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/travel"
)

// Screen shows one group: its members, who owned what, its partitions, its rebalances, its events.
type Screen struct {
	id    string
	keys  groupKeys
	focus pane
	known bool // the group was seen
	// rebalances says that there is one to show a card of: it has rebalanced, or does now.
	rebalances bool

	members    *table.Table
	partitions *table.Table
	rows       []int                  // the partitions that are shown, as indexes into the group's
	stripRows  []model.TopicPartition // the same in the order of their names, so that rows stay where they are
	order      partitionOrder
	filter     kit.Field
	filtering  bool
	oneTopic   bool
	between    derive.Between
	unread     []model.TopicPartition        // partitions that nobody reads now
	missed     map[model.TopicPartition]bool // partitions that nobody reads although somebody should
	stopped    map[model.Slot]time.Time      // owners that surely do not read any more, and since when

	window int // into stripWindows; -1 is the one that fits
	cursor panes.Cursor
	top    int // the first event that is shown

	lab    map[string]*model.LabConsumer // the group's demo consumers by member id; nil without a lab
	events []*model.Event
	cards  panes.CardCache

	foresees bool             // what-if questions can be asked
	removes  bool             // members can be removed
	removing *model.MemberRef // whether this one is to be removed was asked, and not answered yet

	panes [paneCount]kit.Rect // where they were drawn last, for the mouse
}

func New(id string) kit.Screen {
	return &Screen{
		id: id, keys: newGroupKeys(), focus: panePartitions, window: -1,
		members: table.New(), partitions: table.New(), filter: kit.NewField(),
	}
}

func (s *Screen) Typing() bool { return s.filtering }

// group is the group in a view; nil before it was seen.
func (s *Screen) group(f kit.Frame) *model.GroupView {
	if f.View == nil {
		return nil
	}
	return f.View.Group(s.id)
}

func (s *Screen) Observe(f kit.Frame) {
	g := s.group(f)
	s.known = g != nil
	s.removes, s.foresees = f.Removes, f.Foresees
	s.keepRemoving(g)
	s.rebalances = g != nil && (len(g.Rebalances) > 0 || g.Rebalancing())
	if g == nil {
		return
	}
	s.oneTopic = kit.OneTopic(g)
	s.between = derive.BetweenOwners(g)
	s.stopped = derive.Stopped(g, f.View.Lab)
	s.missed = derive.Missed(g, s.stopped)
	s.unread = derive.Unread(g, s.between, s.stopped)
	s.members.SetRows(memberIDs(g, s.unread))
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
	s.keys.start.SetEnabled(!derive.LabLacks(lab, model.LabStartConsumer))
	s.keys.leave.SetEnabled(!derive.LabLacks(lab, model.LabLeave))
	s.keys.kill.SetEnabled(!derive.LabLacks(lab, model.LabKill))
}

// arrange filters and sorts the partitions.
func (s *Screen) arrange(g *model.GroupView) {
	s.rows = partitionRows(g, s.order, s.filter.Value())
	ids := make([]string, len(s.rows))
	for i, row := range s.rows {
		ids[i] = g.Partitions[row].TopicPartition.String()
	}
	s.partitions.SetRows(ids)
	named := s.rows
	if s.order != orderPartition {
		named = slices.Sorted(slices.Values(s.rows))
	}
	s.stripRows = make([]model.TopicPartition, len(named))
	for i, row := range named {
		s.stripRows[i] = g.Partitions[row].TopicPartition
	}
}

func (s *Screen) Update(f kit.Frame, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Turned:
		if msg.Group == s.id {
			s.cursor.Chosen = msg.Rebalance
		}
	case tea.KeyPressMsg:
		if s.filtering {
			s.typeFilter(f, msg)
			return nil
		}
		if s.removing != nil {
			return s.answerRemove(msg)
		}
		return s.press(f, msg)
	case tea.PasteMsg:
		if s.filtering {
			s.typeFilter(f, msg)
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

func (s *Screen) typeFilter(f kit.Frame, msg tea.Msg) {
	if k, is := msg.(tea.KeyPressMsg); is {
		switch k.String() {
		case "enter", "tab":
			s.filtering = false
			return
		case "esc":
			s.filtering = false
			s.setFilter(f, "")
			return
		case "up", "down", "pgup", "pgdown":
			s.partitions.Update(k)
			return
		}
	}
	if s.filter.Update(msg) {
		s.rearrange(f)
	}
}

func (s *Screen) setFilter(f kit.Frame, filter string) {
	s.filter.Set(filter)
	s.rearrange(f)
}

func (s *Screen) rearrange(f kit.Frame) {
	if g := s.group(f); g != nil {
		s.arrange(g)
	}
}

func (s *Screen) press(f kit.Frame, msg tea.KeyPressMsg) tea.Cmd {
	if !key.Matches(msg, s.Bindings()...) {
		return nil
	}
	k := s.keys
	if f.Big && s.pressBig(f, msg) {
		return nil
	}
	switch {
	case key.Matches(msg, k.clear):
		s.setFilter(f, "")
	case key.Matches(msg, k.card):
		return kit.Ask(kit.OpenCard{Group: s.id, Rebalance: s.cursor.Chosen})
	case key.Matches(msg, k.whatIf):
		return kit.Ask(kit.OpenWhatIf{Group: s.id})
	case key.Matches(msg, k.next):
		s.focus = (s.focus + 1) % paneCount
	case key.Matches(msg, k.previous):
		s.focus = (s.focus + paneCount - 1) % paneCount
	case key.Matches(msg, k.narrower):
		s.window = max(0, s.shownWindow(f)-1)
	case key.Matches(msg, k.wider):
		s.window = min(len(panes.StripWindows)-1, s.shownWindow(f)+1)
	case key.Matches(msg, k.sort):
		s.order = (s.order + 1) % orderCount
		s.rearrange(f)
	case key.Matches(msg, k.filter):
		s.focus, s.filtering = panePartitions, true
	case s.removable() && key.Matches(msg, removeKeys.ask):
		return s.askRemove(f)
	case key.Matches(msg, k.start, k.leave, k.kill):
		return s.act(f, msg)
	case msg.String() == "left" || msg.String() == "h":
		s.cursor.Turn(s.group(f), -1)
	case msg.String() == "right" || msg.String() == "l":
		s.cursor.Turn(s.group(f), +1)
	default:
		s.move(msg)
	}
	return nil
}

// shownWindow is the index of the time that the strip looks back.
func (s *Screen) shownWindow(f kit.Frame) int {
	if g := s.group(f); g != nil && s.window < 0 {
		return panes.FittingWindow(g, f.Now)
	}
	return max(0, s.window)
}

// move hands a key to the pane with the focus.
func (s *Screen) move(msg tea.KeyPressMsg) {
	switch s.focus {
	case paneMembers:
		s.members.Update(msg)
	case panePartitions:
		s.partitions.Update(msg)
	case paneStrip:
		step := 1
		if key.Matches(msg, table.Up) {
			step = -1
		}
		s.moveInStrip(step)
	case paneEvents:
		step := 1
		if key.Matches(msg, table.Up) {
			step = -1
		}
		s.scrollEvents(step)
	}
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

// act asks the lab to do something to the group, or to the selected member.
func (s *Screen) act(f kit.Frame, msg tea.KeyPressMsg) tea.Cmd {
	if key.Matches(msg, s.keys.start) {
		return kit.AskLab(model.LabAction{Kind: model.LabStartConsumer, Group: s.id})
	}
	g := s.group(f)
	if g == nil {
		return nil
	}
	i := s.members.Index()
	if i < len(g.Members) && s.lab[g.Members[i].MemberID] == nil && s.removes && key.Matches(msg, s.keys.leave) {
		return s.askRemove(f)
	}
	if i >= len(g.Members) || s.lab[g.Members[i].MemberID] == nil {
		return kit.Refuse("the selected member is not one of the lab's consumers: select one with tab and the arrows")
	}
	consumer := s.lab[g.Members[i].MemberID]
	if consumer.State.Ended() {
		return kit.Refuse(text.Clean(consumer.Name) + " has ended; the group finds out when its session times out")
	}
	kind := model.LabLeave
	if key.Matches(msg, s.keys.kill) {
		kind = model.LabKill
	}
	return kit.AskLab(model.LabAction{Kind: kind, Consumer: consumer.Name})
}

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
