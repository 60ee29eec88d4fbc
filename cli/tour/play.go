package tour

import (
	"context"
	"time"

	"regroup/model"
)

// playing is a scene of the tour that is on.
type playing struct {
	*chapter
	Beginning
}

// play plays a step until ctx ends, and returns the scene that is on then; nil is none that can be gone on from.
func (g *Guide) play(ctx context.Context, o order, on *playing) *playing {
	step := &g.steps[o.step]
	p := &performance{guide: g, step: step, began: time.Now(), status: model.TourStatus{
		Step: step.Name, Number: o.step + 1, Of: len(g.steps), Title: step.Title, Caption: step.Caption,
		Screen: step.Screen, Progress: model.TourPreparing,
	}}
	fresh := o.fresh || on == nil || on.chapter != step.chapter
	if fresh {
		p.missing(ctx, "the scene begins")
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

// performance is a step that is being played.
type performance struct {
	guide  *Guide
	step   *Step
	scene  *playing
	status model.TourStatus
	view   *model.View // the newest of the scene

	began   time.Time // the step, and then its actions
	phase   time.Time // the phase under way began
	settled time.Time // it was seen as told, or given up; zero is neither
}

// missing tells what is not so yet.
func (p *performance) missing(ctx context.Context, words string) {
	p.status.Missing = words
	p.guide.observe(ctx, p.status)
}

// fail tells what could not be done, and waits for the next order.
func (p *performance) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	p.status.Progress, p.settled = model.TourFailed, time.Now()
	p.missing(ctx, err.Error())
	for p.look(ctx) != nil {
		p.missing(ctx, err.Error())
	}
}

// look waits for what can be seen next: a view of the scene, or the one before a moment later. nil says that ctx has ended.
func (p *performance) look(ctx context.Context) *Moment {
	tick := time.NewTimer(lookEvery)
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
			tick.Reset(lookEvery)
		}
		p.goOn()
		if p.view != nil {
			return &Moment{View: p.view, Now: time.Now(), Began: p.began, Phase: p.phase, scene: p.scene, pace: p.guide.options.Pace}
		}
	}
}

// goOn goes on to the next step when it is time, if the tour goes on by itself.
func (p *performance) goOn() {
	if !p.guide.options.Auto || p.settled.IsZero() || p.status.Number == p.status.Of {
		return
	}
	p.status.NextAt = p.settled.Add(p.guide.options.Dwell)
	if !time.Now().Before(p.status.NextAt) {
		p.guide.goOn(p.status.Number - 1)
	}
}

// do carries out actions; it says whether all were.
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

// prepare makes the state from which the step begins, and returns the moment at which it was there; nil if ctx ended or it
// could not. A fresh scene comes by itself to what the step needs.
func (p *performance) prepare(ctx context.Context, fresh bool) *Moment {
	p.phase = p.began
	const again = 5 * time.Second // what was asked for is to be seen by then
	var repaired time.Time
	if fresh {
		repaired = time.Now()
	}
	for m := p.look(ctx); m != nil; m = p.look(ctx) {
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
		p.giveUp(m)
	}
	return nil
}

// giveUp says that the step is not as told, when it has had its time.
func (p *performance) giveUp(m *Moment) {
	if m.Now.Sub(p.phase) > p.guide.options.Limit && p.settled.IsZero() {
		p.status.Progress, p.settled = model.TourFailed, m.Now
	}
}

// perform plays the step's phases from the moment at which all that it needs was there, and then lets it stand until ctx ends.
func (p *performance) perform(ctx context.Context, m *Moment) {
	p.began, p.settled = time.Now(), time.Time{}
	p.status.Progress, p.status.Missing, p.status.Began = model.TourWaiting, "", p.began
	m.Began, m.Phase = p.began, p.began
	phases := p.step.Play(m)
	for i := range phases {
		if !p.begin(ctx, &phases[i], m) || !p.until(ctx, &phases[i]) {
			return
		}
	}
	p.status.Progress, p.status.Missing, p.settled = model.TourVerified, "", time.Now()
	p.guide.observe(ctx, p.status)
	for m := p.look(ctx); m != nil; m = p.look(ctx) {
		p.show(ctx, &phases[len(phases)-1], m)
	}
}

// begin does what a phase begins with.
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

// until waits until what a phase claims is seen.
func (p *performance) until(ctx context.Context, phase *Phase) bool {
	for m := p.look(ctx); m != nil; m = p.look(ctx) {
		missing := phase.Missing(m)
		if missing == "" {
			p.see(phase, m)
			return true
		}
		p.status.Missing = missing
		p.giveUp(m)
		p.show(ctx, phase, m)
	}
	return false
}

// show tells what there is to see of a phase.
func (p *performance) show(ctx context.Context, phase *Phase, m *Moment) {
	p.see(phase, m)
	p.guide.observe(ctx, p.status)
}

// see notes what there is to see of a phase.
func (p *performance) see(phase *Phase, m *Moment) {
	if phase.Facts != nil {
		p.status.Facts = phase.Facts(m)
	}
	p.status.Countdown = nil
	if phase.Countdown != nil {
		p.status.Countdown = phase.Countdown(m)
	}
}
