// Package tour guides through the rules of consumer groups: it plays scenes in the lab, step by step, and says of each
// step whether what it claims is to be seen.
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

// Stage is where the tour plays.
type Stage interface {
	// Begin ends the scene that is on and begins another; it returns when the consumers have been started.
	Begin(ctx context.Context, scene lab.Scene) (Beginning, error)
	// Do carries out an action in the lab.
	Do(ctx context.Context, action model.LabAction) error
	// Observe hands on where the tour is.
	Observe(ctx context.Context, o model.Observation)
}

// Beginning is a scene that has begun.
type Beginning struct {
	At     time.Time // views from before show another scene
	Prefix string    // of the names of its topics and groups
}

// Options are how the tour is led.
type Options struct {
	Auto  bool          // it goes on by itself
	Dwell time.Duration // for how long a step stays once it was seen, if the tour goes on by itself
	// Pace is by how much the consumers' timeouts are shortened: 0.5 is half of them. 0 is 1.
	Pace float64
	// Limit is how long a phase of a step may take before it is said that it is not as told; 0 is [DefaultLimit].
	Limit time.Duration
}

const (
	// DefaultDwell is long enough to read a caption.
	DefaultDwell = 6 * time.Second
	// DefaultLimit is a multiple of what the slowest phase of a step takes.
	DefaultLimit = 45 * time.Second

	lookEvery = 100 * time.Millisecond // without a view: time passes as well
)

// Guide leads through the tour. Its methods are safe for concurrent use, and do not block but for Run.
type Guide struct {
	options Options
	steps   []Step
	views   chan *model.View
	stage   Stage            // Run's own
	told    model.TourStatus // what was observed last; Run's own

	mu      sync.Mutex
	at      int // the step that was asked for last; -1 is none
	order   *order
	ordered chan struct{}
	cancel  context.CancelFunc // ends the step that is being played
}

type order struct {
	step  int  // -1 ends the tour
	fresh bool // the scene begins anew
}

// New makes a guide that waits for [Guide.Go] or [Guide.Next].
func New(options Options) *Guide {
	if options.Pace == 0 {
		options.Pace = 1
	}
	if options.Limit == 0 {
		options.Limit = DefaultLimit
	}
	return &Guide{options: options, steps: Steps(), at: -1, views: make(chan *model.View, 1), ordered: make(chan struct{}, 1)}
}

// Saw takes in a view. Only the newest counts. One goroutine may call it.
func (g *Guide) Saw(v *model.View) {
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

// Next goes on to the next step; it stays at the last one.
func (g *Guide) Next() { g.move(1) }

// Back goes back to the step before; it stays at the first one. The scene begins anew.
func (g *Guide) Back() { g.move(-1) }

func (g *Guide) move(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if to := g.at + by; to >= 0 && to < len(g.steps) {
		g.demand(order{step: to, fresh: by < 0})
	}
}

// goOn goes on from a step by itself, unless something else was asked for meanwhile.
func (g *Guide) goOn(from int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at == from && from+1 < len(g.steps) {
		g.demand(order{step: from + 1})
	}
}

// Go opens a step by its name; "" is the first.
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
	g.demand(order{step: i, fresh: true})
	return nil
}

// End ends the tour and leaves the lab as it is.
func (g *Guide) End() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at >= 0 {
		g.demand(order{step: -1})
	}
}

// demand puts an order in the place of one that was not begun; mu is held.
func (g *Guide) demand(o order) {
	if g.order != nil && g.order.fresh && o.step >= 0 {
		o.fresh = true // what it would have gone on from never began
	}
	g.at, g.order = o.step, &o
	if g.cancel != nil {
		g.cancel()
	}
	select {
	case g.ordered <- struct{}{}:
	default:
	}
}

// Run leads through the tour on a stage until ctx ends.
func (g *Guide) Run(ctx context.Context, on Stage) error {
	g.stage = on
	var scene *playing // what is on; nil is nothing of the tour's
	for {
		o, stepCtx, cancel, ok := g.take(ctx)
		if !ok {
			return nil
		}
		if o.step < 0 {
			scene = nil
			g.observe(ctx, model.TourStatus{})
		} else {
			scene = g.play(stepCtx, o, scene)
		}
		cancel()
	}
}

// take waits for the next order.
func (g *Guide) take(ctx context.Context) (o order, stepCtx context.Context, cancel context.CancelFunc, ok bool) {
	for {
		select {
		case <-ctx.Done():
			return order{}, nil, nil, false
		case <-g.ordered:
		}
		g.mu.Lock()
		if g.order != nil {
			o, g.order = *g.order, nil
			stepCtx, g.cancel = context.WithCancel(ctx)
			cancel = g.cancel
			g.mu.Unlock()
			return o, stepCtx, cancel, true
		}
		g.mu.Unlock()
	}
}

// observe tells where the tour is, if that is not known yet.
func (g *Guide) observe(ctx context.Context, s model.TourStatus) {
	s.At = g.told.At
	if reflect.DeepEqual(s, g.told) {
		return
	}
	s.At = time.Now()
	g.told = s
	g.stage.Observe(ctx, &s)
}
