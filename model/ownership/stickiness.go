package ownership

import (
	"slices"

	"regroup/model"
)

// Stickiness counts how many partitions moved in a rebalance, and how many of them had to. It is unknown where members
// subscribe to different topics, since then not everybody may own everything, and where an assignment is not known.
//
// A partition moved if it had an owner and has another one now, or none. Those had to move whose owner or topic is gone.
// Of the others, members need not give more than it takes to reach a spread as even as the one that the assignor made:
// members hold so many each, the most first, and end with so many each, the most first; who holds most may as well be
// who ends with most, and everybody keeps the smaller number of the two. No assignment with that spread moves fewer.
//
// In the middle of a cooperative rebalance some partitions have no owner. They are counted as if they went to the
// members that own least.
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
	between, had := 0, 0
	for tp, was := range before {
		now := after[tp]
		had++
		if now != was {
			s.Moved++
		}
		if now == model.Nobody && remains[tp.Topic] {
			between++
		}
		if remains[tp.Topic] {
			holds[was]++
		}
	}
	s.Necessary = had - mostKept(membersAfter, holds, ends, between)
	return model.Some(s)
}

// mostKept is how many partitions can stay where they are: of what each member holds, if it ends with so many, and those
// between owners go to who has least.
func mostKept(members []model.MemberView, holds, ends map[model.Slot]int, between int) int {
	held, final := make([]int, len(members)), make([]int, len(members))
	for i := range members {
		held[i], final[i] = holds[members[i].Slot], ends[members[i].Slot]
	}
	fill(final, between)
	slices.Sort(held)
	slices.Sort(final)
	kept := 0
	for i := range held {
		kept += min(held[i], final[i])
	}
	return kept
}

// fill hands out so many partitions, each to whoever has least.
func fill(counts []int, n int) {
	slices.Sort(counts)
	least := 0 // how many have no more than the first
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

// SubscribeAlike says that all members are known to subscribe to the same topics.
func SubscribeAlike(members []model.MemberView) bool {
	return !slices.ContainsFunc(members, func(m model.MemberView) bool {
		return m.Subscription == nil || !slices.Equal(m.Subscription, members[0].Subscription)
	})
}
