// Package kit is what every screen is built on: the interface of a screen, the frame that it is drawn from, the messages by
// which it asks the shell for something, and layout, text fields and chips.
package kit

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/subject"
	"regroup/ui/theme"
)

// Frame is what a screen is drawn from.
type Frame struct {
	View *model.View // nil before the first observation
	// Now is the time of the last tick, not the clock: drawing twice gives the same.
	Now   time.Time
	Theme *theme.Theme
	Width int
	// Height is the lines between the header and the footer, which the shell draws.
	Height int

	Density Density
	Motion  Motion
	Can     Ability
}

// Density is how much a screen shows.
type Density int

// The densities.
const (
	Dense        Density = iota
	Presentation         // fewer and larger things, for a projector
)

// Motion is whether partitions that move are animated.
type Motion int

// The motions.
const (
	Animated Motion = iota
	Still
)

// Ability is what can be done beside looking, as bits.
type Ability int

// The abilities.
const (
	RemoveMembers Ability = 1 << iota // members can be removed from groups
	AnswerWhatIf                      // what-if questions can be answered
)

// Has reports whether something can be done.
func (a Ability) Has(what Ability) bool { return a&what != 0 }

// Screen is one page between the header and the footer. The shell owns a stack of them.
type Screen interface {
	// Update handles a mouse or own message, and text. The frame is that of the last draw; a mouse message counts from the top
	// left of the frame, and a second click on the same cell comes as a DoubleClick in place of a tea.MouseClickMsg.
	Update(f Frame, msg tea.Msg) tea.Cmd
	// Observe takes in a new view: selections are kept by identity.
	Observe(f Frame)
	// Render draws exactly f.Height lines of at most f.Width cells.
	Render(f Frame) string
	// Keys are the keys of the pane that has the focus, most important first: the footer and the help show them.
	// A key in them is the screen's, even where the shell has a use for it too (q, ?, :, r, l, p, esc, ctrl+z); only
	// ctrl+c is always the shell's. So a screen that has something to close lists esc and asks for Back when it has
	// nothing left to close; for one that does not list it, the shell goes back.
	Keys(f Frame) Keys
	// Typing reports whether the keys that are not in Keys are text: they come to Update, and none is the shell's.
	Typing() bool
	// Animated reports whether something on the screen fades or counts, so that the shell ticks faster.
	Animated(f Frame) bool
}

// Worker is a screen with work that takes too long for Update. The shell asks the screen on top after every message.
type Worker interface {
	// Work is a command if there is something to do, and nil while one is under way.
	Work(f Frame) tea.Cmd
}

// Traveller is a screen across which things move.
type Traveller interface {
	// Travels reports whether something moves across the screen at this moment.
	Travels(f Frame) bool
}

// Explained is a screen whose parts can be explained.
type Explained interface {
	// Subjects are what can be explained on the screen, in the order in which they stand there; cursor is the one of them
	// that is under the cursor.
	Subjects(f Frame) (all []subject.Subject, cursor subject.Subject)
}

// Sorter is a screen whose list can be sorted.
type Sorter interface {
	SortNames() []string
	SortBy(name string, order SortOrder)
}

// SortOrder is a direction, or the one that suits the column.
type SortOrder int

// The orders.
const (
	Naturally SortOrder = iota
	Ascending
	Descending
)
