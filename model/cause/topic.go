package cause

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// judgeTopics tells of subscribed topics that grew, came or went: from what is known of them, and from the partitions
// that are owned, which tell it before a poll does. Members of a classic group notice when they fetch metadata anew, and
// the leader joins again; the coordinator of a consumer group sees to it itself.
func judgeTopics(e *Evidence) []finding {
	if len(e.Before) == 0 {
		return nil // there was nobody to notice
	}
	var found []finding
	for _, cause := range model.Causes() {
		if !cause.IsTopicChange() {
			continue
		}
		if f, is := e.judgeTopic(cause); is {
			found = append(found, f)
		}
	}
	return found
}

func (e *Evidence) judgeTopic(cause model.Cause) (f finding, is bool) {
	topic, partitions := e.assignmentTells(cause)
	change := e.newestChange(cause, topic)
	if topic == "" && (change == nil || !e.stillToTake(change)) {
		return finding{}, false
	}
	f = finding{start: startMaybe, Verdict: model.Verdict{Cause: cause, Confidence: model.Likely}}
	if !e.membersSame() {
		// Whoever comes or goes has everything assigned anew, with what is new of the topics.
		f.start = startUnlikely
		f.Confidence = model.Possible
	}
	switch {
	case topic != "" && change != nil:
		f.Evidence = fmt.Sprintf("%s; that was seen %s", TopicWords(cause, topic, partitions), e.agoWords(change.At))
	case topic != "":
		f.Evidence = TopicWords(cause, topic, partitions) + " in the assignment"
	default:
		f.Confidence = model.Possible
		f.Evidence = fmt.Sprintf("%s %s", TopicWords(cause, change.Topic, 0), e.agoWords(change.At))
		if !slices.ContainsFunc(e.Rebalance.Moves, func(m model.Move) bool { return m.Topic == change.Topic }) {
			f.Evidence += "; no partition of it changed hands"
		}
	}
	if deeds := e.deedsToGroup(cause); len(deeds) > 0 {
		d := deeds[len(deeds)-1]
		f.Evidence = fmt.Sprintf("%s; %s", d.Words, TopicWords(cause, topic, partitions))
		if topic == "" {
			f.Evidence = d.Words
		} else if e.membersSame() {
			f.Confidence, f.deed = model.Certain, true
		}
	}
	return f, true
}

// agoWords is how long before the beginning of the rebalance something was.
func (e *Evidence) agoWords(at model.Moment) string {
	if at.IsZero() || e.Rebalance.Began.IsZero() {
		return "lately"
	}
	ago := between(at, e.Rebalance.Began)
	if ago.most <= 0 {
		return "at the same time"
	}
	return spokenSpan(span{max(0, ago.least), ago.most}) + " before"
}

// TopicWords says what became of a topic; 0 partitions are an unknown number.
func TopicWords(cause model.Cause, topic string, partitions int) string {
	switch {
	case cause == model.CauseTopicCreated:
		return fmt.Sprintf("topic %s is new", topic)
	case cause == model.CauseTopicDeleted:
		return fmt.Sprintf("topic %s is gone", topic)
	case partitions == 0:
		return fmt.Sprintf("topic %s has more partitions", topic)
	}
	return fmt.Sprintf("topic %s has %s more", topic, count(partitions, "partition"))
}

// assignmentTells finds a topic of which the assignments say that it grew, came or went, and by how many partitions it
// grew. Members that stayed subscribe to it as before, or it is known to have changed: otherwise their subscription is
// what changed.
func (e *Evidence) assignmentTells(cause model.Cause) (topic string, partitions int) {
	if len(e.Rebalance.Before) == 0 || len(e.Rebalance.After) == 0 {
		return "", 0
	}
	for name, n := range e.changedTopics(cause) {
		if e.heldBefore(cause, name) {
			continue
		}
		// Of several, the one that changed most; by name, so that the same evidence is always judged the same.
		if topic == "" || n > partitions || n == partitions && name < topic {
			topic, partitions = name, n
		}
	}
	return topic, partitions
}

// changedTopics are the topics of which the assignments differ as they do for the cause, with the number of partitions.
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
	same := e.subscriptionsSame()
	alike := func(topic string) bool { return same || e.newestChange(cause, topic) != nil }
	switch cause {
	case model.CausePartitionsAdded:
		count(e.Rebalance.After, func(tp model.TopicPartition) bool {
			highest, owned := was[tp.Topic]
			return owned && tp.Partition > highest
		})
	case model.CauseTopicCreated:
		count(e.Rebalance.After, func(tp model.TopicPartition) bool {
			_, owned := was[tp.Topic]
			return !owned && alike(tp.Topic)
		})
	case model.CauseTopicDeleted:
		count(e.Rebalance.Before, func(tp model.TopicPartition) bool {
			_, owned := is[tp.Topic]
			return !owned && alike(tp.Topic)
		})
	}
	return changed
}

// highestPartitions is the highest partition of each topic that is owned.
func highestPartitions(a model.Assignment) map[string]int32 {
	highest := make(map[string]int32)
	for tp := range a {
		highest[tp.Topic] = max(highest[tp.Topic], tp.Partition)
	}
	return highest
}

// heldBefore says that partitions that seem new had an owner before the rebalance before: they were between owners, as
// they are in the middle of a cooperative rebalance, or while the group was empty.
func (e *Evidence) heldBefore(cause model.Cause, topic string) bool {
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

// newestChange is the newest change of this kind that is known; of one topic, or of any where the name is "". nil is none.
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

// stillToTake says that a change may have begun this rebalance although no partition tells of it: it was before this
// one, after the one before, and not so long ago that every member has noticed. A topic that was handed out in the one
// before existed by then, whenever a poll found it.
func (e *Evidence) stillToTake(c *TopicChange) bool {
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
