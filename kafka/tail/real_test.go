package tail

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/records"
	"regroup/model"
)

// puppet rebalances its group as often as it is reported. It is given up soon: a member whose coordinator died is not waited for.
func puppet(client *kgo.Client, group string) *kafkatest.Puppet {
	return &kafkatest.Puppet{Client: client, Group: group, Topic: "orders", Partitions: 1, RebalanceTimeout: time.Second}
}

// placed is where a record stands.
type placed struct {
	partition int32
	offset    int64
}

// generationsWritten reads the whole topic by another client: where generations of groups stand whose ids start with prefix.
func generationsWritten(t *testing.T, c *kafkatest.Cluster, prefix string) map[placed]bool {
	t.Helper()
	ends, err := c.Admin(t).ListEndOffsets(t.Context(), kafka.OffsetsTopic)
	if err != nil {
		t.Fatal(err)
	}
	client := c.Client(t, kgo.ConsumeTopics(kafka.OffsetsTopic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	at := make(map[int32]int64)
	found := make(map[placed]bool)
	behind := func() bool {
		late := false
		ends.Each(func(end kadm.ListedOffset) { late = late || at[end.Partition] < end.Offset })
		return late
	}
	for behind() {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			at[r.Partition] = r.Offset + 1
			var key kmsg.GroupMetadataKey
			if len(r.Key) > 2 && binary.BigEndian.Uint16(r.Key) == uint16(records.KindGeneration) && !r.Attrs.IsControl() &&
				key.ReadFrom(r.Key) == nil && strings.HasPrefix(key.Group, prefix) {
				found[placed{r.Partition, r.Offset}] = true
			}
		})
	}
	return found
}

// Brokers are shut down, killed and paused while groups rebalance: every generation that is in the log is reported once, in
// its partition's order, and nothing else is.
func TestTailOnARealClusterWhoseLeadersMove(t *testing.T) {
	const prefix = "moves-"
	c := kafkatest.Shared(t)
	client := c.Client(t)
	w, _ := watch(t, kafka.Config{Brokers: c.Brokers()}, Options{Groups: func(id string) bool { return strings.HasPrefix(id, prefix) }})

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			member := puppet(client, fmt.Sprint(prefix, i))
			for ctx.Err() == nil {
				limited, cancel := context.WithTimeout(ctx, 5*time.Second)
				if member.Rejoin(limited) != nil {
					time.Sleep(20 * time.Millisecond)
				}
				cancel()
				time.Sleep(200 * time.Millisecond) // the race detector has to keep up
			}
		})
	}
	growing := func(when string) {
		t.Helper()
		before := len(w.reported())
		w.await(t, "new records "+when, func(s model.TailStatus, reported []model.Record) bool {
			return len(reported) > before+40 && s.State == model.TailOn && s.Following == s.Partitions
		})
	}
	growing("at first")
	long := os.Getenv("REGROUP_TEST_LONG") != "" // every broker in turn, one that is killed, and one that is paused
	shutdowns := 1
	if long {
		shutdowns = 3
	}
	for id := 1; id <= shutdowns; id++ {
		c.Shutdown(t, id)
		growing(fmt.Sprint("without broker ", id))
		c.StartBroker(t, id)
	}
	if long {
		c.Kill(t, 2)
		growing("after a kill")
		c.StartBroker(t, 2)
		c.Pause(t, 3)
		growing("while a broker is paused")
		c.Resume(t, 3)
	}
	growing("at last")
	stop()
	writers.Wait()

	written := generationsWritten(t, c, prefix)
	w.await(t, "everything reported", func(_ model.TailStatus, reported []model.Record) bool { return len(reported) >= len(written) })
	last := make(map[int32]int64)
	for i, r := range w.reported() {
		if before, is := last[r.Partition]; is && r.Offset <= before {
			t.Errorf("record %d: offset %d of partition %d after %d", i, r.Offset, r.Partition, before)
		}
		last[r.Partition] = r.Offset
		at := placed{r.Partition, r.Offset}
		if !written[at] {
			t.Errorf("reported of what another client does not find: %+v", at)
		}
		delete(written, at)
	}
	for at := range written {
		t.Errorf("not reported: %+v", at)
	}
	s := w.status()
	t.Logf("%d records reported; %+v", len(w.reported()), s)
	if s.Gaps != 0 || s.Undecodable != 0 || len(s.Lost) != 0 {
		t.Errorf("%+v", s)
	}
}

