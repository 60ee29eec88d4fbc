package lab

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/kafka"
	"regroup/kafka/embedded"
	"regroup/model"
	"regroup/model/settings"
)

// Every built-in scene plays to its end: its consumers run, and its actions succeed.
// They share a cluster, a prefix each.
func TestScenesPlay(t *testing.T) {
	t.Parallel()
	cluster, err := embedded.Start(embedded.Options{Brokers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close) // after the last of the tests beside each other
	for _, name := range Scenes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := sceneNamed(t, name).WithPrefix(name + "-")
			end := map[string]model.LabState{}
			for _, g := range scene.Groups {
				for _, c := range g.Consumers {
					end[c.Name] = model.LabRunning
				}
			}
			for i := range scene.Steps {
				step := &scene.Steps[i]
				step.After /= 5
				switch step.Action.Kind {
				case model.LabStartConsumer:
					end[step.Action.Consumer] = model.LabRunning
				case model.LabLeave:
					end[step.Action.Consumer] = model.LabLeft
				case model.LabKill, model.LabCrash:
					end[step.Action.Consumer] = model.LabKilled
				}
			}
			s := &stage{t: t, cluster: cluster, kafka: kafka.Config{Brokers: cluster.Addresses()}}
			s.start(Options{Scene: scene})
			eventually(t, "all that it does is done", func() bool { return s.stepsTaken() >= len(scene.Steps) })
			for name, state := range end {
				s.inState(name, state)
			}
		})
	}
}

// stepsTaken counts what the scene did after its consumers were started. An action that failed fails the test.
func (s *stage) stepsTaken() int {
	s.t.Helper()
	begun := len(s.lab.options.Scene.Producers)
	for _, g := range s.lab.options.Scene.Groups {
		begun += len(g.Consumers)
	}
	deeds := 0
	for _, snapshot := range s.snapshots() {
		if words := snapshot.Acted.Words; words != "" {
			deeds++
			if strings.Contains(words, "failed: ") {
				s.t.Fatal(words)
			}
		}
	}
	return deeds - begun
}

// An action that fails is reported, and the scene continues.
func TestSceneReportsAFailedAction(t *testing.T) {
	t.Parallel()
	scene := oneConsumer(quick())
	scene.Steps = []Step{
		{After: 2 * time.Millisecond, Action: model.LabAction{Kind: model.LabRate, Rate: 7}},
		{After: time.Millisecond, Action: model.LabAction{Kind: model.LabResume, Consumer: "consumer-1"}},
	}
	s := play(t, scene)
	eventually(t, "the rate is that of the second action", func() bool { return s.producer().Wanted == 7 })
	if !slices.ContainsFunc(s.snapshots(), func(snapshot *model.LabSnapshot) bool {
		return strings.Contains(snapshot.Acted.Words, "the scene's action after 1ms failed: resume consumer-1") &&
			strings.Contains(snapshot.Acted.Words, "it is not paused") && snapshot.Acted.Group == "g"
	}) {
		t.Error("nobody was told of the first action as one of the group")
	}
}

// A group reads the topics that it names, its settings are its own, and a producer has as many keys as it should have.
func TestGroupsSideBySide(t *testing.T) {
	t.Parallel()
	scene, err := ParseScene("sides.yaml", []byte(`
topics: [{name: orders, partitions: 2}, {name: payments, partitions: 3}]
producers: [{topic: orders, rate: 500, keys: 2}]
settings: {heartbeat.interval.ms: 100, session.timeout.ms: 20000, processing.ms: 0}
groups:
  - name: all
    settings: {partition.assignment.strategy: roundrobin}
    consumers: [all-1, {name: all-2, settings: {max.poll.records: 7}}]
  - name: some
    topics: [payments]
    consumers: [some-1]
`))
	if err != nil {
		t.Fatal(err)
	}
	s := play(t, scene)
	eventually(t, "the topics are shared as the groups say", func() bool {
		all, other, some := s.consumer("all-1"), s.consumer("all-2"), s.consumer("some-1")
		return len(all.Owns)+len(other.Owns) == 5 && sprint(some.Owns) == "[payments-0 payments-1 payments-2]"
	})
	first, second := s.consumer("all-1").Settings, s.consumer("all-2").Settings
	if first.Assignor != "roundrobin" || first.MaxPollRecords != settings.Defaults().MaxPollRecords || second.MaxPollRecords != 7 {
		t.Errorf("the settings are %+v and %+v", first, second)
	}
	if got := s.consumer("some-1").Settings.Assignor; got != "range" {
		t.Errorf("the other group's assignor is %q", got)
	}
	keys := map[string]bool{}
	eventually(t, "two keys are read", func() bool {
		for _, snapshot := range s.snapshots() {
			for _, c := range snapshot.Consumers {
				if c.LastRecord != nil {
					keys[c.LastRecord.Key] = true
				}
			}
		}
		return len(keys) >= 2
	})
	if len(keys) != 2 {
		t.Errorf("the keys are %v, wanted two", keys)
	}
}

