package tour

import (
	"regroup/kafka/lab"
	"regroup/model"
)

// Step is one thing that the tour shows.
type Step struct {
	Name    string // by which it is opened: crash
	Title   string
	Caption string           // two or three sentences, true on any cluster
	Screen  model.TourScreen // on which it is seen
	// Groups are those that it is about, the most important first, as the scene names them.
	Groups []string
	// Needs is the state from which it begins.
	Needs []Need
	// Play says what is done and what must be seen then. It is called when what the step needs is there, each time that
	// the step is played: what its phases remember is theirs alone.
	Play func(m *Moment) []Phase

	chapter *chapter
}

// Need is so many consumers of a group, all in it and at work.
type Need struct {
	Group     string
	Consumers int
}

// Phase is something that is done, and what must be seen before the next phase begins.
type Phase struct {
	// Do is what is done; nil is nothing.
	Do func(m *Moment) []model.LabAction
	// Missing says what is not to be seen yet, in words; "" is that all is as it should be. It is asked with every view.
	Missing func(m *Moment) string
	// Facts are what is seen, in words, the most important first; nil leaves those of the phase before.
	Facts func(m *Moment) []string
	// Countdown is a stretch of time that is to be watched; nil is none.
	Countdown func(m *Moment) *model.TourCountdown
}

// chapter is steps that follow from each other in one scene.
type chapter struct {
	name  string
	scene func() lab.Scene // without consumers: those the steps need are added
	// prefix of the names of a group's consumers, and their settings, by group.
	groups map[string]groupOf
	steps  []Step
}

// groupOf says what the consumers of a group are like.
type groupOf struct {
	prefix   string
	settings model.ConsumerSettings
}

// sceneFor is the chapter's scene with the consumers that a step needs.
func (c *chapter) sceneFor(s *Step, pace float64) lab.Scene {
	scene := c.scene()
	scene.Steps = nil
	for _, need := range s.Needs {
		for range need.Consumers {
			settings := paced(c.groups[need.Group].settings, pace)
			scene.Steps = append(scene.Steps, lab.Step{Group: need.Group, Prefix: c.groups[need.Group].prefix, Settings: &settings})
		}
	}
	return scene
}
