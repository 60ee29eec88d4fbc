package main_test

import (
	"cmp"
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

// mayUse is which rooms the code of a room may import besides its own packages: main → cli → {ui, kafka} → model.
// The program that draws the README's pictures stands beside main. A room that is not here has no place in the design yet.
var mayUse = map[string][]string{
	"":            {"cli"},
	"cli":         {"ui", "kafka", "model"},
	"ui":          {"model"},
	"kafka":       {"model"},
	"model":       {},
	"screenshots": {"cli", "ui", "kafka", "model"},
}

// inside is the order of the packages in model and kafka: which others of its room each may import. A package that is not
// here has no place yet. Tests in kafka may start whatever they need of it.
var inside = map[string][]string{
	"kafka":                {},
	"kafka/parallel":       {},
	"kafka/records":        {},
	"kafka/brokers":        {"kafka", "kafka/parallel"},
	"kafka/poll":           {"kafka", "kafka/brokers", "kafka/parallel", "kafka/records"},
	"kafka/probe":          {"kafka", "kafka/brokers", "kafka/parallel", "kafka/records"},
	"kafka/tail":           {"kafka", "kafka/parallel", "kafka/records"},
	"kafka/admin":          {"kafka"},
	"kafka/forecast":       {},
	"kafka/embedded":       {"kafka/records"},
	"kafka/lab":            {"kafka", "kafka/admin"},
	"kafka/kafkatest":      {},
	"kafka/kafkatest/fake": {"kafka", "kafka/kafkatest", "kafka/records"},
	"kafka/realtest":       {},

	"model":           {},
	"model/lag":       {"model", "model/ring"},
	"model/ring":      {},
	"model/storm":     {"model", "model/lag"},
	"model/ownership": {"model"},
	"model/cause":     {"model"},
	"model/whatif":    {"model", "model/ownership"},
	"model/track":     {"model", "model/lag", "model/ring", "model/storm", "model/ownership", "model/cause"},
	"model/nearest":   {},
	"model/settings":  {"model", "model/nearest"},
	"model/modeltest": {"model"},
}

// uiLayers are the packages of ui from the bottom to the top: a package imports only packages of the layers below its
// own, so screens do not import each other, and nothing that screens share imports a screen.
var uiLayers = [][]string{
	{"text"},
	{"theme"},
	{"derive", "glyph", "spark", "strip", "subject", "table"},
	{"kit"},
	{"phrase", "travel"},
	{"panes"},
	{"card", "compare", "explain", "group", "groups", "help", "lab", "player", "tour", "whatif"},
	{""}, // the shell: what surrounds the screens
	{"keysdoc"},
}

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
	file, err := parser.ParseFile(fset, path, content, parser.SkipObjectResolution)
	room, _, nested := strings.Cut(path, "/")
	if !nested {
		room = ""
	}
	test := strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "model/modeltest/") // builders for the tests of all rooms
	return source{path: path, room: room, test: test, file: file, fset: fset}, err
}

func TestArrows(t *testing.T) {
	all := sources(t)
	for _, s := range all {
		for _, wrong := range breaches(s) {
			t.Error(wrong)
		}
	}
	for room := range mayUse {
		if room != "screenshots" && !slices.ContainsFunc(all, func(s source) bool { return s.room == room }) {
			t.Errorf("no file of room %q was looked at", room)
		}
	}
}

// breaches are what a file does that its room must not.
func breaches(s source) []string {
	var wrong []string
	may, known := mayUse[s.room]
	if !known {
		return []string{fmt.Sprintf("%s: room %q is not in the design: say in mayUse what it may use", s.path, s.room)}
	}
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if reason := importBreach(s, may, path); reason != "" {
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", s.fset.Position(spec.Pos()), path, reason))
		}
	}
	if s.room == "model" && !s.test {
		wrong = append(wrong, impurities(s)...)
	}
	return wrong
}

func importBreach(s source, may []string, imported string) string {
	if target, ours := strings.CutPrefix(imported, module+"/"); ours {
		room, _, _ := strings.Cut(target, "/")
		if room != s.room && !slices.Contains(may, room) {
			return fmt.Sprintf("%s may use %v of this module", cmp.Or(s.room, "main"), may)
		}
		if room == "ui" && s.room == "ui" {
			return layerBreach(s, target)
		}
		return insideBreach(s, target)
	}
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

// insideBreach keeps the order of the packages in a room that has one.
func insideBreach(s source, target string) string {
	dir := path.Dir(s.path)
	room, _, _ := strings.Cut(target, "/")
	if room != s.room || target == dir {
		return ""
	}
	switch s.room {
	case "model":
		if s.test && target == "model/modeltest" {
			return ""
		}
	case "kafka":
		if s.test {
			return ""
		}
	default:
		return ""
	}
	may, known := inside[dir]
	switch {
	case !known:
		return fmt.Sprintf("package %s is not in the design: say in inside what it may use", dir)
	case !slices.Contains(may, target):
		return fmt.Sprintf("%s may use %v of its room", dir, may)
	}
	return ""
}

// layerBreach is what is wrong with one package of ui using another; tests may use uitest, which is above kit.
func layerBreach(s source, used string) string {
	user := path.Dir(s.path)
	switch {
	case s.test && user == used, s.test && used == "ui/uitest":
		return ""
	case user == "ui/uitest":
		user = "ui/phrase"
	case used == "ui/uitest":
		return "it is for tests"
	}
	layer := func(dir string) int {
		return slices.IndexFunc(uiLayers, func(l []string) bool {
			return slices.Contains(l, strings.TrimPrefix(strings.TrimPrefix(dir, "ui"), "/"))
		})
	}
	switch from, to := layer(user), layer(used); {
	case from < 0 || to < 0:
		return fmt.Sprintf("%s or %s is in no layer: say in uiLayers where it belongs", user, used)
	case to >= from:
		return fmt.Sprintf("%s is not below %s in uiLayers", used, user)
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
	for _, c := range []struct {
		reason, path, content string
		breaches              int
	}{
		{"main hands over to cli", "main.go", `import "regroup/cli"`, 0},
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
		if wrong := breaches(s); len(wrong) != c.breaches {
			t.Errorf("%s: %d breaches %q, want %d", c.reason, len(wrong), wrong, c.breaches)
		}
	}
}
