package ownership

import (
	"slices"
	"time"

	"regroup/model"
)

// How the bounds of a pause are found
//
// A partition is paused from when its previous owner has read it last until its new owner begins to read it. No request to
// a broker shows when a consumer polls or processes, so both moments are bounded.
//
// The previous owner did not stop before
//   - its last commit (its first commit of that offset, if there was more to read);
//   - the rebalance began, if it is still a member and another member's arrival or departure started the rebalance: it reads
//     on until its next heartbeat tells it to rejoin. In a consumer group (KIP-848) always: the coordinator asks first;
//   - its timeouts before the rebalance began: a member that does not poll for max.poll.interval.ms leaves by itself, and one
//     that sends no heartbeat for session.timeout.ms is removed.
//
// It had stopped when
//   - it had revoked the partition. In an eager group every member revokes all partitions before it rejoins: at the latest
//     when the join ended. In a cooperative group (KIP-429) it learns from the sync what to revoke, and rejoins after that: at
//     the latest when the next join ended;
//   - the join ended, if it left the group; or the rebalance began, if its departure alone started the rebalance.
//
// The new owner did not start before it was assigned the partition: classic members receive their assignment with the sync,
// when the rebalance ends; members of a consumer group one partition at a time. It had started by its first commit.
//
// A session timeout does not prove a crash: a member that is cut off from its coordinator reads on until it is removed. So the
// session timeout counts in AtMost, and not in AtLeast.

// timeoutSlack is how late a broker's timers may detect that a member's timeout has expired.
const timeoutSlack = time.Second

// finalCommit is how long before a rebalance begins, or a partition is revoked, a commit may be that was made for it: a member
// commits before it leaves or revokes.
const finalCommit = 100 * time.Millisecond

// assignmentGrace is how long a poll may show an outdated assignment: so long the tracker waits for the record of a new one.
const assignmentGrace = model.RecordGrace

// isSingle reports whether no member can have read a partition by an assignment in the middle of the rebalance that is not
// known: it is exactly one, or the generations in its middle were superseded before SyncGroup.
func isSingle(r *model.Rebalance) bool {
	return r.AtLeast-r.Superseded <= 1 && r.From.Kind == model.GenerationExact && r.To.Kind == model.GenerationExact
}

// startedByDeparture reports whether the departure of one member started the rebalance, and no other arrived or left.
func startedByDeparture(r *model.Rebalance) bool {
	return r.Verdict.Cause.IsDeparture() && r.Verdict.Confidence != model.Possible && len(r.Also) == 0 &&
		len(r.Left) == 1 && len(r.Joined)+len(r.Restarted) == 0 && r.Superseded == 0 && isSingle(r)
}

// startedByAMember reports whether a member's arrival or departure started the rebalance: the others read until then.
func startedByAMember(r *model.Rebalance) bool {
	return r.Verdict.Cause.StartsWithAMember() && r.Verdict.Confidence != model.Possible && len(r.Also) == 0
}

// stoppedNotBefore is until when the previous owner certainly read; zero is unknown.
func (k *CostTracker) stoppedNotBefore(p *movedPartition) time.Time {
	r := k.Rebalance
	var known time.Time
	if last, is := p.lastCommit.Get(); is {
		known = last.At.NotBefore
		if !last.Since.IsZero() && p.Lag != model.Some[int64](0) {
			known = last.Since
		}
	}
	known = model.Later(known, model.Later(p.OwnedSince, p.OwnerEnded.NotBefore))
	began := r.Began.NotBefore
	switch {
	case began.IsZero():
		return known
	case p.previousOwner == model.Nobody, !p.ownerLeft && (r.Type.Reconciles() || startedByAMember(r)):
		return model.Later(known, began)
	}
	if m := model.MemberIn(k.members, p.previousOwner); m != nil && m.SessionTimeout.Known() && m.RebalanceTimeout.Known() {
		return model.Later(known, began.Add(-max(m.SessionTimeout.Or(0), m.RebalanceTimeout.Or(0))-timeoutSlack))
	}
	return known
}

