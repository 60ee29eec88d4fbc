package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"

	"regroup/model"
)

// leaveGroupTimeout is how long a member that wants to leave waits for sarama. sarama cannot leave while it waits for a
// JoinGroup response, which may take as long as the slowest member's max.poll.interval.ms.
const leaveGroupTimeout = 2 * time.Second

// classicMember is a member by sarama, with the classic protocol. sarama has neither polls nor max.poll.interval.ms, it passes
// each partition's records to a goroutine of its own. Those put them into a queue, and the consumer's goroutine takes them out
// a batch at a time. Only while no batch is being processed is a partition revoked, as in the Java client, where the same
// thread processes and rejoins. With the cooperative protocol sarama joins at once, and only partitions that are revoked
// wait for the batch.
type classicMember struct {
	consumer *consumer
	session  *groupSession
	client   *coordinatorClient
	group    sarama.ConsumerGroup
	meter    *fetchMeter
	queue    chan queued
	idle     chan struct{} // holds a token while no batch is being processed

	failed  chan struct{} // closed when it cannot continue
	failErr error         // once failed is closed

	saramaSession atomic.Pointer[sarama.ConsumerGroupSession] // nil while it owns nothing
	id            atomic.Pointer[string]                      // the last member id
	tasks         sync.WaitGroup

	claimsMu sync.Mutex
	claims   map[model.TopicPartition]*claim // the running ones
}

// queued is a record on its way from sarama to the consumer.
type queued struct {
	record record
	claim  *claim
}

// joinClassic connects and begins to join.
func joinClassic(c *consumer, s *groupSession) (groupMember, error) {
	m := &classicMember{
		consumer: c, session: s, meter: &fetchMeter{},
		claims: map[model.TopicPartition]*claim{},
		queue:  make(chan queued, c.config.Settings.MaxPollRecords),
		idle:   make(chan struct{}, 1),
		failed: make(chan struct{}),
	}
	strategy, err := balanceStrategy(c.config.Settings.Assignor)
	if err != nil {
		return nil, err
	}
	conf := *c.sarama
	conf.MetricRegistry = m.meter.registry()
	conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{notifying(strategy, m.assigned)}
	if m.client, err = newCoordinatorClient(c.brokers, &conf); err != nil {
		return nil, err
	}
	if m.group, err = sarama.NewConsumerGroupFromClient(c.config.Group, m.client); err != nil {
		return nil, errors.Join(err, m.client.Close())
	}
	m.idle <- struct{}{}
	m.tasks.Go(m.joinLoop)
	m.tasks.Go(m.drainErrors)
	return m, nil
}

// joinLoop keeps the member in the group: after each rebalance it joins again.
func (m *classicMember) joinLoop() {
	for {
		err := m.group.Consume(m.session.ctx, m.consumer.config.Topics, m)
		switch {
		case errors.Is(err, sarama.ErrClosedConsumerGroup) || m.session.ctx.Err() != nil:
			return
		case fatalError(err) != nil:
			m.failErr = fatalError(err)
			close(m.failed)
			return
		case err != nil:
			m.consumer.status.setNote(fmt.Sprintf("joining group %s failed: %v; trying again", m.consumer.config.Group, err))
			if !sleep(m.session.ctx, retryDelay) {
				return
			}
		}
	}
}

func (m *classicMember) failure() error {
	<-m.failed
	return m.failErr
}

// drainErrors receives sarama's errors, which would otherwise block it. sarama tries again by itself.
func (m *classicMember) drainErrors() {
	for err := range m.group.Errors() {
		var about *sarama.ConsumerError
		if errors.As(err, &about) {
			m.consumer.tracker.commitFailed(model.TopicPartition{Topic: about.Topic, Partition: about.Partition})
		}
		if m.session.ctx.Err() == nil {
			m.consumer.status.setNote(err.Error())
		}
	}
}

// Setup is called by sarama when the member has joined and has its assignment. With the eager protocol it had revoked
// everything before: what it gets back keeps its counts, unless the group had removed the member meanwhile.
func (m *classicMember) Setup(session sarama.ConsumerGroupSession) error {
	if last := m.id.Load(); last != nil && *last != session.MemberID() {
		m.consumer.tracker.retain(nil)
	}
	m.consumer.tracker.retain(claimedPartitions(session))
	m.saramaSession.Store(&session)
	m.consumer.status.setState(model.LabRunning, "")
	return nil
}

// Cleanup is called by sarama when all partitions are revoked: before the member joins again, or leaves.
func (m *classicMember) Cleanup(session sarama.ConsumerGroupSession) error {
	m.session.commit()
	m.updateID()
	m.saramaSession.Store(nil)
	if m.session.ctx.Err() == nil {
		m.consumer.status.setNote(rejoinReason(context.Cause(session.Context())))
	}
	return nil
}

func rejoinReason(cause error) string {
	switch {
	case errors.Is(cause, sarama.ErrUnknownMemberId):
		return "session timeout: the group removed it; joining again as a new member"
	case errors.Is(cause, sarama.ErrSessionPartitionCountChanged):
		return "partitions were added: joining again"
	case errors.Is(cause, sarama.ErrRebalanceInProgress):
		return "the group rebalances: joining again"
	}
	return "joining again"
}

func (m *classicMember) poll(ctx context.Context) ([]record, pollEnd) {
	for {
		var first queued
		if ctx.Err() != nil {
			return nil, pollInterrupted // whatever else is ready
		}
		select {
		case <-ctx.Done():
			return nil, pollInterrupted
		case <-m.failed:
			return nil, pollFailed
		case first = <-m.queue:
		}
		<-m.idle // never for long: a claim puts the token back at once
		batch := m.fillBatch(first)
		if len(batch) > 0 {
			return batch, pollRecords
		}
		m.idle <- struct{}{}
	}
}

