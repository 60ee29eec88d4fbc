package ownership

import (
	"slices"
	"time"

	"regroup/model"
)

// The rule of a pause. "Reads" is: owns the partition and is at work. Nothing on the wire says when a member fetches or
// processes; what is known bounds it from both sides.
//
// The old owner stopped
//   - not before its last commit (the first of the same offset, if there was more to read), nor before the rebalance began that made it stop: if it is a member still and somebody
//     else came or went, it read until it noticed (in a consumer group always: the coordinator has to ask first, KIP-848);
//   - not before it was last known to be at work: a member that does not poll for max.poll.interval.ms leaves by itself,
//     one that does not send heartbeats for session.timeout.ms is removed;
//   - not after it had given the partition up. Under an eager assignor everybody has given up everything before it joins:
//     at the latest when the join ended. Under a cooperative one (KIP-429) it learns from the sync what it is to give up,
//     and joins again when it has: at the latest when the next join ended. Of a member that is gone it is the join's end
//     at the latest, and the rebalance's beginning if its going was what began it.
//
// The new owner began not before the rebalance ended (classic: the sync tells it), or it was given the partition
// (KIP-848), and not after its first commit.
//
// A crash is no sign of its own: a member that is cut off from its coordinator may read on until it is removed. So the
// session timeout is in AtMost, and not in AtLeast.

// reckonSlack is by how much a member's timeouts may be late: brokers look at them by timers.
const reckonSlack = time.Second

// finalCommit is how long before a rebalance begins, or a partition is given up, the commit may be that was made for it: a
// member that leaves commits first.
const finalCommit = 100 * time.Millisecond

// membersGrace is for how long a look may show an assignment that is not the newest any more: polls wait so long for
// records that tell the same and more.
const membersGrace = model.RecordGrace

// single says that the rebalance is exactly one, or that the generations in its middle are known to have ended before
// their leaders had synced: nobody can have read a partition meanwhile by an assignment that is not known.
func single(r *model.Rebalance) bool {
	return r.AtLeast-r.Superseded <= 1 && r.From.Kind == model.GenerationExact && r.To.Kind == model.GenerationExact
}

// goingBegan says that a member's going is what began the rebalance: nobody else came or went.
func goingBegan(r *model.Rebalance) bool {
	return r.Verdict.Cause.IsDeparture() && r.Verdict.Confidence != model.Possible && len(r.Also) == 0 &&
		len(r.Left) == 1 && len(r.Joined)+len(r.Restarted) == 0 && r.Superseded == 0 && single(r)
}

// othersBegan says that the rebalance was begun by somebody who came or went, so that who stayed read until then.
func othersBegan(r *model.Rebalance) bool {
	return r.Verdict.Cause.StartsWithAMember() && r.Verdict.Confidence != model.Possible && len(r.Also) == 0
}

// notBefore is when the old owner cannot have stopped yet; zero is unknown.
func (k *CostTracker) notBefore(p *pausing) time.Time {
	r := k.Rebalance
	var known time.Time
	if last, is := p.last.Get(); is {
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
	case p.from == model.Nobody, !p.gone && (r.Type.Reconciles() || othersBegan(r)):
		return model.Later(known, began)
	}
	if m := model.MemberIn(k.members, p.from); m != nil && m.SessionTimeout.Known() && m.RebalanceTimeout.Known() {
		return model.Later(known, began.Add(-max(m.SessionTimeout.Or(0), m.RebalanceTimeout.Or(0))-reckonSlack))
	}
	return known
}

// notAfter is when the old owner had stopped; zero is unknown.
func (k *CostTracker) notAfter(p *pausing) time.Time {
	r := k.Rebalance
	var known time.Time
	bound := func(at time.Time) {
		if known.IsZero() || !at.IsZero() && at.Before(known) {
			known = at
		}
	}
	bound(p.Revoked.NotAfter)
	bound(p.OwnerEnded.NotAfter)
	bound(p.gaveBy)
	eager := r.Protocol() == model.ProtocolEager
	if p.given.IsZero() && !p.late && (eager || single(r)) {
		bound(r.Ended.NotAfter) // and nobody has it since
	}
	if p.unread(r) && (eager || r.Type.Reconciles()) {
		bound(r.Began.NotAfter)
	}
	if r.Type.Reconciles() {
		return known
	}
	if eager || (p.gone || p.from == model.Nobody) && single(r) {
		bound(r.JoinEnded.NotAfter)
	}
	if p.gone && goingBegan(r) {
		bound(r.Began.NotAfter)
	}
	return known
}

