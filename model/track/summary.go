package track

import "regroup/model"

// summariseOwnership computes how evenly the partitions are assigned, which only a stable group shows.
func summariseOwnership(g *group, next *model.GroupView) {
	next.Idle, next.Joining, next.Unassigned, next.Skew = 0, 0, 0, model.None[float64]()
	if next.Rebalancing() {
		for i := range next.Members {
			m := &next.Members[i]
			if !m.AssignmentKnown || len(m.Assignment) == 0 && len(m.Target) > 0 {
				next.Joining++
			}
		}
		return
	}
	if g.state.stable == nil || next.State != model.StateStable || len(next.Members) == 0 {
		return
	}
	largest, total := 0, 0
	for i := range next.Members {
		m := &next.Members[i]
		if m.AssignmentKnown && len(m.Assignment) == 0 {
			next.Idle++
		}
		largest, total = max(largest, len(m.Assignment)), total+len(m.Assignment)
	}
	if g.state.stable.Opaque {
		return
	}
	if total > 0 {
		next.Skew = model.Some(float64(largest*len(next.Members)) / float64(total))
	}
	for i := range next.Partitions {
		if v := &next.Partitions[i]; v.Subscribed && v.Owner == model.Nobody {
			next.Unassigned++
		}
	}
}
