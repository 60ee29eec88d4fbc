package kafka

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveBench()
		return
	}
	goleak.VerifyTestMain(kafkatest.Main(m))
}

// patience is how long a test waits for something that must come.
const patience = 20 * time.Second

// newCluster is an in-process cluster of three brokers (or as the options say) on loopback.
func newCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.GroupMinSessionTimeout(time.Second)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func configOf(cluster *kfake.Cluster) Config {
	return Config{Brokers: cluster.ListenAddrs(), Timeout: patience, DialTimeout: patience}
}

// newPoller is closed with the test.
func newPoller(t testing.TB, config Config, options PollOptions) *Poller {
	t.Helper()
	p, err := NewPoller(config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// newClient is a client that is not ours, to do to the cluster what tests need done.
func newClient(t testing.TB, cluster *kfake.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// produce writes count records to a partition of the topic orders.
func produce(t testing.TB, client *kgo.Client, partition int32, count int) {
	t.Helper()
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = &kgo.Record{Topic: "orders", Partition: partition, Value: []byte("v")}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// commit commits offsets of one topic for a group: partition to offset.
func commit(t testing.TB, client *kgo.Client, group, topic string, offsets map[int32]int64) {
	t.Helper()
	var o kadm.Offsets
	for partition, offset := range offsets {
		o.AddOffset(topic, partition, offset, -1)
	}
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), group, o); err != nil {
		t.Fatal(err)
	}
}

// joiner is a member of a classic group, driven by hand.
type joiner struct {
	t      testing.TB
	client *kgo.Client
	group  string
	// protocolType and metadata are what it joins with.
	protocolType string
	metadata     []byte
	instance     *string
	session      time.Duration // 0 is half a minute
	id           string
	generation   int32
	leader       bool
}

func newJoiner(t testing.TB, client *kgo.Client, group string, topics ...string) *joiner {
	return &joiner{t: t, client: client, group: group, protocolType: protocolConsumer, metadata: kafkatest.Subscription(topics...)}
}

func (j *joiner) join(ctx context.Context) error {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.MemberID, req.InstanceID = j.group, j.id, j.instance
	req.ProtocolType = j.protocolType
	req.SessionTimeoutMillis = int32(orDefault(j.session, 30*time.Second).Milliseconds())
	req.RebalanceTimeoutMillis = req.SessionTimeoutMillis
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = "range", j.metadata
	req.Protocols = append(req.Protocols, protocol)
	for range 2 { // the first answer is MEMBER_ID_REQUIRED
		resp, err := req.RequestWith(ctx, j.client)
		if err != nil {
			return err
		}
		j.id, req.MemberID = resp.MemberID, resp.MemberID
		if resp.ErrorCode == 0 {
			j.generation, j.leader = resp.Generation, resp.LeaderID == resp.MemberID
			return nil
		}
	}
	return fmt.Errorf("cannot join %s", j.group)
}

func (j *joiner) sync(assignments map[string][]byte) {
	j.t.Helper()
	req := kmsg.NewPtrSyncGroupRequest()
	req.Group, req.MemberID, req.Generation, req.InstanceID = j.group, j.id, j.generation, j.instance
	req.ProtocolType, req.Protocol = &j.protocolType, kmsg.StringPtr("range")
	for id, bytes := range assignments {
		a := kmsg.NewSyncGroupRequestGroupAssignment()
		a.MemberID, a.MemberAssignment = id, bytes
		req.GroupAssignment = append(req.GroupAssignment, a)
	}
	resp, err := req.RequestWith(j.t.Context(), j.client)
	if err != nil || resp.ErrorCode != 0 {
		j.t.Fatalf("sync of %s: %v, code %d", j.group, err, resp.ErrorCode)
	}
}

// alone makes a group of one member that owns what the bytes say.
func (j *joiner) alone(owned []byte) *joiner {
	j.t.Helper()
	if err := j.join(j.t.Context()); err != nil {
		j.t.Fatal(err)
	}
	j.sync(map[string][]byte{j.id: owned})
	return j
}

func (j *joiner) leave() {
	j.t.Helper()
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = j.group, j.id
	member := kmsg.NewLeaveGroupRequestMember()
	member.MemberID = j.id
	req.Members = append(req.Members, member)
	if resp, err := req.RequestWith(j.t.Context(), j.client); err != nil || resp.ErrorCode != 0 {
		j.t.Fatalf("leave of %s: %v", j.group, err)
	}
}

// mustGroup finds a group of a snapshot.
func mustGroup(t testing.TB, s *model.Snapshot, id string) *model.Group {
	t.Helper()
	g := groupIn(s, id)
	if g == nil {
		t.Fatalf("group %q is not in the snapshot (%d groups, errors %v)", id, len(s.Groups), s.Errs)
	}
	return g
}

// mustPartition finds partition 0 of a topic in a group.
func mustPartition(t testing.TB, g *model.Group, topic string) model.PartitionOffset {
	t.Helper()
	tp := model.TopicPartition{Topic: topic}
	i := slices.IndexFunc(g.Partitions, func(p model.PartitionOffset) bool { return p.TopicPartition == tp })
	if i < 0 {
		t.Fatalf("group %q has no partition %s: %v", g.ID, tp, g.Partitions)
	}
	return g.Partitions[i]
}

func noErrs(t testing.TB, s *model.Snapshot) {
	t.Helper()
	for _, e := range s.Errs {
		t.Errorf("unexpected: %v", e)
	}
}

// eventually polls until the snapshot satisfies the condition.
func eventually(t testing.TB, p *Poller, what string, condition func(*model.Snapshot) bool) *model.Snapshot {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		s := p.Poll(t.Context())
		if condition(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("never: %s; last errors: %v", what, s.Errs)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// findErr is the first error of a snapshot whose line contains all the parts.
func findErr(s *model.Snapshot, parts ...string) bool {
	return slices.ContainsFunc(s.Errs, func(e model.SourceError) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(e.Error(), part) })
	})
}

// counter counts the requests that a cluster receives, by name.
type counter struct {
	mutex  sync.Mutex
	counts map[string]int
}

func count(cluster *kfake.Cluster) *counter {
	c := &counter{counts: make(map[string]int)}
	cluster.Control(func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.counts[kmsg.NameForKey(req.Key())]++
		return nil, nil, false
	})
	return c
}

// take returns the counts since the last take.
func (c *counter) take() (counts map[string]int, total int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	counts, c.counts = c.counts, make(map[string]int)
	for _, n := range counts {
		total += n
	}
	return counts, total
}
