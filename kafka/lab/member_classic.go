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

// leavePatience is how long a member that wants to leave waits for sarama to do it in good order. sarama cannot leave
// while it waits for the answer to a JoinGroup, which may take as long as the slowest member's max.poll.interval.ms.
const leavePatience = 2 * time.Second

// classicMember is a membership by sarama, with the classic protocol. sarama has neither polls nor max.poll.interval.ms, it
// hands each partition's records to a goroutine of its own. Those put them into a queue; the consumer's goroutine takes
// them out a batch at a time. The one who has the hand token has a batch in hand: a partition is let go only when nobody
// has, as in the Java client, where the same thread processes and rejoins. With the cooperative protocol sarama asks to
// join at once, and only partitions that are taken away wait for the batch.
type classicMember struct {
	consumer *consumer
	stay     *stay
	client   *groupClient
	group    sarama.ConsumerGroup
	meter    *fetchMeter
	queue    chan queued
	hand     chan struct{} // holds one token

	failed  chan struct{} // closed when it cannot go on
	failErr error         // once failed is closed

	session atomic.Pointer[sarama.ConsumerGroupSession] // nil while it does not own anything
	id      atomic.Pointer[string]                      // the member id it had last
	tasks   sync.WaitGroup

	claimsMu sync.Mutex
	claims   map[model.TopicPartition]*claim // the running ones
}

// queued is a record on its way from sarama to the consumer, and the claim that it belongs to.
type queued struct {
	record record
	claim  *claim
}

// joinClassic connects and begins to join.
func joinClassic(c *consumer, s *stay) (membership, error) {
	m := &classicMember{
		consumer: c, stay: s, meter: &fetchMeter{},
		claims: map[model.TopicPartition]*claim{},
		queue:  make(chan queued, c.config.Settings.MaxPollRecords),
		hand:   make(chan struct{}, 1),
		failed: make(chan struct{}),
	}
	strategy, err := balanceStrategy(c.config.Settings.Assignor)
	if err != nil {
		return nil, err
	}
	conf := *c.sarama
	conf.MetricRegistry = m.meter.registry()
	conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{observed(strategy, m.assigned)}
	if m.client, err = newGroupClient(c.brokers, &conf); err != nil {
		return nil, err
	}
	if m.group, err = sarama.NewConsumerGroupFromClient(c.config.Group, m.client); err != nil {
		return nil, errors.Join(err, m.client.Close())
	}
	m.hand <- struct{}{}
	m.tasks.Go(m.attend)
	m.tasks.Go(m.hear)
	return m, nil
}

// attend keeps the member in the group: after each rebalance it joins again.
func (m *classicMember) attend() {
	for {
		err := m.group.Consume(m.stay.ctx, m.consumer.config.Topics, m)
		switch {
		case errors.Is(err, sarama.ErrClosedConsumerGroup) || m.stay.ctx.Err() != nil:
			return
		case fatalError(err) != nil:
			m.failErr = fatalError(err)
			close(m.failed)
			return
		case err != nil:
			m.consumer.status.say(fmt.Sprintf("joining group %s failed: %v; trying again", m.consumer.config.Group, err))
			if !pause(m.stay.ctx, retryPause) {
				return
			}
		}
	}
}

// failure is why the membership cannot go on.
func (m *classicMember) failure() error {
	<-m.failed
	return m.failErr
}

// hear takes sarama's complaints, which would otherwise block it. What it complains about it tries again.
func (m *classicMember) hear() {
	for err := range m.group.Errors() {
		var about *sarama.ConsumerError
		if errors.As(err, &about) {
			m.consumer.ledger.refused(model.TopicPartition{Topic: about.Topic, Partition: about.Partition})
		}
		if m.stay.ctx.Err() == nil {
			m.consumer.status.say(err.Error())
		}
	}
}

// Setup is called by sarama when the member has joined and knows what it owns. With the eager protocol it had let go of
// everything before: what it has back goes on with its counts, unless the group had removed it meanwhile.
func (m *classicMember) Setup(session sarama.ConsumerGroupSession) error {
	if last := m.id.Load(); last != nil && *last != session.MemberID() {
		m.consumer.ledger.keepOnly(nil)
	}
	m.consumer.ledger.keepOnly(claimed(session))
	m.session.Store(&session)
	m.consumer.status.set(model.LabRunning, "")
	return nil
}

