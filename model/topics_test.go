package model

import (
	"slices"
	"testing"
)

// shaped replaces what a snapshot says of the topic t.
func shaped(s *Snapshot, topic Topic) *Snapshot {
	topic.Name = "t"
	s.Topics = []Topic{topic}
	return s
}

func TestTopicsThatChange(t *testing.T) {
	g := withOffsets(classic("A:0,1"), 100, 90, 80)
	fresh := withOffsets(classic("A:0,1"), 5, 90, 80)
	for i := range fresh.Partitions {
		fresh.Partitions[i].LogEnd = Some[int64](5)
	}
	recommitted := withOffsets(classic("A:0,1"), 5, 3, 4)
	// polled makes ten polls of it: the history of the old topic is longer than one sample.
	polled := func(topic Topic) []Observation {
		var all []Observation
		for i := range 10 {
			all = append(all, shaped(poll(float64(i), g), topic))
		}
		return all
	}
	for _, c := range []struct {
		reason string
		before Topic
		then   []*Snapshot
		events []string
		flag   LagFlag
		lag    Maybe[int64]
	}{
		{
			"another topic id: the commits are from the topic before", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{shaped(poll(10, fresh), Topic{ID: "y", Partitions: 2})},
			[]string{"topic_recreated topic t was deleted and created again"}, LagTopicRecreated, Some[int64](0),
		},
		{
			"and they stay so until the group commits on the new one", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{
				shaped(poll(10, fresh), Topic{ID: "y", Partitions: 2}), shaped(poll(11, fresh), Topic{ID: "y", Partitions: 2}),
				shaped(poll(12, recommitted), Topic{ID: "y", Partitions: 2}),
			},
			[]string{"topic_recreated topic t was deleted and created again"}, LagPlain, Some[int64](3),
		},
		{
			"no ids (before 2.8), but smaller offsets", Topic{Partitions: 2},
			[]*Snapshot{shaped(poll(10, fresh), Topic{Partitions: 2})},
			[]string{"topic_recreated topic t was deleted and created again"}, LagTopicRecreated, Some[int64](0),
		},
		{
			"the same id and smaller offsets: records were lost, it is the same topic", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{shaped(poll(10, fresh), Topic{ID: "x", Partitions: 2})},
			nil, LagBeyondEnd, Some[int64](0),
		},
		{
			"deleted: told once", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{shaped(poll(10, g), Topic{Missing: true}), shaped(poll(11, g), Topic{Missing: true})},
			[]string{"topic_gone topic t does not exist any more"}, LagTopicMissing, None[int64](),
		},
		{
			"missing for a moment (a broker that does not know it yet), same id", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{shaped(poll(10, g), Topic{Missing: true}), shaped(poll(11, g), Topic{ID: "x", Partitions: 2})},
			[]string{"topic_gone topic t does not exist any more"}, LagPlain, Some[int64](30),
		},
		{
			"deleted, then created again", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{shaped(poll(10, g), Topic{Missing: true}), shaped(poll(11, fresh), Topic{ID: "y", Partitions: 2})},
			[]string{"topic_gone topic t does not exist any more", "topic_recreated topic t was deleted and created again"},
			LagTopicRecreated, Some[int64](0),
		},
		{
			"partitions added", Topic{ID: "x", Partitions: 2},
			[]*Snapshot{shaped(poll(10, g), Topic{ID: "x", Partitions: 6}), shaped(poll(11, g), Topic{ID: "x", Partitions: 6})},
			[]string{"partitions_added topic t has 6 partitions, 4 more"}, LagPlain, Some[int64](30),
		},
	} {
		tr, events := observe(polled(c.before)...)
		for _, s := range c.then {
			events = append(events, tr.Observe(s)...)
		}
		if got := lines(events); !slices.Equal(got, c.events) {
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
	tr, _ := observe(poll(0, classic("A:0")))
	for i := range 40 {
		tr.Observe(poll(float64(1 + i)))
	}
	tr.Observe(poll(50, classic("A:0"))) // made again after its row has gone
	tr.Observe(poll(51))
	tr.Observe(poll(52))
	tr.Observe(poll(53, classic("A:0"))) // and while it is still there
	for i := range 40 {
		tr.Observe(poll(float64(60 + i)))
	}
	if len(tr.topics) != 0 || len(tr.groups) != 0 || len(tr.View().Groups) != 0 {
		t.Errorf("%d topics and %d groups are kept", len(tr.topics), len(tr.groups))
	}
}

func TestLateWordOfATopic(t *testing.T) {
	g := withOffsets(classic("A:0,1"), 100, 90, 80)
	other := named("h", g)
	tr, _ := observe(
		shaped(poll(0, g, other), Topic{ID: "x", Partitions: 2}),
		shaped(partial(poll(2, g)), Topic{ID: "y", Partitions: 2}),
	)
	events := tr.Observe(shaped(partial(poll(1, other)), Topic{ID: "x", Partitions: 2}))
	wantLines(t, events)
}
