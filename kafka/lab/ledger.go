package lab

import (
	"maps"
	"slices"
	"sync"

	"regroup/model"
)

// ledger is what a consumer keeps of the partitions that it owns: how far it has processed and committed each, and its
// counts by key, the state that lives with a partition.
type ledger struct {
	mu        sync.Mutex
	accounts  map[model.TopicPartition]*account
	lost      int64     // records whose counts were thrown away
	stretches []stretch // what was processed and not reported yet
}

// account is the ledger's page for one partition.
type account struct {
	assigned bool // and nothing was read since: the first record says where the group's commit is
	read     bool // something was processed: the offsets mean something
	// Offsets to go on from, in the sense of a commit.
	next, marked, committed int64
	confirmed               int64 // what was committed before that
	counts                  map[string]int64
	records                 int64
}

// stretch is records of a partition that were processed one after the other: From, and those up to Next.
type stretch struct {
	model.TopicPartition
	From int64 `json:"from"`
	Next int64 `json:"next"`
}

func newLedger() *ledger { return &ledger{accounts: map[model.TopicPartition]*account{}} }

// gained opens accounts for partitions that were assigned. One that the member had before goes on with its counts.
func (l *ledger) gained(partitions ...model.TopicPartition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, tp := range partitions {
		if l.accounts[tp] == nil {
			l.accounts[tp] = &account{counts: map[string]int64{}}
		}
		l.accounts[tp].assigned = true
	}
}

// keepOnly throws away what is kept for partitions that went to others.
func (l *ledger) keepOnly(owned []model.TopicPartition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for tp, a := range l.accounts {
		if !slices.Contains(owned, tp) {
			l.lost += a.records
			delete(l.accounts, tp)
		}
	}
}

// dropped throws away what is kept for these partitions.
func (l *ledger) dropped(partitions ...model.TopicPartition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, tp := range partitions {
		if a := l.accounts[tp]; a != nil {
			l.lost += a.records
			delete(l.accounts, tp)
		}
	}
}

// processed notes a record. One of a partition that is owned no more, as an expelled consumer's, is not counted by key.
func (l *ledger) processed(r record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.extend(r)
	a := l.accounts[r.TopicPartition]
	if a == nil {
		return
	}
	if a.assigned {
		a.assigned, a.read = false, true
		a.marked, a.committed, a.confirmed = r.offset, r.offset, r.offset
	}
	a.next = r.offset + 1
	a.counts[string(r.key)]++
	a.records++
}

// extend adds a record to the stretches; mu is held.
func (l *ledger) extend(r record) {
	for i := range slices.Backward(l.stretches) {
		if s := &l.stretches[i]; s.TopicPartition == r.TopicPartition {
			if s.Next == r.offset {
				s.Next++
				return
			}
			break
		}
	}
	l.stretches = append(l.stretches, stretch{r.TopicPartition, r.offset, r.offset + 1})
}

// mark says that these records may be committed.
func (l *ledger) mark(records []record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range records {
		if a := l.accounts[r.TopicPartition]; a != nil {
			a.marked = max(a.marked, r.offset+1)
		}
	}
}

// due is what may be committed and is not.
func (l *ledger) due() map[model.TopicPartition]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := map[model.TopicPartition]int64{}
	for tp, a := range l.accounts {
		if a.marked > a.committed {
			due[tp] = a.marked
		}
	}
	return due
}

// committed notes what was committed.
func (l *ledger) committed(offsets map[model.TopicPartition]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for tp, offset := range offsets {
		if a := l.accounts[tp]; a != nil && offset > a.committed {
			a.confirmed, a.committed = a.committed, offset
		}
	}
}

// refused takes back the last commit of a partition: the client was told afterwards that it failed.
func (l *ledger) refused(tp model.TopicPartition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.accounts[tp]; a != nil {
		a.committed = a.confirmed
	}
}

// uncommitted is the records that were processed and are not committed.
func (l *ledger) uncommitted() model.Maybe[int64] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open()
}

// open is uncommitted; mu is held.
func (l *ledger) open() model.Maybe[int64] {
	if len(l.accounts) == 0 {
		return model.None[int64]()
	}
	var open int64
	for _, a := range l.accounts {
		if a.read {
			open += max(0, a.next-a.committed)
		}
	}
	return model.Some(open)
}

// tell writes the ledger into a report. Stretches are told once.
func (l *ledger) tell(r *report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Stretches, l.stretches = l.stretches, nil
	r.CountsLost, r.Uncommitted = l.lost, l.open()
	for _, tp := range slices.SortedFunc(maps.Keys(l.accounts), model.TopicPartition.Compare) {
		a := l.accounts[tp]
		r.Counts = append(r.Counts, model.LabCounts{TopicPartition: tp, Keys: len(a.counts), Records: a.records})
	}
}
