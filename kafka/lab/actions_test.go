package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"regroup/model"
)

// with changes quick settings.
func with(change func(*model.ConsumerSettings)) model.ConsumerSettings {
	s := quick()
	change(&s)
	return s
}

// slowSession are settings with which only a LeaveGroup can make a member go while a test runs.
func slowSession(s *model.ConsumerSettings) { s.SessionTimeout = 10 * time.Minute }

// pair plays oneConsumer and starts a second consumer.
func pair(t *testing.T, settings model.ConsumerSettings) *stage {
	t.Helper()
	s := play(t, oneConsumer(settings))
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})
	return s
}

func (s *stage) acted(words string) {
	s.t.Helper()
	eventually(s.t, "a snapshot tells that "+words, func() bool {
		return slices.ContainsFunc(s.snapshots(), func(l *model.LabSnapshot) bool { return strings.Contains(l.Acted.Words, words) })
	})
}

func TestLeaveSendsLeaveGroup(t *testing.T) {
	t.Parallel()
	s := pair(t, with(slowSession))
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"})
	left := s.inState("consumer-1", model.LabLeft)
	if left.Note != "" || len(left.Owns) != 0 || !strings.HasPrefix(left.MemberID, "consumer-1-") {
		t.Errorf("the one that left is %+v", left)
	}
	s.settles("g", map[string][]int32{"consumer-2": {0, 1, 2, 3}})
	s.acted("consumer-1 was asked to leave (SIGTERM)")
}

func TestKilledMemberStaysUntilItsSessionTimesOut(t *testing.T) {
	t.Parallel()
	s := pair(t, with(func(s *model.ConsumerSettings) { s.SessionTimeout = 4 * time.Second }))
	s.do(model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"})
	s.inState("consumer-2", model.LabKilled)
	if members := owners(s.describe("g")); len(members) != 2 {
		t.Errorf("with one killed a moment ago the group's members are %v, wanted still both", members)
	}
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	s.acted("consumer-2 was killed (SIGKILL)")
}

func TestPausedBeyondItsSessionTimeoutIsOutAndComesBackAsANewMember(t *testing.T) {
	t.Parallel()
	if len(lacks()) > 0 {
		t.Skip(lacks())
	}
	s := pair(t, with(func(s *model.ConsumerSettings) { s.SessionTimeout = 2 * time.Second }))
	s.do(model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"})
	before := s.inState("consumer-1", model.LabPaused)
	s.settles("g", map[string][]int32{"consumer-2": {0, 1, 2, 3}})
	s.do(model.LabAction{Kind: model.LabResume, Consumer: "consumer-1"})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})
	eventually(t, "it runs under another member id", func() bool {
		after := s.consumer("consumer-1")
		return after.State == model.LabRunning && after.MemberID != "" && after.MemberID != before.MemberID && len(after.Owns) == 2
	})
	s.acted("consumer-1 was paused (SIGSTOP)")
	s.acted("consumer-1 was resumed (SIGCONT)")
}

func TestPausedForAShortTimeStays(t *testing.T) {
	t.Parallel()
	if len(lacks()) > 0 {
		t.Skip(lacks())
	}
	s := pair(t, with(slowSession))
	before, _ := s.cluster.Generation("g")
	s.do(model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"})
	s.inState("consumer-1", model.LabPaused)
	eventually(t, "its rate goes down to nothing", func() bool {
		c := s.consumer("consumer-1")
		return c.Rate.Known() && c.Rate.Or(1) == 0
	})
	s.do(model.LabAction{Kind: model.LabResume, Consumer: "consumer-1"})
	s.inState("consumer-1", model.LabRunning)
	if after, _ := s.cluster.Generation("g"); after != before {
		t.Errorf("a short pause took the group from generation %d to %d", before, after)
	}
}

// The Java client leaves when the time between two polls exceeds max.poll.interval.ms, while processing continues.
func TestTooSlowForItsPollIntervalLeavesAndComesBack(t *testing.T) {
	t.Parallel()
	s := pair(t, with(func(s *model.ConsumerSettings) {
		slowSession(s)
		s.MaxPollInterval = 2 * time.Second
	}))
	before := s.consumer("consumer-1")
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	expelled := s.inState("consumer-1", model.LabExpelled)
	if !strings.Contains(expelled.Note, "max.poll.interval.ms (2s)") || len(expelled.Owns) != 0 {
		t.Errorf("the expelled one is %+v", expelled)
	}
	s.settles("g", map[string][]int32{"consumer-2": {0, 1, 2, 3}})
	if c := s.consumer("consumer-1"); c.State != model.LabExpelled {
		t.Errorf("while it processes it is %+v, wanted it out of the group", c)
	}
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})
	after := s.inState("consumer-1", model.LabRunning)
	if after.MemberID == before.MemberID {
		t.Errorf("it came back as %s, the member that had left", after.MemberID)
	}
	s.acted("consumer-1 now takes 1h0m0s per record")
	s.acted("consumer-1 now processes at full speed")
}

