package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka"
	"regroup/model"
)

const (
	// retryDelay is the delay before a consumer tries again to connect or to join.
	retryDelay = 500 * time.Millisecond
	// metadataInterval is how soon clients notice added partitions (metadata.max.age.ms; Kafka: 5 min).
	metadataInterval = 2 * time.Second
)

// consumer is the worker of a consumer child. It does what a program with Kafka's Java consumer does: the goroutine that calls
// run polls for a batch of records, processes them in order, and polls again; heartbeats are sent from another one; and if the
// time between two polls exceeds max.poll.interval.ms, it leaves the group. Its processing counts the records of each key in
// memory, as many programs do that aggregate.
type consumer struct {
	config  consumerConfig
	brokers []string
	sarama  *sarama.Config // with the classic protocol
	kgo     []kgo.Opt      // with the consumer protocol
	status  status
	tracker *offsetTracker
	flush   func() // reports at once, and returns when that is done

	session        atomic.Pointer[groupSession]
	processed      atomic.Int64
	processingTime atomic.Int64  // nanoseconds
	paceChanged    chan struct{} // the processing time was changed
	last           atomic.Pointer[model.LabRecord]
	started, age   atomic.Int64 // records whose processing started, and the sum of their ages then in nanoseconds
	fetched        atomic.Int64 // requests of sessions that are over

	commitMu   sync.Mutex   // held while a commit is under way
	recordMu   sync.Mutex   // held while a processed record is counted
	crashAfter atomic.Int64 // it is to crash with this many records uncommitted, and commits nothing any more; 0 is not
}

func newConsumer(cluster kafka.Config, config consumerConfig, reports *reporter) (*consumer, error) {
	cluster.ClientID = config.Name
	c := &consumer{
		config: config, brokers: cluster.Brokers, tracker: newOffsetTracker(), flush: reports.flush,
		status:      status{state: model.LabStarting, changed: reports.wake},
		paceChanged: make(chan struct{}, 1),
	}
	c.processingTime.Store(int64(config.Settings.ProcessingTime))
	var err error
	if config.Settings.GroupProtocol == model.ProtocolConsumer {
		c.kgo, err = kgoOptions(cluster, config)
	} else if c.sarama, err = cluster.Sarama(); err == nil {
		err = applySettings(c.sarama, config.Settings)
	}
	if err != nil {
		return nil, fmt.Errorf("consumer %s: %w", config.Name, err)
	}
	return c, nil
}

// joinGroup connects and begins to join, with the library that implements the group protocol.
func (c *consumer) joinGroup(s *groupSession) (groupMember, error) {
	if c.config.Settings.GroupProtocol == model.ProtocolConsumer {
		return joinConsumer(c, s)
	}
	return joinClassic(c, s)
}

// applySettings puts a consumer's settings where sarama has them.
func applySettings(conf *sarama.Config, s model.ConsumerSettings) error {
	if _, err := balanceStrategy(s.Assignor); err != nil {
		return err
	}
	group := &conf.Consumer.Group
	group.Session.Timeout = s.SessionTimeout
	group.Heartbeat.Interval = s.HeartbeatInterval
	group.Rebalance.Timeout = s.MaxPollInterval // as the Java client sends it
	group.Rebalance.Retry.Backoff = 100 * time.Millisecond
	group.Rebalance.Retry.Max = 10
	group.InstanceId = s.InstanceID
	group.ResetInvalidOffsets = true

	conf.Consumer.Fetch.Min = s.FetchMinBytes
	conf.Consumer.MaxWaitTime = s.FetchMaxWait
	conf.Consumer.Retry.Backoff = retryDelay
	conf.Consumer.Return.Errors = true
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Offsets.AutoCommit.Enable = false       // groupSession commits
	conf.Metadata.RefreshFrequency = metadataInterval / 2 // the group checks its metadata as often as sarama refreshes it
	conf.Metadata.Full = false
	// The JoinGroup response comes when the last member has joined, which may take its whole max.poll.interval.ms; that of a
	// fetch after fetch.max.wait.ms at the latest.
	conf.Net.ReadTimeout += max(s.MaxPollInterval, s.FetchMaxWait)
	if err := conf.Validate(); err != nil {
		return fmt.Errorf("its settings do not fit together: %w", err)
	}
	return nil
}

func (c *consumer) run(ctx context.Context) error {
	for {
		s, err := c.join(ctx)
		if err != nil {
			return err
		}
		if s == nil { // asked to leave before it joined
			c.status.setState(model.LabLeft, "")
			return nil
		}
		rejoin, err := c.pollLoop(ctx, s)
		if !rejoin {
			return err
		}
	}
}

// join connects, repeatedly until it succeeds, and starts a session; nil when ctx ended before.
func (c *consumer) join(ctx context.Context) (*groupSession, error) {
	for ctx.Err() == nil {
		s, err := startSession(c)
		if err == nil {
			c.session.Store(s)
			return s, nil
		}
		if fatal := fatalError(err); fatal != nil {
			return nil, c.failed("connect to "+fmt.Sprint(c.brokers), fatal)
		}
		c.status.setNote(fmt.Sprintf("cannot connect to %v: %v; trying again", c.brokers, err))
		sleep(ctx, retryDelay)
	}
	return nil, nil
}

