package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"regroup/model"
	"regroup/model/nearest"
)

const (
	// MaxSceneFile is the most bytes that a scene's file may have.
	MaxSceneFile = 1 << 20
	// problemsTold is how many of the things that are wrong with a file are told at once.
	problemsTold = 20
)

// ParseScene reads a scene from the content of a file; docs/scenes.md says what can be in it. file is its name, for errors,
// and without its directory and its ending the scene's. The error has a line for each problem, with the line of the file, the
// key, what is wrong and what is accepted.
func ParseScene(file string, content []byte) (Scene, error) {
	p := &sceneParser{lines: map[string]int{}}
	base := filepath.Base(file)
	p.scene.Name = strings.TrimSuffix(base, filepath.Ext(base))
	document, err := readDocument(content)
	if err != nil {
		return Scene{}, fmt.Errorf("%s%w", file, err)
	}
	p.readScene(document)
	if len(p.problems) == 0 { // else what is missing would be told again as what follows from it
		for _, problem := range p.scene.check() {
			p.problems = append(p.problems, lineProblem{p.line(problem.place), problem.Error()})
		}
	}
	if err := p.err(file); err != nil {
		return Scene{}, err
	}
	return p.scene, nil
}

// yamlError is how the library tells where something is no YAML.
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
		// What is in it is not quoted: it may be a file with a password, named by mistake.
		return nil, errors.New(" is not a scene; there are no keys such as topics and groups in it")
	}
	return document.Content[0], nil
}

// lineProblem is something that is wrong with a line of a file.
type lineProblem struct {
	line  int
	words string
}

// sceneParser reads a scene and gathers what is wrong with it.
type sceneParser struct {
	scene    Scene
	lines    map[string]int // where the keys are, by their places
	problems []lineProblem
}

// key is a key that a mapping of the file takes.
type key struct {
	name string
	need bool
	read func(node *yaml.Node, place string)
}

func (p *sceneParser) reject(node *yaml.Node, place, format string, args ...any) {
	p.problems = append(p.problems, lineProblem{node.Line, strings.TrimSpace(place + " " + fmt.Sprintf(format, args...))})
}

// line is the line of the place, or of what it is part of.
func (p *sceneParser) line(place string) int {
	for place != "" {
		if line, known := p.lines[place]; known {
			return line
		}
		place = place[:max(0, strings.LastIndexAny(place, ".["))]
	}
	return 1
}

// err is all that is wrong, in the order of the lines.
func (p *sceneParser) err(file string) error {
	slices.SortStableFunc(p.problems, func(a, b lineProblem) int { return a.line - b.line })
	var errs []error
	for _, problem := range p.problems[:min(problemsTold, len(p.problems))] {
		errs = append(errs, fmt.Errorf("%s:%d: %s", file, problem.line, problem.words))
	}
	if more := len(p.problems) - problemsTold; more > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d problems more", file, more))
	}
	return errors.Join(errs...)
}

// mapping reads the keys of a mapping.
func (p *sceneParser) mapping(node *yaml.Node, place string, keys []key) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	if node.Kind != yaml.MappingNode {
		p.reject(node, place, "is %s; accepted are the keys %s", kindOf(node), strings.Join(names, ", "))
		return
	}
	given := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		at := strings.TrimPrefix(place+"."+name.Value, ".")
		index := slices.Index(names, name.Value)
		switch {
		case name.Kind != yaml.ScalarNode || index < 0:
			p.reject(name, place, "has the unknown key %s%s; accepted are %s", shown(name.Value), nearest.DidYouMean(name.Value, names), strings.Join(names, ", "))
		case given[name.Value]:
			p.reject(name, at, "is there twice")
		default:
			given[name.Value] = true
			p.lines[at] = name.Line
			keys[index].read(value, at)
		}
	}
	for _, k := range keys {
		if k.need && !given[k.name] {
			p.reject(node, strings.TrimPrefix(place+"."+k.name, "."), "is missing")
		}
	}
}

// list reads the items of a list. A key without a value, as one whose items are all commented out, is an empty one.
func (p *sceneParser) list(most int, read func(node *yaml.Node, place string)) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		switch {
		case isNull(node):
		case node.Kind != yaml.SequenceNode:
			p.reject(node, place, "is %s; accepted is a list, each item with a dash before it", kindOf(node))
		case len(node.Content) > most:
			p.reject(node, place, "are %d; accepted are at most %d", len(node.Content), most)
		default:
			for i, item := range node.Content {
				at := fmt.Sprintf("%s[%d]", place, i)
				p.lines[at] = item.Line
				read(item, at)
			}
		}
	}
}

