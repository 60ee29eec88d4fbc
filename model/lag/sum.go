package lag

import (
	"slices"
	"time"

	"regroup/model"
)

// Sum computes the lag, the rates and the time behind of a group and of its members from its partitions. The members are
// copied before they change: they may be those of an earlier view.
func Sum(g *model.GroupView) {
	g.Lag, g.LagIncomplete, g.OutOfRange = model.None[int64](), false, 0
	g.Behind, g.BehindApprox = model.None[time.Duration](), false
	g.Members = slices.Clone(g.Members)
	for i := range g.Members {
		g.Members[i].Lag = model.None[int64]()
	}
	var produced, consumed rateSum
	consumedBy := make([]rateSum, len(g.Members))
	for i := range g.Partitions {
		v := &g.Partitions[i].PartitionOffsets
		g.Lag = model.AddKnown(g.Lag, v.Lag)
		g.LagIncomplete = g.LagIncomplete || !v.Lag.Known()
		if outOfRange(v) {
			g.OutOfRange++
		}
		if v.Behind.Known() {
			g.Behind = model.Some(max(g.Behind.Or(0), v.Behind.Or(0)))
		}
		g.BehindApprox = g.BehindApprox || v.BehindApprox || !v.Behind.Known()
		produced.add(v.ProduceRate, v.LogEnd)
		consumed.add(v.ConsumeRate, v.Committed)
		if owner := model.SlotIndex(g.Members, g.Partitions[i].Owner); owner >= 0 {
			g.Members[owner].Lag = model.AddKnown(g.Members[owner].Lag, v.Lag)
			consumedBy[owner].add(v.ConsumeRate, v.Committed)
		}
	}
	g.ProduceRate, g.ConsumeRate = produced.total(), consumed.total()
	for i := range g.Members {
		g.Members[i].ConsumeRate = consumedBy[i].total()
	}
}

// rateSum adds the rates of partitions. While one of them is still unknown, the sum is: it would look too low.
type rateSum struct {
	sum     float64
	some    bool
	pending bool
}

// add takes the rate of a partition; a partition whose offset is known has a rate, even where it is not known yet.
func (s *rateSum) add(rate model.Maybe[float64], offset model.Maybe[int64]) {
	if value, known := rate.Get(); known {
		s.sum += value
		s.some = true
	} else if offset.Known() {
		s.pending = true
	}
}

func (s *rateSum) total() model.Maybe[float64] {
	if s.pending || !s.some {
		return model.None[float64]()
	}
	return model.Some(s.sum)
}
