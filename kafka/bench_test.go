package kafka

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
	"github.com/twmb/franz-go/pkg/kversion"
)

// The benchmarks compare one refresh of a whole cluster, side by side:
//
//	go test -run '^$' -bench Refresh -benchtime 20x ./kafka
//
// regroup is Poller.Poll; kadm.Lag is what franz-go's admin client does for the same facts; bare is the exchange of the
// requests that regroup sends, by sarama's brokers, without anything being made of the answers. The cluster runs in
// another process, so that what is allocated is the client's. REGROUP_BENCH_BROKERS names a real cluster to do the same
// on; what is created there begins with regroup-bench and is removed again.
const (
	benchServer     = "REGROUP_BENCH_SERVER" // set in the process that serves the cluster
	benchBrokers    = "REGROUP_BENCH_BROKERS"
	benchTopics     = 100
	benchPartitions = 10
	benchSession    = 5 * time.Minute
)

func BenchmarkRefresh(b *testing.B) {
	b.Run("kfake", func(b *testing.B) {
		for _, groups := range []int{1_000, 10_000} {
			b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
				benchRefresh(b, serveInChild(b), groups, 0)
			})
			b.Run(fmt.Sprintf("groups=%d,members=%d", groups, groups), func(b *testing.B) {
				benchRefresh(b, serveInChild(b), groups, groups)
			})
		}
	})
	brokers := os.Getenv(benchBrokers)
	if brokers == "" {
		return
	}
	b.Run("real", func(b *testing.B) {
		for _, groups := range []int{1_000, 10_000} {
			b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
				benchRefresh(b, strings.Split(brokers, ","), groups, 0)
			})
		}
	})
}

// benchRefresh measures each way by itself, for what it allocates, and then the three in turn, so that whatever else
// the machine is doing weighs on all of them alike: the ratios are of the medians.
func benchRefresh(b *testing.B, brokers []string, groups, members int) {
	seed(b, brokers, groups, members)
	ways := []struct {
		name string
		make func(b *testing.B) func() (requests int)
	}{
		{"regroup", func(b *testing.B) func() int { return regroupWay(b, brokers, groups) }},
		{"bare", func(b *testing.B) func() int { return bareWay(b, brokers) }},
		{"kadm.Lag", func(b *testing.B) func() int { return kadmWay(b, brokers, groups) }},
	}
	for _, way := range ways {
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
	b.Run("in-turn", func(b *testing.B) {
		var refresh []func() int
		for _, way := range ways {
			refresh = append(refresh, way.make(b))
		}
		took := make([][]time.Duration, len(ways))
		for b.Loop() {
			for i := range refresh {
				began := time.Now()
				refresh[i]()
				took[i] = append(took[i], time.Since(began))
			}
		}
		median := func(i int) float64 {
			slices.Sort(took[i])
			return float64(took[i][len(took[i])/2])
		}
		for i, way := range ways {
			b.ReportMetric(median(i)/1e6, way.name+"-ms")
		}
		b.ReportMetric(median(0)/median(1), "of-bare")
		b.ReportMetric(median(0)/median(2), "of-kadm")
	})
}

func regroupWay(b *testing.B, brokers []string, groups int) func() int {
	p := newPoller(b, Config{Brokers: brokers, Timeout: time.Minute}, PollOptions{Groups: isBench(brokers)})
	return func() int {
		s := p.Poll(b.Context())
		if len(s.Groups) != groups || len(s.Errs) != 0 || len(s.Groups[groups/2].Partitions) != benchPartitions {
			b.Fatalf("%d groups of %d, errors %v", len(s.Groups), groups, s.Errs)
		}
		return s.Requests
	}
}

func bareWay(b *testing.B, brokers []string) func() int {
	bare := newBareExchange(b, Config{Brokers: brokers, Timeout: time.Minute})
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

// isBench filters a real cluster, which may have other groups; the cluster of a child has none.
func isBench(brokers []string) func(string) bool {
	if os.Getenv(benchBrokers) != strings.Join(brokers, ",") {
		return nil
	}
	return func(id string) bool { return strings.HasPrefix(id, "regroup-bench-") }
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

func newBareExchange(b *testing.B, config Config) *bareExchange {
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

func benchTopic(i int) string { return fmt.Sprintf("regroup-bench-topic-%03d", i) }
func benchGroup(i int) string { return fmt.Sprintf("regroup-bench-group-%05d", i) }

// seed makes groups that have committed ten partitions each, the first of them with a member that owns them. All is
// removed with the benchmark.
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
	var names []string
	for i := range groups {
		names = append(names, benchGroup(i))
	}
	b.Cleanup(func() { unseed(b, brokers, names, topics) })
	parallel(b, groups, func(i int) error {
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
	deadline := time.Now().Add(patience)
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
	j := newJoiner(b, client, group, topic)
	j.session = benchSession
	if err := j.join(b.Context()); err != nil {
		return err
	}
	j.sync(map[string][]byte{j.id: assignment(map[string][]int32{topic: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}})})
	return nil
}

// unseed has a context of its own: the benchmark's has ended.
func unseed(b *testing.B, brokers, groups, topics []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		b.Error(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	admin := kadm.NewClient(client)
	if _, err := admin.DeleteGroups(ctx, groups...); err != nil {
		b.Error(err)
	}
	if _, err := admin.DeleteTopics(ctx, topics...); err != nil {
		b.Error(err)
	}
}

// parallel calls do for 0 to n-1, sixty-four at a time.
func parallel(b *testing.B, n int, do func(int) error) {
	b.Helper()
	var next atomic.Int64
	var wait sync.WaitGroup
	var failed sync.Once
	for range 64 {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					failed.Do(func() { b.Errorf("seeding group %d: %v", i, err) })
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
