package admin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Main(m)) }

func TestAdmin(t *testing.T) {
	cluster := fake.NewCluster(t)
	admin, err := New(fake.Config(cluster))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	partitions := func(want int32) {
		t.Helper()
		if got, err := admin.DescribePartitions(ctx, "orders"); err != nil || got != want {
			t.Errorf("%d partitions, %v; want %d", got, err, want)
		}
	}
	if _, err := admin.DescribePartitions(ctx, "orders"); !errors.Is(err, ErrNoSuchTopic) {
		t.Errorf("a topic that is not there yet: %v", err)
	}
	if err := admin.CreateTopic(ctx, "orders", 4, 1); err != nil {
		t.Fatal(err)
	}
	partitions(4)
	if err := admin.CreateTopic(ctx, "orders", 4, 1); !errors.Is(err, ErrTopicExists) || !strings.Contains(err.Error(), `cannot create topic "orders"`) {
		t.Errorf("a topic that is there: %v", err)
	}
	if err := admin.AddPartitions(ctx, "orders", 5); err != nil {
		t.Fatal(err)
	}
	partitions(5)
	if err := admin.AddPartitions(ctx, "orders", 2); err == nil || !strings.Contains(err.Error(), `cannot raise topic "orders" to 2 partitions`) {
		t.Errorf("fewer partitions than there are: %v", err)
	}
	client := fake.NewClient(t, cluster)
	member := fake.NewJoiner(t, client, "billing", "orders").Alone(nil)
	if err := admin.DeleteGroup(ctx, "billing"); !errors.Is(err, ErrGroupNotEmpty) {
		t.Errorf("a group that has a member: %v", err)
	}
	member.Leave()
	if err := admin.DeleteGroup(ctx, "billing"); err != nil {
		t.Error(err)
	}
	if err := admin.DeleteGroup(ctx, "billing"); !errors.Is(err, ErrNoSuchGroup) {
		t.Errorf("a group that is gone: %v", err)
	}
	if err := admin.DeleteTopic(ctx, "orders"); err != nil {
		t.Error(err)
	}
	if err := admin.DeleteTopic(ctx, "orders"); !errors.Is(err, ErrNoSuchTopic) {
		t.Errorf("a topic that is gone: %v", err)
	}
}

func TestAdminSaysWhatFailed(t *testing.T) {
	secured := fake.NewCluster(t, kfake.EnableSASL(), kfake.Superuser(kafka.MechanismPlain, "alice", "right"))
	for _, test := range []struct {
		name   string
		config kafka.Config
		want   []string
	}{
		{"nobody listens", kafka.Config{Brokers: []string{fake.ClosedPort(t), fake.ClosedPort(t)}}, []string{`cannot delete group "g"`, "refused"}},
		{"silence", kafka.Config{Brokers: []string{fake.Listen(t, fake.Silent)}, Timeout: 200 * time.Millisecond}, []string{`cannot delete group "g"`, "no response"}},
		{"a wrong password", kafka.Config{Brokers: secured.ListenAddrs(), SASL: kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: "alice", Password: "wrong"}}, []string{"User:alice", "password"}},
	} {
		admin, err := New(test.config)
		if err != nil {
			t.Fatal(err)
		}
		err = admin.DeleteGroup(t.Context(), "g")
		for _, part := range test.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v does not say %q", test.name, err, part)
			}
		}
	}
}

func TestAdminHonoursItsContext(t *testing.T) {
	admin, err := New(kafka.Config{Brokers: []string{fake.Listen(t, fake.Silent)}, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := admin.CreateTopic(ctx, "t", 1, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
