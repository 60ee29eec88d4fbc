package events

import (
	"io"
	"sync"

	"regroup/model"
)

const (
	// queueKept is how many events wait for a slow reader before the oldest go.
	queueKept = 10_000
	// atOnce is how many lines are written at once at most: what waits should wait where it is counted.
	atOnce = 256
)

// Format appends the line of an event, or that of events that are missing; nothing where no line is due.
type Format struct {
	Event   func(b []byte, e *model.Event) []byte
	Dropped func(b []byte, count int) []byte
}

// JSON and Table are the formats that there are.
var (
	JSON  = Format{AppendJSON, AppendDroppedJSON}
	Table = Format{AppendRow, AppendDroppedRow}
)

// Queue stands between the tracker and a reader that may be slow or gone: Put never waits. When more events wait than
// it keeps, the oldest are dropped, and a line says how many.
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

// NewQueue writes to out what is put into it, as soon as Run runs.
func NewQueue(out io.Writer, format Format) *Queue {
	return &Queue{out: out, format: format, keep: queueKept, wake: make(chan struct{}, 1)}
}

// Put adds events; those that no line tells of are left out. It may be called by any goroutine.
func (q *Queue) Put(events []model.Event) {
	q.mu.Lock()
	for i := range events {
		if !Told(&events[i]) {
			continue
		}
		if len(q.waiting)-q.first >= q.keep {
			q.waiting[q.first] = model.Event{}
			q.first++
			q.dropped++
		}
		if q.first >= q.keep { // the room in front is as large as what is kept: move up, seldom
			q.waiting = append(q.waiting[:0], q.waiting[q.first:]...)
			q.first = 0
		}
		q.waiting = append(q.waiting, events[i])
	}
	q.mu.Unlock()
	q.signal()
}

// End says that nothing more is put into it; Run writes what waits and returns.
func (q *Queue) End() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.signal()
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // it has been told already
	}
}

// Run writes lines until End, or until writing fails. It returns only between two writes: a reader that does not read
// keeps it.
func (q *Queue) Run() error {
	var buffer []byte
	for {
		events, dropped, ended := q.take()
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

// take takes the oldest events out of the queue, and how many were dropped before them.
func (q *Queue) take() (events []model.Event, dropped int, ended bool) {
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
