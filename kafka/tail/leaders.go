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

// follower knows where the partitions of the topic are, and has a reader for each broker that leads some. All of it
// belongs to the goroutine of its run, but for what the readers hand back.
type follower struct {
	tail    *Tail
	ctx     context.Context
	start   func(func()) // runs something beside, until ctx ends
	readers map[int32]*reader
	session *kafka.Session // for metadata; nil is none

	partitions []*tailed
	places     []place // by partition
	addresses  map[int32]string
	layout     *layout
	fromStart  bool // the topic did not exist when it was looked for first: all of it is new

	state      model.TailState
	reason     string
	err        error     // the last that kept it from reading
	lookAt     time.Time // when the metadata are due
	lookFailed int       // how often in a row they could not be read
	told       model.TailStatus
	traffic    traffic
	returned   struct {
		sync.Mutex
		backs []handback
	}
	nudged chan struct{}
}

// tailed is one partition. It belongs to the reader that it was given to, else to the follower.
type tailed struct {
	number       int32
	epoch        int32 // of the leader, when it was given to a reader; -1 is unknown
	offset       int64 // the next to read, or sarama.OffsetNewest or sarama.OffsetOldest while it is not known
	barren       int   // answers in a row that said there is more, and had nothing
	failures     int   // in a row
	transactions map[int64]*transaction

	following atomic.Bool // its leader has answered
}

// place is where a partition is, as far as the follower knows.
type place struct {
	leader  int32 // by the metadata; -1 is none
	epoch   int32
	reader  *reader   // that it was given to; nil while it is loose
	retryAt time.Time // when it is given to a reader again
	since   time.Time // when it was last read
}

// handback is what a reader gives back, and why.
type handback struct {
	reader     *reader
	partitions []*tailed
	err        error // nil: it was called back
	ended      bool  // the reader is no more
}

func newFollower(ctx context.Context, t *Tail, start func(func())) *follower {
	return &follower{
		tail: t, ctx: ctx, start: start, readers: make(map[int32]*reader), state: model.TailStarting,
		nudged: make(chan struct{}, 1),
	}
}

func (f *follower) run() {
	defer func() {
		if f.session != nil {
			f.session.Close()
		}
	}()
	tick := time.NewTicker(trafficTick)
	defer tick.Stop()
	look := time.NewTimer(0)
	defer look.Stop()
	f.traffic.add(time.Now(), 0)
	f.report(time.Now())
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-f.nudged:
		case <-look.C:
		case now := <-tick.C:
			f.measure(now)
		}
		now := time.Now()
		f.takeBack(now)
		if !f.due().After(now) {
			f.look(now)
		}
		if f.ctx.Err() != nil {
			return // what the readers hand back now is no loss
		}
		f.report(time.Now())
		look.Reset(time.Until(f.due()))
	}
}

// due is when the metadata are to be read: in their time, or when a partition wants a leader.
func (f *follower) due() time.Time {
	at := f.lookAt
	if f.lookFailed > 0 || f.resting() {
		return at
	}
	for i := range f.places {
		if p := &f.places[i]; p.reader == nil && p.retryAt.Before(at) {
			at = p.retryAt
		}
	}
	return at
}

// resting says that nothing is read until the next look.
func (f *follower) resting() bool {
	return f.state == model.TailRefused || f.state == model.TailTooBusy || f.state == model.TailAbsent
}

// pause is how long to wait after so many failures in a row, of which err is the last. Logins that are refused come as
// seldom as a poll's: accounts get locked.
func pause(failures int, err error) time.Duration {
	if kafka.LoginRefused(err) {
		return kafka.LoginRetry
	}
	if failures > 16 {
		return retryEvery
	}
	return min(retryFirst<<max(0, failures-1), retryEvery)
}

// hand is called by readers: it takes partitions back without waiting.
func (f *follower) hand(back handback) {
	f.returned.Lock()
	f.returned.backs = append(f.returned.backs, back)
	f.returned.Unlock()
	parallel.Notify(f.nudged)
}

// takeBack makes loose what readers have handed back.
func (f *follower) takeBack(now time.Time) {
	f.returned.Lock()
	backs := f.returned.backs
	f.returned.backs = nil
	f.returned.Unlock()
	for _, back := range backs {
		if back.ended && f.readers[back.reader.id] == back.reader {
			delete(f.readers, back.reader.id)
		}
		for _, p := range back.partitions {
			if int(p.number) >= len(f.partitions) || f.partitions[p.number] != p {
				continue // of a time before the tail rested
			}
			at := &f.places[p.number]
			at.reader, at.retryAt = nil, now
			if p.following.Swap(false) {
				at.since = now
			}
			if back.err != nil {
				p.failures++
				at.retryAt = now.Add(pause(p.failures, back.err))
			}
		}
		if back.err == nil || f.resting() {
			continue
		}
		f.err = back.err
		if errors.Is(back.err, sarama.ErrTopicAuthorizationFailed) {
			f.refuse("READ")
		}
	}
}

// refuse rests the tail because an operation on the topic is not allowed.
func (f *follower) refuse(operation string) {
	f.rest(model.TailRefused, refusalPause, fmt.Sprintf("%s on topic %q is not allowed for %s: grant it to see every rebalance exactly",
		operation, kafka.OffsetsTopic, f.tail.config.Principal()))
}

