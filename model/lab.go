package model

import "time"

// LabSnapshot is what the lab's child processes were doing at one moment. It is nil in a view where there is no lab.
type LabSnapshot struct {
	At        time.Time
	Consumers []LabConsumer // in the order in which they were started; those that ended stay for a while
	Producers []LabProducer
	Lacks     []string      // what this platform cannot do, in words: "pause: no SIGSTOP on windows"
	Acted     LabActionDone // the action that caused this snapshot; zero if none did
}

// LabActionDone is something that the lab did.
type LabActionDone struct {
	Kind     LabActionKind
	Words    string // a sentence: "consumer-3 was killed (SIGKILL)"
	Consumer string // the client.id of the consumer it was done to; "" if it was done to none
	Group    string // whose consumer it was done to; "" for producers and topics
	Topic    string // whose producer or partitions it was done to; "" for consumers
}

// ObservedAt is when the lab was in this state.
func (l *LabSnapshot) ObservedAt() time.Time { return l.At }

// LabState is what a child process is doing.
type LabState string

// The states of a child process.
const (
	LabStarting LabState = "starting" // the process runs, it has not joined yet
	LabRunning  LabState = "running"
	LabPaused   LabState = "paused"   // stopped by SIGSTOP: no heartbeat leaves it
	LabLeaving  LabState = "leaving"  // asked to leave (SIGTERM)
	LabExpelled LabState = "expelled" // processing exceeded max.poll.interval.ms: it left the group, and joins again when it is done
	LabLeft     LabState = "left"     // ended after a clean leave
	LabKilled   LabState = "killed"   // ended by SIGKILL
	LabFailed   LabState = "failed"   // ended by itself, with an error
)

// Ended reports whether the process has ended.
func (s LabState) Ended() bool { return s == LabLeft || s == LabKilled || s == LabFailed }

// LabConsumer is a demo consumer: a child process with a real consumer of its own.
type LabConsumer struct {
	Name           string // its client.id: consumer-1
	Group          string
	PID            int
	State          LabState
	Since          time.Time // when State began, by the lab's clock; zero in what was recorded before this was known
	MemberID       string    // "" until it has joined
	Owns           []TopicPartition
	Processed      int64          // records since it started
	Rate           Maybe[float64] // records a second, lately
	ProcessingTime time.Duration  // that each record takes
	LastRecord     *LabRecord     // nil until it has read one
	Note           string         // what happened to it last, in words, or its error
	// Settings are those that it runs with. Where the group protocol is consumer, the session timeout and the heartbeat
	// interval are those that the cluster has for the group, as far as it lets them be known.
	Settings ConsumerSettings

	// Counts are the counts by key that it keeps in memory for each partition that it owns: a state that lives with the
	// partition, begun when it is assigned and gone when it is taken away. A partition that the member gets back in the
	// next assignment keeps its counts. In the order of the partitions.
	Counts []LabCounts
	// CountsLost is the records whose counts were thrown away since it started, because their partition went to another.
	CountsLost int64
	// Uncommitted is the records that it has processed and not committed, over the partitions that it owns. Of one that was
	// killed it is what it reported last. Unknown until it owns something.
	Uncommitted Maybe[int64]
	// ReadAgain is the records that it has processed although some consumer of its group had processed them before, since it
	// started. The lab counts it from what the consumers report. A consumer that is killed from outside may have processed
	// records that it could not report any more: then it is a lower bound, and after [LabCrash] it is exact.
	ReadAgain int64
	// Latency is the mean, over the records of the last seconds, of the time from a record's timestamp, given by the
	// producer, until the consumer had it in hand and began to process it. Unknown while it reads none.
	Latency Maybe[time.Duration]
	// Fetches is its fetch requests a second, to all brokers together, lately: those that brought records and those that
	// were answered without any after fetch.max.wait.ms.
	Fetches Maybe[float64]
}

// LabCounts is the size of the state that a demo consumer keeps for one partition.
type LabCounts struct {
	TopicPartition
	Keys    int   // different keys
	Records int64 // that were counted
}

// SessionEnd is when the group gives the consumer up if nothing is heard of it any more: one that was killed or is paused.
// Its last heartbeat left between a heartbeat.interval.ms before that and the moment itself, and which it was cannot be
// known from outside: the end is within an interval. ok is false for a consumer in another state, and if it had not joined.
func (c *LabConsumer) SessionEnd() (earliest, latest time.Time, ok bool) {
	if c.State != LabKilled && c.State != LabPaused || c.MemberID == "" || c.Since.IsZero() || c.Settings.SessionTimeout <= 0 {
		return time.Time{}, time.Time{}, false
	}
	heartbeat := c.Settings.HeartbeatInterval
	if heartbeat <= 0 {
		heartbeat = c.Settings.SessionTimeout / 3
	}
	latest = c.Since.Add(c.Settings.SessionTimeout)
	return latest.Add(-heartbeat), latest, true
}

