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

// ErrNotInResponse is the error of a response without the entity that was asked for.
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
	switch timeout, hangs := errors.AsType[NoResponse](err); {
	case hangs && len(greeting) == 0:
		advice := "the broker may be paused or overloaded, or the port is not a Kafka listener: check the host and port"
		if c.TLS.Enabled {
			advice += ", and that the port is a TLS one"
		}
		return timeout.Error(), advice
	case hangs:
		return timeout.Error(), "the broker is overloaded, paused or unreachable; regroup keeps trying in the background"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled before the broker responded", ""
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
		return "the response cannot be decoded: " + undecodable.Info, ""
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
		return fmt.Sprintf("the host name %q cannot be resolved: %s", lookup.Name, lookup.Err), "check the name; brokers other than the configured ones are reached by the names in their advertised.listeners"
	case errors.Is(err, connectionRefused):
		return "connection refused", "nothing is listening there: check the host and port, and that the broker is running"
	case dial.Timeout():
		return "connecting timed out", "check the host and port, and that no firewall blocks them"
	}
	return "no connection: " + dial.Err.Error(), "check the host and port"
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
		return "the response is not TLS: " + header.Msg, "this port seems to be a plaintext one: switch TLS off, or use the TLS port"
	case errors.As(err, &authority):
		return "the broker's certificate is signed by an authority that is not trusted here", "set the CA file (tls.ca_file) to the authority's certificate"
	case errors.As(err, &host):
		return "the broker's certificate is for another name: " + host.Error(), "set the server name (tls.server_name) to a name in the certificate"
	case errors.As(err, &certificate):
		return "the broker's certificate cannot be verified: " + certificate.Err.Error(), ""
	case errors.As(err, &alert):
		return "the broker ended the TLS handshake: " + alert.Error(), "a client certificate may be required, or yours is not accepted"
	}
	if remote := "remote error: tls: "; strings.Contains(err.Error(), remote) {
		_, what, _ := strings.Cut(err.Error(), remote)
		return "the broker ended the TLS handshake: " + what, "a client certificate may be required, or yours is not accepted"
	}
	return "", ""
}

// explainGreeting recognises other servers by their first bytes.
func explainGreeting(first []byte) (problem, advice string) {
	switch {
	case bytes.HasPrefix(first, []byte{0x15, 0x03}):
		return "the port speaks TLS", "switch TLS on, or use the plaintext port"
	case bytes.HasPrefix(first, []byte("HTTP/")):
		return "an HTTP server is listening there, not a Kafka broker", "use the port of a Kafka listener (often 9092)"
	case bytes.HasPrefix(first, []byte("SSH-")):
		return "an SSH server is listening there, not a Kafka broker", "use the port of a Kafka listener (often 9092)"
	}
	return "", ""
}

// explainLost is for a connection that the other side closed. A Kafka broker closes a connection without a
// response when it does not understand a request.
func (c Config) explainLost(spoke, connecting bool) (problem, advice string) {
	switch {
	case spoke && connecting && c.SASL.Mechanism != "":
		return fmt.Sprintf("the broker closed the connection during authentication as %s with %s", c.Principal(), c.SASL.Mechanism),
			"check the user, the password and the mechanism"
	case spoke && c.SASL.Mechanism == "":
		return "the broker closed the connection", "if it does so every time, this port may require SASL: set a mechanism, a user and a password"
	case spoke:
		return "the broker closed the connection", ""
	case c.TLS.Enabled:
		return "the connection was closed during the TLS handshake", "this port may be a plaintext one: switch TLS off, or use the TLS port"
	}
	return "the connection was closed without a response", "this port may require TLS (switch TLS on), or it is not a Kafka listener"
}

// ExplainCode is Explain for the error code of a whole response.
func (c Config) ExplainCode(code sarama.KError) (problem, advice string) {
	switch code {
	case sarama.ErrSASLAuthenticationFailed:
		problem = fmt.Sprintf("authentication as %s with %s failed", c.Principal(), c.SASL.Mechanism)
		return problem, "check the user, the password and the mechanism"
	case sarama.ErrUnsupportedSASLMechanism:
		return fmt.Sprintf("the broker does not support the SASL mechanism %s", c.SASL.Mechanism), "use one that its listener has enabled (sasl.enabled.mechanisms)"
	case sarama.ErrIllegalSASLState:
		return "the broker does not expect SASL on this port", "use the SASL port, or remove the mechanism"
	case sarama.ErrGroupAuthorizationFailed, sarama.ErrTopicAuthorizationFailed, sarama.ErrClusterAuthorizationFailed:
		return c.Denied(code, ""), "grant it to see more; everything else is shown"
	}
	return Words(code), ""
}

// Denied is which operation is not allowed, on what, and for which principal. All that polls read needs DESCRIBE.
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

// Words is an error code of Kafka in words, without sarama's prefix.
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

// LoginRefused says whether the broker refuses the login, which a retry soon would not change.
func LoginRefused(err error) bool {
	return errors.Is(err, sarama.ErrSASLAuthenticationFailed) || errors.Is(err, sarama.ErrUnsupportedSASLMechanism) ||
		errors.Is(err, sarama.ErrIllegalSASLState)
}

// Sent says whether the request may have been sent before err.
func Sent(err error) bool {
	_, unsent := errors.AsType[NotSent](err)
	_, unencodable := errors.AsType[sarama.PacketEncodingError](err)
	return !unsent && !unencodable
}

// Undecodable says whether a response arrived whole and cannot be decoded.
func Undecodable(err error) bool {
	_, is := errors.AsType[sarama.PacketDecodingError](err)
	return is || errors.Is(err, sarama.ErrInsufficientData)
}

// ConnectionLost says whether err shows that the other side closed the connection.
func ConnectionLost(err error) bool {
	is := func(sign error) bool { return errors.Is(err, sign) }
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, sarama.ErrNotConnected}, is) ||
		slices.ContainsFunc(connectionLost, is)
}
