package model

import (
	"slices"
	"sort"
)

// settlement is a group between two rebalances: who is in it and who owns what.
type settlement struct {
	members    []MemberView // sorted by lane
	byID       []int        // the places of the members, in the order of their ids
	owners     Assignment   // of the members whose assignment is known
	opaque     bool         // some member's assignment is not known
	generation Generation
	assignor   string
}

// member finds a member by its id; nil if it is not there.
func (s *settlement) member(id string) *MemberView {
	i := sort.Search(len(s.byID), func(i int) bool { return s.members[s.byID[i]].MemberID >= id })
	if i == len(s.byID) || s.members[s.byID[i]].MemberID != id {
		return nil
	}
	return &s.members[s.byID[i]]
}

// difference is what changed from one settlement to the next.
type difference struct {
	joined, left, restarted []MemberRef // sorted by lane
	moves                   []Move
}

func (d *difference) none() bool {
	return len(d.joined) == 0 && len(d.left) == 0 && len(d.restarted) == 0 && len(d.moves) == 0
}

// diff compares two settlements. A partition whose owner may hide behind an assignment that cannot be read is in no move.
func diff(before, after *settlement) difference {
	var d difference
	for i := range after.members {
		now := &after.members[i]
		was := memberIn(before.members, now.Lane)
		switch {
		case was == nil:
			d.joined = append(d.joined, now.MemberRef)
		case was.MemberID != now.MemberID:
			d.restarted = append(d.restarted, now.MemberRef)
		}
	}
	for i := range before.members {
		if was := &before.members[i]; memberIn(after.members, was.Lane) == nil {
			d.left = append(d.left, was.MemberRef)
		}
	}
	d.moves = Moves(before.owners, after.owners)
	if before.opaque || after.opaque {
		d.moves = slices.DeleteFunc(d.moves, func(m Move) bool {
			return m.From == Nobody && before.opaque || m.To == Nobody && after.opaque
		})
	}
	return d
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

// memberIn finds a lane among members that are sorted by it; nil if it is not there.
func memberIn(members []MemberView, lane Lane) *MemberView {
	if i := laneIndex(members, lane); i >= 0 {
		return &members[i]
	}
	return nil
}

// laneIndex is where a lane is among members that are sorted by it; -1 if it is not there. The search does not copy
// members, as one of package slices would: this runs for each partition of each group.
func laneIndex(members []MemberView, lane Lane) int {
	i := sort.Search(len(members), func(i int) bool { return members[i].Lane >= lane })
	if i == len(members) || members[i].Lane != lane {
		return -1
	}
	return i
}
