package lab

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"regroup/model"
)

// nextGen are settings of a consumer with the consumer protocol.
func nextGen(change func(*model.ConsumerSettings)) model.ConsumerSettings {
	return with(func(s *model.ConsumerSettings) {
		s.GroupProtocol = model.ProtocolConsumer
		change(s)
	})
}

func asIs(*model.ConsumerSettings) {}

// reconciles waits until the group is stable, and its members, by their client ids, own these numbers of partitions.
func (s *stage) reconciles(id string, wanted map[string]int) {
	s.t.Helper()
	var group kadm.DescribedConsumerGroup
	defer func() {
		if s.t.Failed() {
			s.t.Logf("last seen: %+v", group)
			if seen := s.snapshots(); len(seen) > 0 {
				s.t.Logf("the lab: %+v", *seen[len(seen)-1])
			}
		}
	}()
	eventually(s.t, "the group is stable and shared", func() bool {
		groups, err := s.admin.DescribeConsumerGroups(context.Background(), id)
		if err != nil {
			return false
		}
		group = groups[id]
		got := map[string]int{}
		for _, m := range group.Members {
			got[m.ClientID] = 0
			for _, partitions := range m.Assignment {
				got[m.ClientID] += len(partitions)
			}
		}
		for name, owns := range wanted {
			if got[name] != owns || len(s.consumer(name).Owns) != owns {
				return false
			}
		}
		return group.State == "Stable" && len(got) == len(wanted)
	})
}

func nextGenPair(t *testing.T, settings model.ConsumerSettings) *stage {
	t.Helper()
	s := play(t, oneConsumer(settings))
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	s.reconciles("g", map[string]int{"consumer-1": 2, "consumer-2": 2})
	return s
}

// With the consumer protocol the coordinator assigns, and members keep consuming the partitions that stay.
func TestConsumerProtocol(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(nextGen(asIs)))
	s.reconciles("g", map[string]int{"consumer-1": 4})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	s.reconciles("g", map[string]int{"consumer-1": 2, "consumer-2": 2})
	for _, c := range []model.LabConsumer{s.consumer("consumer-1"), s.consumer("consumer-2")} {
		if c.State != model.LabRunning || c.MemberID == "" || c.Note != "" || c.Settings.HeartbeatInterval != 100*time.Millisecond {
			t.Errorf("%s is %+v", c.Name, c)
		}
	}
	for _, snapshot := range s.snapshots() {
		if len(snapshot.Consumers) == 2 && len(snapshot.Consumers[0].Owns) < 2 {
			t.Errorf("while consumer-2 joined, consumer-1 owned %v: wanted it to keep two", snapshot.Consumers[0].Owns)
		}
	}
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"})
	if left := s.inState("consumer-1", model.LabLeft); left.Note != "" || len(left.Owns) != 0 {
		t.Errorf("the one that left is %+v", left)
	}
	s.reconciles("g", map[string]int{"consumer-2": 4})
	s.do(model.LabAction{Kind: model.LabAddPartitions})
	s.reconciles("g", map[string]int{"consumer-2": 5})
	s.do(model.LabAction{Kind: model.LabRate})
	eventually(t, "everything is committed in the end", func() bool {
		committed, end := s.committed()
		return s.producer().Wanted == 0 && committed == end && end > 0
	})
}

// The session timeout is the group's: the lab sets it, and a killed member is gone when it is over.
func TestConsumerProtocolSession(t *testing.T) {
	t.Parallel()
	s := nextGenPair(t, nextGen(func(s *model.ConsumerSettings) { s.SessionTimeout = 2 * time.Second }))
	s.do(model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"})
	killed := s.inState("consumer-2", model.LabKilled)
	if earliest, latest, ok := killed.SessionEnd(); !ok || latest.Sub(killed.Since) != 2*time.Second || latest.Sub(earliest) != 100*time.Millisecond {
		t.Errorf("its session ends between %v and %v after %v, %v", earliest, latest, killed.Since, ok)
	}
	s.reconciles("g", map[string]int{"consumer-1": 4})
}

func TestConsumerProtocolTooSlow(t *testing.T) {
	t.Parallel()
	s := nextGenPair(t, nextGen(func(s *model.ConsumerSettings) {
		slowSession(s)
		s.MaxPollInterval = 2 * time.Second
	}))
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	expelled := s.inState("consumer-1", model.LabExpelled)
	if !strings.Contains(expelled.Note, "max.poll.interval.ms (2s)") || len(expelled.Counts) != 0 {
		t.Errorf("the expelled one is %+v", expelled)
	}
	eventually(t, "the other has everything", func() bool { c := s.consumer("consumer-2"); return len(c.Owns) == 4 })
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	s.reconciles("g", map[string]int{"consumer-1": 2, "consumer-2": 2})
}

func TestConsumerProtocolZombie(t *testing.T) {
	t.Parallel()
	if len(lacks()) > 0 {
		t.Skip(lacks())
	}
	s := nextGenPair(t, nextGen(func(s *model.ConsumerSettings) { s.SessionTimeout = time.Second }))
	s.do(model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"})
	before := s.inState("consumer-1", model.LabPaused)
	eventually(t, "the other has everything", func() bool { c := s.consumer("consumer-2"); return len(c.Owns) == 4 })
	s.do(model.LabAction{Kind: model.LabResume, Consumer: "consumer-1"})
	s.reconciles("g", map[string]int{"consumer-1": 2, "consumer-2": 2})
	if after := s.consumer("consumer-1"); after.MemberID == before.MemberID {
		t.Errorf("it came back as %s, the member that had been removed", after.MemberID)
	}
}

// A static member ends without a revocation, with either protocol, and has its partitions again at once.
func TestRestartOfAStaticMemberMovesNothing(t *testing.T) {
	t.Parallel()
	for _, protocol := range []model.GroupProtocol{model.ProtocolClassic, model.ProtocolConsumer} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			settings := with(func(s *model.ConsumerSettings) {
				slowSession(s)
				s.GroupProtocol, s.InstanceID = protocol, "instance-1"
			})
			s := play(t, oneConsumer(settings))
			settings.InstanceID = "instance-2"
			s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g", Settings: &settings})
			shared := func() bool {
				one, two := s.consumer("consumer-1"), s.consumer("consumer-2")
				return len(one.Owns) == 2 && len(two.Owns) == 2
			}
			eventually(t, "two share the partitions", shared)
			before := s.consumer("consumer-1")
			seen := len(s.snapshots())
			s.do(model.LabAction{Kind: model.LabRestart, Consumer: "consumer-1"})
			s.acted("consumer-1 was started again")
			eventually(t, "another process owns the same", func() bool {
				after := s.consumer("consumer-1")
				return after.PID != before.PID && slices.Equal(after.Owns, before.Owns)
			})
			for _, snapshot := range s.snapshots()[seen:] {
				for _, c := range snapshot.Consumers {
					if c.Name == "consumer-2" && len(c.Owns) > 2 {
						t.Errorf("meanwhile consumer-2 owned %v", c.Owns)
					}
				}
			}
		})
	}
}

func TestRestartOfADynamicMemberMovesItsPartitions(t *testing.T) {
	t.Parallel()
	s := pair(t, with(slowSession))
	before := s.consumer("consumer-2")
	s.do(model.LabAction{Kind: model.LabRestart, Consumer: "consumer-2"})
	s.acted("consumer-2 was started again")
	s.settles("g", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})
	if after := s.inState("consumer-2", model.LabRunning); after.PID == before.PID || after.MemberID == before.MemberID {
		t.Errorf("after a restart it is still %+v", after)
	}
}
