package model

import "time"

// EventKind says what an [Event] tells of.
type EventKind string

// The kinds of events.
const (
	GroupAppeared      EventKind = "group_appeared"
	GroupGone          EventKind = "group_gone"
	StateChanged       EventKind = "state"
	MemberJoined       EventKind = "member_joined"
	MemberLeft         EventKind = "member_left"
	RebalanceBegan     EventKind = "rebalance_began"
	RebalanceCompleted EventKind = "rebalance"
	CoordinatorMoved   EventKind = "coordinator_moved"
	PartitionsAdded    EventKind = "partitions_added"
	TopicGone          EventKind = "topic_gone"
	TopicRecreated     EventKind = "topic_recreated"
	SourceLost         EventKind = "source_lost"  // a broker, or a part of it, stopped answering
	SourceFound        EventKind = "source_found" // it answers again
	LabActed           EventKind = "lab"          // the lab started, stopped, killed, … something
	CostKnown          EventKind = "cost"         // what an earlier rebalance cost: nothing of it will change any more
	VerdictRevised     EventKind = "cause"        // why an earlier rebalance was, now that more is known
	LagAlerted         EventKind = "lag_alert"    // a group's lag is too large, or nobody reads on, or that is over
	AdminActed         EventKind = "admin"        // regroup changed something of a group at somebody's request
)

// Event is one change that a [Tracker] saw. Fields that do not belong to the kind are zero.
type Event struct {
	At        time.Time // of the observation that showed it
	Kind      EventKind
	Group     string
	From, To  GroupState // StateChanged
	Member    MemberRef  // MemberJoined, MemberLeft
	Rebalance *Rebalance // RebalanceCompleted, CostKnown, VerdictRevised
	Alert     *LagAlert  // LagAlerted
	Broker    Maybe[int32]
	Topic     string
	Detail    string // a sentence for the feed, without time and group
}