// A lab is changed and saved; the saved scene starts the same set-up.
func TestSetupIsStartedAgain(t *testing.T) {
	t.Parallel()
	played, err := ParseScene("played.yaml", []byte(`
title: To be saved
topics: [{name: orders, partitions: 3}, {name: payments, partitions: 1}]
producers: [{topic: orders, rate: 30, keys: 5}, {topic: payments}]
settings: {heartbeat.interval.ms: 100, session.timeout.ms: 5000, processing.ms: 0}
groups:
  - name: billing
    topics: [orders]
    consumers: [billing-1, billing-2]
  - name: gone
    consumers: [gone-1]
  - name: kept
    settings: {group.instance.id: me, partition.assignment.strategy: sticky, session.timeout.ms: 6000}
    consumers: [anna]
`))
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t}
	s.cluster, s.kafka = newCluster(t)
	s.start(Options{Scene: played.WithPrefix("demo-"), Owned: true})
	for _, name := range []string{"billing-1", "billing-2", "gone-1", "anna"} {
		s.inState(name, model.LabRunning)
	}
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "gone-1"})
	s.do(model.LabAction{Kind: model.LabKill, Consumer: "billing-1"})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "demo-billing"})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "demo-new one", Settings: &model.ConsumerSettings{MaxPollRecords: 3}})
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "billing-2", ProcessingTime: 3 * time.Millisecond})
	s.do(model.LabAction{Kind: model.LabRate, Topic: "demo-orders", Rate: 12.5})
	s.do(model.LabAction{Kind: model.LabAddPartitions, Topic: "demo-payments", Partitions: 2})
	s.inState("billing-3", model.LabRunning)
	s.inState("demo-new-one-1", model.LabRunning)
	s.inState("gone-1", model.LabLeft)
	eventually(t, "the producer and the consumer have heard of it", func() bool {
		return s.producer().Wanted == 12.5 && s.consumer("billing-2").ProcessingTime == 3*time.Millisecond
	})

	setup, err := s.lab.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	setup.Name = "saved"
	roundTrip(t, setup)
	content, err := setup.YAML()
	if err != nil {
		t.Fatal(err)
	}
	saved, err := ParseScene(filepath.Join(t.TempDir(), "saved.yaml"), content)
	if err != nil {
		t.Fatal(err)
	}
	if wanted := []Topic{{"orders", 3}, {"payments", 2}}; !slices.Equal(saved.Topics, wanted) {
		t.Errorf("topics %v, wanted %v", saved.Topics, wanted)
	}
	if wanted := []Producer{{"orders", model.Some(12.5), 5}, {"payments", model.Some(float64(DefaultRate)), 0}}; !slices.Equal(saved.Producers, wanted) {
		t.Errorf("producers %v, wanted %v", saved.Producers, wanted)
	}

	other := play(t, saved)
	var before, after []string
	for _, name := range []string{"billing-2", "billing-3", "anna", "demo-new-one-1"} {
		now := other.inState(name, model.LabRunning)
		was := s.consumer(name)
		was.Settings.ProcessingTime = was.ProcessingTime
		before = append(before, fmt.Sprintf("%s in %s: %+v", was.Name, strings.TrimPrefix(was.Group, "demo-"), was.Settings))
		after = append(after, fmt.Sprintf("%s in %s: %+v", now.Name, now.Group, now.Settings))
	}
	if !slices.Equal(before, after) {
		t.Errorf("there were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	other.settles("billing", map[string][]int32{"billing-2": {0, 1}, "billing-3": {2}})
	if n := len(other.snapshots()[len(other.snapshots())-1].Consumers); n != len(after) {
		t.Errorf("%d consumers were started, wanted %d", n, len(after))
	}
}
