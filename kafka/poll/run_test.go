package poll

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/model"
)

func TestPollsNeverOverlap(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1), kfake.SleepOutOfOrder())
	var open, most atomic.Int32
	cluster.ControlKey(kafka.ListGroups.Key, func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		most.Store(max(most.Load(), open.Add(1)))
		cluster.SleepControl(func() { time.Sleep(30 * time.Millisecond) })
		open.Add(-1)
		return nil, nil, false
	})
	p := newPoller(t, fake.Config(cluster), Options{Interval: time.Millisecond, FocusInterval: time.Millisecond})
	snapshots := fake.Running(t, p)
	for range 5 {
		<-snapshots
		p.Refresh()
		p.Refresh()
	}
	if n := most.Load(); n != 1 {
		t.Errorf("%d polls were under way at once", n)
	}
}

func TestRunSlowsDownWhereTheClusterIsSlow(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1))
	var slow atomic.Bool
	slow.Store(true)
	cluster.ControlKey(kafka.ListGroups.Key, func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if slow.Load() {
			cluster.SleepControl(func() { time.Sleep(60 * time.Millisecond) })
		}
		return nil, nil, false
	})
	const base = 150 * time.Millisecond
	snapshots := fake.Running(t, newPoller(t, fake.Config(cluster), Options{Interval: base}))
	s := fake.Until(t, snapshots, "the interval grows", func(s *model.Snapshot) bool { return s.Interval > base })
	if s.Interval < shareOfInterval*60*time.Millisecond {
		t.Errorf("a poll of %s takes more than its share of %s", s.Took, s.Interval)
	}
	slow.Store(false)
	fake.Until(t, snapshots, "the interval is as it was", func(s *model.Snapshot) bool { return s.Interval == base })
}

func TestSlowDown(t *testing.T) {
	for _, test := range []struct {
		base, took, most, want time.Duration
		why                    string
	}{
		{time.Second, 100 * time.Millisecond, time.Minute, time.Second, "well within its share"},
		{time.Second, 200 * time.Millisecond, time.Minute, time.Second, "just its share"},
		{time.Second, 300 * time.Millisecond, time.Minute, 1500 * time.Millisecond, "more than its share"},
		{time.Second, time.Hour, time.Minute, time.Minute, "no longer than the limit"},
	} {
		if got := slowDown(test.base, test.took, test.most); got != test.want {
			t.Errorf("%s (%s of %s): %s, want %s", test.why, test.took, test.base, got, test.want)
		}
	}
}

// A cluster that refuses the login must not be asked every second: accounts get locked.
func TestRunIsPatientWhereItIsRefused(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1))
	p := newPoller(t, fake.Config(cluster), Options{})
	p.refused = true
	if got := p.pace(&model.Snapshot{}, 0); got < kafka.LoginRetry {
		t.Errorf("interval %s", got)
	}
}

func TestGroupsInFocusAreLookedAtMoreOften(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders", "other"))
	client := fake.NewClient(t, cluster)
	fake.Produce(t, client, 0, 5)
	fake.Commit(t, client, "watched", "orders", map[int32]int64{0: 1})
	fake.Commit(t, client, "rest", "other", map[int32]int64{0: 0})
	p := newPoller(t, fake.Config(cluster), Options{Interval: time.Hour, FocusInterval: time.Millisecond})
	snapshots := fake.Running(t, p)
	first := fake.Until(t, snapshots, "a complete poll", func(s *model.Snapshot) bool { return !s.Partial })
	if len(first.Groups) != 2 {
		t.Fatalf("groups: %+v", first.Groups)
	}
	p.Focus("watched")
	p.Refresh() // Run waits for an hour otherwise
	requests := fake.Count(cluster)
	s := fake.Until(t, snapshots, "a partial poll", func(s *model.Snapshot) bool { return s.Partial })
	if len(s.Groups) != 1 || s.Groups[0].ID != "watched" || s.Groups[0].State != model.StateEmpty || !s.Groups[0].MembersKnown {
		t.Errorf("only the group in focus, described anew: %+v", s.Groups)
	}
	if part := fake.Partition(t, &s.Groups[0], "orders"); part.LogEnd != model.Some[int64](5) || part.LogStart != model.Some[int64](0) {
		t.Errorf("%+v", part)
	}
	if counts, _ := requests.Take(); counts["ListGroups"] > 3 {
		t.Errorf("partial polls list nothing: %v", counts)
	}
	fake.Commit(t, client, "watched", "orders", map[int32]int64{0: 4})
	fake.Until(t, snapshots, "the commit", func(s *model.Snapshot) bool {
		return s.Partial && fake.Partition(t, &s.Groups[0], "orders").Committed == model.Some[int64](4)
	})
	p.Focus("")
}

