package model

import (
	"slices"
	"time"
)

// Cost is what a rebalance cost. It grows until every partition that moved is read again, or the tracking ends.
//
// It includes what belongs to a pause and is older than the rebalance: after a crash no member reads the partitions, so the
// session timeout before the rebalance counts in AtMost.
type Cost struct {
	Pauses []Pause // of the partitions that moved, sorted
	CostTotals
}

// CostTotals are the totals of a cost.
type CostTotals struct {
	// Paused is the longest pause; AtMost is unknown until all partitions are read again. Quiet pauses count only if there are
	// no others.
	PausedAtLeast time.Duration
	PausedAtMost  Maybe[time.Duration]
	// LagAdded is by how many records the lag of the partitions grew meanwhile; never negative. Reprocessed is how many offsets
	// were committed and are read again; records that were read and not committed are unknown, so that it is 0 only where the
	// previous owners committed for the revocation, or had nothing more to read. Both are sums of what is known, and unknown
	// where nothing is, or where a sum would be 0 only because some partitions are unknown.
	LagAdded         Maybe[int64]
	Reprocessed      Maybe[int64]
	ConsumerTimeLost time.Duration // of all members together, without anything to read because of the rebalance
	Complete         bool          // nothing will change any more; what is unknown stays unknown
}

// PauseOf returns the pause of a partition; nil if it did not move.
func (c *Cost) PauseOf(tp TopicPartition) *Pause {
	i, moved := slices.BinarySearchFunc(c.Pauses, tp, func(p Pause, tp TopicPartition) int { return p.Compare(tp) })
	if !moved {
		return nil
	}
	return &c.Pauses[i]
}

// Pause is the time in which no member read a partition: from when its previous owner stopped until its new owner started.
// Where it had no previous owner, the pause begins with the rebalance.
type Pause struct {
	TopicPartition
	// AtLeast is a lower bound: from when the previous owner had certainly stopped until the new one was assigned the partition.
	AtLeast time.Duration
	// AtMost is an upper bound: from the last evidence that the previous owner read (a commit, or the rebalance that stopped
	// it) to the first commit of the new owner. It is unknown until there is one.
	AtMost Maybe[time.Duration]
	// Stopped is when the previous owner stopped, Started when the new one started. No member read the partition between
	// Stopped.NotAfter and Started.NotBefore; perhaps none did from Stopped.NotBefore to Started.NotAfter. A bound is zero while
	// it is unknown: Started.NotAfter until there is a commit.
	Stopped, Started Moment

	Resumed     bool // the new owner has committed, or its position was seen to advance
	Quiet       bool // not resumed, and there was and is nothing to read
	LagAdded    Maybe[int64]
	Reprocessed Maybe[int64] // at least, where only polls saw the commits
}

// StillPaused reports whether the new owner was not seen to read the partition yet, although there may be something to read.
func (p *Pause) StillPaused() bool { return !p.Resumed && !p.Quiet }

// Stickiness is how many partitions moved, and how many of the moves an equally balanced assignment needs.
type Stickiness struct{ Moved, Necessary int }
