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
	scene := withSettings(sceneNamed(t, "classic").WithPrefix("lab-"), with(func(s *model.ConsumerSettings) {
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

// With the consumer protocol it is the brokers that assign, and the group has the times that its members ask for.
func TestRealKafkaConsumerProtocol(t *testing.T) {
	cluster := kafkatest.Shared(t)
	settings := nextGen(func(s *model.ConsumerSettings) {
		s.SessionTimeout, s.HeartbeatInterval, s.MaxPollInterval = 2*time.Second, 500*time.Millisecond, 3*time.Second
	})
	scene := oneConsumer(settings).WithPrefix("lab848-")
	s := &stage{t: t, kafka: kafka.Config{Brokers: cluster.Brokers()}}
	s.start(Options{Scene: scene, Owned: true})
	const group = "lab848-g"
	s.reconciles(group, map[string]int{"consumer-1": 4})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: group})
	s.reconciles(group, map[string]int{"consumer-1": 2, "consumer-2": 2})
	if c := s.consumer("consumer-2"); c.Note != "" || c.Settings.SessionTimeout != 2*time.Second || c.Settings.HeartbeatInterval != 500*time.Millisecond {
		t.Errorf("it is told as %+v", c)
	}

	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	s.inState("consumer-1", model.LabExpelled)
	eventually(t, "the other has everything", func() bool { c := s.consumer("consumer-2"); return len(c.Owns) == 4 })
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	s.reconciles(group, map[string]int{"consumer-1": 2, "consumer-2": 2})

	before := s.consumer("consumer-1").ReadAgain
	s.do(model.LabAction{Kind: model.LabCrash, Consumer: "consumer-2", Records: 10})
	crashed := s.inState("consumer-2", model.LabKilled)
	s.reconciles(group, map[string]int{"consumer-1": 4})
	eventually(t, "what it had not committed is read again", func() bool {
		return s.consumer("consumer-1").ReadAgain == before+crashed.Uncommitted.Or(-1)
	})

	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"})
	if left := s.inState("consumer-1", model.LabLeft); left.Note != "" {
		t.Errorf("the one that left says %q", left.Note)
	}
	s.close()
	eventually(t, "no broker knows of anything of the lab's any more", func() bool {
		topics, groups := s.topicsAndGroups()
		return !slices.ContainsFunc(append(topics, groups...), func(name string) bool { return strings.HasPrefix(name, "lab848-") })
	})
}

// If a cluster does not allow the requested timeouts, the consumer reports its own.
func TestRealKafkaRefusesTimes(t *testing.T) {
	cluster := kafkatest.Shared(t)
	scene := oneConsumer(nextGen(func(s *model.ConsumerSettings) {
		s.SessionTimeout, s.HeartbeatInterval = 200*time.Millisecond, 50*time.Millisecond
	})).WithPrefix("labtimes-")
	s := &stage{t: t, kafka: kafka.Config{Brokers: cluster.Brokers()}}
	s.start(Options{Scene: scene, Owned: true})
	s.reconciles("labtimes-g", map[string]int{"consumer-1": 4})
	if c := s.consumer("consumer-1"); !strings.Contains(c.Note, "consumer.session.timeout.ms is 6s, not 200ms") || c.Settings.SessionTimeout != 6*time.Second {
		t.Errorf("it is told as %+v", c)
	}
}
