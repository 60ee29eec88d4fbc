package lab

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
)

// scenes are in the order in which they are offered; the first is the default.
var scenes = []Scene{
	{
		// Two consumers share four partitions; a third joins while one looks on. Another group reads the same alone.
		Name:      "classic",
		Topics:    []Topic{{Name: "myorders", Partitions: 4}},
		Producers: []Producer{{Topic: "myorders"}},
		Groups: []Group{
			{Name: "1consumer", Consumers: []Consumer{{Name: "consumer-1"}, {Name: "consumer-2"}}},
			{Name: "2consumer", Consumers: []Consumer{{Name: "reader-1"}}},
		},
		Steps: []Step{{After: 5 * time.Second, Action: model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer", Consumer: "consumer-3"}}},
	},
	{
		// More consumers than partitions: one has nothing to do.
		Name:      "two-partitions",
		Topics:    []Topic{{Name: "myorders", Partitions: 2}},
		Producers: []Producer{{Topic: "myorders"}},
		Groups: []Group{
			{Name: "1", Consumers: []Consumer{{Name: "consumer-1"}, {Name: "consumer-2"}, {Name: "consumer-3"}}},
			{Name: "2", Consumers: []Consumer{{Name: "reader-1"}}},
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
