// Package kafka makes the connections to a cluster: its configuration, authentication and encryption, the versions of the
// requests that both sides speak, and errors with advice. It is the one place where a client of a cluster is configured.
//
// The packages below it do the work over these connections: brokers keeps connections to every broker, poll reads the
// groups of a cluster, probe watches their states between polls, tail reads __consumer_offsets, and admin changes things.
//
// sarama's Broker is used for the wire format and nothing else of it: its cluster admin has no context, looks up
// coordinators one at a time and stops at the first that fails. Nothing of sarama leaves this package and those below it.
package kafka

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What a [Config] means where it leaves a duration or the client id at zero.
const (
	DefaultTimeout     = 10 * time.Second
	DefaultDialTimeout = 5 * time.Second
	DefaultClientID    = "regroup"
)

// leastTimeout is the shortest accepted timeout: shorter ones are a slip of the unit.
const leastTimeout = time.Millisecond

func init() {
	// sarama measures every connection with go-metrics, whose meters are kept by a goroutine that never ends. Nothing
	// reads them here, so they are switched off.
	metrics.UseNilMetrics = true
}

// Config is how to reach a cluster.
type Config struct {
	Brokers     []string      // host:port of one or more brokers; the others are learnt from their metadata
	ClientID    string        // client.id in the brokers' logs; "" is [DefaultClientID]
	Timeout     time.Duration // for each request, sending and waiting for the response; 0 is [DefaultTimeout]
	DialTimeout time.Duration // for a connection to be made; 0 is [DefaultDialTimeout]
	TLS         TLSConfig
	SASL        SASLConfig
	Name        string // what the user calls the cluster; "" is the first of Brokers
}

// SettingError is a setting of a [Config] that cannot be right. Setting is its key in the configuration file, Problem
// the rest of a sentence that begins with the key: what is wrong, and what is accepted.
type SettingError struct{ Setting, Problem string }

// Error is the sentence.
func (e SettingError) Error() string { return e.Setting + " " + e.Problem }

// Problems are the settings that cannot be right, in the order of the configuration file. That no broker is named is
// not among them, and no file is read.
func (c Config) Problems() []SettingError {
	var problems []SettingError
	reject := func(setting, format string, values ...any) {
		problems = append(problems, SettingError{setting, fmt.Sprintf(format, values...)})
	}
	for _, address := range c.Brokers {
		if problem := addressProblem(address); problem != "" {
			reject("brokers", "has %q, which %s", address, problem)
		}
	}
	timeout := func(setting string, value time.Duration) {
		if value != 0 && value < leastTimeout {
			reject(setting, "is %s; accepted: a duration of at least %s", value, leastTimeout)
		}
	}
	timeout("timeout", c.Timeout)
	timeout("dial_timeout", c.DialTimeout)
	c.TLS.check(reject)
	c.SASL.check(reject)
	return problems
}

func (c Config) validate() error {
	if len(c.Brokers) == 0 {
		return SettingError{"brokers", "is empty; name at least one as host:port"}
	}
	if problems := c.Problems(); len(problems) > 0 {
		return problems[0]
	}
	return nil
}

// addressProblem is what is wrong with the address of a broker, as the end of a sentence about it; "" if nothing is.
func addressProblem(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil && !strings.Contains(strings.Trim(address, "[]"), ":") {
		return "has no port; write " + address + ":9092"
	}
	if err != nil || host == "" {
		return "is not host:port (an IPv6 address goes in brackets: [::1]:9092)"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > math.MaxUint16 {
		return "has a port that is not a number from 1 to 65535"
	}
	return ""
}

// Sarama is the configuration of a sarama client for this cluster. The error is the first of [Config.Problems], or a
// file that cannot be used: files are read now, so that a wrong path is found before anything is dialled.
func (c Config) Sarama() (*sarama.Config, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	conf := sarama.NewConfig()
	conf.ClientID = c.clientID()
	// The newest protocol that sarama speaks. Against an older broker each request is lowered to what the broker offers.
	conf.Version = sarama.MaxVersion
	conf.ApiVersionsRequest = true
	conf.Net.DialTimeout = c.DialLimit()
	conf.Net.ReadTimeout = c.RequestLimit()
	conf.Net.WriteTimeout = c.RequestLimit()
	if c.TLS.Enabled {
		tlsConfig, err := c.TLS.load()
		if err != nil {
			return nil, err
		}
		conf.Net.TLS.Enable = true
		conf.Net.TLS.Config = tlsConfig
	}
	c.SASL.toSarama(conf)
	if err := conf.Validate(); err != nil {
		return nil, fmt.Errorf("the connection's settings do not fit together: %w", err)
	}
	return conf, nil
}

// Kgo is the configuration of a franz-go client for this cluster, as [Config.Sarama] is that of a sarama client.
func (c Config) Kgo() ([]kgo.Opt, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID(c.clientID()),
		kgo.DialTimeout(c.DialLimit()), kgo.RequestTimeoutOverhead(c.RequestLimit()),
		kgo.DisableClientMetrics(), // no telemetry is sent to the brokers (KIP-714)
	}
	if c.TLS.Enabled {
		tlsConfig, err := c.TLS.load()
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(tlsConfig))
	}
	return append(options, c.SASL.toKgo()...), nil
}

func (c Config) clientID() string { return cmp.Or(c.ClientID, DefaultClientID) }

// DialLimit is how long a connection may take to be made.
func (c Config) DialLimit() time.Duration { return cmp.Or(c.DialTimeout, DefaultDialTimeout) }

// RequestLimit is how long a request may take.
func (c Config) RequestLimit() time.Duration { return cmp.Or(c.Timeout, DefaultTimeout) }

// ClusterName is what the cluster is called where its metadata gives nothing better.
func (c Config) ClusterName() string { return cmp.Or(c.Name, c.Brokers[0]) }

// Principal is the Kafka principal that the brokers see, as far as this side can know it.
func (c Config) Principal() string {
	switch {
	case c.SASL.Mechanism != "":
		return "User:" + c.SASL.Username
	case c.TLS.CertFile != "":
		return "the principal of certificate " + c.TLS.CertFile
	}
	return "User:ANONYMOUS"
}
