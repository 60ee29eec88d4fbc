// Package tour draws the bar of the guided tour: the step, its caption, whether the described behaviour was observed, and its keys.
package tour

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Tour is the guided tour. Its status comes with the views. No method blocks: the view follows.
type Tour interface {
	// Names are the names of the steps, in order.
	Names() []string
	// Go opens a step by its name, "" the first one; the error lists the names.
	Go(name string) error
	// Next opens the next step, and Back the previous one.
	Next()
	Back()
	// End ends the tour; its groups keep running.
	End()
}

var bindings = struct{ begin, next, back, end key.Binding }{
	begin: key.NewBinding(key.WithKeys("T"), key.WithHelp("T", "guided tour")),
	next:  key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "next step")),
	back:  key.NewBinding(key.WithKeys("backspace"), key.WithHelp("backspace", "previous")),
	end:   key.NewBinding(key.WithKeys("T"), key.WithHelp("T", "end the tour")),
}

// Begin is the key that begins the tour, from any screen.
var Begin = bindings.begin

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	k := bindings
	return []kit.KeyTable{{Title: "The tour", Bindings: []key.Binding{k.begin, k.next, k.back, k.end}}}
}

// Keys are the tour's keys, which take precedence over the screen's. A nil status is that the tour is not running.
func Keys(t Tour, on *model.TourStatus) kit.Keys {
	switch k := bindings; {
	case t == nil:
		return nil
	case on == nil:
		return kit.Keys{{Binding: k.begin, Do: func(kit.Frame) tea.Cmd { return begin(t) }}}
	default:
		next := kit.Does(k.next, t.Next)
		if on.Number == on.Of {
			next = kit.Asks(k.next, kit.Notice{Text: "this is the last step: T ends the tour, backspace goes back"})
		}
		return kit.Keys{next, kit.Does(k.back, t.Back), kit.Does(k.end, t.End)}
	}
}

func begin(t Tour) tea.Cmd {
	if err := t.Go(""); err != nil {
		return kit.Refuse(err.Error())
	}
	return nil
}

// Hints are the keys that have an effect on the current step.
func Hints(t Tour, on *model.TourStatus) kit.Keys {
	return slices.DeleteFunc(Keys(t, on), func(k kit.Key) bool {
		return on != nil && (on.Number == on.Of && k.Help() == bindings.next.Help() || on.Number == 1 && k.Help() == bindings.back.Help())
	})
}

const (
	captionLines = 3  // lines of a caption, fixed so that the screen above does not jump from step to step
	airy         = 36 // lines of a terminal from which the bar has blank lines around it
	meterCells   = 20 // cells of a countdown; half of them in narrow terminals
	least        = 16 // lines of a terminal from which the caption is shown
	meterLeast   = 76 // columns from which a countdown fits beside the facts
	factLeast    = 30 // cells that a fact beside a countdown needs
	wide         = 100
)

// Height is the height of the bar in a terminal with this number of lines.
func Height(on *model.TourStatus, lines int) int {
	switch {
	case on == nil:
		return 0
	case lines < least:
		return 1
	case lines < airy:
		return 2 + captionLines
	}
	return 4 + captionLines
}

// Bar is the tour's bar below the screen.
type Bar struct {
	Theme *theme.Theme
	On    *model.TourStatus
	Now   time.Time
	Width int
}

// Lines renders the bar for a terminal with this number of lines: the step, its caption and its progress.
func (b Bar) Lines(lines int) []text.Line {
	height := Height(b.On, lines)
	if height == 0 {
		return nil
	}
	inner := b.Width - 2*kit.Margin
	all := []text.Line{b.title(inner)}
	if height > 1 {
		all = append(append(all, b.caption(inner)...), b.progress(inner))
	}
	if height > 2+captionLines {
		all = append(append([]text.Line{nil}, all...), nil)
	}
	for i, line := range all {
		all[i] = append(text.Line{text.Space(kit.Margin)}, line...).Fit(b.Width, text.Left)
	}
	return all
}

