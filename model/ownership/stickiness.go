package ownership

import (
	"slices"

	"regroup/model"
)

// Stickiness counts how many partitions moved in a rebalance, and how many of them had to. It is unknown where members
// subscribe to different topics, because not every member may own every partition then, and where an assignment is unknown.
//
// A partition moved if it had an owner and has another one now, or none. It had to move if its owner or topic is gone. Of the
// others, only those had to move that an equally balanced assignment needs: sort the numbers of partitions that the members
// own before, and those after; the member at each place keeps the smaller of its two numbers. No assignment with these numbers
// moves fewer.
//
// In the middle of a cooperative rebalance some partitions have no owner. They count as if they were assigned to the members
// that own the fewest.
func Stickiness(before, after model.Assignment, membersBefore, membersAfter []model.MemberView) model.Maybe[model.Stickiness] {
	if !assignmentsKnown(membersBefore) || !assignmentsKnown(membersAfter) || !SubscribeAlike(membersAfter) {
		return model.None[model.Stickiness]()
	}
	var s model.Stickiness
	holds, ends := make(map[model.Slot]int), make(map[model.Slot]int)
	remains := make(map[string]bool)
	for tp, owner := range after {
		remains[tp.Topic] = true
		ends[owner]++
	}
	unowned, had := 0, 0
	for tp, was := range before {
		now := after[tp]
		had++
		if now != was {
			s.Moved++
		}
		if now == model.Nobody && remains[tp.Topic] {
			unowned++
		}
		if remains[tp.Topic] {
			holds[was]++
		}
	}
	s.Necessary = had - mostKept(membersAfter, holds, ends, unowned)
	return model.Some(s)
}

// mostKept is how many partitions can keep their owner, by the number that each member owns before and after. The unowned
// ones count for the members that own the fewest.
func mostKept(members []model.MemberView, holds, ends map[model.Slot]int, unowned int) int {
	held, final := make([]int, len(members)), make([]int, len(members))
	for i := range members {
		held[i], final[i] = holds[members[i].Slot], ends[members[i].Slot]
	}
	fill(final, unowned)
	slices.Sort(held)
	slices.Sort(final)
	kept := 0
	for i := range held {
		kept += min(held[i], final[i])
	}
	return kept
}

// fill adds n partitions one by one, each to the smallest count.
func fill(counts []int, n int) {
	slices.Sort(counts)
	least := 0 // counts that equal the smallest
	for n > 0 && len(counts) > 0 {
		for least < len(counts) && counts[least] == counts[0] {
			least++
		}
		for i := range min(least, n) {
			counts[i]++
			n--
		}
	}
}

func assignmentsKnown(members []model.MemberView) bool {
	return !slices.ContainsFunc(members, func(m model.MemberView) bool { return !m.AssignmentKnown })
}

// SubscribeAlike reports whether all members are known to subscribe to the same topics.
func SubscribeAlike(members []model.MemberView) bool {
	return !slices.ContainsFunc(members, func(m model.MemberView) bool {
		return m.Subscription == nil || !slices.Equal(m.Subscription, members[0].Subscription)
	})
}
