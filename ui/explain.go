package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"regroup/ui/explain"
	"regroup/ui/kit"
	"regroup/ui/subject"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// explainer explains one thing of the screen, below the screen. The screen goes on to work in the lines that are left.
type explainer struct {
	screen   kit.Screen // that was on top
	all      []subject.Subject
	at       int
	cursor   subject.Subject // what was under the screen's cursor
	top      int             // the first visible line
	page     int             // visible lines, as of the last draw
	most     int             // the largest top, as of the last draw
	animated bool            // its numbers change faster than once a second
}

// explainKeys are few: all others work on the screen above, and the explanation follows its cursor.
var explainKeys = struct{ open, close, next, previous, up, down, pageUp, pageDown, row key.Binding }{
	open:     key.NewBinding(key.WithKeys("e"), key.WithHelp("e", "explain")),
	close:    key.NewBinding(key.WithKeys("esc", "e", "q"), key.WithHelp("esc", "close")),
	next:     key.NewBinding(key.WithKeys("tab", "right"), key.WithHelp("→", "next")),
	previous: key.NewBinding(key.WithKeys("shift+tab", "left"), key.WithHelp("←", "before")),
	up:       key.NewBinding(key.WithKeys("up"), key.WithHelp("↑ ↓", "scroll")),
	down:     key.NewBinding(key.WithKeys("down")),
	pageUp:   key.NewBinding(key.WithKeys("pgup", "ctrl+b", "ctrl+u")),
	pageDown: key.NewBinding(key.WithKeys("pgdown", "ctrl+f", "ctrl+d")),
	row:      key.NewBinding(key.WithKeys("j", "k"), key.WithHelp("j k", "another row")),
}

func explainBindings() []key.Binding {
	k := explainKeys
	return []key.Binding{k.close, k.previous, k.next, k.up, k.row}
}

// explainTaken are all keys that do not reach the screen while it is explained.
func explainTaken() []key.Binding {
	k := explainKeys
	return []key.Binding{k.close, k.next, k.previous, k.up, k.down, k.pageUp, k.pageDown}
}

// The lines of the explanation, of those between the header and the footer.
const (
	explainLeast  = 6   // fewer lines of the screen above say nothing: the explanation takes all
	explainWide   = 100 // cells from which on what can be done stands beside the words
	explainGap    = 4   // cells between the two
	explainIndent = 2
)

// explainHeight shares the lines: half for each, or two thirds for the explanation where there are few.
func explainHeight(lines int) int {
	height := lines * 2 / 3
	if lines >= kit.AiryHeight {
		height = (lines + 1) / 2
	}
	if lines-height < explainLeast {
		return lines
	}
	return height
}

// openExplain explains what is under the cursor.
func (a *App) openExplain() {
	a.help = nil
	e := &explainer{}
	a.explain = e
	e.look(a)
	e.at = max(0, slices.IndexFunc(e.all, e.cursor.Same))
}

// look takes in what can be explained on the screen on top, and of the program around it.
func (e *explainer) look(a *App) {
	around := []subject.Subject{{Kind: subject.Source}, {Kind: subject.Exactness}, {Kind: subject.Tail}}
	e.screen, e.all, e.cursor = a.top().Screen, around, around[0]
	if s, can := e.screen.(kit.Explained); can && a.view != nil {
		if all, cursor := s.Subjects(a.frame()); len(all) > 0 {
			e.all, e.cursor = append(all, around...), cursor
		}
	}
}

// follow explains what the screen's cursor has been moved to, and stays where it is if that has not been moved. Who
// looks at one column goes on to look at it in another row.
func (e *explainer) follow(a *App) {
	was, now := e.cursor, e.all[e.at]
	e.look(a)
	at := slices.IndexFunc(e.all, now.Same)
	if !was.Same(e.cursor) || at < 0 {
		at = slices.IndexFunc(e.all, e.cursor.Same)
		if same := slices.IndexFunc(e.all, func(s subject.Subject) bool { return s.Kind == now.Kind }); same >= 0 && was.Kind == e.cursor.Kind {
			at = same
		}
	}
	if e.at = max(0, at); !now.Same(e.all[e.at]) {
		e.top = 0
	}
}

// explainKey is a key while an explanation is open; false leaves it to the screen.
func (a *App) explainKey(msg tea.KeyPressMsg) bool {
	e := a.explain
	switch {
	case a.top().Typing():
		return false
	case key.Matches(msg, explainKeys.close):
		a.explain = nil
	case key.Matches(msg, explainKeys.next):
		e.turn(1)
	case key.Matches(msg, explainKeys.previous):
		e.turn(-1)
	case key.Matches(msg, explainKeys.up):
		e.scroll(-1)
	case key.Matches(msg, explainKeys.down):
		e.scroll(1)
	case key.Matches(msg, explainKeys.pageUp):
		e.scroll(-e.page)
	case key.Matches(msg, explainKeys.pageDown):
		e.scroll(e.page)
	default:
		return false
	}
	return true
}

func (e *explainer) turn(step int) {
	e.at = (e.at + step + len(e.all)) % len(e.all)
	e.top = 0
}

func (e *explainer) scroll(lines int) { e.top = max(0, min(e.top+lines, e.most)) }

// wheel scrolls the explanation that the mouse is over.
func (e *explainer) wheel(button tea.MouseButton) {
	e.scroll(map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[button])
}

