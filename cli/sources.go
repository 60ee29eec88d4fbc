package cli

import (
	"errors"

	"regroup/kafka"
	"regroup/kafka/poll"
	"regroup/kafka/probe"
	"regroup/kafka/tail"
)

// openedSources are sources that must be closed.
type openedSources struct {
	sources
	kafkaPoller *poll.Poller // the same as poller
	closers     []func() error
}

func (o *openedSources) close() error {
	var err error
	for _, closer := range o.closers {
		err = errors.Join(err, closer())
	}
	return err
}

// openSources makes the sources of the configured cluster, for the groups that wanted picks; nil is all. It does not dial
// yet, but finds errors in the configuration. Any goroutine may call wanted.
func (a *app) openSources(wanted func(group string) bool) (*openedSources, error) {
	return openSources(a.config, a.config.kafka(), poll.Options{
		Interval: a.config.Interval, FocusInterval: a.config.FocusInterval, Groups: wanted,
	})
}

func openSources(config Config, cluster kafka.Config, options poll.Options) (*openedSources, error) {
	p, err := poll.New(cluster, options)
	if err != nil {
		return nil, usageError{err: err}
	}
	o := &openedSources{sources: sources{poller: p}, kafkaPoller: p, closers: []func() error{p.Close}}
	tailing := tail.Options{Mode: tail.Mode(config.Tail), Groups: options.Groups}
	if config.ProbeInterval > 0 {
		probes := probe.New(p.Brokers(), probe.Options{Interval: config.ProbeInterval, Groups: options.Groups, Changed: p.Prioritize})
		o.prober, tailing.StableProbes = probes, probes.Stable
	}
	if config.Tail == tailOff {
		return o, nil
	}
	t, err := tail.New(cluster, tailing)
	if err != nil {
		return nil, errors.Join(usageError{err: err}, o.close())
	}
	o.tail, o.closers = t, append(o.closers, t.Close)
	return o, nil
}
