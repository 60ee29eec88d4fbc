package track

import (
	"maps"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/cause"
	"regroup/model/ownership"
)

// How much evidence is kept.
const (
	changesKept = 64
	actionsKept = 16
	// changesWithin is how long before a rebalance the topic may have changed that caused it: members refresh their metadata
	// every metadata.max.age.ms, five minutes by default.
	changesWithin = 5*time.Minute + 30*time.Second
)

// noteChange remembers a change of a topic. It was made between the poll before and this one.
func (t *Tracker) noteChange(state *topicState, kind model.Cause) {
	change := cause.TopicChange{Topic: state.name, Cause: kind, At: model.Moment{NotAfter: t.at}, Recreated: kind == model.CauseTopicCreated && state.known}
	if state.known {
		change.At.NotBefore = t.base.Add(state.at)
	} else if t.polled != nil {
		change.At.NotBefore = t.polled.at
	}
	t.keepChange(change)
}

// noteCreation remembers a topic that was created, and was not seen before.
func (t *Tracker) noteCreation(state *topicState, created model.Moment) {
	t.keepChange(cause.TopicChange{Topic: state.name, Cause: model.CauseTopicCreated, At: created})
}

func (t *Tracker) keepChange(change cause.TopicChange) {
	t.changes = append(t.changes, change)
	if over := len(t.changes) - changesKept; over > 0 {
		t.changes = slices.Delete(t.changes, 0, over)
	}
	t.reviseVerdicts(change)
}

// causeOfAction is the cause that an action of the lab has in the consumer's group; "" is none.
//
//exhaustive:enforce
var causeOfAction = map[model.LabActionKind]model.Cause{
	model.LabStartConsumer: model.CauseMemberJoined,
	model.LabLeave:         model.CauseMemberLeft,
	model.LabKill:          model.CauseSessionTimeout,
	model.LabCrash:         model.CauseSessionTimeout,
	model.LabPause:         model.CauseSessionTimeout,
	model.LabResume:        model.CauseMemberJoined,
	model.LabAddPartitions: model.CausePartitionsAdded,
	model.LabRestart:       "", // noted as a LabLeave and a LabStartConsumer
	model.LabSlow:          "", // noteExpelled notes the member that left for it
	model.LabRate:          "",
}

func (t *Tracker) noteLabAction(l *model.LabSnapshot) {
	done := l.Acted
	causes := causeOfAction[done.Kind]
	if causes == "" {
		return
	}
	d := cause.Action{At: l.At, Cause: causes, Client: done.Consumer, Words: done.Words, Killed: done.Kind == model.LabKill || done.Kind == model.LabCrash}
	if c := l.Consumer(done.Consumer); c != nil {
		d.Member = c.MemberID
	}
	if done.Kind == model.LabResume {
		t.undoPause(done)
	}
	for _, g := range t.sorted {
		if g.view.ID == done.Group || done.Group == "" && done.Topic != "" && g.subscribes(done.Topic) {
			g.noteAction(d)
		}
	}
}

// undoPause forgets a pause that may not have been long enough to be noticed. If it was, the member is gone already.
func (t *Tracker) undoPause(done model.LabActionDone) {
	if g := t.groups[done.Group]; g != nil {
		g.actions = slices.DeleteFunc(g.actions, func(d cause.Action) bool {
			return d.Cause == model.CauseSessionTimeout && !d.Killed && d.Client == done.Consumer
		})
	}
}

// noteExpelled notes the consumers of the lab that report that they exceeded max.poll.interval.ms.
func (t *Tracker) noteExpelled(was, now *model.LabSnapshot) {
	for i := range now.Consumers {
		c := &now.Consumers[i]
		before := was.Consumer(c.Name)
		if c.State != model.LabExpelled || before == nil || before.State == model.LabExpelled {
			continue
		}
		if g := t.groups[c.Group]; g != nil {
			g.noteAction(cause.Action{
				At: now.At, Cause: model.CauseMaxPollExceeded, Member: before.MemberID, Client: c.Name,
				Words: c.Name + " exceeded max.poll.interval.ms with one batch",
			})
		}
	}
}

func (g *group) noteAction(a cause.Action) {
	g.actions = append(g.actions, a)
	if over := len(g.actions) - actionsKept; over > 0 {
		g.actions = slices.Delete(g.actions, 0, over)
	}
}

func (g *group) subscribes(topic string) bool {
	return slices.ContainsFunc(g.view.Partitions, func(v model.PartitionView) bool { return v.Topic == topic })
}

