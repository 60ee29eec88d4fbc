package lab

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"regroup/model"
	"regroup/model/nearest"
	"regroup/model/settings"
)

// The limits of a scene. Every consumer and every producer is a process: a typing mistake, or a file of unknown origin, must not
// overload the machine.
const (
	MaxTopics     = 50
	MaxPartitions = 1000 // of one topic
	MaxProducers  = 20
	MaxGroups     = 50
	MaxConsumers  = 100 // of all groups together, with those that steps start
	MaxSteps      = 1000
	MaxAfter      = 24 * time.Hour

	maxPartitionsInAll = 5000 // partitions of all topics together
	maxTitle           = 100  // characters
	maxDescription     = 4000 // characters of a description
)

// problem is why a scene cannot be played.
type problem struct {
	place string // "groups[1].consumers[0].settings", as the keys of a file, counted from 0
	words string
}

func (p problem) Error() string { return p.place + " " + p.words }

// checker collects the problems of a scene.
type checker struct {
	scene    Scene
	problems []problem
	topics   []string
	groups   []string
	names    []string // of the consumers

	instances map[[2]string]string // consumers by group and group.instance.id
}

// validate finds problems before anything is started.
func (s Scene) validate() error {
	var errs []error
	for _, p := range s.check() {
		errs = append(errs, p)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("scene %q: %w", s.Name, err)
	}
	return nil
}

func (s Scene) check() []problem {
	c := &checker{scene: s}
	c.checkText()
	c.checkTopics()
	c.checkProducers()
	c.checkGroups()
	c.checkSteps()
	if n := len(c.names); n > MaxConsumers {
		c.reject("groups", "have %d consumers with those that actions start; accepted: at most %d, each is a process", n, MaxConsumers)
	}
	return c.problems
}

func (c *checker) reject(place, format string, args ...any) {
	c.problems = append(c.problems, problem{place, fmt.Sprintf(format, args...)})
}

// atMost rejects a list that is too long to check its items.
func (c *checker) atMost(place string, n, most int) bool {
	if n > most {
		c.reject(place, "are %d; accepted: at most %d", n, most)
	}
	return n <= most
}

func (c *checker) checkText() {
	if title := c.scene.Title; !isPrintable(title) || utf8.RuneCountInString(title) > maxTitle {
		c.reject("title", "is %s; accepted: one line of at most %d characters", shown(title), maxTitle)
	}
	text := strings.ReplaceAll(c.scene.Description, "\n", " ")
	if n := utf8.RuneCountInString(text); n > maxDescription || !isPrintable(text) {
		c.reject("description", "has %d characters; accepted: at most %d, and no control characters", n, maxDescription)
	}
}

// isPrintable says that a text can be shown on one line as it is.
func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// topicName is Kafka's rule for the names of topics.
var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

func (c *checker) checkTopics() {
	s := c.scene
	if len(s.Topics) == 0 {
		c.reject("topics", "are empty; a scene needs at least one")
	}
	if !c.atMost("topics", len(s.Topics), MaxTopics) {
		return
	}
	all := 0
	for i, t := range s.Topics {
		place := fmt.Sprintf("topics[%d]", i)
		switch {
		case !topicName.MatchString(t.Name) || t.Name == "." || t.Name == "..":
			c.reject(place+".name", "is %s; accepted: letters, digits, '.', '_' and '-', at most 249 of them", shown(t.Name))
		case slices.Contains(c.topics, t.Name):
			c.reject(place+".name", "is %s, as that of a topic before it; each needs its own", shown(t.Name))
		}
		if t.Partitions < 1 || t.Partitions > MaxPartitions {
			c.reject(place+".partitions", "is %d; accepted: 1 to %d", t.Partitions, MaxPartitions)
		}
		all += int(t.Partitions)
		c.topics = append(c.topics, t.Name)
	}
	if all > maxPartitionsInAll {
		c.reject("topics", "have %d partitions in all; accepted: at most %d", all, maxPartitionsInAll)
	}
}

