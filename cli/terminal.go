package cli

import (
	"io"
	"os"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

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
