package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/model"
)

// commitTimeout bounds a commit.
const commitTimeout = 10 * time.Second

var errNoConsumerProtocol = errors.New("the cluster does not offer group.protocol consumer (KIP-848)")

// consumerMember is a member by franz-go, with the consumer protocol: the coordinator assigns partitions, heartbeats carry the
// assignment, and only partitions that move are revoked, each when its owner is not processing a batch.
type consumerMember struct {
	consumer *consumer
	session  *groupSession
	client   *kgo.Client
	requests atomic.Int64 // fetches that got a response

	polling context.Context // ends when it leaves or fails
	end     context.CancelCauseFunc

	mu    sync.Mutex
	id    string // the last one
	owned map[model.TopicPartition]bool
}

// kgoOptions puts a consumer's settings where franz-go has them.
func kgoOptions(cluster kafka.Config, config consumerConfig) ([]kgo.Opt, error) {
	options, err := cluster.Kgo()
	if err != nil {
		return nil, err
	}
	s := config.Settings
	balancer := kgo.StickyBalancer() // franz-go asks for the assignor "uniform" then
	if s.RemoteAssignor == "range" {
		balancer = kgo.RangeBalancer()
	}
	options = append(options,
		kgo.ConsumerGroup(config.Group), kgo.ConsumeTopics(config.Topics...),
		kgo.ServerSideBalancer(), kgo.Balancers(balancer),
		kgo.HeartbeatInterval(s.HeartbeatInterval), // until the group's own interval is known
		kgo.RebalanceTimeout(s.MaxPollInterval),    // as the Java client sends it
		kgo.FetchMinBytes(s.FetchMinBytes), kgo.FetchMaxWait(s.FetchMaxWait),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(), // groupSession commits
		kgo.BlockRebalanceOnPoll(),
		kgo.MetadataMaxAge(metadataInterval), kgo.MetadataMinAge(min(metadataInterval, time.Second)),
	)
	if s.InstanceID != "" {
		options = append(options, kgo.InstanceID(s.InstanceID))
	}
	return options, nil
}

// joinConsumer connects and begins to join.
func joinConsumer(c *consumer, s *groupSession) (groupMember, error) {
	m := &consumerMember{consumer: c, session: s, owned: map[model.TopicPartition]bool{}}
	m.polling, m.end = context.WithCancelCause(context.Background())
	client, err := kgo.NewClient(append(slices.Clone(c.kgo),
		kgo.OnPartitionsAssigned(m.assigned), kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.lost),
		kgo.WithHooks(m),
	)...)
	if err != nil {
		return nil, err
	}
	m.client = client
	return m, nil
}

// OnBrokerE2E is called by franz-go for every response. On a cluster without the consumer protocol it falls back to the classic
// one silently, which would not be the consumer that was requested.
func (m *consumerMember) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	switch {
	case key == int16(kmsg.Fetch) && e2e.Err() == nil:
		m.requests.Add(1)
	case key == int16(kmsg.JoinGroup):
		m.end(fatalError(errNoConsumerProtocol))
	}
}

func (m *consumerMember) assigned(_ context.Context, _ *kgo.Client, assigned map[string][]int32) {
	partitions := partitionsOf(assigned)
	m.mu.Lock()
	for _, tp := range partitions {
		m.owned[tp] = true
	}
	m.mu.Unlock()
	m.consumer.tracker.assign(partitions...)
	if !m.session.expelled.Load() && m.session.ctx.Err() == nil {
		m.consumer.status.setState(model.LabRunning, "")
	}
}

// revoked is called before partitions are revoked; no batch is being processed then, unless the member leaves because that
// took too long.
func (m *consumerMember) revoked(_ context.Context, _ *kgo.Client, revoked map[string][]int32) {
	m.session.commit()
	m.dropPartitions(partitionsOf(revoked))
}

// lost is called when the group has removed the member.
func (m *consumerMember) lost(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
	m.dropPartitions(partitionsOf(lost))
	if m.session.ctx.Err() == nil {
		m.consumer.status.setNote("session timeout: the group removed it; joining again")
	}
}

func (m *consumerMember) dropPartitions(partitions []model.TopicPartition) {
	m.mu.Lock()
	for _, tp := range partitions {
		delete(m.owned, tp)
	}
	m.mu.Unlock()
	m.consumer.tracker.revoke(partitions...)
	m.consumer.status.changed()
}

func (m *consumerMember) poll(ctx context.Context) ([]record, pollEnd) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(m.polling, cancel)()
	for {
		fetches := m.client.PollRecords(ctx, m.consumer.config.Settings.MaxPollRecords)
		if m.polling.Err() != nil {
			m.client.AllowRebalance()
			return nil, pollFailed
		}
		if ctx.Err() != nil {
			m.client.AllowRebalance()
			return nil, pollInterrupted
		}
		for _, e := range fetches.Errors() {
			m.reportError(e.Err)
		}
		batch := make([]record, 0, fetches.NumRecords())
		fetches.EachRecord(func(r *kgo.Record) {
			batch = append(batch, record{model.TopicPartition{Topic: r.Topic, Partition: r.Partition}, r.Offset, r.Key, r.Value, r.Timestamp})
		})
		if len(batch) > 0 {
			return batch, pollRecords
		}
		m.client.AllowRebalance()
	}
}

// reportError handles an error of franz-go, which tries again by itself; where that cannot help, the member fails.
func (m *consumerMember) reportError(err error) {
	if fatal := fatalError(err); fatal != nil {
		m.end(fatal)
		return
	}
	note := err.Error()
	if errors.Is(err, kerr.UnreleasedInstanceID) {
		note = "a member with this group.instance.id has not left: waiting for its session to time out"
	}
	m.consumer.status.setNote(note)
}

func (m *consumerMember) release() { m.client.AllowRebalance() }

func (m *consumerMember) commit(offsets map[model.TopicPartition]int64) error {
	commits := map[string]map[int32]kgo.EpochOffset{}
	for tp, offset := range offsets {
		if commits[tp.Topic] == nil {
			commits[tp.Topic] = map[int32]kgo.EpochOffset{}
		}
		commits[tp.Topic][tp.Partition] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	var failed error
	m.client.CommitOffsetsSync(ctx, commits, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
		failed = err
		if err != nil {
			return
		}
		for _, t := range response.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil && failed == nil {
					failed = fmt.Errorf("%s-%d: %w", t.Topic, p.Partition, err)
				}
			}
		}
	})
	return failed
}

func (m *consumerMember) leave() error {
	m.end(nil)
	m.client.AllowRebalance()
	ctx, cancel := context.WithTimeout(context.Background(), leaveGroupTimeout)
	defer cancel()
	err := m.client.LeaveGroupContext(ctx)
	m.client.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.owned)
	return err
}

func (m *consumerMember) failure() error { return context.Cause(m.polling) }

func (m *consumerMember) fetches() int64 { return m.requests.Load() }

func (m *consumerMember) assignment() (id string, owns []model.TopicPartition) {
	id, epoch := m.client.GroupMetadata()
	m.mu.Lock()
	defer m.mu.Unlock()
	if id != "" && epoch > 0 { // franz-go chooses the id before the group knows it
		m.id = id
	}
	return m.id, slices.SortedFunc(maps.Keys(m.owned), model.TopicPartition.Compare)
}

func partitionsOf(topics map[string][]int32) (all []model.TopicPartition) {
	for topic, partitions := range topics {
		for _, p := range partitions {
			all = append(all, model.TopicPartition{Topic: topic, Partition: p})
		}
	}
	return all
}
