package ownership

import (
	"slices"
	"time"

	"regroup/model"
)

// ReckonedFor is for how long after the end of a rebalance its cost is looked for: longer than any usual commit interval.
// What is unknown then stays unknown.
const ReckonedFor = time.Minute

// Commit is a commit, and when it was made as far as that is known. The same offset committed again is a commit too:
// whoever made it was at work.
type Commit struct {
	Offset int64
	At     model.Moment
	// since is when the same offset was committed first, if it was again: whoever has records to read and commits what it
	// has committed before may be stuck. Zero is at.
	Since time.Time
}

// PartitionBefore is what was known of a partition that moves. Everything but its name may be left out.
type PartitionBefore struct {
	model.TopicPartition
	Commit     model.Maybe[Commit] // the newest that was made before the new owner had it (classic: before the rebalance ended)
	Lag, End   model.Maybe[int64]  // as the last look before the rebalance began saw them
	PolledAt   time.Time           // that look was asked for
	LeastLag   model.Maybe[int64]  // of a member that is gone: the least lag since it committed last; unknown is lag
	PeakLag    model.Maybe[int64]  // the largest lag that a look has seen since
	OwnedSince time.Time           // its owner did not have it earlier; zero is unknown
	OwnerEnded model.Moment        // its owner is known to have ended, as a process that the lab has killed
	// gave and took are when the old owner had given it up, and when the new one was given it, where that happened
	// before the rebalance as a whole ended: in a consumer group (KIP-848), each partition on its own.
	Revoked, Assigned model.Moment
	first             model.Maybe[Commit] // the earliest since then
}

// CostTracker follows the partitions that moved in one rebalance until each is read again. It holds nothing but those.
type CostTracker struct {
	Rebalance *model.Rebalance
	members   []model.MemberView // before
	pausing   []pausing          // as r.Moves
	deadline  time.Time
	changed   bool // since told
	Reported  model.Cost
}

// pausing is a partition that moved, and how far it is on its way to being read again.
type pausing struct {
	PartitionBefore
	from model.Slot
	gone bool // the old owner is not a member any more
	// late says that the old owner learns only when the rebalance has ended that it is to give the partition up, and
	// commits until it has (KIP-429). The next rebalance, which it then asks for, says until when that was.
	late, nextKnown bool

	// Commits that were made certainly before held are the old owner's. Commits that were made certainly after given are
	// a new owner's; zero is none yet. What could be either tells nothing.
	held, given model.Moment
	last, first model.Maybe[Commit] // the old owner's last, the new one's first
	unclaimed   model.Maybe[Commit] // the newest whose owner the next rebalance will tell
	gaveBy      time.Time           // the old owner had given it up; zero is unknown

	looked     model.Moment       // of the newest look
	committed  model.Maybe[int64] // as it saw it
	calm       bool               // the looks since the rebalance saw nothing to read
	stirred    bool               // one of them did
	lookedOver bool               // there was a look since it was read again: the lag is settled
}

// NewCostTracker begins to reckon what a rebalance costs, once it has ended. before is in the order of r.Moves or any
// other, members are those of the group before.
func NewCostTracker(r *model.Rebalance, before []PartitionBefore, members []model.MemberView) *CostTracker {
	k := &CostTracker{Rebalance: r, changed: true, pausing: make([]pausing, len(r.Moves)), deadline: model.Later(r.Ended.NotAfter, r.SeenAt).Add(ReckonedFor)}
	for i, move := range r.Moves {
		p := &k.pausing[i]
		p.TopicPartition, p.from = move.TopicPartition, move.From
		p.gone = r.Lost(move.From)
		if m := model.MemberIn(members, move.From); m != nil && model.MemberIn(k.members, move.From) == nil {
			k.members = append(k.members, model.MemberView{MemberRef: m.MemberRef, SessionTimeout: m.SessionTimeout, RebalanceTimeout: m.RebalanceTimeout})
		}
		p.handOver(r, move.To)
	}
	for _, b := range before {
		if p := k.find(b.TopicPartition); p != nil {
			p.know(r, b)
		}
	}
	return k
}

