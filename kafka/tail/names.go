package tail

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka"
	"regroup/kafka/records"
	"regroup/model"
)

const (
	nameWait    = 500 * time.Millisecond // how long records wait for the names of the topics in them
	namelessFor = 5 * time.Second        // how long an id without a name is not asked for again
	namesKept   = 10_000                 // ids
	namesAsked  = 1_000                  // ids in one request
)

// topicNames are the names of topics by their ids. A name never changes: a recreated topic has another id. Records of
// consumer groups have ids only (KIP-848).
type topicNames struct {
	running *sync.WaitGroup // of the requests
	closed  context.Context
	// client sends the requests: sarama cannot ask by id (KIP-516). It is made when it is first needed.
	client func() (*kgo.Client, error)

	mutex       sync.Mutex
	names       map[string]*topicName // by id
	used        bool                  // there is a client
	pausedUntil time.Time             // until when nothing is asked because a login was refused: accounts get locked
}

// topicName is the result of asking for one id.
type topicName struct {
	asked time.Time
	done  chan struct{} // closed when name is final
	name  string        // "" is unknown; may be read when done is closed
}

func newTopicNames(closed context.Context, running *sync.WaitGroup, options []kgo.Opt) *topicNames {
	return &topicNames{
		running: running, closed: closed, names: make(map[string]*topicName),
		client: sync.OnceValues(func() (*kgo.Client, error) { return kgo.NewClient(options...) }),
	}
}

// close closes the connections. Nothing may be asked any more.
func (n *topicNames) close() {
	if !n.used {
		return
	}
	if client, err := n.client(); err == nil {
		client.Close()
	}
}

// of finds the names of topics that records of a broker name by their ids. It asks that broker for those that are not
// known: it is the coordinator that wrote the ids, so it knows the topics, which others may learn of later. Names that
// take longer than nameWait are left out.
func (n *topicNames) of(ctx context.Context, broker int32, ids []string) []model.TopicID {
	if len(ids) == 0 {
		return nil
	}
	found := n.find(broker, ids)
	var topics []model.TopicID
	for i, id := range ids {
		if name := found[i].await(ctx); name != "" {
			topics = append(topics, model.TopicID{ID: id, Name: name})
		}
	}
	return topics
}

// find returns what is known of each id, and begins to ask for those that are unknown.
func (n *topicNames) find(broker int32, ids []string) []*topicName {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	now := time.Now()
	found, missing := make([]*topicName, len(ids)), make(map[string]*topicName)
	for i, id := range ids {
		entry := n.names[id]
		if entry == nil || entry.nameless() && now.Sub(entry.asked) >= namelessFor {
			if len(n.names) >= namesKept {
				clear(n.names)
			}
			entry = &topicName{asked: now, done: make(chan struct{})}
			n.names[id], missing[id] = entry, entry
		}
		found[i] = entry
	}
	switch {
	case len(missing) == 0:
	case now.Before(n.pausedUntil):
		for _, entry := range missing {
			close(entry.done)
		}
	default:
		n.used = true
		n.running.Go(func() { n.ask(broker, missing) })
	}
	return found
}

// nameless says that no name was found.
func (e *topicName) nameless() bool {
	select {
	case <-e.done:
		return e.name == ""
	default:
		return false
	}
}

// await waits for the name; "" is unknown. It waits until nameWait after the broker was asked, however many names a caller
// waits for in turn.
func (e *topicName) await(ctx context.Context) string {
	limited, cancel := context.WithDeadline(ctx, e.asked.Add(nameWait))
	defer cancel()
	select {
	case <-e.done:
		return e.name
	default:
	}
	select {
	case <-e.done:
		return e.name
	case <-limited.Done():
		return ""
	}
}

// ask asks a broker for the names of topics. It may take longer than its callers wait: the name is
// then known for the next record.
func (n *topicNames) ask(broker int32, missing map[string]*topicName) {
	defer func() {
		for _, entry := range missing {
			close(entry.done)
		}
	}()
	client, err := n.client()
	if err != nil {
		return
	}
	request := kmsg.NewPtrMetadataRequest()
	for id := range missing {
		topic := kmsg.NewMetadataRequestTopic()
		if bytes, err := base64.RawURLEncoding.DecodeString(id); err == nil && copy(topic.TopicID[:], bytes) == len(topic.TopicID) {
			request.Topics = append(request.Topics, topic)
		}
		if len(request.Topics) == namesAsked {
			break
		}
	}
	if len(request.Topics) == 0 {
		return // without topics the request would be for all topics
	}
	ctx, cancel := kafka.Within(n.closed, responseLimit)
	defer cancel()
	answer, err := request.RequestWith(ctx, client.Broker(int(broker)))
	if errors.Is(err, kerr.SaslAuthenticationFailed) {
		n.mutex.Lock()
		n.pausedUntil = time.Now().Add(kafka.LoginRetry)
		n.mutex.Unlock()
	}
	if err != nil {
		return
	}
	for _, topic := range answer.Topics {
		if entry := missing[records.TopicID(topic.TopicID)]; entry != nil && topic.Topic != nil {
			entry.name = *topic.Topic
		}
	}
}

// topicIDsIn are the ids of the topics in records, each once, sorted.
func topicIDsIn(records []model.Record) []string {
	var ids []string
	add := func(partitions []model.TopicIDPartition) {
		for _, p := range partitions {
			if p.TopicID != "" && (len(ids) == 0 || ids[len(ids)-1] != p.TopicID) { // they come sorted
				ids = append(ids, p.TopicID)
			}
		}
	}
	for i := range records {
		switch r := &records[i]; {
		case r.Target != nil:
			add(r.Target.Partitions)
		case r.Current != nil:
			add(r.Current.Assigned)
			add(r.Current.PendingRevocation)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
