package panes

import (
	"regroup/model"
	"regroup/ui/subject"
)

// Cursor is which of a group's rebalances is shown.
type Cursor struct {
	Chosen *model.Rebalance // nil: the newest, or the one that is under way
}

// Turn goes to an earlier or a later rebalance; past the newest is what happens now.
func (c *Cursor) Turn(g *model.GroupView, step int) {
	if g == nil || len(g.Rebalances) == 0 {
		return
	}
	at := c.Shown(g)
	if at < 0 { // the one that is under way stands after the newest
		at = len(g.Rebalances)
	}
	at = max(0, at+step)
	newest := len(g.Rebalances) - 1
	if at > newest || at == newest && !g.Rebalancing() {
		c.Chosen = nil
		return
	}
	c.Chosen = g.Rebalances[at]
}

// Shown is the index of the rebalance that is shown; -1 is what happens now, or nothing.
func (c *Cursor) Shown(g *model.GroupView) int {
	if c.Chosen != nil {
		for i, r := range g.Rebalances {
			if r.Same(c.Chosen) {
				return i
			}
		}
	}
	if g.Rebalancing() {
		return -1
	}
	return len(g.Rebalances) - 1
}

// OfCard are the parts of the rebalance that is shown, or the one that is under way.
func OfCard(g *model.GroupView, cursor Cursor) []subject.Subject {
	if i := cursor.Shown(g); i >= 0 {
		return subject.OfRebalance(g.Rebalances[i])
	}
	return subject.OfGroup(g.ID, subject.Last)
}
