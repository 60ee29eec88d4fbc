package embedded

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/records"
	"regroup/model"
)

const (
	// activeInterval is how often a group is updated while it rebalances, and for activeTime after each request that may
	// have changed it.
	activeInterval = 5 * time.Millisecond
	activeTime     = 50 * time.Millisecond
	// idleInterval is how often any other group with members is updated: their sessions may time out.
	idleInterval = 100 * time.Millisecond

	// probesKept is how many updates that found a group not rebalancing are attached to its next generation: a join may seem
	// to have ended before the newest one was answered.
	probesKept = 4

	// offsetsPartitions is what offsets.topic.num.partitions is by default.
	offsetsPartitions = 50

	stateCompletingRebalance = "CompletingRebalance"
	stateStable              = "Stable"
	stateEmpty               = "Empty"
)

// offsetsTopic emulates __consumer_offsets, which kfake does not have: see [Cluster.Tail].
//
// A group changes by a request or by a timer. It is updated before kfake handles each request that could change it, so
// that no state in between is missed, and every few milliseconds in addition, so that records are emitted at once.
type offsetsTopic struct {
	cluster *Cluster
	woken   chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}

	mutex  sync.Mutex // held during an update, so that updates keep the order of kfake's answers
	groups map[string]*groupLog
	ends   [offsetsPartitions]int64 // the next offsets
	tails  map[*tail]struct{}
}

func startOffsetsTopic(c *Cluster) *offsetsTopic {
	ctx, cancel := context.WithCancel(context.Background())
	s := &offsetsTopic{
		cluster: c, woken: make(chan struct{}, 1), cancel: cancel, ended: make(chan struct{}),
		groups: make(map[string]*groupLog), tails: make(map[*tail]struct{}),
	}
	for _, key := range []kmsg.Key{
		kmsg.JoinGroup, kmsg.SyncGroup, kmsg.LeaveGroup, kmsg.OffsetCommit, kmsg.OffsetDelete, kmsg.DeleteGroups,
		kmsg.ConsumerGroupHeartbeat, kmsg.ShareGroupHeartbeat,
	} {
		c.kfake.ControlKey(int16(key), func(request kmsg.Request) (kmsg.Response, error, bool) {
			s.before(request)
			return nil, nil, false // kfake handles it
		})
	}
	go s.run(ctx)
	return s
}

func (s *offsetsTopic) stop() {
	s.cancel()
	<-s.ended
}

// before updates the groups that a request may change, and notes the request. kfake waits for it, and answers calls
// meanwhile.
func (s *offsetsTopic) before(request kmsg.Request) {
	now := time.Now()
	switch r := request.(type) {
	case *kmsg.JoinGroupRequest:
		s.touch(r.Group, now, func(c *groupLog) { c.sawJoin(r, now) })
	case *kmsg.SyncGroupRequest:
		s.touch(r.Group, now, func(c *groupLog) { c.sawSync(r, now) })
	case *kmsg.LeaveGroupRequest:
		s.touch(r.Group, now, nil)
	case *kmsg.OffsetCommitRequest:
		s.touch(r.Group, now, nil)
	case *kmsg.OffsetDeleteRequest:
		s.touch(r.Group, now, nil)
	case *kmsg.DeleteGroupsRequest:
		for _, group := range r.Groups {
			s.touch(group, now, nil)
		}
	case *kmsg.ConsumerGroupHeartbeatRequest:
		s.touch(r.Group, now, func(c *groupLog) { c.commitsOnly = true })
	case *kmsg.ShareGroupHeartbeatRequest:
		s.touch(r.GroupID, now, func(c *groupLog) { c.commitsOnly = true })
	}
	select {
	case s.woken <- struct{}{}:
	default: // a notification is already pending
	}
}

// touch updates a group, then notes a request.
func (s *offsetsTopic) touch(group string, now time.Time, note func(*groupLog)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	c := s.groups[group]
	if c == nil {
		c = newGroupLog(group)
		s.groups[group] = c
	}
	c.activeUntil = now.Add(activeTime)
	if s.update(c) && note != nil {
		note(c)
	}
}

