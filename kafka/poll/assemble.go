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

// arenaSize is how many partitions share one allocation: enough that ten thousand groups cost few, and little enough
// that a group which somebody keeps does not keep a whole snapshot in memory.
const arenaSize = 1024

// leastShare is how many groups are worth a goroutine of their own.
const leastShare = 256

// digest turns what the coordinator said of a group into the group, except for its partitions and commits, and adds the
// topics that its members have to do with.
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

// carry keeps a group's topics through a rebalance. While it lasts, the coordinator of a classic group says nothing of
// subscriptions, and only from Kafka 4 on something of assignments: partitions without a commit would be gone from the
// group, and be new to it a moment later.
func (r *round) carry(e *entry, topics map[string]struct{}) {
	if e.classic == nil || !e.group.State.Rebalancing() {
		return
	}
	before := r.poller.seen(e.id)
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
// then it is not gone, and the snapshot says so.
func (r *round) merge(harvests []*harvest) []*entry {
	var all []*entry
	for _, h := range harvests {
		all = append(all, h.entries...)
	}
	slices.SortFunc(all, func(a, b *entry) int { return strings.Compare(a.id, b.id) })
	merged := all[:0]
	for i := 0; i < len(all); {
		best, same := all[i], i+1
		for ; same < len(all) && all[same].id == best.id; same++ {
			if all[same].worth() > best.worth() {
				best = all[same]
			}
		}
		i = same
		switch {
		case best.gone:
		case best.vanished && !best.group.MembersKnown:
			r.adrift(best)
		default:
			merged = append(merged, best)
		}
	}
	return merged
}

// adrift reports a group that nobody lists although nobody says that it is gone, for as long as that may be because it
// is on its way from one coordinator to another.
func (r *round) adrift(e *entry) {
	if e.missing.IsZero() {
		e.missing = r.at
	}
	if r.at.Sub(e.missing) > coordinatorMove {
		return
	}
	n := e.node
	at, _ := slices.BinarySearchFunc(n.listed, e.id, func(f found, id string) int { return strings.Compare(f.id, id) })
	n.listed = slices.Insert(n.listed, at, e.found) // so that it is asked for the next time too
	problem := "no broker lists the group, and its coordinator could not be asked for it"
	if e.refusal != sarama.ErrNoError {
		problem = kafka.Words(e.refusal)
	}
	r.report(n, model.SourceError{
		Group: e.id, Operation: kafka.ListGroups.Name, Problem: problem,
		Unknown: "everything about the group until a coordinator lists it again",
	})
}

const worthDescribed = 2

// worth ranks what two brokers say of the same group.
func (e *entry) worth() int {
	worth := 0
	if e.gone {
		return -1
	}
	if !e.vanished {
		worth++
	}
	if e.group.MembersKnown {
		worth += worthDescribed
	}
	if e.group.OffsetsKnown {
		worth += worthDescribed
	}
	return worth
}

// snapshot is the round's outcome.
func (r *round) snapshot(entries []*entry, topics []*topic, took time.Duration) *model.Snapshot {
	c := &r.poller.cluster
	s := &model.Snapshot{
		At: r.at, Took: took, Requests: int(r.meter.Sent.Load()), Partial: r.partial,
		Cluster: model.Cluster{ID: c.id, Name: r.poller.config.ClusterName(), Version: c.version},
		Brokers: r.brokers(),
		Topics:  make([]model.Topic, len(topics)),
		Groups:  make([]model.Group, len(entries)),
		Errs:    r.sortErrs(),
	}
	for i, t := range topics {
		s.Topics[i] = t.Topic
	}
	var wait parallel.Group
	share := max(leastShare, (len(entries)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(entries); from += share {
		wait.Go(func() {
			a := assembly{topics: c.topics}
			for i := from; i < min(from+share, len(entries)); i++ {
				s.Groups[i] = entries[i].group
				s.Groups[i].Partitions = a.partitions(entries[i])
			}
		})
	}
	wait.Wait()
	return s
}

func (r *round) sortErrs() []model.SourceError {
	slices.SortStableFunc(r.errs, func(a, b model.SourceError) int {
		if c := int(a.Broker.Or(-1)) - int(b.Broker.Or(-1)); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.Operation, b.Operation), strings.Compare(a.Group, b.Group))
	})
	return r.errs
}

func (r *round) brokers() []model.Broker {
	nodes := r.poller.cluster.sorted()
	seen := make([]model.Broker, len(nodes))
	for i, n := range nodes {
		seen[i] = n.View()
		b := &seen[i]
		switch out := n.Outage(); {
		case out != nil:
			b.Problem, _ = r.poller.config.Explain(out.Err)
		case !n.present:
			b.Problem = "the broker has left the cluster"
		default:
			b.Problem = r.trouble[n.ID]
		}
		b.Answered = b.Problem == ""
	}
	return seen
}

// assembly makes the partitions of groups. What is in it is reused from group to group.
type assembly struct {
	topics map[string]*topic
	arena  []model.PartitionOffset
	from   int                    // where in the arena the group in hand begins
	met    []meeting              // of the group in hand
	places map[*topic]int         // in met, made for a group with many topics
	beyond []model.TopicPartition // assigned partitions that the metadata do not know
	extra  []int32                // partition numbers
}

// meeting is a topic that the group in hand has to do with.
type meeting struct {
	topic   *topic
	claimed bool // a member subscribes to it or owns a part of it: then every partition of it is listed
}

// partitions are those that the group committed to or owns, and all of the topics that its members subscribe to.
func (a *assembly) partitions(e *entry) []model.PartitionOffset {
	a.from, a.met, a.beyond = len(a.arena), a.met[:0], a.beyond[:0]
	clear(a.places)
	for name := range e.blocks {
		a.meet(name, false)
	}
	for i := range e.group.Members {
		m := &e.group.Members[i]
		for _, name := range m.Subscription {
			a.meet(name, true)
		}
		a.claimAll(m.Assignment)
		a.claimAll(m.Target)
	}
	for _, name := range e.carried {
		a.meet(name, true)
	}
	if len(a.met) > 1 {
		slices.SortFunc(a.met, func(x, y meeting) int { return strings.Compare(x.topic.Name, y.topic.Name) })
	}
	for _, m := range a.met {
		a.add(m, e.blocks[m.topic.Name])
	}
	if len(a.arena) == a.from {
		return nil
	}
	return a.arena[a.from:len(a.arena):len(a.arena)]
}

// fewTopics is up to how many topics of a group a look at each of them is faster than a map.
const fewTopics = 8

// meet notes that the group in hand has to do with a topic. Most have to do with one.
func (a *assembly) meet(name string, claimed bool) *topic {
	if n := len(a.met); n > 0 && a.met[n-1].topic.Name == name {
		a.met[n-1].claimed = a.met[n-1].claimed || claimed
		return a.met[n-1].topic
	}
	t := a.topics[name]
	if t == nil {
		return nil
	}
	at := a.place(t)
	if at == len(a.met) {
		a.met = append(a.met, meeting{topic: t})
	}
	a.met[at].claimed = a.met[at].claimed || claimed
	return t
}

// place is where in met a topic is, or the end.
func (a *assembly) place(t *topic) int {
	if len(a.met) < fewTopics {
		if i := slices.IndexFunc(a.met, func(m meeting) bool { return m.topic == t }); i >= 0 {
			return i
		}
		return len(a.met)
	}
	if a.places == nil {
		a.places = make(map[*topic]int)
	}
	for i := len(a.places); i < len(a.met); i++ {
		a.places[a.met[i].topic] = i
	}
	if i, is := a.places[t]; is {
		return i
	}
	return len(a.met)
}

// claimAll claims the topics of sorted partitions.
func (a *assembly) claimAll(partitions []model.TopicPartition) {
	var t *topic
	for i, tp := range partitions {
		if i == 0 || tp.Topic != partitions[i-1].Topic {
			t = a.meet(tp.Topic, true)
		}
		if t != nil && int(tp.Partition) >= len(t.partitions) {
			a.beyond = append(a.beyond, tp)
		}
	}
}

// add appends the partitions of one topic, in order.
func (a *assembly) add(m meeting, blocks map[int32]*sarama.OffsetFetchResponseBlock) {
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
	n := len(a.arena)
	if n == cap(a.arena) {
		begun := a.arena[a.from:]
		n = len(begun)
		a.arena = make([]model.PartitionOffset, n, max(arenaSize, 2*n))
		copy(a.arena, begun)
		a.from = 0
	}
	a.arena = a.arena[:n+1]
	return &a.arena[n]
}
