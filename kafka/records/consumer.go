package records

import (
	"cmp"
	"encoding/base64"
	"slices"
	"time"

	"regroup/model"
)

// The values of consumer groups (KIP-848) are flexible, and there is a version 0 of each.

// epoch reads a ConsumerGroupMetadataValue.
func epoch(r *reader, tombstone bool) *model.EpochRecord {
	if tombstone {
		return &model.EpochRecord{Tombstone: true}
	}
	record := &model.EpochRecord{Epoch: r.int32()}
	r.tags(nil)
	return record
}

// tagClassicMember is the tagged field of a member that uses the classic protocol.
const tagClassicMember = 0

// member reads a ConsumerGroupMemberMetadataValue.
func (k Key) member(r *reader, tombstone bool) *model.MemberRecord {
	record := &model.MemberRecord{ID: k.MemberID, Tombstone: tombstone}
	if tombstone {
		return record
	}
	record.InstanceID, record.Rack = r.compactNullableString(), r.compactNullableString()
	record.ClientID, record.Host = r.compactString(), Host(r.compactString())
	record.Subscription = []string{}
	for range r.compactArray(1) {
		record.Subscription = append(record.Subscription, r.compactString())
	}
	slices.Sort(record.Subscription)
	record.Subscription = slices.Compact(record.Subscription)
	record.Regex = r.compactNullableString()
	if timeout := r.int32(); timeout > 0 {
		record.RebalanceTimeout = time.Duration(timeout) * time.Millisecond
	}
	record.ServerAssignor = r.compactNullableString()
	r.tags(func(tag uint32, field *reader) {
		// The structure may be null: a byte that says whether it follows.
		record.Classic = record.Classic || tag == tagClassicMember && field.int8() > 0
	})
	return record
}

// targetEpoch reads a ConsumerGroupTargetAssignmentMetadataValue.
func targetEpoch(r *reader, tombstone bool) *model.TargetEpochRecord {
	if tombstone {
		return &model.TargetEpochRecord{Tombstone: true}
	}
	record := &model.TargetEpochRecord{Epoch: r.int32()}
	r.tags(nil)
	return record
}

// target reads a ConsumerGroupTargetAssignmentMemberValue.
func (k Key) target(r *reader, tombstone bool) *model.TargetRecord {
	record := &model.TargetRecord{ID: k.MemberID, Tombstone: tombstone}
	if tombstone {
		return record
	}
	record.Partitions = partitions(r)
	r.tags(nil)
	return record
}

// current reads a ConsumerGroupCurrentMemberAssignmentValue.
func (k Key) current(r *reader, tombstone bool) *model.CurrentRecord {
	record := &model.CurrentRecord{ID: k.MemberID, Tombstone: tombstone}
	if tombstone {
		return record
	}
	record.Epoch, record.PreviousEpoch = r.int32(), r.int32()
	record.State = memberState(r.int8())
	record.Assigned, record.PendingRevocation = partitions(r), partitions(r)
	r.tags(nil)
	return record
}

func memberState(value int8) model.MemberState {
	switch value {
	case 0:
		return model.MemberStable
	case 1:
		return model.MemberUnrevokedPartitions
	case 2:
		return model.MemberUnreleasedPartitions
	}
	return model.MemberStateOther
}

// partitions reads an array of TopicPartitions: topics by their ids, each with numbers, and since Kafka 4.1 with tagged
// fields that say more. Sorted.
func partitions(r *reader) (all []model.TopicIDPartition) {
	for range r.compactArray(16 + 1 + 1) {
		id := TopicID(r.uuid())
		for range r.compactArray(4) {
			number := r.int32()
			if number < 0 {
				r.failed = true
			}
			all = append(all, model.TopicIDPartition{TopicID: id, Partition: number})
		}
		r.tags(nil)
	}
	slices.SortFunc(all, func(a, b model.TopicIDPartition) int {
		return cmp.Or(cmp.Compare(a.TopicID, b.TopicID), cmp.Compare(a.Partition, b.Partition))
	})
	return slices.Compact(all)
}

// TopicID is a topic's id in Kafka's own text form; "" is none.
func TopicID(id [16]byte) string {
	if id == ([16]byte{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(id[:])
}
