// Package probe asks the brokers many times a second which groups are rebalancing, so that the beginning of a rebalance
// is noticed between two polls.
package probe

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/parallel"
	"regroup/kafka/records"
	"regroup/model"
)

// DefaultInterval is the [Options.Interval] of zero. It bounds how late the beginning of a rebalance is noticed.
const DefaultInterval = 25 * time.Millisecond

const (
	// shareOfTime is the part of the time that probes of one broker may take: one in so many. Most of that is the network;
	// what a probe costs the broker itself is well below a millisecond.
	shareOfTime = 4

	// averageOver is over how many probes their time is averaged: one that was slow by chance does not slow down the next.
	averageOver = 8

	// Where no group has begun or ended to rebalance for idleAfter, probes come idleFactor times less often: an idle
	// cluster is not asked forty times a second for ever.
	idleAfter  = 10 * time.Minute
	idleFactor = 10

	maxInterval = time.Minute            // however slow the broker is
	outPause    = 100 * time.Millisecond // between two checks of whether a broker that is out may be asked again
	unablePause = 10 * time.Second       // between two checks of whether a broker reports states: it may be upgraded
	errorPause  = 250 * time.Millisecond // after a response that is of no use

	// statesInLists is the first version of ListGroups that has states and filters by them (Kafka 2.6, KIP-518).
	statesInLists = 4

	errNoStates = kafka.NotSent("the broker's ListGroups has no states of groups")
)

// rebalancingStates are the states that a probe asks for. A broker that does not know one of them has no groups in it.
var rebalancingStates = []string{
	string(model.StatePreparingRebalance), string(model.StateCompletingRebalance),
	string(model.StateAssigning), string(model.StateReconciling),
}

// Options are what a [Prober] watches, and how often.
type Options struct {
	Interval time.Duration        // between two probes of a broker; 0 is [DefaultInterval]
	Groups   func(id string) bool // which groups to report; nil is all. It is called from several goroutines
	// Changed is called before emit with the groups whose states changed; nil if it is not needed.
	Changed func(groups []string)
}

// Prober probes the brokers of a pool for the states of their groups.
type Prober struct {
	pool    *brokers.Pool
	options Options
	start   time.Time    // probes of all brokers are due at whole intervals from here
	active  atomic.Int64 // when some group began or ended to rebalance last: nanoseconds after start
	history history
}

// New makes a prober of the pool of a poller, whose polls find the brokers.
func New(pool *brokers.Pool, options Options) *Prober {
	options.Interval = cmp.Or(options.Interval, DefaultInterval)
	return &Prober{pool: pool, options: options, start: time.Now()}
}

// Run probes each broker every [Options.Interval], and less often where nothing has happened for long, for the groups
// that are rebalancing, and gives what changed to emit, one after the other, from the goroutine that called Run. It
// returns when ctx ends or the pool is closed.
//
// A broker that is slow is probed less often: probes never take more than a quarter of the time. One that is out is left
// alone until it has been reached again. Brokers before Kafka 2.6 do not report states and are not probed.
func (p *Prober) Run(ctx context.Context, emit func(*model.StateProbe)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.pool.Context(), cancel)()
	changes := make(chan *model.StateProbe)
	watched := make(map[*brokers.Broker]bool)
	var running parallel.Group
	defer running.Wait()
	defer cancel()
	for {
		for _, b := range p.pool.Present() {
			if watched[b] {
				continue
			}
			release, ok := p.pool.Use()
			if !ok {
				continue
			}
			watched[b] = true
			w := &watch{prober: p, broker: b, changes: changes}
			running.GoOr(func() {
				defer release()
				w.run(ctx)
			}, cancel)
		}
		maps.DeleteFunc(watched, func(b *brokers.Broker, _ bool) bool { return b.Context().Err() != nil })
		select {
		case <-ctx.Done():
			return
		case <-p.pool.Changed():
		case change := <-changes:
			p.noteActivity()
			p.notify(change)
			emit(change)
		}
	}
}

// notify tells Options.Changed which groups changed.
func (p *Prober) notify(change *model.StateProbe) {
	if p.options.Changed == nil {
		return
	}
	groups := make([]string, len(change.Groups))
	for i, g := range change.Groups {
		groups[i] = g.Group
	}
	p.options.Changed(groups)
}

// idle says that no group has begun or ended to rebalance for a while.
func (p *Prober) idle() bool {
	return time.Since(p.start)-time.Duration(p.active.Load()) > idleAfter
}

func (p *Prober) noteActivity() { p.active.Store(int64(time.Since(p.start))) }

// watch probes one broker.
type watch struct {
	prober  *Prober
	broker  *brokers.Broker
	changes chan<- *model.StateProbe

	rebalancing map[string]model.GroupState // what the last probe found
	sent        time.Time                   // when it was sent; zero if what it found is of no use as a bound
	average     time.Duration               // how long probes take lately
}

