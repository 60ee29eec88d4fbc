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

// untilSignal returns a context that ends with the first SIGINT, SIGTERM or SIGHUP; the program then ends in order. A
// second one does not wait for that: the terminal is given back and the process ends at once. The demo's processes end
// by themselves when theirs does.
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

// terminalRestorer notes how the terminal is now and returns what makes it so again. The screen does that itself when
// it ends; this is for a process that ends without waiting for it.
func terminalRestorer() func() {
	state, err := term.GetState(os.Stdin.Fd())
	if err != nil || !term.IsTerminal(os.Stdout.Fd()) {
		return func() {} // no terminal to restore
	}
	return func() {
		// Nothing is left to do about an error: the terminal may be gone.
		_, _ = io.WriteString(os.Stdout, leaveScreen)
		_ = term.Restore(os.Stdin.Fd(), state)
	}
}

// leaveScreen undoes everything that a full-screen program may have asked of the terminal.
const leaveScreen = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr + ansi.ResetModeFocusEvent +
	ansi.ResetModeBracketedPaste + ansi.ResetModeSynchronizedOutput + ansi.ResetModeAltScreenSaveCursor +
	ansi.SetModeTextCursorEnable + ansi.ResetStyle
