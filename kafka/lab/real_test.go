package lab

import (
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/model"
)

// On a real cluster the lab's consumers do what they say, in the words of the brokers' own logs, and leave nothing behind.
func TestRealKafka(t *testing.T) {
	cluster := kafkatest.Shared(t)
	scene := sceneNamed(t, "classic").WithPrefix("lab-").WithSettings(with(func(s *model.ConsumerSettings) {
		s.SessionTimeout = 6 * time.Second // the least that a broker allows
		s.MaxPollInterval = 3 * time.Second
	}))
	scene.Steps[len(scene.Steps)-1].After = time.Second
	const group = "lab-1consumer"
	s := &stage{t: t, kafka: kafka.Config{Brokers: cluster.Brokers()}}
	s.start(Options{Scene: scene, Owned: true})
	s.settles(group, map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2}, "consumer-3": {3}})
	s.settles("lab-2consumer", map[string][]int32{"reader-1": {0, 1, 2, 3}})

	// because waits for the coordinator to begin a rebalance for that reason.
	seen := len(cluster.LogEvents(t, group))
	because := func(reason string) {
		t.Helper()
		eventually(t, "a coordinator's log says "+reason, func() bool {
			for _, event := range cluster.LogEvents(t, group)[seen:] {
				if event.Kind == kafkatest.Preparing && strings.Contains(event.Reason, reason) {
					return true
				}
			}
			return false
		})
		seen = len(cluster.LogEvents(t, group))
	}
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-3"})
	because("explicit `LeaveGroup` request for (consumer-3-")
	s.settles(group, map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})

	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	because("explicit `LeaveGroup` request for (consumer-1-")
	s.inState("consumer-1", model.LabExpelled)
	s.settles(group, map[string][]int32{"consumer-2": {0, 1, 2, 3}})
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	s.settles(group, map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})

	seen = len(cluster.LogEvents(t, group))
	s.do(model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"})
	because("on heartbeat expiration")
	s.settles(group, map[string][]int32{"consumer-1": {0, 1, 2, 3}})

	s.do(model.LabAction{Kind: model.LabAddPartitions})
	s.settles(group, map[string][]int32{"consumer-1": {0, 1, 2, 3, 4}})

	s.close()
	eventually(t, "no broker knows of anything of the lab's any more", func() bool {
		topics, groups := s.topicsAndGroups()
		return !slices.ContainsFunc(append(topics, groups...), func(name string) bool { return strings.HasPrefix(name, "lab-") })
	})
}
