package track

import (
	"slices"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

// writtenBoth and classicBoth are the group whose only member subscribes to the topic u as well as to t, as a record and
// as a poll tell of it.
func writtenBoth(seconds float64, number int32) *model.Records {
	r := Written(seconds, number, "A:0,1,2,3")
	m := &r.Records[0].Generation.Members[0]
	m.Subscription = []string{"t", "u"}
	m.Assignment = append(m.Assignment, model.TopicPartition{Topic: "u", Partition: 0})
	return r
}

func classicBoth() model.Group {
	g := Classic("A:0,1,2,3")
	g.Members[0].Subscription = []string{"t", "u"}
	g.Members[0].Assignment = append(g.Members[0].Assignment, model.TopicPartition{Topic: "u", Partition: 0})
	return g
}

// A member that subscribes by a pattern names the topics that match: when one comes, it names one more. The record of the
// rebalance is there before a poll finds the topic.
func TestATopicThatIsSeenLaterExplainsOtherSubscriptions(t *testing.T) {
	tr, events := observe(on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), writtenBoth(5, 8))
	r := tr.View().Group("g").LastRebalance()
	if told := events[len(events)-1].Rebalance; told == nil || told != r {
		t.Fatalf("the newest event is %+v; want the rebalance", events[len(events)-1])
	}
	g := classicBoth()
	s := Poll(7, g)
	s.Topics = append(s.Topics, model.Topic{Name: "u", ID: "id-u", Partitions: 1, Created: model.Exactly(Second(6))})
	later := tr.Observe(s)
	now := tr.View().Group("g").LastRebalance()
	if now.Verdict.Cause != model.CauseTopicCreated || now.Verdict.Confidence == model.Certain || r.Verdict.Cause != model.CauseSubscriptionChanged {
		t.Errorf("judged %+v, and then %+v", r.Verdict, now.Verdict)
	}
	revised := 0
	for _, e := range later {
		if e.Kind == model.VerdictRevised && e.Rebalance.Verdict == now.Verdict {
			revised++
		}
	}
	if revised != 1 {
		t.Errorf("told %v; want the new verdict once", Lines(later))
	}
}

// Members fetch metadata more than once while a deletion spreads: rebalances before and after the one that tells of it are
// laid to the topic as well, with less confidence.
func TestATopicThatIsSeenLaterExplainsTheRebalancesAroundIt(t *testing.T) {
	g := classicBoth()
	before := Poll(0, g)
	before.Topics = append(before.Topics, model.Topic{Name: "u", ID: "id-u", Partitions: 1})
	tr, _ := observe(on(Second(0)), before, writtenBoth(2, 7), writtenBoth(5, 8), Written(6, 9, "A:0,1,2,3"), Written(6.5, 10, "A:0,1,2,3"))
	want := func(when string, causes ...model.Cause) {
		t.Helper()
		var got []model.Cause
		for _, r := range tr.View().Group("g").Rebalances[1:] {
			got = append(got, r.Verdict.Cause)
		}
		if !slices.Equal(got, causes) {
			t.Errorf("%s: %v, want %v", when, got, causes)
		}
	}
	want("before the topic is missed", model.CauseUnknown, model.CauseSubscriptionChanged, model.CauseUnknown)
	gone := Poll(8, Classic("A:0,1,2,3"))
	gone.Topics = append(gone.Topics, model.Topic{Name: "u", Missing: true})
	tr.Observe(gone)
	want("after", model.CauseTopicDeleted, model.CauseTopicDeleted, model.CauseTopicDeleted)
	for i, confidence := range []model.Confidence{model.Possible, model.Likely, model.Possible} {
		if r := tr.View().Group("g").Rebalances[1+i]; r.Verdict.Confidence != confidence {
			t.Errorf("%s → %s is %s: %s", r.From, r.To, r.Verdict.Confidence, r.Verdict.Evidence)
		}
	}
}
