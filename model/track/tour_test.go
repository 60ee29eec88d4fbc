package track

import (
	"reflect"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// A scene that begins is seen as if nothing had been seen before it, but for the tour, which goes on.
func TestSceneBeginsAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, true)
		used, fresh := NewTracker(), NewTracker()
		used.LagAlert, fresh.LagAlert = 7, 7
		status := &model.TourStatus{At: Second(0), Step: "crash"}
		used.Observe(status)
		for range w.draw(0, 20) {
			w.step()
			s, _ := w.sight()
			used.Observe(s)
		}
		used.Observe(&model.LabSnapshot{At: Second(1), Consumers: []model.LabConsumer{{Name: "consumer-1"}}})

		began := &model.SceneBegan{At: Second(w.now.Seconds()), Name: "joining"}
		used.Observe(began)
		fresh.Observe(began)
		if v := used.View(); len(v.Groups)+len(v.Events)+len(v.Rebalances) > 0 || v.Lab != nil || v.Tour != status {
			t.Fatalf("after the scene began there is %+v", v)
		}
		fresh.Observe(status)
		for range w.draw(1, 20) {
			w.step()
			s, _ := w.sight()
			got, want := used.Observe(s), fresh.Observe(s)
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(used.View(), fresh.View()) {
				t.Fatalf("the scene is seen otherwise than by one that saw nothing else:\n%+v\n%+v", used.View(), fresh.View())
			}
		}
	})
}

func TestTourEnds(t *testing.T) {
	tracker, _ := observe(&model.TourStatus{At: Second(0), Step: "crash"}, &model.TourStatus{At: Second(1)})
	if tour := tracker.View().Tour; tour != nil {
		t.Errorf("a tour that is over is %+v", tour)
	}
}