// unread says that nobody had the partition when the rebalance began, nor meanwhile, as far as commits tell.
func (p *pausing) unread(r *model.Rebalance) bool {
	last, known := p.last.Get()
	return p.from == model.Nobody && single(r) && (!known || !last.At.NotBefore.After(r.Began.NotAfter))
}

// startedFrom is when the new owner cannot have begun yet; zero is unknown. closing says that nobody has it still, as far
// as the newest look could tell.
func (k *CostTracker) startedFrom(p *pausing, closing bool) time.Time {
	r := k.Rebalance
	from := p.given.NotBefore
	if p.given.IsZero() {
		from = r.Ended.NotBefore
		if closing && !p.looked.NotBefore.IsZero() {
			from = model.Later(from, p.looked.NotBefore.Add(-membersGrace))
		}
	}
	if r.Protocol() == model.ProtocolEager && p.Revoked.IsZero() && p.OwnerEnded.IsZero() {
		from = model.Later(from, r.Ended.NotBefore) // whoever had it in the middle of several has given it up as well
	}
	return from
}

func (k *CostTracker) pause(p *pausing, closing bool) model.Pause {
	out := model.Pause{TopicPartition: p.TopicPartition, Resumed: p.first.Known()}
	out.Quiet = !out.Resumed && (p.Lag == model.Some[int64](0) || p.never()) && p.calm && !p.stirred
	out.Stopped = model.Moment{NotBefore: k.notBefore(p), NotAfter: k.notAfter(p)}
	out.Started.NotBefore = k.startedFrom(p, closing)
	first, resumed := p.first.Get()
	if resumed {
		out.Started.NotAfter = first.At.NotAfter
	}
	bound(&out)
	if before, known := p.leastLag().Get(); known && p.PeakLag.Known() {
		out.LagAdded = model.Some(max(0, p.PeakLag.Or(0)-before))
	}
	if last, known := p.last.Get(); known && resumed {
		out.Reprocessed = k.reprocessed(p, last, first)
	}
	return out
}

// leastLag is the lag from which on what has been added is the rebalance's cost: nobody has read since whoever is gone
// stopped, however long it took until the group knew.
func (p *pausing) leastLag() model.Maybe[int64] {
	lag, known := p.Lag.Get()
	if least, told := p.LeastLag.Get(); told && known && least < lag {
		return p.LeastLag
	}
	return p.Lag
}

// reprocessed is by how much the position fell back. That it did not is known only where the old owner's last commit held
// all that it had read: it made it as it gave the partition up, or there was nothing more to read. What a member has read
// since its last commit when it crashes, nobody else can know.
func (k *CostTracker) reprocessed(p *pausing, last, first Commit) model.Maybe[int64] {
	end, known := p.End.Get()
	if known && last.Offset > end {
		return model.None[int64]() // somebody has set it to where nothing is
	}
	if fell := last.Offset - first.Offset; fell > 0 {
		return model.Some(fell)
	}
	final := !last.At.NotBefore.Before(k.Rebalance.Began.NotBefore.Add(-finalCommit)) || !p.Revoked.IsZero() && !last.At.NotBefore.Before(p.Revoked.NotBefore.Add(-finalCommit))
	if last.At.Exact() && first.At.Exact() && (final || p.Lag == model.Some[int64](0)) {
		return model.Some[int64](0)
	}
	return model.None[int64]()
}

// bound is how long a pause was, from the moments between which it lies.
func bound(p *model.Pause) {
	if stopped, from := p.Stopped.NotAfter, p.Started.NotBefore; !stopped.IsZero() && !from.IsZero() {
		p.AtLeast = max(0, from.Sub(stopped))
	}
	if stopped, until := p.Stopped.NotBefore, p.Started.NotAfter; !stopped.IsZero() && !until.IsZero() {
		p.AtMost = model.Some(max(0, until.Sub(stopped)))
		p.AtLeast = min(p.AtLeast, p.AtMost.Or(0)) // two clocks may contradict each other by milliseconds
	}
}

