// Package whatif is the screen that forecasts the assignment of a group if members joined or left, or partitions were added.
package whatif

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/model/whatif"
	"regroup/ui/kit"
	"regroup/ui/subject"
)

// Foresee computes a forecast. The error is a sentence for the user. It may take a moment: call it in a command.
type Foresee func(whatif.WhatIf) (*whatif.Forecast, error)

// foreseenMsg carries a computed forecast.
type foreseenMsg struct {
	group    string
	asked    string // the question, as in Screen.asking
	forecast *whatif.Forecast
	problem  string
}

// addedAtOnce limits the added members, and the added partitions of a topic.
const addedAtOnce = 99

// Screen shows the assignment of a group after changes that are only assumed.
type Screen struct {
	id      string
	foresee Foresee

	joining   int
	nameless  bool             // joining members have an unknown client id
	leaving   map[string]bool  // by member id
	adding    map[string]int32 // by topic
	topic     string           // P adds partitions to it
	assignor  string           // "" is the group's
	selected  string           // a member id
	assignors []string         // the choices
	outcome   int              // the shown one
	question  whatif.WhatIf    // about the newest view
	asking    string           // identifies the question
	asked     string           // identifies the question computed last
	busy      bool             // its forecast is being computed
	forecast  *whatif.Forecast // nil while it is computed, or with a problem
	problem   string           // why there is no forecast
	lab       *model.LabSnapshot
	known     bool
}

// New makes the screen of a group; foresee computes forecasts for one of the assignors.
func New(id string, foresee Foresee, assignors []string) *Screen {
	return &Screen{id: id, foresee: foresee, assignors: assignors, leaving: map[string]bool{}, adding: map[string]int32{}}
}

var bindings = struct{ more, fewer, leave, partitions, topic, assignor, client, earlier, later, reset, up, down, close key.Binding }{
	more:       key.NewBinding(key.WithKeys("+", "="), key.WithHelp("+", "join")),
	fewer:      key.NewBinding(key.WithKeys("-"), key.WithHelp("-", "one less")),
	leave:      key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "leave")),
	partitions: key.NewBinding(key.WithKeys("P"), key.WithHelp("P", "add partition")),
	topic:      key.NewBinding(key.WithKeys("t"), key.WithHelp("t", "topic")),
	assignor:   key.NewBinding(key.WithKeys("a"), key.WithHelp("a", "assignor")),
	client:     key.NewBinding(key.WithKeys("c"), key.WithHelp("c", "client.id known / unknown")),
	earlier:    key.NewBinding(key.WithKeys("left", "h")),
	later:      key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("← →", "outcome")),
	reset:      key.NewBinding(key.WithKeys("0"), key.WithHelp("0", "reset")),
	up:         key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑ ↓", "select")),
	down:       key.NewBinding(key.WithKeys("down", "j")),
	close:      key.NewBinding(key.WithKeys("esc", "w"), key.WithHelp("esc", "back")),
}

// Typing is false: there is no field.
func (s *Screen) Typing() bool { return false }

// Animated is false: a forecast does not change by itself.
func (s *Screen) Animated(kit.Frame) bool { return false }

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	k := bindings
	return []kit.KeyTable{{Title: "What if", Bindings: []key.Binding{
		k.more, k.fewer, k.leave, k.partitions, k.topic, k.assignor, k.client, k.later, k.earlier, k.reset, k.up, k.down, k.close,
	}}}
}

