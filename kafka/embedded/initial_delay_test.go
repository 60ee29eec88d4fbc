package embedded

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka/kafkatest"
)

// Consumers that start together need not wait for the heartbeat of the first.
func TestConsumersThatStartTogetherAreInOneGeneration(t *testing.T) {
	c := start(t, Options{})
	j := read(t, c)
	if _, err := kadm.NewClient(client(t, c)).CreateTopic(context.Background(), 4, 1, nil, "words"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		client(t, c, kgo.ConsumerGroup("together"), kgo.ConsumeTopics("words"), kgo.Balancers(kgo.RangeBalancer()),
			kgo.HeartbeatInterval(10*time.Minute), kgo.SessionTimeout(maxSessionTimeout))
	}
	records := j.await("together", 2) // with so few heartbeats a second generation would not come
	if g := records[1].Generation; len(g.Members) != 3 {
		t.Errorf("the first generation that was completed has %d members: %+v", len(g.Members), g)
	}
}

func TestClosingLetsThoseGoWhoAreHeldBack(t *testing.T) {
	c := start(t, Options{})
	m := &member{t: t, client: client(t, c), group: "late", session: kafkatest.Patience}
	m.join(context.Background())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	quiet := &member{t: &testing.T{}, client: m.client, group: m.group, id: m.id, session: kafkatest.Patience}
	go func() {
		defer close(done)
		quiet.join(ctx) // it fails with the cluster
	}()
	c.Close() // goleak tells who is left
	cancel()
	<-done
}
