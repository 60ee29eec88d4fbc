package track

import (
	"slices"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

// shaped replaces what a snapshot says of the topic t.
func shaped(s *model.Snapshot, topic model.Topic) *model.Snapshot {
	topic.Name = "t"
	s.Topics = []model.Topic{topic}
	return s
}

func TestTopicsThatChange(t *testing.T) {
	g := WithOffsets(Classic("A:0,1"), 100, 90, 80)
	fresh := WithOffsets(Classic("A:0,1"), 5, 90, 80)
	for i := range fresh.Partitions {
		fresh.Partitions[i].LogEnd = model.Some[int64](5)
	}
	recommitted := WithOffsets(Classic("A:0,1"), 5, 3, 4)
	// polled makes ten polls of it: the history of the old topic is longer than one sample.
	polled := func(topic model.Topic) []model.Observation {
		var all []model.Observation
		for i := range 10 {
			all = append(all, shaped(Poll(float64(i), g), topic))
		}
		return all
	}
	for _, c := range []struct {
		reason string
		before model.Topic
		then   []*model.Snapshot
		events []string
		flag   model.LagFlag
		lag    model.Maybe[int64]
	}{
		{
			"another topic id: the commits are from the topic before", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, fresh), model.Topic{ID: "y", Partitions: 2})},
			[]string{"topic_recreated topic t was recreated"}, model.LagTopicRecreated, model.Some[int64](0),
		},
		{
			"and they stay so until the group commits on the new one", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{
				shaped(Poll(10, fresh), model.Topic{ID: "y", Partitions: 2}), shaped(Poll(11, fresh), model.Topic{ID: "y", Partitions: 2}),
				shaped(Poll(12, recommitted), model.Topic{ID: "y", Partitions: 2}),
			},
			[]string{"topic_recreated topic t was recreated"}, model.LagPlain, model.Some[int64](3),
		},
		{
			"no ids (before 2.8), but smaller offsets", model.Topic{Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, fresh), model.Topic{Partitions: 2})},
			[]string{"topic_recreated topic t was recreated"}, model.LagTopicRecreated, model.Some[int64](0),
		},
		{
			"the same id and smaller offsets: records were lost, it is the same topic", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, fresh), model.Topic{ID: "x", Partitions: 2})},
			nil, model.LagBeyondEnd, model.Some[int64](0),
		},
		{
			"deleted: told once", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, g), model.Topic{Missing: true}), shaped(Poll(11, g), model.Topic{Missing: true})},
			[]string{"topic_gone topic t was deleted"}, model.LagTopicMissing, model.None[int64](),
		},
		{
			"missing for a moment (a broker that does not know it yet), same id", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, g), model.Topic{Missing: true}), shaped(Poll(11, g), model.Topic{ID: "x", Partitions: 2})},
			[]string{"topic_gone topic t was deleted"}, model.LagPlain, model.Some[int64](30),
		},
		{
			"deleted, then created again", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, g), model.Topic{Missing: true}), shaped(Poll(11, fresh), model.Topic{ID: "y", Partitions: 2})},
			[]string{"topic_gone topic t was deleted", "topic_recreated topic t was recreated"},
			model.LagTopicRecreated, model.Some[int64](0),
		},
		{
			"partitions added", model.Topic{ID: "x", Partitions: 2},
			[]*model.Snapshot{shaped(Poll(10, g), model.Topic{ID: "x", Partitions: 6}), shaped(Poll(11, g), model.Topic{ID: "x", Partitions: 6})},
			[]string{"partitions_added topic t has 6 partitions, 4 of them new"}, model.LagPlain, model.Some[int64](30),
		},
	} {
		tr, events := observe(polled(c.before)...)
		for _, s := range c.then {
			events = append(events, tr.Observe(s)...)
		}
		if got := Lines(events); !slices.Equal(got, c.events) {
			t.Errorf("%s: events %q, want %q", c.reason, got, c.events)
		}
		v := tr.View().Group("g")
		if v.Partitions[0].Flag != c.flag || v.Lag != c.lag {
			t.Errorf("%s: flag %q, lag %s; want %q, %s", c.reason, v.Partitions[0].Flag, v.Lag, c.flag, c.lag)
		}
		if rate := v.Partitions[0].ProduceRate.Or(0); rate < 0 {
			t.Errorf("%s: produce rate %f", c.reason, rate)
		}
	}
}

func TestTopicsOfDeletedGroupsAreForgotten(t *testing.T) {
	tr, _ := observe(Poll(0, Classic("A:0")))
	for i := range 40 {
		tr.Observe(Poll(float64(1 + i)))
	}
	tr.Observe(Poll(50, Classic("A:0"))) // made again after its row has gone
	tr.Observe(Poll(51))
	tr.Observe(Poll(52))
	tr.Observe(Poll(53, Classic("A:0"))) // and while it is still there
	for i := range 40 {
		tr.Observe(Poll(float64(60 + i)))
	}
	if len(tr.topics) != 0 || len(tr.groups) != 0 || len(tr.View().Groups) != 0 {
		t.Errorf("%d topics and %d groups are kept", len(tr.topics), len(tr.groups))
	}
}

func TestLateWordOfATopic(t *testing.T) {
	g := WithOffsets(Classic("A:0,1"), 100, 90, 80)
	other := Named("h", g)
	tr, _ := observe(
		shaped(Poll(0, g, other), model.Topic{ID: "x", Partitions: 2}),
		shaped(Partial(Poll(2, g)), model.Topic{ID: "y", Partitions: 2}),
	)
	events := tr.Observe(shaped(Partial(Poll(1, other)), model.Topic{ID: "x", Partitions: 2}))
	WantLines(t, events)
}
