package model

// Cause is why a group rebalanced, by its name in JSON.
type Cause string

// The causes. Each has a row in causes.
const (
	CauseUnknown             Cause = "unknown"
	CauseMemberJoined        Cause = "member_joined"              // a new member id, and no member left
	CauseMemberRestarted     Cause = "member_restarted"           // a static member rejoined: same group.instance.id, new member id
	CauseRemovedByAdmin      Cause = "removed_by_admin"           // regroup removed the member
	CauseMemberLeft          Cause = "member_left"                // the member sent LeaveGroup
	CauseSessionTimeout      Cause = "session_timeout"            // a crash or a network partition: no heartbeat for session.timeout.ms
	CauseMaxPollExceeded     Cause = "max_poll_interval_exceeded" // processing exceeded max.poll.interval.ms
	CausePartitionsAdded     Cause = "partitions_added"           // a subscribed topic has more partitions
	CauseTopicCreated        Cause = "topic_created"              // a subscribed topic exists now
	CauseTopicDeleted        Cause = "topic_deleted"              // a subscribed topic was deleted
	CauseSubscriptionChanged Cause = "subscription_changed"       // a member subscribes to other topics
	CauseAssignorChanged     Cause = "assignor_changed"           // the members agreed on another assignor
	CauseCoordinatorMoved    Cause = "coordinator_moved"          // another broker coordinates the group, members unchanged
	// CauseSecondCooperative is the second rebalance of the cooperative protocol: it assigns the partitions that were
	// revoked in the first (KIP-429), which has the cause.
	CauseSecondCooperative Cause = "second_cooperative_rebalance"
)

// causeKind is what a cause is about.
type causeKind uint8

const (
	aboutGroup     causeKind = iota // the group as a whole, its settings or its coordinator
	aboutArrival                    // a member joined or rejoined
	aboutDeparture                  // a member is gone
	aboutTopic                      // a subscribed topic changed
)

// causes is the table of causes. Of causes that explain a rebalance equally well the first is listed first; causes about
// members are in the order of their gravity.
var causes = []struct {
	cause Cause
	words string
	kind  causeKind
}{
	{CauseUnknown, "unknown", aboutGroup},
	{CauseMemberJoined, "member joined", aboutArrival},
	{CauseMemberRestarted, "member restarted", aboutArrival},
	{CauseRemovedByAdmin, "removed by admin", aboutDeparture},
	{CauseMemberLeft, "member left", aboutDeparture},
	{CauseSessionTimeout, "session timeout", aboutDeparture},
	{CauseMaxPollExceeded, "max.poll.interval.ms exceeded", aboutDeparture},
	{CausePartitionsAdded, "partitions added", aboutTopic},
	{CauseTopicCreated, "topic created", aboutTopic},
	{CauseTopicDeleted, "topic deleted", aboutTopic},
	{CauseSubscriptionChanged, "subscription changed", aboutGroup},
	{CauseAssignorChanged, "assignor changed", aboutGroup},
	{CauseCoordinatorMoved, "coordinator moved", aboutGroup},
	{CauseSecondCooperative, "second cooperative rebalance", aboutGroup},
}

// Causes are all causes, in the order of the table.
func Causes() []Cause {
	all := make([]Cause, len(causes))
	for i, row := range causes {
		all[i] = row.cause
	}
	return all
}

func (c Cause) kind() causeKind {
	for _, row := range causes {
		if row.cause == c {
			return row.kind
		}
	}
	return aboutGroup
}

// IsDeparture reports whether the cause is that a member is gone.
func (c Cause) IsDeparture() bool { return c.kind() == aboutDeparture }

// IsTopicChange reports whether the cause is a change of a subscribed topic.
func (c Cause) IsTopicChange() bool { return c.kind() == aboutTopic }

// StartsWithAMember reports whether the rebalance starts when one member joins, rejoins or is gone: the other members
// keep consuming until their next heartbeat tells them to rejoin.
func (c Cause) StartsWithAMember() bool {
	kind := c.kind()
	return kind == aboutArrival || kind == aboutDeparture
}

// Words is the cause as the screen names it: "session timeout".
func (c Cause) Words() string {
	for _, row := range causes {
		if row.cause == c {
			return row.words
		}
	}
	return string(c)
}

// Confidence is how certain a verdict is.
type Confidence string

// The confidences.
const (
	Certain  Confidence = "certain"  // nothing else looks like this
	Likely   Confidence = "likely"   // something else could look like this, and is rare
	Possible Confidence = "possible" // something else could look like this as well
)

// Verdict is why a group rebalanced, how certain that is, and the evidence for it.
type Verdict struct {
	Cause      Cause
	Confidence Confidence
	Evidence   string // one sentence
}
