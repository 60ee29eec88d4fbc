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
	acted   func(kind model.LabActionKind, words string) // reports an action on it, if it is a consumer
	group   *groupState                                  // of a consumer

	mu          sync.Mutex
	last        report
	shownState  model.LabState // the state of the last snapshot
	since       time.Time      // when it began
	reprocessed int64          // records that the group had processed before
	paused      bool
	leaving     bool // it was asked to leave
	killing     bool // it was sent SIGKILL
	replaced    bool // another process replaces it once it has ended
	crashing    int  // it is to kill itself with this many records uncommitted; 0 is not
	ended       bool
	endedAt     time.Time
	endState    model.LabState
	note        string // how it ended
	rate        rateMeter
	started     rateMeter
	age         rateMeter // of nanoseconds
	fetches     rateMeter
}

// applyReport stores a report.
func (c *child) applyReport(r report) {
	c.mu.Lock()
	now := time.Now()
	if r.MemberID == "" {
		r.MemberID = c.last.MemberID // it has left, and is shown with its last id
	}
	if c.last.State != model.LabRunning && r.State == model.LabRunning {
		c.rate, c.started, c.age, c.fetches = rateMeter{}, rateMeter{}, rateMeter{}, rateMeter{}
	}
	if c.group != nil {
		c.reprocessed += c.group.add(r.Ranges)
	}
	r.Ranges = nil // counted once
	c.last = r
	c.rate.add(now, r.Count)
	c.started.add(now, r.Started)
	c.age.add(now, int64(r.Age))
	c.fetches.add(now, r.Fetches)
	c.updateState(now)
	c.mu.Unlock()
	c.changed()
}

// noteExit stores how the process ended.
func (c *child) noteExit(p *process) {
	c.mu.Lock()
	c.ended, c.endedAt = true, time.Now()
	reason := p.exitReason()
	crashed := p.killed() && c.crashing > 0 && !c.killing
	switch {
	case p.killed() || c.killing:
		c.endState, c.note = model.LabKilled, ""
		if crashed {
			c.note = fmt.Sprintf("crashed with %d records processed and not committed", c.last.Uncommitted.Or(0))
		} else if !c.killing {
			c.note = "killed by another process"
		}
	case reason == "" && (c.leaving || c.last.State == model.LabLeft):
		c.endState, c.note = model.LabLeft, c.last.Note
	case c.last.State == model.LabFailed:
		c.endState, c.note = model.LabFailed, c.last.Note
	default:
		c.endState, c.note = model.LabFailed, orDefault(reason, "it ended by itself")
	}
	c.updateState(c.endedAt)
	note := c.note
	c.mu.Unlock()
	if crashed {
		c.acted(model.LabCrash, c.name+" "+note+" (SIGKILL)")
	}
	c.changed()
}

// updateState updates the time at which the state began; mu is held.
func (c *child) updateState(now time.Time) {
	if state := c.state(); state != c.shownState {
		c.shownState, c.since = state, now
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

// requestLeave asks the child to end, in any state. A stopped one is resumed, or it would not see the signal.
func (c *child) requestLeave() {
	c.mu.Lock()
	paused := c.paused && !c.ended
	c.leaving, c.paused = true, false
	c.updateState(time.Now())
	c.mu.Unlock()
	_ = c.process.askToLeave() // it may have ended; if it does not, it is killed
	if paused {
		_ = c.process.resume()
	}
}

// launch starts a child. group is a consumer's group.
func (l *Lab) launch(config childConfig, name string, group *groupState) (*child, error) {
	c := &child{config: config, name: name, changed: l.emitter.changed, group: group, shownState: model.LabStarting, since: time.Now()}
	c.acted = func(kind model.LabActionKind, words string) {
		l.emitter.acted(model.LabActionDone{Kind: kind, Words: words, Consumer: name, Group: config.Consumer.Group})
	}
	config.Kafka.Config = l.options.Kafka // c.config holds no credentials
	process, err := startProcess(l.starter, l.options.Command, config, c.applyReport, c.noteExit)
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
	config := producerConfig{Name: sanitize(name), Topic: p.Topic, Rate: p.Rate.Or(DefaultRate), Keys: p.Keys}
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

// startConsumer starts a consumer in a group. name "" is the next free one, own nil is the settings of the group's last
// consumer.
func (l *Lab) startConsumer(ctx context.Context, group, name string, own *model.ConsumerSettings) error {
	if group == "" {
		return errors.New("start a consumer: the group is missing")
	}
	if err := l.provisioner.acquireGroup(ctx, group); err != nil {
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

// launchConsumer starts a consumer's process. With the consumer protocol the session timeout and the heartbeat interval are the
// group's: they are set first.
func (l *Lab) launchConsumer(ctx context.Context, config consumerConfig) (*child, error) {
	l.mu.Lock()
	group := l.groups[config.Group]
	l.mu.Unlock()
	if config.Settings.GroupProtocol == model.ProtocolConsumer {
		l.provisioner.noteConfigured(config.Group)
		group.setTimes(ctx, l.admin, config.Group, config.Settings)
	}
	return l.launch(childConfig{Kind: kindConsumer, Consumer: &config}, config.Name, group)
}

// nameConsumer returns the name, or if it is "" an unused one, and the settings to start with.
func (l *Lab) nameConsumer(group, name string, own *model.ConsumerSettings) (string, model.ConsumerSettings, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := l.groups[group]
	if state == nil {
		state = l.addGroup(group, group)
	}
	chosen := state.settings
	if own != nil {
		chosen = settings.Complete(*own)
	}
	switch {
	case name == "":
		for known := true; known; _, known = l.names[name] {
			state.number++
			name = fmt.Sprintf("%s-%d", state.prefix, state.number)
		}
	case !consumerName.MatchString(name):
		return name, chosen, fmt.Errorf("%q cannot be its name: use letters, digits, '.', '_' and '-', at most 100 of them", name)
	case l.names[name]:
		return name, chosen, errors.New("the name is already used")
	}
	l.names[name] = true
	return name, chosen, nil
}

// reserveNames reserves the names of the scene's consumers. Other consumers of a group are numbered after them.
func (l *Lab) reserveNames(scene Scene) {
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
			if begin, is := trimNumber(name); is && i == 0 {
				prefix = begin
			}
		}
		state := l.addGroup(group.Name, prefix)
		if full, err := scene.settings(group.Name, nil); err == nil { // else New has refused the scene
			state.settings = full
		}
	}
}

// maxPrefix leaves room for a number in a consumer's name.
const maxPrefix = 90

// addGroup adds a group; mu is held, or the lab is still being made.
func (l *Lab) addGroup(group, prefix string) *groupState {
	prefix = sanitize(prefix)
	state := &groupState{prefix: prefix[:min(len(prefix), maxPrefix)], settings: settings.Complete(settings.Defaults())}
	l.groups[group] = state
	return state
}

// trimNumber is the name without the number at its end: "consumer" of "consumer-3".
func trimNumber(name string) (prefix string, is bool) {
	prefix = strings.TrimRight(name, "0123456789")
	if prefix == name || len(prefix) < 2 || prefix[len(prefix)-1] != '-' {
		return "", false
	}
	return prefix[:len(prefix)-1], true
}

var unsafeChars = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// sanitize is the name with only the characters that a client.id may have on brokers of every version.
func sanitize(name string) string { return unsafeChars.ReplaceAllString(name, "-") }
