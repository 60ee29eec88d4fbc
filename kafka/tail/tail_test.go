package tail

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Main(m)) }

// watched is a tail that runs, and what it has reported.
type watched struct {
	*Tail
	telling atomic.Bool

	mutex     sync.Mutex
	records   []model.Record
	brokers   []int32           // of each record
	topics    [][]model.TopicID // that came with each record
	statuses  []model.TailStatus
	histories []*model.History
}

// watch runs a tail until the test ends, or end is called.
func watch(t testing.TB, config kafka.Config, options Options) (w *watched, end func()) {
	t.Helper()
	tail, err := New(config, options)
	if err != nil {
		t.Fatal(err)
	}
	return watchTail(t, tail)
}

func watchTail(t testing.TB, tail *Tail) (w *watched, end func()) {
	t.Helper()
	w = &watched{Tail: tail}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tail.Run(context.Background(), func(o model.Observation) { w.observe(t, o) })
	}()
	end = sync.OnceFunc(func() {
		if err := tail.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	t.Cleanup(end)
	return w, end
}

func (w *watched) observe(t testing.TB, o model.Observation) {
	if w.telling.Swap(true) {
		t.Error("two observations at the same time")
	}
	defer w.telling.Store(false)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if o.ObservedAt().IsZero() {
		t.Errorf("%T without a time", o)
	}
	switch o := o.(type) {
	case *model.Records:
		if len(o.Records) == 0 {
			t.Error("records without a record")
		}
		w.records = append(w.records, o.Records...)
		for range o.Records {
			w.brokers = append(w.brokers, o.Broker)
			w.topics = append(w.topics, o.Topics)
		}
	case *model.TailStatus:
		w.statuses = append(w.statuses, *o)
	case *model.History:
		w.histories = append(w.histories, o)
	default:
		t.Errorf("a %T from a tail", o)
	}
}

func (w *watched) status() model.TailStatus {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.statuses) == 0 {
		return model.TailStatus{}
	}
	return w.statuses[len(w.statuses)-1]
}

func (w *watched) reported() []model.Record {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.records)
}

// await waits until the condition holds of what the tail has reported.
func (w *watched) await(t testing.TB, what string, condition func(status model.TailStatus, records []model.Record) bool) {
	t.Helper()
	deadline := time.Now().Add(kafkatest.Patience)
	for !condition(w.status(), w.reported()) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s; status %+v, %d records", what, w.status(), len(w.reported()))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (w *watched) awaitState(t testing.TB, state model.TailState) model.TailStatus {
	t.Helper()
	w.await(t, "state "+string(state), func(s model.TailStatus, _ []model.Record) bool { return s.State == state })
	return w.status()
}

// awaitRecords waits for so many records and for no more.
func (w *watched) awaitRecords(t testing.TB, count int) []model.Record {
	t.Helper()
	w.await(t, fmt.Sprintf("%d records", count), func(_ model.TailStatus, records []model.Record) bool { return len(records) >= count })
	if got := w.reported(); len(got) != count {
		t.Fatalf("%d records instead of %d: %v", len(got), count, offsetsOfRecords(got))
	}
	return w.reported()
}

func offsetsOfRecords(records []model.Record) (places []string) {
	for _, r := range records {
		places = append(places, fmt.Sprintf("%s@%d/%d", r.Group, r.Partition, r.Offset))
	}
	return places
}

// newOffsetsTopic is a cluster in which a topic stands in for the one that the in-process broker does not have.
func newOffsetsTopic(t testing.TB, partitions int32) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	cluster := fake.NewCluster(t, kfake.SeedTopics(partitions, kafka.OffsetsTopic))
	return cluster, fake.NewClient(t, cluster)
}

func generationRecord(group string, generation int32) (key, value []byte) {
	k := kmsg.NewGroupMetadataKey()
	k.Version, k.Group = 2, group
	v := kmsg.NewGroupMetadataValue()
	v.Version, v.ProtocolType, v.Generation, v.CurrentStateTimestamp = 3, "consumer", generation, 1_700_000_000_000
	return k.AppendTo(nil), v.AppendTo(nil)
}

