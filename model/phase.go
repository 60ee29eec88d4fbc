package model

// Phase is where a group is in the cycle of its rebalances, as far as the sources show it.
type Phase string

// The phases. A group is between two rebalances in [PhaseStable], in one in the four after it.
const (
	// PhaseUnclear: the state is unknown, or the members of this type of group do not own partitions alone.
	PhaseUnclear     Phase = ""
	PhaseStable      Phase = "stable"      // every member owns what it was assigned, or the group is empty
	PhasePreparing   Phase = "preparing"   // classic: members rejoin (JoinGroup)
	PhaseCompleting  Phase = "completing"  // classic: all have joined, the leader's assignment is awaited (SyncGroup)
	PhaseAssigning   Phase = "assigning"   // KIP-848: the coordinator computes the target assignment
	PhaseReconciling Phase = "reconciling" // KIP-848: members revoke and take over what the target assignment changes
)

// Rebalancing reports whether the phase is one of a rebalance.
func (p Phase) Rebalancing() bool { return p != PhaseUnclear && p != PhaseStable }

// PhaseOf is the phase that a description of a group shows. A KIP-848 group whose coordinator calls it Stable while a
// member does not own its target yet is still reconciling.
func PhaseOf(g *Group) Phase {
	switch {
	case g.Type == TypeShare:
		return PhaseUnclear
	case g.State.Rebalancing():
		return phaseOfState[g.State]
	case g.State == StateEmpty && len(g.Members) == 0:
		return PhaseStable
	case g.State != StateStable || len(g.Members) == 0:
		return PhaseUnclear
	}
	if g.Type.Reconciles() {
		for i := range g.Members {
			if g.Members[i].reconciling() {
				return PhaseReconciling
			}
		}
	}
	return PhaseStable
}

var phaseOfState = map[GroupState]Phase{
	StatePreparingRebalance:  PhasePreparing,
	StateCompletingRebalance: PhaseCompleting,
	StateAssigning:           PhaseAssigning,
	StateReconciling:         PhaseReconciling,
}
