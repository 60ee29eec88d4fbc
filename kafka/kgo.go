package kafka

import (
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Kgo is the configuration of a franz-go client for this cluster, as [Config.Sarama] is that of a sarama client.
func (c Config) Kgo() ([]kgo.Opt, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID(c.clientID()),
		kgo.DialTimeout(c.dialTimeout()), kgo.RequestTimeoutOverhead(c.timeout()),
		kgo.DisableClientMetrics(), // nobody asked for the brokers to be told anything
	}
	if c.TLS.Enabled {
		tlsConfig, err := c.TLS.load()
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(tlsConfig))
	}
	switch c.SASL.Mechanism {
	case MechanismPlain:
		options = append(options, kgo.SASL(plain.Auth{User: c.SASL.Username, Pass: c.SASL.Password}.AsMechanism()))
	case MechanismScramSHA256:
		options = append(options, kgo.SASL(scram.Auth{User: c.SASL.Username, Pass: c.SASL.Password}.AsSha256Mechanism()))
	case MechanismScramSHA512:
		options = append(options, kgo.SASL(scram.Auth{User: c.SASL.Username, Pass: c.SASL.Password}.AsSha512Mechanism()))
	}
	return options, nil
}
