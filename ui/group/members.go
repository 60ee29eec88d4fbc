package group

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/travel"
)

// The columns of the members.
const (
	memberChip = iota
	memberClient
	memberInstance
	memberHost
	memberOwns
	memberLag
	memberRate
	memberNote
	memberColumns
)

// wayWidth is what is left free beside what the members own, for a partition that moves from one to another.
const wayWidth = 8

// ownsLeast is what the column of what a member owns gets before others do, where something is on its way.
const ownsLeast = 13

// ownsWanted is the widest that the column of what a member owns asks for.
const ownsWanted = 40

// memberRows are the members, and nobody below them; that row is always there in presentation mode: rows that come and go
// make all others jump. A row is known by the slot, which a static member keeps over a restart.
func memberRows(g *model.GroupView, nobody bool) (rows int, id func(row int) string) {
	if rows = len(g.Members); nobody {
		rows++
	}
	return rows, func(i int) string {
		if i >= len(g.Members) {
			return strconv.Itoa(int(model.Nobody))
		}
		return strconv.Itoa(int(g.Members[i].Slot))
	}
}

// membersPane is what the members are drawn from.
type membersPane struct {
	f        kit.Frame
	g        *model.GroupView
	table    *table.Table
	topics   kit.Topics
	lab      map[string]*model.LabConsumer // by member id
	readings *ownership.Readings
	paused   []model.TopicPartition
	journeys []travel.Journey
	expected map[model.TopicPartition]bool // what has still to arrive
}

func (s *Screen) membersPane(f kit.Frame, g *model.GroupView) membersPane {
	p := membersPane{f: f, g: g, table: s.members, topics: s.topics, lab: s.lab, readings: s.readings, paused: s.paused}
	if f.Motion == kit.Animated {
		p.journeys = travel.Journeys(g, f.Now)
		p.expected = travel.InFlight(p.journeys, f.Now)
	}
	return p
}

func (p membersPane) columns() []table.Column {
	client, instance, host, note := 6, 0, 4, 3
	least := 8
	owns := max(least, 4*len(p.g.Partitions)+wayWidth) // the same while partitions move, and with room for them to pass
	for i := range p.g.Members {
		m := &p.g.Members[i]
		client = max(client, text.Width(text.Clean(m.ClientID)))
		instance = max(instance, text.Width(text.Clean(m.InstanceID)))
		host = max(host, text.Width(text.Clean(m.Host)))
		owns = max(owns, 4*len(m.Assignment), 4*len(m.Target)+8)
		if p.changes(m) && m.AssignmentKnown {
			least = max(least, min(ownsLeast, p.onTheWay(m, ownsWanted).Width()))
		}
		note = max(note, p.note(m).Width())
	}
	columns := []table.Column{
		memberChip:     {Min: p.chipWidth()},
		memberClient:   {Title: "MEMBER", Min: min(10, client), Max: min(24, client)},
		memberInstance: {},
		memberHost:     {Title: "HOST", Min: min(15, host), Max: min(39, host), Priority: 5},
		memberOwns:     {Title: "OWNS", Min: least, Max: min(ownsWanted, owns)},
		memberLag:      {Title: "LAG", Align: text.Right, Min: 5, Max: 10, Priority: 3},
		memberRate:     {Title: "RATE", Align: text.Right, Min: 6, Max: 8, Priority: 4},
		memberNote:     {Min: min(13, note), Max: 24, Priority: 1},
	}
	if instance > 0 { // the column appears with the first static member
		columns[memberInstance] = table.Column{Title: "INSTANCE", Min: min(12, max(8, instance)), Max: min(20, max(8, instance)), Priority: 2}
	}
	return columns
}

// chipWidth has room for the sign where there is a leader.
func (p membersPane) chipWidth() int {
	if p.g.Leader != model.Nobody {
		return 4
	}
	return 3
}

