package tail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/records"
	"regroup/model"
)

const (
	// historyBytes is how much of a partition is read for the history of one group at most. The newest segment of the
	// topic, which is not compacted yet, has up to 100 MiB by default: most of that are commits, so a busy cluster's
	// group that has not rebalanced for long may not be found within the bound; the history is then marked as incomplete.
	historyBytes = 32 << 20

	historyWindow   = 256 // offsets that are read first, at the end of the partition
	historyGrowth   = 4   // by how much the next window is larger
	historyAttempts = 4   // how often a leader is tried
	historyPause    = time.Second
)

// readHistories reads the history of the groups that Focus names, one after the other, while the tail is on.
func (t *Tail) readHistories(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		for ctx.Err() == nil {
			group := t.nextWaiting()
			if group == "" {
				break
			}
			t.readHistory(ctx, group)
		}
	}
}

// nextWaiting is a group whose history is to be read now; "" is none.
func (t *Tail) nextWaiting() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if layout := t.layout.Load(); len(t.waiting) == 0 || layout == nil || len(layout.leaders) == 0 {
		return ""
	}
	group := t.waiting[0]
	t.waiting = t.waiting[1:]
	return group
}

// readHistory emits the history of a group. What cannot be read in some attempts is result as nothing, and not complete.
func (t *Tail) readHistory(ctx context.Context, group string) {
	result := &model.History{Group: group}
	for attempt := range historyAttempts {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(historyPause):
			}
		}
		layout := t.layout.Load()
		if layout == nil { // the tail is suspended
			t.mutex.Lock()
			t.waiting = append(t.waiting, group)
			t.mutex.Unlock()
			return
		}
		h, err := t.readBack(ctx, layout, group)
		if ctx.Err() != nil {
			return
		}
		if h != nil {
			result.Broker, result.Records, result.Complete = h.leader, h.newest(), err == nil && h.complete
		}
		if err == nil || kafka.Undecodable(err) || kafka.LoginRefused(err) {
			break
		}
	}
	result.At = time.Now()
	t.observe(result)
}

// history is the records of a group that were found, reading backwards.
type history struct {
	leader   int32
	records  []model.Record // oldest first
	complete bool
}

// readBack reads the partition of a group backwards.
func (t *Tail) readBack(ctx context.Context, layout *layout, group string) (*history, error) {
	number := records.PartitionOf(group, len(layout.leaders))
	h := &history{leader: layout.leaders[number]}
	address, known := layout.addresses[h.leader]
	if !known {
		return nil, sarama.ErrLeaderNotAvailable
	}
	limited, cancel := kafka.Within(ctx, responseLimit)
	defer cancel()
	s, err := t.connector.Open(limited, address)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var ends [2]int64
	for i, from := range []int64{sarama.OffsetOldest, sarama.OffsetNewest} {
		offsets, failed, err := listOffsets(limited, s, []int32{number}, from)
		if err := errors.Join(err, failed[number]); err != nil {
			return nil, err
		}
		ends[i] = offsets[number]
	}
	return h, h.backwards(ctx, s, group, number, ends[0], ends[1], t.historyBytes)
}

// backwards reads window after window, each older and larger than the one before, until enough is found, or the
// start or the bound is reached.
func (h *history) backwards(ctx context.Context, s *kafka.Session, group string, number int32, start, end, bound int64) error {
	var bytes int64
	span := int64(historyWindow)
	for end > start {
		from := max(start, end-span)
		found, read, err := window(ctx, s, group, number, from, end)
		if err != nil {
			return err
		}
		h.records = append(found, h.records...)
		if h.enough() {
			h.complete = true
			return nil
		}
		bytes += read
		if bytes >= bound {
			return nil
		}
		// The next window must end within the bound. Compaction makes older offsets sparser, not denser.
		each := max(1, read/(end-from))
		span = min(span*historyGrowth, max(historyWindow, (bound-bytes)/each))
		end = from
	}
	h.complete = true
	return nil
}

// window reads the records of a group between two offsets, without its commits, and how many bytes were read.
func window(ctx context.Context, s *kafka.Session, group string, number int32, from, end int64) (found []model.Record, bytes int64, err error) {
	at := &partition{number: number, offset: from, epoch: -1}
	for at.offset < end {
		limited, cancel := kafka.Within(ctx, responseLimit)
		answer, err := fetch(limited, s, slices.Values([]*partition{at}), 0)
		cancel()
		if err != nil {
			return nil, bytes, err
		}
		block := answer.GetBlock(kafka.OffsetsTopic, number)
		switch {
		case block == nil:
			return nil, bytes, kafka.ErrNotInResponse
		case block.Err != sarama.ErrNoError:
			return nil, bytes, block.Err
		}
		before := at.offset
		for _, set := range block.RecordsSet {
			if set.RecordBatch == nil || set.RecordBatch.PartialTrailingRecord {
				continue
			}
			bytes += sizeOf(set.RecordBatch)
			found = historyOf(found, set.RecordBatch, group, at, end)
		}
		if at.offset == before {
			at.offset++ // a batch that has lost all its records to compaction
		}
	}
	return found, bytes, nil
}

// historyOf appends the records of a group in a batch, without its commits.
func historyOf(found []model.Record, batch *sarama.RecordBatch, group string, at *partition, end int64) []model.Record {
	for _, r := range batch.Records {
		offset := batch.FirstOffset + r.OffsetDelta
		if offset < at.offset || offset >= end || batch.Control {
			continue
		}
		if kind, err := records.KindOf(r.Key); err != nil || kind.IsCommit() {
			continue
		}
		key, err := records.ReadKey(r.Key)
		if err != nil || key.Group != group {
			continue
		}
		record, err := key.Decode(r.Value)
		if err != nil {
			continue
		}
		record.Partition, record.Offset, record.Written = at.number, offset, writtenAt(batch, r)
		found = append(found, record)
	}
	at.offset = max(at.offset, batch.LastOffset()+1)
	return found
}

// enough says whether nothing older is needed: a record of a classic group's generation is complete; every member of a
// consumer group is written again on the way to a new target.
func (h *history) enough() bool {
	var epoch, target bool
	for _, r := range slices.Backward(h.records) {
		epoch, target = epoch || r.Epoch != nil, target || r.TargetEpoch != nil
		if r.Generation != nil || epoch && target {
			return true
		}
	}
	return false
}

// newest are the newest of the records of each kind and member, oldest first. If the newest of all is a classic group's
// generation, it alone counts: the group was a consumer group before.
func (h *history) newest() []model.Record {
	seen := make(map[string]bool)
	var kept []model.Record
	for _, r := range slices.Backward(h.records) {
		kind := kindAndMember(&r)
		if seen[kind] {
			continue
		}
		seen[kind] = true
		kept = append(kept, r)
		if r.Generation != nil {
			break // older records are from before the group became a classic one
		}
	}
	slices.Reverse(kept)
	return kept
}

func kindAndMember(r *model.Record) string {
	switch {
	case r.Member != nil:
		return "member " + r.Member.ID
	case r.Target != nil:
		return "target " + r.Target.ID
	case r.Current != nil:
		return "current " + r.Current.ID
	}
	return fmt.Sprint(r.Generation != nil, r.Epoch != nil, r.TargetEpoch != nil)
}
