package tour

import (
	"context"
	"time"

	"regroup/model"
)

// playing is a scene of the tour that has begun.
type playing struct {
	*chapter
	Beginning
}

// play plays a step until ctx ends, and returns the scene at the end; nil if the next step must begin one.
func (g *Guide) play(ctx context.Context, r request, on *playing) *playing {
	step := &g.steps[r.step]
	p := &performance{guide: g, step: step, began: time.Now(), status: model.TourStatus{
		Step: step.Name, Number: r.step + 1, Of: len(g.steps), Title: step.Title, Caption: step.Caption,
		Screen: step.Screen, Progress: model.TourPreparing,
	}}
	fresh := r.fresh || on == nil || on.chapter != step.chapter
	if fresh {
		p.missing(ctx, "the scene is starting")
		beginning, err := g.stage.Begin(ctx, step.chapter.sceneFor(step, g.options.Pace))
		if err != nil {
			p.fail(ctx, err)
			return nil
		}
		on = &playing{step.chapter, beginning}
	}
	p.scene = on
	for _, group := range step.Groups {
		p.status.Groups = append(p.status.Groups, on.Prefix+group)
	}
	if m := p.prepare(ctx, fresh); m != nil {
		p.perform(ctx, m)
	}
	return on
}

// performance is the current step.
type performance struct {
	guide  *Guide
	step   *Step
	scene  *playing
	status model.TourStatus
	view   *model.View // the newest of the scene

	began   time.Time // beginning of the step, and then of its actions
	phase   time.Time // beginning of the current phase
	decided time.Time // when the step was verified or failed; zero is not yet
}

// missing reports what has not been observed yet.
func (p *performance) missing(ctx context.Context, words string) {
	p.status.Missing = words
	p.guide.report(ctx, p.status)
}

// fail reports an error, and waits for the next request.
func (p *performance) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	p.status.Progress, p.decided = model.TourFailed, time.Now()
	p.missing(ctx, err.Error())
	for p.next(ctx) != nil {
		p.missing(ctx, err.Error())
	}
}

// next waits for a view of the scene, or for some time with the last one. It returns nil when ctx has ended.
func (p *performance) next(ctx context.Context) *Moment {
	tick := time.NewTimer(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case v := <-p.guide.views:
			if p.scene != nil && v.At.Before(p.scene.At) {
				continue
			}
			p.view = v
		case <-tick.C:
			tick.Reset(checkEvery)
		}
		p.advance()
		if p.view != nil {
			return &Moment{View: p.view, Now: time.Now(), Began: p.began, Phase: p.phase, scene: p.scene, pace: p.guide.options.Pace}
		}
	}
}

// advance opens the next step when it is time, if the tour continues by itself.
func (p *performance) advance() {
	if !p.guide.options.Auto || p.decided.IsZero() || p.status.Number == p.status.Of {
		return
	}
	p.status.NextAt = p.decided.Add(p.guide.options.Dwell)
	if !time.Now().Before(p.status.NextAt) {
		p.guide.advance(p.status.Number - 1)
	}
}

// do performs actions, and reports whether all succeeded.
func (p *performance) do(ctx context.Context, actions []model.LabAction) bool {
	for _, a := range actions {
		if a.Group != "" {
			a.Group = p.scene.Prefix + a.Group
		}
		if a.Topic != "" {
			a.Topic = p.scene.Prefix + a.Topic
		}
		if err := p.guide.stage.Do(ctx, a); err != nil {
			p.fail(ctx, err)
			return false
		}
	}
	return true
}

// prepare establishes the step's needs, and returns the moment at which they were met; nil if ctx ended or an action failed.
// A scene that has just begun meets them by itself.
func (p *performance) prepare(ctx context.Context, fresh bool) *Moment {
	p.phase = p.began
	const again = 5 * time.Second // until actions are repeated
	var repaired time.Time
	if fresh {
		repaired = time.Now()
	}
	for m := p.next(ctx); m != nil; m = p.next(ctx) {
		missing := p.step.ready(m)
		if missing == "" {
			return m
		}
		p.missing(ctx, missing)
		if m.Now.Sub(repaired) >= again {
			if !p.do(ctx, p.step.repairs(m)) {
				return nil
			}
			repaired = m.Now
		}
		p.checkLimit(m)
	}
	return nil
}

// checkLimit makes the step fail after the limit.
func (p *performance) checkLimit(m *Moment) {
	if m.Now.Sub(p.phase) > p.guide.options.Limit && p.decided.IsZero() {
		p.status.Progress, p.decided = model.TourFailed, m.Now
	}
}

// perform plays the phases of the step from the moment at which its needs were met, and then shows the last one until ctx ends.
func (p *performance) perform(ctx context.Context, m *Moment) {
	p.began, p.decided = time.Now(), time.Time{}
	p.status.Progress, p.status.Missing, p.status.Began = model.TourWaiting, "", p.began
	m.Began, m.Phase = p.began, p.began
	phases := p.step.Play(m)
	for i := range phases {
		if !p.begin(ctx, &phases[i], m) || !p.until(ctx, &phases[i]) {
			return
		}
	}
	p.status.Progress, p.status.Missing, p.decided = model.TourVerified, "", time.Now()
	p.guide.report(ctx, p.status)
	for m := p.next(ctx); m != nil; m = p.next(ctx) {
		p.show(ctx, &phases[len(phases)-1], m)
	}
}

// begin performs the actions of a phase.
func (p *performance) begin(ctx context.Context, phase *Phase, m *Moment) bool {
	p.phase = time.Now()
	if phase.Do == nil {
		return true
	}
	if p.view != nil {
		m.View = p.view
	}
	return p.do(ctx, phase.Do(m))
}

// until waits until the claims of a phase are observed.
func (p *performance) until(ctx context.Context, phase *Phase) bool {
	for m := p.next(ctx); m != nil; m = p.next(ctx) {
		missing := phase.Missing(m)
		if missing == "" {
			p.update(phase, m)
			return true
		}
		p.status.Missing = missing
		p.checkLimit(m)
		p.show(ctx, phase, m)
	}
	return false
}

// show reports the observations of a phase.
func (p *performance) show(ctx context.Context, phase *Phase, m *Moment) {
	p.update(phase, m)
	p.guide.report(ctx, p.status)
}

// update sets the observations of a phase.
func (p *performance) update(phase *Phase, m *Moment) {
	if phase.Facts != nil {
		p.status.Facts = phase.Facts(m)
	}
	p.status.Countdown = nil
	if phase.Countdown != nil {
		p.status.Countdown = phase.Countdown(m)
	}
}
