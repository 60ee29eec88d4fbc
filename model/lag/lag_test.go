package lag

import (
	"testing"

	"regroup/model"
)

func TestPartitionLag(t *testing.T) {
	known := func(n int64) model.Maybe[int64] { return model.Some(n) }
	var unknown model.Maybe[int64]
	for _, c := range []struct {
		reason                      string
		committed, logStart, logEnd model.Maybe[int64]
		topic                       TopicFate
		want                        model.Maybe[int64]
		flag                        model.LagFlag
	}{
		{"the end minus the commit", known(40), known(0), known(100), TopicPresent, known(60), model.LagPlain},
		{"everything is read", known(100), known(0), known(100), TopicPresent, known(0), model.LagPlain},
		{"an empty partition that was committed at 0", known(0), known(0), known(0), TopicPresent, known(0), model.LagPlain},
		{"no commit: where the group would begin depends on auto.offset.reset, so the lag is unknown, not the whole log", unknown, known(0), known(100), TopicPresent, unknown, model.LagNoCommit},
		{"no commit on an empty partition is still no commit", unknown, known(0), known(0), TopicPresent, unknown, model.LagNoCommit},
		{"no commit and no end: the commit is what is missing first", unknown, unknown, unknown, TopicPresent, unknown, model.LagNoCommit},
		{"no end (no leader): unknown, not 0", known(40), known(0), unknown, TopicPresent, unknown, model.LagEndUnknown},
		{"retention deleted 40 to 69: what can still be read counts", known(40), known(70), known(100), TopicPresent, known(30), model.LagBelowStart},
		{"retention deleted all that was not read", known(40), known(100), known(100), TopicPresent, known(0), model.LagBelowStart},
		{"the commit is just at the log start", known(70), known(70), known(100), TopicPresent, known(30), model.LagPlain},
		{"an unknown log start does not hide the lag", known(40), unknown, known(100), TopicPresent, known(60), model.LagPlain},
		{"a commit beyond the end (records were lost) is no negative lag", known(140), known(0), known(100), TopicPresent, known(0), model.LagBeyondEnd},
		{"a log that ends before it starts can only be two answers of different age", known(40), known(120), known(100), TopicPresent, known(0), model.LagBelowStart},
		{"the topic was deleted: there is nothing to lag behind", known(40), known(0), known(100), TopicMissing, unknown, model.LagTopicMissing},
		{"deleted, and never committed: the deletion is reported", unknown, unknown, unknown, TopicMissing, unknown, model.LagTopicMissing},
		{"created again with fewer records than the commit", known(1000), known(0), known(5), TopicReplaced, known(0), model.LagTopicRecreated},
		{"created again and grown past the commit", known(10), known(0), known(50), TopicReplaced, known(40), model.LagTopicRecreated},
		{"created again, no commit on it", unknown, known(0), known(50), TopicReplaced, unknown, model.LagNoCommit},
		{"created again, no leader yet", known(10), unknown, unknown, TopicReplaced, unknown, model.LagEndUnknown},
	} {
		lag, flag := PartitionLag(c.committed, c.logStart, c.logEnd, c.topic)
		if lag != c.want || flag != c.flag {
			t.Errorf("%s: lag %s, flag %q; want %s, %q", c.reason, lag, flag, c.want, c.flag)
		}
	}
}
