package kit

import (
	"slices"
	"testing"

	"regroup/model"
	"regroup/ui/theme"
)

func TestPartitionsInWords(t *testing.T) {
	tps := func(topic string, numbers ...int32) []model.TopicPartition {
		var all []model.TopicPartition
		for _, n := range numbers {
			all = append(all, model.TopicPartition{Topic: topic, Partition: n})
		}
		return all
	}
	for _, c := range []struct {
		tps       []model.TopicPartition
		topics    Topics
		want, why string
	}{
		{nil, OneTopic, "", "nothing"},
		{tps("a", 3), OneTopic, "3", "one"},
		{tps("a", 0, 1), OneTopic, "0,1", "two are no range"},
		{tps("a", 0, 1, 2, 3, 7), OneTopic, "0-3,7", "a range and one more"},
		{tps("a", 7, 2, 1, 0), OneTopic, "0-2,7", "whatever their order"},
		{slices.Concat(tps("a", 0, 1), tps("b", 1)), ManyTopics, "a 0,1 b 1", "by topic"},
		{tps("\x1b", 0), ManyTopics, `\x1b 0`, "a name sends no escapes"},
	} {
		if got := List(c.tps, c.topics); got != c.want {
			t.Errorf("%v is %q, want %q: %s", c.tps, got, c.want, c.why)
		}
	}
	for _, c := range []struct {
		tps    []model.TopicPartition
		topics Topics
		width  int
		want   string
		why    string
	}{
		{tps("a", 0, 1), OneTopic, 10, " 0   1 ", "a chip each"},
		{tps("a", 0, 1, 2), OneTopic, 7, " 0-2 ", "a chip a range"},
		{tps("a", 0, 2, 4, 6, 8, 10, 12), OneTopic, 12, " 0,2,4,… … 7", "as many as fit, and how many there are"},
		{slices.Concat(tps("a", 0), tps("b", 1, 2)), ManyTopics, 20, "a  0  b  1,2 ", "by topic"},
		{tps("a", 0), OneTopic, 0, "", "no room"},
	} {
		if got := Chips(theme.Named(theme.Auto, true), 1, c.tps, c.topics, c.width).String(); got != c.want {
			t.Errorf("%v in %d cells is %q, want %q: %s", c.tps, c.width, got, c.want, c.why)
		}
	}
}
