package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLSConfig is how connections are encrypted. Its other fields must be zero unless Enabled is true.
type TLSConfig struct {
	Enabled    bool
	CAFile     string // PEM file of the authorities to trust; "" trusts those of the system
	CertFile   string // PEM file of the client's certificate; "" sends none
	KeyFile    string // PEM file of its private key
	ServerName string // the name that the brokers' certificates must carry; "" is the host that is dialled
	SkipVerify bool   // accept any certificate
}

func (t TLSConfig) check(reject func(setting, format string, values ...any)) {
	if !t.Enabled {
		// A CA file that is silently not used is a plaintext connection that its user believes to be encrypted.
		for _, setting := range []struct {
			key string
			set bool
		}{
			{"tls.ca_file", t.CAFile != ""}, {"tls.cert_file", t.CertFile != ""}, {"tls.key_file", t.KeyFile != ""},
			{"tls.server_name", t.ServerName != ""}, {"tls.skip_verify", t.SkipVerify},
		} {
			if setting.set {
				reject(setting.key, "is set, but tls.enabled is false; set it to true (--tls), or remove %s", setting.key)
			}
		}
	}
	if (t.CertFile != "") != (t.KeyFile != "") {
		reject("tls.cert_file", "and tls.key_file belong together; one of them is not set")
	}
}

func (t TLSConfig) load() (*tls.Config, error) {
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.SkipVerify, //nolint:gosec // only where the user asked for it by name
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the TLS CA file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the TLS CA file %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cannot load the TLS client certificate %s with key %s: %w", t.CertFile, t.KeyFile, err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
