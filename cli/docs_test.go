package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func readDoc(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile("../" + path)
	must(t, err)
	return string(content)
}

// Every flag, command, key of the configuration and variable that the README names is there.
func TestREADMENamesWhatThereIs(t *testing.T) {
	readme := readDoc(t, "README.md")
	var err error
	flags, commands := map[string]bool{}, map[string]bool{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		commands[c.Name()] = true
		for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) { flags[f.Name] = true })
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&app{}).rootCommand(&err))
	commands["completion"], commands["man"] = true, true // cobra's and fang's, there when a line is carried out

	// kafka-consumer-groups.sh --describe is not ours.
	for _, match := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(strings.ReplaceAll(readme, ".sh --describe", ""), -1) {
		if !flags[match[1]] {
			t.Errorf("the README names --%s, which no command has", match[1])
		}
	}
	for _, code := range regexp.MustCompile("(?s)```sh\n.*?```|`[^`\n]+`").FindAllString(readme, -1) {
		for _, match := range regexp.MustCompile("(?m)(?:^|`)regroup +([a-z]+)").FindAllStringSubmatch(code, -1) {
			if !commands[match[1]] {
				t.Errorf("the README names regroup %s, which is no command", match[1])
			}
		}
	}
	config := DefaultConfig()
	variables := []string{envConfig, "REGROUP_TEST_KAFKA"}
	for _, f := range fieldsOf(&config) {
		variables = append(variables, f.variable())
	}
	for _, variable := range regexp.MustCompile(`REGROUP_[A-Z_]+`).FindAllString(readme, -1) {
		if !slices.Contains(variables, variable) {
			t.Errorf("the README names %s, which nothing reads", variable)
		}
	}
	for _, match := range regexp.MustCompile("`((?:tls|sasl|ui|demo)\\.[a-z_.]+)`").FindAllStringSubmatch(readme, -1) {
		if !slices.Contains(keysOf(fieldsOf(&config)), match[1]) {
			t.Errorf("the README names the key %s, which there is not", match[1])
		}
	}
}

// Every module that go.mod requires for regroup itself is in the architecture's table, and no other.
func TestArchitectureNamesEveryDependency(t *testing.T) {
	_, table, found := strings.Cut(readDoc(t, "docs/architecture.md"), "## Why each direct dependency is there")
	if !found {
		t.Fatal("docs/architecture.md has no table of the dependencies")
	}
	var direct []string
	for line := range strings.Lines(readDoc(t, "go.mod")) {
		if fields := strings.Fields(strings.TrimPrefix(line, "require ")); len(fields) == 2 && strings.HasPrefix(fields[1], "v") {
			direct = append(direct, fields[0])
		}
	}
	var named []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 2 && strings.Contains(cells[1], ".") {
			for module := range strings.SplitSeq(cells[1], ",") {
				named = append(named, strings.TrimSpace(module))
			}
		}
	}
	for _, module := range direct {
		if !slices.Contains(named, module) {
			t.Errorf("docs/architecture.md does not say why %s is there", module)
		}
	}
	for _, module := range named {
		if !slices.Contains(direct, module) {
			t.Errorf("docs/architecture.md names %s, which go.mod does not require directly", module)
		}
	}
}

// keysInREADME are the rows of the README's tables of keys: the key and what it does, as the program's help says it.
func keysInREADME(t *testing.T) [][2]string {
	t.Helper()
	_, section, _ := strings.Cut(readDoc(t, "README.md"), "## Keys")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][2]string
	for _, match := range regexp.MustCompile("(?m)^\\| `(.+)` \\| (.+) \\|$").FindAllStringSubmatch(section, -1) {
		rows = append(rows, [2]string{match[1], match[2]})
	}
	if len(rows) < 20 {
		t.Fatalf("only %d keys found in the README", len(rows))
	}
	return rows
}
