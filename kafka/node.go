package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

const (
	// pollLanes is how many connections polls have to a broker at most. A broker works on one request of a connection at
	// a time, so a description and a fetch of offsets go side by side on two. Only brokers that take OffsetFetch group by
	// group (before Kafka 3.0) see more.
	pollLanes = 4
	lanePulse = pollLanes // quick looks neither wait for polls nor hold them up
	lanes     = pollLanes + 1

	patienceAtLeast = 2 * time.Second // how long a broker that is usually quick may take all the same
	patienceFactor  = 20              // how many times longer than usual a request may take

	probeFirst      = 500 * time.Millisecond // how soon a broker that failed is tried again
	probeEvery      = 2 * time.Second        // how often in the long run
	probeRefused    = 15 * time.Second       // and how often if it does not accept who regroup is: accounts get locked
	nodeForgotten   = 15 * time.Minute       // a broker that is no longer in the metadata is shown for so long
	coordinatorMove = 20 * time.Second       // groups of a broker that left may be listed nowhere for so long
)

// node is one broker of the cluster as the poller knows it.
type node struct {
	id        int32
	connector *connector
	ended     context.Context // when the node is forgotten or the poller closed
	forget    context.CancelFunc

	mutex    sync.Mutex // guards what is below: a probe works beside the polls
	address  string
	rack     string
	links    [lanes]*link
	offers   offers  // nil until asked for, and after a connection was lost: it may come back as another release
	outage   *outage // nil while the broker is asked
	probing  bool    // a probe is under way
	lastSeen time.Time
	inSince  time.Time     // when the cluster's metadata last held it
	usual    time.Duration // what its slowest requests took lately; 0 is no experience

	// only touched by the poll that is under way
	present  bool         // the metadata hold it
	listed   []found      // what it listed last, sorted
	entries  []entry      // made for the poll that is under way; empty in between, kept for its room
	startsAt time.Time    // when the log start offsets of what it leads were read; zero is never
	batch    atomic.Int32 // how many groups a request may name
	payloads payloads
}

// outage is why a broker is not asked for now.
type outage struct {
	since time.Time
	err   error
}

// brokerOut is the error of a request that was not sent because the broker failed before.
type brokerOut struct{ *outage }

func (e brokerOut) Error() string { return e.err.Error() }
func (e brokerOut) Unwrap() error { return e.err }

// meter counts requests.
type meter struct{ sent atomic.Int64 }

// ask sends a request to a broker on one of its lanes. An error that is not the broker's answer makes the broker's
// outage begin: it is not asked again until a probe in the background has reached it, so that no poll waits for the
// same dead broker twice.
func ask[R any](ctx context.Context, n *node, lane int, m *meter, send func(*sarama.Broker, offers) (R, error)) (R, error) {
	var none R
	asking := ctx
	ctx, cancel := within(ctx, n.patience())
	defer cancel()
	for again := false; ; again = true {
		l, offered, reused, err := n.link(ctx, lane, m)
		if err == nil {
			m.sent.Add(1)
			began := time.Now()
			var answer R
			answer, err = exchange(ctx, l, func(broker *sarama.Broker) (R, error) { return send(broker, offered) })
			if err == nil {
				n.seen(lane, began, time.Now())
				return answer, nil
			}
			if !broken(err) {
				m.sent.Add(-1)
				return none, err
			}
			n.drop(lane, l)
			err = &linkError{err: err, greeting: l.greeting()}
		}
		// Brokers close connections that are idle, or restart: that is no failure before a new connection fails too.
		if reused && !again && ctx.Err() == nil && lost(err) {
			continue
		}
		if out, is := errors.AsType[brokerOut](err); is {
			return none, out
		}
		if _, undecodable := errors.AsType[sarama.PacketDecodingError](err); undecodable || asking.Err() != nil {
			return none, err // the caller gave up; or the connection was fine and one answer was not
		}
		return none, n.fail(err)
	}
}

// broken says whether err is more than a request that never left.
func broken(err error) bool {
	_, unsent := errors.AsType[notSent](err)
	_, unencodable := errors.AsType[sarama.PacketEncodingError](err)
	return !unsent && !unencodable
}