// notes stand in the heading.
func (p membersPane) notes() []text.Span {
	th, g := p.f.Theme, p.g
	if !g.MembersKnown {
		return []text.Span{text.S(th.Dim, "unknown")}
	}
	notes := []text.Span{text.S(th.Dim, text.Count(len(g.Members)))}
	add := func(style text.Span) { notes = append(notes, text.Space(2), style) }
	if g.Idle > 0 {
		add(text.S(th.Warn, fmt.Sprintf("%d idle", g.Idle)))
	}
	if g.Joining > 0 {
		add(text.S(th.Warn, fmt.Sprintf("%d joining", g.Joining)))
	}
	if there, of := ownership.Converged(g); of > 0 && g.Type == model.TypeConsumer {
		style := th.Dim
		if there < of {
			style = th.Info
		}
		add(text.S(style, fmt.Sprintf("%d of %d converged", there, of)))
	}
	if p.readings.Pending > 0 {
		add(text.S(th.Info, fmt.Sprintf("%d pending", p.readings.Pending)))
	}
	return notes
}

// selectedNote is what has no column, or whose column has no room, of the selected member.
func (p membersPane) selectedNote() []text.Span {
	i := p.table.Index()
	if i >= len(p.g.Members) {
		return nil
	}
	m, th := &p.g.Members[i], p.f.Theme
	var facts []string
	if m.InstanceID != "" && p.table.Width(memberInstance) == 0 {
		facts = append(facts, text.Clean(m.InstanceID))
	}
	if d, known := m.SessionTimeout.Get(); known {
		facts = append(facts, "session "+text.Duration(d))
	}
	if d, known := m.RebalanceTimeout.Get(); known {
		facts = append(facts, "max poll "+text.Duration(d))
	}
	if len(facts) == 0 {
		return nil
	}
	return []text.Span{text.Space(2), text.S(th.Lane(m.Slot), m.Slot.String()), text.S(th.Dim, ": "), text.S(th.Text, strings.Join(facts, ", "))}
}

func (p membersPane) lines(width, height int, focused bool) []string {
	th := p.f.Theme
	if len(p.g.Members) == 0 {
		heading := th.Section(width, focused, "MEMBERS", p.notes()...).Render(nil)
		why := " no members"
		if !p.g.MembersKnown {
			why = " – members unknown"
		}
		return []string{heading, text.Of(text.S(th.Dim, why)).Truncate(width).Render(nil)}
	}
	p.table.Size, p.table.Untitled = table.Size{}, false
	p.table.SetColumns(p.columns()...)
	var way *travel.Overlay // it depends on the width that the column has got
	rows := p.table.View(th, width, height-1, focused, func(i int) table.Row {
		if way == nil && len(p.journeys) > 0 {
			way = p.stageOf(p.table.Width(memberOwns)).Overlay(p.journeys, p.f.Now)
		}
		row := p.nobody()
		if i < len(p.g.Members) {
			row = p.row(&p.g.Members[i])
		}
		row.Cells[memberOwns] = way.Over(i, row.Cells[memberOwns])
		return row
	})
	heading := th.Section(width, focused, "MEMBERS", append(p.notes(), p.selectedNote()...)...).Render(nil)
	return append([]string{heading}, strings.Split(rows, "\n")...)
}

// nobody is the row of the partitions that no member is known to read, and why.
func (p membersPane) nobody() table.Row {
	th := p.f.Theme
	why := "until stable"
	if !p.g.Rebalancing() {
		why = strings.Join(p.pauses(), ", ")
	}
	return table.Row{Wide: true, Cells: []text.Line{
		memberChip:   text.Of(text.S(th.Warn, " – ")),
		memberClient: text.Of(text.S(th.Warn, "none")),
		memberOwns:   append(kit.Hollow(th, p.paused, p.topics, p.table.Width(memberOwns)), text.S(th.Dim, "  "+why)),
	}}
}

