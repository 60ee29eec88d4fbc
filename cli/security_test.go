package cli

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
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// authority signs certificates, and file is where its own is.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "an authority of this test"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, der := signed(t, template, nil)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return authority{key, cert, file}
}

// signed makes a key and a certificate for it, signed by the authority or, without one, by itself.
func signed(t *testing.T, template *x509.Certificate, by *authority) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(t, err)
	return key, der
}

// server is what a broker with a certificate for 127.0.0.1 listens with.
func (a authority) server(t *testing.T) *tls.Config {
	t.Helper()
	key, der := signed(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "a broker"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, &a)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// brokersOf starts a cluster and returns its addresses as --brokers takes them.
func brokersOf(t *testing.T, options ...kfake.Opt) string {
	t.Helper()
	cluster, err := kfake.NewCluster(append(options, kfake.NumBrokers(2), kfake.SeedTopics(1, "orders"))...)
	must(t, err)
	t.Cleanup(cluster.Close)
	return strings.Join(cluster.ListenAddrs(), ",")
}

const password = "a password that nobody prints"

// All ways to be let in and the commonest ways not to be, from the flags to the exit code.
func TestSecurity(t *testing.T) {
	t.Parallel()
	trusted, other := newAuthority(t), newAuthority(t)
	users := []kfake.Opt{
		kfake.EnableSASL(), kfake.Superuser("PLAIN", "monitor", password),
		kfake.Superuser("SCRAM-SHA-256", "monitor", password), kfake.Superuser("SCRAM-SHA-512", "monitor", password),
	}
	withTLS := kfake.TLS(trusted.server(t))
	brokers := map[string]string{
		"plaintext": brokersOf(t),
		"TLS":       brokersOf(t, withTLS),
		"SASL":      brokersOf(t, users...),
		"SASL+TLS":  brokersOf(t, append(users, withTLS)...),
	}
	ca := []string{"--tls", "--tls-ca-file", trusted.file}
	as := func(mechanism string, more ...string) []string {
		return append([]string{"--sasl-mechanism", mechanism, "--sasl-username", "monitor"}, more...)
	}

	cases := []struct {
		why      string
		cluster  string
		args     []string
		password string
		code     int
		want     []string // in stderr
	}{
		{"TLS", "TLS", ca, "", exitOK, nil},
		{"TLS, any certificate", "TLS", []string{"--tls", "--tls-skip-verify"}, "", exitOK, nil},
		{"PLAIN", "SASL", as("PLAIN"), password, exitOK, nil},
		{"SCRAM-SHA-256, written small", "SASL", as("scram-sha-256"), password, exitOK, nil},
		{"SCRAM-SHA-512 over TLS", "SASL+TLS", as("SCRAM-SHA-512", ca...), password, exitOK, nil},

		// Apache Kafka closes the connection; the cluster here waits for the rest of what it takes for a long request.
		{"TLS against plaintext", "plaintext", append(ca, "--timeout", "500ms"), "", exitFailed, []string{"that the port is a TLS one"}},
		{"plaintext against TLS", "TLS", nil, "", exitFailed, []string{"switch TLS on"}},
		{"another authority", "TLS", []string{"--tls", "--tls-ca-file", other.file}, "", exitFailed, []string{"authority that is not trusted", "CA file"}},
		{"the system's authorities", "TLS", []string{"--tls"}, "", exitFailed, []string{"certificate"}},
		{"another name", "TLS", append(ca, "--tls-server-name", "kafka.example.org"), "", exitFailed, []string{"for another name", "kafka.example.org"}},
		{"a wrong password, PLAIN", "SASL", as("PLAIN"), "wrong", exitFailed, []string{"User:monitor", "PLAIN", "check the user, the password"}},
		{"a wrong password, SCRAM over TLS", "SASL+TLS", as("SCRAM-SHA-256", ca...), "wrong", exitFailed, []string{"User:monitor", "SCRAM-SHA-256"}},
		{"no SASL where it is wanted", "SASL", nil, "", exitFailed, []string{"may require SASL"}},
		{"SASL where TLS is wanted too", "SASL+TLS", as("PLAIN"), password, exitFailed, []string{"switch TLS on"}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			args := append([]string{"groups", "--brokers", brokers[c.cluster], "--timeout", "10s"}, c.args...)
			if c.password != "" {
				file := filepath.Join(t.TempDir(), "password")
				writeFile(t, file, c.password+"\n")
				args = append(args, "--sasl-password-file", file)
			}
			r := runCLI(t, args...)
			r.expect(t, c.code, c.want...)
			if title := strings.HasPrefix(r.stdout, "GROUP"); title != (c.code == exitOK) {
				t.Errorf("stdout:\n%s", r.stdout)
			}
			if c.password != "" && strings.Contains(r.stdout+r.stderr, c.password) && c.password == password {
				t.Errorf("the password is shown:\n%s%s", r.stdout, r.stderr)
			}
		})
	}
}

// A certificate can hold any bytes as a name: none of them reaches the terminal raw.
func TestCertificateCannotSendEscapes(t *testing.T) {
	trusted := newAuthority(t)
	key, der := signed(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "a broker"}, DNSNames: []string{"evil\x1b[31m.example.org"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, &trusted)
	server := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	r := runCLI(t, "groups", "--brokers", brokersOf(t, kfake.TLS(server)), "--tls", "--tls-ca-file", trusted.file, "--tls-server-name", "kafka.example.org")
	r.expect(t, exitFailed)
	if strings.Contains(r.stderr, "\x1b") {
		t.Errorf("raw: %q", r.stderr)
	}
	if !strings.Contains(r.stderr, `evil\x1b[31m.example.org`) {
		t.Errorf("the name in the certificate is not shown:\n%s", r.stderr)
	}
}
