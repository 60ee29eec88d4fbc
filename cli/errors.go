package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"regroup/ui/text"
)

// Exit codes, as the help and the README document them.
const (
	exitFine    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
)

// exitHelp is what the help says of them.
const exitHelp = `Exit codes: 0 fine, 1 failed, 2 wrong usage or configuration, 3 partial (some broker or group could not be read).`

// usageError is a mistake in what was typed or configured; nothing was tried.
type usageError struct {
	err     error
	command string // whose help says how it is done right; "" where that would be no help
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{err: fmt.Errorf(format, args...)} }

// partialError says that the output is there but not whole. What is missing has been written to stderr already, so it
// has nothing to say itself.
type partialError struct{}

func (partialError) Error() string { return "some brokers or groups could not be read" }

// reportedError is a failure that has been written to stderr already.
type reportedError struct{ err error }

func (e reportedError) Error() string { return e.err.Error() }
func (e reportedError) Unwrap() error { return e.err }

// panicError is a panic in a goroutine of regroup, carried to the one that owns the terminal: it first makes the
// terminal usable again and ends the demo's processes, and only then is the panic told.
type panicError struct {
	where string
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("panic in %s: %v\n\n%s", e.where, e.value, e.stack)
}

// guarded runs work and returns its panic, if it panics, as an error.
func guarded(where string, work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{where: where, value: value, stack: debug.Stack()}
		}
	}()
	return work()
}

// exitCode is the code that a command which ended with err ends the program with.
func exitCode(err error) int {
	var usage usageError
	var partial partialError
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &partial):
		return exitPartial
	}
	return exitFailed
}

// unlessInterrupted is err, or nil if it says no more than that the end was asked for.
func unlessInterrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// quote puts a name in a sentence. Names that come from a cluster, a file or the command line cannot send escapes.
func quote(name string) string { return `"` + text.Clean(name) + `"` }
