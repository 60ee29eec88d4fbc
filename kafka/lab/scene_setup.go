package lab

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"regroup/model"
	"regroup/model/settings"
)

// Setup is the lab's current state as a scene that can be started again: the topics with their current numbers of partitions,
// the producers with their current rates, and the consumers that have not ended, also paused ones, in the order in which they
// were started, in their groups, with their settings and current processing times. Names are without the scene's prefix.
func (l *Lab) Setup(ctx context.Context) (Scene, error) {
	ctx, end, err := l.beginCall(ctx, false)
	if err != nil {
		return Scene{}, fmt.Errorf("lab: describe the set-up: %w", err)
	}
	defer end()
	played := l.options.Scene
	out := Scene{Name: played.Name, Title: played.Title, Description: played.Description, Prefix: played.Prefix}
	for _, t := range played.Topics {
		if t.Partitions, err = l.admin.DescribePartitions(ctx, t.Name); err != nil {
			return Scene{}, fmt.Errorf("lab: describe the set-up: %w", err)
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

// add adds a consumer.
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

// shareSettings moves the settings that all consumers of a group have in common to the group, and those that all groups have in
// common to the scene.
func (s *Scene) shareSettings() {
	var all []*Settings
	for i := range s.Groups {
		g := &s.Groups[i]
		var own []*Settings
		for j := range g.Consumers {
			own = append(own, &g.Consumers[j].Settings)
		}
		g.Settings = extractCommon(own)
		all = append(all, &g.Settings)
	}
	s.Settings = extractCommon(all)
}

// extractCommon removes the settings that all have with the same value, and returns them. A setting that members must not share
// is left where it is.
func extractCommon(all []*Settings) Settings {
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

// wantedRate is the rate that was requested of a producer, records a second.
func (c *child) wantedRate() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.State == "" {
		return c.config.Producer.Rate
	}
	return c.last.Rate
}

// currentSettings are a consumer's current settings; runs is false if it has ended or is about to, and is not being restarted.
func (c *child) currentSettings() (settings model.ConsumerSettings, runs bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	settings = c.config.Consumer.Settings
	if c.last.State != "" {
		settings.ProcessingTime = c.last.ProcessingTime
	}
	return settings, c.replaced || !c.ended && !c.leaving && !c.killing && c.crashing == 0
}
