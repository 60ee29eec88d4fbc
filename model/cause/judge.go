// Package cause judges why a group rebalanced, from what changed between two stable assignments and what else is known.
package cause

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// Kafka's defaults, for settings that no source reports.
const (
	defaultSessionTimeout = 45 * time.Second // session.timeout.ms and group.consumer.session.timeout.ms
	defaultPollInterval   = 5 * time.Minute  // max.poll.interval.ms
	defaultCommitInterval = 5 * time.Second  // auto.commit.interval.ms
	defaultMetadataMaxAge = 5 * time.Minute  // metadata.max.age.ms: how long a client may not notice a new partition
	smallestSession       = 6 * time.Second  // group.min.session.timeout.ms: no member has a shorter session unless the broker is configured so
)

const (
	// timerSlack is by how much a measured time may differ from a configured one: timers fire late, and the offset
	// between the clocks of broker and regroup is an estimate.
	timerSlack = 500 * time.Millisecond
	// clockSlack is by how much a time between the two clocks may be too short. Timers fire late, never early.
	clockSlack = 100 * time.Millisecond
	// closesWithin is how long after its last commit a member leaves that commits when it is closed.
	closesWithin = 2 * time.Second
	// shortestCommitInterval limits what two commits in quick succession mean: the next one may take longer.
	shortestCommitInterval = time.Second
	// secondWithin is how soon the second cooperative rebalance starts: members rejoin as soon as they have revoked.
	secondWithin = time.Second
)

// startFit is how well a candidate explains that the rebalance started when it did; higher explains it better.
type startFit int

const (
	hardlyStarts   startFit = iota // accompanies rebalances and hardly ever starts one
	happenedDuring                 // happened while the rebalance was in progress
	mayStart                       // starts rebalances; its time is unknown
	alwaysStarts                   // starts a rebalance whenever it happens
	startsInTime                   // starts rebalances, and its time fits this one
)

// origin is how regroup knows of a candidate.
type origin uint8

const (
	inferred origin = iota // concluded from what was observed
	done                   // regroup or its lab did it
)

// candidate is one thing that happened and may have started the rebalance.
type candidate struct {
	model.Verdict
	fit    startFit
	origin origin
}

func newCandidate(cause model.Cause, confidence model.Confidence, fit startFit, evidence string) candidate {
	return candidate{Verdict: model.Verdict{Cause: cause, Confidence: confidence, Evidence: evidence}, fit: fit}
}

// Judge returns why a group rebalanced, and the further causes that the rebalance had.
func Judge(e *Evidence) (model.Verdict, []model.Verdict) {
	found := slices.Concat(
		judgeSecondCooperative(e), judgeDepartures(e), judgeJoined(e), judgeRestarted(e),
		judgeSubscriptions(e), judgeTopics(e), judgeAssignor(e), judgeCoordinator(e),
	)
	if len(found) == 0 {
		found = judgeAnySubscription(e)
	}
	if len(found) == 0 {
		return judgeUnknown(e), nil
	}
	// Stable: of two candidates that fit equally well, the order above decides.
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.fit, a.fit) })
	var verdicts []model.Verdict
	for i, c := range found {
		if !slices.ContainsFunc(verdicts, func(v model.Verdict) bool { return v.Cause == c.Cause }) {
			c.Confidence = atMost(c.Confidence, e.limit(found, i))
			verdicts = append(verdicts, c.Verdict)
		}
	}
	return verdicts[0], verdicts[1:]
}

// limit is the highest confidence that the i-th of the candidates can have, best fit first.
func (e *Evidence) limit(found []candidate, i int) model.Confidence {
	c := found[i]
	// One of several causes started the rebalance: which one is a conclusion, even where each of them is a fact.
	contested := len(found) > 1 && (found[1].fit == found[0].fit || found[0].origin != done)
	switch missed := e.unaccounted(); {
	case missed && c.origin != done:
		if len(e.Before) == 0 && c.Cause == model.CauseMemberJoined && e.Rebalance.AtLeast-e.Rebalance.Superseded <= len(e.Rebalance.Joined) {
			return model.Likely // most probably they joined one after the other
		}
		return model.Possible
	case e.Rebalance.Superseded > 0 && len(e.Before) > 0 && c.origin != done: // a member may have joined and left in between
		return model.Likely
	case i == 0 && contested:
		return model.Likely
	}
	return model.Certain
}

// unaccounted reports whether generations passed that were neither seen nor superseded.
func (e *Evidence) unaccounted() bool { return e.Rebalance.AtLeast-e.Rebalance.Superseded > 1 }

// atMost lowers a confidence to a limit.
func atMost(c, limit model.Confidence) model.Confidence {
	rank := map[model.Confidence]int{model.Possible: 0, model.Likely: 1, model.Certain: 2}
	if rank[c] > rank[limit] {
		return limit
	}
	return c
}

// judgeUnknown names the causes that are ruled out.
func judgeUnknown(e *Evidence) model.Verdict {
	v := model.Verdict{Cause: model.CauseUnknown, Confidence: model.Possible}
	switch superseded := e.Rebalance.Superseded; {
	case e.unaccounted():
		v.Evidence = fmt.Sprintf("%d generations passed, members and assignment unchanged; a member may have joined and left in between", e.Rebalance.AtLeast)
	case superseded > 0:
		v.Evidence = fmt.Sprintf("%s %s superseded before SyncGroup; a member may have joined and left in between",
			count(superseded, "generation"), verb(superseded, "was", "were"))
	case len(e.After) == 0:
		v.Evidence = "the group is empty, as it was before"
	case !subscriptionsKnown(e.Before) || !subscriptionsKnown(e.After):
		v.Evidence = "members unchanged; their subscriptions are unknown"
	case e.Rebalance.Type == model.TypeConsumer:
		v.Evidence = "the coordinator started a new group epoch; members, subscriptions and topics unchanged"
	default:
		v.Evidence = "a member sent JoinGroup; members, subscriptions and topics unchanged"
	}
	return v
}

func subscriptionsKnown(members []model.MemberView) bool {
	return !slices.ContainsFunc(members, func(m model.MemberView) bool { return m.Subscription == nil })
}

// membersUnchanged reports whether no member joined, left or restarted.
func (e *Evidence) membersUnchanged() bool {
	return len(e.Rebalance.Joined)+len(e.Rebalance.Left)+len(e.Rebalance.Restarted) == 0
}
