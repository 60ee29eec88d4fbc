package ui

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// unreadNow are the partitions that no member reads at this moment although members subscribe to them, in order:
// those that nobody owns, those whose owners have stopped, and those whose new owner has not begun.
func unreadNow(g *model.GroupView, b between, stopped map[model.Lane]time.Time) []model.TopicPartition {
	if len(g.Members) == 0 {
		return nil
	}
	var all []model.TopicPartition
	late := map[model.TopicPartition]bool{}
	if r := g.LastRebalance(); r != nil && !r.Cost.Complete && g.Unsettled.IsZero() {
		for i := range r.Cost.Pauses {
			if p := &r.Cost.Pauses[i]; !p.Resumed && !p.Quiet {
				late[p.TopicPartition] = true
			}
		}
	}
	for i := range g.Partitions {
		q := &g.Partitions[i]
		if _, dead := stopped[q.Owner]; dead || late[q.TopicPartition] || unowned(g, q, b) {
			all = append(all, q.TopicPartition)
		}
	}
	return all
}

// unowned says that nobody owns a partition now, as far as the group's protocol tells.
func unowned(g *model.GroupView, q *model.PartitionView, b between) bool {
	nobodys := q.Owner == model.Nobody && q.Subscribed
	switch {
	case g.Unsettled.IsZero():
		return nobodys
	case g.Type == model.TypeConsumer:
		return b.target[q.TopicPartition] != model.Nobody && b.holder[q.TopicPartition] == model.Nobody
	}
	return nobodys || q.Owner != model.Nobody && !mayRead(g)
}

// hollow draws partitions that nobody reads: the shape of chips, and nothing in them.
func hollow(th *theme.Theme, tps []model.TopicPartition, oneTopic bool, width int) text.Line {
	if oneTopic {
		var line text.Line
		for i, tp := range tps {
			if i > 0 {
				line = append(line, text.Space(1))
			}
			line = append(line, text.S(th.Warn, "["+fmt.Sprint(tp.Partition)+"]"))
		}
		if line.Width() <= width {
			return line
		}
	}
	return text.Of(text.S(th.Warn, "["+list(slices.Clone(tps), oneTopic)+"]")).Truncate(width)
}
