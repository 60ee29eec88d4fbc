package tail

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/kafkatest/fake"
	"regroup/model"
)

// targetRecord is what a member of a consumer group is to own of one topic; key version 7.
func targetRecord(group, member string, topic [16]byte, partitions ...int32) (key, value []byte) {
	key = binary.BigEndian.AppendUint16(nil, 7)
	for _, s := range []string{group, member} {
		key = append(binary.BigEndian.AppendUint16(key, uint16(len(s))), s...)
	}
	value = append([]byte{0, 0, 2}, topic[:]...)
	value = append(value, byte(len(partitions)+1))
	for _, p := range partitions {
		value = binary.BigEndian.AppendUint32(value, uint32(p))
	}
	return key, append(value, 0, 0)
}

// idOf is the id of a topic, as a broker tells it.
func idOf(t *testing.T, client *kgo.Client, topic string) [16]byte {
	t.Helper()
	request := kmsg.NewPtrMetadataRequest()
	named := kmsg.NewMetadataRequestTopic()
	named.Topic = &topic
	request.Topics = append(request.Topics, named)
	answer, err := request.RequestWith(t.Context(), client)
	if err != nil || len(answer.Topics) != 1 || answer.Topics[0].ErrorCode != 0 {
		t.Fatal(err, answer)
	}
	return answer.Topics[0].TopicID
}

// asksByID counts how often brokers are asked for topics by id; they answer when wait returns.
func asksByID(cluster *kfake.Cluster, wait func()) *atomic.Int64 {
	var asked atomic.Int64
	cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		topics := request.(*kmsg.MetadataRequest).Topics
		if !slices.ContainsFunc(topics, func(topic kmsg.MetadataRequestTopic) bool { return topic.TopicID != [16]byte{} }) {
			return nil, nil, false
		}
		asked.Add(1)
		cluster.SleepControl(wait)
		return nil, nil, false
	})
	return &asked
}

// awaitTopics waits for so many records and returns the names that came with the newest of them.
func (w *watched) awaitTopics(t *testing.T, count int) []model.TopicID {
	t.Helper()
	w.awaitRecords(t, count)
	return w.topicsWith(count - 1)
}

// topicsWith are the names that came with a record.
func (w *watched) topicsWith(record int) []model.TopicID {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.topics[record]
}

// Records of consumer groups name topics by their ids; their names come with them, although nobody has asked for the
// topics before. A broker is asked for each once.
func TestTailNamesTopics(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, kafka.OffsetsTopic), kfake.SeedTopics(4, "orders"), kfake.SeedTopics(4, "payments"))
	client := fake.NewClient(t, cluster)
	orders, payments := idOf(t, client, "orders"), idOf(t, client, "payments")
	asked := asksByID(cluster, func() {})
	w, _ := watch(t, fake.Config(cluster), Options{Groups: func(id string) bool { return id != "unwanted" }})
	w.awaitState(t, model.TailOn)

	named := func(id [16]byte, name string) []model.TopicID {
		return []model.TopicID{{ID: base64.RawURLEncoding.EncodeToString(id[:]), Name: name}}
	}
	count := 0
	tell := func(id [16]byte, why string, want []model.TopicID, asks int64) {
		t.Helper()
		key, value := targetRecord("g", fmt.Sprint("member-", count), id, 0, 1)
		write(t, client, 1, key, value)
		count++
		if got := w.awaitTopics(t, count); !slices.Equal(got, want) {
			t.Errorf("%s: names %v, want %v", why, got, want)
		}
		if got := asked.Load(); got != asks {
			t.Errorf("%s: asked %d times, want %d", why, got, asks)
		}
	}
	gone := [16]byte{1, 2, 3}
	tell(orders, "an id that was never seen", named(orders, "orders"), 1)
	tell(orders, "the same again", named(orders, "orders"), 1)
	tell(payments, "another", named(payments, "payments"), 2)
	tell(gone, "a topic that was deleted", nil, 3)
	tell(gone, "the same again, within some seconds", nil, 3)

	key, value := targetRecord("unwanted", "m", [16]byte{9}, 0)
	write(t, client, 1, key, value)
	writeGeneration(t, client, 1, "classic", 1)
	if count++; w.awaitTopics(t, count) != nil || asked.Load() != 3 {
		t.Errorf("asked %d times; want nothing for what is not reported, and for what names no topic", asked.Load())
	}
}

// Records do not wait long for a broker that does not answer; the answer serves those that come after it.
func TestTailDoesNotWaitForNames(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.SeedTopics(2, kafka.OffsetsTopic), kfake.SeedTopics(4, "orders"))
	client := fake.NewClient(t, cluster)
	orders := idOf(t, client, "orders")
	release := make(chan struct{})
	asksByID(cluster, func() { <-release })
	w, _ := watch(t, fake.Config(cluster), Options{})
	w.awaitState(t, model.TailOn)
	key, value := targetRecord("g", "m", orders, 0)
	write(t, client, 0, key, value)
	topics := w.awaitTopics(t, 1)
	close(release)
	if topics != nil {
		t.Errorf("names %v from a broker that has not answered", topics)
	}
	deadline := time.Now().Add(kafkatest.Patience)
	for count := 2; len(topics) == 0; count++ {
		if time.Now().After(deadline) {
			t.Fatal("the name never comes")
		}
		write(t, client, 0, key, value)
		topics = w.awaitTopics(t, count)
	}
}

// Nor is a login tried for them again and again that is refused: accounts get locked.
func TestNamesAreNotAskedForWhereTheLoginIsRefused(t *testing.T) {
	config, logins := refusing(t)
	options, err := config.Kgo()
	if err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	names := newTopicNames(t.Context(), &asking, options)
	defer names.close()
	var first int64
	for i := range byte(5) {
		id := [16]byte{i + 1}
		if topics := names.of(t.Context(), 0, []string{base64.RawURLEncoding.EncodeToString(id[:])}); topics != nil {
			t.Errorf("names %v of a broker that refuses to speak", topics)
		}
		asking.Wait()
		if i == 0 {
			first = logins.Load()
		}
	}
	if first == 0 || logins.Load() != first {
		t.Errorf("%d logins for the first name, %d for five", first, logins.Load())
	}
}
