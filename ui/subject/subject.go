// Package subject names the things on a screen that can be explained.
package subject

import (
	"regroup/model"
	"regroup/ui/text"
)

// Kind is what sort of thing is explained.
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
	Last                    // of a group: its last rebalance, or the one that is under way
	Storm                   // of a group: how often it rebalances
	Convergence             // of a KIP-848 group: who waits for whom
	Strip                   // of a group: who owned what over time
	Timeline                // of a group: its rebalances over time
	Member                  // Group and Lane; [model.Nobody] is the partitions that no member owns
	Partition               // Group and Partition
	Why                     // Rebalance: its cause
	Moved                   // Rebalance: what changed hands
	Took                    // Rebalance: how long each phase took
	Cost                    // Rebalance: for how long nobody read, and what that cost
	Event                   // Event
	Consumer                // Name: a demo consumer of the lab
	Producer                // Name: the topic of a demo producer of the lab
	Source                  // the cluster as it is being looked at
	Exactness               // how generations are known
	Tail                    // the reading of __consumer_offsets
)

// Subject is the thing that is explained. It is known by names, not by what was drawn: what it is now is looked up in
// the view each time.
type Subject struct {
	Kind      Kind
	Group     string
	Lane      model.Slot
	Partition model.TopicPartition
	Rebalance *model.Rebalance
	Event     *model.Event
	Name      string
}

// Same says that two subjects are one thing.
func (s Subject) Same(other Subject) bool {
	a, b := s, other
	if a.Rebalance != nil && b.Rebalance != nil && a.Rebalance.Same(b.Rebalance) {
		a.Rebalance, b.Rebalance = nil, nil
	}
	return a == b
}

// labels are what a subject is called where several can be chosen from.
var labels = map[Kind]string{
	State: "STATE", Assignor: "ASSIGNOR", Members: "MEMBERS", Parts: "PARTS", Lag: "LAG", History: "LAST 60s", Behind: "BEHIND",
	Generation: "GEN", Last: "LAST REBALANCE", Storm: "STORM", Convergence: "TARGET", Strip: "WHO OWNED WHAT", Timeline: "TIMELINE",
	Why: "WHY", Moved: "MOVED", Took: "TIME", Cost: "COST", Event: "EVENT", Source: "SOURCE", Exactness: "EXACT OR ≈", Tail: "TAIL",
}

// Label is a word or two for the subject.
func (s Subject) Label() string {
	switch s.Kind {
	case Member:
		if s.Lane == model.Nobody {
			return "NOT CONSUMED"
		}
		return "MEMBER " + s.Lane.String()
	case Partition:
		return s.Partition.String()
	case Consumer, Producer:
		return s.Name
	}
	if s.Rebalance != nil && s.Group != "" { // several groups have one on the same screen
		return labels[s.Kind] + " " + text.Name(s.Group)
	}
	return labels[s.Kind]
}
