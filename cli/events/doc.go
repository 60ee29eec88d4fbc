// Package events puts the tracker's events into words: a line of JSON each for programs, or a line of a table for people.
// The JSON is an interface that scripts rely on, described in docs/events.md: keys are added at most.
package events

// Version is the version of the JSON lines. It changes when a key changes its meaning or goes.
const Version = 1

// Type is what a line tells of.
type Type string

// The types of lines.
const (
	TypeRebalance        Type = "rebalance"
	TypeCost             Type = "cost"              // what an earlier rebalance cost, now that nothing of it will change
	TypeCause            Type = "cause"             // why an earlier rebalance was, now that more is known
	TypeState            Type = "state"             // a group changed its state
	TypeGroup            Type = "group"             // a group appeared, or is gone
	TypeLagAlert         Type = "lag_alert"         // a group's lag rose above the limit, or is below it again
	TypeCoordinatorMoved Type = "coordinator_moved" // another broker coordinates a group
	TypeSource           Type = "source"            // something could not be read any more, or can be again
	TypeDropped          Type = "dropped"           // the reader was too slow: lines are missing here
)
