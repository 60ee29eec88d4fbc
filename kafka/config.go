package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
)

// What a [Config] means where it leaves a duration or the client id at zero.
const (
	DefaultTimeout     = 10 * time.Second
	DefaultDialTimeout = 5 * time.Second
	DefaultClientID    = "regroup"
)

// The SASL mechanisms of [SASLConfig].
const (
	MechanismPlain       = "PLAIN"
	MechanismScramSHA256 = "SCRAM-SHA-256"
	MechanismScramSHA512 = "SCRAM-SHA-512"
)

func init() {
	// sarama measures every connection with go-metrics, whose meters are kept by a goroutine that never ends. Nobody
	// reads them here, so they are switched off.
	metrics.UseNilMetrics = true
}

// Config says how to reach a cluster.
type Config struct {
	Brokers     []string      // host:port of one or more brokers; the others are learnt from them
	ClientID    string        // client.id in the brokers' logs; "" is [DefaultClientID]
	Timeout     time.Duration // for each request, sending and waiting for the answer; 0 is [DefaultTimeout]
	DialTimeout time.Duration // for a connection to be made; 0 is [DefaultDialTimeout]
	TLS         TLSConfig
	SASL        SASLConfig
	Name        string // what the user calls the cluster; "" is the first of Brokers
}

// TLSConfig says how connections are encrypted. Its other fields mean something only if Enabled is true.
type TLSConfig struct {
	Enabled    bool
	CAFile     string // PEM file of the authorities to trust; "" trusts those of the system
	CertFile   string // PEM file of the client's certificate; "" sends none
	KeyFile    string // PEM file of its private key
	ServerName string // the name that the brokers' certificates must carry; "" is the host that is dialled
	SkipVerify bool   // accept any certificate
}

// SASLConfig says who regroup is. It prints without its password, however it is printed.
type SASLConfig struct {
	Mechanism string // "" is no authentication; else PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Username  string
	Password  string `json:"-" yaml:"-"`
}

// String is the mechanism and the user, without the password.
func (s SASLConfig) String() string {
	if s.Mechanism == "" {
		return "none"
	}
	return s.Mechanism + " as " + s.Username
}

// GoString is String, so that %#v does not show the password either.
func (s SASLConfig) GoString() string { return s.String() }

// Sarama is the configuration of a sarama client for this cluster. The error names the first setting that cannot be
// right and says what it should be. Files are read now, so that a wrong path is found before anything is dialled.
func (c Config) Sarama() (*sarama.Config, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	conf := sarama.NewConfig()
	conf.ClientID = c.clientID()
	// The newest protocol that sarama speaks. Against an older broker each request is lowered to what the broker offers.
	conf.Version = sarama.MaxVersion
	conf.ApiVersionsRequest = true
	conf.Net.DialTimeout = c.dialTimeout()
	conf.Net.ReadTimeout = c.timeout()
	conf.Net.WriteTimeout = c.timeout()

	if c.TLS.Enabled {
		tlsConfig, err := c.TLS.load()
		if err != nil {
			return nil, err
		}
		conf.Net.TLS.Enable = true
		conf.Net.TLS.Config = tlsConfig
	}
	if c.SASL.Mechanism != "" {
		conf.Net.SASL.Enable = true
		conf.Net.SASL.Mechanism = sarama.SASLMechanism(c.SASL.Mechanism)
		conf.Net.SASL.User = c.SASL.Username
		conf.Net.SASL.Password = c.SASL.Password
		conf.Net.SASL.Version = sarama.SASLHandshakeV1
		conf.Net.SASL.SCRAMClientGeneratorFunc = scramClients(c.SASL.Mechanism)
	}
	if err := conf.Validate(); err != nil {
		return nil, fmt.Errorf("the connection's settings do not fit together: %w", err)
	}
	return conf, nil
}

func (c Config) clientID() string           { return orDefault(c.ClientID, DefaultClientID) }
func (c Config) timeout() time.Duration     { return orDefault(c.Timeout, DefaultTimeout) }
func (c Config) dialTimeout() time.Duration { return orDefault(c.DialTimeout, DefaultDialTimeout) }
func orDefault[T comparable](v, other T) (r T) {
	if v == r {
		return other
	}
	return v
}

// name is what the cluster is called where nothing better is known.
func (c Config) name() string { return orDefault(c.Name, c.Brokers[0]) }

// principal is who the brokers take regroup for, as far as it can be told from this side.
func (c Config) principal() string {
	switch {
	case c.SASL.Mechanism != "":
		return "User:" + c.SASL.Username
	case c.TLS.Enabled && c.TLS.CertFile != "":
		return "the principal of certificate " + c.TLS.CertFile
	}
	return "User:ANONYMOUS"
}

func (c Config) validate() error {
	if len(c.Brokers) == 0 {
		return errors.New("no broker is given: name at least one as host:port")
	}
	for _, address := range c.Brokers {
		if problem := AddressProblem(address); problem != "" {
			return fmt.Errorf("broker %q %s", address, problem)
		}
	}
	if c.Timeout < 0 || c.DialTimeout < 0 {
		return fmt.Errorf("timeouts must not be negative (request timeout %s, dial timeout %s)", c.Timeout, c.DialTimeout)
	}
	if err := c.TLS.validate(); err != nil {
		return err
	}
	return c.SASL.validate()
}

// AddressProblem says what is wrong with the address of a broker, as the end of a sentence about it; "" if nothing is.
func AddressProblem(address string) string {
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

func (t TLSConfig) validate() error {
	if !t.Enabled {
		if t != (TLSConfig{}) {
			return errors.New("TLS has settings (CA file, certificate, key, server name or skip verify) but is not enabled: enable it or remove them")
		}
		return nil
	}
	if t.CertFile != "" && t.KeyFile == "" {
		return fmt.Errorf("TLS has a client certificate (%s) but no key file for it", t.CertFile)
	}
	if t.KeyFile != "" && t.CertFile == "" {
		return fmt.Errorf("TLS has a key (%s) but no client certificate file for it", t.KeyFile)
	}
	return nil
}

func (t TLSConfig) load() (*tls.Config, error) {
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.SkipVerify, //nolint:gosec // only where the user asked for it by name
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the TLS CA file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the TLS CA file %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cannot load the TLS client certificate %s with key %s: %w", t.CertFile, t.KeyFile, err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}

func (s SASLConfig) validate() error {
	if s.Mechanism == "" {
		if s.Username != "" || s.Password != "" {
			return errors.New("a SASL user or password is given but no mechanism: choose PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
		}
		return nil
	}
	known := []string{MechanismPlain, MechanismScramSHA256, MechanismScramSHA512}
	if !slices.Contains(known, s.Mechanism) {
		return fmt.Errorf("SASL mechanism %q is not one of %s", s.Mechanism, strings.Join(known, ", "))
	}
	if s.Username == "" || s.Password == "" {
		return fmt.Errorf("SASL %s needs a user and a password", s.Mechanism)
	}
	return nil
}
