package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// Run shows the program in the terminal until the user quits or ctx ends, and leaves the terminal as it was, also after
// a panic. Signals are the caller's to handle, by ending ctx. It is an error if standard input or output is not a terminal.
func Run(ctx context.Context, options Options) error {
	for _, f := range []struct {
		name string
		file *os.File
	}{{"input", os.Stdin}, {"output", os.Stdout}} {
		if !term.IsTerminal(f.file.Fd()) {
			return fmt.Errorf("the screen needs a terminal, and standard %s is not one: `regroup groups` and `regroup describe` print to a pipe or a file", f.name)
		}
	}
	// bubbletea takes care of SIGINT and SIGTERM; a terminal that is closed sends SIGHUP.
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer cancel()
	app := New(options)
	app.ctx = ctx
	// Signals end ctx, and that ends the program. bubbletea's own handler would race with it: if ctx ends first, the
	// handler waits for ever to hand its message to an event loop that is gone, and Run waits for the handler.
	_, err := tea.NewProgram(app, tea.WithContext(ctx), tea.WithoutSignalHandler()).Run()
	switch {
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil && !errors.Is(err, tea.ErrProgramPanic):
		return nil // the user, or whoever started the program, wanted it to end
	case err != nil:
		return fmt.Errorf("the terminal program ended: %w", err)
	}
	return nil
}
