package model

import (
	"fmt"
	"slices"
	"time"
)

// rejudgedWithin is how long after a rebalance a poll may find the topic changed that it was for: records tell of the
// rebalance at once, and topics are looked at every few seconds.
const rejudgedWithin = 15 * time.Second

// rejudge looks again at rebalances whose members were said to subscribe otherwise: a member that subscribes by a pattern
// names the topics that match, and so does so when one of them comes or goes.
func (t *Tracker) rejudge(change topicChange) {
	if change.cause != CauseTopicCreated && change.cause != CauseTopicDeleted {
		return
	}
	for _, g := range t.sorted {
		lately := slices.DeleteFunc(slices.Clone(g.rebalances.items), func(r *Rebalance) bool { return t.at.Sub(r.Ended.NotAfter) > rejudgedWithin })
		if !slices.ContainsFunc(lately, func(r *Rebalance) bool { return explains(change, r) }) {
			continue
		}
		for _, r := range lately {
			switch {
			case explains(change, r):
				t.revise(g, r, change, Likely)
			case r.Verdict.Cause == CauseUnknown && len(r.Joined)+len(r.Left)+len(r.Restarted) == 0:
				t.revise(g, r, change, Possible) // members fetch metadata more than once until all brokers know
			}
		}
	}
}

// revise lays a rebalance to a topic that came or went.
func (t *Tracker) revise(g *group, r *Rebalance, change topicChange, confidence Confidence) {
	revised := *r
	revised.Verdict = Verdict{Cause: change.cause, Confidence: confidence}
	revised.Verdict.Evidence = fmt.Sprintf("%s, which was seen after it: %s", topicWords(change.cause, change.topic, 0), r.Verdict.Evidence)
	t.reviseRebalance(g, r, &revised)
	for _, k := range g.reckonings {
		if k.r == r {
			k.revise(&revised)
		}
	}
	next := *g.view
	next.Rebalances = g.rebalances.newest(GroupRebalancesKept)
	t.replaceView(g, next)
	t.emit(Event{Kind: VerdictRevised, Group: next.ID, Rebalance: &revised, Detail: revised.Verdict.Cause.Words() + ": " + revised.Verdict.Evidence})
}

// explains says that a topic that came or went is what the members' other subscriptions are about.
func explains(change topicChange, r *Rebalance) bool {
	if r.Verdict.Cause != CauseSubscriptionChanged {
		return false
	}
	has := func(owned Assignment) bool {
		return slices.ContainsFunc(owned.Partitions(), func(tp TopicPartition) bool { return tp.Topic == change.topic })
	}
	if change.cause == CauseTopicCreated {
		return !has(r.Before) && has(r.After)
	}
	return has(r.Before) && !has(r.After)
}
