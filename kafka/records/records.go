// Package records decodes the records of __consumer_offsets, in which the coordinators of groups write what they need
// after a restart: commits, the generations of classic groups, and the epochs, members and assignments
// of consumer groups (KIP-848). It follows the schemas of Kafka's group-coordinator module (the JSON files in
// src/main/resources/common/message), reads bytes and nothing else, and trusts none of them: members
// of groups write parts of them.
package records

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf16"

	"regroup/model"
)

// The errors of [Decode] and [ReadKey], for errors.Is.
var (
	// ErrUnrecognised is a kind of record, or a version of one, that regroup does not know: those of share and streams
	// groups, and what newer brokers write.
	ErrUnrecognised = errors.New("a kind or version of record that is not known")
	// ErrIgnored is a kind that is known and of no use here.
	ErrIgnored = errors.New("a record of a kind that is not used")
	// ErrUndecodable is a record that breaks the schema of its version.
	ErrUndecodable = errors.New("the record breaks its schema")
)

// Kind is what a record is about: the version that its key begins with.
type Kind int16

// The kinds that are known, by the numbers of Kafka's CoordinatorRecordType.
const (
	KindLegacyCommit      Kind = 0
	KindCommit            Kind = 1
	KindGeneration        Kind = 2 // GroupMetadata
	KindEpoch             Kind = 3 // ConsumerGroupMetadata
	KindPartitionMetadata Kind = 4 // ConsumerGroupPartitionMetadata, up to Kafka 4.0
	KindMember            Kind = 5 // ConsumerGroupMemberMetadata
	KindTargetEpoch       Kind = 6 // ConsumerGroupTargetAssignmentMetadata
	KindTarget            Kind = 7 // ConsumerGroupTargetAssignmentMember
	KindCurrent           Kind = 8 // ConsumerGroupCurrentMemberAssignment
)

// IsCommit says whether the record is about a committed offset.
func (k Kind) IsCommit() bool { return k == KindCommit || k == KindLegacyCommit }

// Key is a record's key. Group is set for every kind that is known; the other fields as the kind has them.
type Key struct {
	Kind     Kind
	Group    string
	Commit   model.TopicPartition // of a commit
	MemberID string               // of a member, a target or a current assignment
}

// PartitionOf is the partition of __consumer_offsets in which the coordinator keeps a group: the absolute value of the
// hash code that Java has for the id, modulo the partitions. Java hashes UTF-16 code units, and the absolute value of the
// least number is 0 here. It is not the hash without its highest bit, by which producers choose. Source:
// GroupCoordinatorService.partitionFor of Kafka.
func PartitionOf(group string, partitions int) int32 {
	var hash int32
	for _, unit := range utf16.Encode([]rune(group)) {
		hash = 31*hash + int32(unit)
	}
	if hash == math.MinInt32 {
		return 0
	}
	return max(hash, -hash) % int32(partitions)
}

// KindOf is what a key begins with. It allocates nothing.
func KindOf(key []byte) (Kind, error) {
	r := reader{bytes: key}
	kind := Kind(r.int16())
	if r.failed {
		return 0, fmt.Errorf("%w: a key of %d bytes", ErrUndecodable, len(key))
	}
	return kind, nil
}

// ReadKey decodes a key. Its schemas are not flexible, for consumer groups neither.
func ReadKey(key []byte) (Key, error) {
	r := reader{bytes: key}
	k := Key{Kind: Kind(r.int16())}
	switch k.Kind {
	case KindLegacyCommit, KindCommit:
		k.Group, k.Commit.Topic, k.Commit.Partition = r.string(), r.string(), r.int32()
	case KindGeneration, KindEpoch, KindPartitionMetadata, KindTargetEpoch:
		k.Group = r.string()
	case KindMember, KindTarget, KindCurrent:
		k.Group, k.MemberID = r.string(), r.string()
	default:
		if !r.failed {
			return k, fmt.Errorf("%w: key version %d", ErrUnrecognised, k.Kind)
		}
	}
	if r.failed {
		return k, fmt.Errorf("%w: the key of kind %d", ErrUndecodable, k.Kind)
	}
	if k.Kind.IsCommit() && k.Commit.Partition < 0 {
		return k, fmt.Errorf("%w: a commit for partition %d", ErrUndecodable, k.Commit.Partition)
	}
	return k, nil
}

// Decode makes a record of a key and a value; a value of nil is a tombstone. Where the record stood and when it was
// written is for the caller to fill in.
func Decode(key, value []byte) (model.Record, error) {
	k, err := ReadKey(key)
	if err != nil {
		return model.Record{}, err
	}
	return k.Decode(value)
}

// Decode makes a record of the value that stands behind the key.
func (k Key) Decode(value []byte) (model.Record, error) {
	record := model.Record{Group: k.Group}
	r := reader{bytes: value}
	tombstone := value == nil
	var version, newest int16
	if !tombstone {
		version = r.int16()
	}
	newest = newestVersions[k.Kind]
	switch {
	case k.Kind == KindPartitionMetadata:
		return record, ErrIgnored
	case r.failed:
		return record, fmt.Errorf("%w: the value of kind %d has no version", ErrUndecodable, k.Kind)
	case version < 0 || version > newest:
		return record, fmt.Errorf("%w: version %d of kind %d", ErrUnrecognised, version, k.Kind)
	}
	switch k.Kind {
	case KindLegacyCommit, KindCommit:
		record.Commit = k.commit(&r, tombstone, version)
	case KindGeneration:
		record.Generation = generation(&r, tombstone, version)
	case KindEpoch:
		record.Epoch = epoch(&r, tombstone)
	case KindMember:
		record.Member = k.member(&r, tombstone)
	case KindTargetEpoch:
		record.TargetEpoch = targetEpoch(&r, tombstone)
	case KindTarget:
		record.Target = k.target(&r, tombstone)
	case KindCurrent:
		record.Current = k.current(&r, tombstone)
	default:
		return record, fmt.Errorf("%w: key version %d", ErrUnrecognised, k.Kind)
	}
	if r.failed && !tombstone {
		return model.Record{Group: k.Group}, fmt.Errorf("%w: version %d of kind %d", ErrUndecodable, version, k.Kind)
	}
	return record, nil
}

// newestVersions are the newest versions of the values; those of a kind that is not here end with 0.
var newestVersions = map[Kind]int16{KindLegacyCommit: 4, KindCommit: 4, KindGeneration: 4}
