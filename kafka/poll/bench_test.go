package poll

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/model/track"
)

// The benchmarks compare one refresh of a whole cluster, side by side:
//
//	go test -run '^$' -bench Refresh -benchtime 20x ./kafka/poll
//
// regroup is Poller.Poll; kadm.Lag is what franz-go's admin client does for the same facts; bare is the exchange of the
// requests that regroup sends, by sarama's brokers, without anything being made of the answers; regroup-to-view is all
// that regroup does up to the view that a screen is drawn from. The embedded cluster runs in another process, so that
// what is allocated is the client's. Where REGROUP_TEST_KAFKA is set, the same is done on Apache Kafka, started for it.
// REGROUP_BENCH_BROKERS names a cluster to do it on instead: what is created there begins with regroup-bench and is
// removed again. All of them look at every group of the cluster. docs/performance.md has results.
const (
	benchServer     = "REGROUP_BENCH_SERVER" // set in the process that serves the cluster
	benchBrokers    = "REGROUP_BENCH_BROKERS"
	benchTopics     = 100
	benchPartitions = 10
	benchPrefix     = "regroup-bench-"
	benchSession    = 20 * time.Minute // nobody sends heartbeats; brokers allow half an hour
)

func BenchmarkRefresh(b *testing.B) {
	b.Run("kfake", func(b *testing.B) { benchSizes(b, serveInChild) })
	b.Run("real", func(b *testing.B) { benchSizes(b, realCluster(b)) })
}

// benchSizes refreshes groups without and with members.
func benchSizes(b *testing.B, cluster func(b *testing.B) (brokers []string)) {
	for _, groups := range []int{1_000, 10_000} {
		for _, members := range []int{0, groups} {
			b.Run(fmt.Sprintf("groups=%d,members=%d", groups, members), func(b *testing.B) {
				benchRefresh(b, cluster(b), groups, members)
			})
		}
	}
}

// realCluster is the one that is named, or one of three brokers that is started now.
func realCluster(b *testing.B) func(*testing.B) []string {
	var brokers []string
	if named := os.Getenv(benchBrokers); named != "" {
		brokers = strings.Split(named, ",")
	} else {
		kafkatest.Require(b, "java", "mvn")
		brokers = kafkatest.Start(b, kafkatest.Options{}).Brokers()
	}
	return func(b *testing.B) []string {
		b.Cleanup(func() { unseed(b, brokers) })
		return brokers
	}
}

// way is one of those that are compared. refresh returns how many requests it sent.
type way struct {
	name string
	make func(b *testing.B) (refresh func() int)
}

// benchRefresh measures each way by itself, for what it allocates, and then the three in turn, so that whatever else
// the machine is doing weighs on all of them alike.
func benchRefresh(b *testing.B, brokers []string, groups, members int) {
	seed(b, brokers, groups, members)
	ways := []way{
		{"regroup", func(b *testing.B) func() int { return regroupWay(b, brokers, groups) }},
		{"bare", func(b *testing.B) func() int { return bareWay(b, brokers) }},
		{"kadm.Lag", func(b *testing.B) func() int { return kadmWay(b, brokers, groups) }},
	}
	toView := way{"regroup-to-view", func(b *testing.B) func() int { return toViewWay(b, brokers, groups) }}
	for _, way := range append(ways, toView) {
		b.Run(way.name, func(b *testing.B) {
			refresh := way.make(b)
			refresh()
			b.ReportAllocs()
			requests := 0
			for b.Loop() {
				requests += refresh()
			}
			b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
		})
	}
	b.Run("in-turn", func(b *testing.B) { inTurn(b, ways) })
}

