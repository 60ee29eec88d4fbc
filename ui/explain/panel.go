package explain

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"

	"regroup/ui/kit"
	"regroup/ui/subject"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Panel explains one subject of the screen, below the screen, which keeps working in the remaining lines.
type Panel struct {
	kit.Scroller
	screen kit.Screen // the explained screen
	all    []subject.Subject
	at     int
	cursor subject.Subject // the subject under the screen's cursor
	// Animated is whether its values change more than once per second.
	Animated bool
}

// panelBindings are few: all other keys work on the screen above, and the explanation follows its cursor.
var panelBindings = struct{ close, next, previous, up, down, pageUp, pageDown, row key.Binding }{
	close:    key.NewBinding(key.WithKeys("esc", "e", "q"), key.WithHelp("esc", "close")),
	next:     key.NewBinding(key.WithKeys("tab", "right"), key.WithHelp("→", "next")),
	previous: key.NewBinding(key.WithKeys("shift+tab", "left"), key.WithHelp("←", "previous")),
	up:       key.NewBinding(key.WithKeys("up"), key.WithHelp("↑ ↓", "scroll")),
	down:     key.NewBinding(key.WithKeys("down")),
	pageUp:   key.NewBinding(key.WithKeys("pgup", "ctrl+b", "ctrl+u")),
	pageDown: key.NewBinding(key.WithKeys("pgdown", "ctrl+f", "ctrl+d")),
	row:      key.NewBinding(key.WithKeys("j", "k"), key.WithHelp("j k", "another row")),
}

// Keys close the panel, select the subject, and scroll. All other keys reach the screen.
func (p *Panel) Keys(closePanel func()) kit.Keys {
	k := panelBindings
	return append(kit.Keys{
		kit.Does(k.close, closePanel), kit.Does(k.previous, func() { p.turn(-1) }), kit.Does(k.next, func() { p.turn(1) }),
	}, p.KeysOf(k.up, k.down, k.pageUp, k.pageDown)...)
}

// Hint is shown in the footer beside the keys: its keys work on the screen.
var Hint = panelBindings.row

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	k := panelBindings
	return []kit.KeyTable{{
		Title: "An explanation", Note: "All other keys work on the screen above, and the explanation follows its cursor.",
		Bindings: []key.Binding{k.close, k.next, k.previous, k.up, k.down, k.row},
	}}
}

// The geometry of the explanation.
const (
	least  = 6   // lines that the screen above needs; with fewer the explanation takes all
	wide   = 100 // cells from which recommendations are beside the sentences
	gap    = 4   // cells between the two
	indent = 2
)

// Height is the height of the explanation: half of the lines, or two thirds of few lines.
func Height(lines int) int {
	height := lines * 2 / 3
	if lines >= kit.AiryHeight {
		height = (lines + 1) / 2
	}
	if lines-height < least {
		return lines
	}
	return height
}

// Open explains the subject under the cursor of a screen.
func Open(s kit.Screen, f kit.Frame) *Panel {
	p := &Panel{}
	p.update(s, f)
	p.at = max(0, slices.IndexFunc(p.all, p.cursor.Same))
	return p
}

// update reads the subjects of a screen, and adds those of the program.
func (p *Panel) update(s kit.Screen, f kit.Frame) {
	common := []subject.Subject{{Kind: subject.Source}, {Kind: subject.Exactness}, {Kind: subject.Tail}}
	p.screen, p.all, p.cursor = s, common, common[0]
	if explained, can := s.(kit.Explained); can && f.View != nil {
		if all, cursor := explained.Subjects(f); len(all) > 0 {
			p.all, p.cursor = append(all, common...), cursor
		}
	}
}

// Of reports whether the panel explains this screen.
func (p *Panel) Of(s kit.Screen) bool { return p.screen == s }