// What the tail takes for granted of a real cluster: where a group is kept, who is refused, what a transaction's commits
// are worth.
func TestTailOnARealCluster(t *testing.T) {
	c := kafkatest.Shared(t)
	client := c.Client(t)
	c.CreateTopic(t, "orders", 2)
	w, _ := watch(t, kafka.Config{Brokers: c.Brokers()}, Options{})
	member := puppet(client, "real")
	kafkatest.Eventually(t, func() string {
		if err := member.Rejoin(t.Context()); err != nil {
			return err.Error()
		}
		return ""
	})
	w.awaitState(t, model.TailOn)

	t.Run("the coordinator leads the partition of the group", func(t *testing.T) {
		described, err := c.Admin(t).ListTopics(t.Context(), kafka.OffsetsTopic)
		if err != nil {
			t.Fatal(err)
		}
		partitions := described[kafka.OffsetsTopic].Partitions
		for i := range 300 {
			group := []string{"group", "Gruppe-ü", "組", "😀"}[i%4] + strings.Repeat("x", i%7) + fmt.Sprint(i*7919)
			request := kmsg.NewPtrFindCoordinatorRequest()
			request.CoordinatorKeys = []string{group}
			answer, err := request.RequestWith(t.Context(), client)
			if err != nil || len(answer.Coordinators) != 1 || answer.Coordinators[0].ErrorCode != 0 {
				t.Fatalf("%s: %v %+v", group, err, answer)
			}
			if got, want := partitions[records.PartitionOf(group, len(partitions))].Leader, answer.Coordinators[0].NodeID; got != want {
				t.Errorf("%s: broker %d leads its partition, broker %d coordinates", group, got, want)
			}
		}
	})

	t.Run("a history of a group that is reported of since long", func(t *testing.T) {
		w.Focus("real")
		h := w.awaitHistory(t, "real")
		if len(h.Records) != 1 || h.Records[0].Generation == nil || len(h.Records[0].Generation.Members) != 1 || !h.Complete {
			t.Errorf("%+v", h)
		}
	})

	t.Run("the names of topics that no group has read before", func(t *testing.T) {
		c.CreateTopic(t, "unread", 2)
		request := kmsg.NewPtrConsumerGroupHeartbeatRequest()
		request.Group, request.MemberID, request.RebalanceTimeoutMillis = "unread-readers", "the-first", 10_000
		request.SubscribedTopicNames, request.Topics = []string{"unread"}, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
		gives := func(r model.Record) bool {
			return r.Group == "unread-readers" && r.Target != nil && len(r.Target.Partitions) == 2
		}
		kafkatest.Eventually(t, func() string { // the target may be computed some heartbeats later
			answer, err := request.RequestWith(t.Context(), client)
			if err != nil || answer.ErrorCode != 0 {
				return fmt.Sprint(err, answer)
			}
			if request.MemberEpoch = answer.MemberEpoch; !slices.ContainsFunc(w.reported(), gives) {
				return "no target"
			}
			return ""
		})
		at := slices.IndexFunc(w.reported(), gives)
		if topics := w.topicsWith(at); len(topics) != 1 || topics[0].Name != "unread" || topics[0].ID != w.reported()[at].Target.Partitions[0].TopicID {
			t.Errorf("names %v", topics)
		}
	})

	t.Run("refused without READ", func(t *testing.T) {
		config := kafka.Config{Brokers: c.SASL(t), SASL: kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: kafkatest.Guest.Name, Password: kafkatest.Guest.Password}}
		for _, right := range []string{"DESCRIBE", "READ"} {
			w, end := watch(t, config, Options{})
			if s := w.awaitState(t, model.TailRefused); !strings.HasPrefix(s.Reason, right+` on topic "__consumer_offsets" is not allowed for User:guest`) {
				t.Errorf("%q, want %s", s.Reason, right)
			}
			end()
			acl := kadm.NewACLs().Topics(kafka.OffsetsTopic).Allow("User:guest").AllowHosts("*").ResourcePatternType(kadm.ACLPatternLiteral)
			granted := acl.Operations(kadm.OpDescribe)
			if right == "READ" {
				granted = acl.Operations(kadm.OpRead)
			}
			if _, err := c.Admin(t).CreateACLs(t.Context(), granted); err != nil {
				t.Fatal(err)
			}
			awaitGranted(t, config, right)
		}
		w, _ := watch(t, config, Options{})
		if s := w.awaitState(t, model.TailOn); s.Following != s.Partitions {
			t.Errorf("%+v", s)
		}
	})

	t.Run("commits of a transaction count when it does", func(t *testing.T) {
		w, _ := watch(t, kafka.Config{Brokers: c.Brokers()}, Options{Groups: func(id string) bool { return id == "transactions" }})
		w.awaitState(t, model.TailOn)
		c.Produce(t, "orders", 0, 10)
		session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(c.Brokers()...), kgo.TransactionalID("tail-transactions"),
			kgo.ConsumerGroup("transactions"), kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
			kgo.MaxConcurrentFetches(1), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
			for polled := 0; polled < 10; {
				polled += session.PollFetches(t.Context()).NumRecords()
			}
			if err := session.Begin(); err != nil {
				t.Fatal(err)
			}
			if err := session.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte("v"), Partition: 1}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if _, err := session.End(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		isCommit := func(r model.Record) bool { return r.Commit != nil && !r.Commit.Tombstone }
		w.await(t, "a commit", func(_ model.TailStatus, reported []model.Record) bool { return slices.ContainsFunc(reported, isCommit) })
	})
}

