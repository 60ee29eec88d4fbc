package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"regroup/model"
)

// poller is what a session needs of a poll.Poller.
type poller interface {
	Run(ctx context.Context, emit func(*model.Snapshot))
	Focus(group string)
	Refresh()
}

// prober watches the groups' states between the polls.
type prober interface {
	Run(ctx context.Context, emit func(*model.Pulse))
}

// tailReader reads __consumer_offsets, or replaces it.
type tailReader interface {
	Run(ctx context.Context, emit func(model.Observation))
	Focus(group string)
}

// sources are what a session looks at a cluster with.
type sources struct {
	poller poller
	prober prober     // nil: states are seen by the polls only
	tail   tailReader // nil: __consumer_offsets is not read
}

// tap is where a session's observations and events can be had beside the views.
type tap struct {
	// record keeps an observation, and returns it as it is kept, for the tracker to take in; nil keeps nothing.
	record func(model.Observation) model.Observation
	// unrecorded is why nothing is kept any more; nil while it is. It is nil itself where nothing is to be kept.
	unrecorded func() error
	// now is the clock of what is kept, for whoever compares with it; nil is the machine's.
	now func() time.Time
	// happened takes in the events of one observation; nil is nobody. It must not wait for anything.
	happened func([]model.Event)
	// seen takes in every view; nil is nobody. It must not wait for anything.
	seen     func(*model.View)
	viewless bool // nobody wants views
	// lagAlert is the lag of a group, in records, from which on events tell of it; 0 is never.
	lagAlert int64
}

// session is one run of a screen or an output: sources hand it observations, one goroutine folds them, and the screen
// takes the newest view. It is the screen's Source.
type session struct {
	tap          tap
	observations chan model.Observation
	views        chan *model.View

	mu      sync.Mutex
	sources sources // empty until there are some: the screen is up before the demo's cluster is
	focus   string  // what was asked for, also before there were any
}

func newSession(t tap) *session {
	return &session{tap: t, observations: make(chan model.Observation), views: make(chan *model.View, 1)}
}

// runSession runs source and screen beside each other until the screen ends, source fails, or ctx ends. source ends
// when its context does, after it has cleaned up; it is waited for, with the terminal already given back.
//
// A panic in any of the goroutines ends the others in the same orderly way and is returned as a *panicError.
func runSession(ctx context.Context, t tap, source, screen func(context.Context, *session) error) error {
	s := newSession(t)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	problems := &problems{cancel: cancel}
	var beside sync.WaitGroup
	beside.Go(func() { problems.run("the source", func() error { return source(ctx, s) }) })
	beside.Go(func() { problems.run("the tracker", func() error { return s.fold(ctx, t.newTracker()) }) })
	problems.run("the screen", func() error { return screen(ctx, s) })
	cancel()
	beside.Wait()
	return problems.all()
}

// runBeside runs work and lead beside each other until lead ends, work fails, or ctx ends.
func runBeside(ctx context.Context, work string, doWork func(context.Context) error, lead string, doLead func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	problems := &problems{cancel: cancel}
	var beside sync.WaitGroup
	beside.Go(func() { problems.run(work, func() error { return doWork(ctx) }) })
	problems.run(lead, func() error { return doLead(ctx) })
	cancel()
	beside.Wait()
	return problems.all()
}

// problems are those of goroutines that run beside each other: the first ends all of them.
type problems struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	errs   []error // in the order in which they came up; that the rest then ended is none
}

// run does work in the calling goroutine. Its panic is a problem too.
func (p *problems) run(where string, work func() error) {
	if err := unlessInterrupted(guarded(where, work)); err != nil {
		p.mu.Lock()
		p.errs = append(p.errs, err)
		p.mu.Unlock()
		p.cancel()
	}
}

// keep does work in the calling goroutine; what goes wrong with it is told in the end, and ends nothing.
func (p *problems) keep(where string, work func() error) {
	if err := unlessInterrupted(guarded(where, work)); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.errs = append(p.errs, err)
	}
}

