package poll

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/parallel"
	"regroup/kafka/records"
	"regroup/model"
)

// describe asks a coordinator for the members of its groups, each type by its own request. It returns how many kinds of
// request that took.
func (c *cycle) describe(res *result) int {
	if !c.partial {
		res.node.payloads.turn()
	}
	var classic, consumer []*entry
	for _, e := range res.entries {
		switch c.poller.describedAs(e) {
		case model.TypeConsumer:
			consumer = append(consumer, e)
		case model.TypeClassic:
			c.generationBefore(e)
			if e.state == model.StateEmpty && !e.vanished {
				continue // an empty group has no members to describe
			}
			classic = append(classic, e)
		}
	}
	requests := 0
	if len(classic) > 0 {
		requests++
		for part := range slices.Chunk(classic, int(res.node.batch.Load())) {
			c.describeClassic(res.node, part)
		}
	}
	if len(consumer) > 0 {
		requests++
		for part := range slices.Chunk(consumer, int(res.node.batch.Load())) {
			c.describeConsumer(res.node, part)
		}
	}
	for _, e := range res.entries {
		c.generationAfter(e)
	}
	return requests
}

// describedAs is by which request a group is described; "" by none.
func (p *Poller) describedAs(e *entry) model.GroupType {
	switch e.kind {
	case model.TypeConsumer, model.TypeClassic:
		return e.kind
	case model.TypeUnknown:
		// Brokers before ListGroups v5 have no types. Nearly all have nothing but classic groups.
		if _, is := p.consumers.Load(e.id); is {
			return model.TypeConsumer
		}
		return model.TypeClassic
	}
	return ""
}

// generationBefore and generationAfter frame a description: the generation belongs to what was described only if it is
// the same on both sides.
func (c *cycle) generationBefore(e *entry) {
	if generations := c.poller.options.Generations; generations != nil {
		e.before, e.counted = generations(e.id)
	}
}

func (c *cycle) generationAfter(e *entry) {
	if !e.counted {
		return
	}
	if after, ok := c.poller.options.Generations(e.id); ok && after == e.before {
		e.group.Generation = model.Generation{Number: after, Kind: model.GenerationExact}
	}
}

func ids(entries []*entry) []string {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.id
	}
	return ids
}

func (c *cycle) describeClassic(n *node, entries []*entry) {
	names := ids(entries) // not below: a call may outlive its context, and the entries
	answer, err := brokers.Ask(c.ctx, n.Broker, brokers.LaneDescribe, &c.meter, kafka.DescribeGroups, func(broker *sarama.Broker, version int16) (*sarama.DescribeGroupsResponse, error) {
		return broker.DescribeGroups(&sarama.DescribeGroupsRequest{Version: version, Groups: names})
	})
	if err != nil {
		n.shrink(err)
		c.failed(n, kafka.DescribeGroups, err, "members of "+c.poller.countGroups(len(entries)))
		return
	}
	refused := refusals{cycle: c, node: n, api: kafka.DescribeGroups, unknown: "members"}
	defer refused.done()
	find := finder{entries: entries}
	for _, group := range answer.Groups {
		e := find.find(group.GroupId)
		switch {
		case e == nil:
		case group.Err == sarama.ErrGroupIDNotFound || group.Err == sarama.ErrNoError && records.GroupState(group.State) == model.StateDead:
			// Coordinators report a group that they do not have as Dead, and before Kafka 4 one of another type too.
			if e.kind == model.TypeUnknown && !e.vanished {
				c.poller.consumers.Store(e.id, struct{}{})
			} else {
				e.gone = true
			}
		case group.Err != sarama.ErrNoError && e.vanished:
			e.refusal = group.Err
		case group.Err != sarama.ErrNoError:
			refused.add(group.Err, e.id)
		default:
			e.classic = group
		}
	}
}

func (c *cycle) describeConsumer(n *node, entries []*entry) {
	names := ids(entries) // not below: a call may outlive its context, and the entries
	answer, err := brokers.Ask(c.ctx, n.Broker, brokers.LaneDescribe, &c.meter, kafka.ConsumerGroupDescribe, func(broker *sarama.Broker, version int16) (*sarama.ConsumerGroupDescribeResponse, error) {
		return broker.ConsumerGroupDescribe(&sarama.ConsumerGroupDescribeRequest{Version: version, GroupIDs: names})
	})
	if err != nil {
		if errors.Is(err, kafka.ErrNotOffered) {
			c.poller.consumers.Clear() // they were taken for consumer groups; this broker has none
		}
		n.shrink(err)
		c.failed(n, kafka.ConsumerGroupDescribe, err, "members of "+c.poller.countGroups(len(entries)))
		return
	}
	refused := refusals{cycle: c, node: n, api: kafka.ConsumerGroupDescribe, unknown: "members"}
	defer refused.done()
	find := finder{entries: entries}
	for i := range answer.Groups {
		group := &answer.Groups[i]
		e := find.find(group.GroupID)
		switch {
		case e == nil:
		case group.ErrorCode == sarama.ErrGroupIDNotFound:
			c.poller.consumers.Delete(e.id)
			e.gone = e.kind == model.TypeConsumer || e.vanished
		case group.ErrorCode != sarama.ErrNoError && e.vanished:
			e.refusal = group.ErrorCode
		case group.ErrorCode != sarama.ErrNoError:
			refused.add(group.ErrorCode, e.id)
		default:
			e.consumer = group
		}
	}
}