func (k *CostTracker) sum(over bool) model.Cost {
	c := model.Cost{Pauses: make([]model.Pause, len(k.pausing)), ConsumerTimeLost: k.idle(), Complete: true}
	var lag, again knownSum
	for i := range k.pausing {
		p := &k.pausing[i]
		c.Pauses[i] = k.pause(p, over)
		lag.add(c.Pauses[i].LagAdded)
		again.add(c.Pauses[i].Reprocessed)
		c.Complete = c.Complete && p.lookedOver
	}
	c.Complete = c.Complete || over
	c.LagAdded, c.Reprocessed = lag.total(), again.total()
	c.PausedAtLeast, c.PausedAtMost = longest(c.Pauses)
	return c
}

// longest is the longest pause of those in which something was to be read, or of all if there was nothing.
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

// knownSum adds what is known. 0 would be a claim about what is not.
type knownSum struct {
	sum  model.Maybe[int64]
	some bool // something is unknown
}

func (k *knownSum) add(m model.Maybe[int64]) {
	k.sum = model.AddKnown(k.sum, m)
	k.some = k.some || !m.Known()
}

func (k *knownSum) total() model.Maybe[int64] {
	if k.some && k.sum.Or(0) == 0 {
		return model.None[int64]()
	}
	return k.sum
}

// idle is the members' time without anything to read. Eager: everybody who had or has something stands still while the
// group is unsettled. Cooperative and KIP-848: members read on what they keep (KIP-429), so only who keeps nothing and
// waits for something does, or has lost all it had and waits for what comes of it. Who is gone waits for nothing, and
// nobody does when a static member comes back in the same generation.
func (k *CostTracker) idle() time.Duration {
	r := k.Rebalance
	began, ended := middleOf(r.Began), middleOf(r.Ended)
	if began.IsZero() || ended.IsZero() || !ended.After(began) || r.AtLeast == 0 {
		return 0
	}
	waits := make(map[model.Slot]bool) // false is one that reads on
	for _, lane := range r.Before {
		waits[lane] = true
	}
	for _, lane := range r.After {
		waits[lane] = true
	}
	if r.Protocol() != model.ProtocolEager {
		for tp, lane := range r.Before {
			if r.After[tp] == lane {
				waits[lane] = false
			}
		}
	}
	for _, m := range r.Left {
		waits[m.Slot] = false
	}
	total := time.Duration(0)
	for lane, waiting := range waits {
		if waiting && lane != model.Nobody {
			total += k.waited(lane, began, ended)
		}
	}
	return total
}

// waited is how long one member waited: until it was given the first of its partitions.
func (k *CostTracker) waited(lane model.Slot, began, ended time.Time) time.Duration {
	if k.Rebalance.Type.Reconciles() {
		for i := range k.pausing {
			p := &k.pausing[i]
			if took := middleOf(p.Assigned); !took.IsZero() && k.Rebalance.After[p.TopicPartition] == lane {
				ended = model.Earlier(ended, took)
			}
		}
	}
	return max(0, ended.Sub(began))
}

// middleOf is the middle of a moment, or the only end of it that is known.
func middleOf(m model.Moment) time.Time {
	switch {
	case m.NotBefore.IsZero():
		return m.NotAfter
	case m.NotAfter.IsZero():
		return m.NotBefore
	}
	return m.NotBefore.Add(m.NotAfter.Sub(m.NotBefore) / 2)
}

func sameCost(a, b *model.Cost) bool {
	return slices.Equal(a.Pauses, b.Pauses) && a.PausedAtLeast == b.PausedAtLeast && a.PausedAtMost == b.PausedAtMost &&
		a.LagAdded == b.LagAdded && a.Reprocessed == b.Reprocessed && a.ConsumerTimeLost == b.ConsumerTimeLost && a.Complete == b.Complete
}
