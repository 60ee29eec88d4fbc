package poll

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/model"
)

// What a user sees when no broker can be reached: each address, why, and what to do.
func TestBootstrapFailures(t *testing.T) {
	plaintext := fake.NewCluster(t, kfake.NumBrokers(1))
	certificates := fake.NewCertificates(t)
	encrypted := fake.NewCluster(t, kfake.NumBrokers(1), kfake.TLS(certificates.Server))
	secured := fake.NewCluster(t, kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(kafka.MechanismPlain, "alice", "right"), kfake.Superuser(kafka.MechanismScramSHA512, "alice", "right"))
	address := func(cluster *kfake.Cluster) string { return cluster.ListenAddrs()[0] }
	alice := func(mechanism, password string) kafka.SASLConfig {
		return kafka.SASLConfig{Mechanism: mechanism, Username: "alice", Password: password}
	}
	trusting := kafka.TLSConfig{Enabled: true, CAFile: certificates.CAFile}

	for _, test := range []struct {
		name    string
		address string
		tls     kafka.TLSConfig
		sasl    kafka.SASLConfig
		want    []string
	}{
		{"nobody listens", fake.ClosedPort(t), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"connection refused", "check the host and port"}},
		{"accepts and never answers", fake.Listen(t, fake.Silent), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"no response within 300ms"}},
		{"accepts and never answers, TLS", fake.Listen(t, fake.Silent), trusting, kafka.SASLConfig{}, []string{"no response within 300ms"}},
		{"accepts and hangs up", fake.Listen(t, func(c net.Conn) { _ = c.Close() }), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"closed", "may require TLS"}},
		{"an HTTP server", fake.Listen(t, fake.Answering("HTTP/1.1 400 Bad Request\r\n\r\n")), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"HTTP server", "9092"}},
		{"an SSH server", fake.Listen(t, fake.Answering("SSH-2.0-OpenSSH_9.9\r\n")), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"SSH server"}},
		{"a TLS alert", fake.Listen(t, fake.Answering("\x15\x03\x03\x00\x02\x02\x50")), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"the port speaks TLS", "switch TLS on"}},
		{"plaintext against TLS", address(encrypted), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"TLS"}},
		{"TLS against plaintext", address(plaintext), trusting, kafka.SASLConfig{}, []string{"no response within 300ms", "that the port is a TLS one"}},
		{"TLS against HTTP", fake.Listen(t, fake.Answering("HTTP/1.1 400 Bad Request\r\n\r\n")), trusting, kafka.SASLConfig{}, []string{"not TLS", "TLS off"}},
		{"an authority that is not trusted", address(encrypted), kafka.TLSConfig{Enabled: true}, kafka.SASLConfig{}, []string{"not trusted", "CA file"}},
		{"a certificate for another name", address(encrypted), kafka.TLSConfig{Enabled: true, CAFile: certificates.CAFile, ServerName: "kafka.example"}, kafka.SASLConfig{}, []string{"another name", "server name"}},
		{"wrong password", address(secured), kafka.TLSConfig{}, alice(kafka.MechanismPlain, "wrong"), []string{"User:alice", "PLAIN", "password"}},
		{"wrong password, SCRAM", address(secured), kafka.TLSConfig{}, alice(kafka.MechanismScramSHA512, "wrong"), []string{"User:alice", "SCRAM-SHA-512", "password"}},
		{"no SASL where it is wanted", address(secured), kafka.TLSConfig{}, kafka.SASLConfig{}, []string{"SASL"}},
		{"a mechanism that is not enabled", address(secured), kafka.TLSConfig{}, alice(kafka.MechanismScramSHA256, "right"), []string{"SCRAM-SHA-256"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := kafka.Config{Brokers: []string{test.address}, Timeout: 300 * time.Millisecond, TLS: test.tls, SASL: test.sasl}
			if !strings.Contains(test.want[0], "no response") {
				config.Timeout = kafkatest.Patience
			}
			s := newPoller(t, config, Options{}).Poll(t.Context())
			if len(s.Errs) != 1 || len(s.Groups) != 0 || len(s.Brokers) != 0 {
				t.Fatalf("want one error and nothing else: %+v", s)
			}
			line := s.Errs[0].Error()
			for _, part := range append(test.want, test.address, "everything") {
				if !strings.Contains(line, part) {
					t.Errorf("%q does not say %q", line, part)
				}
			}
			if strings.Contains(line, "wrong") {
				t.Errorf("%q shows the password", line)
			}
		})
	}
}

func TestBootstrapNamesEveryAddress(t *testing.T) {
	config := kafka.Config{Brokers: []string{fake.ClosedPort(t), fake.ClosedPort(t)}}
	s := newPoller(t, config, Options{}).Poll(t.Context())
	for _, address := range config.Brokers {
		if !fake.HasError(s, address, "refused") {
			t.Errorf("%s is not named: %v", address, s.Errs)
		}
	}
}

