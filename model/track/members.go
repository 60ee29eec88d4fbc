package track

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// reportedMember is a member as the newest poll or record reported it.
type reportedMember struct {
	model.Member
	key  slotKey
	slot model.Slot
}

// withoutGenerationMost is how many stable snapshots in a row may lack the generation that was shown before.
const withoutGenerationMost = 3

// foldMembers takes in what a source shows of a group's state and members, and returns the rebalance that is complete
// with it; nil if none is.
func (t *Tracker) foldMembers(s sighting, g *group, next *model.GroupView, sg *model.Group) (changed bool, r *model.Rebalance) {
	if !sg.MembersKnown && next.MembersKnown {
		return false, nil // the last known ones are kept, and the group is stale
	}
	changed = t.foldHeader(g, next, sg)
	phase := s.phase(sg)
	if !sg.MembersKnown || phase == model.PhaseStable && g.awaitsGeneration(sg) {
		return changed, nil
	}
	if !next.MembersKnown || !g.reports(sg.Members) {
		t.keepMembers(g, sg.Members)
		changed = true
	}
	if changed = changed || phase == model.PhaseStable && g.state.rebalancing(); changed {
		t.showMembers(g, next, phase)
		r = t.enter(s, phase, g, next, sg)
	}
	g.state.seen(phase, s.moment)
	return changed, r
}

// awaitsGeneration reports whether the generation is missing from a stable snapshot of a group that had it so far: it
// changed while the source was reading, so the members may be of the old one or the new. The next poll shows it.
func (g *group) awaitsGeneration(sg *model.Group) bool {
	if sg.Generation.Kind == model.GenerationExact {
		g.polls.withoutGeneration = 0
		return false
	}
	stable := g.state.stable
	if !g.polls.exactGeneration || stable == nil || stable.Generation.Kind != model.GenerationExact || g.polls.withoutGeneration == withoutGenerationMost {
		return false
	}
	g.polls.withoutGeneration++
	return true
}

// foldHeader takes in what is shown of the group as a whole.
func (t *Tracker) foldHeader(g *group, next *model.GroupView, sg *model.Group) (changed bool) {
	was := g.view
	generationBefore := g.state.generation
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
		g.state.generation = sg.Generation
	}
	if now := next.State; was.State != model.StateUnknown && was.State != now {
		next.State = was.State
		t.changeState(next, now)
	}
	if next.Coordinator != was.Coordinator {
		t.moveCoordinator(g, next, was.Coordinator)
	}
	return was.Type != next.Type || was.State != next.State || was.ProtocolType != next.ProtocolType ||
		was.Assignor != next.Assignor || was.Coordinator != next.Coordinator || generationBefore != g.state.generation ||
		was.AssignmentEpoch != next.AssignmentEpoch
}

// moveCoordinator notes that another broker coordinates the group. It begins with what the old one wrote down: a rebalance
// that was under way there may never complete.
func (t *Tracker) moveCoordinator(g *group, next *model.GroupView, was model.Maybe[int32]) {
	g.state.times.listed = t.at
	from, known := was.Get()
	if !known {
		return
	}
	g.state.generationDue, g.state.coordinatorMoved = false, true
	t.emit(model.Event{
		Kind: model.CoordinatorMoved, Group: next.ID, Broker: next.Coordinator,
		Detail: fmt.Sprintf("the coordinator is broker %s now, it was broker %d", next.Coordinator, from),
	})
}

// changeState emits that the state differs.
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

// keepMembers copies the members of a snapshot and gives them their slots.
func (t *Tracker) keepMembers(g *group, members []model.Member) {
	kept := make([]reportedMember, 0, len(members))
	ids := make(map[string]bool, len(members))
	for i := range members {
		if !ids[members[i].ID] { // two slots for one member, or one for two, would break all that is sorted by slot
			ids[members[i].ID] = true
			kept = append(kept, reportedMember{Member: t.copyMember(&members[i])})
		}
	}
	g.slots.assign(kept, g.members)
	g.members = kept
}

// copyMember copies all that a snapshot reports of a member: kept members must not hold on to whole snapshots.
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

// reports reports whether the group's members are known to be just these.
func (g *group) reports(members []model.Member) bool {
	if len(g.members) != len(members) {
		return false
	}
	for i := range members {
		if !g.members[i].Equal(&members[i]) {
			return false
		}
	}
	return true
}

// member finds a reported member by its id; nil if there is none.
func (g *group) member(id string) *reportedMember {
	i := sort.Search(len(g.members), func(i int) bool { return g.members[i].ID >= id })
	if i == len(g.members) || g.members[i].ID != id {
		return nil
	}
	return &g.members[i]
}

// memberIndex is where a member is among those that are sorted by id; -1 if it is not there. The search copies no
// members, as one of package slices would: this runs for each member of each group.
func memberIndex(members []model.Member, id string) int {
	i := sort.Search(len(members), func(i int) bool { return members[i].ID >= id })
	if i == len(members) || members[i].ID != id {
		return -1
	}
	return i
}

