package model

import (
	"maps"
	"slices"
	"time"
)

// Moment is when something happened, as far as it is known: not before one instant and not after another.
// Equal instants are exact.
type Moment struct{ NotBefore, NotAfter time.Time }

// Exactly is a moment that is known to the instant.
func Exactly(at time.Time) Moment { return Moment{NotBefore: at, NotAfter: at} }

// IsZero says that nothing is known of the moment.
func (m Moment) IsZero() bool { return m.NotBefore.IsZero() && m.NotAfter.IsZero() }

// Exact says that the moment is known to the instant.
func (m Moment) Exact() bool { return !m.IsZero() && m.NotBefore.Equal(m.NotAfter) }

// Assignment says which lane owns which partition; a partition that nobody owns is not in it. Never changed once made.
type Assignment map[TopicPartition]Lane

// Partitions returns the partitions of the assignment in order.
func (a Assignment) Partitions() []TopicPartition {
	return slices.SortedFunc(maps.Keys(a), TopicPartition.Compare)
}

// Move is a partition that changed hands; From or To may be [Nobody].
type Move struct {
	TopicPartition
	From, To Lane
}

// Rebalance is what happened between two settled states of one group.
type Rebalance struct {
	Group    string
	Type     GroupType
	From, To Generation
	AtLeast  int // how many rebalances this stands for at least; 1 where every generation is accounted for

	Began Moment // the group left its settled state
	Ended Moment // it was settled again

	Before, After           Assignment
	Joined, Left, Restarted []MemberRef // Restarted: static members that came back under another member id
	Moves                   []Move      // sorted by partition
	MembersAfter            int
	AssignorBefore          string
	AssignorAfter           string
}

// Duration is how long the group was unsettled: at least, at most.
func (r *Rebalance) Duration() (atLeast, atMost time.Duration) {
	atLeast = max(0, r.Ended.NotBefore.Sub(r.Began.NotAfter))
	atMost = max(0, r.Ended.NotAfter.Sub(r.Began.NotBefore))
	return atLeast, atMost
}
