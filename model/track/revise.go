package track

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/cause"
)

// revisedWithin is how long after a rebalance a poll may find the topic changed that caused it: records tell of the
// rebalance at once, and topics are polled every few seconds.
const revisedWithin = 15 * time.Second

// reviseVerdicts revises rebalances whose cause was a changed subscription: a member that subscribes by a pattern lists
// the topics that match, so its subscription changes when one of them is created or deleted.
func (t *Tracker) reviseVerdicts(change cause.TopicChange) {
	if change.Cause != model.CauseTopicCreated && change.Cause != model.CauseTopicDeleted {
		return
	}
	for _, g := range t.sorted {
		recent := slices.DeleteFunc(slices.Clone(g.rebalances.Items), func(r *model.Rebalance) bool { return t.at.Sub(r.Ended.NotAfter) > revisedWithin })
		if !slices.ContainsFunc(recent, func(r *model.Rebalance) bool { return explains(change, r) }) {
			continue
		}
		for _, r := range recent {
			switch {
			case explains(change, r):
				t.revise(g, r, change, model.Likely)
			case r.Verdict.Cause == model.CauseUnknown && len(r.Joined)+len(r.Left)+len(r.Restarted) == 0:
				t.revise(g, r, change, model.Possible) // members fetch metadata more than once until all brokers know
			}
		}
	}
}

// revise makes a topic that was created or deleted the cause of a rebalance.
func (t *Tracker) revise(g *group, r *model.Rebalance, change cause.TopicChange, confidence model.Confidence) {
	revised := *r
	revised.Verdict = model.Verdict{Cause: change.Cause, Confidence: confidence}
	revised.Verdict.Evidence = fmt.Sprintf("%s, seen after the rebalance: %s", cause.TopicWords(change.Cause, change.Topic, 0), r.Verdict.Evidence)
	t.reviseRebalance(g, r, &revised)
	for _, k := range g.costs {
		if k.Rebalance == r {
			k.Revise(&revised)
		}
	}
	next := *g.view
	next.Rebalances = g.rebalances.Newest(model.GroupRebalancesKept)
	t.show(g, next)
	t.emit(model.Event{Kind: model.VerdictRevised, Group: next.ID, Rebalance: &revised, Detail: revised.Verdict.Cause.Words() + ": " + revised.Verdict.Evidence})
}

// explains reports whether a topic that was created or deleted is what changed the members' subscriptions.
func explains(change cause.TopicChange, r *model.Rebalance) bool {
	if r.Verdict.Cause != model.CauseSubscriptionChanged {
		return false
	}
	has := func(owned model.Assignment) bool {
		return slices.ContainsFunc(owned.Partitions(), func(tp model.TopicPartition) bool { return tp.Topic == change.Topic })
	}
	if change.Cause == model.CauseTopicCreated {
		return !has(r.Before) && has(r.After)
	}
	return has(r.Before) && !has(r.After)
}
