// Package lab is the screen of the demo consumers and producers, and the form for a new consumer.
package lab

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
)

// Screen shows the demo consumers and producers, and what a key does to the group that is chosen.
type Screen struct {
	exists bool // there is a lab
	table  *table.Table

	group     string // the one that keys act on and whose strip is shown: that of the selected consumer
	wanted    string // the group to choose as soon as it has a consumer; "" is none
	consumers []*model.LabConsumer
	producer  int // the one that keys act on
	form      *labForm
	cards     panes.CardCache
	events    []*model.Event      // of the group
	readings  *ownership.Readings // of the group
	asked     map[string]asked
	place     kit.Rect // where the consumers were drawn last, for the mouse
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
func (s *Screen) latest(f kit.Frame, what string, told float64) float64 {
	if a, is := s.asked[what]; is && f.Now.Before(a.until) {
		return a.value
	}
	return told
}

func (s *Screen) ask(f kit.Frame, what string, value float64) {
	if s.asked == nil {
		s.asked = map[string]asked{}
	}
	s.asked[what] = asked{value, f.Now.Add(askedFor)}
}

// New shows the lab with this group chosen; "" is the first. Without a lab the screen says so.
func New(lab Lab, group string) *Screen {
	return &Screen{exists: lab != nil, table: table.New(), group: group, wanted: group}
}

// Typing reports whether the form is open.
func (s *Screen) Typing() bool { return s.form != nil }

// Observe takes in the consumers, and keeps the selection.
func (s *Screen) Observe(f kit.Frame) {
	s.consumers = nil
	if f.View == nil || f.View.Lab == nil {
		s.table.SetRows(0, nil)
		return
	}
	lab := f.View.Lab
	here := func(c *model.LabConsumer) bool { return c.Group == s.group }
	// In presentation mode only the chosen group's are listed, where it has some: large rows have no room for more.
	only := f.Density == kit.Presentation && slices.ContainsFunc(lab.Consumers, func(c model.LabConsumer) bool { return here(&c) })
	for i := range lab.Consumers {
		if c := &lab.Consumers[i]; !only || here(c) {
			s.consumers = append(s.consumers, c)
		}
	}
	slices.SortStableFunc(s.consumers, func(a, b *model.LabConsumer) int { return strings.Compare(a.Group, b.Group) })
	rows := len(s.consumers)
	if f.Density == kit.Presentation { // nobody's, of what no consumer reads
		rows++
	}
	s.table.SetRows(rows, func(i int) string {
		if i >= len(s.consumers) {
			return ""
		}
		return s.consumers[i].Name
	})
	s.producer = min(s.producer, max(0, len(lab.Producers)-1))
	s.choose()
	s.events = s.groupEvents(f)
}

// readingsOf are the readings of the chosen group, made once a view.
func (s *Screen) readingsOf(f kit.Frame, g *model.GroupView) *ownership.Readings {
	if s.readings == nil || s.readings.Group != g || s.readings.Lab != f.View.Lab {
		s.readings = ownership.Now(g, f.View.Lab)
	}
	return s.readings
}

// groupEvents is what happened in the chosen group, newest first.
func (s *Screen) groupEvents(f kit.Frame) []*model.Event {
	g := s.chosen(f)
	if g == nil {
		return nil
	}
	return derive.Events(f.View, g)
}

// choose keeps the chosen group that of the selected consumer; a group that was asked for by name comes first.
func (s *Screen) choose() {
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
func (s *Screen) selected() *model.LabConsumer {
	if i := s.table.Index(); i < len(s.consumers) {
		return s.consumers[i]
	}
	return nil
}

// Update handles the mouse, and text for the form.
func (s *Screen) Update(f kit.Frame, msg tea.Msg) tea.Cmd {
	if s.form != nil {
		s.form.edit(msg)
		return nil
	}
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		return s.click(f, tea.Mouse(msg))
	case kit.DoubleClick:
		return tea.Batch(s.click(f, tea.Mouse(msg)), s.open())
	case tea.MouseWheelMsg:
		if s.table.Wheel(msg.Button) {
			return s.moved(f)
		}
	}
	return nil
}

func (s *Screen) click(f kit.Frame, m tea.Mouse) tea.Cmd {
	if m.Button == tea.MouseLeft && s.place.Contains(m.X, m.Y) && s.table.Select(s.table.RowAt(m.Y-s.place.Y-1)) {
		return s.moved(f)
	}
	return nil
}

// moved follows the selection.
func (s *Screen) moved(f kit.Frame) tea.Cmd {
	s.wanted = ""
	s.choose()
	s.events = s.groupEvents(f)
	return nil
}

func (s *Screen) open() tea.Cmd {
	if s.group == "" {
		return nil
	}
	id := s.group
	return kit.Ask(kit.OpenGroup{ID: id})
}

// startIn is the group that a new consumer joins: the chosen one, else the first there is.
func (s *Screen) startIn(f kit.Frame) string {
	if s.group == "" && len(f.View.Groups) > 0 {
		return f.View.Groups[0].ID
	}
	return s.group
}

// Animated reports whether the group is rebalancing, or a session runs out.
func (s *Screen) Animated(f kit.Frame) bool {
	if g := s.chosen(f); g != nil && g.Rebalancing() {
		return true
	}
	return slices.ContainsFunc(s.consumers, func(c *model.LabConsumer) bool { _, counts := sessionLeft(f, c); return counts })
}

// chosen is the chosen group as it was seen; nil if it was not.
func (s *Screen) chosen(f kit.Frame) *model.GroupView {
	if f.View == nil || s.group == "" {
		return nil
	}
	return f.View.Group(s.group)
}

// Render draws the consumers, or the form, and below them what the group does.
func (s *Screen) Render(f kit.Frame) string {
	c := kit.NewCanvas(f.Width, f.Height)
	th := f.Theme
	middle := kit.Box(kit.Margin, f.Height/3, f.Width-2*kit.Margin, 1)
	switch {
	case !s.exists:
		c.Put(middle, kit.RenderSpans([]text.Span{text.S(th.Dim, "There is no lab here: it comes with regroup demo, also against your own cluster with --brokers.")}, middle.W))
		return c.String()
	case f.View == nil || f.View.Lab == nil:
		c.Put(middle, kit.RenderSpans([]text.Span{text.S(th.Dim, "waiting for the lab's first consumer")}, middle.W))
		return c.String()
	}
	lab, g := f.View.Lab, s.chosen(f)
	if f.Density == kit.Presentation && s.form == nil {
		return s.present(f, lab, g)
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
	r := layoutLab(f.Width, f.Height, labNeeds{
		lacks: len(lab.Lacks), top: top, producers: 1 + max(1, len(lab.Producers)), strip: 2 + partitions, card: len(card), events: events, form: s.form != nil,
	})
	s.place = r.top
	c.Put(r.lacks, s.lacks(f, lab, r.lacks.W))
	if s.form != nil {
		c.Put(r.top, kit.RenderLines(s.form.lines(th, r.top.W, r.top.H), r.top.W))
	} else {
		c.Put(r.top, s.consumerLines(f, r.top))
	}
	c.Put(r.producers, s.producerLines(f, lab, r.producers))
	if !r.strip.Empty() {
		c.Put(r.strip, s.stripLines(f, g, r.strip))
	}
	c.Put(r.card, kit.RenderLines(card, r.card.W))
	if !r.events.Empty() {
		c.Put(r.events, panes.Events(f, s.events, 0, false, r.events))
	}
	return c.String()
}

func (s *Screen) lacks(f kit.Frame, lab *model.LabSnapshot, width int) []string {
	spans := make([]text.Span, len(lab.Lacks))
	for i, lack := range lab.Lacks {
		spans[i] = text.S(f.Theme.Warn, "not on this platform: "+text.Clean(lack))
	}
	return kit.RenderSpans(spans, width)
}

// stripLines is who owned what in the chosen group, so that the effect of a key is seen at once.
func (s *Screen) stripLines(f kit.Frame, g *model.GroupView, r kit.Rect) []string {
	th := f.Theme
	notes := []text.Span{text.S(th.Strong, text.Name(s.group))}
	if g == nil {
		notes = append(notes, text.S(th.Dim, "  not created yet"))
		return kit.RenderLines([]text.Line{th.Section(r.W, false, "WHO OWNED WHAT", notes...)}, r.W)
	}
	sign, style := th.State(g.State)
	notes = append(notes, text.Space(2), text.S(style, sign+" "+text.Clean(string(g.State))), text.Space(2))
	notes = append(append(notes, phrase.GenerationFact(th, g)...), text.Space(2))
	notes = append(notes, phrase.LagFact(th, g)...)
	rows := make([]model.TopicPartition, len(g.Partitions))
	for i := range g.Partitions {
		rows[i] = g.Partitions[i].TopicPartition
	}
	picture := panes.Picture(f, s.readingsOf(f, g), rows)
	return kit.RenderLines(append([]text.Line{th.Section(r.W, false, "WHO OWNED WHAT", notes...)}, picture.Lines(r.W, r.H-1)...), r.W)
}

// card is the last rebalance of the chosen group, or the one that is under way.
func (s *Screen) card(f kit.Frame, g *model.GroupView) []text.Line {
	if g == nil {
		return nil
	}
	p := panes.Rebalance{F: f, G: g, Index: len(g.Rebalances) - 1, Topics: kit.TopicsOf(g), Readings: s.readingsOf(f, g), Cards: &s.cards, Extent: panes.Alone, Width: f.Width - 2*kit.Margin}
	if g.Rebalancing() {
		p.Index = -1
	}
	return append([]text.Line{p.Heading(f.Width-2*kit.Margin, false)}, p.Lines()...)
}
