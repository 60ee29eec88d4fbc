package poll

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/model"
)

func TestClassicGroupIsSeenExactly(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(4, "orders"))
	// Later versions of OffsetCommit want topic ids.
	client := fake.NewClient(t, cluster, kgo.ClientID("shop"), kgo.MaxVersions(kversion.V3_9_0()))
	fake.Produce(t, client, 0, 10)
	fake.Produce(t, client, 1, 5)
	instance := "till-1"
	first := fake.NewJoiner(t, client, "billing", "orders")
	first.Instance = &instance
	first.Alone(kafkatest.Assignment(map[string][]int32{"orders": {1, 0, 2, 3}}))
	commitAs(t, first, "orders", map[int32]int64{0: 7, 1: 5})

	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	fake.NoErrors(t, s)
	g := *fake.Group(t, s, "billing")
	host := g.Members[0].Host
	if host == "" || host[0] == '/' {
		t.Errorf("host %q: want an address without Java's slash", host)
	}
	tp := func(n int32) model.TopicPartition { return model.TopicPartition{Topic: "orders", Partition: n} }
	offsets := func(n int32, committed model.Maybe[int64], end int64) model.PartitionOffset {
		return model.PartitionOffset{TopicPartition: tp(n), Committed: committed, LogStart: model.Some[int64](0), LogEnd: model.Some(end)}
	}
	want := model.Group{
		ID: "billing", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable,
		Coordinator: model.Some(cluster.CoordinatorFor("billing")), Assignor: "range",
		MembersKnown: true, OffsetsKnown: true,
		Members: []model.Member{{
			ID: first.ID, InstanceID: "till-1", ClientID: "shop", Host: host, Subscription: []string{"orders"},
			AssignmentKnown: true, Assignment: []model.TopicPartition{tp(0), tp(1), tp(2), tp(3)},
		}},
		Partitions: []model.PartitionOffset{
			offsets(0, model.Some[int64](7), 10), offsets(1, model.Some[int64](5), 5),
			offsets(2, model.None[int64](), 0), offsets(3, model.None[int64](), 0),
		},
	}
	if !reflect.DeepEqual(g, want) {
		t.Errorf("got\n%+v\nwant\n%+v", g, want)
	}
	if len(s.Brokers) != 3 || slices.ContainsFunc(s.Brokers, func(b model.Broker) bool { return !b.Answered || b.LastSeen.IsZero() }) {
		t.Errorf("brokers: %+v", s.Brokers)
	}
	if len(s.Topics) != 1 || s.Topics[0].Partitions != 4 || s.Topics[0].ID == "" || s.Topics[0].Missing {
		t.Errorf("topics: %+v", s.Topics)
	}
}

// commitAs commits as a member of a group does.
func commitAs(t testing.TB, j *fake.Joiner, topic string, offsets map[int32]int64) {
	t.Helper()
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.MemberID, req.Generation, req.InstanceID = j.Group, j.ID, j.Generation, j.Instance
	rt := kmsg.NewOffsetCommitRequestTopic()
	rt.Topic = topic
	for partition, offset := range offsets {
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset = partition, offset
		rt.Partitions = append(rt.Partitions, p)
	}
	req.Topics = append(req.Topics, rt)
	if resp, err := req.RequestWith(t.Context(), j.Client); err != nil || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatalf("commit: %v %+v", err, resp)
	}
}

