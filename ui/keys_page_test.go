package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestKeysPageIsNotStale(t *testing.T) {
	page, err := os.ReadFile("../docs/keys.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != KeysPage() {
		t.Errorf("docs/keys.md is stale: go generate ./ui\n%s", KeysPage())
	}
}

// Every binding that has a help, in whatever file, is on the page.
func TestKeysPageHasEveryBinding(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	page, found := KeysPage(), 0
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !bindsKey(call) || len(call.Args) < 2 {
				return true
			}
			keys, named := literal(call.Args[0])
			what, described := literal(call.Args[1])
			if !named || !described {
				return true
			}
			found++
			if !strings.Contains(page, "| "+codes(strings.Fields(keys))+" | "+what+" |") {
				t.Errorf("%s: %s, which is %q, stands in no table of keyTables", path, keys, what)
			}
			return true
		})
	}
	if found < 50 {
		t.Errorf("only %d bindings were found", found)
	}
}

// Keys are matched in kit alone: whatever acts on a key is in a list of keys, so that the footer and the help have it.
func TestKeysAreMatchedInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, own...) {
		if path == "kit/keys.go" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, own := range []string{"key.Matches(", "msg.String()", "case tea.KeyPressMsg:"} {
			if strings.Contains(string(content), own) && (path != "app.go" || own != "case tea.KeyPressMsg:") {
				t.Errorf("%s matches keys itself (%s): put them in its Keys", path, own)
			}
		}
	}
}

// bindsKey says that a call gives a binding its help: key.WithHelp.
func bindsKey(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	return ok && f.Sel.Name == "WithHelp"
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}
