package lab

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
)

// crashRecords is the number of records that a consumer processes without a commit before it crashes: enough to be visible when
// they are reprocessed.
const crashRecords = 10

// labTimeout limits an action of the lab; a clean leave waits for the rebalance in progress.
const labTimeout = 15 * time.Second

// Do executes an action of the lab and reports the result.
func Do(ctx context.Context, lab Lab, action model.LabAction) tea.Cmd {
	if lab == nil {
		return kit.Refuse("there is no lab here: it comes with regroup demo")
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, labTimeout)
		defer cancel()
		trying, done := labWords(action)
		if err := lab.Do(ctx, action); err != nil {
			return kit.Notice{Text: text.Clean(fmt.Sprintf("%s failed: %v", trying, err)), Bad: true}
		}
		return kit.Notice{Text: text.Clean(done)}
	}
}

// labWords are an action as it is attempted, and as it is done.
func labWords(a model.LabAction) (trying, done string) {
	topic := a.Topic
	if topic == "" {
		topic = "the lab's topic"
	}
	switch a.Kind {
	case model.LabStartConsumer:
		return "starting a consumer in " + a.Group, "started a consumer in " + a.Group
	case model.LabLeave:
		return "stopping " + a.Consumer, a.Consumer + " is leaving (SIGTERM)"
	case model.LabKill:
		return "killing " + a.Consumer, "killed " + a.Consumer + " (SIGKILL): the group notices at its session timeout"
	case model.LabCrash:
		return "crashing " + a.Consumer, a.Consumer + " will crash with " + text.Plural(max(1, a.Records), "uncommitted record")
	case model.LabRestart:
		return "restarting " + a.Consumer, a.Consumer + " is restarting"
	case model.LabPause:
		return "pausing " + a.Consumer, "paused " + a.Consumer + " (SIGSTOP): it sends no heartbeats"
	case model.LabResume:
		return "resuming " + a.Consumer, "resumed " + a.Consumer + " (SIGCONT)"
	case model.LabSlow:
		if a.ProcessingTime == 0 {
			return "speeding " + a.Consumer + " up", a.Consumer + " now processes at full speed"
		}
		return "slowing " + a.Consumer + " down", fmt.Sprintf("%s now takes %s per record", a.Consumer, text.Duration(a.ProcessingTime))
	case model.LabRate:
		return "changing the producer of " + topic, fmt.Sprintf("the producer of %s now writes %s", topic, text.Rate(a.Rate))
	case model.LabAddPartitions:
		return "adding a partition to " + topic, "added a partition to " + topic
	}
	return string(a.Kind), string(a.Kind)
}

// treat applies an action to the selected consumer; pausing a paused consumer resumes it.
func (s *Screen) treat(kind model.LabActionKind) tea.Cmd {
	c := s.selected()
	switch {
	case c == nil:
		return nil
	case c.State.Ended() && kind != model.LabRestart:
		return hasEnded(c)
	}
	action := model.LabAction{Kind: kind, Consumer: c.Name}
	switch {
	case kind == model.LabCrash:
		action.Records = crashRecords
	case kind == model.LabPause && c.State == model.LabPaused:
		action.Kind = model.LabResume
	}
	return kit.AskLab(action)
}

func hasEnded(c *model.LabConsumer) tea.Cmd {
	return kit.Refuse(text.Clean(c.Name) + " has ended: R restarts it, n starts another")
}

// direction is the direction in which a key changes a value.
type direction int

const (
	less, faster direction = -1, -1
	more, slower direction = +1, +1
)

// slow changes the processing time of the selected consumer by a step.
func (s *Screen) slow(f kit.Frame, to direction) tea.Cmd {
	c := s.selected()
	switch {
	case c == nil:
		return nil
	case c.State.Ended():
		return hasEnded(c)
	}
	what := "consumer " + c.Name
	now := time.Duration(s.latest(f, what, float64(c.ProcessingTime)))
	next, limit := stepDown(processingTimes, now), "at full speed"
	if to == slower {
		next, limit = stepUp(processingTimes, now), "at its slowest"
	}
	if next == now {
		return kit.Refuse(text.Clean(c.Name) + " is " + limit)
	}
	s.ask(f, what, float64(next))
	return kit.AskLab(model.LabAction{Kind: model.LabSlow, Consumer: c.Name, ProcessingTime: next})
}

// produced is the topic and the target rate of the selected producer; "" if there is none.
func (s *Screen) produced(f kit.Frame) (topic string, wanted float64) {
	if lab := f.View.Lab; s.producer < len(lab.Producers) {
		return lab.Producers[s.producer].Topic, lab.Producers[s.producer].Wanted
	}
	return "", 0
}

// produce changes the rate of the chosen producer by a step.
func (s *Screen) produce(f kit.Frame, to direction) tea.Cmd {
	topic, wanted := s.produced(f)
	what := "producer " + topic
	now := s.latest(f, what, wanted)
	next, limit := stepDown(producerRates, now), "is at its lowest rate"
	if to == more {
		next, limit = stepUp(producerRates, now), "is at its highest rate"
	}
	if next == now {
		return kit.Refuse("the producer of " + text.Name(topic) + " " + limit)
	}
	s.ask(f, what, next)
	return kit.AskLab(model.LabAction{Kind: model.LabRate, Topic: topic, Rate: next})
}

// The steps of the keys that slow a consumer down and turn a producer up.
var (
	processingTimes = []time.Duration{
		0, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
		500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
	}
	producerRates = []float64{0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000}
)

// stepUp is the first step above a value; the last one if there is none.
func stepUp[N time.Duration | float64](steps []N, value N) N {
	for _, s := range steps {
		if s > value {
			return s
		}
	}
	return steps[len(steps)-1]
}

// stepDown is the last step below a value; the first one if there is none.
func stepDown[N time.Duration | float64](steps []N, value N) N {
	for _, s := range slices.Backward(steps) {
		if s < value {
			return s
		}
	}
	return steps[0]
}
