package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// untilSignal returns a context that the first SIGINT, SIGTERM or SIGHUP cancels, for an orderly end. A second signal
// restores the terminal and exits at once. The demo's processes then end with their parent.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	restore := terminalRestorer()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	stopped := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for asked := false; ; asked = true {
			select {
			case <-signals:
				if asked {
					restore()
					os.Exit(exitFailed)
				}
				cancel()
			case <-stopped:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(stopped)
		<-done
		cancel()
	}
}

// terminalRestorer returns a function that restores the current state of the terminal, for a process that exits without
// waiting for the screen to do so.
func terminalRestorer() func() {
	state, err := term.GetState(os.Stdin.Fd())
	if err != nil || !term.IsTerminal(os.Stdout.Fd()) {
		return func() {} // no terminal to restore
	}
	return func() {
		// Errors do not matter: the terminal may be gone.
		_, _ = io.WriteString(os.Stdout, leaveScreen)
		_ = term.Restore(os.Stdin.Fd(), state)
	}
}

// leaveScreen resets every mode of the terminal that a full-screen program may have set.
const leaveScreen = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr + ansi.ResetModeFocusEvent +
	ansi.ResetModeBracketedPaste + ansi.ResetModeSynchronizedOutput + ansi.ResetModeAltScreenSaveCursor +
	ansi.SetModeTextCursorEnable + ansi.ResetStyle
