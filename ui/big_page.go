package ui

import (
	"regroup/ui/glyph"
	"regroup/ui/text"
)

// bigFeedMost is the most lines of what happened that are shown on a projector.
const bigFeedMost = 2

// bigPage is a screen for a projector from top to bottom: a title, numbers, what the screen is about, and the newest of
// what happened.
type bigPage struct {
	f             frame
	width, height int
	head          []text.Line
	numbers       []bigFact
	feed          []text.Line
	lines         []text.Line
}

func newBigPage(f frame, banner []text.Line, title text.Line, numbers []bigFact, feed []text.Line) *bigPage {
	p := &bigPage{f: f, width: max(0, f.width-2*margin), height: f.height, numbers: numbers, feed: feed}
	if p.height >= airyHeight {
		p.head = append(p.head, nil)
	}
	p.head = append(append(p.head, title), banner...)
	return p
}

// compose gives what the screen is about so many lines if that is possible: numbers get smaller and the feed shorter,
// one after the other. Where there is not enough room for all in any case, both stay and the rest is scrolled.
func (p *bigPage) compose(wanted int) {
	layouts := []struct {
		numbers, feed int // lines of both
		airy          bool
	}{
		{1 + glyph.TallHeight, bigFeedMost, true}, {1 + glyph.Height, bigFeedMost, true}, {1 + glyph.Height, 1, true},
		{2, 1, true}, {2, 0, false}, {0, 0, false},
	}
	feed := p.feed
	for i, l := range layouts {
		if l.numbers > 1+glyph.Height && p.width < bigWide {
			continue
		}
		p.feed = feed[:min(len(feed), l.feed)]
		p.lines = append([]text.Line(nil), p.head...)
		if l.airy && l.numbers > 2 && len(p.numbers) > 0 {
			p.add(nil)
		}
		p.add(bigFacts(p.f.theme, p.numbers, p.width, l.numbers)...)
		if l.airy {
			p.add(nil)
		}
		if p.room() >= wanted || i == 3 && p.height >= 18 {
			return
		}
	}
}

func (p *bigPage) add(lines ...text.Line) { p.lines = append(p.lines, lines...) }

// room is what is left above the feed and the blank line before it.
func (p *bigPage) room() int {
	feed := len(p.feed)
	if feed > 0 {
		feed++
	}
	return max(0, p.height-len(p.lines)-feed)
}

func (p *bigPage) render() string {
	above := max(0, p.height-len(p.feed))
	for len(p.lines) < above {
		p.lines = append(p.lines, nil)
	}
	c := newCanvas(p.f.width, p.f.height)
	c.put(rect{margin, 0, p.width, p.f.height}, renderLines(append(p.lines[:above:above], p.feed...), p.width))
	return c.String()
}
