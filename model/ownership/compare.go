package ownership

import (
	"maps"
	"slices"
	"time"

	"regroup/model"
)

// Comparison is what the newest rebalance did to one group, in figures that can be put beside those of another. A
// cooperative rebalance has two halves: they count as one.
type Comparison struct {
	Group      *model.GroupView
	Rebalances []*model.Rebalance // oldest first; none is that there was none
	Began      time.Time          // the zero of the times in Rows: the earliest moment at which it can have begun
	Moved, Of  int                // partitions that have another owner in the end, and all
	Stopped    int                // partitions that were not read for a while
	MayStop    int                // partitions that kept their owner and may have stopped meanwhile: the protocol is unknown
	// Rows are the partitions that were not read for a while: those that moved, each by itself, and those that kept their
	// owner together. Nothing is sure of those that may have stopped.
	Rows    []Unread
	Longest Unread // the longest of the Rows that did stop
	// Whole is for how long the group as a whole stood still; its Count is 0 if it did not.
	Whole Unread
}

// Unread is a stretch of time in which partitions were not read: surely from SurelyFrom to SurelyTill, perhaps from From
// to Till. The times count from the beginning of the rebalance; one before it is negative.
type Unread struct {
	model.TopicPartition            // of those that moved
	Count                int        // of partitions
	Kept                 bool       // they kept their owner
	Old, New             model.Slot // the owners of one that moved
	From, Till           time.Duration
	SurelyFrom           time.Duration
	SurelyTill           time.Duration
	Earlier              bool // when it began was not seen: From is not its beginning
	Open                 bool // it was not seen read again yet: Till is not its end
}

// AtLeast is for how long surely nobody read.
func (u *Unread) AtLeast() time.Duration { return max(0, u.SurelyTill-u.SurelyFrom) }

// AtMost is for how long perhaps nobody read.
func (u *Unread) AtMost() time.Duration { return max(u.AtLeast(), u.Till-u.From) }

// Compare gathers what the newest rebalance of a group did, if it was seen after a moment.
func Compare(g *model.GroupView, since time.Time) Comparison {
	c := Comparison{Group: g, Of: len(g.Partitions)}
	for _, r := range slices.Backward(g.Rebalances) {
		if !r.SeenAt.After(since) {
			break
		}
		c.Rebalances = append(c.Rebalances, r)
		if r.Verdict.Cause != model.CauseSecondCooperative {
			break
		}
	}
	slices.Reverse(c.Rebalances)
	if len(c.Rebalances) == 0 {
		return c
	}
	first, last := c.Rebalances[0], c.Rebalances[len(c.Rebalances)-1]
	c.Began = firstKnown(first.Began.NotBefore, first.Began.NotAfter, last.Ended.NotBefore, last.Ended.NotAfter)
	c.addMoved(first, last)
	c.Of = max(c.Of, len(ownedAround(first, last)))
	if last.AtLeast > 0 && len(last.After) > 0 {
		switch c.protocol() {
		case model.ProtocolEager:
			c.addKept(last)
		case model.ProtocolUnknown:
			c.addUncertain(first, last)
		}
	}
	for i := range c.Rows {
		row := &c.Rows[i]
		if row.Kept && c.Whole.Count == 0 {
			c.MayStop += row.Count
			continue
		}
		c.Stopped += row.Count
		if row.AtMost() > c.Longest.AtMost() || c.Longest.Count == 0 {
			c.Longest = *row
		}
	}
	return c
}

// ownedAround are the partitions that had an owner before or have one in the end, in order: where the last member has gone,
// nobody has anything any more.
func ownedAround(first, last *model.Rebalance) []model.TopicPartition {
	all := maps.Clone(first.Before)
	if all == nil {
		all = model.Assignment{}
	}
	maps.Copy(all, last.After)
	return all.Partitions()
}

// addMoved adds the partitions that have another owner in the end, or none.
func (c *Comparison) addMoved(first, last *model.Rebalance) {
	for _, tp := range ownedAround(first, last) {
		if was, is := first.Before[tp], last.After[tp]; was != is {
			c.Moved++
			c.Rows = append(c.Rows, c.unread(Unread{TopicPartition: tp, Count: 1, Old: was, New: is}))
		}
	}
}

