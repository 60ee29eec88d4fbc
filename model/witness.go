package model

import (
	"maps"
	"slices"
	"time"
)

// What a verdict may be concluded from, and is kept for it.
const (
	changesKept = 64
	deedsKept   = 16
	// changesWithin is how long before a rebalance a topic may have changed that it is for: members look at the metadata
	// every metadata.max.age.ms, five minutes by default.
	changesWithin = 5*time.Minute + 30*time.Second
)

// noteChange remembers a change of a topic. It was made between the look before and this one.
func (t *Tracker) noteChange(state *topicState, cause Cause) {
	change := topicChange{topic: state.name, cause: cause, at: Moment{NotAfter: t.at}, again: cause == CauseTopicCreated && state.known}
	if state.known {
		change.at.NotBefore = t.base.Add(state.at)
	} else if t.polled != nil {
		change.at.NotBefore = t.polled.at
	}
	t.keepChange(change)
}

// noteCreation remembers a topic that is new, and was not seen before.
func (t *Tracker) noteCreation(state *topicState, created Moment) {
	t.keepChange(topicChange{topic: state.name, cause: CauseTopicCreated, at: created})
}

func (t *Tracker) keepChange(change topicChange) {
	t.changes = append(t.changes, change)
	if over := len(t.changes) - changesKept; over > 0 {
		t.changes = slices.Delete(t.changes, 0, over)
	}
	t.rejudge(change)
}

// causeOfDeed is what an action of the lab leads to in the consumer's group.
var causeOfDeed = map[LabActionKind]Cause{
	LabStartConsumer: CauseMemberJoined,
	LabLeave:         CauseMemberLeft,
	LabKill:          CauseSessionTimedOut,
	LabCrash:         CauseSessionTimedOut,
	LabPause:         CauseSessionTimedOut,
	LabResume:        CauseMemberJoined,
	LabAddPartitions: CausePartitionsAdded,
}

func (t *Tracker) noteLabDeed(l *LabSnapshot) {
	done := l.Acted
	cause, known := causeOfDeed[done.Kind]
	if !known {
		return
	}
	d := deed{at: l.At, cause: cause, client: done.Consumer, words: done.Words, kill: done.Kind == LabKill || done.Kind == LabCrash}
	if c := l.consumer(done.Consumer); c != nil {
		d.member = c.MemberID
	}
	if done.Kind == LabResume {
		t.undoPause(done)
	}
	for _, g := range t.sorted {
		if g.view.ID == done.Group || done.Group == "" && done.Topic != "" && g.subscribes(done.Topic) {
			g.noteDeed(d)
		}
	}
}

// undoPause forgets a pause that may not have been long enough to be noticed. If it was, the member is gone already.
func (t *Tracker) undoPause(done LabDeed) {
	if g := t.groups[done.Group]; g != nil {
		g.deeds = slices.DeleteFunc(g.deeds, func(d deed) bool {
			return d.cause == CauseSessionTimedOut && !d.kill && d.client == done.Consumer
		})
	}
}

// noteExpelled notes the consumers of the lab that were put out because their processing took too long: they say so.
func (t *Tracker) noteExpelled(was, now *LabSnapshot) {
	for i := range now.Consumers {
		c := &now.Consumers[i]
		before := was.consumer(c.Name)
		if c.State != LabExpelled || before == nil || before.State == LabExpelled {
			continue
		}
		if g := t.groups[c.Group]; g != nil {
			g.noteDeed(deed{
				at: now.At, cause: CausePollTookTooLong, member: before.MemberID, client: c.Name,
				words: c.Name + " exceeded max.poll.interval.ms with one batch",
			})
		}
	}
}

// consumer finds a consumer by its name; nil if there is none.
func (l *LabSnapshot) consumer(name string) *LabConsumer {
	if l == nil {
		return nil
	}
	for i := range l.Consumers {
		if l.Consumers[i].Name == name {
			return &l.Consumers[i]
		}
	}
	return nil
}

func (g *group) noteDeed(d deed) {
	g.deeds = append(g.deeds, d)
	if over := len(g.deeds) - deedsKept; over > 0 {
		g.deeds = slices.Delete(g.deeds, 0, over)
	}
}

func (g *group) subscribes(topic string) bool {
	return slices.ContainsFunc(g.view.Partitions, func(v PartitionView) bool { return v.Topic == topic })
}

