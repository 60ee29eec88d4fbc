package cause

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// judgeTopics judges subscribed topics that got partitions, were created or were deleted: by what polls saw of them, and
// by the partitions that are assigned, which may show it before a poll does. Members of a classic group notice when they
// refresh metadata, and the leader rejoins; the coordinator of a consumer group notices by itself.
func judgeTopics(e *Evidence) []candidate {
	if len(e.Before) == 0 {
		return nil // no member could notice
	}
	var found []candidate
	for _, cause := range model.Causes() {
		if !cause.IsTopicChange() {
			continue
		}
		if c, is := e.judgeTopic(cause); is {
			found = append(found, c)
		}
	}
	return found
}

func (e *Evidence) judgeTopic(cause model.Cause) (c candidate, is bool) {
	topic, partitions := e.topicInAssignment(cause)
	change := e.newestChange(cause, topic)
	if topic == "" && (change == nil || !e.mayBeUnnoticed(change)) {
		return candidate{}, false
	}
	c = newCandidate(cause, model.Likely, mayStart, "")
	if !e.membersUnchanged() {
		// A member that joins or leaves has everything assigned anew, the topic's changes included.
		c.fit, c.Confidence = hardlyStarts, model.Possible
	}
	switch {
	case topic != "" && change != nil:
		c.Evidence = fmt.Sprintf("%s, seen %s", TopicWords(cause, topic, partitions), e.agoWords(change.At))
	case topic != "":
		c.Evidence = TopicWords(cause, topic, partitions) + ", seen in the assignment"
	default:
		c.Confidence = model.Possible
		c.Evidence = fmt.Sprintf("%s, seen %s", TopicWords(cause, change.Topic, 0), e.agoWords(change.At))
		if !slices.ContainsFunc(e.Rebalance.Moves, func(m model.Move) bool { return m.Topic == change.Topic }) {
			c.Evidence += "; none of its partitions moved"
		}
	}
	if actions := e.actionsOnGroup(cause); len(actions) > 0 {
		c.Evidence = actions[len(actions)-1].Words
		if topic != "" {
			c.Evidence += "; " + TopicWords(cause, topic, partitions)
			if e.membersUnchanged() {
				c.Confidence, c.origin = model.Certain, done
			}
		}
	}
	return c, true
}

// agoWords is how long before the start of the rebalance something was.
func (e *Evidence) agoWords(at model.Moment) string {
	if at.IsZero() || e.Rebalance.Began.IsZero() {
		return "recently"
	}
	ago := between(at, e.Rebalance.Began)
	if ago.most <= 0 {
		return "at the same time"
	}
	return span{max(0, ago.least), ago.most}.String() + " earlier"
}

// TopicWords is what happened to a topic; 0 partitions are an unknown number.
func TopicWords(cause model.Cause, topic string, partitions int) string {
	switch {
	case cause == model.CauseTopicCreated:
		return fmt.Sprintf("topic %s was created", topic)
	case cause == model.CauseTopicDeleted:
		return fmt.Sprintf("topic %s was deleted", topic)
	case partitions == 0:
		return fmt.Sprintf("topic %s has new partitions", topic)
	}
	return fmt.Sprintf("topic %s has %s", topic, count(partitions, "new partition"))
}

// topicInAssignment finds a topic that got partitions, was created or was deleted by the assignments, and how many
// partitions. It counts only where the members that stayed subscribe as before, or the change is known: otherwise their
// subscription is what changed.
func (e *Evidence) topicInAssignment(cause model.Cause) (topic string, partitions int) {
	if len(e.Rebalance.Before) == 0 || len(e.Rebalance.After) == 0 {
		return "", 0
	}
	for name, n := range e.changedTopics(cause) {
		if e.betweenOwners(cause, name) {
			continue
		}
		// Of several, the topic that changed most; by name, so that the same evidence always gives the same verdict.
		if topic == "" || n > partitions || n == partitions && name < topic {
			topic, partitions = name, n
		}
	}
	return topic, partitions
}

// changedTopics are the topics whose assignments before and after differ as the cause would make them, with the number of
// partitions.
func (e *Evidence) changedTopics(cause model.Cause) map[string]int {
	was, is := highestPartitions(e.Rebalance.Before), highestPartitions(e.Rebalance.After)
	changed := make(map[string]int)
	count := func(owned model.Assignment, in func(model.TopicPartition) bool) {
		for tp := range owned {
			if in(tp) {
				changed[tp.Topic]++
			}
		}
	}
	unchanged := e.subscriptionsUnchanged()
	explained := func(topic string) bool { return unchanged || e.newestChange(cause, topic) != nil }
	switch cause {
	case model.CausePartitionsAdded:
		count(e.Rebalance.After, func(tp model.TopicPartition) bool {
			highest, owned := was[tp.Topic]
			return owned && tp.Partition > highest
		})
	case model.CauseTopicCreated:
		count(e.Rebalance.After, func(tp model.TopicPartition) bool {
			_, owned := was[tp.Topic]
			return !owned && explained(tp.Topic)
		})
	case model.CauseTopicDeleted:
		count(e.Rebalance.Before, func(tp model.TopicPartition) bool {
			_, owned := is[tp.Topic]
			return !owned && explained(tp.Topic)
		})
	}
	return changed
}

// highestPartitions is the highest assigned partition of each topic.
func highestPartitions(a model.Assignment) map[string]int32 {
	highest := make(map[string]int32)
	for tp := range a {
		highest[tp.Topic] = max(highest[tp.Topic], tp.Partition)
	}
	return highest
}

// betweenOwners reports whether partitions that seem new had an owner before the previous rebalance: they were between
// owners, as in the middle of a cooperative rebalance, or while the group was empty.
func (e *Evidence) betweenOwners(cause model.Cause, topic string) bool {
	if e.Previous == nil || cause == model.CauseTopicDeleted {
		return false
	}
	for tp := range e.Rebalance.After {
		if tp.Topic != topic {
			continue
		}
		_, before := e.Rebalance.Before[tp]
		_, earlier := e.Previous.Before[tp]
		if !before && earlier {
			return true
		}
	}
	return false
}

// newestChange is the newest known change of a topic, or of any topic where the name is "", with this cause; nil is none.
func (e *Evidence) newestChange(cause model.Cause, topic string) *TopicChange {
	var newest *TopicChange
	for i := range e.Topics {
		c := &e.Topics[i]
		if c.Cause != cause || topic != "" && c.Topic != topic {
			continue
		}
		if newest == nil || c.At.NotAfter.After(newest.At.NotAfter) {
			newest = c
		}
	}
	return newest
}

// mayBeUnnoticed reports whether a change may have started this rebalance although no assignment shows it: it was before
// this rebalance, after the previous one, and not so long ago that every member has noticed. A topic whose partitions the
// previous rebalance assigned existed by then, however late a poll found it.
func (e *Evidence) mayBeUnnoticed(c *TopicChange) bool {
	if e.Rebalance.Began.IsZero() || c.At.IsZero() {
		return false
	}
	if e.Previous != nil {
		_, held := highestPartitions(e.Rebalance.Before)[c.Topic]
		if c.At.NotAfter.Before(e.Previous.Ended.NotBefore) ||
			c.Cause == model.CauseTopicCreated && held && !c.Recreated && c.At.NotBefore.Before(e.Previous.Ended.NotAfter) {
			return false
		}
	}
	ago := between(c.At, e.Rebalance.Began)
	return ago.most >= 0 && ago.least <= defaultMetadataMaxAge+30*time.Second
}
