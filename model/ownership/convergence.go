package ownership

import (
	"slices"

	"regroup/model"
)

// Convergence is what the members of a consumer group (KIP-848) still have to revoke, or wait for, until each owns its
// target assignment.
type Convergence struct {
	Pending           int // partitions that a member waits for
	waiting, revoking map[model.Slot][]Transfer
	target            map[model.TopicPartition]model.Slot // of the partitions that another member than their owner is to have
}

// Transfer is partitions that one member is to get from another.
type Transfer struct {
	With       model.Slot // the other member; Nobody if no member owns them now, or is to own them
	Partitions []model.TopicPartition
}

// Waiting are the partitions that a member is to get, by the member that still owns them: Nobody, then by letter.
func (c *Convergence) Waiting(slot model.Slot) []Transfer { return c.waiting[slot] }

// Revoking are the partitions that a member is to revoke, by the member that is to get them: Nobody, then by letter.
func (c *Convergence) Revoking(slot model.Slot) []Transfer { return c.revoking[slot] }

// UnderWay reports whether a partition is still to change its owner.
func (c *Convergence) UnderWay() bool { return len(c.waiting)+len(c.revoking) > 0 }

// Target is the member that a partition is to go to; Nobody if it is to stay where it is, or that is not known.
func (c *Convergence) Target(tp model.TopicPartition) model.Slot { return c.target[tp] }

// Kept are the partitions that a member owns and is not to revoke.
func (c *Convergence) Kept(m *model.MemberView) []model.TopicPartition {
	revoking := c.revoking[m.Slot]
	if len(revoking) == 0 {
		return m.Assignment
	}
	return slices.DeleteFunc(slices.Clone(m.Assignment), func(tp model.TopicPartition) bool {
		return slices.ContainsFunc(revoking, func(t Transfer) bool { return slices.Contains(t.Partitions, tp) })
	})
}

// converge compares what members own with their targets. Most groups are at their targets: then nothing is built.
func converge(g *model.GroupView) Convergence {
	var c Convergence
	moves := false
	for i := range g.Members {
		m := &g.Members[i]
		moves = moves || m.TargetKnown && !slices.Equal(m.Assignment, m.Target)
	}
	if !moves {
		return c
	}
	c = Convergence{waiting: map[model.Slot][]Transfer{}, revoking: map[model.Slot][]Transfer{}, target: map[model.TopicPartition]model.Slot{}}
	owner, target := map[model.TopicPartition]model.Slot{}, map[model.TopicPartition]model.Slot{}
	for i := range g.Members {
		m := &g.Members[i]
		for _, tp := range m.Assignment {
			owner[tp] = m.Slot
		}
		if m.TargetKnown {
			for _, tp := range m.Target {
				target[tp] = m.Slot
			}
		}
	}
	for i := range g.Members {
		m := &g.Members[i]
		if !m.TargetKnown {
			continue
		}
		for tp := range NotIn(m.Target, m.Assignment) {
			add(c.waiting, m.Slot, owner[tp], tp)
			c.target[tp] = m.Slot
			c.Pending++
		}
		for tp := range NotIn(m.Assignment, m.Target) {
			add(c.revoking, m.Slot, target[tp], tp)
		}
	}
	return c
}

func add(transfers map[model.Slot][]Transfer, slot, with model.Slot, tp model.TopicPartition) {
	all := transfers[slot]
	i, found := slices.BinarySearchFunc(all, with, func(t Transfer, with model.Slot) int { return int(t.With - with) })
	if !found {
		all = slices.Insert(all, i, Transfer{With: with})
	}
	all[i].Partitions = append(all[i].Partitions, tp)
	transfers[slot] = all
}

// AtTarget reports whether a member of a consumer group owns exactly its target assignment and has acknowledged it. known
// is false where its target or its assignment is unknown.
func AtTarget(g *model.GroupView, m *model.MemberView) (at, known bool) {
	if !m.TargetKnown || !m.AssignmentKnown && len(m.Assignment) == 0 {
		return false, false
	}
	epoch, reported := m.Epoch.Get()
	target, computed := g.AssignmentEpoch.Get()
	behind := reported && computed && epoch < target
	return !behind && len(m.PendingRevocation) == 0 && slices.Equal(m.Assignment, m.Target), true
}

// Converged is how many members are at their targets, and of how many that is known.
func Converged(g *model.GroupView) (at, of int) {
	for i := range g.Members {
		arrived, known := AtTarget(g, &g.Members[i])
		if known {
			of++
		}
		if arrived {
			at++
		}
	}
	return at, of
}