func TestOneBootstrapAddressIsEnough(t *testing.T) {
	cluster := fake.NewCluster(t)
	config := fake.Config(cluster)
	config.Brokers = append([]string{fake.ClosedPort(t), fake.Listen(t, fake.Silent)}, config.Brokers[1])
	s := newPoller(t, config, Options{}).Poll(t.Context())
	fake.NoErrors(t, s)
	if len(s.Brokers) != 3 {
		t.Errorf("brokers: %+v", s.Brokers)
	}
}

func TestSecuredClusters(t *testing.T) {
	certificates := fake.NewCertificates(t)
	for _, mechanism := range []string{kafka.MechanismPlain, kafka.MechanismScramSHA256, kafka.MechanismScramSHA512} {
		t.Run(mechanism, func(t *testing.T) {
			cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"), kfake.TLS(certificates.Server), kfake.EnableSASL(), kfake.Superuser(mechanism, "alice", "s3cret,=x"))
			config := fake.Config(cluster)
			config.TLS = kafka.TLSConfig{Enabled: true, CAFile: certificates.CAFile, CertFile: certificates.CertFile, KeyFile: certificates.KeyFile}
			config.SASL = kafka.SASLConfig{Mechanism: mechanism, Username: "alice", Password: "s3cret,=x"}
			p := newPoller(t, config, Options{})
			for range 2 {
				s := p.Poll(t.Context())
				fake.NoErrors(t, s)
				if len(s.Brokers) != 3 || !s.Brokers[2].Answered {
					t.Errorf("brokers: %+v", s.Brokers)
				}
			}
		})
	}
}

func TestTopicThatMayNotBeSeen(t *testing.T) {
	describe := func(resource kmsg.ACLResourceType, name string) kfake.ACL {
		return kfake.ACL{Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}
	}
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders", "hidden"), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser(kafka.MechanismPlain, "root", "root"),
		kfake.User(kafka.MechanismPlain, "bob", "bob", describe(kmsg.ACLResourceTypeGroup, "billing"), describe(kmsg.ACLResourceTypeTopic, "orders")))
	root := fake.NewClient(t, cluster, kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism()))
	fake.NewJoiner(t, root, "billing", "orders", "hidden").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}, "hidden": {0}}))
	fake.NewJoiner(t, root, "unseen", "orders").Alone(nil)
	config := fake.Config(cluster)
	config.SASL = kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: "bob", Password: "bob"}
	s := newPoller(t, config, Options{}).Poll(t.Context())
	g := fake.Group(t, s, "billing")
	if p := fake.Partition(t, g, "orders"); !p.LogEnd.Known() || p.Problem != "" {
		t.Errorf("a topic that may be seen: %+v", p)
	}
	if p := fake.Partition(t, g, "hidden"); p.LogEnd.Known() || !strings.Contains(p.Problem, `DESCRIBE on topic "hidden" is not allowed for User:bob`) {
		t.Errorf("a topic that may not: %+v", p)
	}
	if groupIn(s, "unseen") != nil {
		t.Error("brokers do not list groups that may not be described")
	}
}

// A broker that fails makes its own part unknown, and comes back by itself.
func TestBrokerGoesAndComesBack(t *testing.T) {
	gates := make([]*fake.Gate, 0, 3)
	cluster := fake.NewCluster(t, kfake.SeedTopics(6, "orders"), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		g, err := fake.NewGate(network, address)
		if err == nil {
			gates = append(gates, g)
		}
		return g, err
	}))
	client := fake.NewClient(t, cluster)
	groups := fake.GroupsByCoordinator(cluster)
	for node, group := range groups {
		fake.Commit(t, client, group, "orders", map[int32]int64{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0})
		if cluster.CoordinatorFor(group) != node {
			t.Fatal("the coordinators have moved")
		}
	}
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))

	gates[1].Shut()
	for range 2 {
		s := p.Poll(t.Context())
		if !fake.HasError(s, "ListGroups on broker 1", "1 group that it coordinates") {
			t.Errorf("no error tells of the groups of broker 1: %v", s.Errs)
		}
		for _, b := range s.Brokers {
			if b.Answered != (b.ID != 1) || (b.Problem == "") != b.Answered || b.LastSeen.IsZero() {
				t.Errorf("broker %+v", b)
			}
		}
		for node, group := range groups {
			g := groupIn(s, group)
			if (g == nil) != (node == 1) {
				t.Errorf("group of broker %d: %+v", node, g)
				continue
			}
			if g == nil {
				continue
			}
			for _, part := range g.Partitions {
				lost := cluster.LeaderFor("orders", part.Partition) == 1
				if part.LogEnd.Known() == lost || (part.Problem == "") == lost || !part.Committed.Known() {
					t.Errorf("led by broker 1: %v: %+v", lost, part)
				}
			}
		}
	}
	gates[1].Open()
	s := fake.PollUntil(t, p, "broker 1 answers again", func(s *model.Snapshot) bool { return len(s.Errs) == 0 })
	for node, group := range groups {
		if g := fake.Group(t, s, group); slices.ContainsFunc(g.Partitions, func(p model.PartitionOffset) bool { return !p.LogEnd.Known() }) {
			t.Errorf("group of broker %d: %+v", node, g)
		}
	}
}

