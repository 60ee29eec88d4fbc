package lab

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"regroup/model/settings"
)

var update = flag.Bool("update", false, "write the table of settings into docs/scenes.md")

const scenesPage = "../../docs/scenes.md"

// The table of settings in docs/scenes.md is that of package settings; -update writes it.
func TestSettingsAreDocumented(t *testing.T) {
	content, err := os.ReadFile(scenesPage)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "| setting | what it does | accepted | default |\n|---|---|---|---|\n", "\n\n"
	before, rest, found := strings.Cut(string(content), begin)
	table, after, ends := strings.Cut(rest, end)
	if !found || !ends {
		t.Fatal("docs/scenes.md has no table of settings")
	}
	var wanted []string
	for _, s := range settings.All() {
		wanted = append(wanted, fmt.Sprintf("| `%s` | %s | %s | %s |", s.Name, s.Help, s.Accepted(), orDefault(s.Default, "unset")))
	}
	if generated := strings.Join(wanted, "\n"); *update {
		if err := os.WriteFile(scenesPage, []byte(before+begin+generated+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != generated {
		t.Errorf("the table in docs/scenes.md is stale; go test ./kafka/lab -run TestSettingsAreDocumented -update writes it. It is\n%s\nwanted\n%s", table, generated)
	}
}

// docs/scenes.md names every key and action that the parser takes, and no other.
func TestScenesAreDocumented(t *testing.T) {
	content, err := os.ReadFile(scenesPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	if got, wanted := firstCells(page, "## Keys"), keysOfParser(t); !slices.Equal(got, wanted) {
		t.Errorf("the keys there are\n%q, the parser takes\n%q", got, wanted)
	}
	if got := firstCells(page, "## Actions"); !slices.Equal(got, ActionNames()) {
		t.Errorf("the actions there are\n%q, the parser takes\n%q", got, ActionNames())
	}
	for i, row := range rows(page, "## Actions") {
		if got, wanted := row[2]+"; "+row[3], quoteAll(sceneActions[i].needs)+"; "+quoteAll(sceneActions[i].takes); got != wanted {
			t.Errorf("the keys of %s are said to be %s, and are %s", row[0], got, wanted)
		}
	}
	_, example, _ := strings.Cut(page, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	scene, err := ParseScene("example.yaml", []byte(example))
	if err != nil || len(scene.Steps) == 0 {
		t.Errorf("the example cannot be played: %v", err)
	}
}

// keysOfParser are the keys of every mapping, as listed by errors about an unknown key.
func keysOfParser(t *testing.T) []string {
	t.Helper()
	_, err := ParseScene("all.yaml", []byte("z: 1\ntopics: [{z: 1}]\nproducers: [{z: 1}]\ngroups: [{z: 1, consumers: [{z: 1}]}]\n"))
	if err == nil {
		t.Fatal("a key that there is not was taken")
	}
	var keys []string
	for _, match := range regexp.MustCompile(`(?m)^all.yaml:\d+: (\S*?) ?has the unknown key "z"; accepted: (.*)$`).FindAllStringSubmatch(err.Error(), -1) {
		place := strings.ReplaceAll(match[1], "[0]", "[]")
		for name := range strings.SplitSeq(match[2], ", ") {
			keys = append(keys, strings.TrimPrefix(place+"."+name, "."))
		}
	}
	keys = append(keys, "actions[].after", "actions[].do") // what else one takes is with the actions
	slices.SortStableFunc(keys, func(a, b string) int { return slices.Index(order, root(a)) - slices.Index(order, root(b)) })
	return keys
}

// order is that of the sections in the table.
var order = []string{"title", "description", "topics", "producers", "settings", "groups", "actions"}

func root(key string) string {
	root, _, _ := strings.Cut(key, "[")
	return root
}

// rows are the cells of the table in a section, without its head.
func rows(page, section string) [][]string {
	_, text, _ := strings.Cut(page, section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var out [][]string
	for line := range strings.Lines(text) {
		if cells := strings.Split(strings.TrimSpace(line), "|"); len(cells) > 3 && strings.Contains(cells[1], "`") {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			out = append(out, cells[1:len(cells)-1])
		}
	}
	return out
}

func firstCells(page, section string) []string {
	var out []string
	for _, row := range rows(page, section) {
		out = append(out, strings.Trim(row[0], "`"))
	}
	return out
}

func quoteAll(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
