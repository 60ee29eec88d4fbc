package strip

import (
	"slices"
	"time"

	"regroup/model"
)

// reading is how a partition was read in a cell in which somebody owned it.
type reading uint8

const (
	read    reading = iota
	perhaps         // no sign that anybody did, nor that nobody did
	unread          // surely nobody did
)

// reads is how a partition was read, cell by cell; nil is that nothing speaks against its owners all the time.
func (s Strip) reads(tp model.TopicPartition, count int) []reading {
	var cells []reading
	left := s.end().Add(-s.Window)
	for _, r := range s.Rebalances {
		if over := r.Cost.Complete && r.Ended.NotAfter.Add(model.ReckonedFor).Before(left); over || len(r.Cost.Pauses) == 0 {
			continue
		}
		i, moved := slices.BinarySearchFunc(r.Cost.Pauses, tp, func(p model.Pause, tp model.TopicPartition) int { return p.Compare(tp) })
		if !moved {
			continue
		}
		if cells == nil {
			cells = make([]reading, count)
		}
		s.markPause(cells, r, &r.Cost.Pauses[i])
	}
	return cells
}

// markPause marks the cells that a pause takes at least half of. Where nobody misses anything, or it cannot be told
// because the group does not commit, what is not sure is not worth a sign.
func (s Strip) markPause(cells []reading, r *model.Rebalance, p *model.Pause) {
	s.mark(cells, p.Stopped.NotAfter, p.Started.NotBefore, unread)
	from, to := p.Stopped.NotBefore, p.Started.NotAfter
	if from.IsZero() {
		from = p.Stopped.NotAfter
	}
	if p.Quiet || !p.LagAdded.Known() {
		return
	}
	switch {
	case !to.IsZero():
	case r.Cost.Complete: // what came later was not looked for
		to = model.Later(p.Started.NotBefore, r.Ended.NotAfter.Add(model.ReckonedFor))
	default:
		to = s.end().Add(s.Window) // it is on
	}
	s.mark(cells, from, to, perhaps)
}

func (s Strip) mark(cells []reading, from, to time.Time, as reading) {
	if from.IsZero() || !from.Before(to) {
		return
	}
	step := int64(s.step(len(cells)))
	oldest := s.end().UnixNano()/step - int64(len(cells)-1)
	border := func(at time.Time) int {
		return int(min(max(0, (at.UnixNano()+step/2)/step-oldest), int64(len(cells))))
	}
	for i := border(from); i < border(to); i++ {
		cells[i] = max(cells[i], as)
	}
}
