package lab

import (
	"context"
	"sync"
	"time"

	"regroup/model"
)

const (
	// emitInterval is the least time between two snapshots, except for those that tell of an action.
	emitInterval = 100 * time.Millisecond
	// idleInterval is the most: rates go down, and ended children go, without anybody reporting.
	idleInterval = time.Second
	// EndedKept is how long a consumer that has ended stays in the snapshots.
	EndedKept = 30 * time.Second
	// rateWindow is the stretch of time over which a child's rate is taken.
	rateWindow = 3 * time.Second
)

// emitter hands out snapshots: at once for each action, else soon after something changed.
type emitter struct {
	look func(now time.Time) *model.LabSnapshot
	emit func(*model.LabSnapshot)
	wake chan struct{} // something changed

	mu      sync.Mutex
	actions []model.LabActionDone // carried out and not told yet
	act     chan struct{}
}

func newEmitter(look func(time.Time) *model.LabSnapshot, emit func(*model.LabSnapshot)) *emitter {
	return &emitter{look: look, emit: emit, wake: make(chan struct{}, 1), act: make(chan struct{}, 1)}
}

// changed says that there is something to tell. It does not block.
func (e *emitter) changed() { token(e.wake) }

// acted says that an action was carried out. It does not block.
func (e *emitter) acted(deed model.LabActionDone) {
	e.mu.Lock()
	e.actions = append(e.actions, deed)
	e.mu.Unlock()
	token(e.act)
}

// token leaves a token, if there is none.
func token(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (e *emitter) run(ctx context.Context) {
	idle := time.NewTicker(idleInterval)
	defer idle.Stop()
	wake := e.wake
	var rested <-chan time.Time // nil unless a snapshot was emitted a moment ago
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.act:
			e.tellActions()
			continue
		case <-rested:
			wake, rested = e.wake, nil
			continue
		case <-wake:
			wake, rested = nil, time.After(emitInterval)
		case <-idle.C:
		}
		e.emit(e.look(time.Now()))
	}
}

// tellActions emits a snapshot for each action.
func (e *emitter) tellActions() {
	e.mu.Lock()
	actions := e.actions
	e.actions = nil
	e.mu.Unlock()
	for _, deed := range actions {
		s := e.look(time.Now())
		s.Acted = deed
		e.emit(s)
	}
}

// snapshot is what the children are doing.
func (l *Lab) snapshot(now time.Time) *model.LabSnapshot {
	l.mu.Lock()
	consumers := append([]*child(nil), l.consumers...)
	producers := append([]*child(nil), l.producers...)
	l.mu.Unlock()
	s := &model.LabSnapshot{At: now, Lacks: lacks()}
	for _, c := range consumers {
		if seen, kept := c.seenAsConsumer(now); kept {
			s.Consumers = append(s.Consumers, seen)
		}
	}
	for _, p := range producers {
		s.Producers = append(s.Producers, p.seenAsProducer(now))
	}
	return s
}

// seenAsConsumer is the child in a snapshot; kept is false once it has been gone for long enough.
func (c *child) seenAsConsumer(now time.Time) (seen model.LabConsumer, kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended && now.Sub(c.endedAt) > EndedKept {
		return model.LabConsumer{}, false
	}
	config := c.config.Consumer
	seen = model.LabConsumer{
		Name: c.name, Group: config.Group, PID: c.process.pid(), State: c.state(), MemberID: c.last.MemberID,
		Processed: c.last.Count, ProcessingTime: config.Settings.ProcessingTime,
		LastRecord: c.last.LastRecord, Note: c.last.Note, Settings: config.Settings,
		Since: c.since, CountsLost: c.last.CountsLost, Uncommitted: c.last.Uncommitted, ReadAgain: c.again,
	}
	if config.Settings.GroupProtocol == model.ProtocolConsumer {
		var about string
		seen.Settings.SessionTimeout, seen.Settings.HeartbeatInterval, about = c.group.times()
		seen.Note = orDefault(seen.Note, about)
	}
	if c.last.State != "" {
		seen.ProcessingTime = c.last.ProcessingTime
	}
	if c.ended {
		seen.Note = c.note
		for _, counts := range c.last.Counts {
			seen.CountsLost += counts.Records // they were in its memory
		}
		return seen, true
	}
	seen.Owns, seen.Counts = c.last.Owns, c.last.Counts
	seen.Rate, seen.Fetches = c.rate.rate(now), c.fetches.rate(now)
	seen.Latency = c.latency(now)
	return seen, true
}

// latency is the mean over the records that were begun within the window; mu is held.
func (c *child) latency(now time.Time) model.Maybe[time.Duration] {
	begun, waited := c.begun.rate(now), c.waited.rate(now) // both of the same moments
	if begun.Or(0) <= 0 {
		return model.None[time.Duration]()
	}
	return model.Some(time.Duration(waited.Or(0) / begun.Or(0)))
}

func (c *child) seenAsProducer(now time.Time) model.LabProducer {
	c.mu.Lock()
	defer c.mu.Unlock()
	config := c.config.Producer
	seen := model.LabProducer{
		Topic: config.Topic, PID: c.process.pid(), State: c.state(),
		Wanted: config.Rate, Produced: c.last.Count, Note: c.last.Note,
	}
	if c.last.State != "" {
		seen.Wanted = c.last.Rate
	}
	if c.ended {
		seen.Note = c.note
		return seen
	}
	seen.Rate = c.rate.rate(now)
	return seen
}

// rateMeter takes a rate from counts at moments. The zero value has seen nothing.
type rateMeter struct{ samples []countSample }

type countSample struct {
	at    time.Time
	count int64
}

func (m *rateMeter) add(at time.Time, count int64) {
	m.samples = append(m.samples, countSample{at, count})
	// One sample from before the window is kept: the window is to be covered whole.
	for len(m.samples) > 2 && at.Sub(m.samples[1].at) >= rateWindow {
		m.samples = m.samples[1:]
	}
}

// rate is the records a second over the last rateWindow, unknown before there is a second of it. Who does not report, as
// one that is paused, is taken to have done nothing since.
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
