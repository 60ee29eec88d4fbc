package lag

import (
	"time"

	"regroup/model"
)

// AlertState is what is remembered of a group to alert of its lag. The two reasons know nothing of each other: of each, a
// beginning and an end follow each other.
type AlertState struct {
	lag, stall alerting
	looks      int  // how many in a row saw the lag at its threshold or above
	whole      bool // the lag was known for all partitions when it got there
}

// alerting is one reason's alert, or what may become one.
type alerting struct {
	since time.Time // the first look that saw something wrong; zero is nothing wrong
	told  bool
}

// Poll takes in a group as a poll that looked at everything of it saw it, and returns what is to be told: nothing, one
// alert, or two. What is unknown now (a stale group, a lag or a trend) neither begins nor ends an alert: unknown is not
// well. threshold is in records; 0 is no alerts of either reason, and ends those there are.
func (a *AlertState) Poll(g *model.GroupView, at time.Time, threshold int64) []model.LagAlert {
	was := *a
	switch {
	case threshold <= 0 || !g.GoneSince.IsZero():
		*a = AlertState{}
	case g.StaleSince.IsZero():
		a.lookAtLag(g, at, threshold)
		a.lookAtTrend(g, at)
	}
	var alerts []model.LagAlert
	tell := func(reason model.AlertReason, was, now alerting) {
		if was.told != now.told {
			since := now.since
			if was.told {
				since = was.since
			}
			alerts = append(alerts, model.LagAlert{Reason: reason, Lag: g.Lag, Threshold: threshold, Since: since, Over: was.told})
		}
	}
	tell(model.AlertLag, was.lag, a.lag)
	tell(model.AlertStalled, was.stall, a.stall)
	return alerts
}

func (a *AlertState) lookAtLag(g *model.GroupView, at time.Time, threshold int64) {
	lag, known := g.Lag.Get()
	switch {
	case !known:
	case lag >= threshold:
		if a.lag.since.IsZero() {
			a.lag.since, a.whole = at, !g.LagIncomplete
		}
		a.looks++
		a.lag.told = a.lag.told || a.looks >= model.LagPolls
	case !a.lag.told:
		a.lag, a.looks = alerting{}, 0
	case lag < threshold-threshold/(100/(100-model.LagOverPercent)) && (!a.whole || !g.LagIncomplete):
		// A sum that has lost a summand has not become less.
		a.lag, a.looks = alerting{}, 0
	}
}

func (a *AlertState) lookAtTrend(g *model.GroupView, at time.Time) {
	switch {
	case g.Trend == model.TrendUnknown, g.Rebalancing(): // while it rebalances, there is another reason
	case g.Trend != model.TrendStalled:
		a.stall = alerting{}
	case a.stall.since.IsZero():
		a.stall.since = at
	case at.Sub(a.stall.since) >= model.StalledFor:
		a.stall.told = true
	}
}
