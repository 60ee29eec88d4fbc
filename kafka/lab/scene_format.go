package lab

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"regroup/model"
	"regroup/model/nearest"
	"regroup/model/settings"
)

// YAML is the scene as [ParseScene] reads it. Its name and its prefix are not in it: a scene is called as its file, and a
// prefix is given where it is played.
func (s Scene) YAML() ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("write scene %q as YAML: %w", s.Name, err)
	}
	return out.Bytes(), encoder.Close()
}

// producerFile is a [Producer] in a file.
type producerFile struct {
	Topic string   `yaml:"topic"`
	Rate  *float64 `yaml:"rate,omitempty"`
	Keys  int      `yaml:"keys,omitempty"`
}

// MarshalYAML implements yaml.Marshaler.
func (p Producer) MarshalYAML() (any, error) {
	return producerFile{p.Topic, pointerOf(p.Rate), p.Keys}, nil
}

func (p *Producer) decode(d *sceneDecoder, node *yaml.Node, place string) {
	var f producerFile
	d.value(node, place, reflect.ValueOf(&f).Elem())
	*p = Producer{Topic: f.Topic, Keys: f.Keys}
	if f.Rate != nil {
		p.Rate = model.Some(*f.Rate)
	}
}

func pointerOf[T any](m model.Maybe[T]) *T {
	if v, known := m.Get(); known {
		return &v
	}
	return nil
}

// consumerFile is a [Consumer] in a file. One without settings may be its name alone.
type consumerFile struct {
	Name     string   `yaml:"name"`
	Settings Settings `yaml:"settings,omitempty"`
}

// MarshalYAML implements yaml.Marshaler.
func (c Consumer) MarshalYAML() (any, error) {
	if len(c.Settings) == 0 {
		return c.Name, nil
	}
	return consumerFile(c), nil
}

func (c *Consumer) decode(d *sceneDecoder, node *yaml.Node, place string) {
	if node.Kind == yaml.ScalarNode {
		d.value(node, place, reflect.ValueOf(&c.Name).Elem())
		return
	}
	d.value(node, place, reflect.ValueOf((*consumerFile)(c)).Elem())
}

// MarshalYAML implements yaml.Marshaler: the settings in the order of their table.
func (s Settings) MarshalYAML() (any, error) {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, known := range settings.All() {
		value, given := s[known.Name]
		if !given {
			continue
		}
		node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
		if known.Numeric() {
			node = numberNode(value)
		}
		out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: known.Name}, node)
	}
	return out, nil
}

