package lag

import (
	"time"

	"regroup/model"
)

// AlertState is what is remembered of a group to raise alerts. The two reasons are independent of each other; the alerts
// of a reason begin and end in turn.
type AlertState struct {
	lag, stall alert
	polls      int  // in a row that saw the lag at its threshold or above
	complete   bool // the lag was known for all partitions when it reached the threshold
}

// alert is the alert of one reason, or what may become one.
type alert struct {
	since  time.Time // the first poll that saw the condition; zero where it does not hold
	raised bool
}

// Observe takes a group as a complete poll saw it, and returns the alerts that begin or end. What is unknown now (a stale
// group, a lag or a trend) neither begins nor ends one. threshold is in records; 0 disables alerts of both reasons and
// ends those there are.
func (a *AlertState) Observe(g *model.GroupView, at time.Time, threshold int64) []model.LagAlert {
	was := *a
	switch {
	case threshold <= 0 || !g.GoneSince.IsZero():
		*a = AlertState{}
	case g.StaleSince.IsZero():
		a.checkLag(g, at, threshold)
		a.checkTrend(g, at)
	}
	var alerts []model.LagAlert
	for _, c := range []struct {
		reason   model.AlertReason
		was, now alert
	}{{model.AlertLag, was.lag, a.lag}, {model.AlertStalled, was.stall, a.stall}} {
		if c.was.raised == c.now.raised {
			continue
		}
		since := c.now.since
		if c.was.raised {
			since = c.was.since
		}
		alerts = append(alerts, model.LagAlert{Reason: c.reason, Lag: g.Lag, Threshold: threshold, Since: since, Over: c.was.raised})
	}
	return alerts
}

func (a *AlertState) checkLag(g *model.GroupView, at time.Time, threshold int64) {
	lag, known := g.Lag.Get()
	switch {
	case !known:
	case lag >= threshold:
		if a.lag.since.IsZero() {
			a.lag.since, a.complete = at, !g.LagIncomplete
		}
		a.polls++
		a.lag.raised = a.lag.raised || a.polls >= model.LagPolls
	case !a.lag.raised:
		a.lag, a.polls = alert{}, 0
	case lag < threshold-threshold/(100/(100-model.LagOverPercent)) && (!a.complete || !g.LagIncomplete):
		// A sum that has lost a summand has not become less.
		a.lag, a.polls = alert{}, 0
	}
}

func (a *AlertState) checkTrend(g *model.GroupView, at time.Time) {
	switch {
	case g.Trend == model.TrendUnknown, g.Rebalancing(): // a rebalance is another reason not to commit
	case g.Trend != model.TrendStalled:
		a.stall = alert{}
	case a.stall.since.IsZero():
		a.stall.since = at
	case at.Sub(a.stall.since) >= model.StalledFor:
		a.stall.raised = true
	}
}