func TestRebalancingGroupsAreLookedAtMoreOften(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	fake.NewJoiner(t, client, "billing", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
	fake.NewJoiner(t, client, "settled", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
	ctx, cancel := context.WithCancel(t.Context())
	joined := make(chan struct{})
	go func() {
		defer close(joined)
		_ = fake.NewJoiner(t, client, "billing", "orders").Join(ctx) // it is abandoned
	}()
	defer func() { cancel(); <-joined }()

	p := newPoller(t, fake.Config(cluster), Options{Interval: time.Hour, FocusInterval: 2 * time.Millisecond})
	fake.PollUntil(t, p, "the group rebalances", func(s *model.Snapshot) bool {
		return fake.Group(t, s, "billing").State == model.StatePreparingRebalance
	})
	s := fake.Until(t, fake.Running(t, p), "a partial poll", func(s *model.Snapshot) bool { return s.Partial })
	if len(s.Groups) != 1 || s.Groups[0].ID != "billing" || s.Groups[0].State != model.StatePreparingRebalance {
		t.Errorf("only the group that rebalances: %+v", s.Groups)
	}
}

func TestEveryGroupOfAStormGetsItsTurn(t *testing.T) {
	still := &model.Snapshot{Groups: []model.Group{
		{ID: "a", State: model.StatePreparingRebalance}, {ID: "b", State: model.StateStable},
	}}
	if got, want := stillRebalancing([]string{"a", "b", "c"}, still), []string{"c", "a"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: first what was not looked at, and not what has settled", got, want)
	}
}

func TestRefreshAsksForACompletePollNow(t *testing.T) {
	cluster := fake.NewCluster(t)
	p := newPoller(t, fake.Config(cluster), Options{Interval: time.Hour})
	snapshots := fake.Running(t, p)
	<-snapshots
	p.Refresh()
	fake.Until(t, snapshots, "a second poll within the hour", func(s *model.Snapshot) bool { return !s.Partial })
}

func TestCloseEndsAPollThatHangs(t *testing.T) {
	p, err := New(kafka.Config{Brokers: []string{fake.Listen(t, fake.Silent)}, Timeout: time.Hour}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	polled := make(chan struct{})
	started := make(chan struct{})
	go func() {
		defer close(polled)
		close(started)
		p.Poll(context.Background())
	}()
	<-started
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	<-polled // or the test's own time limit
}

// Requests depend on the number of brokers, not on the number of groups.
func TestRequestsPerRefresh(t *testing.T) {
	for _, test := range []struct {
		brokers, groups int
		members         bool
	}{{1, 1, true}, {3, 10, true}, {3, 300, false}, {5, 40, true}} {
		cluster := fake.NewCluster(t, kfake.NumBrokers(test.brokers), kfake.SeedTopics(10, "orders", "payments"))
		client := fake.NewClient(t, cluster)
		for i := range test.groups {
			group := "g" + time.Duration(i).String()
			fake.Commit(t, client, group, []string{"orders", "payments"}[i%2], map[int32]int64{0: 0, 3: 0})
			if test.members {
				fake.NewJoiner(t, client, group, "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
			}
		}
		config := fake.Config(cluster)
		config.Brokers = config.Brokers[:1] // requests to the slower of several addresses may arrive after the first poll
		p := newPoller(t, config, Options{})
		requests := fake.Count(cluster)
		first := p.Poll(t.Context())
		fake.NoErrors(t, first)
		// Connections are made, and every leader is asked for its log start offsets.
		if first.Requests < 4*test.brokers || first.Requests > 12*test.brokers {
			t.Errorf("first refresh: %d requests to %d brokers", first.Requests, test.brokers)
		}
		requests.Take()
		for i := range 30 {
			if i%5 == 4 {
				p.cluster.readAt = time.Time{} // the metadata are old every five seconds
			}
			for _, n := range p.cluster.nodes {
				if i%3 == 0 {
					n.startsAt = time.Now().Add(-time.Minute) // and so are the log start offsets
				}
			}
			s := p.Poll(t.Context())
			fake.NoErrors(t, s)
			counts, total := requests.Take()
			if total > 5*test.brokers+1 {
				t.Errorf("%d brokers, %d groups: %d requests in a refresh: %v", test.brokers, test.groups, total, counts)
			}
			if s.Requests != total {
				t.Errorf("the snapshot says %d requests, %d arrived", s.Requests, total)
			}
		}
	}
}

// Every leader's log start offsets get their turn.
func TestLogStartsAreReadAgain(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(6, "orders"))
	client := fake.NewClient(t, cluster)
	for partition := range int32(6) {
		fake.Produce(t, client, partition, 4)
	}
	fake.NewJoiner(t, client, "g", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0}}))
	p := newPoller(t, fake.Config(cluster), Options{})
	p.Poll(t.Context())
	for partition := range int32(6) {
		if err := cluster.DeleteRecords("orders", partition, 3); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		for _, n := range p.cluster.nodes {
			n.startsAt = n.startsAt.Add(-logStartAge)
		}
		p.Poll(t.Context())
	}
	s := p.Poll(t.Context())
	for _, part := range fake.Group(t, s, "g").Partitions {
		if part.LogStart != model.Some[int64](3) {
			t.Errorf("%s: log start %v, want 3", part.TopicPartition, part.LogStart)
		}
	}
}
