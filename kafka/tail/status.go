package tail

import (
	"fmt"
	"reflect"
	"time"

	"regroup/kafka/parallel"
	"regroup/model"
)

// measure adds the traffic of the last second and suspends the tail where it is too much.
func (m *manager) measure(now time.Time) {
	m.traffic.add(now, m.tail.bytes.Load())
	if m.tail.options.Mode != Auto || m.suspended() || m.traffic.inWindow() <= m.tail.options.Limit*int64(trafficWindow/time.Second) {
		return
	}
	const mebi = 1 << 20
	reason := fmt.Sprintf("%.1f MiB a second is more than the %.1f that are read unasked; mode %q reads them all the same",
		float64(m.traffic.inWindow())/trafficWindow.Seconds()/mebi, float64(m.tail.options.Limit)/mebi, On)
	m.traffic = traffic{}
	m.suspend(model.TailTooBusy, busyPause, reason)
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

// publish lets histories be read while the tail is on, and not before: records between the end of a history and the offset
// where the tail begins would be in neither.
func (m *manager) publish() {
	var layout *layout
	if m.state == model.TailOn {
		layout = m.layout
	}
	if m.tail.layout.Swap(layout) != layout {
		parallel.Notify(m.tail.wake)
	}
}

// report emits the status if it has changed, or was not emitted for a while.
func (m *manager) report(now time.Time) {
	s := model.TailStatus{
		Partitions: len(m.partitions), BytesPerSecond: m.traffic.perSecond(),
		Undecodable: m.tail.undecodable.Load(), Unrecognised: m.tail.unrecognised.Load(), Gaps: m.tail.gaps.Load(),
	}
	for i, p := range m.partitions {
		switch {
		case p.reading.Load():
			s.Following++
		case now.Sub(m.placements[i].since) >= lostAfter:
			s.Lost = append(s.Lost, p.number)
		}
	}
	m.setState(&s)
	m.publish()
	if sameStatus(m.reported, s) && now.Sub(m.reported.At) < statusInterval {
		return
	}
	s.At = now
	m.reported = s
	m.tail.observe(&s)
}

// setState sets the state of the tail by what it reads.
func (m *manager) setState(s *model.TailStatus) {
	found := s.Following+len(s.Lost) == s.Partitions // at the start it takes a moment
	nothing := s.Following == 0 && found
	switch {
	case m.suspended():
	case s.Following > 0 && (m.state == model.TailOn || found):
		m.state, m.reason = model.TailOn, ""
	case m.err != nil && nothing:
		problem, advice := m.tail.config.Explain(m.err)
		if advice != "" {
			problem += ": " + advice
		}
		m.state, m.reason = model.TailFailed, problem
	}
	s.State, s.Reason = m.state, m.reason
}

// sameStatus says whether nothing has changed but the time and the traffic.
func sameStatus(a, b model.TailStatus) bool {
	a.At, a.BytesPerSecond = b.At, b.BytesPerSecond
	return reflect.DeepEqual(a, b)
}
