package fake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Listen accepts connections on loopback and hands them to serve, each in a goroutine that ends with the test.
func Listen(t *testing.T, serve func(net.Conn)) string {
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

// Silent accepts and never answers, until the other side hangs up.
func Silent(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // a test's peer
	buffer := make([]byte, 1024)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}

// Answering reads once, answers and hangs up.
func Answering(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close() //nolint:errcheck // a test's peer
		_, _ = conn.Read(make([]byte, 1024))
		_, _ = conn.Write([]byte(answer))
	}
}

// GroupsByCoordinator names one group for each broker.
func GroupsByCoordinator(cluster *kfake.Cluster) map[int32]string {
	groups := make(map[int32]string)
	for i := 0; len(groups) < 3; i++ {
		name := "group-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		if node := cluster.CoordinatorFor(name); groups[node] == "" {
			groups[node] = name
		}
	}
	return groups
}

// Gate is a listener that can be shut: its connections are closed, and new ones hung up on.
type Gate struct {
	net.Listener
	closed atomic.Bool
	conns  chan net.Conn
}

// NewGate listens on an address.
func NewGate(network, address string) (*Gate, error) {
	listener, err := net.Listen(network, address)
	return &Gate{Listener: listener, conns: make(chan net.Conn, 1000)}, err
}

// Accept implements net.Listener.
func (g *Gate) Accept() (net.Conn, error) {
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

// Shut closes all connections and hangs up on new ones.
func (g *Gate) Shut() {
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

// Open lets new connections in.
func (g *Gate) Open() { g.closed.Store(false) }

// Swallower is a listener whose connections read and do not hand on what they read while Hang is set, and hand it on
// later, as a process does that was stopped and continued.
type Swallower struct {
	net.Listener
	Hang *atomic.Bool
}

// Accept implements net.Listener.
func (s *Swallower) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &swallowing{Conn: conn, Swallower: s}, nil
}

type swallowing struct {
	net.Conn
	*Swallower
}

func (s *swallowing) Close() error   { return s.Conn.Close() }
func (s *swallowing) Addr() net.Addr { return s.Conn.LocalAddr() }

func (s *swallowing) Read(buffer []byte) (int, error) {
	n, err := s.Conn.Read(buffer)
	for s.Hang.Load() && err == nil {
		time.Sleep(5 * time.Millisecond)
	}
	return n, err
}

// Certificates are an authority, a server on 127.0.0.1 and a client.
type Certificates struct {
	Server                    *tls.Config
	CAFile, CertFile, KeyFile string
}

// NewCertificates makes certificates for the length of a test.
func NewCertificates(t *testing.T) Certificates {
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
	return Certificates{
		Server:   &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}}},
		CAFile:   write("ca.pem", "CERTIFICATE", caDER),
		CertFile: write("client.pem", "CERTIFICATE", leafDER),
		KeyFile:  write("client.key", "EC PRIVATE KEY", keyDER),
	}
}

// ClosedPort is an address on which nothing listens.
func ClosedPort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // only its port is wanted
	return listener.Addr().String()
}
