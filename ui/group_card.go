package ui

import (
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/strip"
	"regroup/ui/text"
)

// cardWords is what a rebalance says that is long to work out: it is done once, since a rebalance does not change.
type cardWords struct {
	moves         []moveWords
	before, after []ownerWords
	was, is       map[model.Lane][]model.TopicPartition // what before and after are made of
}

// pageWords is what only the whole card tells.
type pageWords struct {
	sides  []sideWords
	pauses []*model.Pause // the longest first

	longest time.Duration // of the pauses
	name    int           // the width of the widest name of a partition
}

// sideWords is what a lane owned before and owns after.
type sideWords struct {
	lane         model.Lane
	before       string
	was, gone    bool   // it was a member before, and is none after
	kept         string // of what it had before
	gained, lost []moveWords
}

// moveWords is partitions that went the same way.
type moveWords struct {
	from, to model.Lane
	what     string
}

// ownerWords is what a lane owned.
type ownerWords struct {
	lane model.Lane
	what string
}

// cardCache keeps the words of the rebalance that is on the screen.
type cardCache struct {
	rebalance *model.Rebalance
	words     *cardWords
	page      *pageWords // nil until the card is opened

	group    *model.GroupView
	previous []ownerWords
}

// before is who owned what before the rebalance that is under way.
func (c *cardCache) before(g *model.GroupView, oneTopic bool) []ownerWords {
	if c.group != g {
		owned := map[model.Lane][]model.TopicPartition{}
		for i := range g.Partitions {
			if q := &g.Partitions[i]; q.Owner != model.Nobody {
				owned[q.Owner] = append(owned[q.Owner], q.TopicPartition)
			}
		}
		c.group, c.previous = g, ownersOf(owned, oneTopic)
	}
	return c.previous
}

func (c *cardCache) of(r *model.Rebalance, oneTopic bool) *cardWords {
	if c.rebalance != r {
		was, is := byOwner(r.Before), byOwner(r.After)
		c.rebalance, c.page = r, nil
		c.words = &cardWords{moves: movesOf(r), before: ownersOf(was, oneTopic), after: ownersOf(is, oneTopic), was: was, is: is}
	}
	return c.words
}

func (c *cardCache) pageOf(r *model.Rebalance, oneTopic bool) *pageWords {
	words := c.of(r, oneTopic)
	if c.page == nil {
		page := &pageWords{sides: sidesOf(r, words, oneTopic), pauses: longestPauses(&r.Cost), longest: time.Millisecond}
		for _, q := range page.pauses {
			page.longest = max(page.longest, q.AtLeast, q.AtMost.Or(0))
			page.name = max(page.name, text.Width(strip.Label(q.TopicPartition, pauseName)))
		}
		c.page = page
	}
	return c.page
}

func byOwner(a model.Assignment) map[model.Lane][]model.TopicPartition {
	owned := map[model.Lane][]model.TopicPartition{}
	for _, tp := range a.Partitions() {
		owned[a[tp]] = append(owned[a[tp]], tp)
	}
	return owned
}

func ownersOf(owned map[model.Lane][]model.TopicPartition, oneTopic bool) []ownerWords {
	var owners []ownerWords
	for _, lane := range lanes(owned) {
		owners = append(owners, ownerWords{lane, list(owned[lane], oneTopic)})
	}
	return owners
}

// movesOf gathers the moves by the way they went, in the order of their partitions.
func movesOf(r *model.Rebalance) []moveWords {
	type way struct{ from, to model.Lane }
	var ways []way
	moved := map[way][]model.TopicPartition{}
	for _, m := range r.Moves {
		w := way{m.From, m.To}
		if moved[w] == nil {
			ways = append(ways, w)
		}
		moved[w] = append(moved[w], m.TopicPartition)
	}
	words := make([]moveWords, len(ways))
	for i, w := range ways {
		words[i] = moveWords{w.from, w.to, named(moved[w])}
	}
	return words
}

// sidesOf is a row for every lane that owned something, came or went; nobody is the last.
func sidesOf(r *model.Rebalance, words *cardWords, oneTopic bool) []sideWords {
	before, after := words.was, words.is
	kept := map[model.Lane][]model.TopicPartition{}
	for lane, tps := range after {
		for _, tp := range tps {
			if r.Before[tp] == lane {
				kept[lane] = append(kept[lane], tp)
			}
		}
	}
	rows := map[model.Lane]*sideWords{}
	row := func(lane model.Lane) *sideWords {
		if rows[lane] == nil {
			rows[lane] = &sideWords{lane: lane, before: list(before[lane], oneTopic), was: len(before[lane]) > 0, kept: list(kept[lane], oneTopic)}
		}
		return rows[lane]
	}
	for _, owners := range []map[model.Lane][]model.TopicPartition{before, after} {
		for lane := range owners {
			row(lane)
		}
	}
	for _, m := range r.Joined {
		row(m.Lane)
	}
	for _, m := range r.Left {
		w := row(m.Lane)
		w.was, w.gone = true, len(after[m.Lane]) == 0
	}
	type way struct{ from, to model.Lane }
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
		what := list(moved[w], oneTopic)
		if w.from != model.Nobody {
			row(w.from).lost = append(row(w.from).lost, moveWords{w.from, w.to, what})
		}
		row(w.to).gained = append(row(w.to).gained, moveWords{w.from, w.to, what})
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
