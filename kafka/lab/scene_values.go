package lab

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"regroup/model"
	"regroup/model/settings"
)

// The readers of single values. Whether a number is in its range, and a name is known, is for check to say.

func (p *sceneParser) text(to *string) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		if value, ok := p.scalar(node, place); ok {
			*to = strings.TrimSpace(value)
		}
	}
}

func whole[N int | int32](p *sceneParser, to *N, accepted string) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		value, ok := p.scalar(node, place)
		if !ok {
			return
		}
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			p.reject(node, place, "is %s; accepted is %s", shown(value), accepted)
		}
		*to = N(n)
	}
}

func (p *sceneParser) rate(to *float64) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		value, ok := p.scalar(node, place)
		if !ok {
			return
		}
		rate, err := strconv.ParseFloat(value, 64)
		if err != nil {
			p.reject(node, place, "is %s; accepted is 0 to %d records a second", shown(value), maxRate)
		}
		*to = rate
	}
}

func (p *sceneParser) duration(to *time.Duration) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		value, ok := p.scalar(node, place)
		if !ok {
			return
		}
		d, err := time.ParseDuration(value)
		if err != nil {
			p.reject(node, place, "is %s; accepted is a time with its unit, such as 5s, 500ms or 1m30s", shown(value))
		}
		*to = d
	}
}

func (p *sceneParser) processing(to *time.Duration) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		value, ok := p.scalar(node, place)
		if !ok {
			return
		}
		d, err := parseProcessing(value)
		if err != nil {
			p.reject(node, place, "%s", problemOf(err))
		}
		*to = d
	}
}

// settings reads settings, each as a Kafka client prints it.
func (p *sceneParser) settings(to *Settings) func(*yaml.Node, string) {
	return func(node *yaml.Node, place string) {
		if isNull(node) {
			return
		}
		read := Settings{}
		var keys []key
		for _, known := range settings.All() {
			keys = append(keys, key{name: known.Name, read: func(node *yaml.Node, place string) {
				value, ok := p.scalar(node, place)
				if !ok {
					return
				}
				var alone model.ConsumerSettings
				if err := known.Set(&alone, value); err != nil {
					p.reject(node, place, "%s", problemOf(err))
				}
				read[known.Name] = known.Get(alone) // 6000 for +6000
			}})
		}
		p.mapping(node, place, keys)
		*to = read
	}
}
