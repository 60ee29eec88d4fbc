package model

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Observation is what a source saw at one moment: a *[Snapshot], *[StateProbe], *[Records], *[History],
// *[TailStatus], *[LabSnapshot], *[AdminAction], *[SceneBegan], *[TourStatus] or
// *[RecordingLost].
type Observation interface {
	// ObservedAt is the moment that the observation is about, by the clock of the machine regroup runs on.
	ObservedAt() time.Time
}

// Snapshot is what one poll of the cluster saw. A failure of a part is data in it, not an error beside it:
// what could not be read is named in Errs and is unknown (never zero, never absent-so-gone) in the rest.
type Snapshot struct {
	At       time.Time     // when the first request left
	Took     time.Duration // until the last answer was in
	Requests int           // how many requests it took, retries included
	Interval time.Duration // the pause that the source keeps between two polls now (it backs off when the cluster is slow)
	Partial  bool          // only the groups in Groups were looked at; a group that is not in it is not gone
	Cluster  Cluster
	Brokers  []Broker // sorted by ID; every broker known, whether it answered or not
	Topics   []Topic  // sorted by name; those that the groups of the snapshot have to do with
	Groups   []Group  // sorted by ID
	Errs     []SourceError
}

// ObservedAt is when the first request left.
func (s *Snapshot) ObservedAt() time.Time { return s.At }

// Cluster names the cluster.
type Cluster struct {
	ID      string // the cluster id of the brokers' metadata; "" is unknown
	Name    string // what the user calls it, or the bootstrap address
	Version string // such as "4.3", inferred from the API versions that the brokers offer (approximate); "" is unknown
}

// Or is the cluster, with what is unknown of it taken from another description of it.
func (c Cluster) Or(known Cluster) Cluster {
	return Cluster{ID: cmp.Or(c.ID, known.ID), Name: cmp.Or(c.Name, known.Name), Version: cmp.Or(c.Version, known.Version)}
}

// Broker is a broker as the poll saw it.
type Broker struct {
	ID       int32
	Address  string    // host:port
	Rack     string    // "" is none
	Answered bool      // it answered every request of this poll
	LastSeen time.Time // when it last answered; zero is never
	Problem  string    // why it did not answer; "" if it did
}

// Topic is a topic as the poll saw it.
type Topic struct {
	Name       string
	ID         string // the topic's UUID in Kafka's base64 form (KIP-516); "" on brokers before 2.8. A recreated topic has another
	Partitions int32
	Missing    bool // the topic does not exist (a group still has commits for it)
	Internal   bool
	// Created is when it was created, of a topic that did not exist when the source listed all topics; zero is unknown, or
	// long ago.
	Created Moment
}

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String is topic-partition, as Kafka's own tools write it.
func (tp TopicPartition) String() string { return fmt.Sprintf("%s-%d", tp.Topic, tp.Partition) }

// Compare orders by topic, then by partition number.
func (tp TopicPartition) Compare(other TopicPartition) int {
	if c := cmp.Compare(tp.Topic, other.Topic); c != 0 {
		return c
	}
	return cmp.Compare(tp.Partition, other.Partition)
}

// GroupType is the kind of group by the protocol that its members speak, in the words of ListGroups v5.
type GroupType string

// The group types of Apache Kafka 4.
const (
	TypeUnknown  GroupType = ""         // the broker is older than ListGroups v5 and has only classic groups, or did not report the type
	TypeClassic  GroupType = "classic"  // JoinGroup and SyncGroup
	TypeConsumer GroupType = "consumer" // KIP-848
	TypeShare    GroupType = "share"    // KIP-932
	TypeStreams  GroupType = "streams"  // KIP-1071
)

// GroupState is a state in Kafka's own spelling.
type GroupState string

