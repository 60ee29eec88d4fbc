package model

import (
	"fmt"
	"time"
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
		return fmt.Sprintf("the lag is %s again, below %d %% of %d", a.Lag, LagOverPercent, a.Threshold)
	}
	return fmt.Sprintf("the lag is %s, the limit %d", a.Lag, a.Threshold)
}

const (
	// LagPolls is how many looks in a row have to see a lag at its threshold: one can fall between two commits, which by
	// default come every five seconds, or into a burst that is worked off at once.
	LagPolls = 3
	// LagOverPercent of the threshold is what the lag has to fall below before an alert is over: a lag that goes up and
	// down around its threshold is one alert.
	LagOverPercent = 80
	// StalledFor is for how long a group has to stall, beside the RateWindow that it takes to call it stalled.
	StalledFor = RateWindow
)

// StormWindow is the time over which rebalances are counted.
const StormWindow = 10 * time.Minute

// Storm is how often a group rebalances, compared with its usual rate.
type Storm struct {
	Active bool           // the group rebalances so often that something must be wrong
	Recent int            // rebalances in the last StormWindow
	Usual  Maybe[float64] // rebalances in a StormWindow before that, on average; unknown for a group observed for less than half an hour
}
