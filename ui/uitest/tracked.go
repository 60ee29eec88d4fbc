package uitest

import (
	"regroup/model"
	"regroup/model/modeltest"
	"regroup/model/track"
)

// Tracked are views that the tracker makes of what sources report: their sentences and widths are those of the program.
// They end a few seconds after something has happened to the group g.
func Tracked() map[string]*model.View {
	all, both, ab := []string{"A:0,1,2,3"}, []string{"A:0,1", "B:2,3"}, []string{"A:", "B:"}
	cooperative := func(o *model.Snapshot) *model.Snapshot {
		for i := range o.Groups {
			if g := &o.Groups[i]; g.Assignor != "" {
				g.Assignor = "cooperative-sticky"
			}
		}
		return o
	}
	return map[string]*model.View{
		"polled":      observed(polls(0, 10, all...), polls(11, 14, both...)),
		"recorded":    observed(tailOn(), records(2, 7, all...), polls(0, 10, all...), records(10.4, 8, both...), polls(11, 14, both...)),
		"left":        observed(tailOn(), records(2, 7, both...), polls(0, 10, both...), records(10.4, 8, all...), polls(11, 14, all...)),
		"under-way":   observed(tailOn(), records(2, 7, all...), polls(0, 10, all...), []model.Observation{modeltest.Poll(11, modeltest.InState(model.StatePreparingRebalance, ab...))}),
		"cooperative": observed(each(polls(0, 10, all...), cooperative), each(polls(11, 14, both...), cooperative)),
		"empty":       observed(polls(0, 10, all...), polls(11, 14)),
	}
}

// observed is the view after some observations.
func observed(batches ...[]model.Observation) *model.View {
	t := track.NewTracker()
	for _, batch := range batches {
		for _, o := range batch {
			t.Observe(o)
		}
	}
	return t.View()
}

func each(batch []model.Observation, change func(*model.Snapshot) *model.Snapshot) []model.Observation {
	for i, o := range batch {
		batch[i] = change(o.(*model.Snapshot))
	}
	return batch
}

// tailOn is that __consumer_offsets is read.
func tailOn() []model.Observation {
	return []model.Observation{&model.TailStatus{At: modeltest.Second(0), State: model.TailOn}}
}

func records(seconds float64, generation int32, members ...string) []model.Observation {
	return []model.Observation{modeltest.Written(seconds, generation, members...)}
}

// polls are one a second; the members commit a hundred records of each partition meanwhile, and are thirty behind.
func polls(from, to int, members ...string) []model.Observation {
	var all []model.Observation
	for s := from; s <= to; s++ {
		at := int64(1000 + 100*s)
		g := modeltest.WithOffsets(modeltest.Classic(members...), 0, at, at, at, at)
		for i := range g.Partitions {
			g.Partitions[i].LogEnd = model.Some(at + 30)
		}
		all = append(all, modeltest.Poll(float64(s), g))
	}
	return all
}
