package track

import (
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// calm adds looks that found the group in no rebalance to a record: each was asked then, and answered 2 ms later.
func calm(r *model.Records, asked ...float64) *model.Records {
	for _, at := range asked {
		r.Records[0].Generation.StableProbes = append(r.Records[0].Generation.StableProbes, model.ProbeTimes{Asked: Second(at), Answered: Second(at + 0.002)})
	}
	return r
}

// ahead makes records ones of a clock that is three minutes ahead.
func ahead(r *model.Records) *model.Records {
	for i := range r.Records {
		r.Records[i].Written = r.Records[i].Written.Add(3 * time.Minute)
		r.Records[i].Generation.JoinEnded = r.Records[i].Generation.JoinEnded.Add(3 * time.Minute)
	}
	return r
}

// A record that was written at 5 tells of a join that ended at 4.98, which is 4.985 by our clock as far as we know.
func TestARebalanceBeganAfterALookThatSawTheGroupCalm(t *testing.T) {
	before := func(more ...model.Observation) []model.Observation {
		return append([]model.Observation{on(Second(0)), Poll(0, Classic("A:0,1,2,3")), Written(2, 7, "A:0,1,2,3"), Poll(4, Classic("A:0,1,2,3"))}, more...)
	}
	from := func(broker int32, r *model.Records) *model.Records { r.Broker = broker; return r }
	for _, c := range []struct {
		name         string
		why          string
		observations []model.Observation
		from, to     float64 // it began between
	}{
		{"no look", "as in a recording of before looks were kept", before(Written(5, 8, "A:0,1", "B:2,3")), 4, 4.985},
		{"looks", "the newest bounds it best", before(calm(Written(5, 8, "A:0,1", "B:2,3"), 4.97, 4.945)), 4.97, 4.985},
		{"a look after the join", "the tail does not know when exactly it ended", before(calm(Written(5, 8, "A:0,1", "B:2,3"), 4.984, 4.96, 4.935)), 4.96, 4.985},
		{"looks after the join only", "they tell nothing", before(calm(Written(5, 8, "A:0,1", "B:2,3"), 4.99)), 4, 4.985},
		{
			"a look before the rebalance before", "its end is known better",
			before(Written(4.9, 8, "A:0,1", "B:2,3"), calm(Written(5, 9, "A:0,1,2,3"), 4.8)), 4.905, 4.985,
		},
		{
			"a rebalance that a quick look saw", "it knows best",
			before(Probed(4.95, model.StatePreparingRebalance), calm(Written(5, 8, "A:0,1", "B:2,3"), 4.925)), 4.925, 4.95,
		},
		{
			"a look after a quick look saw it begin", "it was calm again by then: the record's time is not as exact",
			before(Probed(4.95, model.StatePreparingRebalance), calm(Written(5, 8, "A:0,1", "B:2,3"), 4.98)), 4.925, 4.95,
		},
		{
			"a poll that saw it under way first", "it does not know since when",
			before(Poll(4.96, InState(model.StatePreparingRebalance, "A:", "B:")), calm(Written(5, 8, "A:0,1", "B:2,3"), 4.935)), 4.935, 4.96,
		},
		{
			"a generation that was superseded", "its members were never told: the group was not calm in between",
			before(calm(Written(5, 9, "A:0,1", "B:2,3"), 4.97)), 4.97, 4.985,
		},
		{
			"a generation that was not read", "the group may have been calm after it, and this began with it",
			before(gap(4.5), calm(Written(5, 9, "A:0,1", "B:2,3"), 4.97)), 4, 4.985,
		},
		{
			"the last ones leave at once", "the group is calm right after, and the record's time is not as exact",
			before(Written(4.5, 8, "A:0,1", "B:2,3"), calm(Written(5, 9), 4.978, 4.953)), 4.953, 4.985,
		},
		{
			"the only one leaves", "there is nobody to wait for",
			before(calm(Written(5, 8), 4.97)), 4.985, 4.985,
		},
		{
			"a group that is being created", "it is not listed yet, though its first member joins",
			[]model.Observation{on(Second(0)), Poll(0), Written(4.95, 0), calm(Written(5, 1, "A:0,1,2,3"), 4.97)}, 4.955, 4.985,
		},
		{
			"a record that was read more quickly than its creation's", "both are by one clock, and translated alike",
			[]model.Observation{on(Second(0)), Poll(0), readAt(4.98, Written(4.96, 0)), Written(4.99, 1, "A:0,1,2,3")}, 4.965, 4.975,
		},
		{
			"a join that ended when its group was created", "records' times are in whole milliseconds",
			[]model.Observation{on(Second(0)), Poll(0), Written(4.98, 0), Written(5, 1, "A:0,1,2,3")}, 4.985, 4.985,
		},
		{
			"a group that was created a while ago", "it is listed",
			[]model.Observation{on(Second(0)), Poll(0), Written(4, 0), calm(Written(5, 1, "A:0,1,2,3"), 4.97)}, 4.97, 4.985,
		},
		{
			"a coordinator that has just taken over", "it listed no group of the other's",
			before(from(2, calm(Written(5, 8, "A:0,1", "B:2,3"), 4.97))), 4, 4.985,
		},
		{
			"a coordinator that took over a while ago", "it lists them now",
			before(Poll(4.5, CoordinatedBy(2, Classic("A:0,1,2,3"))), from(2, calm(Written(5, 8, "A:0,1", "B:2,3"), 4.97))), 4.97, 4.985,
		},
		{
			"a broker's clock three minutes ahead", "looks are by ours",
			[]model.Observation{
				on(Second(0)), Poll(0, Classic("A:0,1,2,3")), ahead(Written(2, 7, "A:0,1,2,3")), Poll(4, Classic("A:0,1,2,3")),
				calm(ahead(Written(5, 8, "A:0,1", "B:2,3")), 4.984, 4.97),
			},
			4.97, 4.985,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, events := observe(c.observations...)
			if got, want := lastRebalance(t, events).Began, (model.Moment{NotBefore: Second(c.from), NotAfter: Second(c.to)}); got != want {
				t.Errorf("%s: began %s to %s after the start, want %s to %s", c.why,
					got.NotBefore.Sub(Start), got.NotAfter.Sub(Start), want.NotBefore.Sub(Start), want.NotAfter.Sub(Start))
			}
		})
	}
}

