// Package poll reads the consumer groups of a cluster, with their members, commits and log offsets, again and again. The
// number of its requests depends on how many brokers there are, not on how many groups.
package poll

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/parallel"
	"regroup/model"
)

// What [Options] mean where they leave an interval at zero.
const (
	DefaultInterval      = time.Second
	DefaultFocusInterval = 250 * time.Millisecond
)

// Options are what a [Poller] reads, and how often.
type Options struct {
	Interval      time.Duration // between the starts of two complete polls; 0 is [DefaultInterval]
	FocusInterval time.Duration // between two partial polls, of the groups that matter most now; 0 is [DefaultFocusInterval]
	// Generations returns the exact generation of a classic group where the process knows it (the embedded cluster); nil
	// where it does not. It is called from several goroutines.
	Generations func(group string) (generation int32, ok bool)
	Groups      func(id string) bool // which groups to read; nil is all. It is called from several goroutines
}

// Poller polls the groups of a cluster over connections that it keeps.
type Poller struct {
	config  kafka.Config
	options Options
	brokers *brokers.Pool

	focus   atomic.Pointer[string]
	refresh chan struct{}
	urgent  urgent
	// consumers are the groups that turned out to be of the consumer type where ListGroups has no types (Kafka 3.7).
	consumers sync.Map

	mutex         sync.Mutex // held by the poll that is under way, and so for what follows
	cluster       cluster
	last          *model.Snapshot         // the last complete one
	partial       map[string]*model.Group // newer ones of groups, from partial snapshots
	cycles        int
	planned       *plan
	logStartsRead bool // log start offsets have been asked for once
	refused       bool // the cluster refuses the login
}

// New checks the configuration; nothing is dialled yet. Close must be called in the end.
func New(config kafka.Config, options Options) (*Poller, error) {
	pool, err := brokers.NewPool(config)
	if err != nil {
		return nil, err
	}
	options.Interval = cmp.Or(options.Interval, DefaultInterval)
	options.FocusInterval = cmp.Or(options.FocusInterval, DefaultFocusInterval)
	return &Poller{
		config: config, options: options, brokers: pool, refresh: make(chan struct{}, 1),
		urgent:  urgent{changed: make(chan struct{}, 1), groups: make(map[string]struct{})},
		cluster: cluster{nodes: make(map[int32]*node), topics: make(map[string]*topic)},
	}, nil
}

// Brokers are the cluster's brokers, as the metadata of the polls have them.
func (p *Poller) Brokers() *brokers.Pool { return p.brokers }

// Poll reads everything once. It returns when every broker has answered or failed; what failed is in the snapshot's
// Errs. Polls do not overlap: a second one waits for the first.
func (p *Poller) Poll(ctx context.Context) *model.Snapshot { return p.poll(ctx, nil) }

// poll polls; with a list of groups it reads only those of them that the last complete poll saw.
func (p *Poller) poll(ctx context.Context, only []string) *model.Snapshot {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.brokers.Context(), cancel)()

	c := &cycle{poller: p, ctx: ctx, at: time.Now(), partial: only != nil, asked: make(map[*node]bool), out: make(map[*node]*brokers.Outage)}
	var results []*result
	if c.partial {
		results = c.focused(only)
	} else {
		p.refused = false
		if len(p.cluster.askable()) == 0 {
			c.bootstrap()
		}
		results = c.coordinators()
	}
	entries := c.merge(results)
	if !c.partial {
		c.absent(entries)
	}
	topics := c.topics(results)
	spareUsed := c.readMetadata(topics)
	c.nameTopics(entries)
	c.listOffsets(topics, results, spareUsed)
	s := c.snapshot(entries, topics, time.Since(c.at))
	for _, res := range results {
		clear(res.node.entries) // they hold the brokers' responses
		res.node.entries = res.node.entries[:0]
	}
	s.Interval = p.options.Interval
	if ctx.Err() == nil {
		p.remember(s)
	}
	return s
}

// remember keeps the newest complete snapshot, and the newer groups of partial ones.
func (p *Poller) remember(s *model.Snapshot) {
	if !s.Partial {
		p.last, p.partial = s, make(map[string]*model.Group)
		return
	}
	for i := range s.Groups {
		p.partial[s.Groups[i].ID] = &s.Groups[i]
	}
}

// lastKnown is a group as the newest snapshot with it has it; nil if there is none.
func (p *Poller) lastKnown(id string) *model.Group {
	if g := p.partial[id]; g != nil || p.last == nil {
		return g
	}
	return groupIn(p.last, id)
}

// Focus names the group that is polled more often than the rest; "" is none.
func (p *Poller) Focus(group string) { p.focus.Store(&group) }

// Refresh asks Run for a complete poll now.
func (p *Poller) Refresh() { parallel.Notify(p.refresh) }

// Prioritize has Run poll groups as soon as it can.
func (p *Poller) Prioritize(groups []string) { p.urgent.add(groups) }

// Close ends a poll that is under way and every connection, and waits until nothing of the poller runs any more.
func (p *Poller) Close() error {
	p.brokers.Stop()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, n := range p.cluster.nodes {
		n.Forget()
	}
	p.brokers.Connector().Wait()
	return nil
}

// urgent are the groups that were prioritized since Run polled last.
type urgent struct {
	changed chan struct{}
	mutex   sync.Mutex
	groups  map[string]struct{}
}

func (u *urgent) add(groups []string) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	for _, id := range groups {
		u.groups[id] = struct{}{}
	}
	parallel.Notify(u.changed)
}

// before takes the groups and puts them in front of those that are rebalancing.
func (u *urgent) before(rebalancing []string) []string {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	rebalancing = slices.DeleteFunc(rebalancing, func(id string) bool { _, is := u.groups[id]; return is })
	rebalancing = append(slices.Sorted(maps.Keys(u.groups)), rebalancing...)
	clear(u.groups)
	return rebalancing
}
