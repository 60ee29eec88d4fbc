package cli

import (
	"context"
	"errors"
	"sync"
)

// errorGroup runs goroutines of which the first that fails or panics ends all. A panic becomes a *panicError, so that
// the goroutine that owns the terminal can restore it first.
type errorGroup struct {
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu   sync.Mutex
	errs []error // in order of time; being canceled is no error
}

// newErrorGroup returns a group and the context of its goroutines.
func newErrorGroup(ctx context.Context) (context.Context, *errorGroup) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, &errorGroup{cancel: cancel}
}

// Go runs work in a goroutine. name says in the error of a panic where it was.
func (g *errorGroup) Go(name string, work func() error) {
	g.running.Go(func() { g.run(name, work) })
}

// GoUncanceled runs work in a goroutine whose error is returned in the end, but ends nothing.
func (g *errorGroup) GoUncanceled(name string, work func() error) {
	g.running.Go(func() { g.add(guarded(name, work)) })
}

// Lead runs work in the calling goroutine, then cancels the others, waits for them, and returns all errors.
func (g *errorGroup) Lead(name string, work func() error) error {
	g.run(name, work)
	g.cancel()
	g.running.Wait()
	return errors.Join(g.errs...)
}

func (g *errorGroup) run(name string, work func() error) {
	if g.add(guarded(name, work)) {
		g.cancel()
	}
}

// add reports whether err is an error.
func (g *errorGroup) add(err error) bool {
	if unlessInterrupted(err) == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs = append(g.errs, err)
	return true
}