func (c *checker) checkProducers() {
	if !c.atMost("producers", len(c.scene.Producers), MaxProducers) {
		return
	}
	written := map[string]bool{}
	for i, p := range c.scene.Producers {
		place := fmt.Sprintf("producers[%d]", i)
		c.knownTopic(place+".topic", p.Topic)
		if written[p.Topic] {
			c.reject(place+".topic", "is %s, which has a producer already; raise the rate of that one", shown(p.Topic))
		}
		written[p.Topic] = true
		c.rate(place+".rate", p.Rate.Or(DefaultRate))
		if p.Keys < 0 || p.Keys > MaxKeys {
			c.reject(place+".keys", "is %d; accepted: 1 to %d, or nothing for all %d", p.Keys, MaxKeys, MaxKeys)
		}
	}
}

func (c *checker) rate(place string, rate float64) {
	if validateRate(rate) != nil {
		c.reject(place, "is %v; accepted: 0 to %d records a second", rate, maxRate)
	}
}

func (c *checker) knownTopic(place, name string) {
	if !slices.Contains(c.topics, name) {
		c.reject(place, "is %s, and there is no such topic in the scene%s", shown(name), nearest.DidYouMean(name, c.topics))
	}
}

func (c *checker) checkGroups() {
	if !c.atMost("groups", len(c.scene.Groups), MaxGroups) {
		return
	}
	c.checkSettings("settings", c.scene.Settings)
	for i, g := range c.scene.Groups {
		place := fmt.Sprintf("groups[%d]", i)
		switch {
		case g.Name == "" || len(g.Name) > 249 || !isPrintable(g.Name):
			c.reject(place+".name", "is %s; accepted: a text of 1 to 249 bytes without control characters", shown(g.Name))
		case slices.Contains(c.groups, g.Name):
			c.reject(place+".name", "is %s, as that of a group before it; each needs its own", shown(g.Name))
		}
		c.groups = append(c.groups, g.Name)
		for j, topic := range g.Topics {
			at := fmt.Sprintf("%s.topics[%d]", place, j)
			c.knownTopic(at, topic)
			if slices.Contains(g.Topics[:j], topic) {
				c.reject(at, "is %s, which is a duplicate", shown(topic))
			}
		}
		// Problems of the scene's settings are reported once, and not again for everything that inherits them.
		if len(g.Settings) > 0 {
			c.checkSettings(place+".settings", c.scene.Settings.With(g.Settings))
		}
		if !c.atMost(place+".consumers", len(g.Consumers), MaxConsumers) {
			continue
		}
		for j, consumer := range g.Consumers {
			at := fmt.Sprintf("%s.consumers[%d]", place, j)
			c.addName(at, at+".name", consumer.Name)
			c.checkInstanceID(at+".settings", g.Name, c.scene.Settings.With(g.Settings).With(consumer.Settings), consumer.Name)
			if len(consumer.Settings) > 0 {
				c.checkSettings(at+".settings", c.scene.Settings.With(g.Settings).With(consumer.Settings))
			}
		}
	}
}

// consumerName has the characters that a client.id may have on brokers of every version.
var consumerName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// addName adds the name of a consumer that the scene starts.
func (c *checker) addName(short, place, name string) {
	switch {
	case !consumerName.MatchString(name):
		c.reject(place, "is %s; accepted: letters, digits, '.', '_' and '-', at most 100 of them", shown(name))
	case slices.Contains(c.names, name):
		c.reject(short, "has the name %s of a consumer before it; each needs its own", shown(name))
	}
	c.names = append(c.names, name)
}

// checkSettings checks the full settings of a scene, a group or a consumer.
func (c *checker) checkSettings(place string, s Settings) {
	_, err := s.Consumer()
	var refused *settings.Error
	if errors.As(err, &refused) {
		c.reject(place+"."+refused.Name, "%s", refused.Problem())
	} else if err != nil {
		c.reject(place, "cannot be: %v", err)
	}
}

