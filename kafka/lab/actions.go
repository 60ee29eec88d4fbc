package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"regroup/model"
)

// Do carries out an action. It returns once the process was started or the signal sent; what comes of it is in the
// snapshots. Every action that was carried out is told by a snapshot of its own, in Acted. The error says what was tried
// and why it was not done.
func (l *Lab) Do(ctx context.Context, action model.LabAction) error {
	ctx, leave, err := l.enter(ctx, false)
	if err != nil {
		return fmt.Errorf("lab: %s: %w", action.Kind, err)
	}
	defer leave()
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
	return fmt.Errorf("action %q is not known", action.Kind)
}

// doWithConsumer does what is done to one consumer.
func (l *Lab) doWithConsumer(action model.LabAction) error {
	c, err := l.consumer(action.Consumer)
	if err != nil {
		return fmt.Errorf("%s: %w", action.Kind, err)
	}
	var words string
	told := action.Kind
	switch action.Kind {
	case model.LabCrash:
		words, err = c.crash(orDefault(action.Records, 1))
		told = "" // it is told again when it happens
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
	c.acted(told, words)
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
	return nil, fmt.Errorf("there is no consumer %q; running are: %s", name, orDefault(strings.Join(running, ", "), "none"))
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
	c.noteState(time.Now())
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

// crash has the consumer kill itself once it has processed so many records that it does not commit.
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
		c.crashing = 0 // whatever ends it now is not this
		c.mu.Unlock()
		return "", err
	}
	return fmt.Sprintf("%s is to crash with at least %d records processed and not committed", c.name, records), nil
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
	c.noteState(time.Now())
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
	c.noteState(time.Now())
	return c.name + " goes on (SIGCONT)", nil
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
		return c.name + " processes at full speed", nil
	}
	return fmt.Sprintf("%s takes %s for a record", c.name, action.ProcessingTime), nil
}

// topic is the name, or the lab's first topic for "". It must be one of the lab's.
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
		l.emitter.acted(model.LabActionDone{Words: fmt.Sprintf("the producer of %s is to write %g records/s", topic, action.Rate), Topic: topic})
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
	if !l.estate.made(topic) {
		return fmt.Errorf("add partitions to %s: the lab did not create that topic, and what is added cannot be taken away again", topic)
	}
	if err := l.admin.AddPartitions(ctx, topic, total); err != nil {
		return err
	}
	l.emitter.acted(model.LabActionDone{Kind: action.Kind, Words: fmt.Sprintf("%s was given more partitions, %d in all", topic, total), Topic: topic})
	return nil
}
