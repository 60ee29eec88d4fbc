package kafka_test

import (
	"encoding/json"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka"
	"regroup/kafka/kafkatest/fake"
)

// Every mechanism logs both clients in.
func TestMechanisms(t *testing.T) {
	var users []kfake.Opt
	for _, mechanism := range kafka.Mechanisms() {
		users = append(users, kfake.Superuser(mechanism, "alice", "secret"))
	}
	cluster := fake.NewCluster(t, append(users, kfake.NumBrokers(1), kfake.EnableSASL())...)
	for _, mechanism := range kafka.Mechanisms() {
		t.Run(mechanism, func(t *testing.T) {
			config := fake.Config(cluster)
			config.SASL = kafka.SASLConfig{Mechanism: mechanism, Username: "alice", Password: "secret"}
			connector, err := kafka.NewConnector(config)
			if err != nil {
				t.Fatal(err)
			}
			defer connector.Wait()
			s, err := connector.Open(t.Context(), config.Brokers[0])
			if err != nil {
				t.Fatalf("sarama: %v", err)
			}
			defer s.Close()
			options, err := config.Kgo()
			if err != nil {
				t.Fatal(err)
			}
			client, err := kgo.NewClient(options...)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.Ping(t.Context()); err != nil {
				t.Errorf("franz-go: %v", err)
			}
		})
	}
}

func TestSecretsAreSentOnlyOnPurpose(t *testing.T) {
	config := kafka.Config{Brokers: []string{"b:1"}, SASL: kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: "alice", Password: "hunter2"}}
	line, err := json.Marshal(kafka.WithSecrets{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	var got kafka.WithSecrets
	if err := json.Unmarshal(line, &got); err != nil || got.SASL != config.SASL {
		t.Errorf("%s was read as %#v: %v", line, got, err)
	}
}
