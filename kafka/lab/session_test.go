package lab

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"regroup/model"
)

// noMember is a member that can only leave.
type noMember struct{ groupMember }

func (noMember) release()     {}
func (noMember) leave() error { return nil }

// A batch that ends in the moment in which it has taken too long either was in time, or its consumer knows that it is out
// of the group: one that does not know polls for ever as nobody.
func TestABatchThatEndsWithItsTime(t *testing.T) {
	const limit = time.Second
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			c := &consumer{tracker: newOffsetTracker(), status: status{changed: func() {}}, paceChanged: make(chan struct{}, 1)}
			c.config.Settings = model.ConsumerSettings{MaxPollInterval: limit, CommitMode: model.CommitAuto}
			c.processingTime.Store(int64(limit))
			s := &groupSession{consumer: c, member: noMember{}, left: make(chan struct{})}
			s.ctx, s.cancel = context.WithCancel(t.Context())
			defer s.cancel()
			told := s.process(t.Context(), []record{{}})
			synctest.Wait()
			if was := s.expelled.Load(); told != was {
				t.Fatalf("it was told %t, and was expelled: %t", told, was)
			}
		})
	}
}
