package model

import "time"

// Records is the result of one read of __consumer_offsets: an observation. Its records are in the order in which the
// coordinator wrote them; all records of one group come from one partition, and so from one broker at a time.
type Records struct {
	At      time.Time // when regroup had read them, by its own clock
	Broker  int32     // the partition's leader, which is the groups' coordinator: the records' times are by its clock
	Records []Record
	// Topics are the names of the topics whose ids these records have (KIP-848), each once, sorted by ID. A name is missing
	// if the source could not resolve the id in time, or if the topic was deleted.
	Topics []TopicID
}

// ObservedAt is when the records had been read.
func (r *Records) ObservedAt() time.Time { return r.At }

// Record is one record of __consumer_offsets, decoded. Exactly one of the pointers is set; a tombstone sets the pointer
// of its kind, to a value with Tombstone.
type Record struct {
	Group     string
	Partition int32     // of __consumer_offsets
	Offset    int64     // in that partition
	Written   time.Time // the record's timestamp: by the coordinator's clock, to the millisecond

	Commit      *CommitRecord      // key versions 0 and 1
	Generation  *GenerationRecord  // key version 2: a classic group
	Epoch       *EpochRecord       // key version 3: a consumer group (KIP-848)
	Member      *MemberRecord      // key version 5
	TargetEpoch *TargetEpochRecord // key version 6
	Target      *TargetRecord      // key version 7
	Current     *CurrentRecord     // key version 8
}

// CommitRecord is a committed offset. Source: OffsetCommitKey and OffsetCommitValue.
type CommitRecord struct {
	TopicPartition
	Offset    int64 // the next offset to read; -1 in a tombstone
	Tombstone bool  // the commit was deleted or has expired
}

// GenerationRecord is a classic group as its coordinator writes it down when the leader has synced, when the last
// member has gone, and when a static member comes back under another member id (then in the same generation).
// Generation 0 is the group's creation. Source: GroupMetadataValue of Kafka's group coordinator.
type GenerationRecord struct {
	Tombstone    bool // the group was deleted or has expired
	ProtocolType string
	Generation   int32
	Assignor     string    // the chosen protocol; "" if there is none
	Leader       string    // the member id; "" if there is none
	JoinEnded    time.Time // the instant the join ended, by the coordinator's clock; zero where the record's version lacks it
	Members      []Member  // sorted by ID, each with subscription, assignment and timeouts where they can be decoded
	// StableProbes are state probes of the coordinator, newest first, that found the group stable; they were answered before the join
	// ended, or about then. They are not part of the record: the tail adds them. Empty is unknown.
	StableProbes []ProbeTimes
}

// ProbeTimes is when a state probe was sent and answered, by regroup's clock: its result was true at some instant between.
type ProbeTimes struct{ Asked, Answered time.Time }

// EpochRecord is a consumer group's epoch: it moves on when a member joins, leaves or changes its subscription, and when
// a topic changes. Source: ConsumerGroupMetadataValue.
type EpochRecord struct {
	Tombstone bool
	Epoch     int32
}

// MemberRecord is a member of a consumer group. Source: ConsumerGroupMemberMetadataValue.
type MemberRecord struct {
	Tombstone        bool // the member has gone
	ID               string
	InstanceID       string
	ClientID         string
	Host             string // without the leading slash
	Rack             string
	Subscription     []string // topic names, sorted; those that a regular expression matches are not in it
	Regex            string   // the subscription by regular expression; "" if there is none
	RebalanceTimeout time.Duration
	ServerAssignor   string // "" is the broker's default
	Classic          bool   // the member speaks the classic protocol (an online migration)
}

// TargetEpochRecord is the epoch for which the target assignment was computed; what each member is to own comes before
// it. Source: ConsumerGroupTargetAssignmentMetadataValue.
type TargetEpochRecord struct {
	Tombstone bool
	Epoch     int32
}

// TargetRecord is what the coordinator wants a member to own. Source: ConsumerGroupTargetAssignmentMemberValue.
type TargetRecord struct {
	Tombstone  bool
	ID         string // the member id
	Partitions []TopicIDPartition
}

// CurrentRecord is where a member is on its way to the target. Source: ConsumerGroupCurrentMemberAssignmentValue.
type CurrentRecord struct {
	Tombstone         bool
	ID                string // the member id
	Epoch             int32  // -2 is a static member that left for a while
	PreviousEpoch     int32
	State             MemberState
	Assigned          []TopicIDPartition // what it owns
	PendingRevocation []TopicIDPartition // what it was asked to revoke and has not revoked yet
}

