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
	p, err := kafka.NewPoller(cluster, options)
	if err != nil {
		return nil, usageError{err: err}
	}
	return &opened{sources: sources{poller: p}, polls: p, closers: []func() error{p.Close}}, nil
}
