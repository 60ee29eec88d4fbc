package tour

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the steps into docs/tour.md")

const (
	docsPage  = "../../docs/tour.md"
	docsBegin = "<!-- the steps of the program -->\n"
	docsEnd   = "<!-- the end of the steps -->\n"
)

// The page has the steps of the program; -update writes them.
func TestThePageHasTheSteps(t *testing.T) {
	content, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, began := strings.Cut(string(content), docsBegin)
	_, after, ended := strings.Cut(rest, docsEnd)
	if !began || !ended {
		t.Fatalf("%s has no marks for the steps", docsPage)
	}
	want := before + docsBegin + docs() + docsEnd + after
	if *update {
		if err := os.WriteFile(docsPage, []byte(want), 0o644); err != nil { //nolint:gosec // a public page
			t.Fatal(err)
		}
		return
	}
	if want != string(content) {
		t.Errorf("%s has other steps than the program: go test ./cli/tour -update", docsPage)
	}
}

// docs is the steps in Markdown, with their pictures.
func docs() string {
	var b strings.Builder
	title := ""
	for i, s := range Steps() {
		if s.chapter.title != title {
			title = s.chapter.title
			fmt.Fprintf(&b, "\n## %s\n\nThe scene: `regroup demo --scene %s`.\n", title, s.chapter.scene.Name)
		}
		fmt.Fprintf(&b, "\n### %d. %s\n\n%s\n\n`regroup demo --step %s`\n", i+1, s.Title, s.Caption, s.Name)
		picture := "screenshots/tour-" + s.Name + ".png"
		if _, err := os.Stat("../../" + picture); err == nil {
			fmt.Fprintf(&b, "\n![%s](../%s)\n", s.Title, picture)
		}
	}
	b.WriteString("\n")
	return b.String()
}
