package ui

import (
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/table"
	"regroup/ui/text"
)

// labScreen shows the demo consumers and producers, and what a key does to the group that is chosen.
type labScreen struct {
	exists bool // there is a lab
	keys   labKeys
	table  *table.Table

	group     string // the one that keys act on and whose strip is shown: that of the selected consumer
	wanted    string // the group to choose as soon as it has a consumer; "" is none
	consumers []*model.LabConsumer
	producer  int // the one that keys act on
	form      *labForm
	cards     cardCache
	events    []*model.Event // of the group
	asked     map[string]asked
	place     rect // where the consumers were drawn last, for the mouse
}

// asked is a value that a key asked the lab for. Until the lab tells of it, the next key counts from there: who presses
// a key five times wants five steps.
type asked struct {
	value float64
	until time.Time
}

// askedFor is how long a value that was asked for is believed; children report several times a second.
const askedFor = 2 * time.Second

// latest is the value that was asked for last, else what the lab tells.
func (s *labScreen) latest(f frame, what string, told float64) float64 {
	if a, is := s.asked[what]; is && f.now.Before(a.until) {
		return a.value
	}
	return told
}

func (s *labScreen) ask(f frame, what string, value float64) {
	if s.asked == nil {
		s.asked = map[string]asked{}
	}
	s.asked[what] = asked{value, f.now.Add(askedFor)}
}

func newLabScreen(lab Lab, group string) screen {
	return &labScreen{exists: lab != nil, keys: newLabKeys(), table: table.New(), group: group, wanted: group}
}

func (s *labScreen) typing() bool { return s.form != nil }

func (s *labScreen) observe(f frame) {
	s.consumers = nil
	if f.view == nil || f.view.Lab == nil {
		s.table.SetRows(nil)
		return
	}
	lab := f.view.Lab
	for i := range lab.Consumers {
		s.consumers = append(s.consumers, &lab.Consumers[i])
	}
	slices.SortStableFunc(s.consumers, func(a, b *model.LabConsumer) int { return strings.Compare(a.Group, b.Group) })
	ids := make([]string, len(s.consumers))
	for i, c := range s.consumers {
		ids[i] = c.Name
	}
	s.table.SetRows(ids)
	s.producer = min(s.producer, max(0, len(lab.Producers)-1))
	s.choose()
	s.events = s.groupEvents(f)
	s.keys.observe(lab, s.selected())
}

// groupEvents is what happened in the chosen group, newest first.
func (s *labScreen) groupEvents(f frame) []*model.Event {
	g := s.chosen(f)
	if g == nil {
		return nil
	}
	return groupEvents(f.view, g)
}

// choose keeps the chosen group that of the selected consumer; a group that was asked for by name comes first.
func (s *labScreen) choose() {
	if s.wanted != "" {
		for _, c := range s.consumers {
			if c.Group == s.wanted {
				s.table.Select(c.Name)
				s.wanted = ""
				break
			}
		}
		return // until it has a consumer, a new one is started in it
	}
	if c := s.selected(); c != nil {
		s.group = c.Group
	}
}

// selected is the consumer that keys act on; nil if there is none.
func (s *labScreen) selected() *model.LabConsumer {
	if i := s.table.Index(); i < len(s.consumers) {
		return s.consumers[i]
	}
	return nil
}

func (s *labScreen) update(f frame, msg tea.Msg) tea.Cmd {
	if !s.exists {
		return nil
	}
	if s.form != nil {
		return s.updateForm(msg)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(f, msg)
	case tea.MouseClickMsg:
		s.click(f, tea.Mouse(msg))
	case doubleClickMsg:
		s.click(f, tea.Mouse(msg))
		return s.open()
	case tea.MouseWheelMsg:
		if s.table.Wheel(msg.Button) {
			s.moved(f)
		}
	}
	return nil
}

func (s *labScreen) updateForm(msg tea.Msg) tea.Cmd {
	action, closed := s.form.update(msg)
	if closed {
		s.form = nil
	}
	if action == nil {
		return nil
	}
	s.group, s.wanted = action.Group, action.Group
	return askLab(*action)
}

func (s *labScreen) click(f frame, m tea.Mouse) {
	if m.Button == tea.MouseLeft && s.place.contains(m.X, m.Y) && s.table.Select(s.table.RowAt(m.Y-s.place.y-1)) {
		s.moved(f)
	}
}

// moved follows the selection.
func (s *labScreen) moved(f frame) {
	s.wanted = ""
	s.choose()
	s.events = s.groupEvents(f)
	if f.view != nil && f.view.Lab != nil {
		s.keys.observe(f.view.Lab, s.selected())
	}
}

func (s *labScreen) open() tea.Cmd {
	if s.group == "" {
		return nil
	}
	id := s.group
	return func() tea.Msg { return openGroupMsg{id} }
}

func (s *labScreen) press(f frame, msg tea.KeyPressMsg) tea.Cmd {
	if s.table.Update(msg) {
		s.moved(f)
		return nil
	}
	if f.view == nil || f.view.Lab == nil {
		return nil
	}
	k := s.keys
	switch {
	case key.Matches(msg, k.open):
		return s.open()
	case key.Matches(msg, k.start):
		return askLab(model.LabAction{Kind: model.LabStartConsumer, Group: s.startIn(f)})
	case key.Matches(msg, k.form):
		s.form = newLabForm(s.startIn(f), lastSettings(s.consumers, s.group))
	case key.Matches(msg, k.save):
		return askCommand("save ")
	case key.Matches(msg, k.next) && len(f.view.Lab.Producers) > 0:
		s.producer = (s.producer + 1) % len(f.view.Lab.Producers)
	case key.Matches(msg, k.more, k.less, k.add):
		return s.produce(f, msg)
	default:
		return s.treat(f, msg)
	}
	return nil
}

