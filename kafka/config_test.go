package kafka

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
)

func TestConfigThatCannotBeRight(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	brokers := []string{"localhost:9092"}
	for _, test := range []struct {
		name   string
		config Config
		want   string
	}{
		{"no broker", Config{}, "host:port"},
		{"no port", Config{Brokers: []string{"localhost"}}, `broker "localhost" has no port; write localhost:9092`},
		{"a port that is none", Config{Brokers: []string{"localhost:kafka"}}, `broker "localhost:kafka" has a port that is not a number`},
		{"a port that is too large", Config{Brokers: []string{"localhost:99999"}}, "1 to 65535"},
		{"no host", Config{Brokers: []string{":9092"}}, "is not host:port"},
		{"an IPv6 address without brackets", Config{Brokers: []string{"::1:9092"}}, "brackets"},
		{"a negative timeout", Config{Brokers: brokers, Timeout: -time.Second}, "negative"},
		{"TLS settings without TLS", Config{Brokers: brokers, TLS: TLSConfig{CAFile: "ca.pem"}}, "not enabled"},
		{"a certificate without its key", Config{Brokers: brokers, TLS: TLSConfig{Enabled: true, CertFile: "c.pem"}}, "no key file"},
		{"a key without its certificate", Config{Brokers: brokers, TLS: TLSConfig{Enabled: true, KeyFile: "c.key"}}, "no client certificate"},
		{"a CA file that is not there", Config{Brokers: brokers, TLS: TLSConfig{Enabled: true, CAFile: "/nowhere/ca.pem"}}, "/nowhere/ca.pem"},
		{"a CA file that is none", Config{Brokers: brokers, TLS: TLSConfig{Enabled: true, CAFile: notPEM}}, "no PEM certificate"},
		{"a certificate that is not there", Config{Brokers: brokers, TLS: TLSConfig{Enabled: true, CertFile: "/nowhere/c.pem", KeyFile: "/nowhere/c.key"}}, "/nowhere/c.pem"},
		{"an unknown mechanism", Config{Brokers: brokers, SASL: SASLConfig{Mechanism: "SCRAM", Username: "u", Password: "secret"}}, "SCRAM-SHA-256"},
		{"a mechanism without a user", Config{Brokers: brokers, SASL: SASLConfig{Mechanism: MechanismPlain, Password: "secret"}}, "needs a user and a password"},
		{"a user without a mechanism", Config{Brokers: brokers, SASL: SASLConfig{Username: "u", Password: "secret"}}, "no mechanism"},
	} {
		_, err := test.config.Sarama()
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if _, err := NewPoller(test.config, PollOptions{}); err == nil {
			t.Errorf("%s: NewPoller takes it", test.name)
		}
		if _, err := NewAdmin(test.config); err == nil {
			t.Errorf("%s: NewAdmin takes it", test.name)
		}
	}
}

func TestConfigOfSarama(t *testing.T) {
	conf, err := Config{
		Brokers: []string{"localhost:9092", "[::1]:9092"},
		TLS:     TLSConfig{Enabled: true, ServerName: "kafka", SkipVerify: true},
		SASL:    SASLConfig{Mechanism: MechanismScramSHA256, Username: "u", Password: "p"},
	}.Sarama()
	if err != nil {
		t.Fatal(err)
	}
	if conf.ClientID != DefaultClientID || conf.Net.ReadTimeout != DefaultTimeout || conf.Net.DialTimeout != DefaultDialTimeout {
		t.Errorf("defaults: %q %s %s", conf.ClientID, conf.Net.ReadTimeout, conf.Net.DialTimeout)
	}
	if !conf.Net.TLS.Enable || !conf.Net.TLS.Config.InsecureSkipVerify || conf.Net.TLS.Config.ServerName != "kafka" {
		t.Errorf("TLS: %+v", conf.Net.TLS)
	}
	if !conf.Net.SASL.Enable || conf.Net.SASL.Mechanism != sarama.SASLTypeSCRAMSHA256 || conf.Net.SASL.SCRAMClientGeneratorFunc == nil {
		t.Error("SASL is not set up")
	}
	if !conf.ApiVersionsRequest || conf.Version != sarama.MaxVersion {
		t.Error("versions must be negotiated from the newest down")
	}
}

// A password is in no print of a configuration.
func TestPasswordIsNeverPrinted(t *testing.T) {
	config := Config{Brokers: []string{"b:1"}, SASL: SASLConfig{Mechanism: MechanismPlain, Username: "alice", Password: "hunter2"}}
	encoded, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(config), fmt.Sprintf("%+v", config), fmt.Sprintf("%#v", config), fmt.Sprintf("%v", &config), string(encoded),
		config.SASL.String(), fmt.Sprintf("%#v", []SASLConfig{config.SASL}),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s shows the password", text)
		}
	}
}
