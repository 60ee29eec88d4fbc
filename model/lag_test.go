package model

import "testing"

func TestPartitionLag(t *testing.T) {
	known := func(n int64) Maybe[int64] { return Some(n) }
	var unknown Maybe[int64]
	for _, c := range []struct {
		reason                      string
		committed, logStart, logEnd Maybe[int64]
		topic                       TopicFate
		want                        Maybe[int64]
		flag                        LagFlag
	}{
		{"the end minus the commit", known(40), known(0), known(100), TopicPresent, known(60), LagPlain},
		{"everything is read", known(100), known(0), known(100), TopicPresent, known(0), LagPlain},
		{"an empty partition that was committed at 0", known(0), known(0), known(0), TopicPresent, known(0), LagPlain},
		{"no commit: where the group would begin depends on auto.offset.reset, so the lag is unknown, not the whole log", unknown, known(0), known(100), TopicPresent, unknown, LagNoCommit},
		{"no commit on an empty partition is still no commit", unknown, known(0), known(0), TopicPresent, unknown, LagNoCommit},
		{"no commit and no end: the commit is what is missing first", unknown, unknown, unknown, TopicPresent, unknown, LagNoCommit},
		{"no end (no leader): unknown, not 0", known(40), known(0), unknown, TopicPresent, unknown, LagEndUnknown},
		{"retention deleted 40 to 69: what can still be read counts", known(40), known(70), known(100), TopicPresent, known(30), LagBelowStart},
		{"retention deleted all that was not read", known(40), known(100), known(100), TopicPresent, known(0), LagBelowStart},
		{"the commit is just at the log start", known(70), known(70), known(100), TopicPresent, known(30), LagPlain},
		{"an unknown log start does not hide the lag", known(40), unknown, known(100), TopicPresent, known(60), LagPlain},
		{"a commit beyond the end (records were lost) is no negative lag", known(140), known(0), known(100), TopicPresent, known(0), LagBeyondEnd},
		{"a log that ends before it starts can only be two answers of different age", known(40), known(120), known(100), TopicPresent, known(0), LagBelowStart},
		{"the topic was deleted: there is nothing to lag behind", known(40), known(0), known(100), TopicMissing, unknown, LagTopicMissing},
		{"deleted, and never committed: deleted says more", unknown, unknown, unknown, TopicMissing, unknown, LagTopicMissing},
		{"created again with fewer records than the commit", known(1000), known(0), known(5), TopicReplaced, known(0), LagTopicRecreated},
		{"created again and grown past the commit", known(10), known(0), known(50), TopicReplaced, known(40), LagTopicRecreated},
		{"created again, no commit on it", unknown, known(0), known(50), TopicReplaced, unknown, LagNoCommit},
		{"created again, no leader yet", known(10), unknown, unknown, TopicReplaced, unknown, LagEndUnknown},
	} {
		lag, flag := PartitionLag(c.committed, c.logStart, c.logEnd, c.topic)
		if lag != c.want || flag != c.flag {
			t.Errorf("%s: lag %s, flag %q; want %s, %q", c.reason, lag, flag, c.want, c.flag)
		}
	}
}

func TestGroupLag(t *testing.T) {
	var unknown Maybe[int64]
	noCommit := func(g Group, partitions ...int) Group {
		for _, n := range partitions {
			g.Partitions[n].Committed = unknown
		}
		return g
	}
	for _, c := range []struct {
		reason     string
		group      Group
		want       Maybe[int64]
		incomplete bool
		memberA    Maybe[int64]
	}{
		{"the sum of the partitions", withOffsets(classic("A:0,1", "B:2,3"), 100, 90, 80, 70, 60), Some[int64](100), false, Some[int64](30)},
		{"a commit beyond the end takes nothing from the sum", withOffsets(classic("A:0,1"), 100, 90, 100), Some[int64](10), false, Some[int64](10)},
		{"a partition without a commit: the sum is at least so much", noCommit(withOffsets(classic("A:0,1"), 100, 90, 80), 0), Some[int64](20), true, Some[int64](20)},
		{"a member whose partitions have no commit still has them, with an unknown lag", noCommit(withOffsets(classic("A:0", "B:1"), 100, 90, 80), 0), Some[int64](20), true, unknown},
		{"a group without any commit has an unknown lag, not 0", noCommit(withOffsets(classic("A:0,1"), 100, 0, 0), 0, 1), unknown, true, unknown},
		{"a group that has nothing to do with any partition", withOffsets(classic("A:"), 100), unknown, false, unknown},
	} {
		tr, _ := observe(poll(0, c.group))
		g := tr.View().Group("g")
		if g.Lag != c.want || g.LagIncomplete != c.incomplete {
			t.Errorf("%s: lag %s, incomplete %t; want %s, %t", c.reason, g.Lag, g.LagIncomplete, c.want, c.incomplete)
		}
		if a := g.Member(1); a.Lag != c.memberA {
			t.Errorf("%s: lag of A is %s, want %s", c.reason, a.Lag, c.memberA)
		}
		if len(g.Partitions) != len(c.group.Partitions) {
			t.Errorf("%s: %d partitions, want %d", c.reason, len(g.Partitions), len(c.group.Partitions))
		}
	}
}