// Records that are not processed are not committed: after an expulsion the next owner reads them.
func TestExpelledConsumerCommitsNothingOfItsBatch(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) {
		slowSession(s)
		s.MaxPollInterval = 2 * time.Second
	})))
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	s.inState("consumer-1", model.LabExpelled)
	stuck := s.consumer("consumer-1")
	if committed, _ := s.committed(); committed > stuck.Processed {
		t.Errorf("%d records are committed, %d were processed", committed, stuck.Processed)
	}
	s.do(model.LabAction{Kind: model.LabRate})
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	eventually(t, "everything is committed in the end", func() bool {
		committed, end := s.committed()
		return s.producer().Wanted == 0 && committed == end && end > 0
	})
	_, end := s.committed()
	eventually(t, "the batch has been read twice", func() bool {
		c := s.consumer("consumer-1")
		return c.Processed > end
	})
}

// As in the Java client, a rebalance waits until a batch is processed; the members that wait stay in the group meanwhile.
func TestRebalanceWaitsForTheBatch(t *testing.T) {
	t.Parallel()
	s := pair(t, with(func(s *model.ConsumerSettings) {
		s.SessionTimeout = 2 * time.Second
		s.MaxPollInterval = 10 * time.Minute
	}))
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	eventually(t, "consumer-1 is processing a record", func() bool {
		c := s.consumer("consumer-1")
		return c.ProcessingTime == time.Hour && c.Rate.Known() && c.Rate.Or(1) == 0
	})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	eventually(t, "consumer-2 waits to join again", func() bool {
		c := s.consumer("consumer-2")
		return s.describe("g").State == "PreparingRebalance" && len(c.Owns) == 0 && strings.Contains(c.Note, "rebalances")
	})
	for end := time.Now().Add(2 * 2 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if g := s.describe("g"); g.State != "PreparingRebalance" || len(g.Members) != 3 {
			t.Fatalf("while consumer-1 processes, the group is %s with %v", g.State, owners(g))
		}
	}
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2}, "consumer-3": {3}})
}

// A member that waits in JoinGroup for a slow one can still leave.
func TestLeaveWhileTheGroupRebalances(t *testing.T) {
	t.Parallel()
	s := pair(t, with(func(s *model.ConsumerSettings) {
		slowSession(s)
		s.MaxPollInterval = 10 * time.Minute
	}))
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: time.Hour})
	eventually(t, "consumer-1 is processing a record", func() bool {
		c := s.consumer("consumer-1")
		return c.ProcessingTime == time.Hour && c.Rate.Known() && c.Rate.Or(1) == 0
	})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	eventually(t, "consumer-2 waits to join again", func() bool {
		c := s.consumer("consumer-2")
		return s.describe("g").State == "PreparingRebalance" && len(c.Owns) == 0
	})
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-2"})
	if left := s.inState("consumer-2", model.LabLeft); left.Note != "" {
		t.Errorf("the one that left says %q", left.Note)
	}
	s.do(model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1"})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1}, "consumer-3": {2, 3}})
}