func commitRecord(group string, partition int32, offset int64) (key, value []byte) {
	k := kmsg.NewOffsetCommitKey()
	k.Version, k.Group, k.Topic, k.Partition = 1, group, "orders", partition
	v := kmsg.NewOffsetCommitValue()
	v.Version, v.Offset = 3, offset
	return k.AppendTo(nil), v.AppendTo(nil)
}

// epochRecord and targetEpochRecord are a consumer group's; key versions 3 and 6.
func epochRecord(group string, epoch int32) (key, value []byte) { return epochOf(3, group, epoch) }
func targetEpochRecord(group string, epoch int32) (key, value []byte) {
	return epochOf(6, group, epoch)
}

func epochOf(kind uint16, group string, epoch int32) (key, value []byte) {
	key = binary.BigEndian.AppendUint16(nil, kind)
	key = binary.BigEndian.AppendUint16(key, uint16(len(group)))
	value = binary.BigEndian.AppendUint32([]byte{0, 0}, uint32(epoch))
	return append(key, group...), append(value, 0)
}

// write appends a record to a partition of the topic and returns when it can be read.
func write(t testing.TB, client *kgo.Client, partition int32, key, value []byte) {
	t.Helper()
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: kafka.OffsetsTopic, Partition: partition, Key: key, Value: value}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func writeGeneration(t testing.TB, client *kgo.Client, partition int32, group string, generation int32) {
	t.Helper()
	key, value := generationRecord(group, generation)
	write(t, client, partition, key, value)
}

// What is written after the tail began is reported, with its place and time; what was there before is not. However the
// brokers compress it.
func TestTailReadsFromTheEnd(t *testing.T) {
	for name, codec := range map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	} {
		t.Run(name, func(t *testing.T) {
			cluster := fake.NewCluster(t, kfake.SeedTopics(4, kafka.OffsetsTopic))
			client := fake.NewClient(t, cluster, kgo.ProducerBatchCompression(codec))
			writeGeneration(t, client, 2, "before", 1)
			w, _ := watch(t, fake.Config(cluster), Options{})
			s := w.awaitState(t, model.TailOn)
			if s.Partitions != 4 || s.Following != 4 || len(s.Lost) != 0 || s.Reason != "" {
				t.Errorf("%+v", s)
			}
			key, value := generationRecord("after", 7)
			at := time.UnixMilli(1_700_000_000_123)
			record := &kgo.Record{Topic: kafka.OffsetsTopic, Partition: 2, Key: key, Value: value, Timestamp: at}
			if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
				t.Fatal(err)
			}
			got := w.awaitRecords(t, 1)[0]
			if got.Group != "after" || got.Generation == nil || got.Generation.Generation != 7 || got.Partition != 2 || got.Offset != 1 || !got.Written.Equal(at) {
				t.Errorf("%+v", got)
			}
			if w.brokers[0] != cluster.LeaderFor(kafka.OffsetsTopic, 2) {
				t.Errorf("reported of broker %d", w.brokers[0])
			}
		})
	}
}

