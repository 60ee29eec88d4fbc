package track

import (
	"maps"
	"slices"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// deliver makes an observation of the records written so far.
func (w *world) deliver(latency time.Duration) []*model.Records {
	var batches []*model.Records
	for _, r := range w.records {
		w.offset++
		batches = append(batches, &model.Records{
			At: Start.Add(r.at + latency), Broker: r.broker,
			Records: []model.Record{{Group: "g", Partition: 7, Offset: w.offset, Written: Start.Add(r.at + worldSkew(r.broker)), Generation: &r.record}},
		})
	}
	w.records = nil
	return batches
}

// on is the status of a tail that works.
func on(at time.Time) *model.TailStatus {
	return &model.TailStatus{At: at, State: model.TailOn, Partitions: 50, Following: 50}
}

// seen is a world that its tracker has seen once, with the tail on and no record told yet.
func seen(t *rapid.T) (*world, *Tracker) {
	w := newWorld(t, false)
	w.records = nil
	tr := NewTracker()
	tr.Observe(on(Start))
	tr.Observe(w.look())
	return w, tr
}

// Whatever polls see, and however they race with the records: each generation that was written down has one rebalance,
// and there is none without a record.
func TestEachGenerationOnceWithRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, tr := seen(t)
		var believed *believer
		var told []*model.Rebalance
		observe := func(o model.Observation) {
			for _, e := range tr.Observe(o) {
				if e.Kind == model.RebalanceCompleted {
					told = append(told, e.Rebalance)
				}
			}
		}
		known := false // a record has told where the group is
		for range w.draw(1, 40) {
			before, generation := w.now, w.generation
			w.step()
			after := w.now
			written := slices.Clone(w.records)
			if w.draw(0, 1) == 0 { // a poll overtakes the record
				w.now = before + time.Millisecond
				s, _ := w.sight()
				observe(s)
			}
			told = nil
			for _, batch := range w.deliver(time.Duration(w.draw(2, 60)) * time.Millisecond) {
				observe(batch)
			}
			w.now = max(after, before+100*time.Millisecond)
			for i, r := range told {
				if r.Recorded.IsZero() {
					t.Fatalf("%s → %s came of a poll", r.From, r.To)
				}
				if r.To != (model.Generation{Number: written[len(written)-len(told)+i].record.Generation, Kind: model.GenerationExact}) {
					t.Fatalf("told %s, written was %d", r.To, written[len(written)-len(told)+i].record.Generation)
				}
				if r.Began.NotBefore.After(r.Began.NotAfter) || r.Began.NotAfter.After(r.JoinEnded.NotBefore) && !r.JoinEnded.IsZero() && r.AtLeast > 0 || r.JoinEnded.NotAfter.After(r.Ended.NotBefore) {
					t.Fatalf("began %v, join ended %v, ended %v", r.Began, r.JoinEnded, r.Ended)
				}
				if d := r.Ended.NotAfter.Sub(Start.Add(before)); d < 0 || d > 60*time.Millisecond {
					t.Fatalf("ended %s after the truth", d)
				}
				if believed != nil {
					believed.apply(t, r)
				}
			}
			completed := len(written)
			if completed > 0 && written[0].record.Generation == generation && w.state == model.StateStable && len(told) == 0 {
				completed = 0 // a static restart whose member was not known yet
			}
			if len(told) != completed && known {
				t.Fatalf("%d generations were written, %d rebalances told", completed, len(told))
			}
			if len(written) > 0 {
				known = true
				believed = newBeliever(tr)
			}
			if w.draw(0, 1) == 0 {
				told = nil
				s, _ := w.sight()
				observe(s)
				if len(told) > 0 {
					t.Fatalf("a poll told of a rebalance: %+v", told[0])
				}
			}
			if g := tr.View().Group("g"); known && g != nil && !g.Rebalancing() && believed != nil {
				owners := model.Assignment{}
				for _, m := range g.Members {
					for _, tp := range m.Assignment {
						owners[tp] = m.Slot
					}
				}
				if !maps.Equal(owners, believed.owners) {
					t.Fatalf("shows %v, was %v", owners, believed.owners)
				}
			}
		}
	})
}
