package tour

import (
	"fmt"

	"regroup/kafka/lab"
)

// Steps are the steps of the tour in their order.
func Steps() []Step {
	var all []Step
	for _, c := range []*chapter{joining(), twoPartitions(), failing()} {
		for _, s := range c.steps {
			s.chapter = c
			all = append(all, s)
		}
	}
	return all
}

// The names of topics and groups of the tour's scenes.
const (
	topicOrders = "orders"
	groupOrders = "billing"
	groupReader = "audit"
)

// orders is a scene with a topic of so many partitions, a producer, and a group with consumers of these settings.
func orders(name string, partitions int32, consumers int, settings lab.Settings) lab.Scene {
	return lab.Scene{
		Name:      name,
		Topics:    []lab.Topic{{Name: topicOrders, Partitions: partitions}},
		Producers: []lab.Producer{{Topic: topicOrders}},
		Settings:  settings,
		Groups:    []lab.Group{{Name: groupOrders, Consumers: consumersNamed("consumer", consumers)}},
	}
}

// consumersNamed are consumers whose names end with their numbers.
func consumersNamed(prefix string, count int) []lab.Consumer {
	var all []lab.Consumer
	for i := range count {
		all = append(all, lab.Consumer{Name: fmt.Sprintf("%s-%d", prefix, i+1)})
	}
	return all
}