func (p *problems) all() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(p.errs...)
}

// observe hands an observation to the fold, or drops it if the session is over. It may be called by any goroutine, also
// after the session has ended.
func (s *session) observe(ctx context.Context, o model.Observation) {
	select {
	case s.observations <- o:
	case <-ctx.Done():
	}
}

// folder is what a session needs of a model.Tracker.
type folder interface {
	Observe(model.Observation) []model.Event
	View() *model.View
}

// viewEvery is the pace of views at most: a storm brings hundreds of observations a second, and nobody sees as many frames.
const viewEvery = 10 * time.Millisecond

// fold is the one goroutine that owns the tracker.
func (s *session) fold(ctx context.Context, tracker folder) error {
	defer close(s.views)
	later := time.NewTimer(0) // for the newest view of those that came too fast
	defer later.Stop()
	due, made := false, time.Time{}
	for {
		select {
		case o := <-s.observations:
			s.take(tracker, o)
			if due = true; time.Since(made) < viewEvery {
				later.Reset(viewEvery - time.Since(made))
				continue
			}
		case <-later.C:
		case <-ctx.Done():
			return nil
		}
		if due && !s.tap.viewless {
			view := tracker.View()
			s.publish(view)
			if s.tap.seen != nil {
				s.tap.seen(view)
			}
			due, made = false, time.Now()
		}
	}
}

// take folds one observation.
func (s *session) take(tracker folder, o model.Observation) {
	if s.tap.record != nil {
		o = s.tap.record(o)
	}
	events := tracker.Observe(o)
	if s.tap.unrecorded != nil {
		if err := s.tap.unrecorded(); err != nil {
			s.tap.unrecorded = nil // record goes on: the tracker's moments are those of the recording
			events = append(events, tracker.Observe(&model.RecordingLost{At: o.ObservedAt(), Reason: err.Error()})...)
		}
	}
	if s.tap.happened != nil && len(events) > 0 {
		s.tap.happened(events)
	}
}

// publish puts the view where the screen will find it, in place of one that it has not taken yet. Only fold calls it:
// with one sender, at most one view can be in the way.
func (s *session) publish(view *model.View) {
	select {
	case <-s.views:
	default:
	}
	s.views <- view
}

// Views delivers the newest view; see ui.Source.
func (s *session) Views() <-chan *model.View { return s.views }

// Focus asks that a group be looked at more often, and for its history; see ui.Source.
func (s *session) Focus(group string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.focus = group
	s.sources.focus(group)
}

func (f sources) focus(group string) {
	if f.poller != nil {
		f.poller.Focus(group)
	}
	if f.tail != nil {
		f.tail.Focus(group)
	}
}

// Refresh asks for a poll now; see ui.Source.
func (s *session) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sources.poller != nil {
		s.sources.poller.Refresh()
	}
}

// setSources makes sources those that Focus and Refresh ask.
func (s *session) setSources(from sources) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = from
	if s.focus != "" {
		from.focus(s.focus)
	}
}

// follow runs the sources beside each other until ctx ends, or one of them panics. The poller alone decides how long
// that is: the others only add to what it sees.
func (s *session) follow(ctx context.Context, from sources) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.setSources(from)
	defer s.setSources(sources{})

	problems := &problems{cancel: cancel}
	var beside sync.WaitGroup
	if from.prober != nil {
		beside.Go(func() {
			problems.run("the looks at the states", func() error {
				from.prober.Run(ctx, func(p *model.Pulse) { s.observe(ctx, p) })
				return nil
			})
		})
	}
	if from.tail != nil {
		beside.Go(func() {
			problems.run("the reading of __consumer_offsets", func() error {
				from.tail.Run(ctx, func(o model.Observation) { s.observe(ctx, o) })
				return nil
			})
		})
	}
	problems.run("the poller", func() error {
		from.poller.Run(ctx, func(snapshot *model.Snapshot) { s.observe(ctx, snapshot) })
		return nil
	})
	cancel()
	beside.Wait()
	return problems.all()
}
