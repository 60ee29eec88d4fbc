package uitest

import (
	"fmt"
	"regexp"
	"strings"
)

// heading is a line that begins a pane, also where two panes stand side by side.
var heading = regexp.MustCompile(`^ ?([A-Z][A-Z ]*[A-Z])( \S+)* [─━]{2}`)

// Part is the lines of the pane with a heading, and of what stands beside it; "" is what comes before the first heading.
// It is empty if there is no such pane.
func (f *Frame) Part(title string) string {
	var part []string
	in := title == ""
	for _, line := range f.lines {
		if h := heading.FindStringSubmatch(line); h != nil {
			in = title != "" && strings.HasPrefix(strings.TrimSpace(line), title)
		}
		if in {
			part = append(part, line)
		}
	}
	return strings.Trim(strings.Join(part, "\n"), "\n")
}

// Parts are some panes of a frame, for a golden file.
func (f *Frame) Parts(titles ...string) string {
	out := fmt.Sprintf("── %d×%d\n", len(f.cells[0]), len(f.lines))
	for _, title := range titles {
		out += f.Part(title) + "\n"
	}
	return out
}
