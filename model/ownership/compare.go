package ownership

import (
	"maps"
	"slices"
	"time"

	"regroup/model"
)

// Comparison is what the newest rebalance did to one group, for a comparison with other groups. The two rebalances of a
// cooperative group count as one.
type Comparison struct {
	Group      *model.GroupView
	Rebalances []*model.Rebalance // oldest first; empty if there was none
	Began      time.Time          // the zero of the times in Rows: the earliest possible beginning
	Moved, Of  int                // partitions that have another owner afterwards, and all
	Stopped    int                // partitions that were paused
	MayStop    int                // partitions that kept their owner and may have been paused: the protocol is unknown
	// Rows are the paused partitions: one row for each that moved, and one for all that kept their owner. A row of partitions
	// that only may have been paused has no certain part.
	Rows    []PausedTime
	Longest PausedTime // the longest of the Rows that were certainly paused
	// AllStopped is how long all partitions were paused at once; its Count is 0 if they were not.
	AllStopped PausedTime
}

// PausedTime is the time in which partitions were paused: certainly from CertainFrom to CertainTo, at most from From to To.
// Times count from the beginning of the rebalance; earlier ones are negative.
type PausedTime struct {
	model.TopicPartition            // of those that moved
	Count                int        // of partitions
	Kept                 bool       // they kept their owner
	Old, New             model.Slot // the owners of one that moved
	From, To             time.Duration
	CertainFrom          time.Duration
	CertainTo            time.Duration
	StartUnknown         bool // its beginning was not seen: it is earlier than From
	Ongoing              bool // it was not seen read again yet: its end is later than To
}

// AtLeast is how long the partitions were certainly paused.
func (u *PausedTime) AtLeast() time.Duration { return max(0, u.CertainTo-u.CertainFrom) }

// AtMost is how long the partitions were paused at most.
func (u *PausedTime) AtMost() time.Duration { return max(u.AtLeast(), u.To-u.From) }

// Compare is the comparison of the newest rebalance of a group, if regroup saw it after a moment.
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
		if row.Kept && c.AllStopped.Count == 0 {
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

// ownedAround are the partitions that had an owner before or have one afterwards, in order.
func ownedAround(first, last *model.Rebalance) []model.TopicPartition {
	all := maps.Clone(first.Before)
	if all == nil {
		all = model.Assignment{}
	}
	maps.Copy(all, last.After)
	return all.Partitions()
}

// addMoved adds the partitions that have another owner afterwards, or none.
func (c *Comparison) addMoved(first, last *model.Rebalance) {
	for _, tp := range ownedAround(first, last) {
		if was, is := first.Before[tp], last.After[tp]; was != is {
			c.Moved++
			c.Rows = append(c.Rows, c.pausedTime(PausedTime{TopicPartition: tp, Count: 1, Old: was, New: is}))
		}
	}
}

// pausedTime is the pause of a partition that moved. In a cooperative group it is revoked in the first rebalance and assigned in
// the second: its pause begins in the one and ends in the other.
func (c *Comparison) pausedTime(row PausedTime) PausedTime {
	found := false
	for _, r := range c.Rebalances {
		p := r.Cost.PauseOf(row.TopicPartition)
		if p == nil {
			continue
		}
		if !found {
			found = true
			row.CertainFrom = c.at(p.Stopped.NotAfter, r.Ended.NotBefore, r.Ended.NotAfter)
			row.From, row.StartUnknown = c.from(row.CertainFrom, p.Stopped.NotBefore, r.Began.NotBefore)
		}
		row.CertainTo = c.at(p.Started.NotBefore, r.Ended.NotBefore)
		row.To, row.Ongoing = c.at(p.Started.NotAfter, r.Ended.NotAfter), p.Started.NotAfter.IsZero()
	}
	row.CertainTo = max(row.CertainTo, row.CertainFrom)
	row.From, row.To = min(row.From, row.CertainFrom), max(row.To, row.CertainTo)
	row.Ongoing = row.Ongoing || row.New == model.Nobody
	return row
}

// addKept adds the partitions that kept their owner in an eager rebalance: each member revokes them before it rejoins, at the
// latest when the join ends, and resumes when the leader has synced.
func (c *Comparison) addKept(r *model.Rebalance) {
	joined, synced := c.at(r.JoinEnded.NotAfter, r.Ended.NotAfter), r.Ended.NotBefore
	c.AllStopped = PausedTime{Count: 1, CertainFrom: joined, CertainTo: joined, To: c.at(r.Ended.NotAfter)}
	if !synced.IsZero() {
		c.AllStopped.CertainTo = c.at(synced)
		c.AllStopped.CertainFrom = min(joined, c.AllStopped.CertainTo)
	}
	c.AllStopped.From, c.AllStopped.StartUnknown = c.from(min(c.AllStopped.CertainFrom, c.at(r.Began.NotAfter)), r.Began.NotBefore)
	if kept := len(ownedAround(c.Rebalances[0], r)) - c.Moved; kept > 0 {
		row := c.AllStopped
		row.Kept, row.Count = true, kept
		c.Rows = append(c.Rows, row)
	}
}

// protocol is that of the rebalances together: unknown if one of them is.
func (c *Comparison) protocol() model.RebalanceProtocol {
	for _, r := range c.Rebalances {
		if r.Protocol() == model.ProtocolUnknown {
			return model.ProtocolUnknown
		}
	}
	return c.Rebalances[len(c.Rebalances)-1].Protocol()
}

// addUncertain adds the partitions that kept their owner under an unknown protocol: they were paused at most for the duration
// of the rebalance.
func (c *Comparison) addUncertain(first, last *model.Rebalance) {
	row := PausedTime{Kept: true, Count: len(ownedAround(first, last)) - c.Moved, To: c.at(last.Ended.NotAfter)}
	if row.Count == 0 {
		return
	}
	row.From, row.StartUnknown = c.from(c.at(first.Began.NotAfter), first.Began.NotBefore)
	row.CertainFrom, row.CertainTo = row.From, row.From
	c.Rows = append(c.Rows, row)
}

// at is the first known moment, from the beginning of the rebalance; 0 if none is known.
func (c *Comparison) at(moments ...time.Time) time.Duration {
	if at := firstKnown(moments...); !at.IsZero() {
		return at.Sub(c.Began)
	}
	return 0
}

// from is the earliest beginning of a pause: the first known moment, or by if none is known.
func (c *Comparison) from(by time.Duration, moments ...time.Time) (from time.Duration, unknown bool) {
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
