// Package fake provides what tests of a monitor need without Apache Kafka: clusters in the process (kfake), members driven
// by hand, connections that fail, and helpers that wait for snapshots.
package fake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/records"
	"regroup/model"
)

// NewCluster is an in-process cluster of three brokers (or as the options say) on loopback.
func NewCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.GroupMinSessionTimeout(time.Second)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

// Config connects to a cluster.
func Config(cluster *kfake.Cluster) kafka.Config {
	return kafka.Config{Brokers: cluster.ListenAddrs(), Timeout: kafkatest.Patience, DialTimeout: kafkatest.Patience}
}

// NewClient is a client that is not ours, to do to the cluster what tests need done.
func NewClient(t testing.TB, cluster *kfake.Cluster, opts ...kgo.Opt) *kgo.Client {
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

// Produce writes Count records to a partition of the topic orders.
func Produce(t testing.TB, client *kgo.Client, partition int32, Count int) {
	t.Helper()
	records := make([]*kgo.Record, Count)
	for i := range records {
		records[i] = &kgo.Record{Topic: "orders", Partition: partition, Value: []byte("v")}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// Commit commits offsets of one topic for a group: partition to offset.
func Commit(t testing.TB, client *kgo.Client, group, topic string, offsets map[int32]int64) {
	t.Helper()
	var o kadm.Offsets
	for partition, offset := range offsets {
		o.AddOffset(topic, partition, offset, -1)
	}
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), group, o); err != nil {
		t.Fatal(err)
	}
}

// Joiner is a member of a classic group, driven by hand.
type Joiner struct {
	t      testing.TB
	Client *kgo.Client
	Group  string
	// ProtocolType and Metadata are what it joins with.
	ProtocolType string
	Metadata     []byte
	Instance     *string
	Session      time.Duration // 0 is half a minute
	ID           string
	Generation   int32
	Leader       bool
}

// NewJoiner is a member that subscribes to topics. Its requests are the test's.
func NewJoiner(t testing.TB, client *kgo.Client, group string, topics ...string) *Joiner {
	return &Joiner{t: t, Client: client, Group: group, ProtocolType: records.ProtocolConsumer, Metadata: kafkatest.Subscription(topics...)}
}

// Join sends JoinGroup, twice where the first response is MEMBER_ID_REQUIRED.
func (j *Joiner) Join(ctx context.Context) error {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.MemberID, req.InstanceID = j.Group, j.ID, j.Instance
	req.ProtocolType = j.ProtocolType
	req.SessionTimeoutMillis = int32(cmp.Or(j.Session, 30*time.Second).Milliseconds())
	req.RebalanceTimeoutMillis = req.SessionTimeoutMillis
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = "range", j.Metadata
	req.Protocols = append(req.Protocols, protocol)
	for range 2 { // the first answer is MEMBER_ID_REQUIRED
		resp, err := req.RequestWith(ctx, j.Client)
		if err != nil {
			return err
		}
		j.ID, req.MemberID = resp.MemberID, resp.MemberID
		if resp.ErrorCode == 0 {
			j.Generation, j.Leader = resp.Generation, resp.LeaderID == resp.MemberID
			return nil
		}
	}
	return fmt.Errorf("cannot join %s", j.Group)
}

// Sync sends SyncGroup, with the assignments if it is the leader.
func (j *Joiner) Sync(assignments map[string][]byte) {
	j.t.Helper()
	req := kmsg.NewPtrSyncGroupRequest()
	req.Group, req.MemberID, req.Generation, req.InstanceID = j.Group, j.ID, j.Generation, j.Instance
	req.ProtocolType, req.Protocol = &j.ProtocolType, kmsg.StringPtr("range")
	for id, bytes := range assignments {
		a := kmsg.NewSyncGroupRequestGroupAssignment()
		a.MemberID, a.MemberAssignment = id, bytes
		req.GroupAssignment = append(req.GroupAssignment, a)
	}
	resp, err := req.RequestWith(j.t.Context(), j.Client)
	if err != nil || resp.ErrorCode != 0 {
		j.t.Fatalf("sync of %s: %v, code %d", j.Group, err, resp.ErrorCode)
	}
}

// Alone makes a group of one member that owns what the bytes say.
func (j *Joiner) Alone(owned []byte) *Joiner {
	j.t.Helper()
	if err := j.Join(j.t.Context()); err != nil {
		j.t.Fatal(err)
	}
	j.Sync(map[string][]byte{j.ID: owned})
	return j
}

// Leave sends LeaveGroup.
func (j *Joiner) Leave() {
	j.t.Helper()
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = j.Group, j.ID
	member := kmsg.NewLeaveGroupRequestMember()
	member.MemberID = j.ID
	req.Members = append(req.Members, member)
	if resp, err := req.RequestWith(j.t.Context(), j.Client); err != nil || resp.ErrorCode != 0 {
		j.t.Fatalf("leave of %s: %v", j.Group, err)
	}
}

// Group finds a group of a snapshot.
func Group(t testing.TB, s *model.Snapshot, id string) *model.Group {
	t.Helper()
	i := slices.IndexFunc(s.Groups, func(g model.Group) bool { return g.ID == id })
	if i < 0 {
		t.Fatalf("group %q is not in the snapshot (%d groups, errors %v)", id, len(s.Groups), s.Errs)
	}
	return &s.Groups[i]
}

// Partition finds partition 0 of a topic in a group.
func Partition(t testing.TB, g *model.Group, topic string) model.PartitionOffset {
	t.Helper()
	tp := model.TopicPartition{Topic: topic}
	i := slices.IndexFunc(g.Partitions, func(p model.PartitionOffset) bool { return p.TopicPartition == tp })
	if i < 0 {
		t.Fatalf("group %q has no partition %s: %v", g.ID, tp, g.Partitions)
	}
	return g.Partitions[i]
}

// NoErrors fails the test for each error of a snapshot.
func NoErrors(t testing.TB, s *model.Snapshot) {
	t.Helper()
	for _, e := range s.Errs {
		t.Errorf("unexpected: %v", e)
	}
}

// PollUntil polls until the snapshot satisfies the condition.
func PollUntil(t testing.TB, p Poller, what string, condition func(*model.Snapshot) bool) *model.Snapshot {
	t.Helper()
	deadline := time.Now().Add(kafkatest.Patience)
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

// HasError is the first error of a snapshot whose line contains all the parts.
func HasError(s *model.Snapshot, parts ...string) bool {
	return slices.ContainsFunc(s.Errs, func(e model.SourceError) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(e.Error(), part) })
	})
}