// fillBatch takes records from the queue. Those of partitions that were revoked meanwhile are left to the next owner.
func (m *classicMember) fillBatch(next queued) (batch []record) {
	for {
		if !next.claim.revoked() {
			batch = append(batch, next.record)
		}
		if len(batch) == m.consumer.config.Settings.MaxPollRecords {
			return batch
		}
		select {
		case next = <-m.queue:
		default:
			return batch
		}
	}
}

func (m *classicMember) release() { m.idle <- struct{}{} }

// commit commits by sarama, which reports a failure only afterwards, on its channel of errors.
func (m *classicMember) commit(offsets map[model.TopicPartition]int64) error {
	session := m.saramaSession.Load()
	if session == nil {
		return errors.New("it owns no partition at the moment")
	}
	for tp, offset := range offsets {
		(*session).MarkOffset(tp.Topic, tp.Partition, offset, "")
	}
	(*session).Commit()
	return nil
}

func (m *classicMember) leave() error {
	m.updateID()
	if m.session.expelled.Load() {
		m.saramaSession.Store(nil)
	}
	defer m.saramaSession.Store(nil)
	closed := make(chan error, 1)
	go func() { closed <- errors.Join(m.group.Close(), m.client.Close()) }()
	timer := time.NewTimer(leaveGroupTimeout)
	defer timer.Stop()
	select {
	case err := <-closed:
		m.tasks.Wait()
		return err
	case <-timer.C:
		return m.sendLeaveGroup() // sarama ends when its JoinGroup does
	}
}

// sendLeaveGroup sends LeaveGroup over a connection of its own, for a member that sarama keeps waiting in JoinGroup.
func (m *classicMember) sendLeaveGroup() error {
	group, id := m.consumer.config.Group, m.id.Load()
	if id == nil {
		return errors.New("it has not joined yet, so its member id is unknown")
	}
	if m.consumer.config.Settings.InstanceID != "" {
		return nil // a static member does not leave
	}
	client, err := sarama.NewClient(m.consumer.brokers, m.consumer.sarama)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	coordinator, err := client.Coordinator(group)
	if err != nil {
		return err
	}
	response, err := coordinator.LeaveGroup(&sarama.LeaveGroupRequest{
		Version: 4, GroupId: group, Members: []sarama.MemberIdentity{{MemberId: *id}},
	})
	if err == nil && !errors.Is(response.Err, sarama.ErrNoError) {
		err = response.Err
	}
	return err
}

func (m *classicMember) updateID() {
	if session := m.saramaSession.Load(); session != nil {
		id := (*session).MemberID()
		m.id.Store(&id)
	}
}

func (m *classicMember) assignment() (id string, owns []model.TopicPartition) {
	m.updateID()
	if last := m.id.Load(); last != nil {
		id = *last
	}
	if session := m.saramaSession.Load(); session != nil {
		owns = claimedPartitions(*session)
	}
	return id, owns
}

// claimedPartitions are the partitions of a session, in order.
func claimedPartitions(session sarama.ConsumerGroupSession) []model.TopicPartition {
	owns := partitionsOf(session.Claims())
	slices.SortFunc(owns, model.TopicPartition.Compare)
	return owns
}

func (m *classicMember) fetches() int64 { return m.meter.count.Load() }

// coordinatorClient is a sarama client with a connection of its own to the group's coordinator, as the Java client has.
// sarama has one connection to a broker, on which responses come in the order of the requests: behind a fetch that the broker
// delays for fetch.max.wait.ms, heartbeats, commits and JoinGroup would wait until the session is over.
type coordinatorClient struct {
	sarama.Client               // for metadata and fetches
	coordination  sarama.Client // for requests to the coordinator
}

func newCoordinatorClient(brokers []string, conf *sarama.Config) (*coordinatorClient, error) {
	client, err := sarama.NewClient(brokers, conf)
	if err != nil {
		return nil, err
	}
	other := *conf
	other.Metadata.RefreshFrequency = 0 // it needs no topics, and looks up the coordinator when it has to
	coordination, err := sarama.NewClient(brokers, &other)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &coordinatorClient{client, coordination}, nil
}

// Coordinator is the broker that coordinates a group.
func (c *coordinatorClient) Coordinator(group string) (*sarama.Broker, error) {
	return c.coordination.Coordinator(group)
}

// RefreshCoordinator looks up the broker that coordinates a group.
func (c *coordinatorClient) RefreshCoordinator(group string) error {
	return c.coordination.RefreshCoordinator(group)
}

// Close closes all connections.
func (c *coordinatorClient) Close() error {
	return errors.Join(c.Client.Close(), c.coordination.Close())
}

// fetchMeter counts sarama's fetch requests, in place of sarama's own meter of them. The other meters stay off.
type fetchMeter struct {
	metrics.NilMeter
	count atomic.Int64
}

// Mark is called by sarama for each request.
func (m *fetchMeter) Mark(n int64) { m.count.Add(n) }

func (m *fetchMeter) registry() metrics.Registry { return fetchRegistry{metrics.NewRegistry(), m} }

type fetchRegistry struct {
	metrics.Registry
	meter *fetchMeter
}

// GetOrRegister is how sarama gets a meter.
func (r fetchRegistry) GetOrRegister(name string, metric any) any {
	if name == "consumer-fetch-rate" {
		return r.meter
	}
	return r.Registry.GetOrRegister(name, metric)
}