// lost says whether err is what a connection that the other side has closed looks like.
func lost(err error) bool {
	is := func(sign error) bool { return errors.Is(err, sign) }
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, sarama.ErrNotConnected}, is) ||
		slices.ContainsFunc(connectionLost, is)
}

// link is the connection of a lane, made if there is none. reused says that it was there before.
func (n *node) link(ctx context.Context, lane int, m *meter) (l *link, offered offers, reused bool, err error) {
	n.mutex.Lock()
	l, offered, address, out := n.links[lane], n.offers, n.address, n.outage
	n.mutex.Unlock()
	if out != nil {
		return nil, nil, false, brokerOut{out}
	}
	reused = l != nil
	if l == nil {
		if l, err = n.connector.connect(ctx, address); err != nil {
			return nil, nil, false, err
		}
	}
	if offered == nil {
		m.sent.Add(1)
		if offered, err = offersOf(ctx, l); err != nil {
			n.drop(lane, l)
			return nil, nil, reused, err
		}
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.ended.Err() != nil {
		l.close()
		return nil, nil, false, net.ErrClosed
	}
	n.links[lane], n.offers = l, offered
	return l, offered, reused, nil
}

// drop closes a link and forgets it.
func (n *node) drop(lane int, l *link) {
	l.close()
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.links[lane] == l {
		n.links[lane] = nil
	}
	n.offers = nil
}

// patience is how long a request to this broker may take.
func (n *node) patience() time.Duration {
	limit := n.connector.config.timeout()
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.usual == 0 {
		return limit
	}
	return min(limit, max(patienceAtLeast, patienceFactor*n.usual))
}

// seen notes an answer. Quick looks say nothing about how long the requests of polls take.
func (n *node) seen(lane int, began, now time.Time) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.lastSeen = now
	if lane != lanePulse {
		n.usual = max(now.Sub(began), n.usual-n.usual/16)
	}
}

// fail begins an outage and starts the probe that ends it.
func (n *node) fail(err error) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.outage == nil && n.ended.Err() == nil {
		n.outage = &outage{since: time.Now(), err: err}
		n.closeLinks()
		if !n.probing {
			n.probing = true
			n.connector.running.Go(n.probe)
		}
	}
	return err
}

// closeLinks needs the mutex.
func (n *node) closeLinks() {
	for i, l := range n.links {
		if l != nil {
			l.close()
			n.links[i] = nil
		}
	}
	n.offers = nil
}

// probe tries to reach the broker until it answers or is forgotten.
func (n *node) probe() {
	for wait := probeFirst; ; wait = min(2*wait, probeEvery) {
		address, pause, due := n.nextProbe(wait)
		if !due {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-n.ended.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		l, offered, err := n.connector.greet(n.ended, address)
		if err == nil {
			n.adopt(l, offered)
			continue
		}
		n.mutex.Lock()
		if n.outage != nil {
			n.outage = &outage{since: n.outage.since, err: err}
		}
		n.mutex.Unlock()
	}
}

// nextProbe says where and after what pause to probe next; due is false if there is no need any more.
func (n *node) nextProbe(wait time.Duration) (address string, pause time.Duration, due bool) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.outage == nil {
		n.probing = false
		return "", 0, false
	}
	if refused(n.outage.err) {
		wait = probeRefused
	}
	return n.address, wait, true
}

// greet connects to an address and asks what the broker there offers.
func (c *connector) greet(ctx context.Context, address string) (*link, offers, error) {
	ctx, cancel := within(ctx, c.config.timeout())
	defer cancel()
	l, err := c.connect(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	offered, err := offersOf(ctx, l)
	if err != nil {
		l.close()
		return nil, nil, err
	}
	return l, offered, nil
}

// adopt gives the node a connection on which it has answered, which ends an outage.
func (n *node) adopt(l *link, offered offers) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.links[0] != nil || n.ended.Err() != nil {
		l.close()
		return
	}
	n.links[0], n.offers, n.outage, n.lastSeen = l, offered, nil, time.Now()
}

// end forgets the node and closes what it has open.
func (n *node) end() {
	n.forget()
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.closeLinks()
}

// out is the node's outage, nil if it has none.
func (n *node) out() *outage {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.outage
}
