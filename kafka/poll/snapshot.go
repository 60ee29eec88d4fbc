package poll

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/parallel"
	"regroup/kafka/records"
	"regroup/model"
)

// blockSize is how many partitions share one allocation: enough that ten thousand groups cost few, and little enough
// that a reference to one group does not keep a whole snapshot in memory.
const blockSize = 1024

// leastShare is how many groups are worth a goroutine of their own.
const leastShare = 256

// digest makes the group from its description, except for its partitions and commits, and adds the topics that its members
// use.
func (e *entry) digest(topics map[string]struct{}) {
	g := &e.group
	g.ID, g.Type, g.ProtocolType, g.State = e.id, e.kind, e.protocolType, e.state
	g.Coordinator = model.Some(e.node.ID)
	switch {
	case e.consumer != nil:
		e.digestConsumer(e.consumer)
	case e.classic != nil:
		g.State = records.GroupState(e.classic.State)
		if e.classic.ProtocolType != "" {
			g.ProtocolType = e.classic.ProtocolType
		}
		g.Assignor = e.classic.Protocol
		g.MembersKnown, g.Members = true, e.node.payloads.classicMembers(e.classic, g.State)
	case e.state == model.StateEmpty && (e.kind == model.TypeClassic || e.kind == model.TypeUnknown):
		g.MembersKnown = true
	}
	for i := range g.Members {
		m := &g.Members[i]
		for _, name := range m.Subscription {
			topics[name] = struct{}{}
		}
		ownedTopics(m.Assignment, topics)
		ownedTopics(m.Target, topics)
	}
}

// ownedTopics adds the topics of sorted partitions.
func ownedTopics(owned []model.TopicPartition, topics map[string]struct{}) {
	for i, tp := range owned {
		if (i == 0 || tp.Topic != owned[i-1].Topic) && !strings.HasPrefix(tp.Topic, nameless) {
			topics[tp.Topic] = struct{}{}
		}
	}
}

func (e *entry) digestConsumer(description *sarama.ConsumerGroupDescription) {
	g := &e.group
	g.Type, g.State, g.Assignor = model.TypeConsumer, records.GroupState(description.GroupState), description.AssignorName
	g.Generation = model.Generation{Number: description.GroupEpoch, Kind: model.GenerationExact}
	g.AssignmentEpoch = model.Some(description.AssignmentEpoch)
	g.MembersKnown, g.Members = true, consumerMembers(description)
}

// carry keeps a group's topics through a rebalance. Meanwhile the coordinator of a classic group reports no
// subscriptions, and assignments only from Kafka 4 on: partitions without a commit would leave the group, and be new to it
// a moment later.
func (c *cycle) carry(e *entry, topics map[string]struct{}) {
	if e.classic == nil || !e.group.State.Rebalancing() {
		return
	}
	before := c.poller.lastKnown(e.id)
	if before == nil {
		return
	}
	for i := range before.Partitions {
		p := &before.Partitions[i]
		if !p.Committed.Known() && !slices.Contains(e.carried, p.Topic) {
			e.carried = append(e.carried, p.Topic)
			topics[p.Topic] = struct{}{}
		}
	}
}

// merge puts the groups of all coordinators into one sorted list. While a group moves, two brokers may list it, or none:
// then it is not gone, and the snapshot has an error.
func (c *cycle) merge(results []*result) []*entry {
	var all []*entry
	for _, res := range results {
		all = append(all, res.entries...)
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.id, b.id) })
	merged := all[:0]
	for i := 0; i < len(all); {
		best, same := all[i], i+1
		for ; same < len(all) && all[same].id == best.id; same++ {
			if all[same].completeness() > best.completeness() {
				best = all[same]
			}
		}
		i = same
		switch {
		case best.gone:
		case best.vanished && !best.group.MembersKnown:
			c.unlisted(best)
		default:
			merged = append(merged, best)
		}
	}
	return merged
}

// unlisted reports a group that no broker lists although it may exist, for as long as it may be moving from one
// coordinator to another.
func (c *cycle) unlisted(e *entry) {
	if e.missing.IsZero() {
		e.missing = c.at
	}
	if c.at.Sub(e.missing) > coordinatorMove {
		return
	}
	n := e.node
	at, _ := slices.BinarySearchFunc(n.listed, e.id, func(f listedGroup, id string) int { return strings.Compare(f.id, id) })
	n.listed = slices.Insert(n.listed, at, e.listedGroup) // so that it is asked for the next time too
	problem := "no broker lists the group, and its coordinator did not respond"
	if e.refusal != sarama.ErrNoError {
		problem = kafka.Words(e.refusal)
	}
	c.report(n, model.SourceError{
		Group: e.id, Operation: kafka.ListGroups.Name, Problem: problem,
		Unknown: "everything about the group until a coordinator lists it again",
	})
}

