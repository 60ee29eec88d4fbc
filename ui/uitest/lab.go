package uitest

import (
	"context"
	"errors"
	"sync"
	"time"

	"regroup/model"
)

// Lab does what it is told, or fails if it has nothing to do it with.
type Lab struct{ Done *[]model.LabAction }

// Do notes the action.
func (l Lab) Do(_ context.Context, action model.LabAction) error {
	if l.Done == nil {
		return errors.New("no process \x1b[2J")
	}
	*l.Done = append(*l.Done, action)
	return nil
}

// Save is where the file would be.
func (l Lab) Save(_ context.Context, path string) (string, error) {
	if l.Done == nil {
		return "", errors.New("it is there already")
	}
	return "/home/anna/" + path, nil
}

// SlowLab takes the longer for an action the earlier it is asked for it.
type SlowLab struct {
	mu   sync.Mutex
	Took time.Duration
	Done []model.LabAction
}

// Do notes the action when it is done.
func (l *SlowLab) Do(_ context.Context, action model.LabAction) error {
	l.mu.Lock()
	l.Took -= time.Second
	took := l.Took
	l.mu.Unlock()
	time.Sleep(took)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Done = append(l.Done, action)
	return nil
}

// Save saves nothing.
func (l *SlowLab) Save(context.Context, string) (string, error) { return "", nil }
