package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"regroup/model/nearest"
)

const (
	// MaxSceneFile is the most bytes that a scene's file may have.
	MaxSceneFile = 1 << 20
	// maxShown is how many of the problems of a file an error lists.
	maxShown = 20
)

// ParseScene reads a scene from the content of a file; docs/scenes.md describes the format. file is its name, for errors, and
// without its directory and its extension the scene's. The error has a line for each problem, with the line of the file, the
// key, the problem and what is accepted.
//
// It decodes by reflection, and not with yaml.Decoder.KnownFields: that reports no path, and Go's types instead of what is
// accepted.
func ParseScene(file string, content []byte) (Scene, error) {
	document, err := readDocument(content)
	if err != nil {
		return Scene{}, fmt.Errorf("%s%w", file, err)
	}
	base := filepath.Base(file)
	scene := Scene{Name: strings.TrimSuffix(base, filepath.Ext(base))}
	d := &sceneDecoder{lines: map[string]int{}}
	d.value(document, "", reflect.ValueOf(&scene).Elem())
	if len(d.problems) == 0 { // else the consequences of what is missing would be reported as well
		for _, problem := range scene.check() {
			d.problems = append(d.problems, lineProblem{d.line(problem.place), problem.Error()})
		}
	}
	if err := d.err(file); err != nil {
		return Scene{}, err
	}
	return scene, nil
}

// yamlError is how the library begins an error about the syntax.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// readDocument is the file's mapping. The error begins with what follows on the file's name: a line, or a blank.
func readDocument(content []byte) (*yaml.Node, error) {
	if len(content) > MaxSceneFile {
		return nil, fmt.Errorf(" has %d bytes; a scene has at most %d", len(content), MaxSceneFile)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if err == nil {
		if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
			return nil, errors.New(" holds more than one document; a scene is one")
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New(" is empty; a scene has topics, producers and groups")
	case err != nil:
		where := ": "
		found := yamlError.FindStringSubmatch(err.Error())
		if found != nil && found[1] != "" {
			where = ":" + found[1] + ": "
		}
		return nil, fmt.Errorf("%sthis is not YAML: %s", where, yamlError.ReplaceAllString(err.Error(), ""))
	case len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode:
		// The content is not quoted: it may be a file with a password, named by mistake.
		return nil, errors.New(" is not a scene; there are no keys such as topics and groups in it")
	}
	return document.Content[0], nil
}

// lineProblem is a problem on a line of a file.
type lineProblem struct {
	line  int
	words string
}

// sceneDecoder decodes a file strictly into structs with yaml tags, and collects all problems. A key whose tag has no omitempty
// is required.
type sceneDecoder struct {
	lines    map[string]int // of the keys, by their places
	problems []lineProblem
}

// customDecoder is a type whose form in a file is not that of its fields.
type customDecoder interface {
	decode(d *sceneDecoder, node *yaml.Node, place string)
}

// acceptedBy describes what is accepted for numbers, by their keys. check refuses what is out of range.
var acceptedBy = map[string]string{
	"partitions": fmt.Sprintf("1 to %d", MaxPartitions),
	"keys":       fmt.Sprintf("1 to %d", MaxKeys),
	"rate":       fmt.Sprintf("0 to %d records a second", maxRate),
	"records":    fmt.Sprintf("1 to %d", maxCrashRecords),
}

// longestList is how many items a list may have, by its key.
var longestList = map[string]int{
	"topics": MaxTopics, "producers": MaxProducers, "groups": MaxGroups, "consumers": MaxConsumers, "actions": MaxSteps,
}

// keyOf is the key that a place ends with: "topics" of "groups[1].topics".
func keyOf(place string) string { return place[strings.LastIndex(place, ".")+1:] }

func (d *sceneDecoder) reject(node *yaml.Node, place, format string, args ...any) {
	d.problems = append(d.problems, lineProblem{node.Line, strings.TrimSpace(place + " " + fmt.Sprintf(format, args...))})
}

// line is the line of the place, or of what it is part of.
func (d *sceneDecoder) line(place string) int {
	for place != "" {
		if line, known := d.lines[place]; known {
			return line
		}
		place = place[:max(0, strings.LastIndexAny(place, ".["))]
	}
	return 1
}

// err lists the problems in the order of the lines.
func (d *sceneDecoder) err(file string) error {
	slices.SortStableFunc(d.problems, func(a, b lineProblem) int { return a.line - b.line })
	var errs []error
	for _, problem := range d.problems[:min(maxShown, len(d.problems))] {
		errs = append(errs, fmt.Errorf("%s:%d: %s", file, problem.line, problem.words))
	}
	if more := len(d.problems) - maxShown; more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d problems more", file, more))
	}
	return errors.Join(errs...)
}

