package embedded

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rcrowley/go-metrics"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"regroup/kafka/kafkatest"
)

func TestMain(m *testing.M) {
	metrics.UseNilMetrics = true // sarama's meters are kept by a goroutine that never ends
	goleak.VerifyTestMain(m)
}

func start(t *testing.T, options Options) *Cluster {
	t.Helper()
	c, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func client(t *testing.T, c *Cluster, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.Addresses()...)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func TestStartsAsManyBrokersAsAskedForOnLoopbackOnly(t *testing.T) {
	for _, test := range []struct {
		name       string
		ask, given int
	}{
		{"a demo has three", 0, 3},
		{"a test may do with one", 1, 1},
		{"or want more", 5, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, Options{Brokers: test.ask})
			brokers, err := kadm.NewClient(client(t, c)).ListBrokers(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(brokers) != test.given || len(c.Addresses()) != test.given {
				t.Errorf("the cluster has %d brokers at %v, wanted %d", len(brokers), c.Addresses(), test.given)
			}
			for _, address := range c.Addresses() {
				if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
					t.Errorf("a broker listens on %s, wanted 127.0.0.1", address)
				}
			}
		})
	}
}

func TestStartRefusesNonsense(t *testing.T) {
	if c, err := Start(Options{Brokers: -1}); err == nil || !strings.Contains(err.Error(), "-1 brokers") {
		t.Errorf("Start with -1 brokers gave %v, %v", c, err)
	}
}

func TestTwoClustersSideBySide(t *testing.T) {
	one, two := start(t, Options{}), start(t, Options{})
	for _, address := range one.Addresses() {
		for _, other := range two.Addresses() {
			if address == other {
				t.Errorf("two clusters share %s", address)
			}
		}
	}
}

func TestGenerationIsTheCoordinatorsOwn(t *testing.T) {
	c := start(t, Options{})
	if generation, ok := c.Generation("readers"); ok {
		t.Fatalf("a group that does not exist has generation %d", generation)
	}
	if _, err := kadm.NewClient(client(t, c)).CreateTopic(context.Background(), 4, 1, nil, "words"); err != nil {
		t.Fatal(err)
	}
	consumer := func() *kgo.Client {
		return client(t, c, kgo.ConsumerGroup("readers"), kgo.ConsumeTopics("words"), kgo.Balancers(kgo.RangeBalancer()),
			kgo.HeartbeatInterval(50*time.Millisecond))
	}
	for _, member := range []*kgo.Client{consumer(), consumer()} {
		kafkatest.Await(t, "Generation is what the member was reported", func() bool {
			_, reported := member.GroupMetadata()
			generation, ok := c.Generation("readers")
			return ok && reported > 0 && generation == reported
		})
	}
}

func TestClosedClusterAnswersNothingAndCloseMayBeRepeated(t *testing.T) {
	c := start(t, Options{})
	c.Close()
	c.Close()
	if generation, ok := c.Generation("readers"); ok {
		t.Errorf("a closed cluster knows generation %d", generation)
	}
	for _, address := range c.Addresses() {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			t.Errorf("%s still accepts connections", address)
		}
	}
}

// member speaks the group protocol by hand, so that a test decides when it heartbeats, joins and syncs.
type member struct {
	t       *testing.T
	client  *kgo.Client
	group   string
	id      string
	session time.Duration
	// instance is the group.instance.id; nil is a dynamic member.
	instance *string
}

func (m *member) join(ctx context.Context) *kmsg.JoinGroupResponse {
	request := kmsg.NewPtrJoinGroupRequest()
	request.Group, request.MemberID, request.InstanceID, request.ProtocolType = m.group, m.id, m.instance, "consumer"
	request.SessionTimeoutMillis = int32(m.session.Milliseconds())
	request.RebalanceTimeoutMillis = int32(kafkatest.Patience.Milliseconds())
	request.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: []byte{0}}}
	answer, err := request.RequestWith(ctx, m.client)
	if err != nil {
		m.t.Errorf("JoinGroup: %v", err)
		return kmsg.NewPtrJoinGroupResponse()
	}
	m.id = answer.MemberID
	return answer
}

