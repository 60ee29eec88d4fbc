package track

import "regroup/model"

// observe feeds a new tracker and returns it with all events.
func observe(observations ...model.Observation) (*Tracker, []model.Event) {
	t := NewTracker()
	var events []model.Event
	for _, o := range observations {
		events = append(events, t.Observe(o)...)
		t.View()
	}
	return t, events
}
