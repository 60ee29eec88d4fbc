package track

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/cause"
	"regroup/model/lag"
	"regroup/model/ownership"
	"regroup/model/ring"
	"regroup/model/storm"
)

// group is what the tracker remembers of a group beside its newest view.
type group struct {
	view *model.GroupView // as of the newest observation; replaced, never changed

	state       state
	polls       pollMarks
	records     recordMarks
	probe       probeMarks
	convergence *convergence // of a consumer group by its records; nil before a poll or the group's creation is known

	slots   slots
	members []reportedMember // as the newest poll or record reported them, sorted by id

	partitions []partition // in the order of view.Partitions
	lagHistory lag.History
	alerts     lag.AlertState

	handoffs       ownership.Handoffs       // in a KIP-848 group, since it was stable last
	costs          []*ownership.CostTracker // of its newest rebalances, as long as their costs grow; at most costsAtOnce
	actions        []cause.Action           // done to it, the newest last; at most actionsKept
	rebalanceCount storm.Counter
	rebalances     ring.Ring[*model.Rebalance]
	spans          ring.Ring[model.OwnershipSpan]
}

// pollMarks is which polls reported a group.
type pollMarks struct {
	at       lag.Instant // the newest
	run      int         // the same, by the number of the snapshot
	absences int         // complete snapshots in a row in which it was missing
	live     time.Time   // the newest observation in which everything was known of it that was ever known

	offsets, offsetsBefore time.Time // when the newest with its commits was sent, and the one before that
	offsetsEver            bool      // its commits were read once
	members                time.Time // when the newest with its members was sent

	exactGeneration   bool // polls have shown its generation
	withoutGeneration int  // stable snapshots in a row that lacked the generation
}

// recordMarks is how far the records of a group in __consumer_offsets were read.
type recordMarks struct {
	contiguous     bool           // the next record shows all that happened since the newest
	readAt         time.Time      // when the newest was read
	newest         recordedEnd    // zero if there is none
	overdueSince   time.Time      // polls show more than the records since then; zero if not
	overdueMembers []model.Member // what they show
}

// probeMarks is what the newest state probe that found a group changed has shown.
type probeMarks struct {
	state  model.ProbedState
	sentAt time.Time
}

// appear begins to track a group. It is new if the newest complete poll saw all groups, and not this one: then it had
// no members before. A group that is still shown as deleted comes back with its slots.
func (t *Tracker) appear(sg *model.Group, gone *group) *group {
	g := &group{handoffs: make(ownership.Handoffs)}
	g.polls.live, g.state.times.listed = t.at, t.at
	id := strings.Clone(sg.ID)
	if gone != nil {
		g.slots, id = gone.slots, gone.view.ID
		t.release(gone.partitions)
	}
	if t.polled != nil && t.polled.whole {
		t.emit(model.Event{Kind: model.GroupAppeared, Group: id, Detail: "the group appeared"})
		g.state.generation = atCreation(sg)
		g.state.stable = &ownership.StableAssignment{Generation: g.state.generation}
		g.state.times.stable = t.polled.at
	}
	t.show(g, model.GroupView{ID: id, FirstSeen: t.at})
	t.groups[id] = g
	at, found := slices.BinarySearchFunc(t.sorted, id, compareID)
	if found {
		t.sorted[at] = g
	} else {
		t.sorted = slices.Insert(t.sorted, at, g)
	}
	return g
}

func compareID(g *group, id string) int { return strings.Compare(g.view.ID, id) }

// gone reports whether a group is not tracked, or was deleted and only its row is left.
func (g *group) gone() bool { return g == nil || !g.view.GoneSince.IsZero() }

// show makes next the view of the group, with its state.
func (t *Tracker) show(g *group, next model.GroupView) {
	g.state.show(&next)
	g.view = &next
	t.groupViews = nil
}

// markLive keeps StaleSince: a group is stale while something of it that was once known is not.
func markLive(g *group, next *model.GroupView, sg *model.Group, at time.Time) (changed bool) {
	live := (sg.MembersKnown || !next.MembersKnown) && (sg.OffsetsKnown || !g.polls.offsetsEver)
	if !live {
		return markStale(g, next)
	}
	g.polls.live = at
	changed = !next.StaleSince.IsZero()
	next.StaleSince = time.Time{}
	return changed
}

// markStale dates a group's staleness from the observation that what is still shown comes from.
func markStale(g *group, next *model.GroupView) (changed bool) {
	if !next.StaleSince.IsZero() {
		return false
	}
	next.StaleSince = g.polls.live
	return true
}

// observeAbsent goes through the groups that were missing in a complete poll.
func (t *Tracker) observeAbsent(p *poll) {
	forgotten := false
	for _, g := range t.sorted {
		if g.polls.run == t.run || g.polls.at > p.at {
			continue
		}
		if since := g.view.GoneSince; !since.IsZero() {
			if t.at.Sub(since) >= model.GoneKept {
				t.release(g.partitions)
				delete(t.groups, g.view.ID)
				forgotten = true
			}
			continue
		}
		t.observeAbsence(p, g)
	}
	if forgotten {
		t.sorted = slices.DeleteFunc(t.sorted, func(g *group) bool { return t.groups[g.view.ID] != g })
		t.groupViews = nil
	}
}

// observeAbsence: a group is gone when two complete polls in a row did not see it. One could have fallen into the moment
// in which its coordinator moved. While some broker does not answer, its absence proves nothing.
func (t *Tracker) observeAbsence(p *poll, g *group) {
	next := *g.view
	if !p.whole {
		g.polls.absences = 0
		if markStale(g, &next) {
			t.show(g, next)
		}
		return
	}
	g.polls.absences++
	if g.polls.absences < 2 {
		return
	}
	next.GoneSince, next.StaleSince = t.at, time.Time{}
	g.state.abandon()
	t.alert(g, &next)
	t.closeCosts(g, &next)
	t.emit(model.Event{Kind: model.GroupGone, Group: next.ID, Detail: "the group was deleted"})
	t.show(g, next)
}

// release gives back a group's share in topics.
func (t *Tracker) release(partitions []partition) {
	for i := range partitions {
		partitions[i].topic.users--
	}
}

// alert emits the alerts that begin or end.
func (t *Tracker) alert(g *group, v *model.GroupView) {
	for _, a := range g.alerts.Observe(v, t.at, t.LagAlert) {
		t.emit(model.Event{Kind: model.LagAlerted, Group: v.ID, Alert: &a, Detail: a.Words()})
	}
}