// pauses are the ways in which partitions are paused: three different things.
func (p membersPane) pauses() []string {
	var words []string
	for _, way := range []struct {
		kind ownership.Kind
		word string
	}{{ownership.NoActiveConsumer, "no active consumer"}, {ownership.Unassigned, "unassigned"}, {ownership.StillPaused, "still paused"}} {
		if slices.ContainsFunc(p.paused, func(tp model.TopicPartition) bool { return p.readings.Of(tp).Kind == way.kind }) {
			words = append(words, way.word)
		}
	}
	return words
}

func (p membersPane) row(m *model.MemberView) table.Row {
	th := p.f.Theme
	cells := make([]text.Line, memberColumns)
	cells[memberChip] = text.Of(kit.Chip(th, m.Slot))
	if m.Slot == p.g.Leader {
		cells[memberChip] = append(cells[memberChip], text.S(th.Warn, phrase.LeaderSign))
	}
	cells[memberClient] = text.Of(text.S(th.Text, text.Name(m.ClientID)))
	if m.InstanceID != "" {
		cells[memberInstance] = text.Of(text.S(th.Dim, text.Clean(m.InstanceID)))
	}
	cells[memberHost] = text.Of(text.S(th.Dim, text.Clean(m.Host)))
	cells[memberOwns] = p.owns(m, p.table.Width(memberOwns))
	cells[memberNote] = p.note(m)
	cells[memberLag] = text.Of(text.S(th.Text, text.Maybe(m.Lag, text.Count[int64])))
	cells[memberRate] = text.Of(text.S(th.Dim, text.Maybe(p.readings.ConsumeRate(m.ConsumeRate, m.Slot), text.Rate)))
	row := table.Row{Cells: cells}
	if p.unreadable(m) { // nothing is known of its lag either: the reason may reach to the edge
		row.Cells, row.Wide = cells[:memberOwns+1], true
	}
	if fresh := kit.Freshness(p.f.Now, m.Since); fresh > 0 {
		row.Ground = th.Glow(m.Slot, fresh)
	}
	return row
}

// unreadable says that what a member owns is unknown although the group is settled.
func (p membersPane) unreadable(m *model.MemberView) bool {
	return !m.AssignmentKnown && !m.AssignmentPrevious && !p.g.Rebalancing()
}

// owns is what a member owns, or why that is not known.
func (p membersPane) owns(m *model.MemberView, width int) text.Line {
	th := p.f.Theme
	switch {
	case m.AssignmentPrevious && len(m.Assignment) > 0:
		word := "may read "
		if p.readings.Member(m.Slot).Kind == ownership.NoActiveConsumer {
			word = "was "
		}
		return text.Of(text.S(th.Dim, word), text.S(th.Lane(m.Slot), kit.List(m.Assignment, p.topics)))
	case !m.AssignmentKnown && p.g.Rebalancing() && len(m.Assignment) == 0:
		return text.Of(text.S(th.Warn, "joining"))
	case !m.AssignmentKnown:
		return text.Of(text.S(th.Dim, "– "+text.Clean(m.AssignmentProblem)))
	}
	if p.changes(m) {
		return p.onTheWay(m, width)
	}
	if len(m.Assignment) > 0 {
		return kit.ChipsExpecting(th, m.Slot, m.Assignment, p.expected, p.topics, width)
	}
	if p.g.Type == model.TypeShare || p.g.Type == model.TypeStreams {
		return text.Of(text.S(th.Dim, text.Unknown))
	}
	return text.Of(text.S(th.Warn, "idle"))
}

// changes reports whether a member is to get or to revoke partitions (KIP-848).
func (p membersPane) changes(m *model.MemberView) bool {
	return len(p.readings.Waiting(m.Slot))+len(p.readings.Revoking(m.Slot)) > 0
}

