package explain

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// usual begins the value of a setting of which only the default is known.
const usual = "default "

// fillIn puts the values that are in use in the place of defaults: those that the members of the subject's group told the
// coordinator, and those that the lab runs its consumers with.
func (p *Page) fillIn(c Context, s subject.Subject) {
	if c.View == nil {
		return
	}
	g := c.View.Group(groupOf(s))
	demos := demosOf(c, g, s)
	for i := range p.Settings {
		setting := &p.Settings[i]
		if setting.Name == "max.poll.interval.ms" && g != nil && server(g) {
			setting.Meaning = "the longest time between two polls; who has not let go of a partition after so long is put out"
		}
		if !strings.HasPrefix(setting.Value, usual) && setting.Value != "" {
			continue
		}
		if value := inUse(g, demos, setting.Name); value != "" {
			setting.Value = value
		}
	}
}

// groupOf is the id of the group that a subject belongs to; "" if it belongs to none.
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

// demosOf are the lab's consumers whose settings a page tells of: that of the member or of the partition's owner, if it is
// about one, else all of the group that have not ended.
func demosOf(c Context, g *model.GroupView, s subject.Subject) []*model.LabConsumer {
	if c.View.Lab == nil || g == nil {
		return nil
	}
	lane := s.Lane
	if s.Kind == subject.Partition {
		for i := range g.Partitions {
			if q := &g.Partitions[i]; q.TopicPartition == s.Partition {
				lane = q.Owner
			}
		}
	}
	if demo := demoOfOwner(c, g.Member(lane)); demo != nil {
		return []*model.LabConsumer{demo}
	}
	var all []*model.LabConsumer
	for i := range c.View.Lab.Consumers {
		if d := &c.View.Lab.Consumers[i]; d.Group == g.ID && !d.State.Ended() {
			all = append(all, d)
		}
	}
	return all
}

// inUse is the value that a setting has, or the values where members differ; "" is not known.
func inUse(g *model.GroupView, demos []*model.LabConsumer, name string) string {
	var values []string
	for _, d := range demos {
		var p Page
		demoSettings(&p, d)
		for _, s := range p.Settings {
			if s.Name == name && !slices.Contains(values, s.Value) {
				values = append(values, s.Value)
			}
		}
	}
	known := model.None[time.Duration]()
	switch {
	case len(values) > 0 || g == nil:
	case name == "session.timeout.ms" && !server(g):
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