func (t *Tracker) observeAdmin(d *model.AdminAction) {
	g := t.groups[d.Group]
	if g == nil {
		return
	}
	for _, id := range d.Removed {
		g.noteAction(cause.Action{At: d.At, Cause: model.CauseRemovedByAdmin, Member: id, Words: d.Words})
	}
	t.emit(model.Event{Kind: model.AdminActed, Group: g.view.ID, Detail: d.Words})
}

// evidenceOf collects what is known beside the difference of the two assignments.
func (t *Tracker) evidenceOf(g *group, r *model.Rebalance, was, now *ownership.StableAssignment) *cause.Evidence {
	e := &cause.Evidence{
		Rebalance: r, Before: was.Members, After: now.Members,
		Adjacent:         r.From.Kind == model.GenerationExact && r.To.Kind == model.GenerationExact && r.To.Number == r.From.Number+1,
		CommitsRead:      t.readsCommits(g),
		Commits:          make(map[model.TopicPartition]model.Moment, len(was.Owners)),
		Arriving:         make(map[model.TopicPartition]bool, len(was.Owners)),
		CommitEvery:      make(map[model.TopicPartition]time.Duration, len(was.Owners)),
		Repeated:         make(map[model.TopicPartition]bool, len(was.Owners)),
		CoordinatorMoved: g.state.coordinatorMoved,
	}
	if n := len(g.rebalances.Items); n > 0 {
		e.Previous = g.rebalances.Items[n-1]
	}
	for i := range g.view.Partitions {
		v := &g.view.Partitions[i]
		if was.Owners[v.TopicPartition] == model.Nobody {
			continue
		}
		if seen, known := g.partitions[i].newest.Get(); known {
			e.Commits[v.TopicPartition] = seen.At
			e.Repeated[v.TopicPartition] = g.partitions[i].repeated
			if every, known := g.partitions[i].commitEvery.Get(); known {
				e.CommitEvery[v.TopicPartition] = every
			}
		}
		e.Arriving[v.TopicPartition] = v.ProduceRate.Or(0) > 0
	}
	e.Topics = t.changesFor(r, was, now)
	since := time.Time{}
	if e.Previous != nil {
		since = e.Previous.Ended.NotBefore
	}
	for _, a := range g.actions {
		// What was done to a member may show much later: a session has to time out first.
		toMember := slices.ContainsFunc(was.Members, func(m model.MemberView) bool { return m.MemberID == a.Member })
		if !a.At.Before(since) || toMember || a.Cause == model.CausePartitionsAdded {
			e.Actions = append(e.Actions, a)
		}
	}
	return e
}

// changesFor are the changes of topics that the group's members subscribe to. An assignment can show one before the
// metadata do: it has a partition that did not exist.
func (t *Tracker) changesFor(r *model.Rebalance, was, now *ownership.StableAssignment) []cause.TopicChange {
	subscribed := topicsOf(was)
	maps.Copy(subscribed, topicsOf(now))
	var changes []cause.TopicChange
	for _, change := range t.changes {
		if subscribed[change.Topic] && r.Ended.NotAfter.Sub(change.At.NotAfter) < changesWithin {
			changes = append(changes, change)
		}
	}
	appeared := t.unpolled(was, now)
	for _, topic := range slices.Sorted(maps.Keys(appeared)) {
		if !slices.ContainsFunc(changes, func(c cause.TopicChange) bool { return c.Topic == topic && c.Cause == appeared[topic] }) {
			at := model.Moment{NotAfter: r.Ended.NotAfter}
			if t.polled != nil {
				at.NotBefore = t.polled.at
			}
			changes = append(changes, cause.TopicChange{Topic: topic, Cause: appeared[topic], At: at})
		}
	}
	return changes
}

// topicsOf are the topics that members subscribe to or own partitions of.
func topicsOf(s *ownership.StableAssignment) map[string]bool {
	topics := make(map[string]bool)
	for i := range s.Members {
		for _, topic := range s.Members[i].Subscription {
			topics[topic] = true
		}
	}
	for tp := range s.Owners {
		topics[tp.Topic] = true
	}
	return topics
}

// unpolled are the topics of which an assignment has partitions that no poll has seen yet.
func (t *Tracker) unpolled(was, now *ownership.StableAssignment) map[string]model.Cause {
	appeared := make(map[string]model.Cause)
	for tp := range now.Owners {
		state := t.topics[tp.Topic]
		switch {
		case state == nil || was.Owners[tp] != model.Nobody:
		case state.missing:
			if len(was.Members) > 0 {
				appeared[tp.Topic] = model.CauseTopicCreated
			}
		case state.known && tp.Partition >= state.partitions:
			appeared[tp.Topic] = model.CausePartitionsAdded
		}
	}
	return appeared
}
