package track

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
	"regroup/model/ownership"

	"pgregory.net/rapid"
)

// handed is how partition 0 of a consumer group truly goes from A to B, who has just joined; D, who has not heard of it yet,
// keeps the rebalance going. All but began are milliseconds after the one before.
type handed struct {
	began   int // B joined: A is asked to give it up
	stopped int // A stopped to read it
	gave    int // and said so
	took    int // B was given it
	started int // and reads it
	ended   int // D has, since took
}

// at is what the coordinator says of the group at a moment, by ConsumerGroupDescribe.
func (h handed) at(ms int) model.Group {
	gave := h.began + h.stopped + h.gave
	took := gave + h.took
	settled := took + h.ended
	if ms < h.began {
		return consumerWithEpochs(model.StateStable, 5, "A:0,1", "D:2,3")
	}
	g := consumerWithEpochs(model.StateReconciling, 6, "A:1", "B:>0", "D:2,3")
	if ms < gave {
		g.Members[0].Epoch = model.Some[int32](5)
	}
	if ms >= took {
		g.Members[1].Assignment = Partitions("0")
	}
	if ms < settled {
		g.Members[2].Epoch = model.Some[int32](5)
	} else {
		g.State = model.StateStable
	}
	return g
}

// A consumer group whose epochs no record tells: polls alone bound when the partition was given up and taken, with the
// commits that records tell of, or without. The truth lies within, and the pause is not longer than what polls saw of it.
func TestPolledHandoversHoldTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(what string, from, to int) int { return rapid.IntRange(from, to).Draw(t, what) }
		h := handed{
			began: 5000 + draw("began", 0, 1000), stopped: draw("stopped", 0, 4000), gave: draw("gave", 0, 2000),
			took: draw("took", 0, 3000), started: draw("started", 1, 1000), ended: draw("ended", 0, 6000),
		}
		stopped := h.began + h.stopped
		took := stopped + h.gave + h.took
		started := took + h.started
		tr := NewTracker()
		if rapid.Bool().Draw(t, "commits are read") {
			tr.Observe(&model.TailStatus{At: Start, State: model.TailOn, Partitions: 50, Following: 50, WithoutEpochs: true})
		}
		committed, offset := 0, int64(0)
		commitEvery := draw("commit every", 50, 3000)
		var polledTook [2]int // the poll before the one that saw B with it, and that one
		for now := 0; now < started+8000; {
			at := now + draw("pause", 20, 2500)
			for c := committed + commitEvery; c <= at; c += commitEvery {
				if committed = c; c > stopped && c < started {
					continue // nobody reads it
				}
				offset++
				if tr.tail.State == model.TailOn {
					written := InstantAt(c)
					tr.Observe(&model.Records{At: written, Broker: 1, Records: []model.Record{{
						Group: "g", Partition: 7, Offset: offset, Written: written,
						Commit: &model.CommitRecord{TopicPartition: TpOf(0), Offset: offset},
					}}})
				}
			}
			s := Poll(0, WithOffsets(h.at(at), 1000, offset, 0, 0, 0))
			s.At, s.Took = InstantAt(at), time.Millisecond
			tr.Observe(s)
			if polledTook[1] == 0 && at >= took {
				polledTook = [2]int{now, at}
			}
			now = at
		}
		r := tr.View().Group("g").LastRebalance()
		if r == nil || len(r.Moves) != 1 || len(r.Cost.Pauses) != 1 {
			t.Fatalf("one partition moved: %+v", r)
		}
		pause := r.Cost.Pauses[0]
		within := func(what string, m model.Moment, ms int) {
			if is := InstantAt(ms); is.Before(m.NotBefore) || !m.NotAfter.IsZero() && is.After(m.NotAfter) {
				t.Fatalf("%s at %s, and it is told to be from %s to %s\n%+v", what, is, m.NotBefore, m.NotAfter, h)
			}
		}
		within("stopped", pause.Stopped, stopped)
		within("started", pause.Started, started)
		if pause.Started.NotBefore.Before(InstantAt(polledTook[0])) {
			t.Fatalf("B is told to have begun after %s, but at %s a poll saw that it did not have the partition\n%+v",
				pause.Started.NotBefore, InstantAt(polledTook[0]), h)
		}
		if pause.Stopped.NotAfter.IsZero() || pause.Stopped.NotAfter.After(InstantAt(polledTook[1]).Add(time.Millisecond)) {
			t.Fatalf("A is told to have stopped before %s, but at %s B had the partition\n%+v", pause.Stopped.NotAfter, InstantAt(polledTook[1]), h)
		}
	})
}

