package kafkatest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Puppet is the only member of a group of the classic protocol, whose every request is the test's: hundreds of them cost
// next to nothing. It reads nothing and sends no heartbeats.
type Puppet struct {
	Client     *kgo.Client
	Group      string
	Topic      string
	Partitions int32 // all of them are the puppet's
	// RebalanceTimeout is for how long the coordinator waits for it to join again.
	RebalanceTimeout time.Duration

	id string // the member id; "" until it has joined
}

// puppetSession is how long the coordinator waits for a heartbeat of a puppet.
const puppetSession = 5 * time.Minute

// Rejoin makes the group rebalance: the puppet joins, again as the leader that it is, and syncs. It tries once: a
// coordinator that moves, and MEMBER_ID_REQUIRED the first time, are errors after which one may try again.
func (p *Puppet) Rejoin(ctx context.Context) error {
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.MemberID, join.ProtocolType = p.Group, p.id, "consumer"
	join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = int32(puppetSession.Milliseconds()), int32(p.RebalanceTimeout.Milliseconds())
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = "range", Subscription(p.Topic)
	join.Protocols = append(join.Protocols, protocol)
	answer, err := join.RequestWith(ctx, p.Client)
	if err != nil {
		return err
	}
	switch err := kerr.ErrorForCode(answer.ErrorCode); {
	case errors.Is(err, kerr.UnknownMemberID):
		p.id = ""
		return err
	case errors.Is(err, kerr.MemberIDRequired):
		p.id = answer.MemberID
		return err
	case err != nil:
		return err
	}
	p.id = answer.MemberID
	return p.sync(ctx, answer.Generation)
}

func (p *Puppet) sync(ctx context.Context, generation int32) error {
	all := make([]int32, p.Partitions)
	for i := range all {
		all[i] = int32(i)
	}
	assigned := kmsg.NewSyncGroupRequestGroupAssignment()
	assigned.MemberID, assigned.MemberAssignment = p.id, Assignment(map[string][]int32{p.Topic: all})
	request := kmsg.NewPtrSyncGroupRequest()
	request.Group, request.MemberID, request.Generation = p.Group, p.id, generation
	request.ProtocolType, request.Protocol = kmsg.StringPtr("consumer"), kmsg.StringPtr("range")
	request.GroupAssignment = append(request.GroupAssignment, assigned)
	answer, err := request.RequestWith(ctx, p.Client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.ErrorCode)
}

// Subscription is what a member of the consumer protocol type joins with, as another library than regroup's writes it.
func Subscription(topics ...string) []byte {
	subscription := kmsg.NewConsumerMemberMetadata()
	subscription.Version, subscription.Topics = 1, topics
	return subscription.AppendTo(nil)
}

// Assignment is what such a member gets from its leader.
func Assignment(owned map[string][]int32) []byte {
	assignment := kmsg.NewConsumerMemberAssignment()
	for _, topic := range slices.Sorted(maps.Keys(owned)) {
		t := kmsg.NewConsumerMemberAssignmentTopic()
		t.Topic, t.Partitions = topic, owned[topic]
		assignment.Topics = append(assignment.Topics, t)
	}
	return assignment.AppendTo(nil)
}
