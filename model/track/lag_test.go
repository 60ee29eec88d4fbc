package track

import (
	"testing"

	"regroup/model"
	"regroup/model/lag"
	. "regroup/model/modeltest"
)

func TestGroupLag(t *testing.T) {
	var unknown model.Maybe[int64]
	noCommit := func(g model.Group, partitions ...int) model.Group {
		for _, n := range partitions {
			g.Partitions[n].Committed = unknown
		}
		return g
	}
	for _, c := range []struct {
		reason     string
		group      model.Group
		want       model.Maybe[int64]
		incomplete bool
		memberA    model.Maybe[int64]
	}{
		{"the sum of the partitions", WithOffsets(Classic("A:0,1", "B:2,3"), 100, 90, 80, 70, 60), model.Some[int64](100), false, model.Some[int64](30)},
		{"a commit beyond the end takes nothing from the sum", WithOffsets(Classic("A:0,1"), 100, 90, 100), model.Some[int64](10), false, model.Some[int64](10)},
		{"a partition without a commit: the sum is at least so much", noCommit(WithOffsets(Classic("A:0,1"), 100, 90, 80), 0), model.Some[int64](20), true, model.Some[int64](20)},
		{"a member whose partitions have no commit still has them, with an unknown lag", noCommit(WithOffsets(Classic("A:0", "B:1"), 100, 90, 80), 0), model.Some[int64](20), true, unknown},
		{"a group without any commit has an unknown lag, not 0", noCommit(WithOffsets(Classic("A:0,1"), 100, 0, 0), 0, 1), unknown, true, unknown},
		{"a group that has nothing to do with any partition", WithOffsets(Classic("A:"), 100), unknown, false, unknown},
	} {
		tr, _ := observe(Poll(0, c.group))
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

func TestOutOfRange(t *testing.T) {
	var unknown model.Maybe[int64]
	for _, c := range []struct {
		reason                string
		committed, start, end model.Maybe[int64]
		want                  int
	}{
		{"within the log", model.Some[int64](50), model.Some[int64](10), model.Some[int64](100), 0},
		{"at its start: the first record is next", model.Some[int64](10), model.Some[int64](10), model.Some[int64](100), 0},
		{"at its end: all is read", model.Some[int64](100), model.Some[int64](10), model.Some[int64](100), 0},
		{"below its start", model.Some[int64](9), model.Some[int64](10), model.Some[int64](100), 1},
		{"beyond its end", model.Some[int64](101), model.Some[int64](10), model.Some[int64](100), 1},
		{"no commit is nowhere", unknown, model.Some[int64](10), model.Some[int64](100), 0},
		{"a log of which nothing is known", model.Some[int64](50), unknown, unknown, 0},
		{"only the end is known", model.Some[int64](101), unknown, model.Some[int64](100), 1},
	} {
		g := WithOffsets(Classic("A:0,1"), 100, 90, 90)
		g.Partitions[1].Committed, g.Partitions[1].LogStart, g.Partitions[1].LogEnd = c.committed, c.start, c.end
		tr, _ := observe(Poll(0, g))
		if got := tr.View().Group("g").OutOfRange; got != c.want {
			t.Errorf("%s: %d out of range, want %d", c.reason, got, c.want)
		}
	}
}

func TestTwoGroupsOnOneTopicDoNotMix(t *testing.T) {
	first := Named("first", WithOffsets(Classic("A:0", "B:1"), 100, 90, 80))
	second := Named("second", WithOffsets(Classic("C:0,1"), 100, 10, 20))
	tr, _ := observe(Poll(0, first, second), Poll(1, first, second))
	v := tr.View()
	for _, c := range []struct {
		group      string
		lag        int64
		owner      string
		commitAt1  int64
		membersNow int
	}{{"first", 30, "B", 80, 2}, {"second", 170, "A", 20, 1}} {
		g := v.Group(c.group)
		if g.Lag != model.Some(c.lag) || g.Partitions[1].Owner.String() != c.owner || g.Partitions[1].Committed != model.Some(c.commitAt1) || len(g.Members) != c.membersNow {
			t.Errorf("%s: lag %s, partition 1 owned by %s at %s, %d members", c.group, g.Lag, g.Partitions[1].Owner, g.Partitions[1].Committed, len(g.Members))
		}
	}
}

func TestOffsetsThatCannotBeRead(t *testing.T) {
	unreadable := func(g model.Group) model.Group {
		g.OffsetsKnown = false
		for i := range g.Partitions {
			g.Partitions[i].Committed = model.None[int64]()
		}
		return g
	}
	known := WithOffsets(Classic("A:0,1"), 100, 90, 80)

	tr, _ := observe(Poll(0, unreadable(WithOffsets(Classic("A:0,1"), 100, 90, 80))))
	g := tr.View().Group("g")
	if g.Lag.Known() || !g.LagIncomplete || g.Partitions[0].Flag != model.LagOffsetsUnknown || !g.StaleSince.IsZero() {
		t.Errorf("never readable: lag %s, flag %q, stale since %s; want unknown, flagged, live", g.Lag, g.Partitions[0].Flag, g.StaleSince)
	}

	tr, events := observe(Poll(0, known), Poll(1, known), Poll(2, unreadable(WithOffsets(Classic("A:0,1"), 200, 90, 80))))
	g = tr.View().Group("g")
	if g.Lag != model.Some[int64](30) || !g.StaleSince.Equal(Second(1)) || g.LagHistory[2] != lag.UnknownLag {
		t.Errorf("unreadable later: lag %s, stale since %s, history %v; want the last known 30, since 1 s, and no sample", g.Lag, g.StaleSince, g.LagHistory)
	}
	WantLines(t, events)

	tr.Observe(Poll(3, WithOffsets(Classic("A:0,1"), 200, 190, 180)))
	if g = tr.View().Group("g"); g.Lag != model.Some[int64](30) || !g.StaleSince.IsZero() {
		t.Errorf("readable again: lag %s, stale since %s; want 30, live", g.Lag, g.StaleSince)
	}
}

func TestBeyondTheEndIsFlaggedAndNotSubtracted(t *testing.T) {
	g := WithOffsets(Classic("A:0,1"), 100, 90, 90)
	g.Partitions[1].Committed = model.Some[int64](5000)
	tr, _ := observe(Poll(0, g))
	v := tr.View().Group("g")
	if v.Lag != model.Some[int64](10) || v.Partitions[1].Lag != model.Some[int64](0) || v.Partitions[1].Flag != model.LagBeyondEnd {
		t.Errorf("lag %s, partition 1: %s %q; want 10, 0, beyond the end", v.Lag, v.Partitions[1].Lag, v.Partitions[1].Flag)
	}
}
