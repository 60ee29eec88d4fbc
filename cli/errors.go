package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"regroup/ui/text"
)

// Exit codes; the help and the README document them.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
)

// exitHelp documents the exit codes in the help of each command.
const exitHelp = `Exit codes: 0 success, 1 failure, 2 invalid usage or configuration, 3 partial (some broker or group could not be read).`

// usageError is an error in the command line or in the configuration; nothing was attempted.
type usageError struct {
	err     error
	command string // the command whose help is suggested; "" if there is none
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{err: fmt.Errorf(format, args...)} }

// partialError means that the output is incomplete. What is missing has already been written to stderr.
type partialError struct{}

func (partialError) Error() string { return "some brokers or groups could not be read" }

// reportedError is a failure that has already been written to stderr.
type reportedError struct{ err error }

func (e reportedError) Error() string { return e.err.Error() }
func (e reportedError) Unwrap() error { return e.err }

// panicError is a panic in a goroutine of regroup. It travels to the goroutine that owns the terminal, so that the
// terminal is restored and the demo's processes end before the panic is printed.
type panicError struct {
	where string
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("panic in %s: %v\n\n%s", e.where, e.value, e.stack)
}

// guarded runs work and returns its panic as an error.
func guarded(where string, work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{where: where, value: value, stack: debug.Stack()}
		}
	}()
	return work()
}

// exitCode is the exit code of a command that returned err.
func exitCode(err error) int {
	var usage usageError
	var partial partialError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &partial):
		return exitPartial
	}
	return exitFailed
}

// unlessInterrupted is err, or nil if it only says that the context was canceled.
func unlessInterrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// quote quotes a name. Control characters in names from a cluster, a file or the command line are escaped.
func quote(name string) string { return `"` + text.Clean(name) + `"` }
