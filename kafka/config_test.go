package kafka_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"go.uber.org/goleak"

	"regroup/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConfigThatCannotBeRight(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	brokers := []string{"localhost:9092"}
	for _, test := range []struct {
		name   string
		config kafka.Config
		want   string
	}{
		{"no broker", kafka.Config{}, "host:port"},
		{"no port", kafka.Config{Brokers: []string{"localhost"}}, `brokers has "localhost", which has no port; write localhost:9092`},
		{"a port that is none", kafka.Config{Brokers: []string{"localhost:kafka"}}, `brokers has "localhost:kafka", which has a port that is not a number`},
		{"a port that is too large", kafka.Config{Brokers: []string{"localhost:99999"}}, "1 to 65535"},
		{"no host", kafka.Config{Brokers: []string{":9092"}}, "is not host:port"},
		{"an IPv6 address without brackets", kafka.Config{Brokers: []string{"::1:9092"}}, "brackets"},
		{"a negative timeout", kafka.Config{Brokers: brokers, Timeout: -time.Second}, "timeout is -1s"},
		{"TLS settings without TLS", kafka.Config{Brokers: brokers, TLS: kafka.TLSConfig{CAFile: "ca.pem"}}, "tls.ca_file is set, but tls.enabled is false"},
		{"a certificate without its key", kafka.Config{Brokers: brokers, TLS: kafka.TLSConfig{Enabled: true, CertFile: "c.pem"}}, "tls.key_file belong together"},
		{"a key without its certificate", kafka.Config{Brokers: brokers, TLS: kafka.TLSConfig{Enabled: true, KeyFile: "c.key"}}, "tls.key_file belong together"},
		{"a CA file that is not there", kafka.Config{Brokers: brokers, TLS: kafka.TLSConfig{Enabled: true, CAFile: "/nowhere/ca.pem"}}, "/nowhere/ca.pem"},
		{"a CA file that is none", kafka.Config{Brokers: brokers, TLS: kafka.TLSConfig{Enabled: true, CAFile: notPEM}}, "no PEM certificate"},
		{"a certificate that is not there", kafka.Config{Brokers: brokers, TLS: kafka.TLSConfig{Enabled: true, CertFile: "/nowhere/c.pem", KeyFile: "/nowhere/c.key"}}, "/nowhere/c.pem"},
		{"an unknown mechanism", kafka.Config{Brokers: brokers, SASL: kafka.SASLConfig{Mechanism: "SCRAM", Username: "u", Password: "secret"}}, "SCRAM-SHA-256"},
		{"a mechanism without a user", kafka.Config{Brokers: brokers, SASL: kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Password: "secret"}}, "sasl.username is not set"},
		{"a user without a mechanism", kafka.Config{Brokers: brokers, SASL: kafka.SASLConfig{Username: "u", Password: "secret"}}, "sasl.mechanism is not; set it to PLAIN"},
	} {
		_, err := test.config.Sarama()
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if _, err := test.config.Kgo(); err == nil {
			t.Errorf("%s: franz-go is configured with it", test.name)
		}
		if _, err := kafka.NewConnector(test.config); err == nil {
			t.Errorf("%s: NewConnector takes it", test.name)
		}
	}
}

func TestConfigOfSarama(t *testing.T) {
	conf, err := kafka.Config{
		Brokers: []string{"localhost:9092", "[::1]:9092"},
		TLS:     kafka.TLSConfig{Enabled: true, ServerName: "kafka", SkipVerify: true},
		SASL:    kafka.SASLConfig{Mechanism: kafka.MechanismScramSHA256, Username: "u", Password: "p"},
	}.Sarama()
	if err != nil {
		t.Fatal(err)
	}
	if conf.ClientID != kafka.DefaultClientID || conf.Net.ReadTimeout != kafka.DefaultTimeout || conf.Net.DialTimeout != kafka.DefaultDialTimeout {
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
	config := kafka.Config{Brokers: []string{"b:1"}, SASL: kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: "alice", Password: "hunter2"}}
	encoded, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(config), fmt.Sprintf("%+v", config), fmt.Sprintf("%#v", config), fmt.Sprintf("%v", &config), string(encoded),
		config.SASL.String(), fmt.Sprintf("%#v", []kafka.SASLConfig{config.SASL}),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s shows the password", text)
		}
	}
}