func TestBeyondTheEndIsFlaggedAndNotSubtracted(t *testing.T) {
	g := withOffsets(classic("A:0,1"), 100, 90, 90)
	g.Partitions[1].Committed = Some[int64](5000)
	tr, _ := observe(poll(0, g))
	v := tr.View().Group("g")
	if v.Lag != Some[int64](10) || v.Partitions[1].Lag != Some[int64](0) || v.Partitions[1].Flag != LagBeyondEnd {
		t.Errorf("lag %s, partition 1: %s %q; want 10, 0, beyond the end", v.Lag, v.Partitions[1].Lag, v.Partitions[1].Flag)
	}
}

func TestOutOfRange(t *testing.T) {
	var unknown Maybe[int64]
	for _, c := range []struct {
		reason                string
		committed, start, end Maybe[int64]
		want                  int
	}{
		{"within the log", Some[int64](50), Some[int64](10), Some[int64](100), 0},
		{"at its start: the first record is next", Some[int64](10), Some[int64](10), Some[int64](100), 0},
		{"at its end: all is read", Some[int64](100), Some[int64](10), Some[int64](100), 0},
		{"below its start", Some[int64](9), Some[int64](10), Some[int64](100), 1},
		{"beyond its end", Some[int64](101), Some[int64](10), Some[int64](100), 1},
		{"no commit is nowhere", unknown, Some[int64](10), Some[int64](100), 0},
		{"a log of which nothing is known", Some[int64](50), unknown, unknown, 0},
		{"only the end is known", Some[int64](101), unknown, Some[int64](100), 1},
	} {
		g := withOffsets(classic("A:0,1"), 100, 90, 90)
		g.Partitions[1].Committed, g.Partitions[1].LogStart, g.Partitions[1].LogEnd = c.committed, c.start, c.end
		tr, _ := observe(poll(0, g))
		if got := tr.View().Group("g").OutOfRange; got != c.want {
			t.Errorf("%s: %d out of range, want %d", c.reason, got, c.want)
		}
	}
}

func TestTwoGroupsOnOneTopicDoNotMix(t *testing.T) {
	first := named("first", withOffsets(classic("A:0", "B:1"), 100, 90, 80))
	second := named("second", withOffsets(classic("C:0,1"), 100, 10, 20))
	tr, _ := observe(poll(0, first, second), poll(1, first, second))
	v := tr.View()
	for _, c := range []struct {
		group      string
		lag        int64
		owner      string
		commitAt1  int64
		membersNow int
	}{{"first", 30, "B", 80, 2}, {"second", 170, "A", 20, 1}} {
		g := v.Group(c.group)
		if g.Lag != Some(c.lag) || g.Partitions[1].Owner.String() != c.owner || g.Partitions[1].Committed != Some(c.commitAt1) || len(g.Members) != c.membersNow {
			t.Errorf("%s: lag %s, partition 1 owned by %s at %s, %d members", c.group, g.Lag, g.Partitions[1].Owner, g.Partitions[1].Committed, len(g.Members))
		}
	}
}

func TestOffsetsThatCannotBeRead(t *testing.T) {
	unreadable := func(g Group) Group {
		g.OffsetsKnown = false
		for i := range g.Partitions {
			g.Partitions[i].Committed = None[int64]()
		}
		return g
	}
	known := withOffsets(classic("A:0,1"), 100, 90, 80)

	tr, _ := observe(poll(0, unreadable(withOffsets(classic("A:0,1"), 100, 90, 80))))
	g := tr.View().Group("g")
	if g.Lag.Known() || !g.LagIncomplete || g.Partitions[0].Flag != LagOffsetsUnknown || !g.StaleSince.IsZero() {
		t.Errorf("never readable: lag %s, flag %q, stale since %s; want unknown, flagged, live", g.Lag, g.Partitions[0].Flag, g.StaleSince)
	}

	tr, events := observe(poll(0, known), poll(1, known), poll(2, unreadable(withOffsets(classic("A:0,1"), 200, 90, 80))))
	g = tr.View().Group("g")
	if g.Lag != Some[int64](30) || !g.StaleSince.Equal(second(1)) || g.LagHistory[2] != unknownSample {
		t.Errorf("unreadable later: lag %s, stale since %s, history %v; want the last known 30, since 1 s, and no sample", g.Lag, g.StaleSince, g.LagHistory)
	}
	wantLines(t, events)

	tr.Observe(poll(3, withOffsets(classic("A:0,1"), 200, 190, 180)))
	if g = tr.View().Group("g"); g.Lag != Some[int64](30) || !g.StaleSince.IsZero() {
		t.Errorf("readable again: lag %s, stale since %s; want 30, live", g.Lag, g.StaleSince)
	}
}