// handOver says whose the commits are that come before and after a rebalance.
func (p *pausing) handOver(r *model.Rebalance, to model.Slot) {
	p.held, p.given = r.Ended, r.Ended
	if r.Type.Reconciles() || !single(r) { // at some time meanwhile
		p.held = model.Moment{NotBefore: r.Began.NotBefore, NotAfter: r.Ended.NotAfter}
		p.given = p.held
	}
	if to != model.Nobody {
		return
	}
	p.given = model.Moment{}
	if p.from != model.Nobody && !p.gone && r.Protocol() != model.ProtocolEager && !r.Type.Reconciles() { // there it has given it up, or still has it
		p.late = true
	}
}

// know takes in what was known before.
func (p *pausing) know(r *model.Rebalance, b PartitionBefore) {
	p.PartitionBefore = b
	handed := !b.Assigned.IsZero() && !p.given.IsZero()
	if handed {
		p.held, p.given = b.Assigned, b.Assigned
	}
	p.looked.NotBefore = b.PolledAt
	if first, known := b.first.Get(); known {
		p.commit(first)
	}
	c, known := b.Commit.Get()
	if !known || c.Offset < 0 || c.At.IsZero() {
		return
	}
	p.committed = model.Some(c.Offset)
	if p.looked.NotBefore = model.Later(p.looked.NotBefore, c.At.NotBefore); handed {
		p.looked.NotBefore = c.At.NotBefore // there may be newer ones
	}
	switch {
	case handed && p.Assigned.Exact(), single(r) && !r.Type.Reconciles(), c.At.NotBefore.Before(p.held.NotBefore):
		// It is from before, even if a poll's answer or the translation of the clocks puts its end a little later.
		c.At = model.Moment{NotBefore: model.Earlier(c.At.NotBefore, p.held.NotBefore), NotAfter: model.Earlier(c.At.NotAfter, p.held.NotBefore)}
		p.last = model.Some(c)
	default:
		p.commit(c)
	}
}

// find is nil for a partition that did not move.
func (k *CostTracker) find(tp model.TopicPartition) *pausing {
	i, found := slices.BinarySearchFunc(k.pausing, tp, func(p pausing, tp model.TopicPartition) int { return p.TopicPartition.Compare(tp) })
	if !found {
		return nil
	}
	return &k.pausing[i]
}

// Commit takes in a commit of any partition of the group, in any order, once or more often.
func (k *CostTracker) Commit(tp model.TopicPartition, c Commit) {
	if p := k.find(tp); p != nil && !k.Reported.Complete && p.commit(c) {
		k.changed = true
	}
}

func (p *pausing) commit(c Commit) (changed bool) {
	if c.Offset < 0 || c.At.IsZero() {
		return false
	}
	if !p.given.IsZero() && c.At.NotBefore.After(p.given.NotAfter) {
		if first, known := p.first.Get(); known && !c.At.NotAfter.Before(first.At.NotAfter) {
			return false
		}
		p.first = model.Some(c)
		return true
	}
	switch {
	case c.At.NotAfter.Before(p.held.NotBefore):
		return replaceOlder(&p.last, c)
	case p.late && !p.nextKnown:
		replaceOlder(&p.unclaimed, c)
	}
	return false
}

func replaceOlder(last *model.Maybe[Commit], c Commit) (replaced bool) {
	if was, known := last.Get(); known && !c.At.NotBefore.After(was.At.NotBefore) {
		return false
	}
	*last = model.Some(c)
	return true
}

