package model

import (
	"fmt"
	"time"
)

// LagAlert is that a group has too much lag, or that it is stalled, and later that this is over.
type LagAlert struct {
	Reason    AlertReason
	Lag       Maybe[int64] // now; unknown where the group was deleted
	Threshold int64        // records
	Since     time.Time    // of the first poll that saw it
	Over      bool
}

// AlertReason is what a [LagAlert] is about.
type AlertReason string

// The reasons.
const (
	AlertLag     AlertReason = "lag"     // the group's lag is at the threshold or above
	AlertStalled AlertReason = "stalled" // there is lag and no commit, although partitions are owned: TrendStalled
)

// Words is the alert in a sentence for the feed.
func (a *LagAlert) Words() string {
	switch {
	case a.Reason == AlertStalled && a.Over:
		return "no longer stalled"
	case a.Reason == AlertStalled:
		return fmt.Sprintf("stalled: no commits, and lag is %s", a.Lag)
	case a.Over && !a.Lag.Known():
		return fmt.Sprintf("lag is no longer above %d", a.Threshold)
	case a.Over:
		return fmt.Sprintf("lag is down to %s, below %d %% of %d", a.Lag, LagOverPercent, a.Threshold)
	}
	return fmt.Sprintf("lag is %s, threshold %d", a.Lag, a.Threshold)
}

const (
	// LagPolls is how many polls in a row have to see a lag at its threshold: a single one can fall between two commits,
	// which come every five seconds by default, or into a burst that is consumed at once.
	LagPolls = 3
	// LagOverPercent of the threshold is what the lag has to fall below to end an alert: a lag that oscillates around its
	// threshold is one alert.
	LagOverPercent = 80
	// StalledFor is how long a group has to be stalled, after the RateWindow that it takes to notice.
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