// Keys are the keys that have an effect on the current question.
func (s *Screen) Keys(kit.Frame) kit.Keys {
	k := bindings
	closePage := kit.Asks(k.close, kit.Back{})
	if s.obstacle() != "" {
		return kit.Keys{closePage}
	}
	// change is a key that changes the question.
	change := func(b key.Binding, do func()) kit.Key { return kit.Does(b, func() { do(); s.ask() }) }
	all := kit.Keys{
		change(k.more, func() { s.joining = min(s.joining+1, addedAtOnce) }),
		change(k.leave, func() { s.leaving[s.selected] = !s.leaving[s.selected] }),
		change(k.partitions, s.addPartition),
	}
	if s.question.Group.Type != model.TypeConsumer {
		all = append(all, change(k.assignor, s.nextAssignor))
	}
	if f := s.forecast; f != nil && len(f.Outcomes) > 1 {
		turn := func(step int) func() {
			return func() { s.outcome = (s.outcome + step + len(f.Outcomes)) % len(f.Outcomes) }
		}
		all = append(all, kit.Does(k.later, turn(+1)), kit.Does(k.earlier, turn(-1)))
	}
	all = append(all, closePage)
	if s.question.Changed() {
		all = append(all, change(k.reset, s.reset))
	}
	if s.joining > 0 {
		all = append(all, change(k.fewer, func() { s.joining-- }))
		if s.guess(0) != "" {
			all = append(all, change(k.client, func() { s.nameless = !s.nameless }))
		}
	}
	if len(s.question.Topics()) > 1 {
		all = append(all, change(k.topic, s.nextTopic))
	}
	return append(all, change(k.up, func() { s.selectNext(-1) }), change(k.down, func() { s.selectNext(+1) }))
}

func (s *Screen) addPartition() {
	if s.topic != "" {
		s.adding[s.topic] = min(s.adding[s.topic]+1, addedAtOnce)
	}
}

// nextTopic selects the next topic for added partitions.
func (s *Screen) nextTopic() {
	topics := s.question.Topics()
	at := slices.IndexFunc(topics, func(t whatif.TopicCount) bool { return t.Topic == s.topic })
	s.topic = topics[(at+1)%len(topics)].Topic
}

// reset removes all changes.
func (s *Screen) reset() {
	s.joining, s.nameless, s.assignor = 0, false, ""
	s.leaving, s.adding = map[string]bool{}, map[string]int32{}
}

// obstacle is why there is no forecast; "" if there can be one.
func (s *Screen) obstacle() string { return s.question.Obstacle() }

// Observe updates the question from the newest view.
func (s *Screen) Observe(f kit.Frame) {
	if f.View == nil {
		return
	}
	s.known, s.lab = true, f.View.Lab
	s.question.Group = f.View.Group(s.id)
	s.ask()
}

// ask updates the question after a change of the group or of the assumed changes.
func (s *Screen) ask() {
	q := &s.question
	if g := q.Group; g == nil || q.Obstacle() != "" {
		s.asking, s.asked = "", "" // without an obstacle it is computed again
		s.forecast, s.problem = nil, ""
		return
	}
	q.Joining, q.Leaving, q.Adding, q.Assignor = nil, nil, s.adding, s.assignor
	q.SaramaLeads = s.labLeads()
	for i := range s.joining {
		q.Joining = append(q.Joining, s.clientOf(i))
	}
	present := false
	for i := range q.Group.Members {
		m := &q.Group.Members[i]
		if s.leaving[m.MemberID] {
			q.Leaving = append(q.Leaving, m.Slot)
		}
		present = present || m.MemberID == s.selected
	}
	if !present {
		s.selected = q.Group.Members[0].MemberID
	}
	if topics := q.Topics(); !slices.ContainsFunc(topics, func(t whatif.TopicCount) bool { return t.Topic == s.topic }) {
		s.topic = ""
		if len(topics) > 0 {
			s.topic = topics[0].Topic
		}
	}
	s.asking = fmt.Sprint(q.Joining, q.Leaving, q.NextAssignor(), q.SaramaLeads, q.Group.Generation, q.Topics(), q.Before(), q.Members())
}

// Work computes the forecast of a new question.
func (s *Screen) Work(kit.Frame) tea.Cmd {
	if s.asking == s.asked || s.asking == "" || s.busy {
		return nil
	}
	s.asked, s.busy = s.asking, true
	group, asked, question, foresee := s.id, s.asking, s.question, s.foresee
	question.Adding = make(map[string]int32, len(s.adding)) // the screen's own map changes with the keys
	for topic, more := range s.adding {
		question.Adding[topic] = more
	}
	return func() tea.Msg {
		msg := foreseenMsg{group: group, asked: asked}
		var err error
		if msg.forecast, err = foresee(question); err != nil {
			msg.problem = err.Error()
		}
		return msg
	}
}

