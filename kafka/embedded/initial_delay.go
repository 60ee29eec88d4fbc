package embedded

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// initialRebalanceDelay is how long the first member of an empty group waits for others, as by group.initial.rebalance.delay.ms.
const initialRebalanceDelay = 300 * time.Millisecond

// joinDelay delays the JoinGroup requests of an empty group, so that consumers that start together join one generation.
// kfake completes a generation with the first member all the same; its SyncGroup is delayed until the others have joined,
// so that they share the next one at once. Otherwise they would wait for the first member's next heartbeat.
type joinDelay struct {
	cluster *Cluster
	ctx     context.Context
	cancel  context.CancelFunc

	mutex  sync.Mutex
	groups map[string]*joining
}

// joining is the delayed requests of one group.
type joining struct {
	until   time.Time
	waiting int
	empty   chan struct{} // closed when none is delayed any more
}

func startJoinDelay(c *Cluster) *joinDelay {
	g := &joinDelay{cluster: c, groups: make(map[string]*joining)}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	c.kfake.ControlKey(int16(kmsg.JoinGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if join, ok := request.(*kmsg.JoinGroupRequest); ok && joins(join) {
			// The session timeout of a member that has an id is running already.
			g.hold(join.Group, min(initialRebalanceDelay, time.Duration(join.SessionTimeoutMillis)*time.Millisecond/2))
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

func (g *joinDelay) stop() { g.cancel() }

// joins says whether a request is more than one for a member id (KIP-394).
func joins(join *kmsg.JoinGroupRequest) bool {
	return join.MemberID != "" || join.InstanceID != nil || join.Version < 4
}

// hold returns when the initial delay of an empty group is over. Other connections are served meanwhile.
func (g *joinDelay) hold(group string, most time.Duration) {
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
		waiting = &joining{until: latest, empty: make(chan struct{})}
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

// holdSync returns when no JoinGroup of the group is delayed any more.
func (g *joinDelay) holdSync(group string) {
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
