package probe

import (
	"context"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"go.uber.org/goleak"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/kafka/poll"
	"regroup/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Main(m)) }

const shortInterval = time.Millisecond

// newPoller is closed with the test.
func newPoller(t *testing.T, config kafka.Config, options poll.Options) *poll.Poller {
	t.Helper()
	p, err := poll.New(config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// polledProber is a prober with the shortest interval, beside a poller that has polled once.
func polledProber(t *testing.T, config kafka.Config) (*poll.Poller, *Prober) {
	t.Helper()
	p := newPoller(t, config, poll.Options{})
	fake.NoErrors(t, p.Poll(t.Context()))
	return p, New(p.Brokers(), Options{Interval: shortInterval})
}

// nextChange is the next change of a group.
func nextChange(t *testing.T, changes <-chan *model.StateProbe, group string) (state model.ProbedState) {
	t.Helper()
	fake.Until(t, changes, "a change of "+group, func(change *model.StateProbe) bool {
		i := slices.IndexFunc(change.Groups, func(g model.ProbedState) bool { return g.Group == group })
		if i >= 0 {
			state = change.Groups[i]
		}
		return i >= 0
	})
	return state
}

// probes sends when a cluster receives a probe: a ListGroups that asks for states.
func probes(cluster *kfake.Cluster, also func(*kmsg.ListGroupsRequest) kmsg.Response) <-chan time.Time {
	arrived := make(chan time.Time, 10_000)
	cluster.ControlKey(kafka.ListGroups.Key, func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		list := req.(*kmsg.ListGroupsRequest)
		if len(list.StatesFilter) == 0 {
			return nil, nil, false
		}
		arrived <- time.Now()
		if also != nil {
			if answer := also(list); answer != nil {
				return answer, nil, true
			}
		}
		return nil, nil, false
	})
	return arrived
}

// await waits until a number of probes have arrived.
func await(t *testing.T, probes <-chan time.Time, count int) {
	t.Helper()
	timeout := time.After(kafkatest.Patience)
	for arrived := range count {
		select {
		case <-probes:
		case <-timeout:
			t.Fatalf("%d probes instead of %d", arrived, count)
		}
	}
}

func TestAProbeReportsWhatChangedAndNothingElse(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	first := fake.NewJoiner(t, client, "billing", "orders")
	if err := first.Join(t.Context()); err != nil { // and it does not sync yet
		t.Fatal(err)
	}
	fake.NewJoiner(t, client, "settled", "orders").Alone(nil)
	_, prober := polledProber(t, fake.Config(cluster))
	arrived := probes(cluster, nil)
	changes := fake.InBackground(t, prober.Run)

	got := nextChange(t, changes, "billing")
	if got.State != model.StateCompletingRebalance || !got.Changed.NotBefore.IsZero() || got.Changed.NotAfter.IsZero() {
		t.Errorf("what the first probe finds began nobody knows when: %+v", got)
	}
	began := time.Now()
	first.Sync(nil)
	ended := time.Now()
	got = nextChange(t, changes, "billing")
	if got.State != model.StateUnknown || got.Changed.NotBefore.After(ended) || got.Changed.NotAfter.Before(began) || got.Changed.NotBefore.IsZero() {
		t.Errorf("it settled between %s and %s: %+v", began, ended, got)
	}

	ctx, cancel := context.WithCancel(t.Context())
	joined := make(chan struct{})
	began = time.Now()
	go func() {
		defer close(joined)
		_ = fake.NewJoiner(t, client, "billing", "orders").Join(ctx) // it is abandoned
	}()
	defer func() { cancel(); <-joined }()
	got = nextChange(t, changes, "billing")
	if got.State != model.StatePreparingRebalance || got.Changed.NotAfter.Before(began) || got.Changed.NotBefore.After(got.Changed.NotAfter) {
		t.Errorf("it rebalances since %s: %+v", began, got)
	}

	for len(arrived) > 0 {
		<-arrived
	}
	await(t, arrived, 60) // twenty a broker
	select {
	case change := <-changes:
		t.Errorf("nothing has changed: %+v", change)
	default:
	}
}

func TestProbesReportTheGroupsAskedFor(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	for _, group := range []string{"hidden", "shown"} {
		if err := fake.NewJoiner(t, client, group, "orders").Join(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, prober := polledProber(t, fake.Config(cluster))
	prober.options.Groups = func(id string) bool { return id != "hidden" }
	arrived := probes(cluster, nil)
	changes := fake.InBackground(t, prober.Run)
	change := <-changes
	if len(change.Groups) != 1 || change.Groups[0].Group != "shown" {
		t.Errorf("%+v", change)
	}
	await(t, arrived, 30)
	select {
	case change := <-changes:
		t.Errorf("the other group is not looked at: %+v", change)
	default:
	}
}

func TestASlowBrokerIsProbedLessOften(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1), kfake.SleepOutOfOrder())
	const slow = 30 * time.Millisecond
	probes(cluster, func(*kmsg.ListGroupsRequest) kmsg.Response {
		cluster.SleepControl(func() { time.Sleep(slow) })
		return nil
	})
	_, prober := polledProber(t, fake.Config(cluster))
	w := &watch{prober: prober, broker: prober.pool.Present()[0]}
	for range 3 {
		began := time.Now()
		wait := w.next(t.Context())
		if due := time.Now().Add(wait); due.Sub(began) < shareOfTime*slow {
			t.Errorf("a probe that took at least %s is followed by the next %s after it began", slow, due.Sub(began))
		}
	}
}

func TestProbesHeedTheThrottle(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1))
	const throttle = 200 * time.Millisecond
	arrived := probes(cluster, func(req *kmsg.ListGroupsRequest) kmsg.Response {
		response := req.ResponseKind().(*kmsg.ListGroupsResponse)
		response.ThrottleMillis = int32(throttle.Milliseconds())
		return response
	})
	_, prober := polledProber(t, fake.Config(cluster))
	fake.InBackground(t, prober.Run)
	await(t, arrived, 4)                                                  // the last but one has been dealt with
	sent := prober.Stable(prober.pool.Present()[0].ID, "any", time.Now()) // the newest first
	if len(sent) < 3 {
		t.Fatalf("%d probes were answered, want 3", len(sent))
	}
	for i := 1; i < len(sent); i++ {
		if pause := sent[i-1].Asked.Sub(sent[i].Answered); pause < throttle {
			t.Errorf("sent again %s after a response that asks for %s", pause, throttle)
		}
	}
}

