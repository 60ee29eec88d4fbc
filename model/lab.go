package model

import "time"

// LabSnapshot is the state of the lab's child processes at one moment. It is nil in a view without a lab.
type LabSnapshot struct {
	At        time.Time
	Consumers []LabConsumer // in the order in which they were started; those that ended stay for a while
	Producers []LabProducer
	Lacks     []string      // what this platform does not support: "pause: no SIGSTOP on windows"
	Acted     LabActionDone // the action that caused this snapshot; zero if none did
}

// LabActionDone is an action that the lab carried out.
type LabActionDone struct {
	Kind     LabActionKind
	Words    string // a sentence: "consumer-3 was killed (SIGKILL)"
	Consumer string // the client.id of its consumer; "" if it is not about one
	Group    string // the consumer's group; "" for producers and topics
	Topic    string // the producer's topic, or the topic whose partitions were added; "" for consumers
}

// ObservedAt is when the lab was in this state.
func (l *LabSnapshot) ObservedAt() time.Time { return l.At }

// LabState is the state of a child process.
type LabState string

// The states of a child process.
const (
	LabStarting LabState = "starting" // the process runs, it has not joined yet
	LabRunning  LabState = "running"
	LabPaused   LabState = "paused"   // stopped by SIGSTOP: it sends no heartbeats
	LabLeaving  LabState = "leaving"  // asked to leave (SIGTERM)
	LabExpelled LabState = "expelled" // processing exceeded max.poll.interval.ms: it left the group, and joins again when the batch is done
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
	Since          time.Time // when State began, by the lab's clock; zero in recordings from before this was recorded
	MemberID       string    // "" until it has joined
	Owns           []TopicPartition
	Processed      int64          // records since it started
	Rate           Maybe[float64] // records a second
	ProcessingTime time.Duration  // per record
	LastRecord     *LabRecord     // nil until it has read one
	Note           string         // the last event of the consumer, or its error
	// Settings are the settings in use. With the consumer protocol the session timeout and the heartbeat interval are the
	// group's own, as far as the cluster lets them be read.
	Settings ConsumerSettings

	// Counts are the counts by key that it keeps in memory for each partition that it owns: state that lives with the
	// partition, from its assignment to its revocation. A partition that is in the next assignment again keeps its counts. In
	// the order of the partitions.
	Counts []LabCounts
	// CountsLost is the number of records whose counts were dropped since it started, because their partition moved.
	CountsLost int64
	// Uncommitted is the number of records that it has processed and not committed, over the partitions that it owns; of a killed
	// consumer the last reported value. Unknown until it owns a partition.
	Uncommitted Maybe[int64]
	// ReadAgain is the number of records that it has reprocessed since it started: a consumer of its group had processed them
	// before. The lab counts them from the consumers' reports. A consumer that is killed from outside may have processed records
	// that it did not report: then it is a lower bound, and after [LabCrash] it is exact.
	ReadAgain int64
	// Latency is the mean time from a record's timestamp, set by the producer, until the consumer began to process it, over the
	// records of the last seconds. Unknown while there are none.
	Latency Maybe[time.Duration]
	// Fetches is its fetch requests a second to all brokers, with those whose response had no records after fetch.max.wait.ms.
	Fetches Maybe[float64]
}

// LabCounts is the size of the state that a demo consumer keeps for one partition.
type LabCounts struct {
	TopicPartition
	Keys    int   // different keys
	Records int64 // that were counted
}

// SessionEnd is when the group removes a consumer that was killed or is paused. Its last heartbeat was sent at most a
// heartbeat.interval.ms before that, at a time that is unknown from outside: the end is within an interval. ok is false for a
// consumer in another state, and if it had not joined.
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
	Wanted   float64 // the requested rate, records a second
	Rate     Maybe[float64]
	Produced int64
	Note     string
}

// CommitMode is when a demo consumer commits.
type CommitMode string

// The commit modes: by a timer, before the next record, or without waiting for the response.
const (
	CommitAuto  CommitMode = "auto"
	CommitSync  CommitMode = "sync"
	CommitAsync CommitMode = "async"
)

// GroupProtocol is the protocol by which a consumer is a member of its group: the values of group.protocol.
type GroupProtocol string

// The group protocols: the leader among the members assigns partitions, through JoinGroup and SyncGroup, or the coordinator does
// (KIP-848).
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

// LabActionKind is the kind of an action of the lab.
type LabActionKind string

// The actions of the lab.
const (
	LabStartConsumer LabActionKind = "start" // a consumer in Group
	LabLeave         LabActionKind = "leave" // Consumer: SIGTERM, a clean leave
	LabKill          LabActionKind = "kill"  // Consumer: SIGKILL, a crash
	// LabCrash: Consumer processes Records records more that it does not commit, reports them, and kills itself (SIGKILL):
	// the next owners of its partitions reprocess them.
	LabCrash LabActionKind = "crash"
	// LabRestart: Consumer ends by SIGTERM, unless it has ended, and one with the same name and settings is started. A static
	// member does not leave its group for that; a dynamic one does. It is reported as a [LabLeave] and then a
	// [LabStartConsumer].
	LabRestart       LabActionKind = "restart"
	LabPause         LabActionKind = "pause"          // Consumer: SIGSTOP
	LabResume        LabActionKind = "resume"         // Consumer: SIGCONT
	LabSlow          LabActionKind = "slow"           // Consumer: ProcessingTime a record
	LabRate          LabActionKind = "rate"           // the producer of Topic: Rate records a second
	LabAddPartitions LabActionKind = "add-partitions" // Topic: to Partitions in all
)

// LabAction is a request to the lab.
type LabAction struct {
	Kind           LabActionKind
	Group          string            // LabStartConsumer
	Settings       *ConsumerSettings // LabStartConsumer; nil is the settings of the group's last consumer
	Consumer       string            // the name of a consumer; LabStartConsumer: of the new one, "" is the next free name
	Records        int               // LabCrash: the least number of records that stay uncommitted; 0 is 1
	ProcessingTime time.Duration     // LabSlow; 0 is full speed
	Topic          string            // LabRate, LabAddPartitions; "" is the lab's first topic
	Rate           float64           // LabRate, records a second; 0 stops producing
	Partitions     int32             // LabAddPartitions; 0 is one more than now
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