// Counter counts the requests that a cluster receives, by name.
type Counter struct {
	mutex  sync.Mutex
	counts map[string]int
}

// Count counts the requests that a cluster receives from now on.
func Count(cluster *kfake.Cluster) *Counter {
	c := &Counter{counts: make(map[string]int)}
	cluster.Control(func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.counts[kmsg.NameForKey(req.Key())]++
		return nil, nil, false
	})
	return c
}

// Take returns the counts since the last take.
func (c *Counter) Take() (counts map[string]int, total int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	counts, c.counts = c.counts, make(map[string]int)
	for _, n := range counts {
		total += n
	}
	return counts, total
}

// Poller is a poll.Poller. Its own tests use this package, which can therefore not import it.
type Poller interface {
	Poll(ctx context.Context) *model.Snapshot
	Run(ctx context.Context, emit func(*model.Snapshot))
}

// Running runs a poller in the background and returns what it emits. It is stopped with the test.
func Running(t testing.TB, p Poller) <-chan *model.Snapshot {
	t.Helper()
	return InBackground(t, p.Run)
}

// InBackground runs run until the test ends and returns what it emits.
func InBackground[T any](t testing.TB, run func(context.Context, func(T))) <-chan T {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	emitted := make(chan T)
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx, func(value T) {
			select {
			case emitted <- value:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return emitted
}

// Until receives until the condition holds.
func Until[T any](t testing.TB, values <-chan T, what string, condition func(T) bool) T {
	t.Helper()
	timeout := time.After(kafkatest.Patience)
	for {
		select {
		case value := <-values:
			if condition(value) {
				return value
			}
		case <-timeout:
			t.Fatalf("never: %s", what)
		}
	}
}
