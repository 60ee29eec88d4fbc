package poll

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/parallel"
)

const (
	// logStartAge is how old a log start offset may get before its leader's turn comes again.
	logStartAge = 5 * time.Second

	maxPartitionsPerRequest = 50_000
)

// topics are the topics that the groups of the cycle use, sorted by name.
func (c *cycle) topics(results []*result) []*topic {
	p := c.poller
	p.cycles++
	names := make(map[string]struct{})
	for _, res := range results {
		maps.Copy(names, res.topics)
	}
	topics := make([]*topic, 0, len(names))
	for name := range names {
		t := p.cluster.topic(name)
		t.cycle, t.wantedAt = p.cycles, c.at
		topics = append(topics, t)
	}
	if !c.partial {
		for name, t := range p.cluster.topics {
			if _, wanted := names[name]; !wanted && t.known && !t.Missing && c.at.Sub(t.wantedAt) < lingering {
				t.cycle = p.cycles
				topics = append(topics, t)
			}
		}
	}
	slices.SortFunc(topics, func(a, b *topic) int { return strings.Compare(a.Name, b.Name) })
	if !c.partial {
		maps.DeleteFunc(p.cluster.topics, func(_ string, t *topic) bool { return t.cycle != p.cycles })
	}
	return topics
}

// readMetadata reads the metadata of the topics if they are due, and returns whether it did.
func (c *cycle) readMetadata(topics []*topic) bool {
	known := &c.poller.cluster
	unknown := slices.ContainsFunc(topics, func(t *topic) bool { return !t.known })
	old := !c.partial && (known.stale || c.at.Sub(known.readAt) >= metadataAge)
	if !unknown && !old {
		return false
	}
	c.metadata(topics)
	return true
}

// plan is which partitions to ask of which leader. It stays the same until the metadata or the groups' topics change.
type plan struct {
	changes int // of the metadata
	topics  []*topic
	leaders map[int32]*leadership
}

// leadership is the partitions that one broker leads of these topics.
type leadership struct {
	partitions int
	latest     []*sarama.OffsetRequest
	earliest   []*sarama.OffsetRequest
}

func (c *cycle) plan(topics []*topic) *plan {
	p := c.poller
	if last := p.planned; last != nil && last.changes == p.cluster.changes && slices.Equal(last.topics, topics) {
		return last
	}
	made := &plan{changes: p.cluster.changes, topics: topics, leaders: make(map[int32]*leadership)}
	for _, t := range topics {
		for number := range t.partitions {
			leader := t.partitions[number].leader
			if leader < 0 {
				continue
			}
			led := made.leaders[leader]
			if led == nil {
				led = &leadership{}
				made.leaders[leader] = led
			}
			if led.partitions%maxPartitionsPerRequest == 0 {
				led.latest = append(led.latest, &sarama.OffsetRequest{})
				led.earliest = append(led.earliest, &sarama.OffsetRequest{})
			}
			led.partitions++
			led.latest[len(led.latest)-1].AddBlock(t.Name, int32(number), sarama.OffsetNewest, 1)
			led.earliest[len(led.earliest)-1].AddBlock(t.Name, int32(number), sarama.OffsetOldest, 1)
		}
	}
	if !c.partial {
		p.planned = made
	}
	return made
}

// listOffsets reads the end of every partition of the topics, and of some the start: of all the first time, later of
// the leaders whose turn it is. It comes after the commits were read, so that a commit beyond the end is real.
func (c *cycle) listOffsets(topics []*topic, results []*result, spareUsed bool) {
	for _, t := range topics {
		for i := range t.partitions {
			t.partitions[i].end, t.partitions[i].endProblem = unknownOffset, ""
		}
	}
	made := c.plan(topics)
	starts := c.startsDue(made, results, spareUsed)
	var wait parallel.Group
	for id, led := range made.leaders {
		n := c.poller.cluster.nodes[id]
		if n == nil || !n.present || n.Outage() != nil {
			c.endsUnknown(topics, id, "its leader does not answer")
			c.markStale()
			continue
		}
		wait.Go(func() { c.listLatest(n, led, topics) })
		if starts[n] {
			n.startsAt = c.at
			wait.Go(func() { c.listEarliest(n, led) })
		}
	}
	wait.Wait()
	if len(starts) > 0 {
		c.poller.logStartsRead = true
	}
}