// MemberState is how far a member of a consumer group is. Source: MemberState of Kafka's group coordinator.
type MemberState string

// The states of a member, by the byte that the record has for them.
const (
	MemberStateUnknown         MemberState = ""
	MemberStable               MemberState = "stable"                // 0: it owns its target
	MemberUnrevokedPartitions  MemberState = "unrevoked partitions"  // 1: it has not revoked everything that it was asked to
	MemberUnreleasedPartitions MemberState = "unreleased partitions" // 2: it waits for partitions that others have not revoked
	MemberStateOther           MemberState = "other"                 // a state of a newer broker
)

// TopicID is a topic's id in Kafka's base64 form, as [Topic.ID], and its name, which never changes.
type TopicID struct{ ID, Name string }

// TopicIDPartition names a partition by its topic's id in Kafka's base64 form, as [Topic.ID].
type TopicIDPartition struct {
	TopicID   string
	Partition int32
}

// StateProbe is which groups of a broker entered, changed or left a rebalancing state between two probes of the states
// (ListGroups with a filter of states, KIP-518): an observation. Probes that show no change are not observed.
type StateProbe struct {
	At     time.Time // when the probe was answered
	Asked  time.Time // when the probe was sent
	Broker int32     // the groups' coordinator
	Groups []ProbedState
}

// ObservedAt is when the answer was in.
func (p *StateProbe) ObservedAt() time.Time { return p.At }

// ProbedState is a group's state that changed between two probes.
type ProbedState struct {
	Group string
	// State is its rebalancing state now. StateUnknown: it is not rebalancing any more, or was deleted,
	// or another broker coordinates it now.
	State   GroupState
	Changed Moment // by regroup's clock; NotBefore is zero if the first probe of the broker found it so
}

// History is what a group's partition of __consumer_offsets has of the time before regroup was started: an observation.
type History struct {
	At       time.Time
	Broker   int32 // whose clock the records' times are by
	Group    string
	Records  []Record // the newest generation, or the newest epoch, target epoch and current assignments; oldest first, no commits
	Complete bool     // everything was read; false: the bound on reading back was reached first
}

// ObservedAt is when the history had been read.
func (h *History) ObservedAt() time.Time { return h.At }

// TailStatus is the state of reading __consumer_offsets: an observation, made when something of it changes, and
// every few seconds.
type TailStatus struct {
	At         time.Time
	State      TailState
	Reason     string // why it is not on, in one line; "" while it is
	Partitions int    // of __consumer_offsets
	Following  int    // how many of them are being read
	// Lost are the partitions, sorted, that have no reachable leader now: nothing is known of their groups' records.
	Lost           []int32
	BytesPerSecond float64 // lately
	Undecodable    int64   // records so far that broke their schema
	Unrecognised   int64   // records so far of kinds or versions that regroup does not know
	// Gaps counts the times so far that records of a partition were passed over: its log did not go back as far as
	// regroup had read, or the tail was off for a while. What was in between only polls can show.
	Gaps int64
	// WithoutEpochs: the records of consumer groups (KIP-848) are commits only, as on the embedded cluster: epochs and
	// assignments are polled.
	WithoutEpochs bool
}

// ObservedAt is when the status was taken.
func (s *TailStatus) ObservedAt() time.Time { return s.At }

// TailState is whether __consumer_offsets is read.
type TailState string

// The states of the tail.
const (
	TailOff      TailState = ""         // switched off, or there is no such topic (the embedded cluster)
	TailStarting TailState = "starting" // the partitions' ends are being found
	TailOn       TailState = "on"
	TailAbsent   TailState = "absent"   // the topic does not exist yet: no group has ever been used
	TailRefused  TailState = "refused"  // READ on __consumer_offsets is not allowed
	TailTooBusy  TailState = "too busy" // more traffic than the limit
	TailFailed   TailState = "failed"   // it cannot be read for another reason
)

// AdminAction is a change that regroup made to a group at the user's request: an observation.
type AdminAction struct {
	At      time.Time
	Group   string
	Removed []string // the member ids that were removed from the group
	Words   string   // a sentence: "B (consumer-2) was removed from the group"
}

// ObservedAt is when it was done.
func (d *AdminAction) ObservedAt() time.Time { return d.At }
