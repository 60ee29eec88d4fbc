package ownership

import (
	"slices"
	"sort"
	"strings"

	"regroup/model"
)

// StableAssignment is the members of a group between two rebalances, and what each owns.
type StableAssignment struct {
	Members    []model.MemberView // sorted by lane
	byID       []int              // indexes of the members, sorted by member id
	Owners     model.Assignment   // of the members whose assignment is known
	Opaque     bool               // a member's assignment is not known
	Generation model.Generation
	Assignor   string
}

// member finds a member by its id; nil if it is not in the group.
func (s *StableAssignment) member(id string) *model.MemberView {
	i := sort.Search(len(s.byID), func(i int) bool { return s.Members[s.byID[i]].MemberID >= id })
	if i == len(s.byID) || s.Members[s.byID[i]].MemberID != id {
		return nil
	}
	return &s.Members[s.byID[i]]
}

// Difference is what changed from one stable assignment to the next.
type Difference struct {
	Joined, Left, Restarted []model.MemberRef // sorted by lane
	Moves                   []model.Move
}

// None reports whether nothing changed.
func (d *Difference) None() bool {
	return len(d.Joined) == 0 && len(d.Left) == 0 && len(d.Restarted) == 0 && len(d.Moves) == 0
}

// Diff compares two stable assignments. A partition that a member with an unknown assignment may own is in no move.
func Diff(before, after *StableAssignment) Difference {
	var d Difference
	for i := range after.Members {
		now := &after.Members[i]
		was := model.MemberIn(before.Members, now.Slot)
		switch {
		case was == nil:
			d.Joined = append(d.Joined, now.MemberRef)
		case was.MemberID != now.MemberID:
			d.Restarted = append(d.Restarted, now.MemberRef)
		}
	}
	for i := range before.Members {
		if was := &before.Members[i]; model.MemberIn(after.Members, was.Slot) == nil {
			d.Left = append(d.Left, was.MemberRef)
		}
	}
	d.Moves = model.Moves(before.Owners, after.Owners)
	if before.Opaque || after.Opaque {
		d.Moves = slices.DeleteFunc(d.Moves, func(m model.Move) bool {
			return m.From == model.Nobody && before.Opaque || m.To == model.Nobody && after.Opaque
		})
	}
	return d
}

// Shows reports whether a poll shows the same members with the same partitions.
func (s *StableAssignment) Shows(sg *model.Group) bool {
	if len(s.Members) != len(sg.Members) {
		return false
	}
	for i := range sg.Members {
		m := &sg.Members[i]
		was := s.member(m.ID)
		if was == nil || was.AssignmentKnown != m.AssignmentKnown || !slices.Equal(was.Assignment, model.SortedCopy(m.Assignment)) {
			return false
		}
	}
	return sg.Generation.Kind != model.GenerationExact || sg.Generation == s.Generation
}

// StableAssignmentOf is the stable assignment that a group's view shows.
func StableAssignmentOf(v *model.GroupView) *StableAssignment {
	s := &StableAssignment{Members: v.Members, byID: make([]int, len(v.Members)), Owners: model.OwnersOf(v.Members), Assignor: v.Assignor}
	for i := range v.Members {
		s.Opaque = s.Opaque || !v.Members[i].AssignmentKnown
		s.byID[i] = i
	}
	slices.SortFunc(s.byID, func(a, b int) int { return strings.Compare(v.Members[a].MemberID, v.Members[b].MemberID) })
	return s
}
