package model

import (
	"slices"
	"time"
)

// ReckonedFor is for how long after the end of a rebalance its cost is looked for: longer than any usual commit interval.
// What is unknown then stays unknown.
const ReckonedFor = time.Minute

// commitSeen is a commit, and when it was made as far as that is known. The same offset committed again is a commit too:
// whoever made it was at work.
type commitSeen struct {
	offset int64
	at     Moment
	// since is when the same offset was committed first, if it was again: whoever has records to read and commits what it
	// has committed before may be stuck. Zero is at.
	since time.Time
}

// partitionBefore is what was known of a partition that moves. Everything but its name may be left out.
type partitionBefore struct {
	TopicPartition
	commit   Maybe[commitSeen] // the newest that was made before the new owner had it (classic: before the rebalance ended)
	lag, end Maybe[int64]      // as the last look before the rebalance began saw them
	lookedAt time.Time         // that look was asked for
	least    Maybe[int64]      // of a member that is gone: the least lag since it committed last; unknown is lag
	peak     Maybe[int64]      // the largest lag that a look has seen since
	owned    time.Time         // its owner did not have it earlier; zero is unknown
	stopped  Moment            // its owner is known to have ended, as a process that the lab has killed
	// gave and took are when the old owner had given it up, and when the new one was given it, where that happened
	// before the rebalance as a whole ended: in a consumer group (KIP-848), each partition on its own.
	gave, took Moment
	first      Maybe[commitSeen] // the earliest since then
}

// reckoning follows the partitions that moved in one rebalance until each is read again. It holds nothing but those.
type reckoning struct {
	r        *Rebalance
	members  []MemberView // before
	pausing  []pausing    // as r.Moves
	deadline time.Time
	changed  bool // since told
	told     Cost
}

// pausing is a partition that moved, and how far it is on its way to being read again.
type pausing struct {
	partitionBefore
	from Lane
	gone bool // the old owner is not a member any more
	// late says that the old owner learns only when the rebalance has ended that it is to give the partition up, and
	// commits until it has (KIP-429). The next rebalance, which it then asks for, says until when that was.
	late, nextKnown bool

	// Commits that were made certainly before held are the old owner's. Commits that were made certainly after given are
	// a new owner's; zero is none yet. What could be either tells nothing.
	held, given Moment
	last, first Maybe[commitSeen] // the old owner's last, the new one's first
	unclaimed   Maybe[commitSeen] // the newest whose owner the next rebalance will tell
	gaveBy      time.Time         // the old owner had given it up; zero is unknown

	looked     Moment       // of the newest look
	committed  Maybe[int64] // as it saw it
	calm       bool         // the looks since the rebalance saw nothing to read
	stirred    bool         // one of them did
	lookedOver bool         // there was a look since it was read again: the lag is settled
}