// A slow member makes the others wait in JoinGroup for longer than their session timeout, and none is thrown out.
func TestMembersThatWaitForASlowOneStay(t *testing.T) {
	c := start(t, Options{})
	ctx := context.Background()
	const session = 300 * time.Millisecond
	newMember := func(session time.Duration) *member {
		m := &member{t: t, client: client(t, c), group: "slow", session: session}
		m.join(ctx) // the answer is MEMBER_ID_REQUIRED, with an id (KIP-394)
		return m
	}
	// Nobody ever sends SyncGroup: where kfake leaves a group that has joined does not matter here.
	slow := newMember(kafkatest.Patience)
	slow.join(ctx)

	patient := newMember(session)
	joined := make(chan *kmsg.JoinGroupResponse, 1)
	rejoin := func() { go func() { joined <- patient.join(ctx) }() }
	rejoin()
	kafkatest.Await(t, "the patient member waits", func() bool { return c.state("slow") == statePreparingRebalance })
	slow.join(ctx) // both are in now: from here on the patient member's session counts down
	<-joined

	// It asks to join again, as a member does whose metadata changed, and the slow one takes its time.
	third := newMember(kafkatest.Patience)
	thirdJoined := make(chan *kmsg.JoinGroupResponse, 1)
	go func() { thirdJoined <- third.join(ctx) }()
	kafkatest.Await(t, "the third member waits", func() bool { return c.state("slow") == statePreparingRebalance })
	rejoin()
	for end := time.Now().Add(5 * session); time.Now().Before(end); time.Sleep(session / 10) {
		select {
		case answer := <-joined:
			t.Fatalf("the patient member was answered before the slow one joined: %+v", answer)
		default:
		}
	}
	slow.join(ctx)
	first, second := <-joined, <-thirdJoined
	if first.ErrorCode != 0 || second.ErrorCode != 0 || first.Generation != second.Generation {
		t.Errorf("the members that waited got %+v and %+v", first, second)
	}
	if n := c.members("slow"); n != 3 {
		t.Errorf("the group has %d members, wanted all 3", n)
	}
}

func (c *Cluster) state(group string) (state string) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if info := c.kfake.GroupInfo(group); info != nil {
		state = info.State
	}
	return state
}

func (c *Cluster) members(group string) (members int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if info := c.kfake.GroupInfo(group); info != nil {
		members = len(info.Members)
	}
	return members
}

func TestMemberThatDiesIsRemovedByItsSessionTimeout(t *testing.T) {
	c := start(t, Options{})
	m := &member{t: t, client: client(t, c), group: "mortal", session: 200 * time.Millisecond}
	m.join(context.Background())
	if answer := m.join(context.Background()); answer.ErrorCode != 0 {
		t.Fatalf("JoinGroup: %+v", answer)
	}
	kafkatest.Await(t, "the member that sends no heartbeat is gone", func() bool { return c.members("mortal") == 0 })
}

// A fast producer must not fill the memory: what is older goes, and the log start shows it.
func TestPartitionsAreBounded(t *testing.T) {
	c := start(t, Options{})
	ctx := context.Background()
	cl := client(t, c, kgo.DefaultProduceTopic("much"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	admin := kadm.NewClient(cl)
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, "much"); err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 256<<10)
	for range (partitionBytes + 8*segmentBytes) / len(value) {
		if err := cl.ProduceSync(ctx, &kgo.Record{Value: value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	kafkatest.Await(t, "the log start moves up", func() bool {
		offsets, err := admin.ListStartOffsets(ctx, "much")
		if err != nil {
			t.Fatal(err)
		}
		start, _ := offsets.Lookup("much", 0)
		return start.Offset > 0
	})
}

func ExampleStart() {
	cluster, err := Start(Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	fmt.Println(len(cluster.Addresses()), "brokers")
	// Output: 3 brokers
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := Start(Options{})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
