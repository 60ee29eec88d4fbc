package ownership

import (
	"strings"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// intervalWords are intervals like "0 read by A, 10 may be read by A, 12 no active consumer, A": each begins at a second.
func intervalWords(all []Interval) string {
	words := make([]string, len(all))
	for i := range all {
		at := Reading{Kind: all[i].Kind, Reader: all[i].Reader}
		words[i] = strings.TrimSuffix(SecondsOf(model.Moment{NotBefore: all[i].From}), "..–") + " " + readingWords(at)
	}
	return strings.Join(words, ", ")
}

func span(seconds float64, unsettled bool, owner model.Slot) model.OwnershipSpan {
	s := model.OwnershipSpan{From: Second(seconds), Rebalancing: unsettled, Owners: model.Assignment{}}
	if owner != model.Nobody {
		s.Owners[TpOf(0)] = owner
	}
	return s
}

func TestWhoReadAPartition(t *testing.T) {
	stable, unsettled := false, true
	through := []model.OwnershipSpan{span(0, stable, laneA), span(10, unsettled, laneA), span(15, stable, laneB)}
	kept := []model.OwnershipSpan{span(0, stable, laneA), span(10, unsettled, laneA), span(15, stable, laneA)}
	under := []model.OwnershipSpan{span(0, stable, laneA), span(10, unsettled, laneA)}
	pause := func(r *model.Rebalance, p model.Pause) *model.Rebalance {
		p.TopicPartition = TpOf(0)
		r.Cost.Pauses = []model.Pause{p}
		return r
	}
	bounds := func(stopped, stoppedBy, started, startedBy float64) model.Pause {
		at := func(seconds float64) time.Time {
			if seconds == 0 {
				return time.Time{}
			}
			return Second(seconds)
		}
		return model.Pause{
			Stopped: model.Moment{NotBefore: at(stopped), NotAfter: at(stoppedBy)}, Started: model.Moment{NotBefore: at(started), NotAfter: at(startedBy)},
			Resumed: startedBy != 0, LagAdded: model.Some[int64](0),
		}
	}
	moved := func() *model.Rebalance { return rebalanced(10, 12, 15, "0:A>B") }
	quiet := bounds(8, 12, 15, 0)
	quiet.Quiet = true
	for _, c := range []struct {
		why       string
		spans     []model.OwnershipSpan
		rebalance *model.Rebalance
		assignor  string // now
		state     model.GroupState
		lab       *model.LabSnapshot
		want      string
	}{
		{why: "nothing is known of the rebalance but when it was: at its end everybody had rejoined", spans: kept, assignor: "range",
			want: "0 read by A, 10 may be read by A, 15 no active consumer, A, 15 read by A"},
		{why: "an eager rebalance stops those as well that keep what they have", spans: kept, rebalance: rebalanced(10, 12, 15, "0:A>A"),
			want: "0 read by A, 10 may be read by A, 12 no active consumer, A, 15 read by A"},
		{why: "an incremental one does not", spans: kept, rebalance: assignedBy("cooperative-sticky", rebalanced(10, 12, 15, "0:A>A")),
			want: "0 read by A, 10 read by A, 15 read by A"},
		{why: "nor, perhaps, one of an assignor that is not known", spans: kept, rebalance: assignedBy("ours", rebalanced(10, 12, 15, "0:A>A")),
			want: "0 read by A, 10 may be read by A, 15 read by A"},
		{why: "A committed at 8 and had rejoined at 12, B committed at 17", spans: through, rebalance: pause(moved(), bounds(8, 12, 15, 17)),
			want: "0 read by A, 8 may be read by A, 10 may be read by A, 12 no active consumer, A, 15 still paused at B, 17 read by B"},
		{why: "B has not committed", spans: through, rebalance: pause(moved(), bounds(8, 12, 15, 0)),
			want: "0 read by A, 8 may be read by A, 10 may be read by A, 12 no active consumer, A, 15 still paused at B"},
		{why: "B has nothing to read", spans: through, rebalance: pause(moved(), quiet),
			want: "0 read by A, 10 may be read by A, 12 no active consumer, A, 15 read by B"},
		{why: "incremental, it moved, and commits show when", spans: through, rebalance: pause(assignedBy("cooperative-sticky", moved()), bounds(11, 13, 15, 17)),
			want: "0 read by A, 10 read by A, 11 may be read by A, 13 no active consumer, A, 15 still paused at B, 17 read by B"},
		{why: "incremental, it moved, and nothing shows when", spans: through, assignor: "cooperative-sticky",
			want: "0 read by A, 10 unknown A, 15 read by B"},
		{why: "under way, and the join goes on", spans: under, assignor: "range", state: model.StatePreparingRebalance,
			want: "0 read by A, 10 may be read by A"},
		{why: "under way, and the join has ended", spans: under, assignor: "range", state: model.StateCompletingRebalance,
			want: "0 read by A, 10 may be read by A, 14 no active consumer, A"},
		{why: "under way, and incremental", spans: under, assignor: "cooperative-sticky", state: model.StateCompletingRebalance,
			want: "0 read by A, 10 read by A"},
		{why: "the lab killed A", spans: under[:1], assignor: "range", lab: labOf(laneA, model.LabKilled, 6),
			want: "0 read by A, 6 no active consumer, A"},
		{why: "the lab killed B", spans: under[:1], assignor: "range", lab: labOf(laneB, model.LabKilled, 6), want: "0 read by A"},
		{why: "nobody owned it", spans: []model.OwnershipSpan{span(0, stable, laneA), span(5, stable, model.Nobody)}, assignor: "range",
			want: "0 read by A, 5 unassigned"},
	} {
		g := viewOf("A:0", "B:1,2")
		g.Ownership, g.Assignor, g.State, g.StateSince = c.spans, c.assignor, c.state, Second(14)
		if g.State != "" {
			g.RebalancingSince = Second(10)
		}
		if c.rebalance != nil {
			g.Rebalances = []*model.Rebalance{c.rebalance}
		}
		if got := intervalWords(Now(g, c.lab).Timeline(Second(20)).Of(TpOf(0))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.why, got, c.want)
		}
	}
}

