package tail

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/parallel"
	"regroup/model"
)

const (
	fetchWait           = 2 * time.Second // how long a leader may wait for something to be written
	fetchBytes          = 2 << 20         // of an answer
	fetchPartitionBytes = 512 << 10       // of one partition in it; a batch that is larger comes whole all the same

	// barrenAnswers is after how many answers that say there is more, and have nothing, an offset is passed over: the
	// batch there has lost all its records to compaction, and sarama does not tell where it ends.
	barrenAnswers = 2

	urgentFailures = 3 // how often a partition may have failed and still interrupt what its reader waits for
)

// errMore is why a fetch is interrupted: the reader has got more partitions to ask for.
var errMore = errors.New("more partitions to read")

// reader reads the partitions that one broker leads, over a connection of its own. A broker answers one request of a
// connection at a time, so all of them are in each.
type reader struct {
	tail    *Tail
	hand    func(handback)
	notify  chan struct{} // something of what it follows has changed
	id      int32
	address string
	ctx     context.Context
	cancel  context.CancelFunc

	session *kafka.Session // nil is none

	mutex     sync.Mutex // guards what is below
	given     []*tailed  // and not taken up yet
	ended     bool
	interrupt context.CancelCauseFunc // ends the fetch that is under way; nil is none
	wake      chan struct{}

	partitions map[int32]*tailed // that it reads
}

func newReader(f *follower, id int32, address string) *reader {
	r := &reader{
		tail: f.tail, hand: f.hand, notify: f.nudged, id: id, address: address,
		wake: make(chan struct{}, 1), partitions: make(map[int32]*tailed),
	}
	r.ctx, r.cancel = context.WithCancel(f.ctx)
	return r
}

// take gives the reader partitions; false if it has ended.
func (r *reader) take(partitions []*tailed) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.ended {
		return false
	}
	r.given = append(r.given, partitions...)
	urgent := slices.ContainsFunc(partitions, func(p *tailed) bool { return p.failures <= urgentFailures })
	if r.interrupt != nil && urgent {
		r.interrupt(errMore)
	}
	parallel.Notify(r.wake)
	return true
}

// run reads until the reader is cancelled or the broker fails.
func (r *reader) run() {
	err := r.read()
	if r.ctx.Err() != nil {
		err = nil // it was called back
	}
	r.cancel()
	r.hangUp()
	r.mutex.Lock()
	r.ended = true
	all := r.given
	r.given = nil
	r.mutex.Unlock()
	all = slices.AppendSeq(all, maps.Values(r.partitions))
	r.hand(handback{reader: r, partitions: all, err: err, ended: true})
}

func (r *reader) hangUp() {
	if r.session != nil {
		r.session.Close()
		r.session = nil
	}
}

func (r *reader) read() error {
	for {
		fresh := r.takeUp()
		if len(r.partitions) == 0 {
			select {
			case <-r.ctx.Done():
				return nil
			case <-r.wake:
			}
			continue
		}
		if err := r.connect(); err != nil {
			return err
		}
		if err := r.findOffsets(); err != nil {
			return err
		}
		wait := fetchWait
		if fresh {
			wait = 0 // whether they can be read is to be known now
		}
		if err := r.round(wait); err != nil {
			return err
		}
	}
}

// takeUp begins with the partitions that were given.
func (r *reader) takeUp() (fresh bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, p := range r.given {
		r.partitions[p.number] = p
	}
	fresh = len(r.given) > 0
	r.given = nil
	return fresh
}

func (r *reader) connect() error {
	if r.session != nil {
		return nil
	}
	ctx, cancel := kafka.Within(r.ctx, responseLimit)
	defer cancel()
	var err error
	r.session, err = r.tail.connector.Open(ctx, r.address)
	return err
}

// giveBack hands partitions back that this broker does not let it read.
func (r *reader) giveBack(partitions []*tailed, err error) {
	if len(partitions) == 0 {
		return
	}
	for _, p := range partitions {
		delete(r.partitions, p.number)
	}
	r.hand(handback{reader: r, partitions: partitions, err: err})
}