// However leaders move while records are written, each is reported once, and those of a partition in their order.
func TestTailFollowsLeaders(t *testing.T) {
	const partitions, rounds = 5, 40
	cluster, client := newOffsetsTopic(t, partitions)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		for partition := range int32(partitions) {
			writeGeneration(t, client, partition, fmt.Sprint("group-", partition), int32(round))
			if random.IntN(4) == 0 {
				if err := cluster.MoveTopicPartition(kafka.OffsetsTopic, partition, random.Int32N(3)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	records := w.awaitRecords(t, partitions*rounds)
	next := make(map[int32]int64)
	for _, r := range records {
		if r.Offset != next[r.Partition] || int64(r.Generation.Generation) != r.Offset {
			t.Fatalf("partition %d: offset %d, generation %d, after %d", r.Partition, r.Offset, r.Generation.Generation, next[r.Partition]-1)
		}
		next[r.Partition]++
	}
	if s := w.status(); s.Gaps != 0 || s.State != model.TailOn {
		t.Errorf("%+v", s)
	}
}

// A topic that does not exist yet is waited for, and read from its beginning.
func TestTailOfATopicToCome(t *testing.T) {
	cluster := fake.NewCluster(t)
	client := fake.NewClient(t, cluster)
	w, _ := watch(t, fake.Config(cluster), Options{})
	if s := w.awaitState(t, model.TailAbsent); !strings.Contains(s.Reason, kafka.OffsetsTopic) {
		t.Errorf("%+v", s)
	}
	if err := cluster.CreateTopic(kafka.OffsetsTopic, 3, nil); err != nil {
		t.Fatal(err)
	}
	writeGeneration(t, client, 1, "first", 0)
	writeGeneration(t, client, 1, "first", 1)
	if got := w.awaitRecords(t, 2); got[0].Offset != 0 || got[1].Offset != 1 {
		t.Errorf("%v", offsetsOfRecords(got))
	}
	if s := w.awaitState(t, model.TailOn); s.Gaps != 0 {
		t.Errorf("%+v", s)
	}
}

// A refusal says which right is missing, on what, for whom.
func TestTailRefused(t *testing.T) {
	for _, test := range []struct {
		request kmsg.Key
		right   string
	}{{kmsg.Fetch, "READ"}, {kmsg.Metadata, "DESCRIBE"}} {
		t.Run(test.right, func(t *testing.T) {
			cluster, _ := newOffsetsTopic(t, 4)
			cluster.Fault(kfake.Fault{Keys: []kmsg.Key{test.request}, Topic: kafka.OffsetsTopic, Err: kerr.TopicAuthorizationFailed, Count: -1})
			w, _ := watch(t, fake.Config(cluster), Options{Mode: On})
			s := w.awaitState(t, model.TailRefused)
			if !strings.HasPrefix(s.Reason, test.right+` on topic "__consumer_offsets" is not allowed for User:ANONYMOUS`) || strings.Contains(s.Reason, "\n") {
				t.Errorf("%q", s.Reason)
			}
			w.mutex.Lock()
			defer w.mutex.Unlock()
			for _, s := range w.statuses {
				if s.State == model.TailOn {
					t.Error("it was reported to be on before it was refused")
				}
			}
		})
	}
}

// refusing is a cluster that answers every login as Kafka does one with a wrong password, and the configuration for one.
func refusing(t *testing.T) (config kafka.Config, logins *atomic.Int64) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(kafka.MechanismPlain, "alice", "right"))
	logins = new(atomic.Int64)
	cluster.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		logins.Add(1)
		answer := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode, answer.ErrorMessage = kerr.SaslAuthenticationFailed.Code, kmsg.StringPtr("Authentication failed: Invalid username or password")
		return answer, nil, true
	})
	config = fake.Config(cluster)
	config.SASL = kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: "alice", Password: "wrong"}
	return config, logins
}

// Accounts get locked by logins that are refused: those wait as long as the poller does, whatever else fails beside them.
func TestTailIsPatientWhereItsLoginIsRefused(t *testing.T) {
	config, _ := refusing(t)
	secured, closed := config.Brokers[0], fake.ClosedPort(t)
	for _, test := range []struct {
		name    string
		brokers []string // the last leads the partition
		want    time.Duration
	}{
		{"nobody listens", []string{closed}, retryFirst},
		{"the login is refused", []string{secured}, kafka.LoginRetry},
		{"one listens, and refuses the login", []string{closed, fake.ClosedPort(t), secured}, kafka.LoginRetry},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := config
			config.Brokers = test.brokers
			tail, err := New(config, Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tail.Close() })
			now := time.Now()
			f := newManager(t.Context(), tail, nil)
			f.refreshMetadata(now)
			if got := f.due().Sub(now); got != test.want {
				t.Errorf("the metadata are read again after %s, wanted %s", got, test.want)
			}

			f = newManager(t.Context(), tail, nil)
			f.applyMetadata([]*sarama.PartitionMetadata{{Leader: 1}}, now)
			r := newReader(f, 1, test.brokers[len(test.brokers)-1])
			f.placements[0].reader = r
			r.assign(f.partitions)
			r.run()
			f.collect(now)
			if got := f.placements[0].retryAt.Sub(now); got != test.want {
				t.Errorf("the partition is given to a reader again after %s, wanted %s", got, test.want)
			}
		})
	}
}

