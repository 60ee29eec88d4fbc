package cli

import (
	"errors"

	"regroup/kafka"
	"regroup/kafka/poll"
	"regroup/kafka/probe"
	"regroup/kafka/tail"
)

// opened are the sources of a session on a cluster, and what closes them.
type opened struct {
	sources
	polls   *poll.Poller
	closers []func() error
}

func (o *opened) close() error {
	var err error
	for _, closer := range o.closers {
		err = errors.Join(err, closer())
	}
	return err
}

// openSources makes what looks at the configured cluster; nothing is dialled yet. wanted picks the groups, and may be
// called by any goroutine; nil is all. A mistake in the configuration is told before anything is drawn.
func (a *app) openSources(wanted func(group string) bool) (*opened, error) {
	return openSources(a.config, a.config.kafka(), poll.Options{
		Interval: a.config.Interval, FocusInterval: a.config.FocusInterval, Groups: wanted,
	})
}

func openSources(config Config, cluster kafka.Config, options poll.Options) (*opened, error) {
	p, err := poll.New(cluster, options)
	if err != nil {
		return nil, usageError{err: err}
	}
	o := &opened{sources: sources{poller: p}, polls: p, closers: []func() error{p.Close}}
	tailing := tail.Options{Mode: tail.Mode(config.Tail), Groups: options.Groups}
	if config.PulseInterval > 0 {
		probes := probe.New(p.Brokers(), probe.Options{Interval: config.PulseInterval, Groups: options.Groups, Changed: p.Prioritize})
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