// Follow selects the subject under the cursor of the screen if the cursor has moved. While a column is explained, it selects the
// same column of the other row.
func (p *Panel) Follow(s kit.Screen, f kit.Frame) {
	was, now := p.cursor, p.all[p.at]
	p.update(s, f)
	at := slices.IndexFunc(p.all, now.Same)
	if !was.Same(p.cursor) || at < 0 {
		at = slices.IndexFunc(p.all, p.cursor.Same)
		if same := slices.IndexFunc(p.all, func(s subject.Subject) bool { return s.Kind == now.Kind }); same >= 0 && was.Kind == p.cursor.Kind {
			at = same
		}
	}
	if p.at = max(0, at); !now.Same(p.all[p.at]) {
		p.Scroller = kit.Scroller{}
	}
}

func (p *Panel) turn(step int) {
	p.at = (p.at + step + len(p.all)) % len(p.all)
	p.Scroller = kit.Scroller{}
}

// Render draws exactly height lines.
func (p *Panel) Render(t *theme.Theme, c Context, width, height int) string {
	page := Of(c, p.all[p.at])
	p.Animated = page.Animated
	inner := width - 2*kit.Margin - indent
	lines := pageLines(t, page, inner)
	from, to := p.Window(len(lines), height-2)
	heading := t.Section(width-2*kit.Margin, true, "EXPLAIN", p.names(t, width-2*kit.Margin-14)...)
	title := text.Of(text.Space(indent), text.S(t.Strong, text.Clean(page.Title)))
	drawn := append([]text.Line{heading, title}, indented(lines[from:to])...)
	if more, is := p.More(t); is {
		drawn[len(drawn)-1] = append(text.Of(text.Space(indent)), more...)
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
		out[i] = append(text.Of(text.Space(indent)), l...)
	}
	return out
}

// names are the subjects, as many on both sides of the selected one as fit.
func (p *Panel) names(t *theme.Theme, room int) []text.Span {
	name := func(i int) text.Span {
		label := text.Clean(p.all[i].Label())
		if i == p.at {
			return text.S(t.Info.Bold(true), "▸"+label)
		}
		return text.S(t.Dim, label)
	}
	shown := []text.Span{name(p.at)}
	used := text.Line(shown).Width()
	first, last := p.at, p.at
	for grown := true; grown; {
		grown = false
		for _, i := range []int{last + 1, first - 1} {
			if i < 0 || i >= len(p.all) {
				continue
			}
			span := name(i)
			width := 2 + text.Width(span.Text)
			if used+width > room-4 { // the arrows for more subjects
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
	if last < len(p.all)-1 {
		shown = append(shown, text.S(t.Dim, " ▸"))
	}
	return shown
}

// pageLines renders a page: the sentences, and beside or below them the recommendations and settings.
func pageLines(t *theme.Theme, p Page, width int) []text.Line {
	if width < wide {
		lines := paragraphs(t, p, width, false)
		return append(append(lines, actions(t, p, width)...), settingLines(t, p, width)...)
	}
	half := (width - gap) * 11 / 20
	left := append([]text.Line{nil}, paragraphs(t, p, half, true)...)
	right := append(actions(t, p, width-half-gap), settingLines(t, p, width-half-gap)...)
	return kit.Abreast(left, right, half+gap)
}

// paragraphs renders the sentences, with blank lines between them if airy.
func paragraphs(t *theme.Theme, p Page, width int, airy bool) []text.Line {
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

func actions(t *theme.Theme, p Page, width int) []text.Line {
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

func settingLines(t *theme.Theme, p Page, width int) []text.Line {
	if len(p.Settings) == 0 {
		return nil
	}
	lines := []text.Line{nil, text.Of(text.S(t.Heading, "SETTINGS"))}
	for _, s := range p.Settings {
		line := text.Of(text.S(t.Match, s.Name))
		if s.Value != "" {
			style := t.Strong
			if strings.HasPrefix(s.Value, defaultPrefix) {
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

// folded wraps a sentence between words, not within names such as orders-3. Control characters in names from the cluster are
// escaped.
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