// inTurn refreshes each way once a turn, beginning with another one each time: what one leaves to the garbage collector
// the next one pays for. The ratios are the medians of the ratios within a turn.
func inTurn(b *testing.B, ways []way) {
	var refresh []func() int
	for _, w := range ways {
		refresh = append(refresh, w.make(b))
		refresh[len(refresh)-1]()
	}
	took := make([][]float64, len(ways)) // in milliseconds, by way and turn
	for turn := 0; b.Loop(); turn++ {
		for i := range ways {
			i = (i + turn) % len(ways)
			began := time.Now()
			refresh[i]()
			took[i] = append(took[i], time.Since(began).Seconds()*1e3)
		}
	}
	for i, w := range ways {
		b.ReportMetric(median(took[i]), w.name+"-ms")
		if i > 0 {
			ratios := make([]float64, len(took[i]))
			for turn := range ratios {
				ratios[turn] = took[0][turn] / took[i][turn]
			}
			b.ReportMetric(median(ratios), "of-"+w.name)
		}
	}
	b.ReportMetric(0, "ns/op") // of the three together: it says nothing
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func regroupWay(b *testing.B, brokers []string, groups int) func() int {
	p := newPoller(b, kafka.Config{Brokers: brokers, Timeout: time.Minute}, Options{})
	return func() int {
		s := p.Poll(b.Context())
		if len(s.Groups) < groups || len(s.Errs) != 0 || len(fake.Group(b, s, benchGroup(groups/2)).Partitions) != benchPartitions {
			b.Fatalf("%d groups of %d, errors %v", len(s.Groups), groups, s.Errs)
		}
		return s.Requests
	}
}

// toViewWay goes on to what a screen is drawn from.
func toViewWay(b *testing.B, brokers []string, groups int) func() int {
	p := newPoller(b, kafka.Config{Brokers: brokers, Timeout: time.Minute}, Options{})
	tracker := track.NewTracker()
	return func() int {
		s := p.Poll(b.Context())
		tracker.Observe(s)
		if v := tracker.View(); len(v.Groups) < groups {
			b.Fatalf("%d groups of %d", len(v.Groups), groups)
		}
		return s.Requests
	}
}

func bareWay(b *testing.B, brokers []string) func() int {
	bare := newBareExchange(b, kafka.Config{Brokers: brokers, Timeout: time.Minute})
	return func() int {
		bare.requests.Store(0)
		bare.refresh(b)
		return int(bare.requests.Load())
	}
}

func kadmWay(b *testing.B, brokers []string, groups int) func() int {
	var requests requestCounter
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.WithHooks(&requests))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	admin := kadm.NewClient(client)
	return func() int {
		requests.Store(0)
		lags, err := admin.Lag(b.Context())
		if err != nil || len(lags) < groups {
			b.Fatalf("%d groups: %v", len(lags), err)
		}
		return int(requests.Load())
	}
}

type requestCounter struct{ atomic.Int64 }

func (c *requestCounter) OnBrokerWrite(kgo.BrokerMetadata, int16, int, time.Duration, time.Duration, error) {
	c.Add(1)
}

// bareExchange sends what Poller.Poll sends, over as many connections, in the same order.
type bareExchange struct {
	brokers  [][2]*sarama.Broker
	latest   []*sarama.OffsetRequest
	requests atomic.Int64
}

func newBareExchange(b *testing.B, config kafka.Config) *bareExchange {
	conf, err := config.Sarama()
	if err != nil {
		b.Fatal(err)
	}
	client, err := sarama.NewClient(config.Brokers, conf)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close() //nolint:errcheck // it has been read from
	bare := &bareExchange{}
	place := make(map[int32]int)
	for i, broker := range client.Brokers() {
		place[broker.ID()] = i
		var pair [2]*sarama.Broker
		for lane := range pair {
			pair[lane] = sarama.NewBroker(broker.Addr())
			if err := pair[lane].Open(conf); err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = pair[lane].Close() })
		}
		bare.brokers = append(bare.brokers, pair)
		bare.latest = append(bare.latest, sarama.NewOffsetRequest(conf.Version))
	}
	for i := range benchTopics {
		for partition := range int32(benchPartitions) {
			leader, err := client.Leader(benchTopic(i), partition)
			if err != nil {
				b.Fatal(err)
			}
			bare.latest[place[leader.ID()]].AddBlock(benchTopic(i), partition, sarama.OffsetNewest, 1)
		}
	}
	return bare
}

func (e *bareExchange) refresh(b *testing.B) {
	var wait sync.WaitGroup
	for _, pair := range e.brokers {
		wait.Go(func() { e.coordinator(b, pair) })
	}
	wait.Wait()
	for i, pair := range e.brokers {
		wait.Go(func() {
			e.requests.Add(1)
			if _, err := pair[1].GetAvailableOffsets(e.latest[i]); err != nil {
				b.Error(err)
			}
		})
	}
	wait.Wait()
}

func (e *bareExchange) coordinator(b *testing.B, pair [2]*sarama.Broker) {
	e.requests.Add(1)
	listed, err := pair[0].ListGroups(&sarama.ListGroupsRequest{Version: 5})
	if err != nil {
		b.Error(err)
		return
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		request := &sarama.DescribeGroupsRequest{Version: 5}
		for id, data := range listed.GroupsData {
			if data.GroupState != "Empty" {
				request.Groups = append(request.Groups, id)
			}
		}
		if len(request.Groups) == 0 {
			return
		}
		e.requests.Add(1)
		if _, err := pair[0].DescribeGroups(request); err != nil {
			b.Error(err)
		}
	})
	wait.Go(func() {
		request := &sarama.OffsetFetchRequest{Version: 8}
		for id := range listed.Groups {
			request.Groups = append(request.Groups, sarama.OffsetFetchRequestGroup{GroupId: id})
		}
		e.requests.Add(1)
		if _, err := pair[1].FetchOffset(request); err != nil {
			b.Error(err)
		}
	})
	wait.Wait()
}

