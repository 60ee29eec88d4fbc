package ownership

import (
	"cmp"
	"slices"
	"time"

	"regroup/model"
)

// Interval is a time during which the reading of a partition did not change. The end is not part of it; a zero end is that
// it goes on. An interval without a length is an instant of which more is known than of the time before and after it.
type Interval struct {
	From, To time.Time
	Reading
}

// Timeline is who read the partitions of a group over the past that is kept. It is not safe for concurrent use.
type Timeline struct {
	Now         *Readings
	Spans       []model.OwnershipSpan // of the group, oldest first
	rebalancing []reassignment        // in the order of Spans; zero where the span is stable
	at          time.Time
	inactive    []Interval // the times since owners stopped

	of map[model.TopicPartition][]Interval

	pauses []Interval // of one partition
	bounds []time.Time
}

// reassignment is what is known of the rebalance that an ownership span covers.
type reassignment struct {
	protocol model.RebalanceProtocol
	rejoined time.Time        // every member had rejoined by then; zero is unknown, or not yet
	synced   time.Time        // no member had its new assignment before; zero is unknown, or not yet
	owners   model.Assignment // when the group was stable again; nil while it is not
}

// Timeline is the timeline of the group, at the moment of the view that the readings were made from. It is made once.
func (r *Readings) Timeline(at time.Time) *Timeline {
	if r.timeline == nil {
		r.timeline = newTimeline(r, at)
	}
	return r.timeline
}

func newTimeline(now *Readings, at time.Time) *Timeline {
	g := now.Group
	t := &Timeline{Now: now, Spans: g.Ownership, rebalancing: make([]reassignment, len(g.Ownership)), at: at, of: map[model.TopicPartition][]Interval{}}
	for _, stopped := range now.inactive {
		if stopped.Since.IsZero() {
			continue
		}
		t.inactive = append(t.inactive, Interval{From: stopped.Since.NotAfter, Reading: stopped})
	}
	var after model.Assignment
	for i := range slices.Backward(t.Spans) {
		if !t.Spans[i].Rebalancing {
			after = t.Spans[i].Owners
			continue
		}
		r := reassignment{protocol: g.Protocol(), rejoined: rejoined(g), owners: after}
		if i+1 < len(t.Spans) {
			r = past(g, t.Spans[i].From, t.Spans[i+1].From)
			r.owners = after
		}
		t.rebalancing[i] = r
	}
	return t
}

// past is the last rebalance that ended within a span. If it is not kept any more, the group's protocol now is all that is
// known.
func past(g *model.GroupView, from, to time.Time) reassignment {
	last := reassignment{protocol: g.Protocol()}
	ended := from
	for _, r := range g.Rebalances {
		if r.Ended.NotAfter.After(ended) && !r.Ended.NotAfter.After(to) {
			ended, last = r.Ended.NotAfter, reassignment{protocol: r.Protocol(), rejoined: r.JoinEnded.NotAfter, synced: r.Ended.NotBefore}
		}
	}
	return last
}

// created is when a partition appeared that the group has known for less than a minute, and for less than regroup has
// watched the group: at the earliest that the history of its lag allows. It is zero for the others.
func (t *Timeline) created(tp model.TopicPartition) time.Time {
	i := t.Now.index(tp)
	if i < 0 {
		return time.Time{}
	}
	samples := len(t.Now.Group.Partitions[i].LagHistory)
	since := t.at.Add(-time.Duration(samples) * model.PartitionLagStep)
	if samples == 0 || samples >= model.PartitionLagKept || since.Sub(t.Now.Group.FirstSeen) < 2*model.PartitionLagStep {
		return time.Time{}
	}
	return since
}

