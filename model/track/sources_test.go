package track

import (
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

func TestTroubleIsToldOnce(t *testing.T) {
	refused := func(seconds float64, groups ...string) *model.Snapshot {
		s := Poll(seconds)
		for _, g := range groups {
			s.Errs = append(s.Errs, model.SourceError{
				Broker: model.Some[int32](2), Address: "host:9092", Group: g, Operation: "OffsetFetch", Problem: "not authorised", Advice: "grant READ",
			})
		}
		return s
	}
	for _, c := range []struct {
		reason       string
		observations []model.Observation
		want         []string
	}{
		{
			"once when it begins, once when it ends, and again",
			[]model.Observation{Poll(0), Without(Poll(1), 1), Without(Poll(2), 1), Poll(3), Poll(4), Without(Poll(5), 1)},
			[]string{brokerLostLine, brokerFoundLine, brokerLostLine},
		},
		{
			"a broker that is away when regroup starts is news, one that is there is not",
			[]model.Observation{Without(Poll(0), 1)},
			[]string{brokerLostLine},
		},
		{
			"one operation",
			[]model.Observation{Poll(0), refused(1, "a"), refused(2, "a"), Poll(3)},
			[]string{
				`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised; grant READ`,
				"source_found OffsetFetch on broker 2 (host:9092) works again",
			},
		},
		{
			"ten thousand groups that are refused are one trouble",
			[]model.Observation{refused(0, "a", "b", "c")},
			[]string{`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised; grant READ; and 2 more of this kind`},
		},
		{
			"errors of a broker that does not answer at all say nothing new, and have not gone either",
			[]model.Observation{refused(0, "a"), Without(refused(1, "a"), 2), Without(Poll(2), 2), refused(3, "a")},
			[]string{
				`source_lost OffsetFetch of group "a" on broker 2 (host:9092): not authorised; grant READ`,
				"source_lost broker 2 (host:9092) does not answer: connection refused",
				"source_found broker 2 (host:9092) answers again",
			},
		},
		{
			"what a partial snapshot could not read is not the state of the cluster",
			[]model.Observation{Poll(0), Partial(Without(refused(1, "a"), 1))},
			nil,
		},
		{
			"nobody could be reached: the address is all there is",
			[]model.Observation{&model.Snapshot{At: Second(0), Errs: []model.SourceError{{Address: "host:9091", Operation: "connect", Problem: "connection refused"}}}, Poll(1)},
			[]string{"source_lost connect to host:9091: connection refused", "source_found connect to host:9091 works again"},
		},
	} {
		_, events := observe(c.observations...)
		t.Run(c.reason, func(t *testing.T) { WantLines(t, events, c.want...) })
	}
}

func TestHeaderOfTheNewestCompletePoll(t *testing.T) {
	s := Poll(5)
	s.Took, s.Requests = 42, 19
	p := Partial(Poll(6))
	p.Requests = 2
	tr, _ := observe(s, p)
	v := tr.View()
	if !v.PolledAt.Equal(Second(5)) || v.Requests != 19 || v.Took != 42 || !v.At.Equal(Second(6)) || len(v.Brokers) != 3 {
		t.Errorf("polled at %s with %d requests in %s, view at %s", v.PolledAt, v.Requests, v.Took, v.At)
	}
	tr.Observe(&model.Snapshot{At: Second(7)})
	if v = tr.View(); v.Cluster.Name != "local" || v.Cluster.ID != "cluster" {
		t.Errorf("the cluster has lost its name when it stopped answering: %+v", v.Cluster)
	}
}

func TestLab(t *testing.T) {
	first := &model.LabSnapshot{At: Second(1), Acted: model.LabActionDone{Words: "killed consumer-2", Group: "g"}}
	second1 := &model.LabSnapshot{At: Second(2)}
	tr, events := observe(Poll(0), first, second1, &model.LabSnapshot{At: Second(1.5), Acted: model.LabActionDone{Words: "late"}})
	WantLines(t, events, "lab killed consumer-2")
	if v := tr.View(); v.Events[0].Group != "g" || v.Lab != second1 || !v.At.Equal(Second(2)) {
		t.Errorf("lab %+v at %s", v.Lab, v.At)
	}
	if v := NewTracker().View(); v.Lab != nil || len(v.Groups) != 0 || !v.At.IsZero() {
		t.Errorf("the view of a tracker that saw nothing: %+v", v)
	}
}

func TestGenerationsExact(t *testing.T) {
	for _, c := range []struct {
		reason string
		groups []model.Group
		want   bool
	}{
		{"no group: nothing is exact", nil, false},
		{"all told", []model.Group{Generation(3, Classic("A:0")), Named("h", Generation(1, Classic("B:0")))}, true},
		{"one is counted", []model.Group{Generation(3, Classic("A:0")), Named("h", Classic("B:0"))}, false},
		{"an empty group and a share group have none to tell", []model.Group{Generation(3, Classic("A:0")), Named("h", Classic()), Named("s", share("S:0"))}, true},
	} {
		tr, _ := observe(Poll(0, c.groups...))
		if got := tr.View().GenerationsExact; got != c.want {
			t.Errorf("%s: %t", c.reason, got)
		}
	}
}
