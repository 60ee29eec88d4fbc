package strip

import (
	"time"

	"regroup/model"
)

// column is one cell of the time axis, the same for every row.
type column struct {
	span int  // index into Strip.Spans of what held for most of it; -1: regroup was not looking yet
	gap  bool // a rebalance was under way
	// incremental and unsure are of gaps: members read what they kept, or may have read what they owned before. Under an
	// unknown protocol they may have all the time, under an eager one until they rejoined.
	incremental, unsure bool
}

// columns cuts the window into cells. Their borders stand at multiples of a cell's time and not at distances from now:
// blocks keep their widths while they move to the left.
func (s Strip) columns(count int) []column {
	cells := make([]column, count)
	step := s.step(count)
	end := s.end()
	newest := end.UnixNano() / int64(step)
	first := 0 // spans that ended before the column are not looked at again
	for i := range cells {
		from := time.Unix(0, (newest-int64(count-1-i))*int64(step))
		for first+1 < len(s.Spans) && !s.Spans[first+1].From.After(from) {
			first++
		}
		cells[i] = s.column(first, from, from.Add(step), end)
	}
	if count > 0 && len(s.Spans) > 0 { // the last cell is now, however little of it has passed
		last := len(s.Spans) - 1
		cells[count-1] = column{span: last, gap: s.Spans[last].Rebalancing}
	}
	s.markGaps(cells, func(i int) time.Time { return time.Unix(0, (newest-int64(count-2-i))*int64(step)) })
	return cells
}

// step is how long a cell is, where there are count of them.
func (s Strip) step(count int) time.Duration { return max(1, s.Window/time.Duration(max(1, count))) }

// end is now, or the beginning of the newest span if that is later: the tick that drives the screen may be older than the view.
func (s Strip) end() time.Time {
	if n := len(s.Spans); n > 0 && s.Spans[n-1].From.After(s.Now) {
		return s.Spans[n-1].From
	}
	return s.Now
}

// column is what happened in one cell: what held for most of it. A rebalance leaves a mark however short it was, in the
// cell that it begins in.
func (s Strip) column(first int, from, to, end time.Time) column {
	c := column{span: -1}
	var longest, settled, unsettled time.Duration
	rebalance := -1
	for i := first; i < len(s.Spans) && s.Spans[i].From.Before(to); i++ {
		begin, finish := s.Spans[i].From, end
		if i+1 < len(s.Spans) {
			finish = s.Spans[i+1].From
		}
		share := model.Earlier(finish, to).Sub(model.Later(begin, from))
		switch {
		case share < 0:
		case s.Spans[i].Rebalancing && !begin.Before(from) && finish.Sub(begin) < to.Sub(from):
			return column{span: i, gap: true} // too short to be most of any cell
		case s.Spans[i].Rebalancing:
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

// markGaps marks the cells of gaps in which members read on, or may have. The last cell of an eager gap that is over is
// never one of these: from the join to the leader's sync surely nobody read, however short that was.
func (s Strip) markGaps(cells []column, end func(cell int) time.Time) {
	span, protocol, joined := -1, model.ProtocolUnknown, time.Time{}
	for i := range cells {
		c := &cells[i]
		if !c.gap {
			continue
		}
		if c.span != span {
			span = c.span
			protocol, joined = s.rebalance(c.span)
		}
		c.incremental, c.unsure = protocol == model.ProtocolIncremental, protocol == model.ProtocolUnknown
		if protocol != model.ProtocolEager {
			continue
		}
		goesOn := c.span == len(s.Spans)-1 || i+1 < len(cells) && cells[i+1].span == c.span
		c.unsure = goesOn && (joined.IsZero() || !end(i).After(joined))
	}
}

// rebalance is the protocol of the rebalance of a span, and when its join had ended; zero is that it goes on, or is not
// known.
func (s Strip) rebalance(span int) (protocol model.RebalanceProtocol, joined time.Time) {
	protocol = s.Protocol
	if span == len(s.Spans)-1 {
		return protocol, s.Joined
	}
	ended := s.Spans[span].From
	for _, r := range s.Rebalances {
		if r.Ended.NotAfter.After(ended) && !r.Ended.NotAfter.After(s.Spans[span+1].From) {
			ended, protocol, joined = r.Ended.NotAfter, r.Protocol(), r.JoinEnded.NotAfter
		}
	}
	return protocol, joined
}

// owner is who owned a partition in a column, as far as it was known: during a rebalance, who was the last to.
func (s Strip) owner(c column, tp model.TopicPartition) model.Slot { return s.Spans[c.span].Owners[tp] }

// keptThrough is who read a partition all through a rebalance; Nobody if it changed hands, or stopped for everybody.
func (s Strip) keptThrough(c column, tp model.TopicPartition) model.Slot {
	if !c.incremental {
		return model.Nobody
	}
	before := s.Spans[c.span].Owners[tp]
	for _, span := range s.Spans[c.span+1:] {
		if span.Rebalancing {
			continue
		}
		if span.Owners[tp] != before {
			return model.Nobody
		}
		break
	}
	return before
}
