package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
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

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// listen accepts connections on loopback and hands them to serve, each in a goroutine that ends with the test.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().String()
}

// silent accepts and never answers, until the other side hangs up.
func silent(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // a test's peer
	buffer := make([]byte, 1024)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}

// answering reads once, answers and hangs up.
func answering(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close() //nolint:errcheck // a test's peer
		_, _ = conn.Read(make([]byte, 1024))
		_, _ = conn.Write([]byte(answer))
	}
}

// What the system says of a connection that was reset has numbers of its own on each.
func TestAResetConnectionIsLost(t *testing.T) {
	conn, err := net.Dial("tcp", listen(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it is reset
	if _, err := conn.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) || !lost(err) {
		t.Errorf("%v is not known for a lost connection", err)
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // only its port is wanted
	return listener.Addr().String()
}

// What a user sees when no broker can be reached: each address, why, and what to do.
func TestBootstrapFailures(t *testing.T) {
	plaintext := newCluster(t, kfake.NumBrokers(1))
	certificates := newCertificates(t)
	encrypted := newCluster(t, kfake.NumBrokers(1), kfake.TLS(certificates.server))
	secured := newCluster(t, kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(MechanismPlain, "alice", "right"), kfake.Superuser(MechanismScramSHA512, "alice", "right"))
	address := func(cluster *kfake.Cluster) string { return cluster.ListenAddrs()[0] }
	alice := func(mechanism, password string) SASLConfig {
		return SASLConfig{Mechanism: mechanism, Username: "alice", Password: password}
	}
	trusting := TLSConfig{Enabled: true, CAFile: certificates.caFile}

	for _, test := range []struct {
		name    string
		address string
		tls     TLSConfig
		sasl    SASLConfig
		want    []string
	}{
		{"nobody listens", closedPort(t), TLSConfig{}, SASLConfig{}, []string{"connection refused", "check host and port"}},
		{"accepts and never answers", listen(t, silent), TLSConfig{}, SASLConfig{}, []string{"no answer within 300ms"}},
		{"accepts and never answers, TLS", listen(t, silent), trusting, SASLConfig{}, []string{"no answer within 300ms"}},
		{"accepts and hangs up", listen(t, func(c net.Conn) { _ = c.Close() }), TLSConfig{}, SASLConfig{}, []string{"closed", "may want TLS"}},
		{"an HTTP server", listen(t, answering("HTTP/1.1 400 Bad Request\r\n\r\n")), TLSConfig{}, SASLConfig{}, []string{"HTTP server", "9092"}},
		{"an SSH server", listen(t, answering("SSH-2.0-OpenSSH_9.9\r\n")), TLSConfig{}, SASLConfig{}, []string{"SSH server"}},
		{"a TLS alert", listen(t, answering("\x15\x03\x03\x00\x02\x02\x50")), TLSConfig{}, SASLConfig{}, []string{"the port speaks TLS", "switch TLS on"}},
		{"plaintext against TLS", address(encrypted), TLSConfig{}, SASLConfig{}, []string{"TLS"}},
		{"TLS against plaintext", address(plaintext), trusting, SASLConfig{}, []string{"no answer within 300ms", "that the port is a TLS one"}},
		{"TLS against HTTP", listen(t, answering("HTTP/1.1 400 Bad Request\r\n\r\n")), trusting, SASLConfig{}, []string{"not TLS", "TLS off"}},
		{"an authority that is not trusted", address(encrypted), TLSConfig{Enabled: true}, SASLConfig{}, []string{"not trusted", "CA file"}},
		{"a certificate for another name", address(encrypted), TLSConfig{Enabled: true, CAFile: certificates.caFile, ServerName: "kafka.example"}, SASLConfig{}, []string{"another name", "server name"}},
		{"wrong password", address(secured), TLSConfig{}, alice(MechanismPlain, "wrong"), []string{"User:alice", "PLAIN", "password"}},
		{"wrong password, SCRAM", address(secured), TLSConfig{}, alice(MechanismScramSHA512, "wrong"), []string{"User:alice", "SCRAM-SHA-512", "password"}},
		{"no SASL where it is wanted", address(secured), TLSConfig{}, SASLConfig{}, []string{"SASL"}},
		{"a mechanism that is not enabled", address(secured), TLSConfig{}, alice(MechanismScramSHA256, "right"), []string{"SCRAM-SHA-256"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := Config{Brokers: []string{test.address}, Timeout: 300 * time.Millisecond, TLS: test.tls, SASL: test.sasl}
			if !strings.Contains(test.want[0], "no answer") {
				config.Timeout = patience
			}
			s := newPoller(t, config, PollOptions{}).Poll(t.Context())
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
	config := Config{Brokers: []string{closedPort(t), closedPort(t)}}
	s := newPoller(t, config, PollOptions{}).Poll(t.Context())
	for _, address := range config.Brokers {
		if !findErr(s, address, "refused") {
			t.Errorf("%s is not named: %v", address, s.Errs)
		}
	}
}

func TestOneBootstrapAddressIsEnough(t *testing.T) {
	cluster := newCluster(t)
	config := configOf(cluster)
	config.Brokers = append([]string{closedPort(t), listen(t, silent)}, config.Brokers[1])
	s := newPoller(t, config, PollOptions{}).Poll(t.Context())
	noErrs(t, s)
	if len(s.Brokers) != 3 {
		t.Errorf("brokers: %+v", s.Brokers)
	}
}

func TestSecuredClusters(t *testing.T) {
	certificates := newCertificates(t)
	for _, mechanism := range []string{MechanismPlain, MechanismScramSHA256, MechanismScramSHA512} {
		t.Run(mechanism, func(t *testing.T) {
			cluster := newCluster(t, kfake.SeedTopics(1, "orders"), kfake.TLS(certificates.server), kfake.EnableSASL(), kfake.Superuser(mechanism, "alice", "s3cret,=x"))
			config := configOf(cluster)
			config.TLS = TLSConfig{Enabled: true, CAFile: certificates.caFile, CertFile: certificates.certFile, KeyFile: certificates.keyFile}
			config.SASL = SASLConfig{Mechanism: mechanism, Username: "alice", Password: "s3cret,=x"}
			p := newPoller(t, config, PollOptions{})
			for range 2 {
				s := p.Poll(t.Context())
				noErrs(t, s)
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
	cluster := newCluster(t, kfake.SeedTopics(1, "orders", "hidden"), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser(MechanismPlain, "root", "root"),
		kfake.User(MechanismPlain, "bob", "bob", describe(kmsg.ACLResourceTypeGroup, "billing"), describe(kmsg.ACLResourceTypeTopic, "orders")))
	root := newClient(t, cluster, kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism()))
	newJoiner(t, root, "billing", "orders", "hidden").alone(kafkatest.Assignment(map[string][]int32{"orders": {0}, "hidden": {0}}))
	newJoiner(t, root, "unseen", "orders").alone(nil)
	config := configOf(cluster)
	config.SASL = SASLConfig{Mechanism: MechanismPlain, Username: "bob", Password: "bob"}
	s := newPoller(t, config, PollOptions{}).Poll(t.Context())
	g := mustGroup(t, s, "billing")
	if p := mustPartition(t, g, "orders"); !p.LogEnd.Known() || p.Problem != "" {
		t.Errorf("a topic that may be seen: %+v", p)
	}
	if p := mustPartition(t, g, "hidden"); p.LogEnd.Known() || !strings.Contains(p.Problem, `DESCRIBE on topic "hidden" is not allowed for User:bob`) {
		t.Errorf("a topic that may not: %+v", p)
	}
	if groupIn(s, "unseen") != nil {
		t.Error("brokers do not list groups that may not be described")
	}
}

// A broker that fails makes its own part unknown, and comes back by itself.
func TestBrokerGoesAndComesBack(t *testing.T) {
	gates := make([]*gate, 0, 3)
	cluster := newCluster(t, kfake.SeedTopics(6, "orders"), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		g, err := newGate(network, address)
		if err == nil {
			gates = append(gates, g)
		}
		return g, err
	}))
	client := newClient(t, cluster)
	groups := groupsByCoordinator(cluster)
	for node, group := range groups {
		commit(t, client, group, "orders", map[int32]int64{0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0})
		if cluster.CoordinatorFor(group) != node {
			t.Fatal("the coordinators have moved")
		}
	}
	p := newPoller(t, configOf(cluster), PollOptions{})
	noErrs(t, p.Poll(t.Context()))

	gates[1].shut()
	for range 2 {
		s := p.Poll(t.Context())
		if !findErr(s, "ListGroups on broker 1", "1 group that it coordinates") {
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
	gates[1].open()
	s := eventually(t, p, "broker 1 answers again", func(s *model.Snapshot) bool { return len(s.Errs) == 0 })
	for node, group := range groups {
		if g := mustGroup(t, s, group); slices.ContainsFunc(g.Partitions, func(p model.PartitionOffset) bool { return !p.LogEnd.Known() }) {
			t.Errorf("group of broker %d: %+v", node, g)
		}
	}
}

// A broker that comes back while others are asked was not asked: its groups are not gone.
func TestBrokerThatComesBackDuringAPoll(t *testing.T) {
	cluster := newCluster(t)
	p := newPoller(t, configOf(cluster), PollOptions{})
	noErrs(t, p.Poll(t.Context()))
	n := p.cluster.nodes[1]
	n.mutex.Lock()
	n.outage = &outage{since: time.Now(), err: errors.New("gone for a moment")}
	n.mutex.Unlock()
	r := &round{poller: p, ctx: t.Context(), at: time.Now(), asked: make(map[*node]bool), out: make(map[*node]*outage)}
	r.coordinators()
	n.mutex.Lock()
	n.outage = nil
	n.mutex.Unlock()
	r.absent(nil)
	if len(r.errs) != 1 || r.errs[0].Broker != model.Some[int32](1) || r.errs[0].Problem != "gone for a moment" {
		t.Errorf("nobody asked broker 1, and that is said of it: %v", r.errs)
	}
}

// A connection that was closed while it was idle is no failure.
func TestConnectionsThatWereClosedMeanwhile(t *testing.T) {
	var gates []*gate
	cluster := newCluster(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		g, err := newGate(network, address)
		gates = append(gates, g)
		return g, err
	}))
	p := newPoller(t, configOf(cluster), PollOptions{})
	noErrs(t, p.Poll(t.Context()))
	for _, g := range gates {
		g.shut()
		g.open()
	}
	s := p.Poll(t.Context())
	noErrs(t, s)
}

// A broker that stops answering costs one poll its patience, and the next ones nothing.
func TestBrokerThatHangs(t *testing.T) {
	var hang atomic.Bool
	cluster := newCluster(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		listener, err := net.Listen(network, address)
		return &swallower{Listener: listener, hang: &hang}, err
	}), kfake.SeedTopics(3, "orders"))
	commit(t, newClient(t, cluster), "g", "orders", map[int32]int64{0: 0})
	config := configOf(cluster)
	config.Timeout = 300 * time.Millisecond
	p := newPoller(t, config, PollOptions{})
	eventually(t, p, "all is well", func(s *model.Snapshot) bool { return len(s.Errs) == 0 })
	hang.Store(true)
	s := p.Poll(t.Context())
	if !findErr(s, "ListGroups", "no answer within 300ms") {
		t.Errorf("errors: %v", s.Errs)
	}
	s = p.Poll(t.Context())
	if len(s.Errs) == 0 || slices.ContainsFunc(s.Brokers, func(b model.Broker) bool { return b.Answered }) {
		t.Errorf("they still hang: %+v", s)
	}
	hang.Store(false)
	eventually(t, p, "all answer again", func(s *model.Snapshot) bool { return len(s.Errs) == 0 && groupIn(s, "g") != nil })
}

// A broker that leaves the cluster has its groups taken over, and is no error then.
func TestBrokerThatLeavesTheCluster(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(3, "orders"))
	client := newClient(t, cluster)
	groups := groupsByCoordinator(cluster)
	for _, group := range groups {
		commit(t, client, group, "orders", map[int32]int64{0: 0, 1: 0, 2: 0})
	}
	p := newPoller(t, configOf(cluster), PollOptions{})
	noErrs(t, p.Poll(t.Context()))
	if err := cluster.RemoveNode(2); err != nil {
		t.Fatal(err)
	}
	p.cluster.learntAt = time.Time{}
	p.Poll(t.Context())
	s := p.Poll(t.Context())
	noErrs(t, s)
	for _, group := range groups {
		if g := mustGroup(t, s, group); g.Coordinator == model.Some[int32](2) {
			t.Errorf("%+v", g)
		}
	}
	if b := s.Brokers[2]; len(s.Brokers) != 3 || b.Answered || b.Problem == "" || b.LastSeen.IsZero() {
		t.Errorf("it is still shown: %+v", s.Brokers)
	}
}

func TestListGroupsThatFails(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(1, "orders"))
	client := newClient(t, cluster)
	groups := groupsByCoordinator(cluster)
	for _, group := range groups {
		commit(t, client, group, "orders", map[int32]int64{0: 0})
	}
	p := newPoller(t, configOf(cluster), PollOptions{})
	noErrs(t, p.Poll(t.Context()))
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListGroups}, Nodes: []int32{2}, TopLevel: true, Err: kerr.CoordinatorLoadInProgress, Count: 1})
	s := p.Poll(t.Context())
	if groupIn(s, groups[2]) != nil || groupIn(s, groups[0]) == nil || !findErr(s, "ListGroups on broker 2", "still loading", "1 group") {
		t.Errorf("groups %v errors %v", s.Groups, s.Errs)
	}
	s = p.Poll(t.Context())
	noErrs(t, s)
	mustGroup(t, s, groups[2])
}

