// Package subject identifies what can be explained on a screen.
package subject

import (
	"regroup/model"
	"regroup/ui/text"
)

// Kind is the kind of a subject.
type Kind int

// The kinds. Those of a group need [Subject.Group].
const (
	State       Kind = iota // of a group
	Assignor                // of a group
	Members                 // of a group, as a whole
	Parts                   // of a group: how many partitions, and how many have an owner
	Lag                     // of a group
	History                 // of a group: its lag over the last minute
	Behind                  // of a group
	Generation              // of a group, or its epochs
	Last                    // of a group: its last rebalance, or the one in progress
	Storm                   // of a group: how often it rebalances
	Convergence             // of a KIP-848 group: its members and their target assignment
	Strip                   // of a group: partition ownership over time
	Timeline                // of a group: its rebalances over time
	Member                  // Group and Slot; [model.Nobody] is the partitions that are not consumed
	Partition               // Group and Partition
	Why                     // Rebalance: its cause
	Moved                   // Rebalance: its moves
	Took                    // Rebalance: the duration of its phases
	Cost                    // Rebalance: pauses and their cost
	Event                   // Event
	Consumer                // Name: a consumer of the lab
	Producer                // Name: the topic of a producer of the lab
	Source                  // the source of the views
	Exactness               // whether generations are exact
	Tail                    // the tail of __consumer_offsets
)

// Subject identifies what is explained by names; the values are looked up in the newest view.
type Subject struct {
	Kind      Kind
	Group     string
	Slot      model.Slot
	Partition model.TopicPartition
	Rebalance *model.Rebalance
	Event     *model.Event
	Name      string
}

// Same reports whether two subjects are the same.
func (s Subject) Same(other Subject) bool {
	a, b := s, other
	if a.Rebalance != nil && b.Rebalance != nil && a.Rebalance.Same(b.Rebalance) {
		a.Rebalance, b.Rebalance = nil, nil
	}
	return a == b
}

// labels are the names of the kinds in the selection.
var labels = map[Kind]string{
	State: "STATE", Assignor: "ASSIGNOR", Members: "MEMBERS", Parts: "PARTS", Lag: "LAG", History: "LAST 60s", Behind: "BEHIND",
	Generation: "GEN", Last: "LAST REBALANCE", Storm: "STORM", Convergence: "TARGET", Strip: "WHO OWNED WHAT", Timeline: "TIMELINE",
	Why: "WHY", Moved: "MOVED", Took: "TIME", Cost: "COST", Event: "EVENT", Source: "SOURCE", Exactness: "EXACT OR ≈", Tail: "TAIL",
}

// Label is the name of the subject in the selection.
func (s Subject) Label() string {
	switch s.Kind {
	case Member:
		if s.Slot == model.Nobody {
			return "NOT CONSUMED"
		}
		return "MEMBER " + s.Slot.String()
	case Partition:
		return s.Partition.String()
	case Consumer, Producer:
		return s.Name
	}
	if s.Rebalance != nil && s.Group != "" { // several groups are on the same screen
		return labels[s.Kind] + " " + text.Name(s.Group)
	}
	return labels[s.Kind]
}

// OfGroup are subjects of a group.
func OfGroup(id string, kinds ...Kind) []Subject {
	all := make([]Subject, len(kinds))
	for i, kind := range kinds {
		all[i] = Subject{Kind: kind, Group: id}
	}
	return all
}

// OfRebalance are the subjects of a rebalance.
func OfRebalance(r *model.Rebalance) []Subject {
	var all []Subject
	for _, kind := range []Kind{Why, Moved, Took, Cost} {
		all = append(all, Subject{Kind: kind, Rebalance: r})
	}
	return all
}

// First is the first subject; the zero subject if there is none.
func First(all []Subject) Subject {
	if len(all) == 0 {
		return Subject{}
	}
	return all[0]
}
