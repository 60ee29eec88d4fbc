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

// interest are the topics that the groups of the round have to do with, sorted by name.
func (r *round) interest(harvests []*harvest) []*topic {
	p := r.poller
	p.rounds++
	names := make(map[string]struct{})
	for _, h := range harvests {
		maps.Copy(names, h.topics)
	}
	topics := make([]*topic, 0, len(names))
	for name := range names {
		t := p.cluster.topic(name)
		t.round, t.wantedAt = p.rounds, r.at
		topics = append(topics, t)
	}
	if !r.partial {
		for name, t := range p.cluster.topics {
			if _, wanted := names[name]; !wanted && t.known && !t.Missing && r.at.Sub(t.wantedAt) < lingering {
				t.round = p.rounds
				topics = append(topics, t)
			}
		}
	}
	slices.SortFunc(topics, func(a, b *topic) int { return strings.Compare(a.Name, b.Name) })
	if !r.partial {
		maps.DeleteFunc(p.cluster.topics, func(_ string, t *topic) bool { return t.round != p.rounds })
	}
	return topics
}

// shapes reads the metadata of the topics if there is a reason to; it says whether it did.
func (r *round) shapes(topics []*topic) bool {
	c := &r.poller.cluster
	unknown := slices.ContainsFunc(topics, func(t *topic) bool { return !t.known })
	old := !r.partial && (c.stale || r.at.Sub(c.learntAt) >= metadataAge)
	if !unknown && !old {
		return false
	}
	r.metadata(topics)
	return true
}

// plan is which partitions to ask of which leader. It stays the same until the metadata or the groups' topics change.
type plan struct {
	changes int // of the metadata
	topics  []*topic
	leaders map[int32]*leadership
}

// leadership is what one broker leads of the topics of interest.
type leadership struct {
	partitions int
	latest     []*sarama.OffsetRequest
	earliest   []*sarama.OffsetRequest
}

func (r *round) plan(topics []*topic) *plan {
	p := r.poller
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
	if !r.partial {
		p.planned = made
	}
	return made
}

// listOffsets reads the end of every partition of the topics, and of some the start: of all the first time, later of
// the leaders whose turn it is. It comes after the commits were read, so that a commit beyond the end is a finding.
func (r *round) listOffsets(topics []*topic, harvests []*harvest, spareUsed bool) {
	for _, t := range topics {
		for i := range t.partitions {
			t.partitions[i].end, t.partitions[i].endProblem = unknownOffset, ""
		}
	}
	made := r.plan(topics)
	starts := r.startsDue(made, harvests, spareUsed)
	var wait parallel.Group
	for id, led := range made.leaders {
		n := r.poller.cluster.nodes[id]
		if n == nil || !n.present || n.Outage() != nil {
			r.unread(topics, id, "its leader does not answer")
			r.markStale()
			continue
		}
		wait.Go(func() { r.listLatest(n, led, topics) })
		if starts[n] {
			n.startsAt = r.at
			wait.Go(func() { r.listEarliest(n, led) })
		}
	}
	wait.Wait()
	if len(starts) > 0 {
		r.poller.startsRead = true
	}
}

// startsDue are the leaders to be asked for log start offsets now. A refresh may take five requests a broker and one:
// four to a coordinator, one for the ends, and the spare one, which the metadata have first (and every [inventoryAge]
// one more, where a topic of interest is not listed). A coordinator that needed fewer than its four lends the rest.
func (r *round) startsDue(made *plan, harvests []*harvest, spareUsed bool) map[*node]bool {
	due := make(map[*node]bool)
	if r.partial {
		return due
	}
	var waiting []*node
	for id := range made.leaders {
		n := r.poller.cluster.nodes[id]
		if n == nil {
			continue
		}
		lends := slices.ContainsFunc(harvests, func(h *harvest) bool { return h.node == n && h.requests < 4 })
		switch age := r.at.Sub(n.startsAt); {
		case !r.poller.startsRead, lends && (age >= logStartAge || r.startUnknown(made, id)):
			due[n] = true
		case age >= logStartAge || r.startUnknown(made, id):
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

// startUnknown says whether a leader has a partition whose start was never read, such as one that was added.
func (r *round) startUnknown(made *plan, leader int32) bool {
	for _, t := range made.topics {
		for i := range t.partitions {
			if t.partitions[i].leader == leader && t.partitions[i].start == unknownOffset {
				return true
			}
		}
	}
	return false
}

// unread marks the ends of what a broker leads as unknown.
func (r *round) unread(topics []*topic, leader int32, problem string) {
	for _, t := range topics {
		for i := range t.partitions {
			if t.partitions[i].leader == leader {
				t.partitions[i].endProblem = problem
			}
		}
	}
}

func (r *round) listLatest(n *node, led *leadership, topics []*topic) {
	for _, request := range led.latest {
		answer, err := r.listOf(n, brokers.LaneOffsets, request)
		if err != nil {
			r.failed(n, kafka.ListOffsets, err, "log end offsets of the partitions that it leads")
			r.unread(topics, n.ID, "its leader does not answer")
			r.markStale()
			return
		}
		r.take(answer, func(part *partition, block *sarama.OffsetResponseBlock, name string) {
			if part.leader != n.ID {
				return
			}
			if block.Err == sarama.ErrNoError {
				part.end = block.Offset
				return
			}
			part.endProblem = kafka.Words(block.Err)
			if kafka.IsDenied(block.Err) {
				part.endProblem = r.poller.config.Denied(block.Err, name)
				return
			}
			r.markStale()
		})
	}
}

func (r *round) listEarliest(n *node, led *leadership) {
	for _, request := range led.earliest {
		answer, err := r.listOf(n, brokers.LaneDescribe, request)
		if err != nil {
			r.failed(n, kafka.ListOffsets, err, "log start offsets of the partitions that it leads")
			return
		}
		r.take(answer, func(part *partition, block *sarama.OffsetResponseBlock, _ string) {
			if part.leader == n.ID && block.Err == sarama.ErrNoError {
				part.start = block.Offset
			}
		})
	}
}

// markStale has the metadata read again with the next refresh.
func (r *round) markStale() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.poller.cluster.stale = true
}

func (r *round) listOf(n *node, lane brokers.Lane, request *sarama.OffsetRequest) (*sarama.OffsetResponse, error) {
	return brokers.Ask(r.ctx, n.Broker, lane, &r.meter, func(broker *sarama.Broker, offered kafka.Offers) (*sarama.OffsetResponse, error) {
		version, err := offered.Version(kafka.ListOffsets)
		if err != nil {
			return nil, err
		}
		versioned := *request // the plan's own may still be in use by a call that was given up
		versioned.Version = version
		return broker.GetAvailableOffsets(&versioned)
	})
}

// take hands every partition of an answer on. Leaders write to partitions of their own, so they need no lock.
func (r *round) take(answer *sarama.OffsetResponse, each func(*partition, *sarama.OffsetResponseBlock, string)) {
	for name, blocks := range answer.Blocks {
		t := r.poller.cluster.topics[name]
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