// A partition that has just been created was nobody's before.
func TestBeforeAPartitionWasCreatedNothingIsSaidOfIt(t *testing.T) {
	g := viewOf("A:0,1,2")
	g.Ownership = []model.OwnershipSpan{span(0, false, model.Nobody), span(100, true, model.Nobody), span(105, false, laneA)}
	g.Partitions[0].LagHistory = []int64{0, 0, 0, 0}
	want := "0 unknown, 98 unassigned, 100 unassigned, 105 read by A"
	if got := intervalWords(Now(g, nil).Timeline(Second(110)).Of(TpOf(0))); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Whatever is known of a rebalance and whatever is not: what is claimed of a moment is true, and the intervals follow each
// other without a gap.
func TestTimelinesHoldTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newTruth(t)
		before := PartitionBefore{TopicPartition: h.tp, Commit: h.lastBefore, Revoked: h.gave, Assigned: h.took, Lag: model.Some[int64](5), PeakLag: model.Some[int64](9)}
		k := NewCostTracker(h.r, []PartitionBefore{before}, h.members)
		k.replaySecond(h)
		h.replay(k)
		now := InstantAt(h.started + 40_000)
		h.r.Cost, _ = k.Cost(now)

		g := viewOf("A:1,2", "B:0")
		g.Type, g.Assignor, g.Rebalances = h.r.Type, h.r.AssignorAfter, []*model.Rebalance{h.r}
		owners := func(lane model.Slot) model.Assignment {
			if lane == model.Nobody {
				return nil
			}
			return model.Assignment{h.tp: lane}
		}
		g.Ownership = []model.OwnershipSpan{
			{From: InstantAt(900_000), Owners: owners(h.r.Moves[0].From)},
			{From: model.Earlier(h.r.Began.NotAfter, h.r.Ended.NotAfter), Rebalancing: true, Owners: owners(h.r.Moves[0].From)},
			{From: h.r.Ended.NotAfter, Owners: owners(h.r.Moves[0].To)},
		}
		if h.second != nil {
			g.Rebalances = append(g.Rebalances, h.second)
			g.Ownership = append(g.Ownership, model.OwnershipSpan{From: h.second.Ended.NotAfter, Owners: owners(laneB)})
		}
		seenStopping := !h.r.Cost.Pauses[0].Stopped.NotBefore.IsZero() // else nothing speaks against its reading all the time
		end := g.Ownership[0].From
		for _, i := range Now(g, nil).Timeline(now).Of(h.tp) {
			if i.From.Before(end) && i.From.After(InstantAt(900_000)) || i.From.After(end) {
				h.t.Fatalf("%s begins at %s, and the one before ended at %s", readingWords(i.Reading), i.From, end)
			}
			if end = i.To; end.IsZero() {
				end = now
			}
			stopped, started := InstantAt(h.stopped), InstantAt(h.started)
			switch {
			case i.Kind == Read && seenStopping && i.From.Before(started) && end.After(stopped):
				h.t.Fatalf("%s from %s to %s, and nobody did from %s to %s\n%+v", readingWords(i.Reading), i.From, end, stopped, started, h.r)
			case i.Kind == NoActiveConsumer && i.From.Before(end) && (i.From.Before(stopped) || end.After(started)):
				h.t.Fatalf("%s from %s to %s, and A read until %s, B from %s\n%+v", readingWords(i.Reading), i.From, end, stopped, started, h.r)
			}
		}
	})
}

func (k *CostTracker) replaySecond(h *truth) {
	if h.second != nil {
		k.NextRebalance(h.second, nil)
	}
}
