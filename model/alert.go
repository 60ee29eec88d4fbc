package model

import (
	"fmt"
	"time"
)

const (
	// lagLooks is how many looks in a row have to see a lag at its threshold: one can fall between two commits, which by
	// default come every five seconds, or into a burst that is worked off at once.
	lagLooks = 3
	// lagOverPercent of the threshold is what the lag has to fall below before an alert is over: a lag that goes up and
	// down around its threshold is one alert.
	lagOverPercent = 80
	// stalledFor is for how long a group has to stall, beside the RateWindow that it takes to call it stalled.
	stalledFor = RateWindow
)

// LagAlert tells that a group has too much lag, or does not read on, and later that this is over.
type LagAlert struct {
	Reason    AlertReason
	Lag       Maybe[int64] // at this moment; unknown where the group is gone
	Threshold int64        // records
	Since     time.Time    // the first look that saw it
	Over      bool
}

// AlertReason is what a [LagAlert] is about.
type AlertReason string

// The reasons.
const (
	AlertLag     AlertReason = "lag"     // the group's lag is at its threshold or above
	AlertStalled AlertReason = "stalled" // there is lag and nothing is committed, although partitions are owned: TrendStalled
)

// Words says it in a sentence for the feed.
func (a *LagAlert) Words() string {
	switch {
	case a.Reason == AlertStalled && a.Over:
		return "it is no longer stalled"
	case a.Reason == AlertStalled:
		return fmt.Sprintf("nothing is read: the lag is %s", a.Lag)
	case a.Over && !a.Lag.Known():
		return fmt.Sprintf("the lag is no longer above %d", a.Threshold)
	case a.Over:
		return fmt.Sprintf("the lag is %s again, below %d %% of %d", a.Lag, lagOverPercent, a.Threshold)
	}
	return fmt.Sprintf("the lag is %s, the limit %d", a.Lag, a.Threshold)
}

// alertState is what is remembered of a group to alert of its lag. The two reasons know nothing of each other: of each, a
// beginning and an end follow each other.
type alertState struct {
	lag, stall alerting
	looks      int  // how many in a row saw the lag at its threshold or above
	whole      bool // the lag was known for all partitions when it got there
}

// alerting is one reason's alert, or what may become one.
type alerting struct {
	since time.Time // the first look that saw something wrong; zero is nothing wrong
	told  bool
}

// look takes in a group as a poll that looked at everything of it saw it, and returns what is to be told: nothing, one
// alert, or two. What is unknown now (a stale group, a lag or a trend) neither begins nor ends an alert: unknown is not
// well. threshold is in records; 0 is no alerts of either reason, and ends those there are.
func (a *alertState) look(g *GroupView, at time.Time, threshold int64) []LagAlert {
	was := *a
	switch {
	case threshold <= 0 || !g.GoneSince.IsZero():
		*a = alertState{}
	case g.StaleSince.IsZero():
		a.lookAtLag(g, at, threshold)
		a.lookAtTrend(g, at)
	}
	var alerts []LagAlert
	tell := func(reason AlertReason, was, now alerting) {
		if was.told != now.told {
			since := now.since
			if was.told {
				since = was.since
			}
			alerts = append(alerts, LagAlert{Reason: reason, Lag: g.Lag, Threshold: threshold, Since: since, Over: was.told})
		}
	}
	tell(AlertLag, was.lag, a.lag)
	tell(AlertStalled, was.stall, a.stall)
	return alerts
}

func (a *alertState) lookAtLag(g *GroupView, at time.Time, threshold int64) {
	lag, known := g.Lag.Get()
	switch {
	case !known:
	case lag >= threshold:
		if a.lag.since.IsZero() {
			a.lag.since, a.whole = at, !g.LagIncomplete
		}
		a.looks++
		a.lag.told = a.lag.told || a.looks >= lagLooks
	case !a.lag.told:
		a.lag, a.looks = alerting{}, 0
	case lag < threshold-threshold/(100/(100-lagOverPercent)) && (!a.whole || !g.LagIncomplete):
		// A sum that has lost a summand has not become less.
		a.lag, a.looks = alerting{}, 0
	}
}

func (a *alertState) lookAtTrend(g *GroupView, at time.Time) {
	switch {
	case g.Trend == TrendUnknown, !g.Unsettled.IsZero(): // while it rebalances, there is another reason
	case g.Trend != TrendStalled:
		a.stall = alerting{}
	case a.stall.since.IsZero():
		a.stall.since = at
	case at.Sub(a.stall.since) >= stalledFor:
		a.stall.told = true
	}
}