// Whatever happens, and whichever broker looks were at: no rebalance began before a look that bounds when it did.
func TestLooksThatSawAGroupCalmBoundTheTruth(t *testing.T) {
	bounded := 0 // over all runs
	rapid.Check(t, func(t *rapid.T) {
		w, tr := seen(t)
		looks := make(map[int32][]model.ProbeTimes) // that found the group calm, the newest first
		began := w.now                              // of the rebalance under way
		for range w.draw(1, 40) {
			at := w.now
			if w.settled() {
				began = at
			}
			w.step()
			// Records take less than ten milliseconds, and no group is calm again sooner.
			latency := time.Duration(w.draw(1, 9)) * time.Millisecond
			for _, batch := range w.deliver(latency) {
				r := &batch.Records[0]
				before := batch.At.Add(-r.Written.Sub(r.Generation.JoinEnded))
				for _, look := range looks[batch.Broker] {
					if look.Answered.Before(before) {
						r.Generation.StableProbes = append(r.Generation.StableProbes, look)
					}
				}
				for _, e := range tr.Observe(batch) {
					rebalance := e.Rebalance
					if e.Kind != model.RebalanceCompleted || rebalance.JoinEnded.IsZero() {
						continue
					}
					for _, look := range looks[batch.Broker] {
						if !look.Asked.Equal(rebalance.Began.NotBefore) {
							continue
						}
						bounded++
						if look.Asked.After(Start.Add(began)) {
							t.Fatalf("%s → %s began %s after the start, and it is told to have begun after %s", rebalance.From, rebalance.To, began, look.Asked.Sub(Start))
						}
					}
				}
			}
			w.now = max(w.now, at+20*time.Millisecond)
			for range w.draw(0, 3) {
				seen := at + 10*time.Millisecond + time.Duration(w.draw(0, 1000))*(w.now-at-10*time.Millisecond)/1000
				for broker := range int32(3) {
					if broker++; broker != w.broker || w.settled() {
						look := model.ProbeTimes{Asked: Start.Add(seen - time.Duration(w.draw(0, 3))*time.Millisecond), Answered: Start.Add(seen + time.Duration(w.draw(0, 3))*time.Millisecond)}
						looks[broker] = append([]model.ProbeTimes{look}, looks[broker]...)
					}
				}
			}
			if w.draw(0, 2) == 0 {
				s, _ := w.sight()
				tr.Observe(s)
			}
		}
	})
	if bounded == 0 {
		t.Error("no look was of use")
	}
}
