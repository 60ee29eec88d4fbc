package lab

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"regroup/model"
	"regroup/model/settings"
)

// YAML is the scene as [ParseScene] reads it. Its name and its prefix are not in it: a scene is called as its file, and a
// prefix is given where it is played.
func (s Scene) YAML() ([]byte, error) {
	root := writer()
	root.text("title", s.Title)
	root.text("description", s.Description)
	root.list("topics", len(s.Topics), func(i int) *yaml.Node {
		t := writer()
		t.text("name", s.Topics[i].Name)
		t.whole("partitions", int(s.Topics[i].Partitions))
		return t.node
	})
	root.list("producers", len(s.Producers), func(i int) *yaml.Node {
		p := writer()
		p.text("topic", s.Producers[i].Topic)
		if rate, given := s.Producers[i].Rate.Get(); given {
			p.number("rate", rate)
		}
		p.whole("keys", s.Producers[i].Keys)
		return p.node
	})
	root.settings(s.Settings)
	root.list("groups", len(s.Groups), func(i int) *yaml.Node { return s.Groups[i].node() })
	root.list("actions", len(s.Steps), func(i int) *yaml.Node { return s.Steps[i].node() })

	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root.node); err != nil {
		return nil, fmt.Errorf("write scene %q as YAML: %w", s.Name, err)
	}
	return out.Bytes(), encoder.Close()
}

func (g Group) node() *yaml.Node {
	w := writer()
	w.text("name", g.Name)
	w.list("topics", len(g.Topics), func(i int) *yaml.Node { return textNode(g.Topics[i]) })
	w.settings(g.Settings)
	w.list("consumers", len(g.Consumers), func(i int) *yaml.Node {
		c := g.Consumers[i]
		if len(c.Settings) == 0 {
			return textNode(c.Name)
		}
		w := writer()
		w.text("name", c.Name)
		w.settings(c.Settings)
		return w.node
	})
	return w.node
}

func (s Step) node() *yaml.Node {
	w, action := writer(), s.Action
	w.text("after", s.After.String())
	w.text("do", string(action.Kind))
	w.text("consumer", action.Consumer)
	w.text("group", action.Group)
	w.whole("records", action.Records)
	w.text("topic", action.Topic)
	w.whole("partitions", int(action.Partitions))
	switch action.Kind { // 0 says something here
	case model.LabSlow:
		w.raw("processing.ms", printProcessing(action.ProcessingTime))
	case model.LabRate:
		w.number("rate", action.Rate)
	}
	w.settings(s.Settings)
	return w.node
}

// mappingWriter makes a mapping. What is empty is left out.
type mappingWriter struct{ node *yaml.Node }

func writer() mappingWriter { return mappingWriter{&yaml.Node{Kind: yaml.MappingNode}} }

func (w mappingWriter) put(name string, value *yaml.Node) {
	w.node.Content = append(w.node.Content, textNode(name), value)
}

func textNode(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

func (w mappingWriter) text(name, value string) {
	if value != "" {
		w.put(name, textNode(value))
	}
}

// raw is a number as it is to be written.
func (w mappingWriter) raw(name, value string) {
	tag := "!!int"
	if strings.Contains(value, ".") {
		tag = "!!float"
	}
	w.put(name, &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value})
}

func (w mappingWriter) whole(name string, value int) {
	if value != 0 {
		w.raw(name, strconv.Itoa(value))
	}
}

func (w mappingWriter) number(name string, value float64) {
	w.raw(name, strconv.FormatFloat(value, 'f', -1, 64))
}

func (w mappingWriter) list(name string, n int, item func(i int) *yaml.Node) {
	if n == 0 {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range n {
		list.Content = append(list.Content, item(i))
	}
	w.put(name, list)
}

func (w mappingWriter) settings(s Settings) {
	if len(s) == 0 {
		return
	}
	inner := writer()
	for _, known := range settings.All() {
		value, given := s[known.Name]
		switch {
		case !given:
		case known.Numeric():
			inner.raw(known.Name, value)
		default:
			inner.text(known.Name, value)
		}
	}
	w.put("settings", inner.node)
}
