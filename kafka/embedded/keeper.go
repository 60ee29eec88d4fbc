package embedded

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// keepInterval is how often waiting members are kept alive: often enough for the shortest session timeout.
	keepInterval = minSessionTimeout / 4
	// retainInterval is how often retention is applied; kfake does it by itself only for topics that set it.
	retainInterval = 5 * time.Second

	statePreparingRebalance = "PreparingRebalance"
)

// keeper makes up for what kfake does not do by itself. It sends the heartbeat of members that wait in JoinGroup, whose
// session would otherwise time out although they wait for others; it applies retention, without which a fast producer
// would fill the memory; and it makes what a group sets as its heartbeat interval that of the cluster.
type keeper struct {
	cluster *Cluster
	client  *kgo.Client
	cancel  context.CancelFunc
	ended   chan struct{}
	pulse   chan time.Duration // how often members of the consumer protocol are to send heartbeats

	mu      sync.Mutex
	waiting map[string]map[string]*waiter // group → member id: those that asked to join
}

// waiter is a member that asked to join. Its request waits for as long as the group prepares the next generation; the
// number of the one that it asked in is learnt when the keeper first looks. Only the keeper's goroutine touches it.
type waiter struct {
	instance   *string
	seen       bool
	generation int32
}

func startKeeper(c *Cluster) (*keeper, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.addresses...), kgo.ClientID("regroup-embedded"))
	if err != nil {
		return nil, fmt.Errorf("client of its own for the embedded cluster: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	k := &keeper{cluster: c, client: client, cancel: cancel, ended: make(chan struct{}), pulse: make(chan time.Duration, 1), waiting: map[string]map[string]*waiter{}}
	c.kfake.ControlKey(int16(kmsg.JoinGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		k.sawJoin(request)
		return nil, nil, false // kfake goes on with it as if nobody had looked
	})
	c.kfake.ControlKey(int16(kmsg.IncrementalAlterConfigs), func(request kmsg.Request) (kmsg.Response, error, bool) {
		k.sawConfigs(request)
		return nil, nil, false
	})
	go k.run(ctx)
	return k, nil
}

func (k *keeper) stop() {
	k.cancel()
	<-k.ended
	k.client.Close()
}

// sawJoin notes who asks to join. It runs on kfake's own goroutine, so it must not ask kfake for anything.
func (k *keeper) sawJoin(request kmsg.Request) {
	join, ok := request.(*kmsg.JoinGroupRequest)
	if !ok || join.MemberID == "" { // the answer to an empty id is an id, or a member without a running session timer
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	members := k.waiting[join.Group]
	if members == nil {
		members = map[string]*waiter{}
		k.waiting[join.Group] = members
	}
	members[join.MemberID] = &waiter{instance: join.InstanceID}
}

func (k *keeper) run(ctx context.Context) {
	defer close(k.ended)
	keep := time.NewTicker(keepInterval)
	defer keep.Stop()
	retain := time.NewTicker(retainInterval)
	defer retain.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-keep.C:
			k.keep(ctx)
		case <-retain.C:
			k.cluster.with(func(fake *kfake.Cluster) { fake.ApplyRetention() })
		case interval := <-k.pulse:
			k.setPulse(ctx, interval)
		}
	}
}

// keep sends a heartbeat for every member that waits. Those whose JoinGroup has been answered are forgotten: from then
// on their heartbeat is theirs to send.
func (k *keeper) keep(ctx context.Context) {
	for group, members := range k.noted() {
		// Asked after the members were noted, so the group is as it was once kfake had dealt with each one's request.
		info, coordinator := &kfake.GroupInfo{}, int32(0)
		k.cluster.with(func(fake *kfake.Cluster) {
			if found := fake.GroupInfo(group); found != nil {
				info = found
			}
			coordinator = fake.CoordinatorFor(group)
		})
		for member, w := range members {
			if !w.waits(info) {
				k.forget(group, member, w)
				continue
			}
			heartbeat := kmsg.NewPtrHeartbeatRequest()
			heartbeat.Group, heartbeat.Generation = group, info.Epoch
			heartbeat.MemberID, heartbeat.InstanceID = member, w.instance
			// An error is the member's own affair: the group moved on, or the member is gone.
			_, _ = k.client.Broker(int(coordinator)).Request(ctx, heartbeat)
		}
	}
}

// waits says whether the request is still unanswered, given the group as it is now.
func (w *waiter) waits(info *kfake.GroupInfo) bool {
	if !w.seen {
		w.seen, w.generation = true, info.Epoch
	}
	return info.State == statePreparingRebalance && info.Epoch == w.generation
}

func (k *keeper) noted() map[string]map[string]*waiter {
	k.mu.Lock()
	defer k.mu.Unlock()
	noted := make(map[string]map[string]*waiter, len(k.waiting))
	for group, members := range k.waiting {
		noted[group] = maps.Clone(members)
	}
	return noted
}

// forget drops a member, unless it has asked to join again meanwhile.
func (k *keeper) forget(group, member string, w *waiter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting[group][member] == w {
		delete(k.waiting[group], member)
	}
	if len(k.waiting[group]) == 0 {
		delete(k.waiting, group)
	}
}