// stoppedNotAfter is by when the previous owner had certainly stopped; zero is unknown.
func (k *CostTracker) stoppedNotAfter(p *movedPartition) time.Time {
	r := k.Rebalance
	var known time.Time
	bound := func(at time.Time) {
		if known.IsZero() || !at.IsZero() && at.Before(known) {
			known = at
		}
	}
	bound(p.Revoked.NotAfter)
	bound(p.OwnerEnded.NotAfter)
	bound(p.revokedBy)
	eager := r.Protocol() == model.ProtocolEager
	if p.assigned.IsZero() && !p.revokedLater && (eager || isSingle(r)) {
		bound(r.Ended.NotAfter) // it has had no owner since
	}
	if p.startedUnowned(r) && (eager || r.Type.Reconciles()) {
		bound(r.Began.NotAfter)
	}
	if r.Type.Reconciles() {
		return known
	}
	if eager || (p.ownerLeft || p.previousOwner == model.Nobody) && isSingle(r) {
		bound(r.JoinEnded.NotAfter)
	}
	if p.ownerLeft && startedByDeparture(r) {
		bound(r.Began.NotAfter)
	}
	return known
}

// startedUnowned reports whether the partition had no owner when the rebalance began, nor, by its commits, during it.
func (p *movedPartition) startedUnowned(r *model.Rebalance) bool {
	last, known := p.lastCommit.Get()
	return p.previousOwner == model.Nobody && isSingle(r) && (!known || !last.At.NotBefore.After(r.Began.NotAfter))
}

// startedNotBefore is until when the new owner certainly did not read; zero is unknown. When the tracking closes and the
// partition has no owner, it is the newest poll that showed that.
func (k *CostTracker) startedNotBefore(p *movedPartition, closing bool) time.Time {
	r := k.Rebalance
	from := p.assigned.NotBefore
	if p.assigned.IsZero() {
		from = r.Ended.NotBefore
		if closing && !p.polled.NotBefore.IsZero() {
			from = model.Later(from, p.polled.NotBefore.Add(-assignmentGrace))
		}
	}
	if r.Protocol() == model.ProtocolEager && p.Revoked.IsZero() && p.OwnerEnded.IsZero() {
		from = model.Later(from, r.Ended.NotBefore) // an owner in the middle of several rebalances has revoked it as well
	}
	return from
}

func (k *CostTracker) pause(p *movedPartition, closing bool) model.Pause {
	out := model.Pause{TopicPartition: p.TopicPartition, Resumed: p.firstCommit.Known()}
	out.Quiet = !out.Resumed && (p.Lag == model.Some[int64](0) || p.neverCommitted()) && p.polledIdle && !p.polledActive
	out.Stopped = model.Moment{NotBefore: k.stoppedNotBefore(p), NotAfter: k.stoppedNotAfter(p)}
	out.Started.NotBefore = k.startedNotBefore(p, closing)
	first, resumed := p.firstCommit.Get()
	if resumed {
		out.Started.NotAfter = first.At.NotAfter
	}
	bound(&out)
	if before, known := p.baselineLag().Get(); known && p.PeakLag.Known() {
		out.LagAdded = model.Some(max(0, p.PeakLag.Or(0)-before))
	}
	if last, known := p.lastCommit.Get(); known && resumed {
		out.Reprocessed = k.reprocessed(p, last, first)
	}
	return out
}

// baselineLag is the lag before the pause. Where the owner left, that was when it stopped and not when the group detected it.
func (p *movedPartition) baselineLag() model.Maybe[int64] {
	lag, known := p.Lag.Get()
	if least, seen := p.LeastLag.Get(); seen && known && least < lag {
		return p.LeastLag
	}
	return p.Lag
}

// reprocessed is by how many offsets the committed position went back. It is known to be 0 only where the previous owner's last
// commit covers all that it had read: it was made for the revocation, or there was nothing more to read. What a member has read
// since its last commit before it crashes is unknown.
func (k *CostTracker) reprocessed(p *movedPartition, last, first Commit) model.Maybe[int64] {
	end, known := p.End.Get()
	if known && last.Offset > end {
		return model.None[int64]() // the offset was set beyond the log's end
	}
	if back := last.Offset - first.Offset; back > 0 {
		return model.Some(back)
	}
	final := !last.At.NotBefore.Before(k.Rebalance.Began.NotBefore.Add(-finalCommit)) || !p.Revoked.IsZero() && !last.At.NotBefore.Before(p.Revoked.NotBefore.Add(-finalCommit))
	if last.At.Exact() && first.At.Exact() && (final || p.Lag == model.Some[int64](0)) {
		return model.Some[int64](0)
	}
	return model.None[int64]()
}

