package track

import (
	"fmt"
	"strings"

	"regroup/model"
	"regroup/model/lag"
)

// topicState is what the tracker knows of a topic, for all groups that have to do with it.
type topicState struct {
	name       string
	id         string // the newest one known
	partitions int32
	known      bool // a snapshot has shown it
	missing    bool
	// incarnation grows when the topic is deleted and created again: offsets of two incarnations do not compare.
	incarnation int32
	at          lag.Instant // of the newest snapshot that showed it
	users       int         // partitions of groups that point here
	ends        map[int32]*lag.LogEndHistory
}

// topic finds or makes the state of a topic.
func (t *Tracker) topic(name string) *topicState {
	state := t.topics[name]
	if state == nil {
		state = &topicState{name: strings.Clone(name), ends: make(map[int32]*lag.LogEndHistory)}
		t.topics[state.name] = state
	}
	return state
}

// topicName is the tracker's own copy of a name, so that what it keeps does not hold on to a snapshot.
func (t *Tracker) topicName(name string) string {
	if state := t.topics[name]; state != nil {
		return state.name
	}
	return strings.Clone(name)
}

// namesOf are the names that came with records, by the topics' ids. They are not kept: each batch brings those of its ids.
func (t *Tracker) namesOf(topics []model.TopicID) map[string]string {
	if len(topics) == 0 {
		return nil
	}
	names := make(map[string]string, len(topics))
	for _, topic := range topics {
		names[topic.ID] = t.topicName(topic.Name)
	}
	return names
}

// end finds or makes the end history of a partition.
func (s *topicState) end(partition int32) *lag.LogEndHistory {
	history := s.ends[partition]
	if history == nil {
		history = &lag.LogEndHistory{}
		s.ends[partition] = history
	}
	return history
}

// foldTopics compares the topics of a snapshot with those before.
func (t *Tracker) foldTopics(p *poll) {
	for i := range p.Topics {
		now := &p.Topics[i]
		state := t.topic(now.Name)
		if state.known && p.at < state.at {
			continue
		}
		t.foldTopic(state, now)
		state.at, state.known = p.at, true
	}
}

func (t *Tracker) foldTopic(state *topicState, now *model.Topic) {
	if now.Missing {
		if state.known && !state.missing {
			t.noteChange(state, model.CauseTopicDeleted)
			t.emit(model.Event{Kind: model.TopicGone, Topic: state.name, Detail: fmt.Sprintf("topic %s was deleted", state.name)})
		}
		state.missing = true
		return
	}
	idsKnown := state.id != "" && now.ID != ""
	replaced := idsKnown && state.id != now.ID ||
		!idsKnown && state.known && (state.missing || now.Partitions < state.partitions)
	switch {
	case replaced:
		t.noteChange(state, model.CauseTopicCreated)
		t.replaceTopic(state)
	case !state.known && !now.Created.IsZero():
		t.noteCreation(state, now.Created)
	case state.known && !state.missing && state.partitions > 0 && now.Partitions > state.partitions:
		t.noteChange(state, model.CausePartitionsAdded)
		t.emit(model.Event{Kind: model.PartitionsAdded, Topic: state.name, Detail: fmt.Sprintf("topic %s has %d partitions, %d of them new",
			state.name, now.Partitions, now.Partitions-state.partitions)})
	}
	state.missing, state.partitions = false, now.Partitions
	if now.ID != "" && now.ID != state.id {
		delete(t.topicIDs, state.id)
		state.id = strings.Clone(now.ID)
		t.topicIDs[state.id] = state.name
	}
}

// replaceTopic begins a new incarnation.
func (t *Tracker) replaceTopic(state *topicState) {
	state.incarnation++
	for _, end := range state.ends {
		end.Samples = end.Samples[:0]
	}
	t.emit(model.Event{Kind: model.TopicRecreated, Topic: state.name, Detail: fmt.Sprintf("topic %s was recreated", state.name)})
}

// forgetTopics drops topics that no group has to do with any more.
func (t *Tracker) forgetTopics(p *poll) {
	for name, state := range t.topics {
		if state.users == 0 && state.at < p.at {
			delete(t.topicIDs, state.id)
			delete(t.topics, name)
		}
	}
}