// update reads a group from kfake and publishes what has changed; false if the cluster is closed.
func (s *offsetsTopic) update(c *groupLog) bool {
	var info *kfake.GroupInfo
	open, asked := false, time.Now()
	s.cluster.with(func(fake *kfake.Cluster) {
		open, info = true, fake.GroupInfo(c.group)
		if c.coordinator < 0 {
			c.coordinator = fake.CoordinatorFor(c.group)
		}
	})
	if !open {
		return false
	}
	now := time.Now()
	if written := c.apply(info, now); len(written) > 0 {
		s.publish(c, written, now)
	}
	if !c.rebalancing {
		c.stable = append([]model.ProbeTimes{{Asked: asked, Answered: now}}, c.stable[:min(len(c.stable), probesKept-1)]...)
	}
	return true
}

// publish gives records their offsets and passes them to the tails.
func (s *offsetsTopic) publish(c *groupLog, written []model.Record, now time.Time) {
	slices.SortStableFunc(written, func(a, b model.Record) int { return a.Written.Compare(b.Written) })
	partition := records.PartitionOf(c.group, offsetsPartitions)
	for i := range written {
		r := &written[i]
		// Kafka's timestamps are in milliseconds.
		r.Group, r.Partition, r.Offset, r.Written = c.group, partition, s.ends[partition], r.Written.Truncate(time.Millisecond)
		s.ends[partition]++
	}
	for t := range s.tails {
		t.add(&model.Records{At: now, Broker: c.coordinator, Records: written})
	}
}

func (s *offsetsTopic) run(ctx context.Context) {
	defer close(s.ended)
	timer := time.NewTimer(idleInterval)
	defer timer.Stop()
	var allUpdated time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.woken:
		case <-timer.C:
		}
		now := time.Now()
		all := now.Sub(allUpdated) >= idleInterval
		if all {
			allUpdated = now
		}
		if s.updateAll(now, all) {
			timer.Reset(activeInterval)
		} else {
			timer.Reset(idleInterval)
		}
	}
}

// updateAll updates the active groups, or all that have members, and returns whether one is active.
func (s *offsetsTopic) updateAll(now time.Time, all bool) (active bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for name, c := range s.groups {
		if c.active(now) || all && c.populated {
			s.update(c)
		}
		active = active || c.active(now)
		if !c.exists && !c.active(now) {
			delete(s.groups, name)
		}
	}
	return active
}

const (
	// statusInterval is how often the tail emits its status.
	statusInterval = 5 * time.Second

	// maxUnread is how many observations wait for a reader before commits are dropped.
	maxUnread = 10_000
)

// Tail emits what a coordinator of Apache Kafka would write into __consumer_offsets, from now on: generations of classic
// groups and commits, as *[model.Records], and a *[model.TailStatus] now and then, one after the other, from the goroutine
// that called Tail, until ctx ends or the cluster is closed.
//
// Members and assignments are the coordinator's own, and no completed generation is missed. JoinEnded may be as late as
// the first SyncGroup.
//
// Groups of the consumer protocol (KIP-848) and share groups have commits only: kfake reports their epochs and target
// assignments only by ConsumerGroupDescribe, which would miss steps between two heartbeats.
func (c *Cluster) Tail(ctx context.Context, emit func(model.Observation)) {
	t := &tail{ready: make(chan struct{}, 1)}
	c.offsets.attach(t)
	defer c.offsets.detach(t)
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
		case <-c.offsets.ended:
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

// tail is one reader of the emulated topic.
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
	default: // a notification is already pending
	}
}

func (t *tail) take() (unread []*model.Records) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	unread, t.unread = t.unread, nil
	return unread
}

func (s *offsetsTopic) attach(t *tail) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.tails[t] = struct{}{}
}

func (s *offsetsTopic) detach(t *tail) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.tails, t)
}
