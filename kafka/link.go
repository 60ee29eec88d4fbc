package kafka

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// connector makes links. The zero value is not usable; see newConnector.
type connector struct {
	config  Config
	sarama  *sarama.Config // copied for each link
	running sync.WaitGroup // the calls into sarama that have not returned
}

func newConnector(config Config) (*connector, error) {
	conf, err := config.Sarama()
	if err != nil {
		return nil, err
	}
	// The versions that a broker offers are asked for by offersOf: sarama would keep the answer to itself, and OffsetFetch
	// must be known to have version 8 before it is written.
	conf.ApiVersionsRequest = false
	// A request ends with its context. sarama's own limit is only there in case that fails.
	conf.Net.ReadTimeout = 2 * config.timeout()
	conf.Net.WriteTimeout = 2 * config.timeout()
	return &connector{config: config, sarama: conf}, nil
}

// wait returns when no call into sarama is left. Links must have been closed.
func (c *connector) wait() { c.running.Wait() }

// link is one connection to one address. sarama answers one request after the other on it and blocks meanwhile, even
// its Close, so a link keeps the network connection at hand: closing that is what ends a call that takes too long.
type link struct {
	address   string
	broker    *sarama.Broker
	connector *connector
	dialling  context.Context

	mutex  sync.Mutex
	conn   *tapped
	closed bool
}

// connect opens a link and waits until it is authenticated.
func (c *connector) connect(ctx context.Context, address string) (*link, error) {
	l := &link{address: address, connector: c, broker: sarama.NewBroker(address), dialling: ctx}
	conf := *c.sarama
	conf.Net.Proxy.Enable = true
	conf.Net.Proxy.Dialer = l
	if err := l.broker.Open(&conf); err != nil {
		return nil, err
	}
	_, err := exchange(ctx, l, func(broker *sarama.Broker) (struct{}, error) {
		connected, err := broker.Connected()
		if err == nil && !connected {
			err = sarama.ErrNotConnected
		}
		return struct{}{}, err
	})
	if err != nil {
		l.close()
		return nil, &linkError{err: err, greeting: l.greeting(), connecting: true}
	}
	return l, nil
}

// Dial is called by sarama, from a goroutine of its own.
func (l *link) Dial(network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: l.connector.config.dialTimeout()}
	conn, err := dialer.DialContext(l.dialling, network, address)
	if err != nil {
		return nil, err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	l.conn = &tapped{Conn: conn}
	return l.conn, nil
}

// exchange runs one call of sarama's until it returns or ctx ends, whichever is first. A call that is given up is
// unblocked by closing its link.
func exchange[R any](ctx context.Context, l *link, send func(*sarama.Broker) (R, error)) (R, error) {
	type outcome struct {
		answer R
		err    error
	}
	done := make(chan outcome, 1)
	l.connector.running.Go(func() {
		var o outcome
		// What a broker sends is not to be trusted with the life of the program.
		defer func() {
			if r := recover(); r != nil {
				o.err = sarama.PacketDecodingError{Info: fmt.Sprint("the answer breaks the decoder: ", r)}
			}
			done <- o
		}()
		o.answer, o.err = send(l.broker)
	})
	select {
	case o := <-done:
		return o.answer, o.err
	case <-ctx.Done():
		l.close()
		var none R
		return none, context.Cause(ctx)
	}
}

// close ends the connection and whatever waits for it, without waiting itself. It may be called more than once.
func (l *link) close() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if l.conn != nil {
		_ = l.conn.Close()
	}
	// After a timeout sarama leaves its receiving goroutine waiting for this call.
	l.connector.running.Go(func() { _ = l.broker.Close() })
}

// greeting is the first bytes that ever came from the other side; nil if none did.
func (l *link) greeting() []byte {
	l.mutex.Lock()
	conn := l.conn
	l.mutex.Unlock()
	if conn == nil {
		return nil
	}
	if first := conn.first.Load(); first != nil {
		return *first
	}
	return nil
}

// tapped is a connection that remembers its first bytes: they tell what answers where no Kafka broker does.
type tapped struct {
	net.Conn
	first atomic.Pointer[[]byte]
}

func (t *tapped) Read(buffer []byte) (int, error) {
	n, err := t.Conn.Read(buffer)
	if n > 0 && t.first.Load() == nil {
		first := append([]byte(nil), buffer[:min(n, 16)]...)
		t.first.Store(&first)
	}
	return n, err
}

// noAnswer is the cause of a context that ended because a request took too long.
type noAnswer struct{ limit time.Duration }

func (e noAnswer) Error() string { return fmt.Sprintf("no answer within %s", e.limit) }

// within limits ctx so that its cause says how long was waited.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, noAnswer{limit})
}

// linkError is a failure of the connection, not an answer of the broker.
type linkError struct {
	err        error
	greeting   []byte
	connecting bool // the link was never usable
}

func (e *linkError) Error() string { return e.err.Error() }
func (e *linkError) Unwrap() error { return e.err }
