package lab

import (
	"slices"
	"sync"

	"github.com/IBM/sarama"

	"regroup/model"
)

// claim is a partition that the member owns, from its assignment to its revocation.
type claim struct {
	session    sarama.ConsumerGroupSession
	revokeOnce sync.Once
	revoked    chan struct{} // closed when no record of it must be processed any more
}

func (c *claim) revoke() { c.revokeOnce.Do(func() { close(c.revoked) }) }

// lost says that the partition has to be let go: it alone, or all because the session is over.
func (c *claim) lost() bool {
	select {
	case <-c.revoked:
		return true
	case <-c.session.Context().Done():
		return true
	default:
		return false
	}
}

// ConsumeClaim is called by sarama for each partition, in a goroutine of its own. It returns when the partition has to be
// let go and no batch is in hand any more; at once when the member leaves.
func (m *classicMember) ConsumeClaim(session sarama.ConsumerGroupSession, partition sarama.ConsumerGroupClaim) error {
	tp := model.TopicPartition{Topic: partition.Topic(), Partition: partition.Partition()}
	c := &claim{session: session, revoked: make(chan struct{})}
	m.setClaim(tp, c)
	m.consumer.ledger.gained(tp)
	m.consumer.status.changed()
	m.enqueue(c, partition)
	c.revoke()
	m.setClaim(tp, nil)
	select {
	case <-m.hand:
		m.hand <- struct{}{}
		m.stay.commit()
		if session.Context().Err() == nil { // it alone is taken away: the cooperative protocol
			m.consumer.ledger.dropped(tp)
		}
	case <-m.stay.ctx.Done():
	}
	m.consumer.status.changed()
	return nil
}

// enqueue hands the partition's records over until it has to be let go.
func (m *classicMember) enqueue(c *claim, partition sarama.ConsumerGroupClaim) {
	for {
		select {
		case <-c.session.Context().Done():
			return
		case <-c.revoked:
			return
		case <-m.stay.ctx.Done():
			return
		case record, open := <-partition.Messages():
			if !open {
				return
			}
			select {
			case m.queue <- queued{fromSarama(record), c}:
			case <-c.session.Context().Done():
				return
			case <-c.revoked:
				return
			case <-m.stay.ctx.Done():
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

// assigned is called when a new assignment has come and nothing has been done about it yet. With the cooperative protocol
// a session outlives it, and sarama says that a partition is to be let go only by closing its channel, which nobody sees
// who waits for the queue; so what is not in the assignment is let go here.
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

// observed is the strategy, and calls assigned with each assignment, if it is a cooperative one.
func observed(strategy sarama.BalanceStrategy, assigned func(map[string][]int32)) sarama.BalanceStrategy {
	if s, ok := strategy.(cooperative); ok {
		return observedStrategy{s, assigned}
	}
	return strategy
}

type observedStrategy struct {
	cooperative
	assigned func(map[string][]int32)
}

// OnAssignment is called by sarama between the answer to SyncGroup and the reconciliation.
func (s observedStrategy) OnAssignment(assignment *sarama.ConsumerGroupMemberAssignment, generation int32) {
	s.cooperative.OnAssignment(assignment, generation)
	s.assigned(assignment.Topics)
}

func fromSarama(r *sarama.ConsumerMessage) record {
	return record{model.TopicPartition{Topic: r.Topic, Partition: r.Partition}, r.Offset, r.Key, r.Value, r.Timestamp}
}
