package lab

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka"
	"regroup/model"
)

// playOwned plays oneConsumer as on a cluster of the user's own.
func playOwned(t *testing.T, config kafka.Config) *stage {
	t.Helper()
	s := &stage{t: t, kafka: config}
	s.start(Options{Scene: oneConsumer(quick()), Owned: true})
	return s
}

func (s *stage) topicsAndGroups() (topics, groups []string) {
	s.t.Helper()
	ctx := context.Background()
	listed, err := s.admin.ListTopics(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	listedGroups, err := s.admin.ListGroups(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return listed.Names(), listedGroups.Groups()
}

func TestOnTheUsersClusterWhatWasMadeIsRemoved(t *testing.T) {
	t.Parallel()
	_, config := newCluster(t)
	s := playOwned(t, config)
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "another"})
	s.settles("another", map[string][]int32{"another-1": {0, 1, 2, 3}})
	s.do(model.LabAction{Kind: model.LabAddPartitions})
	s.close()
	if topics, groups := s.topicsAndGroups(); len(topics) != 0 || len(groups) != 0 {
		t.Errorf("topics %v and groups %v are left", topics, groups)
	}
}

// A group of somebody else may have no member at the moment, and offsets that it continues from.
func TestOnTheUsersClusterOnlyGroupsWithThePrefixAreUsed(t *testing.T) {
	t.Parallel()
	_, config := newCluster(t)
	s := &stage{t: t, kafka: config}
	s.start(Options{Scene: oneConsumer(quick()).WithPrefix("demo-"), Owned: true})
	s.settles("demo-g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	err := s.lab.Do(context.Background(), model.LabAction{Kind: model.LabStartConsumer, Group: "billing"})
	if err == nil || !strings.Contains(err.Error(), `"billing" is left alone`) || !strings.Contains(err.Error(), `"demo-"`) {
		t.Errorf("a consumer was started in somebody's group: %v", err)
	}
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "demo-another"})
	s.settles("demo-another", map[string][]int32{"demo-another-1": {0, 1, 2, 3}})
	if _, groups := s.topicsAndGroups(); slices.Contains(groups, "billing") {
		t.Errorf("groups %v", groups)
	}
	s.close()
}

// A member that was killed keeps its group from being deleted until its session times out.
func TestRemovalWaitsForAKilledMember(t *testing.T) {
	t.Parallel()
	_, config := newCluster(t)
	s := &stage{t: t, kafka: config}
	s.start(Options{Owned: true, Scene: oneConsumer(with(func(s *model.ConsumerSettings) { s.SessionTimeout = 2 * time.Second }))})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	s.do(model.LabAction{Kind: model.LabKill, Consumer: "consumer-1"})
	s.inState("consumer-1", model.LabKilled)
	s.close()
	if topics, groups := s.topicsAndGroups(); len(topics) != 0 || len(groups) != 0 {
		t.Errorf("topics %v and groups %v are left", topics, groups)
	}
}

func TestOnTheUsersClusterForeignTopicsAndGroupsAreLeftAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	double := binary.BigEndian.AppendUint64(nil, 0)
	for _, test := range []struct {
		name    string
		prepare func(*testing.T, *kadm.Client, *kgo.Client)
		says    []string // "" works
		left    bool     // the topic is still there afterwards
	}{
		{"a topic of another shape", func(t *testing.T, admin *kadm.Client, _ *kgo.Client) {
			create(t, admin, 3)
		}, []string{`"orders"`, "3 partitions", "left alone"}, true},
		{"a topic with somebody's records", func(t *testing.T, admin *kadm.Client, client *kgo.Client) {
			create(t, admin, 4)
			produce(t, client, "customer-17", []byte("{}"))
		}, []string{`"orders"`, "not a demo's", "left alone"}, true},
		{"a topic with values that are doubles under somebody's keys", func(t *testing.T, admin *kadm.Client, client *kgo.Client) {
			create(t, admin, 4)
			produce(t, client, "customer-17", double)
		}, []string{"not a demo's"}, true},
		{"a topic that a demo left", func(t *testing.T, admin *kadm.Client, client *kgo.Client) {
			create(t, admin, 4)
			produce(t, client, "Ohio", double)
		}, nil, true},
		{"an empty topic of the right shape", func(t *testing.T, admin *kadm.Client, _ *kgo.Client) {
			create(t, admin, 4)
		}, nil, true},
		{"a group with members", func(t *testing.T, admin *kadm.Client, client *kgo.Client) {
			if _, err := admin.CreateTopic(ctx, 1, 1, nil, "other"); err != nil {
				t.Fatal(err)
			}
			member, err := kgo.NewClient(kgo.SeedBrokers(client.OptValue(kgo.SeedBrokers).([]string)...), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("other"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(member.Close)
			eventually(t, "somebody is in the group", func() bool {
				_, generation := member.GroupMetadata()
				return generation > 0
			})
		}, []string{`"g"`, "1 members", "left alone"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, config := newCluster(t)
			client, err := kgo.NewClient(kgo.SeedBrokers(config.Brokers...))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			admin := kadm.NewClient(client)
			test.prepare(t, admin, client)

			lab, err := New(Options{Kafka: config, Command: childCommand(), Scene: oneConsumer(quick()), Owned: true})
			if err != nil {
				t.Fatal(err)
			}
			err = lab.Start(ctx)
			if (err == nil) != (test.says == nil) {
				t.Errorf("Start gave %v", err)
			}
			for _, words := range test.says {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("Start gave %v, wanted it to say %q", err, words)
				}
			}
			if test.says == nil {
				if err := lab.Do(ctx, model.LabAction{Kind: model.LabAddPartitions}); err == nil || !strings.Contains(err.Error(), "did not create") {
					t.Errorf("partitions were added to a topic that is not the lab's own: %v", err)
				}
			}
			if err := lab.Close(ctx); err != nil {
				t.Errorf("Close: %v", err)
			}
			topics, err := admin.ListTopics(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if there := slices.Contains(topics.Names(), "orders"); there != test.left {
				t.Errorf("the topic is there afterwards: %v, wanted %v", there, test.left)
			}
		})
	}
}

func create(t *testing.T, admin *kadm.Client, partitions int32) {
	t.Helper()
	if _, err := admin.CreateTopic(context.Background(), partitions, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
}

func produce(t *testing.T, client *kgo.Client, key string, value []byte) {
	t.Helper()
	if err := client.ProduceSync(context.Background(), &kgo.Record{Topic: "orders", Key: []byte(key), Value: value}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
