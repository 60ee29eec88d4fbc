package ownership

import (
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// truth is the true history of one partition through one rebalance, or two: who read it when. Times are milliseconds.
type truth struct {
	t                *rapid.T
	r, second        *model.Rebalance
	stopped, started int   // the pause
	before, after    []int // commits of the old and of the new owner
	members          []model.MemberView
	tp               model.TopicPartition
	commitsSeen      []Commit // as they will be told, in any order
	lastBefore       model.Maybe[Commit]
	gave, took       model.Moment
	blurred          bool
}

func (h *truth) draw(from, to int) int { return rapid.IntRange(from, max(from, to)).Draw(h.t, "ms") }
func (h *truth) toss() bool            { return rapid.Bool().Draw(h.t, "toss") }

// seen is how an instant is known: exactly, or as an interval that it lies in.
func (h *truth) seen(ms int) model.Moment {
	if !h.blurred || h.toss() {
		return model.Exactly(InstantAt(ms))
	}
	return model.Moment{NotBefore: InstantAt(ms - h.draw(0, 2000)), NotAfter: InstantAt(ms + h.draw(0, 2000))}
}

func (h *truth) commits(from, to int) []int {
	var all []int
	for at := from + h.draw(0, 5000); at <= to; at += 1 + h.draw(0, 6000) {
		all = append(all, at)
	}
	return all
}

// rebalance is one that began, ended its join and ended at these instants.
func (h *truth) rebalance(began, joined, ended int, from, to model.Slot) *model.Rebalance {
	r := &model.Rebalance{
		Type: model.TypeClassic, AtLeast: 1, From: model.Generation{Number: 4, Kind: model.GenerationExact}, To: model.Generation{Number: 5, Kind: model.GenerationExact},
		Began: h.seen(began), JoinEnded: h.seen(joined), Ended: h.seen(ended),
		AssignorBefore: "range", AssignorAfter: "range", Moves: []model.Move{{TopicPartition: h.tp, From: from, To: to}},
	}
	if h.toss() {
		r.JoinEnded = model.Moment{}
	}
	return r
}

const laneA, laneB model.Slot = 1, 2

func newTruth(t *rapid.T) *truth {
	h := &truth{t: t, tp: model.TopicPartition{Topic: "t", Partition: 0}}
	h.blurred = h.toss()
	const began = 1_000_000
	joined := began + h.draw(0, 10_000)
	ended := joined + h.draw(1, 3_000)
	h.started = ended + h.draw(0, 8_000)
	h.r = h.rebalance(began, joined, ended, laneA, laneB)
	timeout := 6_000 + h.draw(0, 60_000)
	h.members = []model.MemberView{{MemberRef: model.MemberRef{Slot: laneA}}, {MemberRef: model.MemberRef{Slot: laneB}}}
	if h.toss() {
		h.members[0].SessionTimeout = model.Some(time.Duration(timeout) * time.Millisecond)
		h.members[0].RebalanceTimeout = model.Some(time.Duration(timeout*2) * time.Millisecond)
	}
	left := []model.MemberRef{{Slot: laneA}}
	verdict := func(c model.Cause) { h.r.Verdict = model.Verdict{Cause: c, Confidence: model.Likely} }
	switch rapid.SampledFrom([]string{"joined", "left", "crashed", "hung", "followed", "cooperative", "consumer", "new"}).Draw(t, "story") {
	case "joined": // A notices at its next heartbeat
		verdict(model.CauseMemberJoined)
		h.stopped = began + h.draw(0, joined-began)
	case "left":
		verdict(model.CauseMemberLeft)
		h.stopped, h.r.Left = began-h.draw(0, 500), left
	case "crashed": // or was cut off and read on for a while
		verdict(model.CauseSessionTimeout)
		h.stopped, h.r.Left = began-h.draw(0, timeout), left
	case "hung": // in the middle of a rebalance that another began
		verdict(model.CauseMemberJoined)
		h.r.Also = []model.Verdict{{Cause: model.CauseMaxPollExceeded}}
		h.stopped, h.r.Left = began-h.draw(0, timeout)+h.draw(0, joined-began), left
	case "followed": // two left, A in the middle
		verdict(model.CauseMemberLeft)
		h.stopped, h.r.Left = began+h.draw(0, joined-began), append(left, model.MemberRef{Slot: 3})
	case "cooperative": // A gives it up after the sync, B gets it in the follow-up
		verdict(model.CauseMemberJoined)
		h.r.AssignorBefore, h.r.AssignorAfter = "cooperative-sticky", "cooperative-sticky"
		h.r.Moves[0].To = model.Nobody
		again := ended + h.draw(0, 4_000)
		joined = again + h.draw(0, 4_000)
		h.stopped = ended + h.draw(0, joined-ended)
		endedAgain := joined + h.draw(1, 500)
		h.second = h.rebalance(again, joined, endedAgain, model.Nobody, laneB)
		h.second.AssignorBefore, h.second.AssignorAfter = "cooperative-sticky", "cooperative-sticky"
		h.started = endedAgain + h.draw(0, 8_000)
	case "consumer": // the partition changes hands somewhere in the middle
		verdict(model.CauseMemberJoined)
		h.r.Type, h.r.AssignorBefore, h.r.AssignorAfter = model.TypeConsumer, "uniform", "uniform"
		h.stopped = began + h.draw(0, ended-began)
		gave := h.stopped + h.draw(0, ended-h.stopped)
		took := gave + h.draw(0, ended-gave)
		h.started = took + h.draw(0, 8_000)
		if h.toss() {
			h.gave, h.took = h.seen(gave), h.seen(took)
		}
	case "new":
		verdict(model.CausePartitionsAdded)
		h.r.Moves[0].From = model.Nobody
		h.stopped = began
	}
	h.commit(began)
	return h
}

// commit lets the owners commit, and loses some of it on the way to regroup.
func (h *truth) commit(began int) {
	if h.r.Moves[0].From != model.Nobody {
		h.before = h.commits(began-20_000, h.stopped)
	}
	h.after = h.commits(h.started, h.started+30_000)
	for _, at := range append(h.before, h.after...) {
		if h.draw(1, 10) == 1 {
			continue
		}
		c := Commit{Offset: int64(at), At: h.seen(at)}
		h.commitsSeen = append(h.commitsSeen, c)
		if at <= h.stopped && (h.second == nil || at < began) {
			h.lastBefore = model.Some(c)
		}
	}
	if last, known := h.lastBefore.Get(); known && h.r.Type == model.TypeConsumer && h.took.IsZero() && int(last.Offset) >= began {
		h.lastBefore = model.None[Commit]() // whose it is nobody can tell
	}
}

// offsetAt is what a poll would see at a moment: the truth commits the time as the offset.
func (h *truth) offsetAt(ms int) model.Maybe[int64] {
	offset := model.None[int64]()
	for _, at := range append(h.before, h.after...) {
		if at <= ms {
			offset = model.Some(int64(at))
		}
	}
	return offset
}

func (h *truth) check(k *CostTracker, now time.Time) {
	c, _ := k.Cost(now)
	p := c.Pauses[0]
	is := time.Duration(h.started-h.stopped) * time.Millisecond
	if most, known := p.AtMost.Get(); p.AtLeast > is || known && most < is || known && p.AtLeast > most || p.AtLeast < 0 {
		h.t.Fatalf("%s to %s, and truly %s\n%+v\nstopped %s, started %s, gave %v, took %v\n%+v", p.AtLeast, p.AtMost, is, h.r,
			InstantAt(h.stopped), InstantAt(h.started), h.gave, h.took, k.moved[0])
	}
	h.within("stopped", p.Stopped, h.stopped)
	h.within("started", p.Started, h.started)
	if p.Resumed && now.Before(InstantAt(h.started)) {
		h.t.Fatalf("read again at %s, but its owner begins at %s", now, InstantAt(h.started))
	}
	if c.Reprocessed.Or(0) != 0 || c.ConsumerTimeLost < 0 {
		h.t.Fatalf("nothing was read again, and nobody waited for less than no time: %+v", c)
	}
}

// within says that what is known of a moment does not contradict when it truly was.
func (h *truth) within(what string, m model.Moment, ms int) {
	is := InstantAt(ms)
	if is.Before(m.NotBefore) || !m.NotAfter.IsZero() && is.After(m.NotAfter) {
		h.t.Fatalf("%s %s, and it is told to be from %s to %s\n%+v", what, is, m.NotBefore, m.NotAfter, h.r)
	}
}

// Whatever is known and whatever is not, in whatever order it comes: the truth lies between at least and at most.
func TestPausesHoldTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newTruth(t)
		before := PartitionBefore{TopicPartition: h.tp, Commit: h.lastBefore, Revoked: h.gave, Assigned: h.took}
		if h.toss() {
			before.Commit = model.None[Commit]()
		}
		k := NewCostTracker(h.r, []PartitionBefore{before}, h.members)
		end := InstantAt(h.started + 60_000)
		h.check(k, h.r.Ended.NotAfter)
		if h.second != nil && h.toss() { // records of commits overtake it
			h.replay(k)
			h.check(k, end.Add(-time.Minute))
		}
		if h.second != nil {
			k.NextRebalance(h.second, nil)
		}
		h.replay(k)
		h.check(k, end.Add(-time.Minute))
		h.check(k, end.Add(time.Hour))
	})
}

func (h *truth) replay(k *CostTracker) {
	for range h.draw(0, 2*len(h.commitsSeen)) {
		k.Commit(h.tp, rapid.SampledFrom(h.commitsSeen).Draw(h.t, "commit"))
	}
}

// The same by polls alone: commits are seen as intervals between two of them.
func TestPolledPausesHoldTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newTruth(t)
		asked := 990_000 + h.draw(0, 2_000)
		k := NewCostTracker(h.r, []PartitionBefore{{TopicPartition: h.tp, PolledAt: InstantAt(asked)}}, h.members)
		for now, told := asked, h.second == nil; now < h.started+40_000; now += 200 + h.draw(0, 6_000) {
			if !told && h.second.Ended.NotAfter.Before(InstantAt(now)) {
				k.NextRebalance(h.second, nil)
				told = true
			}
			answered := now + h.draw(0, 50)
			k.Poll(h.tp, model.None[int64](), model.None[int64](), h.offsetAt(now+h.draw(0, answered-now)), model.Moment{NotBefore: InstantAt(now), NotAfter: InstantAt(answered)})
			h.check(k, InstantAt(answered))
		}
		h.check(k, InstantAt(h.started+200_000))
	})
}
