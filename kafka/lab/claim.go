package lab

import (
	"context"
	"slices"

	"github.com/IBM/sarama"

	"regroup/model"
)

// claim is a partition that the member owns, from its assignment to its revocation.
type claim struct {
	ctx    context.Context // ends when no record of it may be processed any more
	revoke context.CancelFunc
}

func (c *claim) revoked() bool { return c.ctx.Err() != nil }

// ConsumeClaim is called by sarama for each partition, in a goroutine of its own. It returns when the partition is to be
// revoked and no batch is being processed; at once when the member leaves.
func (m *classicMember) ConsumeClaim(session sarama.ConsumerGroupSession, partition sarama.ConsumerGroupClaim) error {
	tp := model.TopicPartition{Topic: partition.Topic(), Partition: partition.Partition()}
	c := &claim{}
	c.ctx, c.revoke = context.WithCancel(session.Context())
	defer c.revoke()
	defer context.AfterFunc(m.session.ctx, c.revoke)()
	m.setClaim(tp, c)
	m.consumer.tracker.assign(tp)
	m.consumer.status.changed()
	m.enqueue(c, partition)
	c.revoke()
	m.setClaim(tp, nil)
	select {
	case <-m.idle:
		m.idle <- struct{}{}
		m.session.commit()
		if session.Context().Err() == nil { // this partition alone is revoked: the cooperative protocol
			m.consumer.tracker.revoke(tp)
		}
	case <-m.session.ctx.Done():
	}
	m.consumer.status.changed()
	return nil
}

// enqueue puts the partition's records into the member's queue until it is revoked.
func (m *classicMember) enqueue(c *claim, partition sarama.ConsumerGroupClaim) {
	for {
		select {
		case <-c.ctx.Done():
			return
		case record, open := <-partition.Messages():
			if !open {
				return
			}
			select {
			case m.queue <- queued{fromSarama(record), c}:
			case <-c.ctx.Done():
				return
			}
		}
	}
}

func (m *classicMember) setClaim(tp model.TopicPartition, c *claim) {
	m.claimsMu.Lock()
	defer m.claimsMu.Unlock()
	if c == nil {
		delete(m.claims, tp)
		return
	}
	m.claims[tp] = c
}

// assigned is called with a new assignment before anything is done about it. With the cooperative protocol a session outlives
// it, and sarama announces a revocation only by closing the partition's channel, which a goroutine that waits for the queue
// does not see; so what is not in the assignment is revoked here.
func (m *classicMember) assigned(assignment map[string][]int32) {
	m.claimsMu.Lock()
	defer m.claimsMu.Unlock()
	for tp, c := range m.claims {
		if !slices.Contains(assignment[tp.Topic], tp.Partition) {
			c.revoke()
		}
	}
}

// cooperative is all that sarama asks of a strategy for the cooperative protocol.
type cooperative interface {
	sarama.RebalanceProtocolBalanceStrategy
	sarama.SubscriptionUserDataBalanceStrategy
	sarama.OnAssignmentBalanceStrategy
}

// notifying is the strategy, and calls assigned with each assignment if it is a cooperative one.
func notifying(strategy sarama.BalanceStrategy, assigned func(map[string][]int32)) sarama.BalanceStrategy {
	if s, ok := strategy.(cooperative); ok {
		return notifyingStrategy{s, assigned}
	}
	return strategy
}

type notifyingStrategy struct {
	cooperative
	assigned func(map[string][]int32)
}

// OnAssignment is called by sarama between the SyncGroup response and the reconciliation.
func (s notifyingStrategy) OnAssignment(assignment *sarama.ConsumerGroupMemberAssignment, generation int32) {
	s.cooperative.OnAssignment(assignment, generation)
	s.assigned(assignment.Topics)
}

func fromSarama(r *sarama.ConsumerMessage) record {
	return record{model.TopicPartition{Topic: r.Topic, Partition: r.Partition}, r.Offset, r.Key, r.Value, r.Timestamp}
}
