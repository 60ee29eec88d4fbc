package ui

import (
	"context"
	"errors"

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
