package model

import "testing"

func TestTroubleIsToldOnce(t *testing.T) {
	refused := func(seconds float64, groups ...string) *Snapshot {
		s := poll(seconds)
		for _, g := range groups {
			s.Errs = append(s.Errs, SourceError{
				Broker: Some[int32](2), Address: "host:9092", Group: g, Operation: "OffsetFetch", Problem: "not authorised", Advice: "grant READ",
			})
		}
		return s
	}
	for _, c := range []struct {
		reason       string
		observations []Observation
		want         []string
	}{
		{
			"once when it begins, once when it ends, and again",
			[]Observation{poll(0), without(poll(1), 1), without(poll(2), 1), poll(3), poll(4), without(poll(5), 1)},
			[]string{brokerLostLine, brokerFoundLine, brokerLostLine},
		},
		{
			"a broker that is away when regroup starts is news, one that is there is not",
			[]Observation{without(poll(0), 1)},
			[]string{brokerLostLine},
		},
		{
			"one operation",
			[]Observation{poll(0), refused(1, "a"), refused(2, "a"), poll(3)},
			[]string{
				`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised; grant READ`,
				"source_found OffsetFetch on broker 2 (host:9092) works again",
			},
		},
		{
			"ten thousand groups that are refused are one trouble",
			[]Observation{refused(0, "a", "b", "c")},
			[]string{`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised; grant READ; and 2 more of this kind`},
		},
		{
			"errors of a broker that does not answer at all say nothing new, and have not gone either",
			[]Observation{refused(0, "a"), without(refused(1, "a"), 2), without(poll(2), 2), refused(3, "a")},
			[]string{
				`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised; grant READ`,
				"source_lost broker 2 (host:9092) does not answer: connection refused",
				"source_found broker 2 (host:9092) answers again",
			},
		},
		{
			"what a partial snapshot could not read is not the state of the cluster",
			[]Observation{poll(0), partial(without(refused(1, "a"), 1))},
			nil,
		},
		{
			"nobody could be reached: the address is all there is",
			[]Observation{&Snapshot{At: second(0), Errs: []SourceError{{Address: "host:9091", Operation: "connect", Problem: "connection refused"}}}, poll(1)},
			[]string{"source_lost connect to host:9091: connection refused", "source_found connect to host:9091 works again"},
		},
	} {
		_, events := observe(c.observations...)
		t.Run(c.reason, func(t *testing.T) { wantLines(t, events, c.want...) })
	}
}

func TestHeaderOfTheNewestCompletePoll(t *testing.T) {
	s := poll(5)
	s.Took, s.Requests = 42, 19
	p := partial(poll(6))
	p.Requests = 2
	tr, _ := observe(s, p)
	v := tr.View()
	if !v.PolledAt.Equal(second(5)) || v.Requests != 19 || v.Took != 42 || !v.At.Equal(second(6)) || len(v.Brokers) != 3 {
		t.Errorf("polled at %s with %d requests in %s, view at %s", v.PolledAt, v.Requests, v.Took, v.At)
	}
	tr.Observe(&Snapshot{At: second(7)})
	if v = tr.View(); v.Cluster.Name != "local" || v.Cluster.ID != "cluster" {
		t.Errorf("the cluster has lost its name when it stopped answering: %+v", v.Cluster)
	}
}

func TestLab(t *testing.T) {
	first := &LabSnapshot{At: second(1), Acted: LabDeed{Words: "killed consumer-2", Group: "g"}}
	second1 := &LabSnapshot{At: second(2)}
	tr, events := observe(poll(0), first, second1, &LabSnapshot{At: second(1.5), Acted: LabDeed{Words: "late"}})
	wantLines(t, events, "lab killed consumer-2")
	if v := tr.View(); v.Events[0].Group != "g" || v.Lab != second1 || !v.At.Equal(second(2)) {
		t.Errorf("lab %+v at %s", v.Lab, v.At)
	}
	if v := NewTracker().View(); v.Lab != nil || len(v.Groups) != 0 || !v.At.IsZero() {
		t.Errorf("the view of a tracker that saw nothing: %+v", v)
	}
}

func TestGenerationsExact(t *testing.T) {
	for _, c := range []struct {
		reason string
		groups []Group
		want   bool
	}{
		{"no group: nothing is exact", nil, false},
		{"all told", []Group{generation(3, classic("A:0")), named("h", generation(1, classic("B:0")))}, true},
		{"one is counted", []Group{generation(3, classic("A:0")), named("h", classic("B:0"))}, false},
		{"an empty group and a share group have none to tell", []Group{generation(3, classic("A:0")), named("h", classic()), named("s", share("S:0"))}, true},
	} {
		tr, _ := observe(poll(0, c.groups...))
		if got := tr.View().GenerationsExact; got != c.want {
			t.Errorf("%s: %t", c.reason, got)
		}
	}
}
