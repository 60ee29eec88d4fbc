package table_test

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"regroup/ui/table"
	"regroup/ui/text"
	"regroup/ui/theme"
)

var dark = theme.For(true)

func columns() []table.Column {
	return []table.Column{
		{Title: "NAME", Min: 6, Max: 12},
		{Title: "STATE", Min: 6, Priority: 1},
		{Title: "LAG", Min: 5, Align: text.Right},
		{Title: "LAST", Min: 8, Max: 20, Priority: 2},
	}
}

func cells(ids []string) func(int) table.Row {
	return func(i int) table.Row {
		return table.Row{Cells: []text.Line{
			text.Of(text.S(dark.Strong, ids[i])), text.Of(text.Plain("up")), text.Of(text.Plain(fmt.Sprint(i))), text.Of(text.Plain("long ago")),
		}}
	}
}

func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("g%d", i)
	}
	return out
}

func draw(t *table.Table, rows []string, width, height int) []string {
	return strings.Split(ansi.Strip(t.View(dark, width, height, true, cells(rows))), "\n")
}

func TestColumnsLeaveInOrderOfPriority(t *testing.T) {
	for _, c := range []struct {
		width     int
		want, why string
	}{
		{60, "   NAME          STATE     LAG  LAST", "all, and the name and the last grow"},
		{34, "   NAME    STATE     LAG  LAST", "all at their smallest"},
		{33, "   NAME          STATE     LAG", "the last goes first, the name takes the room"},
		{20, "   NAME          LAG", "never the name, never the lag"},
		{12, "   NA…   LAG", "too narrow for all: they share"},
		{2, " …", "nothing but the margin"},
	} {
		tb := table.New(columns()...)
		tb.SetRows(rowsOf(ids(1)))
		got := strings.TrimRight(draw(tb, ids(1), c.width, 2)[0], " ")
		if got != c.want {
			t.Errorf("width %d: got %q, want %q: %s", c.width, got, c.want, c.why)
		}
	}
}

func TestSelectionIsByIdentity(t *testing.T) {
	tb := table.New(columns()...)
	tb.SetRows(rowsOf([]string{"a", "b", "c"}))
	if tb.Selected() != "a" {
		t.Fatal("the first row is selected at the start")
	}
	tb.SetRows(rowsOf([]string{"c", "a", "b"}))
	if tb.Selected() != "c" {
		t.Fatal("nobody moved yet: the first row stays selected, whichever it is")
	}
	press(tb, tea.KeyDown)
	tb.SetRows(rowsOf([]string{"b", "c", "a"}))
	if tb.Selected() != "a" || tb.Index() != 2 {
		t.Fatalf("selected %q at %d, want a, where it is now", tb.Selected(), tb.Index())
	}
	tb.SetRows(rowsOf([]string{"b", "c"}))
	if tb.Selected() != "c" {
		t.Fatalf("selected %q, want c: it stands nearest to where the row that went was", tb.Selected())
	}
	tb.SetRows(rowsOf(nil))
	if tb.Selected() != "" {
		t.Fatal("no rows, no selection")
	}
	tb.SetRows(rowsOf([]string{"x"}))
	if tb.Selected() != "x" {
		t.Fatal("a row that comes back can be selected")
	}
}

func TestSelectedRowKeepsItsBackgroundUnderStyledCells(t *testing.T) {
	tb := table.New(columns()...)
	tb.SetRows(rowsOf(ids(2)))
	lines := strings.Split(tb.View(dark, 60, 3, true, cells(ids(2))), "\n")
	background := strings.TrimSuffix(strings.TrimPrefix(text.Of(text.Plain("x").On(dark.Selected)).Render(nil), "\x1b[0"), "mx\x1b[m")
	for _, part := range strings.Split(lines[1], "\x1b[")[1:] {
		if part != "m" && !strings.Contains(part, background) {
			t.Errorf("a part of the selected row has no background: %q", part)
		}
	}
	if strings.Contains(lines[2], background) {
		t.Error("a row that is not selected has the background")
	}
	if !strings.Contains(lines[1], "▸") || strings.Contains(lines[2], "▸") {
		t.Error("without colour, only the mark says which row is selected")
	}
	if unfocused := tb.View(dark, 60, 3, false, cells(ids(2))); strings.Contains(unfocused, background) || !strings.Contains(unfocused, "▸") {
		t.Error("without the focus there is the mark and no background")
	}
	tb.Shy = true
	if strings.Contains(tb.View(dark, 60, 3, false, cells(ids(2))), "▸") || !strings.Contains(tb.View(dark, 60, 3, true, cells(ids(2))), "▸") {
		t.Error("a shy table marks a row with the focus only")
	}
}

func TestOnlyVisibleRowsAreMade(t *testing.T) {
	tb := table.New(columns()...)
	rows := ids(10_000)
	tb.SetRows(rowsOf(rows))
	made := 0
	tb.View(dark, 80, 11, true, func(i int) table.Row { made++; return cells(rows)(i) })
	if made != 10 {
		t.Errorf("%d rows were made to draw 10", made)
	}
}

