package lab

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// The columns of the demo consumers.
const (
	labGroup = iota
	labChip
	labName
	labState
	labOwns
	labRate
	labPerRecord
	labReprocessed
	labLatency
	labKeptState
	labDroppedState
	labFetches
	labRecord
	labPID
	labNote
	labColumns
)

// producerBar is the cells of the bar that shows what a producer reaches of what it was asked for.
const producerBar = 16

// priorityOfZeros is that of a column without any value but 0: it is left out first.
const priorityOfZeros = 11

func (s *Screen) columns(f kit.Frame) []table.Column {
	group, name, owns, record, note := 5, 8, 6, 11, 4
	reprocessed, dropped := priorityOfZeros, priorityOfZeros
	for _, c := range s.consumers {
		if c.ReadAgain > 0 {
			reprocessed = 4
		}
		if c.CountsLost > 0 {
			dropped = 6
		}
		group = max(group, text.Width(text.Clean(c.Group)))
		name = max(name, text.Width(text.Clean(c.Name)))
		owns = max(owns, 4*len(c.Owns))
		record = max(record, text.Width(lastRecord(c)))
		note = max(note, text.Width(text.Clean(c.Note)))
		if _, counts := sessionLeft(f, c); counts {
			owns = max(owns, sessionWidth+4*len(c.Owns))
		}
		if ownership.Expelled(f.View.Group(c.Group), c) {
			owns = max(owns, 4*len(c.Owns)+len(noLonger))
		}
	}
	return []table.Column{
		labGroup:        {Title: "GROUP", Min: min(12, group), Max: min(20, group), Priority: 2},
		labChip:         {Min: 3},
		labName:         {Title: "CONSUMER", Min: min(12, name), Max: min(20, name)},
		labState:        {Title: "PROCESS", Min: 10},
		labOwns:         {Title: "OWNS", Min: min(16, max(8, owns)), Max: min(24, owns)},
		labRate:         {Title: "RATE", Align: text.Right, Min: 6, Max: 8, Priority: 1},
		labPerRecord:    {Title: "PER RECORD", Align: text.Right, Min: 10, Priority: 3},
		labReprocessed:  {Title: "REPROCESSED", Align: text.Right, Min: 11, Priority: reprocessed},
		labLatency:      {Title: "LATENCY", Align: text.Right, Min: 7, Priority: 5},
		labKeptState:    {Title: "STATE", Align: text.Right, Min: 5, Max: 7, Priority: 6},
		labDroppedState: {Title: "DROPPED", Align: text.Right, Min: 7, Max: 7, Priority: dropped},
		labFetches:      {Title: "FETCHES", Align: text.Right, Min: 7, Priority: 7},
		labRecord:       {Title: "LAST RECORD", Min: min(18, record), Max: min(36, record), Priority: 9},
		labPID:          {Title: "PID", Align: text.Right, Min: 7, Priority: 10},
		labNote:         {Title: "NOTE", Min: min(9, note), Max: note, Priority: 8},
	}
}

func (s *Screen) consumerLines(f kit.Frame, r kit.Rect) []string {
	th := f.Theme
	if len(s.consumers) == 0 {
		heading := th.Section(r.W, true, "CONSUMERS").Render(nil)
		where := ""
		if s.group != "" {
			where = " in " + text.Clean(s.group)
		}
		return append([]string{heading}, kit.RenderSpans([]text.Span{text.S(th.Dim, " none yet: n starts one"+where)}, r.W)...)
	}
	s.table.Size, s.table.Untitled = table.Size{}, false
	s.table.SetColumns(s.columns(f)...)
	rows := s.table.View(th, r.W, r.H-1, true, func(i int) table.Row {
		if i >= len(s.consumers) { // presentation mode has one row more
			return table.Row{}
		}
		return s.row(f, s.consumers[i])
	})
	heading := th.Section(r.W, true, "CONSUMERS", s.notes(f)...).Render(nil)
	return append([]string{heading}, strings.Split(rows, "\n")...)
}