// startsDue are the leaders to be asked for log start offsets now. A refresh may take five requests a broker and one:
// four to a coordinator, one for the ends, and the spare one, which the metadata have first (and every [inventoryAge]
// one more, where a topic of interest is not listed). A coordinator that needed fewer than its four lends the rest.
func (c *cycle) startsDue(made *plan, results []*result, spareUsed bool) map[*node]bool {
	due := make(map[*node]bool)
	if c.partial {
		return due
	}
	var waiting []*node
	for id := range made.leaders {
		n := c.poller.cluster.nodes[id]
		if n == nil {
			continue
		}
		lends := slices.ContainsFunc(results, func(res *result) bool { return res.node == n && res.requests < 4 })
		switch age := c.at.Sub(n.startsAt); {
		case !c.poller.logStartsRead, lends && (age >= logStartAge || c.startUnknown(made, id)):
			due[n] = true
		case age >= logStartAge || c.startUnknown(made, id):
			waiting = append(waiting, n)
		}
	}
	if !spareUsed && len(waiting) > 0 {
		due[slices.MinFunc(waiting, func(a, b *node) int {
			return cmp.Or(a.startsAt.Compare(b.startsAt), cmp.Compare(a.ID, b.ID))
		})] = true
	}
	return due
}

// startUnknown says whether a leader has a partition whose start was never read, such as an added one.
func (c *cycle) startUnknown(made *plan, leader int32) bool {
	for _, t := range made.topics {
		for i := range t.partitions {
			if t.partitions[i].leader == leader && t.partitions[i].start == unknownOffset {
				return true
			}
		}
	}
	return false
}

// endsUnknown marks the ends of what a broker leads as unknown.
func (c *cycle) endsUnknown(topics []*topic, leader int32, problem string) {
	for _, t := range topics {
		for i := range t.partitions {
			if t.partitions[i].leader == leader {
				t.partitions[i].endProblem = problem
			}
		}
	}
}

func (c *cycle) listLatest(n *node, led *leadership, topics []*topic) {
	for _, request := range led.latest {
		answer, err := c.listOf(n, brokers.LaneOffsets, request)
		if err != nil {
			c.failed(n, kafka.ListOffsets, err, "log end offsets of the partitions that it leads")
			c.endsUnknown(topics, n.ID, "its leader does not answer")
			c.markStale()
			return
		}
		c.eachPartition(answer, func(part *partition, block *sarama.OffsetResponseBlock, name string) {
			if part.leader != n.ID {
				return
			}
			if block.Err == sarama.ErrNoError {
				part.end = block.Offset
				return
			}
			part.endProblem = kafka.Words(block.Err)
			if kafka.IsDenied(block.Err) {
				part.endProblem = c.poller.config.Denied(block.Err, name)
				return
			}
			c.markStale()
		})
	}
}

func (c *cycle) listEarliest(n *node, led *leadership) {
	for _, request := range led.earliest {
		answer, err := c.listOf(n, brokers.LaneDescribe, request)
		if err != nil {
			c.failed(n, kafka.ListOffsets, err, "log start offsets of the partitions that it leads")
			return
		}
		c.eachPartition(answer, func(part *partition, block *sarama.OffsetResponseBlock, _ string) {
			if part.leader == n.ID && block.Err == sarama.ErrNoError {
				part.start = block.Offset
			}
		})
	}
}

// markStale has the metadata read again with the next refresh.
func (c *cycle) markStale() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.poller.cluster.stale = true
}

func (c *cycle) listOf(n *node, lane brokers.Lane, request *sarama.OffsetRequest) (*sarama.OffsetResponse, error) {
	return brokers.Ask(c.ctx, n.Broker, lane, &c.meter, kafka.ListOffsets, func(broker *sarama.Broker, version int16) (*sarama.OffsetResponse, error) {
		versioned := *request // the plan's own may still be in use by a call that outlived its context
		versioned.Version = version
		return broker.GetAvailableOffsets(&versioned)
	})
}

// eachPartition calls each for every partition of a response. Leaders write to partitions of their own, so they need no lock.
func (c *cycle) eachPartition(answer *sarama.OffsetResponse, each func(*partition, *sarama.OffsetResponseBlock, string)) {
	for name, blocks := range answer.Blocks {
		t := c.poller.cluster.topics[name]
		if t == nil {
			continue
		}
		for number, block := range blocks {
			if number >= 0 && int(number) < len(t.partitions) {
				each(&t.partitions[number], block, name)
			}
		}
	}
}
