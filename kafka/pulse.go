package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"regroup/model"
)

// DefaultPulseInterval is the [PollOptions.PulseInterval] of zero. It bounds how late the beginning of a rebalance is
// noticed.
const DefaultPulseInterval = 25 * time.Millisecond

const (
	// shareOfPulse is the part of the time that quick looks at one broker may take: one in so many. Most of that is the way
	// to the broker and back; what a look costs the broker itself is well below a millisecond.
	shareOfPulse = 4

	// pulseMemory is over how many looks their time is averaged: one that was slow by chance does not slow down the next.
	pulseMemory = 8

	// Where no group has begun or ended to rebalance for pulseCalmAfter, looks come pulseCalm times less often: a calm
	// cluster is not asked forty times a second for ever.
	pulseCalmAfter = 10 * time.Minute
	pulseCalm      = 10

	pulseRest   = 100 * time.Millisecond // between two glances at whether a broker may be asked again
	pulseUnable = 10 * time.Second       // until a broker that cannot tell states is thought of again: it may be upgraded
	pulseError  = 250 * time.Millisecond // after an answer that is of no use

	// statesInLists is the first version of ListGroups that tells and takes states (Kafka 2.6, KIP-518).
	statesInLists = 4

	errNoStates = notSent("ListGroups does not tell the states of groups")
)

// pulseStates are the states that a quick look asks for. A broker that does not know one of them has no groups in it.
var pulseStates = []string{
	string(model.StatePreparingRebalance), string(model.StateCompletingRebalance),
	string(model.StateAssigning), string(model.StateReconciling),
}

// Pulse looks every [PollOptions.PulseInterval], and less often in calm times, at which groups of each broker are
// rebalancing, and gives what changed to
// emit, one after the other, from the goroutine that called Pulse. It knows the brokers from the polls, so it runs
// beside [Poller.Run], and returns when ctx ends, when the poller is closed, or at once if pulses are switched off. What
// it sees also makes Run look at those groups.
//
// A broker that is slow is looked at less often: looks never take more than a quarter of the time. One that cannot be
// reached is left alone until the poller has reached it again. Brokers before Kafka 2.6 do not tell states; they have no
// pulses.
func (p *Poller) Pulse(ctx context.Context, emit func(*model.Pulse)) {
	if p.options.PulseInterval < 0 {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.closed, cancel)()
	pulses := make(chan *model.Pulse)
	taken := make(map[*node]bool)
	var takers beside
	defer takers.Wait()
	defer cancel()
	for {
		for _, n := range p.pulsed.known() {
			if taken[n] || !p.pulsed.begin() {
				continue
			}
			taken[n] = true
			t := &pulseTaker{poller: p, node: n, pulses: pulses}
			takers.Go(func() {
				defer p.pulsed.running.Done()
				t.run(ctx, cancel)
			})
		}
		maps.DeleteFunc(taken, func(n *node, _ bool) bool { return n.ended.Err() != nil })
		select {
		case <-ctx.Done():
			return
		case <-p.pulsed.changed:
		case pulse := <-pulses:
			p.pulsed.hurry(pulse)
			emit(pulse)
		}
	}
}

// pulsed is what polls and pulses tell each other.
type pulsed struct {
	nodes   atomic.Pointer[[]*node] // the brokers that the metadata hold
	began   time.Time               // beats are counted from here
	stirred atomic.Int64            // when some group began or ended to rebalance last: nanoseconds after began
	changed chan struct{}           // nodes are others
	hurried chan struct{}           // there are groups to look at soon
	looks   calmLooks

	mutex   sync.Mutex
	closed  bool
	running sync.WaitGroup
	soon    map[string]struct{} // groups to look at soon
}

func newPulsed() pulsed {
	return pulsed{
		began: time.Now(), changed: make(chan struct{}, 1), hurried: make(chan struct{}, 1), soon: make(map[string]struct{}),
	}
}

func (p *pulsed) known() []*node {
	if nodes := p.nodes.Load(); nodes != nil {
		return *nodes
	}
	return nil
}

// learn takes over which brokers the metadata hold.
func (p *pulsed) learn(nodes map[int32]*node) {
	present := make([]*node, 0, len(nodes))
	for _, n := range nodes {
		if n.present {
			present = append(present, n)
		}
	}
	slices.SortFunc(present, func(a, b *node) int { return int(a.id) - int(b.id) })
	if slices.Equal(present, p.known()) {
		return
	}
	p.nodes.Store(&present)
	nudge(p.changed)
}

