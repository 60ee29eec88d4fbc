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

// Run shows the program in the terminal until the user quits or ctx ends, and restores the terminal, also after
// a panic. The caller handles signals by ending ctx. It is an error if standard input or output is not a terminal.
func Run(ctx context.Context, options Options) error {
	for _, f := range []struct {
		name string
		file *os.File
	}{{"input", os.Stdin}, {"output", os.Stdout}} {
		if !term.IsTerminal(f.file.Fd()) {
			return fmt.Errorf("the screen needs a terminal, and standard %s is not one: `regroup groups` and `regroup describe` print to a pipe or a file", f.name)
		}
	}
	// bubbletea handles SIGINT and SIGTERM; a closed terminal sends SIGHUP.
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer cancel()
	app := New(options)
	app.ctx = ctx
	// Signals end ctx, and that ends the program. bubbletea's own handler would race with it: if ctx ends first, the
	// handler waits forever to send its message to an event loop that has ended, and Run waits for the handler.
	_, err := tea.NewProgram(app, tea.WithContext(ctx), tea.WithoutSignalHandler()).Run()
	switch {
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil && !errors.Is(err, tea.ErrProgramPanic):
		return nil // ended on request
	case err != nil:
		return fmt.Errorf("the terminal program ended: %w", err)
	}
	return nil
}
