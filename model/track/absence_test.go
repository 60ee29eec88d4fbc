package track

import (
	"slices"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

const (
	brokerLostLine  = "source_lost broker 1 (host:9091) does not answer: connection refused"
	brokerFoundLine = "source_found broker 1 (host:9091) answers again"
	goneLine        = "group_gone the group was deleted"
)

// What cannot be seen is not gone, and what comes back as it was did not rebalance.
func TestAbsence(t *testing.T) {
	a := Classic("A:0,1", "B:2,3")
	dead := model.Group{ID: "g", State: model.StateDead, MembersKnown: true, OffsetsKnown: true, Coordinator: model.Some[int32](1)}
	listRefused := func(s *model.Snapshot) *model.Snapshot {
		s.Errs = []model.SourceError{{Broker: model.Some[int32](1), Address: "host:9091", Operation: "ListGroups", Problem: "not authorised"}}
		return s
	}
	nobody := func(s *model.Snapshot) *model.Snapshot { s.Brokers = nil; return s }
	for _, c := range []struct {
		reason       string
		observations []model.Observation
		want         []string
		stale, gone  bool
	}{
		{
			"absent once: its coordinator may be moving",
			[]model.Observation{Poll(0, a), Poll(1)}, nil, false, false,
		},
		{
			"absent from two whole polls: deleted",
			[]model.Observation{Poll(0, a), Poll(1), Poll(2), Poll(3)}, []string{goneLine}, false, true,
		},
		{
			"described as dead is absent",
			[]model.Observation{Poll(0, a), Poll(1, dead), Poll(2, dead)}, []string{goneLine}, false, true,
		},
		{
			"a group that does not exist is not made by asking for it",
			[]model.Observation{Poll(0, a), Poll(1, a, Named("nothing", dead))}, nil, false, false,
		},
		{
			"absent, there, absent: never twice in a row",
			[]model.Observation{Poll(0, a), Poll(1), Poll(2, a), Poll(3)}, nil, false, false,
		},
		{
			"absent from snapshots that did not ask for it",
			[]model.Observation{Poll(0, a), Partial(Poll(1)), Partial(Poll(2)), Partial(Poll(3, dead))}, nil, false, false,
		},
		{
			"its coordinator does not answer",
			[]model.Observation{Poll(0, a), Without(Poll(1), 1), Without(Poll(2), 1), Without(Poll(3), 1)},
			[]string{brokerLostLine}, true, false,
		},
		{
			"another broker does not answer: the group may have moved there",
			[]model.Observation{Poll(0, a), Without(Poll(1), 3), Without(Poll(2), 3)},
			[]string{"source_lost broker 3 (host:9093) does not answer: connection refused"}, true, false,
		},
		{
			"a broker that left the cluster long ago has no groups",
			[]model.Observation{Retired(Poll(0, a), 3), Retired(Poll(1), 3), Retired(Poll(2), 3)},
			[]string{"source_lost broker 3 (host:9093) does not answer: connection refused", "group_gone the group was deleted"}, false, true,
		},
		{
			"absent once, then not to be seen, then absent once: not twice in a row",
			[]model.Observation{Poll(0, a), Poll(1), Without(Poll(2), 1), Poll(3)},
			[]string{brokerLostLine, brokerFoundLine}, true, false,
		},
		{
			"the broker is back, and the group as it was",
			[]model.Observation{Poll(0, a), Without(Poll(1), 1), Without(Poll(2), 1), Poll(3, a)},
			[]string{brokerLostLine, brokerFoundLine}, false, false,
		},
		{
			"the group is with another coordinator, as it was",
			[]model.Observation{Poll(0, a), Without(Poll(1), 1), Without(Poll(2, CoordinatedBy(2, a)), 1)},
			[]string{brokerLostLine, "coordinator_moved the coordinator is broker 2 now, it was broker 1"}, false, false,
		},
		{
			"it rebalanced while nobody could look",
			[]model.Observation{Poll(0, a), Without(Poll(1), 1), Poll(2, Classic("A:0,1,2,3"))},
			[]string{brokerLostLine, brokerFoundLine, "member_left B left: B on 10.0.0.1", "rebalance B left, 2 of 4 moved"}, false, false,
		},
		{
			"many times, by its generations",
			[]model.Observation{Poll(0, Generation(4, a)), Without(Poll(1), 1), Poll(2, Generation(7, a))},
			[]string{brokerLostLine, brokerFoundLine, "rebalance no partitions moved, ≥ 3 rebalances"}, false, false,
		},
		{
			"listing groups was refused: their absence says nothing",
			[]model.Observation{Poll(0, a), listRefused(Poll(1)), listRefused(Poll(2))},
			[]string{"source_lost ListGroups on broker 1 (host:9091): not authorised"}, true, false,
		},
		{
			"not one broker is known: nobody answered",
			[]model.Observation{Poll(0, a), nobody(Poll(1)), nobody(Poll(2))}, nil, true, false,
		},
		{
			"a group first seen when its broker came back is not a new one",
			[]model.Observation{Without(Poll(0), 1), Poll(1, a)},
			[]string{brokerLostLine, brokerFoundLine}, false, false,
		},
		{
			"members could not be read: nothing happened to them",
			[]model.Observation{Poll(0, a), Poll(1, model.Group{ID: "g", State: model.StateEmpty, OffsetsKnown: true, Partitions: a.Partitions})},
			nil, true, false,
		},
		{
			"and again could",
			[]model.Observation{Poll(0, a), Poll(1, model.Group{ID: "g", State: model.StateEmpty, OffsetsKnown: true, Partitions: a.Partitions}), Poll(2, a)},
			nil, false, false,
		},
	} {
		tr, events := observe(c.observations...)
		if got := Lines(events); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
		}
		g := tr.View().Group("g")
		if g == nil {
			t.Errorf("%s: the group is not shown", c.reason)
			continue
		}
		if stale, gone := !g.StaleSince.IsZero(), !g.GoneSince.IsZero(); stale != c.stale || gone != c.gone {
			t.Errorf("%s: stale %t, gone %t; want %t, %t", c.reason, stale, gone, c.stale, c.gone)
		}
		if c.stale && (len(g.Members) != 2 || g.State != model.StateStable || g.Partitions[3].Owner.String() != "B") {
			t.Errorf("%s: a stale group shows %d members, %s, partition 3 owned by %s; want what was last known", c.reason, len(g.Members), g.State, g.Partitions[3].Owner)
		}
	}
}

