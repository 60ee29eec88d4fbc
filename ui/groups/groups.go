// Package groups is the list of all groups, with the feed of rebalances and events below it.
package groups

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"regroup/ui/derive"
	"regroup/ui/kit"
	"regroup/ui/phrase"
	"regroup/ui/table"
	"regroup/ui/text"
)

// Screen lists all groups, and below them the feed of what happens to them. It shows a listing, which a command
// makes of a view: filtering and sorting ten thousand groups takes longer than a message may.
type Screen struct {
	hasLab bool

	list   *table.Table
	feed   *table.Table
	onFeed bool // the feed has the focus

	filter    kit.Field
	filtering bool // the filter is being typed
	order     groupOrder

	shown   listing
	stale   bool // shown is of an older view, filter or order
	listing bool // a command is making a new one

	places groupsPlaces // of the last draw
}

// groupsPlaces are the lines at which the parts begin, and how many they have.
type groupsPlaces struct {
	list, listHeight, feed, feedHeight int
	storms                             int // the lines of the storms, without their heading
}

// New lists all groups; hasLab says that there is a lab to open.
func New(hasLab bool) *Screen {
	s := &Screen{
		hasLab: hasLab, filter: kit.NewField(), order: groupOrder{by: byLag, descending: true},
		list: table.New(), feed: table.New(), stale: true,
	}
	s.feed.Untitled, s.feed.Shy = true, true
	return s
}

var bindings = struct{ open, filter, clear, sort, reverse, pane, compare, accept key.Binding }{
	open:    key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "open")),
	filter:  key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "filter")),
	sort:    key.NewBinding(key.WithKeys("s"), key.WithHelp("s", "sort")),
	reverse: key.NewBinding(key.WithKeys("S"), key.WithHelp("S", "reverse")),
	pane:    key.NewBinding(key.WithKeys("tab", "shift+tab"), key.WithHelp("tab", "pane")),
	compare: key.NewBinding(key.WithKeys("c"), key.WithHelp("c", "compare")),
	clear:   key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "clear filter")),
	accept:  key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "keep filter")),
}

// KeyTables are the keys for the page of all keys.
func KeyTables() []kit.KeyTable {
	k := bindings
	return []kit.KeyTable{{Title: "All groups", Bindings: []key.Binding{k.open, k.filter, k.accept, k.clear, k.sort, k.reverse, k.compare, k.pane}}}
}

// Keys are those of the list or of the feed; while a filter is typed, the arrows still move the selection.
func (s *Screen) Keys(kit.Frame) kit.Keys {
	k := bindings
	clearFilter := kit.Does(k.clear, s.clearFilter)
	if s.filtering {
		accept := func() { s.filtering = false }
		all := kit.Keys{kit.Does(k.accept, accept), clearFilter}
		if s.filter.Value() == "" {
			all = append(all, kit.Does(kit.Backspace, accept))
		}
		return append(all, kit.ArrowKeys(s.list)...)
	}
	open := kit.Key{Binding: k.open, Do: func(kit.Frame) tea.Cmd { return s.open() }}
	filter := kit.Does(k.filter, func() { s.filtering, s.onFeed = true, false })
	compare := kit.Asks(k.compare, kit.OpenCompare{})
	pane := kit.Does(k.pane, func() { s.onFeed = !s.onFeed && s.places.feedHeight > 0 && len(s.shown.feed) > 0 })
	if s.onFeed {
		return append(kit.Keys{open, pane, filter, compare}, kit.ListKeys(s.feed, nil)...)
	}
	var all kit.Keys
	if s.filter.Value() != "" {
		all = append(all, clearFilter)
	}
	all = append(all, open, filter, kit.Does(k.sort, func() { s.setOrder(s.order.next()) }), compare, pane,
		kit.Does(k.reverse, func() { s.setOrder(groupOrder{s.order.by, !s.order.descending}) }))
	return append(all, kit.ListKeys(s.list, nil)...)
}

// Typing reports whether a filter is typed.
func (s *Screen) Typing() bool { return s.filtering }

// Animated is false: what moves here moves with the views and with the seconds.
func (s *Screen) Animated(kit.Frame) bool { return false }

// Observe has a new listing made.
func (s *Screen) Observe(kit.Frame) { s.stale = true }

// Work makes a new listing if the one that is shown is out of date.
func (s *Screen) Work(f kit.Frame) tea.Cmd {
	if !s.stale || s.listing || f.View == nil {
		return nil
	}
	s.stale, s.listing = false, true
	view, filter, order, before, now := f.View, s.filter.Value(), s.order, s.shown, f.Now
	return func() tea.Msg { return makeListing(view, filter, order, before, now) }
}

