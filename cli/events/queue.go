package events

import (
	"io"
	"sync"

	"regroup/model"
)

const (
	// queueKept is how many events wait for a slow reader before the oldest are dropped.
	queueKept = 10_000
	// atOnce is the most lines in one write: events should wait in the queue, where they are counted.
	atOnce = 256
)

// Format appends the line of an event (nothing if it has none), or the line about dropped events.
type Format struct {
	Event   func(b []byte, e *model.Event) []byte
	Dropped func(b []byte, count int) []byte
}

// The formats.
var (
	JSON  = Format{AppendJSON, AppendDroppedJSON}
	Table = Format{AppendRow, AppendDroppedRow}
)

// Queue decouples the tracker from a reader that may be slow or gone: Put never waits. If too many events are waiting, the
// oldest are dropped and a line reports their number.
type Queue struct {
	out    io.Writer
	format Format
	keep   int

	mu      sync.Mutex
	waiting []model.Event // ring of the newest; begins at first
	first   int
	dropped int
	ended   bool
	wake    chan struct{}
}

// NewQueue returns a queue whose Run writes to out.
func NewQueue(out io.Writer, format Format) *Queue {
	return &Queue{out: out, format: format, keep: queueKept, wake: make(chan struct{}, 1)}
}

// Put adds the events that have a line. Any goroutine may call it.
func (q *Queue) Put(events []model.Event) {
	q.mu.Lock()
	for i := range events {
		if !HasLine(&events[i]) {
			continue
		}
		if len(q.waiting)-q.first >= q.keep {
			q.waiting[q.first] = model.Event{}
			q.first++
			q.dropped++
		}
		if q.first >= q.keep { // half of the slice is unused: compact it
			q.waiting = append(q.waiting[:0], q.waiting[q.first:]...)
			q.first = 0
		}
		q.waiting = append(q.waiting, events[i])
	}
	q.mu.Unlock()
	q.signal()
}

// End makes Run return when it has written the waiting events. Nothing may be put after it.
func (q *Queue) End() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.signal()
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // already awake
	}
}

// Run writes lines until End or an error. A reader that does not read blocks it.
func (q *Queue) Run() error {
	var buffer []byte
	for {
		events, dropped, ended := q.remove()
		if len(events) == 0 && dropped == 0 {
			if ended {
				return nil
			}
			<-q.wake
			continue
		}
		buffer = buffer[:0]
		if dropped > 0 {
			buffer = q.format.Dropped(buffer, dropped)
		}
		for i := range events {
			buffer = q.format.Event(buffer, &events[i])
		}
		if _, err := q.out.Write(buffer); err != nil {
			return err
		}
	}
}

// remove removes the oldest events, and the number of events that were dropped before them.
func (q *Queue) remove() (events []model.Event, dropped int, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(atOnce, len(q.waiting)-q.first)
	events = append(events, q.waiting[q.first:q.first+n]...)
	clear(q.waiting[q.first : q.first+n])
	q.first += n
	if q.first == len(q.waiting) {
		q.waiting, q.first = q.waiting[:0], 0
	}
	dropped, q.dropped = q.dropped, 0
	return events, dropped, q.ended
}
