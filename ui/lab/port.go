package lab

import (
	"context"

	"regroup/model"
)

// Lab carries out what the lab pane asks for.
type Lab interface {
	// Do carries out the action, or says what was tried and why it failed. It may take seconds: call it in a command.
	Do(ctx context.Context, action model.LabAction) error
	// Save writes the lab's set-up to a new file, from which it can be started again, and returns the file's full path; or
	// says why not. It may take seconds: call it in a command.
	Save(ctx context.Context, path string) (string, error)
}