// Poll takes in what a poll saw of any partition of the group, asked for and answered within at. A rebalance that the
// same poll shows has been told before.
func (k *CostTracker) Poll(tp model.TopicPartition, lag, end, committed model.Maybe[int64], at model.Moment) {
	p := k.find(tp)
	if p == nil || k.Reported.Complete || at.NotBefore.Before(p.looked.NotBefore) {
		return
	}
	if offset, known := committed.Get(); known {
		// The poll that shows the rebalance says where the commit is now, not that it got there since that poll.
		if was, told := p.committed.Get(); told && was != offset && at.NotBefore.After(p.looked.NotBefore) {
			p.commit(Commit{Offset: offset, At: model.Moment{NotBefore: p.looked.NotBefore, NotAfter: at.NotAfter}})
		}
		p.committed, p.looked = committed, at
	}
	p.lookAtLag(lag, end, !at.NotBefore.Before(k.Rebalance.Ended.NotAfter), at)
	k.changed = true
}

func (p *pausing) lookAtLag(lag, end model.Maybe[int64], over bool, at model.Moment) {
	now, known := lag.Get()
	if !known {
		if over && p.never() {
			p.lookAtEnd(end)
		}
		return
	}
	if !p.lookedOver {
		p.PeakLag = model.Some(max(p.PeakLag.Or(0), now))
	}
	if first, resumed := p.first.Get(); resumed && !at.NotBefore.Before(first.At.NotAfter) {
		p.lookedOver = true
	}
	if over {
		p.stirred = p.stirred || now > 0 || !end.Known() || end != p.End
		p.calm = true
	}
}

// never says that the group has not committed anything of the partition, as far as is known: then there is no lag.
func (p *pausing) never() bool { return !p.committed.Known() && !p.PartitionBefore.Commit.Known() }

// lookAtEnd sees whether anything arrives in a partition of which the lag is not known.
func (p *pausing) lookAtEnd(end model.Maybe[int64]) {
	if !p.End.Known() {
		p.End = end
	}
	p.stirred = p.stirred || !end.Known() || end != p.End
	p.calm = true
}

// NextRebalance takes in a later rebalance of the group. A partition that is not read yet stays in the reckoning: its pause goes
// on, into the next rebalance and through it, until somebody reads it.
func (k *CostTracker) NextRebalance(r *model.Rebalance, handed Handoffs) {
	if k.Reported.Complete {
		return
	}
	for i := range k.pausing {
		p := &k.pausing[i]
		if p.first.Known() || !p.next(r, handed[p.TopicPartition]) {
			continue
		}
		k.deadline = model.Later(k.deadline, r.Ended.NotAfter.Add(ReckonedFor))
		k.changed = true
	}
}

func (p *pausing) next(r *model.Rebalance, o *Handoff) (changed bool) {
	if p.late && !p.nextKnown {
		p.nextKnown, changed = true, true
		if single(r) { // every member joins again, and has given up by then what it was to
			p.held, p.gaveBy = r.Ended, r.JoinEnded.NotAfter
		}
	}
	move, moved := r.MoveOf(p.TopicPartition)
	switch {
	case moved && move.To == model.Nobody:
		p.given = model.Moment{}
	case moved && p.given.IsZero():
		held := p.held
		p.handOver(r, move.To)
		p.held = held
		if o != nil && !o.assigned.IsZero() && !o.severalHands { // in a consumer group, before the rebalance as a whole ended
			p.given = o.assigned
			if first, known := o.first.Get(); known {
				p.commit(first)
			}
		}
	}
	if c, known := p.unclaimed.Get(); known {
		p.unclaimed = model.None[Commit]()
		p.commit(c)
	}
	return changed || moved
}

// Revise replaces the rebalance by one of which more is known: when it began, its verdict. Its moves are the same.
func (k *CostTracker) Revise(r *model.Rebalance) {
	k.Rebalance, k.changed = r, true
}

// Close ends the reckoning before its time: what is unknown stays so. The next cost is complete.
func (k *CostTracker) Close() { k.deadline = time.Time{} }

// Cost is what is known of the cost now, and whether that is something else than what was told last.
func (k *CostTracker) Cost(now time.Time) (model.Cost, bool) {
	over := !now.Before(k.deadline)
	if k.Reported.Complete || !k.changed && !over {
		return k.Reported, false
	}
	k.changed = false
	c := k.sum(over)
	if sameCost(&c, &k.Reported) {
		return k.Reported, false
	}
	k.Reported = c
	return c, true
}
