package track

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/lag"
)

// poll is a snapshot while it is folded in.
type poll struct {
	*model.Snapshot
	at       lag.Instant
	answered time.Time // the last answer was in
	whole    bool
	// How many steps of the histories without a sample the pace of polling explains.
	groupGap, partitionGap int64
}

// sighting is what the poll shows of a group's members.
func (p *poll) sighting(now time.Time) sighting {
	return sighting{at: p.at, moment: now, answered: p.answered}
}

func (t *Tracker) observeSnapshot(s *model.Snapshot) {
	p := &poll{
		Snapshot:     s,
		at:           s.At.Sub(t.base),
		answered:     s.At.Add(s.Took),
		whole:        listedWhole(s),
		groupGap:     lag.ExpectedGap(s.Interval, s.Took, model.LagHistoryStep),
		partitionGap: lag.ExpectedGap(s.Interval, s.Took, model.PartitionLagStep),
	}
	if !s.Partial && t.polled != nil && p.at < t.polled.instant {
		return
	}
	t.run++
	if !s.Partial {
		t.foldSources(p)
	}
	t.foldTopics(p)
	for _, sg := range sortedGroups(s.Groups) {
		t.observeGroup(p, sg)
	}
	if s.Partial {
		return
	}
	t.observeAbsent(p)
	t.forgetTopics(p)
	t.keepHeader(p)
}

// sortedGroups points to the groups in order, without touching the snapshot.
func sortedGroups(groups []model.Group) []*model.Group {
	sorted := make([]*model.Group, len(groups))
	for i := range groups {
		sorted[i] = &groups[i]
	}
	byID := func(a, b *model.Group) int { return strings.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(sorted, byID) {
		slices.SortStableFunc(sorted, byID)
	}
	return sorted
}

// observeGroup takes in what a snapshot says of one group. The order matters: handoffs and what only records have compare
// the poll with the members before; offsets are folded in when the owners are known; the sums come last.
func (t *Tracker) observeGroup(p *poll, sg *model.Group) {
	g := t.groups[sg.ID]
	if t.isOld(p, g, sg) {
		return
	}
	if g.gone() {
		g = t.appear(sg, g)
	}
	g.polls.at, g.polls.run, g.polls.absences = p.at, t.run, 0
	if sg.OffsetsKnown {
		g.polls.offsets, g.polls.offsetsBefore = p.At, g.polls.offsets
	}

	next := *g.view
	var membersChanged bool
	var rebalance *model.Rebalance
	if t.accepts(p, g, sg) {
		t.seeHandoffs(p, g, sg)
		sg = g.supplement(sg, t.follows(g))
		g.polls.exactGeneration = g.polls.exactGeneration || (sg.MembersKnown || !next.MembersKnown) && sg.Generation.Kind == model.GenerationExact
		membersChanged, rebalance = t.foldMembers(p.sighting(t.at), g, &next, sg)
		t.rebaseConvergence(p, g, sg)
	}
	partitionsChanged := t.foldPartitions(p, g, &next, sg, membersChanged, rebalance)
	changed := markLive(g, &next, sg, t.at) || membersChanged || partitionsChanged
	changed = t.pollCosts(p, g, &next) || changed
	g.keepBaseline(&next)
	g.state.show(&next)
	if partitionsChanged || membersChanged {
		lag.Sum(&next)
		summariseOwnership(g, &next)
	}
	if g.foldHistory(p, &next, sg) || changed {
		t.show(g, next)
	}
	if !p.Partial {
		t.alert(g, &next)
	}
}

// isOld reports whether a snapshot shows nothing of a group that is true now.
func (t *Tracker) isOld(p *poll, g *group, sg *model.Group) bool {
	if g != nil && (p.at < g.polls.at || g.polls.run == t.run) {
		return true // a late answer, or a second one from a broker that does not know yet that it no longer coordinates
	}
	if sg.State == model.StateDead && sg.MembersKnown && len(sg.Members) == 0 {
		return true // that is how a coordinator describes a group that does not exist
	}
	// It existed once, and not any more when everything was polled.
	return g.gone() && t.polled != nil && t.polled.whole && p.at < t.polled.instant
}

// foldHistory takes in what time does to a group: its lag's history and trend, and how often it rebalances.
func (g *group) foldHistory(p *poll, next *model.GroupView, sg *model.Group) (changed bool) {
	sample := lag.UnknownLag
	if sg.OffsetsKnown {
		sample = next.Lag.Or(lag.UnknownLag)
	}
	if g.lagHistory.Add(p.at, sample, p.groupGap, model.LagHistoryStep, model.LagHistoryKept) {
		next.LagHistory = g.lagHistory.Samples.Newest(model.LagHistoryKept)
		changed = true
	}
	storm, trend := g.rebalanceCount.Storm(p.at), lag.Trend(next)
	changed = changed || storm != next.Storm || trend != next.Trend
	next.Storm, next.Trend = storm, trend
	return changed
}

// pollHeader is what a complete poll reported of itself.
type pollHeader struct {
	at       time.Time
	instant  lag.Instant
	took     time.Duration
	requests int
	interval time.Duration
	cluster  model.Cluster
	brokers  []model.Broker
	errs     []model.SourceError
	whole    bool // every group there is was in it
}

// keepHeader remembers a complete poll. What it could not learn of the cluster is kept from the one before.
func (t *Tracker) keepHeader(p *poll) {
	cluster := p.Cluster
	if t.polled != nil {
		cluster = cluster.Or(t.polled.cluster)
	}
	t.polled = &pollHeader{
		at: p.At, instant: p.at, took: p.Took, requests: p.Requests, interval: p.Interval,
		cluster: cluster, brokers: slices.Clone(p.Brokers), errs: slices.Clone(p.Errs), whole: p.whole,
	}
}
