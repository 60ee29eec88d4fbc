package ui

import (
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/strip"
	"regroup/ui/table"
	"regroup/ui/text"
)

// stripWindows are the times that the strip can look back.
var stripWindows = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
}

const stripWindowFirst = 2 // a minute

// groupScreen shows one group: its members, who owned what, its partitions, its rebalances, its events.
type groupScreen struct {
	id    string
	keys  groupKeys
	focus pane
	known bool // the group was seen

	members    *table.Table
	partitions *table.Table
	rows       []int                  // the partitions that are shown, as indexes into the group's
	stripRows  []model.TopicPartition // the same in the order of their names, so that rows stay where they are
	order      partitionOrder
	filter     field
	filtering  bool
	oneTopic   bool

	window int              // into stripWindows
	chosen *model.Rebalance // nil: the newest, or the one that is under way
	top    int              // the first event that is shown

	lab    map[string]*model.LabConsumer // the group's demo consumers by member id; nil without a lab
	events []*model.Event
	panes  [paneCount]rect // where they were drawn last, for the mouse
}

func newGroupScreen(id string) screen {
	return &groupScreen{
		id: id, keys: newGroupKeys(), focus: panePartitions, window: stripWindowFirst,
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
	if g == nil {
		return
	}
	s.oneTopic = oneTopic(g)
	s.members.SetRows(memberIDs(g))
	s.arrange(g)
	s.events = groupEvents(f.view, s.id)
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
		if !c.State.Ended() {
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
	case tea.KeyPressMsg:
		if s.filtering {
			s.typeFilter(f, msg)
			return nil
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
	switch {
	case key.Matches(msg, k.clear):
		s.setFilter(f, "")
	case key.Matches(msg, k.next):
		s.focus = (s.focus + 1) % paneCount
	case key.Matches(msg, k.previous):
		s.focus = (s.focus + paneCount - 1) % paneCount
	case key.Matches(msg, k.narrower):
		s.window = max(0, s.window-1)
	case key.Matches(msg, k.wider):
		s.window = min(len(stripWindows)-1, s.window+1)
	case key.Matches(msg, k.sort):
		s.order = (s.order + 1) % orderCount
		s.rearrange(f)
	case key.Matches(msg, k.filter):
		s.focus, s.filtering = panePartitions, true
	case key.Matches(msg, k.start, k.leave, k.kill):
		return s.act(f, msg)
	case msg.String() == "left" || msg.String() == "h":
		s.turn(f, -1)
	case msg.String() == "right" || msg.String() == "l":
		s.turn(f, +1)
	default:
		s.move(f, msg)
	}
	return nil
}

// move hands a key to the pane with the focus.
func (s *groupScreen) move(f frame, msg tea.KeyPressMsg) {
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
			if r == s.chosen || r.Began == s.chosen.Began && r.Ended == s.chosen.Ended && r.To == s.chosen.To {
				return i
			}
		}
	}
	if !g.Unsettled.IsZero() {
		return -1
	}
	return len(g.Rebalances) - 1
}

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
	if i >= len(g.Members) || s.lab[g.Members[i].MemberID] == nil {
		return say("the selected member is not one of the lab's consumers: select one with tab and the arrows", true)
	}
	kind := model.LabLeave
	if key.Matches(msg, s.keys.kill) {
		kind = model.LabKill
	}
	return askLab(model.LabAction{Kind: kind, Consumer: s.lab[g.Members[i].MemberID].Name})
}

