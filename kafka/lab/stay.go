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

// stay is one stay in a group: what a program does between a poll and a commit, whichever client it uses.
type stay struct {
	consumer *consumer
	member   membership

	ctx       context.Context // ends when the member leaves
	cancel    context.CancelFunc
	commits   chan struct{} // somebody wants to commit and not to wait
	tasks     sync.WaitGroup
	leaveOnce sync.Once
	left      chan struct{} // closed when it has left
	leaveErr  error         // once left is closed
	expelled  atomic.Bool   // it leaves because a poll did not come in time
}

// startStay connects and begins to join.
func startStay(c *consumer) (*stay, error) {
	s := &stay{consumer: c, commits: make(chan struct{}, 1), left: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	if s.member, err = c.begin(s); err != nil {
		s.cancel()
		return nil, err
	}
	s.tasks.Go(s.commitInBackground)
	return s, nil
}

// process processes a batch and gives it out of hand. It says that the member was expelled: that processing took longer
// than max.poll.interval.ms, and that the member left the group while it went on. When ctx ends, it stops after the last
// record that is done.
func (s *stay) process(ctx context.Context, batch []record) (expelled bool) {
	watchdog := time.AfterFunc(s.consumer.config.Settings.MaxPollInterval, s.expel)
	done := 0
	for _, r := range batch {
		if !s.consumer.processRecord(ctx, r) {
			break
		}
		done++
		s.recordDone(r)
	}
	// A watchdog that cannot be stopped has begun to expel, whether or not that shows yet.
	expelled = !watchdog.Stop()
	if s.consumer.config.Settings.CommitMode == model.CommitAuto {
		s.consumer.ledger.mark(batch[:done])
	}
	s.member.release()
	return expelled
}

// recordDone commits a record as the commit mode says. With auto it may be committed when the whole batch is done: the
// Java client commits in poll, what the poll before returned.
func (s *stay) recordDone(r record) {
	switch s.consumer.config.Settings.CommitMode {
	case model.CommitSync:
		s.consumer.ledger.mark([]record{r})
		s.commit()
	case model.CommitAsync:
		s.consumer.ledger.mark([]record{r})
		token(s.commits) // one that waits to be sent takes this record along
	case model.CommitAuto:
	}
	s.consumer.crashIfDue()
}

func (s *stay) commitInBackground() {
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

// commit commits what may be committed and waits for the answer. After an expulsion nothing may, for the partitions may
// have other owners already; nor may one that is about to crash.
func (s *stay) commit() {
	c := s.consumer
	c.commitMu.Lock()
	defer c.commitMu.Unlock()
	if s.expelled.Load() || c.crashAfter.Load() > 0 {
		return
	}
	due := c.ledger.due()
	if len(due) == 0 {
		return
	}
	if err := s.member.commit(due); err != nil {
		c.status.say(fmt.Sprintf("could not commit: %v", err))
		return
	}
	c.ledger.committed(due)
}

// expel leaves the group while a batch is in hand, as the Java client's heartbeat thread does.
func (s *stay) expel() {
	settings := s.consumer.config.Settings
	s.expelled.Store(true)
	does := "it left the group"
	if settings.InstanceID != "" && settings.GroupProtocol != model.ProtocolConsumer {
		does = "it sends no more heartbeats (a static member does not leave)"
	}
	note := fmt.Sprintf("processing took longer than max.poll.interval.ms (%s): %s, and joins again when it is done", settings.MaxPollInterval, does)
	s.consumer.ledger.keepOnly(nil)
	s.consumer.status.set(model.LabExpelled, note)
	_ = s.leave() // the group removes it in the end if it could not be told
}

// leave leaves the group and ends everything that belongs to the stay. Calling it again, from whatever goroutine, waits
// for the same end and returns the same error.
func (s *stay) leave() error {
	s.leaveOnce.Do(func() {
		s.cancel()
		s.leaveErr = s.member.leave()
		s.tasks.Wait()
		s.consumer.ledger.keepOnly(nil)
		close(s.left)
	})
	<-s.left
	return s.leaveErr
}

// crashIfDue ends the process as a crash does, if that was asked for and enough records are not committed. What it has
// processed is reported before: nothing is processed between the report and the end.
func (c *consumer) crashIfDue() {
	wanted := c.crashAfter.Load()
	if wanted == 0 {
		return
	}
	c.commitMu.Lock() // a commit that is under way is answered before
	defer c.commitMu.Unlock()
	c.recordMu.Lock()
	defer c.recordMu.Unlock()
	if c.ledger.uncommitted().Or(0) < wanted {
		return
	}
	c.flush()
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // a signal to oneself takes a moment
}