// awaitGranted waits until every broker has heard of the grant.
func awaitGranted(t *testing.T, config kafka.Config, right string) {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		w, end := watch(t, config, Options{})
		defer end()
		w.await(t, "an answer", func(s model.TailStatus, _ []model.Record) bool {
			return s.State == model.TailRefused || s.State == model.TailOn && s.Following == s.Partitions
		})
		if s := w.status(); s.State == model.TailRefused && strings.HasPrefix(s.Reason, right) {
			return s.Reason
		}
		return ""
	})
}

// BenchmarkTail measures from the timestamp of a generation's record to its observation, while 100 groups rebalance at
// once, again and again:
//
//	REGROUP_TEST_KAFKA=1 go test -run '^$' -bench Tail -benchtime 50x ./kafka/tail
//
// Timestamps are in whole milliseconds, so up to one of them is not the tail's.
func BenchmarkTail(b *testing.B) {
	const groups = 100
	const benchPrefix = "regroup-bench-"
	kafkatest.Require(b, "java", "mvn")
	brokers := kafkatest.Start(b, kafkatest.Options{}).Brokers()
	var mutex sync.Mutex
	var took []time.Duration
	arrived := make(chan struct{}, groups)
	tail, err := New(kafka.Config{Brokers: brokers}, Options{Mode: On, Groups: func(id string) bool { return strings.HasPrefix(id, benchPrefix) }})
	if err != nil {
		b.Fatal(err)
	}
	on := make(chan struct{})
	turnOn := sync.OnceFunc(func() { close(on) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		tail.Run(b.Context(), func(o model.Observation) {
			now := time.Now()
			switch o := o.(type) {
			case *model.TailStatus:
				if o.State == model.TailOn {
					turnOn()
				}
			case *model.Records:
				for _, r := range o.Records {
					if g := r.Generation; g != nil && len(g.Members) > 0 {
						mutex.Lock()
						took = append(took, now.Sub(r.Written))
						mutex.Unlock()
						arrived <- struct{}{}
					}
				}
			}
		})
	}()
	b.Cleanup(func() { _ = tail.Close(); <-done })
	// A broker answers one request of a connection at a time: many clients, so that the groups do not wait for each other.
	clients := make([]*kgo.Client, 20)
	for i := range clients {
		if clients[i], err = kgo.NewClient(kgo.SeedBrokers(brokers...)); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(clients[i].Close)
	}
	members := make([]*kafkatest.Puppet, groups)
	for i := range members {
		members[i] = puppet(clients[i%len(clients)], fmt.Sprint(benchPrefix, "tail-", i))
	}
	round := func() {
		var all sync.WaitGroup
		for _, m := range members {
			all.Go(func() {
				for attempt := 0; m.Rejoin(b.Context()) != nil; attempt++ {
					if attempt > 100 {
						b.Errorf("%s does not come to a generation", m.Group)
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		for range groups {
			select {
			case <-arrived:
			case <-time.After(kafkatest.Patience):
				b.Fatal("a generation was not reported")
			}
		}
		all.Wait()
	}
	// The first group makes the topic, if there was none.
	for attempt := 0; ; attempt++ {
		if err := members[0].Rejoin(b.Context()); err == nil {
			break
		} else if attempt > 1_000 {
			b.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	<-on
	for quiet := false; !quiet; { // that generation may be reported, or have been written before
		select {
		case <-arrived:
		case <-time.After(time.Second):
			quiet = true
		}
	}
	round()
	mutex.Lock()
	took = nil
	mutex.Unlock()
	for b.Loop() {
		round()
	}
	mutex.Lock()
	defer mutex.Unlock()
	slices.Sort(took)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*percent/100])/1e6, fmt.Sprintf("p%d-ms", percent))
	}
	b.ReportMetric(float64(took[len(took)-1])/1e6, "max-ms")
	b.ReportMetric(float64(len(took)), "generations")
}