// bound sets how long a pause lasted from the bounds of its ends.
func bound(p *model.Pause) {
	if stopped, from := p.Stopped.NotAfter, p.Started.NotBefore; !stopped.IsZero() && !from.IsZero() {
		p.AtLeast = max(0, from.Sub(stopped))
	}
	if stopped, until := p.Stopped.NotBefore, p.Started.NotAfter; !stopped.IsZero() && !until.IsZero() {
		p.AtMost = model.Some(max(0, until.Sub(stopped)))
		p.AtLeast = min(p.AtLeast, p.AtMost.Or(0)) // two clocks may differ by milliseconds
	}
}

func (k *CostTracker) total(over bool) model.Cost {
	c := model.Cost{Pauses: make([]model.Pause, len(k.moved)), CostTotals: model.CostTotals{ConsumerTimeLost: k.consumerTimeLost(), Complete: true}}
	var lag, again knownSum
	for i := range k.moved {
		p := &k.moved[i]
		c.Pauses[i] = k.pause(p, over)
		lag.add(c.Pauses[i].LagAdded)
		again.add(c.Pauses[i].Reprocessed)
		c.Complete = c.Complete && p.lagFinal
	}
	c.Complete = c.Complete || over
	c.LagAdded, c.Reprocessed = lag.total(), again.total()
	c.PausedAtLeast, c.PausedAtMost = longest(c.Pauses)
	return c
}

// longest is the longest pause in which there was something to read, or of all if there was nothing.
func longest(pauses []model.Pause) (atLeast time.Duration, atMost model.Maybe[time.Duration]) {
	quiet := !slices.ContainsFunc(pauses, func(p model.Pause) bool { return !p.Quiet })
	unknown := len(pauses) == 0
	for _, p := range pauses {
		if p.Quiet && !quiet {
			continue
		}
		atLeast = max(atLeast, p.AtLeast)
		unknown = unknown || !p.AtMost.Known()
		atMost = model.Some(max(atMost.Or(0), p.AtMost.Or(0)))
	}
	if unknown {
		return atLeast, model.None[time.Duration]()
	}
	return atLeast, atMost
}

// knownSum adds known values. Its total is unknown where it would be 0 only because some values are unknown.
type knownSum struct {
	sum        model.Maybe[int64]
	incomplete bool // something is unknown
}

func (k *knownSum) add(m model.Maybe[int64]) {
	k.sum = model.AddKnown(k.sum, m)
	k.incomplete = k.incomplete || !m.Known()
}

func (k *knownSum) total() model.Maybe[int64] {
	if k.incomplete && k.sum.Or(0) == 0 {
		return model.None[int64]()
	}
	return k.sum
}

// consumerTimeLost is how long members had nothing to read, added up. In an eager group every member that owned or owns
// partitions loses the time of the rebalance. In the others members keep reading what they keep, so only a member that keeps
// nothing loses it. Members that left do not count, and a static member that rejoins in the same generation stops no other.
func (k *CostTracker) consumerTimeLost() time.Duration {
	r := k.Rebalance
	began, ended := r.Began.Middle(), r.Ended.Middle()
	if began.IsZero() || ended.IsZero() || !ended.After(began) || r.AtLeast == 0 {
		return 0
	}
	waits := make(map[model.Slot]bool) // false: it keeps reading
	for _, slot := range r.Before {
		waits[slot] = true
	}
	for _, slot := range r.After {
		waits[slot] = true
	}
	if r.Protocol() != model.ProtocolEager {
		for tp, slot := range r.Before {
			if r.After[tp] == slot {
				waits[slot] = false
			}
		}
	}
	for _, m := range r.Left {
		waits[m.Slot] = false
	}
	total := time.Duration(0)
	for slot, waiting := range waits {
		if waiting && slot != model.Nobody {
			total += k.waitedFor(slot, began, ended)
		}
	}
	return total
}

// waitedFor is how long one member waited, until it was assigned the first of its partitions.
func (k *CostTracker) waitedFor(slot model.Slot, began, ended time.Time) time.Duration {
	if k.Rebalance.Type.Reconciles() {
		for i := range k.moved {
			p := &k.moved[i]
			if assigned := p.Assigned.Middle(); !assigned.IsZero() && k.Rebalance.After[p.TopicPartition] == slot {
				ended = model.Earlier(ended, assigned)
			}
		}
	}
	return max(0, ended.Sub(began))
}