// newReckoning begins to reckon what a rebalance costs, once it has ended. before is in the order of r.Moves or any
// other, members are those of the group before.
func newReckoning(r *Rebalance, before []partitionBefore, members []MemberView) *reckoning {
	k := &reckoning{r: r, changed: true, pausing: make([]pausing, len(r.Moves)), deadline: Later(r.Ended.NotAfter, r.SeenAt).Add(ReckonedFor)}
	for i, move := range r.Moves {
		p := &k.pausing[i]
		p.TopicPartition, p.from = move.TopicPartition, move.From
		p.gone = r.lost(move.From)
		if m := memberIn(members, move.From); m != nil && memberIn(k.members, move.From) == nil {
			k.members = append(k.members, MemberView{MemberRef: m.MemberRef, SessionTimeout: m.SessionTimeout, RebalanceTimeout: m.RebalanceTimeout})
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
func (p *pausing) handOver(r *Rebalance, to Lane) {
	p.held, p.given = r.Ended, r.Ended
	if reconciles(r.Type) || !single(r) { // at some time meanwhile
		p.held = Moment{r.Began.NotBefore, r.Ended.NotAfter}
		p.given = p.held
	}
	if to != Nobody {
		return
	}
	p.given = Moment{}
	if p.from != Nobody && !p.gone && r.Protocol() != ProtocolEager && !reconciles(r.Type) { // there it has given it up, or still has it
		p.late = true
	}
}

// know takes in what was known before.
func (p *pausing) know(r *Rebalance, b partitionBefore) {
	p.partitionBefore = b
	handed := !b.took.IsZero() && !p.given.IsZero()
	if handed {
		p.held, p.given = b.took, b.took
	}
	p.looked.NotBefore = b.lookedAt
	if first, known := b.first.Get(); known {
		p.commit(first)
	}
	c, known := b.commit.Get()
	if !known || c.offset < 0 || c.at.IsZero() {
		return
	}
	p.committed = Some(c.offset)
	if p.looked.NotBefore = Later(p.looked.NotBefore, c.at.NotBefore); handed {
		p.looked.NotBefore = c.at.NotBefore // there may be newer ones
	}
	switch {
	case handed && p.took.Exact(), single(r) && !reconciles(r.Type), c.at.NotBefore.Before(p.held.NotBefore):
		// It is from before, even if a poll's answer or the translation of the clocks puts its end a little later.
		c.at = Moment{Earlier(c.at.NotBefore, p.held.NotBefore), Earlier(c.at.NotAfter, p.held.NotBefore)}
		p.last = Some(c)
	default:
		p.commit(c)
	}
}

// find is nil for a partition that did not move.
func (k *reckoning) find(tp TopicPartition) *pausing {
	i, found := slices.BinarySearchFunc(k.pausing, tp, func(p pausing, tp TopicPartition) int { return p.TopicPartition.Compare(tp) })
	if !found {
		return nil
	}
	return &k.pausing[i]
}

// commit takes in a commit of any partition of the group, in any order, once or more often.
func (k *reckoning) commit(tp TopicPartition, c commitSeen) {
	if p := k.find(tp); p != nil && !k.told.Complete && p.commit(c) {
		k.changed = true
	}
}

func (p *pausing) commit(c commitSeen) (changed bool) {
	if c.offset < 0 || c.at.IsZero() {
		return false
	}
	if !p.given.IsZero() && c.at.NotBefore.After(p.given.NotAfter) {
		if first, known := p.first.Get(); known && !c.at.NotAfter.Before(first.at.NotAfter) {
			return false
		}
		p.first = Some(c)
		return true
	}
	switch {
	case c.at.NotAfter.Before(p.held.NotBefore):
		return replaceOlder(&p.last, c)
	case p.late && !p.nextKnown:
		replaceOlder(&p.unclaimed, c)
	}
	return false
}

func replaceOlder(last *Maybe[commitSeen], c commitSeen) (replaced bool) {
	if was, known := last.Get(); known && !c.at.NotBefore.After(was.at.NotBefore) {
		return false
	}
	*last = Some(c)
	return true
}

// look takes in what a poll saw of any partition of the group, asked for and answered within at. A rebalance that the
// same poll shows has been told before.
func (k *reckoning) look(tp TopicPartition, lag, end, committed Maybe[int64], at Moment) {
	p := k.find(tp)
	if p == nil || k.told.Complete || at.NotBefore.Before(p.looked.NotBefore) {
		return
	}
	if offset, known := committed.Get(); known {
		// The poll that shows the rebalance says where the commit is now, not that it got there since that poll.
		if was, told := p.committed.Get(); told && was != offset && at.NotBefore.After(p.looked.NotBefore) {
			p.commit(commitSeen{offset: offset, at: Moment{p.looked.NotBefore, at.NotAfter}})
		}
		p.committed, p.looked = committed, at
	}
	p.lookAtLag(lag, end, !at.NotBefore.Before(k.r.Ended.NotAfter), at)
	k.changed = true
}

func (p *pausing) lookAtLag(lag, end Maybe[int64], over bool, at Moment) {
	now, known := lag.Get()
	if !known {
		if over && p.never() {
			p.lookAtEnd(end)
		}
		return
	}
	if !p.lookedOver {
		p.peak = Some(max(p.peak.Or(0), now))
	}
	if first, resumed := p.first.Get(); resumed && !at.NotBefore.Before(first.at.NotAfter) {
		p.lookedOver = true
	}
	if over {
		p.stirred = p.stirred || now > 0 || !end.Known() || end != p.end
		p.calm = true
	}
}

// never says that the group has not committed anything of the partition, as far as is known: then there is no lag.
func (p *pausing) never() bool { return !p.committed.Known() && !p.partitionBefore.commit.Known() }

// lookAtEnd sees whether anything arrives in a partition of which the lag is not known.
func (p *pausing) lookAtEnd(end Maybe[int64]) {
	if !p.end.Known() {
		p.end = end
	}
	p.stirred = p.stirred || !end.Known() || end != p.end
	p.calm = true
}

// next takes in a later rebalance of the group. A partition that is not read yet stays in the reckoning: its pause goes
// on, into the next rebalance and through it, until somebody reads it.
func (k *reckoning) next(r *Rebalance, handed handovers) {
	if k.told.Complete {
		return
	}
	for i := range k.pausing {
		p := &k.pausing[i]
		if p.first.Known() || !p.next(r, handed[p.TopicPartition]) {
			continue
		}
		k.deadline = Later(k.deadline, r.Ended.NotAfter.Add(ReckonedFor))
		k.changed = true
	}
}

func (p *pausing) next(r *Rebalance, o *handover) (changed bool) {
	if p.late && !p.nextKnown {
		p.nextKnown, changed = true, true
		if single(r) { // every member joins again, and has given up by then what it was to
			p.held, p.gaveBy = r.Ended, r.JoinEnded.NotAfter
		}
	}
	move, moved := r.moveOf(p.TopicPartition)
	switch {
	case moved && move.To == Nobody:
		p.given = Moment{}
	case moved && p.given.IsZero():
		held := p.held
		p.handOver(r, move.To)
		p.held = held
		if o != nil && !o.took.IsZero() && !o.everReturned { // in a consumer group, before the rebalance as a whole ended
			p.given = o.took
			if first, known := o.first.Get(); known {
				p.commit(first)
			}
		}
	}
	if c, known := p.unclaimed.Get(); known {
		p.unclaimed = None[commitSeen]()
		p.commit(c)
	}
	return changed || moved
}

// revise replaces the rebalance by one of which more is known: when it began, its verdict. Its moves are the same.
func (k *reckoning) revise(r *Rebalance) {
	k.r, k.changed = r, true
}

// close ends the reckoning before its time: what is unknown stays so. The next cost is complete.
func (k *reckoning) close() { k.deadline = time.Time{} }

// cost is what is known of the cost now, and whether that is something else than what was told last.
func (k *reckoning) cost(now time.Time) (Cost, bool) {
	over := !now.Before(k.deadline)
	if k.told.Complete || !k.changed && !over {
		return k.told, false
	}
	k.changed = false
	c := k.sum(over)
	if sameCost(&c, &k.told) {
		return k.told, false
	}
	k.told = c
	return c, true
}