// showMembers makes the members' views, and emits which members joined or left.
func (t *Tracker) showMembers(g *group, next *model.GroupView, phase model.Phase) {
	before := next.Members
	firstSight := !next.MembersKnown && g.state.stable == nil // these members were there before regroup was started
	members := make([]model.MemberView, len(g.members))
	for i := range g.members {
		view := g.members[i].view()
		if known := model.MemberIn(before, view.Slot); known != nil {
			view.Since = known.Since
		} else if !firstSight {
			view.Since = t.at
		}
		if phase.Rebalancing() && !next.Type.Reconciles() {
			showPrevious(&view, g.state.stable)
		}
		members[i] = view
	}
	slices.SortFunc(members, func(a, b model.MemberView) int { return int(a.Slot - b.Slot) })
	if !firstSight {
		t.emitMembers(next.ID, before, members)
	}
	next.Members, next.MembersKnown = members, true
}

func (m *reportedMember) view() model.MemberView {
	return model.MemberView{
		MemberRef: model.MemberRef{Slot: m.slot, MemberID: m.ID, InstanceID: m.InstanceID, ClientID: m.ClientID, Host: m.Host},
		Rack:      m.Rack, Epoch: m.Epoch, Subscription: m.Subscription,
		AssignmentKnown: m.AssignmentKnown, AssignmentProblem: m.AssignmentProblem, Assignment: model.SortedCopy(m.Assignment),
		TargetKnown: m.TargetKnown, Target: model.SortedCopy(m.Target),
		State: m.State, PendingRevocation: m.PendingRevocation,
		SessionTimeout: m.SessionTimeout, RebalanceTimeout: m.RebalanceTimeout,
	}
}

// showPrevious replaces what a classic group's member reports in the middle of a rebalance by what it owned before.
// Brokers differ there: 4.3.1 answers the previous assignment, older ones an empty one, and none answers the subscription.
func showPrevious(view *model.MemberView, stable *ownership.StableAssignment) {
	if stable == nil { // regroup was started in the middle: an assignment that is there can only be the previous one
		view.AssignmentKnown = view.AssignmentKnown && len(view.Assignment) > 0
		view.AssignmentPrevious = view.AssignmentKnown
	} else if before := model.MemberIn(stable.Members, view.Slot); before != nil {
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
		if view.AssignmentProblem == "" {
			view.AssignmentProblem = "the group is rebalancing"
		}
	}
}

// emitMembers emits which members joined or left. A static member that restarts under another member id kept its slot, so it
// neither joined nor left.
func (t *Tracker) emitMembers(group string, before, now []model.MemberView) {
	for i := range before {
		if m := &before[i]; model.MemberIn(now, m.Slot) == nil {
			t.emit(model.Event{Kind: model.MemberLeft, Group: group, Member: m.MemberRef, Detail: m.Slot.String() + " left: " + m.Describe()})
		}
	}
	for i := range now {
		if m := &now[i]; model.MemberIn(before, m.Slot) == nil {
			t.emit(model.Event{Kind: model.MemberJoined, Group: group, Member: m.MemberRef, Detail: m.Slot.String() + " joined: " + m.Describe()})
		}
	}
}

// showOwners writes into the partitions their owners, and whether their topics are subscribed to. In a KIP-848 group a partition
// has moved as soon as another member has it, and not only when the rebalance is complete.
func showOwners(g *group, next *model.GroupView, views []model.PartitionView, at time.Time) {
	subscribed := make(map[string]bool)
	for i := range next.Members {
		for _, topic := range next.Members[i].Subscription {
			subscribed[topic] = true
		}
	}
	reconciles, stable := next.Type.Reconciles(), g.state.stable
	for i := range views {
		v, was := &views[i], views[i].Owner
		v.Owner = g.state.owners[v.TopicPartition]
		if reconciles && stable != nil && v.Owner != was && v.Owner != model.Nobody {
			showMove(v, stable.Owners[v.TopicPartition], at)
		}
		v.OwnerPrevious = g.state.rebalancing() && !reconciles && v.Owner != model.Nobody
		v.Subscribed = subscribed[v.Topic]
	}
}

// showMove marks a partition that got an owner while its group is rebalancing: it comes from its owner before, or is back.
func showMove(v *model.PartitionView, before model.Slot, at time.Time) {
	switch {
	case v.Owner != before:
		v.MovedFrom, v.MovedAt = before, at
	case v.MovedFrom == before:
		v.MovedFrom, v.MovedAt = model.Nobody, time.Time{}
	}
}

// showMoves marks the partitions that a complete rebalance moved.
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

func comparePartition(v model.PartitionView, tp model.TopicPartition) int {
	return v.TopicPartition.Compare(tp)
}