// scalar is the node's text as it is written, if it is a single value.
func (p *sceneParser) scalar(node *yaml.Node, place string) (string, bool) {
	switch {
	case isNull(node):
		p.reject(node, place, "has no value")
	case node.Kind != yaml.ScalarNode:
		p.reject(node, place, "is %s; accepted is a single value", kindOf(node))
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

func (p *sceneParser) readScene(document *yaml.Node) {
	s := &p.scene
	p.mapping(document, "", []key{
		{name: "title", read: p.text(&s.Title)},
		{name: "description", read: p.text(&s.Description)},
		{name: "topics", need: true, read: p.list(MostTopics, p.readTopic)},
		{name: "producers", read: p.list(MostProducers, p.readProducer)},
		{name: "settings", read: p.settings(&s.Settings)},
		{name: "groups", read: p.list(MostGroups, p.readGroup)},
		{name: "actions", read: p.list(MostSteps, p.readStep)},
	})
}

func (p *sceneParser) readTopic(node *yaml.Node, place string) {
	var t Topic
	p.mapping(node, place, []key{
		{name: "name", need: true, read: p.text(&t.Name)},
		{name: "partitions", need: true, read: whole(p, &t.Partitions, fmt.Sprintf("1 to %d", MostPartitions))},
	})
	p.scene.Topics = append(p.scene.Topics, t)
}

func (p *sceneParser) readProducer(node *yaml.Node, place string) {
	var producer Producer
	p.mapping(node, place, []key{
		{name: "topic", need: true, read: p.text(&producer.Topic)},
		{name: "rate", read: func(node *yaml.Node, place string) {
			var rate float64
			p.rate(&rate)(node, place)
			producer.Rate = model.Some(rate)
		}},
		{name: "keys", read: whole(p, &producer.Keys, fmt.Sprintf("1 to %d", MostKeys))},
	})
	p.scene.Producers = append(p.scene.Producers, producer)
}

func (p *sceneParser) readGroup(node *yaml.Node, place string) {
	var g Group
	p.mapping(node, place, []key{
		{name: "name", need: true, read: p.text(&g.Name)},
		{name: "topics", read: p.list(MostTopics, func(node *yaml.Node, place string) {
			var topic string
			p.text(&topic)(node, place)
			g.Topics = append(g.Topics, topic)
		})},
		{name: "settings", read: p.settings(&g.Settings)},
		{name: "consumers", read: p.list(MostConsumers, func(node *yaml.Node, place string) {
			g.Consumers = append(g.Consumers, p.readConsumer(node, place))
		})},
	})
	p.scene.Groups = append(p.scene.Groups, g)
}

// readConsumer reads a name, or a mapping of one with settings.
func (p *sceneParser) readConsumer(node *yaml.Node, place string) Consumer {
	var c Consumer
	if node.Kind == yaml.ScalarNode {
		p.text(&c.Name)(node, place)
		return c
	}
	p.mapping(node, place, []key{
		{name: "name", need: true, read: p.text(&c.Name)},
		{name: "settings", read: p.settings(&c.Settings)},
	})
	return c
}

func (p *sceneParser) readStep(node *yaml.Node, place string) {
	var step Step
	action := &step.Action
	all := map[string]func(*yaml.Node, string){
		"consumer":      p.text(&action.Consumer),
		"group":         p.text(&action.Group),
		"settings":      p.settings(&step.Settings),
		"records":       whole(p, &action.Records, "a number of records"),
		"processing.ms": p.processing(&action.ProcessingTime),
		"topic":         p.text(&action.Topic),
		"rate":          p.rate(&action.Rate),
		"partitions":    whole(p, &action.Partitions, fmt.Sprintf("1 to %d", MostPartitions)),
	}
	keys := []key{
		{name: "after", need: true, read: p.duration(&step.After)},
		{name: "do", need: true, read: func(node *yaml.Node, place string) {
			if name, ok := p.scalar(node, place); ok {
				if _, known := actionNamed(name); !known {
					p.reject(node, place, "is %s%s; accepted is %s", shown(name), nearest.DidYouMean(name, ActionNames()), strings.Join(ActionNames(), ", "))
				}
				action.Kind = model.LabActionKind(name)
			}
		}},
	}
	if known, ok := actionNamed(doOf(node)); ok {
		for _, name := range known.needs {
			keys = append(keys, key{name: name, need: true, read: all[name]})
		}
		for _, name := range known.takes {
			keys = append(keys, key{name: name, read: all[name]})
		}
	} else if node.Kind == yaml.MappingNode { // which keys it takes is not known before it is known what it does
		for name, read := range all {
			keys = append(keys, key{name: name, read: read})
		}
	}
	p.mapping(node, place, keys)
	p.scene.Steps = append(p.scene.Steps, step)
}

// doOf is what an action says that is to be done.
func doOf(node *yaml.Node) string {
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "do" {
			return node.Content[i+1].Value
		}
	}
	return ""
}
