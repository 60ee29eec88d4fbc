package group

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/spark"
	"regroup/ui/strip"
	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// The columns of the partitions.
const (
	partitionName = iota
	partitionOwner
	partitionCommitted
	partitionEnd
	partitionLag
	partitionHistory
	partitionIn
	partitionOut
	partitionBehind
	partitionCommit
	partitionColumns
)

// nameWanted is the widest that the column of the names asks for.
const nameWanted = 32

// partitionOrder is what the partitions are sorted by.
type partitionOrder int

const (
	orderPartition partitionOrder = iota
	orderLag
	orderOwner
	orderCount
)

var orderColumns = [orderCount]int{partitionName, partitionLag, partitionOwner}

// partitionRows is the indexes of the group's partitions that match the filter, in order. What is unknown or unowned
// stands last; equal ones keep the order of their names.
func partitionRows(g *model.GroupView, order partitionOrder, filter string) []int {
	rows := make([]int, 0, len(g.Partitions))
	for i := range g.Partitions {
		if filter != "" {
			if from, _ := text.Find(text.Clean(g.Partitions[i].TopicPartition.String()), filter); from < 0 {
				continue
			}
		}
		rows = append(rows, i)
	}
	switch order {
	case orderLag:
		slices.SortStableFunc(rows, func(a, b int) int {
			return cmp.Compare(g.Partitions[b].Lag.Or(-1), g.Partitions[a].Lag.Or(-1))
		})
	case orderOwner:
		last := func(l model.Slot) model.Slot {
			if l == model.Nobody {
				return 1 << 30
			}
			return l
		}
		slices.SortStableFunc(rows, func(a, b int) int {
			return cmp.Compare(last(g.Partitions[a].Owner), last(g.Partitions[b].Owner))
		})
	}
	return rows
}

// partitionsPane is what the partitions are drawn from.
type partitionsPane struct {
	f       kit.Frame
	g       *model.GroupView
	table   *table.Table
	rows    []int
	order   partitionOrder
	filter  kit.Field
	typing  bool
	reading *ownership.Readings
}

func (p partitionsPane) columns() []table.Column {
	name, history := p.nameWidth(), model.PartitionLagKept
	for _, i := range p.rows {
		history = max(history, len(p.g.Partitions[i].Flag))
	}
	return []table.Column{
		partitionName:      {Title: "PARTITION", Min: min(14, name), Max: name},
		partitionOwner:     {Title: "OWNER", Min: 8, Max: 8},
		partitionCommitted: {Title: "COMMITTED", Align: text.Right, Min: 10, Max: 13, Priority: 5},
		partitionEnd:       {Title: "END", Align: text.Right, Min: 10, Max: 13, Priority: 6},
		partitionLag:       {Title: "LAG", Align: text.Right, Min: 8, Max: 11},
		partitionHistory:   {Title: "LAST 60s", Min: 12, Max: history, Priority: 1},
		partitionIn:        {Title: "IN", Align: text.Right, Min: 6, Max: 8, Priority: 4},
		partitionOut:       {Title: "OUT", Align: text.Right, Min: 6, Max: 8, Priority: 3},
		partitionBehind:    {Title: "BEHIND", Align: text.Right, Min: 7, Max: 8, Priority: 2},
		partitionCommit:    {Title: "COMMIT", Align: text.Right, Min: 6, Max: 7, Priority: 7},
	}
}

// nameWidth is the cells of the longest name. Neighbouring rows are mostly of one topic, which is measured once.
func (p partitionsPane) nameWidth() int {
	widest, topic, width := 10, "", 0
	for _, i := range p.rows {
		tp := p.g.Partitions[i].TopicPartition
		if tp.Topic != topic || width == 0 {
			topic, width = tp.Topic, text.Width(text.Clean(tp.Topic))
		}
		digits := 1
		for n := tp.Partition; n >= 10; n /= 10 {
			digits++
		}
		widest = max(widest, width+1+digits)
	}
	return min(widest, nameWanted)
}

// notes stand in the heading: the filter, and what the flag of the selected partition means.
func (p partitionsPane) notes() []text.Span {
	th := p.f.Theme
	count := text.Count(len(p.g.Partitions))
	if p.filter.Value() != "" || p.typing {
		count = fmt.Sprintf("%s of %s", text.Count(len(p.rows)), count)
	}
	notes := []text.Span{text.S(th.Dim, count)}
	if p.filter.Value() != "" || p.typing {
		notes = append(append(notes, text.Space(2), text.S(th.Info, "/")), p.filter.Line(th, p.typing)...)
	}
	if i := p.table.Index(); i < len(p.rows) {
		q := &p.g.Partitions[p.rows[i]]
		if meaning := flagMeaning(q); meaning != "" {
			notes = append(notes, text.Space(2), text.S(flagStyle(th, q.Flag), strip.Label(q.TopicPartition, 24)+": "+meaning))
		}
	}
	return notes
}

// flagMeaning says what is the matter with a partition's lag.
func flagMeaning(q *model.PartitionView) string {
	meaning := map[model.LagFlag]string{
		model.LagNoCommit:       "no committed offset, so the lag is unknown",
		model.LagBelowStart:     "records were deleted before they were consumed; the lag counts the remaining ones",
		model.LagBeyondEnd:      "the committed offset is beyond the log end: the topic lost records or was recreated",
		model.LagEndUnknown:     "the log end offset could not be read",
		model.LagTopicMissing:   "the topic no longer exists",
		model.LagTopicRecreated: "the committed offset belongs to the previous topic of this name",
		model.LagOffsetsUnknown: "the committed offsets could not be read",
	}[q.Flag]
	if q.Problem == "" {
		return meaning
	}
	if meaning == "" {
		return text.Clean(q.Problem)
	}
	return meaning + " (" + text.Clean(q.Problem) + ")"
}

