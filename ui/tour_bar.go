package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
)

const (
	tourCaption    = 3  // lines that a caption takes, so that the screen above does not jump from step to step
	tourAiry       = 36 // lines of a terminal in which the bar has some air
	tourMeter      = 20 // cells of a countdown; half of them where it is narrow
	tourLeast      = 16 // lines of a terminal in which there is room for it
	tourMeterLeast = 76 // columns in which a countdown has room beside the facts
	tourFactLeast  = 30 // cells in which a fact beside a countdown still says something
	tourWide       = 100
)

// tourHeight is how many lines the tour's bar takes.
func (a *App) tourHeight() int {
	switch {
	case a.touring() == nil:
		return 0
	case a.height < tourLeast:
		return 1
	case a.height < tourAiry:
		return 2 + tourCaption
	}
	return 4 + tourCaption
}

// tourBar is what the tour says of what is seen: the step, its caption, and whether it is as told.
func (a *App) tourBar() []text.Line {
	t, height := a.touring(), a.tourHeight()
	if t == nil {
		return nil
	}
	inner := a.width - 2*kit.Margin
	lines := []text.Line{a.tourTitle(t, inner)}
	if height > 1 {
		lines = append(lines, a.tourWords(t, inner)...)
		lines = append(lines, a.tourProgress(t, inner))
	}
	if height > 2+tourCaption {
		lines = append(append([]text.Line{nil}, lines...), nil)
	}
	for i, line := range lines {
		lines[i] = append(text.Line{text.Space(kit.Margin)}, line...).Fit(a.width, text.Left)
	}
	return lines
}

func (a *App) tourTitle(t *model.TourStatus, width int) text.Line {
	th := a.theme
	title := text.Of(text.S(th.Strong, text.Clean(t.Title)))
	place := text.Of(text.S(th.Match, text.Clean(t.Step)), text.S(th.Dim, fmt.Sprintf("  %d of %d", t.Number, t.Of)))
	if !t.GoesOnAt.IsZero() && t.Number < t.Of && width >= tourMeterLeast {
		place = append(text.Of(text.S(th.Dim, "goes on in "+text.Duration(max(0, t.GoesOnAt.Sub(a.now)).Round(time.Second))+"   ")), place...)
	}
	return text.Between(title, place, width)
}

// tourWords is the caption in exactly tourCaption lines.
func (a *App) tourWords(t *model.TourStatus, width int) []text.Line {
	lines := make([]text.Line, 0, tourCaption)
	for words := range strings.SplitSeq(ansi.Wrap(text.Clean(t.Caption), max(1, width), ""), "\n") {
		lines = append(lines, text.Of(text.S(a.theme.Text, words)))
	}
	if len(lines) > tourCaption {
		lines = lines[:tourCaption]
		last := lines[tourCaption-1]
		lines[tourCaption-1] = append(last, text.S(a.theme.Text, " "+text.Ellipsis)).Truncate(width)
	}
	for len(lines) < tourCaption {
		lines = append(lines, nil)
	}
	return lines
}

// tourProgress is whether the step is as told, what is seen of it, and a countdown where there is one.
func (a *App) tourProgress(t *model.TourStatus, width int) text.Line {
	th := a.theme
	var line text.Line
	switch t.Progress {
	case model.TourHolds:
		line = text.Of(text.S(th.Good.Bold(true), "✓ as told"))
	case model.TourFailed:
		line = text.Of(text.S(th.Bad.Bold(true), "✗ not as told: "), text.S(th.Text, text.Clean(t.Missing)))
	case model.TourPreparing:
		line = text.Of(text.S(th.Dim, "… preparing: "+text.Clean(t.Missing)))
	case model.TourWaiting:
		line = text.Of(text.S(th.Warn, "… waiting: "), text.S(th.Text, text.Clean(t.Missing)))
	}
	meter := a.countdown(t.Countdown, width)
	if width < tourMeterLeast {
		meter = nil
	}
	for _, fact := range t.Facts {
		if len(meter) > 0 && line.Width()+tourFactLeast+meter.Width() > width {
			break // the beginning of a fact says nothing
		}
		line = append(line, text.S(th.Faint, "  ·  "), text.S(th.Info, text.Clean(fact)))
	}
	if len(meter) > 0 {
		return text.Between(line, meter, width)
	}
	return line.Truncate(width)
}

// countdown is how much of a stretch of time is left. What may be over already is drawn otherwise than what is not.
func (a *App) countdown(c *model.TourCountdown, width int) text.Line {
	if c == nil || !c.Till.After(c.From) {
		return nil
	}
	th, whole, meter := a.theme, c.Till.Sub(c.From), tourMeter
	if width < tourWide {
		meter /= 2
	}
	cells := func(at time.Time) int {
		left := float64(max(0, at.Sub(a.now))) / float64(whole)
		return min(meter, int(left*float64(meter)+0.999))
	}
	sure, perhaps := cells(c.Earliest), cells(c.Till)
	style := th.Warn
	if sure == 0 {
		style = th.Bad
	}
	words := "over"
	if left := c.Till.Sub(a.now); left > 0 {
		words = fmt.Sprintf("%.1f s", left.Seconds())
	}
	return text.Of(text.S(th.Text, text.Clean(c.Words)+" "), text.S(style, strings.Repeat("▰", sure)+strings.Repeat("▱", perhaps-sure)),
		text.S(th.Faint, strings.Repeat("·", meter-perhaps)), text.S(style.Bold(true), fmt.Sprintf(" %5s", words)))
}