const describedCounts = 2

// completeness ranks the reports of two brokers about the same group.
func (e *entry) completeness() int {
	complete := 0
	if e.gone {
		return -1
	}
	if !e.vanished {
		complete++
	}
	if e.group.MembersKnown {
		complete += describedCounts
	}
	if e.group.OffsetsKnown {
		complete += describedCounts
	}
	return complete
}

// snapshot is the result of the cycle.
func (c *cycle) snapshot(entries []*entry, topics []*topic, took time.Duration) *model.Snapshot {
	known := &c.poller.cluster
	s := &model.Snapshot{
		At: c.at, Took: took, Requests: int(c.meter.Sent.Load()), Partial: c.partial,
		Cluster: model.Cluster{ID: known.id, Name: c.poller.config.ClusterName(), Version: known.version},
		Brokers: c.brokers(),
		Topics:  make([]model.Topic, len(topics)),
		Groups:  make([]model.Group, len(entries)),
		Errs:    c.sortErrs(),
	}
	for i, t := range topics {
		s.Topics[i] = t.Topic
	}
	var wait parallel.Group
	share := max(leastShare, (len(entries)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(entries); from += share {
		wait.Go(func() {
			a := assembly{topics: known.topics}
			for i := from; i < min(from+share, len(entries)); i++ {
				s.Groups[i] = entries[i].group
				s.Groups[i].Partitions = a.partitions(entries[i])
			}
		})
	}
	wait.Wait()
	return s
}

func (c *cycle) sortErrs() []model.SourceError {
	slices.SortStableFunc(c.errs, func(a, b model.SourceError) int {
		return cmp.Or(int(a.Broker.Or(-1))-int(b.Broker.Or(-1)), strings.Compare(a.Address, b.Address),
			strings.Compare(a.Operation, b.Operation), strings.Compare(a.Group, b.Group))
	})
	return c.errs
}

func (c *cycle) brokers() []model.Broker {
	nodes := c.poller.cluster.sorted()
	seen := make([]model.Broker, len(nodes))
	for i, n := range nodes {
		seen[i] = n.View()
		b := &seen[i]
		switch out := n.Outage(); {
		case out != nil:
			b.Problem, _ = c.poller.config.Explain(out.Err)
		case !n.present:
			b.Problem = "the broker has left the cluster"
		default:
			b.Problem = c.problems[n.ID]
		}
		b.Answered = b.Problem == ""
	}
	return seen
}

// assembly makes the partitions of groups. What is in it is reused from group to group.
type assembly struct {
	topics  map[string]*topic
	block   []model.PartitionOffset
	from    int                    // where in the block the group in hand begins
	uses    []topicUse             // of the group in hand
	indexes map[*topic]int         // in uses, made for a group with many topics
	beyond  []model.TopicPartition // assigned partitions that the metadata do not know
	extra   []int32                // partition numbers
}

// topicUse is a topic that the group in hand uses.
type topicUse struct {
	topic   *topic
	claimed bool // a member subscribes to it or owns a partition of it: then all of its partitions are listed
}

// partitions are those that the group committed to or owns, and all of the topics that its members subscribe to.
func (a *assembly) partitions(e *entry) []model.PartitionOffset {
	a.from, a.uses, a.beyond = len(a.block), a.uses[:0], a.beyond[:0]
	clear(a.indexes)
	for name := range e.blocks {
		a.use(name, false)
	}
	for i := range e.group.Members {
		m := &e.group.Members[i]
		for _, name := range m.Subscription {
			a.use(name, true)
		}
		a.claimAll(m.Assignment)
		a.claimAll(m.Target)
	}
	for _, name := range e.carried {
		a.use(name, true)
	}
	if len(a.uses) > 1 {
		slices.SortFunc(a.uses, func(x, y topicUse) int { return strings.Compare(x.topic.Name, y.topic.Name) })
	}
	for _, m := range a.uses {
		a.add(m, e.blocks[m.topic.Name])
	}
	if len(a.block) == a.from {
		return nil
	}
	return a.block[a.from:len(a.block):len(a.block)]
}

// fewTopics is up to how many topics of a group a linear search is faster than a map.
const fewTopics = 8

// use notes that the group in hand uses a topic. Most use one.
func (a *assembly) use(name string, claimed bool) *topic {
	if n := len(a.uses); n > 0 && a.uses[n-1].topic.Name == name {
		a.uses[n-1].claimed = a.uses[n-1].claimed || claimed
		return a.uses[n-1].topic
	}
	t := a.topics[name]
	if t == nil {
		return nil
	}
	at := a.index(t)
	if at == len(a.uses) {
		a.uses = append(a.uses, topicUse{topic: t})
	}
	a.uses[at].claimed = a.uses[at].claimed || claimed
	return t
}

// index is where in uses a topic is, or the end.
func (a *assembly) index(t *topic) int {
	if len(a.uses) < fewTopics {
		if i := slices.IndexFunc(a.uses, func(m topicUse) bool { return m.topic == t }); i >= 0 {
			return i
		}
		return len(a.uses)
	}
	if a.indexes == nil {
		a.indexes = make(map[*topic]int)
	}
	for i := len(a.indexes); i < len(a.uses); i++ {
		a.indexes[a.uses[i].topic] = i
	}
	if i, is := a.indexes[t]; is {
		return i
	}
	return len(a.uses)
}

// claimAll claims the topics of sorted partitions.
func (a *assembly) claimAll(partitions []model.TopicPartition) {
	var t *topic
	for i, tp := range partitions {
		if i == 0 || tp.Topic != partitions[i-1].Topic {
			t = a.use(tp.Topic, true)
		}
		if t != nil && int(tp.Partition) >= len(t.partitions) {
			a.beyond = append(a.beyond, tp)
		}
	}
}

// add appends the partitions of one topic, in order.
func (a *assembly) add(m topicUse, blocks map[int32]*sarama.OffsetFetchResponseBlock) {
	t := m.topic
	count, met := len(t.partitions), 0
	a.extra = a.extra[:0]
	switch {
	case m.claimed:
		for number := range count {
			block := blocks[int32(number)]
			if block != nil {
				met++
			}
			a.append(t, int32(number), block)
		}
		for _, tp := range a.beyond {
			if tp.Topic == t.Name {
				a.extra = append(a.extra, tp.Partition)
			}
		}
	case count <= 8*len(blocks):
		// Nearly all of the topic's partitions have a commit: asking for each in order is faster than sorting.
		for number := 0; number < count && met < len(blocks); number++ {
			if block := blocks[int32(number)]; block != nil {
				met++
				a.append(t, int32(number), block)
			}
		}
	default:
		count = 0
	}
	if met < len(blocks) {
		for number := range blocks {
			if int(number) >= count {
				a.extra = append(a.extra, number)
			}
		}
	}
	if len(a.extra) == 0 {
		return
	}
	slices.Sort(a.extra)
	for _, number := range slices.Compact(a.extra) {
		a.append(t, number, blocks[number])
	}
}

// append adds one partition with what is known of it.
func (a *assembly) append(t *topic, number int32, block *sarama.OffsetFetchResponseBlock) {
	p := a.next()
	p.TopicPartition = model.TopicPartition{Topic: t.Name, Partition: number}
	if number >= 0 && int(number) < len(t.partitions) {
		part := &t.partitions[number]
		if part.end >= 0 {
			p.LogEnd = model.Some(part.end)
		}
		if part.start >= 0 {
			p.LogStart = model.Some(part.start)
		}
		if p.Problem = part.problem; p.Problem == "" {
			p.Problem = part.endProblem
		}
	} else if p.Problem = t.problem; p.Problem == "" {
		p.Problem = "no such partition"
		if !t.known {
			p.Problem = "the topic's metadata could not be read"
		}
	}
	if block != nil {
		switch {
		case block.Err != sarama.ErrNoError:
			p.Problem = kafka.Words(block.Err)
		case block.Offset >= 0:
			p.Committed = model.Some(block.Offset)
		}
	}
}

// next makes room for a partition of the group in hand, whose partitions lie side by side.
func (a *assembly) next() *model.PartitionOffset {
	n := len(a.block)
	if n == cap(a.block) {
		begun := a.block[a.from:]
		n = len(begun)
		a.block = make([]model.PartitionOffset, n, max(blockSize, 2*n))
		copy(a.block, begun)
		a.from = 0
	}
	a.block = a.block[:n+1]
	return &a.block[n]
}