// startIn is the group that a new consumer joins: the chosen one, else the first there is.
func (s *labScreen) startIn(f frame) string {
	if s.group == "" && len(f.view.Groups) > 0 {
		return f.view.Groups[0].ID
	}
	return s.group
}

func (s *labScreen) animated(f frame) bool {
	if g := s.chosen(f); g != nil && !g.Unsettled.IsZero() {
		return true
	}
	return slices.ContainsFunc(s.consumers, func(c *model.LabConsumer) bool { _, counts := sessionLeft(f, c); return counts })
}

// chosen is the chosen group as it was seen; nil if it was not.
func (s *labScreen) chosen(f frame) *model.GroupView {
	if f.view == nil || s.group == "" {
		return nil
	}
	return f.view.Group(s.group)
}

func (s *labScreen) render(f frame) string {
	c := newCanvas(f.width, f.height)
	th := f.theme
	middle := rect{margin, f.height / 3, f.width - 2*margin, 1}
	switch {
	case !s.exists:
		c.put(middle, renderSpans([]text.Span{text.S(th.Dim, "There is no lab here: it comes with regroup demo, also against your own cluster with --brokers.")}, middle.w))
		return c.String()
	case f.view == nil || f.view.Lab == nil:
		c.put(middle, renderSpans([]text.Span{text.S(th.Dim, "waiting for the lab's first consumer")}, middle.w))
		return c.String()
	}
	lab, g := f.view.Lab, s.chosen(f)
	if f.big && s.form == nil {
		return s.renderBig(f, lab, g)
	}
	top := 2 + max(1, len(s.consumers))
	if s.form != nil {
		top = 1 + s.form.height()
	}
	partitions, events := 0, 0
	if g != nil {
		partitions, events = len(g.Partitions), 1+max(1, len(s.events))
	}
	card := s.card(f, g)
	r := layoutLab(f.width, f.height, labNeeds{
		lacks: len(lab.Lacks), top: top, producers: 1 + max(1, len(lab.Producers)), strip: 2 + partitions, card: len(card), events: events, form: s.form != nil,
	})
	s.place = r.top
	c.put(r.lacks, s.lacks(f, lab, r.lacks.w))
	if s.form != nil {
		c.put(r.top, renderLines(s.form.lines(th, r.top.w, r.top.h), r.top.w))
	} else {
		c.put(r.top, s.consumerLines(f, r.top))
	}
	c.put(r.producers, s.producerLines(f, lab, r.producers))
	if !r.strip.empty() {
		c.put(r.strip, s.stripLines(f, g, r.strip))
	}
	c.put(r.card, renderLines(card, r.card.w))
	if !r.events.empty() {
		c.put(r.events, eventLines(f, s.events, 0, false, r.events))
	}
	return c.String()
}

func (s *labScreen) lacks(f frame, lab *model.LabSnapshot, width int) []string {
	spans := make([]text.Span, len(lab.Lacks))
	for i, lack := range lab.Lacks {
		spans[i] = text.S(f.theme.Warn, "not on this platform: "+text.Clean(lack))
	}
	return renderSpans(spans, width)
}

// stripLines is who owned what in the chosen group, so that the effect of a key is seen at once.
func (s *labScreen) stripLines(f frame, g *model.GroupView, r rect) []string {
	th := f.theme
	notes := []text.Span{text.S(th.Strong, text.Name(s.group))}
	if g == nil {
		notes = append(notes, text.S(th.Dim, "  is not there yet"))
		return renderLines([]text.Line{th.Section(r.w, false, "WHO OWNED WHAT", notes...)}, r.w)
	}
	sign, style := th.State(g.State)
	notes = append(notes, text.Space(2), text.S(style, sign+" "+text.Clean(string(g.State))), text.Space(2))
	notes = append(append(notes, generationFact(th, g)...), text.Space(2))
	notes = append(notes, lagFact(th, g)...)
	rows := make([]model.TopicPartition, len(g.Partitions))
	for i := range g.Partitions {
		rows[i] = g.Partitions[i].TopicPartition
	}
	picture := pictureOf(f, g, rows, stoppedOwners(g, f.view.Lab))
	return renderLines(append([]text.Line{th.Section(r.w, false, "WHO OWNED WHAT", notes...)}, picture.Lines(r.w, r.h-1)...), r.w)
}

// card is the last rebalance of the chosen group, or the one that is under way.
func (s *labScreen) card(f frame, g *model.GroupView) []text.Line {
	if g == nil {
		return nil
	}
	p := rebalancePane{f: f, g: g, index: len(g.Rebalances) - 1, oneTopic: oneTopic(g), between: betweenOwners(g), cards: &s.cards, alone: true, width: f.width - 2*margin}
	if !g.Unsettled.IsZero() {
		p.index = -1
	}
	return append([]text.Line{p.heading(f.width-2*margin, false)}, p.lines()...)
}
