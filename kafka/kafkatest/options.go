package kafkatest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// DefaultVersion is the release of Apache Kafka that the tests run against unless they say otherwise.
const DefaultVersion = "4.3.1"

// Options say what cluster to start. The zero value is three brokers of [DefaultVersion] with plaintext listeners.
type Options struct {
	Brokers    int               // how many; 0 is 3
	Version    string            // the release; "" is DefaultVersion. Seen to work: 2.8.1 (not 2.8.2, whose controllers do not find a leader), 3.9, 4.3
	Properties map[string]string // of every broker, over those that the package sets
	// ClockAhead sets the clocks of the brokers ahead of this machine's, or behind it. It needs faketime; see [RequireClock].
	ClockAhead time.Duration
	Secure     bool // listeners with SASL, TLS and both too, users, and an authorizer; from 3.5
}

func (o Options) withDefaults() Options {
	o.Brokers = cmp.Or(o.Brokers, 3)
	o.Version = cmp.Or(o.Version, DefaultVersion)
	return o
}

// The listeners of a broker, by their names in its configuration.
const (
	plaintext  = "PLAINTEXT"
	controller = "CONTROLLER"
	sasl       = "SASL"
	tls        = "TLS"
	saslTLS    = "SASLTLS"
)

func (o Options) listeners() []string {
	if o.Secure {
		return []string{plaintext, controller, sasl, tls, saslTLS}
	}
	return []string{plaintext, controller}
}

// address is where a broker (from 1) listens.
type address struct {
	broker   int
	listener string
}

// properties is the server.properties of broker n whose files are in dir.
func (o Options) properties(n int, ports map[address]int, dir string) map[string]string {
	at := func(broker int, listener string) string {
		return fmt.Sprintf("127.0.0.1:%d", ports[address{broker, listener}])
	}
	var listeners, voters []string
	for _, listener := range o.listeners() {
		listeners = append(listeners, listener+"://"+at(n, listener))
	}
	for broker := range o.Brokers {
		voters = append(voters, fmt.Sprintf("%d@%s", broker+1, at(broker+1, controller)))
	}
	replicas := fmt.Sprint(min(o.Brokers, 3))
	properties := map[string]string{
		"process.roles":                                    "broker,controller",
		"node.id":                                          fmt.Sprint(n),
		"controller.quorum.voters":                         strings.Join(voters, ","),
		"listeners":                                        strings.Join(listeners, ","),
		"listener.security.protocol.map":                   "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,SASLTLS:SASL_SSL",
		"controller.listener.names":                        controller,
		"inter.broker.listener.name":                       plaintext,
		"log.dirs":                                         dir + "/data",
		"auto.create.topics.enable":                        "false", // a consumer of a deleted topic must not bring it back
		"offsets.topic.replication.factor":                 replicas,
		"transaction.state.log.replication.factor":         replicas,
		"transaction.state.log.min.isr":                    "1",
		"share.coordinator.state.topic.num.partitions":     "3",
		"share.coordinator.state.topic.replication.factor": replicas,
		"share.coordinator.state.topic.min.isr":            "1",
		// Tests of sessions that time out should take seconds, not the defaults' minute.
		"broker.session.timeout.ms":                "6000",
		"broker.heartbeat.interval.ms":             "1000",
		"group.initial.rebalance.delay.ms":         "0",
		"group.min.session.timeout.ms":             "1000",
		"group.consumer.min.session.timeout.ms":    "1000",
		"group.consumer.session.timeout.ms":        "6000",
		"group.consumer.min.heartbeat.interval.ms": "500",
		"group.consumer.heartbeat.interval.ms":     "1000",
		"group.share.min.session.timeout.ms":       "1000",
		"group.share.session.timeout.ms":           "6000",
		"group.share.min.heartbeat.interval.ms":    "500",
		"group.share.heartbeat.interval.ms":        "1000",
	}
	if o.Secure {
		maps.Copy(properties, securityProperties(dir))
	}
	maps.Copy(properties, o.Properties)
	return properties
}

// render writes properties as Kafka reads them, sorted.
func render(properties map[string]string) []byte {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		fmt.Fprintf(&text, "%s=%s\n", key, properties[key])
	}
	return []byte(text.String())
}

// atLeast says whether a release is the given one or a later one.
func atLeast(version string, major, minor int) bool {
	var haveMajor, haveMinor int
	_, _ = fmt.Sscanf(version, "%d.%d", &haveMajor, &haveMinor)
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}
