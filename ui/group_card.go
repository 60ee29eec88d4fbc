package ui

import "regroup/model"

// cardWords is what a rebalance says that is long to work out: it is done once, since a rebalance does not change.
type cardWords struct {
	moves         []moveWords
	before, after []ownerWords
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
		c.rebalance, c.words = r, &cardWords{
			moves: movesOf(r), before: ownersOf(byOwner(r.Before), oneTopic), after: ownersOf(byOwner(r.After), oneTopic),
		}
	}
	return c.words
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
