package card

import (
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/panes"
	"regroup/ui/strip"
	"regroup/ui/text"
)

// pageWords is what only the whole card tells.
type pageWords struct {
	sides  []sideWords
	pauses []*model.Pause // the longest first

	longest time.Duration // of the pauses
	name    int           // the width of the widest name of a partition
}

// sideWords is what a lane owned before and owns after.
type sideWords struct {
	lane         model.Slot
	before       string
	was, gone    bool   // it was a member before, and is none after
	kept         string // of what it had before
	gained, lost []panes.MoveWords
}

// pageCache keeps the words of the card that is open.
type pageCache struct {
	rebalance *model.Rebalance
	page      *pageWords
}

func (c *pageCache) of(r *model.Rebalance, words *panes.CardWords, topics kit.Topics) *pageWords {
	if c.rebalance != r {
		page := &pageWords{sides: sidesOf(r, words, topics), pauses: longestPauses(&r.Cost), longest: time.Millisecond}
		for _, q := range page.pauses {
			page.longest = max(page.longest, q.AtLeast, q.AtMost.Or(0))
			page.name = max(page.name, text.Width(strip.Label(q.TopicPartition, pauseName)))
		}
		c.rebalance, c.page = r, page
	}
	return c.page
}

// sidesOf is a row for every lane that owned something, came or went; nobody is the last.
func sidesOf(r *model.Rebalance, words *panes.CardWords, topics kit.Topics) []sideWords {
	before, after := words.Was, words.Is
	kept := map[model.Slot][]model.TopicPartition{}
	for lane, tps := range after {
		for _, tp := range tps {
			if r.Before[tp] == lane {
				kept[lane] = append(kept[lane], tp)
			}
		}
	}
	rows := map[model.Slot]*sideWords{}
	row := func(lane model.Slot) *sideWords {
		if rows[lane] == nil {
			rows[lane] = &sideWords{lane: lane, before: kit.List(before[lane], topics), was: len(before[lane]) > 0, kept: kit.List(kept[lane], topics)}
		}
		return rows[lane]
	}
	for _, owners := range []map[model.Slot][]model.TopicPartition{before, after} {
		for lane := range owners {
			row(lane)
		}
	}
	for _, m := range r.Joined {
		row(m.Slot)
	}
	for _, m := range r.Left {
		w := row(m.Slot)
		w.was, w.gone = true, len(after[m.Slot]) == 0
	}
	type way struct{ from, to model.Slot }
	moved := map[way][]model.TopicPartition{}
	var ways []way
	for _, m := range r.Moves {
		w := way{m.From, m.To}
		if moved[w] == nil {
			ways = append(ways, w)
		}
		moved[w] = append(moved[w], m.TopicPartition)
	}
	for _, w := range ways {
		what := kit.List(moved[w], topics)
		if w.from != model.Nobody {
			row(w.from).lost = append(row(w.from).lost, panes.MoveWords{From: w.from, To: w.to, What: what})
		}
		row(w.to).gained = append(row(w.to).gained, panes.MoveWords{From: w.from, To: w.to, What: what})
	}
	all := make([]sideWords, 0, len(rows))
	for _, w := range rows {
		all = append(all, *w)
	}
	slices.SortFunc(all, func(a, b sideWords) int {
		if (a.lane == model.Nobody) != (b.lane == model.Nobody) {
			return int(b.lane - a.lane) // nobody comes last
		}
		return int(a.lane - b.lane)
	})
	return all
}

// longestPauses is the pauses, the longest first.
func longestPauses(c *model.Cost) []*model.Pause {
	all := make([]*model.Pause, len(c.Pauses))
	for i := range c.Pauses {
		all[i] = &c.Pauses[i]
	}
	slices.SortStableFunc(all, func(a, b *model.Pause) int {
		if a.Resumed != b.Resumed {
			if b.Resumed {
				return -1
			}
			return 1
		}
		return int(max(-1, min(1, b.AtMost.Or(b.AtLeast)-a.AtMost.Or(a.AtLeast))))
	})
	return all
}
