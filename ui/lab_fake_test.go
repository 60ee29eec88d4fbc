package ui

import (
	"context"
	"errors"
	"sync"
	"time"

	"regroup/model"
)

// fakeLab does what it is told, or fails if it has nothing to do it with.
type fakeLab struct{ done *[]model.LabAction }

func (l fakeLab) Do(_ context.Context, action model.LabAction) error {
	if l.done == nil {
		return errors.New("no process \x1b[2J")
	}
	*l.done = append(*l.done, action)
	return nil
}

func (l fakeLab) Save(_ context.Context, path string) (string, error) {
	if l.done == nil {
		return "", errors.New("it is there already")
	}
	return "/home/anna/" + path, nil
}

// slowLab takes the longer for an action the earlier it is asked for it.
type slowLab struct {
	mu   sync.Mutex
	took time.Duration
	done []model.LabAction
}

func (l *slowLab) Do(_ context.Context, action model.LabAction) error {
	l.mu.Lock()
	l.took -= time.Second
	took := l.took
	l.mu.Unlock()
	time.Sleep(took)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = append(l.done, action)
	return nil
}

func (l *slowLab) Save(context.Context, string) (string, error) { return "", nil }