func numberNode(value string) *yaml.Node {
	tag := "!!int"
	if strings.Contains(value, ".") {
		tag = "!!float"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func (s *Settings) decode(d *sceneDecoder, node *yaml.Node, place string) {
	if isNull(node) {
		return
	}
	read := Settings{}
	*s = read
	var keys []sceneKey
	for _, known := range settings.All() {
		keys = append(keys, sceneKey{name: known.Name, decode: func(node *yaml.Node, place string) {
			text, ok := d.scalar(node, place)
			if !ok {
				return
			}
			var parsed model.ConsumerSettings
			if err := known.Set(&parsed, text); err != nil {
				d.reject(node, place, "%s", problemOf(err))
			}
			read[known.Name] = known.Get(parsed) // 6000 for +6000
		}})
	}
	d.mapping(node, place, keys)
}

// milliseconds is a processing time in a file.
type milliseconds time.Duration

// MarshalYAML implements yaml.Marshaler.
func (m milliseconds) MarshalYAML() (any, error) {
	return numberNode(printProcessing(time.Duration(m))), nil
}

func (m *milliseconds) decode(d *sceneDecoder, node *yaml.Node, place string) {
	text, ok := d.scalar(node, place)
	if !ok {
		return
	}
	parsed, err := parseProcessing(text)
	if err != nil {
		d.reject(node, place, "%s", problemOf(err))
	}
	*m = milliseconds(parsed)
}

// stepFile is a [Step] in a file. Which of its keys an action takes is in sceneActions.
type stepFile struct {
	After      time.Duration `yaml:"after"`
	Do         string        `yaml:"do"`
	Consumer   string        `yaml:"consumer,omitempty"`
	Group      string        `yaml:"group,omitempty"`
	Records    int           `yaml:"records,omitempty"`
	Processing *milliseconds `yaml:"processing.ms,omitempty"` // 0 means something
	Topic      string        `yaml:"topic,omitempty"`
	Rate       *float64      `yaml:"rate,omitempty"` // 0 means something
	Partitions int32         `yaml:"partitions,omitempty"`
	Settings   Settings      `yaml:"settings,omitempty"`
}

// MarshalYAML implements yaml.Marshaler.
func (s Step) MarshalYAML() (any, error) {
	action := s.Action
	f := stepFile{
		After: s.After, Do: string(action.Kind), Consumer: action.Consumer, Group: action.Group, Records: action.Records,
		Topic: action.Topic, Partitions: action.Partitions, Settings: s.Settings,
	}
	switch action.Kind {
	case model.LabSlow:
		processing := milliseconds(action.ProcessingTime)
		f.Processing = &processing
	case model.LabRate:
		f.Rate = &action.Rate
	}
	return f, nil
}

func (s *Step) decode(d *sceneDecoder, node *yaml.Node, place string) {
	var f stepFile
	action, known := actionNamed(doOf(node))
	keys := slices.DeleteFunc(d.keysOf(reflect.ValueOf(&f).Elem()), func(k sceneKey) bool {
		return known && !k.required && !action.accepts(k.name) // if the action is not known, its keys are not known either
	})
	for i, k := range keys {
		keys[i].required = k.required || slices.Contains(action.needs, k.name)
	}
	d.mapping(node, place, keys)
	if !known && f.Do != "" {
		d.problems = append(d.problems, lineProblem{d.line(place + ".do"), fmt.Sprintf("%s.do is %s%s; accepted: %s",
			place, shown(f.Do), nearest.DidYouMean(f.Do, ActionNames()), strings.Join(ActionNames(), ", "))})
	}
	*s = Step{After: f.After, Settings: f.Settings, Action: model.LabAction{
		Kind: model.LabActionKind(f.Do), Consumer: f.Consumer, Group: f.Group, Records: f.Records, Topic: f.Topic, Partitions: f.Partitions,
	}}
	if f.Processing != nil {
		s.Action.ProcessingTime = time.Duration(*f.Processing)
	}
	if f.Rate != nil {
		s.Action.Rate = *f.Rate
	}
}

// doOf is the kind of an action.
func doOf(node *yaml.Node) string {
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "do" {
			return node.Content[i+1].Value
		}
	}
	return ""
}

// sceneAction is an action that a scene can have, with its keys.
type sceneAction struct {
	kind  model.LabActionKind
	needs []string
	takes []string // optional
}

func (a sceneAction) accepts(key string) bool {
	return slices.Contains(a.needs, key) || slices.Contains(a.takes, key)
}

// sceneActions are in the order of the documentation.
var sceneActions = []sceneAction{
	{kind: model.LabStartConsumer, needs: []string{"consumer", "group"}, takes: []string{"settings"}},
	{kind: model.LabLeave, needs: []string{"consumer"}},
	{kind: model.LabKill, needs: []string{"consumer"}},
	{kind: model.LabCrash, needs: []string{"consumer"}, takes: []string{"records"}},
	{kind: model.LabRestart, needs: []string{"consumer"}},
	{kind: model.LabPause, needs: []string{"consumer"}},
	{kind: model.LabResume, needs: []string{"consumer"}},
	{kind: model.LabSlow, needs: []string{"consumer", "processing.ms"}},
	{kind: model.LabRate, needs: []string{"rate"}, takes: []string{"topic"}},
	{kind: model.LabAddPartitions, takes: []string{"topic", "partitions"}},
}

// ActionNames are the actions that a scene can have.
func ActionNames() []string {
	names := make([]string, len(sceneActions))
	for i, a := range sceneActions {
		names[i] = string(a.kind)
	}
	return names
}

func actionNamed(name string) (sceneAction, bool) {
	for _, a := range sceneActions {
		if string(a.kind) == name {
			return a, true
		}
	}
	return sceneAction{}, false
}