func benchTopic(i int) string { return fmt.Sprintf(benchPrefix+"topic-%03d", i) }
func benchGroup(i int) string { return fmt.Sprintf(benchPrefix+"group-%05d", i) }

// seed makes groups that have committed ten partitions each, the first of them with a member that owns them.
func seed(b *testing.B, brokers []string, groups, members int) {
	b.Helper()
	// Later versions of OffsetCommit name topics by their ids, and topics are created again from size to size.
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RequestRetries(20), kgo.MaxVersions(kversion.V3_9_0()))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	var topics []string
	for i := range benchTopics {
		topics = append(topics, benchTopic(i))
	}
	created, err := admin.CreateTopics(b.Context(), benchPartitions, 1, nil, topics...)
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range created {
		if t.Err != nil && !errors.Is(t.Err, kerr.TopicAlreadyExists) {
			b.Fatal(t.Err)
		}
	}
	inParallel(b, groups, func(i int) error {
		if err := seedCommits(b.Context(), admin, benchGroup(i), benchTopic(i%benchTopics)); err != nil || i >= members {
			return err
		}
		return seedMember(b, client, benchGroup(i), benchTopic(i%benchTopics))
	})
}

func seedCommits(ctx context.Context, admin *kadm.Client, group, topic string) error {
	var offsets kadm.Offsets
	for partition := range int32(benchPartitions) {
		offsets.AddOffset(topic, partition, 0, -1)
	}
	deadline := time.Now().Add(kafkatest.Patience)
	for {
		err := admin.CommitAllOffsets(ctx, group, offsets)
		// Brokers hear of a topic some time after it was created.
		if !errors.Is(err, kerr.UnknownTopicOrPartition) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func seedMember(b *testing.B, client *kgo.Client, group, topic string) error {
	b.Helper()
	j := fake.NewJoiner(b, client, group, topic)
	j.Session = benchSession
	if err := j.Join(b.Context()); err != nil {
		return err
	}
	j.Sync(map[string][]byte{j.ID: kafkatest.Assignment(map[string][]int32{topic: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}})})
	return nil
}

// unseed removes what seed made, also what an earlier run left that did not come to its end. It has a context of its
// own: the benchmark's has ended.
func unseed(b *testing.B, brokers []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		b.Error(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	admin := kadm.NewClient(client)
	listed, err := admin.ListGroups(ctx)
	if err != nil {
		b.Error(err)
		return
	}
	groups := slices.DeleteFunc(listed.Groups(), func(id string) bool { return !strings.HasPrefix(id, benchPrefix) })
	described, err := admin.DescribeGroups(ctx, groups...)
	if err != nil {
		b.Error(err)
	}
	inParallel(b, len(groups), func(i int) error { return dismiss(ctx, client, described[groups[i]]) })
	if deleted, err := admin.DeleteGroups(ctx, groups...); err != nil || deleted.Error() != nil {
		b.Error(err, deleted.Error())
	}
	topics, err := admin.ListTopics(ctx)
	if err != nil {
		b.Error(err)
		return
	}
	names := slices.DeleteFunc(topics.Names(), func(name string) bool { return !strings.HasPrefix(name, benchPrefix) })
	if deleted, err := admin.DeleteTopics(ctx, names...); err != nil || deleted.Error() != nil {
		b.Error(err, deleted.Error())
	}
}

// dismiss has the members of a group leave it: only empty groups can be deleted.
func dismiss(ctx context.Context, client *kgo.Client, group kadm.DescribedGroup) error {
	if len(group.Members) == 0 {
		return nil
	}
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group = group.Group
	for _, m := range group.Members {
		leaving := kmsg.NewLeaveGroupRequestMember()
		leaving.MemberID = m.MemberID
		request.Members = append(request.Members, leaving)
	}
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(response.ErrorCode)
}

// parallel calls do for 0 to n-1, sixty-four at a time.
func inParallel(b *testing.B, n int, do func(int) error) {
	b.Helper()
	var next atomic.Int64
	var wait sync.WaitGroup
	var failed sync.Once
	for range 64 {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					failed.Do(func() { b.Errorf("group %d: %v", i, err) })
					return
				}
			}
		})
	}
	wait.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// serveInChild runs a cluster in a process of its own, which ends when its standard input does.
func serveInChild(b *testing.B) []string {
	b.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), benchServer+"=1")
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	brokers := strings.Fields(line)
	for _, address := range brokers {
		if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
			b.Fatalf("the child serves at %q", address)
		}
	}
	return brokers
}

// serveBench is the child.
func serveBench() {
	cluster := kfake.MustCluster(kfake.NumBrokers(3), kfake.GroupMaxSessionTimeout(2*benchSession))
	defer cluster.Close()
	fmt.Println(strings.Join(cluster.ListenAddrs(), " "))
	_, _ = io.Copy(io.Discard, os.Stdin)
}
