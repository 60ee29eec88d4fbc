package kafka

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

// ErrNotInResponse is the error of a response that leaves out what was asked for.
var ErrNotInResponse = errors.New("the broker's response does not mention it")

// linkError is a failure of the connection, not a response of the broker.
type linkError struct {
	err        error
	greeting   []byte
	connecting bool // the link was never usable
}

func (e *linkError) Error() string { return e.err.Error() }
func (e *linkError) Unwrap() error { return e.err }

// Failed is err as a failure of the link, with what helps to explain it.
func (l *Link) Failed(err error) error { return &linkError{err: err, greeting: l.greeting()} }

// codeError is an error code of a broker, in words.
type codeError struct {
	code sarama.KError
	text string
}

func (e codeError) Error() string { return e.text }
func (e codeError) Unwrap() error { return e.code }

// CodeError is the error of a code, in words. It wraps the code, for errors.Is.
func CodeError(code sarama.KError, text string) error { return codeError{code, text} }

// ErrorOf is the error of a code, with the broker's own words where it has some; nil for ErrNoError.
func ErrorOf(code sarama.KError, message *string) error {
	if code == sarama.ErrNoError {
		return nil
	}
	text := Words(code)
	if message != nil && *message != "" {
		text += " (" + *message + ")"
	}
	return CodeError(code, text)
}

// Explain says in words what err is, and what the user can do about it ("" if nothing comes to mind).
func (c Config) Explain(err error) (problem, advice string) {
	if code, is := errors.AsType[sarama.KError](err); is {
		return c.ExplainCode(code)
	}
	if errors.Is(err, sarama.ErrSASLAuthenticationFailed) { // with the broker's own words around it, it is no KError
		return c.ExplainCode(sarama.ErrSASLAuthenticationFailed)
	}
	var link *linkError
	var greeting []byte
	connecting := false
	if errors.As(err, &link) {
		greeting, connecting = link.greeting, link.connecting
	}
	switch silence, hangs := errors.AsType[NoResponse](err); {
	case hangs && len(greeting) == 0:
		advice := "the broker may be paused or overloaded, or this is no Kafka listener: check host and port"
		if c.TLS.Enabled {
			advice += ", and that the port is a TLS one"
		}
		return silence.Error(), advice
	case hangs:
		return silence.Error(), "the broker is overloaded, paused or cut off; it is tried again in the background"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "given up before there was an answer", ""
	case errors.Is(err, ErrNotOffered):
		return err.Error(), "regroup works with Apache Kafka 2.8 and later, on the brokers' listeners (not those of controllers)"
	}
	if problem, advice := explainDial(err); problem != "" {
		return problem, advice
	}
	if problem, advice := c.explainTLS(err); problem != "" {
		return problem, advice
	}
	if problem, advice := explainGreeting(greeting); problem != "" && !c.TLS.Enabled {
		return problem, advice
	}
	if ConnectionLost(err) {
		return c.explainLost(len(greeting) > 0, connecting)
	}
	if undecodable, is := errors.AsType[sarama.PacketDecodingError](err); is {
		return "the answer cannot be decoded: " + undecodable.Info, ""
	}
	return strings.TrimPrefix(err.Error(), "kafka: "), ""
}

// explainDial is for a connection that could not be made.
func explainDial(err error) (problem, advice string) {
	var dial *net.OpError
	if !errors.As(err, &dial) || dial.Op != "dial" {
		return "", ""
	}
	var lookup *net.DNSError
	switch {
	case errors.As(err, &lookup):
		return fmt.Sprintf("the host name %q cannot be resolved: %s", lookup.Name, lookup.Err), "check the name; a broker's own advertised.listeners decide what the others are called"
	case errors.Is(err, connectionRefused):
		return "connection refused", "nothing listens there: check host and port, and that the broker runs"
	case dial.Timeout():
		return "the connection was not made in time", "check the host, and that no firewall is in between"
	}
	return "no connection: " + dial.Err.Error(), "check host and port"
}

// explainTLS is for a handshake that failed.
func (c Config) explainTLS(err error) (problem, advice string) {
	var header tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	switch {
	case errors.As(err, &header):
		return "the answer is not TLS: " + header.Msg, "this port seems to be a plaintext one: switch TLS off, or use the TLS port"
	case errors.As(err, &authority):
		return "the broker's certificate is signed by an authority that is not trusted here", "name the authority's certificate as the CA file"
	case errors.As(err, &host):
		return "the broker's certificate is for another name: " + host.Error(), "give the name that is in the certificate as the server name"
	case errors.As(err, &certificate):
		return "the broker's certificate cannot be verified: " + certificate.Err.Error(), ""
	case errors.As(err, &alert):
		return "the broker ended the TLS handshake: " + alert.Error(), "a client certificate may be required, or the one given is not accepted"
	}
	if remote := "remote error: tls: "; strings.Contains(err.Error(), remote) {
		_, what, _ := strings.Cut(err.Error(), remote)
		return "the broker ended the TLS handshake: " + what, "a client certificate may be required, or the one given is not accepted"
	}
	return "", ""
}