func TestGroupInTheMiddleOfARebalance(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	fake.NewJoiner(t, client, "billing", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
	ctx, cancel := context.WithCancel(t.Context())
	joined := make(chan struct{})
	go func() {
		defer close(joined)
		_ = fake.NewJoiner(t, client, "billing", "orders").Join(ctx) // it is abandoned
	}()
	defer func() { cancel(); <-joined }()

	p := newPoller(t, fake.Config(cluster), Options{})
	s := fake.PollUntil(t, p, "the group rebalances", func(s *model.Snapshot) bool {
		return fake.Group(t, s, "billing").State == model.StatePreparingRebalance
	})
	g := fake.Group(t, s, "billing")
	if !g.MembersKnown || len(g.Members) == 0 {
		t.Fatalf("members are known while the group rebalances: %+v", g)
	}
	for _, m := range g.Members {
		if m.AssignmentKnown || m.AssignmentProblem != rebalancing {
			t.Errorf("member %s: an assignment in the middle of a rebalance means nothing, not even that there is none: %+v", m.ID, m)
		}
		if m.Subscription != nil {
			t.Errorf("member %s: no metadata is no knowledge of the subscription, got %v", m.ID, m.Subscription)
		}
	}
}

func TestTwoGroupsCommitTheSameTopic(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	fake.Produce(t, client, 0, 9)
	fake.Commit(t, client, "fast", "orders", map[int32]int64{0: 9})
	fake.Commit(t, client, "slow", "orders", map[int32]int64{0: 2, 1: 0})
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	fake.NoErrors(t, s)
	for group, want := range map[string]int64{"fast": 9, "slow": 2} {
		if got := fake.Partition(t, fake.Group(t, s, group), "orders").Committed; got != model.Some(want) {
			t.Errorf("%s: committed %v, want %d", group, got, want)
		}
	}
	if n := len(fake.Group(t, s, "fast").Partitions); n != 1 {
		t.Errorf("fast committed one partition and has no members, got %d", n)
	}
}

func TestCommitsOutsideTheLog(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	fake.Produce(t, client, 0, 10)
	if err := cluster.DeleteRecords("orders", 0, 4); err != nil {
		t.Fatal(err)
	}
	fake.Commit(t, client, "ahead", "orders", map[int32]int64{0: 25})
	fake.Commit(t, client, "behind", "orders", map[int32]int64{0: 1})
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	for group, want := range map[string]int64{"ahead": 25, "behind": 1} {
		got := fake.Partition(t, fake.Group(t, s, group), "orders")
		if got.Committed != model.Some(want) || got.LogStart != model.Some[int64](4) || got.LogEnd != model.Some[int64](10) || got.Problem != "" {
			t.Errorf("%s: %+v; offsets outside the log are facts, not problems", group, got)
		}
	}
}

func TestGroupWithoutAnyCommitIsListed(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(3, "orders"))
	fake.NewJoiner(t, fake.NewClient(t, cluster), "new", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {2}}))
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	g := fake.Group(t, s, "new")
	if !g.OffsetsKnown || len(g.Partitions) != 3 {
		t.Fatalf("want the three partitions of the subscribed topic: %+v", g)
	}
	for _, p := range g.Partitions {
		if p.Committed.Known() || !p.LogEnd.Known() {
			t.Errorf("%s: committed %v, end %v", p.TopicPartition, p.Committed, p.LogEnd)
		}
	}
}

func TestConsumerGroup(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(4, "orders"))
	consumer := fake.NewClient(t, cluster, kgo.ConsumerGroup("next"), kgo.ConsumeTopics("orders"), kgo.ClientID("reader"), kgo.ServerSideBalancer())
	reading, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for reading.Err() == nil {
			consumer.PollFetches(reading)
		}
	}()
	defer func() { stop(); <-done }()

	p := newPoller(t, fake.Config(cluster), Options{})
	s := fake.PollUntil(t, p, "the consumer group is stable with what it owns", func(s *model.Snapshot) bool {
		g := groupIn(s, "next")
		return g != nil && g.State == model.StateStable && len(g.Members) == 1 && len(g.Members[0].Assignment) == 4
	})
	fake.NoErrors(t, s)
	g := fake.Group(t, s, "next")
	m := g.Members[0]
	if g.Type != model.TypeConsumer || g.Generation.Kind != model.GenerationExact || g.Generation.Number < 1 || !g.AssignmentEpoch.Known() {
		t.Errorf("group: %+v", g)
	}
	if !m.AssignmentKnown || !m.TargetKnown || len(m.Target) != 4 || !m.Epoch.Known() || !slices.Equal(m.Subscription, []string{"orders"}) || m.ClientID != "reader" {
		t.Errorf("member: %+v", m)
	}
	if info := cluster.GroupInfo("next"); info.Epoch != g.Generation.Number {
		t.Errorf("generation %v, the cluster's epoch is %d", g.Generation, info.Epoch)
	}
	if len(g.Partitions) != 4 {
		t.Errorf("partitions: %+v", g.Partitions)
	}
}

