package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "regroup"

// libraries live in one room each, so that each can be replaced there. The longest prefix counts.
var libraries = map[string][]string{
	"github.com/IBM/sarama":              {"kafka"},
	"github.com/twmb/franz-go":           {"kafka"},
	"charm.land/":                        {"ui"},
	"charm.land/fang":                    {"cli"},
	"github.com/charmbracelet/bubbletea": {}, // the home of charm.land's libraries before v2
	"github.com/charmbracelet/lipgloss":  {},
	"github.com/charmbracelet/bubbles":   {},
	"github.com/spf13/":                  {"cli"},
}

// clusterForTests is what a test of any room may start to have something to look at.
const clusterForTests = "github.com/twmb/franz-go"

// modelImports are the packages that a pure function has a use for: none of them opens, starts or waits for anything.
var modelImports = []string{
	"bytes", "cmp", "encoding/json", "errors", "fmt", "iter", "maps", "math", "slices", "sort", "strconv", "strings", "time",
	"unicode", "unicode/utf8",
}

// impure are the functions of these packages that read the clock, wait, or print.
var impure = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"},
	"fmt":  {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
}

// source is one Go file of the module.
type source struct {
	path string // from the module's root, with slashes
	room string // its first directory; "" is the root
	test bool
	file *ast.File
	fset *token.FileSet
}

// sources reads every Go file, whatever platform it is for.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		parsed, err := parse(filepath.ToSlash(path), string(content))
		all = append(all, parsed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(path, content string) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, content, parser.SkipObjectResolution|parser.ParseComments)
	room, _, nested := strings.Cut(path, "/")
	if !nested {
		room = ""
	}
	test := strings.HasSuffix(path, "_test.go") || forTests.MatchString(filepath.Dir(path))
	return source{path: path, room: room, test: test, file: file, fset: fset}, err
}

// A package imports only what its row in docs/architecture.md allows; libraries stay in their rooms; the model is pure.
func TestArrows(t *testing.T) {
	a := readArchitecture(t)
	for _, s := range sources(t) {
		for _, wrong := range breaches(a, s) {
			t.Error(wrong)
		}
	}
}

// breaches are what a file does that its package must not.
func breaches(a *architecture, s source) []string {
	if dir := path.Dir(s.path); a.row(dir) == nil {
		return []string{fmt.Sprintf("%s: package %s is not in %s: add a row that says what it is and what it may import", s.path, dir, page)}
	}
	var wrong []string
	for _, spec := range s.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		var reason string
		if target, ours := strings.CutPrefix(imported, module+"/"); ours {
			reason = a.importBreach(path.Dir(s.path), s.test, target)
		} else {
			reason = libraryBreach(s, imported)
		}
		if reason != "" {
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", s.fset.Position(spec.Pos()), imported, reason))
		}
	}
	if s.room == "model" && !s.test {
		wrong = append(wrong, impurities(s)...)
	}
	return wrong
}

func libraryBreach(s source, imported string) string {
	if s.room == "model" && !s.test && !slices.Contains(modelImports, imported) {
		return "the model takes no more than modelImports"
	}
	prefix := ""
	for p := range libraries {
		if strings.HasPrefix(imported, p) && len(p) > len(prefix) {
			prefix = p
		}
	}
	if prefix == clusterForTests && s.test {
		return ""
	}
	if prefix != "" && !slices.Contains(libraries[prefix], s.room) {
		return fmt.Sprintf("it lives under %v", libraries[prefix])
	}
	return ""
}

