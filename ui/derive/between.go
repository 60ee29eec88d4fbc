package derive

import (
	"regroup/model"
)

// AddTo adds a partition to those between two members.
func AddTo(by map[model.Slot]map[model.Slot][]model.TopicPartition, lane, other model.Slot, tp model.TopicPartition) {
	if by[lane] == nil {
		by[lane] = map[model.Slot][]model.TopicPartition{}
	}
	by[lane][other] = append(by[lane][other], tp)
}

// ByOwner is the partitions of an assignment by their owners, in order.
func ByOwner(a model.Assignment) map[model.Slot][]model.TopicPartition {
	owned := map[model.Slot][]model.TopicPartition{}
	for _, tp := range a.Partitions() {
		owned[a[tp]] = append(owned[a[tp]], tp)
	}
	return owned
}
