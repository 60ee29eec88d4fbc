package whatif

import (
	"fmt"
	"slices"

	"regroup/model"
	"regroup/model/whatif"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// sides draws the assignment now and after the changes, one line per member; the selected member is always among them.
func (s *Screen) sides(f kit.Frame, width, height int) []text.Line {
	th, a := f.Theme, s.forecast
	left := (width - kit.BandGap) / 2
	right := width - kit.BandGap - left
	topics := kit.ManyTopics
	if len(s.question.Topics()) == 1 {
		topics = kit.OneTopic
	}
	then := 0
	selected := 0
	for i, m := range a.Members {
		if !m.Leaves {
			then++
		}
		if m.MemberID == s.selected && !m.Joins {
			selected = i
		}
	}
	rows := len(a.Members) + s.unassignedLines()
	first := max(0, min(selected-(height-1)/2, rows-(height-1)))
	notes := []text.Span{text.S(th.Dim, text.Plural(len(a.Members)-s.joiningShown(), "member"))}
	if rows > height-1 {
		notes = append(notes, text.S(th.Dim, fmt.Sprintf(", lines %d–%d of %d", first+1, min(rows, first+height-1), rows)))
	}
	lines := []text.Line{append(append(th.Section(left, false, "NOW", notes...).Fit(left, text.Left), text.Space(kit.BandGap)),
		th.Section(right, false, "THEN", text.S(th.Dim, text.Plural(then, "member")))...)}
	outcome := &a.Outcomes[s.shownOutcome()]
	w := whatIfSides{th: th, a: a, outcome: outcome, topics: topics, fresh: len(outcome.Undetermined) > 0 && len(outcome.Undetermined) == len(outcome.After)}
	w.gather()
	for i := first; i < min(rows, first+height-1); i++ {
		if i == len(a.Members) {
			line := append(text.Line{text.Space(left + kit.BandGap)}, text.S(th.Warn.Bold(true), "  –  "), text.S(th.Warn, " unassigned "+kit.List(w.after[model.Nobody], topics)))
			lines = append(lines, line)
			continue
		}
		m := &a.Members[i]
		lines = append(lines, append(append(w.now(m, left, i == selected).Fit(left, text.Left), text.Space(kit.BandGap)), w.then(m, right)...))
	}
	return lines
}

func (s *Screen) joiningShown() int {
	n := 0
	for _, m := range s.forecast.Members {
		if m.Joins {
			n++
		}
	}
	return n
}

// whatIfSides draws the lines of the members.
type whatIfSides struct {
	th      *theme.Theme
	a       *whatif.Forecast
	outcome *whatif.Outcome
	topics  kit.Topics
	fresh   bool // every owner is an example

	before, after, kept map[model.Slot][]model.TopicPartition
	gained              map[model.Slot]map[model.Slot][]model.TopicPartition // by new owner and previous owner
	lost                map[model.Slot]map[model.Slot][]model.TopicPartition // by previous owner and new owner
	name                int
}

func (w *whatIfSides) gather() {
	w.before, w.after = w.a.Before.ByOwner(), w.outcome.After.ByOwner()
	w.kept = map[model.Slot][]model.TopicPartition{}
	w.gained, w.lost = map[model.Slot]map[model.Slot][]model.TopicPartition{}, map[model.Slot]map[model.Slot][]model.TopicPartition{}
	for _, tp := range w.outcome.After.Partitions() {
		was, is := w.a.Before[tp], w.outcome.After[tp]
		if was == is {
			w.kept[is] = append(w.kept[is], tp)
		} else {
			addTo(w.gained, is, was, tp)
		}
	}
	for _, m := range w.outcome.Moves {
		addTo(w.lost, m.From, m.To, m.TopicPartition)
		if m.To == model.Nobody {
			w.after[model.Nobody] = append(w.after[model.Nobody], m.TopicPartition)
		}
	}
	for i := range w.a.Members {
		w.name = max(w.name, text.Width(text.Name(w.a.Members[i].ClientID)))
	}
	w.name = min(w.name, 16)
}

func (w *whatIfSides) now(m *whatif.ForecastMember, width int, selected bool) text.Line {
	th := w.th
	mark := text.Space(3)
	if selected {
		mark = text.S(th.Info, " ▸ ")
	}
	if m.Joins {
		return text.Of(mark, text.S(th.Dim, " – "+text.Clean(m.ClientID)))
	}
	name := text.Name(m.ClientID)
	line := text.Of(mark, kit.Chip(th, m.Slot), text.Space(1))
	if width >= 40 {
		line = append(line, text.Of(text.S(th.Text, name)).Fit(w.name, text.Left)...)
		line = append(line, text.Space(1))
	}
	if m.Before == 0 {
		return append(line, text.S(th.Warn, " idle"))
	}
	line = append(line, text.S(th.Dim, fmt.Sprintf("%3d  ", m.Before)))
	return append(line, kit.Chips(th, m.Slot, w.before[m.Slot], w.topics, width-line.Width())...)
}

func (w *whatIfSides) then(m *whatif.ForecastMember, width int) text.Line {
	th := w.th
	if m.Leaves {
		line := text.Of(text.Space(2), kit.ChipOver(th, m.Slot), text.S(th.Dim, "  – "))
		return append(line, w.ways(w.lost[m.Slot], " −", "▸")...).Truncate(width)
	}
	line := text.Of(text.Space(2), kit.Chip(th, m.Slot))
	all := w.after[m.Slot]
	count := text.Count(m.After.Least)
	if !m.After.Exactly() {
		count = fmt.Sprintf("%d–%d", m.After.Least, m.After.Most)
	}
	line = append(line, text.S(th.Dim, fmt.Sprintf(" %3s ", count)))
	if w.fresh && len(all) > 0 { // which partitions it keeps is arbitrary
		return append(line, text.S(th.Lane(m.Slot), " ~"+kit.List(all, w.topics))).Truncate(width)
	}
	kept := w.kept[m.Slot]
	room := width - line.Width()
	gets := w.ways(w.gained[m.Slot], " +", "◂")
	line = append(line, w.keptSpans(m.Slot, kept, room-min(room/2, gets.Width()))...)
	line = append(line, gets...)
	line = append(line, w.ways(w.lost[m.Slot], " −", "▸")...)
	if len(all) == 0 {
		line = append(line, text.S(th.Warn, " idle"))
	}
	return line.Truncate(width)
}

// keptSpans are the partitions that stay, as chips if that is certain.
func (w *whatIfSides) keptSpans(lane model.Slot, kept []model.TopicPartition, width int) text.Line {
	if len(kept) == 0 {
		return nil
	}
	if slices.ContainsFunc(kept, func(tp model.TopicPartition) bool { return w.outcome.Undetermined[tp] }) {
		return text.Of(text.S(w.th.Lane(lane), " ~"+kit.List(kept, w.topics))).Truncate(width)
	}
	return append(text.Line{text.Space(1)}, kit.Chips(w.th, lane, kept, w.topics, width-1)...)
}

// ways are lost or gained partitions with their other owner. Added partitions have no previous owner.
func (w *whatIfSides) ways(by map[model.Slot][]model.TopicPartition, sign, arrow string) text.Line {
	th := w.th
	var line text.Line
	for _, other := range kit.Lanes(by) {
		what := kit.List(by[other], w.topics)
		if slices.ContainsFunc(by[other], func(tp model.TopicPartition) bool { return w.outcome.Undetermined[tp] }) {
			what = "~" + what
		}
		style, end := th.Dim, text.S(th.Lane(other), other.String())
		if sign == " +" {
			style = th.Strong
		}
		line = append(line, text.S(style, sign+what))
		if other == model.Nobody && sign == " +" {
			line = append(line, text.S(th.Info, " new"))
			continue
		}
		line = append(line, text.S(th.Dim, arrow), end)
	}
	return line
}

// addTo adds a partition to the moves between two members.
func addTo(by map[model.Slot]map[model.Slot][]model.TopicPartition, slot, other model.Slot, tp model.TopicPartition) {
	if by[slot] == nil {
		by[slot] = map[model.Slot][]model.TopicPartition{}
	}
	by[slot][other] = append(by[slot][other], tp)
}