func TestRate(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(quick()))
	eventually(t, "it writes", func() bool { return s.producer().Produced > 0 })
	s.do(model.LabAction{Kind: model.LabRate, Rate: 2000})
	eventually(t, "it writes faster than before", func() bool {
		p := s.producer()
		return p.Wanted == 2000 && p.Rate.Or(0) > 1000
	})
	s.do(model.LabAction{Kind: model.LabRate, Topic: "orders"})
	eventually(t, "it rests", func() bool {
		p := s.producer()
		return p.Wanted == 0 && p.Rate.Known() && p.Rate.Or(1) == 0
	})
	_, end := s.committed()
	if p := s.producer(); p.Produced != end {
		t.Errorf("the producer counts %d records, the topic holds %d", p.Produced, end)
	}
	s.acted("the producer of orders now writes 2000 records/s")
}

func TestAddPartitions(t *testing.T) {
	t.Parallel()
	s := pair(t, quick())
	s.do(model.LabAction{Kind: model.LabAddPartitions})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2}, "consumer-2": {3, 4}})
	s.do(model.LabAction{Kind: model.LabAddPartitions, Topic: "orders", Partitions: 8})
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}, "consumer-2": {4, 5, 6, 7}})
	eventually(t, "records reach the new partitions", func() bool {
		ends, err := s.admin.ListEndOffsets(context.Background(), "orders")
		full := 0
		ends.Each(func(o kadm.ListedOffset) {
			if o.Offset > 0 {
				full++
			}
		})
		return err == nil && full == 8
	})
	s.acted("partitions were added to orders, 8 in all")
}

func TestCommitModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []model.CommitMode{model.CommitAuto, model.CommitSync, model.CommitAsync} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) { s.CommitMode = mode })))
			s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
			eventually(t, "commits move on while it reads", func() bool {
				committed, _ := s.committed()
				return committed > 0
			})
			s.do(model.LabAction{Kind: model.LabRate})
			eventually(t, "everything is committed in the end", func() bool {
				committed, end := s.committed()
				return s.producer().Wanted == 0 && committed == end
			})
		})
	}
}

// By its timer alone it would not have committed for an hour.
func TestLeavingCommitsWhatIsDone(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) { s.AutoCommitInterval = time.Hour })))
	eventually(t, "it has read something", func() bool {
		c := s.consumer("consumer-1")
		return c.Processed > 20
	})
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"})
	left := s.inState("consumer-1", model.LabLeft)
	if committed, _ := s.committed(); committed != left.Processed {
		t.Errorf("it left after %d records, %d are committed", left.Processed, committed)
	}
}

func TestAssignors(t *testing.T) {
	t.Parallel()
	for _, assignor := range assignors() {
		t.Run(assignor, func(t *testing.T) {
			t.Parallel()
			s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) { s.Assignor = assignor })))
			shared := func(members int) {
				t.Helper()
				var group kadm.DescribedGroup
				eventually(t, fmt.Sprintf("%d members share the partitions", members), func() bool {
					group = s.describe("g")
					var all []int32
					for _, partitions := range owners(group) {
						if len(partitions) == 0 {
							return false
						}
						all = append(all, partitions...)
					}
					slices.Sort(all)
					return group.State == "Stable" && len(group.Members) == members && slices.Equal(all, []int32{0, 1, 2, 3})
				})
				if group.Protocol != assignor {
					t.Errorf("the group's protocol is %q", group.Protocol)
				}
			}
			shared(1)
			for n := 2; n <= 4; n++ {
				s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
				shared(n)
			}
			s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-2"})
			s.inState("consumer-2", model.LabLeft)
			shared(3)
		})
	}
}

// KIP-429: a member that loses nothing in a cooperative rebalance keeps consuming.
func TestCooperativeMemberKeepsWhatItOwnsWhileItRejoins(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) { s.Assignor = "cooperative-sticky" })))
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	eventually(t, "two share the partitions", func() bool {
		one := s.consumer("consumer-1")
		two := s.consumer("consumer-2")
		return len(one.Owns) == 2 && len(two.Owns) == 2
	})
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	eventually(t, "three share the partitions", func() bool {
		c := s.consumer("consumer-3")
		return len(c.Owns) == 1
	})
	for _, snapshot := range s.snapshots() {
		owned := 0
		for _, c := range snapshot.Consumers {
			if c.Name != "consumer-3" && c.State == model.LabRunning {
				owned += len(c.Owns)
			}
		}
		if both := len(snapshot.Consumers) == 3; both && owned < 3 {
			t.Errorf("at some moment the two that were there owned %d partitions, wanted never below 3: %+v", owned, snapshot.Consumers)
		}
	}
}