// Of returns the intervals of a partition, oldest first and without gaps between them. They are kept for the next call.
func (t *Timeline) Of(tp model.TopicPartition) []Interval {
	all, known := t.of[tp]
	if known {
		return all
	}
	t.findPauses(tp)
	for i := range t.Spans {
		to := time.Time{}
		if i+1 < len(t.Spans) {
			to = t.Spans[i+1].From
		}
		all = t.span(all, i, to, tp)
	}
	t.of[tp] = all
	return all
}

// span appends what a partition's owner did in one span of the group's ownership.
func (t *Timeline) span(all []Interval, i int, to time.Time, tp model.TopicPartition) []Interval {
	from, owner := t.Spans[i].From, t.Spans[i].Owners[tp]
	if owner == model.Nobody {
		if at := t.created(tp); at.After(from) {
			all = append(all, Interval{From: from, To: earlierEnd(at, to), Reading: Reading{Evidence: NotCreated}})
			if from = at; !to.IsZero() && !from.Before(to) {
				return all
			}
		}
		return append(all, Interval{From: from, To: to, Reading: Reading{Kind: Unassigned, Evidence: NotAssigned}})
	}
	if !t.Spans[i].Rebalancing {
		return t.cut(all, Interval{From: from, To: to, Reading: Reading{Kind: Read, Reader: owner, Evidence: Assigned}})
	}
	r := &t.rebalancing[i]
	if r.protocol == model.ProtocolIncremental {
		if moves := r.owners != nil && r.owners[tp] != owner; moves && len(t.pauses) == 0 && !t.Now.Stopped(owner) {
			return append(all, Interval{From: from, To: to, Reading: Reading{Reader: owner, Evidence: Moved}})
		}
		return t.cut(all, Interval{From: from, To: to, Reading: Reading{Kind: Read, Reader: owner, Evidence: Incremental}})
	}
	return t.eager(all, r, Interval{From: from, To: to, Reading: Reading{Reader: owner}})
}

// eager appends a span in which every member stopped by the time it rejoined, or may have. Of an eager rebalance that is
// over it is certain that nobody read between the join and the sync, however short that was, and even if it is not known
// when.
func (t *Timeline) eager(all []Interval, r *reassignment, span Interval) []Interval {
	part := func(from, to time.Time, reading Reading) {
		reading.Reader = span.Reader
		if part := (Interval{From: from, To: to, Reading: reading}); reading.Kind == NoActiveConsumer {
			all = append(all, part)
		} else if to.IsZero() || from.Before(to) {
			all = t.cut(all, part)
		}
	}
	if r.protocol != model.ProtocolEager {
		part(span.From, span.To, inRebalance(r.protocol, time.Time{}))
		return all
	}
	synced := span.To
	if !span.To.IsZero() && !r.synced.IsZero() {
		synced = model.Later(span.From, model.Earlier(r.synced, span.To))
	}
	rejoined := r.rejoined
	if rejoined.IsZero() || !synced.IsZero() && rejoined.After(synced) {
		rejoined = synced
	}
	part(span.From, rejoined, inRebalance(r.protocol, time.Time{}))
	if rejoined.IsZero() {
		return all
	}
	rejoined = model.Later(rejoined, span.From)
	part(rejoined, synced, inRebalance(r.protocol, rejoined))
	if !synced.IsZero() {
		part(synced, span.To, Reading{Kind: MayRead, Evidence: Syncing})
	}
	return all
}

func earlierEnd(at, end time.Time) time.Time {
	if end.IsZero() {
		return at
	}
	return model.Earlier(at, end)
}

// findPauses finds the intervals in which a partition was paused, or may have been, although it had an owner. They may
// overlap: what is certain comes first.
func (t *Timeline) findPauses(tp model.TopicPartition) {
	t.pauses = t.pauses[:0]
	for _, r := range t.Now.Group.Rebalances {
		if p := r.Cost.PauseOf(tp); p != nil {
			t.addPause(r, p)
		}
	}
	slices.SortStableFunc(t.pauses, func(a, b Interval) int { return cmp.Compare(b.Kind, a.Kind) })
}