func flagStyle(th *theme.Theme, flag model.LagFlag) lipgloss.Style {
	switch flag {
	case model.LagPlain, model.LagNoCommit:
		return th.Dim
	case model.LagBelowStart, model.LagBeyondEnd, model.LagTopicRecreated:
		return th.Bad
	}
	return th.Warn
}

func (p partitionsPane) lines(width, height int, focused bool) []string {
	th := p.f.Theme
	heading := th.Section(width, focused, "PARTITIONS", p.notes()...).Render(nil)
	if len(p.rows) == 0 {
		why := " no partition is committed, assigned or subscribed to"
		switch {
		case p.filter.Value() != "":
			why = " no partition matches the filter"
		case !p.g.MembersKnown:
			why = " – partitions unknown"
		case slices.ContainsFunc(p.g.Members, func(m model.MemberView) bool { return !m.AssignmentKnown }):
			why = " – partitions unknown: a member's assignment is unknown"
		}
		return []string{heading, text.Of(text.S(th.Dim, why)).Truncate(width).Render(nil)}
	}
	p.table.SetColumns(p.columns()...)
	p.table.SortedBy(orderColumns[p.order], p.order == orderLag)
	rows := p.table.View(th, width, height-1, focused, func(i int) table.Row { return p.row(&p.g.Partitions[p.rows[i]]) })
	return append([]string{heading}, strings.Split(rows, "\n")...)
}

func (p partitionsPane) row(q *model.PartitionView) table.Row {
	th := p.f.Theme
	cells := make([]text.Line, partitionColumns)
	cells[partitionName] = text.Highlight(strip.Label(q.TopicPartition, p.table.Width(partitionName)), p.filter.Value(), th.Text, th.Match)
	cells[partitionOwner] = p.owner(q)
	cells[partitionCommitted] = text.Of(text.S(th.Dim, text.Maybe(q.Committed, text.Count[int64])))
	cells[partitionEnd] = text.Of(text.S(th.Dim, text.Maybe(q.LogEnd, text.Count[int64])))
	cells[partitionLag] = p.lag(q)
	cells[partitionHistory] = p.history(q)
	cells[partitionIn] = text.Of(text.S(th.Dim, text.Maybe(q.ProduceRate, text.Rate)))
	cells[partitionOut] = text.Of(text.S(th.Dim, text.Maybe(p.reading.ConsumeRate(q.ConsumeRate, q.Owner), text.Rate)))
	cells[partitionBehind] = text.Of(text.S(th.Text, behind(q)))
	cells[partitionCommit] = text.Of(text.S(th.Dim, text.Age(p.f.Now, q.CommittedAt)))
	row := table.Row{Cells: cells}
	if fresh := kit.Freshness(p.f.Now, q.MovedAt); fresh > 0 {
		row.Ground = th.Glow(q.Owner, fresh)
	}
	return row
}

// owner is who owns the partition, who owned it before the rebalance that is under way, or where it is going.
func (p partitionsPane) owner(q *model.PartitionView) text.Line {
	th := p.f.Theme
	if q.OwnerPrevious {
		return text.Of(kit.ChipOver(th, q.Owner))
	}
	line := text.Of(kit.Chip(th, q.Owner))
	if target := p.reading.Target(q.TopicPartition); target != model.Nobody {
		return append(line, text.S(th.Dim, " ▸ "), text.S(th.Lane(target).Bold(true), target.String()))
	}
	if kit.Freshness(p.f.Now, q.MovedAt) > 0 {
		age := p.f.Now.Sub(q.MovedAt)
		return append(line, text.S(th.Aged(th.Text, age, kit.FreshFor), " ◂ "), text.S(th.Aged(th.Lane(q.MovedFrom).Bold(true), age, kit.FreshFor), q.MovedFrom.String()))
	}
	return line
}

func (p partitionsPane) lag(q *model.PartitionView) text.Line {
	th := p.f.Theme
	lag := text.Maybe(q.Lag, text.Count[int64])
	switch q.Flag {
	case model.LagPlain:
		return text.Of(text.S(th.Strong, lag))
	case model.LagNoCommit:
		return text.Of(text.S(th.Dim, lag))
	}
	style := flagStyle(th, q.Flag)
	return text.Of(text.S(style, "! "), text.S(style.Bold(true), lag))
}

// history is the lag's last minute in the owner's colour; what is wrong with the lag is said in its place.
func (p partitionsPane) history(q *model.PartitionView) text.Line {
	th := p.f.Theme
	if q.Flag != model.LagPlain {
		return text.Of(text.S(flagStyle(th, q.Flag), string(q.Flag)))
	}
	width := p.table.Width(partitionHistory)
	return text.Of(text.S(th.Graph(q.Owner), spark.Line(q.LagHistory, width, max(kit.SparkTop, spark.Calm(q.LagHistory)))))
}

func behind(q *model.PartitionView) string {
	d, known := q.Behind.Get()
	switch {
	case !known:
		return text.Unknown
	case q.BehindApprox:
		return "≈" + text.Duration(d)
	}
	return text.Duration(d)
}
