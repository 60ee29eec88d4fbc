package events_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"regroup/cli/events"
)

// section is what docs/events.md says of one type of line.
type section struct {
	fields  map[string]bool
	example string
}

func documented(t *testing.T) map[string]section {
	t.Helper()
	doc := readFile(t, "../../docs/events.md")
	sections := map[string]section{}
	for part := range strings.SplitSeq(doc, "\n## ") {
		name, body, _ := strings.Cut(part, "\n")
		_, table, found := strings.Cut(body, "| field | unit | meaning |")
		if !found {
			continue
		}
		table, _, _ = strings.Cut(table, "\n\n")
		s := section{fields: map[string]bool{}}
		for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
			s.fields[match[1]] = true
		}
		_, s.example, _ = strings.Cut(body, "```json\n")
		s.example, _, _ = strings.Cut(s.example, "\n```")
		sections[name] = s
	}
	return sections
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// fieldsOf adds the paths of a value's fields: joined[].slot.
func fieldsOf(value any, path string, into map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			inside := strings.TrimPrefix(path+"."+name, ".")
			into[inside] = true
			fieldsOf(inner, inside, into)
		}
	case []any:
		for _, inner := range value {
			if _, is := inner.(map[string]any); is {
				fieldsOf(inner, path+"[]", into)
			}
		}
	}
}

// Every field that a line has is documented, and every field that is documented is there.
func TestEveryFieldIsDocumented(t *testing.T) {
	written := map[string]map[string]bool{}
	add := func(data []byte) {
		var line map[string]any
		if err := json.Unmarshal(data, &line); err != nil {
			t.Fatal(err)
		}
		name := line["type"].(string)
		if written[name] == nil {
			written[name] = map[string]bool{}
		}
		fieldsOf(line, "", written[name])
	}
	for _, sample := range samples {
		add(events.AppendJSON(nil, &sample.event))
	}
	gone := recorded()
	gone.Left = gone.Joined // so that a member that left has its fields too
	add(events.AppendJSON(nil, &rebalanced(gone)[0]))
	add(events.AppendDroppedJSON(nil, 1))

	sections := documented(t)
	for name, fields := range written {
		for field := range fields {
			_, inCost, isCost := strings.Cut(field, "cost.")
			if isCost && name == "cost" && sections["rebalance"].fields["cost."+inCost] {
				continue // "with the same fields"
			}
			if !sections[name].fields[field] {
				t.Errorf("docs/events.md does not say what %s of a %s is", field, name)
			}
		}
	}
	for name, s := range sections {
		for field := range s.fields {
			if !written[name][field] {
				t.Errorf("docs/events.md describes %s of a %s, which is never written", field, name)
			}
		}
	}
	if want, got := slices.Sorted(maps.Keys(written)), slices.Sorted(maps.Keys(sections)); !slices.Equal(want, got) {
		t.Errorf("docs/events.md has the types %q; written are %q", got, want)
	}
}

// The examples are lines as they are written.
func TestDocumentedExamples(t *testing.T) {
	lines := map[string]bool{strings.TrimSpace(string(events.AppendDroppedJSON(nil, 17))): true}
	for _, sample := range samples {
		lines[strings.TrimSpace(string(events.AppendJSON(nil, &sample.event)))] = true
	}
	for name, s := range documented(t) {
		if !lines[s.example] {
			t.Errorf("the example of a %s is not what the samples give:\n%s", name, s.example)
		}
	}
}

// Every cause that the model knows is explained, and no other.
func TestEveryCauseIsDocumented(t *testing.T) {
	_, table, _ := strings.Cut(readFile(t, "../../docs/events.md"), "The causes:")
	table, _, _ = strings.Cut(table, "```")
	var explained, known []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		explained = append(explained, match[1])
	}
	for _, match := range regexp.MustCompile(`(?m)^\s+Cause\w+\s+Cause = "([a-z_]+)"`).FindAllStringSubmatch(readFile(t, "../../model/verdict.go"), -1) {
		known = append(known, match[1])
	}
	slices.Sort(explained)
	slices.Sort(known)
	if len(known) < 10 || !slices.Equal(explained, known) {
		t.Errorf("docs/events.md explains %q; the causes are %q", explained, known)
	}
}
