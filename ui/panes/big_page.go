package panes

import (
	"regroup/ui/glyph"
	"regroup/ui/kit"
	"regroup/ui/text"
)

// BigFeedMost is the most lines of what happened that are shown on a projector.
const BigFeedMost = 2

// bigPage is a screen for a projector from top to bottom: a title, numbers, what the screen is about, and the newest of
// what happened.
type bigPage struct {
	f             kit.Frame
	Width, height int
	head          []text.Line
	numbers       []BigFact
	feed          []text.Line
	lines         []text.Line
}

// NewBigPage is a page with its title and numbers.
func NewBigPage(f kit.Frame, banner []text.Line, title text.Line, numbers []BigFact, feed []text.Line) *bigPage {
	p := &bigPage{f: f, Width: max(0, f.Width-2*kit.Margin), height: f.Height, numbers: numbers, feed: feed}
	if p.height >= kit.AiryHeight {
		p.head = append(p.head, nil)
	}
	p.head = append(append(p.head, title), banner...)
	return p
}

// Compose gives what the screen is about so many lines if that is possible: numbers get smaller and the feed shorter,
// one after the other. Where there is not enough room for all in any case, both stay and the rest is scrolled.
func (p *bigPage) Compose(wanted int) {
	layouts := []struct {
		numbers, feed int // lines of both
		airy          bool
	}{
		{1 + glyph.TallHeight, BigFeedMost, true}, {1 + glyph.Height, BigFeedMost, true}, {1 + glyph.Height, 1, true},
		{2, 1, true}, {2, 0, false}, {0, 0, false},
	}
	feed := p.feed
	for i, l := range layouts {
		if l.numbers > 1+glyph.Height && p.Width < bigWide {
			continue
		}
		p.feed = feed[:min(len(feed), l.feed)]
		p.lines = append([]text.Line(nil), p.head...)
		if l.airy && l.numbers > 2 && len(p.numbers) > 0 {
			p.Add(nil)
		}
		p.Add(bigFacts(p.f.Theme, p.numbers, p.Width, l.numbers)...)
		if l.airy {
			p.Add(nil)
		}
		if p.Room() >= wanted || i == 3 && p.height >= 18 {
			return
		}
	}
}

func (p *bigPage) Add(lines ...text.Line) { p.lines = append(p.lines, lines...) }

// Room is what is left above the feed and the blank line before it.
func (p *bigPage) Room() int {
	feed := len(p.feed)
	if feed > 0 {
		feed++
	}
	return max(0, p.height-len(p.lines)-feed)
}

func (p *bigPage) Render() string {
	above := max(0, p.height-len(p.feed))
	for len(p.lines) < above {
		p.lines = append(p.lines, nil)
	}
	c := kit.NewCanvas(p.f.Width, p.f.Height)
	c.Put(kit.Box(kit.Margin, 0, p.Width, p.f.Height), kit.RenderLines(append(p.lines[:above:above], p.feed...), p.Width))
	return c.String()
}
