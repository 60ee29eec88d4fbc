package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

var errRestarting = errors.New("it is being restarted already")

// restart ends a consumer by SIGTERM and starts it again under the same name and with the same settings. One that has ended is
// started. It returns once the consumer was asked to leave, or was started.
func (l *Lab) restart(ctx context.Context, name string) error {
	old, err := l.consumer(name)
	if err != nil {
		return fmt.Errorf("%s: %w", model.LabRestart, err)
	}
	wrap := func(err error) error {
		return fmt.Errorf("%s %s (pid %d): %w", model.LabRestart, name, old.process.pid(), err)
	}
	if !old.setReplaced(true) {
		return wrap(errRestarting)
	}
	if old.hasEnded() {
		if err := l.startAgain(ctx, old); err != nil {
			return wrap(err)
		}
		return nil
	}
	if _, err := old.leave(); err != nil {
		old.setReplaced(false)
		return wrap(err)
	}
	words := name + " is being restarted: it leaves (SIGTERM)"
	if old.config.Consumer.Settings.InstanceID != "" {
		words = name + " is being restarted: it ends, and as a static member does not leave (SIGTERM)"
	}
	old.acted(model.LabLeave, words)
	l.tasks.Go(func() {
		select {
		case <-l.ctx.Done():
			return
		case <-old.process.ended:
		}
		if err := l.startAgain(l.ctx, old); err != nil && l.ctx.Err() == nil {
			old.acted("", fmt.Sprintf("%s could not be started again: %v", name, err))
		}
	})
	return nil
}

// startAgain replaces a consumer that has ended by a new process.
func (l *Lab) startAgain(ctx context.Context, old *child) error {
	started, err := l.launchConsumer(ctx, *old.config.Consumer)
	if err != nil {
		old.setReplaced(false)
		return err
	}
	l.mu.Lock()
	l.consumers[slices.Index(l.consumers, old)] = started
	l.mu.Unlock()
	started.acted(model.LabStartConsumer, old.name+" was started again after "+time.Since(old.ending()).Round(time.Millisecond).String())
	return nil
}

// setReplaced sets whether another process is to replace the consumer; false if that was set already.
func (c *child) setReplaced(replaced bool) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed = c.replaced != replaced
	c.replaced = replaced
	return changed
}

func (c *child) ending() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.endedAt
}
