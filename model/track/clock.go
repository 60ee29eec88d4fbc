package track

import (
	"time"

	"regroup/model/lag"
)

// clockStretch is for how long the quickest record of a broker is remembered at least: long enough for quick ones to be
// among it, short enough to follow a clock that is corrected.
const clockStretch = time.Minute

// clock relates a broker's clock to regroup's. A record is read some milliseconds after it was written, never before:
// the least difference between the two times is the difference of the clocks and little more.
type clock struct {
	least, before time.Duration // of the stretch under way, and of the one before
	known, ripe   bool          // there is a least; there is a before
	since         lag.Instant   // the stretch under way began
}

// learn takes the time of a record that was just read.
func (c *clock) learn(read, written time.Time, at lag.Instant) {
	ahead := read.Sub(written)
	switch {
	case !c.known:
		c.least, c.known, c.since = ahead, true, at
	case at-c.since >= clockStretch:
		c.before, c.ripe = c.least, true
		c.least, c.since = ahead, at
	default:
		c.least = min(c.least, ahead)
	}
}

// local is a time of the broker's by regroup's clock. Zero stays zero.
func (c *clock) local(at time.Time) time.Time {
	if at.IsZero() || !c.known {
		return at
	}
	ahead := c.least
	if c.ripe {
		ahead = min(ahead, c.before)
	}
	return at.Add(ahead)
}

// recordedEnd is when the newest generation with a record was written.
type recordedEnd struct {
	broker  int32
	written time.Time // by the broker's clock
	at      time.Time // the same by regroup's, as it was translated then
}

// translateAgain: a quicker record may have shown since how the clocks differ. Times of one broker that are translated in
// two ways would not even keep their order.
func (g *group) translateAgain(b *recordBatch) {
	if g.records.newest.broker == b.Broker && !g.records.newest.at.IsZero() && g.state.times.stable.Equal(g.records.newest.at) {
		g.state.times.stable = b.clock.local(g.records.newest.written)
	}
}

// clock finds or makes the relation to a broker's clock.
func (t *Tracker) clock(broker int32) *clock {
	c := t.clocks[broker]
	if c == nil {
		c = &clock{}
		t.clocks[broker] = c
	}
	return c
}
