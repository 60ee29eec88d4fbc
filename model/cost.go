package model

import "time"

// Cost is what a rebalance cost. It grows until every partition that moved is read again.
type Cost struct {
	Pauses []Pause // of the partitions that moved, sorted
	// Paused is the longest of them, at least and at most; AtMost is unknown until all are read again.
	PausedAtLeast time.Duration
	PausedAtMost  Maybe[time.Duration]
	LagAdded      Maybe[int64]  // by how much the lag of the partitions that moved grew meanwhile; never negative
	ReadAgain     Maybe[int64]  // offsets that were committed and are read a second time
	Idle          time.Duration // member-seconds: each member times how long it read nothing because of the rebalance
	Complete      bool          // nothing of it will change any more
}

// Pause is for how long nobody read a partition.
type Pause struct {
	TopicPartition
	AtLeast   time.Duration
	AtMost    Maybe[time.Duration] // from the last commit before to the first commit after; unknown until there is one
	Resumed   bool                 // its new owner has committed, or its position was seen to advance
	LagAdded  Maybe[int64]
	ReadAgain Maybe[int64]
}

// Storm says how often a group rebalances, against its own usual.
type Storm struct {
	Active bool           // it rebalances so often that something must be wrong
	Recent int            // rebalances in the StormWindow
	Usual  Maybe[float64] // rebalances in a window of that length, as long as regroup has known the group; unknown at first
}

// StormWindow is the time over which rebalances are counted.
const StormWindow = 10 * time.Minute

// Stickiness is how many partitions moved, and how many of them had to.
type Stickiness struct{ Moved, Needed int }
