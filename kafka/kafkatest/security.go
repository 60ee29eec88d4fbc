package kafkatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// User is somebody whom the listeners with SASL let in, by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
type User struct{ Name, Password string }

// The users of a secure cluster.
var (
	Admin = User{Name: "admin", Password: "admin-secret"} // may do everything, like clients without SASL
	Guest = User{Name: "guest", Password: "guest-secret"} // may do nothing until an ACL says so
)

// files of a secure cluster, in its directory.
const (
	authorityFile = "ca.pem"     // the certificate of the authority that signed the brokers'
	serverFile    = "server.pem" // the brokers' private key and certificate
)

// SASL returns the addresses of the listeners with SASL over plaintext.
func (c *Cluster) SASL(t testing.TB) []string { t.Helper(); return c.secure(t, sasl) }

// TLS returns the addresses of the listeners with TLS, without SASL.
func (c *Cluster) TLS(t testing.TB) []string { t.Helper(); return c.secure(t, tls) }

// SASLTLS returns the addresses of the listeners with SASL over TLS.
func (c *Cluster) SASLTLS(t testing.TB) []string { t.Helper(); return c.secure(t, saslTLS) }

// CA returns the path of the certificate (PEM) of the authority that signed the brokers' certificates.
func (c *Cluster) CA() string { return filepath.Join(c.dir, authorityFile) }

func (c *Cluster) secure(t testing.TB, listener string) []string {
	t.Helper()
	if !c.options.Secure {
		t.Fatalf("the cluster has no listener %s: start it with Options{Secure: true}", listener)
	}
	return c.addresses(listener)
}

func securityProperties(brokerDir string) map[string]string {
	dir := filepath.Dir(brokerDir)
	properties := map[string]string{
		"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":           "User:ANONYMOUS;User:" + Admin.Name,
	}
	for _, listener := range []string{"sasl", "sasltls"} {
		prefix := "listener.name." + listener + "."
		properties[prefix+"sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
		properties[prefix+"plain.sasl.jaas.config"] = fmt.Sprintf(
			`org.apache.kafka.common.security.plain.PlainLoginModule required user_%s="%s" user_%s="%s";`,
			Admin.Name, Admin.Password, Guest.Name, Guest.Password)
		for _, mechanism := range []string{"scram-sha-256", "scram-sha-512"} {
			properties[prefix+mechanism+".sasl.jaas.config"] = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		}
	}
	for _, listener := range []string{"tls", "sasltls"} {
		prefix := "listener.name." + listener + ".ssl."
		properties[prefix+"keystore.type"] = "PEM"
		properties[prefix+"keystore.location"] = filepath.Join(dir, serverFile)
		properties[prefix+"truststore.type"] = "PEM"
		properties[prefix+"truststore.location"] = filepath.Join(dir, authorityFile)
		properties[prefix+"client.auth"] = "requested"
	}
	return properties
}

// scramArguments make kafka-storage.sh write the users' SCRAM credentials into the cluster's first records.
func scramArguments() (arguments []string) {
	for _, user := range []User{Admin, Guest} {
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
			arguments = append(arguments, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user.Name, user.Password))
		}
	}
	return arguments
}

// writeCertificates makes an authority for this cluster alone, and a certificate for its brokers.
func writeCertificates(dir string) error {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "kafkatest authority"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "kafkatest broker"},
		NotBefore:    authority.NotBefore,
		NotAfter:     authority.NotAfter,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, authority, &serverKey.PublicKey, authorityKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return err
	}
	certificates := func(name string, blocks ...*pem.Block) error {
		var text []byte
		for _, block := range blocks {
			text = append(text, pem.EncodeToMemory(block)...)
		}
		return os.WriteFile(filepath.Join(dir, name), text, 0o600)
	}
	if err := certificates(authorityFile, &pem.Block{Type: "CERTIFICATE", Bytes: authorityDER}); err != nil {
		return err
	}
	return certificates(serverFile,
		&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER},
		&pem.Block{Type: "CERTIFICATE", Bytes: serverDER},
		&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER})
}
