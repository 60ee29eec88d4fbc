package lab

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"regroup/model"
)

// child is a child process with what it has reported.
type child struct {
	config  childConfig
	name    string
	process *process
	changed func()

	mu       sync.Mutex
	last     report
	paused   bool
	leaving  bool // it was asked to leave
	killing  bool // it was sent SIGKILL
	ended    bool
	endedAt  time.Time
	endState model.LabState
	note     string // how it ended
	rate     rateMeter
}

// heard takes a report in.
func (c *child) heard(r report) {
	c.mu.Lock()
	now := time.Now()
	if r.MemberID == "" {
		r.MemberID = c.last.MemberID // it has none any more, and is still known by the last
	}
	if c.last.State != model.LabRunning && r.State == model.LabRunning {
		c.rate = rateMeter{}
	}
	c.last = r
	c.rate.add(now, r.Count)
	c.mu.Unlock()
	c.changed()
}

// exited notes how the process ended.
func (c *child) exited(p *process) {
	c.mu.Lock()
	c.ended, c.endedAt = true, time.Now()
	words := p.words()
	switch {
	case p.killed() || c.killing:
		c.endState, c.note = model.LabKilled, ""
		if !c.killing {
			c.note = "killed by somebody else"
		}
	case words == "" && (c.leaving || c.last.State == model.LabLeft):
		c.endState, c.note = model.LabLeft, c.last.Note
	case c.last.State == model.LabFailed:
		c.endState, c.note = model.LabFailed, c.last.Note
	default:
		c.endState, c.note = model.LabFailed, orDefault(words, "it ended by itself")
	}
	c.mu.Unlock()
	c.changed()
}

// state is what the child is doing; mu is held.
func (c *child) state() model.LabState {
	switch {
	case c.ended:
		return c.endState
	case c.paused:
		return model.LabPaused
	case c.leaving:
		return model.LabLeaving
	}
	return orDefault(c.last.State, model.LabStarting)
}

// resumeToLeave asks the child to end, whatever it is doing. One that is stopped sees that only once it goes on.
func (c *child) resumeToLeave() {
	c.mu.Lock()
	paused := c.paused && !c.ended
	c.leaving, c.paused = true, false
	c.mu.Unlock()
	_ = c.process.askToLeave() // it may have ended; if it does not, it is killed
	if paused {
		_ = c.process.resume()
	}
}

// launch starts a child.
func (l *Lab) launch(config childConfig, name string) (*child, error) {
	c := &child{config: config, name: name, changed: l.emitter.changed}
	config.Kafka = l.options.Kafka // what c keeps is without it
	process, err := startProcess(l.starter, l.options.Command, config, c.heard, c.exited)
	if err != nil {
		return nil, err
	}
	c.process = process
	return c, nil
}

func (l *Lab) startProducer(p Producer) error {
	name := "producer"
	if len(l.options.Scene.Producers) > 1 {
		name += "-" + p.Topic
	}
	c, err := l.launch(childConfig{Kind: kindProducer, Producer: &producerConfig{Name: plain(name), Topic: p.Topic, Rate: p.Rate}}, name)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.producers = append(l.producers, c)
	l.mu.Unlock()
	l.emitter.acted(model.LabDeed{Words: fmt.Sprintf("a producer was started, %g records/s to %s", p.Rate, p.Topic), Topic: p.Topic})
	return nil
}

// startConsumer starts a consumer in a group. settings nil is what the group's last consumer was started with.
func (l *Lab) startConsumer(ctx context.Context, group, prefix string, settings *model.ConsumerSettings) error {
	if group == "" {
		return errors.New("start a consumer: it is not said in which group")
	}
	if err := l.estate.takeGroup(ctx, group); err != nil {
		return err
	}
	name, chosen := l.nameConsumer(group, prefix, settings)
	if err := validateSettings(chosen); err != nil {
		return fmt.Errorf("start %s in group %s: %w", name, group, err)
	}
	config := consumerConfig{Name: name, Group: group, Settings: chosen}
	for _, t := range l.options.Scene.Topics {
		config.Topics = append(config.Topics, t.Name)
	}
	c, err := l.launch(childConfig{Kind: kindConsumer, Consumer: &config}, name)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.consumers = append(l.consumers, c)
	l.groups[group].settings = chosen
	l.mu.Unlock()
	l.emitter.acted(model.LabDeed{
		Kind: model.LabStartConsumer, Words: fmt.Sprintf("%s was started in group %s", name, group), Consumer: name, Group: group,
	})
	return nil
}

// nameConsumer gives a name that nobody has had, and the settings to start with.
func (l *Lab) nameConsumer(group, prefix string, settings *model.ConsumerSettings) (string, model.ConsumerSettings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	memory := l.groups[group]
	if memory == nil {
		memory = &groupMemory{prefix: plain(orDefault(prefix, group)), settings: withDefaults(DefaultSettings())}
		l.groups[group] = memory
	}
	chosen := memory.settings
	if settings != nil {
		chosen = withDefaults(*settings)
	}
	for {
		memory.number++
		name := fmt.Sprintf("%s-%d", memory.prefix, memory.number)
		if !l.names[name] {
			l.names[name] = true
			return name, chosen
		}
	}
}

var notPlain = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// plain is the name with only what a client.id may hold on brokers of every version.
func plain(name string) string { return notPlain.ReplaceAllString(name, "-") }
