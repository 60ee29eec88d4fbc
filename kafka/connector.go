package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// OffsetsTopic holds the commits and generations of all groups.
const OffsetsTopic = "__consumer_offsets"

// Connector makes connections to brokers. See [NewConnector].
type Connector struct {
	config  Config
	sarama  *sarama.Config // copied for each link
	running sync.WaitGroup // calls into sarama that have not returned, and what Go started
}

// NewConnector checks the configuration; nothing is dialled yet.
func NewConnector(config Config) (*Connector, error) {
	conf, err := config.Sarama()
	if err != nil {
		return nil, err
	}
	// Link.Offers asks for the versions that a broker offers: sarama does not expose them, and the form of OffsetFetch depends
	// on its version.
	conf.ApiVersionsRequest = false
	// A request ends with its context. sarama's own limit is only there in case that fails.
	conf.Net.ReadTimeout = 2 * config.RequestLimit()
	conf.Net.WriteTimeout = 2 * config.RequestLimit()
	return &Connector{config: config, sarama: conf}, nil
}

// Config is the configuration of the connections.
func (c *Connector) Config() Config { return c.config }

// Go runs f in a goroutine that Wait waits for.
func (c *Connector) Go(f func()) { c.running.Go(f) }

// Wait returns when no call into sarama is left. Links must have been closed.
func (c *Connector) Wait() { c.running.Wait() }

// Open connects to an address and asks which requests the broker there offers. It takes a request's timeout at most.
func (c *Connector) Open(ctx context.Context, address string) (*Session, error) {
	ctx, cancel := Within(ctx, c.config.RequestLimit())
	defer cancel()
	l, err := c.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	offered, err := l.Offers(ctx)
	if err != nil {
		l.Close()
		return nil, err
	}
	return &Session{Link: l, Offered: offered}, nil
}

// Reached is what one of several addresses led to.
type Reached struct {
	Address  string
	Session  *Session // nil where no connection was made. Closed where Err is set, and for all but the first to respond
	Metadata *sarama.MetadataResponse
	Err      error
}

// OpenFirst connects to all addresses at once and asks each for its metadata of the named topics. The first to respond
// is returned, with its connection open; nil is none. all are in the order of their responses.
func (c *Connector) OpenFirst(ctx context.Context, addresses []string, topics ...string) (first *Reached, all []*Reached) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan *Reached, len(addresses))
	for _, address := range addresses {
		c.Go(func() {
			r := &Reached{Address: address}
			if r.Session, r.Err = c.Open(ctx, address); r.Err == nil {
				limited, end := Within(ctx, c.config.RequestLimit())
				r.Metadata, r.Err = r.Session.Metadata(limited, topics...)
				end()
			}
			results <- r
		})
	}
	for range addresses {
		r := <-results
		all = append(all, r)
		switch {
		case r.Err == nil && first == nil:
			first = r
			cancel()
		case r.Session != nil:
			r.Session.Close()
		}
	}
	return first, all
}

// Link is one connection to one address. sarama sends one request after the other on it and blocks meanwhile, even its
// Close, so a link holds the network connection too: closing that ends a call that takes too long.
type Link struct {
	address   string
	broker    *sarama.Broker
	connector *Connector
	dialling  context.Context

	mutex  sync.Mutex
	conn   *peekedConn
	closed bool
}

// Connect opens a link and waits until it is authenticated.
func (c *Connector) Connect(ctx context.Context, address string) (*Link, error) {
	l := &Link{address: address, connector: c, broker: sarama.NewBroker(address), dialling: ctx}
	conf := *c.sarama
	conf.Net.Proxy.Enable = true
	conf.Net.Proxy.Dialer = l
	if err := l.broker.Open(&conf); err != nil {
		return nil, err
	}
	_, err := Exchange(ctx, l, func(broker *sarama.Broker) (struct{}, error) {
		connected, err := broker.Connected()
		if err == nil && !connected {
			err = sarama.ErrNotConnected
		}
		return struct{}{}, err
	})
	if err != nil {
		l.Close()
		return nil, &linkError{err: err, greeting: l.greeting(), connecting: true}
	}
	return l, nil
}

