package poll

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/records"
	"regroup/model"
)

const (
	// metadataAge is how old the metadata may get. Added partitions, recreated topics
	// and new brokers are noticed that late; a leader that moved is noticed at once, by the error it causes.
	metadataAge = 5 * time.Second

	// inventoryAge is how old the list of all topics may get. It tells a new topic from one that no group used before.
	inventoryAge = 30 * time.Second

	// lingering is how long a topic that no group uses any more is still asked for: its deletion may be the reason.
	lingering = 3 * metadataAge

	nodeForgotten   = 15 * time.Minute // how long a broker that left the metadata is shown
	coordinatorMove = 20 * time.Second // how long no broker may list the groups of a broker that left

	unknownOffset = int64(-1)
)

// node is a broker as polls know it. It belongs to the poll that is under way.
type node struct {
	*brokers.Broker
	present   bool          // the metadata hold it
	presentAt time.Time     // when they last did
	listed    []listedGroup // what it listed last, sorted
	entries   []entry       // made for the poll that is under way; empty in between, kept for its room
	startsAt  time.Time     // when the log start offsets of what it leads were read; zero is never
	batch     atomic.Int32  // how many groups a request may name
	payloads  payloads
}

// cluster is what the polls found out about the cluster. It belongs to the poll that is under way.
type cluster struct {
	id      string
	version string
	offered kafka.Offers // that version was guessed from
	nodes   map[int32]*node
	topics  map[string]*topic
	readAt  time.Time // of the metadata
	changes int       // counts the metadata responses
	stale   bool      // a response contradicted the metadata
	turn    int       // whose turn it is to be asked for metadata

	inventory map[string]model.Moment // all topics by their names, with when they were created; zero is before the first list
	listedAt  time.Time               // of the inventory; zero is never
}

// topic is a topic's partitions and offsets. Its name is the one string that all groups share.
type topic struct {
	model.Topic
	known      bool   // the metadata of it has been read
	problem    string // why it could not be
	partitions []partition
	cycle      int       // that last used it
	wantedAt   time.Time // when a group used it last
}

// partition is by its place in a topic. The zero value means nothing: offsets are unknownOffset where unknown.
type partition struct {
	leader     int32  // -1 is none
	problem    string // why it has no leader
	end        int64  // of this cycle
	endProblem string
	start      int64 // may be a few seconds old: retention moves slowly
}

// topic finds a topic by its name, or adds it with nothing known yet.
func (c *cluster) topic(name string) *topic {
	t := c.topics[name]
	if t == nil {
		t = &topic{Topic: model.Topic{Name: name}}
		c.topics[name] = t
	}
	return t
}

// sorted are the nodes by their ids.
func (c *cluster) sorted() []*node {
	return slices.SortedFunc(maps.Values(c.nodes), func(a, b *node) int { return cmp.Compare(a.ID, b.ID) })
}

// askable are the nodes that a request can be sent to.
func (c *cluster) askable() []*node {
	return slices.DeleteFunc(c.sorted(), func(n *node) bool { return !n.present || n.Outage() != nil })
}

// metadata reads the brokers and the given topics from the first broker that responds.
func (c *cycle) metadata(topics []*topic) {
	names := make([]string, 0, len(topics))
	for _, t := range topics {
		names = append(names, t.Name)
	}
	known := &c.poller.cluster
	request, all := kafka.MetadataOf(names), !c.partial && c.at.Sub(known.listedAt) >= inventoryAge
	if all {
		request = kafka.MetadataOfAll()
	}
	nodes := known.askable()
	known.turn++
	for i := range nodes {
		n := nodes[(known.turn+i)%len(nodes)]
		answer, err := brokers.Ask(c.ctx, n.Broker, brokers.LaneDescribe, &c.meter, kafka.Metadata, request)
		if err == nil {
			c.poller.apply(answer, topics, c.at)
			if all {
				c.listTopics(n, answer, topics)
			}
			if !c.partial { // which asks for a few topics only
				known.readAt, known.stale = c.at, false
			}
			return
		}
		c.failed(n, kafka.Metadata, err, "leaders and partitions of topics")
		if c.ctx.Err() != nil {
			return
		}
	}
}

