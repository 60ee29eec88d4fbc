// Package tour teaches the rules of consumer groups: it plays scenes in the lab, step by step, and verifies the claims of
// each step with the views that the screen draws.
package tour

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"regroup/kafka/lab"
	"regroup/model"
	"regroup/model/nearest"
)

// Stage is the demo on which the tour plays.
type Stage interface {
	// Begin ends the current scene and begins another one; it returns when the consumers have been started.
	Begin(ctx context.Context, scene lab.Scene) (Beginning, error)
	// Do performs an action of the lab.
	Do(ctx context.Context, action model.LabAction) error
	// Observe passes the status of the tour to the tracker.
	Observe(ctx context.Context, o model.Observation)
}

// Beginning is the beginning of a scene.
type Beginning struct {
	At     time.Time // earlier views show another scene
	Prefix string    // of the names of its topics and groups
}

// Options are options of the tour.
type Options struct {
	Auto  bool          // continue by itself
	Dwell time.Duration // with Auto: how long a step stays after it was verified
	// Pace multiplies the consumers' timeouts: 0.5 halves them. 0 is 1.
	Pace float64
	// Limit is the time after which a phase fails; 0 is [DefaultLimit].
	Limit time.Duration
}

const (
	// DefaultDwell is long enough to read a caption.
	DefaultDwell = 6 * time.Second
	// DefaultLimit is a multiple of the time of the slowest phase.
	DefaultLimit = 45 * time.Second

	checkEvery = 100 * time.Millisecond // without new views
)

// Guide runs the tour. Its methods are safe for concurrent use; only Run blocks.
type Guide struct {
	options Options
	steps   []Step
	views   chan *model.View
	stage   Stage            // owned by Run
	status  model.TourStatus // the last one that was passed on; owned by Run

	mu        sync.Mutex
	at        int // the last requested step; -1 if there is none
	request   *request
	requested chan struct{}
	cancel    context.CancelFunc // ends the current step
}

type request struct {
	step  int  // -1 ends the tour
	fresh bool // begin the scene again
}

// New returns a guide that waits for [Guide.Go] or [Guide.Next].
func New(options Options) *Guide {
	if options.Pace == 0 {
		options.Pace = 1
	}
	if options.Limit == 0 {
		options.Limit = DefaultLimit
	}
	return &Guide{options: options, steps: Steps(), at: -1, views: make(chan *model.View, 1), requested: make(chan struct{}, 1)}
}

// Update sets the newest view. It must be called by one goroutine at a time.
func (g *Guide) Update(v *model.View) {
	select {
	case <-g.views:
	default:
	}
	g.views <- v
}

// Names are the names of the steps in their order.
func (g *Guide) Names() []string { return names(g.steps) }

func names(steps []Step) []string {
	var all []string
	for i := range steps {
		all = append(all, steps[i].Name)
	}
	return all
}

// Next opens the next step, if there is one.
func (g *Guide) Next() { g.move(1) }

// Back opens the previous step, if there is one, and begins its scene again.
func (g *Guide) Back() { g.move(-1) }

func (g *Guide) move(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if to := g.at + by; to >= 0 && to < len(g.steps) {
		g.set(request{step: to, fresh: by < 0})
	}
}

// advance opens the step after from, unless another one was requested meanwhile.
func (g *Guide) advance(from int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at == from && from+1 < len(g.steps) {
		g.set(request{step: from + 1})
	}
}

// Go opens the step with this name; "" is the first one.
func (g *Guide) Go(name string) error {
	i := slices.IndexFunc(g.steps, func(s Step) bool { return s.Name == name })
	if name == "" {
		i = 0
	}
	if i < 0 {
		return fmt.Errorf("the tour has no step %q; its steps are %s%s", name, strings.Join(g.Names(), ", "), nearest.DidYouMean(name, g.Names()))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.set(request{step: i, fresh: true})
	return nil
}

// End ends the tour. The lab keeps running.
func (g *Guide) End() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at >= 0 {
		g.set(request{step: -1})
	}
}

// set replaces the pending request; mu is held.
func (g *Guide) set(r request) {
	if g.request != nil && g.request.fresh && r.step >= 0 {
		r.fresh = true // the pending request never began its scene
	}
	g.at, g.request = r.step, &r
	if g.cancel != nil {
		g.cancel()
	}
	select {
	case g.requested <- struct{}{}:
	default:
	}
}

// Run runs the tour on a stage until ctx ends.
func (g *Guide) Run(ctx context.Context, on Stage) error {
	g.stage = on
	var scene *playing // the current one; nil if there is none of the tour
	for {
		r, stepCtx, cancel, ok := g.next(ctx)
		if !ok {
			return nil
		}
		if r.step < 0 {
			scene = nil
			g.report(ctx, model.TourStatus{})
		} else {
			scene = g.play(stepCtx, r, scene)
		}
		cancel()
	}
}

// next waits for a request.
func (g *Guide) next(ctx context.Context) (r request, stepCtx context.Context, cancel context.CancelFunc, ok bool) {
	for {
		select {
		case <-ctx.Done():
			return request{}, nil, nil, false
		case <-g.requested:
		}
		g.mu.Lock()
		if g.request != nil {
			r, g.request = *g.request, nil
			stepCtx, g.cancel = context.WithCancel(ctx)
			cancel = g.cancel
			g.mu.Unlock()
			return r, stepCtx, cancel, true
		}
		g.mu.Unlock()
	}
}

// report passes the status on if it has changed.
func (g *Guide) report(ctx context.Context, s model.TourStatus) {
	s.At = g.status.At
	if reflect.DeepEqual(s, g.status) {
		return
	}
	s.At = time.Now()
	g.status = s
	g.stage.Observe(ctx, &s)
}