// value decodes a node. place is where it is, as in "groups[1].topics".
func (d *sceneDecoder) value(node *yaml.Node, place string, v reflect.Value) {
	if custom, is := v.Addr().Interface().(customDecoder); is {
		custom.decode(d, node, place)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(node, place, d.keysOf(v))
	case reflect.Slice:
		d.list(node, place, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(node, place, v.Elem())
	default:
		if text, ok := d.scalar(node, place); ok {
			if accepted, ok := setScalar(v, text); !ok {
				d.reject(node, place, "is %s; accepted: %s", shown(text), orDefault(acceptedBy[keyOf(place)], accepted))
			}
		}
	}
}

// setScalar stores a value that is not composed of others; accepted describes what could have been stored.
func setScalar(v reflect.Value, text string) (accepted string, ok bool) {
	var err error
	if _, is := v.Interface().(time.Duration); is {
		var d time.Duration
		d, err = time.ParseDuration(text)
		v.SetInt(int64(d))
		return "a time with its unit, such as 5s, 500ms or 1m30s", err == nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.TrimSpace(text))
	case reflect.Int, reflect.Int32:
		var n int64
		n, err = strconv.ParseInt(text, 10, 32)
		v.SetInt(n)
	case reflect.Float64:
		var n float64
		n, err = strconv.ParseFloat(text, 64)
		v.SetFloat(n)
	default:
		panic("no decoding of " + v.Type().String())
	}
	return "a number", err == nil
}

// sceneKey is a key that a mapping of the file accepts.
type sceneKey struct {
	name     string
	required bool
	decode   func(node *yaml.Node, place string)
}

// keysOf are the keys of a struct, by its tags.
func (d *sceneDecoder) keysOf(v reflect.Value) []sceneKey {
	var keys []sceneKey
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "-" {
			field := v.Field(i)
			keys = append(keys, sceneKey{name, option != "omitempty", func(node *yaml.Node, place string) { d.value(node, place, field) }})
		}
	}
	return keys
}

// mapping decodes the keys of a mapping.
func (d *sceneDecoder) mapping(node *yaml.Node, place string, keys []sceneKey) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	if node.Kind != yaml.MappingNode {
		d.reject(node, place, "is %s; accepted: the keys %s", kindOf(node), strings.Join(names, ", "))
		return
	}
	given := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		at := strings.TrimPrefix(place+"."+name.Value, ".")
		index := slices.Index(names, name.Value)
		switch {
		case name.Kind != yaml.ScalarNode || index < 0:
			d.reject(name, place, "has the unknown key %s%s; accepted: %s", shown(name.Value), nearest.DidYouMean(name.Value, names), strings.Join(names, ", "))
		case given[name.Value]:
			d.reject(name, at, "is a duplicate key")
		default:
			given[name.Value] = true
			d.lines[at] = name.Line
			keys[index].decode(value, at)
		}
	}
	for _, k := range keys {
		if k.required && !given[k.name] {
			d.reject(node, strings.TrimPrefix(place+"."+k.name, "."), "is missing")
		}
	}
}

// list decodes the items of a list. A key without a value, as one whose items are all commented out, is an empty one.
func (d *sceneDecoder) list(node *yaml.Node, place string, v reflect.Value) {
	most := longestList[keyOf(place)]
	switch {
	case isNull(node):
	case node.Kind != yaml.SequenceNode:
		d.reject(node, place, "is %s; accepted: a list, each item with a dash before it", kindOf(node))
	case len(node.Content) > most:
		d.reject(node, place, "are %d; accepted: at most %d", len(node.Content), most)
	case len(node.Content) > 0:
		v.Set(reflect.MakeSlice(v.Type(), len(node.Content), len(node.Content)))
		for i, item := range node.Content {
			at := fmt.Sprintf("%s[%d]", place, i)
			d.lines[at] = item.Line
			d.value(item, at, v.Index(i))
		}
	}
}

// scalar is the node's text as it is written, if it is a single value.
func (d *sceneDecoder) scalar(node *yaml.Node, place string) (string, bool) {
	switch {
	case isNull(node):
		d.reject(node, place, "has no value")
	case node.Kind != yaml.ScalarNode:
		d.reject(node, place, "is %s; accepted: a single value", kindOf(node))
	default:
		return node.Value, true
	}
	return "", false
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping with keys of its own"
	case yaml.AliasNode:
		return "an alias, which is not taken here: write out what it stands for"
	}
	if isNull(node) {
		return "empty"
	}
	return "the single value " + shown(node.Value)
}

// shown is a text in an error, on one line and not too long.
func shown(value string) string {
	const most = 60
	if runes := []rune(value[:min(len(value), 4*most)]); len(runes) > most || len(value) > 4*most {
		value = string(runes[:min(most, len(runes))]) + "…"
	}
	return strconv.Quote(value)
}
