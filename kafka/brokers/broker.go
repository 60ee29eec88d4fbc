package brokers

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/model"
)

// Lane is one of the connections to a broker. A broker works on one request of a connection at a time, so requests that
// must not wait for each other have lanes of their own.
type Lane int

// The lanes. Only brokers that take OffsetFetch group by group (before Kafka 3.0) see requests on all of them.
const (
	LaneDescribe Lane = 0
	LaneOffsets  Lane = 1
	PollLanes    Lane = 4         // how many lanes polls have: from 0 on
	LaneProbe    Lane = PollLanes // probes neither wait for polls nor hold them up

	lanes = PollLanes + 1
)

const (
	minPatience    = 2 * time.Second // how long a broker that is usually quick may take all the same
	patienceFactor = 20              // how many times longer than usual a request may take

	reconnectFirst = 500 * time.Millisecond // how soon a broker that failed is tried again
	reconnectEvery = 2 * time.Second        // how often in the long run
)

// Broker is one broker of the cluster. Its methods may be called from any goroutine.
type Broker struct {
	ID        int32
	connector *kafka.Connector
	ctx       context.Context // ends when the broker is forgotten or the pool closed
	forget    context.CancelFunc

	mutex        sync.Mutex // guards what is below
	address      string
	rack         string
	links        [lanes]*kafka.Link
	offered      kafka.Offers // nil until asked for, and after a connection was lost: it may come back as another release
	outage       *Outage      // nil while the broker is asked
	reconnecting bool         // a reconnect is under way in the background
	lastSeen     time.Time
	usual        time.Duration // what its slowest requests took lately; 0 is no experience
}

// Outage is why a broker is not asked for now. It is never changed.
type Outage struct{ Err error }

// outError is the error of a request that was not sent because the broker failed before.
type outError struct{ *Outage }

func (e outError) Error() string { return e.Err.Error() }
func (e outError) Unwrap() error { return e.Err }

// Meter counts the requests that were sent.
type Meter struct{ Sent atomic.Int64 }

// Ask sends a request to a broker on one of its lanes. An error that is not the broker's response begins an outage of
// the broker.
func Ask[R any](ctx context.Context, b *Broker, lane Lane, m *Meter, a kafka.API, send kafka.Request[R]) (R, error) {
	var none R
	caller := ctx
	ctx, cancel := kafka.Within(ctx, b.patience())
	defer cancel()
	for again := false; ; again = true {
		l, offered, reused, err := b.link(ctx, lane, m)
		if err == nil {
			m.Sent.Add(1)
			began := time.Now()
			var response R
			response, err = kafka.Exchange(ctx, l, kafka.Call(offered, a, send))
			if err == nil {
				b.responded(lane, began, time.Now())
				return response, nil
			}
			if !kafka.Sent(err) {
				m.Sent.Add(-1)
				return none, err
			}
			b.drop(lane, l)
			err = l.Failed(err)
		}
		// Brokers close connections that are idle, or restart: that is no failure before a new connection fails too.
		if reused && !again && ctx.Err() == nil && kafka.ConnectionLost(err) {
			continue
		}
		if out, is := errors.AsType[outError](err); is {
			return none, out
		}
		if _, undecodable := errors.AsType[sarama.PacketDecodingError](err); undecodable || caller.Err() != nil {
			return none, err // the caller gave up; or the connection was fine and one response was not
		}
		return none, b.Fail(err)
	}
}

// AskOften is Ask for a request that is sent many times a second. Where there is a connection it does without the
// goroutine and the contexts that Ask has.
func AskOften[R any](ctx context.Context, b *Broker, lane Lane, a kafka.API, send kafka.Request[R]) (R, error) {
	if l, offered := b.opened(lane); l != nil {
		response, err := reuse(ctx, b, lane, l, kafka.Call(offered, a, send))
		if err == nil || ctx.Err() != nil || !kafka.Sent(err) || b.Outage() != nil {
			return response, err
		}
		b.drop(lane, l)
	}
	return Ask(ctx, b, lane, new(Meter), a, send)
}

// reuse asks on a connection that is there. A broker that does not respond in time is out; what else goes wrong is to be
// tried on a new connection.
func reuse[R any](ctx context.Context, b *Broker, lane Lane, l *kafka.Link, call func(*sarama.Broker) (R, error)) (R, error) {
	defer context.AfterFunc(ctx, l.Close)()
	limit, began := b.patience(), time.Now()
	patience := time.AfterFunc(limit, l.Close)
	response, err := kafka.ExchangeHere(l, call)
	if !patience.Stop() && err != nil && ctx.Err() == nil {
		return response, b.Fail(l.Failed(kafka.NoResponse{Limit: limit}))
	}
	if err == nil {
		b.responded(lane, began, time.Now())
	}
	return response, err
}