// shrink halves the number of groups in a request where an answer was too large for sarama.
func (n *node) shrink(err error) {
	if tooLarge, is := errors.AsType[sarama.PacketDecodingError](err); is && strings.Contains(tooLarge.Info, "too large") {
		n.batch.Store(max(1, n.batch.Load()/2))
	}
}

// batchedFetch is the first version of OffsetFetch that takes many groups (Kafka 3.0).
const batchedFetch = 8

const errOneGroup = kafka.NotSent("OffsetFetch takes one group at a time")

// fetch reads the commits of a coordinator's groups. It returns how many kinds of request that took.
func (c *cycle) fetch(res *result) int {
	var committing []*entry
	for _, e := range res.entries {
		// Share groups have their own kind of offsets.
		if e.kind != model.TypeShare && !e.vanished {
			committing = append(committing, e)
		}
	}
	if len(committing) == 0 {
		return 0
	}
	batched := true
	for part := range slices.Chunk(committing, int(res.node.batch.Load())) {
		if batched = batched && c.fetchMany(res.node, part); !batched {
			c.fetchEach(res.node, part)
		}
	}
	return 1
}

// fetchMany reads the commits of many groups with one request; false if the broker cannot.
func (c *cycle) fetchMany(n *node, entries []*entry) bool {
	groups := make([]sarama.OffsetFetchRequestGroup, len(entries))
	for i, e := range entries {
		groups[i].GroupId = e.id // without topics: all of them
	}
	answer, err := brokers.Ask(c.ctx, n.Broker, brokers.LaneOffsets, &c.meter, kafka.OffsetFetch, func(broker *sarama.Broker, version int16) (*sarama.OffsetFetchResponse, error) {
		if version < batchedFetch {
			return nil, errOneGroup
		}
		return broker.FetchOffset(&sarama.OffsetFetchRequest{Version: version, Groups: groups})
	})
	if errors.Is(err, errOneGroup) {
		return false
	}
	if err != nil {
		n.shrink(err)
		c.failed(n, kafka.OffsetFetch, err, "offsets of "+c.poller.countGroups(len(entries)))
		return true
	}
	refused := refusals{cycle: c, node: n, api: kafka.OffsetFetch, unknown: "offsets"}
	defer refused.done()
	find := finder{entries: entries}
	for i := range answer.Groups {
		group := &answer.Groups[i]
		e := find.find(group.GroupId)
		switch {
		case e == nil:
		case group.Err != sarama.ErrNoError:
			refused.add(group.Err, e.id)
		default:
			e.blocks, e.group.OffsetsKnown = group.Blocks, true
		}
	}
	return true
}

// fetchEach reads the commits group by group, on the lanes that are not used for anything else, for Kafka before 3.0.
func (c *cycle) fetchEach(n *node, entries []*entry) {
	var wait parallel.Group
	var next atomic.Int64
	var mutex sync.Mutex
	refused := refusals{cycle: c, node: n, api: kafka.OffsetFetch, unknown: "offsets"}
	var failure error
	failures := 0
	for lane := brokers.LaneOffsets; lane < brokers.PollLanes; lane++ {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				answer, err := c.fetchOne(n, lane, entries[i])
				mutex.Lock()
				switch {
				case err != nil:
					failure = err
					failures++
				case answer.Err != sarama.ErrNoError:
					refused.add(answer.Err, entries[i].id)
				default:
					entries[i].blocks, entries[i].group.OffsetsKnown = answer.Blocks, true
				}
				mutex.Unlock()
			}
		})
	}
	wait.Wait()
	refused.done()
	if failures > 0 {
		c.failed(n, kafka.OffsetFetch, failure, "offsets of "+c.poller.countGroups(failures))
	}
}

func (c *cycle) fetchOne(n *node, lane brokers.Lane, e *entry) (*sarama.OffsetFetchResponse, error) {
	group := e.id
	return brokers.Ask(c.ctx, n.Broker, lane, &c.meter, kafka.OffsetFetch, func(broker *sarama.Broker, version int16) (*sarama.OffsetFetchResponse, error) {
		return broker.FetchOffset(&sarama.OffsetFetchRequest{Version: version, ConsumerGroup: group})
	})
}
