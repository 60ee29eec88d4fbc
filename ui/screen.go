package ui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/theme"
)

// frame is what a screen is drawn from. now is the time of the last tick, not the clock: drawing twice gives the same.
type frame struct {
	view  *model.View // nil before the first observation
	now   time.Time
	theme *theme.Theme
	width int
	// removes says that members can be removed from groups.
	removes bool
	// foresees says that there is somebody who answers what would be if.
	foresees bool
	big      bool // fewer and larger things
	still    bool // nothing travels over the screen
	// height is the lines between the header and the footer, which the shell draws.
	height int
}

// screen is one page between the header and the footer. The shell owns a stack of them.
type screen interface {
	// update handles a key, mouse or own message. frame is that of the last draw; a mouse message counts from the top left of
	// the frame, and a second click on the same cell comes as a doubleClickMsg in place of a tea.MouseClickMsg.
	update(f frame, msg tea.Msg) tea.Cmd
	// observe takes in a new view: selections are kept by identity.
	observe(f frame)
	// render draws exactly f.height lines of at most f.width cells.
	render(f frame) string
	// bindings are the keys of the pane that has the focus, most important first: the footer and the help show them.
	// A key in them is the screen's, even where the shell has a use for it too (q, ?, :, r, l, p, esc, ctrl+z); only
	// ctrl+c is always the shell's. So a screen that has something to close lists esc and answers with backMsg when it
	// has nothing left to close; for one that does not list it, the shell goes back. Keys that neither lists go to the screen.
	bindings() []key.Binding
	// typing says that keys belong to a text field, so the shell must not take them as commands.
	typing() bool
	// animated says that something on the screen fades or moves, so the shell should tick faster.
	animated(f frame) bool
}

// doubleClickMsg is the second of two quick clicks of the left button on one cell.
type doubleClickMsg tea.Mouse

// Messages by which a screen asks the shell for something.
type (
	openGroupMsg struct{ id string }    // push the group's screen
	openLabMsg   struct{ group string } // push the lab, with this group chosen ("" is the first)
	backMsg      struct{}               // pop
	noticeMsg    struct {
		text string
		bad  bool
	} // one line in the footer for a few seconds
)
