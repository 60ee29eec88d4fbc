// Package storm counts the rebalances of a group and compares them with its usual rate.
package storm

import (
	"time"

	"regroup/model"
	"regroup/model/lag"
)

// What a storm is. Starting and stopping consumers by hand makes three or four rebalances, and a rolling restart of three
// members up to nine: each leaves, joins, and has a second cooperative rebalance. The members of a larger group that
// restart one by one do make a storm, of the kind that static membership prevents. A consumer that crashes and is
// restarted every minute makes at least ten.
const (
	StormAtLeast = 10 // rebalances in the StormWindow; fewer are no storm, whatever is usual
	StormFactor  = 3  // times the usual
	// stormAnyway is a storm however usual it is: a group that has rebalanced twice a minute for days has no quieter time
	// to be compared with.
	stormAnyway = 2 * StormAtLeast
	// stormOverAfter is how long after its last rebalance a storm is over, though the window still counts it.
	stormOverAfter = model.StormWindow / 4
	// stormUsualAfter is how long a group must have been observed before the window for its usual rate to mean anything.
	stormUsualAfter = 3 * model.StormWindow
)

// Rebalances are counted in steps within the window, and in periods before it.
const (
	stormStep    = 15 * time.Second
	stormSteps   = int64(model.StormWindow / stormStep)
	stormPeriod  = 6 * time.Hour
	stormPeriods = 28 // a week
)

// Counter counts the rebalances of a group: of the newest window in steps, and of the week before it in periods. Its size
// is fixed. The zero value is ready to use and starts with its first use.
type Counter struct {
	begun   bool
	since   lag.Instant
	step    int64 // the number of the newest step
	steps   [stormSteps]uint32
	period  int64 // the number of the newest period
	periods [stormPeriods]uint32
}

// Add counts a rebalance that ended at an instant, unless that is before the counter started or more than a week ago.
func (c *Counter) Add(at lag.Instant) {
	c.begin(at)
	if at < c.since {
		return
	}
	step := int64(at / stormStep)
	c.advance(step)
	if step > c.step-stormSteps {
		c.steps[step%stormSteps]++
		return
	}
	c.addBefore(step, 1)
}

// Storm is how often the group rebalances now, compared with its usual rate.
func (c *Counter) Storm(now lag.Instant) model.Storm {
	c.begin(now)
	q := *c // a copy: the query changes nothing
	q.advance(int64(now / stormStep))
	var s model.Storm
	for _, n := range q.steps {
		s.Recent += int(n)
	}
	s.Usual = q.usual()
	s.Active = s.Recent >= StormAtLeast && q.recently() > 0 &&
		(s.Recent >= stormAnyway || float64(s.Recent) >= StormFactor*s.Usual.Or(0))
	return s
}

func (c *Counter) begin(at lag.Instant) {
	if c.begun {
		return
	}
	c.begun, c.since = true, max(0, at)
	c.step, c.period = int64(c.since/stormStep), int64(c.since/stormPeriod)
}

// recently is how many rebalances there were in the newest stormOverAfter.
func (c *Counter) recently() int {
	n := 0
	for i := range int64(stormOverAfter / stormStep) {
		if step := c.step - i; step >= 0 {
			n += int(c.steps[step%stormSteps])
		}
	}
	return n
}

// usual is the mean of the windows before the newest one. It changes once a window, so that a group in which nothing
// happens looks the same from one view to the next.
func (c *Counter) usual() model.Maybe[float64] {
	from := max(c.since, lag.Instant(c.period-stormPeriods+1)*stormPeriod)
	windows := (lag.Instant(c.step)*stormStep - model.StormWindow - from) / model.StormWindow
	if windows < stormUsualAfter/model.StormWindow {
		return model.None[float64]()
	}
	sum := 0
	for _, n := range c.periods {
		sum += int(n)
	}
	return model.Some(float64(sum) / float64(windows))
}

// advance moves the window on; what leaves it is counted by its period.
func (c *Counter) advance(step int64) {
	for n := min(step-c.step, stormSteps); n > 0; n-- {
		// The slots of the oldest steps are those that the newest ones take.
		oldest := c.step + 1 - stormSteps
		slot := &c.steps[(c.step+1)%stormSteps]
		c.addBefore(oldest, *slot)
		*slot = 0
		c.step++
	}
	c.step = max(c.step, step)
	c.advancePeriod(int64(lag.Instant(max(0, c.step)) * stormStep / stormPeriod))
}

// addBefore counts rebalances of a step that lies before the window.
func (c *Counter) addBefore(step int64, n uint32) {
	if step < 0 || n == 0 {
		return
	}
	period := int64(lag.Instant(step) * stormStep / stormPeriod)
	c.advancePeriod(period)
	if period > c.period-stormPeriods {
		c.periods[period%stormPeriods] += n
	}
}

func (c *Counter) advancePeriod(period int64) {
	for n := min(period-c.period, stormPeriods); n > 0; n-- {
		c.periods[(period-n+1)%stormPeriods] = 0
	}
	c.period = max(c.period, period)
}
