package cli

import (
	"context"
	"slices"
	"sync"
	"time"

	"regroup/model"
	"regroup/model/track"
)

// poller polls the cluster; see poll.Poller.
type poller interface {
	Run(ctx context.Context, emit func(*model.Snapshot))
	Focus(group string)
	Refresh()
}

// prober probes the states of the groups between polls.
type prober interface {
	Run(ctx context.Context, emit func(*model.StateProbe))
}

// tailReader reads __consumer_offsets, or emulates it.
type tailReader interface {
	Run(ctx context.Context, emit func(model.Observation))
	Focus(group string)
}

// sources are where the observations of a cluster come from.
type sources struct {
	poller poller
	prober prober     // nil: only polls see states
	tail   tailReader // nil: __consumer_offsets is not read
}

// session is one run of a screen or of `regroup watch`: sources send observations, one goroutine folds them, and outputs
// receive events and views. It is the screen's ui.Source.
type session struct {
	lagAlert     int64    // records; 0 is off
	recorder     recorder // nil: nothing is recorded
	outputs      []output
	observations chan model.Observation
	views        latestView // of the screen

	recordingLost bool // owned by fold

	mu      sync.Mutex
	sources sources // empty until they are open: the screen is drawn before the demo's cluster has started
	focus   string  // the last group that was asked for, also before there are sources
}

// newSession returns a session without a recorder and without outputs.
func newSession(lagAlert int64) *session {
	return &session{lagAlert: lagAlert, observations: make(chan model.Observation), views: make(latestView, 1)}
}

// run runs source and lead until lead ends, source fails, or ctx ends. source cleans up when its context ends; run waits
// for that, after lead has restored the terminal.
func (s *session) run(ctx context.Context, source, lead func(context.Context) error) error {
	ctx, goroutines := newErrorGroup(ctx)
	goroutines.Go("the source", func() error { return source(ctx) })
	goroutines.Go("the tracker", func() error { return s.fold(ctx, newTracker(s.lagAlert)) })
	return goroutines.Lead("the screen", func() error { return lead(ctx) })
}

// newTracker returns a tracker that reports groups whose lag is above lagAlert, in records; 0 is off.
func newTracker(lagAlert int64) *track.Tracker {
	tracker := track.NewTracker()
	tracker.LagAlert = lagAlert
	return tracker
}

// observe passes an observation to the fold, or drops it if the session has ended. Any goroutine may call it at any time.
func (s *session) observe(ctx context.Context, o model.Observation) {
	select {
	case s.observations <- o:
	case <-ctx.Done():
	}
}

// folder is a track.Tracker; tests have another one.
type folder interface {
	Observe(model.Observation) []model.Event
	View() *model.View
}

// viewEvery is the shortest interval between two views: a storm brings hundreds of observations a second.
const viewEvery = 10 * time.Millisecond

// fold folds observations until ctx ends: the goroutine that owns the tracker.
func (s *session) fold(ctx context.Context, tracker folder) error {
	defer close(s.views)
	wantsViews := slices.ContainsFunc(s.outputs, func(o output) bool { return o.view != nil })
	later := time.NewTimer(0) // for a view that was too soon after the last one
	defer later.Stop()
	due, last := false, time.Time{}
	for {
		select {
		case o := <-s.observations:
			s.apply(tracker, o)
			if due = wantsViews; time.Since(last) < viewEvery {
				later.Reset(viewEvery - time.Since(last))
				continue
			}
		case <-later.C:
		case <-ctx.Done():
			return nil
		}
		if due {
			s.emitView(tracker.View())
			due, last = false, time.Now()
		}
	}
}

// apply folds one observation.
func (s *session) apply(tracker folder, o model.Observation) {
	if s.recorder != nil {
		o = s.recorder.Record(o)
	}
	s.emitEvents(tracker.Observe(o))
	if s.recorder == nil || s.recordingLost {
		return
	}
	if err := s.recorder.Err(); err != nil {
		s.recordingLost = true // Record is still called: the tracker's times are those of the recording
		s.emitEvents(tracker.Observe(&model.RecordingLost{At: o.ObservedAt(), Reason: err.Error()}))
	}
}

func (s *session) emitEvents(events []model.Event) {
	for _, o := range s.outputs {
		if o.events != nil && len(events) > 0 {
			o.events(events)
		}
	}
}

func (s *session) emitView(view *model.View) {
	for _, o := range s.outputs {
		if o.view != nil {
			o.view(view)
		}
	}
}

// Views delivers the newest view; see ui.Source.
func (s *session) Views() <-chan *model.View { return s.views }

// Focus requests more frequent polls of a group, and its history; see ui.Source.
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

// Refresh requests a poll now; see ui.Source.
func (s *session) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sources.poller != nil {
		s.sources.poller.Refresh()
	}
}

// setSources sets the sources of Focus and Refresh.
func (s *session) setSources(from sources) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = from
	if s.focus != "" {
		from.focus(s.focus)
	}
}

// follow runs the sources until ctx ends or one of them panics. It ends with the poller: the others only add to what the
// poller observes.
func (s *session) follow(ctx context.Context, from sources) error {
	ctx, goroutines := newErrorGroup(ctx)
	s.setSources(from)
	defer s.setSources(sources{})
	if from.prober != nil {
		goroutines.Go("the state probes", func() error {
			from.prober.Run(ctx, func(p *model.StateProbe) { s.observe(ctx, p) })
			return nil
		})
	}
	if from.tail != nil {
		goroutines.Go("the tail of __consumer_offsets", func() error {
			from.tail.Run(ctx, func(o model.Observation) { s.observe(ctx, o) })
			return nil
		})
	}
	return goroutines.Lead("the poller", func() error {
		from.poller.Run(ctx, func(snapshot *model.Snapshot) { s.observe(ctx, snapshot) })
		return nil
	})
}
