package track

import (
	"slices"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

// naming gives records the name of the topic t, as a source does that has asked for it.
func naming(r *model.Records) *model.Records {
	r.Topics = []model.TopicID{{ID: "id-t", Name: "t"}}
	return r
}

// first are the records of a consumer group's first epoch, in the order in which a coordinator of Kafka 4 writes them.
func first() *model.Records {
	return stepped(1, enters("A"), epoch(1), aims("A", "0,1,2,3"), targetEpoch(1), owns("A", 1, "0,1,2,3", ""))
}

// A consumer group on a topic that no group has read before: only what comes with its records gives the topic a name.
func TestRecordsOfAConsumerGroupOnATopicThatNoPollToldOf(t *testing.T) {
	for _, c := range []struct {
		name         string
		why          string
		observations []model.Observation
		want         []string
		ended        []float64
	}{
		{
			"one member, and another later", "each epoch is a rebalance of its own",
			[]model.Observation{
				on(Second(0)), Poll(0), naming(first()),
				naming(stepped(1.3, enters("B"), epoch(2), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(2))),
				naming(stepped(1.4, owns("A", 1, "0,1", "2,3"), owns("B", 2, "", ""))),
				naming(stepped(1.5, owns("A", 2, "0,1", ""))), naming(stepped(1.6, owns("B", 2, "2,3", ""))),
				Poll(2, consumerWithEpochs(model.StateStable, 2, "A:0,1", "B:2,3")), Poll(6, consumerWithEpochs(model.StateStable, 2, "A:0,1", "B:2,3")),
			},
			[]string{"0 → 1: A joined, 4 partitions assigned", "1 → 2: B joined, 2 of 4 moved"},
			[]float64{1.005, 1.605},
		},
		{
			"two members before the first has its target", "the first epoch is one all the same",
			[]model.Observation{
				on(Second(0)), Poll(0), naming(stepped(1, enters("A"), epoch(1), aims("A", "0,1,2,3"), targetEpoch(1))),
				naming(stepped(1.2, enters("B"), epoch(2), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(2))),
				naming(stepped(1.3, owns("A", 2, "0,1", ""), owns("B", 2, "2,3", ""))),
				Poll(2, consumerWithEpochs(model.StateStable, 2, "A:0,1", "B:2,3")), Poll(6, consumerWithEpochs(model.StateStable, 2, "A:0,1", "B:2,3")),
			},
			[]string{"0 → 1: A joined, no partitions moved", "1 → 2: B joined, 4 partitions assigned"},
			[]float64{1.205, 1.305},
		},
		{
			"a poll between them knows nothing of the group yet", "what the records brought does not go with it",
			[]model.Observation{
				on(Second(0)), Poll(0), naming(first()), Poll(1.2),
				naming(stepped(1.3, enters("B"), epoch(2), aims("A", "0,1"), aims("B", "2,3"), targetEpoch(2), owns("A", 2, "0,1", ""), owns("B", 2, "2,3", ""))),
			},
			[]string{"0 → 1: A joined, 4 partitions assigned", "1 → 2: B joined, 2 of 4 moved"},
			[]float64{1.005, 1.305},
		},
		{
			"nobody gave the topic a name", "the source did not learn it in time: polls tell",
			[]model.Observation{
				on(Second(0)), Poll(0), first(),
				Poll(2, consumerWithEpochs(model.StateStable, 1, "A:0,1,2,3")), Poll(6, consumerWithEpochs(model.StateStable, 1, "A:0,1,2,3")),
			},
			[]string{"0 → 1: A joined, 4 partitions assigned"},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			if got := rebalancesTold(events); !slices.Equal(got, c.want) {
				t.Errorf("%s: told\n%q\nwant\n%q", c.why, got, c.want)
			}
			var ended []model.Moment
			for _, e := range events {
				r := e.Rebalance
				if e.Kind != model.RebalanceCompleted || r.Recorded.IsZero() {
					continue
				}
				ended = append(ended, r.Ended)
				if r.AtLeast != 1 || r.Superseded != 0 || !r.Began.Exact() {
					t.Errorf("%s → %s is %d rebalances, %d superseded, began %v; want one, exactly", r.From, r.To, r.AtLeast, r.Superseded, r.Began)
				}
			}
			var want []model.Moment
			for _, at := range c.ended {
				want = append(want, model.Exactly(Second(at)))
			}
			if !slices.Equal(ended, want) {
				t.Errorf("recorded ends %v, want %v", ended, want)
			}
		})
	}
}

// Names that come with records are gone with them: a tracker that runs for months on a cluster whose topics come and go
// does not grow by them.
func TestNamesOfRecordsAreNotKept(t *testing.T) {
	tr, _ := observe(on(Second(0)), Poll(0), naming(first()))
	if len(tr.topicIDs) != 0 || len(tr.topics) != 0 {
		t.Errorf("kept %v and %v", tr.topicIDs, tr.topics)
	}
}
