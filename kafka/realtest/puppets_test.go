package realtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka/kafkatest"
)

// puppets makes one member for each of a number of groups, which has not joined yet.
func puppets(t testing.TB, brokers []string, prefix, topic string, partitions int32, groups int) []*kafkatest.Puppet {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ClientID("puppet"))
	kafkatest.Must(t, err)
	t.Cleanup(client.Close)
	all := make([]*kafkatest.Puppet, groups)
	for i := range all {
		all[i] = &kafkatest.Puppet{
			Client: client, Group: fmt.Sprintf("%s%d", prefix, i), Topic: topic, Partitions: partitions, RebalanceTimeout: 5 * time.Minute,
		}
	}
	return all
}

// rejoinAll has them all rejoin at the same time, and returns when all have.
func rejoinAll(t testing.TB, all []*kafkatest.Puppet) {
	t.Helper()
	failures := make(chan error, len(all))
	for _, p := range all {
		go func() { failures <- rejoin(t.Context(), p) }()
	}
	for range all {
		kafkatest.Must(t, <-failures)
	}
}

// rejoin tries again where the coordinator is still coming up, or gave out no more than a member id.
func rejoin(ctx context.Context, p *kafkatest.Puppet) error {
	var err error
	for range 20 {
		err = p.Rejoin(ctx)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, kerr.MemberIDRequired):
		case kerr.IsRetriable(err):
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(200 * time.Millisecond):
			}
		default:
			return fmt.Errorf("group %s: %w", p.Group, err)
		}
	}
	return fmt.Errorf("group %s, tried too often: %w", p.Group, err)
}