// begin says whether one more taker may run; its end is told to running.
func (p *pulsed) begin() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !p.closed {
		p.running.Add(1)
	}
	return !p.closed
}

// end returns when no taker is left; the poller's context must have ended.
func (p *pulsed) end() {
	p.mutex.Lock()
	p.closed = true
	p.mutex.Unlock()
	p.running.Wait()
}

// calm says that nothing has happened for a while.
func (p *pulsed) calm() bool {
	return time.Since(p.began)-time.Duration(p.stirred.Load()) > pulseCalmAfter
}

// stir notes that something happens.
func (p *pulsed) stir() { p.stirred.Store(int64(time.Since(p.began))) }

// hurry asks Run to look at the groups of a pulse.
func (p *pulsed) hurry(pulse *model.Pulse) {
	p.stir()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, g := range pulse.Groups {
		p.soon[g.Group] = struct{}{}
	}
	nudge(p.hurried)
}

// take adds the groups to look at soon in front of those that are restless anyway.
func (p *pulsed) take(restless []string) []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	restless = slices.DeleteFunc(restless, func(id string) bool { _, is := p.soon[id]; return is })
	restless = append(slices.Sorted(maps.Keys(p.soon)), restless...)
	clear(p.soon)
	return restless
}

// pulseTaker takes the pulse of one broker.
type pulseTaker struct {
	poller *Poller
	node   *node
	pulses chan<- *model.Pulse

	before  map[string]model.GroupState // what the last look showed
	sent    time.Time                   // when that look was sent; zero if what was before is of no use as a bound
	average time.Duration               // how long looks take lately
}

// run takes the pulse until ctx ends or the broker is forgotten. A panic cancels what all takers live on.
func (t *pulseTaker) run(ctx context.Context, cancel context.CancelFunc) {
	well := false
	defer func() {
		if !well {
			cancel()
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
		case <-t.node.ended.Done():
		case <-timer.C:
			timer.Reset(t.turn(ctx))
			continue
		}
		well = true
		return
	}
}

// turn looks once if the broker can be asked, and says how long to wait until the next turn.
func (t *pulseTaker) turn(ctx context.Context) time.Duration {
	if !slices.Contains(t.poller.pulsed.known(), t.node) || t.node.out() != nil {
		t.sent = time.Time{}
		return pulseRest
	}
	if !t.node.tellsStates() {
		return pulseUnable
	}
	began := time.Now()
	g, err := t.glance(ctx)
	if err != nil {
		return t.failed(err)
	}
	if g.answer.Err != sarama.ErrNoError {
		return max(pulseError, g.throttle()) // what it lists while it loads groups is not all: nothing can be told from it
	}
	pulse := t.compare(g)
	t.sent = g.sent
	t.poller.pulsed.looks.add(t.node.id, model.Look{Asked: g.sent, Answered: g.came}, t.before)
	if pulse != nil {
		select {
		case t.pulses <- pulse:
		case <-ctx.Done():
			return 0
		}
	}
	return max(t.wait(began, t.pace(g.came.Sub(g.sent))), time.Until(g.came.Add(g.throttle())))
}

// failed says how long to wait after a look without an answer.
func (t *pulseTaker) failed(err error) time.Duration {
	if errors.Is(err, errNoStates) {
		return pulseUnable
	}
	if t.node.out() != nil {
		t.sent = time.Time{}
		return pulseRest
	}
	return pulseError
}

// pace is the time between the starts of two looks, of which looks may take no more than their share.
func (t *pulseTaker) pace(took time.Duration) time.Duration {
	if t.average == 0 {
		t.average = took
	}
	t.average += (took - t.average) / pulseMemory
	interval := t.poller.options.PulseInterval
	if t.poller.pulsed.calm() {
		interval *= pulseCalm
	}
	return min(maxInterval, max(interval, shareOfPulse*t.average))
}

