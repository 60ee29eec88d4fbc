package ownership

import (
	"slices"
	"time"

	"regroup/model"
)

// CostWindow is how long the cost of a rebalance is tracked after its end: longer than any usual commit interval. What is
// unknown then stays unknown.
const CostWindow = time.Minute

// Commit is an offset commit and the bounds of when it was made. Committing the same offset again is a commit as well: it
// shows that the member was alive.
type Commit struct {
	Offset int64
	At     model.Moment
	// Since is when the same offset was committed first, if it was committed repeatedly; zero is At. A member that has records
	// to read and repeats an offset may be stuck since then.
	Since time.Time
}

// PartitionBefore is what was known of a partition before it moved. All fields but its name may be unknown.
type PartitionBefore struct {
	model.TopicPartition
	Commit     model.Maybe[Commit] // the newest before the new owner was assigned it (classic: before the rebalance ended)
	Lag, End   model.Maybe[int64]  // at the last poll before the rebalance began
	PolledAt   time.Time           // when that poll was sent
	LeastLag   model.Maybe[int64]  // of an owner that left: the least lag since its last commit; unknown is Lag
	PeakLag    model.Maybe[int64]  // the largest lag of a poll since
	OwnedSince time.Time           // the owner was not assigned it earlier; zero is unknown
	OwnerEnded model.Moment        // when the owner's process ended, where that is known: the lab has killed it
	// Revoked and Assigned are when the previous owner had revoked it, and the new one was assigned it, where that happened
	// before the rebalance as a whole ended: in a consumer group (KIP-848), one partition at a time.
	Revoked, Assigned model.Moment
	firstCommit       model.Maybe[Commit] // the earliest since it was assigned
}

// CostTracker tracks the partitions that moved in one rebalance until each is read again.
type CostTracker struct {
	Rebalance *model.Rebalance
	members   []model.MemberView // the previous owners
	moved     []movedPartition   // in the order of the moves
	deadline  time.Time
	changed   bool // since the last report
	Reported  model.Cost
}

// movedPartition is what is known of a partition that moved.
type movedPartition struct {
	PartitionBefore
	previousOwner model.Slot
	ownerLeft     bool // the previous owner is not a member any more
	// revokedLater: under a cooperative assignor the previous owner learns from the sync that it is to revoke the partition,
	// and commits until it has (KIP-429). It rejoins then: the next rebalance shows until when that was.
	revokedLater, nextSeen bool

	// Commits that were certainly made before ownerChanged are the previous owner's; those that were certainly made after
	// assigned are a new owner's (zero: it has none yet). The commits in between could be of either, and are ignored.
	ownerChanged, assigned  model.Moment
	lastCommit, firstCommit model.Maybe[Commit] // the previous owner's last, the new owner's first
	unattributed            model.Maybe[Commit] // the newest whose owner only the next rebalance shows
	revokedBy               time.Time           // the previous owner had revoked it; zero is unknown

	polled       model.Moment       // the newest poll
	committed    model.Maybe[int64] // at that poll
	polledIdle   bool               // polls since the rebalance saw nothing to read
	polledActive bool               // one of them saw something to read
	lagFinal     bool               // a poll has seen the partition since it was read again
}

// NewCostTracker starts to track the cost of a rebalance that has ended. before may be in any order; members are those of
// the group before.
func NewCostTracker(r *model.Rebalance, before []PartitionBefore, members []model.MemberView) *CostTracker {
	k := &CostTracker{Rebalance: r, changed: true, moved: make([]movedPartition, len(r.Moves)), deadline: model.Later(r.Ended.NotAfter, r.SeenAt).Add(CostWindow)}
	for i, move := range r.Moves {
		p := &k.moved[i]
		p.TopicPartition, p.previousOwner = move.TopicPartition, move.From
		p.ownerLeft = r.Lost(move.From)
		if m := model.MemberIn(members, move.From); m != nil && model.MemberIn(k.members, move.From) == nil {
			k.members = append(k.members, model.MemberView{MemberRef: m.MemberRef, SessionTimeout: m.SessionTimeout, RebalanceTimeout: m.RebalanceTimeout})
		}
		p.reassign(r, move.To)
	}
	for _, b := range before {
		if p := k.find(b.TopicPartition); p != nil {
			p.addBefore(r, b)
		}
	}
	return k
}

