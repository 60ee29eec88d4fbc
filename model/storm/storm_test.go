package storm

import (
	"testing"
	"time"
	"unsafe"

	"regroup/model"
	"regroup/model/lag"

	"pgregory.net/rapid"
)

// every adds n rebalances, the first one at an instant.
func (c *Counter) every(step time.Duration, n int, from lag.Instant) lag.Instant {
	for i := range n {
		c.Add(from + lag.Instant(i)*step)
	}
	return from + lag.Instant(n-1)*step
}

func TestStorm(t *testing.T) {
	const known = 3 * time.Hour // how long the group has been known when it begins
	for _, c := range []struct {
		why    string
		play   func(*Counter) (now lag.Instant)
		active bool
		recent int
	}{
		{"nothing happened", func(*Counter) lag.Instant { return known }, false, 0},
		{"keys pressed in a demo", func(p *Counter) lag.Instant { return p.every(20*time.Second, 4, known) }, false, 4},
		{"a rolling restart of three cooperative members: leave, join, second rebalance", func(p *Counter) lag.Instant {
			return p.every(5*time.Second, 9, known)
		}, false, 9},
		{"a consumer that crashes every minute", func(p *Counter) lag.Instant { return p.every(time.Minute/2, 12, known) }, true, 12},
		{"the same in a group that is known only since it began", func(p *Counter) lag.Instant { return p.every(time.Minute/2, 12, 0) }, true, 12},
		{"no rebalance lately: the window counts it, but it is over", func(p *Counter) lag.Instant {
			return p.every(10*time.Second, 12, known) + 3*time.Minute
		}, false, 12},
		{"it is forgotten after the window", func(p *Counter) lag.Instant {
			return p.every(10*time.Second, 12, known) + model.StormWindow + stormStep
		}, false, 0},
		{"a deployment every two minutes is usual here, and twelve are not thrice as many", func(p *Counter) lag.Instant {
			p.every(2*time.Minute, 90, 0)
			return p.every(45*time.Second, 12, known)
		}, false, 12},
		{"a deployment every two minutes is usual here, and seventeen are more than thrice as many", func(p *Counter) lag.Instant {
			p.every(2*time.Minute, 85, 0)
			return p.every(30*time.Second, 17, known)
		}, true, 17},
		{"it has never been otherwise: there is no quieter time to compare with", func(p *Counter) lag.Instant {
			return p.every(20*time.Second, 1000, 0)
		}, true, 30},
	} {
		t.Run(c.why, func(t *testing.T) {
			var p Counter
			p.Storm(0)
			s := p.Storm(c.play(&p))
			if s.Active != c.active || s.Recent != c.recent {
				t.Errorf("it is %+v, want active %v and %d", s, c.active, c.recent)
			}
		})
	}
}

func TestTheUsualIsUnknownAtFirstAndForgetsAfterAWeek(t *testing.T) {
	var p Counter
	p.Storm(0)
	last := p.every(time.Minute, 30, 0)
	if s := p.Storm(last); s.Usual.Known() {
		t.Errorf("after half an hour a group has no usual: %v", s.Usual)
	}
	if usual, known := p.Storm(last + 31*time.Minute).Usual.Get(); !known || usual < 5 || usual > 7 {
		t.Errorf("30 in 50 minutes before the window: %v (%v)", usual, known)
	}
	week := last + 7*24*time.Hour
	if usual := p.Storm(week + stormPeriod).Usual.Or(-1); usual != 0 {
		t.Errorf("a week later that is forgotten: %v", usual)
	}
}

func TestStormChangesNothing(t *testing.T) {
	var p Counter
	p.every(time.Minute, 5, time.Hour)
	was := p
	p.Storm(10 * time.Hour)
	if p != was {
		t.Error("Storm changed the counter")
	}
}

func TestSizeOfACounterIsFixed(t *testing.T) {
	if size := unsafe.Sizeof(Counter{}); size > 512 {
		t.Errorf("a counter has %d bytes; there is one for each of 10,000 groups", size)
	}
	var p Counter
	at := lag.Instant(0)
	if n := testing.AllocsPerRun(10_000, func() { at += time.Second; p.Add(at); p.Storm(at) }); n != 0 {
		t.Errorf("a rebalance allocates %v times", n)
	}
}

func TestCounterAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Counter
		var all []lag.Instant
		now := lag.Instant(0)
		p.Storm(now)
		for range rapid.IntRange(1, 200).Draw(t, "rebalances") {
			now += lag.Instant(rapid.Int64Range(0, int64(20*time.Minute)).Draw(t, "pause"))
			late := lag.Instant(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "late"))
			at := max(0, now-late)
			p.Add(at)
			all = append(all, at)
		}
		// The newest step is not over: the window is up to a step shorter than it says.
		newest := int64(max(now, all[len(all)-1])) / int64(stormStep)
		recent, before := 0, 0
		for _, at := range all {
			if int64(at)/int64(stormStep) > newest-stormSteps {
				recent++
			} else {
				before++
			}
		}
		s := p.Storm(now)
		if s.Recent != recent {
			t.Fatalf("%d in the window, want %d", s.Recent, recent)
		}
		kept := 0
		q := p
		q.advance(newest)
		for _, n := range q.periods {
			kept += int(n)
		}
		if now < 6*24*time.Hour && kept != before {
			t.Fatalf("%d before the window, want %d", kept, before)
		}
	})
}
