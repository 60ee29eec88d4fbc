package uitest

import (
	"image/color"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/charmbracelet/x/vt"
)

// Frame is the screen at one moment.
type Frame struct {
	cells [][]uv.Cell
	lines []string
	ansi  string
}

// View is what the program hands to bubbletea: beside the text, what it asks of the terminal.
func (d *Driver) View() tea.View { return d.model.View() }

// Frame draws the program's view in a terminal emulator and looks at it. It fails the test if the view does not fit
// the terminal, or sends it anything but text and colours.
func (d *Driver) Frame() *Frame {
	d.tb.Helper()
	content := d.model.View().Content
	var reduced strings.Builder
	writer := colorprofile.Writer{Forward: &reduced, Profile: d.profile}
	if _, err := writer.WriteString(content); err != nil {
		d.tb.Fatal(err)
	}
	return Draw(d.tb, reduced.String(), d.width, d.height)
}

// Draw draws what a program would print on an empty terminal of this size.
func Draw(tb testing.TB, content string, width, height int) *Frame {
	tb.Helper()
	if n := strings.Count(content, "\n") + 1; n > height && content != "" {
		tb.Fatalf("the view has %d lines, the terminal %d:\n%s", n, height, content)
	}
	// Cells to the right and a line below are there to catch what goes beyond the edges.
	const beyond = 40
	term := vt.NewEmulator(width+beyond, height+1)
	defer func() { _ = term.Close() }()
	if _, err := term.WriteString(strings.ReplaceAll(content, "\n", "\r\n")); err != nil {
		tb.Fatal(err)
	}
	f := &Frame{ansi: content}
	for y := range height {
		row := make([]uv.Cell, width)
		var line strings.Builder
		for x := range width + beyond {
			cell := term.CellAt(x, y)
			if cell == nil {
				cell = &uv.Cell{Content: " ", Width: 1}
			}
			if x >= width && strings.TrimSpace(cell.Content) != "" {
				tb.Fatalf("line %d goes beyond the right edge of %d cells: %q", y, width, cell.Content)
			}
			if x < width {
				row[x] = *cell
				line.WriteString(cell.Content) // "" for the second cell of a wide character
			}
		}
		f.cells = append(f.cells, row)
		f.lines = append(f.lines, strings.TrimRight(line.String(), " "))
	}
	return f
}

// Text is the frame without its styles, lines without the blanks at their ends.
func (f *Frame) Text() string { return strings.Join(f.lines, "\n") }

// Line is one line of Text; negative numbers count from the bottom.
func (f *Frame) Line(y int) string {
	if y < 0 {
		y += len(f.lines)
	}
	return f.lines[y]
}

// Cell is the cell at a place, with its style.
func (f *Frame) Cell(x, y int) uv.Cell { return f.cells[y][x] }

// Foreground and Background are a cell's colours; nil is the terminal's own.
func (f *Frame) Foreground(x, y int) color.Color { return f.cells[y][x].Style.Fg }

// Background is a cell's background; nil is the terminal's own.
func (f *Frame) Background(x, y int) color.Color { return f.cells[y][x].Style.Bg }

// Find is the first place where a text stands; ok is false if it stands nowhere.
func (f *Frame) Find(s string) (x, y int, ok bool) {
	for y, row := range f.cells {
		for x := range row {
			if f.startsAt(x, y, s) {
				return x, y, true
			}
		}
	}
	return 0, 0, false
}

func (f *Frame) startsAt(x, y int, s string) bool {
	if f.cells[y][x].Content == "" {
		return false
	}
	for _, cell := range f.cells[y][x:] {
		if s == "" {
			return true
		}
		if cell.Content == "" {
			continue // the second half of a wide character
		}
		rest, found := strings.CutPrefix(s, cell.Content)
		if !found {
			return false
		}
		s = rest
	}
	return s == ""
}

// Has says that a text stands somewhere on the screen.
func (f *Frame) Has(s string) bool {
	_, _, ok := f.Find(s)
	return ok
}

// ANSI is the frame with its styles, as a terminal reads it.
func (f *Frame) ANSI() string { return f.ansi }

// Golden compares the text on the screen with testdata/TEST/name.golden; go test -update writes it anew.
func (d *Driver) Golden(name string) {
	d.tb.Helper()
	golden.RequireEqual(named{d.tb, name}, d.Frame().Text()+"\n")
}

// GoldenStyled is Golden with the styles.
func (d *Driver) GoldenStyled(name string) {
	d.tb.Helper()
	golden.RequireEqual(named{d.tb, name}, d.Frame().ANSI()+"\n")
}

// named gives a golden file a name of its own, as a test may look at several frames.
type named struct {
	testing.TB
	name string
}

func (n named) Name() string { return n.TB.Name() + "/" + n.name }