// What a coordinator lists while it loads its groups is not all there is.
func TestAnIncompleteListIsNotReported(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1))
	arrived := probes(cluster, func(req *kmsg.ListGroupsRequest) kmsg.Response {
		answer := req.ResponseKind().(*kmsg.ListGroupsResponse)
		answer.ErrorCode = 14 // COORDINATOR_LOAD_IN_PROGRESS
		group := kmsg.NewListGroupsResponseGroup()
		group.Group, group.GroupState = "billing", "PreparingRebalance"
		answer.Groups = append(answer.Groups, group)
		return answer
	})
	_, prober := polledProber(t, fake.Config(cluster))
	changes := fake.InBackground(t, prober.Run)
	await(t, arrived, 2) // the second comes when the first has been dealt with
	select {
	case change := <-changes:
		t.Errorf("%+v", change)
	default:
	}
}

func TestBrokersThatDoNotReportStatesAreNotProbed(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.MaxVersions(kversion.V2_5_0()), kfake.SeedTopics(1, "orders"))
	arrived := probes(cluster, nil)
	if err := fake.NewJoiner(t, fake.NewClient(t, cluster, kgo.MaxVersions(kversion.V2_5_0())), "billing", "orders").Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, prober := polledProber(t, fake.Config(cluster))
	b := prober.pool.Present()[0]
	w := &watch{prober: prober, broker: b}
	if wait := w.next(t.Context()); wait != unablePause || len(arrived) != 0 {
		t.Errorf("the next check is in %s, and %d probes were sent", wait, len(arrived))
	}
	address := b.Address()
	b.Locate("127.0.0.1:1", "")
	b.Locate(address, "") // what the broker offers is not known any more
	if wait := w.next(t.Context()); wait != unablePause || len(arrived) != 0 {
		t.Errorf("the next check is in %s, and %d probes were sent", wait, len(arrived))
	}
}

