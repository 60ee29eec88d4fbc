package model

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// View is everything that regroup knows at one moment. It is immutable and may be read from any
// goroutine, for any time. Parts that did not change since the view before are shared with it.
type View struct {
	At       time.Time     // of the newest observation
	PolledAt time.Time     // of the newest complete poll; zero before the first
	Took     time.Duration // of the newest complete poll
	Requests int           // of the newest complete poll
	Interval time.Duration // between complete polls now
	Cluster  Cluster
	Brokers  []Broker
	Errs     []SourceError // of the newest complete poll

	Groups     []*GroupView // sorted by ID
	Events     []Event      // the newest of all groups, oldest first; at most EventsKept
	Rebalances []*Rebalance // the newest of all groups, oldest first; at most RebalancesKept

	Tail             TailStatus   // whether __consumer_offsets is read
	GenerationsExact bool         // every rebalance is seen with the coordinator's own generation
	Lab              *LabSnapshot // nil where there is no lab
	Tour             *TourStatus  // nil where there is no tour
	RecordingLost    string       // why recording stopped; "" while it works, and without --record
}

// Group finds a group by its id; nil if it does not exist.
func (v *View) Group(id string) *GroupView {
	i, found := slices.BinarySearchFunc(v.Groups, id, func(g *GroupView, id string) int { return strings.Compare(g.ID, id) })
	if !found {
		return nil
	}
	return v.Groups[i]
}

// GroupView is a group with what the tracker knows of it over time.
type GroupView struct {
	ID              string
	Type            GroupType
	ProtocolType    string
	State           GroupState
	Phase           Phase
	StateSince      time.Time // when regroup saw the state begin; zero if it began before regroup was started
	FirstSeen       time.Time
	Coordinator     Maybe[int32]
	Assignor        string
	Generation      Generation
	AssignmentEpoch Maybe[int32]

	Leader       Slot      // the member that computes the assignment of a classic group; Nobody if unknown, or if there is none
	RebalancedAt time.Time // when it last rebalanced, also before regroup was started; zero is unknown
	Storm        Storm
	Stickiness   Maybe[Stickiness] // over the Rebalances where it is known

	OffsetsKnown bool      // its commits were read, now or before; if not, an empty Partitions means nothing
	StaleSince   time.Time // its coordinator has not answered since; zero is live
	GoneSince    time.Time // it was deleted; zero is alive. The row stays for GoneKept

	MembersKnown bool
	Members      []MemberView // sorted by lane
	Idle         int          // members that own nothing while the group is stable
	Joining      int          // members without an assignment while the group rebalances

	Partitions    []PartitionView // sorted
	Unassigned    int             // unassigned partitions of subscribed topics while the group is stable
	Lag           Maybe[int64]    // the sum over the partitions where it is known; unknown if it is known for none
	OutOfRange    int             // partitions whose commit lies below the log's start or beyond its end
	LagIncomplete bool            // some partition's lag is unknown: Lag is a lower bound
	LagHistory    []int64         // one sample a LagHistoryStep, newest last, -1 where unknown; at most LagHistoryKept
	Trend         Trend
	ProduceRate   Maybe[float64]       // records a second that arrive in the partitions, over RateWindow
	ConsumeRate   Maybe[float64]       // offsets a second that the group commits past, over RateWindow
	Behind        Maybe[time.Duration] // of the partition that is farthest behind, among those where it is known
	BehindApprox  bool                 // some partition\'s Behind was extrapolated, or is unknown
	Skew          Maybe[float64]       // the largest member's partitions over the mean of the members; 1 is even

	Rebalances       []*Rebalance    // oldest first, at most GroupRebalancesKept
	RebalancingSince time.Time       // a rebalance is under way, seen since; zero if not
	Ownership        []OwnershipSpan // oldest first, the last one is now; at most OwnershipKept
}

// Rebalancing reports whether a rebalance is under way.
func (g *GroupView) Rebalancing() bool { return !g.RebalancingSince.IsZero() }

// LastRebalance is the newest one; nil if regroup has seen none.
func (g *GroupView) LastRebalance() *Rebalance {
	if len(g.Rebalances) == 0 {
		return nil
	}
	return g.Rebalances[len(g.Rebalances)-1]
}

// Member finds a member by its lane; nil if it is not in the group now.
func (g *GroupView) Member(lane Slot) *MemberView {
	for i := range g.Members {
		if g.Members[i].Slot == lane {
			return &g.Members[i]
		}
	}
	return nil
}

// Trend is how a lag develops.
type Trend string

