package tail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/parallel"
	"regroup/model"
)

// manager knows which broker leads which partition of the topic, and has a reader for each of these brokers. All of it
// belongs to the goroutine of its run, except for what the readers release.
type manager struct {
	tail    *Tail
	ctx     context.Context
	start   func(func()) // runs a function in the background, until ctx ends
	readers map[int32]*reader
	session *kafka.Session // for metadata; nil is none

	partitions []*partition
	placements []placement // by partition
	addresses  map[int32]string
	layout     *layout
	fromStart  bool // the topic did not exist when it was looked for first: all of it is new

	state            model.TailState
	reason           string
	err              error     // the last error that kept it from reading
	metadataDue      time.Time // when the metadata are due
	metadataFailures int       // how often in a row they could not be read
	reported         model.TailStatus
	traffic          traffic
	released         struct {
		sync.Mutex
		all []release
	}
	wake chan struct{}
}

// partition is one partition of the topic. It belongs to the reader that it is assigned to, else to the manager.
type partition struct {
	number         int32
	epoch          int32 // of the leader, when it was assigned to a reader; -1 is unknown
	offset         int64 // the next to read, or sarama.OffsetNewest or sarama.OffsetOldest while it is not known
	emptyResponses int   // responses in a row that were empty although the high watermark is higher
	failures       int   // in a row
	transactions   map[int64]*transaction

	reading atomic.Bool // its leader has responded
}

// placement is where a partition is, as far as the manager knows.
type placement struct {
	leader  int32 // by the metadata; -1 is none
	epoch   int32
	reader  *reader   // that it is assigned to; nil is none
	retryAt time.Time // when it is assigned again
	since   time.Time // when it was last read
}

// release is the partitions that a reader does not read any more, and why.
type release struct {
	reader     *reader
	partitions []*partition
	err        error // nil: the reader was cancelled
	ended      bool  // the reader has ended
}

func newManager(ctx context.Context, t *Tail, start func(func())) *manager {
	return &manager{
		tail: t, ctx: ctx, start: start, readers: make(map[int32]*reader), state: model.TailStarting,
		wake: make(chan struct{}, 1),
	}
}

func (m *manager) run() {
	defer func() {
		if m.session != nil {
			m.session.Close()
		}
	}()
	tick := time.NewTicker(trafficTick)
	defer tick.Stop()
	due := time.NewTimer(0)
	defer due.Stop()
	m.traffic.add(time.Now(), 0)
	m.report(time.Now())
	for {
		select {
		case <-m.ctx.Done():
			return
		case <-m.wake:
		case <-due.C:
		case now := <-tick.C:
			m.measure(now)
		}
		now := time.Now()
		m.collect(now)
		if !m.due().After(now) {
			m.refreshMetadata(now)
		}
		if m.ctx.Err() != nil {
			return // partitions that are released now are not lost
		}
		m.report(time.Now())
		due.Reset(time.Until(m.due()))
	}
}

// due is when the metadata are to be read: when they are old, or when a partition needs a leader.
func (m *manager) due() time.Time {
	at := m.metadataDue
	if m.metadataFailures > 0 || m.suspended() {
		return at
	}
	for i := range m.placements {
		if p := &m.placements[i]; p.reader == nil && p.retryAt.Before(at) {
			at = p.retryAt
		}
	}
	return at
}

// suspended says that nothing is read until the metadata are read again.
func (m *manager) suspended() bool {
	return m.state == model.TailRefused || m.state == model.TailTooBusy || m.state == model.TailAbsent
}

// pause is how long to wait after a number of failures in a row, of which err is the last. Refused logins are as rare as
// those of polls: accounts get locked.
func pause(failures int, err error) time.Duration {
	if kafka.LoginRefused(err) {
		return kafka.LoginRetry
	}
	if failures > 16 {
		return retryEvery
	}
	return min(retryFirst<<max(0, failures-1), retryEvery)
}

// release is called by readers: it takes partitions back without waiting.
func (m *manager) release(r release) {
	m.released.Lock()
	m.released.all = append(m.released.all, r)
	m.released.Unlock()
	parallel.Notify(m.wake)
}

// collect unassigns the partitions that readers released.
func (m *manager) collect(now time.Time) {
	m.released.Lock()
	all := m.released.all
	m.released.all = nil
	m.released.Unlock()
	for _, r := range all {
		if r.ended && m.readers[r.reader.id] == r.reader {
			delete(m.readers, r.reader.id)
		}
		for _, p := range r.partitions {
			if int(p.number) >= len(m.partitions) || m.partitions[p.number] != p {
				continue // from before the tail was suspended
			}
			at := &m.placements[p.number]
			at.reader, at.retryAt = nil, now
			if p.reading.Swap(false) {
				at.since = now
			}
			if r.err != nil {
				p.failures++
				at.retryAt = now.Add(pause(p.failures, r.err))
			}
		}
		if r.err == nil || m.suspended() {
			continue
		}
		m.err = r.err
		if errors.Is(r.err, sarama.ErrTopicAuthorizationFailed) {
			m.denied("READ")
		}
	}
}

// denied suspends the tail because an operation on the topic is not allowed.
func (m *manager) denied(operation string) {
	m.suspend(model.TailRefused, refusalPause, fmt.Sprintf("%s on topic %q is not allowed for %s: grant it to see every rebalance exactly",
		operation, kafka.OffsetsTopic, m.tail.config.Principal()))
}

// suspend stops reading for a while. Records that are written meanwhile are skipped.
func (m *manager) suspend(state model.TailState, pause time.Duration, reason string) {
	if slices.ContainsFunc(m.partitions, func(p *partition) bool { return p.reading.Load() }) {
		m.tail.gaps.Add(1)
	}
	for _, r := range m.readers {
		r.cancel()
	}
	clear(m.readers)
	m.partitions, m.placements = nil, nil
	m.state, m.reason, m.metadataDue = state, reason, time.Now().Add(pause)
}

