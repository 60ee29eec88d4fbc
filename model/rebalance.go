package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Assignment is the owner of each partition; an unassigned partition is not in it. It is never changed once it is made.
type Assignment map[TopicPartition]Slot

// Partitions returns the partitions of the assignment in order.
func (a Assignment) Partitions() []TopicPartition {
	return slices.SortedFunc(maps.Keys(a), TopicPartition.Compare)
}

// ByOwner returns the partitions of each owner, in order.
func (a Assignment) ByOwner() map[Slot][]TopicPartition {
	owned := map[Slot][]TopicPartition{}
	for _, tp := range a.Partitions() {
		owned[a[tp]] = append(owned[a[tp]], tp)
	}
	return owned
}

// Move is a partition with another owner; From or To may be [Nobody].
type Move struct {
	TopicPartition
	From, To Slot
}

// Rebalance is what happened between two stable assignments of one group.
type Rebalance struct {
	Group    string
	Type     GroupType
	From, To Generation
	AtLeast  int // how many rebalances this was at least; 1 where every generation is known, 0 for a static restart in the same generation

	// Superseded is how many generations between From and To are known to have ended before their leader sent SyncGroup: no
	// member ever had their assignment.
	Superseded int

	Began     Moment // the group left its stable state
	JoinEnded Moment // the last member joined (classic), or the target assignment was computed (consumer); zero is unknown
	Ended     Moment // it was stable again: the leader had synced (classic), every member owned its target (consumer)
	// Recorded is when the coordinator wrote the generation, by its own clock; zero if only polls saw it.
	Recorded time.Time
	SeenAt   time.Time // when regroup noticed

	Before, After           Assignment
	Joined, Left, Restarted []MemberRef // Restarted: static members that rejoined under a new member id
	Moves                   []Move      // sorted by partition
	MembersAfter            int
	ProtocolType            string // as in [GroupView]
	AssignorBefore          string
	AssignorAfter           string
	LeaderBefore            Slot // Nobody is unknown, or none
	LeaderAfter             Slot

	Verdict    Verdict
	Also       []Verdict // further causes: several things can happen in one rebalance
	Cost       Cost
	Stickiness Maybe[Stickiness]
}

// End is when the rebalance ended; when it began, if that is unknown.
func (r *Rebalance) End() time.Time {
	if r.Ended.IsZero() {
		return r.Began.NotAfter
	}
	return r.Ended.NotAfter
}

// Same reports whether two values are of one rebalance: one may know more of it.
func (r *Rebalance) Same(other *Rebalance) bool {
	return r == other || r.Group == other.Group && r.From == other.From && r.To == other.To && r.Ended == other.Ended
}

// Partitions is how many partitions had an owner before or after the rebalance.
func (r *Rebalance) Partitions() int {
	all := len(r.After)
	for tp := range r.Before {
		if _, owned := r.After[tp]; !owned {
			all++
		}
	}
	return all
}

// MoveCounts is how many partitions moved from one member to another, were assigned that had no owner, and lost their
// owner.
func (r *Rebalance) MoveCounts() (moved, assigned, unassigned int) {
	for _, m := range r.Moves {
		switch {
		case m.From == Nobody:
			assigned++
		case m.To == Nobody:
			unassigned++
		default:
			moved++
		}
	}
	return moved, assigned, unassigned
}

// MoveWords is what became of the partitions: "3 of 4 moved (1 necessary)", "4 partitions assigned". An assignment of
// partitions without an owner is no move.
func (r *Rebalance) MoveWords() string {
	moved, assigned, unassigned := r.MoveCounts()
	var parts []string
	if moved > 0 {
		words := fmt.Sprintf("%d of %d moved", moved, r.Partitions())
		if s, known := r.Stickiness.Get(); known && s.Necessary < s.Moved && unassigned == 0 { // Stickiness counts both
			words += fmt.Sprintf(" (%d necessary)", s.Necessary)
		}
		parts = append(parts, words)
	}
	for _, change := range []struct {
		n    int
		verb string
	}{{assigned, "assigned"}, {unassigned, "unassigned"}} {
		switch {
		case change.n == 1:
			parts = append(parts, "1 partition "+change.verb)
		case change.n > 1:
			parts = append(parts, fmt.Sprintf("%d partitions %s", change.n, change.verb))
		}
	}
	if len(parts) == 0 {
		return "no partitions moved"
	}
	return strings.Join(parts, ", ")
}

// SupersededWords is which generations were superseded; "" if none was, or no member was there to be affected.
func (r *Rebalance) SupersededWords() string {
	if r.Superseded == 0 || len(r.Before) == 0 && len(r.Left) == 0 {
		return ""
	}
	first, last := r.From.Number+1, r.To.Number-1
	named := r.From.Kind == GenerationExact && r.To.Kind == GenerationExact && int(last-first)+1 == r.Superseded
	switch {
	case named && r.Superseded == 1:
		return fmt.Sprintf("generation %d was superseded before SyncGroup", first)
	case named:
		return fmt.Sprintf("generations %d–%d were superseded before SyncGroup", first, last)
	case r.Superseded == 1:
		return "a generation was superseded before SyncGroup"
	}
	return fmt.Sprintf("%d generations were superseded before SyncGroup", r.Superseded)
}

// Summary is what happened in a few words: "C joined, 1 of 4 moved".
func (r *Rebalance) Summary() string {
	var parts []string
	for _, change := range []struct {
		members []MemberRef
		verb    string
	}{{r.Joined, "joined"}, {r.Left, "left"}, {r.Restarted, "restarted"}} {
		if len(change.members) > 0 {
			parts = append(parts, Letters(change.members)+" "+change.verb)
		}
	}
	parts = append(parts, r.MoveWords())
	if r.SupersededWords() != "" {
		parts = append(parts, fmt.Sprintf("%d superseded", r.Superseded))
	}
	if r.AtLeast-r.Superseded > 1 {
		parts = append(parts, fmt.Sprintf("≥ %d rebalances", r.AtLeast))
	}
	return strings.Join(parts, ", ")
}

// lettersNamed is how many members a sentence names; the rest are counted.
const lettersNamed = 4

// Letters names members by their slots: "A, B, C, D, 2 more".
func Letters(members []MemberRef) string {
	var names []string
	for _, m := range members[:min(len(members), lettersNamed)] {
		names = append(names, m.Slot.String())
	}
	if more := len(members) - lettersNamed; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// MoveOf is the move of a partition, if it moved.
func (r *Rebalance) MoveOf(tp TopicPartition) (move Move, moved bool) {
	i, moved := slices.BinarySearchFunc(r.Moves, tp, func(m Move, tp TopicPartition) int { return m.TopicPartition.Compare(tp) })
	if !moved {
		return Move{}, false
	}
	return r.Moves[i], true
}

// Lost reports whether a member left in it.
func (r *Rebalance) Lost(lane Slot) bool {
	return slices.ContainsFunc(r.Left, func(m MemberRef) bool { return m.Slot == lane })
}

// Moves are the partitions whose owner differs, sorted. Applying them to before gives after.
func Moves(before, after Assignment) []Move {
	var moves []Move
	for tp, to := range after {
		if from := before[tp]; from != to {
			moves = append(moves, Move{tp, from, to})
		}
	}
	for tp, from := range before {
		if _, owned := after[tp]; !owned && from != Nobody {
			moves = append(moves, Move{tp, from, Nobody})
		}
	}
	slices.SortFunc(moves, func(a, b Move) int { return a.TopicPartition.Compare(b.TopicPartition) })
	return moves
}
