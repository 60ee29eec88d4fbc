package tour

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	title string
	scene lab.Scene // with the groups that there are; of their consumers, those that a step needs are started
	steps []Step
	// unpaced says that the timeouts stay as they are, because a session must outlast what is shown: the restart of a process.
	unpaced bool
}

// settings are those of the group's consumers at a pace, by the scene's words.
func (c *chapter) settings(group string, pace float64) lab.Settings {
	all := c.scene.Settings
	for _, g := range c.scene.Groups {
		if g.Name == group {
			all = all.With(g.Settings)
		}
	}
	full, err := all.Consumer()
	if err != nil {
		panic(err) // a mistake in a scene of the tour, seen by every test
	}
	if c.unpaced {
		pace = 1
	}
	return all.With(lab.SettingsOf(paced(full, pace)))
}

// consumer are the settings of the group's consumer of this number, from 0, in full.
func (c *chapter) consumer(group string, number int, pace float64) model.ConsumerSettings {
	settings := c.settings(group, pace)
	for _, g := range c.scene.Groups {
		if g.Name == group && number < len(g.Consumers) {
			settings = settings.With(g.Consumers[number].Settings)
		}
	}
	full, err := settings.Consumer()
	if err != nil {
		panic(err)
	}
	return full
}

// paced are settings with shorter timeouts.
func paced(s model.ConsumerSettings, pace float64) model.ConsumerSettings {
	for _, d := range []*time.Duration{&s.SessionTimeout, &s.HeartbeatInterval, &s.MaxPollInterval} {
		*d = time.Duration(float64(*d) * pace).Round(time.Millisecond)
	}
	return s
}

// sceneFor is the chapter's scene with the consumers that a step needs, and no others.
func (c *chapter) sceneFor(s *Step, pace float64) lab.Scene {
	scene := c.scene
	scene.Groups = slices.Clone(scene.Groups)
	for i := range scene.Groups {
		g := &scene.Groups[i]
		g.Settings = c.settings(g.Name, pace)
		needed := s.needs(g.Name)
		g.Consumers = slices.Clone(g.Consumers[:min(needed, len(g.Consumers))])
		for i := len(g.Consumers); i < needed; i++ { // as the lab calls those that follow
			g.Consumers = append(g.Consumers, lab.Consumer{Name: fmt.Sprintf("%s-%d", strings.TrimSuffix(g.Consumers[0].Name, "-1"), i+1)})
		}
	}
	return scene
}

// needs is how many consumers of a group the step needs.
func (s *Step) needs(group string) int {
	for _, n := range s.Needs {
		if n.Group == group {
			return n.Consumers
		}
	}
	return 0
}
