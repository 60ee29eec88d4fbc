package tour

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/kafka/lab"
	"regroup/model"
)

// Step is a step of the tour.
type Step struct {
	Name    string // such as crash; --step opens it
	Title   string
	Caption string           // two or three sentences, true on any cluster
	Screen  model.TourScreen // that shows it
	// Groups are the groups of the step, the most important first, with the names of the scene.
	Groups []string
	// Needs is the state that the step begins with.
	Needs []Need
	// Play returns the phases of the step. It is called each time that the step is played, when its needs are met, so that
	// phases can have state.
	Play func(m *Moment) []Phase

	chapter *chapter
}

// Need is a number of consumers in a stable group.
type Need struct {
	Group     string
	Consumers int
}

// Phase is actions, and what must be observed before the next phase.
type Phase struct {
	// Do returns the actions; nil if there is none.
	Do func(m *Moment) []model.LabAction
	// Missing is what has not been observed yet, in words; "" completes the phase. It is called with every view.
	Missing func(m *Moment) string
	// Facts are observations in words, the most important first; nil keeps those of the phase before.
	Facts func(m *Moment) []string
	// Countdown is a timeout to watch; nil if there is none.
	Countdown func(m *Moment) *model.TourCountdown
}

// chapter is consecutive steps in one scene.
type chapter struct {
	title string
	scene lab.Scene // a step starts only the consumers that it needs
	steps []Step
	// unpaced keeps the timeouts of the scene: the session must be longer than the restart of a process.
	unpaced bool
}

// settings are the settings of the group's consumers at a pace.
func (c *chapter) settings(group string, pace float64) lab.Settings {
	all := c.scene.Settings
	for _, g := range c.scene.Groups {
		if g.Name == group {
			all = all.With(g.Settings)
		}
	}
	full, err := all.Consumer()
	if err != nil {
		panic(err) // a mistake in a scene of the tour that every test finds
	}
	if c.unpaced {
		pace = 1
	}
	return all.With(lab.SettingsOf(paced(full, pace)))
}

// consumer is the complete settings of the group's consumer with this index.
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

// paced is settings with timeouts multiplied by pace.
func paced(s model.ConsumerSettings, pace float64) model.ConsumerSettings {
	for _, d := range []*time.Duration{&s.SessionTimeout, &s.HeartbeatInterval, &s.MaxPollInterval} {
		*d = time.Duration(float64(*d) * pace).Round(time.Millisecond)
	}
	return s
}

// sceneFor is the chapter's scene with only the consumers that a step needs.
func (c *chapter) sceneFor(s *Step, pace float64) lab.Scene {
	scene := c.scene
	scene.Groups = slices.Clone(scene.Groups)
	for i := range scene.Groups {
		g := &scene.Groups[i]
		g.Settings = c.settings(g.Name, pace)
		needed := s.needs(g.Name)
		g.Consumers = slices.Clone(g.Consumers[:min(needed, len(g.Consumers))])
		for i := len(g.Consumers); i < needed; i++ { // named as the lab does
			g.Consumers = append(g.Consumers, lab.Consumer{Name: fmt.Sprintf("%s-%d", strings.TrimSuffix(g.Consumers[0].Name, "-1"), i+1)})
		}
	}
	return scene
}

// needs is the number of consumers of a group that the step needs.
func (s *Step) needs(group string) int {
	for _, n := range s.Needs {
		if n.Group == group {
			return n.Consumers
		}
	}
	return 0
}
