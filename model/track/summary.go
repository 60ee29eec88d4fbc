package track

import (
	"math"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/lag"
)

// summarise computes a group's sums, and those of its members, from the partitions.
func summarise(g *group, next *model.GroupView) {
	next.Lag, next.LagIncomplete, next.OutOfRange = model.None[int64](), false, 0
	next.Behind, next.BehindApprox = model.None[time.Duration](), false
	produced, consumed := rateSum{}, rateSum{}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		next.Lag = model.AddKnown(next.Lag, v.Lag)
		next.LagIncomplete = next.LagIncomplete || !v.Lag.Known()
		if outOfRange(v) {
			next.OutOfRange++
		}
		if v.Behind.Known() {
			next.Behind = model.Some(max(next.Behind.Or(0), v.Behind.Or(0)))
		}
		next.BehindApprox = next.BehindApprox || v.BehindApprox || !v.Behind.Known()
		produced.add(v.ProduceRate, v.LogEnd.Known())
		consumed.add(v.ConsumeRate, v.Committed.Known())
	}
	next.ProduceRate, next.ConsumeRate = produced.total(), consumed.total()
	summariseMembers(next)
	summariseOwnership(g, next)
}

// outOfRange reports whether a fetch at the commit would fail with OFFSET_OUT_OF_RANGE, as far as the log is known.
func outOfRange(v *model.PartitionView) bool {
	commit, committed := v.Committed.Get()
	start, startKnown := v.LogStart.Get()
	end, endKnown := v.LogEnd.Get()
	return committed && (startKnown && commit < start || endKnown && commit > end)
}

// rateSum adds the rates of partitions. While one is still unknown, the sum would look like a lower rate than it is.
type rateSum struct {
	sum     float64
	some    bool
	pending bool
}

// add takes the rate of a partition; due: it has one, whether or not it is known yet.
func (s *rateSum) add(rate model.Maybe[float64], due bool) {
	if value, known := rate.Get(); known {
		s.sum += value
		s.some = true
	} else if due {
		s.pending = true
	}
}

func (s *rateSum) total() model.Maybe[float64] {
	if s.pending || !s.some {
		return model.None[float64]()
	}
	return model.Some(s.sum)
}

// summariseMembers gives each member the lag and the rate of its partitions. The members may be those of the view
// before: they are copied.
func summariseMembers(next *model.GroupView) {
	if len(next.Members) == 0 {
		return
	}
	members := slices.Clone(next.Members)
	rates := make([]rateSum, len(members))
	for i := range members {
		members[i].Lag = model.None[int64]()
	}
	for i := range next.Partitions {
		v := &next.Partitions[i]
		if at := model.SlotIndex(members, v.Owner); at >= 0 {
			members[at].Lag = model.AddKnown(members[at].Lag, v.Lag)
			rates[at].add(v.ConsumeRate, v.Committed.Known())
		}
	}
	for i := range members {
		members[i].ConsumeRate = rates[i].total()
	}
	next.Members = members
}

// summariseOwnership computes how evenly the partitions are assigned, which only a stable group shows.
func summariseOwnership(g *group, next *model.GroupView) {
	next.Idle, next.Joining, next.Unassigned, next.Skew = 0, 0, 0, model.None[float64]()
	if next.Rebalancing() {
		for i := range next.Members {
			m := &next.Members[i]
			if !m.AssignmentKnown || len(m.Assignment) == 0 && len(m.Target) > 0 {
				next.Joining++
			}
		}
		return
	}
	if g.state.stable == nil || next.State != model.StateStable || len(next.Members) == 0 {
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
	if g.state.stable.Opaque {
		return
	}
	if total > 0 {
		next.Skew = model.Some(float64(largest*len(next.Members)) / float64(total))
	}
	for i := range next.Partitions {
		if v := &next.Partitions[i]; v.Subscribed && v.Owner == model.Nobody {
			next.Unassigned++
		}
	}
}

// trendCertainty is how many standard errors from level a lag's slope has to be. A lag goes up and down by itself, as
// commits come in steps (every five seconds by default): that has a slope at every moment, but a scatter as well.
const trendCertainty = 3

// trendOf fits a line to the lag's samples in the RateWindow.
func trendOf(v *model.GroupView) model.Trend {
	const window = int(model.RateWindow / model.LagHistoryStep)
	if len(v.LagHistory) < window || !v.Lag.Known() {
		return model.TrendUnknown
	}
	samples := v.LagHistory[len(v.LagHistory)-window:]
	if slices.Contains(samples, lag.UnknownSample) {
		return model.TrendUnknown
	}
	consumed, known := v.ConsumeRate.Get()
	if known && consumed == 0 && slices.Min(samples) > 0 && ownsSome(v) && !v.Rebalancing() {
		return model.TrendStalled
	}
	slope, deviation := lineThrough(samples)
	certain := math.Abs(slope)*float64(window) >= 1 && math.Abs(slope) >= trendCertainty*deviation
	switch {
	case certain && slope > 0:
		return model.TrendGrowing
	case certain && slope < 0:
		return model.TrendFalling
	}
	return model.TrendSteady
}

// lineThrough is the least-squares slope of samples at equal distances, and its standard error. It takes three or more.
func lineThrough(samples []int64) (slope, deviation float64) {
	n := float64(len(samples))
	mean := 0.0
	for _, y := range samples {
		mean += float64(y) / n
	}
	var sxx, sxy, syy float64
	for i, y := range samples {
		dx, dy := float64(i)-(n-1)/2, float64(y)-mean
		sxx, sxy, syy = sxx+dx*dx, sxy+dx*dy, syy+dy*dy
	}
	slope = sxy / sxx
	return slope, math.Sqrt(max(0, syy-slope*sxy) / (n - 2) / sxx)
}

func ownsSome(v *model.GroupView) bool {
	return slices.ContainsFunc(v.Members, func(m model.MemberView) bool { return len(m.Assignment) > 0 })
}
