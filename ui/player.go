package ui

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/text"
)

// Player plays a recording. The views of what it plays come from the [Source] beside it.
type Player interface {
	// State is what is being played now. Neither it nor the others block.
	State() PlayerState
	// Pause stops the recording, or lets it go on.
	Pause(paused bool)
	// SetSpeed sets how many seconds of the recording a second shows.
	SetSpeed(factor float64)
	// Seek goes to a place of the recording, back or ahead. The view of it follows when it is made.
	Seek(position time.Duration)
}

// PlayerState is where a recording is being played. Positions count from its beginning; what lies between two sessions
// in one file is left out.
type PlayerState struct {
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
	playerStep     = 10 * time.Second
	playerSlowest  = 1.0 / 64
	playerFastest  = 1024
	playerLeastBar = 10 // cells: a shorter one says nothing
	// playerBefore is how far behind a mark counts as being at it: who goes back again wants the one before.
	playerBefore = 2 * time.Second
)

var playerKeys = struct{ pause, previous, next, slower, faster, back, ahead key.Binding }{
	pause:    key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "pause, or play")),
	previous: key.NewBinding(key.WithKeys("["), key.WithHelp("[", "rebalance before")),
	next:     key.NewBinding(key.WithKeys("]"), key.WithHelp("]", "rebalance after")),
	slower:   key.NewBinding(key.WithKeys("<"), key.WithHelp("<", "slower")),
	faster:   key.NewBinding(key.WithKeys(">"), key.WithHelp(">", "faster")),
	back:     key.NewBinding(key.WithKeys(","), key.WithHelp(",", "10s back")),
	ahead:    key.NewBinding(key.WithKeys("."), key.WithHelp(".", "10s ahead")),
}

// playerBindings are the player's keys, most important first; none where nothing is played.
func (a *App) playerBindings() []key.Binding {
	if a.options.Player == nil {
		return nil
	}
	k := playerKeys
	return []key.Binding{k.pause, k.previous, k.next, k.slower, k.faster, k.back, k.ahead}
}

// playing takes in where the player is: that moment is now.
func (a *App) playing() {
	if a.options.Player == nil {
		return
	}
	a.play = a.options.Player.State()
	if !a.play.At.IsZero() {
		a.now = a.play.At
	}
}

// playerKey does what a key of the player asks for.
func (a *App) playerKey(msg tea.KeyPressMsg) {
	p, s := a.options.Player, a.play
	switch {
	case key.Matches(msg, playerKeys.pause) && s.Ended:
		p.Seek(0)
		p.Pause(false)
	case key.Matches(msg, playerKeys.pause):
		p.Pause(!s.Paused)
	case key.Matches(msg, playerKeys.previous):
		a.seekMark(lastMark(s.Marks, s.Position-playerBefore), "before")
	case key.Matches(msg, playerKeys.next):
		a.seekMark(nextMark(s.Marks, s.Position), "after")
	case key.Matches(msg, playerKeys.slower):
		p.SetSpeed(max(playerSlowest, s.Speed/2))
	case key.Matches(msg, playerKeys.faster):
		p.SetSpeed(min(playerFastest, s.Speed*2))
	case key.Matches(msg, playerKeys.back):
		p.Seek(max(0, s.Position-playerStep))
	case key.Matches(msg, playerKeys.ahead):
		p.Seek(min(s.Length, s.Position+playerStep))
	}
	a.playing()
}

// seekMark goes to a rebalance; one that is not there is said.
func (a *App) seekMark(i int, where string) {
	if i < 0 || i >= len(a.play.Marks) {
		words := "there is no rebalance " + where
		if where == "after" && !a.play.Scanned {
			words += " that was found yet: the recording is still being read"
		}
		a.say(kit.Notice{Text: words})
		return
	}
	a.options.Player.Seek(a.play.Marks[i])
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

// playerBar is one line: what is played, where in the recording that is, and its rebalances.
func (a *App) playerBar() text.Line {
	t, s := a.theme, a.play
	left := text.Of(text.Space(1), text.S(t.Strong, playerSign(s)), text.Space(1), text.S(t.Text, speedWord(s.Speed)), text.Space(2))
	if !s.At.IsZero() {
		left = append(left, text.S(t.Strong, s.At.Local().Format("15:04:05")), text.Space(2))
	}
	right := append(text.Of(text.Space(2)), a.playerMarks()...)
	bar := a.width - left.Width() - right.Width() - 1
	if bar < playerLeastBar {
		right = nil
		bar = a.width - left.Width() - 1
	}
	a.bar = scrubber{x: left.Width(), width: max(0, bar)}
	line := append(left, a.scrubberLine(a.bar.width)...)
	return append(line, right...).Fit(a.width, text.Left)
}

func playerSign(s PlayerState) string {
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

// playerMarks says how many rebalances there are, and how many of them are past.
func (a *App) playerMarks() text.Line {
	t, s := a.theme, a.play
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
func (s scrubber) cell(position, length time.Duration) int {
	if length <= 0 || s.width <= 0 {
		return 0
	}
	return min(s.width-1, int(float64(s.width)*float64(position)/float64(length)))
}

// scrubberLine draws the recording from its beginning to its end: what is past, what is to come, and where its rebalances are.
func (a *App) scrubberLine(width int) text.Line {
	t, s := a.theme, a.play
	at := a.bar.cell(s.Position, s.Length)
	marked := make([]bool, width)
	for _, mark := range s.Marks {
		if width > 0 {
			marked[a.bar.cell(mark, s.Length)] = true
		}
	}
	var line text.Line
	for i := range width {
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

// playerClick goes to where the line was clicked.
func (a *App) playerClick(x int) {
	if i := x - a.bar.x; i >= 0 && i < a.bar.width {
		a.options.Player.Seek(a.play.Length * time.Duration(i) / time.Duration(max(1, a.bar.width-1)))
		a.playing()
	}
}

// playerKeyTables are the keys of this screen for the page of all keys.
func playerKeyTables() []kit.KeyTable {
	k := playerKeys
	return []kit.KeyTable{{Title: "A recording", Bindings: []key.Binding{k.pause, k.previous, k.next, k.slower, k.faster, k.back, k.ahead}}}
}
