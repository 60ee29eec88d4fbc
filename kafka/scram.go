package kafka

import (
	"context"
	"fmt"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// scramClients makes the SCRAM side of a SASL handshake (RFC 5802) for sarama, which brings none of its own; nil for a
// mechanism that is not SCRAM.
func scramClients(mechanism string) func() sarama.SCRAMClient {
	switch mechanism {
	case MechanismScramSHA256:
		return func() sarama.SCRAMClient { return &scramClient{mechanism: scram.Auth.AsSha256Mechanism} }
	case MechanismScramSHA512:
		return func() sarama.SCRAMClient { return &scramClient{mechanism: scram.Auth.AsSha512Mechanism} }
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
	done, answer, err := c.session.Challenge([]byte(challenge))
	if err != nil {
		return "", fmt.Errorf("the broker's part of the SCRAM exchange is not right: %w", err)
	}
	c.done = done
	return string(answer), nil
}

func (c *scramClient) Done() bool { return c.done }