// Update takes in a listing, handles the mouse, and text for the filter.
func (s *Screen) Update(_ kit.Frame, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case listing:
		s.listing = false
		s.shown = msg
		s.list.SetRows(len(msg.rows), func(i int) string { return msg.rows[i].ID })
		s.feed.SetRows(len(msg.feed), func(i int) string { return msg.feed[i].id })
		if len(msg.feed) == 0 {
			s.onFeed = false
		}
	case tea.KeyPressMsg, tea.PasteMsg:
		if s.filtering && s.filter.Update(msg) {
			s.stale = true
		}
	case tea.MouseClickMsg:
		s.click(tea.Mouse(msg))
	case kit.DoubleClick:
		if s.click(tea.Mouse(msg)) {
			return s.open()
		}
	case tea.MouseWheelMsg:
		if msg.Y >= s.places.feed && s.places.feedHeight > 0 {
			s.feed.Wheel(msg.Button)
		} else {
			s.list.Wheel(msg.Button)
		}
	}
	return nil
}

func (s *Screen) clearFilter() {
	s.filtering = false
	s.filter.Set("")
	s.stale = true
}

func (s *Screen) setOrder(o groupOrder) { s.order, s.stale = o, true }

// open opens the group that is selected in the pane with the focus.
func (s *Screen) open() tea.Cmd {
	id, ok := s.list.Selected(), s.list.Len() > 0
	if s.onFeed {
		item := s.shown.feed[s.feed.Index()]
		if item.rebalance != nil {
			return kit.Ask(kit.OpenCard{Group: item.group, Rebalance: item.rebalance})
		}
		id, ok = item.group, item.group != ""
	}
	if !ok {
		return nil
	}
	return kit.Ask(kit.OpenGroup{ID: id})
}

// click selects what is under the mouse, and gives its pane the focus; true if that is a row. A column's title sorts by it.
func (s *Screen) click(m tea.Mouse) bool {
	if m.Button != tea.MouseLeft {
		return false
	}
	if y := m.Y - s.places.feed; y >= 0 && y < s.places.feedHeight {
		if id := s.feed.RowAt(y); id != "" {
			s.onFeed = true
			return s.feed.Select(id)
		}
		return false
	}
	y := m.Y - s.places.list
	if y < 0 || y >= s.places.listHeight {
		return false
	}
	s.onFeed = false
	if y == 0 {
		s.sortByTitle(s.list.ColumnAt(m.X))
		return false
	}
	i := s.list.IndexAt(y)
	if i < 0 {
		return false
	}
	s.list.MoveTo(i)
	return true
}

// sortByTitle sorts by a column, or the other way round if the list is sorted by it already.
func (s *Screen) sortByTitle(column int) {
	for _, by := range groupSorts {
		if by.column() != column {
			continue
		}
		if by == s.order.by {
			s.setOrder(groupOrder{by, !s.order.descending})
		} else {
			s.setOrder(by.natural())
		}
	}
}

// SortNames are the columns that the list can be sorted by.
func (s *Screen) SortNames() []string {
	var names []string
	for _, by := range groupSorts {
		names = append(names, by.name())
	}
	return names
}

// SortBy sorts by a column, by its name.
func (s *Screen) SortBy(name string, order kit.SortOrder) {
	for _, by := range groupSorts {
		if by.name() != name {
			continue
		}
		o := by.natural()
		if order != kit.Naturally {
			o.descending = order == kit.Descending
		}
		s.setOrder(o)
	}
}

// arrange shares the lines: the list gets what all groups take, whatever the filter, so that nothing jumps while it is
// typed; the feed below gets the rest, and never less than a third.
func (s *Screen) arrange(f kit.Frame) groupsPlaces {
	p := groupsPlaces{list: 1}
	if f.Height >= kit.AiryHeight {
		p.list++
	}
	room := f.Height - p.list
	const around, leastList = 2, 4 // a blank line and the heading of the feed; room for what an empty list says
	least := min(max(room/3, 3), len(s.shown.feed)) + around
	if len(s.shown.feed) == 0 || room < 12 || !derive.Connected(f.View) { // without a cluster, the feed only repeats the problems
		p.listHeight = max(0, room)
		return p
	}
	storms := 0
	if n := min(len(s.shown.storms), stormsShown); n > 0 && f.Height >= kit.AiryHeight {
		storms = n + around
	}
	p.listHeight = min(max(s.shown.total, leastList)+1, room-least-storms)
	p.feed = p.list + p.listHeight + around
	p.feedHeight = f.Height - p.feed
	if n := min(len(s.shown.storms), stormsShown); n > 0 && p.feedHeight >= n+around+3 {
		p.storms = n
		p.feedHeight -= n + around
	}
	return p
}

