package lab

import (
	"context"
	"sync"
	"time"

	"regroup/model"
)

const (
	// emitInterval is the least time between two snapshots, except for those of actions.
	emitInterval = 100 * time.Millisecond
	// idleInterval is the most: rates fall, and ended children disappear, without a report.
	idleInterval = time.Second
	// EndedKept is how long a consumer that has ended stays in the snapshots.
	EndedKept = 30 * time.Second
	// rateWindow is the time over which a child's rates are measured.
	rateWindow = 3 * time.Second
)

// emitter emits snapshots: at once for each action, else soon after a change.
type emitter struct {
	snapshot func(now time.Time) *model.LabSnapshot
	emit     func(*model.LabSnapshot)
	wake     chan struct{} // something changed

	mu      sync.Mutex
	actions []model.LabActionDone // carried out and not emitted yet
	act     chan struct{}
}

func newEmitter(snapshot func(time.Time) *model.LabSnapshot, emit func(*model.LabSnapshot)) *emitter {
	return &emitter{snapshot: snapshot, emit: emit, wake: make(chan struct{}, 1), act: make(chan struct{}, 1)}
}

// changed asks for a snapshot. It does not block.
func (e *emitter) changed() { notify(e.wake) }

// acted asks for a snapshot of an action that was carried out. It does not block.
func (e *emitter) acted(action model.LabActionDone) {
	e.mu.Lock()
	e.actions = append(e.actions, action)
	e.mu.Unlock()
	notify(e.act)
}

// notify puts a token into a channel that has room for one, if there is none.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (e *emitter) run(ctx context.Context) {
	idle := time.NewTicker(idleInterval)
	defer idle.Stop()
	wake := e.wake
	var paused <-chan time.Time // until changes are looked at again; nil if they are
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.act:
			e.emitActions()
			continue
		case <-paused:
			wake, paused = e.wake, nil
			continue
		case <-wake:
			wake, paused = nil, time.After(emitInterval)
		case <-idle.C:
		}
		e.emit(e.snapshot(time.Now()))
	}
}

// emitActions emits a snapshot for each action.
func (e *emitter) emitActions() {
	e.mu.Lock()
	actions := e.actions
	e.actions = nil
	e.mu.Unlock()
	for _, action := range actions {
		s := e.snapshot(time.Now())
		s.Acted = action
		e.emit(s)
	}
}

// snapshot is the state of the children.
func (l *Lab) snapshot(now time.Time) *model.LabSnapshot {
	l.mu.Lock()
	consumers := append([]*child(nil), l.consumers...)
	producers := append([]*child(nil), l.producers...)
	l.mu.Unlock()
	s := &model.LabSnapshot{At: now, Lacks: lacks()}
	for _, c := range consumers {
		if consumer, kept := c.consumerSnapshot(now); kept {
			s.Consumers = append(s.Consumers, consumer)
		}
	}
	for _, p := range producers {
		s.Producers = append(s.Producers, p.producerSnapshot(now))
	}
	return s
}

// consumerSnapshot is the child in a snapshot; kept is false once it ended more than [EndedKept] ago.
func (c *child) consumerSnapshot(now time.Time) (s model.LabConsumer, kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended && now.Sub(c.endedAt) > EndedKept {
		return model.LabConsumer{}, false
	}
	config := c.config.Consumer
	s = model.LabConsumer{
		Name: c.name, Group: config.Group, PID: c.process.pid(), State: c.state(), MemberID: c.last.MemberID,
		Processed: c.last.Count, ProcessingTime: config.Settings.ProcessingTime,
		LastRecord: c.last.LastRecord, Note: c.last.Note, Settings: config.Settings,
		Since: c.since, CountsLost: c.last.CountsLost, Uncommitted: c.last.Uncommitted, ReadAgain: c.reprocessed,
	}
	if config.Settings.GroupProtocol == model.ProtocolConsumer {
		var note string
		s.Settings.SessionTimeout, s.Settings.HeartbeatInterval, note = c.group.times()
		s.Note = orDefault(s.Note, note)
	}
	if c.last.State != "" {
		s.ProcessingTime = c.last.ProcessingTime
	}
	if c.ended {
		s.Note = c.note
		for _, counts := range c.last.Counts {
			s.CountsLost += counts.Records // they were in its memory
		}
		return s, true
	}
	s.Owns, s.Counts = c.last.Owns, c.last.Counts
	s.Rate, s.Fetches = c.rate.rate(now), c.fetches.rate(now)
	s.Latency = c.latency(now)
	return s, true
}

// latency is the mean age of the records whose processing started within the window; mu is held.
func (c *child) latency(now time.Time) model.Maybe[time.Duration] {
	started, age := c.started.rate(now), c.age.rate(now) // both over the same window
	if started.Or(0) <= 0 {
		return model.None[time.Duration]()
	}
	return model.Some(time.Duration(age.Or(0) / started.Or(0)))
}

func (c *child) producerSnapshot(now time.Time) model.LabProducer {
	c.mu.Lock()
	defer c.mu.Unlock()
	config := c.config.Producer
	s := model.LabProducer{
		Topic: config.Topic, PID: c.process.pid(), State: c.state(),
		Wanted: config.Rate, Produced: c.last.Count, Note: c.last.Note,
	}
	if c.last.State != "" {
		s.Wanted = c.last.Rate
	}
	if c.ended {
		s.Note = c.note
		return s
	}
	s.Rate = c.rate.rate(now)
	return s
}

// rateMeter measures a rate from counts at points in time. The zero value has no samples.
type rateMeter struct{ samples []countSample }

type countSample struct {
	at    time.Time
	count int64
}

func (m *rateMeter) add(at time.Time, count int64) {
	m.samples = append(m.samples, countSample{at, count})
	// One sample from before the window is kept, so that the whole window is covered.
	for len(m.samples) > 2 && at.Sub(m.samples[1].at) >= rateWindow {
		m.samples = m.samples[1:]
	}
}

// rate is the rate per second over the last rateWindow, unknown before a second is covered. A child that does not report, as a
// paused one, is taken to have done nothing since.
func (m *rateMeter) rate(now time.Time) model.Maybe[float64] {
	if len(m.samples) == 0 {
		return model.None[float64]()
	}
	if last := m.samples[len(m.samples)-1]; now.Sub(last.at) > 4*reportInterval {
		m.add(now, last.count)
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	elapsed := last.at.Sub(first.at)
	if elapsed < time.Second {
		return model.None[float64]()
	}
	return model.Some(float64(last.count-first.count) / elapsed.Seconds())
}
