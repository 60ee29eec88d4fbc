package records

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/IBM/sarama"

	"regroup/model"
)

// Subscription reads a member's ConsumerProtocolSubscription: sorted topic names, nil if there are no bytes.
// The bytes come from the members, so they may be anything.
func Subscription(metadata []byte) (topics []string, err error) {
	defer decoderBroke(&err)
	decoded, err := (&sarama.GroupMemberDescription{MemberMetadata: metadata}).GetMemberMetadata()
	if err != nil || decoded == nil {
		return nil, short(err)
	}
	topics = slices.Clone(decoded.Topics)
	if topics == nil {
		topics = []string{}
	}
	slices.Sort(topics)
	return slices.Compact(topics), nil
}

// Assignment reads a member's ConsumerProtocolAssignment: sorted partitions, none if there are no bytes.
func Assignment(assignment []byte) (partitions []model.TopicPartition, err error) {
	defer decoderBroke(&err)
	decoded, err := (&sarama.GroupMemberDescription{MemberAssignment: assignment}).GetMemberAssignment()
	if err != nil || decoded == nil {
		return nil, short(err)
	}
	for topic, numbers := range decoded.Topics {
		for _, number := range numbers {
			if number < 0 {
				return nil, fmt.Errorf("partition %d of topic %q", number, topic)
			}
			partitions = append(partitions, model.TopicPartition{Topic: topic, Partition: number})
		}
	}
	slices.SortFunc(partitions, model.TopicPartition.Compare)
	return slices.Compact(partitions), nil
}

// decoderBroke turns a panic of the decoder into an error.
func decoderBroke(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%v", r)
	}
}

// short takes the prefixes off sarama's decoding errors.
func short(err error) error {
	if err == nil {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), "kafka: error decoding packet: ")
	return errors.New(strings.TrimPrefix(text, "kafka: "))
}

const hostPrefix = "/" // Java's InetAddress prints an address without a name as /10.0.0.5

// Host is a member's host as a coordinator reports it, without the slash that Java prints before an address, and without
// the port that some brokers append: it does not show where a member runs. An IPv6 address without
// brackets ends in digits after a colon as well, and is left as it is.
func Host(reported string) string {
	reported = strings.TrimPrefix(reported, hostPrefix)
	if strings.IndexByte(reported, ':') < 0 { // nearly always, and an error of the parser costs an allocation
		return reported
	}
	if at, err := netip.ParseAddrPort(reported); err == nil {
		return at.Addr().String()
	}
	return reported
}

var groupStates = []model.GroupState{
	model.StateStable, model.StateEmpty, model.StatePreparingRebalance, model.StateCompletingRebalance,
	model.StateAssigning, model.StateReconciling, model.StateNotReady, model.StateDead,
}

// GroupState is a group's state as brokers spell it. One that is not known is kept as it is.
func GroupState(name string) model.GroupState {
	for _, state := range groupStates {
		if strings.EqualFold(name, string(state)) {
			return state
		}
	}
	if strings.EqualFold(name, "unknown") {
		return model.StateUnknown
	}
	return model.GroupState(name)
}

// GroupType is a group's type as ListGroups spells it: Kafka capitalises, its documentation does not. One that is not
// known is kept as it is.
func GroupType(name string) model.GroupType {
	switch name {
	case "Classic":
		return model.TypeClassic
	case "Consumer":
		return model.TypeConsumer
	}
	if kind := model.GroupType(strings.ToLower(name)); kind != "unknown" {
		return kind
	}
	return model.TypeUnknown
}
