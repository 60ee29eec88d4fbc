package embedded

import (
	"context"
	"sync"
	"time"

	"regroup/model"
)

const (
	// statusInterval is how often the tail says that all is well.
	statusInterval = 5 * time.Second

	// maxUnread is how many observations wait for a reader before commits are left out.
	maxUnread = 10_000
)

// Tail tells what a coordinator of Apache Kafka would write into __consumer_offsets, from now on: generations of classic
// groups and commits, as *[model.Records], and a *[model.TailStatus] now and then. It gives them to emit, one after the
// other, from the goroutine that called Tail, until ctx ends or the cluster is closed.
//
// Members and assignments are the coordinator's own, and no generation that was completed is missed. JoinEnded may be as
// late as the first SyncGroup, which is what the cluster shows of it.
//
// Groups of the consumer protocol (KIP-848) and share groups have commits only: kfake tells their epochs and target
// assignments to none but ConsumerGroupDescribe, which cannot be asked between two heartbeats without missing steps.
func (c *Cluster) Tail(ctx context.Context, emit func(model.Observation)) {
	t := &tail{ready: make(chan struct{}, 1)}
	c.scribe.attach(t)
	defer c.scribe.detach(t)
	status := func() {
		emit(&model.TailStatus{At: time.Now(), State: model.TailOn, Partitions: offsetsPartitions, Following: offsetsPartitions, WithoutEpochs: true})
	}
	status()
	ticker := time.NewTicker(statusInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.scribe.ended:
			return
		case <-ticker.C:
			status()
		case <-t.ready:
			for _, records := range t.take() {
				emit(records)
			}
		}
	}
}

// tail is one reader of what the scribe writes.
type tail struct {
	ready  chan struct{}
	mutex  sync.Mutex
	unread []*model.Records
}

func (t *tail) add(records *model.Records) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.unread) >= maxUnread && records.Records[0].Commit != nil && len(records.Records) == 1 {
		return
	}
	t.unread = append(t.unread, records)
	select {
	case t.ready <- struct{}{}:
	default: // it knows already
	}
}

func (t *tail) take() (unread []*model.Records) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	unread, t.unread = t.unread, nil
	return unread
}

func (s *scribe) attach(t *tail) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.tails[t] = struct{}{}
}

func (s *scribe) detach(t *tail) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.tails, t)
}
