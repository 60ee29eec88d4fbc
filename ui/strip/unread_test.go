package strip_test

import (
	"testing"
	"time"

	"regroup/model"
	"regroup/ui/strip"
	"regroup/ui/theme"
)

// paused is a rebalance of which a partition was not read: it stopped between the first two moments and was read again
// between the last two, in seconds from now. 0 is not known.
func paused(partition int32, stopped, stoppedBy, started, startedBy float64) *model.Rebalance {
	at := func(seconds float64) time.Time {
		if seconds == 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(seconds * float64(time.Second)))
	}
	return &model.Rebalance{
		Ended: model.Exactly(at(started)), AssignorBefore: "range", AssignorAfter: "range",
		Cost: model.Cost{Pauses: []model.Pause{{
			TopicPartition: model.TopicPartition{Topic: "myorders", Partition: partition}, Resumed: startedBy != 0, LagAdded: model.Some[int64](0),
			Stopped: model.Moment{NotBefore: at(stopped), NotAfter: at(stoppedBy)},
			Started: model.Moment{NotBefore: at(started), NotAfter: at(startedBy)},
		}}},
	}
}

func neverCommitted(r *model.Rebalance) *model.Rebalance {
	r.Cost.Pauses[0].LagAdded = model.None[int64]()
	return r
}

func assignedBy(assignor string, rebalances ...*model.Rebalance) []*model.Rebalance {
	for _, r := range rebalances {
		r.AssignorBefore, r.AssignorAfter = assignor, assignor
	}
	return rebalances
}

func complete(r *model.Rebalance) *model.Rebalance { r.Cost.Complete = true; return r }
func quiet(r *model.Rebalance) *model.Rebalance    { r.Cost.Pauses[0].Quiet = true; return r }

// An owner is not a reader: a block says when it was not, and when that is not known.
func TestPausesAreDrawnIntoTheBlocks(t *testing.T) {
	handedOver := []string{"-60s 1 A", "-30s ~ A", "-28s 2 B"}
	for _, c := range []struct {
		why        string
		history    []string
		rebalances []*model.Rebalance
		want       string
	}{
		{
			"nothing is known of a pause", handedOver, nil,
			"──────────────A──────────────┈·──────────────B──────────────",
		},
		{
			"a crash: A committed last 9 s before it was removed, and B first 5 s after it had it", handedOver,
			[]*model.Rebalance{paused(0, -39, -30, -28, -23)},
			"──────────────A─────┈┈┈┈┈┈┈┈┈··┈┈┈┈┈─────────B──────────────",
		},
		{
			"the lab has killed A: surely nobody read from then on", handedOver,
			[]*model.Rebalance{paused(0, -39, -37, -28, -23)},
			"──────────────A─────┈┈·········┈┈┈┈┈─────────B──────────────",
		},
		{
			"A's last commit was never seen", handedOver,
			[]*model.Rebalance{paused(0, 0, -37, -28, -23)},
			"──────────────A───────·········┈┈┈┈┈─────────B──────────────",
		},
		{
			"B has not committed", handedOver,
			[]*model.Rebalance{paused(0, -30, -30, -28, 0)},
			"──────────────A──────────────··┈┈┈┈┈┈┈┈┈┈┈┈┈┈B┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
		},
		{
			"B has nothing to read, and nobody misses anything", handedOver,
			[]*model.Rebalance{quiet(paused(0, -30, -30, -28, 0))},
			"──────────────A──────────────··──────────────B──────────────",
		},
		{
			"its lag is not known: whether there is anything to read, and by whom, nobody can tell", handedOver,
			[]*model.Rebalance{neverCommitted(paused(0, -59, -32, -28, 0))},
			"──────────────A────────────····──────────────B──────────────",
		},
		{
			"nobody looks any more whether B reads: of what came later nothing is said", []string{"-100s 1 B"},
			[]*model.Rebalance{complete(paused(0, -90, -90, -88, 0))},
			"┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈B┈─────────────────────────────",
		},
		{
			"several: what is sure counts more", handedOver,
			[]*model.Rebalance{paused(0, -30, -30, -28, 0), paused(0, -20, -20, -15, -10)},
			"──────────────A──────────────··┈┈┈┈┈┈┈┈·····┈B┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
		},
		{
			"another partition's", handedOver, []*model.Rebalance{paused(1, -39, -30, -28, -23)},
			"──────────────A──────────────┈·──────────────B──────────────",
		},
		{
			"before the window", handedOver, []*model.Rebalance{complete(paused(0, -500, -490, -480, -470))},
			"──────────────A──────────────┈·──────────────B──────────────",
		},
		{
			"clocks that contradict each other", handedOver, []*model.Rebalance{paused(0, -20, -30, -31, -28)},
			"──────────────A──────────────┈·──────────────B──────────────",
		},
		{
			"nobody owned it: that says it all", []string{"-60s 1 A", "-30s ~ A", "-28s 2 ."},
			[]*model.Rebalance{paused(0, -30, -30, -28, 0)},
			"──────────────A──────────────··╌╌╌╌╌╌╌╌ unassigned ╌╌╌╌╌╌╌╌╌",
		},
	} {
		s := strip.Strip{
			Theme: theme.For(true), Timeline: timeline(group("range", history(t, c.history...), c.rebalances...), nil), Partitions: orders(1), Selected: -1,
			Now: now, Window: 60 * time.Second,
		}
		if got := plain(s.Lines(14+60, 1)); got != "  myorders-0  "+c.want+"\n" {
			t.Errorf("%s:\n got %swant   myorders-0  %s", c.why, got, c.want)
		}
	}
}

