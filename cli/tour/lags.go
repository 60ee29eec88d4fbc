package tour

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// lagGrowth verifies that the lag of a dead member's partitions grows, and that of the others does not.
type lagGrowth struct {
	of     []model.TopicPartition // of the dead member
	before map[model.TopicPartition]int64
	newest map[model.TopicPartition]int64
	least  map[model.TopicPartition]int64 // lowest, since half of the session timeout
	half   time.Duration
}

func watchLags(m *Moment, v victim) *lagGrowth {
	w := &lagGrowth{of: v.owned, before: map[model.TopicPartition]int64{}, newest: map[model.TopicPartition]int64{}, least: map[model.TopicPartition]int64{}, half: v.session / 2}
	for _, p := range m.group(groupOrders).Partitions {
		w.before[p.TopicPartition] = p.Lag.Or(0)
	}
	return w
}

func (w *lagGrowth) update(m *Moment) {
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

// grown is the growth of the lag of a partition, at its lowest since.
func (w *lagGrowth) grown(tp model.TopicPartition) int64 { return w.least[tp] - w.before[tp] }

func (w *lagGrowth) missing() string {
	const little = 10 // records between two commits
	for tp := range w.least {
		switch grown := w.grown(tp); {
		case slices.Contains(w.of, tp) && grown <= 0:
			return fmt.Sprintf("the lag of partition %d did not grow, although it had no active consumer", tp.Partition)
		case !slices.Contains(w.of, tp) && grown > little:
			return fmt.Sprintf("the lag of partition %d grew by %d, although its owner was alive", tp.Partition, grown)
		}
	}
	if len(w.least) == 0 {
		return "the lag during the session timeout is not known"
	}
	return ""
}

func (w *lagGrowth) words() string {
	var dead, others int64
	for tp, lag := range w.newest {
		if slices.Contains(w.of, tp) {
			dead += lag
		} else {
			others += lag
		}
	}
	if len(w.newest) == 0 {
		return ""
	}
	return fmt.Sprintf("lag of its partitions %d, of others %d", dead, others)
}
