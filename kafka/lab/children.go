package lab

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"regroup/model"
	"regroup/model/settings"
)

// child is a child process with what it has reported.
type child struct {
	config  childConfig
	name    string
	process *process
	changed func()
	acted   func(kind model.LabActionKind, words string) // tells what was done to it, if it is a consumer
	group   *groupMemory                                 // of a consumer

	mu       sync.Mutex
	last     report
	told     model.LabState // the state that was there last
	since    time.Time      // when it began
	again    int64          // records that had been processed before
	paused   bool
	leaving  bool // it was asked to leave
	killing  bool // it was sent SIGKILL
	replaced bool // another takes its place once it has ended
	crashing int  // it is to kill itself with so many records uncommitted; 0 is not
	ended    bool
	endedAt  time.Time
	endState model.LabState
	note     string // how it ended
	rate     rateMeter
	begun    rateMeter
	waited   rateMeter // of nanoseconds
	fetches  rateMeter
}

// heard takes a report in.
func (c *child) heard(r report) {
	c.mu.Lock()
	now := time.Now()
	if r.MemberID == "" {
		r.MemberID = c.last.MemberID // it has none any more, and is still known by the last
	}
	if c.last.State != model.LabRunning && r.State == model.LabRunning {
		c.rate, c.begun, c.waited, c.fetches = rateMeter{}, rateMeter{}, rateMeter{}, rateMeter{}
	}
	if c.group != nil {
		c.again += c.group.takeIn(r.Stretches)
	}
	r.Stretches = nil // taken in once
	c.last = r
	c.rate.add(now, r.Count)
	c.begun.add(now, r.Begun)
	c.waited.add(now, int64(r.Waited))
	c.fetches.add(now, r.Fetches)
	c.noteState(now)
	c.mu.Unlock()
	c.changed()
}

// exited notes how the process ended.
func (c *child) exited(p *process) {
	c.mu.Lock()
	c.ended, c.endedAt = true, time.Now()
	words := p.words()
	crashed := p.killed() && c.crashing > 0 && !c.killing
	switch {
	case p.killed() || c.killing:
		c.endState, c.note = model.LabKilled, ""
		if crashed {
			c.note = fmt.Sprintf("crashed with %d records processed and not committed", c.last.Uncommitted.Or(0))
		} else if !c.killing {
			c.note = "killed by somebody else"
		}
	case words == "" && (c.leaving || c.last.State == model.LabLeft):
		c.endState, c.note = model.LabLeft, c.last.Note
	case c.last.State == model.LabFailed:
		c.endState, c.note = model.LabFailed, c.last.Note
	default:
		c.endState, c.note = model.LabFailed, orDefault(words, "it ended by itself")
	}
	c.noteState(c.endedAt)
	note := c.note
	c.mu.Unlock()
	if crashed {
		c.acted(model.LabCrash, c.name+" "+note+" (SIGKILL)")
	}
	c.changed()
}

// noteState keeps since what time the state is what it is; mu is held.
func (c *child) noteState(now time.Time) {
	if state := c.state(); state != c.told {
		c.told, c.since = state, now
	}
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
	c.noteState(time.Now())
	c.mu.Unlock()
	_ = c.process.askToLeave() // it may have ended; if it does not, it is killed
	if paused {
		_ = c.process.resume()
	}
}

// launch starts a child. group is that of a consumer.
func (l *Lab) launch(config childConfig, name string, group *groupMemory) (*child, error) {
	c := &child{config: config, name: name, changed: l.emitter.changed, group: group, told: model.LabStarting, since: time.Now()}
	c.acted = func(kind model.LabActionKind, words string) {
		l.emitter.acted(model.LabActionDone{Kind: kind, Words: words, Consumer: name, Group: config.Consumer.Group})
	}
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
	config := producerConfig{Name: plain(name), Topic: p.Topic, Rate: p.Rate.Or(DefaultRate), Keys: p.Keys}
	c, err := l.launch(childConfig{Kind: kindProducer, Producer: &config}, name, nil)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.producers = append(l.producers, c)
	l.mu.Unlock()
	l.emitter.acted(model.LabActionDone{Words: fmt.Sprintf("a producer was started, %g records/s to %s", config.Rate, p.Topic), Topic: p.Topic})
	return nil
}