func (t *Tracker) observeAdmin(d *AdminDeed) {
	g := t.groups[d.Group]
	if g == nil {
		return
	}
	for _, id := range d.Removed {
		g.noteDeed(deed{at: d.At, cause: CauseRemovedByAdmin, member: id, words: d.Words})
	}
	t.emit(Event{Kind: AdminActed, Group: g.view.ID, Detail: d.Words})
}

// evidenceOf gathers what is known beside what changed hands.
func (t *Tracker) evidenceOf(g *group, r *Rebalance, was, now *settlement) *evidence {
	e := &evidence{
		r: r, before: was.members, after: now.members,
		adjacent:    r.From.Kind == GenerationExact && r.To.Kind == GenerationExact && r.To.Number == r.From.Number+1,
		followed:    t.readsCommits(g),
		commits:     make(map[TopicPartition]Moment, len(was.owners)),
		arriving:    make(map[TopicPartition]bool, len(was.owners)),
		commitEvery: make(map[TopicPartition]time.Duration, len(was.owners)),
		repeated:    make(map[TopicPartition]bool, len(was.owners)),
		coordinator: g.coordinatorMoved,
	}
	if n := len(g.rebalances.items); n > 0 {
		e.previous = g.rebalances.items[n-1]
	}
	for i := range g.view.Partitions {
		v := &g.view.Partitions[i]
		if was.owners[v.TopicPartition] == Nobody {
			continue
		}
		if seen, known := g.partitions[i].newest.Get(); known {
			e.commits[v.TopicPartition] = seen.at
			e.repeated[v.TopicPartition] = g.partitions[i].repeated
			if every, known := g.partitions[i].commitEvery.Get(); known {
				e.commitEvery[v.TopicPartition] = every
			}
		}
		e.arriving[v.TopicPartition] = v.ProduceRate.Or(0) > 0
	}
	e.topics = t.changesFor(r, was, now)
	since := time.Time{}
	if e.previous != nil {
		since = e.previous.Ended.NotBefore
	}
	for _, d := range g.deeds {
		// What was done to a member may show much later: a session has to time out first.
		toOneOfThem := slices.ContainsFunc(was.members, func(m MemberView) bool { return m.MemberID == d.member })
		if !d.at.Before(since) || toOneOfThem || d.cause == CausePartitionsAdded {
			e.deeds = append(e.deeds, d)
		}
	}
	return e
}

// changesFor are the changes of topics that the group's members subscribe to. An assignment can tell of one before the
// metadata do: it holds a partition that there was not.
func (t *Tracker) changesFor(r *Rebalance, was, now *settlement) []topicChange {
	subscribed := topicsOf(was)
	maps.Copy(subscribed, topicsOf(now))
	var changes []topicChange
	for _, change := range t.changes {
		if subscribed[change.topic] && r.Ended.NotAfter.Sub(change.at.NotAfter) < changesWithin {
			changes = append(changes, change)
		}
	}
	appeared := t.newIn(was, now)
	for _, topic := range slices.Sorted(maps.Keys(appeared)) {
		if !slices.ContainsFunc(changes, func(c topicChange) bool { return c.topic == topic && c.cause == appeared[topic] }) {
			at := Moment{NotAfter: r.Ended.NotAfter}
			if t.polled != nil {
				at.NotBefore = t.polled.at
			}
			changes = append(changes, topicChange{topic: topic, cause: appeared[topic], at: at})
		}
	}
	return changes
}

// topicsOf are the topics that members subscribe to or read.
func topicsOf(s *settlement) map[string]bool {
	topics := make(map[string]bool)
	for i := range s.members {
		for _, topic := range s.members[i].Subscription {
			topics[topic] = true
		}
	}
	for tp := range s.owners {
		topics[tp.Topic] = true
	}
	return topics
}

// newIn are the topics of which an assignment holds what polls have not seen.
func (t *Tracker) newIn(was, now *settlement) map[string]Cause {
	appeared := make(map[string]Cause)
	for tp := range now.owners {
		state := t.topics[tp.Topic]
		switch {
		case state == nil || was.owners[tp] != Nobody:
		case state.missing:
			if len(was.members) > 0 {
				appeared[tp.Topic] = CauseTopicCreated
			}
		case state.known && tp.Partition >= state.partitions:
			appeared[tp.Topic] = CausePartitionsAdded
		}
	}
	return appeared
}
