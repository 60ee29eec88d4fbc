package records

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
)

// ProtocolConsumer is the protocol type of groups of consumers. Others (Kafka Connect's, for one) have formats of their
// own in the members' bytes.
const ProtocolConsumer = "consumer"

// ForeignFormat is the assignment problem of the members of a group that has another protocol type.
func ForeignFormat(protocolType string) string {
	return fmt.Sprintf("protocol type %q has an assignment format of its own", protocolType)
}

// Undecoded is the assignment problem of a member whose bytes [Assignment] failed for.
func Undecoded(err error) string { return "cannot decode: " + err.Error() }

const (
	tagTopicID       = 0 // the tagged field of a commit
	tombstoneOffset  = -1
	unknownTimestamp = -1
)

// commit reads an OffsetCommitValue. Its other fields are not of interest; from version 4 on it is flexible.
func (k Key) commit(r *reader, tombstone bool, version int16) *model.CommitRecord {
	if tombstone {
		return &model.CommitRecord{TopicPartition: k.Commit, Offset: tombstoneOffset, Tombstone: true}
	}
	record := &model.CommitRecord{TopicPartition: k.Commit, Offset: r.int64()}
	if version >= 3 {
		r.int32() // leader epoch
	}
	if version >= 4 {
		r.take(r.compactLength()) // metadata
	} else {
		r.take(int(r.int16()))
	}
	r.int64() // commit timestamp
	if version == 1 {
		r.int64() // expire timestamp
	}
	if version >= 4 {
		r.tags(func(tag uint32, field *reader) {
			if tag == tagTopicID {
				field.uuid() // not of interest, and there
			}
		})
	}
	if record.Offset < 0 {
		r.failed = true
	}
	return record
}

// generation reads a GroupMetadataValue.
func generation(r *reader, tombstone bool, version int16) *model.GenerationRecord {
	if tombstone {
		return &model.GenerationRecord{Tombstone: true}
	}
	flexible := version >= 4
	record := &model.GenerationRecord{}
	if flexible {
		record.ProtocolType, record.Generation = r.compactString(), r.int32()
		record.Assignor, record.Leader = r.compactNullableString(), r.compactNullableString()
	} else {
		record.ProtocolType, record.Generation = r.string(), r.int32()
		record.Assignor, record.Leader = r.nullableString(), r.nullableString()
	}
	if version >= 2 {
		if at := r.int64(); at != unknownTimestamp && !r.failed {
			record.JoinEnded = time.UnixMilli(at)
		}
	}
	var count int
	if flexible {
		count = r.compactArray(memberBytesFlexible)
	} else {
		count = r.array(memberBytes)
	}
	for range count {
		member := generationMember(r, version, record.ProtocolType)
		if r.failed {
			return nil
		}
		record.Members = append(record.Members, member)
	}
	if flexible {
		r.tags(nil)
	}
	slices.SortFunc(record.Members, func(a, b model.Member) int { return strings.Compare(a.ID, b.ID) })
	return record
}

// How many bytes a member takes at least: five lengths and a timeout; six lengths, two timeouts and the tags.
const (
	memberBytes         = 3*2 + 4 + 2*4
	memberBytesFlexible = 6 + 2*4 + 1
)

// generationMember reads one member of a GroupMetadataValue.
func generationMember(r *reader, version int16, protocolType string) model.Member {
	text, data, nullable := r.string, r.data, r.nullableString
	if version >= 4 {
		text, data, nullable = r.compactString, r.compactData, r.compactNullableString
	}
	member := model.Member{ID: text()}
	if version >= 3 {
		member.InstanceID = nullable()
	}
	member.ClientID, member.Host = text(), Host(text())
	if version >= 1 {
		member.RebalanceTimeout = milliseconds(r.int32())
	}
	member.SessionTimeout = milliseconds(r.int32())
	subscribed, assigned := data(), data()
	if version >= 4 {
		r.tags(nil)
	}
	if r.failed {
		return member
	}
	if protocolType != ProtocolConsumer {
		member.AssignmentProblem = ForeignFormat(protocolType)
		return member
	}
	if topics, err := Subscription(subscribed); err == nil {
		member.Subscription = topics
	}
	assignment, err := Assignment(assigned)
	if err != nil {
		member.AssignmentProblem = Undecoded(err)
		return member
	}
	member.AssignmentKnown, member.Assignment = true, assignment
	return member
}

// milliseconds is a timeout; unknown unless it is above 0.
func milliseconds(value int32) model.Maybe[time.Duration] {
	if value <= 0 {
		return model.Maybe[time.Duration]{}
	}
	return model.Some(time.Duration(value) * time.Millisecond)
}