// startConsumer starts a consumer in a group. name "" is the next that is free, own nil is what the group's last
// consumer was started with.
func (l *Lab) startConsumer(ctx context.Context, group, name string, own *model.ConsumerSettings) error {
	if group == "" {
		return errors.New("start a consumer: it is not said in which group")
	}
	if err := l.estate.takeGroup(ctx, group); err != nil {
		return err
	}
	name, chosen, err := l.nameConsumer(group, name, own)
	if err == nil {
		err = settings.Validate(chosen)
	}
	if err != nil {
		return fmt.Errorf("start %s in group %s: %w", name, group, err)
	}
	config := consumerConfig{Name: name, Group: group, Topics: l.options.Scene.topicsOf(group), Settings: chosen}
	c, err := l.launchConsumer(ctx, config)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.consumers = append(l.consumers, c)
	l.groups[group].settings = chosen
	l.mu.Unlock()
	c.acted(model.LabStartConsumer, fmt.Sprintf("%s was started in group %s", name, group))
	return nil
}

// launchConsumer starts a consumer's process. Where the times of its session belong to the group, the group gets them.
func (l *Lab) launchConsumer(ctx context.Context, config consumerConfig) (*child, error) {
	l.mu.Lock()
	group := l.groups[config.Group]
	l.mu.Unlock()
	if config.Settings.GroupProtocol == model.ProtocolConsumer {
		l.estate.configures(config.Group)
		group.setTimes(ctx, l.admin, config.Group, config.Settings)
	}
	return l.launch(childConfig{Kind: kindConsumer, Consumer: &config}, config.Name, group)
}

// nameConsumer gives the name, or if it is "" one that nobody has had, and the settings to start with.
func (l *Lab) nameConsumer(group, name string, own *model.ConsumerSettings) (string, model.ConsumerSettings, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	memory := l.groups[group]
	if memory == nil {
		memory = l.remember(group, group)
	}
	chosen := memory.settings
	if own != nil {
		chosen = settings.Complete(*own)
	}
	switch {
	case name == "":
		for known := true; known; _, known = l.names[name] {
			memory.number++
			name = fmt.Sprintf("%s-%d", memory.prefix, memory.number)
		}
	case !consumerName.MatchString(name):
		return name, chosen, fmt.Errorf("%q cannot be its name: give letters, digits, '.', '_' and '-', at most 100 of them", name)
	case l.names[name]:
		return name, chosen, errors.New("there was a consumer of that name before, and a name is given once")
	}
	l.names[name] = true
	return name, chosen, nil
}

// expect keeps the names of the scene's consumers for them, and lets those that are started besides follow on them.
func (l *Lab) expect(scene Scene) {
	for _, group := range scene.Groups {
		var names []string
		for _, c := range group.Consumers {
			names = append(names, c.Name)
		}
		for _, step := range scene.Steps {
			if step.Action.Kind == model.LabStartConsumer && step.Action.Group == group.Name {
				names = append(names, step.Action.Consumer)
			}
		}
		prefix := group.Name
		for i, name := range names {
			l.names[name] = false
			if begin, is := numbered(name); is && i == 0 {
				prefix = begin
			}
		}
		memory := l.remember(group.Name, prefix)
		if full, err := scene.settings(group.Name, nil); err == nil { // else none of it has been started
			memory.settings = full
		}
	}
}

// mostPrefix leaves room for a number in a consumer's name.
const mostPrefix = 90

// remember begins to know a group; mu is held, or nobody else has the lab yet.
func (l *Lab) remember(group, prefix string) *groupMemory {
	prefix = plain(prefix)
	memory := &groupMemory{prefix: prefix[:min(len(prefix), mostPrefix)], settings: settings.Complete(settings.Defaults())}
	l.groups[group] = memory
	return memory
}

// numbered is the name without the number at its end: "consumer" of "consumer-3".
func numbered(name string) (prefix string, is bool) {
	prefix = strings.TrimRight(name, "0123456789")
	if prefix == name || len(prefix) < 2 || prefix[len(prefix)-1] != '-' {
		return "", false
	}
	return prefix[:len(prefix)-1], true
}

var notPlain = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// plain is the name with only what a client.id may hold on brokers of every version.
func plain(name string) string { return notPlain.ReplaceAllString(name, "-") }