// A broker that comes back while others are asked was not asked: its groups are not gone.
func TestBrokerThatComesBackDuringAPoll(t *testing.T) {
	cluster := fake.NewCluster(t)
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	n := p.cluster.nodes[1]
	_ = n.Fail(errors.New("gone for a moment"))
	r := &cycle{poller: p, ctx: t.Context(), at: time.Now(), asked: make(map[*node]bool), out: make(map[*node]*brokers.Outage)}
	r.coordinators()
	for n.Outage() != nil { // it is connected to again in the background
		time.Sleep(time.Millisecond)
	}
	r.absent(nil)
	if len(r.errs) != 1 || r.errs[0].Broker != model.Some[int32](1) || r.errs[0].Problem != "gone for a moment" {
		t.Errorf("nobody asked broker 1, and that is said of it: %v", r.errs)
	}
}

// A connection that was closed while it was idle is no failure.
func TestConnectionsThatWereClosedMeanwhile(t *testing.T) {
	var gates []*fake.Gate
	cluster := fake.NewCluster(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		g, err := fake.NewGate(network, address)
		gates = append(gates, g)
		return g, err
	}))
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	for _, g := range gates {
		g.Shut()
		g.Open()
	}
	s := p.Poll(t.Context())
	fake.NoErrors(t, s)
}

// A broker that stops answering costs one poll its patience, and the next ones nothing.
func TestBrokerThatHangs(t *testing.T) {
	var hang atomic.Bool
	cluster := fake.NewCluster(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		listener, err := net.Listen(network, address)
		return &fake.Swallower{Listener: listener, Hang: &hang}, err
	}), kfake.SeedTopics(3, "orders"))
	fake.Commit(t, fake.NewClient(t, cluster), "g", "orders", map[int32]int64{0: 0})
	config := fake.Config(cluster)
	config.Timeout = 300 * time.Millisecond
	p := newPoller(t, config, Options{})
	fake.PollUntil(t, p, "all is well", func(s *model.Snapshot) bool { return len(s.Errs) == 0 })
	hang.Store(true)
	s := p.Poll(t.Context())
	if !fake.HasError(s, "ListGroups", "no response within 300ms") {
		t.Errorf("errors: %v", s.Errs)
	}
	s = p.Poll(t.Context())
	if len(s.Errs) == 0 || slices.ContainsFunc(s.Brokers, func(b model.Broker) bool { return b.Answered }) {
		t.Errorf("they still hang: %+v", s)
	}
	hang.Store(false)
	fake.PollUntil(t, p, "all answer again", func(s *model.Snapshot) bool { return len(s.Errs) == 0 && groupIn(s, "g") != nil })
}

// A broker that leaves the cluster has its groups taken over, and is no error then.
func TestBrokerThatLeavesTheCluster(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(3, "orders"))
	client := fake.NewClient(t, cluster)
	groups := fake.GroupsByCoordinator(cluster)
	for _, group := range groups {
		fake.Commit(t, client, group, "orders", map[int32]int64{0: 0, 1: 0, 2: 0})
	}
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	if err := cluster.RemoveNode(2); err != nil {
		t.Fatal(err)
	}
	p.cluster.readAt = time.Time{}
	p.Poll(t.Context())
	s := p.Poll(t.Context())
	fake.NoErrors(t, s)
	for _, group := range groups {
		if g := fake.Group(t, s, group); g.Coordinator == model.Some[int32](2) {
			t.Errorf("%+v", g)
		}
	}
	if b := s.Brokers[2]; len(s.Brokers) != 3 || b.Answered || b.Problem == "" || b.LastSeen.IsZero() {
		t.Errorf("it is still shown: %+v", s.Brokers)
	}
}

func TestListGroupsThatFails(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	groups := fake.GroupsByCoordinator(cluster)
	for _, group := range groups {
		fake.Commit(t, client, group, "orders", map[int32]int64{0: 0})
	}
	p := newPoller(t, fake.Config(cluster), Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListGroups}, Nodes: []int32{2}, TopLevel: true, Err: kerr.CoordinatorLoadInProgress, Count: 1})
	s := p.Poll(t.Context())
	if groupIn(s, groups[2]) != nil || groupIn(s, groups[0]) == nil || !fake.HasError(s, "ListGroups on broker 2", "still loading", "1 group") {
		t.Errorf("groups %v errors %v", s.Groups, s.Errs)
	}
	s = p.Poll(t.Context())
	fake.NoErrors(t, s)
	fake.Group(t, s, groups[2])
}
