package strip

import (
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// column is one cell of the time axis, the same for every row.
type column struct {
	span int  // index into the spans of what held for most of it; -1: regroup was not looking yet
	gap  bool // a rebalance was under way
	// at is the moment that stands for the cell: its middle, or the moment of its span that is next to it. In a rebalance,
	// a pause between from and until leaves its mark however short it was: until the end of the cell, or of the rebalance.
	at, from, until time.Time
}

// columns cuts the window into cells. Their borders stand at multiples of a cell's time and not at distances from now:
// blocks keep their widths while they move to the left.
func (s Strip) columns(count int) []column {
	cells := make([]column, count)
	step := s.step(count)
	end := s.end()
	newest := end.UnixNano() / int64(step)
	spans := s.Timeline.Spans
	first := 0 // spans that ended before the column are not looked at again
	for i := range cells {
		from := time.Unix(0, (newest-int64(count-1-i))*int64(step))
		for first+1 < len(spans) && !spans[first+1].From.After(from) {
			first++
		}
		c := s.column(first, from, from.Add(step), end)
		c.at, c.from, c.until = from.Add(step/2), from, from.Add(step)
		if last := len(spans) - 1; i == count-1 && last >= 0 { // the last cell is now, however little of it has passed
			c.span, c.gap, c.at, c.from = last, spans[last].Rebalancing, end, end
		}
		s.keepWithin(&c)
		if i > 0 && cells[i-1].gap && cells[i-1].span != c.span {
			cells[i-1].until = spans[cells[i-1].span+1].From
		}
		cells[i] = c
	}
	return cells
}

// keepWithin moves the moment that stands for a cell into the span of the cell.
func (s Strip) keepWithin(c *column) {
	if c.span < 0 {
		return
	}
	spans := s.Timeline.Spans
	c.at = model.Later(c.at, spans[c.span].From)
	if c.span+1 < len(spans) {
		c.at = model.Earlier(c.at, spans[c.span+1].From.Add(-1))
	}
}

// step is how long a cell is, where there are count of them.
func (s Strip) step(count int) time.Duration { return max(1, s.Window/time.Duration(max(1, count))) }

// end is now, or the beginning of the newest span if that is later: the tick that drives the screen may be older than the view.
func (s Strip) end() time.Time {
	if n := len(s.Timeline.Spans); n > 0 {
		return model.Later(s.Now, s.Timeline.Spans[n-1].From)
	}
	return s.Now
}

// column is what happened in one cell: what held for most of it. A rebalance leaves a mark however short it was, in the
// cell that it begins in.
func (s Strip) column(first int, from, to, end time.Time) column {
	c := column{span: -1}
	var longest, settled, unsettled time.Duration
	rebalance := -1
	spans := s.Timeline.Spans
	for i := first; i < len(spans) && spans[i].From.Before(to); i++ {
		begin, finish := spans[i].From, end
		if i+1 < len(spans) {
			finish = spans[i+1].From
		}
		share := model.Earlier(finish, to).Sub(model.Later(begin, from))
		switch {
		case share < 0:
		case spans[i].Rebalancing && !begin.Before(from) && finish.Sub(begin) < to.Sub(from):
			return column{span: i, gap: true} // too short to be most of any cell
		case spans[i].Rebalancing:
			unsettled += share
			rebalance = i
		default:
			settled += share
			if share >= longest {
				c.span, longest = i, share
			}
		}
	}
	if rebalance >= 0 && unsettled >= settled {
		return column{span: rebalance, gap: true}
	}
	return c
}

// owner is who owned a partition in a column, as far as it was known: during a rebalance, who was the last to.
func (s Strip) owner(c column, tp model.TopicPartition) model.Slot {
	return s.Timeline.Spans[c.span].Owners[tp]
}

// read finds the interval of a partition that stands for each cell.
func (p *painter) read(tp model.TopicPartition) {
	p.intervals = p.Timeline.Of(tp)
	at := 0
	for i := range p.cells {
		c := &p.cells[i]
		for at+1 < len(p.intervals) && !p.intervals[at+1].From.After(c.at) {
			at++
		}
		p.shown[i] = at
		if !c.gap {
			continue
		}
		for k := range p.intervals {
			if in := &p.intervals[k]; in.Kind == ownership.NoActiveConsumer && in.Within(c.from, c.until) {
				p.shown[i] = k
			}
		}
	}
}
