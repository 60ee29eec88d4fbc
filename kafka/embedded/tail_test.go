package embedded

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// journal is what a tail has reported.
type journal struct {
	t        *testing.T
	mutex    sync.Mutex
	records  []model.Record
	batches  []*model.Records
	statuses []*model.TailStatus
}

// read tails a cluster until the test ends.
func read(t *testing.T, c *Cluster) *journal {
	t.Helper()
	j := &journal{t: t}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Tail(ctx, func(o model.Observation) {
			j.mutex.Lock()
			defer j.mutex.Unlock()
			switch o := o.(type) {
			case *model.Records:
				j.batches = append(j.batches, o)
				j.records = append(j.records, o.Records...)
			case *model.TailStatus:
				j.statuses = append(j.statuses, o)
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	kafkatest.Await(t, "the tail is on", func() bool {
		j.mutex.Lock()
		defer j.mutex.Unlock()
		return len(j.statuses) > 0 && j.statuses[0].State == model.TailOn && j.statuses[0].Following == j.statuses[0].Partitions
	})
	return j
}

// generations are the generation records of a group so far.
func (j *journal) generations(group string) (records []model.Record) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	for _, r := range j.records {
		if r.Group == group && r.Generation != nil {
			records = append(records, r)
		}
	}
	return records
}

// await waits for so many generation records of a group and returns them all.
func (j *journal) await(group string, count int) []model.Record {
	j.t.Helper()
	kafkatest.Await(j.t, fmt.Sprintf("%d generation records of %s", count, group), func() bool { return len(j.generations(group)) >= count })
	return j.generations(group)
}

// sync sends SyncGroup: a leader with what each member is to own.
func (m *member) sync(answer *kmsg.JoinGroupResponse, owned map[string][]int32) {
	m.t.Helper()
	request := kmsg.NewPtrSyncGroupRequest()
	request.Group, request.MemberID, request.Generation = m.group, m.id, answer.Generation
	request.ProtocolType, request.Protocol = kmsg.StringPtr("consumer"), kmsg.StringPtr("range")
	for id, partitions := range owned {
		a := kmsg.NewConsumerMemberAssignment()
		a.Topics = []kmsg.ConsumerMemberAssignmentTopic{{Topic: "words", Partitions: partitions}}
		request.GroupAssignment = append(request.GroupAssignment, kmsg.SyncGroupRequestGroupAssignment{MemberID: id, MemberAssignment: a.AppendTo(nil)})
	}
	if answer, err := request.RequestWith(context.Background(), m.client); err != nil || answer.ErrorCode != 0 {
		m.t.Errorf("SyncGroup: %v %+v", err, answer)
	}
}

func (m *member) leave() {
	m.t.Helper()
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group, request.MemberID = m.group, m.id
	request.Members = []kmsg.LeaveGroupRequestMember{{MemberID: m.id}}
	if answer, err := request.RequestWith(context.Background(), m.client); err != nil || answer.ErrorCode != 0 {
		m.t.Errorf("LeaveGroup: %v %+v", err, answer)
	}
}

func TestTailOfAGroupFromItsCreationToItsEnd(t *testing.T) {
	c := start(t, Options{})
	j := read(t, c)
	ctx := context.Background()
	m := &member{t: t, client: client(t, c), group: "readers", session: 20 * time.Second}
	m.join(ctx)
	answer := m.join(ctx)
	synced := time.Now()
	m.sync(answer, map[string][]int32{m.id: {2, 0}})
	records := j.await("readers", 2)
	created, first := records[0].Generation, records[1].Generation
	if created.Generation != 0 || len(created.Members) != 0 || created.Tombstone {
		t.Errorf("generation 0 is the creation: %+v", created)
	}
	if first.Generation != 1 || first.Leader != m.id || first.Assignor != "range" || first.ProtocolType != "consumer" || len(first.Members) != 1 {
		t.Fatalf("%+v", first)
	}
	got := first.Members[0]
	if got.ID != m.id || got.ClientID == "" || got.Host == "" || !got.AssignmentKnown ||
		!slices.Equal(got.Assignment, []model.TopicPartition{{Topic: "words"}, {Topic: "words", Partition: 2}}) ||
		got.SessionTimeout != model.Some(20*time.Second) || got.RebalanceTimeout != model.Some(kafkatest.Patience) {
		t.Errorf("%+v", got)
	}
	if first.JoinEnded.After(records[1].Written) || records[1].Written.Before(synced.Truncate(time.Millisecond)) {
		t.Errorf("joined at %s and written at %s, although synced at %s", first.JoinEnded, records[1].Written, synced)
	}
	m.leave()
	emptied := j.await("readers", 3)[2].Generation
	if emptied.Generation != 2 || len(emptied.Members) != 0 || emptied.Leader != "" || emptied.ProtocolType != "consumer" {
		t.Errorf("the last member has gone: %+v", emptied)
	}
	if _, err := kadm.NewClient(m.client).DeleteGroups(ctx, "readers"); err != nil {
		t.Fatal(err)
	}
	if deleted := j.await("readers", 4)[3].Generation; !deleted.Tombstone {
		t.Errorf("the group was deleted: %+v", deleted)
	}
	places(t, j, c)
}

// places checks that records have the partitions, offsets and brokers that Kafka gives them.
func places(t *testing.T, j *journal, c *Cluster) {
	t.Helper()
	j.mutex.Lock()
	defer j.mutex.Unlock()
	next := make(map[int32]int64)
	for _, batch := range j.batches {
		for _, r := range batch.Records {
			c.mu.RLock()
			coordinator := c.kfake.CoordinatorFor(r.Group)
			c.mu.RUnlock()
			if r.Offset != next[r.Partition] || r.Partition < 0 || r.Partition >= offsetsPartitions || batch.Broker != coordinator {
				t.Errorf("%+v of broker %d, which is coordinated by %d, wanted offset %d", r, batch.Broker, coordinator, next[r.Partition])
			}
			next[r.Partition]++
		}
	}
}

// A generation that nobody could read by is not written down, as in Apache Kafka.
func TestAGenerationThatWasSupersededHasNoRecord(t *testing.T) {
	c := start(t, Options{})
	j := read(t, c)
	ctx := context.Background()
	first := &member{t: t, client: client(t, c), group: "readers", session: kafkatest.Patience}
	second := &member{t: t, client: client(t, c), group: "readers", session: kafkatest.Patience}
	first.join(ctx)
	second.join(ctx)
	first.join(ctx) // generation 1, in which nobody syncs
	rebalancing := time.Now()
	joined := make(chan *kmsg.JoinGroupResponse, 1)
	go func() { joined <- second.join(ctx) }()
	kafkatest.Await(t, "the second member waits", func() bool { return c.state("readers") == statePreparingRebalance })
	answer := first.join(ctx)
	other := <-joined
	leader := first
	if other.LeaderID == second.id {
		leader, answer = second, other
	}
	leader.sync(answer, map[string][]int32{first.id: {0}, second.id: {1}})
	records := j.await("readers", 2)
	if last := records[1].Generation; len(records) != 2 || last.Generation != 2 || last.Leader != leader.id || len(last.Members) != 2 {
		t.Errorf("after the creation there is generation 2: %+v", records)
	}
	if calm := records[0].Generation.StableProbes; calm != nil {
		t.Errorf("a group's creation is no rebalance: it carries %v", calm)
	}
	calm := records[1].Generation.StableProbes
	if len(calm) == 0 {
		t.Error("nobody saw the group before its members joined")
	}
	for _, look := range calm {
		if look.Answered.After(rebalancing) || look.Asked.After(look.Answered) {
			t.Errorf("it rebalanced from before %s: a look from %s to %s did not find it calm", rebalancing, look.Asked, look.Answered)
		}
	}
}

func TestAStaticMemberThatComesBackIsWrittenInTheSameGeneration(t *testing.T) {
	c := start(t, Options{})
	j := read(t, c)
	ctx := context.Background()
	m := &member{t: t, client: client(t, c), group: "tills", session: kafkatest.Patience, instance: kmsg.StringPtr("till-1")}
	answer := m.join(ctx)
	m.sync(answer, map[string][]int32{m.id: {0, 1}})
	before := j.await("tills", 2)[1].Generation
	again := &member{t: t, client: client(t, c), group: "tills", session: kafkatest.Patience, instance: kmsg.StringPtr("till-1")}
	again.join(ctx)
	after := j.await("tills", 3)[2].Generation
	if after.Generation != before.Generation || after.Leader != again.id || again.id == m.id || len(after.Members) != 1 ||
		after.Members[0].ID != again.id || !slices.Equal(after.Members[0].Assignment, before.Members[0].Assignment) || !after.JoinEnded.Equal(before.JoinEnded) {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

func TestCommitsAreTold(t *testing.T) {
	c := start(t, Options{})
	j := read(t, c)
	ctx := context.Background()
	admin := kadm.NewClient(client(t, c))
	if _, err := admin.CreateTopic(ctx, 2, 1, nil, "words"); err != nil {
		t.Fatal(err)
	}
	for offset := range int64(3) {
		var o kadm.Offsets
		o.AddOffset("words", 0, 7, -1) // the same again and again
		o.AddOffset("words", 1, offset, -1)
		if err := admin.CommitAllOffsets(ctx, "tool", o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := admin.DeleteOffsets(ctx, "tool", kadm.TopicsSet{"words": {0: {}}}); err != nil {
		t.Fatal(err)
	}
	want := []string{"words-0 7", "words-1 0", "words-0 7", "words-1 1", "words-0 7", "words-1 2", "words-0 gone"}
	var got []string
	kafkatest.Await(t, "all commits are reported", func() bool {
		got = nil
		j.mutex.Lock()
		defer j.mutex.Unlock()
		for _, r := range j.records {
			switch {
			case r.Commit == nil:
				t.Errorf("no more than commits: %+v", r)
			case r.Commit.Tombstone:
				got = append(got, r.Commit.String()+" gone")
			default:
				got = append(got, fmt.Sprint(r.Commit.String(), " ", r.Commit.Offset))
			}
		}
		return len(got) >= len(want)
	})
	for i := 0; i+1 < min(len(got), len(want)); i += 2 { // the tool names the partitions of a commit in any order
		slices.Sort(got[i : i+2])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwanted %v", got, want)
	}
	places(t, j, c)
}

// owned is what members say they own: by generation and member id. A member that says it twice is a mistake.
type owned struct {
	mutex sync.Mutex
	said  map[int32]map[string][]model.TopicPartition
}

func (o *owned) say(generation int32, member string, partitions map[string][]int32) {
	var all []model.TopicPartition
	for topic, numbers := range partitions {
		for _, n := range numbers {
			all = append(all, model.TopicPartition{Topic: topic, Partition: n})
		}
	}
	slices.SortFunc(all, model.TopicPartition.Compare)
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.said == nil {
		o.said = make(map[int32]map[string][]model.TopicPartition)
	}
	if o.said[generation] == nil {
		o.said[generation] = make(map[string][]model.TopicPartition)
	}
	o.said[generation][member] = all
}

// consumers of two libraries that are not ours: each starts one, which says what it owns until stop is called.
var libraries = map[string]func(t *testing.T, c *Cluster, group string, o *owned) (stop func()){
	"franz-go": func(t *testing.T, c *Cluster, group string, o *owned) func() {
		cl, err := kgo.NewClient(kgo.SeedBrokers(c.Addresses()...), kgo.ConsumerGroup(group), kgo.ConsumeTopics("words"),
			kgo.Balancers(kgo.RangeBalancer()), kgo.HeartbeatInterval(20*time.Millisecond),
			kgo.OnPartitionsAssigned(func(_ context.Context, cl *kgo.Client, partitions map[string][]int32) {
				id, generation := cl.GroupMetadata()
				o.say(generation, id, partitions)
			}))
		if err != nil {
			t.Fatal(err)
		}
		return cl.Close
	},
	"sarama": func(t *testing.T, c *Cluster, group string, o *owned) func() {
		config := sarama.NewConfig()
		config.Version = sarama.V2_8_0_0
		config.Consumer.Group.Heartbeat.Interval = 20 * time.Millisecond
		config.Consumer.Group.Rebalance.Retry.Backoff = 20 * time.Millisecond
		consumer, err := sarama.NewConsumerGroup(c.Addresses(), group, config)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				_ = consumer.Consume(ctx, []string{"words"}, claims{o}) // an error is a rebalance that was superseded
			}
		}()
		return func() {
			cancel()
			<-done
			_ = consumer.Close()
		}
	},
}

type claims struct{ owned *owned }

func (c claims) Setup(s sarama.ConsumerGroupSession) error {
	c.owned.say(s.GenerationID(), s.MemberID(), s.Claims())
	return nil
}
func (claims) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (claims) ConsumeClaim(s sarama.ConsumerGroupSession, _ sarama.ConsumerGroupClaim) error {
	<-s.Context().Done()
	return nil
}

// Members come and go at random; every generation that a member has read by has one record, which says who owned what.
func TestEveryGenerationHasOneRecord(t *testing.T) {
	for name, consume := range libraries {
		t.Run(name, func(t *testing.T) {
			c := start(t, Options{})
			j := read(t, c)
			if _, err := kadm.NewClient(client(t, c)).CreateTopic(context.Background(), 7, 1, nil, "words"); err != nil {
				t.Fatal(err)
			}
			var said owned
			var stops []func()
			for step := range 12 {
				before := len(j.generations("storm"))
				if step%3 == 2 {
					stops[0]()
					stops = stops[1:]
				} else {
					stops = append(stops, consume(t, c, "storm", &said))
				}
				j.await("storm", before+1)
			}
			for _, stop := range stops {
				stop()
			}
			kafkatest.Await(t, "the group is empty", func() bool {
				records := j.generations("storm")
				return len(records[len(records)-1].Generation.Members) == 0 && c.members("storm") == 0
			})
			checkStorm(t, j.generations("storm"), &said)
			places(t, j, c)
		})
	}
}

func checkStorm(t *testing.T, records []model.Record, said *owned) {
	t.Helper()
	byGeneration := make(map[int32]*model.GenerationRecord)
	for i, r := range records {
		g := r.Generation
		if i > 0 && g.Generation <= records[i-1].Generation.Generation {
			t.Errorf("generation %d follows %d", g.Generation, records[i-1].Generation.Generation)
		}
		if i > 0 && r.Written.Before(records[i-1].Written) || g.JoinEnded.After(r.Written) {
			t.Errorf("generation %d joined at %s, written at %s, the one before at %s", g.Generation, g.JoinEnded, r.Written, records[max(0, i-1)].Written)
		}
		byGeneration[g.Generation] = g
		var all []model.TopicPartition
		for _, m := range g.Members {
			all = append(all, m.Assignment...)
		}
		slices.SortFunc(all, model.TopicPartition.Compare)
		if len(g.Members) > 0 && (len(all) != 7 || len(slices.Compact(all)) != 7) {
			t.Errorf("generation %d: 7 partitions have one owner each: %v", g.Generation, all)
		}
		if leads := slices.ContainsFunc(g.Members, func(m model.Member) bool { return m.ID == g.Leader }); leads != (len(g.Members) > 0) {
			t.Errorf("generation %d is led by %q: %+v", g.Generation, g.Leader, g.Members)
		}
	}
	said.mutex.Lock()
	defer said.mutex.Unlock()
	if len(said.said) < 5 {
		t.Errorf("only %d generations were read by", len(said.said))
	}
	for _, generation := range slices.Sorted(maps.Keys(said.said)) {
		g := byGeneration[generation]
		if g == nil {
			t.Errorf("generation %d was read by, and has no record", generation)
			continue
		}
		for id, partitions := range said.said[generation] {
			i, is := slices.BinarySearchFunc(g.Members, id, func(m model.Member, id string) int { return cmp.Compare(m.ID, id) })
			if !is || !slices.Equal(g.Members[i].Assignment, partitions) {
				t.Errorf("generation %d: %s owned %v: %+v", generation, id, partitions, g.Members)
			}
		}
	}
}

func TestTailEndsWithTheCluster(t *testing.T) {
	c := start(t, Options{})
	done := make(chan struct{})
	reported := make(chan struct{}, 1)
	go func() {
		defer close(done)
		c.Tail(context.Background(), func(model.Observation) { reported <- struct{}{} })
	}()
	<-reported
	c.Close()
	<-done // or the test's own time limit
}