// A broker that is gone is the poller's business; when it is back nobody knows what happened meanwhile.
func TestProbesOfABrokerThatGoesAndComesBack(t *testing.T) {
	var mutex sync.Mutex
	var gates []*fake.Gate
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		g, err := fake.NewGate(network, address)
		mutex.Lock()
		defer mutex.Unlock()
		gates = append(gates, g)
		return g, err
	}))
	client := fake.NewClient(t, cluster)
	groups := fake.GroupsByCoordinator(cluster)
	for _, node := range slices.Sorted(maps.Keys(groups)) {
		if err := fake.NewJoiner(t, client, groups[node], "orders").Join(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p, prober := polledProber(t, fake.Config(cluster))
	changes := fake.InBackground(t, prober.Run)
	for range groups {
		change := <-changes
		if len(change.Groups) != 1 || change.Groups[0].Group != groups[change.Broker] {
			t.Errorf("broker %d: %+v", change.Broker, change.Groups)
		}
	}

	gates[1].Shut()
	fake.PollUntil(t, p, "broker 1 is gone", func(s *model.Snapshot) bool { return !s.Brokers[1].Answered })
	gates[1].Open()
	again := nextChange(t, changes, groups[1])
	if !again.Changed.NotBefore.IsZero() || again.State != model.StateCompletingRebalance {
		t.Errorf("the first probe after the outage: %+v", again)
	}
	fake.PollUntil(t, p, "broker 1 answers the poller", func(s *model.Snapshot) bool { return len(s.Errs) == 0 })
}

func TestRunPollsGroupsThatAProbeReports(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	first := fake.NewJoiner(t, client, "billing", "orders").Alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
	fake.NewJoiner(t, client, "settled", "orders").Alone(nil)
	p := newPoller(t, fake.Config(cluster), poll.Options{Interval: time.Hour, FocusInterval: time.Hour})
	snapshots := fake.Running(t, p)
	fake.Until(t, snapshots, "a complete poll", func(s *model.Snapshot) bool { return !s.Partial })
	prober := New(p.Brokers(), Options{Interval: shortInterval, Changed: p.Prioritize})
	fake.InBackground(t, func(ctx context.Context, _ func(struct{})) { prober.Run(ctx, func(*model.StateProbe) {}) })
	second := fake.NewJoiner(t, fake.NewClient(t, cluster), "billing", "orders") // a broker answers a client's requests in turn
	joined := make(chan error, 1)
	go func() { joined <- second.Join(t.Context()) }()
	s := fake.Until(t, snapshots, "the group is looked at within the hour", func(s *model.Snapshot) bool { return s.Partial })
	if len(s.Groups) != 1 || s.Groups[0].ID != "billing" || s.Groups[0].State != model.StatePreparingRebalance {
		t.Errorf("%+v", s.Groups)
	}
	if err := first.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-joined; err != nil {
		t.Fatal(err)
	}
	for _, j := range []*fake.Joiner{first, second} {
		if j.Leader {
			j.Sync(map[string][]byte{first.ID: kafkatest.Assignment(map[string][]int32{"orders": {0}}), second.ID: kafkatest.Assignment(map[string][]int32{"orders": {1}})})
		}
	}
	fake.Until(t, snapshots, "and again when it has settled", func(s *model.Snapshot) bool {
		return s.Partial && fake.Group(t, s, "billing").State == model.StateStable && len(fake.Group(t, s, "billing").Members) == 2
	})
}

func TestCloseEndsProbes(t *testing.T) {
	cluster := fake.NewCluster(t)
	arrived := probes(cluster, nil)
	p, err := poll.New(fake.Config(cluster), poll.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fake.NoErrors(t, p.Poll(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		New(p.Brokers(), Options{Interval: shortInterval}).Run(context.Background(), func(*model.StateProbe) {})
	}()
	await(t, arrived, 3)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	<-done // or the test's own time limit
}

func TestPaceOfProbes(t *testing.T) {
	for _, test := range []struct {
		took []time.Duration
		want time.Duration
		why  string
		idle time.Duration // since some group rebalanced
	}{
		{[]time.Duration{time.Millisecond}, 25 * time.Millisecond, "well within its share", 0},
		{[]time.Duration{10 * time.Millisecond}, 40 * time.Millisecond, "more than its share", 0},
		{[]time.Duration{time.Millisecond, 33 * time.Millisecond}, 25 * time.Millisecond, "slow for once", 0},
		{[]time.Duration{time.Hour}, maxInterval, "no longer than the limit", 0},
		{[]time.Duration{time.Millisecond}, 250 * time.Millisecond, "nothing has happened for long", idleAfter + time.Second},
		{[]time.Duration{time.Millisecond}, 25 * time.Millisecond, "something has happened of late", idleAfter - 30*time.Second},
	} {
		w := &watch{prober: New(nil, Options{})}
		w.prober.start = time.Now().Add(-test.idle)
		var got time.Duration
		for _, took := range test.took {
			got = w.pace(took)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.why, got, test.want)
		}
	}
}