func TestExactGenerations(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	for _, group := range []string{"still", "moving"} {
		fake.NewJoiner(t, client, group, "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
	}
	fake.Commit(t, client, "idle", "orders", map[int32]int64{0: 0})
	calls := make(map[string]int32)
	p := newPoller(t, fake.Config(cluster), Options{
		Groups: func(id string) bool { return id != "idle" },
		Generations: func(group string) (int32, bool) {
			if group == "still" {
				return cluster.GroupInfo(group).Epoch, true
			}
			calls[group]++ // only one broker coordinates it, so there is no race
			return calls[group], true
		},
	})
	s := p.Poll(t.Context())
	if g := fake.Group(t, s, "still"); g.Generation != (model.Generation{Number: 1, Kind: model.GenerationExact}) {
		t.Errorf("same generation before and after the description: %v, want 1", g.Generation)
	}
	if g := fake.Group(t, s, "moving"); g.Generation.Kind != model.GenerationUnknown {
		t.Errorf("the generation changed while the group was described: %v, want unknown", g.Generation)
	}
	if groupIn(s, "idle") != nil {
		t.Error("a group that is filtered out must not be seen")
	}
}

// What cannot be decoded is shown as unknown with the reason, and never as owning nothing.
func TestAssignmentsThatAreNotKnown(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	fake.NewJoiner(t, client, "garbage", "orders").Alone([]byte{0xff, 0xff, 0xff})
	connect := fake.NewJoiner(t, client, "connect", "orders")
	connect.ProtocolType = "connect"
	connect.Alone([]byte("{}"))
	fake.NewJoiner(t, client, "idle", "orders").Alone(nil)
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	fake.NoErrors(t, s)
	for _, test := range []struct {
		group, problem string
		known          bool
		why            string
	}{
		{"garbage", "cannot decode: insufficient data to decode packet, more bytes expected", false, "bytes that are no assignment"},
		{"connect", `protocol type "connect" has an assignment format of its own`, false, "Kafka Connect's workers own connectors"},
		{"idle", "", true, "no bytes in a stable group are no partitions"},
	} {
		m := fake.Group(t, s, test.group).Members[0]
		if m.AssignmentKnown != test.known || m.AssignmentProblem != test.problem || len(m.Assignment) != 0 {
			t.Errorf("%s (%s): %+v", test.group, test.why, m)
		}
	}
}

func TestTopicsChangeWhileTheyAreWatched(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	fake.Produce(t, client, 0, 1)
	fake.NewJoiner(t, client, "billing", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
	fake.Commit(t, client, "audit", "orders", map[int32]int64{0: 1})
	p := newPoller(t, fake.Config(cluster), Options{})
	firstID := p.Poll(t.Context()).Topics[0].ID

	p.cluster.readAt = time.Time{} // as if the metadata had become old
	create := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = "orders", 3
	create.Topics, create.TimeoutMillis = append(create.Topics, rt), 5000
	if _, err := create.RequestWith(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	s := p.Poll(t.Context())
	if g := fake.Group(t, s, "billing"); len(g.Partitions) != 3 || s.Topics[0].Partitions != 3 {
		t.Fatalf("a partition was added: %+v", g.Partitions)
	}
	if g := fake.Group(t, s, "audit"); len(g.Partitions) != 1 {
		t.Errorf("a group that only commits does not have to do with the new partition: %+v", g.Partitions)
	}

	if err := cluster.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	s = fake.PollUntil(t, p, "the topic is missing", func(s *model.Snapshot) bool { return len(s.Topics) == 1 && s.Topics[0].Missing })
	for _, part := range fake.Group(t, s, "billing").Partitions {
		if part.LogEnd.Known() || part.LogStart.Known() || part.Problem != "no such topic" {
			t.Errorf("%+v: of a topic that is gone nothing is known", part)
		}
	}

	if err := cluster.CreateTopic("orders", 2, nil); err != nil {
		t.Fatal(err)
	}
	p.cluster.readAt = time.Time{}
	s = p.Poll(t.Context())
	if topic := s.Topics[0]; topic.Missing || topic.ID == firstID || topic.ID == "" || topic.Partitions != 2 {
		t.Errorf("a topic created again is another one: %+v (was %s)", topic, firstID)
	}
}

func TestOlderBrokers(t *testing.T) {
	for _, test := range []struct {
		name     string
		versions *kversion.Versions
		release  string
		groups   model.GroupType
	}{
		{"2.8: OffsetFetch takes one group", kversion.V2_8_0(), "2.8", model.TypeUnknown},
		{"2.5: ListGroups tells no states either", kversion.V2_5_0(), "2.5", model.TypeUnknown},
		{"3.7: ListGroups tells no types", kversion.V3_7_0(), "3.7", model.TypeUnknown},
		{"4.0", kversion.V4_0_0(), "4.0", model.TypeClassic},
		{"4.4", kversion.V4_4_0(), "4.4", model.TypeClassic},
	} {
		t.Run(test.name, func(t *testing.T) {
			cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"), kfake.MaxVersions(test.versions))
			client := fake.NewClient(t, cluster, kgo.MaxVersions(test.versions))
			fake.Produce(t, client, 0, 3)
			fake.NewJoiner(t, client, "billing", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
			for i := range 20 {
				fake.Commit(t, client, fmt.Sprintf("audit-%02d", i), "orders", map[int32]int64{0: int64(i)})
			}
			p := newPoller(t, fake.Config(cluster), Options{})
			s := p.Poll(t.Context())
			fake.NoErrors(t, s)
			if g := fake.Group(t, s, "billing"); g.State != model.StateStable || g.Type != test.groups || len(g.Members) != 1 || len(g.Members[0].Assignment) != 2 {
				t.Errorf("billing: %+v", g)
			}
			for i := range 20 {
				g := fake.Group(t, s, fmt.Sprintf("audit-%02d", i))
				if g.State != model.StateEmpty || !g.MembersKnown || fake.Partition(t, g, "orders").Committed != model.Some(int64(i)) {
					t.Errorf("audit-%02d: %+v", i, g)
				}
			}
			if s.Cluster.Version != "" && s.Cluster.Version != test.release {
				t.Errorf("version %q, want %q or nothing", s.Cluster.Version, test.release)
			}
		})
	}
}

// A consumer group on a broker without types in ListGroups looks dead to DescribeGroups: the next poll asks the other way.
func TestGroupOfAnUntoldType(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	fake.Commit(t, client, "untold", "orders", map[int32]int64{0: 0})
	keep := func(key int16, fn func(kmsg.Request) kmsg.Response) {
		cluster.ControlKey(key, func(req kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			resp := fn(req)
			return resp, nil, resp != nil
		})
	}
	coordinator := cluster.CoordinatorFor("untold")
	keep(kafka.ListGroups.Key, func(req kmsg.Request) kmsg.Response {
		resp := req.ResponseKind().(*kmsg.ListGroupsResponse)
		if cluster.CurrentNode() == coordinator {
			resp.Groups = append(resp.Groups, kmsg.ListGroupsResponseGroup{Group: "untold", ProtocolType: "consumer", GroupState: "Stable"})
		}
		return resp
	})
	keep(kafka.DescribeGroups.Key, func(req kmsg.Request) kmsg.Response {
		resp := req.ResponseKind().(*kmsg.DescribeGroupsResponse)
		resp.Groups = append(resp.Groups, kmsg.DescribeGroupsResponseGroup{Group: "untold", State: "Dead"})
		return resp
	})
	keep(kafka.ConsumerGroupDescribe.Key, func(req kmsg.Request) kmsg.Response {
		resp := req.ResponseKind().(*kmsg.ConsumerGroupDescribeResponse)
		resp.Groups = append(resp.Groups, kmsg.ConsumerGroupDescribeResponseGroup{Group: "untold", State: "Stable", Epoch: 7, AssignmentEpoch: 7})
		return resp
	})
	p := newPoller(t, fake.Config(cluster), Options{})
	if g := fake.Group(t, p.Poll(t.Context()), "untold"); g.MembersKnown {
		t.Errorf("nothing is known of its members yet: %+v", g)
	}
	if g := fake.Group(t, p.Poll(t.Context()), "untold"); g.Type != model.TypeConsumer || g.Generation.Number != 7 {
		t.Errorf("it answers to ConsumerGroupDescribe: %+v", g)
	}
}

func TestShareAndStreamsGroups(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	first := cluster.ListenAddrs()
	cluster.ControlKey(kafka.ListGroups.Key, func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.ListGroupsResponse)
		if cluster.CurrentNode() == 0 {
			resp.Groups = []kmsg.ListGroupsResponseGroup{
				{Group: "queue", ProtocolType: "share", GroupState: "Stable", GroupType: "Share"},
				{Group: "topology", ProtocolType: "streams", GroupState: "NotReady", GroupType: "Streams"},
			}
		}
		return resp, nil, true
	})
	cluster.ControlKey(kafka.OffsetFetch.Key, func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
		for _, g := range req.(*kmsg.OffsetFetchRequest).Groups {
			resp.Groups = append(resp.Groups, kmsg.OffsetFetchResponseGroup{Group: g.Group})
		}
		return resp, nil, true
	})
	config := fake.Config(cluster)
	config.Brokers = first[:1]
	s := newPoller(t, config, Options{}).Poll(t.Context())
	fake.NoErrors(t, s)
	queue, topology := fake.Group(t, s, "queue"), fake.Group(t, s, "topology")
	if queue.Type != model.TypeShare || queue.State != model.StateStable || !queue.Coordinator.Known() || queue.MembersKnown || queue.OffsetsKnown {
		t.Errorf("share group: %+v", queue)
	}
	if topology.Type != model.TypeStreams || topology.State != model.StateNotReady || topology.MembersKnown || !topology.OffsetsKnown {
		t.Errorf("streams group: %+v", topology)
	}
}

func TestOneGroupThatIsRefused(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	for _, group := range []string{"fine", "moved", "secret"} {
		fake.NewJoiner(t, client, group, "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
	}
	describe := []kmsg.Key{kmsg.DescribeGroups, kmsg.OffsetFetch}
	cluster.Fault(
		kfake.Fault{Keys: describe, Group: "moved", Err: kerr.NotCoordinator, Count: -1},
		kfake.Fault{Keys: describe, Group: "secret", Err: kerr.GroupAuthorizationFailed, Count: -1},
	)
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	if g := fake.Group(t, s, "fine"); !g.MembersKnown || !g.OffsetsKnown {
		t.Errorf("a group that nothing is wrong with: %+v", g)
	}
	for _, group := range []string{"moved", "secret"} {
		if g := fake.Group(t, s, group); g.MembersKnown || g.OffsetsKnown || g.State != model.StateStable {
			t.Errorf("%s: members and offsets are unknown, the listed state is known: %+v", group, g)
		}
	}
	for _, parts := range [][]string{
		{"DescribeGroups", `"moved"`, "not the coordinator", "its members"},
		{"OffsetFetch", `"moved"`, "not the coordinator", "its offsets"},
		{"DescribeGroups", `"secret"`, `DESCRIBE on group "secret" is not allowed for User:ANONYMOUS`},
	} {
		if !fake.HasError(s, parts...) {
			t.Errorf("no error says %q: %v", parts, s.Errs)
		}
	}
	if slices.ContainsFunc(s.Brokers, func(b model.Broker) bool { return !b.Answered }) {
		t.Errorf("every broker answered: %+v", s.Brokers)
	}
}

func TestManyRefusedGroupsAreAFewLines(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	for i := range 30 {
		fake.Commit(t, client, fmt.Sprint("g", i), "orders", map[int32]int64{0: 0})
	}
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.CoordinatorLoadInProgress, Count: -1})
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	if len(s.Errs) != maxErrorsPerCause+1 || !fake.HasError(s, "offsets of 20 more groups") {
		t.Errorf("%d errors: %v", len(s.Errs), s.Errs)
	}
}

