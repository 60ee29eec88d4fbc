// Package player draws the bar of a recording: the position, its rebalances and the playback keys.
package player

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Player plays a recording. The screen gets the views from its source.
type Player interface {
	// State is the playback state. No method blocks.
	State() State
	// Pause pauses or resumes playback.
	Pause(paused bool)
	// SetSpeed sets the speed in seconds of the recording per second.
	SetSpeed(factor float64)
	// Seek moves to a position, forward or backward; its view follows when it has been computed.
	Seek(position time.Duration)
}

// State is the playback state of a recording. Positions count from its beginning, without the time between two sessions of
// one file.
type State struct {
	Position time.Duration
	Length   time.Duration // a lower bound until Scanned
	At       time.Time     // the recorded time at Position; zero before the first observation
	Paused   bool
	Ended    bool // Position is the end
	Seeking  bool // the view of Position is being computed
	Speed    float64
	Marks    []time.Duration // ends of the rebalances found so far, ascending; only appended to
	Scanned  bool            // Length and Marks are complete
	Problem  string          // why the rest cannot be read; "" if it can
}

const (
	step     = 10 * time.Second
	slowest  = 1.0 / 64
	fastest  = 1024
	leastBar = 10 // cells; a shorter bar is not drawn
	// before is how long after a mark a step back skips it, so that pressing the key twice moves to the previous mark.
	before = 2 * time.Second
)

var bindings = struct{ pause, previous, next, slower, faster, back, ahead key.Binding }{
	pause:    key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "play / pause")),
	previous: key.NewBinding(key.WithKeys("["), key.WithHelp("[", "previous rebalance")),
	next:     key.NewBinding(key.WithKeys("]"), key.WithHelp("]", "next rebalance")),
	slower:   key.NewBinding(key.WithKeys("<"), key.WithHelp("<", "slower")),
	faster:   key.NewBinding(key.WithKeys(">"), key.WithHelp(">", "faster")),
	back:     key.NewBinding(key.WithKeys(","), key.WithHelp(",", "back 10 s")),
	ahead:    key.NewBinding(key.WithKeys("."), key.WithHelp(".", "forward 10 s")),
}

// InFooter are the keys that the footer always shows.
var InFooter = []key.Binding{bindings.pause, bindings.next}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	return []kit.KeyTable{{Title: "A recording", Bindings: (&Bar{}).Keys().Bindings()}}
}

// Bar is the line of the recording. A nil bar, without a recording, has no keys.
type Bar struct {
	player Player
	state  State // as of the last Sync
	line   scrubber
}

// New is the bar of a player; nil without a player.
func New(p Player) *Bar {
	if p == nil {
		return nil
	}
	return &Bar{player: p}
}

// Sync updates the bar from the player.
func (b *Bar) Sync() State {
	b.state = b.player.State()
	return b.state
}

// Plays reports whether the position advances by itself.
func (b *Bar) Plays() bool { return b != nil && !b.state.Paused && !b.state.Ended }

// Toggle pauses or resumes playback.
func (b *Bar) Toggle() { b.player.Pause(!b.state.Paused) }

// Keys are the player's keys, most important first.
func (b *Bar) Keys() kit.Keys {
	if b == nil {
		return nil
	}
	k, s := bindings, &b.state
	return kit.Keys{
		kit.Does(k.pause, func() {
			if s.Ended {
				b.player.Seek(0)
				b.player.Pause(false)
				return
			}
			b.Toggle()
		}),
		{Binding: k.previous, Do: func(kit.Frame) tea.Cmd { return b.seekMark(lastMark(s.Marks, s.Position-before), "earlier") }},
		{Binding: k.next, Do: func(kit.Frame) tea.Cmd { return b.seekMark(nextMark(s.Marks, s.Position), "later") }},
		kit.Does(k.slower, func() { b.player.SetSpeed(max(slowest, s.Speed/2)) }),
		kit.Does(k.faster, func() { b.player.SetSpeed(min(fastest, s.Speed*2)) }),
		kit.Does(k.back, func() { b.player.Seek(max(0, s.Position-step)) }),
		kit.Does(k.ahead, func() { b.player.Seek(min(s.Length, s.Position+step)) }),
	}
}

