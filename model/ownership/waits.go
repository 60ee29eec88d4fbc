package ownership

import (
	"slices"

	"regroup/model"
)

// WaitsAmong are the partitions that members of a KIP-848 group have been asked to revoke and still hold, sorted.
func WaitsAmong(members []model.MemberView) []model.Wait {
	var waits []model.Wait
	for i := range members {
		for _, tp := range members[i].PendingRevocation {
			waits = append(waits, model.Wait{TopicPartition: tp, Holder: members[i].Slot})
		}
	}
	if waits == nil {
		return nil
	}
	wanted := make(map[model.TopicPartition]model.Slot)
	for i := range members {
		for _, tp := range members[i].Target {
			wanted[tp] = members[i].Slot
		}
	}
	for i := range waits {
		if w := &waits[i]; wanted[w.TopicPartition] != w.Holder {
			w.Waiter = wanted[w.TopicPartition]
		}
	}
	slices.SortFunc(waits, func(a, b model.Wait) int { return a.Compare(b.TopicPartition) })
	return waits
}
