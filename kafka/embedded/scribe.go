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
	// hotInterval is how often a group is looked at that something is happening to, and for hotTime after each request
	// that may have changed it.
	hotInterval = 5 * time.Millisecond
	hotTime     = 50 * time.Millisecond
	// calmInterval is how often one is looked at that nobody asks anything of: its members' sessions may time out.
	calmInterval = 100 * time.Millisecond

	// calmTold is how many looks that found a group in no rebalance are told with its next generation: a join may seem to
	// have ended before the newest one was answered.
	calmTold = 4

	// offsetsPartitions is what offsets.topic.num.partitions is by default.
	offsetsPartitions = 50

	stateCompletingRebalance = "CompletingRebalance"
	stateStable              = "Stable"
	stateEmpty               = "Empty"
)

// scribe writes down what a coordinator of Apache Kafka writes into __consumer_offsets, for kfake has no such topic: see
// [Cluster.Tail].
//
// A group changes by a request or by a timer. The scribe looks at a group before each request that could change it, on
// kfake's way to dealing with that request, so that no state in between is missed, and every few milliseconds beside
// that, so that what is found is told at once.
type scribe struct {
	cluster *Cluster
	woken   chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}

	mutex  sync.Mutex // held while a group is looked at, so that looks come in the order in which kfake answers them
	groups map[string]*chronicle
	ends   [offsetsPartitions]int64 // the next offsets
	tails  map[*tail]struct{}
}

func startScribe(c *Cluster) *scribe {
	ctx, cancel := context.WithCancel(context.Background())
	s := &scribe{
		cluster: c, woken: make(chan struct{}, 1), cancel: cancel, ended: make(chan struct{}),
		groups: make(map[string]*chronicle), tails: make(map[*tail]struct{}),
	}
	for _, key := range []kmsg.Key{
		kmsg.JoinGroup, kmsg.SyncGroup, kmsg.LeaveGroup, kmsg.OffsetCommit, kmsg.OffsetDelete, kmsg.DeleteGroups,
		kmsg.ConsumerGroupHeartbeat, kmsg.ShareGroupHeartbeat,
	} {
		c.kfake.ControlKey(int16(key), func(request kmsg.Request) (kmsg.Response, error, bool) {
			s.before(request)
			return nil, nil, false // kfake goes on with it as if nobody had looked
		})
	}
	go s.run(ctx)
	return s
}

func (s *scribe) stop() {
	s.cancel()
	<-s.ended
}

// before looks at the groups that a request may change, and notes what the request tells of them. It runs while kfake
// waits for it, and kfake goes on answering questions meanwhile.
func (s *scribe) before(request kmsg.Request) {
	now := time.Now()
	switch r := request.(type) {
	case *kmsg.JoinGroupRequest:
		s.touch(r.Group, now, func(c *chronicle) { c.sawJoin(r, now) })
	case *kmsg.SyncGroupRequest:
		s.touch(r.Group, now, func(c *chronicle) { c.sawSync(r, now) })
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
		s.touch(r.Group, now, func(c *chronicle) { c.modern = true })
	case *kmsg.ShareGroupHeartbeatRequest:
		s.touch(r.GroupID, now, func(c *chronicle) { c.modern = true })
	}
	select {
	case s.woken <- struct{}{}:
	default: // it is woken already
	}
}

// touch looks at a group, then takes note.
func (s *scribe) touch(group string, now time.Time, note func(*chronicle)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	c := s.groups[group]
	if c == nil {
		c = newChronicle(group)
		s.groups[group] = c
	}
	c.hotUntil = now.Add(hotTime)
	if s.look(c) && note != nil {
		note(c)
	}
}

// look asks kfake for a group and writes down what has changed; false if the cluster is closed.
func (s *scribe) look(c *chronicle) bool {
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
	if told := c.follow(info, now); len(told) > 0 {
		s.publish(c, told, now)
	}
	if !c.unsettled {
		c.calm = append([]model.ProbeTimes{{Asked: asked, Answered: now}}, c.calm[:min(len(c.calm), calmTold-1)]...)
	}
	return true
}

// publish gives records their places and hands them to the tails.
func (s *scribe) publish(c *chronicle, told []model.Record, now time.Time) {
	slices.SortStableFunc(told, func(a, b model.Record) int { return a.Written.Compare(b.Written) })
	partition := records.PartitionOf(c.group, offsetsPartitions)
	for i := range told {
		r := &told[i]
		// Kafka's timestamps are in milliseconds.
		r.Group, r.Partition, r.Offset, r.Written = c.group, partition, s.ends[partition], r.Written.Truncate(time.Millisecond)
		s.ends[partition]++
	}
	for t := range s.tails {
		t.add(&model.Records{At: now, Broker: c.coordinator, Records: told})
	}
}

func (s *scribe) run(ctx context.Context) {
	defer close(s.ended)
	timer := time.NewTimer(calmInterval)
	defer timer.Stop()
	var calm time.Time // when all were looked at
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.woken:
		case <-timer.C:
		}
		now := time.Now()
		all := now.Sub(calm) >= calmInterval
		if all {
			calm = now
		}
		if s.lookAround(now, all) {
			timer.Reset(hotInterval)
		} else {
			timer.Reset(calmInterval)
		}
	}
}

// lookAround looks at the groups that something is happening to, or at all that have members. It says whether something
// is happening to one.
func (s *scribe) lookAround(now time.Time, all bool) (hot bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for name, c := range s.groups {
		if c.hot(now) || all && c.populated {
			s.look(c)
		}
		hot = hot || c.hot(now)
		if !c.exists && !c.hot(now) {
			delete(s.groups, name)
		}
	}
	return hot
}
