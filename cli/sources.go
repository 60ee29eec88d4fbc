package cli

import (
	"errors"

	"regroup/kafka"
)

// opened are the sources of a session on a cluster, and what closes them.
type opened struct {
	sources
	polls   *kafka.Poller
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
	return openSources(a.config, a.config.kafka(), kafka.PollOptions{
		Interval: a.config.Interval, FocusInterval: a.config.FocusInterval, Groups: wanted,
	})
}

func openSources(config Config, cluster kafka.Config, options kafka.PollOptions) (*opened, error) {
	options.PulseInterval = config.PulseInterval
	if config.PulseInterval == 0 {
		options.PulseInterval = -1 // none; 0 would be the default
	}
	p, err := kafka.NewPoller(cluster, options)
	if err != nil {
		return nil, usageError{err: err}
	}
	o := &opened{sources: sources{poller: p, pulser: p}, polls: p, closers: []func() error{p.Close}}
	if config.Tail == tailOff {
		return o, nil
	}
	t, err := kafka.NewTail(cluster, kafka.TailOptions{Mode: kafka.TailMode(config.Tail), Groups: options.Groups, Calm: p.Calm})
	if err != nil {
		return nil, errors.Join(usageError{err: err}, o.close())
	}
	o.tail, o.closers = t, append(o.closers, t.Close)
	return o, nil
}