// Address is what was dialled.
func (l *Link) Address() string { return l.address }

// Dial is called by sarama, from a goroutine of its own.
func (l *Link) Dial(network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: l.connector.config.DialLimit()}
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
	l.conn = &peekedConn{Conn: conn}
	return l.conn, nil
}

// Exchange runs one call of sarama's until it returns or ctx ends, whichever is first. A call whose context ends is
// unblocked by closing its link, and may outlive Exchange.
func Exchange[R any](ctx context.Context, l *Link, call func(*sarama.Broker) (R, error)) (R, error) {
	type outcome struct {
		response R
		err      error
	}
	done := make(chan outcome, 1)
	l.connector.running.Go(func() {
		var o outcome
		o.response, o.err = ExchangeHere(l, call)
		done <- o
	})
	select {
	case o := <-done:
		return o.response, o.err
	case <-ctx.Done():
		l.Close()
		var none R
		return none, context.Cause(ctx)
	}
}

// ExchangeHere runs one call of sarama's in the goroutine that called it, for as long as it takes. A response that makes sarama
// panic is an error: what a broker sends must not end the program.
func ExchangeHere[R any](l *Link, call func(*sarama.Broker) (R, error)) (response R, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = sarama.PacketDecodingError{Info: fmt.Sprint("the response makes the decoder panic: ", r)}
		}
	}()
	return call(l.broker)
}

// Close ends the connection and the calls that wait for it, and does not wait itself. It may be called more than once.
func (l *Link) Close() {
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
func (l *Link) greeting() []byte {
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

// peekedConn is a connection that remembers its first bytes: they show which other server is listening.
type peekedConn struct {
	net.Conn
	first atomic.Pointer[[]byte]
}

func (c *peekedConn) Read(buffer []byte) (int, error) {
	n, err := c.Conn.Read(buffer)
	if n > 0 && c.first.Load() == nil {
		first := append([]byte(nil), buffer[:min(n, 16)]...)
		c.first.Store(&first)
	}
	return n, err
}

// NoResponse is the cause of a context that ended because a request took too long.
type NoResponse struct{ Limit time.Duration }

func (e NoResponse) Error() string { return fmt.Sprintf("no response within %s", e.Limit) }

// Within limits ctx so that its cause names the limit.
func Within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, NoResponse{limit})
}

// Session is a link with what the broker on it offers.
type Session struct {
	*Link
	Offered Offers
}

// Send sends one request of a session. After an error, other than that the request was not sent, the connection is of no
// further use.
func Send[R any](ctx context.Context, s *Session, a API, send Request[R]) (R, error) {
	response, err := Exchange(ctx, s.Link, Call(s.Offered, a, send))
	if err != nil && Sent(err) {
		err = s.Failed(err)
	}
	return response, err
}

// Metadata asks for the brokers and the named topics.
func (s *Session) Metadata(ctx context.Context, topics ...string) (*sarama.MetadataResponse, error) {
	return Send(ctx, s, Metadata, MetadataOf(topics))
}

// MetadataOf is the request for the brokers and the named topics, none of which it creates.
func MetadataOf(topics []string) Request[*sarama.MetadataResponse] {
	if len(topics) == 0 {
		topics = []string{OffsetsTopic} // in sarama's encoding an empty list means all topics
	}
	return metadataRequest(topics)
}

// MetadataOfAll is the request for the brokers and all topics.
func MetadataOfAll() Request[*sarama.MetadataResponse] { return metadataRequest(nil) }

func metadataRequest(topics []string) Request[*sarama.MetadataResponse] {
	return func(broker *sarama.Broker, version int16) (*sarama.MetadataResponse, error) {
		response, err := broker.GetMetadata(&sarama.MetadataRequest{Version: version, Topics: topics})
		if err == nil && len(response.Brokers) == 0 {
			err = errors.New("the response names no broker")
		}
		return response, err
	}
}
