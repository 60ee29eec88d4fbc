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
	// retryPause is how long a consumer waits before it tries again to connect or to join.
	retryPause = 500 * time.Millisecond
	// metadataInterval is how soon added partitions are noticed (metadata.max.age.ms; Kafka: 5 min).
	metadataInterval = 2 * time.Second
)

// consumer is the worker of a consumer child. It does what a program with Kafka's Java consumer does: one goroutine, the
// one that calls run, polls for a batch of records, processes one after the other, and polls again; heartbeats are sent
// beside it; and whoever takes longer than max.poll.interval.ms between two polls leaves the group. Its processing counts
// the records of each key, in memory, as many programs do that aggregate.
type consumer struct {
	config  consumerConfig
	brokers []string
	sarama  *sarama.Config // with the classic protocol
	kgo     []kgo.Opt      // with the consumer protocol
	status  status
	ledger  *ledger
	flush   func() // reports at once, and returns when that is done

	current        atomic.Pointer[stay]
	processed      atomic.Int64
	processingTime atomic.Int64  // nanoseconds
	paceChanged    chan struct{} // the processing time was changed: whoever waits for it looks again
	last           atomic.Pointer[model.LabRecord]
	begun, waited  atomic.Int64 // records that were begun, and the nanoseconds that they were old then
	fetched        atomic.Int64 // requests of the stays that are over

	commitMu   sync.Mutex   // held while a commit is under way
	recordMu   sync.Mutex   // held while a record is noted as processed
	crashAfter atomic.Int64 // it is to crash with so many records uncommitted, and commits nothing any more; 0 is not
}

func newConsumer(cluster kafka.Config, config consumerConfig, reports *reporter) (*consumer, error) {
	cluster.ClientID = config.Name
	c := &consumer{
		config: config, brokers: cluster.Brokers, ledger: newLedger(), flush: reports.flush,
		status:      status{state: model.LabStarting, changed: reports.kick},
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

// begin connects and begins to join, with the client that speaks the group protocol.
func (c *consumer) begin(s *stay) (membership, error) {
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
	conf.Consumer.Retry.Backoff = retryPause
	conf.Consumer.Return.Errors = true
	conf.Consumer.Offsets.Initial = sarama.OffsetOldest
	conf.Consumer.Offsets.AutoCommit.Enable = false       // a stay commits
	conf.Metadata.RefreshFrequency = metadataInterval / 2 // sarama asks as often, and looks as often at what it has heard
	conf.Metadata.Full = false
	// JoinGroup is answered when the last member has joined, which may take it its whole max.poll.interval.ms; a fetch is
	// answered after fetch.max.wait.ms at the latest.
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
		if s == nil { // asked to leave while it was in no group
			c.status.set(model.LabLeft, "")
			return nil
		}
		again, err := c.work(ctx, s)
		if !again {
			return err
		}
	}
}

// join connects, again and again until it can, and lets a stay begin; nil when ctx ended before.
func (c *consumer) join(ctx context.Context) (*stay, error) {
	for ctx.Err() == nil {
		s, err := startStay(c)
		if err == nil {
			c.current.Store(s)
			return s, nil
		}
		if fatal := fatalError(err); fatal != nil {
			return nil, c.failed("connect to "+fmt.Sprint(c.brokers), fatal)
		}
		c.status.say(fmt.Sprintf("cannot connect to %v: %v; trying again", c.brokers, err))
		pause(ctx, retryPause)
	}
	return nil, nil
}

// work polls and processes until the stay ends; again says that a new one should begin.
func (c *consumer) work(ctx context.Context, s *stay) (again bool, err error) {
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
			<-s.left // before it asks for a new place it has given the old one up
			c.fetched.Add(s.member.fetches())
			return true, nil
		}
	}
}

func (c *consumer) leave(s *stay) {
	c.status.set(model.LabLeaving, "")
	err := s.leave()
	switch {
	case err != nil:
		c.status.set(model.LabLeft, fmt.Sprintf("could not tell the group that it leaves: %v", err))
	case c.config.Settings.InstanceID != "":
		c.status.set(model.LabLeft, "static member: the group keeps its place until its session times out (KIP-345)")
	default:
		c.status.set(model.LabLeft, "")
	}
}

func (c *consumer) failed(what string, err error) error {
	err = fmt.Errorf("consumer %s: %s: %w", c.config.Name, what, err)
	c.status.set(model.LabFailed, err.Error())
	return err
}

// fatalError is the error if trying again cannot help, with what can; nil if it may pass.
func fatalError(err error) error {
	var answered *kerr.Error // franz-go's name for what sarama calls a KError
	if errors.As(err, &answered) {
		err = fmt.Errorf("%w (%w)", err, sarama.KError(answered.Code))
	}
	for _, known := range []struct {
		is     error
		advice string
	}{
		{sarama.ErrInconsistentGroupProtocol, "the members that the group has use another partition.assignment.strategy or group.protocol: choose theirs, or let them leave first"},
		{sarama.ErrInvalidSessionTimeout, "the cluster's group.min.session.timeout.ms and group.max.session.timeout.ms do not allow this session.timeout.ms"},
		{sarama.ErrInvalidGroupId, "choose another group"},
		{sarama.ErrGroupAuthorizationFailed, "the user needs READ on the group"},
		{sarama.ErrTopicAuthorizationFailed, "the user needs READ on the topic"},
		{sarama.ErrSASLAuthenticationFailed, "check the user and the password"},
		{sarama.ErrFencedInstancedId, "another consumer uses the same group.instance.id"},
		{sarama.ErrGroupMaxSizeReached, "the cluster's group.max.size allows no further member"},
		{kerr.UnsupportedAssignor, "the cluster's group.consumer.assignors does not have this group.remote.assignor"},
		{errNoConsumerProtocol, "it takes Kafka 4.0 or later: choose group.protocol classic"},
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
		token(c.paceChanged)
		c.status.changed()
	case commandCrash:
		if err := validateCrash(cmd.Records); err != nil {
			return err
		}
		c.crashAfter.Store(int64(cmd.Records))
		go c.crashIfDue() // it may have enough in hand already, and nothing to read
	default:
		return fmt.Errorf("a consumer does not know the command %q", cmd.Command)
	}
	return nil
}

// processRecord takes as long as a record has to take. It says false when it was interrupted: the record is not done.
func (c *consumer) processRecord(ctx context.Context, r record) bool {
	begun := time.Now()
	c.begun.Add(1)
	c.waited.Add(int64(max(0, begun.Sub(r.at)))) // clocks may differ
	for {
		left := time.Duration(c.processingTime.Load()) - time.Since(begun)
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
	c.ledger.processed(r)
	c.last.Store(&model.LabRecord{TopicPartition: r.TopicPartition, Offset: r.offset, Key: string(r.key), Value: readValue(r.value)})
	return true
}

// readValue prints what Kafka's DoubleSerializer wrote; of anything else it tells the length.
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
		Begun:          c.begun.Load(),
		Waited:         time.Duration(c.waited.Load()),
		Fetches:        c.fetched.Load(),
	}
	r.State, r.Note = c.status.get()
	if s := c.current.Load(); s != nil {
		r.MemberID, r.Owns = s.member.holds()
		r.Fetches += s.member.fetches()
		if s.expelled.Load() { // before the client knows it
			r.Owns = nil
		}
	}
	c.ledger.tell(&r)
	return r
}

// pause waits; false when ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
