package cli

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"regroup/cli/recording"
	"regroup/model"
	"regroup/ui"
)

const (
	// playerFrame is the pace of views while a recording is played.
	playerFrame = 20 * time.Millisecond
	// sessionGap is what lies between two sessions of one file when they are played one after the other.
	sessionGap = time.Second
	// foldedAtOnce is how many observations are folded between two looks at what the keys ask for.
	foldedAtOnce = 64
)

// player plays a recording: it folds the observations when their time comes. It is the screen's Source and Player.
// Going back means folding anew from the beginning: a tracker knows no way back.
type player struct {
	path  string
	views chan *model.View
	wake  chan struct{} // a key asked for something

	mu    sync.Mutex
	state ui.PlayerState
	seek  *time.Duration // where to go; nil is nowhere else
}

func newPlayer(path string, speed float64) *player {
	return &player{path: path, views: make(chan *model.View, 1), wake: make(chan struct{}, 1), state: ui.PlayerState{Speed: speed}}
}

// Views delivers the newest view; see ui.Source.
func (p *player) Views() <-chan *model.View { return p.views }

// Focus does nothing: a recording holds what was looked at; see ui.Source.
func (p *player) Focus(string) {}

// Refresh does nothing; see ui.Source.
func (p *player) Refresh() {}

// State is what is being played; see ui.Player.
func (p *player) State() ui.PlayerState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Pause stops the recording, or lets it go on; see ui.Player.
func (p *player) Pause(paused bool) { p.order(func() { p.state.Paused = paused }) }

// SetSpeed sets how fast it is played; see ui.Player.
func (p *player) SetSpeed(factor float64) { p.order(func() { p.state.Speed = factor }) }

// Seek goes to a position; see ui.Player.
func (p *player) Seek(to time.Duration) {
	p.order(func() {
		p.seek = &to
		p.state.Position, p.state.Seeking, p.state.Ended = to, true, false // at once, so that pressing again goes on from there
	})
}

func (p *player) order(change func()) {
	p.mu.Lock()
	change()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // it is awake
	}
}

// run plays until ctx ends. The end of the recording is not the end: one can go back.
func (p *player) run(ctx context.Context) error {
	defer close(p.views)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	problems := &problems{cancel: cancel}
	var beside sync.WaitGroup
	beside.Go(func() { problems.run("the search for rebalances", func() error { return p.scan(ctx) }) })
	problems.run("the player", func() error { return p.play(ctx) })
	cancel()
	beside.Wait()
	return problems.all()
}

// scan reads the recording to its end, beside the playing, to know how long it is and where its rebalances are.
func (p *player) scan(ctx context.Context) error {
	s, err := openStrip(p.path)
	if err != nil {
		return err
	}
	defer s.close()
	for ctx.Err() == nil {
		events, err := s.fold()
		if err == nil && len(events) == 0 && s.folded%foldedAtOnce != 0 {
			continue
		}
		p.mu.Lock()
		p.state.Length = max(p.state.Length, s.position)
		for _, e := range events {
			if e.Kind == model.RebalanceCompleted && (len(p.state.Marks) == 0 || p.state.Marks[len(p.state.Marks)-1] < s.position) {
				p.state.Marks = append(p.state.Marks, s.position)
			}
		}
		if err != nil {
			p.state.Scanned = true
			if !errors.Is(err, io.EOF) {
				p.state.Problem = problemOf(err)
			}
		}
		p.mu.Unlock()
		if err != nil {
			return nil
		}
	}
	return nil
}

// problemOf says in a few words why a recording cannot be read on; the whole of it was told, or will be, where there is room.
func problemOf(err error) string {
	if errors.Is(err, recording.ErrCutShort) {
		return "the end is missing"
	}
	return err.Error()
}

// play folds the recording as time passes.
func (p *player) play(ctx context.Context) error {
	s, err := openStrip(p.path)
	if err != nil {
		return err
	}
	defer s.close()
	clock := time.Now()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for idle := true; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-pause.C:
		}
		now := time.Now()
		if idle {
			clock = now // the time until a key was pressed was not played
		}
		target := p.target(now.Sub(clock))
		clock = now
		arrived, err := p.goTo(s, target)
		if err != nil {
			return err
		}
		switch idle = arrived && p.idle(); {
		case !arrived:
			pause.Reset(0)
		case !idle:
			pause.Reset(playerFrame)
		}
	}
}

// idle says that nothing happens until a key asks for something.
func (p *player) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seek == nil && (p.state.Paused || p.state.Ended)
}

// target is where to be, when so much time has passed.
func (p *player) target(passed time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.seek != nil:
		return *p.seek
	case p.state.Paused || p.state.Ended:
		return p.state.Position
	}
	return p.state.Position + time.Duration(float64(passed)*p.state.Speed)
}

// goTo folds on to a position, or from the beginning to one that has passed, and publishes the view of it. It does so in
// pieces: not to have arrived means that there is more to fold, or that a key asked for something else.
func (p *player) goTo(s *strip, target time.Duration) (arrived bool, err error) {
	if target < s.position {
		if err := s.rewind(); err != nil {
			return false, err
		}
	}
	folded, ended := s.folded, false
	for arrived = false; s.folded < folded+foldedAtOnce; {
		due, err := s.due(target)
		if ended = err != nil; ended || !due {
			arrived = true
			break
		}
		if _, err := s.fold(); err != nil {
			return false, err
		}
	}
	sought := p.reached(s, target, arrived, ended)
	if arrived && s.tracker != nil && (s.changed() || sought) {
		p.publish(s.tracker.View())
	}
	return arrived, nil
}

// reached notes where the player is, and says whether that is where a key asked it to go.
func (p *player) reached(s *strip, target time.Duration, arrived, ended bool) (sought bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seek != nil && *p.seek != target {
		return false // another key was faster
	}
	if !arrived {
		p.state.Seeking = true
		if p.seek == nil { // a speed that is too much for this machine
			p.state.Position = s.position
		}
		return false
	}
	sought = p.seek != nil
	p.seek, p.state.Seeking = nil, false
	p.state.Ended = ended
	if ended {
		target = min(target, s.position)
	}
	p.state.Position, p.state.At = target, s.clock(target)
	p.state.Length = max(p.state.Length, s.position)
	return sought
}

// publish puts the view where the screen will find it, in place of one that it has not taken yet. Only play calls it.
func (p *player) publish(view *model.View) {
	select {
	case <-p.views:
	default:
	}
	p.views <- view
}
