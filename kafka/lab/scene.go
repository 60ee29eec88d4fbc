package lab

import (
	"maps"
	"slices"
	"time"

	"regroup/model"
)

// Scene is the initial set-up of a lab, and the actions that then happen by themselves. docs/scenes.md describes its file.
type Scene struct {
	Name        string     `yaml:"-"`                     // the file's name without its extension
	Title       string     `yaml:"title,omitempty"`       // a line
	Description string     `yaml:"description,omitempty"` // what can be seen in it, in a few sentences
	Topics      []Topic    `yaml:"topics"`
	Producers   []Producer `yaml:"producers,omitempty"`
	Settings    Settings   `yaml:"settings,omitempty"` // of every consumer, unless its group or itself overrides them
	Groups      []Group    `yaml:"groups,omitempty"`   // their consumers are started at once, in this order
	Steps       []Step     `yaml:"actions,omitempty"`  // in any order
	Prefix      string     `yaml:"-"`                  // of the names of all its topics and groups; see [Scene.WithPrefix]
}

// Topic is a topic that the lab creates.
type Topic struct {
	Name       string `yaml:"name"`
	Partitions int32  `yaml:"partitions"`
}

// Producer writes the names of US states as keys and random numbers as values to a topic.
type Producer struct {
	Topic string
	Rate  model.Maybe[float64] // records a second; unknown is DefaultRate
	Keys  int                  // number of different keys, at most [MaxKeys]; 0 is all
}

// DefaultRate is the rate of a producer whose rate is not set, records a second.
const DefaultRate = 50

// MaxKeys is the number of different keys that a producer can have: the states of the USA.
const MaxKeys = len(states)

// Group is a consumer group of the scene.
type Group struct {
	Name      string     `yaml:"name"`
	Topics    []string   `yaml:"topics,omitempty"`   // that its consumers subscribe to; nil is all of the scene's
	Settings  Settings   `yaml:"settings,omitempty"` // of its consumers, over the scene's
	Consumers []Consumer `yaml:"consumers,omitempty"`
}

// Consumer is a consumer of a scene's group.
type Consumer struct {
	Name     string   // its client.id, which no other consumer of the scene has
	Settings Settings // over its group's
}

// Step is an action of the scene. The consumer of [model.LabStartConsumer] is a new one, and its settings are those of its group
// with Settings over them.
type Step struct {
	After    time.Duration // since the scene's consumers were started
	Action   model.LabAction
	Settings Settings
}

// WithPrefix is the scene with prefix before the names of its topics and groups.
func (s Scene) WithPrefix(prefix string) Scene {
	return s.renamed(prefix+s.Prefix, func(name string) string { return prefix + name })
}

// renamed is the scene with the names of its topics and groups changed.
func (s Scene) renamed(prefix string, name func(string) string) Scene {
	s = s.clone()
	s.Prefix = prefix
	for i := range s.Topics {
		s.Topics[i].Name = name(s.Topics[i].Name)
	}
	for i := range s.Producers {
		s.Producers[i].Topic = name(s.Producers[i].Topic)
	}
	for i := range s.Groups {
		s.Groups[i].Name = name(s.Groups[i].Name)
		for j := range s.Groups[i].Topics {
			s.Groups[i].Topics[j] = name(s.Groups[i].Topics[j])
		}
	}
	for i := range s.Steps {
		action := &s.Steps[i].Action
		if action.Group != "" {
			action.Group = name(action.Group)
		}
		if action.Topic != "" {
			action.Topic = name(action.Topic)
		}
	}
	return s
}

// Completed is the scene with a rate and settings for the producers and consumers that have none.
func (s Scene) Completed(rate float64, settings Settings) Scene {
	s = s.clone()
	for i := range s.Producers {
		s.Producers[i].Rate = model.Some(s.Producers[i].Rate.Or(rate))
	}
	s.Settings = settings.With(s.Settings)
	return s
}

// WithRate is the scene with the rate of every producer replaced.
func (s Scene) WithRate(rate float64) Scene {
	s = s.clone()
	for i := range s.Producers {
		s.Producers[i].Rate = model.Some(rate)
	}
	return s
}

// clone is a deep copy.
func (s Scene) clone() Scene {
	s.Topics = slices.Clone(s.Topics)
	s.Producers = slices.Clone(s.Producers)
	s.Settings = maps.Clone(s.Settings)
	s.Groups = slices.Clone(s.Groups)
	for i := range s.Groups {
		g := &s.Groups[i]
		g.Topics, g.Settings, g.Consumers = slices.Clone(g.Topics), maps.Clone(g.Settings), slices.Clone(g.Consumers)
		for j := range g.Consumers {
			g.Consumers[j].Settings = maps.Clone(g.Consumers[j].Settings)
		}
	}
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Settings = maps.Clone(s.Steps[i].Settings)
	}
	return s
}

// group finds a group of the scene.
func (s Scene) group(name string) (Group, bool) {
	for _, g := range s.Groups {
		if g.Name == name {
			return g, true
		}
	}
	return Group{}, false
}

// settings are those of a consumer of the group whose own settings are given.
func (s Scene) settings(group string, own Settings) (model.ConsumerSettings, error) {
	g, _ := s.group(group)
	return s.Settings.With(g.Settings).With(own).Consumer()
}

// topicsOf are the topics that a consumer of the group subscribes to.
func (s Scene) topicsOf(group string) []string {
	if g, known := s.group(group); known && len(g.Topics) > 0 {
		return g.Topics
	}
	names := make([]string, len(s.Topics))
	for i, t := range s.Topics {
		names[i] = t.Name
	}
	return names
}
