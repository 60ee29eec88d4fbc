package embedded

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// initialDelay is how long the first member of an empty group waits for others, as by group.initial.rebalance.delay.ms.
const initialDelay = 300 * time.Millisecond

// gathering holds those back who ask to join an empty group, so that consumers that start together are let in together.
// kfake completes a generation with the first all the same; it is not let sync before the others have been let in, and
// so they are together in the next one at once. Otherwise they would wait for the first one's next heartbeat.
type gathering struct {
	cluster *Cluster
	ctx     context.Context
	cancel  context.CancelFunc

	mutex  sync.Mutex
	groups map[string]*gathered
}

// gathered are those who wait to be let in to one group.
type gathered struct {
	until   time.Time
	waiting int
	empty   chan struct{} // closed when nobody waits any more
}

func startGathering(c *Cluster) *gathering {
	g := &gathering{cluster: c, groups: make(map[string]*gathered)}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	c.kfake.ControlKey(int16(kmsg.JoinGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if join, ok := request.(*kmsg.JoinGroupRequest); ok && joins(join) {
			// The session of a member that was given an id counts down already.
			g.hold(join.Group, min(initialDelay, time.Duration(join.SessionTimeoutMillis)*time.Millisecond/2))
		}
		return nil, nil, false
	})
	c.kfake.ControlKey(int16(kmsg.SyncGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if sync, ok := request.(*kmsg.SyncGroupRequest); ok {
			g.holdSync(sync.Group)
		}
		return nil, nil, false
	})
	return g
}

func (g *gathering) stop() { g.cancel() }

// joins says whether a request is more than one for a member id (KIP-394).
func joins(join *kmsg.JoinGroupRequest) bool {
	return join.MemberID != "" || join.InstanceID != nil || join.Version < 4
}

// hold returns when the time of an empty group's first member is over. Other connections are served meanwhile.
func (g *gathering) hold(group string, most time.Duration) {
	empty := false
	g.cluster.with(func(fake *kfake.Cluster) {
		info := fake.GroupInfo(group)
		empty = info == nil || len(info.Members) == 0
	})
	if !empty {
		return
	}
	latest := time.Now().Add(most)
	g.mutex.Lock()
	waiting := g.groups[group]
	if waiting == nil {
		waiting = &gathered{until: latest, empty: make(chan struct{})}
		g.groups[group] = waiting
	}
	waiting.waiting++
	if waiting.until.Before(latest) {
		latest = waiting.until
	}
	g.mutex.Unlock()
	g.cluster.kfake.SleepControl(func() {
		timer := time.NewTimer(time.Until(latest))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-g.ctx.Done():
		}
	})
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if waiting.waiting--; waiting.waiting == 0 {
		close(waiting.empty)
		delete(g.groups, group)
	}
}

// holdSync returns when nobody waits to be let in any more.
func (g *gathering) holdSync(group string) {
	g.mutex.Lock()
	waiting := g.groups[group]
	g.mutex.Unlock()
	if waiting == nil {
		return
	}
	g.cluster.kfake.SleepControl(func() {
		select {
		case <-waiting.empty:
		case <-g.ctx.Done():
		}
	})
}