// impurities are the goroutines, channels, clocks and prints of a file.
func impurities(s source) []string {
	var wrong []string
	note := func(at ast.Node, what string) {
		wrong = append(wrong, fmt.Sprintf("%s: %s in the model, which is pure", s.fset.Position(at.Pos()), what))
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			note(n, "a goroutine")
		case *ast.ChanType:
			note(n, "a channel")
		case *ast.SelectorExpr:
			if from, ok := n.X.(*ast.Ident); ok && slices.Contains(impure[from.Name], n.Sel.Name) {
				note(n, from.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return wrong
}

// The check itself is checked: each of these files breaks one rule, or none.
func TestArrowsAreSeen(t *testing.T) {
	a := readArchitecture(t)
	for _, c := range []struct {
		reason, path, content string
		breaches              int
	}{
		{"main runs cli", "main.go", `import "regroup/cli"`, 0},
		{"main does nothing else", "main.go", `import "regroup/model"`, 1},
		{"cli introduces kafka to ui", "cli/a.go", `import ("regroup/ui"; "regroup/kafka/lab"; "regroup/model")`, 0},
		{"nobody calls back into cli", "ui/a.go", `import "regroup/cli"`, 1},
		{"ui does not know kafka", "ui/table/a.go", `import "regroup/kafka"`, 1},
		{"a screen is made of what screens share", "ui/card/a.go", `import ("regroup/ui/panes"; "regroup/ui/kit"; "regroup/ui/text"; "regroup/model")`, 0},
		{"screens do not import each other", "ui/card/a.go", `import "regroup/ui/group"`, 1},
		{"what screens share imports no screen", "ui/kit/a.go", `import "regroup/ui/group"`, 1},
		{"and not the shell", "ui/panes/a.go", `import "regroup/ui"`, 1},
		{"the shell opens screens", "ui/a.go", `import ("regroup/ui/group"; "regroup/ui/kit")`, 0},
		{"tests look at screens", "ui/card/a_test.go", `import ("regroup/ui/uitest"; "regroup/ui/card")`, 0},
		{"and only they", "ui/card/a.go", `import "regroup/ui/uitest"`, 1},
		{"a new package needs a place", "ui/share/a.go", `import "regroup/ui/kit"`, 1},
		{"nor in its tests", "ui/a_test.go", `import "regroup/kafka/embedded"`, 1},
		{"ui folds nothing", "ui/group/a.go", `import "regroup/model/track"`, 1},
		{"its tests may", "ui/group/a_test.go", `import "regroup/model/track"`, 0},
		{"an event line needs no source", "cli/events/a.go", `import "regroup/kafka/poll"`, 1},
		{"the program starts no Kafka for tests", "cli/a.go", `import "regroup/kafka/kafkatest"`, 1},
		{"kafka folds nothing", "kafka/poll/a.go", `import "regroup/model/track"`, 1},
		{"kafka does not know ui", "kafka/a.go", `import "regroup/ui/theme"`, 1},
		{"kafka uses its own packages", "kafka/lab/a.go", `import ("regroup/kafka"; "regroup/model"; "github.com/IBM/sarama")`, 0},
		{"kafka's connections know no poll", "kafka/brokers/a.go", `import "regroup/kafka/poll"`, 1},
		{"a probe needs no poller", "kafka/probe/a.go", `import "regroup/kafka/poll"`, 1},
		{"but its tests do", "kafka/probe/a_test.go", `import "regroup/kafka/poll"`, 0},
		{"sarama lives under kafka", "cli/a.go", `import "github.com/IBM/sarama"`, 1},
		{"and in its tests", "cli/a_test.go", `import "github.com/IBM/sarama"`, 1},
		{"kfake is kafka's", "cli/a.go", `import "github.com/twmb/franz-go/pkg/kfake"`, 1},
		{"and every test's", "cli/a_test.go", `import "github.com/twmb/franz-go/pkg/kfake"`, 0},
		{"bubbletea lives under ui", "kafka/a.go", `import tea "charm.land/bubbletea/v2"`, 1},
		{"cli has no use for bubbletea either", "cli/a.go", `import tea "charm.land/bubbletea/v2"`, 1},
		{"fang is the command line's", "cli/a.go", `import "charm.land/fang/v2"`, 0},
		{"and not the screen's", "ui/a.go", `import "charm.land/fang/v2"`, 1},
		{"viper is the command line's", "kafka/a.go", `import "github.com/spf13/viper"`, 1},
		{"the old home of bubbletea", "ui/a.go", `import "github.com/charmbracelet/bubbletea"`, 1},
		{"model knows nobody", "model/a.go", `import "regroup/kafka"`, 1},
		{"values know no tracker", "model/a.go", `import "regroup/model/track"`, 1},
		{"the tracker is on top", "model/track/a.go", `import ("regroup/model"; "regroup/model/cause")`, 0},
		{"causes do not follow partitions", "model/cause/a.go", `import "regroup/model/ownership"`, 1},
		{"a new package of the model needs a place", "model/share/a.go", `import "regroup/model"`, 1},
		{"model opens nothing", "model/a.go", `import "os"`, 1},
		{"model locks nothing", "model/a.go", `import "sync"`, 1},
		{"model has no libraries", "model/a.go", `import "golang.org/x/sync/errgroup"`, 1},
		{"tests of model have some", "model/a_test.go", `import "pgregory.net/rapid"`, 0},
		{"model reads no clock", "model/a.go", `import "time"; var now = time.Now()`, 1},
		{"a duration is no clock", "model/a.go", `import "time"; const step = time.Second`, 0},
		{"model prints nothing", "model/a.go", `import "fmt"; func f() { fmt.Println() }`, 1},
		{"model starts nothing", "model/a.go", `func f() { go f() }`, 1},
		{"model waits for nothing", "model/a.go", `var c chan int`, 1},
		{"a new room needs a place", "metrics/a.go", ``, 1},
	} {
		s, err := parse(c.path, "package p\n"+c.content)
		if err != nil {
			t.Fatalf("%s: %v", c.reason, err)
		}
		if wrong := breaches(a, s); len(wrong) != c.breaches {
			t.Errorf("%s: %d breaches %q, want %d", c.reason, len(wrong), wrong, c.breaches)
		}
	}
}
