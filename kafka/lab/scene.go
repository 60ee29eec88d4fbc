package lab

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
)

// Scene is what a lab plays without being asked for anything.
type Scene struct {
	Name      string
	Topics    []Topic
	Producers []Producer
	Steps     []Step // in the order of After
	Prefix    string // of the names of all its topics and groups; see [Scene.WithPrefix]
}

// Topic is a topic that the lab creates. Every consumer subscribes to all of them.
type Topic struct {
	Name       string
	Partitions int32
}

// Producer writes the names of the US states as keys and random numbers as values to a topic.
type Producer struct {
	Topic string
	Rate  float64 // records a second
}

// Step starts a consumer.
type Step struct {
	After    time.Duration // since the lab was started
	Group    string
	Prefix   string                  // of the names of the group's consumers; "" is the group's name
	Settings *model.ConsumerSettings // nil is [DefaultSettings]
}

const demoRate = 50

// scenes are in the order in which they are offered; the first is the default.
var scenes = []Scene{
	{
		// Two consumers share four partitions; a third joins while one looks on. Another group reads the same alone.
		Name:      "classic",
		Topics:    []Topic{{Name: "myorders", Partitions: 4}},
		Producers: []Producer{{Topic: "myorders", Rate: demoRate}},
		Steps: []Step{
			{Group: "1consumer", Prefix: "consumer"},
			{Group: "1consumer", Prefix: "consumer"},
			{Group: "2consumer", Prefix: "reader"},
			{After: 5 * time.Second, Group: "1consumer", Prefix: "consumer"},
		},
	},
	{
		// More consumers than partitions: one has nothing to do.
		Name:      "two-partitions",
		Topics:    []Topic{{Name: "myorders", Partitions: 2}},
		Producers: []Producer{{Topic: "myorders", Rate: demoRate}},
		Steps: []Step{
			{Group: "1", Prefix: "consumer"},
			{Group: "1", Prefix: "consumer"},
			{Group: "1", Prefix: "consumer"},
			{Group: "2", Prefix: "reader"},
		},
	},
}

// Scenes are the names of the scenes, the default first.
func Scenes() []string {
	names := make([]string, len(scenes))
	for i, s := range scenes {
		names[i] = s.Name
	}
	return names
}

// SceneByName finds a scene; "" is the classic one. The error names those that there are. What is returned is the
// caller's own to change.
func SceneByName(name string) (Scene, error) {
	if name == "" {
		name = scenes[0].Name
	}
	for _, s := range scenes {
		if s.Name == name {
			return s.clone(), nil
		}
	}
	return Scene{}, fmt.Errorf("there is no scene %q; the scenes are %s", name, strings.Join(Scenes(), ", "))
}

// WithPrefix is the scene with prefix before the names of its topics and groups.
func (s Scene) WithPrefix(prefix string) Scene {
	s = s.clone()
	s.Prefix = prefix + s.Prefix
	for i := range s.Topics {
		s.Topics[i].Name = prefix + s.Topics[i].Name
	}
	for i := range s.Producers {
		s.Producers[i].Topic = prefix + s.Producers[i].Topic
	}
	for i := range s.Steps {
		s.Steps[i].Group = prefix + s.Steps[i].Group
	}
	return s
}

// WithSettings is the scene with every consumer's settings replaced.
func (s Scene) WithSettings(settings model.ConsumerSettings) Scene {
	s = s.clone()
	for i := range s.Steps {
		s.Steps[i].Settings = &settings
	}
	return s
}

func (s Scene) clone() Scene {
	s.Topics = append([]Topic(nil), s.Topics...)
	s.Producers = append([]Producer(nil), s.Producers...)
	s.Steps = append([]Step(nil), s.Steps...)
	return s
}

// validate finds what cannot be played before anything is started.
func (s Scene) validate() error {
	if len(s.Topics) == 0 {
		return fmt.Errorf("scene %q has no topic", s.Name)
	}
	topics := map[string]bool{}
	for _, t := range s.Topics {
		if t.Name == "" || t.Partitions < 1 || topics[t.Name] {
			return fmt.Errorf("scene %q: topic %q with %d partitions is not possible (each needs a name of its own and a partition)", s.Name, t.Name, t.Partitions)
		}
		topics[t.Name] = true
	}
	for _, p := range s.Producers {
		if !topics[p.Topic] {
			return fmt.Errorf("scene %q: a producer writes to topic %q, which the scene does not have", s.Name, p.Topic)
		}
		if err := validateRate(p.Rate); err != nil {
			return fmt.Errorf("scene %q: the producer of %q: %w", s.Name, p.Topic, err)
		}
	}
	for i, step := range s.Steps {
		if step.Group == "" || step.After < 0 {
			return fmt.Errorf("scene %q: step %d starts a consumer in group %q after %s", s.Name, i+1, step.Group, step.After)
		}
		if step.Settings != nil {
			if err := validateSettings(withDefaults(*step.Settings)); err != nil {
				return fmt.Errorf("scene %q: a consumer of group %q: %w", s.Name, step.Group, err)
			}
		}
	}
	return nil
}
