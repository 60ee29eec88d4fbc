package kafkatest

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Client returns a client of a library that regroup itself does not use, closed at the end of the test.
func (c *Cluster) Client(t testing.TB, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.Brokers()...)}, options...)...)
	if err != nil {
		t.Fatalf("create a client: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// Admin returns an admin client, closed at the end of the test.
func (c *Cluster) Admin(t testing.TB) *kadm.Client {
	t.Helper()
	return kadm.NewClient(c.Client(t))
}

// CreateTopic creates a topic with as many replicas as there are brokers, but three at most.
func (c *Cluster) CreateTopic(t testing.TB, topic string, partitions int32) {
	t.Helper()
	replicas := int16(min(c.options.Brokers, 3))
	if _, err := c.Admin(t).CreateTopic(t.Context(), partitions, replicas, nil, topic); err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
}

// Produce appends count records to a partition, and returns when all replicas have them.
func (c *Cluster) Produce(t testing.TB, topic string, partition int32, count int) {
	t.Helper()
	client := c.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(20))
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Key: fmt.Append(nil, i), Value: []byte("value")}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatalf("produce %d records to %s-%d: %v", count, topic, partition, err)
	}
}

// awaitBrokers waits until every broker knows of every other. One alone is not asked: a broker that was paused answers
// with what it knew before.
func (c *Cluster) awaitBrokers(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...))
	if err != nil {
		return err
	}
	defer client.Close()
	var problem error
	err = poll(ctx, "the brokers to know each other", func() (bool, error) {
		problem = c.knowEachOther(ctx, client)
		return problem == nil, nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", err, problem)
	}
	return nil
}

func (c *Cluster) knowEachOther(ctx context.Context, client *kgo.Client) error {
	for i, broker := range client.SeedBrokers() {
		request := kmsg.NewPtrMetadataRequest()
		request.Topics = []kmsg.MetadataRequestTopic{} // none; nil is all
		answer, err := request.RequestWith(ctx, broker)
		if err != nil {
			return fmt.Errorf("ask broker %d: %w", i+1, err)
		}
		if known := len(answer.Brokers); known != c.options.Brokers {
			return fmt.Errorf("broker %d knows of %d of %d brokers", i+1, known, c.options.Brokers)
		}
	}
	return nil
}