// LabRecord is a record as a demo consumer read it.
type LabRecord struct {
	TopicPartition
	Offset int64
	Key    string
	Value  string // the double that the eight bytes hold, printed
}

// LabProducer is a demo producer.
type LabProducer struct {
	Topic    string
	PID      int
	State    LabState
	Wanted   float64 // records a second that it was asked for
	Rate     Maybe[float64]
	Produced int64
	Note     string
}

// CommitMode is when a demo consumer commits.
type CommitMode string

// The commit modes: by a timer, before the next record, or without waiting for the answer.
const (
	CommitAuto  CommitMode = "auto"
	CommitSync  CommitMode = "sync"
	CommitAsync CommitMode = "async"
)

// GroupProtocol is the protocol by which a consumer is a member of its group: the values of group.protocol.
type GroupProtocol string

// The group protocols: members that agree among themselves through JoinGroup and SyncGroup, and members that the broker
// assigns partitions to (KIP-848).
const (
	ProtocolClassic  GroupProtocol = "classic"
	ProtocolConsumer GroupProtocol = "consumer"
)

// ConsumerSettings are a demo consumer's settings; package settings has their names, limits and defaults. With the consumer
// protocol the session timeout and the heartbeat interval are the group's own (consumer.session.timeout.ms,
// consumer.heartbeat.interval.ms).
type ConsumerSettings struct {
	GroupProtocol      GroupProtocol
	SessionTimeout     time.Duration
	HeartbeatInterval  time.Duration // 0 is a third of the session timeout
	MaxPollInterval    time.Duration
	MaxPollRecords     int
	FetchMinBytes      int32
	FetchMaxWait       time.Duration
	AutoCommitInterval time.Duration
	Assignor           string // partition.assignment.strategy, of the classic protocol
	RemoteAssignor     string // group.remote.assignor, of the consumer protocol
	CommitMode         CommitMode
	InstanceID         string        // group.instance.id; "" is a dynamic member
	ProcessingTime     time.Duration // per record
}

// LabActionKind is something the lab can be asked to do.
type LabActionKind string

// The actions of the lab.
const (
	LabStartConsumer LabActionKind = "start" // a consumer in Group
	LabLeave         LabActionKind = "leave" // Consumer: SIGTERM, a clean leave
	LabKill          LabActionKind = "kill"  // Consumer: SIGKILL, a crash
	// LabCrash: Consumer processes Records records more that it does not commit, reports them, and kills itself (SIGKILL):
	// the next owners of its partitions read them again.
	LabCrash LabActionKind = "crash"
	// LabRestart: Consumer ends in good order, unless it has ended, and one with the same name and settings is started in
	// its place. A static member does not leave its group for that; a dynamic one does. It is reported as a [LabLeave]
	// and then a [LabStartConsumer].
	LabRestart       LabActionKind = "restart"
	LabPause         LabActionKind = "pause"          // Consumer: SIGSTOP
	LabResume        LabActionKind = "resume"         // Consumer: SIGCONT
	LabSlow          LabActionKind = "slow"           // Consumer: ProcessingTime a record
	LabRate          LabActionKind = "rate"           // the producer of Topic: Rate records a second
	LabAddPartitions LabActionKind = "add-partitions" // Topic: to Partitions in all
)

// LabAction is one request to the lab.
type LabAction struct {
	Kind           LabActionKind
	Group          string            // LabStartConsumer
	Settings       *ConsumerSettings // LabStartConsumer; nil is what the group's last consumer was started with
	Consumer       string            // the name of a consumer; LabStartConsumer: of the new one, "" is the next that is free
	Records        int               // LabCrash: the least number of records that stay uncommitted; 0 is 1
	ProcessingTime time.Duration     // LabSlow; 0 is full speed
	Topic          string            // LabRate, LabAddPartitions; "" is the lab's first topic
	Rate           float64           // LabRate, records a second; 0 stops producing
	Partitions     int32             // LabAddPartitions; 0 is one more than there are
}

// Consumer finds a consumer by its name; nil if there is none.
func (l *LabSnapshot) Consumer(name string) *LabConsumer {
	if l == nil {
		return nil
	}
	for i := range l.Consumers {
		if l.Consumers[i].Name == name {
			return &l.Consumers[i]
		}
	}
	return nil
}
