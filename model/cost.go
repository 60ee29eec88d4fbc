package model

import (
	"slices"
	"time"
)

// Cost is what a rebalance cost. It grows until every partition that moved is read again, or until [ReckonedFor] has passed.
//
// What is not the rebalance's own doing is in it as far as it belongs to the pause: where a member crashed, nobody has
// read its partitions since, and the session timeout that has to pass before the rebalance begins is part of AtMost.
type Cost struct {
	Pauses []Pause // of the partitions that moved, sorted
	// Paused is the longest of them, at least and at most; AtMost is unknown until all are read again. Quiet ones do not
	// count unless there are no others.
	PausedAtLeast time.Duration
	PausedAtMost  Maybe[time.Duration]
	// LagAdded is by how much the lag of the partitions that moved grew meanwhile; never negative. Reprocessed is how many
	// offsets were committed and are read a second time; what was read and not committed nobody knows, so that it is 0
	// only where the old owner committed as it gave the partition up, or had nothing more to read. Both are sums of what is
	// known, and unknown where that is nothing, or would be 0 only for want of knowledge.
	LagAdded         Maybe[int64]
	Reprocessed      Maybe[int64]
	ConsumerTimeLost time.Duration // member-seconds: each member times how long it read nothing because of the rebalance
	Complete         bool          // nothing of it will change any more; what is unknown stays so
}

// PauseOf is the pause of a partition; nil if it did not move.
func (c *Cost) PauseOf(tp TopicPartition) *Pause {
	i, moved := slices.BinarySearchFunc(c.Pauses, tp, func(p Pause, tp TopicPartition) int { return p.Compare(tp) })
	if !moved {
		return nil
	}
	return &c.Pauses[i]
}

// Pause is for how long no owner read a partition: from when the old one read it last until the new one began to. Where
// nobody owned it before, the pause begins with the rebalance.
type Pause struct {
	TopicPartition
	// AtLeast is never more than the truth: from when the old owner had given it up at the latest, to when the new one
	// was given it.
	AtLeast time.Duration
	// AtMost is never less than the truth: from the last sign that the old owner read (a commit, or the rebalance that
	// made it stop) to the first commit after. It is unknown until there is one.
	AtMost Maybe[time.Duration]
	// Stopped is when the old owner read it last, Started when the new one began to. Surely nobody read it between the end
	// of the one and the beginning of the other, and perhaps nobody did all the way from Stopped.NotBefore to
	// Started.NotAfter. Each bound by itself is zero if it is not known, and Started.NotAfter until there is a commit.
	Stopped, Started Moment

	Resumed     bool // its new owner has committed, or its position was seen to advance
	Quiet       bool // not resumed yet, and nothing was or is there to read: nobody misses anything
	LagAdded    Maybe[int64]
	Reprocessed Maybe[int64] // at least, where only polls saw the commits
}

// StillPaused reports whether the new owner was not seen to read the partition yet, although there may be something to read.
func (p *Pause) StillPaused() bool { return !p.Resumed && !p.Quiet }

// Stickiness is how many partitions moved, and how many of them had to.
type Stickiness struct{ Moved, Necessary int }
