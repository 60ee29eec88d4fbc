package probe

import (
	"sync"
	"time"

	"regroup/model"
)

const (
	// probesKept is how many probes of a broker are kept: those of the last two seconds at the default interval.
	probesKept = 80
	// rebalancingKept bounds what is kept of one: a probe that found more groups rebalancing is not kept.
	rebalancingKept = 1000
	// probesReturned is how many probes Stable returns: one is enough unless records come late.
	probesReturned = 8
)

// history is the newest probes of each broker.
type history struct {
	mutex    sync.Mutex
	byBroker map[int32]*ring
}

// ring is the newest probes of one broker; next is the place of the oldest, or an empty one.
type ring struct {
	probes [probesKept]pastProbe
	next   int
}

// pastProbe is a probe and the groups that it found rebalancing, which is never changed.
type pastProbe struct {
	model.ProbeTimes
	rebalancing map[string]model.GroupState
}

func (h *history) add(broker int32, probe model.ProbeTimes, rebalancing map[string]model.GroupState) {
	if len(rebalancing) > rebalancingKept {
		return
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	r := h.byBroker[broker]
	if r == nil {
		if h.byBroker == nil {
			h.byBroker = make(map[int32]*ring)
		}
		r = new(ring)
		h.byBroker[broker] = r
	}
	r.probes[r.next] = pastProbe{probe, rebalancing}
	r.next = (r.next + 1) % probesKept
}

// Stable returns the newest probes of a broker, the newest first and a few at most, that were answered before a moment
// and found the group not rebalancing, as far as they are kept. A broker that does not coordinate the group finds that
// too. The caller knows of a rebalance that probes may not have seen, so probes of an idle cluster become frequent
// again. Stable may be called from any goroutine.
func (p *Prober) Stable(broker int32, group string, before time.Time) []model.ProbeTimes {
	p.noteActivity()
	return p.history.stable(broker, group, before)
}

func (h *history) stable(broker int32, group string, before time.Time) (stable []model.ProbeTimes) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	r := h.byBroker[broker]
	if r == nil {
		return nil
	}
	for i := range probesKept {
		past := &r.probes[(r.next-1-i+2*probesKept)%probesKept]
		if past.Answered.IsZero() || len(stable) == probesReturned {
			break
		}
		if _, rebalancing := past.rebalancing[group]; !rebalancing && past.Answered.Before(before) {
			stable = append(stable, past.ProbeTimes)
		}
	}
	return stable
}
