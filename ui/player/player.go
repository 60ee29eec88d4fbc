// Package player is the bar of a recording that is played: where it is, its rebalances, and the keys that steer it.
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

// Player plays a recording. Its views come from the screen's source.
type Player interface {
	// State is what is being played now. Neither it nor the others block.
	State() State
	// Pause stops the recording, or resumes it.
	Pause(paused bool)
	// SetSpeed sets how many seconds of the recording a second shows.
	SetSpeed(factor float64)
	// Seek goes to a place of the recording, back or ahead. The view of it follows when it is made.
	Seek(position time.Duration)
}

// State is where a recording is being played. Positions count from its beginning; what lies between two sessions
// in one file is left out.
type State struct {
	Position time.Duration
	Length   time.Duration // as far as it is known
	At       time.Time     // what time it was at Position; zero before the first observation
	Paused   bool
	Ended    bool // there is no more
	Seeking  bool // on its way to Position
	Speed    float64
	Marks    []time.Duration // where rebalances ended, in order; never changed, as far as they are known
	Scanned  bool            // Length and Marks are known to the end
	Problem  string          // why the recording ends before its end; "" if it does not
}

const (
	step     = 10 * time.Second
	slowest  = 1.0 / 64
	fastest  = 1024
	leastBar = 10 // cells: a shorter one says nothing
	// before is how far behind a mark counts as being at it: a second step back goes to the mark before.
	before = 2 * time.Second
)

var bindings = struct{ pause, previous, next, slower, faster, back, ahead key.Binding }{
	pause:    key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "pause, or play")),
	previous: key.NewBinding(key.WithKeys("["), key.WithHelp("[", "rebalance before")),
	next:     key.NewBinding(key.WithKeys("]"), key.WithHelp("]", "rebalance after")),
	slower:   key.NewBinding(key.WithKeys("<"), key.WithHelp("<", "slower")),
	faster:   key.NewBinding(key.WithKeys(">"), key.WithHelp(">", "faster")),
	back:     key.NewBinding(key.WithKeys(","), key.WithHelp(",", "10s back")),
	ahead:    key.NewBinding(key.WithKeys("."), key.WithHelp(".", "10s ahead")),
}

// InFooter are the keys that the footer always shows.
var InFooter = []key.Binding{bindings.pause, bindings.next}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	return []kit.KeyTable{{Title: "A recording", Bindings: (&Bar{}).Keys().Bindings()}}
}

// Bar is the line of the recording. A nil bar is that none is played: it has no keys.
type Bar struct {
	player Player
	state  State // as of the last Sync
	line   scrubber
}

// New is the bar of a player; nil if that is nil.
func New(p Player) *Bar {
	if p == nil {
		return nil
	}
	return &Bar{player: p}
}

// Sync takes in where the player is.
func (b *Bar) Sync() State {
	b.state = b.player.State()
	return b.state
}

// Plays reports whether the recording goes on by itself.
func (b *Bar) Plays() bool { return b != nil && !b.state.Paused && !b.state.Ended }

// Toggle pauses the recording, or resumes it.
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
		{Binding: k.previous, Do: func(kit.Frame) tea.Cmd { return b.seekMark(lastMark(s.Marks, s.Position-before), "before") }},
		{Binding: k.next, Do: func(kit.Frame) tea.Cmd { return b.seekMark(nextMark(s.Marks, s.Position), "after") }},
		kit.Does(k.slower, func() { b.player.SetSpeed(max(slowest, s.Speed/2)) }),
		kit.Does(k.faster, func() { b.player.SetSpeed(min(fastest, s.Speed*2)) }),
		kit.Does(k.back, func() { b.player.Seek(max(0, s.Position-step)) }),
		kit.Does(k.ahead, func() { b.player.Seek(min(s.Length, s.Position+step)) }),
	}
}

// seekMark goes to a rebalance, or says that there is none.
func (b *Bar) seekMark(i int, where string) tea.Cmd {
	if i < 0 || i >= len(b.state.Marks) {
		words := "there is no rebalance " + where
		if where == "after" && !b.state.Scanned {
			words += " that was found yet: the recording is still being read"
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

// Line is what is played, where in the recording that is, and its rebalances.
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

// speedWord is a speed as one types it: 4x, 0.25x.
func speedWord(factor float64) string { return strconv.FormatFloat(factor, 'f', -1, 64) + "x" }

// marks says how many rebalances there are, and how many of them are past.
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

// scrubber is where the line of the recording was drawn last.
type scrubber struct{ x, width int }

// cell is the cell of a position.
func (l scrubber) cell(position, length time.Duration) int {
	if length <= 0 || l.width <= 0 {
		return 0
	}
	return min(l.width-1, int(float64(l.width)*float64(position)/float64(length)))
}

// draw draws the recording from its beginning to its end: what is past, what is to come, and where its rebalances are.
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

// Click goes to where the line was clicked.
func (b *Bar) Click(x int) {
	if i := x - b.line.x; i >= 0 && i < b.line.width {
		b.player.Seek(b.state.Length * time.Duration(i) / time.Duration(max(1, b.line.width-1)))
	}
}
