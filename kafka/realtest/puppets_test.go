package realtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// puppet is the only member of a group of the classic protocol, whose every request is the test's: hundreds of them cost
// next to nothing. It reads nothing.
type puppet struct {
	client     *kgo.Client
	group      string
	topic      string
	partitions int32
	id         string // the member id; "" until it has joined
	generation int32
}

// puppetSession is how long the coordinator waits for a heartbeat of a puppet.
const puppetSession = 5 * time.Minute

// rejoin joins, again as the leader that it is: the group rebalances.
func (p *puppet) rejoin(ctx context.Context) error {
	for range 20 { // the coordinator may still be coming up; the first time it only gives out a member id
		err := p.join(ctx)
		switch {
		case err == nil:
			return p.sync(ctx)
		case errors.Is(err, kerr.MemberIDRequired):
		case kerr.IsRetriable(err):
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(200 * time.Millisecond):
			}
		default:
			return fmt.Errorf("join group %s: %w", p.group, err)
		}
	}
	return fmt.Errorf("join group %s: tried too often", p.group)
}

func (p *puppet) join(ctx context.Context) error {
	request := kmsg.NewPtrJoinGroupRequest()
	request.Group, request.MemberID, request.ProtocolType = p.group, p.id, "consumer"
	request.SessionTimeoutMillis, request.RebalanceTimeoutMillis = int32(puppetSession.Milliseconds()), int32(puppetSession.Milliseconds())
	subscription := kmsg.NewConsumerMemberMetadata()
	subscription.Topics = []string{p.topic}
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = "range", subscription.AppendTo(nil)
	request.Protocols = append(request.Protocols, protocol)
	answer, err := request.RequestWith(ctx, p.client)
	if err != nil {
		return err
	}
	if answer.MemberID != "" {
		p.id = answer.MemberID
	}
	p.generation = answer.Generation
	return kerr.ErrorForCode(answer.ErrorCode)
}

func (p *puppet) sync(ctx context.Context) error {
	assignment := kmsg.NewConsumerMemberAssignment()
	topic := kmsg.NewConsumerMemberAssignmentTopic()
	topic.Topic = p.topic
	for partition := range p.partitions {
		topic.Partitions = append(topic.Partitions, partition)
	}
	assignment.Topics = append(assignment.Topics, topic)
	request := kmsg.NewPtrSyncGroupRequest()
	request.Group, request.MemberID, request.Generation = p.group, p.id, p.generation
	protocolType, protocol := "consumer", "range"
	request.ProtocolType, request.Protocol = &protocolType, &protocol
	one := kmsg.NewSyncGroupRequestGroupAssignment()
	one.MemberID, one.MemberAssignment = p.id, assignment.AppendTo(nil)
	request.GroupAssignment = append(request.GroupAssignment, one)
	answer, err := request.RequestWith(ctx, p.client)
	if err != nil {
		return fmt.Errorf("sync group %s: %w", p.group, err)
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return fmt.Errorf("sync group %s: %w", p.group, err)
	}
	return nil
}

// puppets makes one member for each of so many groups, which has not joined yet.
func puppets(t testing.TB, brokers []string, prefix, topic string, partitions int32, groups int) []*puppet {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ClientID("puppet"))
	must(t, err)
	t.Cleanup(client.Close)
	all := make([]*puppet, groups)
	for i := range all {
		all[i] = &puppet{client: client, group: fmt.Sprintf("%s%d", prefix, i), topic: topic, partitions: partitions}
	}
	return all
}

// rejoinAll has them all rejoin at the same time, and returns when all have.
func rejoinAll(t testing.TB, all []*puppet) {
	t.Helper()
	failures := make(chan error, len(all))
	for _, p := range all {
		go func() { failures <- p.rejoin(t.Context()) }()
	}
	for range all {
		must(t, <-failures)
	}
}