// Render draws the list and, where there is room, the feed and the storms.
func (s *Screen) Render(f kit.Frame) string {
	if f.Density == kit.Presentation {
		return s.present(f)
	}
	s.places = s.arrange(f)
	p := s.places
	var b strings.Builder
	if p.list > 1 {
		b.WriteByte('\n')
	}
	s.title(f).Append(&b, nil)
	if p.listHeight > 0 {
		b.WriteByte('\n')
		b.WriteString(s.renderList(f, p.listHeight))
	}
	if p.feedHeight > 0 {
		b.WriteString("\n\n")
		heading := f.Theme.Section(f.Width-2, s.onFeed, "REBALANCES", text.S(f.Theme.Dim, "and events of all groups"))
		append(text.Line{text.Space(1)}, heading...).Append(&b, nil)
		b.WriteByte('\n')
		b.WriteString(s.renderFeed(f, p.feedHeight))
	}
	if p.storms > 0 {
		renderStorms(&b, f, s.shown.storms)
	}
	return b.String()
}

func (s *Screen) renderList(f kit.Frame, height int) string {
	return s.renderRows(f, height, table.Size{})
}

// renderRows draws the list in rows of one line.
func (s *Screen) renderRows(f kit.Frame, height int, size table.Size) string {
	if len(s.shown.rows) == 0 {
		return fill(s.empty(f), height)
	}
	needle := s.shown.filter
	s.list.Size, s.list.Untitled = size, false
	s.list.SetColumns(groupColumns(s.shown.widths)...)
	s.list.SortedBy(s.order.by.column(), s.order.descending)
	return s.list.View(f.Theme, f.Width, height, !s.onFeed, func(i int) table.Row {
		return groupRow(f, s.shown.rows[i], needle)
	})
}

// fill makes exactly height lines of some.
func fill(lines []text.Line, height int) string {
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(lines) {
			lines[i].Append(&b, nil)
		}
	}
	return b.String()
}

// title says how many groups there are, what they are filtered and sorted by, and how many are worth a look.
func (s *Screen) title(f kit.Frame) text.Line {
	t, l := f.Theme, s.shown
	line := text.Of(text.Space(1), text.S(t.Strong, "Groups "))
	if !derive.Connected(f.View) {
		return line
	}
	if l.filter != "" {
		line = append(line, text.S(t.Text, text.Count(len(l.rows))+" of "))
	}
	line = append(line, text.S(t.Text, text.Count(l.total)), text.Space(3))
	if s.filtering || s.filter.Value() != "" {
		line = append(append(line, text.S(t.Match, "/")), s.filter.Line(t, s.filtering)...)
		line = append(line, text.Space(3))
	}
	note := func(n int, words string, style lipgloss.Style) {
		if n > 0 {
			line = append(line, text.S(style, text.Count(n)+" "+words), text.Space(3))
		}
	}
	if n := len(l.storms); n > 0 {
		line = append(line, text.S(t.Bad.Bold(true), text.Plural(n, "storm")), text.Space(3))
	}
	note(l.rebalancing, "rebalancing", t.Warn)
	note(l.stalled, "stalled", t.Bad)
	note(l.growing, "growing", t.Warn)
	note(l.quiet, "stale", t.Dim)
	arrow := "▴"
	if s.order.descending {
		arrow = "▾"
	}
	right := text.Of(text.S(t.Dim, "sort "), text.S(t.Text, s.order.by.name()), text.S(t.Info, " "+arrow), text.Space(2))
	return text.Between(line, right, f.Width)
}

// empty says why there is nothing to list, and what can be done about it.
func (s *Screen) empty(f kit.Frame) []text.Line {
	t := f.Theme
	say := func(style lipgloss.Style, words string) text.Line {
		return text.Of(text.Space(3), text.S(style, words))
	}
	switch {
	case !derive.Connected(f.View):
		lines := []text.Line{nil, say(t.Text, "Connecting. regroup keeps trying; q quits."), nil}
		if f.View != nil {
			for _, l := range phrase.Problems(t, f.View, f.Width-5) {
				lines = append(lines, append(text.Line{text.Space(3)}, l...))
			}
		}
		return lines
	case s.shown.view == nil:
		return nil // the first listing is being made
	case s.shown.filter != "" && s.shown.total > 0:
		return []text.Line{nil, say(t.Text, "No group matches "+text.Clean(`"`+s.shown.filter+`"`)+"."), say(t.Dim, "esc clears the filter.")}
	}
	lines := []text.Line{nil, say(t.Text, "No groups yet."), say(t.Dim, "A group appears here when its first member joins, or when its first offset is committed.")}
	if len(f.View.Errs) > 0 {
		lines = append(lines, say(t.Dim, "There are errors: ! shows them."))
	}
	if s.hasLab {
		lines = append(lines, say(t.Dim, "l opens the lab, which can start consumers."))
	}
	return lines
}
