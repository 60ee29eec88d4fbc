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

	"regroup/model"
)

// leavePatience is how long a member that wants to leave waits for sarama to do it in good order. sarama cannot leave
// while it waits for the answer to a JoinGroup, which may take as long as the slowest member's max.poll.interval.ms.
const leavePatience = 2 * time.Second

// membership is one stay in a group, from the first JoinGroup to the LeaveGroup. sarama's goroutines put records into its
// queue; the consumer's goroutine takes them out a batch at a time. The one who has the hand token has a batch in hand:
// a partition is let go only when nobody has, as in the Java client, where the same thread processes and rejoins. With
// the cooperative protocol sarama asks to join at once, and only partitions that are taken away wait for the batch.
type membership struct {
	consumer *consumer
	group    sarama.ConsumerGroup
	queue    chan queued
	hand     chan struct{} // holds one token
	commits  chan sarama.ConsumerGroupSession

	ctx       context.Context // ends when the member leaves
	cancel    context.CancelFunc
	leaveOnce sync.Once
	left      chan struct{} // closed when it has left
	leaveErr  error         // once left is closed
	expelled  atomic.Bool   // it leaves because a poll did not come in time

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
	record *sarama.ConsumerMessage
	claim  *claim
}

// startMembership connects and begins to join.
func startMembership(c *consumer) (*membership, error) {
	m := &membership{
		consumer: c,
		claims:   map[model.TopicPartition]*claim{},
		queue:    make(chan queued, c.config.Settings.MaxPollRecords),
		hand:     make(chan struct{}, 1),
		commits:  make(chan sarama.ConsumerGroupSession, 1),
		left:     make(chan struct{}), failed: make(chan struct{}),
	}
	strategy, err := balanceStrategy(c.config.Settings.Assignor)
	if err != nil {
		return nil, err
	}
	conf := *c.sarama
	conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{observed(strategy, m.assigned)}
	if m.group, err = sarama.NewConsumerGroup(c.brokers, c.config.Group, &conf); err != nil {
		return nil, err
	}
	m.hand <- struct{}{}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.tasks.Go(m.stay)
	m.tasks.Go(m.hear)
	m.tasks.Go(m.commitInBackground)
	return m, nil
}

// stay keeps the member in the group: after each rebalance it joins again.
func (m *membership) stay() {
	for {
		err := m.group.Consume(m.ctx, m.consumer.config.Topics, m)
		switch {
		case errors.Is(err, sarama.ErrClosedConsumerGroup) || m.ctx.Err() != nil:
			return
		case fatalError(err) != nil:
			m.failErr = fatalError(err)
			close(m.failed)
			return
		case err != nil:
			m.consumer.status.say(fmt.Sprintf("joining group %s failed: %v; trying again", m.consumer.config.Group, err))
			if !pause(m.ctx, retryPause) {
				return
			}
		}
	}
}

// failure is why the membership cannot go on.
func (m *membership) failure() error {
	<-m.failed
	return m.failErr
}

// hear takes sarama's complaints, which would otherwise block it. What it complains about it tries again.
func (m *membership) hear() {
	for err := range m.group.Errors() {
		if m.ctx.Err() == nil {
			m.consumer.status.say(err.Error())
		}
	}
}

// Setup is called by sarama when the member has joined and knows what it owns.
func (m *membership) Setup(session sarama.ConsumerGroupSession) error {
	m.session.Store(&session)
	m.consumer.status.set(model.LabRunning, "")
	return nil
}