func (b Bar) title(width int) text.Line {
	th, t := b.Theme, b.On
	title := text.Of(text.S(th.Strong, text.Clean(t.Title)))
	place := text.Of(text.S(th.Match, text.Clean(t.Step)), text.S(th.Dim, fmt.Sprintf("  %d of %d", t.Number, t.Of)))
	if !t.NextAt.IsZero() && t.Number < t.Of && width >= meterLeast {
		place = append(text.Of(text.S(th.Dim, "next in "+text.Duration(max(0, t.NextAt.Sub(b.Now)).Round(time.Second))+"   ")), place...)
	}
	return text.Between(title, place, width)
}

// caption is the caption in exactly captionLines lines.
func (b Bar) caption(width int) []text.Line {
	lines := make([]text.Line, 0, captionLines)
	for words := range strings.SplitSeq(ansi.Wrap(text.Clean(b.On.Caption), max(1, width), ""), "\n") {
		lines = append(lines, text.Of(text.S(b.Theme.Text, words)))
	}
	if len(lines) > captionLines {
		lines = lines[:captionLines]
		last := lines[captionLines-1]
		lines[captionLines-1] = append(last, text.S(b.Theme.Text, " "+text.Ellipsis)).Truncate(width)
	}
	for len(lines) < captionLines {
		lines = append(lines, nil)
	}
	return lines
}

// progress is the progress of the step, the observed facts, and a countdown if there is one.
func (b Bar) progress(width int) text.Line {
	th, t := b.Theme, b.On
	var line text.Line
	switch t.Progress {
	case model.TourVerified:
		line = text.Of(text.S(th.Good.Bold(true), "✓ verified"))
	case model.TourFailed:
		line = text.Of(text.S(th.Bad.Bold(true), "✗ not observed: "), text.S(th.Text, text.Clean(t.Missing)))
	case model.TourPreparing:
		line = text.Of(text.S(th.Dim, "… preparing: "+text.Clean(t.Missing)))
	case model.TourWaiting:
		line = text.Of(text.S(th.Warn, "… waiting: "), text.S(th.Text, text.Clean(t.Missing)))
	}
	meter := b.countdown(t.Countdown, width)
	if width < meterLeast {
		meter = nil
	}
	for _, fact := range t.Facts {
		if len(meter) > 0 && line.Width()+factLeast+meter.Width() > width {
			break // a cut fact is not readable
		}
		line = append(line, text.S(th.Faint, "  ·  "), text.S(th.Info, text.Clean(fact)))
	}
	if len(meter) > 0 {
		return text.Between(line, meter, width)
	}
	return line.Truncate(width)
}

// countdown is the time that is left: cells up to the earliest end are filled, cells up to the latest end are hollow.
func (b Bar) countdown(c *model.TourCountdown, width int) text.Line {
	if c == nil || !c.Till.After(c.From) {
		return nil
	}
	th, whole, meter := b.Theme, c.Till.Sub(c.From), meterCells
	if width < wide {
		meter /= 2
	}
	cells := func(at time.Time) int {
		left := float64(max(0, at.Sub(b.Now))) / float64(whole)
		return min(meter, int(left*float64(meter)+0.999))
	}
	sure, perhaps := cells(c.Earliest), cells(c.Till)
	style := th.Warn
	if sure == 0 {
		style = th.Bad
	}
	words := "over"
	if left := c.Till.Sub(b.Now); left > 0 {
		words = fmt.Sprintf("%.1f s", left.Seconds())
	}
	return text.Of(text.S(th.Text, text.Clean(c.Words)+" "), text.S(style, strings.Repeat("▰", sure)+strings.Repeat("▱", perhaps-sure)),
		text.S(th.Faint, strings.Repeat("·", meter-perhaps)), text.S(style.Bold(true), fmt.Sprintf(" %5s", words)))
}
