package tail

import (
	"context"
	"errors"
	"iter"
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
	fetchWait           = 2 * time.Second // how long a leader may wait for a record
	fetchBytes          = 2 << 20         // of a response
	fetchPartitionBytes = 512 << 10       // of one partition in it; a batch that is larger is returned whole all the same

	// maxEmptyResponses is after how many empty responses below the high watermark an offset is skipped: the batch there has
	// lost all its records to compaction, and sarama does not return where it ends.
	maxEmptyResponses = 2

	urgentFailures = 3 // how often a partition may have failed and still interrupt a fetch of its reader
)

// errMore is why a fetch is interrupted: the reader was assigned more partitions.
var errMore = errors.New("more partitions to read")

// reader reads the partitions that one broker leads, over a connection of its own. A broker responds to one request of a
// connection at a time, so all of them are in each.
type reader struct {
	tail    *Tail
	release func(release)
	notify  chan struct{} // wakes the manager: what is read has changed
	id      int32
	address string
	ctx     context.Context
	cancel  context.CancelFunc

	session *kafka.Session // nil is none

	mutex     sync.Mutex   // guards what is below
	assigned  []*partition // assigned partitions that it has not begun with
	ended     bool
	interrupt context.CancelCauseFunc // ends the fetch that is under way; nil is none
	wake      chan struct{}

	partitions map[int32]*partition // that it reads
}

func newReader(m *manager, id int32, address string) *reader {
	r := &reader{
		tail: m.tail, release: m.release, notify: m.wake, id: id, address: address,
		wake: make(chan struct{}, 1), partitions: make(map[int32]*partition),
	}
	r.ctx, r.cancel = context.WithCancel(m.ctx)
	return r
}

// assign assigns partitions to the reader; false if it has ended.
func (r *reader) assign(partitions []*partition) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.ended {
		return false
	}
	r.assigned = append(r.assigned, partitions...)
	urgent := slices.ContainsFunc(partitions, func(p *partition) bool { return p.failures <= urgentFailures })
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
		err = nil // it was cancelled
	}
	r.cancel()
	r.hangUp()
	r.mutex.Lock()
	r.ended = true
	all := r.assigned
	r.assigned = nil
	r.mutex.Unlock()
	all = slices.AppendSeq(all, maps.Values(r.partitions))
	r.release(release{reader: r, partitions: all, err: err, ended: true})
}

func (r *reader) hangUp() {
	if r.session != nil {
		r.session.Close()
		r.session = nil
	}
}

func (r *reader) read() error {
	for {
		fresh := r.begin()
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
			wait = 0 // find out now whether they can be read
		}
		if err := r.fetchAll(wait); err != nil {
			return err
		}
	}
}

// begin begins with the partitions that were assigned.
func (r *reader) begin() (fresh bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, p := range r.assigned {
		r.partitions[p.number] = p
	}
	fresh = len(r.assigned) > 0
	r.assigned = nil
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

// drop releases partitions that this broker does not let it read.
func (r *reader) drop(partitions []*partition, err error) {
	if len(partitions) == 0 {
		return
	}
	for _, p := range partitions {
		delete(r.partitions, p.number)
	}
	r.release(release{reader: r, partitions: partitions, err: err})
}

// findOffsets asks for the end offsets of the partitions that are to be read from their ends, or for their start offsets.
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
			r.drop([]*partition{r.partitions[number]}, err)
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

// fetchAll fetches once and emits the records. An error is one of the connection; nothing is lost then, because the
// offsets have not moved.
func (r *reader) fetchAll(wait time.Duration) error {
	if len(r.partitions) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	r.mutex.Lock()
	if len(r.assigned) > 0 {
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
		r.hangUp() // the interrupted response would be the next one on this connection
		return nil
	case err != nil && kafka.Undecodable(err):
		return r.fetchSingly()
	case err != nil:
		return err
	}
	r.process(answer)
	return nil
}

// fetchSingly finds the partition whose batch cannot be decoded, and skips to its end.
func (r *reader) fetchSingly() error {
	for _, p := range slices.Collect(maps.Values(r.partitions)) {
		ctx, cancel := kafka.Within(r.ctx, responseLimit)
		answer, err := fetch(ctx, r.session, slices.Values([]*partition{p}), 0)
		cancel()
		switch {
		case err == nil:
			r.process(answer)
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

// fetch asks a leader for the records of partitions of the topic from their offsets on.
func fetch(ctx context.Context, s *kafka.Session, partitions iter.Seq[*partition], wait time.Duration) (*sarama.FetchResponse, error) {
	type block struct {
		number int32
		offset int64
		epoch  int32
	}
	var blocks []block // copies: the call may outlive its context
	for p := range partitions {
		blocks = append(blocks, block{p.number, p.offset, p.epoch})
	}
	return kafka.Send(ctx, s, kafka.Fetch, func(b *sarama.Broker, version int16) (*sarama.FetchResponse, error) {
		request := &sarama.FetchRequest{
			Version: version, MaxWaitTime: int32(wait.Milliseconds()), MinBytes: 1, MaxBytes: fetchBytes,
			Isolation: sarama.ReadUncommitted, SessionEpoch: -1, // no fetch session (KIP-227)
		}
		// AddBlock keeps the leader's epoch only if the version is set. sarama writes partitions in no order, so none of them
		// is always the first and fills the response.
		for _, block := range blocks {
			request.AddBlock(kafka.OffsetsTopic, block.number, block.offset, fetchPartitionBytes, block.epoch)
		}
		return b.Fetch(request)
	})
}

// process emits the records of a response as one observation.
func (r *reader) process(answer *sarama.FetchResponse) {
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
			r.drop([]*partition{p}, block.Err)
			continue
		}
		if !p.reading.Swap(true) {
			changed = true
		}
		p.failures = 0
		read.Records = r.tail.decode(read.Records, p, block.RecordsSet)
		if nothing && !block.Partial && block.HighWaterMarkOffset > p.offset {
			if p.emptyResponses++; p.emptyResponses > maxEmptyResponses {
				p.offset++
			}
		} else {
			p.emptyResponses = 0
		}
	}
	if read.Records = withoutSuperseded(read.Records); len(read.Records) > 0 {
		r.tail.attachProbes(read)
		read.Topics = r.tail.names.of(r.ctx, r.id, topicIDsIn(read.Records))
		r.tail.observe(read)
	}
	if changed {
		parallel.Notify(r.notify)
	}
}