// wait is how long to wait for the next look after one that began then. Brokers that keep up are looked at together, on
// the same beat: most of what a look costs is to wake up for it.
func (t *pulseTaker) wait(began time.Time, pace time.Duration) time.Duration {
	next := began.Add(pace)
	if interval := t.poller.options.PulseInterval; pace == interval || pace == pulseCalm*interval {
		start := t.poller.pulsed.began
		next = start.Add(next.Sub(start).Round(pace))
	}
	return max(0, time.Until(next))
}

// glance is the answer to one look.
type glance struct {
	answer     *sarama.ListGroupsResponse
	sent, came time.Time
}

// throttle is how long the broker wants to be left alone. sarama does not heed it for this request.
func (g glance) throttle() time.Duration {
	return time.Duration(g.answer.ThrottleTime) * time.Millisecond
}

// glance asks once. Where there is a connection it does without the goroutine and the contexts that a request of a poll
// has: it happens forty times a second.
func (t *pulseTaker) glance(ctx context.Context) (glance, error) {
	if l, offered := t.node.opened(lanePulse); l != nil {
		g, err := t.reuse(ctx, l, offered)
		if err == nil || ctx.Err() != nil || !broken(err) || t.node.out() != nil {
			return g, err
		}
		t.node.drop(lanePulse, l)
	}
	var requests meter // not part of any poll
	return ask(ctx, t.node, lanePulse, &requests, listRebalancing)
}

// reuse asks on a connection that is there. A broker that does not answer in time is out; what else goes wrong is to be
// tried on a new connection.
func (t *pulseTaker) reuse(ctx context.Context, l *link, offered offers) (g glance, err error) {
	defer context.AfterFunc(ctx, l.close)()
	limit := t.node.patience()
	patience := time.AfterFunc(limit, l.close)
	defer func() {
		if !patience.Stop() && err != nil && ctx.Err() == nil {
			err = t.node.fail(&linkError{err: noAnswer{limit}, greeting: l.greeting()})
		}
		// What a broker sends is not to be trusted with the life of the program.
		if r := recover(); r != nil {
			err = sarama.PacketDecodingError{Info: fmt.Sprint("the answer breaks the decoder: ", r)}
		}
	}()
	if g, err = listRebalancing(l.broker, offered); err == nil {
		t.node.seen(lanePulse, g.sent, g.came)
	}
	return g, err
}

func listRebalancing(broker *sarama.Broker, offered offers) (glance, error) {
	version, err := offered.version(apiListGroups)
	if err != nil || version < statesInLists {
		return glance{}, errNoStates
	}
	g := glance{sent: time.Now()}
	g.answer, err = broker.ListGroups(&sarama.ListGroupsRequest{Version: version, StatesFilter: pulseStates})
	g.came = time.Now()
	return g, err
}

// opened is the connection of a lane if there is one and the broker is not out.
func (n *node) opened(lane int) (*link, offers) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.outage != nil || n.offers == nil {
		return nil, nil
	}
	return n.links[lane], n.offers
}

// tellsStates says whether the broker may know the states of groups, as far as it has said what it offers.
func (n *node) tellsStates() bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.offers == nil || n.offers[apiListGroups.key][1] >= statesInLists
}

// compare is what changed since the look before; nil is nothing.
func (t *pulseTaker) compare(g glance) *model.Pulse {
	now := make(map[string]model.GroupState, len(g.answer.Groups))
	wanted := t.poller.options.Groups
	for id := range g.answer.Groups {
		// A broker that does not heed the filter lists all groups.
		if state := groupState(g.answer.GroupsData[id].GroupState); state.Rebalancing() && (wanted == nil || wanted(id)) {
			now[id] = state
		}
	}
	changed := model.Moment{NotBefore: t.sent, NotAfter: g.came}
	var groups []model.PulsedState
	for id, state := range now {
		// What was seen before an outage may have ended and begun again meanwhile.
		if t.before[id] != state || t.sent.IsZero() {
			groups = append(groups, model.PulsedState{Group: id, State: state, Changed: changed})
		}
	}
	for id := range t.before {
		if _, still := now[id]; !still {
			groups = append(groups, model.PulsedState{Group: id, State: model.StateUnknown, Changed: changed})
		}
	}
	t.before = now
	if groups == nil {
		return nil
	}
	slices.SortFunc(groups, func(a, b model.PulsedState) int { return strings.Compare(a.Group, b.Group) })
	return &model.Pulse{At: g.came, Asked: g.sent, Broker: t.node.id, Groups: groups}
}
