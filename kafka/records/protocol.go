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
// Whoever joins a group decides what is in the bytes, so anything may be.
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

// Host is a member's host as a coordinator tells it, without the slash that Java prints in front of an address, and
// without the port that some brokers put behind it: a port says nothing of where a member runs. An IPv6 address without
// brackets ends in digits after a colon as well, and is left as it is.
func Host(told string) string {
	told = strings.TrimPrefix(told, hostPrefix)
	if strings.IndexByte(told, ':') < 0 { // nearly always, and a parser's error is not for nothing
		return told
	}
	if at, err := netip.ParseAddrPort(told); err == nil {
		return at.Addr().String()
	}
	return told
}
