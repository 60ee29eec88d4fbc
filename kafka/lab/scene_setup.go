package lab

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"regroup/model"
	"regroup/model/settings"
)

// Setup is what the lab has now, as a scene that can be started again: its topics with as many partitions as they have now,
// its producers with their rates, and the consumers that have not ended, in the order in which they were started, in
// their groups with their settings, the processing time as it is. One that is paused is among them. The scene's prefix is
// not in its names.
func (l *Lab) Setup(ctx context.Context) (Scene, error) {
	ctx, leave, err := l.beginCall(ctx, false)
	if err != nil {
		return Scene{}, fmt.Errorf("lab: say how it is set up: %w", err)
	}
	defer leave()
	played := l.options.Scene
	out := Scene{Name: played.Name, Title: played.Title, Description: played.Description, Prefix: played.Prefix}
	for _, t := range played.Topics {
		if t.Partitions, err = l.admin.DescribePartitions(ctx, t.Name); err != nil {
			return Scene{}, fmt.Errorf("lab: say how many partitions topic %s has: %w", t.Name, err)
		}
		out.Topics = append(out.Topics, t)
	}
	l.mu.Lock()
	consumers, producers := append([]*child(nil), l.consumers...), append([]*child(nil), l.producers...)
	l.mu.Unlock()
	for _, p := range producers {
		config := p.config.Producer
		out.Producers = append(out.Producers, Producer{Topic: config.Topic, Rate: model.Some(p.wantedRate()), Keys: config.Keys})
	}
	for _, c := range consumers {
		if full, runs := c.currentSettings(); runs {
			own := SettingsOf(full)
			maps.DeleteFunc(own, func(name, _ string) bool {
				setting, _ := settings.Named(name)
				return !setting.Applies(full.GroupProtocol)
			})
			out.add(c.config.Consumer, played, own)
		}
	}
	out.shareSettings()
	return out.renamed("", func(name string) string { return strings.TrimPrefix(name, played.Prefix) }), nil
}

// add takes in a consumer as it is.
func (s *Scene) add(config *consumerConfig, played Scene, settings Settings) {
	consumer := Consumer{Name: config.Name, Settings: settings}
	for i := range s.Groups {
		if s.Groups[i].Name == config.Group {
			s.Groups[i].Consumers = append(s.Groups[i].Consumers, consumer)
			return
		}
	}
	known, _ := played.group(config.Group)
	s.Groups = append(s.Groups, Group{Name: config.Group, Topics: known.Topics, Consumers: []Consumer{consumer}})
}

// shareSettings says what all consumers of a group have in common of the group, and what all have in common of the scene.
func (s *Scene) shareSettings() {
	var all []*Settings
	for i := range s.Groups {
		g := &s.Groups[i]
		var own []*Settings
		for j := range g.Consumers {
			own = append(own, &g.Consumers[j].Settings)
		}
		g.Settings = takeCommon(own)
		all = append(all, &g.Settings)
	}
	s.Settings = takeCommon(all)
}

// takeCommon takes out what all have with the same value. An id that a member alone may have stays where it is.
func takeCommon(all []*Settings) Settings {
	if len(all) == 0 {
		return nil
	}
	common := Settings{}
	for name, value := range *all[0] {
		setting, _ := settings.Named(name)
		same := !setting.Unique
		for _, other := range all[1:] {
			if v, has := (*other)[name]; !has || v != value {
				same = false
			}
		}
		if same {
			common[name] = value
		}
	}
	for _, s := range all {
		for name := range common {
			delete(*s, name)
		}
		if len(*s) == 0 {
			*s = nil
		}
	}
	if len(common) == 0 {
		return nil
	}
	return common
}

// wantedRate is what a producer is to write, records a second.
func (c *child) wantedRate() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.State == "" {
		return c.config.Producer.Rate
	}
	return c.last.Rate
}

// setup are a consumer's settings as they are; runs is false if it has ended, or is about to, and is not to be there again.
func (c *child) currentSettings() (settings model.ConsumerSettings, runs bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	settings = c.config.Consumer.Settings
	if c.last.State != "" {
		settings.ProcessingTime = c.last.ProcessingTime
	}
	return settings, c.replaced || !c.ended && !c.leaving && !c.killing && c.crashing == 0
}
