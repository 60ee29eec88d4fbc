package realtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/poll"
	"regroup/kafka/probe"
	"regroup/kafka/tail"
	"regroup/model"
	"regroup/model/track"
)

// watcher is regroup without a screen: sources that feed a tracker.
type watcher struct {
	prefix  string
	cluster *kafkatest.Cluster
	since   time.Time // when it had its first complete poll

	mutex  sync.Mutex
	view   *model.View
	events []model.Event
	seen   []seen // if the events' times of arrival are wanted

	reported atomic.Int64            // rebalances
	observe  func(model.Observation) // what did not come from a source
}

// seen is an event, and when it was there to be shown, by the clock of the test.
type seen struct {
	model.Event
	at time.Time
}

// sources is what a watcher watches with, besides polling.
type sources struct {
	tail, probes bool
	poll         time.Duration                             // between two polls; 0 is often
	bend         func(model.Observation) model.Observation // changes what was observed before it is folded; nil is as it is
	timed        bool                                      // the events' times of arrival are kept
	forget       bool                                      // events are counted only
}

var (
	everything  = sources{tail: true, probes: true}
	pollingOnly = sources{}
)

// watch watches the groups whose ids start with prefix with everything that there is, until the end of the test. It
// returns after the first poll, so that what the test does next is seen as a change.
func watch(t testing.TB, c *kafkatest.Cluster, prefix string) *watcher {
	t.Helper()
	return watchWith(t, c, prefix, everything)
}

func watchWith(t testing.TB, c *kafkatest.Cluster, prefix string, with sources) *watcher {
	t.Helper()
	if with.poll == 0 {
		with.poll = 200 * time.Millisecond
	}
	options := poll.Options{
		Interval: with.poll, FocusInterval: with.poll / 2,
		Groups: func(id string) bool { return strings.HasPrefix(id, prefix) },
	}
	config := kafka.Config{Brokers: c.Brokers()}
	poller, err := poll.New(config, options)
	kafkatest.Must(t, err)
	w := &watcher{prefix: prefix, cluster: c}
	tracker := track.NewTracker()
	observations := make(chan model.Observation, 64)
	ctx, cancel := context.WithCancel(context.Background())
	emit := func(o model.Observation) {
		select {
		case observations <- o:
		case <-ctx.Done():
		}
	}
	w.observe = emit
	closers := []func() error{poller.Close}
	running, stopped := new(sync.WaitGroup), make(chan struct{})
	running.Go(func() { poller.Run(ctx, func(s *model.Snapshot) { emit(s) }) })
	if with.probes {
		prober := probe.New(poller.Brokers(), probe.Options{Groups: options.Groups, Changed: poller.Prioritize})
		running.Go(func() { prober.Run(ctx, func(p *model.StateProbe) { emit(p) }) })
	}
	if with.tail {
		tail, err := tail.New(config, tail.Options{Groups: options.Groups})
		kafkatest.Must(t, err)
		running.Go(func() { tail.Run(ctx, emit) })
		closers = append(closers, tail.Close)
	}
	go func() {
		defer close(stopped)
		for {
			select {
			case o := <-observations:
				if with.bend != nil {
					o = with.bend(o)
				}
				w.fold(tracker, o, with, len(observations) == 0)
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		running.Wait()
		<-stopped
		for _, closing := range closers {
			if err := closing(); err != nil {
				t.Errorf("close a source: %v", err)
			}
		}
	})
	kafkatest.Eventually(t, func() string {
		v, _ := w.now()
		if v == nil || v.PolledAt.IsZero() || len(v.Brokers) < len(c.Brokers()) {
			return "no complete poll yet"
		}
		if len(v.Errs) > 0 { // on a young cluster, coordinators that are still loading
			return v.Errs[0].Error()
		}
		if with.tail && v.Tail.State != model.TailOn && v.Tail.State != model.TailAbsent {
			return fmt.Sprintf("__consumer_offsets is not read yet: %s %s", v.Tail.State, v.Tail.Reason)
		}
		return ""
	})
	w.since = time.Now()
	return w
}

// fold takes in an observation. The view is not read while the next observation is waiting.
func (w *watcher) fold(tracker *track.Tracker, o model.Observation, with sources, newest bool) {
	events := tracker.Observe(o)
	at := time.Now()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if newest {
		w.view = tracker.View()
	}
	for _, e := range events {
		if e.Kind == model.RebalanceCompleted {
			w.reported.Add(1)
		}
		if with.timed {
			w.seen = append(w.seen, seen{e, at})
		}
		if !with.forget {
			w.events = append(w.events, e)
		}
	}
}

// now is the newest view, nil before the first, and the events so far.
func (w *watcher) now() (*model.View, []model.Event) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.view, slices.Clip(w.events)
}