// The states of all group types.
const (
	StateUnknown             GroupState = ""
	StateStable              GroupState = "Stable"
	StatePreparingRebalance  GroupState = "PreparingRebalance"  // classic: members are (re)joining
	StateCompletingRebalance GroupState = "CompletingRebalance" // classic: joined, the leader has not sent the assignment yet
	StateAssigning           GroupState = "Assigning"           // consumer, streams: the coordinator computes the target assignment
	StateReconciling         GroupState = "Reconciling"         // consumer, streams: members are on their way to the target assignment
	StateNotReady            GroupState = "NotReady"            // streams
	StateEmpty               GroupState = "Empty"
	StateDead                GroupState = "Dead"
)

// Rebalancing reports whether the state is one of a rebalance.
func (s GroupState) Rebalancing() bool {
	switch s {
	case StatePreparingRebalance, StateCompletingRebalance, StateAssigning, StateReconciling:
		return true
	}
	return false
}

// Generation counts a group's rebalances: the generation of a classic group, the group epoch of a KIP-848 one.
type Generation struct {
	Number int32
	Kind   GenerationKind
}

// GenerationKind is how a generation's number is known.
type GenerationKind uint8

// The ways of knowing a generation; the zero value is not knowing it.
const (
	GenerationUnknown GenerationKind = iota
	GenerationCounted                // regroup's own count since it first saw the group; a lower bound, shown with ≈
	GenerationExact                  // the coordinator's own number
)

// String is the number, with ≈ where it was counted, or – where it is unknown or none has been counted yet.
func (g Generation) String() string {
	switch g.Kind {
	case GenerationExact:
		return fmt.Sprint(g.Number)
	case GenerationCounted:
		if g.Number > 0 { // a count of 0 is not generation 0
			return fmt.Sprintf("≈%d", g.Number)
		}
	}
	return "–"
}

// Exact is the coordinator's own number, if it is known.
func (g Generation) Exact() Maybe[int32] {
	if g.Kind == GenerationExact {
		return Some(g.Number)
	}
	return None[int32]()
}

// Group is a group as one poll saw it.
type Group struct {
	ID           string
	Type         GroupType
	ProtocolType string // "consumer", "connect", …; "" for a group that only commits
	State        GroupState
	Coordinator  Maybe[int32] // the broker that listed the group
	Assignor     string       // the protocol chosen by the members (classic) or the server-side assignor; "" is unknown or none
	Generation   Generation   // GenerationExact or GenerationUnknown in a snapshot

	AssignmentEpoch Maybe[int32] // consumer: the group epoch for which the target assignment was computed

	MembersKnown bool     // the group was described; false: Members is empty and means nothing
	Members      []Member // sorted by ID

	OffsetsKnown bool              // the group's commits were read; false: every Committed is unknown
	Partitions   []PartitionOffset // sorted; committed or assigned ones, and those of topics the members subscribe to
}

// Member is one member of a group.
type Member struct {
	ID           string
	InstanceID   string // group.instance.id; "" is a dynamic member
	ClientID     string
	Host         string // as the coordinator prints it, without the leading slash
	Rack         string
	Epoch        Maybe[int32] // consumer: the member epoch
	Subscription []string     // sorted topic names; nil is unknown

	AssignmentKnown   bool   // false: Assignment is empty and means nothing
	AssignmentProblem string // why it is not known: "the group is rebalancing", "cannot decode: …"
	Assignment        []TopicPartition
	TargetKnown       bool // consumer: Target is what the coordinator wants the member to own
	Target            []TopicPartition
	State             MemberState      // consumer: only from records
	PendingRevocation []TopicPartition // consumer: the part of Assignment that it was asked to revoke; only from records

	SessionTimeout   Maybe[time.Duration] // session.timeout.ms; classic groups whose records are read
	RebalanceTimeout Maybe[time.Duration] // max.poll.interval.ms, of groups whose records are read
}