// render draws exactly height lines.
func (e *explainer) render(t *theme.Theme, c explain.Context, width, height int) string {
	page := explain.Of(c, e.all[e.at])
	e.animated = page.Moves
	inner := width - 2*kit.Margin - explainIndent
	lines := explainLines(t, page, inner)
	e.page = max(1, height-2)
	e.most = max(0, len(lines)-e.page)
	e.scroll(0)
	heading := t.Section(width-2*kit.Margin, true, "EXPLAIN", e.names(t, width-2*kit.Margin-14)...)
	title := text.Of(text.Space(explainIndent), text.S(t.Strong, text.Clean(page.Title)))
	drawn := append([]text.Line{heading, title}, indented(lines[e.top:min(len(lines), e.top+e.page)])...)
	if left := len(lines) - e.top - e.page; left > 0 {
		drawn[len(drawn)-1] = text.Of(text.Space(explainIndent), text.S(t.Dim, "↓ "+text.Plural(left+1, "more line")))
	}
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(drawn) {
			append(text.Line{text.Space(kit.Margin)}, drawn[i].Truncate(width-2*kit.Margin)...).Append(&b, nil)
		}
	}
	return b.String()
}

func indented(lines []text.Line) []text.Line {
	out := make([]text.Line, len(lines))
	for i, l := range lines {
		out[i] = append(text.Of(text.Space(explainIndent)), l...)
	}
	return out
}

// names are what can be explained here, as many around the one that is as there is room for.
func (e *explainer) names(t *theme.Theme, room int) []text.Span {
	name := func(i int) text.Span {
		label := text.Clean(e.all[i].Label())
		if i == e.at {
			return text.S(t.Info.Bold(true), "▸"+label)
		}
		return text.S(t.Dim, label)
	}
	shown := []text.Span{name(e.at)}
	used := text.Line(shown).Width()
	first, last := e.at, e.at
	for grown := true; grown; {
		grown = false
		for _, i := range []int{last + 1, first - 1} {
			if i < 0 || i >= len(e.all) {
				continue
			}
			span := name(i)
			width := 2 + text.Width(span.Text)
			if used+width > room-4 { // the signs that there are more
				continue
			}
			used, grown = used+width, true
			if i > last {
				last, shown = i, append(shown, text.Space(2), span)
			} else {
				first, shown = i, append([]text.Span{span, text.Space(2)}, shown...)
			}
		}
	}
	if first > 0 {
		shown = append([]text.Span{text.S(t.Dim, "◂ ")}, shown...)
	}
	if last < len(e.all)-1 {
		shown = append(shown, text.S(t.Dim, " ▸"))
	}
	return shown
}

// explainLines are a page's lines: the words, and beside or below them what can be done and the settings.
func explainLines(t *theme.Theme, p explain.Page, width int) []text.Line {
	if width < explainWide {
		lines := explainWords(t, p, width, false)
		return append(append(lines, explainActions(t, p, width)...), explainSettings(t, p, width)...)
	}
	half := (width - explainGap) * 11 / 20
	left := append([]text.Line{nil}, explainWords(t, p, half, true)...)
	right := append(explainActions(t, p, width-half-explainGap), explainSettings(t, p, width-half-explainGap)...)
	return kit.Abreast(left, right, half+explainGap)
}

// explainWords are the paragraphs; airy sets them apart.
func explainWords(t *theme.Theme, p explain.Page, width int, airy bool) []text.Line {
	var lines []text.Line
	for i, sentence := range p.Sentences {
		if airy && i > 0 {
			lines = append(lines, nil)
		}
		for _, part := range folded(sentence, width) {
			lines = append(lines, text.Of(text.S(t.Text, part)))
		}
	}
	return lines
}

func explainActions(t *theme.Theme, p explain.Page, width int) []text.Line {
	if len(p.Actions) == 0 {
		return nil
	}
	lines := []text.Line{nil, text.Of(text.S(t.Heading, "WHAT TO DO"))}
	for _, action := range p.Actions {
		for i, part := range folded(action, width-2) {
			sign := text.Space(2)
			if i == 0 {
				sign = text.S(t.Info, "▸ ")
			}
			lines = append(lines, text.Of(sign, text.S(t.Text, part)))
		}
	}
	return lines
}

func explainSettings(t *theme.Theme, p explain.Page, width int) []text.Line {
	if len(p.Settings) == 0 {
		return nil
	}
	lines := []text.Line{nil, text.Of(text.S(t.Heading, "SETTINGS"))}
	for _, s := range p.Settings {
		line := text.Of(text.S(t.Match, s.Name))
		if s.Value != "" {
			style := t.Strong
			if strings.HasPrefix(s.Value, "default ") {
				style = t.Dim
			}
			if value := text.Clean(s.Value); line.Width()+2+text.Width(value) <= width {
				line = append(line, text.Space(2), text.S(style, value))
			} else {
				lines, line = append(lines, line), text.Of(text.Space(2), text.S(style, value))
			}
		}
		lines = append(lines, line)
		for _, part := range folded(s.Meaning, width-2) {
			lines = append(lines, text.Of(text.Space(2), text.S(t.Dim, part)))
		}
	}
	return lines
}

// folded is a sentence over as many lines as it takes, broken between words and not within names such as orders-3. Of
// names that come from the cluster nothing is obeyed.
func folded(sentence string, width int) []string {
	width = max(10, width)
	var lines []string
	line := ""
	for _, word := range strings.Fields(text.Clean(sentence)) {
		for text.Width(word) > width { // a name longer than the line
			if line != "" {
				lines, line = append(lines, line), ""
			}
			head := ansi.Truncate(word, width, "")
			lines, word = append(lines, head), strings.TrimPrefix(word, head)
		}
		switch {
		case line == "":
			line = word
		case text.Width(line)+1+text.Width(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

// explainKeyTables are the keys of this screen for the page of all keys.
func explainKeyTables() []kit.KeyTable {
	k := explainKeys
	return []kit.KeyTable{{
		Title: "An explanation", Note: "All other keys work on the screen above it, and the explanation follows.",
		Bindings: []key.Binding{k.close, k.next, k.previous, k.up, k.down, k.row},
	}}
}