// refreshMetadata reads the metadata and assigns partitions to the readers of their leaders.
func (m *manager) refreshMetadata(now time.Time) {
	answer, err := m.metadata()
	if m.ctx.Err() != nil {
		return
	}
	if err != nil {
		m.err = err
		m.metadataFailures++
		m.metadataDue = now.Add(pause(m.metadataFailures, err))
		return
	}
	m.metadataFailures, m.metadataDue = 0, now.Add(metadataAge)
	m.addresses = make(map[int32]string, len(answer.Brokers))
	for _, b := range answer.Brokers {
		m.addresses[b.ID()] = b.Addr()
	}
	i := slices.IndexFunc(answer.Topics, func(t *sarama.TopicMetadata) bool { return t.Name == kafka.OffsetsTopic })
	switch {
	case i < 0 || answer.Topics[i].Err == sarama.ErrUnknownTopicOrPartition:
		m.suspend(model.TailAbsent, absencePause, fmt.Sprintf("topic %q does not exist yet: no group has been used", kafka.OffsetsTopic))
		m.fromStart = true
	case answer.Topics[i].Err == sarama.ErrTopicAuthorizationFailed:
		m.denied("DESCRIBE")
	default:
		if m.suspended() {
			m.state, m.reason = model.TailStarting, ""
		}
		m.applyMetadata(answer.Topics[i].Partitions, now)
		m.assign(now)
	}
}

// applyMetadata applies which brokers lead the partitions, and cancels the readers of brokers that do not lead theirs any
// more: a broker that hangs would not report it.
func (m *manager) applyMetadata(metadata []*sarama.PartitionMetadata, now time.Time) {
	offset := sarama.OffsetNewest
	if m.fromStart {
		offset = sarama.OffsetOldest
	}
	for len(m.partitions) < len(metadata) {
		m.partitions = append(m.partitions, &partition{number: int32(len(m.partitions)), offset: offset})
		m.placements = append(m.placements, placement{leader: -1, epoch: -1, retryAt: now, since: now})
	}
	m.fromStart = m.fromStart && len(m.partitions) == 0
	for _, described := range metadata {
		if described.ID < 0 || int(described.ID) >= len(m.placements) {
			continue
		}
		at := &m.placements[described.ID]
		if described.LeaderEpoch < at.epoch {
			continue // from a broker with older metadata
		}
		at.leader, at.epoch = described.Leader, described.LeaderEpoch
		if at.reader != nil && at.leader >= 0 && at.reader.id != at.leader {
			at.reader.cancel()
		}
	}
	leaders := make([]int32, len(m.placements))
	for i := range m.placements {
		leaders[i] = m.placements[i].leader
	}
	m.layout = &layout{leaders: leaders, addresses: maps.Clone(m.addresses)}
}

// assign assigns the partitions that are due to the readers of their leaders.
func (m *manager) assign(now time.Time) {
	byLeader := make(map[int32][]*partition)
	for i := range m.placements {
		at := &m.placements[i]
		if at.reader != nil || at.retryAt.After(now) {
			continue
		}
		p := m.partitions[i]
		if _, known := m.addresses[at.leader]; !known {
			m.err = sarama.ErrLeaderNotAvailable
			p.failures++
			at.retryAt = now.Add(pause(p.failures, m.err))
			continue
		}
		p.epoch = at.epoch
		byLeader[at.leader] = append(byLeader[at.leader], p)
	}
	for leader, partitions := range byLeader {
		r := m.readers[leader]
		if r == nil || !r.assign(partitions) {
			r = newReader(m, leader, m.addresses[leader])
			m.readers[leader] = r
			r.assign(partitions)
			m.start(r.run)
		}
		for _, p := range partitions {
			m.placements[p.number].reader = r
		}
	}
}

// metadataAddresses is how many brokers are asked at once for the metadata when the one asked before is gone.
const metadataAddresses = 8

// metadataAge is how old the metadata may get: a leader that moved is noticed by then, and partitions that are added.
const metadataAge = 5 * time.Second

// metadata asks the broker that responded before, else several at once.
func (m *manager) metadata() (*sarama.MetadataResponse, error) {
	if m.session != nil {
		ctx, cancel := kafka.Within(m.ctx, responseLimit)
		defer cancel()
		// A broker that is cut off from the others would give the same metadata for ever.
		if !slices.ContainsFunc(m.partitions, func(p *partition) bool { return m.placements[p.number].reader == nil && p.failures%4 == 3 }) {
			if answer, err := m.session.Metadata(ctx, kafka.OffsetsTopic); err == nil {
				return answer, nil
			}
		}
		m.session.Close()
		m.session = nil
	}
	addresses := slices.Collect(maps.Values(m.addresses))
	rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	for _, address := range m.tail.config.Brokers {
		if !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return m.metadataFrom(addresses[:min(len(addresses), metadataAddresses)])
}

// metadataFrom asks all addresses at once and keeps the connection that responds first.
func (m *manager) metadataFrom(addresses []string) (*sarama.MetadataResponse, error) {
	ctx, cancel := kafka.Within(m.ctx, responseLimit)
	defer cancel()
	first, all := m.tail.connector.OpenFirst(ctx, addresses, kafka.OffsetsTopic)
	if first != nil {
		m.session = first.Session
		return first.Metadata, nil
	}
	var err error
	for _, reached := range all {
		if err == nil || kafka.LoginRefused(reached.Err) {
			err = reached.Err
		}
	}
	return nil, err
}
