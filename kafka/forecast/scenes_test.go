package forecast_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/admin"
	"regroup/kafka/embedded"
	"regroup/kafka/forecast"
	"regroup/kafka/poll"
	"regroup/model"
	"regroup/model/track"
	"regroup/model/whatif"
)

const (
	whatIfScenes = 208
	whatIfAtOnce = 52 // concurrent groups
)

// TestWhatIfIsRight plays random scenes on the embedded cluster: sarama consumers join, leave and restart with another assignor,
// partitions are added. The result must be as forecast. REGROUP_TEST_SEED plays other scenes.
func TestWhatIfIsRight(t *testing.T) {
	seed, err := strconv.ParseUint(cmpOr(os.Getenv("REGROUP_TEST_SEED"), "1"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	theatre := openTheatre(t)
	chance := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // scenes must be repeatable
	told := make(map[string]int)
	played, set := 0, 0
	for played < whatIfScenes {
		var scenes []*scene
		for range min(whatIfAtOnce, whatIfScenes-played) {
			scenes = append(scenes, newScene(theatre, chance, set))
			set++
		}
		together(scenes, (*scene).open)
		theatre.settle(scenes)
		together(scenes, (*scene).ask)
		together(scenes, (*scene).change)
		theatre.settle(scenes)
		for _, s := range scenes {
			if verdict := s.compare(); verdict != "" {
				told[verdict]++
				played++
			}
		}
		together(scenes, (*scene).close)
		if t.Failed() {
			t.Fatalf("scenes are wrong, seed %d", seed)
		}
		if set > 2*whatIfScenes {
			t.Fatalf("of %d scenes only %d happened in one step", set, played)
		}
	}
	t.Logf("%d scenes, and %d that did not happen in one step: %v", played, set-played, told)
}

func cmpOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func together(scenes []*scene, do func(*scene)) {
	var wait sync.WaitGroup
	for _, s := range scenes {
		wait.Go(func() { do(s) })
	}
	wait.Wait()
}

// theatre is the cluster of the scenes, and its observed state.
type theatre struct {
	t       *testing.T
	cluster *embedded.Cluster
	admin   *admin.Admin
	poller  *poll.Poller
	tracker *track.Tracker

	mutex   sync.Mutex
	records map[string][]*model.GenerationRecord // by group, those with members
}

func openTheatre(t *testing.T) *theatre {
	t.Helper()
	cluster, err := embedded.Start(embedded.Options{Brokers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	config := kafka.Config{Brokers: cluster.Addresses()}
	changer, err := admin.New(config)
	if err != nil {
		t.Fatal(err)
	}
	poller, err := poll.New(config, poll.Options{Generations: cluster.Generation})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = poller.Close() })
	th := &theatre{
		t: t, cluster: cluster, admin: changer, poller: poller, tracker: track.NewTracker(),
		records: make(map[string][]*model.GenerationRecord),
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	started := make(chan struct{})
	go func() {
		defer close(done)
		var once sync.Once
		cluster.Tail(ctx, func(o model.Observation) {
			switch o := o.(type) {
			case *model.Records:
				th.note(o.Records)
			case *model.TailStatus:
				if o.State == model.TailOn {
					once.Do(func() { close(started) })
				}
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	<-started
	return th
}

func (th *theatre) note(records []model.Record) {
	th.mutex.Lock()
	defer th.mutex.Unlock()
	for _, r := range records {
		if r.Generation != nil && len(r.Generation.Members) > 0 {
			th.records[r.Group] = append(th.records[r.Group], r.Generation)
		}
	}
}

func (th *theatre) generations(group string) []*model.GenerationRecord {
	th.mutex.Lock()
	defer th.mutex.Unlock()
	return slices.Clone(th.records[group])
}

// settle waits until a poll sees every group with its expected members and partitions.
func (th *theatre) settle(scenes []*scene) {
	th.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		th.tracker.Observe(th.poller.Poll(th.t.Context()))
		view := th.tracker.View()
		var waits string
		for _, s := range scenes {
			s.group = view.Group(s.name)
			if waits = s.unsettled(); waits != "" {
				break
			}
		}
		if waits == "" {
			return
		}
		if time.Now().After(deadline) {
			th.t.Fatalf("still waiting: %s", waits)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// scene is a group, the changes made to it, and the forecast.
type scene struct {
	*theatre
	name     string
	assignor string
	topics   map[string]int32
	actors   []*actor

	leave      []int
	join       []*actor
	unknown    bool // the client ids of joining members are unknown
	add        map[string]int32
	reassigned string

	group    *model.GroupView
	question whatif.WhatIf
	forecast *whatif.Forecast
	before   int // generations that were recorded
}

// newScene makes a random scene. A sticky assignment depends on every step, so a scene with a sticky assignor has a single step;
// other assignments do not depend on the steps.
func newScene(th *theatre, chance *rand.Rand, number int) *scene {
	s := &scene{theatre: th, name: fmt.Sprintf("scene-%d", number), topics: map[string]int32{}, add: map[string]int32{}}
	pick := func(from, to int) int { return from + chance.IntN(to-from+1) }
	s.assignor = forecast.Assignors()[number%4]
	sticky := strings.HasSuffix(s.assignor, "sticky")
	var names []string
	for i := range pick(1, 2) {
		name := fmt.Sprintf("%s-%c", s.name, 'a'+i)
		names, s.topics[name] = append(names, name), int32(pick(1, 12)) //nolint:gosec // it is small
	}
	mixed := len(names) > 1 && chance.IntN(5) == 0
	oneID := chance.IntN(6) == 0 // as when every process has the same configuration
	member := func(i int) *actor {
		a := &actor{scene: s, client: fmt.Sprintf("c%d", (i*7)%10), topics: names}
		if oneID {
			a.client = "app"
		}
		if mixed && i%2 == 1 {
			a.topics = names[:1]
		}
		return a
	}
	for i := range pick(1, 5) {
		s.actors = append(s.actors, member(i))
	}
	joins := func(n int) {
		for range n {
			s.join = append(s.join, member(len(s.actors)+len(s.join)))
		}
		s.unknown = chance.IntN(3) == 0
	}
	leaves := func(n int) { s.leave = chance.Perm(len(s.actors))[:min(n, len(s.actors)-1)] }
	adds := func() { s.add[names[chance.IntN(len(names))]] = int32(pick(1, 4)) } //nolint:gosec // it is small
	what := chance.IntN(4)
	if what == 1 && len(s.actors) == 1 {
		what = 0
	}
	switch {
	case what == 0 && sticky:
		joins(1)
	case what == 1 && sticky:
		leaves(1)
	case what == 2 && sticky, what == 2 && chance.IntN(2) == 0:
		adds()
	case what == 3 && !oneID:
		s.reassigned = forecast.Assignors()[(number%4+pick(1, 3))%4]
	case sticky:
		joins(1)
	default: // all at once
		joins(pick(0, 2))
		leaves(pick(0, 2))
		if chance.IntN(2) == 0 || len(s.join)+len(s.leave) == 0 {
			adds()
		}
	}
	return s
}

func (s *scene) open() {
	for topic, partitions := range s.topics {
		if err := s.admin.CreateTopic(s.t.Context(), topic, partitions, 1); err != nil {
			s.t.Error(err)
		}
	}
	for _, a := range s.actors {
		a.join(s.assignor)
	}
}

// ask computes the forecast. Members are identified by their letters.
func (s *scene) ask() {
	s.before = len(s.generations(s.name))
	q := whatif.WhatIf{Group: s.group, Adding: s.add, Assignor: s.reassigned, SaramaLeads: true}
	for _, i := range s.leave {
		q.Leaving = append(q.Leaving, s.laneOf(s.actors[i].id()))
	}
	for _, a := range s.join {
		client := a.client
		if s.unknown {
			client = ""
		}
		q.Joining = append(q.Joining, client)
	}
	var err error
	if s.forecast, err = forecast.Compute(q); err != nil {
		s.t.Errorf("%s: %v", s, err)
	}
	s.question = q
}

func (s *scene) laneOf(member string) model.Slot {
	for i := range s.group.Members {
		if s.group.Members[i].MemberID == member {
			return s.group.Members[i].Slot
		}
	}
	return model.Nobody
}

func (s *scene) change() {
	for topic, more := range s.add {
		if err := s.admin.AddPartitions(s.t.Context(), topic, s.topics[topic]+more); err != nil {
			s.t.Error(err)
		}
		s.topics[topic] += more
	}
	var wait sync.WaitGroup
	for _, i := range s.leave {
		wait.Go(s.actors[i].leave)
	}
	if s.reassigned != "" {
		for _, a := range s.actors {
			a.lane = s.laneOf(a.id())
			wait.Go(a.leave)
		}
	}
	wait.Wait()
	if s.reassigned != "" {
		for _, a := range s.actors {
			a.join(s.reassigned)
		}
	}
	s.actors = slices.DeleteFunc(slices.Clone(s.actors), func(a *actor) bool { return a.group == nil })
	for _, a := range s.join {
		a.topics = s.question.Group.Members[0].Subscription // as assumed by the forecast
		a.join(s.assignor)
		s.actors = append(s.actors, a)
	}
}

// unsettled is the first unmet expectation; "" if the group is as expected.
func (s *scene) unsettled() string {
	generations := s.generations(s.name)
	switch {
	case s.group == nil:
		return s.name + " to appear"
	case s.group.State != model.StateStable || len(s.group.Members) != len(s.actors) || len(generations) == 0:
		return fmt.Sprintf("%s, %s, %d members of %d", s, s.group.State, len(s.group.Members), len(s.actors))
	}
	owned := 0
	for i := range s.group.Members {
		if !s.group.Members[i].AssignmentKnown {
			return s.name + ": an assignment"
		}
		owned += len(s.group.Members[i].Assignment)
	}
	wanted, subscribed := 0, map[string]bool{}
	for _, a := range s.actors {
		if s.laneOf(a.id()) == model.Nobody {
			return fmt.Sprintf("%s: %s has no member id yet", s, a.client)
		}
		for _, topic := range a.topics {
			subscribed[topic] = true
		}
	}
	for topic := range subscribed {
		wanted += int(s.topics[topic])
	}
	last, now := generations[len(generations)-1], 0
	for i := range last.Members {
		now += len(last.Members[i].Assignment)
	}
	if owned != wanted || now != wanted {
		return fmt.Sprintf("%s: %d of %d partitions are owned, %d recorded", s, owned, wanted, now)
	}
	return ""
}

// compare returns the certainty of the forecast, and fails the test if it was wrong; "" if the scene took other steps than the
// forecast assumed, on which a sticky assignment depends.
func (s *scene) compare() string {
	f := s.forecast
	if f == nil {
		return ""
	}
	generations := s.generations(s.name)[s.before:]
	assignor := f.Assignor
	if strings.HasSuffix(assignor, "sticky") {
		most := 1
		if s.question.NextProtocol() == model.ProtocolIncremental {
			most = 2
		}
		if len(generations) > most || len(generations) > 0 && len(generations[0].Members) != len(s.actors) {
			return ""
		}
	}
	actual := s.actual(generations[len(generations)-1])
	if wrong := s.wrong(actual); wrong != "" {
		s.t.Errorf("%s: %s\nbefore   %v\nforecast %v, %d outcomes, %v\nactual   %v", s, wrong, letters(f.Before), letters(f.Outcomes[0].After),
			len(f.Outcomes), f.Certainty, letters(actual))
	}
	return assignor + " " + string(f.Certainty)
}

// actual is the final assignment, by the letters of the forecast.
func (s *scene) actual(record *model.GenerationRecord) model.Assignment {
	actual := make(model.Assignment)
	lane := make(map[string]model.Slot)
	var joined []string
	for _, m := range record.Members {
		lane[m.ID] = s.laneBefore(m.ID)
		if lane[m.ID] == model.Nobody {
			joined = append(joined, m.ID)
		}
	}
	for _, a := range s.actors {
		if s.reassigned != "" {
			lane[a.id()] = a.lane
		}
	}
	if s.reassigned == "" { // members of which the same is known are interchangeable: they are in the order of their ids
		slices.Sort(joined)
		for i, id := range joined {
			lane[id] = s.question.SlotOfJoining(i)
		}
		if !s.unknown {
			for i, a := range s.join {
				if a.client != "app" {
					lane[a.id()] = s.question.SlotOfJoining(i)
				}
			}
		}
	}
	for _, m := range record.Members {
		for _, tp := range m.Assignment {
			actual[tp] = lane[m.ID]
		}
	}
	return actual
}

func (s *scene) laneBefore(member string) model.Slot {
	for i := range s.question.Group.Members {
		if m := &s.question.Group.Members[i]; m.MemberID == member {
			return m.Slot
		}
	}
	return model.Nobody
}

// wrong is the first claim of the forecast that did not hold.
func (s *scene) wrong(actual model.Assignment) string {
	f := s.forecast
	counts, moved := make(map[model.Slot]int), 0
	for _, lane := range actual {
		counts[lane]++
	}
	for tp, was := range f.Before {
		if actual[tp] != was {
			moved++
		}
	}
	if needed, known := f.Needed.Get(); known && moved < needed && f.Certainty != whatif.CertaintyOutcomes {
		return fmt.Sprintf("%d moved, %d necessary", moved, needed)
	}
	if f.Certainty != whatif.CertaintyExample && (moved < f.Moved.Least || moved > f.Moved.Most) && !f.Sampled {
		return fmt.Sprintf("%d moved, forecast %v", moved, f.Moved)
	}
	for _, m := range f.Members {
		if n := counts[m.Slot]; !m.Leaves && f.Certainty != whatif.CertaintyExample && (n < m.After.Least || n > m.After.Most) && !f.Sampled {
			return fmt.Sprintf("%s owns %d, forecast %v", m.Slot, n, m.After)
		}
	}
	if f.Certainty == whatif.CertaintyExact && len(f.Outcomes) != 1 {
		return "it was exact, with several outcomes"
	}
	for _, o := range f.Outcomes {
		if fits(&o, actual) {
			return ""
		}
	}
	if f.Certainty == whatif.CertaintyExample || f.Sampled {
		return ""
	}
	return "it is none of the outcomes"
}

// fits reports whether the assignment equals an outcome, except for its undetermined partitions.
func fits(o *whatif.Outcome, actual model.Assignment) bool {
	counts := make(map[model.Slot]int)
	for tp, lane := range o.After {
		counts[lane]++
		counts[actual[tp]]--
		if !o.Undetermined[tp] && actual[tp] != lane {
			return false
		}
	}
	for _, n := range counts {
		if n != 0 {
			return false
		}
	}
	return len(actual) == len(o.After)
}

func letters(a model.Assignment) string {
	var b strings.Builder
	for _, tp := range a.Partitions() {
		fmt.Fprintf(&b, "%s:%s ", tp.Topic[strings.LastIndex(tp.Topic, "-")+1:]+fmt.Sprint(tp.Partition), a[tp])
	}
	return b.String()
}

func (s *scene) String() string {
	return fmt.Sprintf("%s (%s, %d members, %v; %d join, %d leave, %v added, %q)", s.name, s.assignor, len(s.actors),
		slices.Sorted(maps.Values(s.topics)), len(s.join), len(s.leave), s.add, s.reassigned)
}

func (s *scene) close() {
	for _, a := range s.actors {
		a.leave()
	}
}

// actor is a sarama consumer in the test process. It discards what it consumes.
type actor struct {
	*scene
	client string
	topics []string
	lane   model.Slot // before it restarted

	group  sarama.ConsumerGroup
	cancel context.CancelFunc
	done   chan struct{}

	idMutex sync.Mutex
	member  string
}

func (a *actor) join(assignor string) {
	conf := sarama.NewConfig()
	conf.ClientID, conf.Version = a.client, sarama.MaxVersion
	strategies := map[string]func() sarama.BalanceStrategy{
		"range": sarama.NewBalanceStrategyRange, "roundrobin": sarama.NewBalanceStrategyRoundRobin,
		"sticky": sarama.NewBalanceStrategySticky, "cooperative-sticky": sarama.NewBalanceStrategyCooperativeSticky,
	}
	conf.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategies[assignor]()}
	conf.Consumer.Group.Heartbeat.Interval = 50 * time.Millisecond
	conf.Consumer.Group.Session.Timeout = 20 * time.Second
	conf.Consumer.Group.Rebalance.Timeout = 20 * time.Second
	conf.Consumer.Group.Rebalance.Retry.Backoff = 20 * time.Millisecond
	conf.Consumer.MaxWaitTime = 100 * time.Millisecond
	conf.Consumer.Offsets.AutoCommit.Enable = false
	conf.Metadata.RefreshFrequency = 200 * time.Millisecond
	conf.Metadata.Full = false
	group, err := sarama.NewConsumerGroup(a.cluster.Addresses(), a.name, conf)
	if err != nil {
		a.t.Errorf("%s joins: %v", a.client, err)
		return
	}
	var ctx context.Context
	ctx, a.cancel = context.WithCancel(context.Background())
	a.group, a.done = group, make(chan struct{})
	go func() {
		defer close(a.done)
		for ctx.Err() == nil {
			if err := group.Consume(ctx, a.topics, a); errors.Is(err, sarama.ErrClosedConsumerGroup) {
				return
			}
		}
	}()
}

func (a *actor) leave() {
	if a.group == nil {
		return
	}
	a.cancel()
	if err := a.group.Close(); err != nil {
		a.t.Errorf("%s leaves: %v", a.client, err)
	}
	<-a.done
	a.group = nil
}

func (a *actor) id() string {
	a.idMutex.Lock()
	defer a.idMutex.Unlock()
	return a.member
}

func (a *actor) Setup(session sarama.ConsumerGroupSession) error {
	a.idMutex.Lock()
	defer a.idMutex.Unlock()
	a.member = session.MemberID()
	return nil
}

func (a *actor) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (a *actor) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case _, open := <-claim.Messages():
			if !open { // the partition was revoked
				return nil
			}
		case <-session.Context().Done():
			return nil
		}
	}
}
