package model

import "time"

// Storm says how often a group rebalances, against its own usual.
type Storm struct {
	Active bool           // it rebalances so often that something must be wrong
	Recent int            // rebalances in the StormWindow
	Usual  Maybe[float64] // rebalances in a window of that length, before this one; unknown in the first stormUsualAfter
}

// StormWindow is the time over which rebalances are counted.
const StormWindow = 10 * time.Minute
