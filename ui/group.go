package ui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/table"
	"regroup/ui/text"
)

// stripWindows are the times that the strip can look back.
var stripWindows = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
}

// stripWindowFirst is the minute that the strip looks back until somebody chooses another time.
const stripWindowFirst = 2

// fittingWindow is the smallest time that shows all there is, as long as that is less than a minute: a strip that has
// just begun is not left blank for the most part.
func fittingWindow(g *model.GroupView, now time.Time) int {
	if len(g.Ownership) == 0 {
		return stripWindowFirst
	}
	age := now.Sub(g.Ownership[0].From)
	for i, window := range stripWindows[:stripWindowFirst] {
		if age <= window {
			return i
		}
	}
	return stripWindowFirst
}

// groupScreen shows one group: its members, who owned what, its partitions, its rebalances, its events.
type groupScreen struct {
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
	filter     field
	filtering  bool
	oneTopic   bool
	between    between
	unread     []model.TopicPartition        // partitions that nobody reads now
	missed     map[model.TopicPartition]bool // partitions that nobody reads although somebody should
	stopped    map[model.Lane]time.Time      // owners that surely do not read any more, and since when

	window int              // into stripWindows; -1 is the one that fits
	chosen *model.Rebalance // nil: the newest, or the one that is under way
	top    int              // the first event that is shown

	lab    map[string]*model.LabConsumer // the group's demo consumers by member id; nil without a lab
	events []*model.Event
	cards  cardCache
	card   cardPage

	foresees bool             // what-if questions can be asked
	removes  bool             // members can be removed
	removing *model.MemberRef // whether this one is to be removed was asked, and not answered yet

	panes [paneCount]rect // where they were drawn last, for the mouse
}

func newGroupScreen(id string) screen {
	return &groupScreen{
		id: id, keys: newGroupKeys(), focus: panePartitions, window: -1,
		members: table.New(), partitions: table.New(), filter: newField(),
	}
}

func (s *groupScreen) typing() bool { return s.filtering }

// group is the group in a view; nil before it was seen.
func (s *groupScreen) group(f frame) *model.GroupView {
	if f.view == nil {
		return nil
	}
	return f.view.Group(s.id)
}

func (s *groupScreen) observe(f frame) {
	g := s.group(f)
	s.known = g != nil
	s.removes, s.foresees = f.removes, f.foresees
	s.keepRemoving(g)
	s.rebalances = g != nil && (len(g.Rebalances) > 0 || !g.Unsettled.IsZero())
	if g == nil {
		return
	}
	s.oneTopic = oneTopic(g)
	s.between = betweenOwners(g)
	s.stopped = stoppedOwners(g, f.view.Lab)
	s.missed = missed(g, s.stopped)
	s.unread = unreadNow(g, s.between, s.stopped)
	s.members.SetRows(memberIDs(g, s.unread))
	s.arrange(g)
	s.events = groupEvents(f.view, g)
	s.observeLab(f.view.Lab)
}

func (s *groupScreen) observeLab(lab *model.LabSnapshot) {
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
	s.keys.start.SetEnabled(!labLacks(lab, model.LabStartConsumer))
	s.keys.leave.SetEnabled(!labLacks(lab, model.LabLeave))
	s.keys.kill.SetEnabled(!labLacks(lab, model.LabKill))
}

// arrange filters and sorts the partitions.
func (s *groupScreen) arrange(g *model.GroupView) {
	s.rows = partitionRows(g, s.order, s.filter.value())
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

func (s *groupScreen) update(f frame, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case openCardMsg:
		s.openCard(msg)
	case tea.KeyPressMsg:
		if s.filtering {
			s.typeFilter(f, msg)
			return nil
		}
		if s.removing != nil {
			return s.answerRemove(msg)
		}
		if s.cardShown() {
			return s.pressCard(f, msg)
		}
		return s.press(f, msg)
	case tea.PasteMsg:
		if s.filtering {
			s.typeFilter(f, msg)
		}
	case tea.MouseClickMsg:
		s.click(f, tea.Mouse(msg))
	case doubleClickMsg:
		s.click(f, tea.Mouse(msg))
	case tea.MouseWheelMsg:
		if s.cardShown() {
			s.card.wheel(msg.Button)
			return nil
		}
		s.wheel(f, tea.Mouse(msg))
	}
	return nil
}

func (s *groupScreen) typeFilter(f frame, msg tea.Msg) {
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
	if s.filter.update(msg) {
		s.rearrange(f)
	}
}

func (s *groupScreen) setFilter(f frame, filter string) {
	s.filter.set(filter)
	s.rearrange(f)
}