// PartitionOffset is what a poll saw of one partition for one group. End and start were read after the commit, so
// that a commit beyond the end is a finding (a recreated topic) and not a race.
type PartitionOffset struct {
	TopicPartition
	Committed Maybe[int64] // the next offset the group would read; unknown if it never committed here
	LogStart  Maybe[int64]
	LogEnd    Maybe[int64] // the high watermark
	Problem   string       // why something here is unknown: "no such topic", "no leader", "not authorised: …"
}

// SourceError is a part of the cluster that could not be read.
type SourceError struct {
	Broker    Maybe[int32]
	Address   string // of the broker
	Group     string // "" concerns all groups of the broker
	Operation string // the request by its Kafka name: "ListGroups", "OffsetFetch"
	Problem   string // what came back, in words
	Unknown   string // what is unknown because of it: "offsets of 12 groups"
	Advice    string // what the user can do about it; may be empty
}

// OperationConnect is the [SourceError.Operation] of an address at which no broker could be reached.
const OperationConnect = "connect"

// Preposition joins an operation to the address it was tried at.
func Preposition(operation string) string {
	if operation == OperationConnect {
		return " to "
	}
	return " on "
}

// Error is one line: operation, place, problem, advice.
func (e SourceError) Error() string {
	s := e.Operation
	if e.Group != "" {
		s += fmt.Sprintf(" of group %q", e.Group)
	}
	if id, ok := e.Broker.Get(); ok {
		s += fmt.Sprintf(" on broker %d (%s)", id, e.Address)
	} else if e.Address != "" {
		s += Preposition(e.Operation) + e.Address
	}
	s += ": " + e.Problem
	if e.Unknown != "" {
		s += "; unknown: " + e.Unknown
	}
	if e.Advice != "" {
		s += "; " + e.Advice
	}
	return s
}

// Reads is what a member owns, and what it was asked to revoke and has not revoked yet.
func (m *Member) Reads() []TopicPartition {
	if len(m.PendingRevocation) == 0 {
		return m.Assignment
	}
	all := slices.Concat(m.Assignment, m.PendingRevocation)
	slices.SortFunc(all, TopicPartition.Compare)
	return slices.Compact(all)
}

// Reconciles says that members of this type of group report what they own at every moment of a rebalance, and revoke
// only what the coordinator asks for (KIP-848, KIP-1071).
func (t GroupType) Reconciles() bool { return t == TypeConsumer || t == TypeStreams }

// SortedCopy is partitions in order: the same slice if it is sorted already.
func SortedCopy(partitions []TopicPartition) []TopicPartition {
	if slices.IsSortedFunc(partitions, TopicPartition.Compare) {
		return partitions
	}
	return slices.SortedFunc(slices.Values(partitions), TopicPartition.Compare)
}

// SameMembers reports whether two lists of members are equal, in the same order.
func SameMembers(a, b []Member) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(&b[i]) {
			return false
		}
	}
	return true
}

// Equal reports whether two members are the same in everything that a source reports of them.
func (m *Member) Equal(o *Member) bool {
	return m.ID == o.ID && m.InstanceID == o.InstanceID && m.ClientID == o.ClientID && m.Host == o.Host &&
		m.Rack == o.Rack && m.Epoch == o.Epoch &&
		(m.Subscription == nil) == (o.Subscription == nil) && slices.Equal(m.Subscription, o.Subscription) &&
		m.AssignmentKnown == o.AssignmentKnown && m.AssignmentProblem == o.AssignmentProblem &&
		slices.Equal(m.Assignment, o.Assignment) &&
		m.State == o.State && slices.Equal(m.PendingRevocation, o.PendingRevocation) &&
		m.SessionTimeout == o.SessionTimeout && m.RebalanceTimeout == o.RebalanceTimeout &&
		m.TargetKnown == o.TargetKnown && slices.Equal(m.Target, o.Target)
}

// reconciling reports whether a member is known to own something else than its target.
func (m *Member) reconciling() bool {
	return m.AssignmentKnown && m.TargetKnown && !slices.Equal(SortedCopy(m.Assignment), SortedCopy(m.Target))
}
