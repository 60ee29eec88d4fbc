package model

import (
	"fmt"
	"slices"
	"time"
)

// judgeTopics tells of subscribed topics that grew, came or went: from what is known of them, and from the partitions
// that are owned, which tell it before a poll does. Members of a classic group notice when they fetch metadata anew, and
// the leader joins again; the coordinator of a consumer group sees to it itself.
func judgeTopics(e *evidence) []finding {
	if len(e.before) == 0 {
		return nil // there was nobody to notice
	}
	var found []finding
	for _, cause := range []Cause{CausePartitionsAdded, CauseTopicCreated, CauseTopicDeleted} {
		if f, is := e.judgeTopic(cause); is {
			found = append(found, f)
		}
	}
	return found
}

func (e *evidence) judgeTopic(cause Cause) (f finding, is bool) {
	topic, partitions := e.assignmentTells(cause)
	change := e.newestChange(cause, topic)
	if topic == "" && (change == nil || !e.stillToTake(change)) {
		return finding{}, false
	}
	f = finding{start: startMaybe, Verdict: Verdict{Cause: cause, Confidence: Likely}}
	if !e.membersSame() {
		// Whoever comes or goes has everything assigned anew, with what is new of the topics.
		f.start = startUnlikely
		f.Confidence = Possible
	}
	switch {
	case topic != "" && change != nil:
		f.Evidence = fmt.Sprintf("%s; that was seen %s", topicWords(cause, topic, partitions), e.agoWords(change.at))
	case topic != "":
		f.Evidence = topicWords(cause, topic, partitions) + " in the assignment"
	default:
		f.Confidence = Possible
		f.Evidence = fmt.Sprintf("%s %s", topicWords(cause, change.topic, 0), e.agoWords(change.at))
		if !slices.ContainsFunc(e.r.Moves, func(m Move) bool { return m.Topic == change.topic }) {
			f.Evidence += "; no partition of it changed hands"
		}
	}
	if deeds := e.deedsToGroup(cause); len(deeds) > 0 {
		d := deeds[len(deeds)-1]
		f.Evidence = fmt.Sprintf("%s; %s", d.words, topicWords(cause, topic, partitions))
		if topic == "" {
			f.Evidence = d.words
		} else if e.membersSame() {
			f.Confidence, f.deed = Certain, true
		}
	}
	return f, true
}

// agoWords is how long before the beginning of the rebalance something was.
func (e *evidence) agoWords(at Moment) string {
	if at.IsZero() || e.r.Began.IsZero() {
		return "lately"
	}
	ago := between(at, e.r.Began)
	if ago.most <= 0 {
		return "at the same time"
	}
	return spokenSpan(span{max(0, ago.least), ago.most}) + " before"
}

// topicWords says what became of a topic; 0 partitions are an unknown number.
func topicWords(cause Cause, topic string, partitions int) string {
	switch {
	case cause == CauseTopicCreated:
		return fmt.Sprintf("topic %s is new", topic)
	case cause == CauseTopicDeleted:
		return fmt.Sprintf("topic %s is gone", topic)
	case partitions == 0:
		return fmt.Sprintf("topic %s has more partitions", topic)
	}
	return fmt.Sprintf("topic %s has %s more", topic, count(partitions, "partition"))
}

// assignmentTells finds a topic of which the assignments say that it grew, came or went, and by how many partitions it
// grew. Members that stayed subscribe to it as before, or it is known to have changed: otherwise their subscription is
// what changed.
func (e *evidence) assignmentTells(cause Cause) (topic string, partitions int) {
	if len(e.r.Before) == 0 || len(e.r.After) == 0 {
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
func (e *evidence) changedTopics(cause Cause) map[string]int {
	was, is := highestPartitions(e.r.Before), highestPartitions(e.r.After)
	changed := make(map[string]int)
	count := func(owned Assignment, in func(TopicPartition) bool) {
		for tp := range owned {
			if in(tp) {
				changed[tp.Topic]++
			}
		}
	}
	same := e.subscriptionsSame()
	alike := func(topic string) bool { return same || e.newestChange(cause, topic) != nil }
	switch cause {
	case CausePartitionsAdded:
		count(e.r.After, func(tp TopicPartition) bool {
			highest, owned := was[tp.Topic]
			return owned && tp.Partition > highest
		})
	case CauseTopicCreated:
		count(e.r.After, func(tp TopicPartition) bool {
			_, owned := was[tp.Topic]
			return !owned && alike(tp.Topic)
		})
	case CauseTopicDeleted:
		count(e.r.Before, func(tp TopicPartition) bool {
			_, owned := is[tp.Topic]
			return !owned && alike(tp.Topic)
		})
	}
	return changed
}

// highestPartitions is the highest partition of each topic that is owned.
func highestPartitions(a Assignment) map[string]int32 {
	highest := make(map[string]int32)
	for tp := range a {
		highest[tp.Topic] = max(highest[tp.Topic], tp.Partition)
	}
	return highest
}

// heldBefore says that partitions that seem new had an owner before the rebalance before: they were between owners, as
// they are in the middle of a cooperative rebalance, or while the group was empty.
func (e *evidence) heldBefore(cause Cause, topic string) bool {
	if e.previous == nil || cause == CauseTopicDeleted {
		return false
	}
	for tp := range e.r.After {
		if tp.Topic != topic {
			continue
		}
		_, before := e.r.Before[tp]
		_, earlier := e.previous.Before[tp]
		if !before && earlier {
			return true
		}
	}
	return false
}

// newestChange is the newest change of this kind that is known; of one topic, or of any where the name is "". nil is none.
func (e *evidence) newestChange(cause Cause, topic string) *topicChange {
	var newest *topicChange
	for i := range e.topics {
		c := &e.topics[i]
		if c.cause != cause || topic != "" && c.topic != topic {
			continue
		}
		if newest == nil || c.at.NotAfter.After(newest.at.NotAfter) {
			newest = c
		}
	}
	return newest
}

// stillToTake says that a change may have begun this rebalance although no partition tells of it: it was before this
// one, after the one before, and not so long ago that every member has noticed. A topic that was handed out in the one
// before existed by then, whenever a poll found it.
func (e *evidence) stillToTake(c *topicChange) bool {
	if e.r.Began.IsZero() || c.at.IsZero() {
		return false
	}
	if e.previous != nil {
		_, held := highestPartitions(e.r.Before)[c.topic]
		if c.at.NotAfter.Before(e.previous.Ended.NotBefore) ||
			c.cause == CauseTopicCreated && held && !c.again && c.at.NotBefore.Before(e.previous.Ended.NotAfter) {
			return false
		}
	}
	ago := between(c.at, e.r.Began)
	return ago.most >= 0 && ago.least <= defaultMetadataMaxAge+30*time.Second
}
