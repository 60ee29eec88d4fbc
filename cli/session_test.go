package cli

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"regroup/model"
	"regroup/model/track"
)

// countingFolder is a tracker whose views hold the number of observations.
type countingFolder struct{ observed int }

func (f *countingFolder) Observe(model.Observation) []model.Event { f.observed++; return nil }
func (f *countingFolder) View() *model.View                       { return &model.View{Requests: f.observed} }

// A slow screen skips views: it gets the newest, and the source never waits for it.
func TestViewsAreNewestWins(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := newSession(0)
	s.add(s.screen())
	done := make(chan error)
	go func() { done <- s.fold(ctx, &countingFolder{}) }()

	const observations = 1000
	for range observations {
		s.observe(ctx, &model.Snapshot{}) // nobody reads the views meanwhile
	}
	// The send above returns when the fold has taken the observation, which is before it has published its view.
	var view *model.View
	for view == nil || view.Requests < observations {
		view = <-s.Views()
	}
	if view.Requests != observations {
		t.Errorf("the newest view holds %d observations, want %d", view.Requests, observations)
	}

	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, open := <-s.Views(); open {
		t.Error("the views are not closed at the end")
	}
	s.observe(ctx, &model.Snapshot{}) // a late source must not hang
}

// fakeRecorder fails after some observations.
type fakeRecorder struct {
	observations []model.Observation
	failAfter    int // 0 is never
}

func (r *fakeRecorder) Record(o model.Observation) model.Observation {
	r.observations = append(r.observations, o)
	return o
}

func (r *fakeRecorder) Err() error {
	if r.failAfter == 0 || len(r.observations) < r.failAfter {
		return nil
	}
	return errors.New("write monday.regroup: no space left on device")
}

func (r *fakeRecorder) Now() time.Time { return time.Now() }

// A full disk is reported at once, once, and the session continues.
func TestSessionReportsThatTheRecordingFailed(t *testing.T) {
	var events []model.Event
	recorder := &fakeRecorder{failAfter: 2}
	s := newSession(0)
	s.recorder = recorder
	s.add(output{events: func(e []model.Event) { events = append(events, e...) }})
	tracker := track.NewTracker()
	for second := range 4 {
		s.apply(tracker, &model.Snapshot{At: time.Unix(int64(second), 0)})
	}
	const why = "write monday.regroup: no space left on device"
	if kept := len(recorder.observations); kept != 4 || tracker.View().RecordingLost != why || !tracker.View().At.Equal(time.Unix(3, 0)) {
		t.Errorf("%d observations have times of the recording, the view of %s says %q", kept, tracker.View().At, tracker.View().RecordingLost)
	}
	if len(events) != 1 || events[0].Kind != model.SourceLost || events[0].Detail != "recording stopped: "+why {
		t.Errorf("the events were %+v", events)
	}
}

// fakePoller emits one snapshot and then waits for the end.
type fakePoller struct {
	focus     atomic.Value
	refreshed atomic.Int32
	ended     atomic.Bool
}

func (p *fakePoller) Run(ctx context.Context, emit func(*model.Snapshot)) {
	emit(&model.Snapshot{At: time.Unix(1, 0)})
	<-ctx.Done()
	emit(&model.Snapshot{At: time.Unix(2, 0)}) // too late: dropped
	p.ended.Store(true)
}
func (p *fakePoller) Focus(group string) { p.focus.Store(group) }
func (p *fakePoller) Refresh()           { p.refreshed.Add(1) }

func TestSessionEndsWithTheScreen(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := &fakePoller{}
	cleaned := false
	s := newSession(0)
	s.add(s.screen())
	err := s.run(t.Context(),
		func(ctx context.Context) error {
			err := s.follow(ctx, sources{poller: p})
			cleaned = true
			return err
		},
		func(context.Context) error {
			<-s.Views()
			s.Refresh()
			s.Focus("1consumer")
			return nil
		})
	if err != nil || !cleaned || !p.ended.Load() {
		t.Errorf("error %v, cleaned up %t, poller ended %t", err, cleaned, p.ended.Load())
	}
	if p.focus.Load() != "1consumer" || p.refreshed.Load() != 1 {
		t.Errorf("focus %v, refreshed %d", p.focus.Load(), p.refreshed.Load())
	}
}

func TestFocusIsKeptForAPollerThatComesLater(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := &fakePoller{}
	focused := make(chan struct{})
	s := newSession(0)
	s.add(s.screen())
	err := s.run(t.Context(),
		func(ctx context.Context) error {
			<-focused
			return s.follow(ctx, sources{poller: p})
		},
		func(context.Context) error {
			s.Focus("early")
			s.Refresh() // nobody to ask: nothing happens
			close(focused)
			<-s.Views()
			return nil
		})
	if err != nil || p.focus.Load() != "early" {
		t.Errorf("error %v, focus %v", err, p.focus.Load())
	}
}

// After a failure or panic of one part the others end, in order, and the error names the first.
func TestSessionFailures(t *testing.T) {
	failure := errors.New("no cluster")
	untilEnd := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	panics := func(context.Context) error { panic("broken") }
	fails := func(context.Context) error { return failure }
	ends := func(context.Context) error { return nil }
	cases := []struct {
		why            string
		source, screen func(context.Context) error
		want           string // "" is no error
	}{
		{"the screen ends", untilEnd, ends, ""},
		{"the source fails: the screen must not stay", fails, untilEnd, "no cluster"},
		{"the source panics", panics, untilEnd, "panic in the source: broken"},
		{"the screen fails", untilEnd, fails, "no cluster"},
		{"the screen panics", untilEnd, panics, "panic in the screen: broken"},
		{"the source ends early without an error: the screen stays until it ends", ends, ends, ""},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			err := newSession(0).run(t.Context(), c.source, c.screen)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			var panicked *panicError
			if errors.As(err, &panicked) && !strings.Contains(string(panicked.stack), "session_test.go") {
				t.Errorf("the stack does not show where it panicked:\n%s", panicked.stack)
			}
		})
	}
}

func TestSessionEndsWithItsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	untilEnd := func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	if err := newSession(0).run(ctx, untilEnd, untilEnd); err != nil {
		t.Errorf("a canceled context is no error: %v", err)
	}
}
