package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"regroup/model"
)

const (
	// metadataAge is how old the metadata may get. Partitions that are added, topics that are recreated and brokers
	// that come are noticed that late; a leader that moved is noticed at once, by the error it causes.
	metadataAge = 5 * time.Second

	// inventoryAge is how old the list of all topics may get, by which a topic that is new is told from one that nobody was
	// interested in before.
	inventoryAge = 30 * time.Second

	// lingering is for how long a topic is asked for that no group has to do with any more: that it was deleted may be why.
	lingering = 3 * metadataAge

	// placeholderTopic is asked for where no topic is of interest: in sarama's encoding an empty list means all topics.
	placeholderTopic = "__consumer_offsets"

	unknownOffset = int64(-1)
)

// cluster is what the poller has learnt of the cluster. It belongs to the poll that is under way.
type cluster struct {
	id       string
	version  string
	offered  offers // that version was guessed from
	nodes    map[int32]*node
	topics   map[string]*topic
	learntAt time.Time // of the metadata
	changes  int       // counts the metadata answers
	stale    bool      // an answer contradicted the metadata
	turn     int       // whose turn it is to be asked for metadata

	inventory map[string]model.Moment // all topics by their names, with when they came to be; zero is before the first list
	listedAt  time.Time               // of the inventory; zero is never
}

// topic is a topic's shape and offsets. Its name is the one string that all groups share.
type topic struct {
	model.Topic
	known      bool   // the metadata of it has been read
	problem    string // why it could not be
	partitions []partition
	round      int       // that last had to do with it
	wantedAt   time.Time // when a group had to do with it last
}

// partition is by its place in a topic. The zero value means nothing: offsets are unknownOffset where unknown.
type partition struct {
	leader     int32  // -1 is none
	problem    string // why it has no leader
	end        int64  // of this round
	endProblem string
	start      int64 // may be a few seconds old: retention moves slowly
}

// topic finds a topic by its name, or makes one of which nothing is known yet.
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
	return slices.SortedFunc(maps.Values(c.nodes), func(a, b *node) int { return cmp.Compare(a.id, b.id) })
}

// askable are the nodes that a request can be sent to.
func (c *cluster) askable() []*node {
	return slices.DeleteFunc(c.sorted(), func(n *node) bool { return !n.present || n.out() != nil })
}

// metadata reads the brokers and the given topics from whichever broker answers.
func (r *round) metadata(topics []*topic) {
	names := make([]string, 0, len(topics))
	for _, t := range topics {
		names = append(names, t.Name)
	}
	c := &r.poller.cluster
	request, all := metadataOf(names), !r.partial && r.at.Sub(c.listedAt) >= inventoryAge
	if all {
		request = metadataRequest(nil)
	}
	nodes := c.askable()
	c.turn++
	for i := range nodes {
		n := nodes[(c.turn+i)%len(nodes)]
		answer, err := ask(r.ctx, n, 0, &r.meter, request)
		if err == nil {
			r.poller.learn(answer, topics, r.at)
			if all {
				r.listTopics(n, answer, topics)
			}
			if !r.partial { // which asks for a few topics only
				c.learntAt, c.stale = r.at, false
			}
			return
		}
		r.failed(n, apiMetadata, err, "leaders and partitions of topics")
		if r.ctx.Err() != nil {
			return
		}
	}
}

// metadataOf is the request for the brokers and the named topics, none of which it creates.
func metadataOf(names []string) func(*sarama.Broker, offers) (*sarama.MetadataResponse, error) {
	if len(names) == 0 {
		names = []string{placeholderTopic}
	}
	return metadataRequest(names)
}

