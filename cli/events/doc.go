// Package events writes the tracker's events as lines: JSON for programs, a table for people. Scripts rely on the JSON, which
// docs/events.md describes: within a version, keys are only added.
package events

// Version is the version of the JSON lines. It changes when a key is removed or changes its meaning.
const Version = 1

// Type is the type of a line.
type Type string

// The types of lines.
const (
	TypeRebalance        Type = "rebalance"
	TypeCost             Type = "cost"              // the final cost of an earlier rebalance
	TypeCause            Type = "cause"             // the cause of an earlier rebalance, judged again
	TypeState            Type = "state"             // the state of a group changed
	TypeGroup            Type = "group"             // a group appeared or is gone
	TypeLagAlert         Type = "lag_alert"         // a group's lag rose above the threshold or is below it again, or a group stalled
	TypeCoordinatorMoved Type = "coordinator_moved" // a group has another coordinator
	TypeSource           Type = "source"            // something cannot be read any more, or can be again
	TypeDropped          Type = "dropped"           // lines were dropped because the reader was too slow
)
