package cause

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// Defaults of Kafka, for what a source does not tell.
const (
	defaultSessionTimeout = 45 * time.Second // session.timeout.ms and group.consumer.session.timeout.ms
	defaultPollInterval   = 5 * time.Minute  // max.poll.interval.ms
	defaultCommitEvery    = 5 * time.Second  // auto.commit.interval.ms
	defaultMetadataMaxAge = 5 * time.Minute  // metadata.max.age.ms: how long a client may not notice a new partition
	smallestSession       = 6 * time.Second  // group.min.session.timeout.ms: no member has a shorter one, unless the broker was told so
)

const (
	// judgeSlack is by how much a measured time may miss a configured one: timers are late, and the clocks of broker and
	// regroup are compared by estimate.
	judgeSlack = 500 * time.Millisecond
	// clockSlack is by how much the moments of broker and regroup may be compared wrongly. A timer is late, never early.
	clockSlack = 100 * time.Millisecond
	// promptLeave is within what a member that closes properly leaves after its last commit, which it makes as it closes.
	promptLeave = 2 * time.Second
	// shortestRhythm is the least that is made of two commits that follow each other closely: the next may take longer.
	shortestRhythm = time.Second
	// followUpWithin is how soon a cooperative follow-up begins: members ask for it as soon as they have given up.
	followUpWithin = time.Second
)

// onset is how well a finding explains that the rebalance began when it did; a larger one explains it better.
type onset int

const (
	startUnlikely onset = iota // it goes with a rebalance, and hardly begins one
	startLater                 // it happened while the rebalance was under way
	startMaybe                 // it begins rebalances, its time is not known
	startAlways                // it begins one whenever it happens
	startTimed                 // it begins rebalances, and its time fits this one
)

// finding is one thing that happened, as far as it may have begun the rebalance.
type finding struct {
	model.Verdict
	start onset
	deed  bool // regroup did it
}

// Judge says why a group rebalanced: the verdict, and further causes that it had as well.
func Judge(e *Evidence) (model.Verdict, []model.Verdict) {
	found := slices.Concat(
		judgeFollowUp(e), judgeGone(e), judgeJoined(e), judgeRestarted(e),
		judgeSubscriptions(e), judgeTopics(e), judgeAssignor(e), judgeCoordinator(e),
	)
	if len(found) == 0 {
		found = judgeAnySubscription(e)
	}
	if len(found) == 0 {
		return judgeUnknown(e), nil
	}
	// Stable: where two explain it equally well, the order above decides.
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(b.start, a.start) })
	// A rebalance that has two causes was begun by one of them: which is a conclusion, even where each of them is a fact.
	contested := len(found) > 1 && (found[1].start == found[0].start || !found[0].deed)
	var verdicts []model.Verdict
	for i, f := range found {
		most := model.Certain
		switch {
		case e.Rebalance.AtLeast-e.Rebalance.Superseded > 1 && !f.deed:
			if most = model.Possible; len(e.Before) == 0 && f.Cause == model.CauseMemberJoined && e.Rebalance.AtLeast-e.Rebalance.Superseded <= len(e.Rebalance.Joined) {
				most = model.Likely // one after the other, most probably
			}
		case e.Rebalance.Superseded > 0 && len(e.Before) > 0 && !f.deed: // somebody may have come and gone
			most = model.Likely
		case i == 0 && contested:
			most = model.Likely
		}
		f.Confidence = atMost(f.Confidence, most)
		if !slices.ContainsFunc(verdicts, func(v model.Verdict) bool { return v.Cause == f.Cause }) {
			verdicts = append(verdicts, f.Verdict)
		}
	}
	return verdicts[0], verdicts[1:]
}

// atMost lowers a confidence to a limit.
func atMost(c, limit model.Confidence) model.Confidence {
	rank := map[model.Confidence]int{model.Possible: 0, model.Likely: 1, model.Certain: 2}
	if rank[c] > rank[limit] {
		return limit
	}
	return c
}

// judgeUnknown says what is known not to be the cause.
func judgeUnknown(e *Evidence) model.Verdict {
	v := model.Verdict{Cause: model.CauseUnknown, Confidence: model.Possible}
	switch {
	case e.Rebalance.AtLeast-e.Rebalance.Superseded > 1:
		v.Evidence = fmt.Sprintf("%d generations passed; who is in it and what they read is as it was: somebody may have come and gone", e.Rebalance.AtLeast)
	case e.Rebalance.Superseded > 0:
		v.Evidence = fmt.Sprintf("%s ended before the leader had synced: a member may have come and gone", count(e.Rebalance.Superseded, "generation"))
	case len(e.After) == 0:
		v.Evidence = "the group has no members, and had none before"
	case !subscriptionsKnown(e.Before) || !subscriptionsKnown(e.After):
		v.Evidence = "the members are the same; what they subscribe to is not known"
	case e.Rebalance.Type == model.TypeConsumer:
		v.Evidence = "the coordinator began a new epoch: members, subscriptions and topics are the same"
	default:
		v.Evidence = "a member asked for it: members, subscriptions and topics are the same"
	}
	return v
}

func subscriptionsKnown(members []model.MemberView) bool {
	return !slices.ContainsFunc(members, func(m model.MemberView) bool { return m.Subscription == nil })
}

// membersSame says that nobody came, went or came back.
func (e *Evidence) membersSame() bool {
	return len(e.Rebalance.Joined)+len(e.Rebalance.Left)+len(e.Rebalance.Restarted) == 0
}

// sure is the confidence of a change that is seen in who is there and what they own: nothing can hide between two
// generations in a row.
func (e *Evidence) sure() model.Confidence {
	if e.Adjacent {
		return model.Certain
	}
	return model.Likely
}