// reassign sets which commits around a rebalance are of which owner.
func (p *movedPartition) reassign(r *model.Rebalance, to model.Slot) {
	p.ownerChanged, p.assigned = r.Ended, r.Ended
	if r.Type.Reconciles() || !isSingle(r) { // its owner changed at some time during the rebalance
		p.ownerChanged = model.Moment{NotBefore: r.Began.NotBefore, NotAfter: r.Ended.NotAfter}
		p.assigned = p.ownerChanged
	}
	if to != model.Nobody {
		return
	}
	p.assigned = model.Moment{}
	if p.previousOwner != model.Nobody && !p.ownerLeft && r.Protocol() != model.ProtocolEager && !r.Type.Reconciles() {
		p.revokedLater = true // an eager member has revoked it before; a KIP-848 one keeps it until it has revoked it
	}
}

// addBefore adds what was known before the rebalance.
func (p *movedPartition) addBefore(r *model.Rebalance, b PartitionBefore) {
	p.PartitionBefore = b
	handedOff := !b.Assigned.IsZero() && !p.assigned.IsZero()
	if handedOff {
		p.ownerChanged, p.assigned = b.Assigned, b.Assigned
	}
	p.polled.NotBefore = b.PolledAt
	if first, known := b.firstCommit.Get(); known {
		p.addCommit(first)
	}
	c, known := b.Commit.Get()
	if !known || c.Offset < 0 || c.At.IsZero() {
		return
	}
	p.committed = model.Some(c.Offset)
	if p.polled.NotBefore = model.Later(p.polled.NotBefore, c.At.NotBefore); handedOff {
		p.polled.NotBefore = c.At.NotBefore // there may be newer ones
	}
	switch {
	case handedOff && p.Assigned.Exact(), isSingle(r) && !r.Type.Reconciles(), c.At.NotBefore.Before(p.ownerChanged.NotBefore):
		// It is the previous owner's, even if the poll's answer or the clock offset puts its upper bound a little later.
		c.At = model.Moment{NotBefore: model.Earlier(c.At.NotBefore, p.ownerChanged.NotBefore), NotAfter: model.Earlier(c.At.NotAfter, p.ownerChanged.NotBefore)}
		p.lastCommit = model.Some(c)
	default:
		p.addCommit(c)
	}
}

// find returns nil for a partition that did not move.
func (k *CostTracker) find(tp model.TopicPartition) *movedPartition {
	i, found := slices.BinarySearchFunc(k.moved, tp, func(p movedPartition, tp model.TopicPartition) int { return p.TopicPartition.Compare(tp) })
	if !found {
		return nil
	}
	return &k.moved[i]
}

// Commit adds a commit of any partition of the group. Commits may come in any order, and repeatedly.
func (k *CostTracker) Commit(tp model.TopicPartition, c Commit) {
	if p := k.find(tp); p != nil && !k.Reported.Complete && p.addCommit(c) {
		k.changed = true
	}
}

func (p *movedPartition) addCommit(c Commit) (changed bool) {
	if c.Offset < 0 || c.At.IsZero() {
		return false
	}
	if !p.assigned.IsZero() && c.At.NotBefore.After(p.assigned.NotAfter) {
		if first, known := p.firstCommit.Get(); known && !c.At.NotAfter.Before(first.At.NotAfter) {
			return false
		}
		p.firstCommit = model.Some(c)
		return true
	}
	switch {
	case c.At.NotAfter.Before(p.ownerChanged.NotBefore):
		return replaceIfNewer(&p.lastCommit, c)
	case p.revokedLater && !p.nextSeen:
		replaceIfNewer(&p.unattributed, c)
	}
	return false
}

func replaceIfNewer(last *model.Maybe[Commit], c Commit) (replaced bool) {
	if was, known := last.Get(); known && !c.At.NotBefore.After(was.At.NotBefore) {
		return false
	}
	*last = model.Some(c)
	return true
}

