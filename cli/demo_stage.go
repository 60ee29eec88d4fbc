package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"regroup/kafka"
	"regroup/kafka/embedded"
	"regroup/kafka/lab"
	"regroup/kafka/poll"
	"regroup/model"
)

// stage is a cluster, the lab of a scene on it, and the sources that observe it.
type stage struct {
	demo    *demo
	session *session
	ctx     context.Context // ends when the scene is over, or a source has failed
	cancel  context.CancelFunc

	cluster      *embedded.Cluster // nil on a cluster of the user's own
	opened       *openedSources
	lab          *lab.Lab
	sourcesEnded chan error

	mu      sync.Mutex
	stopped bool // its snapshots are dropped
}

// open prepares what a scene needs and starts the sources. alone leaves out groups that are not the scene's.
func (d *demo) open(ctx context.Context, s *session, scene lab.Scene, alone bool) (st *stage, err error) {
	st = &stage{demo: d, session: s, sourcesEnded: make(chan error, 1)}
	st.ctx, st.cancel = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			st.cancel()
			err = errors.Join(err, st.close(ctx))
		}
	}()
	cluster, err := st.openSources(scene, alone)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find the program itself, to start the demo's consumers with it: %w", err)
	}
	st.lab, err = lab.New(lab.Options{
		Kafka: cluster, Command: []string{program, labChild}, Scene: scene, Owned: d.ownCluster, Emit: st.observe,
	})
	if err != nil {
		return nil, err
	}
	go func() {
		defer st.cancel() // if a source panics, the scene ends
		st.sourcesEnded <- s.follow(st.ctx, st.opened.sources)
	}()
	return st, nil
}

// openSources opens the sources of the scene's cluster, and starts the cluster unless it is the user's own.
func (st *stage) openSources(scene lab.Scene, alone bool) (cluster kafka.Config, err error) {
	config := st.demo.config
	cluster = config.kafka()
	options := poll.Options{Interval: config.Demo.Interval, FocusInterval: min(config.FocusInterval, config.Demo.Interval)}
	if alone {
		options.Groups = func(group string) bool { return strings.HasPrefix(group, scene.Prefix) }
	}
	var stand tailReader // replaces the tail, for kfake has no offsets topic
	if !st.demo.ownCluster {
		if st.cluster, err = embedded.Start(embedded.Options{Brokers: demoBrokers}); err != nil {
			return cluster, fmt.Errorf("the demo's cluster did not start: %w", err)
		}
		cluster = kafka.Config{
			Brokers: st.cluster.Addresses(), Name: "demo", ClientID: cluster.ClientID, Timeout: cluster.Timeout, DialTimeout: cluster.DialTimeout,
		}
		options.Generations = st.cluster.Generation
		if config.Tail != tailOff {
			stand = embeddedTail{st.cluster}
		}
		config.Tail = tailOff
	}
	if st.opened, err = openSources(config, cluster, options); err == nil && stand != nil {
		st.opened.tail = stand
	}
	return cluster, err
}

// embeddedTail emits what would be in the __consumer_offsets of the embedded cluster.
type embeddedTail struct{ cluster *embedded.Cluster }

func (t embeddedTail) Run(ctx context.Context, emit func(model.Observation)) {
	t.cluster.Tail(ctx, emit)
}
func (embeddedTail) Focus(string) {} // it has no history

// observe passes on a snapshot of the lab, unless the scene has ended.
func (st *stage) observe(snapshot *model.LabSnapshot) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.stopped {
		st.session.observe(st.ctx, snapshot)
	}
}

// start starts the scene's consumers; it is cancelled when ctx ends.
func (st *stage) start(ctx context.Context) error {
	inner, cancel := context.WithCancel(st.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	return st.lab.Start(inner)
}

// stopSources stops the sources; afterwards nothing of the scene is observed.
func (st *stage) stopSources() error {
	st.cancel()
	err := <-st.sourcesEnded
	st.mu.Lock()
	defer st.mu.Unlock()
	st.stopped = true
	return err
}

// close closes the sources' connections, the lab with what it created, and the cluster. ctx may have ended: closing has a deadline
// of its own.
func (st *stage) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), demoEnd)
	defer cancel()
	var errs []error
	if st.opened != nil {
		errs = append(errs, st.opened.close())
	}
	if st.lab != nil {
		errs = append(errs, st.lab.Close(ctx))
	}
	if st.cluster != nil {
		st.cluster.Close()
	}
	return errors.Join(errs...)
}
