package lab

import (
	"maps"
	"slices"
	"sync"

	"regroup/model"
)

// offsetTracker tracks a consumer's partitions: how far each was processed and committed, and the counts by key, which are
// state that lives with a partition.
type offsetTracker struct {
	mu         sync.Mutex
	partitions map[model.TopicPartition]*partitionOffsets
	dropped    int64         // records whose counts were dropped
	ranges     []offsetRange // processed and not reported yet
}

// partitionOffsets are the offsets of one partition, each in the sense of a commit: the next record.
type partitionOffsets struct {
	fresh   bool // assigned, and nothing was read since: the offset of the first record is the group's commit
	started bool // something was processed: the offsets are valid

	next, marked, committed int64
	previous                int64 // the commit before committed
	counts                  map[string]int64
	records                 int64
}

// offsetRange is a range of records that were processed in order, from From up to and without Next.
type offsetRange struct {
	model.TopicPartition
	From int64 `json:"from"`
	Next int64 `json:"next"`
}

func newOffsetTracker() *offsetTracker {
	return &offsetTracker{partitions: map[model.TopicPartition]*partitionOffsets{}}
}

// assign begins to track partitions that were assigned. One that the member kept from before keeps its counts.
func (t *offsetTracker) assign(partitions ...model.TopicPartition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tp := range partitions {
		if t.partitions[tp] == nil {
			t.partitions[tp] = &partitionOffsets{counts: map[string]int64{}}
		}
		t.partitions[tp].fresh = true
	}
}

// retain drops the state of all partitions but these.
func (t *offsetTracker) retain(owned []model.TopicPartition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for tp := range t.partitions {
		if !slices.Contains(owned, tp) {
			t.drop(tp)
		}
	}
}

// revoke drops the state of partitions that were revoked.
func (t *offsetTracker) revoke(partitions ...model.TopicPartition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tp := range partitions {
		t.drop(tp)
	}
}

// drop drops the state of a partition; mu is held.
func (t *offsetTracker) drop(tp model.TopicPartition) {
	if p := t.partitions[tp]; p != nil {
		t.dropped += p.records
		delete(t.partitions, tp)
	}
}

// add tracks a record that was processed. If its partition is no longer owned, as after an expulsion, it is not counted.
func (t *offsetTracker) add(r record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.extend(r)
	p := t.partitions[r.TopicPartition]
	if p == nil {
		return
	}
	if p.fresh {
		p.fresh, p.started = false, true
		p.marked, p.committed, p.previous = r.offset, r.offset, r.offset
	}
	p.next = r.offset + 1
	p.counts[string(r.key)]++
	p.records++
}

// extend adds a record to the ranges; mu is held.
func (t *offsetTracker) extend(r record) {
	for i := range slices.Backward(t.ranges) {
		if last := &t.ranges[i]; last.TopicPartition == r.TopicPartition {
			if last.Next == r.offset {
				last.Next++
				return
			}
			break
		}
	}
	t.ranges = append(t.ranges, offsetRange{r.TopicPartition, r.offset, r.offset + 1})
}

// mark allows these records to be committed.
func (t *offsetTracker) mark(records []record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range records {
		if p := t.partitions[r.TopicPartition]; p != nil {
			p.marked = max(p.marked, r.offset+1)
		}
	}
}

// due are the offsets that may be committed and are not.
func (t *offsetTracker) due() map[model.TopicPartition]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	due := map[model.TopicPartition]int64{}
	for tp, p := range t.partitions {
		if p.marked > p.committed {
			due[tp] = p.marked
		}
	}
	return due
}

// committed stores offsets that were committed.
func (t *offsetTracker) committed(offsets map[model.TopicPartition]int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for tp, offset := range offsets {
		if p := t.partitions[tp]; p != nil && offset > p.committed {
			p.previous, p.committed = p.committed, offset
		}
	}
}

// commitFailed takes back the last commit of a partition: sarama reports a failure only afterwards.
func (t *offsetTracker) commitFailed(tp model.TopicPartition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.partitions[tp]; p != nil {
		p.committed = p.previous
	}
}

// uncommitted is the number of records that were processed and are not committed.
func (t *offsetTracker) uncommitted() model.Maybe[int64] {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.uncommittedLocked()
}

func (t *offsetTracker) uncommittedLocked() model.Maybe[int64] {
	if len(t.partitions) == 0 {
		return model.None[int64]()
	}
	var uncommitted int64
	for _, p := range t.partitions {
		if p.started {
			uncommitted += max(0, p.next-p.committed)
		}
	}
	return model.Some(uncommitted)
}

// fill writes the state into a report. Each range is in one report only.
func (t *offsetTracker) fill(r *report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Ranges, t.ranges = t.ranges, nil
	r.CountsLost, r.Uncommitted = t.dropped, t.uncommittedLocked()
	for _, tp := range slices.SortedFunc(maps.Keys(t.partitions), model.TopicPartition.Compare) {
		p := t.partitions[tp]
		r.Counts = append(r.Counts, model.LabCounts{TopicPartition: tp, Keys: len(p.counts), Records: p.records})
	}
}
