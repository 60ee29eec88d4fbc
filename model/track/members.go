package track

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// foldMembers takes in what a snapshot says of a group's state and members, and returns the rebalance that came to its
// end with it; nil if none did.
func (t *Tracker) foldMembers(p *pass, g *group, next *model.GroupView, sg *model.Group) (changed bool, r *model.Rebalance) {
	if !sg.MembersKnown && next.MembersKnown {
		return false, nil // the last known stays, and the group is stale
	}
	changed = t.foldHeader(g, next, sg)
	g.pollsTell = g.pollsTell || p.record == nil && sg.Generation.Kind == model.GenerationExact
	phase := p.phaseOf(sg)
	if !sg.MembersKnown || phase == settledPhase && g.awaitsGeneration(sg) {
		return changed, nil
	}
	if !next.MembersKnown || !model.SameMembers(g.said, sg.Members) {
		t.takeMembers(g, sg.Members)
		changed = true
	}
	if changed = changed || phase == settledPhase && !next.Unsettled.IsZero(); changed {
		t.showMembers(g, next, phase)
		r = t.enter(p, phase, g, next, sg)
	}
	switch phase {
	case settledPhase:
		g.settledBefore, g.settledAt = g.settledAt, p.seenAt(t.at)
	case unsettledPhase:
		g.unsettledAt = p.seenAt(t.at)
	}
	return changed, r
}

// enter takes in which phase a group is in, with other members or after another phase.
func (t *Tracker) enter(p *pass, phase phase, g *group, next *model.GroupView, sg *model.Group) *model.Rebalance {
	switch phase {
	case settledPhase:
		r := t.settle(p, g, next, sg)
		clear(g.handed)
		return r
	case unsettledPhase:
		t.unsettle(p.beganWithin(g), g, next)
	case unclearPhase:
		g.owners = nil
		if next.Type != model.TypeShare { // a partition of a share group may be read by several members
			g.owners = model.OwnersAmong(next.Members)
		}
	}
	return nil
}

// foldHeader takes in what is said of the group as a whole.
func (t *Tracker) foldHeader(g *group, next *model.GroupView, sg *model.Group) (changed bool) {
	was := g.view
	next.Type = sg.Type
	if sg.State != model.StateUnknown {
		next.State = model.GroupState(keep(string(was.State), string(sg.State)))
	}
	next.ProtocolType = keep(was.ProtocolType, sg.ProtocolType)
	next.AssignmentEpoch = sg.AssignmentEpoch
	// Members of a classic group choose the assignor anew each time: until they have, the broker names none.
	if sg.Assignor != "" || !sg.State.Rebalancing() {
		next.Assignor = keep(was.Assignor, sg.Assignor)
	}
	if sg.Coordinator.Known() {
		next.Coordinator = sg.Coordinator
	}
	if sg.Generation.Kind == model.GenerationExact {
		next.Generation = sg.Generation
	}
	if now := next.State; was.State != model.StateUnknown && was.State != now {
		next.State = was.State
		t.changeState(next, now)
	}
	if next.Coordinator != was.Coordinator {
		g.listed = t.at
	}
	if from, known := was.Coordinator.Get(); known && next.Coordinator != was.Coordinator {
		// The new coordinator begins with what the old one wrote down: a rebalance that was under way there may never
		// come to an end.
		g.stepDue, g.coordinatorMoved = false, true
		t.emit(model.Event{
			Kind: model.CoordinatorMoved, Group: next.ID, Broker: next.Coordinator,
			Detail: fmt.Sprintf("the coordinator is broker %s now, it was broker %d", next.Coordinator, from),
		})
	}
	return was.Type != next.Type || was.State != next.State || was.ProtocolType != next.ProtocolType ||
		was.Assignor != next.Assignor || was.Coordinator != next.Coordinator || was.Generation != next.Generation ||
		was.AssignmentEpoch != next.AssignmentEpoch
}

// changeState tells of a state that differs.
func (t *Tracker) changeState(next *model.GroupView, now model.GroupState) {
	t.emit(model.Event{
		Kind: model.StateChanged, Group: next.ID, From: next.State, To: now,
		Detail: fmt.Sprintf("%s → %s", next.State, now),
	})
	next.State, next.StateSince = now, t.at
}

// keep returns the copy that the tracker has already if it is the same string.
func keep(have, now string) string {
	if have == now {
		return have
	}
	return strings.Clone(now)
}

// takeMembers copies the members of a snapshot and gives them their letters.
func (t *Tracker) takeMembers(g *group, members []model.Member) {
	said := make([]model.Member, 0, len(members))
	ids := make(map[string]bool, len(members))
	for i := range members {
		if !ids[members[i].ID] { // two letters for one member, or one for two, would break all that is sorted by letter
			ids[members[i].ID] = true
			said = append(said, t.copyMember(&members[i]))
		}
	}
	g.said = said
	g.keys, g.letters = g.lanes.assign(said, g.keys)
}

// copyMember copies all that a snapshot says of a member: kept members must not hold on to whole snapshots.
func (t *Tracker) copyMember(m *model.Member) model.Member {
	c := *m
	c.ID, c.InstanceID, c.ClientID = strings.Clone(m.ID), strings.Clone(m.InstanceID), strings.Clone(m.ClientID)
	c.Host, c.Rack = strings.Clone(m.Host), strings.Clone(m.Rack)
	c.AssignmentProblem = strings.Clone(m.AssignmentProblem)
	if m.Subscription != nil {
		c.Subscription = make([]string, len(m.Subscription))
		for i, topic := range m.Subscription {
			c.Subscription[i] = t.topicName(topic)
		}
	}
	c.Assignment, c.Target = t.copyPartitions(m.Assignment), t.copyPartitions(m.Target)
	c.PendingRevocation = t.copyPartitions(m.PendingRevocation)
	return c
}

