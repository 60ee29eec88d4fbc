package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"regroup/cli/tour"
	"regroup/kafka/lab"
	"regroup/model"
)

// demo owns the scenes of `regroup demo`, one after the other. It is the screen's Lab.
type demo struct {
	config    Config
	scene     lab.Scene
	theirs    bool // the cluster is the user's own
	guide     *tour.Guide
	tourFirst bool // the scene is not played: the tour asks for one
	requests  chan *sceneRequest

	mu  sync.Mutex
	lab *lab.Lab // nil until it is up, and again when it is over
}

// newDemo makes a demo that plays scene, unless the tour is to begin at once.
func newDemo(config Config, scene lab.Scene, theirs bool, guide *tour.Guide, tourFirst bool) *demo {
	return &demo{config: config, scene: scene, theirs: theirs, guide: guide, tourFirst: tourFirst, requests: make(chan *sceneRequest)}
}

// sceneRequest asks for a scene.
type sceneRequest struct {
	ctx    context.Context // of who asks: when it ends, the start of the scene is given up
	scene  lab.Scene
	answer chan sceneAnswer // with room for one; nil for the demo's own scene: if that cannot be played, the demo ends
}

type sceneAnswer struct {
	beginning tour.Beginning
	err       error
}

// run is the demo's source: it plays its scene and those that the tour asks for, until ctx ends. What a scene leaves
// behind is taken down beside the next one, and waited for in the end.
func (d *demo) run(ctx context.Context, s *session) error {
	ctx, goroutines := newErrorGroup(ctx)
	goroutines.Go("the tour", func() error { return d.guide.Run(ctx, &tourStage{demo: d, session: s}) })
	return goroutines.Lead("the scenes", func() error {
		return d.playAll(ctx, s, func(st *stage) {
			goroutines.GoUncanceled("the end of a scene", func() error { return st.close(ctx) })
		})
	})
}

// playAll plays one scene after the other. over is told of each that is.
func (d *demo) playAll(ctx context.Context, s *session, over func(*stage)) (err error) {
	next := &sceneRequest{ctx: ctx, scene: d.scene}
	if d.tourFirst {
		next = d.nextScene(ctx)
	}
	for next != nil && err == nil {
		next, err = d.playScene(ctx, s, next, over)
	}
	return err
}

// playScene plays a scene until the next one is asked for; nil is that ctx has ended.
func (d *demo) playScene(ctx context.Context, s *session, r *sceneRequest, over func(*stage)) (next *sceneRequest, err error) {
	beginning := tour.Beginning{At: time.Now(), Prefix: r.scene.Prefix}
	if r.answer != nil {
		s.observe(ctx, &model.SceneBegan{At: beginning.At, Name: r.scene.Name})
	}
	st, err := d.open(ctx, s, r.scene, r.answer != nil)
	if err != nil {
		return d.refuse(ctx, r, err)
	}
	defer over(st)
	if err := st.start(r.ctx); err != nil {
		return d.refuse(ctx, r, errors.Join(err, st.stopSources()))
	}
	d.setLab(st.lab)
	if r.answer != nil {
		r.answer <- sceneAnswer{beginning: beginning}
	}
	next = d.nextScene(st.ctx)
	d.setLab(nil)
	return next, st.stopSources()
}

// refuse tells who asked for a scene that it cannot be played, and waits for what is asked for instead. The demo's own
// scene was asked for by nobody: then the demo ends.
func (d *demo) refuse(ctx context.Context, r *sceneRequest, err error) (*sceneRequest, error) {
	if r.answer == nil {
		return nil, unlessInterrupted(err)
	}
	r.answer <- sceneAnswer{err: err}
	return d.nextScene(ctx), nil
}

// nextScene waits for a request; nil when ctx has ended.
func (d *demo) nextScene(ctx context.Context) *sceneRequest {
	select {
	case r := <-d.requests:
		return r
	case <-ctx.Done():
		return nil
	}
}

func (d *demo) setLab(l *lab.Lab) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lab = l
}

// Do carries out what the lab pane asks for; see ui.Lab.
func (d *demo) Do(ctx context.Context, action model.LabAction) error {
	d.mu.Lock()
	l := d.lab
	d.mu.Unlock()
	if l == nil {
		return errNotReady
	}
	return l.Do(ctx, action)
}

// errNotReady is the answer to a key that is pressed before the lab is up.
var errNotReady = errors.New("the lab is still starting; try again in a moment")

// tourStage is the demo as the tour plays on it.
type tourStage struct {
	demo    *demo
	session *session
	scenes  int // that were asked for
}

// Begin asks for a scene; see tour.Stage. On a cluster of the user's own each has names of its own: what the one before
// made is still being removed.
func (t *tourStage) Begin(ctx context.Context, scene lab.Scene) (tour.Beginning, error) {
	t.scenes++
	if t.demo.theirs {
		scene = scene.WithPrefix(fmt.Sprintf("%s%d-", t.demo.config.Demo.Prefix, t.scenes))
	}
	r := &sceneRequest{ctx: ctx, scene: scene, answer: make(chan sceneAnswer, 1)}
	select {
	case t.demo.requests <- r:
	case <-ctx.Done():
		return tour.Beginning{}, ctx.Err()
	}
	select {
	case a := <-r.answer:
		return a.beginning, a.err
	case <-ctx.Done():
		return tour.Beginning{}, ctx.Err()
	}
}

// Do carries out an action; see tour.Stage.
func (t *tourStage) Do(ctx context.Context, action model.LabAction) error {
	return t.demo.Do(ctx, action)
}

// Observe hands on where the tour is; see tour.Stage.
func (t *tourStage) Observe(ctx context.Context, o model.Observation) { t.session.observe(ctx, o) }
