package model

import "testing"

// A member that subscribes by a pattern names the topics that match: when one comes, it names one more. The record of the
// rebalance is there before a poll finds the topic.
func TestATopicThatIsSeenLaterExplainsOtherSubscriptions(t *testing.T) {
	both := func(seconds float64, number int32) *Records {
		r := written(seconds, number, "A:0,1,2,3")
		m := &r.Records[0].Generation.Members[0]
		m.Subscription = []string{"t", "u"}
		m.Assignment = append(m.Assignment, TopicPartition{"u", 0})
		return r
	}
	tr, events := observe(on(second(0)), poll(0, classic("A:0,1,2,3")), written(2, 7, "A:0,1,2,3"), both(5, 8))
	r := tr.View().Group("g").LastRebalance()
	if told := events[len(events)-1].Rebalance; told == nil || told != r {
		t.Fatalf("the newest event is %+v; want the rebalance", events[len(events)-1])
	}
	g := classic("A:0,1,2,3")
	g.Members[0].Subscription = []string{"t", "u"}
	g.Members[0].Assignment = append(g.Members[0].Assignment, TopicPartition{"u", 0})
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