// notes are in the heading: the values of the selected consumer whose columns do not fit.
func (s *Screen) notes(f kit.Frame) []text.Span {
	th := f.Theme
	notes := []text.Span{text.S(th.Dim, text.Count(len(s.consumers)))}
	c := s.selected()
	if c == nil {
		return notes
	}
	if s.table.Width(labPerRecord) == 0 && !c.State.Ended() {
		notes = append(notes, text.Space(2), text.S(slowStyle(th, c.ProcessingTime), perRecord(c.ProcessingTime)+" per record"))
	}
	if s.table.Width(labReprocessed) == 0 && c.ReadAgain > 0 {
		notes = append(notes, text.Space(2), text.S(th.Warn, text.Count(c.ReadAgain)+" reprocessed"))
	}
	if s.table.Width(labDroppedState) == 0 && c.CountsLost > 0 {
		notes = append(notes, text.Space(2), text.S(th.Warn, text.Count(c.CountsLost)+" state dropped"))
	}
	if s.table.Width(labRecord) == 0 {
		notes = append(notes, text.Space(2), text.S(th.Text, text.Clean(c.Name)+" "), text.S(th.Dim, "read "+lastRecord(c)))
	}
	if s.table.Width(labNote) < text.Width(text.Clean(c.Note)) {
		notes = append(notes, text.Space(2), text.S(th.Warn, text.Clean(c.Note)))
	}
	return notes
}

func (s *Screen) row(f kit.Frame, c *model.LabConsumer) table.Row {
	th := f.Theme
	cells := make([]text.Line, labColumns)
	g := f.View.Group(c.Group)
	lane := ownership.SlotOf(g, c.MemberID)
	style, out := th.Text, ownership.Expelled(g, c)
	if c.State.Ended() || out {
		cells[labChip] = text.Of(kit.ChipOver(th, lane))
	} else {
		cells[labChip] = text.Of(kit.Chip(th, lane))
	}
	if c.State.Ended() {
		style = th.Dim
	}
	cells[labGroup] = text.Of(text.S(th.Dim, text.Clean(c.Group)))
	cells[labName] = text.Of(text.S(style, text.Clean(c.Name)))
	cells[labState] = text.Of(text.S(phrase.LabStyle(th, c.State), phrase.LabSign(c.State)+" "+text.Clean(string(c.State))))
	cells[labOwns] = kit.Chips(th, lane, c.Owns, topicsOf(g, c), s.table.Width(labOwns))
	note := text.S(th.Dim, text.Clean(c.Note))
	if out { // its partitions have other owners by now
		cells[labOwns] = text.Of(text.S(th.Warn, noLonger), text.Space(1), text.S(th.ChipOver(lane), "("+kit.List(c.Owns, kit.TopicsIn(c.Owns))+")"))
	}
	if left, counts := sessionLeft(f, c); counts && !out {
		cells[labOwns] = left.line(th, cells[labOwns], s.table.Width(labOwns))
	}
	if len(c.Owns) == 0 && c.State == model.LabRunning {
		cells[labOwns] = text.Of(text.S(th.Warn, "nothing"))
	}
	if !c.State.Ended() {
		cells[labRate] = text.Of(text.S(th.Text, text.Maybe(c.Rate, text.Rate)))
		cells[labPerRecord] = text.Of(text.S(slowStyle(th, c.ProcessingTime), perRecord(c.ProcessingTime)))
		cells[labLatency] = text.Of(text.S(th.Text, text.Maybe(c.Latency, text.Duration)))
		cells[labFetches] = text.Of(text.S(th.Dim, text.Maybe(c.Fetches, text.Rate)))
		cells[labKeptState] = text.Of(text.S(th.Text, text.Count(kept(c))))
	}
	cells[labReprocessed] = text.Of(text.S(unlessNone(th, c.ReadAgain), text.Count(c.ReadAgain)))
	cells[labDroppedState] = text.Of(text.S(unlessNone(th, c.CountsLost), text.Count(c.CountsLost)))
	cells[labRecord] = text.Of(text.S(th.Dim, lastRecord(c)))
	cells[labPID] = text.Of(text.S(th.Dim, fmt.Sprint(c.PID)))
	cells[labNote] = text.Of(note)
	return table.Row{Cells: cells}
}

