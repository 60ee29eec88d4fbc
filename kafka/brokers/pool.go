// Package brokers keeps connections to each broker of a cluster and tracks outages: a broker that failed is not asked again
// before a background reconnect has reached it, so that only one poll waits for a dead broker.
package brokers

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"regroup/kafka"
	"regroup/kafka/parallel"
)

// Pool is the brokers of one cluster. The poller owns it: it says which brokers the metadata hold.
type Pool struct {
	connector *kafka.Connector
	ctx       context.Context // ends when the pool is closed
	cancel    context.CancelFunc
	present   atomic.Pointer[[]*Broker]
	changed   chan struct{}

	mutex  sync.Mutex
	closed bool
	users  sync.WaitGroup
}

// NewPool checks the configuration; nothing is dialled yet. Close must be called in the end.
func NewPool(config kafka.Config) (*Pool, error) {
	connector, err := kafka.NewConnector(config)
	if err != nil {
		return nil, err
	}
	p := &Pool{connector: connector, changed: make(chan struct{}, 1)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

// Connector makes the pool's connections.
func (p *Pool) Connector() *kafka.Connector { return p.connector }

// Context ends when the pool is closed.
func (p *Pool) Context() context.Context { return p.ctx }

// New is a broker that is not present yet.
func (p *Pool) New(id int32) *Broker {
	b := &Broker{ID: id, connector: p.connector}
	b.ctx, b.forget = context.WithCancel(p.ctx)
	return b
}

// Present are the brokers that the metadata hold, by their ids.
func (p *Pool) Present() []*Broker {
	if brokers := p.present.Load(); brokers != nil {
		return *brokers
	}
	return nil
}

// SetPresent says which brokers the metadata hold.
func (p *Pool) SetPresent(brokers []*Broker) {
	slices.SortFunc(brokers, func(a, b *Broker) int { return int(a.ID) - int(b.ID) })
	if !slices.Equal(brokers, p.Present()) {
		p.present.Store(&brokers)
		parallel.Notify(p.changed)
	}
}

// Changed wakes the one goroutine that watches Present when it has changed.
func (p *Pool) Changed() <-chan struct{} { return p.changed }

// Use keeps Close waiting until release is called; ok is false if the pool is closed.
func (p *Pool) Use() (release func(), ok bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.closed {
		return nil, false
	}
	p.users.Add(1)
	return p.users.Done, true
}

// Stop ends Context, and returns when nothing uses the pool any more.
func (p *Pool) Stop() {
	p.cancel()
	p.mutex.Lock()
	p.closed = true
	p.mutex.Unlock()
	p.users.Wait()
}