func TestStartWithAnotherAssignorFails(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(quick()))
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	other := with(func(s *model.ConsumerSettings) { s.Assignor = "roundrobin" })
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g", Settings: &other})
	if failed := s.inState("consumer-2", model.LabFailed); !strings.Contains(failed.Note, "partition.assignment.strategy") {
		t.Errorf("its note is %q, wanted it to name the setting", failed.Note)
	}
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g", Settings: nil})
	if third := s.inState("consumer-3", model.LabFailed); third.Settings.Assignor != "roundrobin" {
		t.Errorf("without settings it was started with %+v, wanted those of the last one", third.Settings)
	}
}

func TestStaticMemberKeepsItsPlaceWhenItLeaves(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) {
		slowSession(s)
		s.InstanceID = "instance-1"
	})))
	s.settles("g", map[string][]int32{"consumer-1": {0, 1, 2, 3}})
	before, _ := s.cluster.Generation("g")
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"})
	if left := s.inState("consumer-1", model.LabLeft); !strings.Contains(left.Note, "static member") {
		t.Errorf("its note is %q", left.Note)
	}
	if got := owners(s.describe("g")); len(got["consumer-1"]) != 4 {
		t.Errorf("after a static member left, the owners are %v, wanted it to keep its place", got)
	}
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	s.settles("g", map[string][]int32{"consumer-2": {0, 1, 2, 3}})
	if after, _ := s.cluster.Generation("g"); after != before {
		t.Errorf("its return took the group from generation %d to %d, wanted no rebalance (KIP-345)", before, after)
	}
}

func TestDoErrors(t *testing.T) {
	t.Parallel()
	s := pair(t, quick())
	s.do(model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"})
	s.inState("consumer-2", model.LabKilled)
	if len(lacks()) == 0 {
		s.do(model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"})
	}
	bad := model.ConsumerSettings{HeartbeatInterval: time.Minute}
	for _, test := range []struct {
		action model.LabAction
		says   []string
	}{
		{model.LabAction{Kind: "dance"}, []string{`"dance"`}},
		{model.LabAction{Kind: model.LabStartConsumer}, []string{"group is missing"}},
		{model.LabAction{Kind: model.LabStartConsumer, Group: "g", Settings: &bad}, []string{"heartbeat.interval.ms", "session.timeout.ms"}},
		{model.LabAction{Kind: model.LabKill, Consumer: "consumer-9"}, []string{`"consumer-9"`, "consumer-1"}},
		{model.LabAction{Kind: model.LabKill, Consumer: "consumer-2"}, []string{"kill consumer-2", "has ended"}},
		{model.LabAction{Kind: model.LabLeave, Consumer: "consumer-2"}, []string{"leave consumer-2", "has ended"}},
		{model.LabAction{Kind: model.LabResume, Consumer: "consumer-2"}, []string{"has ended"}},
		{model.LabAction{Kind: model.LabSlow, Consumer: "consumer-2"}, []string{"has ended"}},
		{model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"}, []string{"is paused", "resume"}},
		{model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"}, []string{"paused already"}},
		{model.LabAction{Kind: model.LabSlow, Consumer: "consumer-1", ProcessingTime: -1}, []string{"processing.ms"}},
		{model.LabAction{Kind: model.LabRate, Rate: -5}, []string{"-5 records"}},
		{model.LabAction{Kind: model.LabRate, Topic: "other"}, []string{`"other"`, "orders"}},
		{model.LabAction{Kind: model.LabAddPartitions, Partitions: 2}, []string{"orders", "2"}},
		{model.LabAction{Kind: model.LabAddPartitions, Topic: "other"}, []string{`"other"`, "orders"}},
	} {
		t.Run(fmt.Sprint(test.action.Kind, test.says), func(t *testing.T) {
			err := s.lab.Do(context.Background(), test.action)
			for _, words := range test.says {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("Do gave %v, wanted it to say %q", err, words)
				}
			}
		})
	}
}
