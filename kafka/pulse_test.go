package kafka

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

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// pulsing takes the pulse in the background and hands out what it emits. It is stopped with the test.
func pulsing(t *testing.T, p *Poller) <-chan *model.Pulse {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pulses := make(chan *model.Pulse)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Pulse(ctx, func(pulse *model.Pulse) {
			select {
			case pulses <- pulse:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return pulses
}

// nextPulse is the next change of a group.
func nextPulse(t *testing.T, pulses <-chan *model.Pulse, group string) model.PulsedState {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case pulse := <-pulses:
			if i := slices.IndexFunc(pulse.Groups, func(g model.PulsedState) bool { return g.Group == group }); i >= 0 {
				return pulse.Groups[i]
			}
		case <-timeout:
			t.Fatalf("no pulse of %s", group)
		}
	}
}

// looks counts the quick looks that a cluster receives: those that ask for states.
func looks(cluster *kfake.Cluster, also func(*kmsg.ListGroupsRequest) kmsg.Response) <-chan time.Time {
	arrived := make(chan time.Time, 10_000)
	cluster.ControlKey(apiListGroups.key, func(req kmsg.Request) (kmsg.Response, error, bool) {
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

// await waits until so many looks have arrived, and returns when each did.
func await(t *testing.T, looks <-chan time.Time, count int) []time.Time {
	t.Helper()
	var at []time.Time
	timeout := time.After(patience)
	for len(at) < count {
		select {
		case arrived := <-looks:
			at = append(at, arrived)
		case <-timeout:
			t.Fatalf("%d looks instead of %d", len(at), count)
		}
	}
	return at
}

const quickPulse = time.Millisecond

func TestAPulseTellsWhatChangedAndNothingElse(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(2, "orders"))
	client := newClient(t, cluster)
	first := newJoiner(t, client, "billing", "orders")
	if err := first.join(t.Context()); err != nil { // and it does not sync yet
		t.Fatal(err)
	}
	newJoiner(t, client, "settled", "orders").alone(nil)
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	arrived := looks(cluster, nil)
	pulses := pulsing(t, p)

	got := nextPulse(t, pulses, "billing")
	if got.State != model.StateCompletingRebalance || !got.Changed.NotBefore.IsZero() || got.Changed.NotAfter.IsZero() {
		t.Errorf("what the first look finds began nobody knows when: %+v", got)
	}
	began := time.Now()
	first.sync(nil)
	ended := time.Now()
	got = nextPulse(t, pulses, "billing")
	if got.State != model.StateUnknown || got.Changed.NotBefore.After(ended) || got.Changed.NotAfter.Before(began) || got.Changed.NotBefore.IsZero() {
		t.Errorf("it settled between %s and %s: %+v", began, ended, got)
	}

	ctx, cancel := context.WithCancel(t.Context())
	joined := make(chan struct{})
	began = time.Now()
	go func() {
		defer close(joined)
		_ = newJoiner(t, client, "billing", "orders").join(ctx) // it is given up
	}()
	defer func() { cancel(); <-joined }()
	got = nextPulse(t, pulses, "billing")
	if got.State != model.StatePreparingRebalance || got.Changed.NotAfter.Before(began) || got.Changed.NotBefore.After(got.Changed.NotAfter) {
		t.Errorf("it rebalances since %s: %+v", began, got)
	}

	for len(arrived) > 0 {
		<-arrived
	}
	await(t, arrived, 60) // twenty a broker
	select {
	case pulse := <-pulses:
		t.Errorf("nothing has changed: %+v", pulse)
	default:
	}
}

func TestPulsesAreOfTheGroupsAskedFor(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(2, "orders"))
	client := newClient(t, cluster)
	for _, group := range []string{"hidden", "shown"} {
		if err := newJoiner(t, client, group, "orders").join(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse, Groups: func(id string) bool { return id != "hidden" }})
	noErrs(t, p.Poll(t.Context()))
	arrived := looks(cluster, nil)
	pulses := pulsing(t, p)
	pulse := <-pulses
	if len(pulse.Groups) != 1 || pulse.Groups[0].Group != "shown" {
		t.Errorf("%+v", pulse)
	}
	await(t, arrived, 30)
	select {
	case pulse := <-pulses:
		t.Errorf("the other group is not looked at: %+v", pulse)
	default:
	}
}

func TestASlowBrokerIsLookedAtLessOften(t *testing.T) {
	cluster := newCluster(t, kfake.NumBrokers(1), kfake.SleepOutOfOrder())
	const slow = 30 * time.Millisecond
	arrived := looks(cluster, func(*kmsg.ListGroupsRequest) kmsg.Response {
		cluster.SleepControl(func() { time.Sleep(slow) })
		return nil
	})
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	pulsing(t, p)
	at := await(t, arrived, 4)
	for i := 1; i < len(at); i++ {
		// When a look arrives says little more than when it was sent, so half of what is wanted is enough.
		if pause := at[i].Sub(at[i-1]); pause < shareOfPulse*slow/2 {
			t.Errorf("looks of %s came %s apart", slow, pause)
		}
	}
}

func TestPulsesHeedTheThrottle(t *testing.T) {
	cluster := newCluster(t, kfake.NumBrokers(1))
	const throttle = 200 * time.Millisecond
	arrived := looks(cluster, func(req *kmsg.ListGroupsRequest) kmsg.Response {
		answer := req.ResponseKind().(*kmsg.ListGroupsResponse)
		answer.ThrottleMillis = int32(throttle.Milliseconds())
		return answer
	})
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	pulsing(t, p)
	at := await(t, arrived, 3)
	for i := 1; i < len(at); i++ {
		if pause := at[i].Sub(at[i-1]); pause < throttle*9/10 {
			t.Errorf("asked again after %s", pause)
		}
	}
}

// What a coordinator lists while it loads its groups is not all there is.
func TestAListThatIsNotCompleteIsNoPulse(t *testing.T) {
	cluster := newCluster(t, kfake.NumBrokers(1))
	arrived := looks(cluster, func(req *kmsg.ListGroupsRequest) kmsg.Response {
		answer := req.ResponseKind().(*kmsg.ListGroupsResponse)
		answer.ErrorCode = 14 // COORDINATOR_LOAD_IN_PROGRESS
		group := kmsg.NewListGroupsResponseGroup()
		group.Group, group.GroupState = "billing", "PreparingRebalance"
		answer.Groups = append(answer.Groups, group)
		return answer
	})
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	pulses := pulsing(t, p)
	await(t, arrived, 2) // the second comes when the first has been dealt with
	select {
	case pulse := <-pulses:
		t.Errorf("%+v", pulse)
	default:
	}
}

func TestBrokersThatDoNotTellStatesHaveNoPulses(t *testing.T) {
	cluster := newCluster(t, kfake.MaxVersions(kversion.V2_5_0()), kfake.SeedTopics(1, "orders"))
	arrived := looks(cluster, nil)
	if err := newJoiner(t, newClient(t, cluster, kgo.MaxVersions(kversion.V2_5_0())), "billing", "orders").join(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	taker := &pulseTaker{poller: p, node: p.pulsed.known()[0]}
	if wait := taker.turn(t.Context()); wait != pulseUnable || len(arrived) != 0 {
		t.Errorf("the next turn is in %s, and %d looks were made", wait, len(arrived))
	}
	taker.node.drop(lanePulse, &link{connector: p.connector, closed: true}) // what the broker offers is not known any more
	if wait := taker.turn(t.Context()); wait != pulseUnable || len(arrived) != 0 {
		t.Errorf("the next turn is in %s, and %d looks were made", wait, len(arrived))
	}
}

// A broker that is gone is the poller's business; when it is back nobody knows what happened meanwhile.
func TestPulsesOfABrokerThatGoesAndComesBack(t *testing.T) {
	var mutex sync.Mutex
	var gates []*gate
	cluster := newCluster(t, kfake.SeedTopics(2, "orders"), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		g, err := newGate(network, address)
		mutex.Lock()
		defer mutex.Unlock()
		gates = append(gates, g)
		return g, err
	}))
	client := newClient(t, cluster)
	groups := groupsByCoordinator(cluster)
	for _, node := range slices.Sorted(maps.Keys(groups)) {
		if err := newJoiner(t, client, groups[node], "orders").join(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	pulses := pulsing(t, p)
	for range groups {
		pulse := <-pulses
		if len(pulse.Groups) != 1 || pulse.Groups[0].Group != groups[pulse.Broker] {
			t.Errorf("broker %d: %+v", pulse.Broker, pulse.Groups)
		}
	}

	gates[1].shut()
	eventually(t, p, "broker 1 is gone", func(s *model.Snapshot) bool { return !s.Brokers[1].Answered })
	gates[1].open()
	again := nextPulse(t, pulses, groups[1])
	if !again.Changed.NotBefore.IsZero() || again.State != model.StateCompletingRebalance {
		t.Errorf("the first look after the outage: %+v", again)
	}
	eventually(t, p, "broker 1 answers the poller", func(s *model.Snapshot) bool { return len(s.Errs) == 0 })
}

// A look that takes long for once must not make the requests of polls impatient, nor the other way round.
func TestQuickLooksDoNotMakePollsImpatient(t *testing.T) {
	n := &node{connector: &connector{config: Config{Timeout: time.Minute}}}
	now := time.Now()
	n.seen(laneDescribe, now.Add(-time.Second), now)
	patient := n.patience()
	for range 1000 {
		n.seen(lanePulse, now.Add(-time.Millisecond), now)
	}
	if n.patience() != patient || patient < 10*time.Second {
		t.Errorf("a broker whose polls take a second is given %s after quick looks, %s before", n.patience(), patient)
	}
}

func TestRunLooksAtGroupsThatAPulseShows(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(2, "orders"))
	client := newClient(t, cluster)
	first := newJoiner(t, client, "billing", "orders").alone(kafkatest.Assignment(map[string][]int32{"orders": {0, 1}}))
	newJoiner(t, client, "settled", "orders").alone(nil)
	p := newPoller(t, configOf(cluster), PollOptions{Interval: time.Hour, FocusInterval: time.Hour, PulseInterval: quickPulse})
	snapshots := running(t, p)
	until(t, snapshots, "a complete poll", func(s *model.Snapshot) bool { return !s.Partial })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Pulse(ctx, func(*model.Pulse) {})
	}()
	defer func() { cancel(); <-done }()
	second := newJoiner(t, newClient(t, cluster), "billing", "orders") // a broker answers a client's requests in turn
	joined := make(chan error, 1)
	go func() { joined <- second.join(t.Context()) }()
	s := until(t, snapshots, "the group is looked at within the hour", func(s *model.Snapshot) bool { return s.Partial })
	if len(s.Groups) != 1 || s.Groups[0].ID != "billing" || s.Groups[0].State != model.StatePreparingRebalance {
		t.Errorf("%+v", s.Groups)
	}
	if err := first.join(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-joined; err != nil {
		t.Fatal(err)
	}
	for _, j := range []*joiner{first, second} {
		if j.leader {
			j.sync(map[string][]byte{first.id: kafkatest.Assignment(map[string][]int32{"orders": {0}}), second.id: kafkatest.Assignment(map[string][]int32{"orders": {1}})})
		}
	}
	until(t, snapshots, "and again when it has settled", func(s *model.Snapshot) bool {
		return s.Partial && groupIn(s, "billing").State == model.StateStable && len(groupIn(s, "billing").Members) == 2
	})
}

func TestCloseEndsPulses(t *testing.T) {
	cluster := newCluster(t)
	arrived := looks(cluster, nil)
	p, err := NewPoller(configOf(cluster), PollOptions{PulseInterval: quickPulse})
	if err != nil {
		t.Fatal(err)
	}
	noErrs(t, p.Poll(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Pulse(context.Background(), func(*model.Pulse) {})
	}()
	await(t, arrived, 3)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	<-done // or the test's own time limit
}

func TestPulsesCanBeSwitchedOff(t *testing.T) {
	p := newPoller(t, configOf(newCluster(t)), PollOptions{PulseInterval: -1})
	p.Pulse(t.Context(), func(*model.Pulse) {}) // returns, or the test's own time limit ends it
}

func TestPaceOfPulses(t *testing.T) {
	for _, test := range []struct {
		took []time.Duration
		want time.Duration
		why  string
		calm time.Duration // since some group rebalanced
	}{
		{[]time.Duration{time.Millisecond}, 25 * time.Millisecond, "well within its share", 0},
		{[]time.Duration{10 * time.Millisecond}, 40 * time.Millisecond, "more than its share", 0},
		{[]time.Duration{time.Millisecond, 33 * time.Millisecond}, 25 * time.Millisecond, "slow for once", 0},
		{[]time.Duration{time.Hour}, maxInterval, "no longer than the limit", 0},
		{[]time.Duration{time.Millisecond}, 250 * time.Millisecond, "nothing has happened for long", pulseCalmAfter + time.Second},
		{[]time.Duration{time.Millisecond}, 25 * time.Millisecond, "something has happened of late", pulseCalmAfter - 30*time.Second},
	} {
		taker := &pulseTaker{poller: &Poller{options: PollOptions{PulseInterval: DefaultPulseInterval}, pulsed: newPulsed()}}
		taker.poller.pulsed.began = time.Now().Add(-test.calm)
		var got time.Duration
		for _, took := range test.took {
			got = taker.pace(took)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.why, got, test.want)
		}
	}
}
