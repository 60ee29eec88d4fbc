package tour

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// lagWatch is how the lag of a dead member's partitions grows while that of the others does not.
type lagWatch struct {
	of     []model.TopicPartition // the dead member's
	before map[model.TopicPartition]int64
	newest map[model.TopicPartition]int64
	least  map[model.TopicPartition]int64 // since half of the session has passed
	half   time.Duration
}

func watchLags(m *Moment, v victim) *lagWatch {
	w := &lagWatch{of: v.owned, before: map[model.TopicPartition]int64{}, newest: map[model.TopicPartition]int64{}, least: map[model.TopicPartition]int64{}, half: v.session / 2}
	for _, p := range m.group(groupOrders).Partitions {
		w.before[p.TopicPartition] = p.Lag.Or(0)
	}
	return w
}

func (w *lagWatch) look(m *Moment) {
	g := m.group(groupOrders)
	if g == nil || m.Now.Sub(m.Began) < w.half {
		return
	}
	for _, p := range g.Partitions {
		lag, known := p.Lag.Get()
		if !known {
			continue
		}
		if least, seen := w.least[p.TopicPartition]; !seen || lag < least {
			w.least[p.TopicPartition] = lag
		}
		w.newest[p.TopicPartition] = lag
	}
}

// unread is how much more lag there is of a partition, even at the best moment since.
func (w *lagWatch) unread(tp model.TopicPartition) int64 { return w.least[tp] - w.before[tp] }

func (w *lagWatch) missing() string {
	const little = 10 // records that come between two commits
	for tp := range w.least {
		switch grown := w.unread(tp); {
		case slices.Contains(w.of, tp) && grown <= 0:
			return fmt.Sprintf("the lag of partition %d did not grow, although nobody read it", tp.Partition)
		case !slices.Contains(w.of, tp) && grown > little:
			return fmt.Sprintf("the lag of partition %d grew by %d, although its owner was well", tp.Partition, grown)
		}
	}
	if len(w.least) == 0 {
		return "nobody looked at the lag while the session ran out"
	}
	return ""
}

func (w *lagWatch) words() string {
	var theirs, others int64
	for tp, lag := range w.newest {
		if slices.Contains(w.of, tp) {
			theirs += lag
		} else {
			others += lag
		}
	}
	if len(w.newest) == 0 {
		return ""
	}
	return fmt.Sprintf("lag: its partitions %d, others %d", theirs, others)
}
