package cli

import (
	"context"
	"errors"
	"sync"

	"regroup/model"
)

// poller is what a session needs of a kafka.Poller.
type poller interface {
	Run(ctx context.Context, emit func(*model.Snapshot))
	Focus(group string)
	Refresh()
}

// session is one run of a screen: sources hand it observations, one goroutine folds them, and the screen takes the
// newest view. It is the screen's Source.
type session struct {
	observations chan model.Observation
	views        chan *model.View

	mu     sync.Mutex
	poller poller // nil until there is one: the screen is up before the demo's cluster is
	focus  string // what was asked for before there was one
}

func newSession() *session {
	return &session{observations: make(chan model.Observation), views: make(chan *model.View, 1)}
}

// runSession runs source and screen beside each other until the screen ends, source fails, or ctx ends. source ends
// when its context does, after it has cleaned up; it is waited for, with the terminal already given back.
//
// A panic in any of the goroutines ends the others in the same orderly way and is returned as a *panicError.
func runSession(ctx context.Context, source, screen func(context.Context, *session) error) error {
	s := newSession()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var mu sync.Mutex
	var problems []error // in the order in which they came up; that the rest then ended is none
	run := func(where string, work func() error) {
		if err := unlessInterrupted(guarded(where, work)); err != nil {
			mu.Lock()
			problems = append(problems, err)
			mu.Unlock()
			cancel()
		}
	}
	var beside sync.WaitGroup
	beside.Go(func() { run("the source", func() error { return source(ctx, s) }) })
	beside.Go(func() { run("the tracker", func() error { return s.fold(ctx, model.NewTracker()) }) })
	run("the screen", func() error { return screen(ctx, s) })
	cancel()
	beside.Wait()
	return errors.Join(problems...)
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

// fold is the one goroutine that owns the tracker.
func (s *session) fold(ctx context.Context, tracker folder) error {
	defer close(s.views)
	for {
		select {
		case o := <-s.observations:
			tracker.Observe(o)
			s.publish(tracker.View())
		case <-ctx.Done():
			return nil
		}
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

// Focus asks that a group be looked at more often; see ui.Source.
func (s *session) Focus(group string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.focus = group
	if s.poller != nil {
		s.poller.Focus(group)
	}
}

// Refresh asks for a poll now; see ui.Source.
func (s *session) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poller != nil {
		s.poller.Refresh()
	}
}

// poll runs the poller until ctx ends.
func (s *session) poll(ctx context.Context, p poller) {
	s.mu.Lock()
	s.poller = p
	if s.focus != "" {
		p.Focus(s.focus)
	}
	s.mu.Unlock()

	p.Run(ctx, func(snapshot *model.Snapshot) { s.observe(ctx, snapshot) })

	s.mu.Lock()
	s.poller = nil
	s.mu.Unlock()
}
