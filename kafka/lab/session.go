package lab

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"regroup/model"
)

// groupMember is a member of a group by one client library, from the first JoinGroup to LeaveGroup. It behaves as Kafka's Java
// consumer: poll returns a batch, and until it is released, no partition is revoked.
type groupMember interface {
	// poll waits for records and returns those that are there, max.poll.records at most.
	poll(ctx context.Context) ([]record, pollEnd)
	// release ends the processing of the batch.
	release()
	// commit commits the offset of the next record of each partition, and waits for the response.
	commit(offsets map[model.TopicPartition]int64) error
	// leave leaves the group and ends everything that belongs to the member. It is called once, from any goroutine, also
	// while a batch is processed.
	leave() error
	// failure is why poll returned pollFailed.
	failure() error
	// assignment is the member's id, "" if it has not had one, and the partitions that it owns.
	assignment() (id string, owns []model.TopicPartition)
	// fetches is the number of its fetch requests.
	fetches() int64
}

// pollEnd is why a poll returned.
type pollEnd int

const (
	pollRecords     pollEnd = iota // there is a batch
	pollInterrupted                // ctx ended
	pollFailed                     // see failure
)

// record is a record of either client library.
type record struct {
	model.TopicPartition
	offset     int64
	key, value []byte
	at         time.Time // its timestamp
}

// groupSession is a consumer's membership of its group until it leaves or is expelled: what a program does between a poll and
// a commit, whichever library it uses.
type groupSession struct {
	consumer *consumer
	member   groupMember

	ctx       context.Context // ends when the member leaves
	cancel    context.CancelFunc
	commits   chan struct{} // a commit is due that nothing waits for
	tasks     sync.WaitGroup
	leaveOnce sync.Once
	left      chan struct{} // closed when it has left
	leaveErr  error         // once left is closed
	expelled  atomic.Bool   // it leaves because max.poll.interval.ms was exceeded
}

// startSession connects and begins to join.
func startSession(c *consumer) (*groupSession, error) {
	s := &groupSession{consumer: c, commits: make(chan struct{}, 1), left: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	if s.member, err = c.joinGroup(s); err != nil {
		s.cancel()
		return nil, err
	}
	s.tasks.Go(s.commitInBackground)
	return s, nil
}

// process processes a batch and releases it. It reports whether the member was expelled: processing exceeded
// max.poll.interval.ms, and the member left the group while it continued. When ctx ends, it stops after the record that is
// being processed.
func (s *groupSession) process(ctx context.Context, batch []record) (expelled bool) {
	watchdog := time.AfterFunc(s.consumer.config.Settings.MaxPollInterval, s.expel)
	done := 0
	for _, r := range batch {
		if !s.consumer.processRecord(ctx, r) {
			break
		}
		done++
		s.recordDone(r)
	}
	// A watchdog that cannot be stopped has begun to expel, even if s.expelled is not set yet.
	expelled = !watchdog.Stop()
	if s.consumer.config.Settings.CommitMode == model.CommitAuto {
		s.consumer.tracker.mark(batch[:done])
	}
	s.member.release()
	return expelled
}

// recordDone commits a record as the commit mode demands. With auto it may be committed once the batch is done: the Java
// client commits in poll what the previous poll returned.
func (s *groupSession) recordDone(r record) {
	switch s.consumer.config.Settings.CommitMode {
	case model.CommitSync:
		s.consumer.tracker.mark([]record{r})
		s.commit()
	case model.CommitAsync:
		s.consumer.tracker.mark([]record{r})
		notify(s.commits) // a commit that waits to be sent includes this record
	case model.CommitAuto:
	}
	s.consumer.crashIfDue()
}

func (s *groupSession) commitInBackground() {
	var timer <-chan time.Time
	if s.consumer.config.Settings.CommitMode == model.CommitAuto {
		ticker := time.NewTicker(s.consumer.config.Settings.AutoCommitInterval)
		defer ticker.Stop()
		timer = ticker.C
	}
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.commits:
		case <-timer:
		}
		s.commit()
	}
}

// commit commits what may be committed and waits for the response. After an expulsion nothing may be, for the partitions may
// have other owners already; nor before a crash that was requested.
func (s *groupSession) commit() {
	c := s.consumer
	c.commitMu.Lock()
	defer c.commitMu.Unlock()
	if s.expelled.Load() || c.crashAfter.Load() > 0 {
		return
	}
	due := c.tracker.due()
	if len(due) == 0 {
		return
	}
	if err := s.member.commit(due); err != nil {
		c.status.setNote(fmt.Sprintf("commit failed: %v", err))
		return
	}
	c.tracker.committed(due)
}

// expel leaves the group while a batch is processed, as the Java client's heartbeat thread does.
func (s *groupSession) expel() {
	settings := s.consumer.config.Settings
	s.expelled.Store(true)
	action := "it left the group"
	if settings.InstanceID != "" && settings.GroupProtocol != model.ProtocolConsumer {
		action = "it sends no more heartbeats (a static member does not leave)"
	}
	note := fmt.Sprintf("processing exceeded max.poll.interval.ms (%s): %s, and joins again when the batch is done", settings.MaxPollInterval, action)
	s.consumer.tracker.retain(nil)
	s.consumer.status.setState(model.LabExpelled, note)
	_ = s.leave() // if LeaveGroup fails, the coordinator removes the member after its session timeout
}

// leave leaves the group and ends everything that belongs to the session. Further calls, from any goroutine, wait for the same
// end and return the same error.
func (s *groupSession) leave() error {
	s.leaveOnce.Do(func() {
		s.cancel()
		s.leaveErr = s.member.leave()
		s.awaitTasks()
		s.consumer.tracker.retain(nil)
		close(s.left)
	})
	<-s.left
	return s.leaveErr
}

// awaitTasks waits for the tasks of the session, but not long. While sarama waits for a JoinGroup response, a commit waits behind it
// on the same connection, for as long as the slowest member's max.poll.interval.ms, and its member has left already.
func (s *groupSession) awaitTasks() {
	ended := make(chan struct{})
	go func() { s.tasks.Wait(); close(ended) }()
	timer := time.NewTimer(leaveGroupTimeout)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// crashIfDue kills the process if a crash was requested and enough records are uncommitted. What was processed is reported
// before: nothing is processed between the report and the end.
func (c *consumer) crashIfDue() {
	wanted := c.crashAfter.Load()
	if wanted == 0 {
		return
	}
	c.commitMu.Lock() // a commit that is under way gets its response first
	defer c.commitMu.Unlock()
	c.recordMu.Lock()
	defer c.recordMu.Unlock()
	if c.tracker.uncommitted().Or(0) < wanted {
		return
	}
	c.flush()
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // until the signal arrives
}