// The history of a group takes some attempts, but not where each is a login that is refused.
func TestHistoryLogsInOnceWhereItIsRefused(t *testing.T) {
	config, logins := refusing(t)
	tail, err := New(config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tail.Close() })
	var reported []model.Observation
	tail.emit = func(o model.Observation) { reported = append(reported, o) }
	tail.layout.Store(&layout{leaders: []int32{0}, addresses: map[int32]string{0: config.Brokers[0]}})
	tail.readHistory(t.Context(), "billing")
	if got := logins.Load(); got != 1 {
		t.Errorf("%d logins", got)
	}
	if h, is := reported[0].(*model.History); !is || h.Group != "billing" || h.Complete {
		t.Errorf("%+v", reported)
	}
}

// A partition whose leader does not answer for it is lost, and the others are read; when it comes back, what was written
// meanwhile is reported.
func TestTailLosesAPartition(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 3)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: kafka.OffsetsTopic, Partitions: []int32{1}, Err: kerr.NotLeaderForPartition, Count: -1})
	writeGeneration(t, client, 1, "a", 1)
	w.await(t, "partition 1 lost", func(s model.TailStatus, _ []model.Record) bool {
		return slices.Equal(s.Lost, []int32{1}) && s.Following == 2 && s.State == model.TailOn
	})
	writeGeneration(t, client, 0, "b", 1)
	w.awaitRecords(t, 1)
	writeGeneration(t, client, 1, "a", 2)
	fault.Remove()
	w.await(t, "partition 1 found again", func(s model.TailStatus, records []model.Record) bool {
		return len(s.Lost) == 0 && s.Following == 3 && len(records) == 3
	})
	if s := w.status(); s.Gaps != 0 {
		t.Errorf("%+v", s)
	}
}

// Where the log does not go back any more to what was read last, the tail goes on from the end and says that there is a gap.
func TestTailOutOfRange(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 1)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	writeGeneration(t, client, 0, "a", 1)
	w.awaitRecords(t, 1)
	fault := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: kafka.OffsetsTopic, Err: kerr.NotLeaderForPartition, Count: -1})
	writeGeneration(t, client, 0, "a", 2)
	w.await(t, "lost", func(s model.TailStatus, _ []model.Record) bool { return len(s.Lost) == 1 })
	before := len(w.reported())
	for generation := range int32(5) {
		writeGeneration(t, client, 0, "a", 3+generation)
	}
	if err := cluster.DeleteRecords(kafka.OffsetsTopic, 0, 6); err != nil {
		t.Fatal(err)
	}
	fault.Remove()
	w.await(t, "a gap", func(s model.TailStatus, _ []model.Record) bool { return s.Gaps == 1 && s.Following == 1 })
	writeGeneration(t, client, 0, "a", 9)
	if got := w.awaitRecords(t, before+1)[before]; got.Generation.Generation != 9 {
		t.Errorf("generation %d", got.Generation.Generation)
	}
}

