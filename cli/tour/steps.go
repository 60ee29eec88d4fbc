package tour

import "regroup/kafka/lab"

// Steps are the steps of the tour in their order.
func Steps() []Step {
	return stepsOf(joining(), twoPartitions(), failing(), adjusting(), comparing(), static(), committing(), counting(), fetching())
}

func stepsOf(chapters ...*chapter) []Step {
	var all []Step
	for _, c := range chapters {
		for _, s := range c.steps {
			s.chapter = c
			all = append(all, s)
		}
	}
	return all
}

// The names of topics and groups of the tour's scenes.
const (
	topicOrders = "myorders"
	groupOrders = "orders"
	groupReader = "audit"
)

// sceneNamed is one of the scenes that the lab brings along, without what it would do by itself.
func sceneNamed(name string) lab.Scene {
	scene, err := lab.SceneByName(name)
	if err != nil {
		panic(err) // a mistake in this package, seen by every test
	}
	scene.Steps = nil
	return scene
}
