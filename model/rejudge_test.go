package model

import (
	"slices"
	"testing"
)

// writtenBoth and classicBoth are the group whose only member subscribes to the topic u as well as to t, as a record and
// as a poll tell of it.
func writtenBoth(seconds float64, number int32) *Records {
	r := written(seconds, number, "A:0,1,2,3")
	m := &r.Records[0].Generation.Members[0]
	m.Subscription = []string{"t", "u"}
	m.Assignment = append(m.Assignment, TopicPartition{"u", 0})
	return r
}

func classicBoth() Group {
	g := classic("A:0,1,2,3")
	g.Members[0].Subscription = []string{"t", "u"}
	g.Members[0].Assignment = append(g.Members[0].Assignment, TopicPartition{"u", 0})
	return g
}

// A member that subscribes by a pattern names the topics that match: when one comes, it names one more. The record of the
// rebalance is there before a poll finds the topic.
func TestATopicThatIsSeenLaterExplainsOtherSubscriptions(t *testing.T) {
	tr, events := observe(on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), writtenBoth(5, 8))
	r := tr.View().Group("g").LastRebalance()
	if told := events[len(events)-1].Rebalance; told == nil || told != r {
		t.Fatalf("the newest event is %+v; want the rebalance", events[len(events)-1])
	}
	g := classicBoth()
	s := poll(7, g)
	s.Topics = append(s.Topics, Topic{Name: "u", ID: "id-u", Partitions: 1, Created: Exactly(second(6))})
	later := tr.Observe(s)
	now := tr.View().Group("g").LastRebalance()
	if now.Verdict.Cause != CauseTopicCreated || now.Verdict.Confidence == Certain || r.Verdict.Cause != CauseSubscriptionChanged {
		t.Errorf("judged %+v, and then %+v", r.Verdict, now.Verdict)
	}
	revised := 0
	for _, e := range later {
		if e.Kind == VerdictRevised && e.Rebalance.Verdict == now.Verdict {
			revised++
		}
	}
	if revised != 1 {
		t.Errorf("told %v; want the new verdict once", lines(later))
	}
}

// Members fetch metadata more than once while a deletion spreads: rebalances before and after the one that tells of it are
// laid to the topic as well, with less confidence.
func TestATopicThatIsSeenLaterExplainsTheRebalancesAroundIt(t *testing.T) {
	g := classicBoth()
	before := poll(0, g)
	before.Topics = append(before.Topics, Topic{Name: "u", ID: "id-u", Partitions: 1})
	tr, _ := observe(on(second(0)), before, writtenBoth(2, 7), writtenBoth(5, 8), written(6, 9, "A:0,1,2,3"), written(6.5, 10, "A:0,1,2,3"))
	want := func(when string, causes ...Cause) {
		t.Helper()
		var got []Cause
		for _, r := range tr.View().Group("g").Rebalances[1:] {
			got = append(got, r.Verdict.Cause)
		}
		if !slices.Equal(got, causes) {
			t.Errorf("%s: %v, want %v", when, got, causes)
		}
	}
	want("before the topic is missed", CauseUnknown, CauseSubscriptionChanged, CauseUnknown)
	gone := poll(8, classic("A:0,1,2,3"))
	gone.Topics = append(gone.Topics, Topic{Name: "u", Missing: true})
	tr.Observe(gone)
	want("after", CauseTopicDeleted, CauseTopicDeleted, CauseTopicDeleted)
	for i, confidence := range []Confidence{Possible, Likely, Possible} {
		if r := tr.View().Group("g").Rebalances[1+i]; r.Verdict.Confidence != confidence {
			t.Errorf("%s → %s is %s: %s", r.From, r.To, r.Verdict.Confidence, r.Verdict.Evidence)
		}
	}
}