// Cleanup is called by sarama when all partitions have been let go: before the member joins again, or leaves.
func (m *membership) Cleanup(session sarama.ConsumerGroupSession) error {
	m.commitWhatIsMarked(session)
	m.rememberID()
	m.session.Store(nil)
	if m.ctx.Err() == nil {
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

// pollEnd says why a poll returned.
type pollEnd int

const (
	pollRecords     pollEnd = iota // there is a batch; the caller has the hand token and must call process
	pollInterrupted                // ctx ended
	pollFailed                     // see failure
)

// poll waits for records and returns those that are there, max.poll.records at most.
func (m *membership) poll(ctx context.Context) ([]queued, pollEnd) {
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
func (m *membership) take(next queued) (batch []queued) {
	for {
		if !next.claim.lost() {
			batch = append(batch, next)
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

// process processes a batch and gives the hand token back. It says that the member was expelled: that processing took
// longer than max.poll.interval.ms, and that the member left the group while it went on. When ctx ends, it stops after
// the last record that is done.
func (m *membership) process(ctx context.Context, batch []queued) (expelled bool) {
	watchdog := time.AfterFunc(m.consumer.config.Settings.MaxPollInterval, m.expel)
	done := 0
	for _, q := range batch {
		if !m.consumer.processRecord(ctx, q.record) {
			break
		}
		done++
		m.recordDone(q)
	}
	watchdog.Stop()
	if m.consumer.config.Settings.CommitMode == model.CommitAuto {
		m.mark(batch[:done])
	}
	m.hand <- struct{}{}
	return m.expelled.Load()
}

// recordDone commits a record as the commit mode says. With auto it is committed when the whole batch is done: the
// Java client commits in poll, what the poll before returned.
func (m *membership) recordDone(q queued) {
	switch m.consumer.config.Settings.CommitMode {
	case model.CommitSync:
		m.mark([]queued{q})
		if !m.expelled.Load() {
			q.claim.session.Commit()
		}
	case model.CommitAsync:
		m.mark([]queued{q})
		select {
		case m.commits <- q.claim.session:
		default: // one is waiting to be sent, and will take this record along
		}
	case model.CommitAuto:
	}
}

// commitWhatIsMarked commits where the mode leaves it to the consumer, before partitions are let go.
func (m *membership) commitWhatIsMarked(session sarama.ConsumerGroupSession) {
	if m.consumer.config.Settings.CommitMode != model.CommitAuto && !m.expelled.Load() {
		session.Commit()
	}
}

// mark notes what may be committed. After an expulsion nothing may: the partitions may have other owners already.
func (m *membership) mark(batch []queued) {
	if m.expelled.Load() {
		return
	}
	for _, q := range batch {
		q.claim.session.MarkMessage(q.record, "")
	}
}

func (m *membership) commitInBackground() {
	for {
		select {
		case <-m.ctx.Done():
			return
		case session := <-m.commits:
			session.Commit()
		}
	}
}

// expel leaves the group while a batch is in hand, as the Java client's heartbeat thread does.
func (m *membership) expel() {
	s := m.consumer.config.Settings
	m.expelled.Store(true)
	note := fmt.Sprintf("processing took longer than max.poll.interval.ms (%s): it left the group, and joins again when it is done", s.MaxPollInterval)
	if s.InstanceID != "" {
		note = fmt.Sprintf("processing took longer than max.poll.interval.ms (%s): it sends no more heartbeats (a static member does not leave), and joins again when it is done", s.MaxPollInterval)
	}
	m.rememberID()
	m.session.Store(nil)
	m.consumer.status.set(model.LabExpelled, note)
	_ = m.leave() // the group removes it in the end if it could not be told
}

// leave commits what is done, leaves the group and ends everything that belongs to the membership. Calling it again, from
// whatever goroutine, waits for the same end and returns the same error.
func (m *membership) leave() error {
	m.leaveOnce.Do(func() {
		m.rememberID()
		m.cancel()
		closed := make(chan error, 1)
		go func() { closed <- m.group.Close() }()
		timer := time.NewTimer(leavePatience)
		defer timer.Stop()
		select {
		case m.leaveErr = <-closed:
			m.tasks.Wait()
		case <-timer.C:
			m.leaveErr = m.leaveByHand() // sarama ends when its JoinGroup does
		}
		m.session.Store(nil)
		close(m.left)
	})
	<-m.left
	return m.leaveErr
}

// leaveByHand sends LeaveGroup over a connection of its own, for a member that sarama keeps waiting in JoinGroup.
func (m *membership) leaveByHand() error {
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

func (m *membership) rememberID() {
	if session := m.session.Load(); session != nil {
		id := (*session).MemberID()
		m.id.Store(&id)
	}
}

// holds is the member's id, "" if it has not had one, and what it owns.
func (m *membership) holds() (id string, owns []model.TopicPartition) {
	m.rememberID()
	if last := m.id.Load(); last != nil {
		id = *last
	}
	if session := m.session.Load(); session != nil {
		for topic, partitions := range (*session).Claims() {
			for _, p := range partitions {
				owns = append(owns, model.TopicPartition{Topic: topic, Partition: p})
			}
		}
	}
	slices.SortFunc(owns, model.TopicPartition.Compare)
	return id, owns
}