// link is the connection of a lane, made if there is none. reused says that it was there before.
func (b *Broker) link(ctx context.Context, lane Lane, m *Meter) (l *kafka.Link, offered kafka.Offers, reused bool, err error) {
	b.mutex.Lock()
	l, offered, address, out := b.links[lane], b.offered, b.address, b.outage
	b.mutex.Unlock()
	if out != nil {
		return nil, nil, false, outError{out}
	}
	reused = l != nil
	if l == nil {
		if l, err = b.connector.Connect(ctx, address); err != nil {
			return nil, nil, false, err
		}
	}
	if offered == nil {
		m.Sent.Add(1)
		if offered, err = l.Offers(ctx); err != nil {
			b.drop(lane, l)
			return nil, nil, reused, err
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.ctx.Err() != nil {
		l.Close()
		return nil, nil, false, net.ErrClosed
	}
	b.links[lane], b.offered = l, offered
	return l, offered, reused, nil
}

// opened is the connection of a lane if there is one and the broker is not out.
func (b *Broker) opened(lane Lane) (*kafka.Link, kafka.Offers) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.outage != nil || b.offered == nil {
		return nil, nil
	}
	return b.links[lane], b.offered
}

// drop closes a link and forgets it.
func (b *Broker) drop(lane Lane, l *kafka.Link) {
	l.Close()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.links[lane] == l {
		b.links[lane] = nil
	}
	b.offered = nil
}

// patience is how long a request to this broker may take.
func (b *Broker) patience() time.Duration {
	limit := b.connector.Config().RequestLimit()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.usual == 0 {
		return limit
	}
	return min(limit, max(minPatience, patienceFactor*b.usual))
}

// responded notes a response. Probes say nothing about how long the requests of polls take.
func (b *Broker) responded(lane Lane, began, now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.lastSeen = now
	if lane != LaneProbe {
		b.usual = max(now.Sub(began), b.usual-b.usual/16)
	}
}

// Fail begins an outage of the broker, for a reason that it returns, and the reconnects in the background that end it.
func (b *Broker) Fail(err error) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.outage == nil && b.ctx.Err() == nil {
		b.outage = &Outage{err}
		b.closeLinks()
		if !b.reconnecting {
			b.reconnecting = true
			b.connector.Go(b.reconnect)
		}
	}
	return err
}

// closeLinks needs the mutex.
func (b *Broker) closeLinks() {
	for i, l := range b.links {
		if l != nil {
			l.Close()
			b.links[i] = nil
		}
	}
	b.offered = nil
}

// reconnect tries to reach the broker until it responds or is forgotten.
func (b *Broker) reconnect() {
	for wait := reconnectFirst; ; wait = min(2*wait, reconnectEvery) {
		address, pause, due := b.nextReconnect(wait)
		if !due {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-b.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		s, err := b.connector.Open(b.ctx, address)
		if err == nil {
			b.Adopt(s)
			continue
		}
		b.mutex.Lock()
		if b.outage != nil {
			b.outage = &Outage{err}
		}
		b.mutex.Unlock()
	}
}

// nextReconnect is where and after what pause to connect next; due is false if there is no need any more.
func (b *Broker) nextReconnect(wait time.Duration) (address string, pause time.Duration, due bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.outage == nil {
		b.reconnecting = false
		return "", 0, false
	}
	if kafka.LoginRefused(b.outage.Err) {
		wait = kafka.LoginRetry
	}
	return b.address, wait, true
}

// Adopt takes over a connection on which the broker has responded, which ends an outage.
func (b *Broker) Adopt(s *kafka.Session) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.links[LaneDescribe] != nil || b.ctx.Err() != nil {
		s.Close()
		return
	}
	b.links[LaneDescribe], b.offered, b.outage, b.lastSeen = s.Link, s.Offered, nil, time.Now()
}

// Locate says where the broker is. One that has moved is connected to anew.
func (b *Broker) Locate(address, rack string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.address != address {
		b.closeLinks() // a reconnect that is under way takes the new address the next time
	}
	b.address, b.rack = address, rack
}

// Forget closes the broker's connections for good.
func (b *Broker) Forget() {
	b.forget()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.closeLinks()
}

// Context ends when the broker is forgotten or the pool closed.
func (b *Broker) Context() context.Context { return b.ctx }

// Outage is why the broker is not asked for now, nil if it is.
func (b *Broker) Outage() *Outage {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.outage
}

// Offered is what the broker offers; nil where that is not known.
func (b *Broker) Offered() kafka.Offers {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.offered
}

// Address is its host:port.
func (b *Broker) Address() string { return b.View().Address }

// View is the broker as far as its connections tell: without Answered and Problem.
func (b *Broker) View() model.Broker {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return model.Broker{ID: b.ID, Address: b.address, Rack: b.rack, LastSeen: b.lastSeen}
}