func say(what string, bad bool) tea.Cmd {
	return func() tea.Msg { return noticeMsg{text: what, bad: bad} }
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

func (s *groupScreen) render(f frame) string {
	c := newCanvas(f.width, f.height)
	g := s.group(f)
	if g == nil {
		s.panes = [paneCount]rect{}
		c.put(rect{margin, f.height / 3, f.width - 2*margin, 2}, s.absent(f))
		return c.String()
	}
	banner := groupBanner(f, g)
	b := betweenOwners(g)
	members := membersPane{f: f, g: g, table: s.members, oneTopic: s.oneTopic, between: b, lab: s.lab}
	partitions := partitionsPane{f: f, g: g, table: s.partitions, rows: s.rows, order: s.order, filter: s.filter, typing: s.filtering, between: b}
	rebalance := rebalancePane{f: f, g: g, index: s.shown(g), oneTopic: s.oneTopic, between: b}
	card := rebalance.lines()

	rects := layoutGroup(f.width, f.height, groupNeeds{
		banner: len(banner), members: 2 + max(1, s.members.Len()), strip: 2 + len(s.stripRows),
		partitions: 2 + max(1, len(s.rows)), rebalance: 1 + len(card), events: 1 + max(1, len(s.events)),
	}, s.focus)
	s.panes = rects.panes
	c.put(rects.title, []string{groupTitle(f, g, rects.title.w).Render(nil)})
	c.put(rects.banner, renderSpans(banner, rects.banner.w))
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
		c.put(r, s.eventLines(f, r))
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
	notes := []text.Span{text.S(th.Dim, "last "+windowName(stripWindows[s.window]))}
	first, count := strip.Window(len(s.stripRows), strip.Rows(r.h-1), s.stripSelected())
	if count < len(s.stripRows) {
		notes = append(notes, text.S(th.Dim, "  "+text.Count(first+1)+"–"+text.Count(first+count)+" of "+text.Count(len(s.stripRows))))
	}
	picture := strip.Strip{
		Theme: th, Spans: g.Ownership, Partitions: s.stripRows, Selected: s.stripSelected(),
		Now: f.now, Window: stripWindows[s.window], Incremental: incremental(g),
	}
	lines := append([]text.Line{th.Section(r.w, s.focus == paneStrip, "WHO OWNED WHAT", notes...)}, picture.Lines(r.w, r.h-1)...)
	return renderLines(lines, r.w)
}

func windowName(d time.Duration) string {
	if d <= time.Minute {
		return text.Count(int64(d/time.Second)) + "s"
	}
	return text.Duration(d)
}

func (s *groupScreen) eventLines(f frame, r rect) []string {
	th := f.theme
	lines := []text.Line{th.Section(r.w, s.focus == paneEvents, "EVENTS", text.S(th.Dim, text.Count(len(s.events))))}
	s.top = min(s.top, max(0, len(s.events)-(r.h-1)))
	for _, e := range s.events[s.top:min(len(s.events), s.top+max(0, r.h-1))] {
		lines = append(lines, eventLine(f, e))
	}
	if len(s.events) == 0 {
		lines = append(lines, text.Of(text.S(th.Dim, " nothing has happened since regroup began to look")))
	}
	return renderLines(lines, r.w)
}

func renderLines(lines []text.Line, width int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.Truncate(width).Render(nil)
	}
	return out
}

func renderSpans(spans []text.Span, width int) []string {
	lines := make([]text.Line, len(spans))
	for i, s := range spans {
		lines[i] = text.Of(s)
	}
	return renderLines(lines, width)
}

// canvas is the lines of a screen that panes are put on, from left to right in each line.
type canvas struct {
	lines  []strings.Builder
	filled []int // the cells that are written in each line
	width  int
}

func newCanvas(width, height int) *canvas {
	height = max(0, height)
	return &canvas{lines: make([]strings.Builder, height), filled: make([]int, height), width: width}
}

// put writes lines that are at most as wide as the place; what is beyond it is left out.
func (c *canvas) put(r rect, lines []string) {
	for i, line := range lines {
		y := r.y + i
		if i >= r.h || y < 0 || y >= len(c.lines) || r.w <= 0 || r.x+r.w > c.width {
			return
		}
		c.lines[y].WriteString(strings.Repeat(" ", max(0, r.x-c.filled[y])))
		c.lines[y].WriteString(line)
		c.filled[y] = r.x + ansi.StringWidth(line)
	}
}

func (c *canvas) String() string {
	var b strings.Builder
	for i := range c.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.lines[i].String())
	}
	return b.String()
}
