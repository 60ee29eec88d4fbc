package panes

import (
	"strings"

	"charm.land/lipgloss/v2"

	"regroup/ui/glyph"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// bigWide is the width from which the largest shapes have room.
const bigWide = 110

// BigFact is a number that is read from afar, with its name above it.
type BigFact struct {
	name, value string
	style       lipgloss.Style
}

// bigFacts draws facts side by side in glyphs as large as the height allows, a name above each; what has no room is left
// out, the rightmost first. Where there are fewer lines than glyphs need, a fact is two lines of text.
func bigFacts(th *theme.Theme, facts []BigFact, width, height int) []text.Line {
	if height <= 0 || len(facts) == 0 {
		return nil
	}
	for _, size := range []int{glyph.TallHeight, glyph.Height} {
		if lines, all := bigFactsOf(th, facts, width, size); size < height && (all || size == glyph.Height) {
			return lines
		}
	}
	lines, _ := bigFactsOf(th, facts, width, 1)
	return lines[:min(len(lines), height)]
}

// bigFactsOf draws values of so many lines; all says that none was left out.
func bigFactsOf(th *theme.Theme, facts []BigFact, width, size int) (lines []text.Line, all bool) {
	const between = 5
	lines = make([]text.Line, 1+size)
	for _, f := range facts {
		drawn, known := glyph.Lines(f.value, size == glyph.TallHeight)
		if !known || size == 1 {
			drawn = make([]string, size)
			drawn[size/2] = f.value
		}
		cells := text.Width(f.name)
		for _, d := range drawn {
			cells = max(cells, text.Width(d))
		}
		if lines[0].Width()+cells > width {
			return lines, false
		}
		for i := range lines {
			part := text.S(th.Dim, f.name)
			if i > 0 {
				part = text.S(f.style, drawn[i-1])
			}
			lines[i] = append(lines[i], text.Of(part).Fit(cells+between, text.Left)...)
		}
	}
	return lines, true
}

// solidBlock is a text on solid colour, with as many lines as asked for: 1, 3 or 5. Its shape stays without colour.
func solidBlock(label string, style lipgloss.Style, width, height int) []text.Line {
	if height < 3 {
		return []text.Line{text.Of(text.S(style, " "+label+" ")).Fit(width, text.Left)}
	}
	edge := lipgloss.NewStyle().Foreground(style.GetBackground())
	side := edge.Background(style.GetBackground())
	inside := []string{label}
	if height >= 5 {
		if drawn, known := glyph.Lines(label, false); known && text.Width(drawn[0])+4 <= width {
			inside = drawn
		} else {
			inside = []string{"", label, ""}
		}
	}
	lines := []text.Line{text.Of(text.S(edge, strings.Repeat("▄", width)))}
	for _, words := range inside {
		left := (width - 2 - text.Width(words)) / 2
		right := width - 2 - text.Width(words) - left
		lines = append(lines, text.Of(text.S(side, "█"), text.S(style, strings.Repeat(" ", max(0, left))+words+strings.Repeat(" ", max(0, right))), text.S(side, "█")).Truncate(width))
	}
	return append(lines, text.Of(text.S(edge, strings.Repeat("▀", width))))
}

// hollowBlock is the shape of a block with nothing in it but its label.
func hollowBlock(label string, style lipgloss.Style, width, height int) []text.Line {
	if height < 3 {
		return []text.Line{text.Of(text.S(style, "["+label+"]")).Fit(width, text.Left)}
	}
	lines := []text.Line{text.Of(text.S(style, "┌"+strings.Repeat("╌", max(0, width-2))+"┐"))}
	for i := range height - 2 {
		words := ""
		if i == (height-2)/2 {
			words = label
		}
		left := (width - 2 - text.Width(words)) / 2
		lines = append(lines, text.Of(text.S(style, "╎"+strings.Repeat(" ", max(0, left))+words+strings.Repeat(" ", max(0, width-2-left-text.Width(words)))+"╎")))
	}
	return append(lines, text.Of(text.S(style, "└"+strings.Repeat("╌", max(0, width-2))+"┘")))
}
