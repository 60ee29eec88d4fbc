// Package storm counts the rebalances of a group and compares them with its usual rate.
package storm

import (
	"time"

	"regroup/model"
	"regroup/model/lag"
)

// What a storm is. Starting and stopping consumers by hand makes three or four rebalances, and a rolling restart
// of three members up to nine: each leaves, joins, and has a cooperative follow-up. The members of a larger group that
// restart one by one do make a storm, of the kind that static membership is made for. A consumer that crashes and is
// started again every minute makes at least ten.
const (
	StormAtLeast = 10 // in the StormWindow: fewer are none, whatever is usual
	StormFactor  = 3  // times the usual
	// stormAnyway is a storm however usual it is: a group that has rebalanced twice a minute for days has no quieter time to be
	// compared with.
	stormAnyway = 2 * StormAtLeast
	// stormOverAfter is how long after its last rebalance a storm is over, though the window still counts it.
	stormOverAfter = model.StormWindow / 4
	// stormUsualAfter is how long a group must have been known before the window for its usual to mean anything.
	stormUsualAfter = 3 * model.StormWindow
)

// How a pace counts: by steps in the window, by periods before it.
const (
	stormStep    = 15 * time.Second
	stormSteps   = int64(model.StormWindow / stormStep)
	stormPeriod  = 6 * time.Hour
	stormPeriods = 28 // a week
)

// Counter keeps how often a group rebalances: the counts of the newest window in steps, and those of a week before it. What
// it holds does not grow. Its zero value has counted nothing; it begins with the first use.
type Counter struct {
	begun   bool
	since   lag.Instant
	step    int64 // the number of the newest step
	steps   [stormSteps]uint32
	period  int64 // the number of the newest period
	periods [stormPeriods]uint32
}

// Add counts a rebalance that ended at an instant. One that ended before the pace began is not counted, nor one of
// longer ago than a week.
func (p *Counter) Add(at lag.Instant) {
	p.begin(at)
	if at < p.since {
		return
	}
	step := int64(at / stormStep)
	p.advance(step)
	if step > p.step-stormSteps {
		p.steps[step%stormSteps]++
		return
	}
	p.addBefore(step, 1)
}

// Storm is how often the group rebalances now.
func (p *Counter) Storm(now lag.Instant) model.Storm {
	p.begin(now)
	q := *p // asking changes nothing
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

func (p *Counter) begin(at lag.Instant) {
	if p.begun {
		return
	}
	p.begun, p.since = true, max(0, at)
	p.step, p.period = int64(p.since/stormStep), int64(p.since/stormPeriod)
}

// recently is how many rebalances there were in the newest stormOverAfter.
func (p *Counter) recently() int {
	n := 0
	for i := range int64(stormOverAfter / stormStep) {
		if step := p.step - i; step >= 0 {
			n += int(p.steps[step%stormSteps])
		}
	}
	return n
}

// usual is the mean of the windows before the newest one. It changes once a window, so that a group in which nothing
// happens looks the same from one view to the next.
func (p *Counter) usual() model.Maybe[float64] {
	from := max(p.since, lag.Instant(p.period-stormPeriods+1)*stormPeriod)
	windows := (lag.Instant(p.step)*stormStep - model.StormWindow - from) / model.StormWindow
	if windows < stormUsualAfter/model.StormWindow {
		return model.None[float64]()
	}
	sum := 0
	for _, n := range p.periods {
		sum += int(n)
	}
	return model.Some(float64(sum) / float64(windows))
}

// advance moves the window on; what leaves it is counted by its period.
func (p *Counter) advance(step int64) {
	for n := min(step-p.step, stormSteps); n > 0; n-- {
		// The slots of the oldest steps are those that the newest ones take.
		oldest := p.step + 1 - stormSteps
		slot := &p.steps[(p.step+1)%stormSteps]
		p.addBefore(oldest, *slot)
		*slot = 0
		p.step++
	}
	p.step = max(p.step, step)
	p.advancePeriod(int64(lag.Instant(max(0, p.step)) * stormStep / stormPeriod))
}

// addBefore counts rebalances of a step that lies before the window.
func (p *Counter) addBefore(step int64, n uint32) {
	if step < 0 || n == 0 {
		return
	}
	period := int64(lag.Instant(step) * stormStep / stormPeriod)
	p.advancePeriod(period)
	if period > p.period-stormPeriods {
		p.periods[period%stormPeriods] += n
	}
}

func (p *Counter) advancePeriod(period int64) {
	for n := min(period-p.period, stormPeriods); n > 0; n-- {
		p.periods[(period-n+1)%stormPeriods] = 0
	}
	p.period = max(p.period, period)
}
