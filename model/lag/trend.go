package lag

import (
	"math"
	"slices"

	"regroup/model"
)

// trendCertainty is how many standard errors from level a lag's slope has to be. Commits come in steps (every five seconds
// by default), so that a lag goes up and down by itself: that has a slope at every moment, but a scatter as well.
const trendCertainty = 3

// Trend fits a line to the group's lag in the last RateWindow. It is stalled where there is lag and no commit although
// partitions are owned, and unknown while a sample is missing.
func Trend(g *model.GroupView) model.Trend {
	const window = int(model.RateWindow / model.LagHistoryStep)
	if len(g.LagHistory) < window || !g.Lag.Known() {
		return model.TrendUnknown
	}
	samples := g.LagHistory[len(g.LagHistory)-window:]
	if slices.Contains(samples, UnknownLag) {
		return model.TrendUnknown
	}
	consumed, known := g.ConsumeRate.Get()
	if known && consumed == 0 && slices.Min(samples) > 0 && ownsSome(g) && !g.Rebalancing() {
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

func ownsSome(g *model.GroupView) bool {
	return slices.ContainsFunc(g.Members, func(m model.MemberView) bool { return len(m.Assignment) > 0 })
}
