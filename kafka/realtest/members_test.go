package realtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka/kafkatest"
)

// kcat starts a member of a group that rebalances in seconds. Its name is its client.id.
func kcat(t testing.TB, c *kafkatest.Cluster, name, group string, arguments ...string) *kafkatest.Process {
	t.Helper()
	return c.Kcat(t, append([]string{
		"-X", "client.id=" + name, "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500",
		"-X", "topic.metadata.refresh.interval.ms=1000", "-X", "auto.offset.reset=earliest", "-G", group,
	}, arguments...)...)
}

// memberSwitch is the environment variable that makes this test binary a member of a group instead: a consumer of
// franz-go in a process of its own, which can be killed.
const memberSwitch = "REGROUP_TEST_MEMBER"

// goMember says what consumer of franz-go to be.
type goMember struct {
	Brokers        []string
	Name           string // the client.id
	Group          string
	Topics         []string
	Balancers      []string // in the order of preference; none is franz-go's own choice
	Server         bool     // the consumer protocol (KIP-848)
	InstanceID     string
	SessionTimeout time.Duration
	CommitInterval time.Duration
}

var balancers = map[string]func() kgo.GroupBalancer{
	"range": kgo.RangeBalancer, "roundrobin": kgo.RoundRobinBalancer, "sticky": kgo.StickyBalancer,
	"cooperative-sticky": kgo.CooperativeStickyBalancer,
}

func (m goMember) options() []kgo.Opt {
	options := []kgo.Opt{
		kgo.SeedBrokers(m.Brokers...), kgo.ClientID(m.Name), kgo.ConsumerGroup(m.Group), kgo.ConsumeTopics(m.Topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.MetadataMaxAge(time.Second), kgo.MetadataMinAge(250 * time.Millisecond), kgo.FetchMaxWait(500 * time.Millisecond),
	}
	if m.SessionTimeout > 0 {
		options = append(options, kgo.SessionTimeout(m.SessionTimeout))
	}
	if m.CommitInterval > 0 {
		options = append(options, kgo.AutoCommitInterval(m.CommitInterval))
	}
	if m.InstanceID != "" {
		options = append(options, kgo.InstanceID(m.InstanceID))
	}
	var chosen []kgo.GroupBalancer
	for _, name := range m.Balancers {
		chosen = append(chosen, balancers[name]())
	}
	switch {
	case m.Server:
		options = append(options, kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer())
	case len(chosen) > 0:
		options = append(options, kgo.Balancers(chosen...))
	}
	return options
}

// start starts the member as a process: SIGTERM makes it leave its group.
func (m goMember) start(t testing.TB, c *kafkatest.Cluster) *kafkatest.Process {
	t.Helper()
	m.Brokers = c.Brokers()
	settings, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), memberSwitch+"="+string(settings), "GOMAXPROCS=1")
	return c.Program(t, "franz-go", command)
}

// join makes a member of the test's own process, for what a process cannot be reported. It leaves its group at the end of
// the test, or when it is closed.
func (m goMember) join(t testing.TB, c *kafkatest.Cluster) *kgo.Client {
	t.Helper()
	m.Brokers = c.Brokers()
	client, err := kgo.NewClient(m.options()...)
	if err != nil {
		t.Fatalf("create member %s: %v", m.Name, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		consume(ctx, client)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		client.Close()
	})
	return client
}

func consume(ctx context.Context, client *kgo.Client) {
	for closed := false; !closed && ctx.Err() == nil; {
		closed = client.PollFetches(ctx).IsClientClosed()
	}
}

// beMember is the process of a goMember.
func beMember(settings string) {
	var m goMember
	if err := json.Unmarshal([]byte(settings), &m); err != nil {
		fmt.Fprintln(os.Stderr, "the settings of the member:", err)
		os.Exit(2)
	}
	client, err := kgo.NewClient(m.options()...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "create the member:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	consume(ctx, client)
	client.Close()
}

// produce lets records arrive in every partition of the topics, for as long as the test runs: members that read commit.
func produce(t testing.TB, c *kafkatest.Cluster, every time.Duration, topics map[string]int32) {
	t.Helper()
	client := c.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(3), kgo.RequiredAcks(kgo.LeaderAck()),
		kgo.DisableIdempotentWrite(), kgo.RecordRetries(3), kgo.RecordDeliveryTimeout(5*time.Second))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			for topic, partitions := range topics {
				for partition := range partitions {
					// A topic may be deleted, a broker be killed: what does not arrive is no matter.
					client.TryProduce(ctx, &kgo.Record{Topic: topic, Partition: partition, Key: fmt.Append(nil, partition), Value: []byte("value")}, nil)
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}