// In an incremental group a partition is read until its owner lets it go, however long the others take.
func TestAPartitionThatMovesIsReadThroughMostOfAnIncrementalRebalance(t *testing.T) {
	s := strip.Strip{
		Theme: theme.For(true), Partitions: orders(2), Selected: -1, Now: now, Window: 60 * time.Second,
		Timeline: timeline(group("cooperative-sticky", history(t, "-50s 1 AA", "-30s ~ AA", "-15s 2 AB"), assignedBy("cooperative-sticky", paused(1, -21, -18, -15, -10))...), nil),
	}
	want := `
  myorders-0           ─────────────────A─────────────────▏───────A───────
  myorders-1           ───────────────A─────────────┈┈┈···┈┈┈┈┈──B────────
                       gen 1                              2            now
`
	if got := "\n" + plain(s.Lines(14+60, 3)); got != want {
		t.Errorf("drawn:%swant:%s", got, want)
	}
}

// Members of an eager group read on until they have heard of a rebalance, and stand still from when they have all joined.
func TestAnEagerRebalanceStopsItsMembersWhenTheyJoin(t *testing.T) {
	seconds := func(n float64) time.Time { return now.Add(time.Duration(n * float64(time.Second))) }
	over := func(joined time.Time) []*model.Rebalance {
		return assignedBy("range",
			&model.Rebalance{Ended: model.Exactly(seconds(-40)), JoinEnded: model.Exactly(seconds(-41))}, // another one
			&model.Rebalance{Ended: model.Exactly(seconds(-10)), JoinEnded: model.Exactly(joined)})
	}
	for _, c := range []struct {
		why        string
		history    []string
		joined     time.Time  // of the one that is under way
		killed     model.Slot // 9 s ago
		removed    bool       // A is
		rebalances []*model.Rebalance
		want       string
	}{
		{
			why: "the join goes on", history: []string{"-60s 1 A", "-15s ~ A"},
			want: "───────────────────A─────────┈┈┈┈┈┈┈┈┈┈┈",
		},
		{
			why: "the join has ended, and the leader has not synced", history: []string{"-60s 1 A", "-15s ~ A"}, joined: seconds(-6),
			want: "─────────────────A───────────┈┈┈┈┈┈·····",
		},
		{
			why: "it is over, and the leader took long to sync", history: []string{"-60s 1 A", "-30s ~ A", "-10s 2 A"}, rebalances: over(seconds(-18)),
			want: "─────────────A─────┈┈┈┈┈┈┈┈·····───A────",
		},
		{
			why: "it is over, and when the join had ended is not known", history: []string{"-60s 1 A", "-30s ~ A", "-10s 2 A"}, rebalances: over(time.Time{}),
			want: "───────────────A───┈┈┈┈┈┈┈┈┈┈┈┈·───A────",
		},
		{
			why: "the owner is no member any more", history: []string{"-60s 1 A", "-15s ~ A"}, removed: true,
			want: "──────────────A──────────────···········",
		},
		{
			why: "the lab killed the owner, and its session has not ended", history: []string{"-60s 1 A"}, killed: 1,
			want: "───────────────────A─────────────·······",
		},
		{
			why: "the lab killed another one", history: []string{"-60s 1 A"}, killed: 2,
			want: "───────────────────A────────────────────",
		},
	} {
		g := group("range", history(t, c.history...), c.rebalances...)
		if !c.joined.IsZero() {
			g.State, g.StateSince = model.StateCompletingRebalance, c.joined
		}
		if c.removed {
			g.Members = g.Members[1:]
		}
		var lab *model.LabSnapshot
		if c.killed != model.Nobody {
			lab = &model.LabSnapshot{Consumers: []model.LabConsumer{{Group: "g", MemberID: c.killed.String(), State: model.LabKilled, Since: seconds(-9)}}}
		}
		s := strip.Strip{
			Theme: theme.For(true), Timeline: timeline(g, lab), Partitions: orders(1), Selected: -1, Now: now, Window: 60 * time.Second,
		}
		if got := plain(s.Lines(14+40, 1)); got != "  myorders-0  "+c.want+"\n" {
			t.Errorf("%s:\n got %swant   myorders-0  %s", c.why, got, c.want)
		}
	}
}

