// Package embedded is a Kafka cluster inside the process: brokers of kfake on free loopback ports, up within
// milliseconds, for the demo and for tests. It speaks the real protocol over real connections; it keeps everything in
// memory and forgets it when it is closed.
//
// Where kfake differs from Apache Kafka, as far as a monitor of consumer groups can see:
//
//   - A first member does not wait for others: two consumers that start together cause two generations, of which the
//     first is superseded at once. This package emulates group.initial.rebalance.delay.ms with 300 ms.
//   - While a group rebalances, DescribeGroups shows its members with empty metadata and an empty assignment, and the
//     group without a protocol. Apache Kafka 4.3 still shows the assignment of before.
//   - A member's host is "127.0.0.1:50123", with the port and without Kafka's leading slash.
//   - When the leader is gone, every member's JoinGroup answer names that member as the leader. Each computes an
//     assignment; kfake uses that of the member that it named last.
//   - A member that waits in JoinGroup for the others is removed when its session timeout ends, and its
//     request is never answered. Apache Kafka does not expire a member that waits. One slow
//     consumer would thus drive all others out of the group; see [heartbeats] for what this package does about it.
//   - With the consumer protocol (KIP-848) a group has its own consumer.session.timeout.ms, but members get the
//     cluster's heartbeat interval, whatever the group's consumer.heartbeat.interval.ms is. This package makes the one
//     that was set last, for any group, the cluster's. There are no lower limits for either.
//   - There is no __consumer_offsets topic; [Cluster.Tail] emits what would be in it, and [Cluster.Generation] is a
//     group's generation.
//   - A deleted or emptied group keeps its generation only as long as the group exists.
//   - A request of a kind that does not exist makes kfake panic. It listens on loopback only.
package embedded

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

const (
	defaultBrokers = 3

	// minSessionTimeout is what group.min.session.timeout.ms is here. Kafka's own 6 s would make a demo of a crash, and
	// the tests of one, slow.
	minSessionTimeout = 100 * time.Millisecond
	maxSessionTimeout = 30 * time.Minute

	// partitionBytes bounds what a partition may hold, as log.retention.bytes. All of it is memory of this process.
	partitionBytes = 16 << 20
	// segmentBytes must be well below partitionBytes: memory is given back a whole segment at a time.
	segmentBytes = 1 << 20
)

// Options are the settings of a cluster. The zero value is fit for a demo.
type Options struct {
	Brokers int // how many; 0 is 3
}

// Cluster is a running cluster. Its methods are safe for concurrent use.
type Cluster struct {
	addresses  []string
	heartbeats *heartbeats
	offsets    *offsetsTopic
	joinDelay  *joinDelay

	// kfake's own methods never return once it is closed: closing excludes them.
	mu     sync.RWMutex
	kfake  *kfake.Cluster
	closed bool
}

// Start starts a cluster that listens on free ports of 127.0.0.1 and nowhere else. Brokers are numbered from 0.
func Start(options Options) (*Cluster, error) {
	if options.Brokers == 0 {
		options.Brokers = defaultBrokers
	}
	if options.Brokers < 0 {
		return nil, fmt.Errorf("start the embedded cluster: %d brokers asked for; ask for at least one", options.Brokers)
	}
	fake, err := kfake.NewCluster(
		kfake.NumBrokers(options.Brokers),
		kfake.ClusterID("regroup-embedded"),
		kfake.DefaultNumPartitions(1),
		kfake.GroupMinSessionTimeout(minSessionTimeout),
		kfake.GroupMaxSessionTimeout(maxSessionTimeout),
		kfake.BrokerConfigs(map[string]string{
			"log.retention.bytes": strconv.Itoa(partitionBytes),
			"log.segment.bytes":   strconv.Itoa(segmentBytes),
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("start the embedded cluster of %d brokers on 127.0.0.1: %w", options.Brokers, err)
	}
	c := &Cluster{kfake: fake, addresses: fake.ListenAddrs()}
	c.joinDelay = startJoinDelay(c) // before the others: they are to see a request when it is let in
	c.heartbeats, err = startHeartbeats(c)
	if err != nil {
		c.joinDelay.stop()
		fake.Close()
		return nil, fmt.Errorf("start the embedded cluster: %w", err)
	}
	c.offsets = startOffsetsTopic(c)
	return c, nil
}

// Addresses are the brokers' host:port, in the order of their ids.
func (c *Cluster) Addresses() []string { return append([]string(nil), c.addresses...) }

// Generation is the coordinator's own generation of a classic group, or the group epoch of a KIP-848 one; false if
// there is no such group or the cluster is closed.
func (c *Cluster) Generation(group string) (int32, bool) {
	var generation int32
	found := false
	c.with(func(fake *kfake.Cluster) {
		if info := fake.GroupInfo(group); info != nil {
			generation, found = info.Epoch, true
		}
	})
	return generation, found
}

// with calls do unless the cluster is closed, and keeps it open meanwhile.
func (c *Cluster) with(do func(*kfake.Cluster)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.closed {
		do(c.kfake)
	}
}

// Close stops the brokers and forgets all that they held. Closing again does nothing.
func (c *Cluster) Close() {
	c.joinDelay.stop()
	c.heartbeats.stop()
	c.offsets.stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.kfake.Close()
}
