package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"regroup/model"
)

// Do carries out an action. It returns once the process was started or the signal sent; the effect is in the snapshots. Every
// action that was carried out has a snapshot of its own, with Acted. The error says what was attempted and why it failed.
func (l *Lab) Do(ctx context.Context, action model.LabAction) error {
	ctx, end, err := l.beginCall(ctx, false)
	if err != nil {
		return fmt.Errorf("lab: %s: %w", action.Kind, err)
	}
	defer end()
	if err := l.do(ctx, action); err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	return nil
}

func (l *Lab) do(ctx context.Context, action model.LabAction) error {
	switch action.Kind {
	case model.LabStartConsumer:
		return l.startConsumer(ctx, action.Group, action.Consumer, action.Settings)
	case model.LabLeave, model.LabKill, model.LabPause, model.LabResume, model.LabSlow, model.LabCrash:
		return l.doWithConsumer(action)
	case model.LabRestart:
		return l.restart(ctx, action.Consumer)
	case model.LabRate:
		return l.setRate(action)
	case model.LabAddPartitions:
		return l.addPartitions(ctx, action)
	}
	return fmt.Errorf("unknown action %q", action.Kind)
}

// doWithConsumer carries out an action on one consumer.
func (l *Lab) doWithConsumer(action model.LabAction) error {
	c, err := l.consumer(action.Consumer)
	if err != nil {
		return fmt.Errorf("%s: %w", action.Kind, err)
	}
	var words string
	reported := action.Kind
	switch action.Kind {
	case model.LabCrash:
		words, err = c.crash(orDefault(action.Records, 1))
		reported = "" // the crash itself is reported when it happens
	case model.LabLeave:
		words, err = c.leave()
	case model.LabKill:
		words, err = c.kill()
	case model.LabPause:
		words, err = c.pause()
	case model.LabResume:
		words, err = c.resume()
	default:
		words, err = c.slow(action)
	}
	if err != nil {
		return fmt.Errorf("%s %s (pid %d): %w", action.Kind, c.name, c.process.pid(), err)
	}
	c.acted(reported, words)
	return nil
}

func (l *Lab) consumer(name string) (*child, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var running []string
	for _, c := range l.consumers {
		if c.name == name {
			return c, nil
		}
		if !c.hasEnded() {
			running = append(running, c.name)
		}
	}
	return nil, fmt.Errorf("there is no consumer %q; running: %s", name, orDefault(strings.Join(running, ", "), "none"))
}

func (c *child) hasEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

var (
	errEnded     = errors.New("it has ended")
	errPaused    = errors.New("it is paused: resume it first, or kill it")
	errNotPaused = errors.New("it is not paused")
)

func (c *child) leave() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return "", errEnded
	case c.paused:
		return "", errPaused // a stopped process does not see SIGTERM
	}
	if err := c.process.askToLeave(); err != nil {
		return "", err
	}
	c.leaving = true
	c.updateState(time.Now())
	return c.name + " was asked to leave (SIGTERM)", nil
}

func (c *child) kill() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return "", errEnded
	}
	c.killing = true
	if err := c.process.kill(); err != nil {
		c.killing = false
		return "", err
	}
	return c.name + " was killed (SIGKILL)", nil
}

// crash has the consumer kill itself once it has this many records processed and not committed.
func (c *child) crash(records int) (string, error) {
	if err := validateCrash(records); err != nil {
		return "", err
	}
	c.mu.Lock()
	switch {
	case c.ended:
		c.mu.Unlock()
		return "", errEnded
	case c.paused:
		c.mu.Unlock()
		return "", errPaused
	}
	c.crashing = records
	c.mu.Unlock()
	if err := c.process.send(command{Command: commandCrash, Records: records}); err != nil {
		c.mu.Lock()
		c.crashing = 0 // if it ends now, that is not the reason
		c.mu.Unlock()
		return "", err
	}
	return fmt.Sprintf("%s will crash with at least %d records processed and not committed", c.name, records), nil
}

func (c *child) pause() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return "", errEnded
	case c.paused:
		return "", errors.New("it is paused already")
	}
	if err := c.process.pause(); err != nil {
		return "", err
	}
	c.paused = true
	c.updateState(time.Now())
	return c.name + " was paused (SIGSTOP)", nil
}

func (c *child) resume() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return "", errEnded
	case !c.paused:
		return "", errNotPaused
	}
	if err := c.process.resume(); err != nil {
		return "", err
	}
	c.paused = false
	c.updateState(time.Now())
	return c.name + " was resumed (SIGCONT)", nil
}

func (c *child) slow(action model.LabAction) (string, error) {
	if err := validateProcessingTime(action.ProcessingTime); err != nil {
		return "", err
	}
	if c.hasEnded() {
		return "", errEnded
	}
	if err := c.process.send(command{Command: commandSlow, ProcessingTime: action.ProcessingTime}); err != nil {
		return "", err
	}
	if action.ProcessingTime == 0 {
		return c.name + " now processes at full speed", nil
	}
	return fmt.Sprintf("%s now takes %s per record", c.name, action.ProcessingTime), nil
}

// topic is the name, or the lab's first topic for "". It must be a topic of the lab.
func (l *Lab) topic(name string) (string, error) {
	var names []string
	for _, t := range l.options.Scene.Topics {
		if name == "" || name == t.Name {
			return t.Name, nil
		}
		names = append(names, t.Name)
	}
	return "", fmt.Errorf("topic %q is not one of the lab's: %s", name, strings.Join(names, ", "))
}

func (l *Lab) setRate(action model.LabAction) error {
	topic, err := l.topic(action.Topic)
	if err != nil {
		return fmt.Errorf("set the rate of a producer: %w", err)
	}
	if err := validateRate(action.Rate); err != nil {
		return fmt.Errorf("set the rate of the producer of %s: %w", topic, err)
	}
	l.mu.Lock()
	producers := append([]*child(nil), l.producers...)
	l.mu.Unlock()
	for _, p := range producers {
		if p.config.Producer.Topic != topic {
			continue
		}
		if p.hasEnded() {
			return fmt.Errorf("set the rate of the producer of %s: %w", topic, errEnded)
		}
		if err := p.process.send(command{Command: commandRate, Rate: action.Rate}); err != nil {
			return fmt.Errorf("set the rate of the producer of %s (pid %d): %w", topic, p.process.pid(), err)
		}
		l.emitter.acted(model.LabActionDone{Words: fmt.Sprintf("the producer of %s now writes %g records/s", topic, action.Rate), Topic: topic})
		return nil
	}
	return fmt.Errorf("topic %s has no producer", topic)
}

func (l *Lab) addPartitions(ctx context.Context, action model.LabAction) error {
	topic, err := l.topic(action.Topic)
	if err != nil {
		return fmt.Errorf("add partitions: %w", err)
	}
	total := action.Partitions
	if total == 0 {
		now, err := l.admin.DescribePartitions(ctx, topic)
		if err != nil {
			return err
		}
		total = now + 1
	}
	if !l.provisioner.created(topic) {
		return fmt.Errorf("add partitions to %s: the lab did not create that topic, and partitions cannot be removed again", topic)
	}
	if err := l.admin.AddPartitions(ctx, topic, total); err != nil {
		return err
	}
	l.emitter.acted(model.LabActionDone{Kind: action.Kind, Words: fmt.Sprintf("partitions were added to %s, %d in all", topic, total), Topic: topic})
	return nil
}
