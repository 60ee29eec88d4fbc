package derive

import (
	"slices"

	"regroup/model"
)

// Expelled says that a consumer is not in its group any more and cannot know it: it was paused for longer than
// its session lasts.
func Expelled(g *model.GroupView, c *model.LabConsumer) bool {
	if c.State != model.LabPaused || c.MemberID == "" || len(c.Owns) == 0 || g == nil || !g.MembersKnown {
		return false
	}
	return !slices.ContainsFunc(g.Members, func(m model.MemberView) bool { return m.MemberID == c.MemberID })
}

// LaneOf is the letter of a demo consumer in its group; one that has left is looked for in the group's rebalances.
func LaneOf(g *model.GroupView, c *model.LabConsumer) model.Slot {
	if g == nil || c.MemberID == "" {
		return model.Nobody
	}
	for i := range g.Members {
		if g.Members[i].MemberID == c.MemberID {
			return g.Members[i].Slot
		}
	}
	for i := len(g.Rebalances) - 1; i >= 0; i-- {
		r := g.Rebalances[i]
		for _, members := range [][]model.MemberRef{r.Left, r.Joined, r.Restarted} {
			for _, m := range members {
				if m.MemberID == c.MemberID {
					return m.Slot
				}
			}
		}
	}
	return model.Nobody
}

// LabLacks says that the platform cannot do an action: its key is off.
func LabLacks(lab *model.LabSnapshot, kind model.LabActionKind) bool {
	for _, lack := range lab.Lacks {
		if len(lack) > len(kind) && lack[:len(kind)] == string(kind) && lack[len(kind)] == ':' {
			return true
		}
	}
	return false
}