// listTopics applies the names of all topics. Topics that do not exist, or may not be described, are not among them: the
// broker says which of the two it is only when it is asked for them by name.
func (c *cycle) listTopics(n *node, answer *sarama.MetadataResponse, topics []*topic) {
	known := &c.poller.cluster
	inventory := make(map[string]model.Moment, len(answer.Topics))
	for _, t := range answer.Topics {
		inventory[t.Name] = known.created(t.Name, c.at)
	}
	known.inventory, known.listedAt = inventory, c.at
	var names []string
	for _, t := range topics {
		if _, listed := known.inventory[t.Name]; !listed {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	answer, err := brokers.Ask(c.ctx, n.Broker, brokers.LaneDescribe, &c.meter, kafka.Metadata, kafka.MetadataOf(names))
	if err != nil {
		c.failed(n, kafka.Metadata, err, "leaders and partitions of topics")
		return
	}
	c.poller.apply(answer, topics, c.at)
}

// created is when a topic was created, as far as the lists of all topics show; zero is before the first.
func (c *cluster) created(name string, now time.Time) model.Moment {
	if at, listed := c.inventory[name]; listed || c.inventory == nil {
		return at
	}
	return model.Moment{NotBefore: c.listedAt, NotAfter: now}
}

// apply applies a metadata response.
func (p *Poller) apply(answer *sarama.MetadataResponse, topics []*topic, now time.Time) {
	c := &p.cluster
	c.changes++
	if answer.ClusterID != nil {
		c.id = *answer.ClusterID
	}
	p.applyBrokers(answer.Brokers, now)
	answered := make(map[string]*sarama.TopicMetadata, len(answer.Topics))
	for _, t := range answer.Topics {
		answered[t.Name] = t
	}
	for _, t := range topics {
		if metadata := answered[t.Name]; metadata != nil {
			if !t.known && metadata.Err == sarama.ErrNoError {
				t.Created = c.created(t.Name, now)
			}
			t.apply(metadata, p.config)
		}
	}
	p.guessVersion()
}

func (p *Poller) applyBrokers(answered []*sarama.Broker, now time.Time) {
	c := &p.cluster
	for _, n := range c.nodes {
		n.present = false
	}
	for _, b := range answered {
		n := c.nodes[b.ID()]
		if n == nil {
			n = &node{Broker: p.brokers.New(b.ID())}
			n.batch.Store(maxGroupsPerRequest)
			c.nodes[b.ID()] = n
		}
		n.present, n.presentAt = true, now
		n.Locate(b.Addr(), b.Rack())
	}
	var present []*brokers.Broker
	for id, n := range c.nodes {
		switch {
		case n.present:
			present = append(present, n.Broker)
		case now.Sub(n.presentAt) > nodeForgotten:
			n.Forget()
			delete(c.nodes, id)
		}
	}
	p.brokers.SetPresent(present)
}

// guessVersion guesses the release of the brokers from the requests that the first of them offers.
func (p *Poller) guessVersion() {
	c := &p.cluster
	for _, n := range c.sorted() {
		offered := n.Offered()
		if offered == nil {
			continue
		}
		if !maps.Equal(offered, c.offered) {
			c.offered, c.version = offered, offered.KafkaVersion()
		}
		return
	}
}

// apply applies the metadata of one topic.
func (t *topic) apply(metadata *sarama.TopicMetadata, config kafka.Config) {
	t.known, t.problem, t.Missing = true, "", false
	switch metadata.Err {
	case sarama.ErrNoError, sarama.ErrLeaderNotAvailable:
	case sarama.ErrUnknownTopicOrPartition:
		t.Missing, t.problem, t.partitions, t.Partitions = true, "no such topic", nil, 0
		return
	case sarama.ErrTopicAuthorizationFailed:
		t.problem = config.Denied(metadata.Err, t.Name)
		return
	default:
		t.problem = kafka.Words(metadata.Err)
		return
	}
	id := records.TopicID(metadata.Uuid)
	if id != t.ID {
		t.partitions = nil // another topic of the same name: its offsets are unrelated
	}
	t.ID, t.Internal = id, metadata.IsInternal
	count := len(metadata.Partitions)
	for len(t.partitions) < count {
		t.partitions = append(t.partitions, partition{end: unknownOffset, start: unknownOffset})
	}
	t.partitions = t.partitions[:count]
	t.Partitions = int32(count)
	for i := range t.partitions {
		t.partitions[i].leader, t.partitions[i].problem = -1, "no leader"
	}
	for _, m := range metadata.Partitions {
		if m.ID < 0 || int(m.ID) >= count {
			continue
		}
		part := &t.partitions[m.ID]
		if part.leader = m.Leader; m.Leader >= 0 {
			part.problem = ""
		} else if m.Err != sarama.ErrNoError {
			part.problem = kafka.Words(m.Err)
		}
	}
}

// bootstrap finds the cluster through the configured addresses, all at once: the first to respond is enough.
func (c *cycle) bootstrap() {
	p := c.poller
	first, all := p.brokers.Connector().OpenFirst(c.ctx, p.config.Brokers)
	for _, reached := range all {
		if reached.Session != nil {
			c.meter.Sent.Add(2)
		}
	}
	if first != nil {
		p.apply(first.Metadata, nil, c.at)
		p.keep(first.Session)
		return
	}
	for _, reached := range all {
		p.refused = p.refused || kafka.LoginRefused(reached.Err)
		problem, advice := p.config.Explain(reached.Err)
		c.errs = append(c.errs, model.SourceError{
			Address: reached.Address, Operation: model.OperationConnect, Problem: problem, Unknown: "everything", Advice: advice,
		})
	}
}

// keep gives the bootstrap connection to the broker that it leads to, if the metadata have it by the same address.
func (p *Poller) keep(s *kafka.Session) {
	for _, n := range p.cluster.nodes {
		if n.Address() == s.Address() {
			n.Adopt(s)
			return
		}
	}
	s.Close()
	if p.cluster.version == "" {
		p.cluster.offered, p.cluster.version = s.Offered, s.Offered.KafkaVersion()
	}
}

// explain is Config.explain for a broker of the cluster, of which more is known than its address.
func (p *Poller) explain(n *node, err error) (problem, advice string) {
	problem, advice = p.config.Explain(err)
	seen := n.View()
	address, answeredBefore := seen.Address, !seen.LastSeen.IsZero()
	var dial *net.OpError
	switch {
	case answeredBefore && (kafka.ConnectionLost(err) || errors.As(err, &dial)):
		return problem, "it responded before: it is restarting, stopped or unreachable; regroup keeps trying in the background"
	case !answeredBefore && !slices.Contains(p.config.Brokers, address):
		hint := fmt.Sprintf("the broker advertises %s (advertised.listeners): it must be reachable from this machine", address)
		if advice == "" {
			return problem, hint
		}
		return problem, advice + "; " + hint
	}
	return problem, advice
}
