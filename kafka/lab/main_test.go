package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"regroup/kafka"
	"regroup/kafka/embedded"
	"regroup/kafka/kafkatest"
	"regroup/model"
	"regroup/model/settings"
)

// The test binary is its own child: started with one of these arguments it does not test.
const (
	argChild  = "lab-child"
	argParent = "lab-parent"
	argGarble = "lab-garble"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case argChild:
			exit(RunChild(context.Background(), os.Stdin, os.Stdout))
		case argParent:
			exit(runParent())
		case argGarble:
			fmt.Println("this is not a report")
			fmt.Fprintln(os.Stderr, "something went wrong")
			os.Exit(3)
		}
	}
	kafkatest.ParallelWaits()
	goleak.VerifyTestMain(kafkatest.Main(m))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func childCommand() []string { return []string{os.Args[0], argChild} }

// patience is how long a condition may take to come true before a test fails.
const patience = 60 * time.Second

// assignors are the values of partition.assignment.strategy.
func assignors() []string {
	s, _ := settings.Named("partition.assignment.strategy")
	return s.Choices
}

// quick are settings with which rebalances take a fraction of a second and no session times out by accident.
func quick() model.ConsumerSettings {
	s := settings.Defaults()
	s.SessionTimeout = 20 * time.Second
	s.HeartbeatInterval = 100 * time.Millisecond
	s.AutoCommitInterval = 100 * time.Millisecond
	s.ProcessingTime = 0
	return s
}

// withSettings is the scene with the settings of every consumer replaced.
func withSettings(s Scene, replacement model.ConsumerSettings) Scene {
	s = s.clone()
	s.Settings = SettingsOf(replacement)
	for i := range s.Groups {
		s.Groups[i].Settings = nil
		for j := range s.Groups[i].Consumers {
			s.Groups[i].Consumers[j].Settings = nil
		}
	}
	for i := range s.Steps {
		s.Steps[i].Settings = nil
	}
	return s
}

// stage is a lab on a cluster of its own, and what is seen of it.
type stage struct {
	t       *testing.T
	lab     *Lab
	cluster *embedded.Cluster
	kafka   kafka.Config
	admin   *kadm.Client

	mu   sync.Mutex
	seen []*model.LabSnapshot
}

func newCluster(t *testing.T) (*embedded.Cluster, kafka.Config) {
	t.Helper()
	cluster, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster, kafka.Config{Brokers: cluster.Addresses()}
}

func newAdmin(t *testing.T, config kafka.Config) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(config.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// play plays the scene on an embedded cluster until the test ends.
func play(t *testing.T, scene Scene) *stage {
	t.Helper()
	cluster, config := newCluster(t)
	s := &stage{t: t, cluster: cluster, kafka: config}
	s.start(Options{Scene: scene})
	return s
}

func (s *stage) start(options Options) {
	s.t.Helper()
	s.admin = newAdmin(s.t, s.kafka)
	options.Kafka, options.Command = s.kafka, childCommand()
	options.Emit = func(snapshot *model.LabSnapshot) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, snapshot)
	}
	var err error
	if s.lab, err = New(options); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.lab.Start(ctx); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) close() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.lab.Close(ctx); err != nil {
		s.t.Error(err)
	}
}

func (s *stage) do(action model.LabAction) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.lab.Do(ctx, action); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) snapshots() []*model.LabSnapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// consumer is the consumer in the newest snapshot; nothing if it is not in it.
func (s *stage) consumer(name string) model.LabConsumer {
	seen := s.snapshots()
	if len(seen) == 0 {
		return model.LabConsumer{}
	}
	for _, c := range seen[len(seen)-1].Consumers {
		if c.Name == name {
			return c
		}
	}
	return model.LabConsumer{}
}

func (s *stage) producer() model.LabProducer {
	seen := s.snapshots()
	if len(seen) == 0 || len(seen[len(seen)-1].Producers) == 0 {
		return model.LabProducer{}
	}
	return seen[len(seen)-1].Producers[0]
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Fatalf("never came true: %s", what)
}

// inState waits until the lab reports that state of the consumer.
func (s *stage) inState(name string, state model.LabState) model.LabConsumer {
	s.t.Helper()
	var c model.LabConsumer
	defer func() {
		if s.t.Failed() {
			s.t.Logf("last seen: %+v", c)
		}
	}()
	eventually(s.t, name+" is "+string(state), func() bool {
		c = s.consumer(name)
		return c.State == state
	})
	return c
}

// describe is the group as the cluster has it; nothing while its coordinator cannot be asked.
func (s *stage) describe(group string) kadm.DescribedGroup {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	groups, err := s.admin.DescribeGroups(ctx, group)
	if err != nil && ctx.Err() != nil {
		s.t.Fatal(err)
	}
	return groups[group]
}

// owners are the partitions of the group's members by their client ids, as the cluster has them. A member without any is
// there too.
func owners(group kadm.DescribedGroup) map[string][]int32 {
	owners := map[string][]int32{}
	for _, m := range group.Members {
		owners[m.ClientID] = []int32{}
		if assignment, ok := m.Assigned.AsConsumer(); ok {
			for _, topic := range assignment.Topics {
				owners[m.ClientID] = append(owners[m.ClientID], topic.Partitions...)
			}
		}
		slices.Sort(owners[m.ClientID])
	}
	return owners
}

// settles waits until the group is stable with exactly these owners.
func (s *stage) settles(group string, wanted map[string][]int32) {
	s.t.Helper()
	var state string
	var got map[string][]int32
	defer func() {
		if s.t.Failed() {
			s.t.Logf("last seen: %s %v", state, got)
			if seen := s.snapshots(); len(seen) > 0 {
				s.t.Logf("the lab: %+v", *seen[len(seen)-1])
			}
		}
	}()
	eventually(s.t, fmt.Sprintf("group %s is stable with %v", group, wanted), func() bool {
		described := s.describe(group)
		state, got = described.State, owners(described)
		return state == "Stable" && fmt.Sprint(got) == fmt.Sprint(wanted)
	})
}

// committed is the sum of the commits of oneConsumer's group, and end that of the log ends of its topic.
func (s *stage) committed() (committed, end int64) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	offsets, err := s.admin.FetchOffsets(ctx, "g")
	if err != nil {
		s.t.Fatal(err)
	}
	offsets.Each(func(o kadm.OffsetResponse) { committed += o.At })
	ends, err := s.admin.ListEndOffsets(ctx, "orders")
	if err != nil {
		s.t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { end += o.Offset })
	return committed, end
}

// childWithPID is a command as if it had been started.
func childWithPID(pid int) *exec.Cmd { return &exec.Cmd{Process: &os.Process{Pid: pid}} }
