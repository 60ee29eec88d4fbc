package tail

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/kafka/kafkatest/fake"
	"regroup/kafka/records"
	"regroup/model"
)

func (w *watched) awaitHistory(t testing.TB, group string) *model.History {
	t.Helper()
	var found *model.History
	w.await(t, "the history of "+group, func(model.TailStatus, []model.Record) bool {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		for _, h := range w.histories {
			if h.Group == group {
				found = h
			}
		}
		return found != nil
	})
	return found
}

// fill appends commits of another group.
func fill(t testing.TB, client *kgo.Client, partition int32, count int) {
	t.Helper()
	records := make([]*kgo.Record, count)
	for i := range records {
		key, value := commitRecord("another", 0, int64(i))
		records[i] = &kgo.Record{Topic: kafka.OffsetsTopic, Partition: partition, Key: key, Value: value}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// The newest that a group's partition says of it is found, however far back, once for each group that is opened.
func TestHistory(t *testing.T) {
	const partitions = 4
	cluster, client := newOffsetsTopic(t, partitions)
	at := func(group string) int32 { return records.PartitionOf(group, partitions) }
	put := func(group string, key, value []byte) { write(t, client, at(group), key, value) }

	writeGeneration(t, client, at("classic"), "classic", 1)
	writeGeneration(t, client, at("classic"), "classic", 2)
	for _, kind := range []func(string, int32) ([]byte, []byte){epochRecord, targetEpochRecord} {
		for epoch := range int32(3) {
			key, value := kind("modern", epoch)
			put("modern", key, value)
		}
	}
	key, value := generationRecord("migrated", 9)
	put("migrated", key, value)
	put("migrated", key, nil)
	key, value = epochRecord("migrated", 10)
	put("migrated", key, value)
	for partition := range int32(partitions) {
		fill(t, client, partition, 5_000)
	}
	key, _ = generationRecord("deleted", 1)
	put("deleted", key, nil)

	w, _ := watch(t, fake.Config(cluster), Options{})
	for _, test := range []struct {
		group, want, why string
	}{
		{"classic", "generation 2", "the newest of two"},
		{"modern", "epoch 2, target epoch 2", "the newest of each"},
		{"migrated", "generation 0 gone, epoch 10", "it became a consumer group: what was before is over"},
		{"deleted", "generation 0 gone", "it was deleted"},
		{"unheard-of", "", "nothing is known of it, and that is certain"},
	} {
		w.Focus(test.group)
		w.Focus(test.group)
		h := w.awaitHistory(t, test.group)
		got := ""
		for i, r := range h.Records {
			if i > 0 {
				got += ", "
			}
			switch {
			case r.Generation != nil:
				got += fmt.Sprint("generation ", r.Generation.Generation)
				if r.Generation.Tombstone {
					got += " gone"
				}
			case r.Epoch != nil:
				got += fmt.Sprint("epoch ", r.Epoch.Epoch)
			case r.TargetEpoch != nil:
				got += fmt.Sprint("target epoch ", r.TargetEpoch.Epoch)
			}
			if r.Partition != at(test.group) || r.Written.IsZero() || i > 0 && r.Offset <= h.Records[i-1].Offset {
				t.Errorf("%s: %+v", test.group, r)
			}
		}
		if got != test.want || !h.Complete || h.Broker != cluster.LeaderFor(kafka.OffsetsTopic, at(test.group)) {
			t.Errorf("%s: %q (complete %v, broker %d), want %q: %s", test.group, got, h.Complete, h.Broker, test.want, test.why)
		}
	}
	if got := len(w.histories); got != 5 {
		t.Errorf("%d histories for 5 groups", got)
	}
	if got := w.reported(); len(got) != 0 {
		t.Errorf("%d records of before", len(got))
	}
}

// Reading back ends at its bound, and the history says that there may be more.
func TestHistoryIsBounded(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 1)
	writeGeneration(t, client, 0, "a", 1)
	fill(t, client, 0, 3_000)
	tail, err := New(fake.Config(cluster), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tail.historyBytes = 50_000
	w, _ := watchTail(t, tail)
	w.Focus("a")
	if h := w.awaitHistory(t, "a"); h.Complete || len(h.Records) != 0 {
		t.Errorf("%+v", h)
	}
}

// A history waits for a tail that is not on yet: what it tells joins what the tail tells.
func TestHistoryWaitsForTheTail(t *testing.T) {
	cluster := fake.NewCluster(t)
	client := fake.NewClient(t, cluster)
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.Focus("a")
	w.awaitState(t, model.TailAbsent)
	if err := cluster.CreateTopic(kafka.OffsetsTopic, 2, nil); err != nil {
		t.Fatal(err)
	}
	writeGeneration(t, client, records.PartitionOf("a", 2), "a", 3)
	if h := w.awaitHistory(t, "a"); len(h.Records) == 1 && h.Records[0].Generation.Generation != 3 {
		t.Errorf("%+v", h)
	}
	w.awaitRecords(t, 1)
}

// Close ends a history that is being read from a broker that hangs.
func TestCloseEndsAHistory(t *testing.T) {
	cluster, _ := newOffsetsTopic(t, 1)
	w, end := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	asked, answer := make(chan struct{}, 100), make(chan struct{})
	cluster.ControlKey(int16(kmsg.ListOffsets), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked <- struct{}{}
		<-answer
		return nil, nil, false
	})
	w.Focus("a")
	<-asked
	end()
	close(answer)
}
