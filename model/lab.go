package model

import "time"

// LabSnapshot is what the lab's child processes were doing at one moment. It is nil in a view where there is no lab.
type LabSnapshot struct {
	At        time.Time
	Consumers []LabConsumer // in the order in which they were started; those that ended stay for a while
	Producers []LabProducer
	Lacks     []string // what this platform cannot do, in words: "pause: no SIGSTOP on windows"
	Acted     LabDeed  // the action that caused this snapshot; zero if none did
}

// LabDeed is something that the lab did.
type LabDeed struct {
	Kind     LabActionKind
	Words    string // a sentence: "consumer-3 was killed (SIGKILL)"
	Consumer string // the client.id of the consumer it was done to; "" if it was done to none
	Group    string // whose consumer it was done to; "" for producers and topics
	Topic    string // whose producer or partitions it was done to; "" for consumers
}

// ObservedAt is when the lab looked.
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

// Ended says that the process is no more.
func (s LabState) Ended() bool { return s == LabLeft || s == LabKilled || s == LabFailed }

// LabConsumer is a demo consumer: a child process with a real consumer of its own.
type LabConsumer struct {
	Name           string // its client.id: consumer-1
	Group          string
	PID            int
	State          LabState
	MemberID       string // "" until it has joined
	Owns           []TopicPartition
	Processed      int64          // records since it started
	Rate           Maybe[float64] // records a second, lately
	ProcessingTime time.Duration  // that each record takes
	LastRecord     *LabRecord     // nil until it has read one
	Note           string         // what happened to it last, in words, or its error
	Settings       ConsumerSettings
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

// CommitMode says when a demo consumer commits.
type CommitMode string

// The commit modes: by a timer, before the next record, or without waiting for the answer.
const (
	CommitAuto  CommitMode = "auto"
	CommitSync  CommitMode = "sync"
	CommitAsync CommitMode = "async"
)

// ConsumerSettings are a demo consumer's settings, by Kafka's names.
type ConsumerSettings struct {
	SessionTimeout     time.Duration // session.timeout.ms
	HeartbeatInterval  time.Duration // heartbeat.interval.ms; 0 is a third of the session timeout
	MaxPollInterval    time.Duration // max.poll.interval.ms
	MaxPollRecords     int           // max.poll.records
	FetchMinBytes      int32         // fetch.min.bytes
	FetchMaxWait       time.Duration // fetch.max.wait.ms
	AutoCommitInterval time.Duration // auto.commit.interval.ms
	Assignor           string        // partition.assignment.strategy: range, roundrobin, sticky, cooperative-sticky
	CommitMode         CommitMode
	InstanceID         string        // group.instance.id; "" is a dynamic member
	ProcessingTime     time.Duration // that each record takes
}

// LabActionKind is something the lab can be asked to do.
type LabActionKind string

// The actions of the lab.
const (
	LabStartConsumer LabActionKind = "start"          // a consumer in Group
	LabLeave         LabActionKind = "leave"          // Consumer: SIGTERM, a clean leave
	LabKill          LabActionKind = "kill"           // Consumer: SIGKILL, a crash
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
	Consumer       string            // the name of a consumer
	ProcessingTime time.Duration     // LabSlow; 0 is full speed
	Topic          string            // LabRate, LabAddPartitions; "" is the lab's first topic
	Rate           float64           // LabRate, records a second; 0 stops producing
	Partitions     int32             // LabAddPartitions; 0 is one more than there are
}