// explainGreeting recognises what answers where no Kafka broker does.
func explainGreeting(first []byte) (problem, advice string) {
	switch {
	case bytes.HasPrefix(first, []byte{0x15, 0x03}):
		return "the port speaks TLS", "switch TLS on, or use the plaintext port"
	case bytes.HasPrefix(first, []byte("HTTP/")):
		return "an HTTP server answers there, not a Kafka broker", "use the port of a Kafka listener (often 9092)"
	case bytes.HasPrefix(first, []byte("SSH-")):
		return "an SSH server answers there, not a Kafka broker", "use the port of a Kafka listener (often 9092)"
	}
	return "", ""
}

// explainLost is for a connection that the other side closed. A Kafka broker closes without a word what it cannot make
// sense of, so the advice is all there is.
func (c Config) explainLost(spoke, connecting bool) (problem, advice string) {
	switch {
	case spoke && connecting && c.SASL.Mechanism != "":
		return fmt.Sprintf("the broker closed the connection during authentication as %s with %s", c.Principal(), c.SASL.Mechanism),
			"check the user, the password and the mechanism"
	case spoke && c.SASL.Mechanism == "":
		return "the broker closed the connection", "if it did so from the start, this port may want SASL: give a mechanism, a user and a password"
	case spoke:
		return "the broker closed the connection", ""
	case c.TLS.Enabled:
		return "the connection was closed during the TLS handshake", "this port may be a plaintext one: switch TLS off, or use the TLS port"
	}
	return "the connection was closed without an answer", "this port may want TLS (switch TLS on), or it is no Kafka listener"
}

// ExplainCode is Explain for what a broker says about a request as a whole.
func (c Config) ExplainCode(code sarama.KError) (problem, advice string) {
	switch code {
	case sarama.ErrSASLAuthenticationFailed:
		problem = fmt.Sprintf("authentication as %s with %s failed", c.Principal(), c.SASL.Mechanism)
		return problem, "check the user, the password and the mechanism"
	case sarama.ErrUnsupportedSASLMechanism:
		return fmt.Sprintf("the broker does not take the SASL mechanism %s", c.SASL.Mechanism), "choose one of those that its listener has enabled"
	case sarama.ErrIllegalSASLState:
		return "the broker does not want SASL on this port, or not now", "use the SASL port, or give no mechanism"
	case sarama.ErrGroupAuthorizationFailed, sarama.ErrTopicAuthorizationFailed, sarama.ErrClusterAuthorizationFailed:
		return c.Denied(code, ""), "grant it, or leave it: the rest is shown"
	}
	return Words(code), ""
}

// Denied says what is not allowed, on what, and to whom. All that is read needs the operation DESCRIBE.
func (c Config) Denied(code sarama.KError, name string) string {
	resource := "the cluster"
	switch code {
	case sarama.ErrGroupAuthorizationFailed:
		resource = "group"
	case sarama.ErrTopicAuthorizationFailed:
		resource = "topic"
	}
	if name != "" {
		resource = fmt.Sprintf("%s %q", resource, name)
	}
	return fmt.Sprintf("not authorised: DESCRIBE on %s is not allowed for %s", resource, c.Principal())
}

// IsDenied says whether the code is about authorisation.
func IsDenied(code sarama.KError) bool {
	return code == sarama.ErrGroupAuthorizationFailed || code == sarama.ErrTopicAuthorizationFailed || code == sarama.ErrClusterAuthorizationFailed
}

// Words are what an error code of Kafka says, without sarama's prefix.
func Words(code sarama.KError) string {
	switch code {
	case sarama.ErrNotCoordinatorForConsumer:
		return "this broker is not the coordinator of the group (it moved)"
	case sarama.ErrOffsetsLoadInProgress:
		return "the coordinator is still loading its groups"
	case sarama.ErrConsumerCoordinatorNotAvailable:
		return "the coordinator is not available"
	case sarama.ErrUnknownTopicOrPartition:
		return "no such topic or partition"
	case sarama.ErrNotLeaderForPartition:
		return "the leader has moved"
	case sarama.ErrLeaderNotAvailable:
		return "no leader"
	case sarama.ErrGroupIDNotFound:
		return "no such group"
	}
	return strings.TrimSuffix(strings.TrimPrefix(code.Error(), "kafka server: "), ".")
}

// LoginRetry is the least time between two logins where the broker refuses them: accounts get locked.
const LoginRetry = 15 * time.Second

// LoginRefused says whether the broker does not accept who regroup is, which trying again soon does not change.
func LoginRefused(err error) bool {
	return errors.Is(err, sarama.ErrSASLAuthenticationFailed) || errors.Is(err, sarama.ErrUnsupportedSASLMechanism) ||
		errors.Is(err, sarama.ErrIllegalSASLState)
}

// Sent says whether err is more than a request that never left.
func Sent(err error) bool {
	_, unsent := errors.AsType[NotSent](err)
	_, unencodable := errors.AsType[sarama.PacketEncodingError](err)
	return !unsent && !unencodable
}

// Undecodable says whether a response arrived whole and made no sense.
func Undecodable(err error) bool {
	_, is := errors.AsType[sarama.PacketDecodingError](err)
	return is || errors.Is(err, sarama.ErrInsufficientData)
}

// ConnectionLost says whether err is what a connection that the other side has closed looks like.
func ConnectionLost(err error) bool {
	is := func(sign error) bool { return errors.Is(err, sign) }
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, sarama.ErrNotConnected}, is) ||
		slices.ContainsFunc(connectionLost, is)
}