// unread finds when a partition that moved was read last and read again. One half of a cooperative rebalance takes it from
// its owner and the other gives it to the next: its pause begins in the one and ends in the other.
func (c *Comparison) unread(row Unread) Unread {
	found := false
	for _, r := range c.Rebalances {
		p := r.Cost.PauseOf(row.TopicPartition)
		if p == nil {
			continue
		}
		if !found {
			found = true
			row.SurelyFrom = c.at(p.Stopped.NotAfter, r.Ended.NotBefore, r.Ended.NotAfter)
			row.From, row.Earlier = c.from(row.SurelyFrom, p.Stopped.NotBefore, r.Began.NotBefore)
		}
		row.SurelyTill = c.at(p.Started.NotBefore, r.Ended.NotBefore)
		row.Till, row.Open = c.at(p.Started.NotAfter, r.Ended.NotAfter), p.Started.NotAfter.IsZero()
	}
	row.SurelyTill = max(row.SurelyTill, row.SurelyFrom)
	row.From, row.Till = min(row.From, row.SurelyFrom), max(row.Till, row.SurelyTill)
	row.Open = row.Open || row.New == model.Nobody
	return row
}

// addKept adds what an eager rebalance does to the partitions that nothing happens to: each member stops reading when it
// joins again, at the latest when the join ends, and goes on when the leader has synced.
func (c *Comparison) addKept(r *model.Rebalance) {
	joined, synced := c.at(r.JoinEnded.NotAfter, r.Ended.NotAfter), r.Ended.NotBefore
	c.Whole = Unread{Count: 1, SurelyFrom: joined, SurelyTill: joined, Till: c.at(r.Ended.NotAfter)}
	if !synced.IsZero() {
		c.Whole.SurelyTill = c.at(synced)
		c.Whole.SurelyFrom = min(joined, c.Whole.SurelyTill)
	}
	c.Whole.From, c.Whole.Earlier = c.from(min(c.Whole.SurelyFrom, c.at(r.Began.NotAfter)), r.Began.NotBefore)
	if kept := len(ownedAround(c.Rebalances[0], r)) - c.Moved; kept > 0 {
		row := c.Whole
		row.Kept, row.Count = true, kept
		c.Rows = append(c.Rows, row)
	}
}

// protocol is that of the rebalances together: the second half of one that began under an unknown protocol does not say
// what members did in the first.
func (c *Comparison) protocol() model.RebalanceProtocol {
	for _, r := range c.Rebalances {
		if r.Protocol() == model.ProtocolUnknown {
			return model.ProtocolUnknown
		}
	}
	return c.Rebalances[len(c.Rebalances)-1].Protocol()
}

// addUncertain adds the partitions that kept their owner under an unknown protocol: at most, they stopped for as long as
// the rebalance took.
func (c *Comparison) addUncertain(first, last *model.Rebalance) {
	row := Unread{Kept: true, Count: len(ownedAround(first, last)) - c.Moved, Till: c.at(last.Ended.NotAfter)}
	if row.Count == 0 {
		return
	}
	row.From, row.Earlier = c.from(c.at(first.Began.NotAfter), first.Began.NotBefore)
	row.SurelyFrom, row.SurelyTill = row.From, row.From
	c.Rows = append(c.Rows, row)
}

// at is the first of some moments that is known, as a distance from the beginning; 0 if none is.
func (c *Comparison) at(moments ...time.Time) time.Duration {
	if at := firstKnown(moments...); !at.IsZero() {
		return at.Sub(c.Began)
	}
	return 0
}

// from is where a stretch begins at the earliest; where no moment tells, only that it had begun by another is known.
func (c *Comparison) from(by time.Duration, moments ...time.Time) (from time.Duration, earlier bool) {
	if at := firstKnown(moments...); !at.IsZero() {
		return at.Sub(c.Began), false
	}
	return by, true
}

func firstKnown(moments ...time.Time) time.Time {
	for _, at := range moments {
		if !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}
