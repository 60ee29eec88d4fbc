package subject

import (
	"regroup/model"
)

// OfGroup are subjects of one group.
func OfGroup(id string, kinds ...Kind) []Subject {
	all := make([]Subject, len(kinds))
	for i, kind := range kinds {
		all[i] = Subject{Kind: kind, Group: id}
	}
	return all
}

// OfRebalance are the parts of a card.
func OfRebalance(r *model.Rebalance) []Subject {
	var all []Subject
	for _, kind := range []Kind{Why, Moved, Took, Cost} {
		all = append(all, Subject{Kind: kind, Rebalance: r})
	}
	return all
}

// First is the subject that comes first; none if there is none.
func First(all []Subject) Subject {
	if len(all) == 0 {
		return Subject{}
	}
	return all[0]
}