// The trends, over RateWindow.
const (
	TrendUnknown Trend = ""
	TrendSteady  Trend = "steady"
	TrendGrowing Trend = "growing"
	TrendFalling Trend = "falling"
	TrendStalled Trend = "stalled" // there is lag, and nothing was committed although partitions are owned
)

// MemberView is a member of a group now.
type MemberView struct {
	MemberRef
	Rack              string
	Epoch             Maybe[int32]
	Since             time.Time // when regroup first saw it; zero if it was there when regroup was started
	Subscription      []string
	AssignmentKnown   bool
	AssignmentProblem string
	Assignment        []TopicPartition // what it owns; while the group rebalances, what it owned before (AssignmentPrevious)
	// AssignmentPrevious: Assignment is from before the rebalance that is under way.
	AssignmentPrevious bool
	TargetKnown        bool
	Target             []TopicPartition
	State              MemberState      // consumer, from records
	PendingRevocation  []TopicPartition // consumer: what it was asked to revoke and still holds
	SessionTimeout     Maybe[time.Duration]
	RebalanceTimeout   Maybe[time.Duration]
	Lag                Maybe[int64] // of its partitions
	ConsumeRate        Maybe[float64]
}

// PartitionView is a partition as one group sees it.
type PartitionView struct {
	TopicPartition
	PartitionOffsets
	Owner         Slot // Nobody if no member owns it
	OwnerPrevious bool // a rebalance is under way: Owner is its owner before that
	MovedFrom     Slot // its owner before its last move
	MovedAt       time.Time
	Subscribed    bool    // some member subscribes to the topic, whether or not the partition is owned or committed
	LagHistory    []int64 // one sample a PartitionLagStep, newest last, -1 where unknown
}

// PartitionOffsets is how far a group is in a partition. Two of them are compared with ==: every field is drawn.
type PartitionOffsets struct {
	Committed    Maybe[int64]
	CommittedAt  time.Time // when regroup saw the commit advance last; zero is not since it was started
	LogStart     Maybe[int64]
	LogEnd       Maybe[int64]
	Lag          Maybe[int64]
	Flag         LagFlag
	ProduceRate  Maybe[float64]       // records a second, over RateWindow
	ConsumeRate  Maybe[float64]       // offsets a second, over RateWindow
	Behind       Maybe[time.Duration] // how old the next record to read is
	BehindApprox bool                 // Behind was extrapolated from rates, not read from the history
	Problem      string               // why something here is unknown
}

// LagFlag marks a lag that is not what it seems.
type LagFlag string

// The flags.
const (
	LagPlain          LagFlag = ""
	LagNoCommit       LagFlag = "no commit"                 // the group never committed here: the lag is unknown
	LagBelowStart     LagFlag = "commit below log start"    // retention deleted what was not read: the lag counts what can still be read
	LagBeyondEnd      LagFlag = "commit beyond log end"     // the topic lost records or was recreated: the lag is 0
	LagEndUnknown     LagFlag = "log end unknown"           // no leader, or not authorised
	LagTopicMissing   LagFlag = "topic does not exist"      // it was deleted
	LagTopicRecreated LagFlag = "topic was recreated"       // the commit is from the topic that had the name before
	LagOffsetsUnknown LagFlag = "commits were not readable" // OffsetFetch failed
)

// OwnershipSpan is a stretch of time during which the ownership of a group's partitions did not change.
type OwnershipSpan struct {
	From        time.Time
	Generation  Generation
	Rebalancing bool       // a rebalance was under way: Owners are the owners before it
	Owners      Assignment // shared, never changed
}

// MemberIn finds a lane among members that are sorted by it; nil if it is not there.
func MemberIn(members []MemberView, lane Slot) *MemberView {
	if i := SlotIndex(members, lane); i >= 0 {
		return &members[i]
	}
	return nil
}

// SlotIndex is where a lane is among members that are sorted by it; -1 if it is not there. The search does not copy
// members, as one of package slices would: this runs for each partition of each group.
func SlotIndex(members []MemberView, lane Slot) int {
	i := sort.Search(len(members), func(i int) bool { return members[i].Slot >= lane })
	if i == len(members) || members[i].Slot != lane {
		return -1
	}
	return i
}

// OwnersOf is the owner of each partition by the members' assignments. If two claim a partition, the lower slot has it.
func OwnersOf(members []MemberView) Assignment {
	owners := make(Assignment)
	for i := range members {
		m := &members[i]
		if !m.AssignmentKnown {
			continue
		}
		for _, tp := range m.Assignment {
			if owners[tp] == Nobody {
				owners[tp] = m.Slot
			}
		}
	}
	return owners
}
