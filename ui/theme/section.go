package theme

import (
	"strings"

	"regroup/ui/text"
)

// Section is the heading of a pane: its title, a rule to the right edge, and notes that interrupt the rule. The title
// of the pane that has the focus stands out.
func (t *Theme) Section(width int, focused bool, title string, notes ...text.Span) text.Line {
	style, sign := t.Heading, "─"
	rule := t.Faint
	if focused { // the heavy rule says it without colour
		style, rule, sign = t.Strong, t.Info, "━"
	}
	line := text.Of(text.S(style, title), text.Space(1))
	if len(notes) > 0 {
		line = append(line, text.S(rule, strings.Repeat(sign, 2)), text.Space(1))
		line = append(append(line, notes...), text.Space(1))
	}
	if rest := width - line.Width(); rest > 0 {
		line = append(line, text.S(rule, strings.Repeat(sign, rest)))
	}
	return line.Truncate(width)
}