func TestStaleSinceItWasLastSeen(t *testing.T) {
	tr, _ := observe(Poll(0, Classic("A:0")), Poll(1, Classic("A:0")), Without(Poll(2), 1), Without(Poll(3), 1))
	if g := tr.View().Group("g"); !g.StaleSince.Equal(Second(1)) {
		t.Errorf("stale since %s, want since the last poll that saw it", g.StaleSince)
	}
}

func TestGoneGroups(t *testing.T) {
	tr, _ := observe(Poll(0, Classic("A:0", "B:1")), Poll(1), Poll(2))
	kept := model.GoneKept.Seconds()
	tr.Observe(Poll(2 + kept - 1))
	if g := tr.View().Group("g"); g == nil || !g.GoneSince.Equal(Second(2)) {
		t.Errorf("a second before the row is to go: %+v", g)
	}
	tr.Observe(Poll(2 + kept))
	if g := tr.View().Group("g"); g != nil {
		t.Errorf("the row is still there: %+v", g)
	}

	tr, _ = observe(Poll(0, Classic("A:0", "B:1")), Poll(1), Poll(2))
	events := tr.Observe(Poll(3, Classic("B:0,1")))
	WantLines(t, events, "group_appeared the group appeared", "member_joined B joined: B on 10.0.0.1", "rebalance B joined, 2 partitions assigned")
	if g := tr.View().Group("g"); !g.GoneSince.IsZero() || len(tr.View().Groups) != 1 {
		t.Errorf("made again: gone since %s, %d rows", g.GoneSince, len(tr.View().Groups))
	}
}

func TestLateAnswers(t *testing.T) {
	before, after := Classic("A:0,1"), Classic("A:0", "B:1")
	for reason, late := range map[string]*model.Snapshot{
		"a complete poll":         Poll(0.5, before),
		"a poll without it":       Poll(0.5),
		"a partial poll":          Partial(Poll(0.5, before)),
		"a broker that was away":  Without(Poll(0.5), 1),
		"members it has not read": Poll(0.5, model.Group{ID: "g"}),
	} {
		tr, _ := observe(Poll(0, before), Poll(1, after))
		was := tr.View()
		events := tr.Observe(late)
		now := tr.View()
		WantLines(t, events)
		if now.Group("g") != was.Group("g") || !now.At.Equal(was.At) || !now.PolledAt.Equal(was.PolledAt) {
			t.Errorf("%s that is late changed the view", reason)
		}
	}
}

func TestLateForOneGroupOnly(t *testing.T) {
	tr, _ := observe(Poll(0, Classic("A:0,1"), Named("h", Classic("X:0,1"))))
	tr.Observe(Partial(Poll(2, Classic("A:0", "B:1"))))
	tr.Observe(Poll(1, Classic("A:0,1"), Named("h", Classic("X:0", "Y:1")))) // a slow poll that was superseded
	v := tr.View()
	if members := len(v.Group("g").Members); members != 2 {
		t.Errorf("g was turned back to %d members", members)
	}
	if members := len(v.Group("h").Members); members != 2 {
		t.Errorf("h has %d members, want the two that the slow poll saw: nothing newer is known of it", members)
	}
}

func TestHistoryOverAGap(t *testing.T) {
	at := func(seconds float64, lag int64) *model.Snapshot {
		return Poll(seconds, WithOffsets(Classic("A:0"), 100, 100-lag))
	}
	for _, c := range []struct {
		reason string
		polls  []model.Observation
		want   []int64
	}{
		{"each second", []model.Observation{at(0, 1), at(1, 2), at(2, 3)}, []int64{1, 2, 3}},
		{"a late one: the second without is bridged", []model.Observation{at(0, 1), at(0.99, 2), at(2.01, 3)}, []int64{1, 1, 3}},
		{"more often than each second: one sample each", []model.Observation{at(0, 1), at(0.3, 5), at(0.6, 5), at(1, 2)}, []int64{1, 2}},
		{"a gap that polling does not explain is unknown", []model.Observation{at(0, 1), at(6, 2)}, []int64{1, -1, -1, -1, -1, -1, 2}},
	} {
		tr, _ := observe(c.polls...)
		if got := tr.View().Group("g").LagHistory; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.reason, got, c.want)
		}
	}
	slow := func(s *model.Snapshot) *model.Snapshot { s.Interval = 5 * time.Second; return s }
	tr, _ := observe(slow(at(0, 1)), slow(at(5, 2)), slow(at(10, 3)))
	if got, want := tr.View().Group("g").LagHistory, []int64{1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("polled each five seconds: %v, want %v", got, want)
	}
}
