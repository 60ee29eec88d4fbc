package explain

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// defaultPrefix marks the value of a setting as its default; the value in use is unknown.
const defaultPrefix = "default "

// fillIn replaces defaults by the values in use: those that the members of the subject's group sent to the coordinator, and those
// of the lab's consumers.
func (p *Page) fillIn(c Context, s subject.Subject) {
	if c.View == nil {
		return
	}
	g := c.View.Group(groupOf(s))
	consumers := labConsumersOf(c, g, s)
	for i := range p.Settings {
		setting := &p.Settings[i]
		if setting.Name == "max.poll.interval.ms" && g != nil && g.Type.Reconciles() {
			setting.Meaning = "longest time between two polls; a member that has not revoked by then is removed"
		}
		if !strings.HasPrefix(setting.Value, defaultPrefix) && setting.Value != "" {
			continue
		}
		if value := inUse(g, consumers, setting.Name); value != "" {
			setting.Value = value
		}
	}
}

// groupOf is the id of the group of a subject; "" if it has none.
func groupOf(s subject.Subject) string {
	switch {
	case s.Group != "":
		return s.Group
	case s.Rebalance != nil:
		return s.Rebalance.Group
	case s.Event != nil:
		return s.Event.Group
	}
	return ""
}

// labConsumersOf are the lab's consumers whose settings a page shows: the member or the partition's owner if the subject is one of
// these, otherwise all running consumers of the group.
func labConsumersOf(c Context, g *model.GroupView, s subject.Subject) []*model.LabConsumer {
	if c.View.Lab == nil || g == nil {
		return nil
	}
	slot := s.Slot
	if s.Kind == subject.Partition {
		for i := range g.Partitions {
			if q := &g.Partitions[i]; q.TopicPartition == s.Partition {
				slot = q.Owner
			}
		}
	}
	if consumer := labConsumerOfMember(c, g.Member(slot)); consumer != nil {
		return []*model.LabConsumer{consumer}
	}
	var all []*model.LabConsumer
	for i := range c.View.Lab.Consumers {
		if d := &c.View.Lab.Consumers[i]; d.Group == g.ID && !d.State.Ended() {
			all = append(all, d)
		}
	}
	return all
}

// inUse is the value of a setting, or the values if members differ; "" is unknown.
func inUse(g *model.GroupView, consumers []*model.LabConsumer, name string) string {
	var values []string
	for _, d := range consumers {
		var p Page
		labSettings(&p, d)
		for _, s := range p.Settings {
			if s.Name == name && !slices.Contains(values, s.Value) {
				values = append(values, s.Value)
			}
		}
	}
	known := model.None[time.Duration]()
	switch {
	case len(values) > 0 || g == nil:
	case name == "session.timeout.ms" && !g.Type.Reconciles():
		known = longest(g, sessionOf)
	case name == "max.poll.interval.ms":
		known = longest(g, pollOf)
	}
	if d, is := known.Get(); is {
		return duration(d)
	}
	if len(values) > namesShown {
		return text.Plural(len(values), "value")
	}
	return strings.Join(values, ", ")
}
