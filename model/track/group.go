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
	// view is the group as of the newest observation. It is replaced, never changed.
	view *model.GroupView

	at                 lag.Instant // of the newest snapshot that told of it
	live               time.Time   // the newest observation in which everything that is ever known of it was known
	asked, askedBefore time.Time   // the newest snapshot with its commits, and the one before that
	run                int         // the newest snapshot that was folded in
	absences           int         // whole snapshots in a row in which it was not

	lanes lanes
	// What the newest snapshot or record said of the members, and which lane each has.
	said    []model.Member
	saidAt  time.Time // the newest snapshot that told of them was asked
	keys    []laneKey
	letters []model.Lane

	settled       *ownership.StableAssignment // the newest one; nil before the first
	settledAt     time.Time                   // the newest observation that saw it settled
	settledBefore time.Time                   // and the one before
	unsettledAt   time.Time                   // the newest observation that saw it unsettled
	began         model.Moment                // of the rebalance under way
	// stepDue says that a rebalance was seen under way since settled: it cannot settle again in the same generation.
	stepDue   bool
	listed    time.Time        // since then its coordinator has it, and lists it
	pollsTell bool             // polls have told its generation
	untold    int              // settled snapshots in a row that lacked the generation
	owners    model.Assignment // as the partitions show them; shared with spans and rebalances

	offsetsEver bool // its commits were read once

	followed         bool                     // records have told where it is: the next one tells all that happened since
	recordAt         time.Time                // when the newest record of it was read
	recorded         recordedEnd              // zero is none
	overdue          time.Time                // polls show more than the records have told, since; zero if not
	overdueAs        []model.Member           // what they show
	converging       *convergence             // of a consumer group; nil before a poll or its creation told where it begins
	handed           ownership.Handoffs       // in a consumer group, since it settled last
	pulsed           model.PulsedState        // the newest quick look that found it changed
	pulsedAt         time.Time                // it was asked
	joinEnded        model.Moment             // the join of the rebalance under way, by a quick look; zero is unknown
	calmed           model.Moment             // the newest quick look that found it in no rebalance any more
	coordinatorMoved bool                     // since it settled last
	reckonings       []*ownership.CostTracker // of its newest rebalances, as long as their costs grow; at most reckonedAtOnce
	alerts           lag.AlertState
	pace             storm.Counter
	deeds            []cause.Action // done to it, the newest last; at most deedsKept
	partitions       []partition    // beside view.Partitions
	lagHistory       lag.History
	rebalances       ring.Ring[*model.Rebalance]
	spans            ring.Ring[model.OwnershipSpan]
}

// partition is what the tracker remembers of a partition of a group beside its newest view.
type partition struct {
	topic       *topicState
	end         *lag.LogEndHistory
	incarnation int32 // of the topic when the group last committed
	observed    bool  // a snapshot told of its commit before
	commits     lag.CommitHistory
	// As the newest look saw them while the group was settled.
	calmLag, calmEnd model.Maybe[int64]
	commitEvery      model.Maybe[time.Duration]    // between the newest commits, where records tell
	repeated         bool                          // they were of the same offset
	newest           model.Maybe[ownership.Commit] // when the newest commit was made, as exactly as it is known
	lagHistory       lag.History
}

// observeGroup takes in what a snapshot says of one group.
func (t *Tracker) observeGroup(p *pass, sg *model.Group) {
	g := t.groups[sg.ID]
	if t.isOld(p, g, sg) {
		return
	}
	if g == nil || !g.view.GoneSince.IsZero() {
		g = t.appear(sg, g)
	}
	g.at, g.run, g.absences = p.at, t.run, 0
	if sg.OffsetsKnown {
		g.asked, g.askedBefore = p.At, g.asked
	}

	next := *g.view
	var membersChanged bool
	var rebalance *model.Rebalance
	if t.takes(p, g, sg) {
		t.seeHandovers(p, g, sg)
		sg = g.supplement(sg, t.follows(g))
		membersChanged, rebalance = t.foldMembers(p, g, &next, sg)
		t.rebase(p, g, &next, sg)
	}
	partitionsChanged := t.foldPartitions(p, g, &next, sg, membersChanged, rebalance)
	changed := markLive(g, &next, sg, t.at) || membersChanged || partitionsChanged
	changed = t.reckonLook(p, g, &next) || changed
	g.calm(&next)
	if partitionsChanged || membersChanged {
		summarise(g, &next)
	}
	if g.foldHistory(p, &next, sg) || changed {
		t.replaceView(g, next)
	}
	if !p.Partial {
		t.alert(g, &next)
	}
}

// isOld says that a snapshot tells nothing of a group that is so now.
func (t *Tracker) isOld(p *pass, g *group, sg *model.Group) bool {
	if g != nil && (p.at < g.at || g.run == t.run) {
		return true // a late answer, or a second one from a broker that does not know yet that it no longer coordinates
	}
	if sg.State == model.StateDead && sg.MembersKnown && len(sg.Members) == 0 {
		return true // that is how a coordinator describes a group that does not exist
	}
	gone := g == nil || !g.view.GoneSince.IsZero()
	// It was there once, and not any more when everything was looked at.
	return gone && t.polled != nil && t.polled.whole && p.at < t.polled.instant
}