// run probes until ctx ends or the broker is forgotten.
func (w *watch) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.broker.Context().Done():
			return
		case <-timer.C:
			timer.Reset(w.next(ctx))
		}
	}
}

// next probes once if the broker can be asked, and returns how long to wait until the next time.
func (w *watch) next(ctx context.Context) time.Duration {
	if !slices.Contains(w.prober.pool.Present(), w.broker) || w.broker.Outage() != nil {
		w.sent = time.Time{}
		return outPause
	}
	if offered := w.broker.Offered(); offered != nil && offered.Newest(kafka.ListGroups) < statesInLists {
		return unablePause
	}
	began := time.Now()
	r, err := brokers.AskOften(ctx, w.broker, brokers.LaneProbe, kafka.ListGroups, listRebalancing)
	if err != nil {
		return w.failed(err)
	}
	if r.groups.Err != sarama.ErrNoError {
		return max(errorPause, r.throttle()) // while it loads groups its list is incomplete
	}
	change := w.compare(r)
	w.sent = r.sent
	w.prober.history.add(w.broker.ID, model.ProbeTimes{Asked: r.sent, Answered: r.arrived}, w.rebalancing)
	if change != nil {
		select {
		case w.changes <- change:
		case <-ctx.Done():
			return 0
		}
	}
	return max(w.untilDue(began, w.pace(r.arrived.Sub(r.sent))), time.Until(r.arrived.Add(r.throttle())))
}

// failed is how long to wait after a probe without a response.
func (w *watch) failed(err error) time.Duration {
	if errors.Is(err, errNoStates) || errors.Is(err, kafka.ErrNotOffered) {
		return unablePause
	}
	if w.broker.Outage() != nil {
		w.sent = time.Time{}
		return outPause
	}
	return errorPause
}

// pace is the time between the starts of two probes, of which probes may take no more than their share.
func (w *watch) pace(took time.Duration) time.Duration {
	if w.average == 0 {
		w.average = took
	}
	w.average += (took - w.average) / averageOver
	interval := w.prober.options.Interval
	if w.prober.idle() {
		interval *= idleFactor
	}
	return min(maxInterval, max(interval, shareOfTime*w.average))
}

// untilDue is how long to wait for the next probe after one that began then. Brokers that keep up are probed together:
// most of what a probe costs is to wake up for it.
func (w *watch) untilDue(began time.Time, pace time.Duration) time.Duration {
	next := began.Add(pace)
	if interval := w.prober.options.Interval; pace == interval || pace == idleFactor*interval {
		start := w.prober.start
		next = start.Add(next.Sub(start).Round(pace))
	}
	return max(0, time.Until(next))
}

// response is the response to one probe.
type response struct {
	groups        *sarama.ListGroupsResponse
	sent, arrived time.Time
}

// throttle is how long the broker wants no further request. sarama does not heed it for this one.
func (r response) throttle() time.Duration {
	return time.Duration(r.groups.ThrottleTime) * time.Millisecond
}

func listRebalancing(broker *sarama.Broker, version int16) (r response, err error) {
	if version < statesInLists {
		return r, errNoStates
	}
	r.sent = time.Now()
	r.groups, err = broker.ListGroups(&sarama.ListGroupsRequest{Version: version, StatesFilter: rebalancingStates})
	r.arrived = time.Now()
	return r, err
}

// compare is what changed since the probe before; nil is nothing.
func (w *watch) compare(r response) *model.StateProbe {
	now := make(map[string]model.GroupState, len(r.groups.Groups))
	wanted := w.prober.options.Groups
	for id := range r.groups.Groups {
		// A broker that does not heed the filter lists all groups.
		if state := records.GroupState(r.groups.GroupsData[id].GroupState); state.Rebalancing() && (wanted == nil || wanted(id)) {
			now[id] = state
		}
	}
	changed := model.Moment{NotBefore: w.sent, NotAfter: r.arrived}
	var groups []model.ProbedState
	for id, state := range now {
		// A rebalance that was seen before an outage may have ended, and another begun, meanwhile.
		if w.rebalancing[id] != state || w.sent.IsZero() {
			groups = append(groups, model.ProbedState{Group: id, State: state, Changed: changed})
		}
	}
	for id := range w.rebalancing {
		if _, still := now[id]; !still {
			groups = append(groups, model.ProbedState{Group: id, State: model.StateUnknown, Changed: changed})
		}
	}
	w.rebalancing = now
	if groups == nil {
		return nil
	}
	slices.SortFunc(groups, func(a, b model.ProbedState) int { return strings.Compare(a.Group, b.Group) })
	return &model.StateProbe{At: r.arrived, Asked: r.sent, Broker: w.broker.ID, Groups: groups}
}