// Cleanup is called by sarama when all partitions have been let go: before the member joins again, or leaves.
func (m *classicMember) Cleanup(session sarama.ConsumerGroupSession) error {
	m.stay.commit()
	m.rememberID()
	m.session.Store(nil)
	if m.stay.ctx.Err() == nil {
		m.consumer.status.say(rejoinReason(context.Cause(session.Context())))
	}
	return nil
}

func rejoinReason(cause error) string {
	switch {
	case errors.Is(cause, sarama.ErrUnknownMemberId):
		return "the group had removed it, its session had timed out: joining again as a new member"
	case errors.Is(cause, sarama.ErrSessionPartitionCountChanged):
		return "partitions were added: joining again"
	case errors.Is(cause, sarama.ErrRebalanceInProgress):
		return "the group rebalances: joining again"
	}
	return "joining again"
}

// poll waits for records and returns those that are there, max.poll.records at most.
func (m *classicMember) poll(ctx context.Context) ([]record, pollEnd) {
	for {
		var first queued
		if ctx.Err() != nil {
			return nil, pollInterrupted // rather than whatever else is ready
		}
		select {
		case <-ctx.Done():
			return nil, pollInterrupted
		case <-m.failed:
			return nil, pollFailed
		case first = <-m.queue:
		}
		<-m.hand // never for long: claims only look whether it is there
		batch := m.take(first)
		if len(batch) > 0 {
			return batch, pollRecords
		}
		m.hand <- struct{}{}
	}
}

// take drops what belongs to partitions that were taken away meanwhile: their next owner reads it.
func (m *classicMember) take(next queued) (batch []record) {
	for {
		if !next.claim.lost() {
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

func (m *classicMember) release() { m.hand <- struct{}{} }

// commit has sarama commit. sarama says only afterwards, on its channel of errors, if that failed.
func (m *classicMember) commit(offsets map[model.TopicPartition]int64) error {
	session := m.session.Load()
	if session == nil {
		return errors.New("it owns nothing at the moment")
	}
	for tp, offset := range offsets {
		(*session).MarkOffset(tp.Topic, tp.Partition, offset, "")
	}
	(*session).Commit()
	return nil
}

func (m *classicMember) leave() error {
	m.rememberID()
	if m.stay.expelled.Load() {
		m.session.Store(nil)
	}
	defer m.session.Store(nil)
	closed := make(chan error, 1)
	go func() { closed <- errors.Join(m.group.Close(), m.client.Close()) }()
	timer := time.NewTimer(leavePatience)
	defer timer.Stop()
	select {
	case err := <-closed:
		m.tasks.Wait()
		return err
	case <-timer.C:
		return m.leaveByHand() // sarama ends when its JoinGroup does
	}
}

// leaveByHand sends LeaveGroup over a connection of its own, for a member that sarama keeps waiting in JoinGroup.
func (m *classicMember) leaveByHand() error {
	group, id := m.consumer.config.Group, m.id.Load()
	if id == nil {
		return errors.New("it has waited to join and does not know its member id yet")
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
	answer, err := coordinator.LeaveGroup(&sarama.LeaveGroupRequest{
		Version: 4, GroupId: group, Members: []sarama.MemberIdentity{{MemberId: *id}},
	})
	if err != nil {
		return err
	}
	if !errors.Is(answer.Err, sarama.ErrNoError) {
		return answer.Err
	}
	return nil
}

func (m *classicMember) rememberID() {
	if session := m.session.Load(); session != nil {
		id := (*session).MemberID()
		m.id.Store(&id)
	}
}

// holds is the member's id, "" if it has not had one, and what it owns.
func (m *classicMember) holds() (id string, owns []model.TopicPartition) {
	m.rememberID()
	if last := m.id.Load(); last != nil {
		id = *last
	}
	if session := m.session.Load(); session != nil {
		owns = claimed(*session)
	}
	return id, owns
}

// claimed is what a session owns, in order.
func claimed(session sarama.ConsumerGroupSession) (owns []model.TopicPartition) {
	for topic, partitions := range session.Claims() {
		for _, p := range partitions {
			owns = append(owns, model.TopicPartition{Topic: topic, Partition: p})
		}
	}
	slices.SortFunc(owns, model.TopicPartition.Compare)
	return owns
}

func (m *classicMember) fetches() int64 { return m.meter.count.Load() }

// fetchMeter counts sarama's fetch requests: it is sarama's own meter of them. The other meters stay switched off.
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

// GetOrRegister is what sarama asks for a meter.
func (r fetchRegistry) GetOrRegister(name string, metric any) any {
	if name == "consumer-fetch-rate" {
		return r.meter
	}
	return r.Registry.GetOrRegister(name, metric)
}
