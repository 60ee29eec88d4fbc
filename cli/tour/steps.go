package tour

import "regroup/kafka/lab"

// Steps are the steps of the tour in their order.
func Steps() []Step {
	var all []Step
	for _, c := range []*chapter{joining(), twoPartitions()} {
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

// produced is how many records a second are written in the scenes.
const produced = 50

// ordersWith is a scene with a topic of so many partitions, and a producer.
func ordersWith(name string, partitions int32) func() lab.Scene {
	return func() lab.Scene {
		return lab.Scene{
			Name:      name,
			Topics:    []lab.Topic{{Name: topicOrders, Partitions: partitions}},
			Producers: []lab.Producer{{Topic: topicOrders, Rate: produced}},
		}
	}
}
