package kafka

import (
	"sync"
	"time"

	"regroup/model"
)

const (
	// looksRemembered is how many quick looks at a broker are remembered: those of the last two seconds at the default
	// interval.
	looksRemembered = 80
	// restlessRemembered bounds what is remembered of one: a look that saw more groups rebalance is forgotten.
	restlessRemembered = 1000
	// calmTold is how many looks go with a record: one is enough unless records come late.
	calmTold = 8
)

// calmLooks are the newest quick looks at the brokers.
type calmLooks struct {
	mutex    sync.Mutex
	byBroker map[int32]*lookRing
}

// lookRing are the newest looks at one broker; next is the place of the oldest, or an empty one.
type lookRing struct {
	looks [looksRemembered]pastLook
	next  int
}

// pastLook is a quick look and the groups that it saw rebalance, which nobody changes any more.
type pastLook struct {
	model.Look
	restless map[string]model.GroupState
}

// add remembers a look.
func (c *calmLooks) add(broker int32, look model.Look, restless map[string]model.GroupState) {
	if len(restless) > restlessRemembered {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	ring := c.byBroker[broker]
	if ring == nil {
		if c.byBroker == nil {
			c.byBroker = make(map[int32]*lookRing)
		}
		ring = new(lookRing)
		c.byBroker[broker] = ring
	}
	ring.looks[ring.next] = pastLook{look, restless}
	ring.next = (ring.next + 1) % looksRemembered
}

// Calm returns the newest quick looks of Pulse at a broker, the newest first and a few at most, that were answered
// before a moment and found the group in no rebalance, as far as they are remembered. A broker that does not coordinate
// the group finds it so as well. Who asks knows of a rebalance that looks may not have seen: they come quickly again. It
// may be called from any goroutine.
func (p *Poller) Calm(broker int32, group string, before time.Time) []model.Look {
	p.pulsed.stir()
	return p.pulsed.looks.calm(broker, group, before)
}

func (c *calmLooks) calm(broker int32, group string, before time.Time) (calm []model.Look) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	ring := c.byBroker[broker]
	if ring == nil {
		return nil
	}
	for i := range looksRemembered {
		past := &ring.looks[(ring.next-1-i+2*looksRemembered)%looksRemembered]
		if past.Answered.IsZero() || len(calm) == calmTold {
			break
		}
		if _, restless := past.restless[group]; !restless && past.Answered.Before(before) {
			calm = append(calm, past.Look)
		}
	}
	return calm
}

// withCalm adds to the generations among records that were just read when their groups were seen calm before.
func (t *Tail) withCalm(read *model.Records) {
	if t.options.Calm == nil {
		return
	}
	for i := range read.Records {
		r := &read.Records[i]
		if g := r.Generation; g != nil && g.Generation > 0 && !g.JoinEnded.IsZero() {
			// The broker's clock is another one, but what lies between two of its times is so by ours. The record was
			// written at the latest when it was read.
			g.Calm = t.options.Calm(read.Broker, r.Group, read.At.Add(-r.Written.Sub(g.JoinEnded)))
		}
	}
}
