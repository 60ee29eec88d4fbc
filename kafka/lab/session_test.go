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

// A batch that ends just when max.poll.interval.ms is exceeded either was in time, or process reports the expulsion: otherwise the
// consumer would poll for ever without being a member.
func TestBatchEndsWithMaxPollInterval(t *testing.T) {
	const limit = time.Second
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			c := &consumer{tracker: newOffsetTracker(), status: status{changed: func() {}}, paceChanged: make(chan struct{}, 1)}
			c.config.Settings = model.ConsumerSettings{MaxPollInterval: limit, CommitMode: model.CommitAuto}
			c.processingTime.Store(int64(limit))
			s := &groupSession{consumer: c, member: noMember{}, left: make(chan struct{})}
			s.ctx, s.cancel = context.WithCancel(t.Context())
			defer s.cancel()
			reported := s.process(t.Context(), []record{{}})
			synctest.Wait()
			if was := s.expelled.Load(); reported != was {
				t.Fatalf("process reported %t, and it was expelled: %t", reported, was)
			}
		})
	}
}