// rest stops reading for a while. What is written meanwhile is passed over.
func (f *follower) rest(state model.TailState, pause time.Duration, reason string) {
	if slices.ContainsFunc(f.partitions, func(p *tailed) bool { return p.following.Load() }) {
		f.tail.gaps.Add(1)
	}
	for _, r := range f.readers {
		r.cancel()
	}
	clear(f.readers)
	f.partitions, f.places = nil, nil
	f.state, f.reason, f.lookAt = state, reason, time.Now().Add(pause)
}

// look reads the metadata and gives partitions that are loose to the readers of their leaders.
func (f *follower) look(now time.Time) {
	answer, err := f.metadata()
	if f.ctx.Err() != nil {
		return
	}
	if err != nil {
		f.err = err
		f.lookFailed++
		f.lookAt = now.Add(pause(f.lookFailed, err))
		return
	}
	f.lookFailed, f.lookAt = 0, now.Add(metadataAge)
	f.addresses = make(map[int32]string, len(answer.Brokers))
	for _, b := range answer.Brokers {
		f.addresses[b.ID()] = b.Addr()
	}
	i := slices.IndexFunc(answer.Topics, func(t *sarama.TopicMetadata) bool { return t.Name == kafka.OffsetsTopic })
	switch {
	case i < 0 || answer.Topics[i].Err == sarama.ErrUnknownTopicOrPartition:
		f.rest(model.TailAbsent, absencePause, fmt.Sprintf("topic %q does not exist yet: no group has been used", kafka.OffsetsTopic))
		f.fromStart = true
	case answer.Topics[i].Err == sarama.ErrTopicAuthorizationFailed:
		f.refuse("DESCRIBE")
	default:
		if f.resting() {
			f.state, f.reason = model.TailStarting, ""
		}
		f.learn(answer.Topics[i].Partitions, now)
		f.give(now)
	}
}

// learn takes over where the partitions are, and calls back those that are read from a broker that leads them no more:
// one that hangs would not say so.
func (f *follower) learn(metadata []*sarama.PartitionMetadata, now time.Time) {
	offset := sarama.OffsetNewest
	if f.fromStart {
		offset = sarama.OffsetOldest
	}
	for len(f.partitions) < len(metadata) {
		f.partitions = append(f.partitions, &tailed{number: int32(len(f.partitions)), offset: offset})
		f.places = append(f.places, place{leader: -1, epoch: -1, retryAt: now, since: now})
	}
	f.fromStart = f.fromStart && len(f.partitions) == 0
	for _, m := range metadata {
		if m.ID < 0 || int(m.ID) >= len(f.places) {
			continue
		}
		at := &f.places[m.ID]
		if m.LeaderEpoch < at.epoch {
			continue // told by a broker that does not know yet
		}
		at.leader, at.epoch = m.Leader, m.LeaderEpoch
		if at.reader != nil && at.leader >= 0 && at.reader.id != at.leader {
			at.reader.cancel()
		}
	}
	leaders := make([]int32, len(f.places))
	for i := range f.places {
		leaders[i] = f.places[i].leader
	}
	f.layout = &layout{leaders: leaders, addresses: maps.Clone(f.addresses)}
}

// give hands the loose partitions that are due to the readers of their leaders.
func (f *follower) give(now time.Time) {
	byLeader := make(map[int32][]*tailed)
	for i := range f.places {
		at := &f.places[i]
		if at.reader != nil || at.retryAt.After(now) {
			continue
		}
		p := f.partitions[i]
		if _, known := f.addresses[at.leader]; !known {
			f.err = sarama.ErrLeaderNotAvailable
			p.failures++
			at.retryAt = now.Add(pause(p.failures, f.err))
			continue
		}
		p.epoch = at.epoch
		byLeader[at.leader] = append(byLeader[at.leader], p)
	}
	for leader, partitions := range byLeader {
		r := f.readers[leader]
		if r == nil || !r.take(partitions) {
			r = newReader(f, leader, f.addresses[leader])
			f.readers[leader] = r
			r.take(partitions)
			f.start(r.run)
		}
		for _, p := range partitions {
			f.places[p.number].reader = r
		}
	}
}

// metadataAddresses is how many brokers are asked at once for the metadata when the one asked before is gone.
const metadataAddresses = 8

// metadataAge is how old the metadata may get: a leader that moved is noticed by then, and partitions that are added.
const metadataAge = 5 * time.Second

// metadata asks the broker that answered before, else several at once.
func (f *follower) metadata() (*sarama.MetadataResponse, error) {
	if f.session != nil {
		ctx, cancel := kafka.Within(f.ctx, responseLimit)
		defer cancel()
		// A broker that is cut off from the others would tell the same for ever.
		if !slices.ContainsFunc(f.partitions, func(p *tailed) bool { return f.places[p.number].reader == nil && p.failures%4 == 3 }) {
			if answer, err := f.session.Metadata(ctx, kafka.OffsetsTopic); err == nil {
				return answer, nil
			}
		}
		f.session.Close()
		f.session = nil
	}
	addresses := slices.Collect(maps.Values(f.addresses))
	rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	for _, address := range f.tail.config.Brokers {
		if !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return f.metadataFrom(addresses[:min(len(addresses), metadataAddresses)])
}

// metadataFrom asks all addresses at once and keeps the connection that responds first.
func (f *follower) metadataFrom(addresses []string) (*sarama.MetadataResponse, error) {
	ctx, cancel := kafka.Within(f.ctx, responseLimit)
	defer cancel()
	first, all := f.tail.connector.OpenFirst(ctx, addresses, kafka.OffsetsTopic)
	if first != nil {
		f.session = first.Session
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