// metadataRequest is the same, but no names are all topics.
func metadataRequest(names []string) func(*sarama.Broker, offers) (*sarama.MetadataResponse, error) {
	return func(broker *sarama.Broker, offered offers) (*sarama.MetadataResponse, error) {
		version, err := offered.version(apiMetadata)
		if err != nil {
			return nil, err
		}
		answer, err := broker.GetMetadata(&sarama.MetadataRequest{Version: version, Topics: names})
		if err == nil && len(answer.Brokers) == 0 {
			err = errors.New("the answer names no broker")
		}
		return answer, err
	}
}

// listTopics takes over the names of all topics. Topics that do not exist, or may not be seen, are not among them: only asked
// for by name, the broker says which of the two it is.
func (r *round) listTopics(n *node, answer *sarama.MetadataResponse, topics []*topic) {
	c := &r.poller.cluster
	inventory := make(map[string]model.Moment, len(answer.Topics))
	for _, t := range answer.Topics {
		inventory[t.Name] = c.created(t.Name, r.at)
	}
	c.inventory, c.listedAt = inventory, r.at
	var names []string
	for _, t := range topics {
		if _, listed := c.inventory[t.Name]; !listed {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	answer, err := ask(r.ctx, n, 0, &r.meter, metadataOf(names))
	if err != nil {
		r.failed(n, apiMetadata, err, "leaders and partitions of topics")
		return
	}
	r.poller.learn(answer, topics, r.at)
}

// created is when a topic came to be, as far as the lists of all topics tell; zero is before the first.
func (c *cluster) created(name string, now time.Time) model.Moment {
	if at, listed := c.inventory[name]; listed || c.inventory == nil {
		return at
	}
	return model.Moment{NotBefore: c.listedAt, NotAfter: now}
}

// learn takes over a metadata answer.
func (p *Poller) learn(answer *sarama.MetadataResponse, topics []*topic, now time.Time) {
	c := &p.cluster
	c.changes++
	if answer.ClusterID != nil {
		c.id = *answer.ClusterID
	}
	p.learnBrokers(answer.Brokers, now)
	answered := make(map[string]*sarama.TopicMetadata, len(answer.Topics))
	for _, t := range answer.Topics {
		answered[t.Name] = t
	}
	for _, t := range topics {
		if metadata := answered[t.Name]; metadata != nil {
			if !t.known && metadata.Err == sarama.ErrNoError {
				t.Created = c.created(t.Name, now)
			}
			t.learn(metadata, p.config)
		}
	}
	p.guessVersion()
}

func (p *Poller) learnBrokers(brokers []*sarama.Broker, now time.Time) {
	c := &p.cluster
	for _, n := range c.nodes {
		n.present = false
	}
	for _, b := range brokers {
		n := c.nodes[b.ID()]
		if n == nil {
			ended, forget := context.WithCancel(p.closed)
			n = &node{id: b.ID(), connector: p.connector, ended: ended, forget: forget}
			n.batch.Store(maxGroupsPerRequest)
			c.nodes[b.ID()] = n
		}
		n.present = true
		n.mutex.Lock()
		if n.address != b.Addr() {
			n.closeLinks() // it has moved; a probe that is under way takes the new address the next time
		}
		n.address, n.rack, n.inSince = b.Addr(), b.Rack(), now
		n.mutex.Unlock()
	}
	for id, n := range c.nodes {
		if !n.present && now.Sub(n.inSince) > nodeForgotten {
			n.end()
			delete(c.nodes, id)
		}
	}
	p.pulsed.learn(c.nodes)
}

// guessVersion says which release the brokers are, by the first that has said what it offers.
func (p *Poller) guessVersion() {
	c := &p.cluster
	for _, n := range c.sorted() {
		n.mutex.Lock()
		offered := n.offers
		n.mutex.Unlock()
		if offered == nil {
			continue
		}
		if !maps.Equal(offered, c.offered) {
			c.offered, c.version = offered, offered.kafkaVersion()
		}
		return
	}
}

// learn takes over what the metadata say of one topic.
func (t *topic) learn(metadata *sarama.TopicMetadata, config Config) {
	t.known, t.problem, t.Missing = true, "", false
	switch metadata.Err {
	case sarama.ErrNoError, sarama.ErrLeaderNotAvailable:
	case sarama.ErrUnknownTopicOrPartition:
		t.Missing, t.problem, t.partitions, t.Partitions = true, "no such topic", nil, 0
		return
	case sarama.ErrTopicAuthorizationFailed:
		t.problem = config.denied(metadata.Err, t.Name)
		return
	default:
		t.problem = words(metadata.Err)
		return
	}
	id := topicID(metadata.Uuid)
	if id != t.ID {
		t.partitions = nil // another topic of the same name: its offsets are others
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
			part.problem = words(m.Err)
		}
	}
}

// bootstrap finds the cluster through the configured addresses, all at once: the first that answers is enough.
func (r *round) bootstrap() {
	type reached struct {
		address string
		link    *link
		offered offers
		answer  *sarama.MetadataResponse
		err     error
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	addresses := r.poller.config.Brokers
	results := make(chan reached, len(addresses))
	for _, address := range addresses {
		r.poller.connector.running.Go(func() {
			got := reached{address: address}
			if got.link, got.offered, got.err = r.poller.connector.greet(ctx, address); got.err == nil {
				r.meter.sent.Add(2)
				got.answer, got.err = r.poller.connector.brokers(ctx, got.link, got.offered)
			}
			results <- got
		})
	}
	found := false
	var failures []reached
	for range addresses {
		got := <-results
		switch {
		case got.err != nil:
			if got.link != nil {
				got.link.close()
			}
			failures = append(failures, got)
		case found:
			got.link.close()
		default:
			found = true
			cancel()
			r.poller.learn(got.answer, nil, r.at)
			r.poller.keep(got.link, got.offered)
		}
	}
	if found {
		return
	}
	r.poller.refused = slices.ContainsFunc(failures, func(f reached) bool { return refused(f.err) })
	for _, f := range failures {
		problem, advice := r.poller.config.explain(f.err)
		r.errs = append(r.errs, model.SourceError{
			Address: f.address, Operation: model.OperationConnect, Problem: problem, Unknown: "everything", Advice: advice,
		})
	}
}

// brokers asks one broker for the others.
func (c *connector) brokers(ctx context.Context, l *link, offered offers) (*sarama.MetadataResponse, error) {
	ctx, cancel := within(ctx, c.config.timeout())
	defer cancel()
	request := metadataOf(nil)
	answer, err := exchange(ctx, l, func(broker *sarama.Broker) (*sarama.MetadataResponse, error) { return request(broker, offered) })
	if err != nil {
		return nil, &linkError{err: err, greeting: l.greeting()}
	}
	return answer, nil
}

// keep hands the bootstrap connection to the broker that it leads to, if the metadata know it by the same address.
func (p *Poller) keep(l *link, offered offers) {
	for _, n := range p.cluster.nodes {
		if n.address == l.address {
			n.adopt(l, offered)
			return
		}
	}
	l.close()
	if p.cluster.version == "" {
		p.cluster.offered, p.cluster.version = offered, offered.kafkaVersion()
	}
}

// explain is Config.explain for a broker of the cluster, of which more is known than its address.
func (p *Poller) explain(n *node, err error) (problem, advice string) {
	problem, advice = p.config.explain(err)
	n.mutex.Lock()
	address, answeredBefore := n.address, !n.lastSeen.IsZero()
	n.mutex.Unlock()
	var dial *net.OpError
	switch {
	case answeredBefore && (lost(err) || errors.As(err, &dial)):
		return problem, "it answered before: it is restarting, stopped or cut off, and is tried again in the background"
	case !answeredBefore && !slices.Contains(p.config.Brokers, address):
		hint := fmt.Sprintf("%s is what the broker advertises (advertised.listeners): it must be reachable from here", address)
		if advice == "" {
			return problem, hint
		}
		return problem, advice + "; " + hint
	}
	return problem, advice
}