// While a coordinator moves, a group may be listed nowhere. That is not the group being gone.
func TestGroupThatNobodyLists(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	fake.NewJoiner(t, client, "drifting", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
	deleted := fake.NewJoiner(t, client, "deleted", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))

	deleted.Leave()
	request := kmsg.NewPtrDeleteGroupsRequest()
	request.Groups = []string{"deleted"}
	if _, err := request.RequestWith(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	cluster.ControlKey(kafka.ListGroups.Key, func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return req.ResponseKind(), nil, true // an empty list
	})
	refusing := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeGroups}, Group: "drifting", Err: kerr.NotCoordinator, Count: -1})
	for range 3 { // it must not be forgotten after the first poll either
		s := p.Poll(t.Context())
		if len(s.Groups) != 0 || len(s.Errs) != 1 || s.Errs[0].Group != "drifting" || s.Errs[0].Operation != "ListGroups" {
			t.Fatalf("groups %v, errors %v", s.Groups, s.Errs)
		}
	}
	refusing.Remove()
	s := p.Poll(t.Context())
	if g := fake.Group(t, s, "drifting"); !g.MembersKnown || len(s.Errs) != 0 {
		t.Errorf("its coordinator can describe it after all: %+v %v", g, s.Errs)
	}
}

func TestLargeAnswersAreSplit(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	for i := range 10 {
		group := fmt.Sprint("g", i)
		fake.Commit(t, client, group, "orders", map[int32]int64{0: int64(i)})
		fake.NewJoiner(t, client, group, "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
	}
	p := newPoller(t, fake.Config(cluster), Options{})
	p.Poll(t.Context())
	n := p.cluster.nodes[0]
	n.batch.Store(6)
	n.shrink(sarama.PacketDecodingError{Info: "message of length 123456789 too large or too small"})
	n.shrink(kerr.NotCoordinator) // which has nothing to do with size
	requests := fake.Count(cluster)
	s := p.Poll(t.Context())
	fake.NoErrors(t, s)
	if counts, _ := requests.Take(); counts["OffsetFetch"] != 4 || counts["DescribeGroups"] != 4 {
		t.Errorf("ten groups, three a request: %v", counts)
	}
	for i := range 10 {
		g := fake.Group(t, s, fmt.Sprint("g", i))
		if len(g.Members) != 1 || fake.Partition(t, g, "orders").Committed != model.Some(int64(i)) {
			t.Errorf("%+v", g)
		}
	}
}

func TestOffsetFetchNeverAnswersWithTopicIDs(t *testing.T) {
	versionOf := func(_ *sarama.Broker, version int16) (int16, error) { return version, nil }
	offered := kafka.Offers{kafka.OffsetFetch.Key: {0, 10}}
	if newest, err := kafka.Call(offered, kafka.OffsetFetch, versionOf)(nil); err != nil || newest >= 10 {
		t.Error("from version 10 on OffsetFetch answers with topic ids, and names are empty: every lag would be unknown")
	}
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	fake.Commit(t, fake.NewClient(t, cluster), "g", "orders", map[int32]int64{0: 0})
	var version int16
	cluster.ControlKey(kafka.OffsetFetch.Key, func(req kmsg.Request) (kmsg.Response, error, bool) {
		version = req.GetVersion()
		return nil, nil, false
	})
	s := newPoller(t, fake.Config(cluster), Options{}).Poll(t.Context())
	fake.Partition(t, fake.Group(t, s, "g"), "orders")
	if version != 8 {
		t.Errorf("OffsetFetch version %d was sent, want 8", version)
	}
}

// A request of the plan is sent by poll after poll, and a call that outlived its context may still be reading it.
func TestAPlansRequestsAreNotWrittenTo(t *testing.T) {
	// Later versions of OffsetCommit want topic ids.
	cluster := fake.NewCluster(t, kfake.SeedTopics(4, "orders"))
	j := fake.NewJoiner(t, fake.NewClient(t, cluster, kgo.MaxVersions(kversion.V3_9_0())), "billing", "orders").Alone(nil)
	commitAs(t, j, "orders", map[int32]int64{0: 7})
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	if p.planned == nil || len(p.planned.leaders) == 0 {
		t.Fatal("there is no plan")
	}
	for id, led := range p.planned.leaders {
		for _, request := range slices.Concat(led.latest, led.earliest) {
			if request.Version != 0 {
				t.Errorf("version %d was written into a request to broker %d", request.Version, id)
			}
		}
	}
}