// findOffsets asks for the ends of the partitions that are to be read from there, or for their starts.
func (r *reader) findOffsets() error {
	for _, from := range []int64{sarama.OffsetNewest, sarama.OffsetOldest} {
		var wanted []int32
		for number, p := range r.partitions {
			if p.offset == from {
				wanted = append(wanted, number)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		ctx, cancel := kafka.Within(r.ctx, responseLimit)
		offsets, failed, err := listOffsets(ctx, r.session, wanted, from)
		cancel()
		if err != nil {
			return err
		}
		for number, offset := range offsets {
			r.partitions[number].offset = offset
		}
		for number, err := range failed {
			r.giveBack([]*tailed{r.partitions[number]}, err)
		}
	}
	return nil
}

// listOffsets asks a leader for the end or the start of partitions of the topic.
func listOffsets(ctx context.Context, s *kafka.Session, partitions []int32, from int64) (offsets map[int32]int64, failed map[int32]error, err error) {
	request := &sarama.OffsetRequest{}
	for _, number := range partitions {
		request.AddBlock(kafka.OffsetsTopic, number, from, 1)
	}
	answer, err := kafka.Send(ctx, s, kafka.ListOffsets, func(b *sarama.Broker, version int16) (*sarama.OffsetResponse, error) {
		request.Version = version
		return b.GetAvailableOffsets(request)
	})
	if err != nil {
		return nil, nil, err
	}
	offsets, failed = make(map[int32]int64, len(partitions)), make(map[int32]error)
	for _, number := range partitions {
		switch block := answer.GetBlock(kafka.OffsetsTopic, number); {
		case block == nil:
			failed[number] = kafka.ErrNotInResponse
		case block.Err != sarama.ErrNoError:
			failed[number] = block.Err
		default:
			offsets[number] = block.Offset
		}
	}
	return offsets, failed, nil
}

// round fetches once and hands on what comes. An error is one of the connection; then nothing was lost, for the offsets
// stand where they stood.
func (r *reader) round(wait time.Duration) error {
	if len(r.partitions) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	r.mutex.Lock()
	if len(r.given) > 0 {
		r.mutex.Unlock()
		return nil
	}
	r.interrupt = cancel
	r.mutex.Unlock()
	limited, end := kafka.Within(ctx, wait+responseLimit)
	answer, err := fetch(limited, r.session, maps.Values(r.partitions), wait)
	end()
	r.mutex.Lock()
	r.interrupt = nil
	r.mutex.Unlock()
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errMore):
		r.hangUp() // the interrupted answer would come first on this connection
		return nil
	case err != nil && kafka.Undecodable(err):
		return r.oneByOne()
	case err != nil:
		return err
	}
	r.harvest(answer)
	return nil
}

// oneByOne finds the partition whose batch breaks an answer, and passes over what is there.
func (r *reader) oneByOne() error {
	for _, p := range slices.Collect(maps.Values(r.partitions)) {
		ctx, cancel := kafka.Within(r.ctx, responseLimit)
		answer, err := fetch(ctx, r.session, slices.Values([]*tailed{p}), 0)
		cancel()
		switch {
		case err == nil:
			r.harvest(answer)
		case kafka.Undecodable(err):
			p.offset = sarama.OffsetNewest
			r.tail.undecodable.Add(1)
			r.tail.gaps.Add(1)
		default:
			return err
		}
	}
	return nil
}

// fetch asks a leader for what stands in partitions of the topic from their offsets on.
func fetch(ctx context.Context, s *kafka.Session, partitions func(func(*tailed) bool), wait time.Duration) (*sarama.FetchResponse, error) {
	request := &sarama.FetchRequest{
		MaxWaitTime: int32(wait.Milliseconds()), MinBytes: 1, MaxBytes: fetchBytes,
		Isolation: sarama.ReadUncommitted, SessionEpoch: -1, // no fetch session (KIP-227)
	}
	// sarama writes partitions in no order, so none of them is always the first and fills the answer.
	for p := range partitions {
		request.AddBlock(kafka.OffsetsTopic, p.number, p.offset, fetchPartitionBytes, p.epoch)
	}
	return kafka.Send(ctx, s, kafka.Fetch, func(b *sarama.Broker, version int16) (*sarama.FetchResponse, error) {
		request.Version = version
		return b.Fetch(request)
	})
}

// harvest makes one observation of an answer.
func (r *reader) harvest(answer *sarama.FetchResponse) {
	read := &model.Records{At: time.Now(), Broker: r.id}
	blocks := answer.Blocks[kafka.OffsetsTopic]
	nothing := !slices.ContainsFunc(slices.Collect(maps.Values(blocks)), func(b *sarama.FetchResponseBlock) bool { return len(b.RecordsSet) > 0 })
	changed := false
	for _, number := range slices.Sorted(maps.Keys(blocks)) {
		p, block := r.partitions[number], blocks[number]
		if p == nil {
			continue
		}
		switch block.Err {
		case sarama.ErrNoError:
		case sarama.ErrOffsetOutOfRange:
			p.offset = sarama.OffsetNewest
			clear(p.transactions)
			r.tail.gaps.Add(1)
			changed = true
			continue
		default:
			r.giveBack([]*tailed{p}, block.Err)
			continue
		}
		if !p.following.Swap(true) {
			changed = true
		}
		p.failures = 0
		read.Records = r.tail.decode(read.Records, p, block.RecordsSet)
		if nothing && !block.Partial && block.HighWaterMarkOffset > p.offset {
			if p.barren++; p.barren > barrenAnswers {
				p.offset++
			}
		} else {
			p.barren = 0
		}
	}
	if read.Records = withoutHoles(read.Records); len(read.Records) > 0 {
		r.tail.attachProbes(read)
		read.Topics = r.tail.names.of(r.ctx, r.id, topicIDsIn(read.Records))
		r.tail.tell(read)
	}
	if changed {
		parallel.Notify(r.notify)
	}
}