// foldHistory takes in what time does to a group: its lag's history and trend, and how often it rebalances.
func (g *group) foldHistory(p *pass, next *model.GroupView, sg *model.Group) (changed bool) {
	sample := lag.UnknownSample
	if sg.OffsetsKnown {
		sample = next.Lag.Or(lag.UnknownSample)
	}
	if g.lagHistory.Add(p.at, sample, p.groupBridge, model.LagHistoryStep, model.LagHistoryKept) {
		next.LagHistory = g.lagHistory.Samples.Newest(model.LagHistoryKept)
		changed = true
	}
	storm, trend := g.pace.Storm(p.at), trendOf(next)
	changed = changed || storm != next.Storm || trend != next.Trend
	next.Storm, next.Trend = storm, trend
	return changed
}

// alert tells of a lag that is too large, or over.
func (t *Tracker) alert(g *group, v *model.GroupView) {
	for _, a := range g.alerts.Poll(v, t.at, t.LagAlert) {
		t.emit(model.Event{Kind: model.LagAlerted, Group: v.ID, Alert: &a, Detail: a.Words()})
	}
}

func (t *Tracker) replaceView(g *group, next model.GroupView) {
	g.view = &next
	t.groupViews = nil
}

// appear begins to track a group. It is new if the newest complete poll saw everything there was, and not it: then it
// is known that nobody owned anything before. A group whose row still says that it is gone comes back with its letters.
func (t *Tracker) appear(sg *model.Group, gone *group) *group {
	g := &group{live: t.at, listed: t.at, handed: make(ownership.Handoffs)}
	id := strings.Clone(sg.ID)
	if gone != nil {
		g.lanes, id = gone.lanes, gone.view.ID
		t.release(gone.partitions)
	}
	g.view = &model.GroupView{ID: id, FirstSeen: t.at}
	if t.polled != nil && t.polled.whole {
		t.emit(model.Event{Kind: model.GroupAppeared, Group: id, Detail: "the group appeared"})
		generation := atCreation(sg)
		g.settled = &ownership.StableAssignment{Generation: generation}
		g.settledAt = t.polled.at
		g.view.Generation = generation
	}
	t.groups[id] = g
	at, found := slices.BinarySearchFunc(t.sorted, id, compareID)
	if found {
		t.sorted[at] = g
	} else {
		t.sorted = slices.Insert(t.sorted, at, g)
	}
	t.groupViews = nil
	return g
}

// atCreation is the generation of a group before anybody was in it: each one since is a step. A classic group begins at
// 0. Consumer groups of Kafka 4.3 are created with epoch 1 and have 2 with the first member, where 3.9 has 0 and 1.
func atCreation(sg *model.Group) model.Generation {
	generation := firstSeen(sg)
	created := int32(0)
	if sg.Type.Reconciles() && generation.Number > 1 && !slices.ContainsFunc(sg.Members, isOfTheFirstEpoch) {
		created = 1
	}
	generation.Number = created
	return generation
}

func isOfTheFirstEpoch(m model.Member) bool { return m.Epoch == model.Some(int32(1)) }

func compareID(g *group, id string) int { return strings.Compare(g.view.ID, id) }

// markLive keeps StaleSince: a group is stale while something of it that was once known is not.
func markLive(g *group, next *model.GroupView, sg *model.Group, at time.Time) (changed bool) {
	live := (sg.MembersKnown || !next.MembersKnown) && (sg.OffsetsKnown || !g.offsetsEver)
	if live {
		g.live = at
		changed = !next.StaleSince.IsZero()
		next.StaleSince = time.Time{}
		return changed
	}
	return markStale(g, next)
}

// markStale dates a group's staleness from the observation that what is still shown comes from.
func markStale(g *group, next *model.GroupView) (changed bool) {
	if !next.StaleSince.IsZero() {
		return false
	}
	next.StaleSince = g.live
	return true
}

// observeAbsent looks, after a complete poll, at the groups that were not in it.
func (t *Tracker) observeAbsent(p *pass) {
	forgotten := false
	for _, g := range t.sorted {
		if g.run == t.run || g.at > p.at {
			continue
		}
		if gone := g.view.GoneSince; !gone.IsZero() {
			if t.at.Sub(gone) >= model.GoneKept {
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

// observeAbsence: a group is gone when two whole polls in a row did not see it. One could have fallen into the moment in
// which its coordinator moved. While some broker does not answer, its absence says nothing.
func (t *Tracker) observeAbsence(p *pass, g *group) {
	next := *g.view
	if !p.whole {
		g.absences = 0
		if markStale(g, &next) {
			t.replaceView(g, next)
		}
		return
	}
	g.absences++
	if g.absences < 2 {
		return
	}
	next.GoneSince, next.StaleSince, next.Unsettled = t.at, time.Time{}, time.Time{}
	t.alert(g, &next)
	t.endReckonings(g, &next)
	t.emit(model.Event{Kind: model.GroupGone, Group: next.ID, Detail: "the group was deleted"})
	t.replaceView(g, next)
}

// release gives back a group's share in topics.
func (t *Tracker) release(partitions []partition) {
	for i := range partitions {
		partitions[i].topic.users--
	}
}
