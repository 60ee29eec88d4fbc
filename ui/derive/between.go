package derive

import (
	"slices"

	"regroup/model"
)

// Between is what a KIP-848 group has still to do: who holds a partition now, and who is to have it.
type Between struct {
	holder, Target map[model.TopicPartition]model.Slot
	// waits is the partitions that a lane is to have and has not yet, by who still holds them (Nobody: on their way).
	// gives is those that it still holds and is to let go, by who is to have them.
	Waits, Gives map[model.Slot]map[model.Slot][]model.TopicPartition
	Waiting      int // partitions that somebody waits for
}

func BetweenOwners(g *model.GroupView) Between {
	b := Between{
		holder: map[model.TopicPartition]model.Slot{}, Target: map[model.TopicPartition]model.Slot{},
		Waits: map[model.Slot]map[model.Slot][]model.TopicPartition{}, Gives: map[model.Slot]map[model.Slot][]model.TopicPartition{},
	}
	for i := range g.Members {
		m := &g.Members[i]
		if !m.TargetKnown {
			continue
		}
		for _, tp := range m.Assignment {
			b.holder[tp] = m.Slot
		}
		for _, tp := range m.Target {
			b.Target[tp] = m.Slot
		}
	}
	for i := range g.Members {
		m := &g.Members[i]
		if !m.TargetKnown {
			continue
		}
		for _, tp := range m.Target {
			if holder := b.holder[tp]; holder != m.Slot {
				AddTo(b.Waits, m.Slot, holder, tp)
				b.Waiting++
			}
		}
		for _, tp := range m.Assignment {
			if target := b.Target[tp]; target != m.Slot {
				AddTo(b.Gives, m.Slot, target, tp)
			}
		}
	}
	for _, w := range g.Waits { // what records tell and the assignments do not
		if _, known := b.Target[w.TopicPartition]; !known && w.Waiter != model.Nobody {
			AddTo(b.Waits, w.Waiter, w.Holder, w.TopicPartition)
			AddTo(b.Gives, w.Holder, w.Waiter, w.TopicPartition)
			b.Waiting++
		}
	}
	return b
}

func AddTo(by map[model.Slot]map[model.Slot][]model.TopicPartition, lane, other model.Slot, tp model.TopicPartition) {
	if by[lane] == nil {
		by[lane] = map[model.Slot][]model.TopicPartition{}
	}
	by[lane][other] = append(by[lane][other], tp)
}

// AtTarget says that a member of a KIP-848 group owns what it is to own, and knows it. known is false where its target
// or what it owns is not known.
func AtTarget(g *model.GroupView, m *model.MemberView) (arrived, known bool) {
	if !m.TargetKnown || !m.AssignmentKnown && len(m.Assignment) == 0 {
		return false, false
	}
	if epoch, has := m.Epoch.Get(); has {
		if of, has := g.AssignmentEpoch.Get(); has && epoch < of {
			return false, true
		}
	}
	if len(m.PendingRevocation) > 0 || len(m.Assignment) != len(m.Target) {
		return false, true
	}
	for _, tp := range m.Target {
		if !slices.Contains(m.Assignment, tp) {
			return false, true
		}
	}
	return true, true
}

// Converged is how many members are at their target, and of how many that is known.
func Converged(g *model.GroupView) (there, of int) {
	for i := range g.Members {
		arrived, known := AtTarget(g, &g.Members[i])
		if known {
			of++
		}
		if arrived {
			there++
		}
	}
	return there, of
}

func ByOwner(a model.Assignment) map[model.Slot][]model.TopicPartition {
	owned := map[model.Slot][]model.TopicPartition{}
	for _, tp := range a.Partitions() {
		owned[a[tp]] = append(owned[a[tp]], tp)
	}
	return owned
}
