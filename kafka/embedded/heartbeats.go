package embedded

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// heartbeatInterval is how often heartbeats are sent for waiting members: often enough for the shortest session timeout.
	heartbeatInterval = minSessionTimeout / 4
	// retainInterval is how often retention is applied; kfake does so only for topics that set it.
	retainInterval = 5 * time.Second

	statePreparingRebalance = "PreparingRebalance"
)

// heartbeats does what kfake does not. It sends the heartbeats of members that wait in JoinGroup, whose sessions would
// otherwise time out although they wait for others; it applies retention, without which a fast producer would fill the
// memory; and it makes a group's heartbeat interval that of the cluster.
type heartbeats struct {
	cluster  *Cluster
	client   *kgo.Client
	cancel   context.CancelFunc
	ended    chan struct{}
	interval chan time.Duration // how often members of the consumer protocol are to send heartbeats

	mu      sync.Mutex
	waiting map[string]map[string]*waiter // group → member id: those that asked to join
}

// waiter is a member that asked to join. Its request waits while the group prepares the next generation; the generation
// in which it asked is read at the first heartbeat. Only the goroutine of run touches it.
type waiter struct {
	instance   *string
	seen       bool
	generation int32
}

func startHeartbeats(c *Cluster) (*heartbeats, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.addresses...), kgo.ClientID("regroup-embedded"))
	if err != nil {
		return nil, fmt.Errorf("client of its own for the embedded cluster: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	k := &heartbeats{cluster: c, client: client, cancel: cancel, ended: make(chan struct{}), interval: make(chan time.Duration, 1), waiting: map[string]map[string]*waiter{}}
	c.kfake.ControlKey(int16(kmsg.JoinGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		k.sawJoin(request)
		return nil, nil, false // kfake handles it
	})
	c.kfake.ControlKey(int16(kmsg.IncrementalAlterConfigs), func(request kmsg.Request) (kmsg.Response, error, bool) {
		k.sawConfigs(request)
		return nil, nil, false
	})
	go k.run(ctx)
	return k, nil
}

func (k *heartbeats) stop() {
	k.cancel()
	<-k.ended
	k.client.Close()
}

// sawJoin notes a member that asks to join. It runs on kfake's own goroutine, so it must not call kfake.
func (k *heartbeats) sawJoin(request kmsg.Request) {
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

func (k *heartbeats) run(ctx context.Context) {
	defer close(k.ended)
	beat := time.NewTicker(heartbeatInterval)
	defer beat.Stop()
	retain := time.NewTicker(retainInterval)
	defer retain.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			k.heartbeat(ctx)
		case <-retain.C:
			k.cluster.with(func(fake *kfake.Cluster) { fake.ApplyRetention() })
		case interval := <-k.interval:
			k.setInterval(ctx, interval)
		}
	}
}

// heartbeat sends a heartbeat for every member that waits. Those whose JoinGroup has been answered are dropped: they
// send their own from then on.
func (k *heartbeats) heartbeat(ctx context.Context) {
	for group, members := range k.noted() {
		// Read after the members were noted, so the group is as it was after kfake handled each one's request.
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
			// An error needs no handling: the group moved on, or the member is gone.
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

func (k *heartbeats) noted() map[string]map[string]*waiter {
	k.mu.Lock()
	defer k.mu.Unlock()
	noted := make(map[string]map[string]*waiter, len(k.waiting))
	for group, members := range k.waiting {
		noted[group] = maps.Clone(members)
	}
	return noted
}

// forget drops a member, unless it has asked to join again meanwhile.
func (k *heartbeats) forget(group, member string, w *waiter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting[group][member] == w {
		delete(k.waiting[group], member)
	}
	if len(k.waiting[group]) == 0 {
		delete(k.waiting, group)
	}
}

// The heartbeat interval of groups with the consumer protocol, as a group has it and as the cluster has it.
const (
	groupHeartbeat   = "consumer.heartbeat.interval.ms"
	clusterHeartbeat = "group.consumer.heartbeat.interval.ms"
)

// sawConfigs notes the heartbeat interval that a group sets. It runs on kfake's own goroutine, so it must not call kfake.
func (k *heartbeats) sawConfigs(request kmsg.Request) {
	alter, ok := request.(*kmsg.IncrementalAlterConfigsRequest)
	if !ok || alter.ValidateOnly {
		return
	}
	for _, resource := range alter.Resources {
		if resource.ResourceType != kmsg.ConfigResourceTypeGroupConfig {
			continue
		}
		for _, config := range resource.Configs {
			if config.Name != groupHeartbeat || config.Op != kmsg.IncrementalAlterConfigOpSet || config.Value == nil {
				continue
			}
			if ms, err := strconv.Atoi(*config.Value); err == nil && ms > 0 {
				k.requestInterval(time.Duration(ms) * time.Millisecond)
			}
		}
	}
}

// requestInterval leaves the interval for the goroutine of run and replaces one that was not taken yet.
func (k *heartbeats) requestInterval(interval time.Duration) {
	select {
	case <-k.interval:
	default:
	}
	k.interval <- interval // there is room: only kfake's goroutine sends
}

// setInterval makes the interval the cluster's. Members learn it with the answer to their next heartbeat.
func (k *heartbeats) setInterval(ctx context.Context, interval time.Duration) {
	value := strconv.FormatInt(interval.Milliseconds(), 10)
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Op, config.Value = clusterHeartbeat, kmsg.IncrementalAlterConfigOpSet, &value
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeBroker
	resource.Configs = append(resource.Configs, config)
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = append(request.Resources, resource)
	_, _ = request.RequestWith(ctx, k.client) // after an error the members keep the previous interval
}
