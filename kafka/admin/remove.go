package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/IBM/sarama"

	"regroup/kafka"
)

// errNotRemovable is the error of a member with the consumer protocol (KIP-848) at a coordinator that accepts LeaveGroup
// for members of the classic protocol only. Kafka 4.3 accepts it for both.
var errNotRemovable = errors.New("it uses the consumer protocol (KIP-848), and this coordinator cannot remove such members; Kafka 4.3 can")

// minRemoval is the first version of LeaveGroup that names members other than the sender (Kafka 2.4, KIP-345).
const minRemoval = 3

// removalReason is the reason of a removal in the coordinator's log (KIP-800).
const removalReason = "the member was removed by an administrator with regroup"

// Removal names a member that is to be removed from its group.
type Removal struct {
	MemberID string // "" removes a static member whatever its member id
	// InstanceID is the group.instance.id of a static member; "" is a dynamic one. With both ids, only the process that
	// has this member id is removed, and not one that has taken its place since.
	InstanceID string
}

// String names the member for a person.
func (r Removal) String() string {
	if r.InstanceID != "" {
		return fmt.Sprintf("static member %q", r.InstanceID)
	}
	return fmt.Sprintf("member %q", r.MemberID)
}

// RemoveMembers removes members from a group, as if each had left: the group rebalances at once, without waiting for
// their session timeout. A member that is alive joins again. It needs READ on the group. The error names each member
// that could not be removed; the others are removed.
func (a *Admin) RemoveMembers(ctx context.Context, group string, members []Removal) error {
	if len(members) == 0 {
		return nil
	}
	err := a.onCoordinator(ctx, group, func(s *kafka.Session) error {
		answer, err := leaveGroup(ctx, s, group, members)
		if err != nil {
			return err
		}
		if err := a.leaveError(answer.Err, group); err != nil {
			return err
		}
		return notRemoved(ctx, s, group, members, answer)
	})
	if len(members) == 1 {
		return a.wrap(err, "cannot remove %s from group %q", members[0], group)
	}
	return a.wrap(err, "cannot remove all of %d members from group %q", len(members), group)
}

func leaveGroup(ctx context.Context, s *kafka.Session, group string, members []Removal) (*sarama.LeaveGroupResponse, error) {
	request := &sarama.LeaveGroupRequest{GroupId: group}
	reason := removalReason
	for _, member := range members {
		identity := sarama.MemberIdentity{MemberId: member.MemberID, Reason: &reason}
		if member.InstanceID != "" {
			identity.GroupInstanceId = &member.InstanceID
		}
		request.Members = append(request.Members, identity)
	}
	return kafka.Send(ctx, s, kafka.LeaveGroup, func(b *sarama.Broker, version int16) (*sarama.LeaveGroupResponse, error) {
		if version < minRemoval {
			return nil, kafka.ErrNotOffered
		}
		request.Version = version
		return b.LeaveGroup(request)
	})
}

// leaveError is the error of an answer as a whole. What regroup sends otherwise needs DESCRIBE, this needs READ.
func (a *Admin) leaveError(code sarama.KError, group string) error {
	if code == sarama.ErrGroupAuthorizationFailed {
		return fmt.Errorf("not authorised: READ on group %q is not allowed for %s; grant it to remove members", group, a.config.Principal())
	}
	return kafka.ErrorOf(code, nil)
}

// notRemoved is the error of the members that are still there.
func notRemoved(ctx context.Context, s *kafka.Session, group string, members []Removal, answer *sarama.LeaveGroupResponse) error {
	var failures []error
	unknown := false
	for i, member := range members {
		// The answers are in the order of the request: a coordinator may fill in the member id of a static member.
		if i >= len(answer.Members) {
			failures = append(failures, fmt.Errorf("%s: %w", member, kafka.ErrNotInResponse))
			continue
		}
		switch code := answer.Members[i].Err; code {
		case sarama.ErrNoError:
		case sarama.ErrUnknownMemberId:
			unknown = true
			failures = append(failures, fmt.Errorf("%s: %w", member, kafka.CodeError(code, "it is not a member of the group (any more)")))
		case sarama.ErrFencedInstancedId:
			failures = append(failures, fmt.Errorf("%s: %w", member, kafka.CodeError(code, "another process has taken its place")))
		default:
			failures = append(failures, fmt.Errorf("%s: %w", member, kafka.ErrorOf(code, nil)))
		}
	}
	if unknown && hasConsumers(ctx, s, group, members) {
		return errNotRemovable
	}
	return errors.Join(failures...)
}

// hasConsumers says whether one of the members is in the group and speaks the consumer protocol.
func hasConsumers(ctx context.Context, s *kafka.Session, group string, members []Removal) bool {
	request := &sarama.ConsumerGroupDescribeRequest{GroupIDs: []string{group}}
	answer, err := kafka.Send(ctx, s, kafka.ConsumerGroupDescribe, func(b *sarama.Broker, version int16) (*sarama.ConsumerGroupDescribeResponse, error) {
		request.Version = version
		return b.ConsumerGroupDescribe(request)
	})
	if err != nil {
		return false
	}
	for _, g := range answer.Groups {
		for _, m := range g.Members {
			if g.GroupID == group && slices.ContainsFunc(members, func(r Removal) bool {
				return r.MemberID == m.MemberID || r.InstanceID != "" && m.InstanceID != nil && *m.InstanceID == r.InstanceID
			}) {
				return true
			}
		}
	}
	return false
}
