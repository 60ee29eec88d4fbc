package model

import (
	"slices"
	"time"
)

// summarise computes what a group's view says of the group as a whole, and of its members, from the partitions.
func summarise(g *group, next *GroupView) {
	next.Lag, next.LagIncomplete = None[int64](), false
	next.Behind, next.BehindApprox = None[time.Duration](), false
	produced, consumed := rateSum{}, rateSum{}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		next.Lag = plus(next.Lag, v.Lag)
		next.LagIncomplete = next.LagIncomplete || !v.Lag.Known()
		if v.Behind.Known() {
			next.Behind = Some(max(next.Behind.Or(0), v.Behind.Or(0)))
		}
		next.BehindApprox = next.BehindApprox || v.BehindApprox || !v.Behind.Known()
		produced.add(v.ProduceRate, v.LogEnd.Known())
		consumed.add(v.ConsumeRate, v.Committed.Known())
	}
	next.ProduceRate, next.ConsumeRate = produced.total(), consumed.total()
	summariseMembers(next)
	summariseOwnership(g, next)
}

// plus adds what is known.
func plus(sum, more Maybe[int64]) Maybe[int64] {
	if !more.Known() {
		return sum
	}
	return Some(sum.Or(0) + more.Or(0))
}

// rateSum adds the rates of partitions. While one is still to be learnt, the sum would look like a lower rate than it is.
type rateSum struct {
	sum     float64
	some    bool
	pending bool
}

// add takes the rate of a partition; due says that there is one, whether or not it is known yet.
func (s *rateSum) add(rate Maybe[float64], due bool) {
	if value, known := rate.Get(); known {
		s.sum += value
		s.some = true
	} else if due {
		s.pending = true
	}
}

func (s *rateSum) total() Maybe[float64] {
	if s.pending || !s.some {
		return None[float64]()
	}
	return Some(s.sum)
}

// summariseMembers gives each member the lag and the rate of its partitions. The members may be those of the view
// before: they are copied.
func summariseMembers(next *GroupView) {
	if len(next.Members) == 0 {
		return
	}
	members := slices.Clone(next.Members)
	rates := make([]rateSum, len(members))
	for i := range members {
		members[i].Lag = None[int64]()
	}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		at, found := slices.BinarySearchFunc(members, v.Owner, func(m MemberView, lane Lane) int { return int(m.Lane - lane) })
		if found {
			members[at].Lag = plus(members[at].Lag, v.Lag)
			rates[at].add(v.ConsumeRate, v.Committed.Known())
		}
	}
	for i := range members {
		members[i].ConsumeRate = rates[i].total()
	}
	next.Members = members
}

// summariseOwnership says how evenly the partitions are spread. Only a settled group has an answer.
func summariseOwnership(g *group, next *GroupView) {
	next.Idle, next.Joining, next.Unowned, next.Skew = 0, 0, 0, None[float64]()
	if !next.Unsettled.IsZero() {
		for i := range next.Members {
			m := &next.Members[i]
			if !m.AssignmentKnown || len(m.Assignment) == 0 && len(m.Target) > 0 {
				next.Joining++
			}
		}
		return
	}
	if g.settled == nil || next.State != StateStable || len(next.Members) == 0 {
		return
	}
	largest, total := 0, 0
	for i := range next.Members {
		m := &next.Members[i]
		if m.AssignmentKnown && len(m.Assignment) == 0 {
			next.Idle++
		}
		largest, total = max(largest, len(m.Assignment)), total+len(m.Assignment)
	}
	if g.settled.opaque {
		return
	}
	if total > 0 {
		next.Skew = Some(float64(largest*len(next.Members)) / float64(total))
	}
	for i := range next.Partitions {
		if v := &next.Partitions[i]; v.Subscribed && v.Owner == Nobody {
			next.Unowned++
		}
	}
}

// steadyPart is how small a change of the lag is, as a part of the traffic, that still counts as steady: commits come
// in steps, and a lag that follows them goes up and down by itself.
const steadyPart = 0.1

// trendOf compares the mean lag of the two halves of the RateWindow. Each is as long as the five seconds that
// auto.commit.interval.ms has by default, so the saw-tooth of commits cancels out.
func trendOf(v *GroupView) Trend {
	const window = int(RateWindow / LagHistoryStep)
	if len(v.LagHistory) < window || !v.Lag.Known() {
		return TrendUnknown
	}
	samples := v.LagHistory[len(v.LagHistory)-window:]
	if slices.Contains(samples, unknownSample) {
		return TrendUnknown
	}
	consumed, consumedKnown := v.ConsumeRate.Get()
	if consumedKnown && consumed == 0 && slices.Min(samples) > 0 && ownsSome(v) && v.Unsettled.IsZero() {
		return TrendStalled
	}
	change := mean(samples[window/2:]) - mean(samples[:window/2])
	traffic := max(consumed, v.ProduceRate.Or(0)) * (RateWindow / 2).Seconds()
	switch tolerance := max(1, steadyPart*traffic); {
	case change >= tolerance:
		return TrendGrowing
	case change <= -tolerance:
		return TrendFalling
	}
	return TrendSteady
}

func mean(samples []int64) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s)
	}
	return sum / float64(len(samples))
}

func ownsSome(v *GroupView) bool {
	return slices.ContainsFunc(v.Members, func(m MemberView) bool { return len(m.Assignment) > 0 })
}
