package model

// Cause is why a group rebalanced.
type Cause string

// The causes, by the names under which outputs tell them.
const (
	CauseUnknown             Cause = "unknown"
	CauseMemberJoined        Cause = "member_joined"        // a new member id, nobody gone
	CauseMemberRestarted     Cause = "member_restarted"     // static: the same instance id under another member id
	CauseMemberLeft          Cause = "member_left"          // it said so: LeaveGroup
	CauseSessionTimedOut     Cause = "session_timed_out"    // it crashed or was cut off: no heartbeat for session.timeout.ms
	CausePollTookTooLong     Cause = "poll_took_too_long"   // its processing exceeded max.poll.interval.ms
	CausePartitionsAdded     Cause = "partitions_added"     // a subscribed topic has more partitions
	CauseTopicCreated        Cause = "topic_created"        // a subscribed topic exists now
	CauseTopicDeleted        Cause = "topic_deleted"        // a subscribed topic is gone
	CauseSubscriptionChanged Cause = "subscription_changed" // a member subscribes to other topics
	CauseAssignorChanged     Cause = "assignor_changed"     // the members chose another protocol
	CauseRemovedByAdmin      Cause = "removed_by_admin"     // regroup did it itself
	CauseCoordinatorMoved    Cause = "coordinator_moved"    // another broker coordinates, the members are the same
	// CauseCooperativeFollowUp is the second half of a cooperative rebalance: what was given up in the first is handed
	// out (KIP-429). The first half has the cause.
	CauseCooperativeFollowUp Cause = "cooperative_follow_up"
)

// Confidence is how sure a verdict is.
type Confidence string

// The confidences.
const (
	Certain  Confidence = "certain"  // nothing else could look like this
	Likely   Confidence = "likely"   // something else could, and is rare
	Possible Confidence = "possible" // something else could as well
)

// Verdict is why a group rebalanced, how sure that is, and what it is concluded from.
type Verdict struct {
	Cause      Cause
	Confidence Confidence
	Evidence   string // one sentence
}

// Words is the cause as people say it: "session timed out".
func (c Cause) Words() string {
	words := []byte(c)
	for i := range words {
		if words[i] == '_' {
			words[i] = ' '
		}
	}
	return string(words)
}
