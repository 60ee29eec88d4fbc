package panes

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/glyph"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// feedLines is the most lines of what happened that a screen shows in presentation mode.
const feedLines = 2

// roomyWidth is the width from which the largest shapes have room.
const roomyWidth = 110

// Page is a screen in presentation mode, from top to bottom: a title, numbers, what the screen is about, and the newest of
// what happened. A terminal of 80×24 cells is what a large font leaves of a projector, so all of it must do with that.
type Page struct {
	Head    []text.Line
	Numbers []Number
	Feed    []string // newest first
}

// Draw gives the body so many lines if that is possible: numbers get smaller and the feed shorter, one after the other.
// Where not all fits in any case, both stay small and the body scrolls.
func (p Page) Draw(f kit.Frame, wanted int, body func(width, height int) []string) string {
	width := max(0, f.Width-2*kit.Margin)
	head := p.Head
	if f.Height >= kit.AiryHeight {
		head = append([]text.Line{nil}, head...)
	}
	var above []text.Line
	feed, room := p.Feed, 0
	for i, l := range []struct {
		numbers, feed int // lines of both
		airy          bool
	}{
		{1 + glyph.TallHeight, feedLines, true}, {1 + glyph.Height, feedLines, true}, {1 + glyph.Height, 1, true},
		{2, 1, true}, {2, 0, false}, {0, 0, false},
	} {
		if l.numbers > 1+glyph.Height && width < roomyWidth {
			continue
		}
		above = append([]text.Line(nil), head...)
		if l.airy && l.numbers > 2 && len(p.Numbers) > 0 {
			above = append(above, nil)
		}
		above = append(above, numberLines(f.Theme, p.Numbers, width, l.numbers)...)
		if l.airy {
			above = append(above, nil)
		}
		feed = p.Feed[:min(len(p.Feed), l.feed)]
		room = f.Height - len(above) - len(feed) - min(1, len(feed))
		if room >= wanted || i == 3 && f.Height >= 18 {
			break
		}
	}
	room, above = max(0, room), above[:min(len(above), max(0, f.Height-len(feed)))]
	c := kit.NewCanvas(f.Width, f.Height)
	c.Put(kit.Box(kit.Margin, 0, width, len(above)), kit.RenderLines(above, width))
	c.Put(kit.Box(kit.Margin, len(above), width, room), body(width, room))
	c.Put(kit.Box(kit.Margin, f.Height-len(feed), width, len(feed)), feed)
	return c.String()
}

// Feed is the newest events of a group, for a page.
func Feed(f kit.Frame, events []*model.Event) []string {
	var lines []text.Line
	for _, e := range events[:min(feedLines, len(events))] {
		lines = append(lines, phrase.EventLine(f, e, 0))
	}
	return kit.RenderLines(lines, f.Width-2*kit.Margin)
}

// Number is a number that is read from afar, with its name above it.
type Number struct {
	Name, Value string
	Style       lipgloss.Style
}

// GroupNumbers are the numbers of a group.
func GroupNumbers(f kit.Frame, g *model.GroupView) []Number {
	th := f.Theme
	lag, _ := phrase.LagStyles(th, g)
	members, _ := phrase.Members(g)
	numbers := []Number{{counting(g.Type), g.Generation.String(), th.Strong}, {"MEMBERS", members, th.Strong}, {"LAG", text.Lag(g.Lag, g.LagIncomplete), lag}}
	switch {
	case g.Rebalancing():
		numbers = append(numbers, Number{"REBALANCING FOR", text.Duration(f.Now.Sub(g.RebalancingSince)), th.Warn.Bold(true)})
	case g.LastRebalance() != nil:
		age := text.Age(f.Now, g.LastRebalance().End())
		if f.Width >= roomyWidth {
			age += " ago"
		}
		numbers = append(numbers, Number{"LAST REBALANCE", age, th.Dim})
	}
	return numbers
}

// Numbers are those of one rebalance.
func (p Rebalance) Numbers(r *model.Rebalance) []Number {
	th := p.F.Theme
	unread := text.Unknown
	if len(r.Cost.Pauses) > 0 || r.Cost.Complete {
		unread = phrase.Pause(r.Cost.PausedAtLeast, r.Cost.PausedAtMost)
	}
	return []Number{
		{counting(r.Type), phrase.Generations(r), th.Strong}, {"MOVED", fmt.Sprintf("%d/%d", len(r.Moves), r.Partitions()), th.Strong},
		{"PAUSED FOR", unread, th.Bad.Bold(true)}, {"TOOK", phrase.Took(r), th.Dim},
	}
}

// counting is what a group of this type counts its rebalances by.
func counting(t model.GroupType) string {
	if phrase.CountsEpochs(t) {
		return "GROUP EPOCH"
	}
	return "GENERATION"
}

// numberLines draws numbers side by side in glyphs as large as the height allows, a name above each; what has no room is
// left out, the rightmost first. Where there are fewer lines than glyphs need, a number is two lines of text.
func numberLines(th *theme.Theme, numbers []Number, width, height int) []text.Line {
	if height <= 0 || len(numbers) == 0 {
		return nil
	}
	for _, size := range []int{glyph.TallHeight, glyph.Height} {
		if lines, all := numbersOf(th, numbers, width, size); size < height && (all || size == glyph.Height) {
			return lines
		}
	}
	lines, _ := numbersOf(th, numbers, width, 1)
	return lines[:min(len(lines), height)]
}

// numbersOf draws values of so many lines; all says that none was left out.
func numbersOf(th *theme.Theme, numbers []Number, width, size int) (lines []text.Line, all bool) {
	const between = 5
	lines = make([]text.Line, 1+size)
	for _, n := range numbers {
		drawn, known := glyph.Lines(n.Value, size == glyph.TallHeight)
		if !known || size == 1 {
			drawn = make([]string, size)
			drawn[size/2] = n.Value
		}
		cells := text.Width(n.Name)
		for _, d := range drawn {
			cells = max(cells, text.Width(d))
		}
		if lines[0].Width()+cells > width {
			return lines, false
		}
		for i := range lines {
			part := text.S(th.Dim, n.Name)
			if i > 0 {
				part = text.S(n.Style, drawn[i-1])
			}
			lines[i] = append(lines[i], text.Of(part).Fit(cells+between, text.Left)...)
		}
	}
	return lines, true
}
