package strip

import (
	"slices"
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// reading is how a partition was read in a cell in which somebody owned it.
type reading uint8

const (
	read    reading = iota
	perhaps         // no sign that anybody did, nor that nobody did
	unread          // surely nobody did
)

// reads is how a partition was read, cell by cell; nil is that nothing speaks against its owners all the time.
func (s Strip) reads(tp model.TopicPartition, columns []column) []reading {
	var cells []reading
	count := len(columns)
	left := s.end().Add(-s.Window)
	for _, r := range s.Rebalances {
		if over := r.Cost.Complete && r.Ended.NotAfter.Add(ownership.ReckonedFor).Before(left); over || len(r.Cost.Pauses) == 0 {
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
	return s.byOwner(cells, tp, columns)
}

// byOwner marks the cells whose owner had perhaps not joined again yet, and those whose owner does not read any more.
func (s Strip) byOwner(cells []reading, tp model.TopicPartition, columns []column) []reading {
	mark := func(i int, as reading) {
		if cells == nil {
			cells = make([]reading, len(columns))
		}
		cells[i] = max(cells[i], as)
	}
	for i, c := range columns {
		if c.unsure && s.owner(c, tp) != model.Nobody {
			mark(i, perhaps)
		}
	}
	for lane, since := range s.Stopped {
		for i := s.border(len(columns), since); i < len(columns); i++ {
			if c := columns[i]; c.span >= 0 && s.owner(c, tp) == lane {
				mark(i, unread)
			}
		}
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
		to = model.Later(p.Started.NotBefore, r.Ended.NotAfter.Add(ownership.ReckonedFor))
	default:
		to = s.end().Add(s.Window) // it is on
	}
	s.mark(cells, from, to, perhaps)
}

func (s Strip) mark(cells []reading, from, to time.Time, as reading) {
	if from.IsZero() || !from.Before(to) {
		return
	}
	for i := s.border(len(cells), from); i < s.border(len(cells), to); i++ {
		cells[i] = max(cells[i], as)
	}
}

// border is the first of so many cells that lies for the most part after a moment.
func (s Strip) border(count int, at time.Time) int {
	step := int64(s.step(count))
	oldest := s.end().UnixNano()/step - int64(count-1)
	return int(min(max(0, (at.UnixNano()+step/2)/step-oldest), int64(count)))
}