// until waits until the newest view has no problem.
func (w *watcher) until(t testing.TB, problem func(*model.View) string) *model.View {
	t.Helper()
	var v *model.View
	kafkatest.Eventually(t, func() string {
		v, _ = w.now()
		return problem(v)
	})
	return v
}

// untilGroup waits until there is no problem with a group.
func (w *watcher) untilGroup(t testing.TB, id string, problem func(*model.GroupView) string) *model.GroupView {
	t.Helper()
	v := w.until(t, func(v *model.View) string {
		g := v.Group(id)
		if g == nil {
			return fmt.Sprintf("there is no group %s", id)
		}
		if problem := problem(g); problem != "" {
			return fmt.Sprintf("group %s: %s (%s)", id, problem, describe(g))
		}
		return ""
	})
	return v.Group(id)
}

// untilStable waits until a group is stable with a number of members and every partition that it knows of is owned.
func (w *watcher) untilStable(t testing.TB, id string, members int) *model.GroupView {
	t.Helper()
	return w.untilGroup(t, id, stable(members))
}

func stable(members int) func(*model.GroupView) string {
	return func(g *model.GroupView) string {
		switch {
		case g.State != model.StateStable || g.Rebalancing():
			return "not stable"
		case len(g.Members) != members:
			return fmt.Sprintf("%d members, want %d", len(g.Members), members)
		case len(g.Partitions) == 0 || g.Unassigned > 0:
			return fmt.Sprintf("%d of %d partitions without an owner", g.Unassigned, len(g.Partitions))
		}
		return ""
	}
}

// describe is a group in a line, for messages of tests.
func describe(g *model.GroupView) string {
	s := fmt.Sprintf("%s %s, coordinator %s, generation %s", g.Type, g.State, g.Coordinator, g.Generation)
	for _, m := range g.Members {
		s += fmt.Sprintf("; %s %s owns %v (previous %v, known %v)", m.Slot, m.ClientID, m.Assignment, m.AssignmentPrevious, m.AssignmentKnown)
	}
	for _, p := range g.Partitions {
		s += fmt.Sprintf("; %s %s/%s lag %s %s %s", p.TopicPartition, p.Committed, p.LogEnd, p.Lag, p.Flag, p.Problem)
	}
	if !g.StaleSince.IsZero() {
		s += "; stale"
	}
	return s
}

// happened returns the events of a kind and a group; group "" is all.
func (w *watcher) happened(kind model.EventKind, group string) (events []model.Event) {
	_, all := w.now()
	for _, e := range all {
		if e.Kind == kind && (group == "" || e.Group == group) {
			events = append(events, e)
		}
	}
	return events
}

// untilHappened waits for an event of a kind.
func (w *watcher) untilHappened(t testing.TB, kind model.EventKind, group string) model.Event {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		if len(w.happened(kind, group)) == 0 {
			return fmt.Sprintf("no event %s of group %q; reported was:\n%s", kind, group, w.story(group))
		}
		return ""
	})
	return w.happened(kind, group)[0]
}

// noInvention compares the rebalances that were reported with those that the brokers' logs have: polling may miss one, it
// must not invent one. It returns how many of a group were reported.
func (w *watcher) noInvention(t testing.TB, group string) int {
	t.Helper()
	reported := 0
	for _, e := range w.happened(model.RebalanceCompleted, group) {
		reported += e.Rebalance.AtLeast
	}
	if logged := len(logged(t, w.cluster, group)); reported > logged {
		t.Errorf("group %s: %d rebalances were reported, and the brokers' logs have %d:\n%s", group, reported, logged, w.story(group))
	}
	return reported
}

// logged returns the generations of a group that the brokers' logs have: those that were completed, and the epochs that
// a group of the consumer protocol went through.
func logged(t testing.TB, c *kafkatest.Cluster, group string) []int32 {
	t.Helper()
	var generations []int32
	for _, e := range c.LogEvents(t, group) {
		if e.Group == group && (e.Kind.Completed() || e.Kind == kafkatest.Bumped) && !slices.Contains(generations, e.Generation) {
			generations = append(generations, e.Generation)
		}
	}
	return generations
}

// story is what was reported of a group, for messages of tests.
func (w *watcher) story(group string) string {
	var lines []string
	_, events := w.now()
	for _, e := range events {
		if group == "" || e.Group == group || e.Group == "" {
			lines = append(lines, fmt.Sprintf("%s %s %s: %s", e.At.UTC().Format(time.TimeOnly+".000"), e.Kind, e.Group, e.Detail))
		}
	}
	return strings.Join(lines, "\n")
}