func (s *groupScreen) rearrange(f frame) {
	if g := s.group(f); g != nil {
		s.arrange(g)
	}
}

func (s *groupScreen) press(f frame, msg tea.KeyPressMsg) tea.Cmd {
	if !key.Matches(msg, s.bindings()...) {
		return nil
	}
	k := s.keys
	if f.big && s.pressBig(f, msg) {
		return nil
	}
	switch {
	case key.Matches(msg, k.clear):
		s.setFilter(f, "")
	case key.Matches(msg, k.card):
		s.card = cardPage{open: true}
	case key.Matches(msg, k.whatIf):
		return func() tea.Msg { return openWhatIfMsg{s.id} }
	case key.Matches(msg, k.next):
		s.focus = (s.focus + 1) % paneCount
	case key.Matches(msg, k.previous):
		s.focus = (s.focus + paneCount - 1) % paneCount
	case key.Matches(msg, k.narrower):
		s.window = max(0, s.shownWindow(f)-1)
	case key.Matches(msg, k.wider):
		s.window = min(len(stripWindows)-1, s.shownWindow(f)+1)
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
		s.turn(f, -1)
	case msg.String() == "right" || msg.String() == "l":
		s.turn(f, +1)
	default:
		s.move(msg)
	}
	return nil
}

// shownWindow is the index of the time that the strip looks back.
func (s *groupScreen) shownWindow(f frame) int {
	if g := s.group(f); g != nil && s.window < 0 {
		return fittingWindow(g, f.now)
	}
	return max(0, s.window)
}

// move hands a key to the pane with the focus.
func (s *groupScreen) move(msg tea.KeyPressMsg) {
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
func (s *groupScreen) stripSelected() int {
	id := s.partitions.Selected()
	return slices.IndexFunc(s.stripRows, func(tp model.TopicPartition) bool { return tp.String() == id })
}

func (s *groupScreen) moveInStrip(step int) {
	if n := len(s.stripRows); n > 0 {
		s.partitions.Select(s.stripRows[min(max(0, s.stripSelected()+step), n-1)].String())
	}
}

func (s *groupScreen) scrollEvents(step int) {
	s.top = min(max(0, s.top+step), max(0, len(s.events)-1))
}

// turn goes to an earlier or a later rebalance; past the newest is what happens now.
func (s *groupScreen) turn(f frame, step int) {
	g := s.group(f)
	if g == nil || len(g.Rebalances) == 0 {
		return
	}
	at := s.shown(g)
	if at < 0 { // the one that is under way stands after the newest
		at = len(g.Rebalances)
	}
	at = max(0, at+step)
	newest := len(g.Rebalances) - 1
	if at > newest || at == newest && g.Unsettled.IsZero() {
		s.chosen = nil
		return
	}
	s.chosen = g.Rebalances[at]
}

// shown is the index of the rebalance that is shown; -1 is what happens now, or nothing.
func (s *groupScreen) shown(g *model.GroupView) int {
	if s.chosen != nil {
		for i, r := range g.Rebalances {
			if r.Same(s.chosen) {
				return i
			}
		}
	}
	if !g.Unsettled.IsZero() {
		return -1
	}
	return len(g.Rebalances) - 1
}

// act asks the lab to do something to the group, or to the selected member.
func (s *groupScreen) act(f frame, msg tea.KeyPressMsg) tea.Cmd {
	if key.Matches(msg, s.keys.start) {
		return askLab(model.LabAction{Kind: model.LabStartConsumer, Group: s.id})
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
		return refuse("the selected member is not one of the lab's consumers: select one with tab and the arrows")
	}
	consumer := s.lab[g.Members[i].MemberID]
	if consumer.State.Ended() {
		return refuse(text.Clean(consumer.Name) + " has ended; the group finds out when its session times out")
	}
	kind := model.LabLeave
	if key.Matches(msg, s.keys.kill) {
		kind = model.LabKill
	}
	return askLab(model.LabAction{Kind: kind, Consumer: consumer.Name})
}

// refuse says why a key does nothing.
func refuse(why string) tea.Cmd {
	return func() tea.Msg { return noticeMsg{text: why, bad: true} }
}

func (s *groupScreen) animated(f frame) bool {
	g := s.group(f)
	if g == nil {
		return false
	}
	if !g.Unsettled.IsZero() {
		return true
	}
	for i := range g.Members {
		if freshness(f.now, g.Members[i].Since) > 0 {
			return true
		}
	}
	for i := range g.Partitions {
		if freshness(f.now, g.Partitions[i].MovedAt) > 0 {
			return true
		}
	}
	return false
}
