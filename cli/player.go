package cli

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"regroup/cli/recording"
	"regroup/model"
	"regroup/ui/player"
)

const (
	// playerFrame is the interval of views while a recording plays.
	playerFrame = 20 * time.Millisecond
	// sessionGap is the time between two sessions of one file.
	sessionGap = time.Second
	// foldedAtOnce is how many observations are folded between two checks for a key.
	foldedAtOnce = 64
)

// filePlayer plays a recording: it folds each observation at its time. It is the screen's ui.Source and player.Player. Seeking back
// folds from the beginning again: a tracker cannot go back.
type filePlayer struct {
	path  string
	views latestView
	wake  chan struct{} // a key was pressed

	mu    sync.Mutex
	state player.State
	seek  *time.Duration // the position to go to; nil while playing
}

func newPlayer(path string, speed float64) *filePlayer {
	return &filePlayer{path: path, views: make(latestView, 1), wake: make(chan struct{}, 1), state: player.State{Speed: speed}}
}

// Views delivers the newest view; see ui.Source.
func (p *filePlayer) Views() <-chan *model.View { return p.views }

// Focus does nothing; see ui.Source.
func (p *filePlayer) Focus(string) {}

// Refresh does nothing; see ui.Source.
func (p *filePlayer) Refresh() {}

// State is the state of the player; see player.Player.
func (p *filePlayer) State() player.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Pause pauses or resumes; see player.Player.
func (p *filePlayer) Pause(paused bool) { p.update(func() { p.state.Paused = paused }) }

// SetSpeed sets the seconds of the recording per second; see player.Player.
func (p *filePlayer) SetSpeed(factor float64) { p.update(func() { p.state.Speed = factor }) }

// Seek goes to a position; see player.Player.
func (p *filePlayer) Seek(to time.Duration) {
	p.update(func() {
		p.seek = &to
		p.state.Position, p.state.Seeking, p.state.Ended = to, true, false // at once: the next key continues from there
	})
}

func (p *filePlayer) update(change func()) {
	p.mu.Lock()
	change()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // already awake
	}
}

// run plays until ctx ends, also after the end of the recording, from which one can seek back.
func (p *filePlayer) run(ctx context.Context) error {
	defer close(p.views)
	ctx, goroutines := newErrorGroup(ctx)
	goroutines.Go("the search for rebalances", func() error { return p.scan(ctx) })
	return goroutines.Lead("the player", func() error { return p.play(ctx) })
}

// scan reads the whole recording, for its length and its rebalances.
func (p *filePlayer) scan(ctx context.Context) error {
	s, err := openCursor(p.path)
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

// problemOf is a short form of the error that ends a recording, for the screen.
func problemOf(err error) string {
	if errors.Is(err, recording.ErrCutShort) {
		return "the end is missing"
	}
	return err.Error()
}

// play folds the recording as time passes.
func (p *filePlayer) play(ctx context.Context) error {
	s, err := openCursor(p.path)
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
			clock = now // waiting for a key is not playing
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

// idle reports whether nothing happens until a key is pressed.
func (p *filePlayer) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seek == nil && (p.state.Paused || p.state.Ended)
}

// target is the position after some time has passed.
func (p *filePlayer) target(passed time.Duration) time.Duration {
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

// goTo folds up to a position, from the beginning if it is before the current one, and publishes the view. It folds only
// foldedAtOnce observations: arrived is false if there are more, or if a key changed the target.
func (p *filePlayer) goTo(s *replayCursor, target time.Duration) (arrived bool, err error) {
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
		p.views.publish(s.tracker.View())
	}
	return arrived, nil
}

// reached updates the state, and reports whether the player has arrived at a position that a key asked for.
func (p *filePlayer) reached(s *replayCursor, target time.Duration, arrived, ended bool) (sought bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seek != nil && *p.seek != target {
		return false // another key came meanwhile
	}
	if !arrived {
		p.state.Seeking = true
		if p.seek == nil { // this machine cannot play at this speed
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