// Under an assignor that regroup does not know, members may read on until the rebalance is over. What one of the past did
// goes by its own assignors, not by the group's now.
func TestWhetherARebalanceOfAnUnknownProtocolStopsItsMembersIsNotKnown(t *testing.T) {
	seconds := func(n float64) time.Time { return now.Add(time.Duration(n * float64(time.Second))) }
	ended := model.Rebalance{Ended: model.Exactly(seconds(-10)), JoinEnded: model.Exactly(seconds(-18))}
	over := func(before, after string) []*model.Rebalance {
		r := ended
		r.AssignorBefore, r.AssignorAfter = before, after
		return []*model.Rebalance{&r}
	}
	past := []string{"-60s 1 A", "-30s ~ A", "-10s 2 A"}
	for _, c := range []struct {
		why        string
		history    []string
		assignor   string // of the group now
		rebalances []*model.Rebalance
		want       string
	}{
		{
			why: "it is under way, and the join has ended", history: []string{"-60s 1 A", "-15s ~ A"},
			want: "───────────────────A─────────┈┈┈┈┈┈┈┈┈┈┈",
		},
		{
			why: "it is over", history: past, rebalances: over("ours", "ours"),
			want: "───────────────A───┈┈┈┈┈┈┈┈┈┈┈┈┈▏───A───",
		},
		{
			why: "it is over, and is too old to be kept: the group's protocol is all that is known", history: past, assignor: "range",
			want: "───────────────A───┈┈┈┈┈┈┈┈┈┈┈┈·───A────",
		},
		{
			why: "from an eager assignor to a cooperative one", history: past, assignor: "cooperative-sticky", rebalances: over("range", "cooperative-sticky"),
			want: "───────────────A───┈┈┈┈┈┈┈┈┈┈┈┈┈▏───A───",
		},
		{
			why: "it was eager, and the group has lost its members since", history: past, rebalances: over("range", "range"),
			want: "─────────────A─────┈┈┈┈┈┈┈┈·····───A────",
		},
	} {
		g := group(c.assignor, history(t, c.history...), c.rebalances...)
		if g.Rebalancing() {
			g.State, g.StateSince = model.StateCompletingRebalance, seconds(-12)
		}
		s := strip.Strip{
			Theme: theme.For(true), Timeline: timeline(g, nil), Partitions: orders(1), Selected: -1, Now: now, Window: 60 * time.Second,
		}
		if got := plain(s.Lines(14+40, 1)); got != "  myorders-0  "+c.want+"\n" {
			t.Errorf("%s:\n got %swant   myorders-0  %s", c.why, got, c.want)
		}
	}
}

// Nobody owned a partition before there was one, and nobody missed anything.
func TestBeforeAPartitionAppearedItsRowIsBlank(t *testing.T) {
	g := group("range", history(t, "-40s 1 A.", "-12s ~ A.", "-10s 2 AB"))
	g.Partitions[1].LagHistory = make([]int64, 6) // 3 s each
	s := strip.Strip{
		Theme: theme.For(true), Timeline: timeline(g, nil), Partitions: orders(2), Selected: -1, Now: now, Window: 40 * time.Second,
	}
	want := `
  myorders-0  ─────────────A─────────────┈·─────A─────
  myorders-1                       ╌ – ╌╌··─────B─────
              gen 1                        2       now
`
	if got := "\n" + plain(s.Lines(54, 3)); got != want {
		t.Errorf("drawn:%swant:%s", got, want)
	}
}
