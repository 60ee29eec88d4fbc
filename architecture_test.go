package main_test

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const page = "docs/architecture.md"

// architecture is the table of packages in docs/architecture.md. It is the rule and not a copy of one: a package may import
// what its row allows.
type architecture struct {
	rows []packageRow // in the order of the page: within a room from the bottom to the top
}

// packageRow is one package of a row, or the room below it if its name ends in "/...": what a room may import holds for all its packages.
type packageRow struct {
	dir, sentence  string
	imports, tests []string // the references that the row makes; tests are for its tests only
}

// The forms of a reference: a package, a room, or the rows from one to another.
var (
	reference = regexp.MustCompile("`([^`]+)`(?: … `([^`]+)`)?")
	forTests  = regexp.MustCompile(`^[a-z/]*test(/|$)`) // packages that only tests, and packages for tests, import
)

func readArchitecture(t *testing.T) *architecture {
	t.Helper()
	a := &architecture{}
	for _, cells := range tableBelow(t, "## Rooms and packages") {
		imports, tests, _ := strings.Cut(cells[2], "; tests: ")
		for name := range strings.SplitSeq(cells[0], ", ") {
			a.rows = append(a.rows, packageRow{
				dir: packageDir(strings.Trim(name, "`")), sentence: cells[1],
				imports: reference.FindAllString(imports, -1), tests: reference.FindAllString(tests, -1),
			})
		}
	}
	return a
}

// tableBelow are the rows of the first table below a heading of the page, without its titles.
func tableBelow(t *testing.T, heading string) [][]string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(content), heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", page, heading)
	}
	var rows [][]string
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "|") {
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		} else if len(rows) > 0 {
			break
		}
	}
	if len(rows) < 3 {
		t.Fatalf("%s: no table below %q", page, heading)
	}
	return rows[2:]
}

func packageDir(name string) string {
	if name == "main.go" {
		return "."
	}
	return name
}

// row is the row of a package or of a room; nil if there is none.
func (a *architecture) row(dir string) *packageRow {
	i := slices.IndexFunc(a.rows, func(r packageRow) bool { return r.dir == dir })
	if i < 0 {
		return nil
	}
	return &a.rows[i]
}

// importBreach is why a package that has a row must not import another one of the module; "" if it may.
func (a *architecture) importBreach(dir string, test bool, target string) string {
	row := a.row(dir)
	switch {
	case row == nil:
		return ""
	case test && dir == target:
		return ""
	case forTests.MatchString(target) && !test:
		return "it is for tests"
	}
	may := slices.Clone(row.imports)
	if test {
		may = append(may, row.tests...)
	}
	if room := a.row(roomOf(dir) + "/..."); room != nil {
		may = append(may, room.imports...)
		if test {
			may = append(may, room.tests...)
		}
	}
	if slices.ContainsFunc(may, func(ref string) bool { return a.includes(ref, target) }) {
		return ""
	}
	return fmt.Sprintf("%s may import %s", dir, strings.Join(may, ", "))
}

// includes reports whether a reference of the page includes a package.
func (a *architecture) includes(ref, dir string) bool {
	parts := reference.FindStringSubmatch(ref)
	first, last := parts[1], parts[2]
	if room, whole := strings.CutSuffix(first, "/..."); whole {
		return roomOf(dir) == room
	}
	if last == "" {
		return dir == first
	}
	at := func(dir string) int { return slices.IndexFunc(a.rows, func(r packageRow) bool { return r.dir == dir }) }
	return at(dir) >= at(first) && at(dir) <= at(last)
}

func roomOf(dir string) string {
	room, _, _ := strings.Cut(dir, "/")
	return room
}

// Every package has a row on the page and a doc comment, and every row a package. What rows refer to exists.
func TestThePageNamesEveryPackage(t *testing.T) {
	a := readArchitecture(t)
	documented := map[string]bool{}
	for _, s := range sources(t) {
		dir := path.Dir(s.path)
		documented[dir] = documented[dir] || s.file.Doc != nil && !strings.HasSuffix(s.path, "_test.go")
	}
	for dir, has := range documented {
		if !has {
			t.Errorf("package %s has no doc comment", dir)
		}
	}
	for _, row := range a.rows {
		if _, exists := documented[row.dir]; !exists && !strings.HasSuffix(row.dir, "/...") {
			t.Errorf("%s has a row for %s, which is no package", page, row.dir)
		}
		if !strings.HasSuffix(row.sentence, ".") {
			t.Errorf("%s: what %s is should be a sentence: %q", page, row.dir, row.sentence)
		}
		for _, ref := range slices.Concat(row.imports, row.tests) {
			for _, name := range reference.FindStringSubmatch(ref)[1:] {
				if name != "" && a.row(name) == nil {
					t.Errorf("%s: %s may import %s, which has no row", page, row.dir, name)
				}
			}
		}
	}
}

// The stops of an observation are where the page says.
func TestThePageFollowsAnObservation(t *testing.T) {
	declared := map[string][]string{} // by file: "Tracker.Observe", "Ask"
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, is := d.(*ast.FuncDecl); is {
				declared[s.path] = append(declared[s.path], functionName(f))
			}
		}
	}
	for _, cells := range tableBelow(t, "## One observation, from the wire to the frame") {
		file := strings.Trim(cells[1], "`")
		for name := range strings.SplitSeq(cells[2], ", ") {
			if name = strings.Trim(name, "`"); !slices.Contains(declared[file], name) {
				t.Errorf("%s: %s has no function %s", page, file, name)
			}
		}
	}
}

func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, is := receiver.(*ast.StarExpr); is {
		receiver = pointer.X
	}
	if generic, is := receiver.(*ast.IndexExpr); is {
		receiver = generic.X
	}
	return receiver.(*ast.Ident).Name + "." + f.Name.Name
}

// The page's table of the sources is the one at the head of merge.go.
func TestThePageHasTheOrderOfTheSources(t *testing.T) {
	const code = "model/track/merge.go"
	content, err := os.ReadFile(code)
	if err != nil {
		t.Fatal(err)
	}
	var merged [][]string
	for line := range strings.Lines(string(content)) {
		if row, is := strings.CutPrefix(strings.TrimSpace(line), "//\t"); is {
			merged = append(merged, regexp.MustCompile(` {2,}`).Split(row, -1))
		}
	}
	rows := tableBelow(t, "## Which source wins")
	if len(merged) == 0 || !slices.EqualFunc(rows, merged[1:], slices.Equal) {
		t.Errorf("%s has\n%q\n%s has\n%q", page, rows, code, merged)
	}
}

// Every file and directory that the page names is there.
func TestThePageNamesFilesThatExist(t *testing.T) {
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile("`([a-z]+(?:/[a-z_]+)*(?:/[a-z_.]+|/|[a-z.]*\\.yaml))`").FindAllStringSubmatch(string(content), -1) {
		if name := match[1]; !strings.HasSuffix(name, "/...") {
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s names %s: %v", page, name, err)
			}
		}
	}
}