// What a poll shows of partitions that change hands, one case a rule.
func TestPolledHandovers(t *testing.T) {
	calm := Poll(0, at("5", consumer(model.StateStable, 5, "A:0,1")))
	for _, c := range []struct {
		reason string
		polls  []*model.Snapshot
		want   string
	}{
		{
			"asked for is not given: A reads on until its epoch says that it has given it up",
			[]*model.Snapshot{
				calm, Poll(1, at("56", consumer(model.StateReconciling, 6, "A:1", "B:>0"))), Poll(2, at("56", consumer(model.StateReconciling, 6, "A:1", "B:>0"))),
				Poll(3, at("66", consumer(model.StateReconciling, 6, "A:1", "B:>0"))), Poll(4, at("66", consumer(model.StateStable, 6, "A:1", "B:0"))),
			},
			"stopped 0..3 started 3..–",
		},
		{
			"whoever has it says that the other has given it up, even if that one's epoch does not",
			[]*model.Snapshot{
				calm, Poll(1, at("56", consumer(model.StateReconciling, 6, "A:1", "B:>0"))), Poll(2, at("56", consumer(model.StateReconciling, 6, "A:1", "B:0"))),
				Poll(3, at("66", consumer(model.StateStable, 6, "A:1", "B:0"))),
			},
			"stopped 0..2 started 1..–",
		},
		{
			"a member that is gone has it no longer",
			[]*model.Snapshot{
				Poll(0, at("55", consumer(model.StateStable, 5, "A:0", "B:1"))), Poll(1, at("5", consumer(model.StateReconciling, 6, "B:1>0,1"))),
				Poll(2, at("5", consumer(model.StateReconciling, 6, "B:1>0,1"))), Poll(3, at("6", consumer(model.StateStable, 6, "B:0,1"))),
			},
			"stopped –..1 started 2..–",
		},
		{
			"it went through C's hands: nothing is told of the way",
			[]*model.Snapshot{
				calm, Poll(1, at("566", consumer(model.StateReconciling, 6, "A:1", "B:>0", "C:"))), Poll(2, at("666", consumer(model.StateReconciling, 6, "A:1", "B:", "C:0"))),
				Poll(3, at("667", consumer(model.StateReconciling, 7, "A:1", "B:>0", "C:"))), Poll(4, at("777", consumer(model.StateStable, 7, "A:1", "B:0", "C:"))),
			},
			"stopped 0..– started 0..–",
		},
	} {
		tr := NewTracker()
		for _, p := range c.polls {
			tr.Observe(p)
		}
		r := tr.View().Group("g").LastRebalance()
		pause := r.Cost.Pauses[0]
		if got := fmt.Sprintf("stopped %s started %s", SecondsOf(pause.Stopped), SecondsOf(pause.Started)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got, c.want)
		}
	}
}

// Polls leave out what a member has been asked to give up. It reads it until its epoch moves on: so it is shown, and waited for.
func TestPolledMembersHoldWhatTheyAreAskedFor(t *testing.T) {
	asked := func(seconds float64) *model.Snapshot {
		return Poll(seconds, at("56", consumer(model.StateReconciling, 6, "A:1", "B:>0")))
	}
	tr, _ := observe(Poll(0, at("5", consumer(model.StateStable, 5, "A:0,1"))), asked(1), asked(2), asked(3))
	g := tr.View().Group("g")
	if a := g.Member(1); !slices.Equal(a.Assignment, Partitions("0,1")) || !slices.Equal(a.PendingRevocation, Partitions("0")) || a.State != model.MemberUnrevokedPartitions {
		t.Errorf("A is %+v, and reads on what it has been asked for", a)
	}
	if waiting := ownership.Now(g, nil).Waiting(2); len(waiting) != 1 || waiting[0].With != 1 || !slices.Equal(waiting[0].Partitions, Partitions("0")) || g.Partitions[0].Owner != 1 {
		t.Errorf("B waits for %+v, owner %s", waiting, g.Partitions[0].Owner)
	}

	tr.Observe(Poll(4, at("66", consumer(model.StateReconciling, 6, "A:1", "B:>0"))))
	g = tr.View().Group("g")
	if a := g.Member(1); len(a.PendingRevocation) > 0 || a.State != model.MemberStateUnknown || g.Partitions[0].Owner != model.Nobody {
		t.Errorf("A has given it up: %+v, owner %s", a, g.Partitions[0].Owner)
	}
	tr.Observe(Poll(5, at("66", consumer(model.StateStable, 6, "A:1", "B:0"))))
	if r := tr.View().Group("g").LastRebalance(); len(r.Moves) != 1 || r.Moves[0].From != 1 || r.Moves[0].To != 2 {
		t.Errorf("moves %v", r.Moves)
	}
}