// labLeads reports whether all members are consumers of the lab, which use sarama.
func (s *Screen) labLeads() bool {
	if s.lab == nil {
		return false
	}
	return !slices.ContainsFunc(s.question.Group.Members, func(m model.MemberView) bool {
		return !slices.ContainsFunc(s.lab.Consumers, func(c model.LabConsumer) bool { return c.MemberID == m.MemberID })
	})
}

// Update handles computed forecasts and the mouse wheel.
func (s *Screen) Update(f kit.Frame, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case foreseenMsg:
		if msg.group != s.id {
			return nil
		}
		s.busy = false
		if msg.asked == s.asking {
			s.forecast, s.problem, s.outcome = msg.forecast, msg.problem, 0
		}
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			s.selectNext(-1)
		case tea.MouseWheelDown:
			s.selectNext(+1)
		}
	}
	return nil
}

func (s *Screen) selectNext(step int) {
	g := s.question.Group
	if g == nil || len(g.Members) == 0 {
		return
	}
	at := slices.IndexFunc(g.Members, func(m model.MemberView) bool { return m.MemberID == s.selected })
	s.selected = g.Members[min(max(0, at+step), len(g.Members)-1)].MemberID
}

// nextAssignor selects the next assignor; "" is the group's own.
func (s *Screen) nextAssignor() {
	own := s.question.Group.Assignor
	at := slices.Index(s.assignors, s.question.NextAssignor())
	s.assignor = s.assignors[(at+1)%len(s.assignors)]
	if s.assignor == own {
		s.assignor = ""
	}
}

// clientOf is the client id of the i-th joining member, "" if unknown.
func (s *Screen) clientOf(i int) string {
	if s.nameless {
		return ""
	}
	return s.guess(i)
}

var numbered = regexp.MustCompile(`^(.*\D)(\d+)$`)

// guess is the probable client id of the i-th joining member: the next one of the lab, the one that all members have, or the next
// number if the members are numbered. The number that the Java client appends to its group.id counts per process.
func (s *Screen) guess(i int) string {
	g, prefix, most := s.question.Group, "", -1
	java := "consumer-" + g.ID + "-"
	alike, isNumbered := true, true
	for j := range g.Members {
		client := g.Members[j].ClientID
		alike = alike && client == g.Members[0].ClientID
		parts := numbered.FindStringSubmatch(client)
		if parts == nil || prefix != "" && parts[1] != prefix {
			isNumbered = false
			continue
		}
		prefix = parts[1]
		if n, err := strconv.Atoi(parts[2]); err == nil {
			most = max(most, n)
		}
	}
	first := g.Members[0].ClientID
	switch {
	case s.labLeads() && isNumbered:
		for j := range s.lab.Consumers { // the lab numbers consumers over all groups
			if parts := numbered.FindStringSubmatch(s.lab.Consumers[j].Name); parts != nil && parts[1] == prefix {
				if n, err := strconv.Atoi(parts[2]); err == nil {
					most = max(most, n)
				}
			}
		}
	case alike && (len(g.Members) > 1 || first == java+"1"):
		return first
	case !isNumbered || len(g.Members) == 1 || prefix == java:
		return ""
	}
	return prefix + strconv.Itoa(most+1+i)
}

// Subjects are the group and its members, with the selected member under the cursor.
func (s *Screen) Subjects(f kit.Frame) (all []subject.Subject, cursor subject.Subject) {
	all = subject.OfGroup(s.id, subject.Assignor, subject.Members, subject.Parts, subject.State, subject.Generation)
	cursor = all[0]
	g := f.View.Group(s.id)
	if g == nil {
		return all, cursor
	}
	for i := range g.Members {
		m := subject.Subject{Kind: subject.Member, Group: s.id, Slot: g.Members[i].Slot}
		all = append(all, m)
		if g.Members[i].MemberID == s.selected {
			cursor = m
		}
	}
	return all, cursor
}