// seekMark seeks to a rebalance, or shows a notice if there is none in that direction.
func (b *Bar) seekMark(i int, direction string) tea.Cmd {
	if i < 0 || i >= len(b.state.Marks) {
		words := "no " + direction + " rebalance"
		if direction == "later" && !b.state.Scanned {
			words += " found so far: the recording is still being read"
		}
		return kit.Ask(kit.Notice{Text: words})
	}
	b.player.Seek(b.state.Marks[i])
	return nil
}

// lastMark is the index of the last mark before a position; -1 is none.
func lastMark(marks []time.Duration, position time.Duration) int {
	i, _ := slices.BinarySearch(marks, position)
	return i - 1
}

// nextMark is the index of the first mark after a position; len(marks) is none.
func nextMark(marks []time.Duration, position time.Duration) int {
	i, _ := slices.BinarySearch(marks, position+1)
	return i
}

// Line draws the playback state, the position in the recording and its rebalances.
func (b *Bar) Line(t *theme.Theme, width int) text.Line {
	s := b.state
	left := text.Of(text.Space(1), text.S(t.Strong, sign(s)), text.Space(1), text.S(t.Text, speedWord(s.Speed)), text.Space(2))
	if !s.At.IsZero() {
		left = append(left, text.S(t.Strong, s.At.Local().Format("15:04:05")), text.Space(2))
	}
	right := append(text.Of(text.Space(2)), b.marks(t)...)
	cells := width - left.Width() - right.Width() - 1
	if cells < leastBar {
		right = nil
		cells = width - left.Width() - 1
	}
	b.line = scrubber{x: left.Width(), width: max(0, cells)}
	line := append(left, b.line.draw(t, s)...)
	return append(line, right...).Fit(width, text.Left)
}

// sign tells playing, paused, ended and seeking apart.
func sign(s State) string {
	switch {
	case s.Seeking:
		return "»"
	case s.Ended:
		return "■"
	case s.Paused:
		return "‖"
	}
	return "▶"
}

// speedWord formats a speed: 4x, 0.25x.
func speedWord(factor float64) string { return strconv.FormatFloat(factor, 'f', -1, 64) + "x" }

// marks is the number of rebalances before the position, and of all.
func (b *Bar) marks(t *theme.Theme) text.Line {
	s := b.state
	past := nextMark(s.Marks, s.Position)
	count := fmt.Sprintf("%s of %s", text.Count(past), text.Plural(len(s.Marks), "rebalance"))
	switch {
	case s.Problem != "":
		return text.Of(text.S(t.Dim, count+"  "), text.S(t.Bad, text.Clean(s.Problem)))
	case !s.Scanned:
		return text.Of(text.S(t.Dim, count+" so far"))
	}
	return text.Of(text.S(t.Dim, count))
}

// scrubber is where the bar was last drawn, in cells.
type scrubber struct{ x, width int }

// cell is the cell of a position.
func (l scrubber) cell(position, length time.Duration) int {
	if length <= 0 || l.width <= 0 {
		return 0
	}
	return min(l.width-1, int(float64(l.width)*float64(position)/float64(length)))
}

// draw draws the bar: the played part, the rest, and the rebalances.
func (l scrubber) draw(t *theme.Theme, s State) text.Line {
	at := l.cell(s.Position, s.Length)
	marked := make([]bool, l.width)
	for _, mark := range s.Marks {
		if l.width > 0 {
			marked[l.cell(mark, s.Length)] = true
		}
	}
	var line text.Line
	for i := range l.width {
		switch {
		case i == at:
			line = append(line, text.S(t.Strong, "●"))
		case marked[i]:
			line = append(line, text.S(t.Warn, "┃"))
		case i < at:
			line = append(line, text.S(t.Good, "━"))
		default:
			line = append(line, text.S(t.Dim, "─"))
		}
	}
	return line
}

// Click seeks to the clicked position.
func (b *Bar) Click(x int) {
	if i := x - b.line.x; i >= 0 && i < b.line.width {
		b.player.Seek(b.state.Length * time.Duration(i) / time.Duration(max(1, b.line.width-1)))
	}
}
