// Package lab runs demo consumers and producers, each as a child process of the program's own binary, so that one can be
// asked to leave, killed, paused and slowed down as a real one would be.
//
// A [Lab] plays a [Scene], carries out a [model.LabAction] and reports the state of its children in [model.LabSnapshot]s.
// A child is [RunChild] in a process of its own. Its configuration comes as the first line of its standard input, so that
// no credential is ever on a command line; later lines are commands, and its reports go to standard output, all of it
// JSON, one value a line.
//
// No child outlives the program, however that ends. A child ends by itself when its standard input does. A paused one cannot:
// on Linux the kernel kills it when the program ends; elsewhere on Unix it is alone in its process group, so that the kernel
// sends SIGHUP and SIGCONT to it when that group loses its parent. Being in a group of its own, a child also gets none of the
// terminal's signals: Ctrl-C is the program's to handle.
//
// The consumers of a group are named by the prefix of its first consumer in the scene and a number (consumer-1, consumer-2, …);
// those of a group that is not in the scene by the group's name and a number. A name is used once while the lab runs, and by one
// group only: it is the consumer's client.id and identifies it in actions.
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
	// Emit is called with every snapshot, from one goroutine, never after Close has returned. It should not block: reports of
	// children wait meanwhile.
	Emit func(*model.LabSnapshot)
	// Owned says that the cluster is the user's own. The lab then uses only topics and groups that it created or that are
	// plainly a demo's, and on Close removes those that it created.
	Owned bool
}

// leaveTimeout is how long Close waits for the children to leave before it kills them.
const leaveTimeout = 3 * time.Second

// Lab runs the children of a scene. Its methods are safe for concurrent use.
type Lab struct {
	options     Options
	admin       *admin.Admin
	starter     *starter
	provisioner *provisioner

	ctx    context.Context // ends when Close begins
	cancel context.CancelFunc
	tasks  sync.WaitGroup // goroutines and calls that Close waits for before it ends the children

	emitter *emitter

	mu        sync.Mutex
	begun     bool
	closing   bool
	consumers []*child // in the order in which they were started
	producers []*child
	groups    map[string]*groupState
	names     map[string]bool // names of consumers: true once used, false while reserved for one of the scene
	closed    chan struct{}
	closeErr  error
}

// New checks the options. It starts nothing and connects to nothing.
func New(options Options) (*Lab, error) {
	if len(options.Command) == 0 || options.Command[0] == "" {
		return nil, errors.New("lab: the child command is empty")
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
		groups: map[string]*groupState{}, names: map[string]bool{},
		closed: make(chan struct{}),
	}
	l.reserveNames(options.Scene)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.provisioner = &provisioner{config: options.Kafka, admin: admin, owned: options.Owned, prefix: options.Scene.Prefix}
	l.emitter = newEmitter(l.snapshot, options.Emit)
	return l, nil
}

// Start creates the scene's topics, starts its producers and consumers, and schedules its actions. Close must be called even
// if it fails or ctx ends.
func (l *Lab) Start(ctx context.Context) error {
	ctx, end, err := l.beginCall(ctx, true)
	if err != nil {
		return fmt.Errorf("lab: start: %w", err)
	}
	defer end()
	if err := l.start(ctx); err != nil {
		return fmt.Errorf("lab: start scene %s on %s: %w", l.options.Scene.Name, strings.Join(l.options.Kafka.Brokers, ", "), err)
	}
	return nil
}

func (l *Lab) start(ctx context.Context) error {
	for _, topic := range l.options.Scene.Topics {
		if err := l.provisioner.provisionTopic(ctx, topic); err != nil {
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
	l.tasks.Go(func() { l.runSteps(l.ctx, started, steps) })
	return nil
}

// beginCall admits a call unless the lab is being closed, and makes Close wait until end is called. The context that it
// returns also ends when Close begins.
func (l *Lab) beginCall(ctx context.Context, start bool) (inner context.Context, end func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closing:
		return nil, nil, errors.New("the lab has been closed")
	case start && l.begun:
		return nil, nil, errors.New("the lab has been started before")
	case !start && !l.begun:
		return nil, nil, errors.New("the lab has not been started")
	case start:
		l.begun, l.starter = true, newStarter()
	}
	l.tasks.Add(1)
	inner, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return inner, func() { stop(); cancel(); l.tasks.Done() }, nil
}

// runSteps runs the steps of the scene.
func (l *Lab) runSteps(ctx context.Context, started time.Time, steps []Step) {
	for _, step := range steps {
		if !sleep(ctx, time.Until(started.Add(step.After))) {
			return
		}
		if err := l.runStep(ctx, step); err != nil && ctx.Err() == nil {
			words := fmt.Sprintf("the scene's action after %s failed: %v", step.After, err)
			l.emitter.acted(model.LabActionDone{Words: words, Group: l.groupOf(step.Action), Topic: step.Action.Topic})
		}
	}
}

// groupOf is the group that an action of the scene is about; "" if there is none or the consumer is unknown.
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

func (l *Lab) runStep(ctx context.Context, step Step) error {
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

// Close ends every child: paused ones are resumed, all are asked to leave, and those that have not left within a few seconds, or
// when ctx ends, are killed. On a cluster of the user's own it then removes what the lab created; the error names what it could
// not remove. Further calls wait for the same end.
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
	l.closeErr = l.provisioner.remove(ctx)
	close(l.closed)
	return l.closeErr
}

// endChildren returns when no child is left.
func (l *Lab) endChildren(ctx context.Context) {
	l.mu.Lock()
	children := append(append([]*child(nil), l.producers...), l.consumers...)
	l.mu.Unlock()
	for _, c := range children {
		c.requestLeave()
	}
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
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