// groupsByCoordinator names one group for each broker.
func groupsByCoordinator(cluster *kfake.Cluster) map[int32]string {
	groups := make(map[int32]string)
	for i := 0; len(groups) < 3; i++ {
		name := "group-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		if node := cluster.CoordinatorFor(name); groups[node] == "" {
			groups[node] = name
		}
	}
	return groups
}

// gate is a listener that can be shut: its connections are closed, and new ones hung up on.
type gate struct {
	net.Listener
	closed atomic.Bool
	conns  chan net.Conn
}

func newGate(network, address string) (*gate, error) {
	listener, err := net.Listen(network, address)
	return &gate{Listener: listener, conns: make(chan net.Conn, 1000)}, err
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.closed.Load() {
			_ = conn.Close()
			continue
		}
		g.conns <- conn
		return conn, nil
	}
}

func (g *gate) shut() {
	g.closed.Store(true)
	for {
		select {
		case conn := <-g.conns:
			_ = conn.Close()
		default:
			return
		}
	}
}

func (g *gate) open() { g.closed.Store(false) }

// swallower is a listener whose connections read and do not hand on what they read while hang is set, and hand it on
// later, as a process does that was stopped and continued.
type swallower struct {
	net.Listener
	hang *atomic.Bool
}

func (s *swallower) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &swallowing{Conn: conn, swallower: s}, nil
}

type swallowing struct {
	net.Conn
	*swallower
}

func (s *swallowing) Close() error   { return s.Conn.Close() }
func (s *swallowing) Addr() net.Addr { return s.Conn.LocalAddr() }

func (s *swallowing) Read(buffer []byte) (int, error) {
	n, err := s.Conn.Read(buffer)
	for s.hang.Load() && err == nil {
		time.Sleep(5 * time.Millisecond)
	}
	return n, err
}

// certificates are an authority, a server on 127.0.0.1 and a client.
type certificates struct {
	server                    *tls.Config
	caFile, certFile, keyFile string
}

func newCertificates(t *testing.T) certificates {
	t.Helper()
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	make509 := func(template, parent *x509.Certificate, public any, signer *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	caKey, leafKey := key(), key()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER := make509(ca, ca, &caKey.PublicKey, caKey)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	leafDER := make509(leaf, ca, &leafKey.PublicKey, caKey)
	keyDER, err := x509.MarshalECPrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	return certificates{
		server:   &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}}},
		caFile:   write("ca.pem", "CERTIFICATE", caDER),
		certFile: write("client.pem", "CERTIFICATE", leafDER),
		keyFile:  write("client.key", "EC PRIVATE KEY", keyDER),
	}
}
