package kafka

import (
	"context"
	"fmt"
	"strings"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// api is a request of the Kafka protocol: its number, its name, and the newest version that sarama reads and writes.
type api struct {
	key    int16
	name   string
	newest int16
}

// The requests that regroup sends.
var (
	apiFetch            = api{1, "Fetch", 10} // from version 11 on a follower answers too, where the leader is meant (KIP-392)
	apiListOffsets      = api{2, "ListOffsets", 6}
	apiMetadata         = api{3, "Metadata", 11}
	apiOffsetFetch      = api{9, "OffsetFetch", 8} // from version 10 on topics have ids instead of names
	apiFindCoordinator  = api{10, "FindCoordinator", 2}
	apiLeaveGroup       = api{13, "LeaveGroup", 5}
	apiDescribeGroups   = api{15, "DescribeGroups", 5}
	apiListGroups       = api{16, "ListGroups", 5}
	apiVersions         = api{18, "ApiVersions", 3}
	apiCreateTopics     = api{19, "CreateTopics", 5}
	apiDeleteTopics     = api{20, "DeleteTopics", 4}
	apiDescribeConfigs  = api{32, "DescribeConfigs", 4}
	apiCreatePartitions = api{37, "CreatePartitions", 2}
	apiDeleteGroups     = api{42, "DeleteGroups", 2}
	apiAlterConfigs     = api{44, "IncrementalAlterConfigs", 1}
	apiConsumerDescribe = api{69, "ConsumerGroupDescribe", 1}
)

// batchedFetch is the first version of OffsetFetch that takes many groups (Kafka 3.0).
const batchedFetch = 8

// offers is what a broker can do: for each request the oldest and the newest version that it takes.
type offers map[int16][2]int16

// notSent is why a request was not sent at all, on a connection that is fine.
type notSent string

func (e notSent) Error() string { return string(e) }

const (
	errNotOffered = notSent("the broker does not offer this request in a version that regroup speaks")
	errNotBatched = notSent("OffsetFetch takes one group at a time")
)

// version is the newest version of a request that both sides speak.
func (o offers) version(a api) (int16, error) {
	offered, ok := o[a.key]
	if !ok || offered[0] > a.newest {
		return 0, errNotOffered
	}
	return min(a.newest, offered[1]), nil
}

// offersOf asks a broker what it can do.
func offersOf(ctx context.Context, l *link) (offers, error) {
	answer, err := exchange(ctx, l, func(broker *sarama.Broker) (*sarama.ApiVersionsResponse, error) {
		return broker.ApiVersions(&sarama.ApiVersionsRequest{
			Version: apiVersions.newest, ClientSoftwareName: "regroup", ClientSoftwareVersion: "1",
		})
	})
	if err != nil {
		return nil, &linkError{err: err, greeting: l.greeting()}
	}
	// A broker that does not know this version of the request (Kafka before 2.4) still answers with its list.
	if code := sarama.KError(answer.ErrorCode); code != sarama.ErrNoError && code != sarama.ErrUnsupportedVersion {
		return nil, fmt.Errorf("%s: %w", apiVersions.name, code)
	}
	o := make(offers, len(answer.ApiKeys))
	for _, k := range answer.ApiKeys {
		o[k.ApiKey] = [2]int16{k.MinVersion, k.MaxVersion}
	}
	return o, nil
}

// kafkaVersion is the release that offers just these versions, such as "4.3"; "" if there is none. It is a guess: a
// release that changed no request looks like the one before it.
func (o offers) kafkaVersion() string {
	var answer kmsg.ApiVersionsResponse
	for key, offered := range o {
		answer.ApiKeys = append(answer.ApiKeys, kmsg.ApiVersionsResponseApiKey{
			ApiKey: key, MinVersion: offered[0], MaxVersion: offered[1],
		})
	}
	guess := kversion.FromApiVersionsResponse(&answer).VersionGuess()
	version, is := strings.CutPrefix(strings.TrimPrefix(guess, "at least "), "v")
	if !is {
		return "" // "between v3.1 and v3.3", "unknown custom version"
	}
	return version
}