func TestKeysMoveTheWindow(t *testing.T) {
	rows := ids(100)
	for _, c := range []struct {
		keys            []rune
		selected, first string
		why             string
	}{
		{[]rune{tea.KeyDown}, "g1", "g0", ""},
		{[]rune{'j', 'j', 'k'}, "g1", "g0", "as vi has it"},
		{[]rune{tea.KeyUp}, "g0", "g0", "the top is the top"},
		{[]rune{tea.KeyPgDown}, "g9", "g0", "a page is a row less than the window"},
		{[]rune{tea.KeyPgDown, tea.KeyPgDown}, "g18", "g9", ""},
		{[]rune{tea.KeyEnd}, "g99", "g90", "the last page is full"},
		{[]rune{tea.KeyEnd, tea.KeyDown, tea.KeyPgUp}, "g90", "g90", ""},
		{[]rune{tea.KeyEnd, tea.KeyHome}, "g0", "g0", ""},
	} {
		tb := table.New(columns()...)
		tb.SetRows(rowsOf(rows))
		draw(tb, rows, 60, 11)
		for _, code := range c.keys {
			if !press(tb, code) {
				t.Fatalf("%q is not a key of the table", code)
			}
		}
		first := strings.Fields(strings.TrimPrefix(draw(tb, rows, 60, 11)[1], " ▸"))[0]
		if tb.Selected() != c.selected || first != c.first {
			t.Errorf("%q: selected %s with %s on top, want %s with %s: %s", c.keys, tb.Selected(), first, c.selected, c.first, c.why)
		}
		if tb.RowAt(1) != first || tb.RowAt(0) != "" || tb.RowAt(11) != "" {
			t.Errorf("%q: the mouse finds %q on the first line, %q on the titles, %q below", c.keys, tb.RowAt(1), tb.RowAt(0), tb.RowAt(11))
		}
	}
	if press(table.New(), 'x') {
		t.Error("x is not a key of the table")
	}
}

func TestWheelTakesTheSelectionAlong(t *testing.T) {
	tb, rows := table.New(columns()...), ids(100)
	tb.SetRows(rowsOf(rows))
	draw(tb, rows, 60, 11)
	tb.Wheel(tea.MouseWheelDown)
	if tb.Selected() != "g3" || tb.RowAt(1) != "g3" {
		t.Errorf("selected %s with %s on top", tb.Selected(), tb.RowAt(1))
	}
	if tb.Wheel(tea.MouseLeft) {
		t.Error("a click is not the wheel")
	}
}

func TestWithoutTitles(t *testing.T) {
	tb, rows := table.New(columns()...), ids(3)
	tb.Untitled = true
	tb.SetRows(rowsOf(rows))
	lines := draw(tb, rows, 60, 2)
	if len(lines) != 2 || !strings.Contains(lines[0], "g0") || tb.RowAt(0) != "g0" || tb.RowAt(2) != "" {
		t.Errorf("%q, row %q at the top", lines, tb.RowAt(0))
	}
}

func TestLastCellReachesToTheEdge(t *testing.T) {
	tb := table.New(columns()...)
	tb.SetRows(rowsOf(ids(1)))
	got := ansi.Strip(tb.View(dark, 40, 2, true, func(int) table.Row {
		return table.Row{Wide: true, Cells: []text.Line{text.Of(text.Plain("a")), text.Of(text.Plain("a sentence that is longer than its column"))}}
	}))
	if want := " ▸ a             a sentence that is lon…"; !strings.Contains(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnySizeIsDrawnExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := table.New(columns()...)
		tb.Untitled = rapid.Bool().Draw(t, "untitled")
		rows := ids(rapid.IntRange(0, 30).Draw(t, "rows"))
		tb.SetRows(rowsOf(rows))
		tb.MoveTo(rapid.IntRange(-5, 40).Draw(t, "selected"))
		for range 3 { // the same table at several sizes, as when a window is dragged
			width, height := rapid.IntRange(0, 70).Draw(t, "width"), rapid.IntRange(0, 20).Draw(t, "height")
			lines := draw(tb, rows, width, height)
			if width > 0 && height > 0 && len(lines) != height {
				t.Fatalf("%d lines at height %d", len(lines), height)
			}
			seen := false
			for _, l := range lines {
				if ansi.StringWidth(l) > width {
					t.Fatalf("%q is wider than %d", l, width)
				}
				seen = seen || strings.HasPrefix(l, " ▸ ")
			}
			if len(rows) > 0 && height > 1 && width > 4 && !seen {
				t.Fatalf("the selected row is out of sight:\n%s", strings.Join(lines, "\n"))
			}
		}
	})
}

func BenchmarkView10000Rows(b *testing.B) {
	tb, rows := table.New(columns()...), ids(10_000)
	tb.SetRows(rowsOf(rows))
	b.ReportAllocs()
	for b.Loop() {
		tb.View(dark, 120, 40, true, cells(rows))
	}
}

// press moves the selection by a key; false if the table does not have it.
func press(t *table.Table, code rune) bool {
	for _, k := range t.Keys() {
		if key.Matches(tea.KeyPressMsg{Code: code}, k.Binding) {
			k.Move()
			return true
		}
	}
	return false
}

// rowsOf are rows by their IDs.
func rowsOf(ids []string) (int, func(int) string) {
	return len(ids), func(i int) string { return ids[i] }
}