// Poll adds what a poll saw of any partition of the group; at is from its request to its answer. A rebalance that the same
// poll shows has been added before.
func (k *CostTracker) Poll(tp model.TopicPartition, lag, end, committed model.Maybe[int64], at model.Moment) {
	p := k.find(tp)
	if p == nil || k.Reported.Complete || at.NotBefore.Before(p.polled.NotBefore) {
		return
	}
	if offset, known := committed.Get(); known {
		// The poll that shows the rebalance shows the offset that is committed now, not that it was committed since that poll.
		if was, seen := p.committed.Get(); seen && was != offset && at.NotBefore.After(p.polled.NotBefore) {
			p.addCommit(Commit{Offset: offset, At: model.Moment{NotBefore: p.polled.NotBefore, NotAfter: at.NotAfter}})
		}
		p.committed, p.polled = committed, at
	}
	p.addLag(lag, end, !at.NotBefore.Before(k.Rebalance.Ended.NotAfter), at)
	k.changed = true
}

func (p *movedPartition) addLag(lag, end model.Maybe[int64], over bool, at model.Moment) {
	now, known := lag.Get()
	if !known {
		if over && p.neverCommitted() {
			p.addEnd(end)
		}
		return
	}
	if !p.lagFinal {
		p.PeakLag = model.Some(max(p.PeakLag.Or(0), now))
	}
	if first, resumed := p.firstCommit.Get(); resumed && !at.NotBefore.Before(first.At.NotAfter) {
		p.lagFinal = true
	}
	if over {
		p.polledActive = p.polledActive || now > 0 || !end.Known() || end != p.End
		p.polledIdle = true
	}
}

// neverCommitted reports whether no commit of the partition is known: its lag is unknown then.
func (p *movedPartition) neverCommitted() bool {
	return !p.committed.Known() && !p.PartitionBefore.Commit.Known()
}

// addEnd compares the log ends of a partition whose lag is unknown, to see whether records arrive.
func (p *movedPartition) addEnd(end model.Maybe[int64]) {
	if !p.End.Known() {
		p.End = end
	}
	p.polledActive = p.polledActive || !end.Known() || end != p.End
	p.polledIdle = true
}

// NextRebalance adds a later rebalance of the group. The pause of a partition that is not read yet continues through it, until
// some member reads the partition.
func (k *CostTracker) NextRebalance(r *model.Rebalance, handoffs Handoffs) {
	if k.Reported.Complete {
		return
	}
	for i := range k.moved {
		p := &k.moved[i]
		if p.firstCommit.Known() || !p.continueInto(r, handoffs[p.TopicPartition]) {
			continue
		}
		k.deadline = model.Later(k.deadline, r.Ended.NotAfter.Add(CostWindow))
		k.changed = true
	}
}

// continueInto reports whether a later rebalance changes what is known of the pause.
func (p *movedPartition) continueInto(r *model.Rebalance, handoff *Handoff) (changed bool) {
	if p.revokedLater && !p.nextSeen {
		p.nextSeen, changed = true, true
		if isSingle(r) { // every member has revoked what it was to before it rejoins
			p.ownerChanged, p.revokedBy = r.Ended, r.JoinEnded.NotAfter
		}
	}
	move, moved := r.MoveOf(p.TopicPartition)
	switch {
	case moved && move.To == model.Nobody:
		p.assigned = model.Moment{}
	case moved && p.assigned.IsZero():
		changed := p.ownerChanged
		p.reassign(r, move.To)
		p.ownerChanged = changed
		if handoff != nil && !handoff.assigned.IsZero() && !handoff.severalOwners { // KIP-848: before the rebalance as a whole ended
			p.assigned = handoff.assigned
			if first, known := handoff.firstCommit.Get(); known {
				p.addCommit(first)
			}
		}
	}
	if c, known := p.unattributed.Get(); known {
		p.unattributed = model.None[Commit]()
		p.addCommit(c)
	}
	return changed || moved
}

// Revise replaces the rebalance by a version with more details, like its beginning or its verdict, and the same moves.
func (k *CostTracker) Revise(r *model.Rebalance) {
	k.Rebalance, k.changed = r, true
}

// Close ends the tracking early: what is unknown stays unknown, and the next cost is complete.
func (k *CostTracker) Close() { k.deadline = time.Time{} }

// Cost is what is known of the cost now, and whether it differs from the last report.
func (k *CostTracker) Cost(now time.Time) (model.Cost, bool) {
	over := !now.Before(k.deadline)
	if k.Reported.Complete || !k.changed && !over {
		return k.Reported, false
	}
	k.changed = false
	c := k.total(over)
	if c.CostTotals == k.Reported.CostTotals && slices.Equal(c.Pauses, k.Reported.Pauses) {
		return k.Reported, false
	}
	k.Reported = c
	return c, true
}