// onTheWay is the current and the target assignment of a member in one line: what it keeps as chips, what it is to let
// go as −3▸C, what it is to get as +3◂B.
func (p membersPane) onTheWay(m *model.MemberView, width int) text.Line {
	th := p.f.Theme
	var change text.Line
	for _, t := range p.readings.Revoking(m.Slot) {
		change = append(change, text.Space(1), text.S(th.Dim, "−"+kit.List(t.Partitions, p.topics)+"▸"), text.S(th.Lane(t.With), t.With.String()))
	}
	for _, t := range p.readings.Waiting(m.Slot) {
		change = append(change, text.Space(1), text.S(th.Lane(m.Slot).Bold(true), "+"+kit.List(t.Partitions, p.topics)),
			text.S(th.Dim, "◂"), text.S(th.Lane(t.With), t.With.String()))
	}
	line := kit.Chips(th, m.Slot, p.readings.Kept(m), p.topics, max(4, width-change.Width()))
	if len(line) == 0 {
		change = change[1:] // the blank between the two
	}
	return append(line, change...)
}

// note is what is special about a member now.
func (p membersPane) note(m *model.MemberView) text.Line {
	th := p.f.Theme
	if c := p.lab[m.MemberID]; c != nil && c.State != model.LabRunning {
		return text.Of(text.S(phrase.LabStyle(th, c.State), string(c.State)))
	}
	if waits := p.readings.Waiting(m.Slot); len(waits) > 0 {
		return p.waitsFor(waits)
	}
	revoking := 0
	for _, t := range p.readings.Revoking(m.Slot) {
		revoking += len(t.Partitions)
	}
	if revoking > 0 {
		return text.Of(text.S(th.Info, "revoking "+text.Count(revoking)))
	}
	if fresh := kit.Freshness(p.f.Now, m.Since); fresh > 0 {
		return text.Of(text.S(th.Aged(th.Lane(m.Slot).Bold(true), p.f.Now.Sub(m.Since), kit.FreshFor), "new"))
	}
	if epoch, known := m.Epoch.Get(); known && p.g.Generation.Kind == model.GenerationExact && epoch < p.g.Generation.Number {
		return text.Of(text.S(th.Dim, fmt.Sprintf("epoch %d", epoch)))
	}
	return nil
}

func (p membersPane) waitsFor(waits []ownership.Transfer) text.Line {
	th := p.f.Theme
	line := text.Of(text.S(th.Info, "waiting"))
	for i := range waits {
		switch h := waits[i].With; {
		case h == model.Nobody: // no member owns it any more: the next heartbeat brings it
		case i == 0 || waits[i-1].With == model.Nobody:
			line = append(line, text.S(th.Info, " for "), text.S(th.Lane(h).Bold(true), h.String()))
		default:
			line = append(line, text.S(th.Info, ", "), text.S(th.Lane(h).Bold(true), h.String()))
		}
	}
	return line
}

// stageOf is the column of what the members own: a line a row, nobody and whoever has left below all of them.
func (p membersPane) stageOf(width int) travel.Stage {
	row := func(lane model.Slot) int {
		if i := slices.IndexFunc(p.g.Members, func(m model.MemberView) bool { return m.Slot == lane }); i >= 0 {
			return i
		}
		return len(p.g.Members)
	}
	return travel.Stage{
		Width: width, Row: row, Steep: 4, Topics: p.topics,
		Taken: func(line int) int {
			if line >= len(p.g.Members) {
				return kit.Hollow(p.f.Theme, p.paused, p.topics, width).Width()
			}
			return p.owns(&p.g.Members[line], width).Width()
		},
		Slot: func(lane model.Slot, tp model.TopicPartition) int {
			line := row(lane)
			if line >= len(p.g.Members) {
				return 0
			}
			before := max(0, slices.Index(p.g.Members[line].Assignment, tp))
			return min(kit.Chips(p.f.Theme, lane, p.g.Members[line].Assignment[:before], p.topics, width).Width()+min(before, 1), width)
		},
		Sprite: func(label string, lane model.Slot, shade int) []text.Line {
			return []text.Line{travel.Sprite(p.f.Theme, " "+label+" ", lane, shade)}
		},
	}
}
