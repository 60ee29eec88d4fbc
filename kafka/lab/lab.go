package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"regroup/kafka"
	"regroup/kafka/admin"
	"regroup/model"
)

// Options are what a lab needs.
type Options struct {
	Kafka   kafka.Config
	Command []string // how a child is started: the program and the argument that makes it call [RunChild]
	Scene   Scene
	// Emit is given every snapshot, from one goroutine, never after Close has returned. It should not block: children
	// that report meanwhile are only seen afterwards.
	Emit func(*model.LabSnapshot)
	// Owned says that the cluster is the user's own. The lab then touches only topics and groups that it made or that
	// are plainly of its kind, and on Close removes those that it made.
	Owned bool
}

// leaveLimit is how long Close waits for the children to leave before it kills them.
const leaveLimit = 3 * time.Second

// Lab runs the children of a scene. Its methods are safe for concurrent use.
type Lab struct {
	options Options
	admin   *admin.Admin
	starter *starter
	estate  *estate

	ctx    context.Context // ends when Close begins
	cancel context.CancelFunc
	tasks  sync.WaitGroup // what Close waits for before it ends the children: goroutines, and calls of Start and Do

	emitter *emitter

	mu        sync.Mutex
	begun     bool
	closing   bool
	consumers []*child // in the order in which they were started
	producers []*child
	groups    map[string]*groupMemory
	names     map[string]bool // every name that was ever given, true, or is kept for a consumer of the scene, false
	closed    chan struct{}
	closeErr  error
}

// New checks the options. Nothing is started or dialled.
func New(options Options) (*Lab, error) {
	if len(options.Command) == 0 || options.Command[0] == "" {
		return nil, errors.New("lab: it is not said which program a child runs")
	}
	if err := options.Scene.validate(); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	admin, err := admin.New(options.Kafka)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	if options.Emit == nil {
		options.Emit = func(*model.LabSnapshot) {}
	}
	l := &Lab{
		options: options, admin: admin,
		groups: map[string]*groupMemory{}, names: map[string]bool{},
		closed: make(chan struct{}),
	}
	l.expect(options.Scene)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.estate = &estate{config: options.Kafka, admin: admin, owned: options.Owned, prefix: options.Scene.Prefix}
	l.emitter = newEmitter(l.snapshot, options.Emit)
	return l, nil
}

// Start creates the scene's topics, starts its producers and the consumers that are due, and lets the others follow. If it
// fails, or ctx ends before it is done, Close must be called all the same.
func (l *Lab) Start(ctx context.Context) error {
	ctx, leave, err := l.enter(ctx, true)
	if err != nil {
		return fmt.Errorf("lab: start: %w", err)
	}
	defer leave()
	if err := l.start(ctx); err != nil {
		return fmt.Errorf("lab: start scene %s on %s: %w", l.options.Scene.Name, strings.Join(l.options.Kafka.Brokers, ", "), err)
	}
	return nil
}

func (l *Lab) start(ctx context.Context) error {
	for _, topic := range l.options.Scene.Topics {
		if err := l.estate.takeTopic(ctx, topic); err != nil {
			return err
		}
	}
	l.tasks.Go(func() { l.emitter.run(l.ctx) })
	for _, p := range l.options.Scene.Producers {
		if err := l.startProducer(p); err != nil {
			return err
		}
	}
	for _, group := range l.options.Scene.Groups {
		for _, c := range group.Consumers {
			if err := l.startNamed(ctx, group.Name, c.Name, c.Settings); err != nil {
				return err
			}
		}
	}
	steps := slices.Clone(l.options.Scene.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.After, b.After) })
	started := time.Now()
	l.tasks.Go(func() { l.play(l.ctx, started, steps) })
	return nil
}

// enter lets a call in unless the lab is being closed, and makes Close wait until leave is called. The context that it
// returns also ends when Close begins.
func (l *Lab) enter(ctx context.Context, begin bool) (inner context.Context, leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closing:
		return nil, nil, errors.New("the lab has been closed")
	case begin && l.begun:
		return nil, nil, errors.New("the lab has been started before")
	case !begin && !l.begun:
		return nil, nil, errors.New("the lab has not been started")
	case begin:
		l.begun, l.starter = true, newStarter()
	}
	l.tasks.Add(1)
	inner, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return inner, func() { stop(); cancel(); l.tasks.Done() }, nil
}

// play takes the steps of the scene.
func (l *Lab) play(ctx context.Context, started time.Time, steps []Step) {
	for _, step := range steps {
		if !pause(ctx, time.Until(started.Add(step.After))) {
			return
		}
		if err := l.takeStep(ctx, step); err != nil && ctx.Err() == nil {
			words := fmt.Sprintf("the scene's action after %s could not be done: %v", step.After, err)
			l.emitter.acted(model.LabActionDone{Words: words, Group: l.groupOf(step.Action), Topic: step.Action.Topic})
		}
	}
}

// groupOf is the group that an action of the scene is about; "" if it is about none, or nobody knows the consumer.
func (l *Lab) groupOf(action model.LabAction) string {
	if action.Group != "" || action.Consumer == "" {
		return action.Group
	}
	for _, g := range l.options.Scene.Groups {
		if slices.ContainsFunc(g.Consumers, func(c Consumer) bool { return c.Name == action.Consumer }) {
			return g.Name
		}
	}
	for _, s := range l.options.Scene.Steps {
		if s.Action.Kind == model.LabStartConsumer && s.Action.Consumer == action.Consumer {
			return s.Action.Group
		}
	}
	return ""
}

func (l *Lab) takeStep(ctx context.Context, step Step) error {
	if step.Action.Kind == model.LabStartConsumer {
		return l.startNamed(ctx, step.Action.Group, step.Action.Consumer, step.Settings)
	}
	return l.do(ctx, step.Action)
}

// startNamed starts a consumer of the scene, with its settings over those of its group.
func (l *Lab) startNamed(ctx context.Context, group, name string, own Settings) error {
	settings, err := l.options.Scene.settings(group, own)
	if err != nil {
		return fmt.Errorf("start %s in group %s: %w", name, group, err)
	}
	return l.startConsumer(ctx, group, name, &settings)
}

// Close ends every child: those that are paused go on, all are asked to leave, and those that have not left soon, or when
// ctx ends, are killed. On a cluster of the user's own it then removes what the lab created; the error says what it could
// not remove. Closing again waits for the same end.
func (l *Lab) Close(ctx context.Context) error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		<-l.closed
		return l.closeErr
	}
	l.closing = true
	l.mu.Unlock()
	l.cancel()
	l.tasks.Wait()

	l.endChildren(ctx)
	if l.starter != nil {
		l.starter.stop()
	}
	l.closeErr = l.estate.remove(ctx)
	close(l.closed)
	return l.closeErr
}

// endChildren returns when no child is left.
func (l *Lab) endChildren(ctx context.Context) {
	l.mu.Lock()
	children := append(append([]*child(nil), l.producers...), l.consumers...)
	l.mu.Unlock()
	for _, c := range children {
		c.resumeToLeave()
	}
	ctx, cancel := context.WithTimeout(ctx, leaveLimit)
	defer cancel()
	for _, c := range children {
		select {
		case <-c.process.ended:
		case <-ctx.Done():
			_ = c.process.kill()
			<-c.process.ended
		}
	}
}
