package kafka

import (
	"context"
	"fmt"
	"strings"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// API is a request of the Kafka protocol: its key, its name, and the newest version that sarama reads and writes.
type API struct {
	Key    int16
	Name   string
	newest int16
}

// The requests that regroup sends.
var (
	Fetch                   = API{1, "Fetch", 10} // from version 11 on a follower answers too, and lags behind its leader (KIP-392)
	ListOffsets             = API{2, "ListOffsets", 6}
	Metadata                = API{3, "Metadata", 11}
	OffsetFetch             = API{9, "OffsetFetch", 8} // from version 10 on topics have ids instead of names
	FindCoordinator         = API{10, "FindCoordinator", 2}
	LeaveGroup              = API{13, "LeaveGroup", 5}
	DescribeGroups          = API{15, "DescribeGroups", 5}
	ListGroups              = API{16, "ListGroups", 5}
	apiVersions             = API{18, "ApiVersions", 3}
	CreateTopics            = API{19, "CreateTopics", 5}
	DeleteTopics            = API{20, "DeleteTopics", 4}
	DescribeConfigs         = API{32, "DescribeConfigs", 4}
	CreatePartitions        = API{37, "CreatePartitions", 2}
	DeleteGroups            = API{42, "DeleteGroups", 2}
	IncrementalAlterConfigs = API{44, "IncrementalAlterConfigs", 1}
	ConsumerGroupDescribe   = API{69, "ConsumerGroupDescribe", 1}
)

// Offers is what a broker can do: for each request, by its key, the oldest and the newest version that it takes.
type Offers map[int16][2]int16

// NotSent is why a request was not sent; its connection is fine.
type NotSent string

func (e NotSent) Error() string { return string(e) }

// ErrNotOffered is the error of a request that the broker does not know, or knows in other versions only.
const ErrNotOffered = NotSent("the broker does not offer this request in a version that regroup speaks")

// version is the newest version of a request that both sides speak.
func (o Offers) version(a API) (int16, error) {
	offered, ok := o[a.Key]
	if !ok || offered[0] > a.newest {
		return 0, ErrNotOffered
	}
	return min(a.newest, offered[1]), nil
}

// Request is a request in a version, as sarama's Broker sends it.
type Request[R any] func(broker *sarama.Broker, version int16) (R, error)

// Call is the call that sends a request in the newest version that both sides speak.
func Call[R any](offered Offers, a API, send Request[R]) func(*sarama.Broker) (R, error) {
	return func(broker *sarama.Broker) (R, error) {
		version, err := offered.version(a)
		if err != nil {
			var none R
			return none, err
		}
		return send(broker, version)
	}
}

// Newest is the newest version of a request that the broker takes; 0 if it takes none.
func (o Offers) Newest(a API) int16 { return o[a.Key][1] }

// Offers asks the broker which requests it takes.
func (l *Link) Offers(ctx context.Context) (Offers, error) {
	response, err := Exchange(ctx, l, func(broker *sarama.Broker) (*sarama.ApiVersionsResponse, error) {
		return broker.ApiVersions(&sarama.ApiVersionsRequest{
			Version: apiVersions.newest, ClientSoftwareName: "regroup", ClientSoftwareVersion: "1",
		})
	})
	if err != nil {
		return nil, l.Failed(err)
	}
	// A broker that does not know this version of the request (Kafka before 2.4) still responds with its list.
	if code := sarama.KError(response.ErrorCode); code != sarama.ErrNoError && code != sarama.ErrUnsupportedVersion {
		return nil, fmt.Errorf("%s: %w", apiVersions.Name, code)
	}
	o := make(Offers, len(response.ApiKeys))
	for _, k := range response.ApiKeys {
		o[k.ApiKey] = [2]int16{k.MinVersion, k.MaxVersion}
	}
	return o, nil
}

// KafkaVersion is the release that offers just these versions, such as "4.3"; "" if there is none. It is a guess: a
// release that changed no request looks like the one before it.
func (o Offers) KafkaVersion() string {
	var response kmsg.ApiVersionsResponse
	for key, offered := range o {
		response.ApiKeys = append(response.ApiKeys, kmsg.ApiVersionsResponseApiKey{
			ApiKey: key, MinVersion: offered[0], MaxVersion: offered[1],
		})
	}
	guess := kversion.FromApiVersionsResponse(&response).VersionGuess()
	version, is := strings.CutPrefix(strings.TrimPrefix(guess, "at least "), "v")
	if !is {
		return "" // "between v3.1 and v3.3", "unknown custom version"
	}
	return version
}