// addPause adds the bounds of a pause. Where there was nothing to read, or the group does not commit, only the certain
// part counts: no commit is missing.
func (t *Timeline) addPause(r *model.Rebalance, p *model.Pause) {
	add := func(from, to time.Time, reading Reading) {
		if !from.IsZero() && (to.IsZero() || from.Before(to)) {
			t.pauses = append(t.pauses, Interval{From: from, To: to, Reading: reading})
		}
	}
	move, _ := r.MoveOf(p.TopicPartition)
	if !p.Started.NotBefore.IsZero() {
		add(p.Stopped.NotAfter, p.Started.NotBefore, Reading{Kind: NoActiveConsumer, Reader: move.From, Since: p.Stopped, Evidence: Revoked})
	}
	if p.Quiet || !p.LagAdded.Known() {
		return
	}
	assigned := model.Later(firstKnown(p.Started.NotBefore, p.Stopped.NotAfter), p.Stopped.NotBefore)
	add(p.Stopped.NotBefore, firstKnown(p.Stopped.NotAfter, assigned), Reading{Kind: MayRead, Reader: move.From, Evidence: SinceLastCommit})
	until := p.Started.NotAfter
	if until.IsZero() && r.Cost.Complete { // later commits were not looked for
		until = model.Later(p.Started.NotBefore, r.Ended.NotAfter.Add(CostWindow))
	}
	add(assigned, until, Reading{Kind: StillPaused, Reader: move.To, Since: p.Stopped, Evidence: NoCommitYet})
}

// cut appends an interval, cut by the pauses of the partition, and where its owner stopped.
func (t *Timeline) cut(all []Interval, whole Interval) []Interval {
	if !whole.To.IsZero() && !whole.From.Before(whole.To) {
		return all
	}
	t.bounds = append(t.bounds[:0], whole.From)
	cut := false
	bound := func(part *Interval) {
		if !part.overlaps(&whole) {
			return
		}
		cut = true
		for _, at := range [...]time.Time{part.From, part.To} {
			if at.After(whole.From) && (whole.To.IsZero() || at.Before(whole.To)) {
				t.bounds = append(t.bounds, at)
			}
		}
	}
	for i := range t.pauses {
		bound(&t.pauses[i])
	}
	for i := range t.inactive {
		if t.inactive[i].Reader == whole.Reader {
			bound(&t.inactive[i])
		}
	}
	if !cut {
		return append(all, whole)
	}
	slices.SortFunc(t.bounds, time.Time.Compare)
	t.bounds = append(slices.Compact(t.bounds), whole.To)
	for i, from := range t.bounds[:len(t.bounds)-1] {
		all = append(all, Interval{From: from, To: t.bounds[i+1], Reading: t.readingAt(from, whole.Reading)})
	}
	return all
}

// readingAt is the reading at a moment: that of the owner, unless it had stopped, or the partition was paused or may have been.
func (t *Timeline) readingAt(moment time.Time, owner Reading) Reading {
	for i := range t.inactive {
		if stopped := &t.inactive[i]; stopped.Reader == owner.Reader && stopped.covers(moment) {
			return stopped.Reading
		}
	}
	for i := range t.pauses {
		if t.pauses[i].covers(moment) {
			return t.pauses[i].Reading
		}
	}
	return owner
}

// Within reports whether a part of the interval lies between two moments.
func (i *Interval) Within(from, to time.Time) bool {
	instant := i.From.Equal(i.To) && i.To.Equal(to)
	return (i.From.Before(to) || instant) && (i.To.IsZero() || i.To.After(from))
}

func (i *Interval) overlaps(other *Interval) bool {
	return (other.To.IsZero() || i.From.Before(other.To)) && (i.To.IsZero() || i.To.After(other.From))
}

func (i *Interval) covers(at time.Time) bool {
	return !at.Before(i.From) && (i.To.IsZero() || at.Before(i.To))
}