func (t *Tracker) copyPartitions(partitions []model.TopicPartition) []model.TopicPartition {
	c := slices.Clone(partitions)
	for i := range c {
		c[i].Topic = t.topicName(c[i].Topic)
	}
	return c
}

// showMembers makes the members' views, and tells who joined and who left.
func (t *Tracker) showMembers(g *group, next *model.GroupView, phase phase) {
	was := next.Members
	firstLook := !next.MembersKnown && g.settled == nil // whoever is there was there before regroup looked
	members := make([]model.MemberView, len(g.said))
	for i := range g.said {
		m := &g.said[i]
		view := model.MemberView{
			MemberRef: model.MemberRef{Lane: g.letters[i], MemberID: m.ID, InstanceID: m.InstanceID, ClientID: m.ClientID, Host: m.Host},
			Rack:      m.Rack, Epoch: m.Epoch, Subscription: m.Subscription,
			AssignmentKnown: m.AssignmentKnown, AssignmentProblem: m.AssignmentProblem, Assignment: model.SortedCopy(m.Assignment),
			TargetKnown: m.TargetKnown, Target: model.SortedCopy(m.Target),
			State: m.State, PendingRevocation: m.PendingRevocation,
			SessionTimeout: m.SessionTimeout, RebalanceTimeout: m.RebalanceTimeout,
		}
		if before := model.MemberIn(was, view.Lane); before != nil {
			view.Since = before.Since
		} else if !firstLook {
			view.Since = t.at
		}
		if phase == unsettledPhase && !next.Type.Reconciles() {
			showPrevious(&view, g.settled)
		}
		members[i] = view
	}
	slices.SortFunc(members, func(a, b model.MemberView) int { return int(a.Lane - b.Lane) })
	if !firstLook {
		t.tellMembers(next.ID, was, members)
	}
	next.Members, next.MembersKnown = members, true
	next.Waits = waitsAmong(members)
}

// showPrevious replaces what a classic group's member says of itself in the middle of a rebalance by what it owned
// before. Brokers differ there: 4.3.1 answers the previous assignment, older ones an empty one, and none answers the
// subscription.
func showPrevious(view *model.MemberView, settled *ownership.StableAssignment) {
	if settled == nil { // regroup came in the middle: an assignment that is there can only be the previous one
		view.AssignmentKnown = view.AssignmentKnown && len(view.Assignment) > 0
		view.AssignmentPrevious = view.AssignmentKnown
	} else if before := model.MemberIn(settled.Members, view.Lane); before != nil {
		view.Assignment, view.AssignmentKnown = before.Assignment, before.AssignmentKnown
		view.AssignmentProblem = before.AssignmentProblem
		view.AssignmentPrevious = true
		if view.Subscription == nil {
			view.Subscription = before.Subscription
		}
	} else {
		view.AssignmentKnown = false
	}
	if !view.AssignmentKnown {
		view.Assignment = nil
		view.AssignmentProblem = cmp.Or(view.AssignmentProblem, "the group is rebalancing")
	}
}

// tellMembers: a static member that came back under another member id kept its lane, so it neither joined nor left.
func (t *Tracker) tellMembers(group string, was, now []model.MemberView) {
	for i := range was {
		if m := &was[i]; model.MemberIn(now, m.Lane) == nil {
			t.emit(model.Event{Kind: model.MemberLeft, Group: group, Member: m.MemberRef, Detail: m.Lane.String() + " left: " + m.Describe()})
		}
	}
	for i := range now {
		if m := &now[i]; model.MemberIn(was, m.Lane) == nil {
			t.emit(model.Event{Kind: model.MemberJoined, Group: group, Member: m.MemberRef, Detail: m.Lane.String() + " joined: " + m.Describe()})
		}
	}
}

// showOwners writes into the partitions who owns them, and which topics are subscribed to. In a consumer group (KIP-848)
// a partition has moved as soon as another member has it, and not only when the rebalance is over.
func showOwners(g *group, next *model.GroupView, views []model.PartitionView, at time.Time) {
	subscribed := make(map[string]bool)
	for i := range next.Members {
		for _, topic := range next.Members[i].Subscription {
			subscribed[topic] = true
		}
	}
	previous := !next.Unsettled.IsZero() && !next.Type.Reconciles()
	for i := range views {
		v, was := &views[i], views[i].Owner
		v.Owner = g.owners[v.TopicPartition]
		if next.Type.Reconciles() && g.settled != nil && v.Owner != was && v.Owner != model.Nobody {
			showMove(v, g.settled.Owners[v.TopicPartition], at)
		}
		v.OwnerPrevious = previous && v.Owner != model.Nobody
		v.Subscribed = subscribed[v.Topic]
	}
}

// showMove marks a partition that has an owner while its group is on its way: it comes from who had it before, or is back.
func showMove(v *model.PartitionView, settledOwner model.Lane, at time.Time) {
	switch {
	case v.Owner != settledOwner:
		v.MovedFrom, v.MovedAt = settledOwner, at
	case v.MovedFrom == settledOwner:
		v.MovedFrom, v.MovedAt = model.Nobody, time.Time{}
	}
}

// showMoves marks the partitions that changed hands.
func showMoves(r *model.Rebalance, views []model.PartitionView, at time.Time) {
	for _, move := range r.Moves {
		i, found := slices.BinarySearchFunc(views, move.TopicPartition, comparePartition)
		if !found {
			continue
		}
		v, began := &views[i], r.Began.NotBefore
		if shown := r.Type.Reconciles() && !began.IsZero() && v.MovedFrom == move.From && !v.MovedAt.Before(began); !shown {
			v.MovedFrom, v.MovedAt = move.From, at
		}
	}
}
