package tail

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"regroup/kafka/parallel"
	"regroup/model"
)

// measure takes the traffic of the last second and, where it is too much, gives up.
func (f *follower) measure(now time.Time) {
	f.traffic.add(now, f.tail.bytes.Load())
	if f.tail.options.Mode != Auto || f.resting() || f.traffic.inWindow() <= f.tail.options.Limit*int64(trafficWindow/time.Second) {
		return
	}
	const mebi = 1 << 20
	reason := fmt.Sprintf("%.1f MiB a second is more than the %.1f that are read unasked; mode %q reads them all the same",
		float64(f.traffic.inWindow())/trafficWindow.Seconds()/mebi, float64(f.tail.options.Limit)/mebi, On)
	f.traffic = traffic{}
	f.rest(model.TailTooBusy, busyPause, reason)
}

// traffic is how many bytes had been read, second by second.
type traffic struct {
	at    []time.Time
	total []int64
}

func (t *traffic) add(at time.Time, total int64) {
	t.at, t.total = append(t.at, at), append(t.total, total)
	for len(t.at) > 2 && at.Sub(t.at[1]) >= trafficWindow {
		t.at, t.total = t.at[1:], t.total[1:]
	}
}

// inWindow is how many bytes were read in the last [trafficWindow]; less while it has not passed yet.
func (t *traffic) inWindow() int64 {
	if len(t.total) == 0 {
		return 0
	}
	return t.total[len(t.total)-1] - t.total[0]
}

func (t *traffic) perSecond() float64 {
	if len(t.at) < 2 {
		return 0
	}
	return float64(t.inWindow()) / t.at[len(t.at)-1].Sub(t.at[0]).Seconds()
}

// publish lets histories be read while the tail is on, and not before: what is written between the end of a history and
// the place where the tail begins would be in neither.
func (f *follower) publish() {
	var layout *layout
	if f.state == model.TailOn {
		layout = f.layout
	}
	if f.tail.layout.Swap(layout) != layout {
		parallel.Notify(f.tail.wake)
	}
}

// report tells the status if it has changed, or was not told for a while.
func (f *follower) report(now time.Time) {
	s := model.TailStatus{
		Partitions: len(f.partitions), BytesPerSecond: f.traffic.perSecond(),
		Undecodable: f.tail.undecodable.Load(), Unrecognised: f.tail.unrecognised.Load(), Gaps: f.tail.gaps.Load(),
	}
	for i, p := range f.partitions {
		switch {
		case p.following.Load():
			s.Following++
		case now.Sub(f.places[i].since) >= lostAfter:
			s.Lost = append(s.Lost, p.number)
		}
	}
	f.judge(&s)
	f.publish()
	if sameStatus(f.told, s) && now.Sub(f.told.At) < statusInterval {
		return
	}
	s.At = now
	f.told = s
	f.tail.tell(&s)
}

// judge says how the tail fares by what it follows.
func (f *follower) judge(s *model.TailStatus) {
	found := s.Following+len(s.Lost) == s.Partitions // at the start it takes a moment
	nothing := s.Following == 0 && found
	switch {
	case f.resting():
	case s.Following > 0 && (f.state == model.TailOn || found):
		f.state, f.reason = model.TailOn, ""
	case f.err != nil && nothing:
		problem, advice := f.tail.config.Explain(f.err)
		if advice != "" {
			problem += ": " + advice
		}
		f.state, f.reason = model.TailFailed, problem
	}
	s.State, s.Reason = f.state, f.reason
}

// sameStatus says whether nothing has changed but the time and the traffic.
func sameStatus(a, b model.TailStatus) bool {
	lostA, lostB := a.Lost, b.Lost
	a.At, a.BytesPerSecond, a.Lost = b.At, b.BytesPerSecond, nil
	b.Lost = nil
	return slices.Equal(lostA, lostB) && reflect.DeepEqual(a, b)
}