// pollLoop polls and processes until the session ends; rejoin says that another one should begin.
func (c *consumer) pollLoop(ctx context.Context, s *groupSession) (rejoin bool, err error) {
	for {
		batch, why := s.member.poll(ctx)
		switch why {
		case pollFailed:
			_ = s.leave()
			return false, c.failed("read as a member of group "+c.config.Group, s.member.failure())
		case pollInterrupted:
			c.leave(s)
			return false, nil
		}
		expelled := s.process(ctx, batch)
		if expelled {
			<-s.left // LeaveGroup of the old member comes before JoinGroup of the new one
			c.fetched.Add(s.member.fetches())
			return true, nil
		}
	}
}

func (c *consumer) leave(s *groupSession) {
	c.status.setState(model.LabLeaving, "")
	err := s.leave()
	switch {
	case err != nil:
		c.status.setState(model.LabLeft, fmt.Sprintf("LeaveGroup failed: %v", err))
	case c.config.Settings.InstanceID != "":
		c.status.setState(model.LabLeft, "static member: the group keeps its partitions until its session times out (KIP-345)")
	default:
		c.status.setState(model.LabLeft, "")
	}
}

func (c *consumer) failed(what string, err error) error {
	err = fmt.Errorf("consumer %s: %s: %w", c.config.Name, what, err)
	c.status.setState(model.LabFailed, err.Error())
	return err
}

// fatalError is the error, with advice, if trying again cannot help; nil if it is transient.
func fatalError(err error) error {
	var code *kerr.Error // franz-go's counterpart of sarama's KError
	if errors.As(err, &code) {
		err = fmt.Errorf("%w (%w)", err, sarama.KError(code.Code))
	}
	for _, known := range []struct {
		is     error
		advice string
	}{
		{sarama.ErrInconsistentGroupProtocol, "the group's members use another partition.assignment.strategy or group.protocol: choose theirs, or stop them first"},
		{sarama.ErrInvalidSessionTimeout, "the cluster's group.min.session.timeout.ms and group.max.session.timeout.ms do not allow this session.timeout.ms"},
		{sarama.ErrInvalidGroupId, "choose another group"},
		{sarama.ErrGroupAuthorizationFailed, "the user needs READ on the group"},
		{sarama.ErrTopicAuthorizationFailed, "the user needs READ on the topic"},
		{sarama.ErrSASLAuthenticationFailed, "check the user and the password"},
		{sarama.ErrFencedInstancedId, "another consumer uses the same group.instance.id"},
		{sarama.ErrGroupMaxSizeReached, "the cluster's group.max.size allows no further member"},
		{kerr.UnsupportedAssignor, "the cluster's group.consumer.assignors does not have this group.remote.assignor"},
		{errNoConsumerProtocol, "it needs Kafka 4.0 or later: choose group.protocol classic"},
	} {
		if errors.Is(err, known.is) {
			return fmt.Errorf("%w; %s", err, known.advice)
		}
	}
	return nil
}

func (c *consumer) command(cmd command) error {
	switch cmd.Command {
	case commandSlow:
		if err := validateProcessingTime(cmd.ProcessingTime); err != nil {
			return err
		}
		c.processingTime.Store(int64(cmd.ProcessingTime))
		notify(c.paceChanged)
		c.status.changed()
	case commandCrash:
		if err := validateCrash(cmd.Records); err != nil {
			return err
		}
		c.crashAfter.Store(int64(cmd.Records))
		go c.crashIfDue() // enough may be uncommitted already, and nothing left to read
	default:
		return fmt.Errorf("unknown command %q for a consumer", cmd.Command)
	}
	return nil
}

// processRecord takes the processing time of a record. It returns false when it was interrupted: the record is not done.
func (c *consumer) processRecord(ctx context.Context, r record) bool {
	started := time.Now()
	c.started.Add(1)
	c.age.Add(int64(max(0, started.Sub(r.at)))) // clocks may differ
	for {
		left := time.Duration(c.processingTime.Load()) - time.Since(started)
		if left <= 0 {
			break
		}
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-c.paceChanged:
			timer.Stop()
		case <-timer.C:
		}
	}
	c.recordMu.Lock()
	defer c.recordMu.Unlock()
	c.processed.Add(1)
	c.tracker.add(r)
	c.last.Store(&model.LabRecord{TopicPartition: r.TopicPartition, Offset: r.offset, Key: string(r.key), Value: readValue(r.value)})
	return true
}

// readValue prints a value of Kafka's DoubleSerializer; of any other it returns the length.
func readValue(value []byte) string {
	if len(value) != 8 {
		return fmt.Sprintf("%d bytes", len(value))
	}
	return strconv.FormatFloat(math.Float64frombits(binary.BigEndian.Uint64(value)), 'f', -1, 64)
}

func (c *consumer) report() report {
	r := report{
		Count:          c.processed.Load(),
		ProcessingTime: time.Duration(c.processingTime.Load()),
		LastRecord:     c.last.Load(),
		Started:        c.started.Load(),
		Age:            time.Duration(c.age.Load()),
		Fetches:        c.fetched.Load(),
	}
	r.State, r.Note = c.status.get()
	if s := c.session.Load(); s != nil {
		r.MemberID, r.Owns = s.member.assignment()
		r.Fetches += s.member.fetches()
		if s.expelled.Load() { // before the library has left
			r.Owns = nil
		}
	}
	c.tracker.fill(&r)
	return r
}

// sleep waits; it returns false when ctx ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
