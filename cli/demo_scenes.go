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

// demo plays the scenes of `regroup demo`, one after the other. It is the screen's Lab.
type demo struct {
	config     Config
	scene      lab.Scene
	ownCluster bool // the cluster is the user's own
	guide      *tour.Guide
	tourFirst  bool // scene is not played: the tour requests one
	requests   chan *sceneRequest

	mu  sync.Mutex
	lab *lab.Lab // nil while no scene is being played
}

// newDemo makes a demo that plays scene, unless the tour begins at once.
func newDemo(config Config, scene lab.Scene, ownCluster bool, guide *tour.Guide, tourFirst bool) *demo {
	return &demo{config: config, scene: scene, ownCluster: ownCluster, guide: guide, tourFirst: tourFirst, requests: make(chan *sceneRequest)}
}

// sceneRequest requests a scene.
type sceneRequest struct {
	ctx    context.Context // of the requester: when it ends, the start of the scene is cancelled
	scene  lab.Scene
	result chan sceneResult // with room for one; nil for the demo's own scene: if that cannot be played, the demo ends
}

type sceneResult struct {
	beginning tour.Beginning
	err       error
}

// run is the demo's source: it plays its scene and those that the tour requests, until ctx ends. Each scene is closed while the
// next one is played, and run waits for all of them.
func (d *demo) run(ctx context.Context, s *session) error {
	ctx, goroutines := newErrorGroup(ctx)
	goroutines.Go("the tour", func() error { return d.guide.Run(ctx, &tourStage{demo: d, session: s}) })
	return goroutines.Lead("the scenes", func() error {
		return d.playAll(ctx, s, func(st *stage) {
			goroutines.GoUncanceled("the end of a scene", func() error { return st.close(ctx) })
		})
	})
}

// playAll plays one scene after the other. over is called with each that has ended.
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

// playScene plays a scene until the next one is requested; nil when ctx has ended.
func (d *demo) playScene(ctx context.Context, s *session, r *sceneRequest, over func(*stage)) (next *sceneRequest, err error) {
	beginning := tour.Beginning{At: time.Now(), Prefix: r.scene.Prefix}
	if r.result != nil {
		s.observe(ctx, &model.SceneBegan{At: beginning.At, Name: r.scene.Name})
	}
	st, err := d.open(ctx, s, r.scene, r.result != nil)
	if err != nil {
		return d.refuse(ctx, r, err)
	}
	defer over(st)
	if err := st.start(r.ctx); err != nil {
		return d.refuse(ctx, r, errors.Join(err, st.stopSources()))
	}
	d.setLab(st.lab)
	if r.result != nil {
		r.result <- sceneResult{beginning: beginning}
	}
	next = d.nextScene(st.ctx)
	d.setLab(nil)
	return next, st.stopSources()
}

// refuse returns to the requester that a scene cannot be played, and waits for the next request. If it is the demo's own scene,
// the demo ends.
func (d *demo) refuse(ctx context.Context, r *sceneRequest, err error) (*sceneRequest, error) {
	if r.result == nil {
		return nil, unlessInterrupted(err)
	}
	r.result <- sceneResult{err: err}
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

// Do carries out an action of the lab screen; see ui.Lab.
func (d *demo) Do(ctx context.Context, action model.LabAction) error {
	d.mu.Lock()
	l := d.lab
	d.mu.Unlock()
	if l == nil {
		return errNotReady
	}
	return l.Do(ctx, action)
}

// errNotReady is the result of a key that is pressed before the lab is ready.
var errNotReady = errors.New("the lab is still starting; try again in a moment")

// tourStage is the demo as the stage of the tour.
type tourStage struct {
	demo    *demo
	session *session
	scenes  int // that were requested
}

// Begin requests a scene; see tour.Stage. On a cluster of the user's own each scene has names of its own, because the resources of
// the previous one are still being removed.
func (t *tourStage) Begin(ctx context.Context, scene lab.Scene) (tour.Beginning, error) {
	t.scenes++
	if t.demo.ownCluster {
		scene = scene.WithPrefix(fmt.Sprintf("%s%d-", t.demo.config.Demo.Prefix, t.scenes))
	}
	r := &sceneRequest{ctx: ctx, scene: scene, result: make(chan sceneResult, 1)}
	select {
	case t.demo.requests <- r:
	case <-ctx.Done():
		return tour.Beginning{}, ctx.Err()
	}
	select {
	case a := <-r.result:
		return a.beginning, a.err
	case <-ctx.Done():
		return tour.Beginning{}, ctx.Err()
	}
}

// Do carries out an action; see tour.Stage.
func (t *tourStage) Do(ctx context.Context, action model.LabAction) error {
	return t.demo.Do(ctx, action)
}

// Observe passes on the state of the tour; see tour.Stage.
func (t *tourStage) Observe(ctx context.Context, o model.Observation) { t.session.observe(ctx, o) }