// More traffic than the limit ends it, unless it was asked for.
func TestTailTooBusy(t *testing.T) {
	for _, test := range []struct {
		mode Mode
		want model.TailState
	}{{Auto, model.TailTooBusy}, {On, model.TailOn}} {
		t.Run(string(test.mode), func(t *testing.T) {
			cluster, client := newOffsetsTopic(t, 2)
			w, _ := watch(t, fake.Config(cluster), Options{Mode: test.mode, Limit: 10})
			w.awaitState(t, model.TailOn)
			for generation := range int32(5) {
				writeGeneration(t, client, 0, "a", generation)
			}
			w.await(t, "the traffic", func(s model.TailStatus, _ []model.Record) bool {
				return s.BytesPerSecond > 10 || s.State == model.TailTooBusy
			})
			s := w.status()
			if s.State != test.want || (s.Reason == "") != (test.want == model.TailOn) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Of many commits for one partition in one answer the first and the last are reported; generations all.
func TestTailCoalescesCommits(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 1)
	w, _ := watch(t, fake.Config(cluster), Options{Groups: func(id string) bool { return id != "unwanted" }})
	w.awaitState(t, model.TailOn)
	var batch []*kgo.Record
	add := func(key, value []byte) {
		batch = append(batch, &kgo.Record{Topic: kafka.OffsetsTopic, Key: key, Value: value})
	}
	for i := range int64(10) {
		add(commitRecord("a", 0, 100+i))
		add(commitRecord("a", 1, 200+i))
		add(commitRecord("unwanted", 0, i))
		if i == 5 {
			add(generationRecord("a", 1))
			add(commitRecord("b", 0, 7))
		}
	}
	key, _ := commitRecord("a", 1, 0)
	add(key, nil)
	if err := client.ProduceSync(t.Context(), batch...).FirstErr(); err != nil { // one batch
		t.Fatal(err)
	}
	var got []string
	for _, r := range w.awaitRecords(t, 6) {
		if r.Commit == nil {
			got = append(got, fmt.Sprintf("%s generation %d", r.Group, r.Generation.Generation))
		} else {
			got = append(got, fmt.Sprintf("%s %v at %d %v", r.Group, r.Commit.TopicPartition, r.Commit.Offset, r.Commit.Tombstone))
		}
	}
	want := []string{
		"a orders-0 at 100 false", "a orders-1 at 200 false", "a generation 1", "b orders-0 at 7 false", "a orders-0 at 109 false", "a orders-1 at -1 true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A commit in a transaction counts when the transaction is committed, and never if it is aborted. What is written beside
// does not wait for it.
func TestTailHoldsTransactions(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 1)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	producer := fake.NewClient(t, cluster, kgo.TransactionalID("tx"))
	transact := func(offset int64, end kgo.TransactionEndTry) {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for i := range int64(2) {
			key, value := commitRecord("tx", 0, offset+i)
			write(t, producer, 0, key, value)
		}
		writeGeneration(t, client, 0, "beside", int32(offset))
		w.await(t, "the generation beside", func(_ model.TailStatus, records []model.Record) bool {
			last := len(records) - 1
			return last >= 0 && records[last].Generation != nil && records[last].Generation.Generation == int32(offset)
		})
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	transact(10, kgo.TryAbort)
	transact(20, kgo.TryCommit)
	got := w.awaitRecords(t, 3)
	if c := got[2].Commit; c == nil || c.Offset != 21 || got[2].Group != "tx" {
		t.Errorf("%+v", got)
	}
}

// What cannot be read is counted, and nothing else happens.
func TestTailCountsWhatItCannotRead(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 1)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	key, value := generationRecord("a", 1)
	write(t, client, 0, key, value[:7])               // broken
	write(t, client, 0, []byte{9}, value)             // broken
	write(t, client, 0, nil, value)                   // broken
	write(t, client, 0, []byte{0, 15, 0, 0}, value)   // a streams group's
	write(t, client, 0, []byte{0, 4, 0, 1, 'g'}, nil) // known, and says nothing
	write(t, client, 0, key, value)
	w.awaitRecords(t, 1)
	w.await(t, "the counts", func(s model.TailStatus, _ []model.Record) bool { return s.Undecodable == 3 && s.Unrecognised == 1 })
}

// A batch that cannot be decoded, wherever it came from, costs what is in its partition and nothing else.
func TestTailBrokenBatch(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 3)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	var broken atomic.Int64
	cluster.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		fetch := request.(*kmsg.FetchRequest)
		for _, p := range fetch.Topics[0].Partitions {
			if p.Partition == 1 && p.FetchOffset == 0 {
				broken.Add(1)
				answer := fetch.ResponseKind().(*kmsg.FetchResponse)
				topic := kmsg.NewFetchResponseTopic()
				partition := kmsg.NewFetchResponseTopicPartition()
				topic.Topic, partition.Partition = kafka.OffsetsTopic, 1
				partition.RecordBatches = brokenBatch()
				topic.Partitions = append(topic.Partitions, partition)
				answer.Topics = append(answer.Topics, topic)
				return answer, nil, true
			}
		}
		return nil, nil, false
	})
	writeGeneration(t, client, 1, "b", 1)
	writeGeneration(t, client, 1, "b", 2)
	for partition := range int32(3) {
		if partition != 1 {
			writeGeneration(t, client, partition, "a", 1)
		}
	}
	w.await(t, "a gap", func(s model.TailStatus, _ []model.Record) bool { return s.Gaps == 1 && s.Undecodable == 1 })
	writeGeneration(t, client, 1, "b", 3)
	w.await(t, "what came after", func(_ model.TailStatus, records []model.Record) bool {
		return slices.ContainsFunc(records, func(r model.Record) bool { return r.Group == "b" && r.Generation.Generation == 3 })
	})
	others := 0
	for _, r := range w.reported() {
		if r.Group == "a" {
			others++
		}
	}
	if others != 2 || broken.Load() == 0 {
		t.Errorf("%d of 2 records of other partitions, after %d broken answers", others, broken.Load())
	}
}

// brokenBatch is a whole batch whose checksum is wrong.
func brokenBatch() []byte {
	batch := kmsg.RecordBatch{FirstOffset: 0, Magic: 2, NumRecords: 1, Records: []byte{20, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1}}
	batch.Length = int32(49 + len(batch.Records))
	batch.CRC = 1
	return batch.AppendTo(nil)
}

// Off is off: no broker is asked.
func TestTailOff(t *testing.T) {
	tail, err := New(kafka.Config{Brokers: []string{"127.0.0.1:1"}}, Options{Mode: Off})
	if err != nil {
		t.Fatal(err)
	}
	var reported []model.Observation
	tail.Focus("a")
	tail.Run(t.Context(), func(o model.Observation) { reported = append(reported, o) })
	if err := tail.Close(); err != nil || len(reported) != 1 || reported[0].(*model.TailStatus).State != model.TailOff {
		t.Errorf("%v, %v", reported, err)
	}
}

// Where no broker answers, the status says why, and the tail goes on trying.
func TestTailWithoutBrokers(t *testing.T) {
	w, _ := watch(t, kafka.Config{Brokers: []string{"127.0.0.1:1"}, Timeout: kafkatest.Patience, DialTimeout: kafkatest.Patience}, Options{})
	if s := w.awaitState(t, model.TailFailed); !strings.HasPrefix(s.Reason, "connection refused") {
		t.Errorf("%+v", s)
	}
}

// The tail asks for probes from before the join ended, by this machine's clock, whatever the broker's says.
func TestGenerationsCarryTheProbesThatFoundTheirGroupStable(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 2)
	type question struct {
		broker int32
		group  string
		before time.Time
	}
	asked := make(chan question, 10)
	reported := []model.ProbeTimes{{Asked: time.Unix(1_700_000_002, 0), Answered: time.Unix(1_700_000_003, 0)}, {Asked: time.Unix(1_700_000_000, 0), Answered: time.Unix(1_700_000_001, 0)}}
	w, _ := watch(t, fake.Config(cluster), Options{StableProbes: func(broker int32, group string, before time.Time) []model.ProbeTimes {
		asked <- question{broker, group, before}
		return reported
	}})
	w.awaitState(t, model.TailOn)
	key, value := generationRecord("billing", 7) // its join ended at 1,700,000,000
	record := &kgo.Record{Topic: kafka.OffsetsTopic, Partition: 1, Key: key, Value: value, Timestamp: time.UnixMilli(1_700_000_020_000)}
	began := time.Now()
	if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	writeGeneration(t, client, 1, "created", 0)
	records := w.awaitRecords(t, 2)
	if got := records[0].Generation.StableProbes; !slices.Equal(got, reported) {
		t.Errorf("carries %v, want %v", got, reported)
	}
	if got := records[1].Generation.StableProbes; got != nil {
		t.Errorf("a group's creation is no rebalance: it carries %v", got)
	}
	q := <-asked
	if q.broker != cluster.LeaderFor(kafka.OffsetsTopic, 1) || q.group != "billing" || len(asked) != 0 {
		t.Errorf("asked for %s at broker %d, and %d times more", q.group, q.broker, len(asked))
	}
	if read := q.before.Add(20 * time.Second); read.Before(began) || read.After(time.Now()) {
		t.Errorf("asked for probes before %s: the join ended 20 s before the record was written, and it was read after %s", q.before, began)
	}
}
