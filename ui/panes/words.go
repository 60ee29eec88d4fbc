package panes

import (
	"regroup/model"
	"regroup/ui/kit"
)

// CardWords is what a rebalance says that is long to work out: it is done once, since a rebalance does not change.
type CardWords struct {
	moves         []MoveWords
	before, after []ownerWords
	Was, Is       map[model.Slot][]model.TopicPartition // what before and after are made of
}

// MoveWords is partitions that went the same way.
type MoveWords struct {
	From, To model.Slot
	What     string
}

// ownerWords is what a lane owned.
type ownerWords struct {
	lane model.Slot
	what string
}

// CardCache keeps the words of the rebalance that is on the screen.
type CardCache struct {
	rebalance *model.Rebalance
	words     *CardWords

	group    *model.GroupView
	previous []ownerWords
}

// before is who owned what before the rebalance that is under way.
func (c *CardCache) before(g *model.GroupView, topics kit.Topics) []ownerWords {
	if c.group != g {
		owned := map[model.Slot][]model.TopicPartition{}
		for i := range g.Partitions {
			if q := &g.Partitions[i]; q.Owner != model.Nobody {
				owned[q.Owner] = append(owned[q.Owner], q.TopicPartition)
			}
		}
		c.group, c.previous = g, ownersOf(owned, topics)
	}
	return c.previous
}

// Of is the words of a rebalance.
func (c *CardCache) Of(r *model.Rebalance, topics kit.Topics) *CardWords {
	if c.rebalance != r {
		was, is := r.Before.ByOwner(), r.After.ByOwner()
		c.rebalance = r
		c.words = &CardWords{moves: movesOf(r), before: ownersOf(was, topics), after: ownersOf(is, topics), Was: was, Is: is}
	}
	return c.words
}

func ownersOf(owned map[model.Slot][]model.TopicPartition, topics kit.Topics) []ownerWords {
	var owners []ownerWords
	for _, lane := range kit.Lanes(owned) {
		owners = append(owners, ownerWords{lane, kit.List(owned[lane], topics)})
	}
	return owners
}

// movesOf gathers the moves by the way they went, in the order of their partitions.
func movesOf(r *model.Rebalance) []MoveWords {
	type way struct{ from, to model.Slot }
	var ways []way
	moved := map[way][]model.TopicPartition{}
	for _, m := range r.Moves {
		w := way{m.From, m.To}
		if moved[w] == nil {
			ways = append(ways, w)
		}
		moved[w] = append(moved[w], m.TopicPartition)
	}
	words := make([]MoveWords, len(ways))
	for i, w := range ways {
		words[i] = MoveWords{From: w.from, To: w.to, What: kit.Named(moved[w])}
	}
	return words
}
