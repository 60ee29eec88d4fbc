package kafka

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"regroup/model/nearest"
)

// The SASL mechanisms of [SASLConfig].
const (
	MechanismPlain       = sarama.SASLTypePlaintext
	MechanismScramSHA256 = sarama.SASLTypeSCRAMSHA256
	MechanismScramSHA512 = sarama.SASLTypeSCRAMSHA512
)

// mechanism is a SASL mechanism: what it needs of a [SASLConfig], and how each of the two client libraries gets it. A
// new one is a line of [mechanisms], with its settings in SASLConfig.
type mechanism struct {
	name   string
	needs  []credential
	sarama func(*sarama.Config, SASLConfig)
	kgo    func(SASLConfig) sasl.Mechanism
}

// credential is a setting that a mechanism needs.
type credential struct {
	setting string
	value   func(SASLConfig) string
	hint    string // how to set it, where the key in the configuration file is not the best way; else ""
}

var (
	username = credential{"sasl.username", func(s SASLConfig) string { return s.Username }, ""}
	password = credential{"sasl.password", func(s SASLConfig) string { return s.Password }, "; set REGROUP_SASL_PASSWORD or sasl.password_file"}
)

var mechanisms = []mechanism{
	{
		name: MechanismPlain, needs: []credential{username, password},
		sarama: func(conf *sarama.Config, s SASLConfig) {
			conf.Net.SASL.User, conf.Net.SASL.Password = s.Username, s.Password
		},
		kgo: func(s SASLConfig) sasl.Mechanism { return plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism() },
	},
	scramMechanism(MechanismScramSHA256, scram.Auth.AsSha256Mechanism),
	scramMechanism(MechanismScramSHA512, scram.Auth.AsSha512Mechanism),
}

// scramMechanism is SCRAM (RFC 5802) with one hash. sarama brings no SCRAM of its own and is given franz-go's.
func scramMechanism(name string, as func(scram.Auth) sasl.Mechanism) mechanism {
	return mechanism{
		name: name, needs: []credential{username, password},
		sarama: func(conf *sarama.Config, s SASLConfig) {
			conf.Net.SASL.User, conf.Net.SASL.Password = s.Username, s.Password
			conf.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{mechanism: as} }
		},
		kgo: func(s SASLConfig) sasl.Mechanism { return as(scram.Auth{User: s.Username, Pass: s.Password}) },
	}
}

// Mechanisms are the names of the SASL mechanisms.
func Mechanisms() []string {
	names := make([]string, len(mechanisms))
	for i, m := range mechanisms {
		names[i] = m.name
	}
	return names
}

// SASLConfig is how regroup authenticates. It prints without its secrets, however it is printed.
type SASLConfig struct {
	Mechanism string // "" is no authentication; else one of [Mechanisms]
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

// WithSecrets is a Config whose JSON holds its secrets too, for the standard input of a child process. They are in no
// other JSON of a Config.
type WithSecrets struct{ Config }

// withSecrets is the JSON of WithSecrets.
type withSecrets struct {
	Config   Config
	Password string
}

// MarshalJSON implements json.Marshaler.
func (w WithSecrets) MarshalJSON() ([]byte, error) {
	return json.Marshal(withSecrets{w.Config, w.SASL.Password})
}

// UnmarshalJSON implements json.Unmarshaler. It refuses unknown fields, and its errors quote no value.
func (w *WithSecrets) UnmarshalJSON(data []byte) error {
	var decoded withSecrets
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&decoded); err != nil {
		return err
	}
	w.Config = decoded.Config
	w.SASL.Password = decoded.Password
	return nil
}

// mechanism is the configured mechanism; nil is no authentication, or one that is not known.
func (s SASLConfig) mechanism() *mechanism {
	i := slices.IndexFunc(mechanisms, func(m mechanism) bool { return m.name == s.Mechanism })
	if i < 0 {
		return nil
	}
	return &mechanisms[i]
}

func (s SASLConfig) check(reject func(setting, format string, values ...any)) {
	names := strings.Join(Mechanisms(), ", ")
	if s.Mechanism == "" {
		for _, c := range []credential{username, password} {
			if c.value(s) != "" {
				reject(c.setting, "is set, but sasl.mechanism is not; set it to %s, or remove %s", names, c.setting)
			}
		}
		return
	}
	m := s.mechanism()
	if m == nil {
		reject("sasl.mechanism", "is %q; accepted: %s%s", s.Mechanism, names, nearest.DidYouMean(s.Mechanism, Mechanisms()))
		return
	}
	for _, c := range m.needs {
		if c.value(s) == "" {
			reject(c.setting, "is not set, but sasl.mechanism is%s", c.hint)
		}
	}
}

func (s SASLConfig) toSarama(conf *sarama.Config) {
	if m := s.mechanism(); m != nil {
		conf.Net.SASL.Enable = true
		conf.Net.SASL.Mechanism = sarama.SASLMechanism(m.name)
		conf.Net.SASL.Version = sarama.SASLHandshakeV1
		m.sarama(conf, s)
	}
}

func (s SASLConfig) toKgo() []kgo.Opt {
	if m := s.mechanism(); m != nil {
		return []kgo.Opt{kgo.SASL(m.kgo(s))}
	}
	return nil
}

// scramClient lets sarama drive franz-go's SCRAM. sarama asks for the first message with an empty challenge.
type scramClient struct {
	mechanism func(scram.Auth) sasl.Mechanism
	session   sasl.Session
	first     []byte
	begun     bool
	done      bool
}

func (c *scramClient) Begin(username, password, authorization string) (err error) {
	auth := scram.Auth{User: username, Pass: password, Zid: authorization}
	c.session, c.first, err = c.mechanism(auth).Authenticate(context.Background(), "")
	return err
}

func (c *scramClient) Step(challenge string) (string, error) {
	if !c.begun {
		c.begun = true
		return string(c.first), nil
	}
	done, response, err := c.session.Challenge([]byte(challenge))
	if err != nil {
		return "", fmt.Errorf("the broker's part of the SCRAM exchange is not right: %w", err)
	}
	c.done = done
	return string(response), nil
}

func (c *scramClient) Done() bool { return c.done }