// topicsOf is whether what a consumer owns, and all of its group, is of one topic.
func topicsOf(g *model.GroupView, c *model.LabConsumer) kit.Topics {
	if g != nil && kit.TopicsOf(g) == kit.ManyTopics {
		return kit.ManyTopics
	}
	return kit.TopicsIn(c.Owns)
}

// noLonger marks a consumer that was removed and has not noticed it.
const noLonger = "no member"

// kept is the number of records in the in-memory state of a consumer.
func kept(c *model.LabConsumer) (records int64) {
	for _, counts := range c.Counts {
		records += counts.Records
	}
	return records
}

// unlessNone is the style of a number that should be zero.
func unlessNone(th *theme.Theme, n int64) lipgloss.Style {
	if n > 0 {
		return th.Warn
	}
	return th.Dim
}

func slowStyle(th *theme.Theme, perRecord time.Duration) lipgloss.Style {
	if perRecord >= time.Second {
		return th.Warn
	}
	return th.Dim
}

// perRecord is the processing time per record.
func perRecord(d time.Duration) string {
	if d <= 0 {
		return "0ms"
	}
	return text.Duration(d)
}

// lastRecord is key=value @partition:offset.
func lastRecord(c *model.LabConsumer) string {
	r := c.LastRecord
	if r == nil {
		return text.Unknown
	}
	return fmt.Sprintf("%s=%s @%d:%s", text.Clean(r.Key), text.Clean(r.Value), r.Partition, text.Count(r.Offset))
}

func (s *Screen) producerLines(f kit.Frame, lab *model.LabSnapshot, r kit.Rect) []string {
	th := f.Theme
	lines := []text.Line{th.Section(r.W, false, "PRODUCERS")}
	for i := range lab.Producers {
		mark := "   "
		if i == s.producer {
			mark = " ▸ "
		}
		lines = append(lines, append(text.Of(text.S(th.Info, mark)), producerLine(th, &lab.Producers[i], r.W-text.Width(mark))...))
	}
	if len(lab.Producers) == 0 {
		lines = append(lines, text.Of(text.S(th.Dim, " none")))
	}
	return kit.RenderLines(lines, r.W)
}

// producerLine omits facts at its end that would be cut.
func producerLine(th *theme.Theme, p *model.LabProducer, width int) text.Line {
	filled := 0
	if rate, known := p.Rate.Get(); known && p.Wanted > 0 {
		filled = min(producerBar, max(0, int(rate/p.Wanted*producerBar+0.5)))
	}
	line := text.Of(
		text.S(th.Strong, text.Name(p.Topic)), text.Space(2),
		text.S(phrase.LabStyle(th, p.State), phrase.LabSign(p.State)+" "+text.Clean(string(p.State))), text.Space(2),
		text.S(th.Calm(th.Good), strings.Repeat("█", filled)), text.S(th.Faint, strings.Repeat("░", producerBar-filled)), text.Space(2),
		text.S(th.Strong, text.Maybe(p.Rate, text.Rate)), text.S(th.Dim, " (target "), text.S(th.Text, text.Rate(p.Wanted)), text.S(th.Dim, ")"),
	)
	room := width
	if p.Note != "" {
		room -= 2 + text.Width(text.Clean(p.Note))
	}
	for _, more := range []string{text.Plural(p.Produced, "record"), fmt.Sprintf("pid %d", p.PID)} {
		if line.Width()+2+text.Width(more) <= room {
			line = append(line, text.Space(2), text.S(th.Dim, more))
		}
	}
	if p.Note != "" {
		line = append(line, text.Space(2), text.S(th.Warn, text.Clean(p.Note)))
	}
	return line
}
