package track

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/cause"
)

// rejudgedWithin is how long after a rebalance a poll may find the topic changed that it was for: records tell of the
// rebalance at once, and topics are looked at every few seconds.
const rejudgedWithin = 15 * time.Second

// rejudge looks again at rebalances whose members were said to subscribe otherwise: a member that subscribes by a pattern
// names the topics that match, and so does so when one of them comes or goes.
func (t *Tracker) rejudge(change cause.TopicChange) {
	if change.Cause != model.CauseTopicCreated && change.Cause != model.CauseTopicDeleted {
		return
	}
	for _, g := range t.sorted {
		lately := slices.DeleteFunc(slices.Clone(g.rebalances.Items), func(r *model.Rebalance) bool { return t.at.Sub(r.Ended.NotAfter) > rejudgedWithin })
		if !slices.ContainsFunc(lately, func(r *model.Rebalance) bool { return explains(change, r) }) {
			continue
		}
		for _, r := range lately {
			switch {
			case explains(change, r):
				t.revise(g, r, change, model.Likely)
			case r.Verdict.Cause == model.CauseUnknown && len(r.Joined)+len(r.Left)+len(r.Restarted) == 0:
				t.revise(g, r, change, model.Possible) // members fetch metadata more than once until all brokers know
			}
		}
	}
}

// revise lays a rebalance to a topic that came or went.
func (t *Tracker) revise(g *group, r *model.Rebalance, change cause.TopicChange, confidence model.Confidence) {
	revised := *r
	revised.Verdict = model.Verdict{Cause: change.Cause, Confidence: confidence}
	revised.Verdict.Evidence = fmt.Sprintf("%s, which was seen after it: %s", cause.TopicWords(change.Cause, change.Topic, 0), r.Verdict.Evidence)
	t.reviseRebalance(g, r, &revised)
	for _, k := range g.reckonings {
		if k.Rebalance == r {
			k.Revise(&revised)
		}
	}
	next := *g.view
	next.Rebalances = g.rebalances.Newest(model.GroupRebalancesKept)
	t.replaceView(g, next)
	t.emit(model.Event{Kind: model.VerdictRevised, Group: next.ID, Rebalance: &revised, Detail: revised.Verdict.Cause.Words() + ": " + revised.Verdict.Evidence})
}

// explains says that a topic that came or went is what the members' other subscriptions are about.
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
