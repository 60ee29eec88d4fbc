package lab

import (
	"errors"

	"github.com/IBM/sarama"
)

// groupClient is a client of sarama's that speaks with its group's coordinator over a connection of its own, as the Java
// client does. sarama alone has one connection to a broker, on which answers come in the order of the requests: behind a
// fetch that the broker holds back for fetch.max.wait.ms, heartbeats, commits and JoinGroup would wait until the session
// is over.
type groupClient struct {
	sarama.Client               // for metadata and fetches
	coordination  sarama.Client // for what goes to the coordinator
}

func newGroupClient(brokers []string, conf *sarama.Config) (*groupClient, error) {
	client, err := sarama.NewClient(brokers, conf)
	if err != nil {
		return nil, err
	}
	beside := *conf
	beside.Metadata.RefreshFrequency = 0 // it needs no topics; who the coordinator is, it asks when it has to
	coordination, err := sarama.NewClient(brokers, &beside)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &groupClient{client, coordination}, nil
}

// Coordinator is the broker that coordinates a group.
func (c *groupClient) Coordinator(group string) (*sarama.Broker, error) {
	return c.coordination.Coordinator(group)
}

// RefreshCoordinator asks which broker coordinates a group.
func (c *groupClient) RefreshCoordinator(group string) error {
	return c.coordination.RefreshCoordinator(group)
}

// Close closes all connections.
func (c *groupClient) Close() error { return errors.Join(c.Client.Close(), c.coordination.Close()) }
