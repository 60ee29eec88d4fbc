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
func (r *round) describe(h *harvest) int {
	if !r.partial {
		h.node.payloads.turn()
	}
	var classic, consumer []*entry
	for _, e := range h.entries {
		switch r.poller.describedAs(e) {
		case model.TypeConsumer:
			consumer = append(consumer, e)
		case model.TypeClassic:
			r.generationBefore(e)
			if e.state == model.StateEmpty && !e.vanished {
				continue // a list that says Empty leaves nothing to ask
			}
			classic = append(classic, e)
		}
	}
	requests := 0
	if len(classic) > 0 {
		requests++
		for part := range slices.Chunk(classic, int(h.node.batch.Load())) {
			r.describeClassic(h.node, part)
		}
	}
	if len(consumer) > 0 {
		requests++
		for part := range slices.Chunk(consumer, int(h.node.batch.Load())) {
			r.describeConsumer(h.node, part)
		}
	}
	for _, e := range h.entries {
		r.generationAfter(e)
	}
	return requests
}

// describedAs says by which request a group is described; "" by none.
func (p *Poller) describedAs(e *entry) model.GroupType {
	switch e.kind {
	case model.TypeConsumer, model.TypeClassic:
		return e.kind
	case model.TypeUnknown:
		// Brokers before ListGroups v5 do not tell. Nearly all have nothing but classic groups.
		if _, is := p.consumers.Load(e.id); is {
			return model.TypeConsumer
		}
		return model.TypeClassic
	}
	return ""
}

// generationBefore and generationAfter frame a description: the generation belongs to what was described only if it is
// the same on both sides.
func (r *round) generationBefore(e *entry) {
	if generations := r.poller.options.Generations; generations != nil {
		e.before, e.counted = generations(e.id)
	}
}

func (r *round) generationAfter(e *entry) {
	if !e.counted {
		return
	}
	if after, ok := r.poller.options.Generations(e.id); ok && after == e.before {
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

func (r *round) describeClassic(n *node, entries []*entry) {
	names := ids(entries) // not below: a call that is given up may outlive the entries
	answer, err := brokers.Ask(r.ctx, n.Broker, brokers.LaneDescribe, &r.meter, func(broker *sarama.Broker, offered kafka.Offers) (*sarama.DescribeGroupsResponse, error) {
		version, err := offered.Version(kafka.DescribeGroups)
		if err != nil {
			return nil, err
		}
		return broker.DescribeGroups(&sarama.DescribeGroupsRequest{Version: version, Groups: names})
	})
	if err != nil {
		n.shrink(err)
		r.failed(n, kafka.DescribeGroups, err, "members of "+r.poller.countGroups(len(entries)))
		return
	}
	refused := refusals{round: r, node: n, api: kafka.DescribeGroups, unknown: "members"}
	defer refused.done()
	find := finder{entries: entries}
	for _, group := range answer.Groups {
		e := find.find(group.GroupId)
		switch {
		case e == nil:
		case group.Err == sarama.ErrGroupIDNotFound || group.Err == sarama.ErrNoError && records.GroupState(group.State) == model.StateDead:
			// Coordinators say Dead of a group that they do not have, and before Kafka 4 of one of another type.
			if e.kind == model.TypeUnknown && !e.vanished {
				r.poller.consumers.Store(e.id, struct{}{})
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

func (r *round) describeConsumer(n *node, entries []*entry) {
	names := ids(entries) // not below: a call that is given up may outlive the entries
	answer, err := brokers.Ask(r.ctx, n.Broker, brokers.LaneDescribe, &r.meter, func(broker *sarama.Broker, offered kafka.Offers) (*sarama.ConsumerGroupDescribeResponse, error) {
		version, err := offered.Version(kafka.ConsumerGroupDescribe)
		if err != nil {
			return nil, err
		}
		return broker.ConsumerGroupDescribe(&sarama.ConsumerGroupDescribeRequest{Version: version, GroupIDs: names})
	})
	if err != nil {
		if errors.Is(err, kafka.ErrNotOffered) {
			r.poller.consumers.Clear() // they were taken for consumer groups; this broker has none
		}
		n.shrink(err)
		r.failed(n, kafka.ConsumerGroupDescribe, err, "members of "+r.poller.countGroups(len(entries)))
		return
	}
	refused := refusals{round: r, node: n, api: kafka.ConsumerGroupDescribe, unknown: "members"}
	defer refused.done()
	find := finder{entries: entries}
	for i := range answer.Groups {
		group := &answer.Groups[i]
		e := find.find(group.GroupID)
		switch {
		case e == nil:
		case group.ErrorCode == sarama.ErrGroupIDNotFound:
			r.poller.consumers.Delete(e.id)
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
func (r *round) fetch(h *harvest) int {
	var committing []*entry
	for _, e := range h.entries {
		// Share groups have their own kind of offsets.
		if e.kind != model.TypeShare && !e.vanished {
			committing = append(committing, e)
		}
	}
	if len(committing) == 0 {
		return 0
	}
	batched := true
	for part := range slices.Chunk(committing, int(h.node.batch.Load())) {
		if batched = batched && r.fetchMany(h.node, part); !batched {
			r.fetchEach(h.node, part)
		}
	}
	return 1
}

// fetchMany reads the commits of many groups with one request; false if the broker cannot.
func (r *round) fetchMany(n *node, entries []*entry) bool {
	groups := make([]sarama.OffsetFetchRequestGroup, len(entries))
	for i, e := range entries {
		groups[i].GroupId = e.id // without topics: all of them
	}
	answer, err := brokers.Ask(r.ctx, n.Broker, brokers.LaneOffsets, &r.meter, func(broker *sarama.Broker, offered kafka.Offers) (*sarama.OffsetFetchResponse, error) {
		version, err := offered.Version(kafka.OffsetFetch)
		if err != nil {
			return nil, err
		}
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
		r.failed(n, kafka.OffsetFetch, err, "offsets of "+r.poller.countGroups(len(entries)))
		return true
	}
	refused := refusals{round: r, node: n, api: kafka.OffsetFetch, unknown: "offsets"}
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
func (r *round) fetchEach(n *node, entries []*entry) {
	var wait parallel.Group
	var next atomic.Int64
	var mutex sync.Mutex
	refused := refusals{round: r, node: n, api: kafka.OffsetFetch, unknown: "offsets"}
	var failure error
	failures := 0
	for lane := brokers.LaneOffsets; lane < brokers.PollLanes; lane++ {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				answer, err := r.fetchOne(n, lane, entries[i])
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
		r.failed(n, kafka.OffsetFetch, failure, "offsets of "+r.poller.countGroups(failures))
	}
}

func (r *round) fetchOne(n *node, lane brokers.Lane, e *entry) (*sarama.OffsetFetchResponse, error) {
	group := e.id
	return brokers.Ask(r.ctx, n.Broker, lane, &r.meter, func(broker *sarama.Broker, offered kafka.Offers) (*sarama.OffsetFetchResponse, error) {
		version, err := offered.Version(kafka.OffsetFetch)
		if err != nil {
			return nil, err
		}
		return broker.FetchOffset(&sarama.OffsetFetchRequest{Version: version, ConsumerGroup: group})
	})
}