// checkInstanceID rejects a second member of a group with the same instance id: the first would be fenced, and fail.
func (c *checker) checkInstanceID(place, group string, s Settings, name string) {
	id := s["group.instance.id"]
	if id == "" {
		return
	}
	if c.instances == nil {
		c.instances = map[[2]string]string{}
	}
	if other, taken := c.instances[[2]string{group, id}]; taken {
		c.reject(place+".group.instance.id", "is %s, as that of %s; each member of a group needs its own", shown(id), other)
	}
	c.instances[[2]string{group, id}] = name
}

func (c *checker) checkSteps() {
	if !c.atMost("actions", len(c.scene.Steps), MaxSteps) {
		return
	}
	for i, step := range c.scene.Steps { // first, because a step may name a consumer that a later one starts
		if step.Action.Kind == model.LabStartConsumer {
			place := fmt.Sprintf("actions[%d].consumer", i)
			c.addName(place, place, step.Action.Consumer)
		}
	}
	for i, step := range c.scene.Steps {
		place := fmt.Sprintf("actions[%d]", i)
		if step.After < 0 || step.After > MaxAfter {
			c.reject(place+".after", "is %s; accepted: 0s to %s", step.After, MaxAfter)
		}
		c.checkAction(place, step)
	}
}

func (c *checker) checkAction(place string, step Step) {
	action := step.Action
	known, ok := actionNamed(string(action.Kind))
	if !ok {
		c.reject(place+".do", "is %s%s; accepted: %s", shown(string(action.Kind)), nearest.DidYouMean(string(action.Kind), ActionNames()), strings.Join(ActionNames(), ", "))
		return
	}
	if action.Settings != nil {
		c.reject(place, "has settings of the action; a scene uses those of the step")
	}
	if known.accepts("consumer") && !slices.Contains(c.names, action.Consumer) {
		c.reject(place+".consumer", "is %s, and there is no such consumer in the scene%s", shown(action.Consumer), nearest.DidYouMean(action.Consumer, c.names))
	}
	if known.accepts("group") {
		if !slices.Contains(c.groups, action.Group) {
			c.reject(place+".group", "is %s, and there is no such group in the scene%s", shown(action.Group), nearest.DidYouMean(action.Group, c.groups))
		}
		g, _ := c.scene.group(action.Group)
		full := c.scene.Settings.With(g.Settings).With(step.Settings)
		c.checkInstanceID(place+".settings", action.Group, full, action.Consumer)
		if len(step.Settings) > 0 {
			c.checkSettings(place+".settings", full)
		}
	}
	if known.accepts("topic") && action.Topic != "" {
		c.knownTopic(place+".topic", action.Topic)
	}
	switch action.Kind {
	case model.LabCrash:
		if action.Records < 0 || action.Records > maxCrashRecords {
			c.reject(place+".records", "is %d; accepted: 1 to %d", action.Records, maxCrashRecords)
		}
	case model.LabSlow:
		if err := validateProcessingTime(action.ProcessingTime); err != nil {
			c.reject(place+".processing.ms", "%s", problemOf(err))
		}
	case model.LabRate:
		c.rate(place+".rate", action.Rate)
		c.hasProducer(place, action.Topic)
	case model.LabAddPartitions:
		c.addPartitions(place, action)
	}
}

// topicOf is the topic that an action is about; "" is the first.
func (c *checker) topicOf(name string) Topic {
	for _, t := range c.scene.Topics {
		if name == "" || t.Name == name {
			return t
		}
	}
	return Topic{Name: name}
}

func (c *checker) hasProducer(place, topic string) {
	topic = c.topicOf(topic).Name
	if !slices.ContainsFunc(c.scene.Producers, func(p Producer) bool { return p.Topic == topic }) {
		c.reject(place+".topic", "is %s, which has no producer in the scene", shown(topic))
	}
}

func (c *checker) addPartitions(place string, action model.LabAction) {
	topic := c.topicOf(action.Topic)
	if n := action.Partitions; n < 0 || n > MaxPartitions {
		c.reject(place+".partitions", "is %d; accepted: 1 to %d, or nothing for one more", n, MaxPartitions)
	} else if n != 0 && n <= topic.Partitions {
		c.reject(place+".partitions", "is %d, and topic %s begins with %d: partitions can only be added", n, topic.Name, topic.Partitions)
	}
}
