package model

import "time"

// EventKind is what an [Event] reports.
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
	SourceLost         EventKind = "source_lost"  // a broker or one of its APIs no longer answers
	SourceFound        EventKind = "source_found" // it answers again
	LabActed           EventKind = "lab"          // an action of the lab
	CostKnown          EventKind = "cost"         // the cost of an earlier rebalance is final
	VerdictRevised     EventKind = "cause"        // the cause of an earlier rebalance was judged again
	LagAlerted         EventKind = "lag_alert"    // a group's lag reached its threshold, or the group is stalled, or that is over
	AdminActed         EventKind = "admin"        // regroup changed a group on request
)

// Event is one change. Fields that do not belong to its kind are zero.
type Event struct {
	At        time.Time // of the observation that shows it
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

// RecordingLost is the observation that a recording cannot be continued. It is made by the session itself, and is in no
// recording.
type RecordingLost struct {
	At     time.Time
	Reason string // in one line
}

// ObservedAt is when it was noticed.
func (l *RecordingLost) ObservedAt() time.Time { return l.At }
